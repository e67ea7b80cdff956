"""Prompts: what makes two of them the same, and which vote was the first with a prompt."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import xxhash

from analysis.votes.signs import folded, patterns
from analysis.votes.times import read_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Keys = NDArray[np.uint64]

#: Prompts from which the compiled way to their keys pays: it takes a second to load.
_MANY = 50_000

#: Prompts of a batch that is read, and how many batches wait for their keys at most.
_BATCH, _WAITING = 65_536, 3


def normalise(prompt: str) -> str:
    """The prompt without differences that nobody meant; two prompts are exact repeats if what is left of them is equal.

    * Unicode form (NFKC), case, and runs of white space; spaces between letters of a script that is written without them.
    * Quotation marks, but between two letters or digits (don't), where curly and straight ones are the same.
    * Marks of sentences (. , ; : ! ? and those of other scripts) at the end of a word; ¿ and ¡ anywhere. One that something
      follows directly stays (3.14, 10:30, !x, a[1:]), unless that is a letter of a script that is written without spaces.

    All other signs carry meaning and stay: C# is not C, nor 5 % 5, nor -5 5. A prompt of such marks alone keeps them. What is
    left is the same when it is normalised again.
    """
    text = " ".join(folded(prompt).split())
    if text.isalnum() and text.isascii():
        return text
    quotes, marks, spaces = patterns()
    bare = " ".join(marks.sub("", quotes.sub("", text)).split())
    return (spaces.sub("", bare) if not bare.isascii() else bare) or text


def prompt_key(prompt: str | None) -> int:
    """The key of one prompt: XXH64 of what `normalise` leaves of it, in UTF-8; 0 if that is nothing."""
    text = normalise(prompt) if prompt else ""
    return xxhash.xxh64_intdigest(text.encode("utf-8", "surrogatepass")) if text else 0


def prompt_keys(prompts: pa.Array) -> Keys:
    """64-bit keys of an Arrow array of prompts, shape (n,): equal for prompts that are equal once normalised.

    A null or blank prompt has key 0: it is not a repeat of anything. Two different prompts share a key by accident with
    a chance of about 10⁻⁷ among two million prompts.
    """
    if len(prompts) < _MANY:
        return _few_keys(prompts)
    return _many_keys(prompts.slice(start, _BATCH) for start in range(0, len(prompts), _BATCH))


def read_prompt_keys(votes: Votes) -> Keys:
    """The key of each vote's prompt, shape (votes,), in the order of the vote table; read in batches, so texts never fill the
    memory."""
    with pq.ParquetFile(votes.path) as file:
        batches = (batch.column("prompt") for batch in file.iter_batches(_BATCH, columns=["prompt"], use_threads=False))
        if file.metadata.num_rows < _MANY:
            return np.concatenate([np.empty(0, np.uint64), *map(_few_keys, batches)])
        return _many_keys(batches)


def _few_keys(prompts: pa.Array) -> Keys:
    return np.fromiter(map(prompt_key, prompts.to_pylist()), dtype=np.uint64, count=len(prompts))


def _many_keys(batches: Iterable[pa.Array]) -> Keys:
    """The same by compiled code, on two cores, while the next batch is read."""
    with ThreadPoolExecutor(2) as pool:
        return np.concatenate(list(_in_turn(pool, batches)))


def _in_turn(pool: ThreadPoolExecutor, batches: Iterable[pa.Array]) -> Iterator[Keys]:
    """The keys of each batch in order; no more batches are taken than wait for their keys."""
    waiting: deque[Future[Keys]] = deque()
    for batch in batches:
        waiting.append(pool.submit(_compiled_keys, batch))
        if len(waiting) > _WAITING:
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()


def _compiled_keys(prompts: pa.Array) -> Keys:
    """Keys by `analysis.votes.quick_keys`, and by the definition where that leaves a prompt to it."""
    from analysis.votes.quick_keys import quick_keys

    keys, left = quick_keys(prompts)
    keys[left] = _few_keys(prompts.take(pa.array(left)))
    return keys


def normalised(prompts: pa.Array) -> pa.Array:
    """What `normalise` leaves of each prompt of an Arrow array, shape (n,), as large strings; empty for a null."""
    if len(prompts) < _MANY:
        return pa.array([normalise(prompt or "") for prompt in prompts.to_pylist()], pa.large_string())
    with ThreadPoolExecutor(2) as pool:
        parts = (prompts.slice(start, _BATCH) for start in range(0, len(prompts), _BATCH))
        return pa.concat_arrays(pool.map(_compiled_texts, parts))


def _compiled_texts(prompts: pa.Array) -> pa.Array:
    """The same by `analysis.votes.quick_keys`."""
    from analysis.votes.quick_keys import quick_texts

    texts, left = quick_texts(prompts)
    if not len(left):
        return texts
    hard = np.zeros(len(texts), np.bool_)
    hard[left] = True
    found = [normalise(prompt) for prompt in prompts.take(pa.array(left)).to_pylist()]
    return pc.replace_with_mask(texts, pa.array(hard), pa.array(found, pa.large_string()))


def first_of_each(keys: Keys, times: NDArray[np.int64] | None = None) -> NDArray[np.bool_]:
    """True at the first vote of each key, shape (n,): the earliest by `times`, else by position; always at key 0."""
    order = np.arange(len(keys)) if times is None else np.argsort(times, kind="stable")
    first = keys == 0
    first[order[~pd.Series(keys[order]).duplicated()]] = True
    return np.asarray(first)


def different(keys: Keys, asked: NDArray[np.int64] | None = None) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The P different prompts among n keys, numbered in the order in which they come.

    Args:
        asked: places of the keys that count, in the order in which they come; all but those of 0 by default.

    Returns:
        The number of each key's prompt, shape (n,), −1 where it does not count; and the place of the first with each, shape (P,).
    """
    asked = np.flatnonzero(keys) if asked is None else asked
    prompt = np.full(len(keys), -1, dtype=np.int64)
    prompt[asked] = pd.factorize(keys[asked])[0]
    return prompt, asked[~pd.Series(keys[asked]).duplicated()]


def first_votes(votes: Votes) -> NDArray[np.bool_]:
    """True for votes whose prompt nobody asked before, shape (votes,), in the order of the vote table.

    Earlier means an earlier `time`; where the release has no times, an earlier place in the table. Votes without a time
    among votes with one come last. The table is read in batches, so texts never fill the memory.

    Raises:
        InputError: the votes have no prompts.
    """
    votes.need("finding repeats", "prompt")
    keys = read_prompt_keys(votes)
    if "time" not in votes.available:
        return first_of_each(keys)
    return first_of_each(keys, read_times(votes))
