"""Parquet and Arrow IPC in batches, bounded: what a file claims is checked before it is unpacked."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from pathlib import Path
from typing import IO, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.errors import InputError
from analysis.sources.batches import BATCH_BYTES, LONGEST, Batch

#: Rows in a batch, at least and at most; how many follows from their size.
FEWEST, MOST = 4, 8_192

#: Bytes that one batch may unpack to: a few short pages can stand for many gigabytes.
LARGEST = 1 << 28

#: More rows than this are only believed when the file has a byte for every hundred of them.
UNDOUBTED, ROWS_PER_BYTE = 5_000_000, 100


def parquet_batches(
    stream: IO[bytes], path: Path, wanted: Collection[str] | None, lengths: Collection[str] = ()
) -> Iterator[Batch]:
    """The rows of a Parquet file; texts are read as dictionaries, so that a repeated one is held once.

    Of the lists in columns named by `lengths` only their length is asked: the smallest part of their elements is read.

    Raises:
        InputError: the file claims more than its size allows, or a cell or batch is too large.
    """
    plain = pq.ParquetFile(stream)
    footer = plain.metadata
    size = stream.seek(0, 2)
    if footer.num_rows > max(UNDOUBTED, ROWS_PER_BYTE * size):
        raise InputError(f"{path}: claims {footer.num_rows:,} rows in {size:,} bytes; the file is damaged: fetch it again.")
    names = [name for name in plain.schema_arrow.names if wanted is None or name in wanted]
    parts = _parts(footer, names, lengths)
    leaves = _texts(footer, parts)
    reader = pq.ParquetFile(stream, read_dictionary=leaves) if leaves else plain
    first = 0
    for group in range(footer.num_row_groups):
        rows = _rows_at_a_time(footer.row_group(group), parts)
        for batch in reader.iter_batches(batch_size=rows, row_groups=[group], columns=parts, use_threads=False):
            table = pa.Table.from_batches([batch])
            _bounded(table, path, first)
            yield Batch(first, table)
            first += len(table)


def ipc_batches(stream: IO[bytes], path: Path, wanted: Collection[str] | None) -> Iterator[Batch]:
    """The rows of an Arrow IPC file or stream, such as a data set that was saved to disk.

    Raises:
        InputError: a cell or batch is too large.
    """
    file = stream.read(6) == b"ARROW1"
    stream.seek(0)
    reader: Any = pa.ipc.open_file(stream) if file else pa.ipc.open_stream(stream)
    blocks = (reader.get_batch(place) for place in range(reader.num_record_batches)) if file else iter(reader)
    first = 0
    for block in blocks:
        block.validate(full=False)
        table = pa.Table.from_batches([block])
        table = table.select([name for name in table.column_names if wanted is None or name in wanted])
        table.validate(full=True)
        for start in range(0, len(table), MOST):
            part = table.slice(start, MOST)
            _bounded(part, path, first)
            yield Batch(first, part)
            first += len(part)


def _parts(footer: pq.FileMetaData, names: Collection[str], lengths: Collection[str]) -> list[str]:
    """Paths of all leaves of the wanted columns, of those in `lengths` the smallest one each."""
    if not footer.num_row_groups:
        return list(names)
    group = footer.row_group(0)
    sizes: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    for place in range(group.num_columns):
        column = group.column(place)
        name = next((name for name in names if f"{column.path_in_schema}.".startswith(f"{name}.")), None)
        if name is not None:
            sizes[name].append((column.total_uncompressed_size, column.path_in_schema))
    return [path for name, parts in sizes.items() for _, path in (sorted(parts)[:1] if name in lengths else parts)]


def _texts(footer: pq.FileMetaData, parts: Collection[str]) -> list[str]:
    """Those of the leaves that hold text."""
    columns = (footer.schema.column(place) for place in range(footer.num_columns))
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY" and column.path in parts]


def _rows_at_a_time(group: pq.RowGroupMetaData, parts: Collection[str]) -> int:
    columns = (group.column(place) for place in range(group.num_columns))
    size = sum(column.total_uncompressed_size for column in columns if column.path_in_schema in parts)
    return max(FEWEST, min(MOST, 2 * BATCH_BYTES * max(group.num_rows, 1) // max(size, 1)))


def _bounded(table: pa.Table, path: Path, first: int) -> None:
    """Refuse a batch whose texts would take too much memory once each stands for itself."""
    total = 0
    for name in table.column_names:
        for chunk in table[name].chunks:
            for texts in _leaves(chunk):
                lengths = pc.binary_length(texts.dictionary) if pa.types.is_dictionary(texts.type) else pc.binary_length(texts)
                longest = pc.max(lengths).as_py() or 0
                if longest > LONGEST:
                    raise InputError(
                        f"{path}: a text of {longest:,} bytes in column {name!r:.60}, in one of the {len(table):,} rows from row "
                        f"{first + 1:,} on; at most {LONGEST:,} are read: cut it or leave the column out."
                    )
                taken = lengths.take(texts.indices) if pa.types.is_dictionary(texts.type) else lengths
                total += pc.sum(pc.cast(taken, pa.int64())).as_py() or 0
    if total > LARGEST:
        raise InputError(
            f"{path}: {len(table):,} rows from row {first + 1:,} on unpack to {total:,} bytes of text; at most {LARGEST:,} are "
            "read at once: the file is damaged or not a table of votes."
        )


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    """All arrays of text within an array, nested ones too."""
    kind = array.type
    if pa.types.is_struct(kind):
        for place in range(kind.num_fields):
            yield from _leaves(array.field(place))
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind) or pa.types.is_map(kind):
        yield from _leaves(array.values)
    elif pa.types.is_dictionary(kind):
        if _is_text(kind.value_type):
            yield array
    elif _is_text(kind):
        yield array


def _is_text(kind: pa.DataType) -> bool:
    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    )
