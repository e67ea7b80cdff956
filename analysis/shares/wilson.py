"""Shares of votes with their Wilson intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.distributions import norm
from analysis.results.prose import announced_percent

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def wilson_interval(part: ArrayLike, whole: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Lower and upper bound of a binomial share by Wilson's score method (Wilson 1927; no continuity correction).

    It keeps its coverage for small counts and for shares near 0 or 1, where the textbook interval fails (Newcombe 1998,
    method 3). An empty whole knows nothing: its interval is 0 to 1.

    Args:
        part, whole: counts of shapes that go together, 0 ≤ part ≤ whole.
        level: confidence level.
    """
    return score_interval(part, whole, norm.ppf(0.5 + level / 2))


def score_interval(part: ArrayLike, whole: ArrayLike, quantile: ArrayLike) -> tuple[Floats, Floats]:
    """`wilson_interval` at quantiles of the normal distribution; counts need not be whole numbers."""
    hits, trials, z = (np.asarray(value, dtype=float) for value in np.broadcast_arrays(part, whole, quantile))
    spread = trials + z**2
    centre = (hits + z**2 / 2) / spread
    rest = np.divide(hits * (trials - hits), trials, out=np.zeros_like(spread), where=trials > 0)
    half = z * np.sqrt(rest + z**2 / 4) / spread
    # The bounds at 0 and at all are exact; rounding must not push them past the ends.
    lower = np.where(hits == 0, 0.0, np.clip(centre - half, 0, 1))
    upper = np.where(hits == trials, 1.0, np.clip(centre + half, 0, 1))
    return lower, upper


def with_shares(
    counts: pd.DataFrame, part: str, whole: str, level: float = 0.95, effective: ArrayLike | None = None
) -> pd.DataFrame:
    """`counts` with columns share, lower and upper of its columns `part` over `whole`; an empty whole has share NaN.

    Where `effective` says how many independent votes each whole is worth (`analysis.shares.habits`), the interval is that of as
    many, and a column design_effect says how many votes are worth one.
    """
    votes = counts[whole]
    share = counts[part] / votes.where(votes > 0)
    if effective is None:
        lower, upper = wilson_interval(counts[part], votes, level)
        return counts.assign(share=share, lower=lower, upper=upper)
    worth = np.asarray(effective, dtype=float)
    effect = np.divide(votes, worth, out=np.ones(len(counts)), where=worth > 0)
    lower, upper = wilson_interval(counts[part] / effect, votes / effect, level)
    return counts.assign(share=share, lower=lower, upper=upper, design_effect=effect)


def agrees(row: pd.Series, announced: float, rounding: float) -> bool:
    """Whether some share inside the interval of a row (lower, upper) rounds to the announced one.

    `rounding` is half the last digit of the announcement: 14 % stands for 13.5 to 14.5 %.
    """
    return bool(row["lower"] <= announced + rounding and row["upper"] >= announced - rounding)


def agreement(row: pd.Series, announced: float, rounding: float, part: str = "") -> str:
    """A share (share, lower, upper) held against the announced one, as a sentence.

    Where `part` says that the votes are not all of the arena's (`analysis.votes.populations`), nothing can be held against it.
    """
    printed, points = announced_percent(announced), 100 * (row["share"] - announced)
    if part:
        return f"These votes are {part}, so the {printed} announced for the whole arena cannot be tested on them."
    if agrees(row, announced, rounding):
        return f"The announced {printed}, a rounded figure, is compatible with that."
    side = "above" if points > 0 else "below"
    return f"That is {abs(points):.2f} points {side} the announced {printed}, more than chance allows."
