"""Reordering: what another fit of the same votes does to the order of a board."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.distributions import norm
from analysis.ratings.board import Board
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.intervals import ordinal_ranks
from analysis.ratings.simultaneous import distance_errors

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Reordering:
    """A board whose M ratings are moved by a correction.

    Attributes:
        board: before it.
        moves: shape (M,), points, in the order of the board.
    """

    board: Board
    moves: Floats

    @cached_property
    def places(self) -> Integers:
        """The place of each model after the correction, 1 for the best, shape (M,); on the board they are 1, 2, 3 and so on."""
        return ordinal_ranks(self.board.ratings + self.moves)

    @property
    def changed(self) -> int:
        """Models that change places."""
        return int((self.places != np.arange(1, len(self.moves) + 1)).sum())

    @property
    def said(self) -> str:
        """How many models change places: `3 models change places`."""
        return f"{self.changed or 'no'} {'models change' if self.changed > 1 else 'model changes'} places"

    @cached_property
    def parts(self) -> Floats:
        """How far each rating moves, in half widths of its interval, shape (M,)."""
        lower, upper = self.board.bounds
        return np.abs(self.moves) / np.maximum((upper - lower) / 2, 1e-9)

    @property
    def most(self) -> int:
        """The model that moves furthest in points, by its place on the board from 0 on."""
        return int(np.abs(self.moves).argmax())

    @cached_property
    def reversed(self) -> tuple[tuple[str, str], ...]:
        """Pairs that are separated over all pairs of the board at once, and stand the other way round after the correction; the
        model that was above first."""
        ratings, after = self.board.ratings, self.board.ratings + self.moves
        above, below = np.triu_indices(len(ratings), 1)
        turned = (ratings[above] > ratings[below]) & (after[above] < after[below])
        above, below = above[turned], below[turned]
        if not len(above):
            return ()
        z = (ratings[above] - ratings[below]) / distance_errors(self.board.covariance)[above, below]
        apart = z > self._critical(z)
        models = self.board.models
        return tuple((models[one], models[other]) for one, other in zip(above[apart], below[apart], strict=True))

    def _critical(self, z: Floats) -> float:
        """Standard errors beyond which two models are separated: drawn only where one of those asked about lies between what a
        pair alone needs and Bonferroni's bound, which all pairs at once need at most."""
        size, error = len(self.moves), 1 - self.board.settings.level
        alone, bound = float(norm.isf(error / 2)), float(norm.isf(error / (size * (size - 1))))
        if ((z <= alone) | (z > bound)).all():
            return bound
        return self.board.critical


def reordering(board: Board, moved: Floats) -> Reordering:
    """A board after a correction that moves the strengths of its fit, shape (M,), natural-log units, in the order of the fit."""
    return Reordering(board, POINTS * (moved - moved.mean())[board.in_fit])
