"""Likeness: which of the votes' prompts are the same, nearly the same, or alike in meaning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import UsageError
from analysis.matching import meaning, near
from analysis.results.prose import shortened
from analysis.votes.prompts import different, read_prompt_keys
from analysis.votes.times import read_times

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Integers = NDArray[np.int64]

#: Kinds of likeness, each of which holds what the one before holds.
EXACT, NEAR, MEANING = KINDS = ("exact", "near", "meaning")

#: Characters of a prompt that are compared.
READ = 10_000


#: Likenesses near and in meaning that are kept, for a page asks for one again and again: which prompts are alike, not texts.
_KEPT: dict[tuple[str, int, str, str, float, int | None, int], Likeness] = {}
_MOST_KEPT = 4


@dataclass(frozen=True)
class Likeness:
    """Which of the P different prompts of N votes are alike.

    Prompts are numbered in the order in which they were first asked: by time, where votes have one, else by place in the table.

    Attributes:
        kind: `exact` (equal once normalised), `near` (most of their pieces are the same) or `meaning` (near as vectors).
        threshold: from which likeness on two prompts count as alike; 1 for exact ones.
        prompt: shape (N,), number of each vote's prompt, 0 … P − 1; −1 for a vote without one, or one that was not compared.
        place: shape (P,), place in the vote table of the first vote with each prompt.
        pairs: shape (K, 2), numbers of different prompts that are alike, the smaller first; none for exact.
    """

    kind: str
    threshold: float
    prompt: Integers
    place: Integers
    pairs: Integers

    @cached_property
    def earlier(self) -> Integers:
        """The first prompt that each prompt is like, among those asked before it; its own number where there is none, (P,)."""
        return earliest(self.pairs, len(self.place))

    @cached_property
    def cluster(self) -> Integers:
        """The first prompt of the chain that leads from each prompt to earlier ones, shape (P,).

        What is asked later changes no cluster: two prompts are not tied by a third that came after both.
        """
        return chained(self.earlier)


def earliest(pairs: Integers, size: int) -> Integers:
    """The first of `size` texts that each is like; its own number where it is like none before it, shape (size,)."""
    found = np.arange(size)
    np.minimum.at(found, pairs[:, 1], pairs[:, 0])
    return found


def chained(found: Integers) -> Integers:
    """The first text of the chain that leads from each to earlier ones, by the one before each (`earliest`), same shape."""
    while not np.array_equal(found, found[found]):
        found = found[found]
    return found


def read_likeness(
    votes: Votes, kind: str = EXACT, threshold: float | None = None, *, last: int | None = None, seed: int = 1
) -> Likeness:
    """Which prompts of the votes are alike.

    Args:
        kind: one of KINDS; `near` holds what is exact, and `meaning` what is near.
        threshold: from which likeness on two prompts count as alike, above 0 and up to 1; that of the kind by default.
        last: only the prompts of as many votes, the last ones, are compared; all by default, but for meaning, which compares
            each prompt with each other, as many as `meaning.MOST` allows.

    Raises:
        UsageError: no such kind, a threshold out of its range, or one for exact repeats, or no such seed or last.
        InputError: the votes have no prompts.
    """
    least = threshold_of(kind, threshold)
    near.check_seed(seed)
    if last is not None and last < 1:
        raise UsageError(f"one vote or more is compared; got {last}.")
    votes.need("finding repeats", "prompt")
    last = meaning.MOST if last is None and kind == MEANING else last
    if kind == EXACT:
        return _read(votes, kind, least, last, seed)
    key = (str(votes.path), votes.path.stat().st_mtime_ns, votes.fingerprint, kind, least, last, seed)
    if key not in _KEPT:
        _KEPT[key] = _read(votes, kind, least, last, seed)
        while len(_KEPT) > _MOST_KEPT:
            _KEPT.pop(next(iter(_KEPT)), None)
    return _KEPT[key]


def _read(votes: Votes, kind: str, least: float, last: int | None, seed: int) -> Likeness:
    keys, order = read_prompt_keys(votes), asked_order(votes)
    asked = order[keys[order] != 0]
    asked = asked if last is None else asked[-last:]
    prompt, place = different(keys, asked)
    return Likeness(kind, least, prompt, place, _pairs(votes, place, kind, least, seed))


def threshold_of(kind: str, threshold: float | None) -> float:
    """The threshold of a kind of likeness: the one that is given, or the default.

    Raises:
        UsageError: as `read_likeness`.
    """
    if kind not in KINDS:
        raise UsageError(f"likeness is one of {', '.join(KINDS)}, not {shortened(repr(kind), 60)}.")
    if threshold is None:
        return {EXACT: 1.0, NEAR: near.NEAR, MEANING: meaning.usual_threshold()}[kind]
    if kind == EXACT:
        raise UsageError("exact repeats have no threshold; leave it out, or take near or meaning.")
    near.check_threshold(threshold)
    return threshold


def _pairs(votes: Votes, place: Integers, kind: str, threshold: float, seed: int) -> Integers:
    if kind == EXACT or not len(place):
        return np.empty((0, 2), dtype=np.int64)
    return alike(*read_prompts(votes, place), kind, threshold, seed)


def alike(texts: Sequence[str], languages: Sequence[str] | None, kind: str, threshold: float, seed: int) -> Integers:
    """Places of different texts that are alike, `near` or in `meaning`, shape (K, 2), the smaller first; what is near is alike in
    meaning, too."""
    if kind == NEAR:
        return near.near_pairs(texts, threshold, seed)
    found = [near.near_pairs(texts, seed=seed), meaning.meaning_pairs(texts, languages, threshold)]
    return np.unique(np.concatenate(found), axis=0)


def asked_order(votes: Votes) -> Integers:
    """Places in the vote table in the order in which votes were cast, shape (votes,); those without a time come last."""
    if "time" not in votes.available:
        return np.arange(len(votes))
    return np.argsort(read_times(votes), kind="stable")


def read_prompts(votes: Votes, place: Integers, length: int | None = READ) -> tuple[list[str], list[str]]:
    """The prompts in the given places of the vote table and their languages ('' where not given), in the order of `place`.

    Args:
        length: characters of each prompt, at most; None for whole ones.
    """
    order = np.argsort(place)
    wanted, start = place[order], 0
    texts, languages = [""] * len(place), [""] * len(place)
    with pq.ParquetFile(votes.path) as file:
        for batch in file.iter_batches(columns=["prompt", "language"]):
            here = slice(*np.searchsorted(wanted, [start, start + len(batch)]))
            inside = pa.array(wanted[here] - start)
            found = zip(*(batch.column(name).take(inside).to_pylist() for name in ("prompt", "language")), strict=True)
            for number, (text, language) in zip(order[here].tolist(), found, strict=True):
                texts[number], languages[number] = (text or "")[:length], language or ""
            start += len(batch)
    return texts, languages
