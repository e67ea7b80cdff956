"""Repeats: how many votes have a first prompt that was asked before, and what the arena's rule would leave out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from analysis.errors import UsageError
from analysis.results.prose import Prose, counted, one_line, percent, shortened
from analysis.results.result import Result
from analysis.shares.habits import NOBODY, Habits, alike_in, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import read_judges, tally_of
from analysis.shares.wilson import agreement, with_shares
from analysis.sources.load import load_votes
from analysis.votes import engine
from analysis.votes.populations import population
from analysis.votes.prompts import read_prompt_keys
from analysis.votes.table import Votes

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]

#: What LMSYS said in 2024; the post on Llama 3 (2024-05-08) gives 6,658 unique prompts of 7,327, which is 9.1 %.
ANNOUNCED = 0.10

#: How much of a conversation's user messages the arena compares (FastChat `deduplication.py`).
KEY_LENGTH = 10_000

#: Characters of a prompt in the table.
SHOWN = 100


@dataclass(frozen=True)
class FrequencyRule:
    """The arena's rule for frequent prompts, applied to these votes.

    The key of a vote is all its user messages, one a line, first 10,000 characters, exactly as written. Keys with more
    votes than the quantile `quantile` of votes per key are sampled down to that many (FastChat `deduplication.py`;
    LMSYS, 2024-05-17: quantile 0.999, which was 25 votes, and 8.6 % of the votes went).

    Attributes:
        cutoff: the quantile, in votes per key.
        frequent: keys above it.
        votes, removed: votes with a key, and those that the sampling leaves out.
    """

    quantile: float
    cutoff: float
    frequent: int
    votes: int
    removed: int


@dataclass(frozen=True, eq=False)
class Repeats(Result):
    """Repeats among first prompts that are equal once normalised (`analysis.votes.prompts.normalise`).

    The share of repeats grows with the number of votes, so shares of different releases compare only roughly. Whether a vote
    repeats an earlier one depends on all votes before it; intervals take that as given, and are about who casts such votes:
    some people ask the same thing again and again, so they are clustered by judge where judges are known.

    Attributes:
        votes, repeated: votes with a prompt, and those of them whose prompt an earlier vote has (votes − distinct prompts).
        several: votes whose prompt occurs more than once, the first of each included.
        blank: votes without a prompt; they are in no count here.
        most: prompt (shortened), votes; the most repeated prompts, in the words of the first who asked.
        announced: the share somebody announced; `rounding` is half its last digit.
        habits: how alike the votes of one judge are in being asked before, or why votes count as independent.
        alike: the same for being asked more than once.
        part: what these votes are in place of all votes of the arena, of which the announcement speaks; empty for all.
    """

    votes: int
    repeated: int
    several: int
    blank: int
    most: pd.DataFrame
    rule: FrequencyRule
    announced: float
    rounding: float = 0.005
    level: float = 0.95
    habits: Habits = NOBODY
    alike: float = 0.0
    part: str = ""

    caption = "Most repeated prompts"

    @cached_property
    def table(self) -> pd.DataFrame:
        """prompt, votes, share (of the votes with a prompt), most votes first; prompts asked once are not in it."""
        return self.most.assign(share=self.most["votes"] / max(self.votes, 1))

    @cached_property
    def shares(self) -> pd.DataFrame:
        """group, votes, repeated, share, lower, upper, design_effect: one row for each way to count repeats.

        Which copies the arena's rule leaves out is drawn; its row takes the habits of votes that were asked before.
        """
        counts = [
            ("asked before", self.votes, self.repeated),
            ("asked more than once", self.votes, self.several),
            ("left out by the arena's rule", self.rule.votes, self.rule.removed),
        ]
        frame = pd.DataFrame(counts, columns=["group", "votes", "repeated"])
        alike = np.array([self.habits.alike, self.alike, self.habits.alike])
        worth = self.habits.effective(frame["votes"], self.habits.crowding, self.level, alike)
        return with_shares(frame, "repeated", "votes", self.level, worth)

    @property
    def sentence(self) -> Prose:
        """The share of repeats next to the announced one, the most repeated prompt, and what the arena's rule leaves out."""
        row = self.shares.iloc[0]
        parts = [
            f"{percent(row['share'], 2)} of the votes ({self.repeated:,} of {self.votes:,}) have a first prompt that was asked "
            f"before; the {percent(self.level, 0)} interval is {percent(row['lower'], 2)} to {percent(row['upper'], 2)}.",
            self.habits.words(row["votes"], row["votes"] / row["design_effect"]),
            agreement(row, self.announced, self.rounding, self.part),
        ]
        if len(self.most):
            parts.append(f"The most repeated prompt was asked {self.most['votes'].iloc[0]:,} times.")
        parts.append(
            f"The arena's rule for frequent prompts, which keeps {counted(int(self.rule.cutoff), 'vote')} of each (quantile "
            f"{self.rule.quantile:g}), would leave out {self.rule.removed:,} of {self.rule.votes:,} votes "
            f"({percent(self.shares['share'].iloc[-1], 2)})."
        )
        return Prose(" ".join(parts))


