"""What a reader yields: a run of rows, as an Arrow table where the file allows it, else as plain Python rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

#: Text that one batch may hold, in bytes: with both threads at work, a conversion stays within a few hundred MB.
BATCH_BYTES = 8 << 20

#: The largest cell, line or record: what is larger is damage (an unclosed quote) or malice rather than a conversation.
LONGEST = 1 << 26


class NotColumnar(Exception):
    """The rest of a file cannot be read in columns: the row-wise reader takes over, and explains what is wrong."""


@dataclass(frozen=True)
class Batch:
    """Consecutive rows of a file: `table` holds them in columns, or `rows` does one by one.

    `first` counts the rows of the file before the batch. A row of `rows` may be anything that a record of JSON can be.
    """

    first: int
    table: pa.Table | None = None
    rows: list[Any] = field(default_factory=list)

    def read(self) -> list[Any]:
        """The rows one by one, whichever way they are held."""
        return self.rows if self.table is None else self.table.to_pylist()

    def __len__(self) -> int:
        return len(self.rows) if self.table is None else len(self.table)


def row_batches(rows: Iterator[Any], first: int, size: int) -> Iterator[Batch]:
    """Batches of at most `size` rows, and of about BATCH_BYTES of text, from rows one by one."""
    held: list[Any] = []
    weight = 0
    for row in rows:
        held.append(row)
        weight += _weight(row)
        if len(held) >= size or weight >= BATCH_BYTES:
            yield Batch(first, rows=held)
            first, held, weight = first + len(held), [], 0
    if held:
        yield Batch(first, rows=held)


def _weight(row: Any) -> int:
    """Characters in the row, roughly: text at its own depth, and a guess for what is nested."""
    values = row.values() if isinstance(row, dict) else row if isinstance(row, list) else (row,)
    return sum(len(value) if isinstance(value, str) else 2_000 if isinstance(value, list) else 100 for value in values)
