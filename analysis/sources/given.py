"""Votes that lie in memory, or that a query gives: frames and tables become a file that is read as any other."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import places
from analysis.errors import InputError, UsageError, WorkbookError, first_line
from analysis.votes.schema import NAMES
from analysis.votes.selection import columns_beside, schema_beside
from analysis.whole_files import file_beside, whole_file

if TYPE_CHECKING:
    from numpy.typing import NDArray

#: The name of the votes of a frame, for people and for files.
NAME = "frame"

#: Different values that a column of texts has at most which is kept, and rows among which there are no more at first.
MOST_TEXTS, _FIRST = 1_000, 10_000

#: Digits of the number of a row that stands in the id of a vote without one.
_NUMBERED = re.compile(r"-(\d{7,})$")


@dataclass(frozen=True)
class Given:
    """A frame that was given, as a Parquet file for as long as it is read.

    Attributes:
        path: of the file.
        table: what is in it.
    """

    path: Path
    table: pa.Table

    def keep_further(self, votes: Path, *, anew: bool = False) -> None:
        """Write the columns of numbers, marks, times and few texts that the vote table does not have beside the vote table
        `votes`, a row per vote; only where other ones lie there, unless they are to be written anew."""
        found = {name: _kept(self.table[name]) for name in self.table.column_names if name not in NAMES}
        further = {name: column for name, column in found.items() if column is not None}
        if not anew and list(further) == schema_beside(votes).names:
            return
        if not further:
            columns_beside(votes).unlink(missing_ok=True)
            return
        row = _rows_of(pq.read_table(votes, columns=["vote_id"])["vote_id"], self.table)
        taken = pa.array(np.where(row < 0, 0, row), mask=row < 0)
        with whole_file(columns_beside(votes)) as part:
            pq.write_table(pa.table({name: column.take(taken) for name, column in further.items()}), part)


def is_given(source: object) -> bool:
    """Whether votes are given as they are, not by the name of a file: a pandas or polars frame, an Arrow table, a relation of
    DuckDB, or whatever else hands over Arrow data."""
    return isinstance(source, pd.DataFrame) or hasattr(source, "__arrow_c_stream__")


@contextmanager
def as_file(source: Any) -> Iterator[Given]:
    """The file of a frame; in errors the frame is called that, and not by the name of the file.

    Raises:
        InputError: a column holds values of several kinds, or has the name of another.
    """
    table = _table(source)
    path = file_beside(places.interim() / f"{NAME}.parquet")
    try:
        pq.write_table(table, path)
        yield Given(path, table)
    except WorkbookError as error:
        words = str(error).replace(str(path), "the frame").replace(path.name, "the frame")
        raise type(error)(words) from error
    finally:
        path.unlink(missing_ok=True)


def _table(source: Any) -> pa.Table:
    """The rows of a frame, in types that Parquet has."""
    try:
        table = pa.Table.from_pandas(source, preserve_index=False) if isinstance(source, pd.DataFrame) else pa.table(source)
        if len(set(table.column_names)) < len(table.column_names):
            raise InputError("the frame has two columns of one name; rename one.")
        return table.cast(pa.schema([field.with_type(_stored(field.type)) for field in table.schema]))
    except (pa.ArrowException, TypeError, ValueError) as error:
        raise InputError(
            f"the frame cannot be read as a table ({first_line(error)}); give each column one kind of value."
        ) from error


def _stored(kind: pa.DataType) -> pa.DataType:
    """A type that every reader of Parquet has in place of a view or a dictionary, within lists and structs too."""
    if pa.types.is_dictionary(kind):
        return _stored(kind.value_type)
    if kind in (pa.string_view(), pa.large_string()):
        return pa.string()
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return pa.list_(_stored(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([field.with_type(_stored(field.type)) for field in kind])
    return kind


def _kept(column: pa.ChunkedArray) -> pa.ChunkedArray | None:
    """A column as it is kept beside votes: numbers, marks, times in UTC, and texts of few values; None for any other."""
    kind = column.type
    if pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind):
        return pc.cast(column, pa.float64(), safe=False)
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        return pc.cast(column, pa.timestamp("us", tz="UTC"), safe=False)
    # Most columns of many texts have many among their first.
    if pa.types.is_string(kind) and all(pc.count_distinct(some).as_py() <= MOST_TEXTS for some in (column[:_FIRST], column)):
        return column
    return column if pa.types.is_boolean(kind) else None


def _rows_of(ids: pa.ChunkedArray, table: pa.Table) -> NDArray[np.int64]:
    """The row of the table that each vote came from, shape (votes,): by its id, or by the number in one that was made; −1
    where neither tells."""
    wanted = pd.Index(ids.to_pandas())
    for name in table.column_names:
        if name.lower().endswith("id"):
            theirs = pd.Index(table[name].to_pandas().astype(str))
            if theirs.is_unique and (found := theirs.get_indexer(wanted)).min(initial=0) >= 0:
                return np.asarray(found, dtype=np.int64)
    numbers = [int(match[1]) - 1 if (match := _NUMBERED.search(str(one))) else -1 for one in wanted]
    row = np.array(numbers, dtype=np.int64)
    return np.where(row < len(table), row, -1)


def refuse(source: object) -> None:
    """Raise a UsageError where votes are given as something that holds none."""
    if not isinstance(source, str | Path):
        raise UsageError(
            f"votes are the name of a file, a folder or a data set, or a frame or table of votes, not a {type(source).__name__}."
        )
