"""Parquet and Arrow IPC in batches, bounded: what a file claims is checked before it is unpacked."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.errors import InputError, first_line
from analysis.sources.arrow_types import as_bytes, field_twice, is_text, plain_table
from analysis.sources.batches import BATCH_BYTES, LONGEST, Batch
from analysis.sources.unpacked import Chunk, Damaged, Group, Page, messages, pages, row_groups

_FILE = b"ARROW1"
#: What the entry of a dictionary takes in memory besides its text.
_ENTRY = 16
#: Bytes of a column that are read at a time, and of the widest cell of a fixed width.
_BUFFER, _WIDEST = 1 << 17, 1 << 12

#: Rows in a batch, at least and at most; how many follows from their size.
FEWEST, MOST = 4, 8_192

#: Bytes of text that one batch may hold, and that the pages of one row group may take at once: a few can stand for many
#: gigabytes.
LARGEST, LARGEST_PAGES = 1 << 27, 1 << 29
#: Values within the lists of one batch.
MOST_VALUES = 1 << 22
#: A block of Arrow's own format is held whole, and written as large as its writer chose.
LARGEST_BLOCK = 1 << 30

#: More rows, more values in lists and more bytes of text than these are only believed of a file that has a byte on the disk
#: for so many of each.
UNDOUBTED, ROWS_PER_BYTE, VALUES_PER_BYTE = 10_000_000, 2, 10
UNDOUBTED_BYTES, BYTES_PER_BYTE = 1 << 31, 100
#: Nested values cannot be read in parts of a row: of those, a page may not be much larger than it is packed.
NESTED_RATIO = 50
MOST_PAGES = 1_000_000


def parquet_batches(
    stream: IO[bytes], path: Path, wanted: Collection[str] | None, lengths: Collection[str] = ()
) -> Iterator[Batch]:
    """The rows of a Parquet file; long texts that are repeated are read as dictionaries, so that each is held once.

    Of the lists in columns named by `lengths` only their length is asked: the smallest part of their elements is read.

    Raises:
        InputError: the file claims more than its size allows, or a cell or batch is too large.
    """
    plain = _open(stream)
    footer, schema = plain.metadata, plain.schema_arrow
    bounds = Bounds(path)
    groups = _groups(stream, path)
    bounds.rows(max(footer.num_rows, sum(group.rows for group in groups)))
    names = [name for name in schema.names if wanted is None or name in wanted]
    _check_fields(schema, names, path)
    parts = _parts(groups, names, lengths)
    first = 0
    for place, group in enumerate(groups):
        plan = _plan(stream, footer, place, group, parts, bounds)
        reader = _open(stream, footer, plan.repeated) if plan.repeated else plain
        for batch in reader.iter_batches(batch_size=plan.rows, row_groups=[place], columns=parts, use_threads=False):
            for table in bounds.parts(pa.Table.from_batches([batch]), first):
                yield Batch(first, plain_table(table))
                first += len(table)


def _open(stream: IO[bytes], footer: pq.FileMetaData | None = None, repeated: Sequence[str] = ()) -> pq.ParquetFile:
    # With a buffer, a column of a row group is not held whole.
    return pq.ParquetFile(stream, metadata=footer, read_dictionary=list(repeated), buffer_size=_BUFFER, pre_buffer=False)


def ipc_batches(stream: IO[bytes], path: Path, wanted: Collection[str] | None) -> Iterator[Batch]:
    """The rows of an Arrow IPC file or stream, such as a data set that was saved to disk.

    Raises:
        InputError: the file is cut off, or a cell or batch is too large.
    """
    file = stream.read(len(_FILE)) == _FILE
    begins = 8 if file else 0
    bounds = Bounds(path)
    blocks = _check_messages(stream, begins, bounds)
    stream.seek(0)
    if file and pa.ipc.open_file(stream).num_record_batches != blocks:
        raise InputError(f"{path}: the Arrow file is damaged: its parts are not those that its end tells of; fetch it again.")
    stream.seek(begins)
    reader = pa.ipc.open_stream(stream)
    names = [name for name in reader.schema.names if wanted is None or name in wanted]
    _check_fields(reader.schema, names, path)
    first = 0
    for block in reader:
        block.validate(full=False)
        table = pa.Table.from_batches([block]).select(names)
        _check_whole(table)
        for start in range(0, len(table), MOST):
            for part in bounds.parts(table.slice(start, MOST), first):
                yield Batch(first, plain_table(part))
                first += len(part)


def _check_fields(schema: pa.Schema, names: Collection[str], path: Path) -> None:
    for name in names:
        twice = field_twice(schema.field(name).type)
        if twice is not None:
            raise InputError(f"{path}: the column {name!r:.60} has the field {twice!r:.60} twice; rename one, or leave it out.")


def _check_messages(stream: IO[bytes], begins: int, bounds: Bounds) -> int:
    """Look at what the messages of a stream claim; the number of its batches."""
    rows = blocks = 0
    try:
        for message in messages(stream, begins):
            if message.size > LARGEST_BLOCK:
                raise bounds.error(f"a block of it unpacks to {message.size:,} bytes; at most {LARGEST_BLOCK:,} are read at once")
            if not message.dictionary:
                rows, blocks = rows + message.rows, blocks + 1
            bounds.rows(rows)
    except Damaged as error:
        raise InputError(f"{bounds.path}: the Arrow file is damaged or cut off ({error}); fetch it again.") from error
    return blocks


def _check_whole(table: pa.Table) -> None:
    """Raise an ArrowInvalid where an offset or index leads out of its array; text that is not UTF-8 is no such damage."""
    try:
        table.validate(full=True)
    except pa.ArrowInvalid as error:
        if "UTF8" not in first_line(error):
            raise
        for column in table.columns:
            for chunk in column.chunks:
                chunk.view(as_bytes(chunk.type)).validate(full=True)


def _groups(stream: IO[bytes], path: Path) -> list[Group]:
    try:
        return row_groups(stream)
    except Damaged as error:
        raise InputError(f"{path}: the Parquet file is damaged or cut off ({error}); fetch it again.") from error


def _parts(groups: Sequence[Group], names: Collection[str], lengths: Collection[str]) -> list[str]:
    """Paths of all leaves of the wanted columns, of those in `lengths` the smallest one each."""
    if not groups:
        return list(names)
    sizes: dict[str, list[tuple[int, str]]] = {name: [] for name in names}
    for chunk in groups[0].chunks:
        steps = chunk.path.split(".")
        # The name of a column may have a dot in it.
        name = next((name for end in range(len(steps), 0, -1) if (name := ".".join(steps[:end])) in sizes), None)
        if name is not None:
            sizes[name].append((chunk.unpacked, chunk.path))
    return [path for name, parts in sizes.items() for _, path in (sorted(parts)[:1] if name in lengths else parts)]


@dataclass(frozen=True)
class _Plan:
    """How to read a row group: rows at a time, and the leaves whose texts are repeated too often to stand for themselves."""

    rows: int
    repeated: list[str]


def _plan(stream: IO[bytes], footer: pq.FileMetaData, place: int, group: Group, parts: Collection[str], bounds: Bounds) -> _Plan:
    asked, held, unpacked, most, standing = set(parts), 0, 0, MOST, 0
    repeated = []
    for number, chunk in enumerate(group.chunks):
        if chunk.path not in asked:
            continue
        found = _pages(stream, chunk, bounds)
        data = [page for page in found if not page.dictionary]
        entries = max((max(page.size, page.values * _ENTRY) for page in found if page.dictionary), default=0)
        held += max((page.size for page in data), default=0) + entries
        if held > LARGEST_PAGES:
            raise bounds.error(f"its pages unpack to more than {LARGEST_PAGES:,} bytes at once")
        sizes, values = np.array([page.size for page in data]), np.array([page.values for page in data])
        unpacked += int(sizes.sum())
        if "." in chunk.path:
            bounds.nested(chunk, group.rows, int(sizes.sum()))
        most = min(most, _rows_within(sizes, values, group.rows))
        kind = footer.schema.column(number)
        if kind.physical_type == "FIXED_LEN_BYTE_ARRAY" and kind.length > _WIDEST:
            raise bounds.error(f"column {chunk.path!r:.60} has cells of {kind.length:,} bytes")
        if kind.physical_type == "BYTE_ARRAY":
            times = sum(page.values for page in data if page.encoded)
            size = times * entries
            if standing + size > LARGEST:
                size = times * _longest(stream, footer, place, chunk.path)
            if standing + size > LARGEST:
                repeated.append(chunk.path)
            else:
                standing += size
    average = 2 * BATCH_BYTES * max(group.rows, 1) // max(unpacked, 1)
    return _Plan(max(FEWEST, min(most, average)), repeated)


def _pages(stream: IO[bytes], chunk: Chunk, bounds: Bounds) -> list[Page]:
    found = []
    try:
        for page in pages(stream, chunk):
            bounds.page()
            found.append(page)
    except Damaged as error:
        raise InputError(f"{bounds.path}: the Parquet file is damaged or cut off ({error}); fetch it again.") from error
    return found


def _longest(stream: IO[bytes], footer: pq.FileMetaData, place: int, path: str) -> int:
    """The bytes of the longest text in the dictionary of a leaf."""
    reader = _open(stream, footer, [path])
    batch = next(reader.iter_batches(batch_size=1, row_groups=[place], columns=[path], use_threads=False), None)
    if batch is None:
        return 0
    # Of a leaf that is no dictionary here (one of bytes), nothing is known.
    return max(
        (
            pc.max(_lengths(leaf.dictionary)).as_py() or 0 if pa.types.is_dictionary(leaf.type) else LARGEST
            for leaf in _leaves(batch.column(0))
        ),
        default=0,
    )


def _rows_within(sizes: np.ndarray, values: np.ndarray, rows: int) -> int:
    """The most rows, a power of two, that never take more than two batches' bytes, or three pages of the largest."""
    if not len(sizes) or not rows:
        return MOST
    begins = np.concatenate([[0], np.cumsum(values)]) * (rows / max(int(values.sum()), 1))
    before = np.concatenate([[0], np.cumsum(sizes)])
    most, largest = MOST, int(sizes.max())
    while most > FEWEST:
        ends = np.searchsorted(begins, begins[:-1] + most, side="right")
        if int((before[np.minimum(ends, len(sizes))] - before[:-1]).max()) <= max(4 * BATCH_BYTES, 3 * largest):
            break
        most //= 2
    return most


