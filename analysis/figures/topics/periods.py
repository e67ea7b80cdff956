"""Periods with votes enough, and how far the shares of topics moved from the first ones to the last."""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.distributions import norm
from analysis.figures.style import BLUE, ORANGE, QUIET
from analysis.shares.discovery import RATE, q_values
from analysis.shares.wilson import with_shares

#: Votes that a point of a line stands for at least.
ENOUGH = 100


def joined_periods(table: pd.DataFrame, whole: pd.Series) -> pd.DataFrame:
    """The table with neighbouring periods summed until each has votes enough; one is called by its start.

    `whole` is the design effect of each topic over all periods (see `_summed`).
    """
    votes = table.drop_duplicates("period").set_index("period")["all_votes"]
    start, starts, held, left = votes.index[0], {}, ENOUGH, int(votes.sum())
    for period, count in votes.items():
        if held >= ENOUGH and left >= ENOUGH:
            start, held = period, 0
        starts[period] = start
        held, left = held + count, left - count
    summed = _summed(table.assign(period=table["period"].map(starts)), ["topic", "period"], whole).reset_index()
    return with_shares(summed, "votes", "all_votes", 0.95, summed["all_votes"] / summed["design_effect"])


def _summed(table: pd.DataFrame, by: list[str], whole: pd.Series) -> pd.DataFrame:
    """votes, all_votes and design_effect of rows taken together.

    A judge may have votes in several periods, so that the sum's design effect can be larger than any row's; it is taken to be
    that of all periods, where a judge's votes are most crowded, if that is larger.
    """
    rows = table.groupby(by)
    summed = rows[["votes", "all_votes"]].sum().assign(design_effect=rows["design_effect"].max())
    at_most = whole.reindex(summed.index.get_level_values("topic")).to_numpy()
    several = rows.size() > 1
    return summed.assign(design_effect=summed["design_effect"].where(~several, np.maximum(summed["design_effect"], at_most)))


def changes_between(table: pd.DataFrame, periods: pd.DatetimeIndex, whole: pd.Series) -> pd.DataFrame:
    """By topic: first and last (shares of the votes in the first and last third of the periods), lower and upper (95 % interval
    of their difference), and colour.

    The colour says the direction of a change that chance does not explain, by the test of two shares of effective votes.
    """
    third = max(len(periods) // 3, 1)
    ends = [_summed(table[table["period"].isin(end)], ["topic"], whole) for end in (periods[:third], periods[-third:])]
    first, last = (end["votes"] / end["all_votes"] for end in ends)
    pooled = (ends[0]["votes"] + ends[1]["votes"]) / (ends[0]["all_votes"] + ends[1]["all_votes"])
    error = np.sqrt(pooled * (1 - pooled) * sum(end["design_effect"] / end["all_votes"] for end in ends))
    clear = q_values(2 * norm.sf(np.abs(last - first) / np.maximum(error, 1e-12))) <= RATE
    colour = np.where(clear & (len(periods) > 1), np.where(last > first, BLUE, ORANGE), QUIET)
    spread = sum(
        share * (1 - share) * end["design_effect"] / end["all_votes"] for share, end in zip((first, last), ends, strict=True)
    )
    half = norm.ppf(0.975) * np.sqrt(spread)
    moved = {"lower": last - first - half, "upper": last - first + half}
    return pd.DataFrame({"first": first, "last": last, **moved, "colour": colour})


def kind_of(periods: pd.DatetimeIndex) -> str:
    """What the periods are, by the least distance of two: month, week or day."""
    if len(periods) < 2:
        return "period"
    days = np.diff(periods).min() / np.timedelta64(1, "D")
    return "day" if days < 7 else "week" if days < 28 else "month"
