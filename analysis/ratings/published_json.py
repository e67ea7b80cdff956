"""Published boards in JSON: lists of objects, JSON Lines, and the shapes that pandas, the hub and the arena's catalogue write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from analysis.errors import InputError
from analysis.results.unseen import visible

#: Names under which a rating is found, in plain spelling (see `plain`).
RATINGS = ("rating", "arena_score", "score", "elo", "mean")

_SHAPES = "a list of objects with model, rating and bounds, or columns of them"


def read_json(text: str, path: Path) -> list[dict[str, Any]]:
    """The rows of a JSON text.

    Read are: a list of objects; one object a line; pandas' `split`, `columns`, `index`, `list` and `table`; the hub's
    `rows`; a list under any one name, with single values beside it; objects by model; and objects by category and model,
    as in the arena's catalogue. Names by which objects are kept become the column `""`, categories the column `category`.

    Raises:
        InputError: damaged JSON (with its line), a name that occurs twice in an object, or another shape.
    """
    found = _parsed(text, path)
    rows = _rows(found)
    if rows is None:
        raise InputError(f"{path}: this JSON holds no published board; it is {_SHAPES}.")
    for number, row in enumerate(rows, start=1):
        if not isinstance(row, dict):
            raise InputError(f"{path}: record {number:,} is not an object with columns; a board is {_SHAPES}.")
    return rows


def _parsed(text: str, path: Path) -> Any:
    def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        found = dict(pairs)
        if len(found) < len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise InputError(f"{path}: the column {visible(twice)!r} occurs twice in one object; rename one.")
        return found

    try:
        try:
            return json.loads(text, object_pairs_hook=once)
        except json.JSONDecodeError as error:
            if not error.msg.startswith("Extra data"):
                raise
            return [json.loads(line, object_pairs_hook=once) for line in text.splitlines() if line.strip()]
    except json.JSONDecodeError as error:
        where = f"line {error.lineno:,}, column {error.colno:,}"
        raise InputError(f"{path}: damaged or cut off JSON ({error.msg} at {where}); fetch or save it again.") from error
    except (ValueError, RecursionError) as error:
        reason = "nested too deeply" if isinstance(error, RecursionError) else "a number of too many digits"
        raise InputError(f"{path}: damaged JSON ({reason}); fetch or save it again.") from error


def _rows(found: Any) -> list[Any] | None:
    """The rows of a document, by its shape; None where it has none of those known."""
    if isinstance(found, list):
        return found
    if not isinstance(found, dict) or not found:
        return None
    values = list(found.values())
    if isinstance(found.get("columns"), list) and isinstance(found.get("data"), list):
        return _split(found)
    if isinstance(found.get("rows"), list):
        return [row["row"] if isinstance(row, dict) and isinstance(row.get("row"), dict) else row for row in found["rows"]]
    if all(isinstance(value, list) for value in values) and any(plain(name) in RATINGS for name in found):
        return _columns(found)
    if all(isinstance(value, dict) for value in values):
        return _nested(found)
    lists = [value for value in values if isinstance(value, list) and value and all(isinstance(row, dict) for row in value)]
    if len(lists) == 1:
        beside = {name: value for name, value in found.items() if not isinstance(value, list | dict)}
        return [{**beside, **row} for row in lists[0]]
    return [found] if any(plain(name) in RATINGS for name in found) else None


def _split(found: Mapping[str, Any]) -> list[Any] | None:
    names, rows = found["columns"], found["data"]
    index = found.get("index")
    if not all(isinstance(row, list) and len(row) == len(names) for row in rows) or len(set(map(str, names))) < len(names):
        return None
    keys = index if isinstance(index, list) and len(index) == len(rows) else [None] * len(rows)
    return [{"": key, **dict(zip(map(str, names), row, strict=True))} for key, row in zip(keys, rows, strict=True)]


def _columns(found: Mapping[str, list[Any]]) -> list[Any] | None:
    if len({len(column) for column in found.values()}) > 1:
        return None
    return [dict(zip(found, row, strict=True)) for row in zip(*found.values(), strict=True)]


def _nested(found: Mapping[str, Mapping[str, Any]]) -> list[Any] | None:
    """Objects by column, by row, or by category and row."""
    if any(plain(name) in RATINGS for name in found):
        keys = dict.fromkeys(key for column in found.values() for key in column)
        return [{"": key, **{name: column.get(key) for name, column in found.items()}} for key in keys]
    if all(value and all(isinstance(row, dict) for row in value.values()) for value in found.values()):
        return [{"category": category, "": key, **row} for category, rows in found.items() for key, row in rows.items()]
    return [{"": key, **row} for key, row in found.items()]


def plain(name: object) -> str:
    """A column's name in plain spelling: `Arena Score` is `arena_score`, `95% CI` is `95_ci`."""
    return "_".join("".join(letter if letter.isalnum() else " " for letter in str(name)).lower().split())
