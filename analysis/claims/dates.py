"""Dates of claims: a claim is held against the votes, and the models, that there were when it was made.

Votes that have times are cut at the end of the claim's day, month or year. Of votes without times the release says from when to
when they were cast; they can be tested as of a claim unless all are younger than it, and those on models that were released
later are left out, as these were nobody's rivals then.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from analysis.errors import InputError
from analysis.ratings.models import released
from analysis.results.prose import counted, joined
from analysis.votes import engine
from analysis.votes.category import Category
from analysis.votes.populations import Population

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from analysis.votes.table import Votes

#: Votes that end more than this before a claim are of another time, and a verdict says so.
_OTHER_TIME = pd.Timedelta(days=31)

#: Models that a verdict names before it counts the others.
_NAMED = 3


@dataclass(frozen=True)
class AsOf:
    """The votes that a claim is held against.

    Attributes:
        date: of the claim: a year, a month or a day.
        rule: which votes those are.
        words: how many they are, or of what time; empty where they are all votes and of the claim's time.
        why: why the claim cannot be tested as of its date; empty where it can.
    """

    date: str
    rule: Callable[[ir.Table], ir.BooleanValue]
    words: str = ""
    why: str = ""

    def check(self) -> None:
        """Raise an InputError that says why the claim cannot be tested as of its date."""
        if self.why:
            raise InputError(self.why)

    def within(self, category: Category) -> Category:
        """The votes of a category that the claim is held against, under the name and label of the category."""
        return replace(category, rule=lambda table: category.rule(table) & self.rule(table))


def end_of(date: str) -> pd.Timestamp:
    """The first moment after a year, a month or a day (UTC)."""
    start = pd.Timestamp(date, tz="UTC")
    unit = ("years", "months", "days")[date.count("-")]
    return start + pd.DateOffset(**{unit: 1})


def as_of(votes: Votes, population: Population, date: str) -> AsOf:
    """The votes that a claim of this date is held against."""
    return _by_time(votes, date) if "time" in votes.available else _by_release(votes, population, date)


def _by_time(votes: Votes, date: str) -> AsOf:
    """The votes until the end of the date."""
    import ibis

    end, table = end_of(date), votes.expression

    def rule(of: ir.Table) -> ir.BooleanValue:
        return ibis.coalesce(of["time"] < ibis.literal(end.to_pydatetime()), ibis.literal(False))

    kept = rule(table)
    found = table.aggregate(left=kept.sum(), first=table["time"].min(), last=table["time"].max(where=kept))
    row = engine.to_pandas(found).iloc[0]
    left, whole = int(row["left"] or 0), len(votes)
    if not left:
        return AsOf(date, rule, why=f"the claim is of {date}, and the first vote of {row['first']:%Y-%m-%d}")
    words = [f"as of {date}: {left:,} of {counted(whole, 'vote')}"] if left < whole else []
    if row["last"] < pd.Timestamp(date, tz="UTC") - _OTHER_TIME:
        words.append(f"the votes are of another time than the claim ({date}): they end on {row['last']:%Y-%m-%d}")
    return AsOf(date, rule, "; ".join(words))


def _by_release(votes: Votes, population: Population, date: str) -> AsOf:
    """The votes on models that were released by the end of the date, by what is known of the release."""
    end, table = end_of(date), votes.expression
    sides = table.select(model="model_a").union(table.select(model="model_b"))
    models = engine.to_pandas(sides.distinct())["model"]
    later = sorted(model for model in models if (day := released(model)) and pd.Timestamp(day, tz="UTC") >= end)

    def rule(of: ir.Table) -> ir.BooleanValue:
        return ~(of["model_a"].isin(later) | of["model_b"].isin(later)) if later else of["model_a"].notnull()

    if population.first and pd.Timestamp(population.first, tz="UTC") >= end:
        return AsOf(date, rule, why=f"the claim is of {date}, and these votes are of {population.span}")
    words = f"the votes have no times to cut them at {date}" if population.last and end_of(population.last) > end else ""
    if not population.last:
        words = f"the votes do not say whether they are of the time of the claim ({date})"
    elif end_of(population.last) < pd.Timestamp(date, tz="UTC") - _OTHER_TIME:
        words = f"the votes are of another time than the claim ({date}): of {population.span}"
    if later:
        words += f"{'; ' * bool(words)}left out, released later: {joined(later, _NAMED)}"
    return AsOf(date, rule, words)
