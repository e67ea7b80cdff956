"""What happens to releases on their way: small files of every shape and format, damaged, as Hypothesis strategies.

Cells are damaged before the file is written (wrong types, numbers and times beyond all bounds, codes that a terminal
obeys), bytes after it (cut, swapped, duplicated, encoded otherwise), of a gzipped file inside or outside.
"""

import copy
import gzip
import io
import json
import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st

Row = dict[str, Any]
Place = tuple[str | int, ...]

KINDS = ("csv", "json", "jsonl", "parquet", "csv.gz", "json.gz", "jsonl.gz", "parquet.gz")
#: Names of files begin with this word, which is in no message of ours; what follows is right, wrong or a terminal's code.
STEM = "weir"
NAMES = tuple(STEM + rest for rest in (".dat", ".csv", ".json", ".parquet", ".gz", "\x1b[2J.dat"))
ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-8-sig")

#: What Python cannot write stands as a mark until the file is written: a number of 5,000 digits, and 100,000 brackets.
MARKS = {b"<digits>": b"7" * 5_000, b"<nested>": b"[" * 100_000 + b"]" * 100_000}

#: What a cell may hold in place of what belongs there.
WRONG: tuple[Any, ...] = (
    *(None, "", " ", "nan", "NaT", "NULL", "\\N", "text", "\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x9b2J", "\r", "\x00"),
    *("a\nb", "\u202emirror", "\ud83d", '"', "[", "{'a': ", "[None]", "['a' 'b']", "x" * 3_000, "<digits>", "<nested>"),
    *(True, 0, 1, -1, -7, 9, 200, 0.5, 2**31, 2**63, 2**64, 10**30, 10**400, -(10**30), 1e300, math.nan, math.inf, -math.inf),
    *("2024-02-30", "0000-00-00 00:00:00", "99999-01-01", "2024-06-01 12:00:00 UTC", 253402300800, 1e18),
    *([], {}, [None], [[]], [1, "a", None], {"a": 1}, {"role": "user"}, [{"role": "user", "content": 1}], [{"content": "x"}]),
)
#: What may stand in a JSON file in place of a row.
NO_ROWS: tuple[Any, ...] = (None, 1, "text", [], {}, [1, 2], "\x1b[2J")
#: What a column may be called.
HEADS = ("", "\x1b[31mwinner\x1b[0m", "winner ", "x" * 500, "a\nb", "\x00")
#: What is damaged before the file is written, cells most often; and how bytes are damaged, and what is put into them.
WHAT = (*("cell",) * 6, "codes", "column", "head", "lack", "row")
HOW = ("cut the end", "cut the start", "cut the middle", "duplicate", "swap", "put", "insert")
PUT = (b"\0", b"\xff", b"\x1b[31m", b'"', b"\n", b",", b"\r", b"{", b"]", b"\xef\xbb\xbf", b"\xed\xa0\xbd", b"9", b"-", b"\\")


