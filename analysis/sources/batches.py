"""What a reader yields: a run of rows, as an Arrow table where the file allows it, else as plain Python rows."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

#: Text that one batch may hold, in bytes: with both threads at work, a conversion stays within a few hundred MB.
BATCH_BYTES = 8 << 20

#: The largest cell, line or record: what is larger is damage (an unclosed quote) or malice rather than a conversation.
LONGEST = 1 << 25


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
    held_bytes = 0
    for row in rows:
        held.append(row)
        held_bytes += weight(row)
        if len(held) >= size or held_bytes >= BATCH_BYTES:
            yield Batch(first, rows=held)
            first, held, held_bytes = first + len(held), [], 0
    if held:
        yield Batch(first, rows=held)


def weight(row: Any) -> int:
    """Bytes in the row, roughly: its texts, and something for everything that is nested."""
    total, waiting = 0, [row]
    while waiting:
        value = waiting.pop()
        if isinstance(value, str):
            total += len(value) + 50
        elif isinstance(value, dict):
            total += 200 + 50 * len(value)
            waiting.extend(value.values())
        elif isinstance(value, list):
            total += 50 + 8 * len(value)
            waiting.extend(value)
        else:
            total += 30
    return total
