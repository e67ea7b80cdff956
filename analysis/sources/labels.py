"""Where the label of the outcome stands in a release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources import cells, columns
from analysis.sources.columns import Faults
from analysis.sources.literals import Unreadable


class Label(Protocol):
    """Finds the label of the outcome: the text as it is written, None where there is none."""

    @property
    def reads(self) -> frozenset[str]: ...

    def of_row(self, row: Mapping[str, Any]) -> str | None:
        """The label of a row. Raises Unreadable where there is more than one."""
        ...

    def of_table(self, table: pa.Table) -> tuple[pa.Array, pa.Array]:
        """The labels of a table, and why there is none where that is not simply missing."""
        ...


@dataclass(frozen=True)
class Winner:
    """A column that holds the label."""

    names: tuple[str, ...]

    def __init__(self, *names: str) -> None:
        object.__setattr__(self, "names", names)

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(self.names)

    def of_row(self, row: Mapping[str, Any]) -> str | None:
        for name in self.names:
            if (found := _label(row.get(name))) is not None:
                return found
        return None

    def of_table(self, table: pa.Table) -> tuple[pa.Array, pa.Array]:
        nothing = pa.nulls(len(table), pa.string())
        found = [columns.parsed(columns.plain(table[name]), _label, pa.string(), name, Faults()) for name in self._in(table)]
        return (pc.coalesce(*found) if found else nothing), nothing

    def _in(self, table: pa.Table) -> list[str]:
        return [name for name in self.names if name in table.column_names]


@dataclass(frozen=True)
class OneHot:
    """A column for each outcome, of which one holds."""

    outcomes: Mapping[str, str]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(self.outcomes)

    def of_row(self, row: Mapping[str, Any]) -> str | None:
        marked = [label for name, label in self.outcomes.items() if cells.flag(row.get(name))]
        if len(marked) > 1:
            raise Unreadable(_several(len(marked)))
        return marked[0] if marked else None

    def of_table(self, table: pa.Table) -> tuple[pa.Array, pa.Array]:
        faults = Faults()
        flags = [
            columns.parsed(columns.plain(table[name]), cells.flag, pa.bool_(), name, faults)
            .fill_null(False)
            .to_numpy(zero_copy_only=False)
            if name in table.column_names
            else np.zeros(len(table), dtype=bool)
            for name in self.outcomes
        ]
        if faults.counts:  # which row holds what is no flag is found row by row
            raise columns.Nested(next(iter(faults.counts)))
        held = np.stack(flags, axis=1)
        marked = held.sum(axis=1)
        labels = pa.array(list(self.outcomes.values())).take(pa.array(held.argmax(axis=1)))
        reasons = pa.array([_several(int(count)) if count > 1 else None for count in marked], pa.string())
        return pc.if_else(pa.array(marked == 1), labels, pa.scalar(None, pa.string())), reasons


def _several(count: int) -> str:
    return f"one outcome was expected, not {count}"


def _label(value: object) -> str | None:
    """The label as text; what is nested has one that no outcome bears."""
    if value is None or value != value:
        return None
    text = cells.whole_text(value if isinstance(value, str) else str(cells.canonical(value))).strip()
    return text or None
