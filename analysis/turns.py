"""Turn share: how many votes come from conversations of two or more turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow.parquet as pq

from analysis import engine
from analysis.categories import CATEGORIES, supported
from analysis.errors import InputError, UsageError
from analysis.groups import columns_for, grouped, plural, sort_key
from analysis.ledger import Reason
from analysis.prompts import first_votes
from analysis.result import Prose, Result
from analysis.shares import announced_percent, percent, with_shares
from analysis.votes import Votes, load_votes

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What LMSYS announced in June 2024 (FACTS: a cumulative share, printed as a whole percentage).
ANNOUNCED = 0.14

#: Groups with fewer votes are in the table but not in the sentence: their shares say little.
ENOUGH = 30

#: The category that holds every vote: a reference among categories, not one of those compared.
OVERALL = CATEGORIES["overall"].label

#: Names of the denominators.
ANONYMOUS, ALL = "anonymous votes", "all votes"
FRESH, SESSION = "first vote of each prompt", "counting the session's earlier turns"


@dataclass(frozen=True)
class TurnShare(Result):
    """The share of multi-turn votes, over the denominators that matter or by group.

    Attributes:
        counts: group, votes, multi_turn; without `by` the first row is the headline.
        turn_counts: turns (1, 2, …), votes: every turn count that occurs.
        by: what the groups are; empty for the denominators.
        announced: the share somebody announced, to compare with.
        rounding: half the last digit of the announcement: 14 % stands for 13.5 to 14.5 %.
        last: the last bin of `distribution` holds this many turns or more.
        unknown: votes whose turn count is not known; they are in no count here.
        without: what could not be counted, with the reason.
    """

    counts: pd.DataFrame
    turn_counts: pd.DataFrame
    by: str
    announced: float
    fingerprint: str
    rounding: float = 0.005
    level: float = 0.95
    last: int = 6
    unknown: int = 0
    simulated: bool = False
    without: Mapping[str, str] = field(default_factory=dict)

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Share of multi-turn votes by {self.by}" if self.by else "Share of multi-turn votes"

    @cached_property
    def table(self) -> pd.DataFrame:
        """group, votes, multi_turn, share, lower, upper (Wilson interval)."""
        return with_shares(self.counts, "multi_turn", "votes", self.level)

    @cached_property
    def headline(self) -> pd.Series:
        """The share over all votes of this result, as a row like those of `table` (by model too each vote counts once)."""
        votes = self.turn_counts["votes"]
        counts = {"group": ["headline"], "votes": [votes.sum()], "multi_turn": [votes[self.turn_counts["turns"] >= 2].sum()]}
        return with_shares(pd.DataFrame(counts), "multi_turn", "votes", self.level).iloc[0]

    @cached_property
    def distribution(self) -> pd.DataFrame:
        """turns (text, the last one `k+`), votes, share, lower, upper: how many votes have how many turns."""
        longest = int(self.turn_counts["turns"].max())
        last = min(self.last, longest)
        binned = self.turn_counts["turns"].clip(upper=last)
        votes = self.turn_counts["votes"].groupby(binned).sum().reindex(range(1, last + 1), fill_value=0)
        names = [f"{turns}+" if turns == last < longest else str(turns) for turns in votes.index]
        counts = pd.DataFrame({"turns": names, "votes": votes.to_numpy(), "whole": votes.sum()})
        return with_shares(counts, "votes", "whole", self.level).drop(columns="whole")

    @property
    def agrees(self) -> bool:
        """Whether some share inside the interval rounds to the announced one."""
        row = self.headline
        return bool(row["lower"] <= self.announced + self.rounding and row["upper"] >= self.announced - self.rounding)

    @cached_property
    def compared(self) -> pd.DataFrame:
        """The rows of `table` with votes enough to compare, and `differs`: the interval excludes the share over all votes."""
        rows = self.table[(self.table["votes"] >= ENOUGH) & (self.table["group"] != OVERALL)]
        overall = self.headline["share"]
        return rows.assign(differs=(rows["lower"] > overall) | (rows["upper"] < overall))

    @property
    def sentence(self) -> Prose:
        """The share, its interval and whether it agrees with the announcement; by group, how far the groups differ."""
        return Prose(self._spread() if self.by else self._comparison())

    def _comparison(self) -> str:
        row, announced = self.headline, announced_percent(self.announced)
        text = (
            f"{percent(row['share'], 2)} of the votes ({row['multi_turn']:,} of {row['votes']:,}) are multi-turn; "
            f"the {percent(self.level, 0)} interval is {percent(row['lower'], 2)} to {percent(row['upper'], 2)}."
        )
        difference = 100 * (row["share"] - self.announced)
        side = "above" if difference > 0 else "below"
        if self.agrees:
            text += f" The announced {announced}, a rounded figure, is compatible with that."
        else:
            text += f" That is {abs(difference):.2f} points {side} the announced {announced}, more than chance allows."
        return text + (f" {self.unknown:,} more votes have no turn count and are left out." if self.unknown else "")

    def _spread(self) -> str:
        if len(self.table) == 1:
            return f"All of these votes have the same {self.by}: {self.table['group'].iloc[0]}."
        groups = self.compared
        if len(groups) < 2:
            return f"Fewer than two {plural(self.by)} have {ENOUGH} votes or more: too few to compare."
        low, high = (
            f"{percent(row['share'])} ({row['group']}, {row['multi_turn']:,} of {row['votes']:,})"
            for _, row in groups.loc[[groups["share"].idxmin(), groups["share"].idxmax()]].iterrows()
        )
        outside, kind = int(groups["differs"].sum()), plural(self.by)
        return (
            f"By {self.by}, the multi-turn share runs from {low} to {high}. Of {len(groups)} {kind} with {ENOUGH} votes or more, "
            f"{outside or 'none'} {'has' if outside == 1 else 'have'} an interval without the share over all votes, "
            f"{percent(self.headline['share'])}; by chance alone {percent(1 - self.level, 0)} of them would."
        )


def turn_share(
    votes: Votes | str | Path,
    by: str | None = None,
    announced: float = ANNOUNCED,
    *,
    level: float = 0.95,
    last: int = 6,
) -> TurnShare:
    """The share of votes with two or more turns, with Wilson intervals.

    Without `by`, one row per denominator: anonymous votes (the headline), all votes, the first vote of each prompt, and
    the headline with the session's earlier turns counted; a denominator the votes cannot give is in `without`.
    With `by`, one row per group: `month`, `language`, `model` (a vote counts for both its models), `category`, `tag` (a
    vote counts for all its tags), or any other column that is not a list; groups are of the headline's votes.

    Raises:
        UsageError: nothing groups by that name, or `announced` is not a share.
        InputError: no vote has a turn count, or the votes lack what `by` needs.
    """
    if not 0 < announced < 1:
        raise UsageError(f"announced is a share between 0 and 1, such as 0.14 for 14 %; got {announced:g}.")
    votes = votes if isinstance(votes, Votes) else load_votes(votes)
    votes.need("the turn share", "turns")
    base = _judged_blind(votes)
    turn_counts, unknown = _turn_counts(base)
    without: dict[str, str] = {}
    if not by:
        counts = _denominators(votes, base, turn_counts, without)
    elif by == "category":
        counts = _by_category(votes, base, without)
    else:
        votes.need(f"the turn share by {by}", *columns_for(by))
        counts = _by_group(base, by)
    return TurnShare(
        counts=counts,
        turn_counts=turn_counts,
        by=by or "",
        announced=announced,
        fingerprint=votes.fingerprint,
        level=level,
        last=last,
        unknown=unknown,
        simulated=votes.simulated,
        without=without,
    )


def _judged_blind(votes: Votes) -> ir.Table:
    """The votes cast before the models' names were shown; a release that does not say holds no others."""
    import ibis

    table = votes.expression
    return table.filter(ibis.coalesce(table["anonymous"], ibis.literal(True))) if "anonymous" in votes.available else table


