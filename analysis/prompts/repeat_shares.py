"""Repeat shares: the share of votes whose prompt was asked before, by month, topic, language, judge or any column."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd

from analysis.matching.likeness import EXACT
from analysis.prompts.asked import SAME_DAY, read_asked
from analysis.prompts.vote_groups import ENOUGH, Groups, check_groups, clearly_apart, shares_by_group, vote_groups
from analysis.prompts.vote_topics import Topics
from analysis.results.prose import Prose, counted, one_line, percent, shortened, spoken
from analysis.results.result import Result
from analysis.shares.habits import NOBODY, Habits, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import tally_of
from analysis.sources.load import load_votes
from analysis.votes.table import Votes


@dataclass(frozen=True, eq=False)
class RepeatShares(Result):
    """The share of repeats by group.

    Attributes:
        frame: see `table`.
        by: what the groups are.
        whole: the same row over all votes.
        lasting: whether the groups stand in an order of their own, such as time.
        notes: which votes are in no row or in no count, a sentence each.
    """

    frame: pd.DataFrame
    by: str
    whole: pd.Series
    kind: str = EXACT
    level: float = 0.95
    habits: Habits = NOBODY
    lasting: bool = False
    notes: tuple[str, ...] = ()

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Votes whose prompt was asked before, by {spoken(self.by)}"

    @property
    def table(self) -> pd.DataFrame:
        """group, votes, repeated, share, lower, upper, design_effect, and where judges and times are known same_day_share: the
        part of the repeats that the same person had asked on that day."""
        return self.frame

    @cached_property
    def ends(self) -> pd.DataFrame:
        """The rows of the two groups that are most clearly apart, the lower share first; none where no two are."""
        return self.frame.loc[clearly_apart(self.frame, "repeated")]

    @property
    def sentence(self) -> Prose:
        """The share over all votes, and the groups furthest apart where their intervals are apart too."""
        text = (
            f"{percent(self.whole['share'])} of {counted(int(self.whole['votes']), 'vote')} have a first prompt that was asked "
            f"before ({percent(self.whole['lower'])} to {percent(self.whole['upper'])})."
        )
        if len(self.ends):
            low, high = self.ends.iloc[0], self.ends.iloc[1]
            least, most = (
                f"{percent(row['share'])} ({shortened(one_line(row['group']), 60)}; {percent(row['lower'])} to "
                f"{percent(row['upper'])})"
                for row in (low, high)
            )
            return Prose(f"{text} By {spoken(self.by)} {least} is clearly below {most}.")
        if int((self.frame["votes"] >= ENOUGH).sum()) < 2:
            return Prose(f"{text} No two groups by {spoken(self.by)} have {ENOUGH} votes or more to be told apart.")
        return Prose(f"{text} No two groups by {spoken(self.by)} with {ENOUGH} votes or more are clearly apart.")


def repeat_shares(
    votes: Votes | str | Path,
    by: str,
    *,
    topics: Topics | None = None,
    kind: str = EXACT,
    threshold: float | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> RepeatShares:
    """The share of votes whose first prompt was asked before, by group.

    Args:
        by, topics: see `analysis.prompts.vote_groups.vote_groups`.
        kind, threshold, seed: when two prompts count as the same (`analysis.matching.likeness.read_likeness`).

    Raises:
        UsageError: no such group, kind or threshold.
        InputError: the votes have no prompts, or lack the column.
    """
    check_level(level)
    check_groups(by)
    votes = load_votes(votes)
    asked = read_asked(votes, kind, threshold, seed=seed)
    groups, hit = vote_groups(votes, asked, by, topics), ~asked.fresh
    habits = habits_of(tally_of(asked.judge, hit))
    frame = shares_by_group(groups, hit, asked.judge, habits, level).rename(columns={"hits": "repeated"})
    frame.insert(0, "group", list(groups.names))
    if "time" in votes.available and (asked.judge >= 0).any():
        inside = (groups.code >= 0) & (asked.who == SAME_DAY)
        same = np.bincount(groups.code[inside], minlength=len(frame))
        frame["same_day_share"] = same / frame["repeated"].where(frame["repeated"] > 0)
    everything = Groups(("all votes",), np.zeros(len(asked), dtype=np.int64))
    whole = shares_by_group(everything, hit, asked.judge, habits, level).iloc[0]
    notes = (*groups.notes, *asked.notes)
    return RepeatShares(frame, by, whole, asked.likeness.kind, level, habits, groups.lasting, notes, origin=votes.origin)
