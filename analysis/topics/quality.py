"""Quality: how coherent the words of topics are, how different from each other, and how stable the topics."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
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


def shared_counts(first: Integers, second: Integers, size: int, width: int) -> Integers:
    """Prompts in each topic of the one labelling and of the other, shape (size, width), without those left out (−1)."""
    inside = (first >= 0) & (second >= 0)
    shared = np.zeros((size, width), dtype=np.int64)
    np.add.at(shared, (first[inside], second[inside]), 1)
    return shared


def jaccard(shared: Integers, first: Integers, second: Integers) -> Floats:
    """Overlap of sets of those sizes, shape (a,) and (b,), that share so much, shape (a, b): 1 is the same set."""
    return np.asarray(shared / np.maximum(either(shared, first, second), 1))


def either(shared: Integers, first: Integers, second: Integers) -> Integers:
    """What is in at least one of two sets of those sizes, shape (a,) and (b,), that share so much, shape (a, b)."""
    return np.asarray(first[:, None] + second[None] - shared)


def agreements(labellings: Sequence[Integers]) -> tuple[float, ...]:
    """ARI of any two of the labellings, over the prompts that have a topic in both."""
    return tuple(_both(first, second) for first, second in combinations(labellings, 2))


def _both(first: Integers, second: Integers) -> float:
    inside = (first >= 0) & (second >= 0)
    return agreement(first[inside], second[inside])
