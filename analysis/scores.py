"""Scores: what votes say about a fit, summed over what hangs together; their products are covariances."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Entries from which on a cluster is multiplied as a row of a dense matrix: the sparse product costs their square.
_HEAVY = 8

#: Cells of such a matrix that are held at once (64 MB).
_CELLS = 8_000_000


@dataclass(frozen=True)
class Scores:
    """A matrix S of scores, a row per cluster of votes and a column per parameter, as entries that are added up.

    Attributes:
        cluster, column, value: shape (E,), row, column and value of each entry; rows of several `Scores` are the same clusters.
        columns: how many parameters there are.
    """

    cluster: Integers
    column: Integers
    value: Floats
    columns: int

    def of(self, chosen: NDArray[np.bool_], numbers: Integers) -> Scores:
        """The entries of the chosen clusters, shape (clusters,), under their new numbers, shape (clusters,)."""
        inside = chosen[self.cluster]
        return Scores(numbers[self.cluster[inside]], self.column[inside], self.value[inside], self.columns)

    def dense(self, rows: int) -> Floats:
        """S as an array, shape (rows, columns)."""
        cells = np.bincount(self.cluster * self.columns + self.column, self.value, rows * self.columns)
        return np.asarray(cells.reshape(rows, self.columns))

    def sparse(self, rows: int) -> coo_array:
        """S as a sparse array, shape (rows, columns)."""
        return coo_array((self.value, (self.cluster, self.column)), shape=(rows, self.columns))


def products(one: Scores, other: Scores) -> Floats:
    """Sᵀ T of two matrices of scores over the same clusters, shape (columns of one, columns of other)."""
    clusters = 1 + max(int(one.cluster.max(initial=-1)), int(other.cluster.max(initial=-1)))
    load = np.bincount(one.cluster, minlength=clusters)
    if other is not one:
        load = np.maximum(load, np.bincount(other.cluster, minlength=clusters))
    heavy = load > _HEAVY
    result = np.zeros((one.columns, other.columns))
    number = np.cumsum(heavy) - 1
    block = max(1, _CELLS // max(one.columns + other.columns, 1))
    for start in range(0, int(heavy.sum()), block):
        here = heavy & (number >= start) & (number < start + block)
        rows = int(here.sum())
        left = one.of(here, number - start).dense(rows)
        result += left.T @ (left if other is one else other.of(here, number - start).dense(rows))
    left = one.of(~heavy, np.arange(clusters)).sparse(clusters).tocsr()
    right = left if other is one else other.of(~heavy, np.arange(clusters)).sparse(clusters).tocsr()
    return np.asarray(result + (left.T @ right).toarray())
