"""Shares of votes with their Wilson intervals, and how they are written in prose."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]


def wilson_interval(part: ArrayLike, whole: ArrayLike, level: float = 0.95) -> tuple[Floats, Floats]:
    """Lower and upper bound of a binomial share by Wilson's score method (Wilson 1927; no continuity correction).

    It keeps its coverage for small counts and for shares near 0 or 1, where the textbook interval fails (Newcombe 1998,
    method 3). An empty whole knows nothing: its interval is 0 to 1.

    Args:
        part, whole: counts of any one shape, 0 ≤ part ≤ whole.
        level: confidence level.
    """
    hits, trials = np.asarray(part, dtype=float), np.asarray(whole, dtype=float)
    z = norm.ppf(0.5 + level / 2)
    spread = trials + z**2
    centre = (hits + z**2 / 2) / spread
    rest = np.divide(hits * (trials - hits), trials, out=np.zeros_like(spread), where=trials > 0)
    half = z * np.sqrt(rest + z**2 / 4) / spread
    # The bounds at 0 and at all are exact; rounding must not push them past the ends.
    lower = np.where(hits == 0, 0.0, np.clip(centre - half, 0, 1))
    upper = np.where(hits == trials, 1.0, np.clip(centre + half, 0, 1))
    return lower, upper


def with_shares(counts: pd.DataFrame, part: str, whole: str, level: float = 0.95) -> pd.DataFrame:
    """`counts` with columns share, lower and upper of its columns `part` over `whole`; an empty whole has share NaN."""
    lower, upper = wilson_interval(counts[part], counts[whole], level)
    share = counts[part] / counts[whole].where(counts[whole] > 0)
    return counts.assign(share=share, lower=lower, upper=upper)


def percent(share: float, digits: int = 1) -> str:
    """A share as prose: 0.0925 is `9.25 %` with two digits."""
    return f"{100 * share:.{digits}f} %"


def announced_percent(share: float) -> str:
    """A share somebody else gave, with as many digits as they gave: 0.14 is `14 %`, 0.1312 is `13.12 %`."""
    return f"{round(100 * share, 6):g} %"
