"""JSON in columns: pieces of a file parsed by Arrow, each proved whole before its rows count.

A piece of an array is cut where one record seems to end and the next to begin. Wrapped in brackets it only parses if it
begins and ends between records, so a cut in the wrong place is noticed, never believed: if every piece before it was
whole, the next one begins at the top level too. Types are learned from records that the standard library parsed; a
piece with other fields or types is cut smaller, and the smallest pieces are read row by row.
"""

from __future__ import annotations

import json
import os
import re
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import chain, repeat
from typing import IO, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as arrow_json

from analysis.sources.batches import BATCH_BYTES, Batch, NotColumnar, weight

#: Bytes parsed at a time, and the size down to which a piece that does not parse is halved.
PIECE, SMALLEST = 1 << 20, 1 << 15

#: A record that is longer is read with those that follow it row by row.
LARGEST_PIECE = 1 << 24

#: Pieces parsed at once, and waiting behind them.
PARSERS = min(2, os.cpu_count() or 1)
AHEAD = PARSERS + 4

#: Records that types are learned from: of the head of a file, of each piece that did not fit, and in all; what they may weigh
#: in all, and the fields that they may have.
LEARNED_FIRST, LEARNED_MORE, LEARNED_MOST = 200, 50, 5_000
LEARNED_BYTES, MOST_FIELDS = 1 << 26, 5_000

#: Arrow's parser recurses: with this many brackets in a piece their depth is looked at, and above DEEPEST it is not asked.
BRACKETS, DEEPEST = 20_000, 500

#: Whole numbers below this are what they are as fractions, too.
_EXACT = 2.0**53

_FIRST_KEY = re.compile(rb'\s*\{\s*"[^"\\]*"\s*:')
_BLANK = b" \t\r\n"


def json_batches(stream: IO[bytes], head: list[Any]) -> Iterator[Batch]:
    """The records of an array or of JSON Lines in columns; `head` are its first records, already parsed.

    Raises:
        NotColumnar: from here on the file is neither, or is damaged; rows that were yielded are whole.
    """
    if len(head) < 2 or not all(isinstance(record, dict) for record in head):
        raise NotColumnar
    begun = stream.read(PIECE)
    start = begun.removeprefix(b"\xef\xbb\xbf").lstrip(_BLANK)
    if repr(_first(start)) != repr(head[0]):
        raise NotColumnar  # one object that stands for a whole table, or a record over several lines
    learned = _Learned(head)
    pieces = _array_pieces(stream, start[1:]) if start.startswith(b"[") else _line_pieces(stream, start)
    first, parts = 0, _Parts()
    for piece, separator, table in _tried(pieces, learned, several=len(begun) == PIECE):
        for part in _parsed(piece, separator, learned) if table is None else (table,):
            if isinstance(part, pa.Table):
                parts.add(part)
            else:
                yield from (batch := parts.batch(first))
                first += sum(map(len, batch))
                yield Batch(first, rows=part)
                first += len(part)
        if parts.bytes >= BATCH_BYTES:
            yield from (batch := parts.batch(first))
            first += sum(map(len, batch))
    yield from parts.batch(first)


def _first(start: bytes) -> Any:
    """The first element of an array, or the first line, as the standard library reads it."""
    try:
        if start.startswith(b"["):
            return json.JSONDecoder().raw_decode(start[1:].decode("utf-8", "replace").lstrip())[0]
        return json.loads(start.split(b"\n", 1)[0].decode("utf-8", "replace"))
    except (ValueError, RecursionError) as error:
        raise NotColumnar from error


class _Parts:
    """Tables that wait to be one batch."""

    def __init__(self) -> None:
        self._tables: list[pa.Table] = []
        self.bytes = 0

    def add(self, table: pa.Table) -> None:
        self._tables.append(table)
        self.bytes += table.nbytes

    def batch(self, first: int) -> list[Batch]:
        """The batches of what waits: one for each run of tables of the same types."""
        batches: list[Batch] = []
        runs: list[list[pa.Table]] = []
        for table in self._tables:
            if not runs or runs[-1][0].schema != table.schema:
                runs.append([])
            runs[-1].append(table)
        for run in runs:
            whole = pa.concat_tables(run)
            if len(whole):
                batches.append(Batch(first + sum(map(len, batches)), whole))
        self._tables, self.bytes = [], 0
        return batches


