"""Vote tables on disk: checked on the way in, whole or not there at all, with their fingerprint in the footer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.sources import columns
from analysis.votes.schema import COLUMNS, VOTE_SCHEMA
from analysis.whole_files import check_file, file_beside, put_file, writing

#: Rises when a conversion of the same input would give another table; older cached tables are then left alone.
VERSION = "2"
FINGERPRINT_KEY = b"arena_workbook.fingerprint"
VERSION_KEY = b"arena_workbook.conversion"

ROW_GROUP = 100_000
#: Long prompts close a row group early, so that memory stays flat.
ROW_GROUP_BYTES = 64 << 20
#: Votes that are held at a time when they are written once more.
_REREAD = 20_000
#: Small tables that are joined into one before they are hashed and written.
_MANY = 50


class Fingerprint:
    """A hash of the contents of a vote table, whatever its batches, row groups and compression.

    Of each column it takes which values there are, how long lists are, and the values, as one stream of bytes each.
    """

    def __init__(self) -> None:
        self._streams = {column.name: tuple(hashlib.sha256() for _ in range(3)) for column in COLUMNS}

    def update(self, votes: pa.Table) -> None:
        """Add votes, a table of `VOTE_SCHEMA`."""
        for name, streams in self._streams.items():
            for chunk in votes[name].chunks:
                _hash(chunk, *streams)

    def hexdigest(self) -> str:
        """64 hexadecimal digits."""
        whole = hashlib.sha256()
        for name, streams in self._streams.items():
            whole.update(name.encode() + b"".join(stream.digest() for stream in streams))
        return whole.hexdigest()


def _hash(array: pa.Array, lists: hashlib._Hash, shape: hashlib._Hash, content: hashlib._Hash) -> None:
    kind = array.type
    if pa.types.is_list(kind):
        lengths = pc.list_value_length(array).fill_null(-1)
        lists.update(np.ascontiguousarray(lengths.to_numpy(zero_copy_only=False), dtype=np.int32).data)
        _hash(columns.plain(array.flatten()), lists, shape, content)
    elif pa.types.is_string(kind):
        lengths = pc.binary_length(array).fill_null(-1)
        shape.update(np.ascontiguousarray(lengths.to_numpy(zero_copy_only=False), dtype=np.int32).data)
        _hash_texts(array, content)
    else:
        shape.update(np.ascontiguousarray(array.is_valid().to_numpy(zero_copy_only=False)).data)
        plain = array.cast(pa.int64()) if pa.types.is_timestamp(kind) else array
        values = plain.fill_null(False if pa.types.is_boolean(kind) else 0).to_numpy(zero_copy_only=False)
        content.update(np.ascontiguousarray(values, dtype=np.int64).data)


def _hash_texts(array: pa.StringArray, content: hashlib._Hash) -> None:
    texts = array.fill_null("") if array.null_count else array
    if not len(texts):
        return
    offsets = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    data = texts.buffers()[2]
    if data is not None:
        content.update(memoryview(data)[offsets[0] : offsets[-1]])


class VoteWriter:
    """Writes vote tables to one Parquet file; as a context manager, it puts the file in place only when all went well.

    Raises:
        UsageError: `path` is no name for a file.
        InputError: it cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._temporary: list[Path] = []
        self.fingerprint = ""

    def __enter__(self) -> Self:
        self._place = check_file(self._path)
        self._file = self._open()
        return self

    def _open(self) -> _File:
        self._temporary.append(file_beside(self._place))
        return _File(self._temporary[-1])

    def write(self, votes: pa.Table) -> None:
        """Add votes, a table of `VOTE_SCHEMA`."""
        with writing(self._path):
            self._file.write(votes)

    def rewrite(self, kept: np.ndarray, ids: Callable[[pa.Array, int], pa.Array]) -> None:
        """Write what was written again, with the votes `kept` (booleans, one a vote) and the ids that `ids` makes."""
        with writing(self._path):
            written, self._file = self._file, self._open()
            first = 0
            for votes in written.tables():
                place = VOTE_SCHEMA.get_field_index("vote_id")
                renamed = votes.set_column(place, VOTE_SCHEMA.field(place), ids(columns.plain(votes["vote_id"]), first))
                self._file.write(renamed.filter(pa.array(kept[first : first + len(votes)])))
                first += len(votes)

    def close(self) -> Path:
        """Finish the file where it was written, to be put in place; its fingerprint is known then."""
        with writing(self._path):
            self.fingerprint = self._file.close()
        return self._temporary[-1]

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if kind is None:
                whole = self.close()
                with writing(self._path):
                    put_file(whole, self._place)
            else:
                self._file.abandon()
        finally:
            for temporary in self._temporary:
                temporary.unlink(missing_ok=True)


class _File:
    """One Parquet file of votes under way, in row groups of bounded size."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._flushed = False
        self._schema = VOTE_SCHEMA.with_metadata({VERSION_KEY: VERSION.encode()})
        self._writer = pq.ParquetWriter(path, self._schema, compression="zstd", use_dictionary=True)
        self._waiting: list[pa.Table] = []
        self._bytes = 0
        self._hash = Fingerprint()
        self._open = True

    def write(self, votes: pa.Table) -> None:
        self._waiting.append(votes)
        self._bytes += votes.get_total_buffer_size()
        if sum(map(len, self._waiting)) >= ROW_GROUP or self._bytes >= ROW_GROUP_BYTES:
            self._flush()

    def _flush(self) -> None:
        if self._waiting:
            self._flushed = True
            votes = pa.concat_tables(self._waiting)
            if len(self._waiting) > _MANY:
                votes = votes.combine_chunks()
            self._hash.update(votes)
            self._writer.write_table(votes.cast(self._schema), row_group_size=ROW_GROUP)
            self._waiting, self._bytes = [], 0

    def close(self) -> str:
        """The fingerprint of what was written."""
        if self._open:
            self._flush()
            self._writer.add_key_value_metadata({FINGERPRINT_KEY.decode(): self._hash.hexdigest()})
            self._writer.close()
            self._open = False
        return self._hash.hexdigest()

    def tables(self) -> Iterator[pa.Table]:
        """What was written, in parts; nothing more can be. What has not reached the disk is not read from there."""
        waiting = [] if self._flushed else self._waiting
        if self._flushed:
            self.close()
            for batch in pq.ParquetFile(self._path).iter_batches(batch_size=_REREAD):
                yield pa.Table.from_batches([batch]).cast(VOTE_SCHEMA)
        else:
            self.abandon()
        yield from waiting

    def abandon(self) -> None:
        if self._open:
            self._open = False
            self._writer.close()
