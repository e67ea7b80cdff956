"""Freshness: the share of votes whose prompt nothing earlier matches, over time and by group, whatever the history's length."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.errors import UsageError
from analysis.matching.likeness import EXACT, MEANING, NEAR
from analysis.prompts.asked import DAY, Asked, read_asked
from analysis.prompts.vote_groups import ENOUGH, PERIODS, Groups, check_groups, shares_by_group, vote_groups
from analysis.prompts.vote_topics import Topics
from analysis.results.previews import display, first_parts
from analysis.results.prose import Prose, counted, joined, percent, spoken
from analysis.results.result import Result
from analysis.shares.habits import NOBODY, Habits, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import tally_of
from analysis.sources.load import load_votes
from analysis.votes.populations import population
from analysis.votes.table import Votes

#: What LMArena published: about 75 % of a day's prompts are fresh, 70 to 80 % from day to day (post of 2025-03-05; a prompt is
#: fresh where the cosine of text-embedding-3-small with every earlier one is below 0.7).
PUBLISHED, PUBLISHED_SPREAD = 0.75, 0.05

#: What a prompt is compared with, as the published curve has it, and the time before the vote at which that ends.
BASELINES = {"all before": 0, "a day or more before": DAY, "a week or more before": 7 * DAY}

#: The part of the votes that a history of one length is made of.
HISTORY = 0.25

#: What a sentence says that nothing earlier is.
_LIKE = {EXACT: "the same", NEAR: "nearly the same", MEANING: "alike in meaning"}


@dataclass(frozen=True, eq=False)
class Freshness(Result):
    """The share of fresh prompts.

    Attributes:
        frame: see `table`.
        by: `day`, `week`, `month`, or what the groups are.
        baselines: group (of BASELINES, and `the N votes before`), votes, fresh, share, lower, upper, design_effect: over all
            votes that have something to be compared with.
        history: how many votes the history of one length holds.
        kind, threshold: when two prompts count as the same (`analysis.matching.likeness`).
        untimed: votes with a prompt and no time, in no count here where votes have times at all.
        part: as in `analysis.prompts.repeats.Repeats`.
        notes: which votes are in no row or in no count, a sentence each.
    """

    frame: pd.DataFrame
    by: str
    baselines: pd.DataFrame
    history: int
    kind: str = EXACT
    threshold: float = 1.0
    untimed: int = 0
    level: float = 0.95
    habits: Habits = NOBODY
    part: str = ""
    notes: tuple[str, ...] = ()

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Fresh prompts by {spoken(self.by)}"

    @property
    def table(self) -> pd.DataFrame:
        """group (a period is named by its first day), votes, fresh, share, lower, upper, design_effect against any time before;
        day_share and week_share against what was asked a day or a week earlier; and for periods before (votes before the
        period), steady_votes and steady_share, steady_lower, steady_upper: against as many votes always, the `history` ones
        before each vote, of the votes that have as many."""
        return self.frame

    @property
    def told(self) -> pd.DataFrame:
        """The rows of `table` with votes enough to be told of."""
        return self.frame[self.frame["votes"] >= ENOUGH]

    @cached_property
    def trend(self) -> pd.DataFrame:
        """The first and the last period of ENOUGH votes, all with a history of full length."""
        if self.by not in PERIODS:
            return self.frame.head(0)
        told = self.told[self.told["steady_votes"] == self.told["votes"]]
        return told.iloc[[0, -1]] if len(told) > 1 else told.head(0)

    @property
    def sentence(self) -> Prose:
        """The share of fresh prompts by each baseline, what a longer history does, and the published curve."""
        rows = self.baselines.set_index("group")
        whole = rows.iloc[0]
        text = (
            f"{percent(whole['share'])} of the votes ({percent(whole['lower'])} to {percent(whole['upper'])}) have a first "
            f"prompt that is fresh: nothing before it is {_LIKE[self.kind]}."
        )
        others = [f"{percent(row['share'])} against {name}" for name, row in rows.iloc[1:].iterrows() if row["votes"]]
        if others:
            text += f" Held against less of what was asked, of the votes that are late enough, it is {joined(others)}."
        return Prose(f"{text}{self._steady()}{self._published()}")

    def _repr_html_(self) -> str:
        """The shares by baseline, then by period or group."""
        if self.by not in PERIODS:
            return super()._repr_html_()
        whole = display(self.baselines, caption="Fresh prompts by what they are held against")
        return first_parts((whole, super()._repr_html_()))

    def _steady(self) -> str:
        if self.trend.empty:
            return ""
        first, last = self.trend.iloc[0], self.trend.iloc[1]
        apart = first["steady_lower"] > last["steady_upper"] or first["steady_upper"] < last["steady_lower"]
        if apart:
            so = "so prompts themselves have changed"
        elif last["share"] >= first["share"]:
            so = "so nothing shows that prompts get staler"
        elif self._only_history():
            so = "so what looks like staleness is a history that grows"
        else:
            so = "these votes cannot tell whether prompts get staler or only the history grows"
        return (
            f" From {first['group']} to {last['group']} the share by {self.by} goes from {percent(first['share'])} to "
            f"{percent(last['share'])}; against a history of {counted(self.history, 'vote')} throughout, from "
            f"{percent(first['steady_share'])} to {percent(last['steady_share'])}: {so}."
        )

    def _only_history(self) -> bool:
        """Whether against a history of one length the share clearly falls by less than against all before.

        Its fall is known to within the two half-widths, which are taken as independent.
        """
        first, last = self.trend.iloc[0], self.trend.iloc[1]
        half = float(np.hypot(*((row["steady_upper"] - row["steady_lower"]) / 2 for row in (first, last))))
        fall = first["steady_share"] - last["steady_share"]
        return bool(fall + half < first["share"] - last["share"])

    def _published(self) -> str:
        if self.part:
            return f" These votes are {self.part}, so the published 75 % of the whole arena cannot be tested on them."
        if self.kind != MEANING:
            return " The published curve (70 to 80 % a day) counts prompts that are alike in meaning, which this does not."
        if self.by != "day" or self.told.empty:
            return ""
        inside = ((self.told["share"] - PUBLISHED).abs().round(9) <= PUBLISHED_SPREAD).sum()
        return f" The share lies within the published 70 to 80 % on {inside} of {counted(len(self.told), 'day')}."


def freshness(
    votes: Votes | str | Path,
    by: str = "day",
    *,
    topics: Topics | None = None,
    kind: str = EXACT,
    threshold: float | None = None,
    history: int | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> Freshness:
    """The share of votes whose first prompt nothing earlier matches.

    Args:
        by, topics: `day`, `week`, `month`, `topic`, `judge` or a column (`analysis.prompts.vote_groups.vote_groups`).
        kind, threshold, seed: when two prompts match (`analysis.matching.likeness.read_likeness`).
        history: votes in the history of one length; a quarter of the votes by default.

    Raises:
        UsageError: no such group, kind, threshold or history, or one as long as all votes.
        InputError: the votes have no prompts, no times where periods are asked for, or lack the column.
    """
    check_level(level)
    check_groups(by)
    if history is not None and history < 1:
        raise UsageError(f"a history holds one vote or more; got {history}.")
    votes = load_votes(votes)
    every = read_asked(votes, kind, threshold, seed=seed)
    timed = bool(len(every.timed))
    asked = every.timed if timed else every
    groups = vote_groups(votes, asked, by, topics)
    if history is not None and history >= len(asked):
        raise UsageError(f"a history is of fewer votes than there are with a prompt; got {history:,} of {len(asked):,}.")
    length = max(1, round(HISTORY * len(asked))) if history is None else history
    habits = habits_of(tally_of(asked.judge, asked.fresh))
    frame = shares_by_group(groups, asked.fresh, asked.judge, habits, level).rename(columns={"hits": "fresh"})
    frame.insert(0, "group", list(groups.names))
    if timed:
        for name, gap in (("day", DAY), ("week", 7 * DAY)):
            frame[f"{name}_share"] = _against(groups, asked, gap, habits, level)["share"]
    if by in PERIODS:
        frame["before"] = frame["votes"].cumsum() - frame["votes"]
        steady = _steady(groups, asked, length, habits, level)
        bounds = steady[["share", "lower", "upper"]].where(steady["votes"] > 0)
        frame[["steady_votes", "steady_share", "steady_lower", "steady_upper"]] = pd.concat([steady["votes"], bounds], axis=1)
    return Freshness(
        frame=frame,
        by=by,
        baselines=_baselines(asked, length, habits, level, timed),
        history=length,
        kind=asked.likeness.kind,
        threshold=asked.likeness.threshold,
        untimed=len(every) - len(asked),
        level=level,
        habits=habits,
        part=population(votes).part,
        notes=(*_untimed(len(every) - len(asked)), *groups.notes, *every.notes),
        origin=votes.origin,
    )


def _untimed(votes: int) -> tuple[str, ...]:
    """How many votes are left out for want of a time, as a sentence; none where none is."""
    return (f"In no count: {counted(votes, 'vote')} without a time, among votes that have one.",) if votes else ()


def _against(groups: Groups, asked: Asked, gap: int, habits: Habits, level: float) -> pd.DataFrame:
    """Shares against what was asked `gap` earlier, of the votes so long after the first."""
    among = asked.time >= asked.time[0] + gap
    return shares_by_group(groups, asked.fresh_since(gap), asked.judge, habits, level, among)


def _steady(groups: Groups, asked: Asked, history: int, habits: Habits, level: float) -> pd.DataFrame:
    """Shares against the `history` votes before each, of the votes that have as many before them."""
    among = np.arange(len(asked)) >= history
    return shares_by_group(groups, asked.fresh_among(history), asked.judge, habits, level, among)


def _baselines(asked: Asked, history: int, habits: Habits, level: float, timed: bool) -> pd.DataFrame:
    everything = Groups(("all votes",), np.zeros(len(asked), dtype=np.int64))
    rows = {"all before": shares_by_group(everything, asked.fresh, asked.judge, habits, level)}
    if timed:
        rows |= {name: _against(everything, asked, gap, habits, level) for name, gap in BASELINES.items() if gap}
    rows[f"the {counted(history, 'vote')} before"] = _steady(everything, asked, history, habits, level)
    frame = pd.concat(rows, names=["group"]).reset_index(level=0).reset_index(drop=True)
    return frame.rename(columns={"hits": "fresh"})
