"""Which votes are copies of one another, and which ids are ids of votes.

A column is an id of votes only if it never stands beside two different rows of one file; where it does, it is the id of
a prompt or a pair, and nothing is dropped for it. Equal rows are copies of one vote only where a row holds what two votes
cannot share by chance: a vote's id, the answers' texts, or a judge with a time. In a table of models and winners alone,
equal rows are votes. Rows that differ in nothing but their ids are copies only if their answers are long: two people can
get the same short one. Ids are those of their file: the same id in another file is the same vote only if the rows agree.

All is decided on hashes of 64 bits, 26 bytes a vote, once every row has been seen.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources import columns, text_features

#: Bits of `Keys.flags`.
HAS_ID, HAS_ANSWERS, LONG_ANSWERS, HAS_JUDGE_AND_TIME, MULTI_TURN, DISAGREES, PARTIAL = (1 << place for place in range(7))

#: Bytes of both answers that no two votes share by chance.
LONG = 200


@dataclass(frozen=True)
class Keys:
    """What is remembered of each vote; all arrays have one element a vote.

    Attributes:
        ids: hash of the vote's id, or of the one it was given.
        contents: hash of all else that its row says.
        flags: what the row has, by the bits above.
        days: hash of judge and day, 0 where one is missing; empty where no rule asks.
    """

    ids: np.ndarray
    contents: np.ndarray
    flags: np.ndarray
    days: np.ndarray


def keys(drafts: pa.Table, given: pa.Array, judge_days: bool) -> Keys:
    """The keys of drafts that are votes; `given` says which ids are the release's own."""
    contents = [name for name in drafts.column_names if name not in ("vote_id", "release", "unreadable", "event")]
    answered = [text_features.holds_text(columns.plain(drafts[name])).fill_null(False) for name in ("answers_a", "answers_b")]
    turns, asked = drafts["turns"], pc.list_value_length(drafts["asked"])
    known = pc.and_(drafts["judge"].is_valid(), drafts["time"].is_valid())
    bits = {
        HAS_ID: given,
        HAS_ANSWERS: pc.or_(*answered),
        LONG_ANSWERS: pa.array(_length(drafts["answers_a"]) + _length(drafts["answers_b"]) >= LONG),
        HAS_JUDGE_AND_TIME: known,
        MULTI_TURN: pc.greater_equal(turns, 2),
        DISAGREES: pc.and_(drafts["whole"], pc.not_equal(turns, asked)),
        PARTIAL: pc.invert(drafts["whole"]),
    }
    flags = np.zeros(len(drafts), dtype=np.uint8)
    for bit, values in bits.items():
        flags |= columns.plain(values).fill_null(False).to_numpy(zero_copy_only=False).astype(np.uint8) * np.uint8(bit)
    wanted = [["vote_id"], [f'"{name}"' for name in contents]]
    ids, content, *days = hashes(drafts, *wanted, *([["judge", "date_trunc('day', time)"]] if judge_days else []))
    if judge_days:
        days[0][~columns.plain(known).to_numpy(zero_copy_only=False)] = 0
    return Keys(ids, content, flags, days[0] if judge_days else np.zeros(0, np.uint64))


def _length(lists: pa.ChunkedArray) -> np.ndarray:
    """Bytes in the texts of each row."""
    array = columns.plain(lists)
    sizes = pc.binary_length(columns.plain(array.flatten()).cast(pa.string())).to_numpy(zero_copy_only=False)
    return np.diff(np.concatenate([[0], np.cumsum(sizes)])[columns.starts(array)])


@functools.cache
def _database() -> duckdb.DuckDBPyConnection:
    """An engine for hashes, whose cursors serve any thread: to open one takes longer than to hash a small file."""
    connection = duckdb.connect()
    connection.execute("SET threads = 1; SET TimeZone = 'UTC'")
    return connection