def repeats(
    votes: Votes | str | Path,
    announced: float = ANNOUNCED,
    *,
    most: int = 20,
    quantile: float = 0.999,
    level: float = 0.95,
) -> Repeats:
    """The share of votes whose first prompt was asked before, exact after normalisation, with its interval.

    Args:
        announced: a share to compare with, as somebody printed it.
        most: prompts that are listed.
        quantile: that of the arena's rule (`FrequencyRule`).
        level: confidence level of all intervals, between 0 and 1.

    Raises:
        UsageError: `announced`, `quantile` or `level` is not between 0 and 1.
        InputError: the votes have no prompts.
    """
    for name, value in (("announced", announced), ("quantile", quantile)):
        if not 0 < value < 1:
            raise UsageError(f"{name} is between 0 and 1; got {value:g}.")
    check_level(level)
    votes = load_votes(votes)
    votes.need("finding repeats", "prompt")
    keys = read_prompt_keys(votes)
    places = np.flatnonzero(keys)
    _, first, key, counts = np.unique(keys[places], return_index=True, return_inverse=True, return_counts=True)
    judge = read_judges(votes)[places]
    again = np.ones(len(places), dtype=bool)
    again[first] = False
    habits = habits_of(tally_of(judge, again))
    return Repeats(
        votes=len(places),
        repeated=len(places) - len(counts),
        several=int(counts[counts > 1].sum()),
        blank=len(keys) - len(places),
        most=_most_repeated(votes.path, places[first], counts, most),
        rule=_frequency_rule(votes, quantile),
        announced=announced,
        level=level,
        origin=votes.origin,
        habits=habits,
        alike=0.0 if habits.why else alike_in(tally_of(judge, counts[key] > 1)),
        part=population(votes).part,
    )


def _most_repeated(path: Path, first: NDArray[np.int64], counts: NDArray[np.int64], most: int) -> pd.DataFrame:
    """prompt, votes of the keys with the highest counts above 1; `first` is the place of each key's first vote."""
    order = np.lexsort((first, -counts))[:most]
    order = order[counts[order] > 1]
    texts = _prompts_at(path, first[order])
    return pd.DataFrame({"prompt": [shortened(one_line(texts[place]), SHOWN) for place in first[order]], "votes": counts[order]})


def _prompts_at(path: Path, places: NDArray[np.int64]) -> dict[int, str]:
    """The prompts in the given places of the vote table."""
    found: dict[int, str] = {}
    start = 0
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(columns=["prompt"]):
            inside = places[(places >= start) & (places < start + len(batch))]
            found |= dict(zip(inside.tolist(), batch.column("prompt").take(inside - start).to_pylist(), strict=True))
            start += len(batch)
    return found


def _frequency_rule(votes: Votes, quantile: float) -> FrequencyRule:
    """The arena's rule on these votes; where all user messages are not given, the first stands for them."""
    table = votes.expression
    keyed = table.select(key=_messages(table)).filter(lambda row: row["key"].notnull())
    per_key = keyed.group_by("key").aggregate(votes=keyed.count())
    sizes = engine.to_pandas(per_key.group_by("votes").aggregate(keys=per_key.count())).astype("int64")
    cutoff = float(np.quantile(np.repeat(sizes["votes"], sizes["keys"]), quantile)) if len(sizes) else 0.0
    over = sizes[sizes["votes"] > cutoff]
    return FrequencyRule(
        quantile=quantile,
        cutoff=cutoff,
        frequent=int(over["keys"].sum()),
        votes=int((sizes["votes"] * sizes["keys"]).sum()),
        removed=int(((over["votes"] - int(cutoff)) * over["keys"]).sum()),
    )


def _messages(table: ir.Table) -> ir.StringColumn:
    """A digest of the user messages, one a line, cut to KEY_LENGTH: grouping by long texts would need their memory."""
    import ibis

    messages = ibis.coalesce(ibis.literal("\n").join(table["prompts"]), table["prompt"])
    messages = ibis.ifelse(
        messages.re_search(r"[^\s\p{Z}]"), messages, ibis.null("string")
    )  # blank: nothing that could be repeated
    return (messages + "\n").substr(0, KEY_LENGTH).hexdigest("md5")
