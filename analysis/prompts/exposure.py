"""Exposure: how many votes have a first prompt that a released prompt set holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError
from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.shares.habits import NOBODY, Habits, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import crowding_of, read_judges, tally_of
from analysis.shares.wilson import with_shares
from analysis.sources.cells import listed, text
from analysis.sources.conversations import from_messages
from analysis.sources.formats import Rows
from analysis.sources.literals import Unreadable
from analysis.sources.load import load_votes
from analysis.votes.prompts import prompt_keys
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]

#: The group of all votes, first in the table.
ALL = "all votes"

#: Rows of a prompt set that are read at once.
BATCH = 10_000

#: A model with fewer votes is in the table but not in the sentence: its share says little.
ENOUGH = 30


@dataclass(frozen=True, eq=False)
class Exposure(Result):
    """The share of votes whose first prompt, once normalised, is the first prompt of some row of a prompt set.

    Exact repeats only: a rephrased prompt is not found, so this is a lower bound of what the set could have taught.

    Attributes:
        counts: group (all votes, then each model), votes, exposed and, where judges are known, crowding
            (`analysis.shares.habits`); a vote counts for both its models.
        source: name of the prompt set's file.
        prompts: distinct prompts in the set.
        blank, unreadable: votes without a prompt, rows of the set without one that can be read; in no count here.
        habits: how alike the votes of one judge are in being exposed, or why votes count as independent.
    """

    counts: pd.DataFrame
    source: str
    prompts: int
    blank: int
    unreadable: int
    level: float = 0.95
    habits: Habits = NOBODY

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Votes whose first prompt is in {self.source}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """group, votes, exposed, share, lower, upper, design_effect: all votes, then models, most votes first."""
        worth = self.habits.effective(self.counts["votes"], self.counts.get("crowding", 1.0), self.level)
        return with_shares(self.counts[["group", "votes", "exposed"]], "exposed", "votes", self.level, worth)

    @property
    def ends(self) -> list[int]:
        """The rows of `table` of the models furthest apart, lowest first; none where too few models have votes enough."""
        models = self.table.iloc[1:]
        models = models[models["votes"] >= ENOUGH]
        told = len(models) >= 2 and self.table["exposed"].iloc[0] > 0
        return [int(models["share"].idxmin()), int(models["share"].idxmax())] if told else []

    @property
    def sentence(self) -> Prose:
        """The share over all votes and the models furthest apart."""
        row = self.table.iloc[0]
        prose = (
            f"{percent(row['share'], 2)} of the votes ({row['exposed']:,} of {row['votes']:,}) have a first prompt that is one "
            f"of the {self.prompts:,} in {self.source}; the {percent(self.level, 0)} interval is {percent(row['lower'], 2)} to "
            f"{percent(row['upper'], 2)}. {self.habits.words(row['votes'], row['votes'] / row['design_effect'])}"
        )
        if self.ends:
            low, high = (self.table.loc[place] for place in self.ends)
            prose += (
                f" By model it runs from {percent(low['share'])} ({low['group']}) to {percent(high['share'])} ({high['group']})."
            )
        return Prose(prose)


def exposure(votes: Votes | str | Path, prompts: str | Path, *, level: float = 0.95) -> Exposure:
    """The share of votes whose first prompt is in a released prompt set, over all votes and by model.

    Args:
        prompts: a file (Parquet, CSV, JSON or JSON Lines, each also gzipped) with a column `prompt`, `turns` (a list of user
            messages), `conversation` or `conversation_a` (lists of messages with role and content).
        level: confidence level of all intervals, between 0 and 1.

    Raises:
        UsageError: `level` is not between 0 and 1.
        InputError: the votes have no prompts, or the prompt set cannot be read as one.
    """
    check_level(level)
    votes = load_votes(votes)
    votes.need("exposure", "prompt")
    path = Path(prompts)
    known, unreadable = _known_prompts(path)
    counts, habits, blank = _count(votes, known)
    return Exposure(
        counts=counts,
        source=path.name,
        prompts=len(known),
        blank=blank,
        unreadable=unreadable,
        level=level,
        origin=votes.origin,
        habits=habits,
    )


def _known_prompts(path: Path) -> tuple[Keys, int]:
    """The distinct prompt keys of a prompt set, sorted, and its rows without a prompt that can be read."""
    rows = Rows(path)
    column = next((name for name in _FIRST_PROMPT if name in rows.columns), None)
    if column is None:
        raise InputError(
            f"{path}: a prompt set needs one of the columns {', '.join(_FIRST_PROMPT)}; "
            f"this file has {', '.join(rows.columns[:12])}. Rename the one that holds the prompts."
        )
    batches, unreadable = [np.empty(0, np.uint64)], 0
    for batch in rows.batches(BATCH, (column,)):
        keys = prompt_keys(pa.array([_first_prompt(row, column) for row in batch.read()], pa.string()))
        unreadable += int((keys == 0).sum())
        batches.append(np.unique(keys[keys != 0]))
    known = np.unique(np.concatenate(batches))
    if not len(known):
        raise InputError(f"{path}: none of its {unreadable:,} rows has a prompt in column {column} that can be read.")
    return known, unreadable


def _first_prompt(row: object, column: str) -> str | None:
    """The first user message of one row of a prompt set; None where there is none or it cannot be read."""
    try:
        return _FIRST_PROMPT[column](row[column]) if isinstance(row, Mapping) else None
    except (Unreadable, KeyError):
        return None


def _of_turns(cell: object) -> str | None:
    """Of a list of user messages, each a text or a mapping with a content."""
    turns = listed(cell)
    first = turns[0] if turns else None
    return text(first.get("content") if isinstance(first, Mapping) else first)


def _of_messages(cell: object) -> str | None:
    """Of a list of messages, each with role and content."""
    prompts = from_messages(cell, None).asked
    return prompts[0] if prompts else None


#: How to take the first prompt out of each column that may hold it; the first column found is used.
_FIRST_PROMPT: Mapping[str, Callable[[object], str | None]] = {
    "prompt": text,
    "turns": _of_turns,
    "conversation": _of_messages,
    "conversation_a": _of_messages,
}


def _count(votes: Votes, known: Keys) -> tuple[pd.DataFrame, Habits, int]:
    """Counts over all votes and by model, the habits of judges, and the votes without a prompt.

    Texts are held a batch at a time.
    """
    found = []
    with pq.ParquetFile(votes.path) as file:
        for batch in file.iter_batches(columns=["prompt"]):
            keys = prompt_keys(batch.column("prompt"))
            found.append(np.where(keys == 0, -1, np.isin(keys, known)).astype(np.int8))
    exposed = np.concatenate(found)
    asked = exposed >= 0
    hit, judge = exposed[asked] > 0, read_judges(votes)[asked]
    names, model = _models(votes.path, asked)
    tally = tally_of(judge, hit)
    sides = np.tile(judge, 2)
    by_model = pd.DataFrame(
        {
            "group": names,
            "votes": np.bincount(model, minlength=len(names)),
            "exposed": np.bincount(model, np.tile(hit, 2), len(names)).astype(np.int64),
            "crowding": crowding_of(sides, model, len(names)),
        }
    ).sort_values(["votes", "group"], ascending=[False, True])
    overall = {"group": [ALL], "votes": [len(hit)], "exposed": [int(hit.sum())], "crowding": [tally.crowding]}
    return pd.concat([pd.DataFrame(overall), by_model], ignore_index=True), habits_of(tally), int((~asked).sum())


def _models(path: Path, kept: NDArray[np.bool_]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the models of the kept votes, and the number of each one's model, all on the left before all on the right."""
    table = pq.read_table(path, columns=["model_a", "model_b"]).filter(pa.array(kept))
    both = pa.chunked_array([*table["model_a"].chunks, *table["model_b"].chunks], pa.string()).combine_chunks()
    encoded = both.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
