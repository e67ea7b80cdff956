"""Repeats: how many votes have a first prompt that was asked before, by whom, and what the arena's rule would leave out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UsageError
from analysis.matching.likeness import EXACT, read_prompts
from analysis.prompts.asked import OTHERS, SAME_DAY, SAME_PERSON, UNDATED, UNKNOWN, Asked, read_asked, uncounted
from analysis.prompts.frequency import QUANTILE, FrequencyRule, frequency_rule
from analysis.results.prose import Prose, counted, joined, one_line, percent, shortened
from analysis.results.result import Result
from analysis.shares.habits import NOBODY, Habits, alike_in, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import tally_of
from analysis.shares.wilson import agreement, with_shares
from analysis.sources.load import load_votes
from analysis.votes.populations import population
from analysis.votes.table import Votes
from analysis.votes.times import UNTIMED

#: What LMSYS said in 2024; the post on Llama 3 (2024-05-08) gives 6,658 unique prompts of 7,327, which is 9.1 %.
ANNOUNCED = 0.10

#: Characters of a prompt in the table.
SHOWN = 100


#: The ways to count repeats, in the order of `Repeats.shares`.
BEFORE, ONCE_MORE, RULE = "asked before", "asked more than once", "left out by the arena's rule"

#: Who asked before, in words (see `analysis.prompts.asked`).
BY = {
    SAME_DAY: "by the same person that day",
    SAME_PERSON: "by the same person another day",
    UNDATED: "by the same person some time before",
    OTHERS: "by other people only",
    UNKNOWN: "by people who are not named",
}

#: Kinds of likeness, as sentences say that a prompt was asked before.
ASKED = {"exact": "was asked before", "near": "was asked before in nearly these words", "meaning": "was asked before in meaning"}


@dataclass(frozen=True, eq=False)
class Repeats(Result):
    """Repeats among first prompts that are equal once normalised (`analysis.votes.prompts.normalise`), nearly equal, or alike in
    meaning.

    The share of repeats grows with the number of votes, so shares of different releases compare only roughly. Whether a vote
    repeats an earlier one depends on all votes before it; intervals take that as given, and are about who casts such votes:
    some people ask the same thing again and again, so they are clustered by judge where judges are known.

    Attributes:
        kind, threshold: when two prompts count as the same (`analysis.matching.likeness`).
        counts: group, votes, repeated, alike: each way to count, with the correlation of the votes of one judge in it. The first
            is BEFORE, then who asked before (BY), ONCE_MORE (the first of each prompt included) and RULE.
        most: the clusters with most votes: prompt (shortened, in the words of the first who asked), votes, wordings (different
            prompts), judges, models (different ones), first, last (times), days (from first to last), same_day (votes whose
            judge had asked it on that day).
        blank: votes without a prompt; they are in no count here.
        uncompared: votes with a prompt that were not compared, because they are too many (`read_likeness`).
        announced: the share somebody announced; `rounding` is half its last digit.
        habits: how alike the votes of one judge are in being asked before, or why votes count as independent.
        part: what these votes are in place of all votes of the arena, of which the announcement speaks; empty for all.
    """

    counts: pd.DataFrame
    most: pd.DataFrame
    rule: FrequencyRule
    announced: float
    kind: str = EXACT
    threshold: float = 1.0
    blank: int = 0
    uncompared: int = 0
    rounding: float = 0.005
    level: float = 0.95
    habits: Habits = NOBODY
    part: str = ""

    caption = "Most repeated prompts"

    @property
    def votes(self) -> int:
        """Votes with a prompt."""
        return int(self.counts["votes"].iloc[0])

    @property
    def repeated(self) -> int:
        """Those whose prompt an earlier vote has: votes less clusters of prompts."""
        return int(self.counts["repeated"].iloc[0])

    @cached_property
    def table(self) -> pd.DataFrame:
        """`most` with share (of the votes with a prompt), most votes first; prompts asked once are not in it."""
        share = self.most["votes"] / max(self.votes, 1)
        table = self.most.copy()
        table.insert(min(2, table.shape[1]), "share", share)
        return table

    @cached_property
    def shares(self) -> pd.DataFrame:
        """group, votes, repeated, share, lower, upper, design_effect: one row for each way to count repeats.

        Which copies the arena's rule leaves out is drawn; its row takes the habits of votes that were asked before.
        """
        frame = self.counts[["group", "votes", "repeated"]]
        worth = self.habits.effective(frame["votes"], self.habits.crowding, self.level, self.counts["alike"])
        return with_shares(frame, "repeated", "votes", self.level, worth)

    @property
    def sentence(self) -> Prose:
        """The share of repeats next to the announced one, who asked before, and the most repeated prompt."""
        row = self.shares.iloc[0]
        parts = [
            f"{percent(row['share'], 2)} of the votes ({self.repeated:,} of {self.votes:,}) have a first prompt that "
            f"{ASKED[self.kind]}; the {percent(self.level, 0)} interval is {percent(row['lower'], 2)} to "
            f"{percent(row['upper'], 2)}.",
            self.habits.words(row["votes"], row["votes"] / row["design_effect"]),
            agreement(row, self.announced, self.rounding, self.part) if self.kind == EXACT else "",
            self._who,
        ]
        if len(self.most):
            what = "prompt was" if self.kind == EXACT else "cluster of prompts was"
            parts.append(f"The most repeated {what} asked {self.most['votes'].iloc[0]:,} times.")
        return Prose(" ".join(part for part in parts if part))

    @property
    def notes(self) -> tuple[str, ...]:
        """What the arena's rule for frequent prompts leaves out, and which votes are in no count, a sentence each."""
        rule = self.shares.set_index("group")["share"][RULE]
        return (
            f"The arena's rule for frequent prompts, which keeps {counted(int(self.rule.cutoff), 'vote')} of each (quantile "
            f"{self.rule.quantile:g}), would leave out {self.rule.removed:,} of {counted(self.rule.votes, 'vote')} "
            f"({percent(rule, 2)}).",
            *uncounted(self.blank, self.uncompared),
        )

    @property
    def _who(self) -> str:
        """Who asked before, as a sentence; empty where no judge is known or nothing is repeated."""
        named = [group for who, group in BY.items() if who != UNKNOWN]
        known = self.shares[self.shares["group"].isin(named)].set_index("group")
        if known.empty or not self.repeated:
            return ""
        first, *others = (f"{percent(count / self.repeated)}{{}} {group}" for group, count in known["repeated"].items())
        return f"Of the repeats, {joined([first.format(' were asked before'), *(part.format('') for part in others)])}."


