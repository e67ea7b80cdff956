"""Cells: the votes of one cluster with one model on one side, exposed or not; what part they are, and what they are worth."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]
    Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Cells:
    """The cells of N votes between m models.

    Attributes:
        cluster: shape (N,), of each vote.
        columns: of the two models of each vote, each shape (N,): the model where it is exposed, m more where it is not.
        weight: shape (N,).
        width: 2m.
        cell: shape (2N,), of each vote with its first model, then of each with its second.
        model: shape (cells,), the column of each cell.
    """

    cluster: Integers
    columns: tuple[Integers, Integers]
    weight: Floats
    width: int
    cell: Integers
    model: Integers

    @cached_property
    def sums(self) -> Floats:
        """Weight of the votes of each cell, shape (cells,)."""
        return np.asarray(np.bincount(self.cell, np.tile(self.weight, 2)), dtype=float)

    @cached_property
    def squares(self) -> Floats:
        """Squared weights of the votes of each cell, shape (cells,)."""
        return np.asarray(np.bincount(self.cell, np.tile(self.weight**2, 2)), dtype=float)

    @cached_property
    def whole(self) -> Floats:
        """Weight of all votes of each column, shape (2m,)."""
        return np.asarray(np.bincount(self.model, self.sums, self.width), dtype=float)

    @property
    def parts(self) -> tuple[Floats, Floats]:
        """What part each vote's cell is of all votes of its model on its side, for both models, each shape (N,)."""
        share = (self.sums / np.maximum(self.whole[self.model], 1e-300))[self.cell]
        return share[: len(self.weight)], share[len(self.weight) :]

    def spread(self, alike: float) -> tuple[Floats, Floats]:
        """Degrees of freedom and variance of each model's votes on each side, each shape (2m,), where the votes of one cluster
        are so alike, from 0 to 1: what cells would be worth if all were of one size, less one."""
        own = alike * self.sums**2 + (1 - alike) * self.squares
        second, fourth = (np.bincount(self.model, power, self.width) for power in (own, own**2))
        return second**2 / np.maximum(fourth, 1e-300) - 1, second / np.maximum(self.whole, 1e-300) ** 2


def cells_of(ballots: Ballots, exposed: Flags, weight: Floats, cluster: Integers) -> Cells:
    """The cells of votes, by their clusters, shape (N,)."""
    size = len(ballots.pairs.models)
    shift = np.where(exposed, 0, size)
    first, second = (place[ballots.pair] + shift for place in (ballots.pairs.first, ballots.pairs.second))
    keys = np.concatenate([first, second]) + 2 * size * np.tile(cluster, 2).astype(np.int64)
    found, cell = np.unique(keys, return_inverse=True)
    return Cells(cluster, (first, second), weight, 2 * size, cell, found % (2 * size))
