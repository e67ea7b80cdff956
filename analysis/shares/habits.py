"""Habits: how alike the votes of one judge are, and how many independent votes they are worth.

Some people always go on talking and some never do, and a few cast hundreds of votes. A share of such votes varies more than
that of as many independent ones, by the *design effect* (Kish 1965): with `alike` the correlation of two votes of one judge
and `crowding` the votes that the judge of an average vote has cast, it is 1 + alike · (crowding − 1). A share's interval is
Wilson's on the votes divided by that, as Korn and Graubard (1998) do with the intervals of exact binomial tails and Dean and
Pagano (2015) with those of Wilson, with a design effect of 1 at least and Student's t for the normal quantile.

Two estimates of the design effect are averaged. The delete-one-judge jackknife assumes nothing of habits but is poor where
few judges cast most votes and shares are near 0 or 1. The correlation over pairs of votes (Karlin, Cameron and Williams 1981;
for binary data Ridout, Demétrio and Firth 1999) assumes that habits do not depend on how much a judge votes, and is good
there. `benchmarks/shares.py` shows that the mean of both keeps its coverage where one of them does not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.distributions import norm, t
from analysis.results.prose import counted
from analysis.shares.tallies import Tally, tallies_by_part, tally_of
from analysis.shares.wilson import with_shares

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Judges below which their habits cannot be told: votes then count as independent, and the result says so.
LEAST = 10

#: Degrees of freedom are the effective number of judges less one, and at least this many: where one judge cast half of the
#: votes, all others still tell how alike votes of a judge are.
_LEAST_FREEDOM = 4

#: The estimate of `alike` settles within this many rounds.
_ROUNDS = 4


@dataclass(frozen=True)
class Habits:
    """How far the votes of a result are independent.

    Attributes:
        alike: correlation of two votes of one judge in what is counted; 0 where votes count as independent.
        judges: their number; a vote without a judge is one of its own.
        votes, crowding, busiest, even: of all votes of the result (see `Tally`).
        why: why votes count as independent, as a sentence; empty where they do not.
    """

    alike: float = 0.0
    judges: int = 0
    votes: int = 0
    crowding: float = 1.0
    busiest: int = 0
    even: float = 0.0
    why: str = ""

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the design effect; infinite where votes count as independent."""
        return float("inf") if self.why or not self.judges else max(self.even - 1, _LEAST_FREEDOM)

    def quantile(self, level: float) -> float:
        """How many standard errors an interval of that level reaches to both sides: Student's t."""
        upper = 0.5 + level / 2
        return float(norm.ppf(upper) if np.isinf(self.freedom) else t.ppf(upper, self.freedom))

    def design_effect(self, crowding: ArrayLike, alike: ArrayLike | None = None) -> Floats:
        """By how much a share of votes with this `crowding` varies more than one of independent votes; any shape."""
        rate = self.alike if alike is None else np.asarray(alike, dtype=float)
        return np.asarray(1 + rate * (np.maximum(np.asarray(crowding, dtype=float), 1) - 1))

    def effective(self, votes: ArrayLike, crowding: ArrayLike, level: float, alike: ArrayLike | None = None) -> Floats:
        """The independent votes that make an interval as wide as these; `alike` where it is not that of the result."""
        # Korn and Graubard (1998): a design effect that is itself an estimate makes the interval wider, by Student's t.
        wider = self.quantile(level) / norm.ppf(0.5 + level / 2)
        return np.asarray(votes, dtype=float) / (self.design_effect(crowding, alike) * wider**2)

    def words(self, votes: int, effective: float) -> str:
        """What the interval rests on, as a sentence."""
        if self.why:
            return self.why
        of = f"votes of {self.judges:,} judges" if votes == self.votes else "votes"
        text = f"These {of} say as much as {counted(round(effective), 'independent one')} (design effect {votes / effective:.2f})"
        if self.even < LEAST:
            text += f", for one judge cast {100 * self.busiest / self.votes:.0f} % of them"
        return f"{text}."


#: Habits of votes that name no judge.
NOBODY = Habits(why="No vote names its judge, so that all count as independent.")


