"""One file read at both speeds: in columns as far as it allows, and row by row; and how a file of rows can be written."""

import csv
import io
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputError
from analysis.sources import csv_batches, drafts, formats, json_batches
from analysis.sources.batches import NotColumnar
from analysis.sources.columns import Nested
from analysis.sources.conversion import Conversion
from analysis.sources.load import load_votes
from analysis.votes.ledger import Ledger

Row = dict[str, Any]


@dataclass(frozen=True)
class Found:
    """What became of a file: its votes, their ledger and fingerprint, or the error; which way its batches were read."""

    table: pa.Table | None
    ledger: Ledger | None
    fingerprint: str
    error: str = ""
    together: int = field(default=0, compare=False)
    apart: int = field(default=0, compare=False)


def read(path: Path, out: Path, conversion: Conversion | None = None, rowwise: bool = False) -> Found:
    """Convert a file to `out`."""
    with pytest.MonkeyPatch.context() as patch:
        if rowwise:
            patch.setattr(formats.Rows, "_columnar", _raising(NotColumnar()))
            patch.setattr(drafts, "_together", _raising(Nested("")))
        count = [0, 0]
        patch.setattr(drafts, "_together", _counting(drafts._together, count, 0, lambda table, *_: len(table)))
        patch.setattr(drafts, "_one_by_one", _counting(drafts._one_by_one, count, 1, lambda rows, *_: len(rows)))
        try:
            votes = load_votes(path, conversion=conversion, out=out)
        except InputError as error:
            return Found(None, None, "", str(error), *count)
        return Found(pq.read_table(votes.path), votes.ledger, votes.fingerprint, "", *count)


def _raising(error: Exception) -> Callable[..., Any]:
    def fail(*_: object) -> Any:
        raise error

    return fail


def _counting(read: Callable[..., Any], count: list[int], place: int, size: Callable[..., int]) -> Callable[..., Any]:
    def counting(*given: Any, **more: Any) -> Any:
        found = read(*given, **more)
        count[place] += size(*given)
        return found

    return counting


@contextmanager
def small_pieces(piece: int, learned: int = 5, block: int | None = None) -> Iterator[None]:
    """Pieces and blocks of so few bytes that small files are cut, halved and learned anew."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_batches, "PIECE", piece)
        patch.setattr(json_batches, "SMALLEST", max(piece // 4, 1))
        patch.setattr(json_batches, "BATCH_BYTES", 4 * piece)
        patch.setattr(json_batches, "LEARNED_FIRST", learned)
        patch.setattr(json_batches, "LEARNED_MORE", 2)
        patch.setattr(csv_batches, "BLOCK", block or 4 * piece)
        yield


def difference(one: Found, other: Found) -> str:
    """Where two findings differ, in words; empty where they do not."""
    if one.error != other.error:
        return f"errors: {one.error!r} and {other.error!r}"
    if one.table is None or other.table is None or one.ledger is None or other.ledger is None:
        return ""
    for name in Ledger.__dataclass_fields__:
        if getattr(one.ledger, name) != getattr(other.ledger, name):
            return f"ledger.{name}: {getattr(one.ledger, name)} and {getattr(other.ledger, name)}"
    for name in one.table.column_names:
        if not one.table[name].equals(other.table[name]):
            pairs = zip(one.table[name].to_pylist(), other.table[name].to_pylist(), strict=True)
            row, (left, right) = next((row, pair) for row, pair in enumerate(pairs) if pair[0] != pair[1])
            return f"vote {row}, {name}: {left!r:.200} and {right!r:.200}"
    return "" if one.fingerprint == other.fingerprint else "fingerprints"


def same_both_ways(path: Path, conversion: Conversion | None = None) -> Found:
    """Assert that a file gives one table, ledger and fingerprint whichever way it is read; give what was found in columns."""
    fast = read(path, path.parent / "out" / "fast.parquet", conversion)
    slow = read(path, path.parent / "out" / "slow.parquet", conversion, rowwise=True)
    differs = difference(fast, slow)
    assert not differs, differs
    return fast


@dataclass(frozen=True)
class Json:
    """How JSON is written."""

    lines: bool = False
    indent: int | None = None
    separators: tuple[str, str] = (", ", ": ")
    ascii: bool = True
    newline: str = "\n"
    blank_lines: bool = False
    last_newline: bool = True

    def write(self, rows: Sequence[Any]) -> bytes:
        """The bytes of a file; half of a character, where not escaped, stands as three bytes of its own."""
        spelled = [
            json.dumps(row, indent=None if self.lines else self.indent, separators=self.separators, ensure_ascii=self.ascii)
            for row in rows
        ]
        if self.lines:
            gap = self.newline * (2 if self.blank_lines else 1)
            text = gap.join(spelled) + (self.newline if self.last_newline else "")
        elif self.indent is None:
            text = "[" + self.separators[0].join(spelled) + "]" + (self.newline if self.last_newline else "")
        else:
            text = json.dumps(list(rows), indent=self.indent, separators=self.separators, ensure_ascii=self.ascii)
        return text.encode("utf-8", "surrogatepass")


@dataclass(frozen=True)
class Csv:
    """How a CSV is written."""

    delimiter: str = ","
    quoting: int = csv.QUOTE_MINIMAL
    newline: str = "\n"
    null: str = ""
    nested: Callable[[Any], str] = str
    mark: bool = False

    def write(self, rows: Sequence[Row]) -> bytes:
        names = list(dict.fromkeys(name for row in rows for name in row))
        stream = io.StringIO(newline="")
        writer = csv.writer(stream, delimiter=self.delimiter, quoting=self.quoting, lineterminator=self.newline)
        writer.writerow(names)
        writer.writerows([self._cell(row.get(name)) for name in names] for row in rows)
        return (b"\xef\xbb\xbf" if self.mark else b"") + stream.getvalue().encode("utf-8", "surrogatepass")

    def _cell(self, value: Any) -> Any:
        if value is None:
            return self.null
        return self.nested(value) if isinstance(value, list | dict) else value
