"""More votes: about how many of them would decide a claim that is undecided.

A claim holds where all its margins are above 0: how far a model is above each rival, or a share above the lower end of what is
printed as stated. Votes come on and come alike; the estimate of now counts, and is taken for the truth. Then r times the
information there is, added to it, leaves each margin at worst, in one case of five, at the 20 % point of where it may lie
(`analysis.ratings.votes_needed`), and the rule of verdicts (`analysis.claims.verdicts`) decides on that.

Of some claims that is not known, and nothing is said: of moves between two boards, of exact ranks, and of repeats and fresh
prompts, whose very share changes as votes come in.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.distributions import beta, norm
from analysis.ratings.board import Board
from analysis.ratings.intervals import ONE_SIDED
from analysis.ratings.simultaneous import distance_errors
from analysis.ratings.votes_needed import MOST, POWER, about, growth

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Level of the intervals that decide on verdicts.
_LEVEL = 2 * ONE_SIDED - 1

#: Standard errors beyond which a margin is decided, whatever comes.
_FAR = 6.0

#: The least r, and halvings of its range on a log scale.
_LEAST, _HALVINGS = 1e-6, 30

#: Joint draws of a board that are looked at, and quantiles that stand for a normal distribution.
_DRAWS, _QUANTILES = 4_000, 4_000


@dataclass(frozen=True)
class MoreVotes:
    """About how many more votes decide, where the estimate is the truth, and at least: where the truth lies at the end of the
    estimate's interval that helps. NaN where nobody can say it, infinite where no number would.

    Attributes:
        where: the category whose votes they are; empty for all.
        holds: whether the claim holds by the estimates, so that they would support it; else they would contradict it.
    """

    likely: float = float("nan")
    least: float = float("nan")
    where: str = ""
    holds: bool = True

    @property
    def rounded(self) -> float:
        """`likely` in two digits, which is more than it is worth."""
        return float(f"{self.likely:.2g}")

    @property
    def words(self) -> str:
        """As a sentence; empty where nobody can say it."""
        if np.isnan(self.likely):
            return ""
        if np.isinf(self.likely):
            return "Where the truth is the estimate, which lies on the edge, no number of votes would decide it."
        votes = f"{'vote' if self.likely == 1 else 'votes'} like these{' in ' * bool(self.where)}{self.where}"
        verb = "support" if self.holds else "contradict"
        return (
            f"About {about(self.likely)} more {votes} would {verb} it, if the estimates are right (at least {about(self.least)})."
        )


def of_board(board: Board, plus: Sequence[int], minus: Sequence[int], beyond: float | Floats = 0.0, spare: int = 0) -> MoreVotes:
    """For a claim that the rating of each of `plus` is above that of its `minus`, less `beyond` points.

    Args:
        plus, minus: positions of models on the board, shape (k,).
        beyond: points that are added to the margin, one number or shape (k,).
        spare: how many of these need not hold.
    """
    if board.fit is None:
        return MoreVotes()
    one, other = np.asarray(plus), np.asarray(minus)
    margin = board.ratings[one] - board.ratings[other] + beyond
    error = distance_errors(board.covariance)[one, other]
    # Those far above hold whatever comes, and those far below use up what is to spare.
    near = np.abs(margin) <= _FAR * error
    left = spare - int((margin < -_FAR * error).sum())
    if left < 0 or not near.any():
        return MoreVotes()
    away = board.draws[:_DRAWS] - board.draws.mean(axis=0)
    deviation = away[:, one[near]] - away[:, other[near]]
    found = _of_margins(margin[near], error[near], deviation, left, len(margin), board.fit.pairs.votes)
    return replace(found, where="" if board.category.name == "overall" else board.category.called)


def of_share(posterior: beta, lower: float, upper: float, votes: int) -> MoreVotes:
    """For a claim that a share lies between two ends, by the posterior of the share on so many votes, as many independent ones as
    they are worth."""
    mean, error = float(posterior.mean()), float(posterior.std())
    normal = error * norm.ppf((np.arange(_QUANTILES) + 0.5) / _QUANTILES)
    deviation = np.column_stack([normal, -normal])
    return _of_margins(np.array([mean - lower, upper - mean]), np.full(2, error), deviation, 0, 2, votes)


def _of_margins(margin: Floats, error: Floats, deviation: Floats, spare: int, parts: int, votes: int) -> MoreVotes:
    """By margins that are to be above 0, shape (k,), their standard errors, and joint draws of what they miss the truth by, shape
    (draws, k); `parts` is how many there are with those that are not near."""
    holds = int((margin <= 0).sum()) <= spare
    if not holds and spare == 0:
        # One part that is surely wrong contradicts, and counts as many times as there are parts.
        ratio = -(margin / error)[margin <= 0]
        found = [float(growth(ratio, ratio + up, _LEVEL, parts).min()) for up in (0.0, norm.ppf(ONE_SIDED))]
    elif len(margin) == 1 and spare == 0:
        ratio = margin / error
        found = [float(growth(ratio, ratio + up, _LEVEL)[0]) for up in (0.0, norm.ppf(ONE_SIDED))]
    else:
        found = [_by_draws(margin, error, deviation, spare, holds, up) for up in (0.0, float(norm.ppf(ONE_SIDED)))]
    likely, least = (np.ceil(times * votes) for times in found)
    return MoreVotes(float(likely), float(least), holds=holds) if likely > 0 else MoreVotes()


def _by_draws(margin: Floats, error: Floats, deviation: Floats, spare: int, holds: bool, up: float) -> float:
    """r of the module, for a claim that is on the way to be supported (`holds`) or to be contradicted, with the truth `up`
    standard errors further on that way than the estimate; infinite where no r decides, 0 where nothing is open."""
    side = 1 if holds else -1
    truth, sure = margin + side * up * error, float(norm.ppf(POWER))

    def decides(more: float) -> bool:
        at_worst = (margin + more * truth - side * sure * np.sqrt(more) * error) / (1 + more)
        failing = (at_worst + deviation / np.sqrt(1 + more) <= 0).sum(axis=1)
        chance = float((failing <= spare).mean())
        return chance >= ONE_SIDED if holds else chance <= 1 - ONE_SIDED

    if not decides(MOST):
        return float("inf")
    if decides(_LEAST):
        return 0.0
    low, high = np.log(_LEAST), np.log(MOST)
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        low, high = (low, middle) if decides(float(np.exp(middle))) else (middle, high)
    return float(np.exp(high))