@dataclass(frozen=True)
class Bytes:
    """Damage to bytes: how it is done, between which two parts in ten thousand of the length, and what is put there."""

    how: str
    first: int
    last: int
    put: bytes

    def __call__(self, data: bytes) -> bytes:
        start, end = sorted(place * len(data) // 10_000 for place in (self.first, self.last))
        match self.how:
            case "cut the end":
                return data[:start]
            case "cut the start":
                return data[end:]
            case "cut the middle":
                return data[:start] + data[end:]
            case "duplicate":
                return data[:end] + data[start:]
            case "swap":
                one, other = data[start : start + 1], data[end : end + 1]
                return data[:start] + other + data[start + 1 : end] + one + data[end + 1 :]
            case "put":
                return data[:start] + self.put + data[start + len(self.put) :]
        return data[:start] + self.put + data[start:]


@dataclass(frozen=True)
class DamagedFile:
    """A file of a release, and what was done to it.

    Attributes:
        rows: as they are written, with the damage that `cells` tells.
        inner, outer: damage to the bytes, before and after they are gzipped.
        encoding: of a text file in place of UTF-8; characters it lacks become question marks.
    """

    release: str
    kind: str
    name: str
    rows: Sequence[Any] = field(repr=False)
    cells: tuple[str, ...] = ()
    encoding: str | None = None
    inner: tuple[Bytes, ...] = ()
    outer: tuple[Bytes, ...] = ()

    @property
    def whole(self) -> bool:
        """Whether the file holds all of `rows` and nothing else: only cells were damaged."""
        return not (self.inner or self.outer or self.encoding)

    def write(self, save: Callable[..., Path]) -> Path:
        """Write it with the fixture `save`."""
        kind = self.kind.removesuffix(".gz")
        path = save(_storable(self.rows, kind), kind, self.name)
        data = path.read_bytes()
        if kind != "parquet":
            for mark, text in MARKS.items():
                data = data.replace(b'"' + mark + b'"', text).replace(mark, text)
            if self.encoding:
                data = data.decode().encode(self.encoding, errors="replace")
        for damage in self.inner:
            data = damage(data)
        if self.kind != kind:
            data = gzip.compress(data, mtime=0)
        for damage in self.outer:
            data = damage(data)
        path.write_bytes(data)
        return path


@st.composite
def damaged_files(draw: st.DrawFn, shapes: Mapping[str, Sequence[Row]]) -> DamagedFile:
    """A file of one of the shapes, by name, in any format, with its cells or its bytes damaged, or both.

    The choices are those of a random generator that Hypothesis seeds, not its own: it prefers variations of what it had,
    and a few hundred files would leave much of the list above untried.
    """
    pick = draw(st.randoms(use_true_random=True))
    release, kind, name = (pick.choice(choices) for choices in (sorted(shapes), KINDS, NAMES))
    chosen = [*shapes[release], *pick.choices(shapes[release], k=pick.randint(0, 3))]
    rows: list[Any] = [copy.deepcopy(row) for row in chosen]
    what = pick.choice(["cells", "cells", "cells", "both", "inner", "inner", "outer", "encoding"])
    if what == "encoding" and not kind.startswith("parquet"):
        return DamagedFile(release, kind, name, rows, encoding=pick.choice(ENCODINGS))
    if what == "outer" and kind.endswith(".gz"):
        return DamagedFile(release, kind, name, rows, outer=_bytes(pick))
    if what == "inner":
        return DamagedFile(release, kind, name, rows, inner=_bytes(pick))
    cells = tuple(_damage_cells(pick, rows, kind) for _ in range(pick.randint(1, 4)))
    return DamagedFile(release, kind, name, rows, cells, inner=_bytes(pick) if what == "both" else ())


def _bytes(pick: Random) -> tuple[Bytes, ...]:
    def one() -> Bytes:
        return Bytes(pick.choice(HOW), pick.randint(0, 10_000), pick.randint(0, 10_000), pick.choice(PUT))

    return tuple(one() for _ in range(pick.randint(1, 2)))


def _damage_cells(pick: Random, rows: list[Any], kind: str) -> str:
    """Damage one cell, row or column in place, and say what was done."""
    number = pick.randrange(len(rows))
    row = rows[number]
    if not isinstance(row, dict) or not row:
        return "nothing"
    name, value = pick.choice(list(row)), pick.choice(WRONG)
    match pick.choice(WHAT):
        case "column":
            rows[:] = [{**other, name: value} if isinstance(other, dict) else other for other in rows]
            return f"column {name} is {value!r:.40}"
        case "head":
            head = pick.choice(HEADS)
            rows[:] = [_renamed(other, name, head) if isinstance(other, dict) else other for other in rows]
            return f"column {name} is called {head!r:.40}"
        case "codes":
            rows[:] = [_with_codes(other) if isinstance(other, dict) else other for other in rows]
            if isinstance(row.get("conv_metadata"), dict):
                rows[number]["conv_metadata"] = {**row["conv_metadata"], "sum_user_tokens": pick.choice([9, -7])}
            return f"codes before the texts of all rows; tokens of row {number} may be -7"
        case "lack":
            del row[name]
            return f"row {number} lacks {name}"
        case "row" if kind.startswith("json"):
            rows[number] = pick.choice(NO_ROWS)
            return f"row {number} is {rows[number]!r}"
    *way, last = pick.choice(list(_places(row)))
    inside: Any = row
    for step in way:
        inside = inside[step]
    inside[last] = copy.deepcopy(value)
    return f"row {number}, {'.'.join(map(str, [*way, last]))} is {value!r:.40}"


def _with_codes(row: Row) -> Row:
    """A code that clears a terminal before each text but the outcome's label, which would hide all else."""
    return {name: f"\x1b[2J{value}" if isinstance(value, str) and name != "winner" else value for name, value in row.items()}


def _renamed(row: Row, old: str, new: str) -> Row:
    return {new if name == old else name: value for name, value in row.items()}


def _places(value: Any) -> Iterator[Place]:
    """The ways to all values inside a value: a cell, or what is nested in one."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, inside in items:
        yield (step,)
        for way in _places(inside):
            yield (step, *way)


def _storable(rows: Sequence[Any], kind: str) -> list[Any]:
    """The rows as the format can hold them: only JSON has halves of characters, and a Parquet column has one type."""
    if kind in ("json", "jsonl"):
        return list(rows)
    whole = [_without_halves(row) for row in rows]
    if kind == "csv":
        return whole
    names = list(dict.fromkeys(name for row in whole for name in row))
    columns = {name: _one_type([row.get(name) for row in whole]) for name in names}
    return [{name: columns[name][number] for name in names} for number in range(len(whole))]


def _without_halves(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode(errors="replace").decode()
    if isinstance(value, dict):
        return {name: _without_halves(inside) for name, inside in value.items()}
    return [_without_halves(inside) for inside in value] if isinstance(value, list) else value


def _one_type(values: list[Any]) -> list[Any]:
    """The values, or text of them where Arrow finds no type for all, or none that Parquet has."""
    try:
        pq.write_table(pa.table({"column": values}), io.BytesIO())
    except (pa.ArrowException, OverflowError):
        return [value if value is None or isinstance(value, str) else json.dumps(value) for value in values]
    return values
