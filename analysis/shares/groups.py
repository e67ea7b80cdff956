"""Groups of votes: by month, by model, by tag, or by any column of the vote table, as Ibis expressions."""

from __future__ import annotations

from typing import TYPE_CHECKING

import ibis
import pyarrow as pa

from analysis.errors import UsageError
from analysis.results.prose import spoken
from analysis.results.spelling import did_you_mean
from analysis.votes.outcome import Outcome
from analysis.votes.schema import COLUMNS

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: The group of votes whose column is null.
NOT_GIVEN = "not given"

#: What a column must be to group by.
_GROUPABLE = {column.name: not pa.types.is_list(column.type) for column in COLUMNS}

_PLURALS = {
    "category": "categories",
    **{by: f"{by}s" for by in ("month", "model", "tag", "language", "outcome", "release", "judge", "session")},
}


def columns_for(by: str) -> tuple[str, ...]:
    """The columns of the vote table that grouping `by` needs.

    Raises:
        UsageError: `by` is neither `month`, `model` nor `tag` nor a column that groups.
    """
    special = {"month": ("time",), "model": ("model_a", "model_b"), "tag": ("tags",)}
    if by in special:
        return special[by]
    if not _GROUPABLE.get(by, False):
        known = [*special, *(name for name, groups in _GROUPABLE.items() if groups)]
        raise UsageError(f"cannot group votes by {by!r}{did_you_mean(by, known)}; use one of {', '.join(known)}.")
    return (by,)


def grouped(table: ir.Table, by: str) -> ir.Table:
    """`table` with a text column `group`. By model or tag, each vote appears once for each of its two models or its tags."""
    columns_for(by)
    if by == "model":
        return table.mutate(group=table["model_a"]).union(table.mutate(group=table["model_b"]))
    if by == "tag":
        tagged = ibis.coalesce(table["tags"].length(), 0) > 0
        return table.mutate(group=ibis.ifelse(tagged, table["tags"].unique(), ibis.array([NOT_GIVEN])).unnest())
    if by == "month":
        month = table["time"].month().cast("string").lpad(2, "0")
        label = table["time"].year().cast("string") + "-" + month
    else:
        label = table[by].cast("string")
    return table.mutate(group=ibis.coalesce(label, ibis.literal(NOT_GIVEN)))


def plural(by: str) -> str:
    """What groups are called in prose: `24 models`, `3 groups by code`."""
    return _PLURALS.get(by, f"groups by {spoken(by)}")


def group_words(by: str, group: str) -> str:
    """A group as prose and figures name it: outcomes in words, anything else as it is."""
    return Outcome(group).words if by == "outcome" and group in set(Outcome) else group


def sort_key(by: str) -> tuple[list[str], list[bool]]:
    """Columns and directions that put groups in reading order: time runs forward, anything else by votes."""
    return (["group"], [True]) if by in ("month", "time") else (["votes", "group"], [False, True])
