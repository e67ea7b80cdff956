"""Exposure: how many votes have a first prompt that a released prompt set holds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.matching.likeness import EXACT, MEANING, NEAR, threshold_of
from analysis.matching.near import check_seed
from analysis.matching.prompt_sets import prompt_set_for
from analysis.prompts.exposed_votes import Marked, mark_votes
from analysis.prompts.vote_groups import clearly_apart
from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.shares.habits import NOBODY, Habits, habits_of
from analysis.shares.level import check_level
from analysis.shares.tallies import crowding_of, read_judges, tally_of
from analysis.shares.wilson import with_shares
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The group of all votes, first in the table.
ALL = "all votes"

#: How a prompt is of the set, in words, by the kind of likeness.
WORDS: Mapping[str, str] = MappingProxyType({EXACT: "is one", NEAR: "is nearly one", MEANING: "is in meaning one"})


@dataclass(frozen=True, eq=False)
class Exposure(Result):
    """The share of votes whose first prompt, once normalised, is the first prompt of some row of a prompt set.

    Exact prompts only, unless another `kind` is asked for: a rephrased prompt is not found, so this is a lower bound of what the
    set could have taught.

    Attributes:
        counts: group (all votes, then each model), votes, exposed, exact (exposed to the very prompt) and crowding
            (`analysis.shares.habits`); a vote counts for both its models.
        source: name of the prompt set's file.
        prompts: distinct prompts in the set.
        blank, unreadable: votes without a prompt, rows of the set without one that can be read; in no count here.
        habits: how alike the votes of one judge are in being exposed, or why votes count as independent.
        kind: of likeness: `exact`, `near` or `meaning`.
        notes: what has to be known of this set beside these votes.
    """

    counts: pd.DataFrame
    source: str
    prompts: int
    blank: int
    unreadable: int
    level: float = 0.95
    habits: Habits = NOBODY
    kind: str = EXACT
    notes: tuple[str, ...] = ()

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Votes whose first prompt {self.whose(self.source)}"

    def whose(self, source: str) -> str:
        """How an exposed prompt is of the set, in words: `is in FILE`, `is nearly one of those in FILE`."""
        return f"is in {source}" if self.kind == EXACT else f"{WORDS[self.kind]} of those in {source}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """group, votes, exposed, share, lower, upper, design_effect: all votes, then models, most votes first; where prompts need
        not be exact, how many are (`exact`)."""
        worth = self.habits.effective(self.counts["votes"], self.counts.get("crowding", 1.0), self.level)
        shares = with_shares(self.counts[["group", "votes", "exposed"]], "exposed", "votes", self.level, worth)
        return shares if self.kind == EXACT else shares.assign(exact=self.counts["exact"])

    @property
    def ends(self) -> list[int]:
        """The rows of `table` of the two models that are most clearly apart, the lower share first; none where no two are."""
        return clearly_apart(self.table.iloc[1:], "exposed")

    @property
    def sentence(self) -> Prose:
        """The share over all votes and the models furthest apart."""
        row, words = self.table.iloc[0], WORDS[self.kind]
        among = f"{words} of the {self.prompts:,}" if self.prompts > 1 else f"{words.removesuffix('one')}the one"
        prose = (
            f"{percent(row['share'], 2)} of the votes ({row['exposed']:,} of {row['votes']:,}) have a first prompt that "
            f"{among} in {self.source}; the {percent(self.level, 0)} interval is "
            f"{percent(row['lower'], 2)} to {percent(row['upper'], 2)}. "
            f"{self.habits.words(row['votes'], row['votes'] / row['design_effect'])}"
        )
        if self.ends:
            low, high = (self.table.loc[place] for place in self.ends)
            named = [f"{row['group']} ({percent(row['share'])})" for row in (low, high)]
            prose += f" Most clearly apart are {named[0]} and {named[1]}."
        if self.kind != EXACT and row["exposed"]:
            exact = int(self.counts["exact"].iloc[0])
            prose += f" {exact:,} of them {'has' if exact == 1 else 'have'} the very prompt."
        return Prose(prose)


def exposure(
    votes: Votes | str | Path,
    prompts: str | Path | None = None,
    *,
    kind: str = EXACT,
    threshold: float | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> Exposure:
    """The share of votes whose first prompt is in a released prompt set, over all votes and by model.

    Args:
        prompts: a prompt set (`analysis.matching.prompt_sets.read_prompt_set`): votes in any format, LMSYS-Chat-1M, a table with
            a column `prompt`, `turns`, `conversation` or `conversation_a`, or a .txt with one prompt a line. Where none is given,
            the first half of the votes is taken for one, and the later votes are counted.
        kind: `exact` (equal once normalised), `near` (most pieces are the same) or `meaning` (near as vectors).
        threshold: of the likeness from which on prompts are alike; that of the kind where not given.
        level: confidence level of all intervals, between 0 and 1.
        seed: of the hashes behind `near`.

    Raises:
        UsageError: `kind`, `threshold`, `level` or `seed` is not one that there is.
        InputError: the votes have no prompts, the prompt set cannot be read as one, or both together are too many for `meaning`.
    """
    check_level(level)
    threshold_of(kind, threshold)
    check_seed(seed)
    votes = load_votes(votes)
    votes.need("exposure", "prompt")
    known = prompt_set_for(votes, prompts)
    marked = mark_votes(votes, known, kind, threshold, seed)
    counts, habits = _count(votes, marked)
    return Exposure(
        counts=counts,
        source=known.name,
        prompts=len(known.keys),
        blank=int(marked.blank.sum()),
        unreadable=known.unreadable,
        level=level,
        origin=votes.origin,
        habits=habits,
        kind=kind,
        notes=marked.notes,
    )


def _count(votes: Votes, marked: Marked) -> tuple[pd.DataFrame, Habits]:
    """Counts over all votes and by model, and the habits of judges."""
    asked = ~marked.blank & ~marked.own
    hit, exact, judge = marked.exposed[asked], marked.exact[asked], read_judges(votes)[asked]
    names, model = _models(votes.path, asked)
    tally = tally_of(judge, hit)
    sides = np.tile(judge, 2)
    by_model = pd.DataFrame(
        {
            "group": names,
            "votes": np.bincount(model, minlength=len(names)),
            "exposed": np.bincount(model, np.tile(hit, 2), len(names)).astype(np.int64),
            "exact": np.bincount(model, np.tile(exact, 2), len(names)).astype(np.int64),
            "crowding": crowding_of(sides, model, len(names)),
        }
    ).sort_values(["votes", "group"], ascending=[False, True])
    overall = {"group": [ALL], "votes": [len(hit)], "exposed": [hit.sum()], "exact": [exact.sum()], "crowding": [tally.crowding]}
    return pd.concat([pd.DataFrame(overall), by_model], ignore_index=True), habits_of(tally)


def _models(path: Path, kept: NDArray[np.bool_]) -> tuple[list[str], NDArray[np.int64]]:
    """Names of the models of the kept votes, and the number of each one's model, all on the left before all on the right."""
    table = pq.read_table(path, columns=["model_a", "model_b"]).filter(pa.array(kept))
    both = pa.chunked_array([*table["model_a"].chunks, *table["model_b"].chunks], pa.string()).combine_chunks()
    encoded = both.dictionary_encode()
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
