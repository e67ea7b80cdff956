"""Terms: the words of each topic, found by BERTopic's c-TF-IDF and put in order by what they tell (`analysis.topics.telling`).

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

from analysis.embeddings.choose import GivenVectors, bare, parts_of
from analysis.embeddings.embedding import Embedding
from analysis.embeddings.tokens import tokens
from analysis.topics.telling import Counts, best_first

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Words of a topic by c-TF-IDF that are put in order.
_CANDIDATES = 30

#: The first ends every prompt that BERTopic counts, for it joins the prompts of a topic; the second stands in one prompt. Topics
#: of emoji or sums alone would leave it no vocabulary, and one word is too few for it.
_FILLER, _SECOND = "emptyprompt", "emptyfirst"

#: Letters that two forms of a word share at least, and letters that follow them at most: fewer than are shared.
_SHARED, _ENDING = 4, 4

#: The Arabic article, written as one with its word.
_ARTICLE = "ال"


@dataclass(frozen=True)
class Terms:
    """Words of k topics.

    Attributes:
        words: for each topic its words, best first.
        weights: their c-TF-IDF weights, by which they are not in order.
        model: the fitted BERTopic, for its interactive views; its topic numbers are ours.
    """

    words: tuple[tuple[str, ...], ...]
    weights: tuple[tuple[float, ...], ...]
    model: Any


def fit_terms(
    texts: Sequence[str], languages: Sequence[str], topic: Integers, vectors: Floats, embedding: Embedding, most: int = 10
) -> Terms:
    """The words of each topic, counted in its main language: a mixture of languages reads badly.

    Args:
        texts: n prompts, `languages` theirs, and `topic`, shape (n,), their topics 0 … k − 1, or −1.
        vectors: shape (n, d), their unit vectors.
        embedding: gives the vectors of words, whose likeness to a topic says what they tell.
        most: words of a topic.
    """
    spoken = main_languages(languages, topic)
    counted = np.array([number >= 0 and spoken[number] == name for number, name in zip(topic.tolist(), languages, strict=True)])
    model, prompts = _fit_bertopic(texts, counted | (topic < 0), topic, vectors, embedding, most)
    rows, weights = _rows(model, topic), model.c_tf_idf_
    candidates = [_heaviest(weights, row) for row in rows]
    counts = Counts(
        words=model.vectorizer_model.get_feature_names_out(),
        prompts=prompts[np.maximum(rows, 0)],
        sizes=np.bincount(topic[counted], minlength=len(spoken)),
        languages=spoken,
    )
    centres = np.array([vectors[topic == number].mean(axis=0) if row >= 0 else 0 * vectors[0] for number, row in enumerate(rows)])
    ordered = best_first(counts, candidates, centres, _word_vectors(counts.words, candidates, embedding))
    kept = [_distinct(counts.words, columns)[:most] for columns in ordered]
    return Terms(
        words=tuple(tuple(str(counts.words[column]) for column in columns) for columns in kept),
        weights=tuple(tuple(float(weights[row, column]) for column in columns) for row, columns in zip(rows, kept, strict=True)),
        model=model,
    )


def _fit_bertopic(
    texts: Sequence[str], counted: NDArray[np.bool_], topic: Integers, vectors: Floats, embedding: Embedding, most: int
) -> tuple[Any, sparse.csr_array]:
    """The fitted BERTopic, and for each of its topics the prompts with each word; of a prompt not `counted`, no word is read."""
    from bertopic import BERTopic
    from bertopic.cluster import BaseCluster
    from bertopic.dimensionality import BaseDimensionalityReduction
    from bertopic.vectorizers import ClassTfidfTransformer
    from scipy import sparse
    from sklearn.feature_extraction.text import CountVectorizer

    class Kept(ClassTfidfTransformer):  # type: ignore[misc]
        def fit(self, X: Any, multiplier: Any = None) -> Any:  # noqa: N803 - BERTopic's signature
            self.prompts = sparse.csr_array(X)
            return super().fit(X, multiplier)

    weighting = Kept(reduce_frequent_words=True)
    model = BERTopic(
        language="multilingual",
        top_n_words=most,
        embedding_model=None if _without_words(embedding) else _backend(embedding),
        umap_model=BaseDimensionalityReduction(),
        hdbscan_model=BaseCluster(),
        vectorizer_model=CountVectorizer(tokenizer=_counted, token_pattern=None, lowercase=False),
        ctfidf_model=weighting,
        verbose=False,
    )
    readable = [f"{' '.join(text.split()) if own else ''} {_FILLER}" for text, own in zip(texts, counted, strict=True)]
    readable[0] = f"{_SECOND} {readable[0]}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # deprecations inside bertopic, which nobody who runs a report can act on
        model.fit(readable, embeddings=vectors, y=topic)
    return model, weighting.prompts


def main_languages(languages: Sequence[str], topic: Integers) -> list[str]:
    """The language to name each topic in: that of most of its prompts; of a mixture, in which none has half, the most common of
    all, unless few of its prompts (less than half as many) are in it."""
    common = common_language(languages)
    found = [Counter[str]() for _ in range(int(topic.max(initial=-1)) + 1)]
    for number, language in zip(topic.tolist(), languages, strict=True):
        if number >= 0:
            found[number][language] += 1
    first = [max(sorted(counts), key=lambda name: counts[name], default="") for counts in found]
    return [
        common if 2 * counts[name] < counts.total() and 2 * counts[common] >= counts[name] else name
        for counts, name in zip(found, first, strict=True)
    ]


def common_language(languages: Sequence[str]) -> str:
    """The language of most prompts; the first by name of those with as many, and empty where there are none."""
    counts = Counter(languages)
    return max(sorted(counts), key=lambda name: counts[name], default="")


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


def _rows(model: Any, topic: Integers) -> Integers:
    """The row of each of our topics in BERTopic's tables: it numbers by size too, but orders ties in its own way. −1 where a
    topic has none of the prompts."""
    theirs = np.asarray(model.topics_) + model._outliers
    rows = np.full(int(topic.max(initial=-1)) + 1, -1, dtype=np.int64)
    rows[topic[topic >= 0]] = theirs[topic >= 0]
    return rows


def _heaviest(weights: sparse.csr_array, row: int) -> Integers:
    """The columns of a topic's words with most weight, the heaviest first."""
    if row < 0:
        return np.zeros(0, dtype=np.int64)
    own = weights[[row]].toarray()[0]
    return np.argsort(-own, kind="stable")[: min(_CANDIDATES, int((own > 0).sum()))]