def hashes(drafts: pa.Table, *groups: list[str]) -> list[np.ndarray]:
    """Hashes of 64 bits for each row, one for each group of SQL expressions; they mean something within one process only."""
    shown = ", ".join(f"hash({', '.join(group)}) AS h{place}" for place, group in enumerate(groups))
    found = _database().cursor().from_arrow(drafts).project(shown).to_arrow_table()
    return [columns.plain(column).to_numpy(zero_copy_only=False).astype(np.uint64) for column in found.columns]


@dataclass(frozen=True)
class Resolution:
    """What the keys of all votes say.

    Attributes:
        copies: which votes are copies of an earlier one, shape (votes,).
        without_id: files whose ids are not ids of votes: their votes get ids of their own.
        shared: whether an id stands for different votes in different files, so that ids need their file's name.
    """

    copies: np.ndarray
    without_id: tuple[int, ...]
    shared: bool


def resolve(found: Keys, files: np.ndarray) -> Resolution:
    """Decide on copies and ids; `files` is the number of each vote's file, shape (votes,)."""
    has_id = (found.flags & HAS_ID) > 0
    without = _files_without_ids(found, files, has_id)
    valid = has_id & ~np.isin(files, without)
    identity = _mixed(found.ids, found.contents)
    # Beside an id of something else, rows are equal only if that is equal too.
    row = np.where(has_id & ~valid, identity, found.contents)
    unshared = np.where(valid, found.flags & LONG_ANSWERS, found.flags & (HAS_ANSWERS | HAS_JUDGE_AND_TIME)) > 0
    # Files that number their votes alike agree on some by chance: one that they do not agree on tells.
    if len(_beside_another(found, valid, np.zeros_like(files))):
        identity = _mixed(identity, files.astype(np.uint64))
    copies = _repeats(row, unshared) | _repeats(identity, valid)
    kept = found.ids[~copies & ~np.isin(files, without)]
    return Resolution(copies, tuple(int(file) for file in without), shared=not all_differ(kept))


def all_differ(hashes: np.ndarray) -> bool:
    """Whether no two of the hashes are equal."""
    ordered = np.sort(hashes)
    return not bool((ordered[1:] == ordered[:-1]).any())


def over_limit(days: np.ndarray, kept: np.ndarray, limit: int) -> np.ndarray:
    """Which of the `kept` votes come after the first `limit` of their judge on their day, shape (votes,)."""
    places = np.flatnonzero(kept & (days != 0))
    order = places[np.argsort(days[places], kind="stable")]
    begins = np.flatnonzero(np.diff(days[order], prepend=np.uint64(0)) != 0)
    lengths = np.diff(begins, append=len(order))
    within = np.arange(len(order)) - np.repeat(begins, lengths)
    over = np.zeros(len(days), dtype=bool)
    over[order[within >= limit]] = True
    return over


def _files_without_ids(found: Keys, files: np.ndarray, has_id: np.ndarray) -> np.ndarray:
    """The files in which an id stands beside two different rows."""
    return np.unique(files[_beside_another(found, has_id, files)])


def _beside_another(found: Keys, where: np.ndarray, files: np.ndarray) -> np.ndarray:
    """The places under `where` whose id stands beside another row there too, of the same of `files`."""
    places = np.flatnonzero(where)
    order = places[np.lexsort((found.ids[places], files[places]))]
    # Equal ids stand together now: if not all their rows are equal, two neighbours differ.
    same = (found.ids[order][1:] == found.ids[order][:-1]) & (files[order][1:] == files[order][:-1])
    return order[1:][same & (found.contents[order][1:] != found.contents[order][:-1])]


def _repeats(values: np.ndarray, where: np.ndarray) -> np.ndarray:
    """Which of the values under `where` were there before."""
    places = np.flatnonzero(where)
    repeated = np.zeros(len(values), dtype=bool)
    repeated[places] = True
    repeated[places[np.unique(values[places], return_index=True)[1]]] = False
    return repeated


def _mixed(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """One hash of two."""
    mixed: np.ndarray = one * np.uint64(0x9E3779B97F4A7C15) ^ (other + (one << np.uint64(6)) + (one >> np.uint64(2)))
    return mixed