def _turn_counts(table: ir.Table) -> tuple[pd.DataFrame, int]:
    """Votes per turn count (turns, votes), ascending, and the votes without one."""
    counts = engine.to_pandas(table.group_by("turns").aggregate(votes=table.count()))
    known = counts[counts["turns"].notna()].sort_values("turns", ignore_index=True).astype("int64")
    if known.empty:
        raise InputError("the turn share needs a turn count, which no anonymous vote has.")
    return known, int(counts["votes"].sum() - known["votes"].sum())


def _multi_turn(table: ir.Table) -> dict[str, ir.Scalar]:
    """The two counts behind every share, over votes whose turn count is known."""
    return {"votes": table["turns"].count(), "multi_turn": (table["turns"] >= 2).sum()}


def _by_group(base: ir.Table, by: str) -> pd.DataFrame:
    table = grouped(base.select("turns", *(name for name in columns_for(by) if name != "turns")), by)
    counts = engine.to_pandas(table.group_by("group").aggregate(**_multi_turn(table)))
    counts = counts[counts["votes"] > 0].astype({"votes": "int64", "multi_turn": "int64"})
    columns, ascending = sort_key(by)
    return counts.sort_values(columns, ascending=ascending, ignore_index=True)[["group", "votes", "multi_turn"]]