@dataclass
class Bounds:
    """What a file may hold: by its size on the disk, and in any case."""

    path: Path
    _texts: int = 0
    _values: int = 0
    _pages: int = 0

    @cached_property
    def size(self) -> int:
        return self.path.stat().st_size

    def error(self, what: str) -> InputError:
        return InputError(f"{self.path}: {what}; the file is damaged or not a table of votes.")

    def rows(self, rows: int) -> None:
        if rows > max(UNDOUBTED, ROWS_PER_BYTE * self.size):
            raise InputError(f"{self.path}: claims {rows:,} rows in {self.size:,} bytes; the file is damaged: fetch it again.")

    def page(self) -> None:
        self._pages += 1
        if self._pages > max(MOST_PAGES, self.size >> 10):
            raise self.error(f"has more than {self._pages - 1:,} pages")

    def nested(self, chunk: Chunk, rows: int, size: int) -> None:
        self._values += max(chunk.values - rows, 0)
        if self._values > max(UNDOUBTED, VALUES_PER_BYTE * self.size):
            raise self.error(f"claims {self._values:,} values in lists, in {self.size:,} bytes")
        if size > max(LARGEST, NESTED_RATIO * chunk.packed):
            raise self.error(f"column {chunk.path!r:.60} unpacks from {chunk.packed:,} to {size:,} bytes")

    def parts(self, table: pa.Table, first: int) -> Iterator[pa.Table]:
        """The rows in parts of about BATCH_BYTES of text, once each text stands for itself. Raises InputError if too large."""
        step = max(1, len(table) * 2 * BATCH_BYTES // max(self._batch(table, first), 1))
        for start in range(0, len(table), step):
            yield table.slice(start, step)

    def _batch(self, table: pa.Table, first: int) -> int:
        """The bytes of all texts of a batch. Raises InputError where they would take too much memory."""
        total = repeated = values = 0
        for name in table.column_names:
            for chunk in table[name].chunks:
                for leaf in _leaves(chunk):
                    values += max(len(leaf) - len(table), 0)
                    size, longest = _text_size(leaf)
                    if longest > LONGEST:
                        raise InputError(
                            f"{self.path}: a text of {longest:,} bytes in column {name!r:.60}, in one of the {len(table):,} rows "
                            f"from row {first + 1:,} on; at most {LONGEST:,} are read: cut it or leave the column out."
                        )
                    total += size
                    repeated += size if pa.types.is_dictionary(leaf.type) else 0
        self._texts += total
        where = f"{len(table):,} rows from row {first + 1:,} on"
        if values > MOST_VALUES:
            raise self.error(f"{where} hold {values:,} values in lists; at most {MOST_VALUES:,} are read at once")
        if total - repeated > LARGEST:
            raise self.error(f"{where} unpack to {total - repeated:,} bytes of text; at most {LARGEST:,} are read at once")
        if self._texts > max(UNDOUBTED_BYTES, BYTES_PER_BYTE * self.size):
            raise self.error(f"its texts unpack to {self._texts:,} bytes and more, from {self.size:,}")
        return total


def _text_size(leaf: pa.Array) -> tuple[int, int]:
    """The bytes of all texts of an array, each counted as often as it stands there, and of the longest."""
    kind = leaf.type
    if pa.types.is_dictionary(kind):
        if not is_text(kind.value_type):
            return 0, 0
        lengths = _lengths(leaf.dictionary)
        longest = pc.max(lengths).as_py() or 0
        # A dictionary that no index of this part uses up is of no concern.
        return pc.sum(pc.cast(lengths.take(leaf.indices), pa.int64())).as_py() or 0, longest
    if not is_text(kind):
        return 0, 0
    lengths = _lengths(leaf)
    return pc.sum(pc.cast(lengths, pa.int64())).as_py() or 0, pc.max(lengths).as_py() or 0


def _lengths(texts: pa.Array) -> pa.Array:
    if pa.types.is_fixed_size_binary(texts.type):
        return pa.repeat(texts.type.byte_width, len(texts))
    if pa.types.is_string_view(texts.type) or pa.types.is_binary_view(texts.type):
        # Views may all look at the same bytes: their lengths stand in them, the first four of sixteen bytes each.
        views = np.frombuffer(texts.buffers()[1], np.int32)[4 * texts.offset : 4 * (texts.offset + len(texts)) : 4]
        return pa.array(np.where(texts.is_valid().to_numpy(zero_copy_only=False), views, 0))
    return pc.binary_length(texts)


def _leaves(array: pa.Array) -> Iterator[pa.Array]:
    """All arrays without parts within an array."""
    kind = array.type
    if isinstance(array, pa.ExtensionArray):
        yield from _leaves(array.storage)
    elif pa.types.is_struct(kind) or pa.types.is_union(kind):
        for place in range(kind.num_fields):
            yield from _leaves(array.field(place))
    elif pa.types.is_map(kind):
        yield from _leaves(array.keys)
        yield from _leaves(array.items)
    elif pa.types.is_run_end_encoded(kind):
        yield from _leaves(pc.run_end_decode(array)) if len(array) <= MOST else ()
    elif pa.types.is_list(kind) or pa.types.is_large_list(kind) or pa.types.is_fixed_size_list(kind) or _is_list_view(kind):
        yield from _leaves(array.flatten())
    else:
        yield array


def _is_list_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list_view(kind) or pa.types.is_large_list_view(kind))
