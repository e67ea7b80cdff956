"""Turn share: how many votes come from conversations of two or more turns."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from analysis.categories.categories import CATEGORIES, supported
from analysis.errors import InputError, UsageError
from analysis.results.prose import Prose, counted, joined, percent, spoken
from analysis.results.result import Result
from analysis.shares.differences import differences
from analysis.shares.discovery import RATE
from analysis.shares.groups import NOT_GIVEN, columns_for, group_words, grouped, plural, sort_key
from analysis.shares.habits import NOBODY, Habits, alike_in, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import Tally, alone, count_groups, count_judges, read_judges, tally_of, with_judge
from analysis.shares.wilson import agreement, agrees, with_shares
from analysis.sources.load import load_votes
from analysis.votes import engine
from analysis.votes.category import Category
from analysis.votes.ledger import Reason
from analysis.votes.populations import population
from analysis.votes.prompts import first_votes
from analysis.votes.table import Votes

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: What LMSYS announced in June 2024 (a cumulative share, printed as a whole percentage).
ANNOUNCED = 0.14

#: Groups with fewer votes are in the table but not in the sentence: their shares say little.
ENOUGH = 30

#: The category that holds every vote: a reference among categories, not one of those compared.
OVERALL = CATEGORIES["overall"].label

#: Groups that a sentence or a title names before it counts the others.
_NAMED = 5

#: Columns of the table of shares, in this order.
_COLUMNS = ["group", "votes", "multi_turn", "share", "lower", "upper", "design_effect"]

#: Names of the denominators.
ANONYMOUS, ALL = "anonymous votes", "all votes"
FRESH, SESSION = "first vote of each prompt", "counting the session's earlier turns"


@dataclass(frozen=True, eq=False)
class TurnShare(Result):
    """The share of multi-turn votes, over the denominators that matter or by group.

    Attributes:
        counts: group, votes, multi_turn; without `by` the first row is the headline. Where judges are known also crowding
            and alike (`analysis.shares.habits`) and, with `by`, what differences need
            (`analysis.shares.tallies.PRODUCTS`).
        turn_counts: turns (1, 2, …), votes: every turn count that occurs.
        by: what the groups are; empty for the denominators.
        announced: the share somebody announced, to compare with.
        rounding: half the last digit of the announcement: 14 % stands for 13.5 to 14.5 %.
        last: the last bin of `distribution` holds this many turns or more.
        unknown: votes whose turn count is not known; they are in no count here.
        without: what could not be counted, with the reason.
        habits: how alike the votes of one judge are, or why they count as independent; intervals are clustered by judge.
        tally: of the headline's votes, by judge.
        alike: as in `habits`, for having 1, 2, … turns; the last one for `last` turns or more.
        part: what these votes are in place of all votes of the arena, of which the announcement speaks; empty for all.
    """

    counts: pd.DataFrame
    turn_counts: pd.DataFrame
    by: str
    announced: float
    rounding: float = 0.005
    level: float = 0.95
    last: int = 6
    unknown: int = 0
    without: Mapping[str, str] = field(default_factory=dict)
    habits: Habits = NOBODY
    tally: Tally | None = None
    alike: tuple[float, ...] = ()
    part: str = ""

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Share of multi-turn votes by {self.by}" if self.by else "Share of multi-turn votes"

    @cached_property
    def table(self) -> pd.DataFrame:
        """group, votes, multi_turn, share, lower, upper (Wilson's interval on the effective votes), design_effect."""
        crowding = self.counts.get("crowding", 1.0)
        worth = self.habits.effective(self.counts["votes"], crowding, self.level, self.counts.get("alike"))
        return with_shares(self.counts, "multi_turn", "votes", self.level, worth)[_COLUMNS]

    @cached_property
    def headline(self) -> pd.Series:
        """The share over all votes of this result, as a row like those of `table` (by model too each vote counts once)."""
        votes = self.turn_counts["votes"]
        counts = {"group": ["headline"], "votes": [votes.sum()], "multi_turn": [votes[self.turn_counts["turns"] >= 2].sum()]}
        worth = self.habits.effective(counts["votes"], self.habits.crowding, self.level)
        return with_shares(pd.DataFrame(counts), "multi_turn", "votes", self.level, worth).iloc[0]

    @cached_property
    def distribution(self) -> pd.DataFrame:
        """turns (text, the last one `k+`), votes, share, lower, upper, design_effect: how many votes have how many turns."""
        longest = int(self.turn_counts["turns"].max())
        last = min(self.last, longest)
        binned = self.turn_counts["turns"].clip(upper=last)
        votes = self.turn_counts["votes"].groupby(binned).sum().reindex(range(1, last + 1), fill_value=0)
        names = [f"{turns}+" if turns == last < longest else str(turns) for turns in votes.index]
        counts = pd.DataFrame({"turns": names, "votes": votes.to_numpy(), "whole": votes.sum()})
        worth = self.habits.effective(counts["whole"], self.habits.crowding, self.level, self.alike or 0.0)
        return with_shares(counts, "votes", "whole", self.level, worth).drop(columns="whole")

    @property
    def agrees(self) -> bool:
        """Whether these votes do not contradict the announced share: some share inside the interval rounds to it, or they are
        a part of the arena's votes, which cannot test it."""
        return bool(self.part) or agrees(self.headline, self.announced, self.rounding)

    @cached_property
    def compared(self) -> pd.DataFrame:
        """The groups with votes enough to compare, each with the votes outside it.

        The columns of `table`, and difference (of the share inside and outside), difference_lower, difference_upper, p_value,
        q_value and differs: beyond chance, at a false-discovery rate of 5 % over these groups.
        """
        votes = self.counts["votes"]
        named = ~self.counts["group"].isin([OVERALL, NOT_GIVEN])
        shown = named & (votes >= ENOUGH) & (votes < self.headline["votes"])
        tally = self.tally or alone(self.headline["votes"], self.headline["multi_turn"])
        found = differences(self.counts[shown].rename(columns={"multi_turn": "hits"}), tally, self.habits, self.level)
        added = [name for name in found if name.startswith("difference")]
        return self.table[shown].join(found[[*added, "p_value", "q_value", "differs"]])

    def differing(self, most: int = _NAMED) -> str:
        """The groups that differ, largest difference first, the tail counted: `: a, b and 3 more`; empty where none does."""
        found = self.compared[self.compared["differs"]]
        names = found.loc[found["difference"].abs().sort_values(ascending=False, kind="stable").index, "group"].tolist()
        return f": {joined((group_words(self.by, name) for name in names), most)}" if names else ""

    @property
    def sentence(self) -> Prose:
        """The share, its interval and whether it agrees with the announcement, where these votes can tell; by group, how far the
        groups differ."""
        return Prose(self._spread() if self.by else self._comparison())

    def _comparison(self) -> str:
        row = self.headline
        text = (
            f"{percent(row['share'], 2)} of the votes ({row['multi_turn']:,} of {row['votes']:,}) are multi-turn; "
            f"the {percent(self.level, 0)} interval is {percent(row['lower'], 2)} to {percent(row['upper'], 2)}. "
            f"{self.habits.words(row['votes'], row['votes'] / row['design_effect'])} "
            f"{agreement(row, self.announced, self.rounding, self.part)}"
        )
        return text + (f" {self._unknown()}" if self.unknown else "")

    def _unknown(self) -> str:
        have, are = ("has", "is") if self.unknown == 1 else ("have", "are")
        return f"{counted(self.unknown, 'more vote')} {have} no turn count and {are} left out."

    def _spread(self) -> str:
        if len(self.table) == 1:
            return f"All of these votes have the same {spoken(self.by)}: {group_words(self.by, self.table['group'].iloc[0])}."
        groups = self.compared
        if len(groups) < 2:
            return f"Fewer than two {plural(self.by)} have {ENOUGH} votes or more: too few to compare."
        low, high = (
            f"{percent(row['share'])} ({group_words(self.by, row['group'])}, {row['multi_turn']:,} of {row['votes']:,})"
            for _, row in groups.loc[[groups["share"].idxmin(), groups["share"].idxmax()]].iterrows()
        )
        of = f"Of {len(groups)} {plural(self.by)} with {ENOUGH} votes or more"
        rule = f"by more than chance allows (false-discovery rate {percent(RATE, 0)})"
        differ, count = self.differing(), int(groups["differs"].sum())
        found = f"{count} {'differs' if count == 1 else 'differ'}" if count else "none differs"
        spread = f"By {spoken(self.by)}, the multi-turn share runs from {low} to {high}."
        return f"{spread} {of}, {found} from the other votes {rule}{differ}. {self._basis()}"

    def _basis(self) -> str:
        """What the intervals of groups rest on."""
        if self.habits.why:
            return self.habits.why
        least, most = (f"{effect:.2f}" for effect in (self.table["design_effect"].min(), self.table["design_effect"].max()))
        return f"Intervals are clustered by judge (design effects {least} to {most})."


def turn_share(
    votes: Votes | str | Path,
    by: str | None = None,
    announced: float = ANNOUNCED,
    *,
    among: Category | None = None,
    level: float = 0.95,
    last: int = 6,
) -> TurnShare:
    """The share of votes with two or more turns, with intervals clustered by judge where judges are known.

    Without `by`, one row per denominator: anonymous votes (the headline), all votes, the first vote of each prompt, and
    the headline with the session's earlier turns counted; a denominator the votes cannot give is in `without`.
    With `by`, one row per group: `month`, `language`, `model` (a vote counts for both its models), `category`, `tag` (a
    vote counts for all its tags), or any other column that is not a list; groups are of the headline's votes. By judge, each
    judge's votes count as independent: the interval is about that judge.

    Args:
        announced: a share to compare with, as somebody printed it.
        among: the votes that count, with `by`; all where not given.
        level: confidence level of all intervals, between 0 and 1.
        last: the last bin of `TurnShare.distribution` holds this many turns or more.

    Raises:
        UsageError: nothing groups by that name, `announced` or `level` is not between 0 and 1, or `last` is below 1.
        InputError: no vote has a turn count, or the votes lack what `by` needs.
    """
    if not 0 < announced < 1:
        raise UsageError(f"announced is a share between 0 and 1, such as 0.14 for 14 %; got {announced:g}.")
    check_level(level)
    if last < 1:
        raise UsageError(f"last is a number of turns, 1 or more; got {last}.")
    votes = load_votes(votes)
    votes.need("the turn share", "turns")
    base = _judged_blind(votes)
    if among is not None:
        if by is None:
            raise UsageError("the turn share among some votes is one by groups: say by what.")
        base = base.filter(among.rule(base))
    turn_counts, unknown = _turn_counts(base)
    tally, habits, alike = _habits(votes, base, turn_counts, last)
    counts, without = _counts(votes, base, by, tally, clustered=not habits.why)
    return TurnShare(
        counts=counts,
        turn_counts=turn_counts,
        by=by or "",
        announced=announced,
        level=level,
        last=last,
        unknown=unknown,
        origin=votes.origin,
        without=without,
        habits=habits,
        tally=tally,
        alike=alike,
        part=population(votes).part,
    )


def _counts(
    votes: Votes, base: ir.Table, by: str | None, tally: Tally, *, clustered: bool
) -> tuple[pd.DataFrame, dict[str, str]]:
    """The counts of `TurnShare`, by denominator or by group, and why some could not be counted."""
    without: dict[str, str] = {}
    if by is None:
        return _denominators(votes, base, tally, without), without
    if by == "category":
        return _by_category(votes, base, without, clustered=clustered), without
    votes.need(f"the turn share by {spoken(by)}", *columns_for(by))
    return _by_column(base, by, clustered=clustered and by != "judge"), without


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


def _habits(votes: Votes, base: ir.Table, turn_counts: pd.DataFrame, last: int) -> tuple[Tally, Habits, tuple[float, ...]]:
    """The headline's votes by judge, the habits in them, and `alike` for each number of turns up to `last` or more."""
    if "judge" not in votes.available:
        return alone(*_sums(turn_counts)), NOBODY, ()
    table, bins = _judged(base), range(1, min(last, int(turn_counts["turns"].max())) + 1)
    kinds = {f"turns_{turns}": table["turns"] >= turns if turns == last else table["turns"] == turns for turns in bins}
    tally, *others = count_judges(table.mutate(**kinds), ["hit", *kinds])
    habits = habits_of(tally)
    return tally, habits, () if habits.why else tuple(alike_in(other) for other in others)


def _sums(turn_counts: pd.DataFrame) -> tuple[int, int]:
    """Votes and multi-turn votes."""
    return int(turn_counts["votes"].sum()), int(turn_counts.loc[turn_counts["turns"] >= 2, "votes"].sum())


def _judged(table: ir.Table, turns: str = "turns") -> ir.Table:
    """The votes whose turn count is known, with `hit`: it is two or more; and who cast them (`with_judge`)."""
    known = table.filter(table[turns].notnull())
    return with_judge(known.mutate(hit=known[turns] >= 2))


def _by_group(groups: ir.Table, table: ir.Table, clustered: bool) -> pd.DataFrame:
    """group, votes, multi_turn and, if clustered, crowding and the sums that differences need; `table` holds all votes."""
    if clustered:
        counts = count_groups(table, groups)
        counts = counts.assign(crowding=counts["aa"] / counts["votes"])
    else:
        hits = groups["hit"].cast("int64").sum()
        counts = engine.to_pandas(groups.group_by("group").aggregate(votes=groups.count(), hits=hits)).astype({"hits": "int64"})
    return counts.rename(columns={"hits": "multi_turn"})


def _by_column(base: ir.Table, by: str, clustered: bool) -> pd.DataFrame:
    table = _judged(base)
    groups = grouped(table.select("who", "hit", *columns_for(by)), by)
    columns, ascending = sort_key(by)
    return _by_group(groups, table, clustered).sort_values(columns, ascending=ascending, ignore_index=True)


def _by_category(votes: Votes, base: ir.Table, without: dict[str, str], clustered: bool) -> pd.DataFrame:
    """All categories in one scan; those defined by the turns themselves would only repeat their definition."""
    import ibis

    found, why = supported(votes)
    without |= why
    kept = [category for category in found.values() if "turns" not in category.needs]
    table = _judged(base)
    numbers = [ibis.ifelse(category.rule(table), ibis.literal(place, "int16"), None) for place, category in enumerate(kept)]
    groups = table.select("who", "hit", group=ibis.array(numbers).unnest())
    counts = _by_group(groups.filter(groups["group"].notnull()), table, clustered).sort_values("group", ignore_index=True)
    return counts.assign(group=[kept[int(place)].label for place in counts["group"]])


def _denominators(votes: Votes, base: ir.Table, tally: Tally, without: dict[str, str]) -> pd.DataFrame:
    """One row per denominator, the headline first."""
    blind = "anonymous" in votes.available
    rows = {ANONYMOUS if blind else ALL: tally}
    others: tuple[tuple[str, Callable[[], Tally]], ...] = (
        (ALL if blind else ANONYMOUS, lambda: _all_votes(votes)),
        (FRESH, lambda: _fresh(votes)),
        (SESSION, lambda: _session(votes, base)),
    )
    for name, count in others:
        try:
            rows[name] = count()
        except InputError as error:
            without[name] = str(error)
    clustered = not habits_of(tally).why
    return pd.DataFrame(
        {
            "group": list(rows),
            "votes": [int(row.whole) for row in rows.values()],
            "multi_turn": [int(row.sum(row.hits)) for row in rows.values()],
            "crowding": [row.crowding for row in rows.values()],
            "alike": [alike_in(row) if clustered else 0.0 for row in rows.values()],
        }
    )


def _all_votes(votes: Votes) -> Tally:
    """The votes with those that were not anonymous, in the table or dropped from it; of these, no judge is known."""
    votes.need(f"telling {ANONYMOUS} from {ALL}", "anonymous")
    (tally,) = count_judges(_judged(votes.expression), ["hit"])
    reason = Reason.NOT_ANONYMOUS
    return tally.with_others(alone(votes.ledger.dropped.get(reason, 0), votes.ledger.multi_turn.get(reason, 0)))


def _fresh(votes: Votes) -> Tally:
    """The votes whose prompt nobody asked before."""
    votes.need(FRESH, "prompt")
    first = first_votes(votes)
    frame = pq.read_table(votes.path, columns=["turns", "anonymous"]).to_pandas()
    blind = frame["anonymous"].astype("boolean").fillna(True).to_numpy(dtype=bool)
    kept = first & blind & frame["turns"].notna().to_numpy()
    return tally_of(read_judges(votes)[kept], frame.loc[kept, "turns"].to_numpy(dtype=np.int64) >= 2)


def _session(votes: Votes, base: ir.Table) -> Tally:
    """The headline's votes when the turns of the same session before the vote count too."""
    votes.need(SESSION, "session_turns")
    return count_judges(_judged(base, "session_turns"), ["hit"])[0]