def repeats(
    votes: Votes | str | Path,
    announced: float = ANNOUNCED,
    *,
    kind: str = EXACT,
    threshold: float | None = None,
    most: int = 20,
    quantile: float = QUANTILE,
    level: float = 0.95,
    seed: int = 1,
) -> Repeats:
    """The share of votes whose first prompt was asked before, with its interval.

    Args:
        announced: a share of exact repeats to compare with, as somebody printed it.
        kind, threshold, seed: when two prompts count as the same (`analysis.matching.likeness.read_likeness`).
        most: prompts that are listed.
        quantile: that of the arena's rule (`FrequencyRule`).
        level: confidence level of all intervals, between 0 and 1.

    Raises:
        UsageError: `announced`, `quantile` or `level` is not between 0 and 1, or no such kind or threshold.
        InputError: the votes have no prompts.
    """
    for name, value in (("announced", announced), ("quantile", quantile)):
        if not 0 < value < 1:
            raise UsageError(f"{name} is between 0 and 1; got {value:g}.")
    check_level(level)
    votes = load_votes(votes)
    asked, rule = read_asked(votes, kind, threshold, seed=seed), frequency_rule(votes, quantile)
    habits = habits_of(tally_of(asked.judge, ~asked.fresh))
    return Repeats(
        counts=_counts(asked, rule, habits),
        most=most_repeated(votes, asked, most),
        rule=rule,
        announced=announced,
        kind=kind,
        threshold=asked.likeness.threshold,
        blank=asked.blank,
        uncompared=asked.uncompared,
        level=level,
        origin=votes.origin,
        habits=habits,
        part=population(votes).part,
    )


def _counts(asked: Asked, rule: FrequencyRule, habits: Habits) -> pd.DataFrame:
    """group, votes, repeated, alike, as in `Repeats`."""
    several = np.bincount(asked.cluster)[asked.cluster] > 1 if len(asked) else asked.fresh
    who = {BY[number]: asked.who == number for number in BY if (asked.who == number).any() or number == OTHERS}
    if set(who) <= {BY[OTHERS], BY[UNKNOWN]}:
        who = {}  # nobody is known to have asked twice
    hits = {BEFORE: ~asked.fresh, **who, ONCE_MORE: several}
    rows = [
        (group, len(asked), int(hit.sum()), 0.0 if habits.why else alike_in(tally_of(asked.judge, hit)))
        for group, hit in hits.items()
    ]
    rows.append((RULE, rule.votes, rule.removed, habits.alike))
    return pd.DataFrame(rows, columns=["group", "votes", "repeated", "alike"])


def most_repeated(votes: Votes, asked: Asked, most: int) -> pd.DataFrame:
    """The clusters with most votes, of two or more, as in `Repeats.most`."""
    sizes = np.bincount(asked.cluster)
    top = np.lexsort((np.arange(len(sizes)), -sizes))[:most]
    top = top[sizes[top] > 1]
    inside = np.isin(asked.cluster, top)
    frame = pd.DataFrame(
        {
            "cluster": asked.cluster[inside],
            "prompt": asked.likeness.prompt[asked.row[inside]],
            "judge": asked.judge[inside],
            "time": asked.time[inside],
            "same_day": asked.who[inside] == SAME_DAY,
        }
    )
    sides = pq.read_table(votes.path, columns=["model_a", "model_b"]).take(pa.array(asked.row[inside])).to_pandas()
    models = pd.concat([frame["cluster"].reset_index(drop=True).to_frame().assign(model=sides[side]) for side in sides])
    groups = frame.groupby("cluster")
    texts, _ = read_prompts(votes, asked.row[np.unique(asked.first[inside])], SHOWN + 1)
    found = pd.DataFrame(
        {
            "prompt": [shortened(one_line(text), SHOWN) for text in texts],
            "votes": groups.size().to_numpy(),
            "wordings": groups["prompt"].nunique().to_numpy(),
            "judges": frame[frame["judge"] >= 0].groupby("cluster")["judge"].nunique().reindex(groups.size().index).to_numpy(),
            "models": models.groupby("cluster")["model"].nunique().to_numpy(),
            "first": _moments(groups["time"].min()),
            "last": _moments(frame[frame["time"] != UNTIMED].groupby("cluster")["time"].max().reindex(groups.size().index)),
            "same_day": groups["same_day"].sum().to_numpy(),
        },
        index=groups.size().index,
    )
    found.insert(7, "days", (found["last"] - found["first"]).dt.total_seconds() / 86_400)
    return found.loc[top].reset_index(drop=True)


def _moments(stamps: pd.Series) -> pd.Series:
    """Microseconds as times (UTC), shape (n,); missing where there is none."""
    return pd.to_datetime(stamps.where(stamps != UNTIMED), unit="us", utc=True)
