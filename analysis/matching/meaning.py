"""Prompts alike in meaning: those whose vectors point the same way, in one language or in two.

Vectors are the multilingual encoder's (`analysis.embeddings.universal`). Words beside it, as topics have them, tell prompts of
one language apart better and lose those of two: at the same errors a fifth of the Chinese questions, and they are other words
for other votes, so no threshold would mean the same twice. Where the encoder is not there, words and n-grams must do: they
know other languages hardly and other words for the same little. Errors of both: `data/matching_errors.csv`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.embeddings.choose import FALLBACK, JointReading
from analysis.embeddings.ngrams import read_ngrams
from analysis.embeddings.universal import UniversalEmbedding, absence
from analysis.embeddings.words import read_words
from analysis.matching.near import CROWD, check_threshold

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Cosine from which two prompts count as alike in meaning, by the encoder, and by words and n-grams.
MEANING, BY_WORDS = 0.64, 0.85

#: Most prompts that are compared, all with all: embedding them takes minutes, and so does comparing them.
MOST = 50_000

#: Characters of a prompt that are read, and prompts that are compared with all others at once.
READ, _BLOCK = 2_000, 2_048


def embedding_used() -> str:
    """What prompts are compared by here: the encoder (`use`), or where it is not there `words+ngrams`."""
    return FALLBACK if absence() else UniversalEmbedding.name


def usual_threshold() -> float:
    """The cosine from which two prompts count as alike by what they are compared by here."""
    return BY_WORDS if absence() else MEANING


def meaning_pairs(texts: Sequence[str], languages: Sequence[str] | None = None, threshold: float | None = None) -> Integers:
    """Places of prompts that are alike in meaning, shape (K, 2), the smaller first, sorted; each with the first CROWD at most.

    Args:
        texts: n prompts, at most MOST in reasonable time; one without letters and digits is like none.
        languages: of the prompts, by English name; they help where the encoder is not there.
        threshold: cosine from which on two are alike, above 0, at most 1; `usual_threshold` by default.

    Raises:
        UsageError: the threshold is not above 0 and at most 1.
    """
    threshold = usual_threshold() if threshold is None else threshold
    check_threshold(threshold)
    vectors = _vectors(texts, languages)
    found = [np.empty((0, 2), np.int64)]
    for begin in range(0, len(vectors), _BLOCK):
        room = np.full(min(_BLOCK, len(vectors) - begin), CROWD)
        for place, earlier in _alike(vectors[begin : begin + _BLOCK], vectors[: begin + _BLOCK], threshold):
            kept = earlier < place + begin
            place, earlier = place[kept], earlier[kept]
            kept = _rank(place) < room[place]
            found.append(np.column_stack([earlier[kept], place[kept] + begin]))
            room -= np.bincount(place[kept], minlength=len(room))
    pairs = np.concatenate(found)
    return pairs[np.lexsort((pairs[:, 1], pairs[:, 0]))]


def _alike(some: Floats, all_: Floats, threshold: float) -> Iterator[tuple[Integers, Integers]]:
    """Places among some vectors and among all of those that are alike, block by block of all; sorted."""
    for begin in range(0, len(all_), _BLOCK):
        place, other = np.nonzero(some @ all_[begin : begin + _BLOCK].T >= np.float32(threshold))
        yield place, other + begin


def _rank(place: Integers) -> Integers:
    """How many of the same place stand before each, shape (K,), of sorted places."""
    return np.arange(len(place)) - np.searchsorted(place, place)


def _vectors(texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
    """Unit vectors of the texts, shape (n, d); zero where a text says nothing."""
    read = [text[:READ] for text in texts]
    if not absence():
        return UniversalEmbedding().embed(read)
    return by_words(read, [""] * len(read) if languages is None else languages)


def by_words(texts: Sequence[str], languages: Sequence[str]) -> Floats:
    """Vectors by words and n-grams, fitted on the texts themselves."""
    if not any(map(str.isalnum, "".join(texts))):
        return np.zeros((len(texts), 1), np.float32)
    reading = JointReading((read_words(texts, languages), read_ngrams(texts, languages)), (1.0, 1.0))
    return reading.fit(np.arange(len(texts)), 1)[1]
