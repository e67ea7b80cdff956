"""A whole table written as one JSON object, as pandas and the hub's server write it, taken apart into its rows.

pandas writes `columns` (its default), `index`, `split`, `table` and lists by column; the hub's server `rows`; others wrap a
list of records in an object (`data`, `votes`, …). An object that is none of these is a record itself, as a vote or pair
counts are.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from analysis.sources.literals import Unreadable

#: Columns that tell a table by columns from one by rows, and a record from a wrapper, where the numbering of rows does not.
_VOTE_COLUMNS = frozenset({"model_a", "model_b", "winner", "outcome", "model_a_name", "model_b_name", "conversation_a", "models"})
#: Names under which a list of records is wrapped in an object.
_WRAPPERS = ("data", "rows", "records", "votes", "battles", "items", "results", "examples")
_SPLIT = frozenset({"columns", "index", "data", "index_names", "column_names"})
_NUMBER = re.compile(r"-?[0-9]+")

#: What to say of rows without the names of their columns.
NAMELESS = "rows are lists without column names; save it as a list of records (pandas: to_json(orient='records'))"

Record = Mapping[str, Any]


def table_rows(value: Any) -> Iterator[Any] | None:
    """The rows of a table that is one JSON object; None where the object is a record.

    Raises:
        Unreadable: a table without column names, with rows of another length than its header, or with cells cut short; the
            later ones while the rows are read.
    """
    if not isinstance(value, dict) or not value:
        return None
    for shape in (_split, _wrapped, _by_label, _by_column_lists):
        rows = shape(value)
        if rows is not None:
            return rows
    return None


def _split(table: Record) -> Iterator[Any] | None:
    """`{"columns": [...], "index": [...], "data": [[...], ...]}`."""
    data = table.get("data")
    if not isinstance(data, list) or not table.keys() <= _SPLIT or not all(isinstance(row, list) for row in data[:1]):
        return None
    names = table.get("columns")
    if not isinstance(names, list):
        return _nameless() if data else None
    return _split_rows([name if isinstance(name, str) else str(name) for name in names], data)


def _nameless() -> Iterator[Any]:
    raise Unreadable(NAMELESS)


def _split_rows(names: list[str], data: list[Any]) -> Iterator[Any]:
    for number, row in enumerate(data, start=1):
        if not isinstance(row, list) or len(row) != len(names):
            held = len(row) if isinstance(row, list) else "no"
            raise Unreadable(f"row {number:,} has {held} cells where `columns` has {len(names)}; save it again")
        yield dict(zip(names, row, strict=True))


def _wrapped(table: Record) -> Iterator[Any] | None:
    """`{"data": [{...}, ...]}`, pandas' `table` with its schema, and the hub's `{"rows": [{"row": {...}}, ...]}`."""
    found = [name for name in _WRAPPERS if isinstance(table.get(name), list)]
    if len(found) != 1 or not _VOTE_COLUMNS.isdisjoint(table):
        return None
    rows = table[found[0]]
    if not rows:
        return iter(()) if len(table) == 1 else None
    if not isinstance(rows[0], dict):
        return None
    if rows[0].keys() >= {"row", "row_idx"}:
        return _hub_rows(rows)
    schema = table.get("schema")
    if isinstance(schema, dict) and schema.get("primaryKey") == ["index"]:
        return ({name: cell for name, cell in row.items() if name != "index"} for row in rows if isinstance(row, dict))
    return iter(rows)


def _hub_rows(rows: list[Any]) -> Iterator[Any]:
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict) or "row" not in row:
            raise Unreadable(f"element {number:,} of `rows` holds no row; fetch it again")
        cut = row.get("truncated_cells")
        if cut:
            raise Unreadable(f"row {number:,} has cells that the hub cut short ({cut!r:.60}); fetch the files of the data set")
        yield row["row"]


def _by_label(table: Record) -> Iterator[Any] | None:
    """`{column: {label: cell}}` or `{label: {column: cell}}`: columns have the names of a vote's, and labels are numbers."""
    parts = list(table.values())
    if not all(isinstance(part, dict) for part in parts):
        return None
    first = parts[0]
    if (_named(table) and not _named(first)) or (_numbered(first) and not _numbered(table)):
        if all(part.keys() == first.keys() for part in parts):
            return ({name: cells[label] for name, cells in table.items()} for label in first)
        if _numbered(first):
            raise Unreadable("its columns do not have the same rows; save it again")
    elif all(map(_named, parts)) or (_numbered(table) and not any(map(_numbered, parts))):
        return iter(parts)
    return None


def _named(names: Record) -> bool:
    return not _VOTE_COLUMNS.isdisjoint(names)


def _numbered(labels: Record) -> bool:
    return bool(labels) and all(map(_NUMBER.fullmatch, labels))


def _by_column_lists(table: Record) -> Iterator[Any] | None:
    """`{column: [cell, ...]}`, where all lists have one length."""
    lists = list(table.values())
    if "models" in table or _VOTE_COLUMNS.isdisjoint(table) or not all(isinstance(cells, list) for cells in lists):
        return None
    if len({len(cells) for cells in lists}) != 1:
        return None
    return (dict(zip(table, cells, strict=True)) for cells in zip(*lists, strict=True))