class _Learned:
    """The types of a file's fields, as far as its records have shown them."""

    def __init__(self, records: list[Any]) -> None:
        self._records: list[Any] = []
        self._bytes = 0
        self.type: pa.DataType = pa.null()
        self.learn(records[:LEARNED_FIRST])

    def learn(self, records: list[Any]) -> None:
        """Widen the types by more records; those that no Arrow type holds end the reading in columns."""
        records = [record for record in records if isinstance(record, dict)]
        self._bytes += sum(map(weight, records))
        if len(self._records) < LEARNED_MOST and self._bytes < LEARNED_BYTES:
            self._records += [{name: _known(value) for name, value in record.items()} for record in records]
            try:
                found = pa.infer_type(self._records)
                self.type = found if _fields(found) <= MOST_FIELDS else pa.null()
            except (pa.ArrowException, OverflowError, UnicodeError, ValueError, TypeError):
                return  # a mixture that no Arrow type holds: pieces with it are read row by row

    @property
    def options(self) -> arrow_json.ParseOptions:
        return arrow_json.ParseOptions(
            explicit_schema=pa.schema([("r", pa.list_(self.type))]), newlines_in_values=True, unexpected_field_behavior="error"
        )

    @property
    def line_options(self) -> arrow_json.ParseOptions:
        return arrow_json.ParseOptions(
            explicit_schema=pa.schema(list(self.type)), newlines_in_values=False, unexpected_field_behavior="error"
        )


def _known(value: Any) -> Any:
    """The value, None for a NaN: it stands for a missing one of any type, which Arrow would take for a number."""
    return None if isinstance(value, float) and value != value else value


def _fields(kind: pa.DataType) -> int:
    """How many types there are within a type."""
    return 1 + sum(_fields(kind.field(place).type) for place in range(kind.num_fields))


