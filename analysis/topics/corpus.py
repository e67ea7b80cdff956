"""The corpus: every different prompt of the votes once, with what is known of the votes that asked it.

Texts are read from the Parquet file in batches and never held all at once, so a million prompts need little memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.shares.tallies import read_judges
from analysis.votes.prompts import different, prompt_keys, read_prompt_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Integers = NDArray[np.int64]

#: Characters of a prompt that are read; what it is about shows early, and some prompts hold whole books.
READ = 2_000

#: Prompts of a batch.
BATCH = 20_000

#: Periods of time a sample is stratified by.
_PERIODS = 12


@dataclass(frozen=True)
class Corpus:
    """N votes and the P different prompts among them (equal once normalised, `analysis.votes.prompts.normalise`).

    Attributes:
        name: what the user calls the votes.
        vote_id: shape (N,).
        prompt: shape (N,), number of each vote's prompt, 0 … P − 1; −1 for a vote without one.
        place: shape (P,), place in the vote table of the first vote with each prompt, ascending.
        key: shape (P,), key of each whole prompt (`analysis.votes.prompts.prompt_keys`): equal in other votes too.
        language: shape (N,), categorical; missing where not given.
        time: shape (N,), UTC; NaT where not given.
        turns: shape (N,), float; NaN where not given.
        judge: shape (N,), number of each vote's judge; −1 where not given.
    """

    path: Path
    name: str
    vote_id: pa.ChunkedArray
    prompt: Integers
    place: Integers
    key: NDArray[np.uint64]
    language: pd.Categorical
    time: pd.Series
    turns: NDArray[np.float64]
    judge: Integers

    def __len__(self) -> int:
        """P."""
        return len(self.place)

    @cached_property
    def votes(self) -> Integers:
        """Votes with each prompt, shape (P,)."""
        return np.bincount(self.prompt[self.prompt >= 0], minlength=len(self))

    @cached_property
    def languages(self) -> NDArray[np.object_]:
        """Language of each prompt's first vote, shape (P,); an empty string where not given."""
        return np.array([*self.language.categories, ""], dtype=object)[self.language.codes[self.place]]

    @cached_property
    def keys(self) -> NDArray[np.uint64]:
        """The key of each prompt's text as it is read, shape (P,)."""
        keys = [prompt_keys(pa.array(texts, pa.string())) for _, texts in self.batches()]
        return np.concatenate([np.zeros(0, np.uint64), *keys])

    def keys_of(self, texts: pa.Array) -> NDArray[np.uint64]:
        """The keys of other prompts, of which as much counts as is read of these, shape (n,)."""
        return prompt_keys(pc.utf8_slice_codeunits(texts, 0, READ))

    def batches(self, prompts: Integers | None = None, size: int = BATCH) -> Iterator[tuple[Integers, list[str]]]:
        """Numbers and texts (first READ characters) of the given prompts (ascending; all by default), in batches."""
        wanted = np.arange(len(self)) if prompts is None else prompts
        numbers: list[Integers] = []
        texts: list[str] = []
        start = 0
        with pq.ParquetFile(self.path) as file:
            for batch in file.iter_batches(columns=["prompt"], batch_size=size):
                inside = wanted[slice(*np.searchsorted(self.place[wanted], [start, start + len(batch)]))]
                found = batch.column("prompt").take(pa.array(self.place[inside] - start))
                numbers.append(inside)
                texts.extend(text[:READ] for text in found.to_pylist())
                start += len(batch)
                if len(texts) >= size:
                    yield np.concatenate(numbers), texts
                    numbers, texts = [], []
        if texts:
            yield np.concatenate(numbers), texts

    def sample(self, size: int, seed: int) -> Integers:
        """Numbers of `size` prompts, ascending, in proportion from every language and period of time; all if there are no more.

        Prompts are sorted by language, then time, and taken at even steps from a random start within shuffled ties:
        every stratum gets its share, to the nearest prompt.
        """
        if size >= len(self):
            return np.arange(len(self))
        rng = np.random.default_rng(seed)
        stamps = self.time.to_numpy(dtype="datetime64[us]").astype(np.int64)[self.place]
        period = np.searchsorted(np.quantile(stamps, np.linspace(0, 1, _PERIODS + 1)[1:-1]), stamps)
        order = np.lexsort((rng.random(len(self)), period, self.language.codes[self.place]))
        return np.sort(order[np.floor((np.arange(size) + rng.random()) * len(self) / size).astype(np.int64)])


def read_corpus(votes: Votes) -> Corpus:
    """Read the corpus of the votes.

    Raises:
        InputError: the votes have no prompts.
    """
    votes.need("finding topics", "prompt")
    keys = read_prompt_keys(votes)
    prompt, place = different(keys)
    table = pq.read_table(votes.path, columns=["vote_id", "language", "time", "turns"])
    return Corpus(
        path=votes.path,
        name=votes.name,
        vote_id=table["vote_id"],
        prompt=prompt,
        place=place,
        key=keys[place],
        language=pd.Categorical(table["language"].to_pandas()),
        time=table["time"].to_pandas(),
        turns=table["turns"].to_pandas().to_numpy(dtype=float, na_value=np.nan),
        judge=read_judges(votes),
    )
