"""Scores: what votes say about a fit, summed over what hangs together; their products are covariances."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import csr_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

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

    def matrix(self, rows: int) -> csr_array:
        """S as a sparse array, shape (rows, width), whose entries in one place are to be added up."""
        columns, values, cluster = np.column_stack(self.columns), np.column_stack(self.values), self.cluster
        if (np.diff(cluster) < 0).any():
            order = np.argsort(cluster, kind="stable")
            columns, values = columns[order], values[order]
        ends = np.cumsum(np.bincount(cluster, minlength=rows))
        places = len(self.columns) * np.concatenate([[0], ends])
        return csr_array((values.ravel(), columns.ravel(), places), shape=(rows, self.width))

    def of(self, chosen: NDArray[np.bool_]) -> Scores:
        """The scores of the chosen clusters, shape (clusters,), numbered anew."""
        votes = np.flatnonzero(chosen[self.cluster])
        numbers = np.cumsum(chosen) - 1
        columns, values = tuple(each[votes] for each in self.columns), tuple(each[votes] for each in self.values)
        return Scores(numbers[self.cluster[votes]], columns, values, self.width)


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
    left, right = _matrices(one, other, ~heavy)
    result = (left.T @ right).toarray()
    left, right = _matrices(one, other, heavy)
    step = max(1, _CELLS // max(one.width, other.width))
    for start in range(0, left.shape[0], step):
        rows = left[start : start + step].toarray()
        result += rows.T @ (rows if right is left else right[start : start + step].toarray())
    return np.asarray(result)


def square(scores: Scores) -> float:
    """The trace of Sᵀ S: the sum of the squared cells of S."""
    cells = scores.matrix(1 + int(scores.cluster.max(initial=-1)))
    cells.sum_duplicates()
    return float(cells.data @ cells.data)


def _matrices(one: Scores, other: Scores, chosen: NDArray[np.bool_]) -> tuple[csr_array, csr_array]:
    """The rows of the chosen clusters of two matrices of scores, or of one twice."""
    rows = int(chosen.sum())
    left = one.of(chosen).matrix(rows)
    return left, left if other is one else other.of(chosen).matrix(rows)
