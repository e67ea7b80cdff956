"""Scores: what votes say about a fit, summed over what hangs together; their products are covariances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array, csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Votes above which a cluster is a row of a dense matrix: the sparse product costs the square of its votes.
_HEAVY = 4

#: Cells of such a matrix that are held at once: what fits into a processor's cache.
_CELLS = 1_000_000


@dataclass(frozen=True)
class Scores:
    """A matrix S of scores, a row per cluster of votes and a column per parameter, as what each of N votes adds to it.

    Attributes:
        cluster: shape (N,), the row of each vote; rows of several `Scores` are the same clusters.
        columns, values: for each of the few parameters that a vote bears on, shape (N,): which it is, and the vote's score.
        width: how many parameters there are.
    """

    cluster: Integers
    columns: tuple[Integers, ...]
    values: tuple[Floats, ...]
    width: int

    def matrix(self, numbers: Integers) -> csr_array:
        """S as a sparse array, with the clusters renumbered by `numbers`, shape (clusters,)."""
        rows = numbers[self.cluster].astype(np.int32)
        place = (np.tile(rows, len(self.columns)), np.concatenate(self.columns).astype(np.int32))
        return coo_array((np.concatenate(self.values), place), shape=(len(numbers), self.width)).tocsr()


def scaled(scores: Scores, by: Floats) -> Scores:
    """Scores of votes, each multiplied by a number of its own, shape (N,)."""
    return replace(scores, values=tuple(value * by for value in scores.values))


def products(one: Scores, other: Scores) -> Floats:
    """Sᵀ T of two matrices of scores over the same clusters, shape (width of one, width of other)."""
    clusters = 1 + max(int(one.cluster.max(initial=-1)), int(other.cluster.max(initial=-1)))
    load = np.bincount(one.cluster, minlength=clusters)
    if other is not one:
        load = np.maximum(load, np.bincount(other.cluster, minlength=clusters))
    heavy = load > _HEAVY
    first = int(heavy.sum())
    numbers = np.where(heavy, np.cumsum(heavy) - 1, first + np.cumsum(~heavy) - 1)
    left = one.matrix(numbers)
    right = left if other is one else other.matrix(numbers)
    result = (left[first:].T @ right[first:]).toarray()
    step = max(1, _CELLS // max(one.width, other.width))
    for start in range(0, first, step):
        rows = left[start : min(start + step, first)].toarray()
        result += rows.T @ (rows if other is one else right[start : min(start + step, first)].toarray())
    return np.asarray(result)
