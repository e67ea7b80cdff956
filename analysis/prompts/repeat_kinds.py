"""Repeat kinds: how many votes repeat an earlier prompt, by what counts as the same, from the letter to the meaning."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import xxhash

from analysis.errors import InputError
from analysis.matching.likeness import EXACT, KINDS, MEANING, NEAR
from analysis.matching.meaning import MOST
from analysis.prompts.asked import Asked, read_asked, uncounted
from analysis.results.prose import Prose, counted, joined, percent
from analysis.results.result import Result
from analysis.results.tables import Format
from analysis.shares.habits import NOBODY, Habits, alike_in, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import tally_of
from analysis.shares.wilson import with_shares
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

#: Two ways to be the same that are stricter than exact, by what is compared.
STRICTER: dict[str, Callable[[str], str]] = {
    "as written": lambda prompt: prompt,
    "but for case and outer white space": lambda prompt: prompt.strip().lower(),
}

#: What each kind of likeness is called in the table.
NAMES = {EXACT: "but for case, white space and marks (exact)", NEAR: "nearly the same words", MEANING: "alike in meaning"}


#: The same as a sentence says them of prompts that were asked before.
_SPOKEN = {
    **{name: name for name in STRICTER},
    NAMES[EXACT]: "but for case, white space and marks",
    NAMES[NEAR]: "in nearly the same words",
    NAMES[MEANING]: "alike in meaning",
}


@dataclass(frozen=True, eq=False)
class RepeatKinds(Result):
    """Shares of repeats by what counts as the same.

    Attributes:
        counts: group, threshold (NaN where there is none), votes, repeated, and alike: the correlation of one judge's votes.
        uncompared: earlier votes with a prompt that are in no count here, because each prompt is compared with each other.
        without: why a kind could not be counted, by its name.
        notes: which other votes are in no count, a sentence each.
    """

    counts: pd.DataFrame
    uncompared: int = 0
    without: Mapping[str, str] = field(default_factory=dict)
    level: float = 0.95
    habits: Habits = NOBODY
    notes: tuple[str, ...] = ()

    caption = "Votes whose prompt was asked before, by what counts as the same"

    formats = MappingProxyType({"threshold": Format(lambda value: f"{value:.2f}")})

    @cached_property
    def table(self) -> pd.DataFrame:
        """group (what counts as the same), threshold, votes, repeated, share, lower, upper, design_effect."""
        frame = self.counts.drop(columns="alike")
        worth = self.habits.effective(frame["votes"], self.habits.crowding, self.level, self.counts["alike"])
        return with_shares(frame, "repeated", "votes", self.level, worth)

    @property
    def sentence(self) -> Prose:
        """The shares of all kinds, one after the other."""
        parts = [f"{percent(row['share'])} {_SPOKEN[row['group']]}" for _, row in self.table.iterrows()]
        text = f"Of the first prompts, {joined(parts)} were asked before."
        if self.simulated:
            text += " The prompts are simulated: a grammar made them, so that more are alike than people's are."
        if self.uncompared:
            text += (
                f" These are of the last {counted(int(self.table['votes'].iloc[0]), 'vote')}; "
                f"{counted(self.uncompared, 'earlier one was', 'earlier ones were')} left out."
            )
        return Prose(" ".join([text, *(f"{NAMES[kind]}: {why}" for kind, why in self.without.items())]))


def repeat_kinds(
    votes: Votes | str | Path, kinds: Iterable[str] = KINDS, *, last: int | None = None, level: float = 0.95, seed: int = 1
) -> RepeatKinds:
    """How many votes repeat an earlier prompt, by each kind of likeness at its default threshold.

    All kinds are counted over the same votes, so that they compare: the last ones where meaning takes too long for all.

    Args:
        last: how many votes, the last ones, are counted; by default as many as meaning can compare.

    Raises:
        UsageError: no such kind, or no such number of votes.
        InputError: the votes have no prompts.
    """
    check_level(level)
    votes = load_votes(votes)
    kinds = list(kinds)
    last = MOST if last is None and MEANING in kinds else last
    exact = read_asked(votes, EXACT, last=last, seed=seed)
    found = {name: (np.nan, ~_fresh(votes, exact, change)) for name, change in STRICTER.items()}
    why: dict[str, str] = {}
    for kind in kinds:
        try:
            asked = exact if kind == EXACT else read_asked(votes, kind, last=last, seed=seed)
        except InputError as error:
            why[kind] = str(error)
            continue
        found[NAMES[kind]] = (np.nan if kind == EXACT else asked.likeness.threshold, ~asked.fresh)
    habits = habits_of(tally_of(exact.judge, ~exact.fresh))
    rows = [
        (name, threshold, len(hit), int(hit.sum()), 0.0 if habits.why else alike_in(tally_of(exact.judge, hit)))
        for name, (threshold, hit) in found.items()
    ]
    return RepeatKinds(
        counts=pd.DataFrame(rows, columns=["group", "threshold", "votes", "repeated", "alike"]),
        uncompared=exact.uncompared,
        notes=uncounted(exact.blank, 0),
        without=why,
        level=level,
        habits=habits,
        origin=votes.origin,
    )


def _fresh(votes: Votes, asked: Asked, change: Callable[[str], str]) -> np.ndarray:
    """Whether no vote before has the same prompt once changed so, shape (n,)."""
    keys = np.zeros(len(votes), dtype=np.uint64)
    start = 0
    with pq.ParquetFile(votes.path) as file:
        for batch in file.iter_batches(columns=["prompt"]):
            for text in batch.column("prompt").to_pylist():
                # Whole texts are hashed, as exact repeats are: those that differ late are different.
                keys[start] = xxhash.xxh64_intdigest(change(text or "").encode("utf-8", "surrogatepass"))
                start += 1
    return ~pd.Series(keys[asked.row]).duplicated().to_numpy()