def habits_of(tally: Tally) -> Habits:
    """The habits that a tally shows, or why votes count as independent.

    Votes without a judge count as judges of their own; where they are more than half, nothing is known of most judges.
    """
    judges, votes = int(tally.judges.sum()), int(tally.whole)
    if not votes or tally.unnamed == votes:
        return NOBODY
    narrow = "so that all count as independent and intervals may be too narrow."
    if 2 * tally.unnamed > votes:
        return Habits(why=f"{100 * tally.unnamed / votes:.0f} % of the votes do not name their judge, {narrow}")
    if tally.busiest <= 1:
        return Habits(why="No judge voted twice, so that all votes count as independent.")
    if judges < LEAST:
        who = "One judge" if judges == 1 else f"Only {judges} judges"
        return Habits(why=f"{who} cast all votes, {narrow}")
    return Habits(alike_in(tally), judges, votes, tally.crowding, int(tally.busiest), tally.even)


def alike_in(tally: Tally) -> float:
    """The correlation of two votes of one judge, 0 to 1, that gives the mean of the two estimates of the design effect.

    0 where all votes or none are hits, because nothing is then known of habits.
    """
    share, crowding = tally.sum(tally.hits) / max(tally.whole, 1.0), tally.crowding
    if not 0 < share < 1 or crowding <= 1:
        return 0.0
    robust = (max(jackknife_effect(tally), 1.0) - 1) / (crowding - 1)
    return float(min((robust + pair_correlation(tally)) / 2, 1.0))


def jackknife_effect(tally: Tally) -> float:
    """The design effect by leaving out one judge at a time: the variance of a ratio over the binomial one."""
    whole, judges = tally.whole, tally.judges.sum()
    share = tally.sum(tally.hits) / whole
    # The share without judge g is the share less residual / (whole − n).
    moved = (tally.hits - share * tally.votes) / (whole - tally.votes)
    return float((judges - 1) / judges * tally.sum(moved**2) * whole / (share * (1 - share)))


def pair_correlation(tally: Tally) -> float:
    """The mean product of two votes of one judge, each less the share of all other judges, over the variance of a vote.

    A judge's pairs are weighted by 1 / (1 + alike · (n − 1))²: all pairs alike where votes are independent, all judges alike
    where their habits differ widely. Taken off is what the share of the others varies by itself.
    """
    several = tally.votes > 1
    whole, crowding = tally.whole, tally.crowding
    share = tally.sum(tally.hits) / whole
    votes, hits, judges = tally.votes[several], tally.hits[several], tally.judges[several]
    others = (share * whole - hits) / (whole - votes)
    products = (hits - others * votes) ** 2 - hits * (1 - others) ** 2 - (votes - hits) * others**2
    pairs, alike = votes * (votes - 1), 0.0
    for _ in range(_ROUNDS):
        weight = judges / (1 + alike * (votes - 1)) ** 2
        part = min((1 + alike * (crowding - 1)) / whole, 0.5)  # the share's own variance, of that of one vote
        alike = float(np.sum(weight * products) / np.sum(weight * pairs)) / (share * (1 - share)) * (1 - part) - part
        alike = min(max(alike, 0.0), 1.0)
    return alike


def alike_by_part(habits: Habits, judge: Integers, part: Integers, size: int) -> Floats:
    """How alike the votes of one judge are in being in each part, shape (size,); zeros where votes count as independent.

    Args:
        judge, part: shape (n,), as in `tallies_by_part`.
    """
    if habits.why:
        return np.zeros(size)
    return np.array([alike_in(tally) for tally in tallies_by_part(judge, part, size)], dtype=float)


def with_part_shares(frame: pd.DataFrame, judge: Integers, part: Integers, level: float = 0.95) -> pd.DataFrame:
    """`frame` (one row per part 0 … k − 1: votes, whole) with share, lower, upper and design_effect of each part of all votes.

    Args:
        judge, part: shape (n,), as in `tallies_by_part`; (0,) where nothing is known of judges.
    """
    habits = habits_of(tally_of(judge, part >= 0))
    worth = habits.effective(frame["whole"], habits.crowding, level, alike_by_part(habits, judge, part, len(frame)))
    return with_shares(frame, "votes", "whole", level, worth)
