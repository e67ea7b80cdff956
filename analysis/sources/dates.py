"""Dates such as 05/01/2024, whose order of day and month the whole file decides."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from analysis.sources.fields import At
from analysis.sources.formats import Format, Rows
from analysis.sources.releases.release import Release
from analysis.sources.times import day_first, undecided

#: Rows read at a time, and rows among which a first date of that kind is looked for.
BATCH, FIRST = 2_000, 200


def settle(rows: Rows, release: Release) -> tuple[Release, str]:
    """The release with the order that the dates of this file have, and what a reader must know of it.

    Only a file whose first rows have such dates is read for them: elsewhere they are counted as not read.
    """
    source = release.fields.get("time")
    if not isinstance(source, At) or rows.format not in (Format.CSV, Format.JSON) or release.reshape is not None:
        return release, ""
    names = [name for name in rows.columns if name in source.reads]
    if not names or not any(undecided(row.get(name)) for row in rows.first(FIRST) if isinstance(row, dict) for name in names):
        return release, ""
    order = day_first(_values(rows, names))
    fields = {**release.fields, "time": replace(source, day_first=order)}
    told = f"{rows.path.name}: nothing tells day and month apart in its dates, such as 05/01/2024; these times are left empty."
    return replace(release, fields=fields), told if order is None else ""


def _values(rows: Rows, names: list[str]) -> Iterator[object]:
    for batch in rows.batches(BATCH, names):
        for row in batch.read():
            if isinstance(row, dict):
                yield from (row.get(name) for name in names)
