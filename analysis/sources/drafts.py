"""Rows that have been read but not yet judged to be votes: the columns that both ways of reading fill.

A batch of drafts is an Arrow table of `DRAFT_SCHEMA`. Rows of a release that arrive in columns become drafts together;
those that do not fit, and rows of odd files, become drafts one by one. What follows (judging, counting from texts,
writing) knows one form only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources import columns
from analysis.sources.batches import Batch
from analysis.sources.cells import canonical, missing, whole_text
from analysis.sources.columns import Faults, Nested
from analysis.sources.literals import Unreadable
from analysis.sources.releases.release import Release
from analysis.sources.texts import TEXT_FIELDS
from analysis.votes.schema import BY_NAME, VOTE_SCHEMA

#: What a draft holds besides the vote table's own columns (the outcome is its label until it is judged): texts; whether
#: they are the whole conversation; what the file says in other columns; why no vote can be made out; whether it is a
#: line of a log about something else.
DRAFT_SCHEMA: pa.Schema = pa.schema(
    [
        *(pa.field(field.name, field.type) for field in VOTE_SCHEMA if field.name != "outcome"),
        pa.field("label", pa.string()),
        *TEXT_FIELDS,
        pa.field("whole", pa.bool_()),
        pa.field("extra", pa.string()),
        pa.field("unreadable", pa.string()),
        pa.field("event", pa.bool_()),
    ]
)


def draft(batch: Batch, release: Release, faults: Faults) -> pa.Table:
    """The rows of a batch as drafts, in order; cells that cannot be read are null and counted in `faults`."""
    if batch.table is None:
        return _one_by_one(batch.rows, release, faults)
    found = Faults()
    try:
        drafts = _together(batch.table, release, found)
    except Nested:
        return _one_by_one(batch.read(), release, faults)
    faults.extend(found)
    return drafts


def _together(table: pa.Table, release: Release, faults: Faults) -> pa.Table:
    if release.reshape is not None:
        raise Nested(release.name)
    given = {name: source.of_table(table, BY_NAME[name], faults) for name, source in release.fields.items()}
    texts, odd = release.texts.of_table(table, given, faults)
    label, unreadable = release.outcome.of_table(table)
    rest = {**given, **texts, "label": label, "unreadable": unreadable, "extra": _extra(table, release)}
    arrays = [rest[name] if name in rest else pa.nulls(len(table), kind) for name, kind in _types()]
    drafts = pa.table(arrays, schema=DRAFT_SCHEMA)
    return _replaced(drafts, odd, table, release, faults) if odd.any() else drafts


def _replaced(drafts: pa.Table, odd: np.ndarray, table: pa.Table, release: Release, faults: Faults) -> pa.Table:
    """The drafts with those of the rows `odd` read one by one."""
    places = np.flatnonzero(odd)
    # Their cells were counted already, with the rest of the batch.
    rows = [row for place in places for row in table.slice(place, 1).to_pylist()]
    apart = _one_by_one(rows, release, faults, texts_only=True)
    order = np.arange(len(drafts))
    order[places] = len(drafts) + np.arange(len(places))
    return pa.concat_tables([drafts, apart]).take(pa.array(order))


def _one_by_one(rows: Sequence[Any], release: Release, faults: Faults, texts_only: bool = False) -> pa.Table:
    drafts = [draft_row(row, release, faults, texts_only) for row in rows]
    return pa.Table.from_pylist(drafts, schema=DRAFT_SCHEMA)


def draft_row(row: Any, release: Release, faults: Faults, texts_only: bool = False) -> dict[str, Any]:
    """One row as a draft. With `texts_only`, only what its texts cannot be read from is counted in `faults`."""
    if not isinstance(row, Mapping):
        return {"unreadable": f"a row was expected, not {type(row).__name__}"}
    try:
        if release.reshape is not None:
            reshaped = release.reshape(row)
            if reshaped is None:
                return {"event": True}
            row = reshaped
    except Unreadable as error:
        return {"unreadable": whole_text(str(error))}
    label, unreadable = None, None
    try:
        label = release.outcome.of_row(row)
    except Unreadable as error:
        unreadable = whole_text(str(error))
    counted = Faults() if texts_only else faults
    drafted = {name: source.of_row(row, BY_NAME[name], counted) for name, source in release.fields.items()}
    drafted |= release.texts.of_row(row, drafted, faults)
    return drafted | {"label": label, "unreadable": unreadable, "extra": _extra_of(row, release)}


def _types() -> list[tuple[str, pa.DataType]]:
    return [(field.name, field.type) for field in DRAFT_SCHEMA]


def _extra(table: pa.Table, release: Release) -> pa.Array:
    """What a table says in columns that no known place has, as one text a row: it tells rows apart."""
    if not release.extra:
        return pa.nulls(len(table), pa.string())
    nothing = pa.nulls(len(table), pa.string())
    values = [
        columns.parsed(columns.plain(table[name]), _as_text, pa.string(), name, Faults())
        if name in table.column_names
        else nothing
        for name in release.extra
    ]
    return pc.binary_join_element_wise(*[value.fill_null("") for value in values], "\x1f")


def _extra_of(row: Mapping[str, Any], release: Release) -> str | None:
    return "\x1f".join(_as_text(row.get(name)) or "" for name in release.extra) if release.extra else None


def _as_text(value: Any) -> str | None:
    return None if missing(value) else whole_text(value if isinstance(value, str) else str(canonical(value)))
