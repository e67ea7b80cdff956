"""Terms: the words of each topic by BERTopic's c-TF-IDF, varied by maximal marginal relevance (Carbonell and Goldstein 1998).

BERTopic (Grootendorst 2022) is given our clusters instead of finding its own: it counts words with our tokenizer and keeps
the topics in a form that its interactive views take. Two rules are our own: a word counts once per prompt, so that one long
prompt does not name a topic, and a form of a better word (characters after character) takes no place.
"""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.topics.embeddings.choose import GivenVectors, SideBySide, bare
from analysis.topics.embeddings.embedding import Embedding
from analysis.topics.embeddings.languages import unit
from analysis.topics.embeddings.tokens import tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]
    _Weighted = dict[int, list[tuple[str, float]]]

#: How much likeness to a better word counts against the weight of a word.
_DIVERSITY = 0.1

#: Likeness to the topic's words that any word is granted: one without a vector keeps its place behind the others.
_UNLIKE = 0.05

#: Ends every prompt that BERTopic counts: it joins the prompts of a topic, and topics of emoji alone would leave it no
#: vocabulary.
_FILLER = "emptyprompt"

#: Letters that two forms of a word share at least, and letters that follow them at most: fewer than are shared.
_SHARED, _ENDING = 4, 4

#: The Arabic article, written as one with its word.
_ARTICLE = "ال"


@dataclass(frozen=True)
class Terms:
    """Words of k topics.

    Attributes:
        words: for each topic its words, best first.
        weights: their c-TF-IDF weights.
        model: the fitted BERTopic, for its interactive views; its topic numbers are ours.
    """

    words: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    model: Any


def fit_terms(
    texts: Sequence[str], languages: Sequence[str], topic: Integers, vectors: Floats, embedding: Embedding, most: int = 10
) -> Terms:
    """The words of each topic, counted in the language most of its prompts are in: a mixture of languages reads badly.

    Args:
        texts: n prompts, `languages` theirs, and `topic`, shape (n,), their topics 0 … k − 1, or −1.
        vectors: shape (n, d), their unit vectors.
        embedding: gives the vectors of words that make them varied.
        most: words of a topic.
    """
    from bertopic import BERTopic
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    model = BERTopic(
        language="multilingual",
        top_n_words=most,
        embedding_model=None if _without_words(embedding) else _backend(embedding),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(tokenizer=_counted, token_pattern=None, lowercase=False),
        ctfidf_model=ClassTfidfTransformer(reduce_frequent_words=True),
        representation_model=_varied_words(embedding, most),
        verbose=False,
    )
    spoken = main_languages(languages, topic)
    counted = [number < 0 or spoken[number] == language for number, language in zip(topic.tolist(), languages, strict=True)]
    readable = [f"{' '.join(text.split()) if own else ''} {_FILLER}" for text, own in zip(texts, counted, strict=True)]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside bertopic, which nobody who runs a report can act on
        model.fit(readable, embeddings=vectors, y=topic)
    found = _ours(model, topic)
    size = int(topic.max(initial=-1)) + 1
    pairs = [[pair for pair in found.get(number, []) if pair[0]][:most] for number in range(size)]
    return Terms(
        words=tuple(tuple(word for word, _ in pair) for pair in pairs),
        weights=tuple(tuple(float(weight) for _, weight in pair) for pair in pairs),
        model=model,
    )


def main_languages(languages: Sequence[str], topic: Integers) -> list[str]:
    """The language most of each topic's prompts are in."""
    found = [Counter[str]() for _ in range(int(topic.max(initial=-1)) + 1)]
    for number, language in zip(topic.tolist(), languages, strict=True):
        if number >= 0:
            found[number][language] += 1
    return [max(sorted(counts), key=lambda name: counts[name], default="") for counts in found]


def forms_of_one_word(first: str, second: str) -> bool:
    """Whether two words look like forms of one: a shared beginning, nearly all of the shorter word, and short endings."""
    short, long = sorted((first.removeprefix(_ARTICLE), second.removeprefix(_ARTICLE)), key=len)
    shared = next((place for place, letter in enumerate(short) if letter != long[place]), len(short))
    if shared < _SHARED:
        return 2 < len(short) == shared >= len(long) - 1
    return shared >= len(short) - 1 and len(long) - shared <= min(_ENDING, shared - 1)


def _counted(text: str) -> list[str]:
    """The words of prompts that BERTopic joined: each prompt is read by itself, and a word of it counted once."""
    return [word for prompt in text.split(_FILLER) for word in (*dict.fromkeys(tokens(prompt)), _FILLER)]


def _varied_words(embedding: Embedding, most: int) -> Any:
    """A step of BERTopic that leaves out the forms of better words, and words that say the same as better ones.

    BERTopic's own step for the latter forgets the weights of words, so that one that all prompts of a topic share may be missing;
    here a word is as relevant as its weight times its likeness to the topic's words.
    """
    from bertopic.representation import BaseRepresentation

    inner = None if _without_words(embedding) else bare(embedding)

    class Varied(BaseRepresentation):  # type: ignore[misc]
        def extract_topics(self, topic_model: Any, documents: Any, c_tf_idf: Any, topics: _Weighted) -> _Weighted:  # noqa: ARG002
            return {number: _varied(pairs, inner, most) for number, pairs in topics.items()}

    return Varied()


def _varied(pairs: list[tuple[str, float]], embedding: Embedding | None, most: int) -> list[tuple[str, float]]:
    """The best words that are not forms of one another and, as far as the embedding tells, not alike."""
    distinct: list[tuple[str, float]] = []
    for word, weight in pairs:
        if word not in ("", _FILLER) and not any(forms_of_one_word(word, other) for other, _ in distinct):
            distinct.append((word, weight))
    if embedding is None or len(distinct) < 2:
        return distinct[:most]
    vectors = embedding.embed([word for word, _ in distinct])
    weights = np.array([weight for _, weight in distinct]) / distinct[0][1]
    relevance = weights * np.clip(vectors @ unit((weights @ vectors)[None])[0], _UNLIKE, None)
    chosen = [int(relevance.argmax())]
    likeness = vectors @ vectors[chosen[0]]
    while len(chosen) < min(most, len(distinct)):
        score = (1 - _DIVERSITY) * relevance - _DIVERSITY * np.clip(likeness, 0, None)
        score[chosen] = -np.inf
        chosen.append(int(score.argmax()))
        likeness = np.maximum(likeness, vectors @ vectors[chosen[-1]])
    return [distinct[place] for place in chosen]


def _ours(model: Any, topic: Integers) -> dict[int, list[tuple[str, float]]]:
    """BERTopic's words by our topic numbers: it numbers by size too, but orders ties in its own way."""
    theirs = np.asarray(model.topics_)
    return {int(topic[theirs == number][0]): words for number, words in model.get_topics().items() if (theirs == number).any()}


def _without_words(embedding: Embedding) -> bool:
    """Whether the embedding has vectors for given prompts alone, not for words."""
    inner = bare(embedding)
    parts = inner.parts if isinstance(inner, SideBySide) else (inner,)
    return any(isinstance(part, GivenVectors) for part in parts)


def _backend(embedding: Embedding) -> Any:
    """The embedding as BERTopic takes it."""
    from bertopic.backend import BaseEmbedder

    inner = bare(embedding)  # words need no place in the cache of prompts

    class Backend(BaseEmbedder):  # type: ignore[misc]
        def embed(self, documents: list[str], verbose: bool = False) -> Floats:  # noqa: ARG002 - BERTopic's signature
            return inner.embed(list(documents))

    return Backend()
