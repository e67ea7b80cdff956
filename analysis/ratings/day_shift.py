"""Shift over time: the votes before a day against those since."""

from __future__ import annotations

from pathlib import Path
from typing import Unpack

import pandas as pd

from analysis.categories.categories import find_category
from analysis.errors import InputError
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.ratings.shift import Shift, shift
from analysis.sources.load import load_votes
from analysis.votes import engine
from analysis.votes.table import Votes


@by_keyword
def day_shift(votes: Votes | str | Path, day: str = "", settings: Settings = Settings(), **options: Unpack[Options]) -> Shift:
    """The shift from the votes before `day` to those since; they have no vote in common.

    Args:
        day: a day or time in UTC, or in the offset that it has; empty for the day (UTC) that comes nearest to halving the votes.

    Raises:
        UsageError: `day` is no day.
        InputError: the votes have no times, all lie on one side of `day` or on one day, or a board cannot be fitted.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    votes.need("a shift over time", "time")
    day = day or halving_day(votes)
    before, since = f"until:{day}", f"since:{day}"
    table = votes.expression
    sides = {"before": find_category(before).rule(table), "since": find_category(since).rule(table)}
    sizes = engine.to_pandas(table.aggregate(**{name: rule.sum() for name, rule in sides.items()})).iloc[0]
    if not sizes.fillna(0).all():
        days = votes_by_day(votes).index
        side = "before" if not sizes["before"] else "on or after"
        raise InputError(f"no vote was cast {side} {day}: the votes are of {days[0]} to {days[-1]}.")
    return shift(votes, before, since, settings)


def halving_day(votes: Votes) -> str:
    """The day (UTC, `2024-07-01`) before which and since which the numbers of votes differ least; some lie on each side.

    Raises:
        InputError: all votes that have a time are of one day.
    """
    by_day = votes_by_day(votes)
    if len(by_day) < 2:
        raise InputError(f"a shift over time needs votes of two days, and all are of {by_day.index[0]}.")
    before = by_day.cumsum().shift(fill_value=0)
    return str((2 * before[1:] - by_day.sum()).abs().idxmin())


def votes_by_day(votes: Votes) -> pd.Series:
    """Votes per day (UTC), by the day as `2024-07-01`, in order; votes without a time are not counted."""
    table = votes.expression.filter(votes.expression["time"].notnull())
    counts = engine.to_pandas(table.group_by(day=table["time"].strftime("%Y-%m-%d")).aggregate(votes=table.count()))
    return counts.set_index("day")["votes"].sort_index()
