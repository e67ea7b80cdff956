"""Prompts: what makes two of them the same, and which vote was the first with a prompt."""

from __future__ import annotations

import hashlib
import unicodedata
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes


def normalise(prompt: str) -> str:
    """The prompt without differences that nobody meant: Unicode form (NFKC), case, and runs of white space."""
    return " ".join(unicodedata.normalize("NFKC", prompt).casefold().split())


def prompt_keys(prompts: pa.Array) -> NDArray[np.uint64]:
    """64-bit keys of an Arrow array of prompts, shape (n,): equal for prompts that are equal once normalised.

    A null or blank prompt has key 0: it is not a repeat of anything. Two different prompts share a key by accident with
    a chance of about 10⁻⁷ among two million prompts.
    """
    return np.fromiter((_key(prompt) for prompt in prompts.to_pylist()), dtype=np.uint64, count=len(prompts))


def read_prompt_keys(votes: Votes) -> NDArray[np.uint64]:
    """The key of each vote's prompt, shape (votes,), in the order of the vote table; read in batches, so texts never fill the
    memory."""
    with pq.ParquetFile(votes.path) as file:
        keys = [prompt_keys(batch.column("prompt")) for batch in file.iter_batches(columns=["prompt"])]
    return np.concatenate([np.empty(0, np.uint64), *keys])


def _key(prompt: str | None) -> int:
    text = normalise(prompt) if prompt else ""
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big") if text else 0


def first_of_each(keys: NDArray[np.uint64], times: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """True at the first vote of each key, shape (n,): the earliest by `times`, else by position; always at key 0."""
    order = np.arange(len(keys)) if times is None else np.argsort(times, kind="stable")
    first = keys == 0
    first[order[np.unique(keys[order], return_index=True)[1]]] = True
    return np.asarray(first)


def first_votes(votes: Votes) -> NDArray[np.bool_]:
    """True for votes whose prompt nobody asked before, shape (votes,), in the order of the vote table.

    Earlier means an earlier `time`; where the release has no times, an earlier place in the table. Votes without a time
    among votes with one come last. The table is read in batches, so texts never fill the memory.

    Raises:
        InputError: the votes have no prompts.
    """
    votes.need("finding repeats", "prompt")
    timed = "time" in votes.available
    keys, times = [], []
    with pq.ParquetFile(votes.path) as file:
        for batch in file.iter_batches(columns=["prompt", "time"]):
            keys.append(prompt_keys(batch.column("prompt")))
            stamps = batch.column("time").cast(pa.timestamp("us", tz="UTC")).cast(pa.int64())
            times.append(stamps.fill_null(np.iinfo(np.int64).max).to_numpy(zero_copy_only=False))
    return first_of_each(np.concatenate(keys), np.concatenate(times) if timed else None)
