"""Terms: the words of each topic by BERTopic's c-TF-IDF, varied by maximal marginal relevance.

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

from analysis.topic_model.embeddings import Embedding, GivenVectors, SideBySide, bare
from analysis.topic_model.tokens import tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]
    _Weighted = dict[int, list[tuple[str, float]]]

#: How much variety counts against relevance among the words of a topic.
_DIVERSITY = 0.1

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
    from bertopic.representation import MaximalMarginalRelevance
    from bertopic.vectorizers import ClassTfidfTransformer
    from sklearn.feature_extraction.text import CountVectorizer

    varied = None if _without_words(embedding) else MaximalMarginalRelevance(diversity=_DIVERSITY, top_n_words=most)
    model = BERTopic(
        language="multilingual",
        top_n_words=most,
        embedding_model=None if varied is None else _backend(embedding),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(tokenizer=_counted, token_pattern=None, lowercase=False),
        ctfidf_model=ClassTfidfTransformer(),
        representation_model=[_distinct_words(), *([] if varied is None else [varied])],
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


def _distinct_words() -> Any:
    """A step of BERTopic that leaves out the forms of better words."""
    from bertopic.representation import BaseRepresentation

    class Distinct(BaseRepresentation):  # type: ignore[misc]
        def extract_topics(self, topic_model: Any, documents: Any, c_tf_idf: Any, topics: _Weighted) -> _Weighted:  # noqa: ARG002
            return {number: _distinct(pairs) for number, pairs in topics.items()}

    return Distinct()


def _distinct(pairs: list[tuple[str, float]]) -> list[tuple[str, float]]:
    """Words and weights without forms of earlier words, then empty words in their place: the next step wants as many."""
    kept: list[tuple[str, float]] = []
    for word, weight in pairs:
        if word not in ("", _FILLER) and not any(forms_of_one_word(word, other) for other, _ in kept):
            kept.append((word, weight))
    return kept + [("", 0.0)] * (len(pairs) - len(kept))


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