def _by_category(votes: Votes, base: ir.Table, without: dict[str, str]) -> pd.DataFrame:
    """All categories in one scan; those defined by the turns themselves would only repeat their definition."""
    found, why = supported(votes)
    without |= why
    kept = {name: category for name, category in found.items() if "turns" not in category.needs}
    sums = {}
    for name, category in kept.items():
        inside = category.rule(base) & base["turns"].notnull()
        sums[f"votes {name}"] = inside.sum()
        sums[f"multi_turn {name}"] = (inside & (base["turns"] >= 2)).sum()
    row = engine.to_pandas(base.aggregate(**sums)).iloc[0].fillna(0)
    rows = [(kept[name].label, int(row[f"votes {name}"]), int(row[f"multi_turn {name}"])) for name in kept]
    counts = pd.DataFrame(rows, columns=["group", "votes", "multi_turn"])
    return counts[counts["votes"] > 0].reset_index(drop=True)


def _denominators(votes: Votes, base: ir.Table, turn_counts: pd.DataFrame, without: dict[str, str]) -> pd.DataFrame:
    """One row per denominator, the headline first."""
    multi = int(turn_counts.loc[turn_counts["turns"] >= 2, "votes"].sum())
    blind = "anonymous" in votes.available
    rows = [(ANONYMOUS if blind else ALL, int(turn_counts["votes"].sum()), multi)]
    others: tuple[tuple[str, Callable[[], tuple[int, int]]], ...] = (
        (ALL if blind else ANONYMOUS, lambda: _all_votes(votes)),
        (FRESH, lambda: _fresh(votes)),
        (SESSION, lambda: _session(votes, base)),
    )
    for name, count in others:
        try:
            rows.append((name, *count()))
        except InputError as error:
            without[name] = str(error)
    return pd.DataFrame(rows, columns=["group", "votes", "multi_turn"])


def _all_votes(votes: Votes) -> tuple[int, int]:
    """Votes and multi-turn votes with those that were not anonymous, in the table or dropped from it."""
    votes.need(f"telling {ANONYMOUS} from {ALL}", "anonymous")
    table = votes.expression
    row = engine.to_pandas(table.aggregate(**_multi_turn(table))).iloc[0]
    dropped = votes.ledger.dropped.get(Reason.NOT_ANONYMOUS, 0)
    return int(row["votes"]) + dropped, int(row["multi_turn"]) + votes.ledger.multi_turn.get(Reason.NOT_ANONYMOUS, 0)


def _fresh(votes: Votes) -> tuple[int, int]:
    """Votes and multi-turn votes among those whose prompt nobody asked before."""
    votes.need(FRESH, "prompt")
    first = first_votes(votes)
    names = ["turns", "anonymous"]
    frame = pq.read_table(votes.path, columns=names).to_pandas()
    blind = frame["anonymous"].astype("boolean").fillna(True).to_numpy(dtype=bool)
    turns = frame.loc[first & blind & frame["turns"].notna().to_numpy(), "turns"]
    return len(turns), int((turns >= 2).sum())


def _session(votes: Votes, base: ir.Table) -> tuple[int, int]:
    """Votes and multi-turn votes when the turns of the same session before the vote count too."""
    votes.need(SESSION, "session_turns")
    known = base.filter(base["session_turns"].notnull())
    row = engine.to_pandas(known.aggregate(votes=known.count(), multi_turn=(known["session_turns"] >= 2).sum())).iloc[0]
    return int(row["votes"]), int(row["multi_turn"])
