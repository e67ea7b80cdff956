"""Quality: how coherent the words of topics are, how different from each other, and how stable the topics."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]


def coherence(topics: Sequence[Sequence[str]], documents: Sequence[frozenset[str]]) -> NDArray[np.float64]:
    """Mean NPMI of all pairs of each topic's words, shape (k,), in −1 to 1; NaN for topics of fewer than two words.

    NPMI(a, b) = ln(p(a, b) / p(a) p(b)) / −ln p(a, b) with p the share of documents (Bouma 2009; Lau, Newman and Baldwin
    2014): −1 where two words never meet, 0 where they meet by chance, 1 where they only occur together.
    """
    places: dict[str, set[int]] = {word: set() for words in topics for word in words}
    for number, document in enumerate(documents):
        for word in document & places.keys():
            places[word].add(number)
    means = []
    for words in topics:
        found = [places[word] for word in words]
        pairs = [npmi(len(a), len(b), len(a & b), len(documents)) for a, b in combinations(found, 2)]
        means.append(np.mean(pairs) if pairs else np.nan)
    return np.array(means, dtype=float)


def npmi(first: int, second: int, both: int, documents: int) -> float:
    """Normalised pointwise mutual information from counts of documents."""
    if both == 0:
        return -1.0
    if both == documents:
        return 1.0
    share = both / documents
    return float(np.log(share * documents * documents / (first * second)) / -np.log(share))


def diversity(topics: Sequence[Sequence[str]]) -> float:
    """Different words among all words of topics (Dieng, Ruiz and Blei 2020); NaN without words."""
    words = [word for topic in topics for word in topic]
    return len(set(words)) / len(words) if words else float("nan")


def agreement(first: Integers, second: Integers) -> float:
    """Adjusted Rand index of two labelings (Hubert and Arabie 1985): 1 for the same, 0 as chance alone gives."""
    from sklearn.metrics import adjusted_rand_score

    return float(adjusted_rand_score(first, second)) if len(first) else float("nan")


def overlap(reference: Integers, other: Integers) -> NDArray[np.float64]:
    """For each topic of `reference`, the largest Jaccard overlap with a topic of `other`, shape (k,) (Hennig 2007).

    Counted over the prompts that have a topic in both: −1 claims nothing. 1 is a topic found again whole.
    """
    size, width = int(reference.max(initial=-1)) + 1, int(other.max(initial=-1)) + 1
    if not size or not width:
        return np.zeros(size)
    inside = (reference >= 0) & (other >= 0)
    shared = np.zeros((size, width))
    np.add.at(shared, (reference[inside], other[inside]), 1)
    either = shared.sum(axis=1, keepdims=True) + shared.sum(axis=0, keepdims=True) - shared
    return np.asarray((shared / np.maximum(either, 1)).max(axis=1))


@dataclass(frozen=True)
class Stability:
    """How the topics came out again.

    Attributes:
        seeds: ARI with each refit under another seed.
        resamples: ARI with each refit on resampled prompts.
        topics: shape (k,), mean over all refits of each topic's best overlap.
    """

    seeds: tuple[float, ...]
    resamples: tuple[float, ...]
    topics: NDArray[np.float64]


def stability(reference: Integers, seeds: Sequence[Integers], resamples: Sequence[Integers]) -> Stability:
    """Compare labelings of the same prompts with the reference; ARI over the prompts that have a topic in both."""
    overlaps = [overlap(reference, other) for other in (*seeds, *resamples)]
    size = int(reference.max(initial=-1)) + 1
    mean = np.mean(overlaps, axis=0) if overlaps else np.full(size, np.nan)
    scores = [tuple(_both(reference, other) for other in others) for others in (seeds, resamples)]
    return Stability(scores[0], scores[1], mean)


def _both(first: Integers, second: Integers) -> float:
    inside = (first >= 0) & (second >= 0)
    return agreement(first[inside], second[inside])
