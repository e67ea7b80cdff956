"""Judges: the votes of a case by who cast them, as every check of judges looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import InputError
from analysis.ratings.bradley_terry import BradleyTerry
from analysis.ratings.pairs import SCORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class Bench:
    """The J judges of a case that are named, and their n votes, which are its first ones and stand together.

    Attributes:
        case: the votes.
        number: shape (J,), of the judges in `case.judge`, ascending.
        start: shape (J + 1,), where the votes of each judge begin; the last is n.
    """

    case: Case
    number: Integers
    start: Integers

    @cached_property
    def cast(self) -> Integers:
        """Votes of each judge, shape (J,)."""
        return np.diff(self.start)

    @property
    def votes(self) -> int:
        """Votes that name their judge."""
        return int(self.start[-1])

    @property
    def nameless(self) -> int:
        """Votes that do not."""
        return len(self.case.ballots.pair) - self.votes

    @property
    def pair(self) -> Integers:
        """The pair of each vote, shape (n,)."""
        return self.case.ballots.pair[: self.votes]

    @property
    def cell(self) -> Integers:
        """The pair and outcome of each vote, shape (n,)."""
        return self.case.ballots.cell[: self.votes]

    @cached_property
    def fit(self) -> BradleyTerry:
        """Of the board."""
        fit = self.case.board.fit
        assert isinstance(fit, BradleyTerry)
        return fit

    @cached_property
    def surplus(self) -> Floats:
        """By how much a vote of each cell exceeds what the fit expects of the pair's first model, shape (4 P,)."""
        return np.asarray((SCORE - self.fit.chance[:, None]).ravel())

    def names(self, chosen: Integers) -> list[str]:
        """Pseudonyms of judges by their places in `number`."""
        return self.case.judge_names(self.number[chosen])

    def without(self, judge: int) -> Floats:
        """The counts of the pairs without the votes of one judge, shape (P, 4)."""
        theirs = self.cell[self.start[judge] : self.start[judge + 1]]
        counts = self.case.pairs.counts
        return np.asarray(counts - np.bincount(theirs, minlength=counts.size).reshape(counts.shape))


def bench_of(case: Case) -> Bench:
    """The named judges of a case.

    Raises:
        InputError: no vote between rated models names its judge.
    """
    judge = case.judge
    known = judge[: int(np.searchsorted(judge, case.named))]
    if not len(known):
        raise InputError("no vote between rated models says who cast it")
    start = np.flatnonzero(np.diff(known, prepend=-1))
    return Bench(case, known[start], np.append(start, len(known)))
