"""Classes: models of a published board that its intervals do not tell from the best of them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.ratings.board import Board
from analysis.ratings.classes import classes
from analysis.ratings.simultaneous import distance_errors
from analysis.results.prose import Prose, counted, joined
from analysis.results.result import Result

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: Models of a class that a sentence names.
NAMED = 6


@dataclass(frozen=True, eq=False)
class WatchClasses(Result):
    """The classes of a published board.

    A class begins with the highest rating that is in no class yet; a model is in it unless its rating is below that one by more
    than noise gives, at an error of 5 % over all models that are compared (Bonferroni, one-sided). So the strongest model is
    in the first class with a chance of 95 % at least. That is not the arena's rank, which compares interval with interval.

    Attributes:
        board: the published board.
        number: shape (M,), the class of each model, from 1.
    """

    board: Board
    number: NDArray[np.int64]

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Classes: {self.board.category.label}{f', {self.board.day}' if self.board.day else ''}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, best first: class, model, rating, lower, upper (points), rank by the arena's rule, votes where they
        are published."""
        lower, upper = self.board.bounds
        columns = {"class": self.number, "model": self.board.models, "rating": self.board.ratings, "lower": lower, "upper": upper}
        frame = pd.DataFrame({**columns, "rank": self.board.ranks})
        return frame.assign(votes=self.board.votes.astype(int)) if self.board.votes.any() else frame

    @property
    def first(self) -> tuple[str, ...]:
        """The models of the first class, best first."""
        return tuple(model for model, number in zip(self.board.models, self.number, strict=True) if number == 1)

    @property
    def sentence(self) -> Prose:
        """Which models may be the best, and how many classes there are."""
        whole, classes = len(self.board.models), counted(int(self.number.max()), "class", "classes")
        if len(self.first) == 1:
            lead = f"{self.first[0]} is told apart from all others"
        else:
            lead = f"{joined(self.first, NAMED)} are not told apart from the best: {len(self.first)} models of {whole} may be it"
        second = [model for model, number in zip(self.board.models, self.number, strict=True) if number == 2]
        after = f"; next {'come' if len(second) > 1 else 'comes'} {joined(second, NAMED)}" if second else ""
        return Prose(f"{lead}{after}. The published intervals tell {classes} apart. {self.board.assumes}")


def classes_of(board: Board) -> WatchClasses:
    """The classes of a published board."""
    return WatchClasses(board, classes(board.ratings, distance_errors(board.covariance)), origin=board.origin)