def _array_pieces(stream: IO[bytes], text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Pieces of the text after the opening bracket, each some whole records if the cuts are right, and how they part."""
    separator = _separator(text)
    while True:
        more = stream.read(max(PIECE, len(text)))
        if not more:
            break
        text += more
        cut = text.rfind(separator)
        if cut < 0:
            if len(text) > LARGEST_PIECE:
                raise NotColumnar
            continue
        yield text[: cut + 1], separator
        text = text[cut + separator.index(b"{", 1) :]
    text = text.rstrip(_BLANK)
    if not text.endswith(b"]"):
        raise NotColumnar
    yield text[:-1], separator


def _separator(text: bytes) -> bytes:
    """What stands between the first two records, from the bracket that closes one to the first key of the other."""
    shown = text[:PIECE].decode("utf-8", "replace")
    try:
        begin = len(shown) - len(shown.lstrip())
        _, end = json.JSONDecoder().raw_decode(shown, begin)
    except (ValueError, RecursionError) as error:
        raise NotColumnar from error
    at = len(shown[:end].encode())
    between = re.match(rb"\s*,", text[at:])
    key = between and _FIRST_KEY.match(text, at + between.end())
    if not between or not key or text[at - 1 : at] != b"}":
        raise NotColumnar
    return text[at - 1 : key.end()]


def _line_pieces(stream: IO[bytes], text: bytes) -> Iterator[tuple[bytes, bytes]]:
    while True:
        more = stream.read(max(PIECE, len(text)))
        if not more:
            break
        text += more
        cut = text.rfind(b"\n") + 1
        if not cut:
            if len(text) > LARGEST_PIECE:
                raise NotColumnar
            continue
        yield text[:cut], b"\n"
        text = text[cut:]
    if text.strip(_BLANK):
        yield text, b"\n"


def _tried(
    pieces: Iterator[tuple[bytes, bytes]], learned: _Learned, several: bool
) -> Iterator[tuple[bytes, bytes, pa.Table | None]]:
    """Each piece with its table, None where it does not fit the types learned so far; of several, a few are parsed ahead."""
    if not several:
        yield from ((piece, separator, None) for piece, separator in pieces)
        return
    waiting: deque[tuple[bytes, bytes, Future[pa.Table | None]]] = deque()
    with ThreadPoolExecutor(PARSERS) as parsers:
        for item in chain(pieces, repeat(None, AHEAD)):
            if item is not None:
                waiting.append((*item, parsers.submit(_table_or_none, *item, learned)))
            if waiting and (item is None or len(waiting) >= AHEAD):
                piece, separator, table = waiting.popleft()
                yield piece, separator, table.result()


def _table_or_none(piece: bytes, separator: bytes, learned: _Learned) -> pa.Table | None:
    try:
        return _table(piece, separator, learned)
    except (pa.ArrowException, UnicodeError):
        return None


def _parsed(piece: bytes, separator: bytes, learned: _Learned) -> Iterator[pa.Table | list[Any]]:
    """The records of a piece, as tables as far as the learned types reach, else as lists of rows."""
    table = _table_or_none(piece, separator, learned)
    if table is not None:
        yield table
        return
    middle = piece.find(separator, len(piece) // 2)
    begin = middle + (1 if separator == b"\n" else separator.index(b"{", 1))
    if len(piece) > SMALLEST and middle > 0 and begin < len(piece):
        yield from _parsed(piece[: middle + 1], separator, learned)
        yield from _parsed(piece[begin:], separator, learned)
        return
    rows = _rows(piece, separator)
    learned.learn(rows[:LEARNED_MORE])
    yield rows


def _table(piece: bytes, separator: bytes, learned: _Learned) -> pa.Table:
    if not pa.types.is_struct(learned.type) or _too_deep(piece):
        raise pa.ArrowInvalid("not for this parser")
    piece.decode()  # Arrow's parser does not look at the encoding
    lines = separator == b"\n"
    if lines and not piece.lstrip(_BLANK).startswith(b"{"):
        raise pa.ArrowInvalid("no record")  # Arrow's parser crashes on a first line that is null
    text = piece if lines else b'{"r":[' + piece + b"]}"
    read = arrow_json.ReadOptions(use_threads=False, block_size=len(text) + 64)
    table = arrow_json.read_json(pa.BufferReader(text), read, learned.line_options if lines else learned.options)
    if not lines:
        if len(table) != 1:
            raise pa.ArrowInvalid("more than one list")
        records = table["r"].combine_chunks().flatten()
        if records.null_count:
            raise pa.ArrowInvalid("a record that is null")
        table = pa.Table.from_struct_array(records)
    if _says_nothing(table) or any(_large(table[field.name]) for field in table.schema if _has_fractions(field.type)):
        raise pa.ArrowInvalid("not to be told from another value")
    return table


def _says_nothing(table: pa.Table) -> bool:
    """Whether all of a row is null: it may have been `null` itself."""
    nothing = np.ones(len(table), dtype=bool)
    for column in table.columns:
        if not nothing.any() or not column.null_count:
            return False
        nothing &= column.is_null().to_numpy()
    return bool(nothing.any())


def _large(array: pa.Array | pa.ChunkedArray) -> bool:
    """Whether a number among fractions is so large that an integer would have lost its last digits."""
    kind = array.type
    if pa.types.is_floating(kind):
        extremes = pc.min_max(array).as_py()
        return extremes["min"] is not None and not -_EXACT < extremes["min"] <= extremes["max"] < _EXACT
    if pa.types.is_list(kind):
        return _large(pc.list_flatten(array))
    parts = (pc.struct_field(array, [place]) for place in range(kind.num_fields) if _has_fractions(kind[place].type))
    return any(map(_large, parts))


def _has_fractions(kind: pa.DataType) -> bool:
    if pa.types.is_list(kind):
        return _has_fractions(kind.value_type)
    return pa.types.is_floating(kind) or (pa.types.is_struct(kind) and any(_has_fractions(field.type) for field in kind))


def _rows(piece: bytes, separator: bytes) -> list[Any]:
    if _too_deep(piece, DEEPEST):  # how deep Python itself reads depends on its version
        raise NotColumnar
    try:
        text = piece.decode("utf-8", "surrogatepass")
        if separator == b"\n":
            return [json.loads(line) for line in text.split("\n") if line.strip(" \t\r")]
        rows: list[Any] = json.loads(f"[{text}]")
        return rows
    except (ValueError, RecursionError) as error:
        raise NotColumnar from error


def _too_deep(piece: bytes, brackets: int = BRACKETS) -> bool:
    """Whether brackets may be nested too deeply for a parser that recurses; those within texts do not count.

    A piece with fewer than so many `brackets` is not looked at.
    """
    if piece.count(b"[") + piece.count(b"{") < brackets:
        return False
    letters = np.frombuffer(piece, np.uint8)
    at = np.flatnonzero(_MARKS[letters])
    marks = letters[at]
    quotes = marks == ord('"')
    quotes[quotes] = ~_escaped(letters, at[quotes])
    outside = np.cumsum(quotes, dtype=np.int32) % 2 == 0
    opening = (marks | 0x20) == ord("{")
    steps = np.where(opening, 1, -1)[outside & (marks != ord('"'))]
    return int(np.cumsum(steps).max(initial=0)) > DEEPEST


def _escaped(letters: np.ndarray, quotes: np.ndarray) -> np.ndarray:
    """Which of the quotes at these places follow an odd run of backslashes."""
    escaped = np.zeros(len(quotes), dtype=bool)
    asked = np.arange(len(quotes))
    back = 1
    while len(asked):
        places = quotes[asked] - back
        asked = asked[(places >= 0) & (letters[np.maximum(places, 0)] == ord("\\"))]
        escaped[asked] ^= True
        back += 1
    return escaped


_MARKS = np.zeros(256, dtype=bool)
_MARKS[[ord(letter) for letter in '"[]{}']] = True