def _word_vectors(words: Sequence[str], candidates: Sequence[Integers], embedding: Embedding) -> Floats | None:
    """Vectors of the candidates in the rows of their words, all embedded at once; None where words have none."""
    wanted = np.unique(np.concatenate([np.zeros(0, dtype=np.int64), *candidates]))
    if _without_words(embedding) or not len(wanted):
        return None
    found = bare(embedding).embed([str(words[column]) for column in wanted])  # words need no place in the cache of prompts
    vectors = np.zeros((len(words), found.shape[1]), dtype=np.float32)
    vectors[wanted] = found
    return vectors


def _distinct(words: Sequence[str], columns: Integers) -> list[int]:
    """The columns of words that are not forms of better ones."""
    kept: list[int] = []
    for column in columns.tolist():
        if words[column] not in (_FILLER, _SECOND) and not any(forms_of_one_word(words[column], words[other]) for other in kept):
            kept.append(column)
    return kept


def _without_words(embedding: Embedding) -> bool:
    """Whether the embedding has vectors for given prompts alone, not for words."""
    return any(isinstance(part, GivenVectors) for part in parts_of(embedding))


def _backend(embedding: Embedding) -> Any:
    """The embedding as BERTopic takes it."""
    from bertopic.backend import BaseEmbedder

    inner = bare(embedding)  # words need no place in the cache of prompts

    class Backend(BaseEmbedder):  # type: ignore[misc]
        def embed(self, documents: list[str], verbose: bool = False) -> Floats:  # noqa: ARG002 - BERTopic's signature
            return inner.embed(list(documents))

    return Backend()
