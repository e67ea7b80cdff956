"""Files of any format as batches of rows: Parquet, Arrow, CSV, JSON and JSON Lines, each also gzipped, told by content.

Every reader holds one batch at a time, whatever the size of the file, and refuses what would not fit. Well-formed text
is read in columns (`json_batches`, `csv_batches`); from the first place on where that is not safe, rows are read one by
one. A file that is damaged as a whole is an InputError that names the file and the line or row; what a single cell holds
is not judged here.
"""

from __future__ import annotations

import codecs
import csv
import gzip
import io
import re
import stat
import tempfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError, UsageError, first_line
from analysis.sources.arrow_batches import ipc_batches, parquet_batches
from analysis.sources.batches import LONGEST, Batch, NotColumnar, row_batches
from analysis.sources.csv_batches import csv_batches
from analysis.sources.documents import records
from analysis.sources.json_batches import LEARNED_FIRST, json_batches

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_ARROW = (b"ARROW1", b"\xff\xff\xff\xff")
_HEAD = 1 << 16

#: What a gzipped Parquet file may unpack to on the disk.
LARGEST_UNPACKED = 1 << 33

#: More NUL characters than this share of the head are no text.
_MOST_NUL = 0.1

#: Byte-order marks, longest first, and the encoding each stands for.
_MARKS: Mapping[bytes, str] = {
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
UTF8 = "utf-8-sig"

#: What a file begins with that is surely not a table of votes, and what to say of it.
_OTHERS: Mapping[bytes, str] = {
    b"PK\x03\x04": "a zip archive (or a spreadsheet): unpack it, or save the table as CSV",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"BZh": "a bzip2 archive: unpack it",
    b"\xfd7zXZ": "an xz archive: unpack it",
    b"\x28\xb5\x2f\xfd": "a zstd archive: unpack it",
    b"version https://git-lfs": "a Git LFS pointer, not the data: run git lfs pull",
    b"<": "a web page or XML, perhaps in place of a download that needs a login",
}
_KNOWN = "Votes come as Parquet, Arrow, CSV, JSON or JSON Lines."

#: A quote as Spark writes it within a cell.
_SPARK_QUOTE = re.compile(r'(?<!\\)\\"')


class Format(StrEnum):
    """How the rows of a file are written."""

    PARQUET = "Parquet"
    ARROW = "Arrow"
    CSV = "CSV"
    JSON = "JSON"


class Rows:
    """One file, opened by what it holds: its format, the columns of its first rows, and its rows in batches.

    `encoding` is that of a text file that is not UTF-8 and has no byte-order mark.

    Raises:
        InputError: the file is missing, not readable, empty, damaged or of another kind.
        UsageError: an encoding that Python does not know.
    """

    def __init__(self, path: Path, encoding: str | None = None) -> None:
        self.path = path
        with reading(path):
            regular(path)
            with _unzipped(path) as stream:
                head = stream.read(_HEAD)
            self.encoding = _encoding(head, encoding)
            self.format = _format(path, head, self.encoding)
            self._head: list[Any] = []
            self.columns = self._first_columns()

    def batches(self, size: int, wanted: Collection[str] | None = None, lengths: Collection[str] = ()) -> Iterator[Batch]:
        """The rows in order; `size` bounds a batch of rows that are read one by one.

        `wanted` limits the columns read, and `lengths` names those of which only the length of lists is asked, where the
        format makes that cheaper.
        """
        with reading(self.path):
            match self.format:
                case Format.PARQUET:
                    with _seekable(self.path) as stream:
                        yield from parquet_batches(stream, self.path, wanted, lengths)
                case Format.ARROW:
                    with _seekable(self.path) as stream:
                        yield from ipc_batches(stream, self.path, wanted)
                case _:
                    yield from self._text_batches(size, wanted)

    def _text_batches(self, size: int, wanted: Collection[str] | None) -> Iterator[Batch]:
        done = 0
        with suppress(NotColumnar):
            for batch in self._columnar(wanted):
                yield batch
                done = batch.first + len(batch)
            return
        rows = self._csv(wanted) if self.format is Format.CSV else self._json()
        yield from row_batches(islice(rows, done, None), done, size)

    def _columnar(self, wanted: Collection[str] | None) -> Iterator[Batch]:
        if self.encoding != UTF8:
            raise NotColumnar
        with _unzipped(self.path) as stream:
            if self.format is Format.JSON:
                yield from json_batches(stream, self._head)
                return
            names = [name for name in self.columns if name and (wanted is None or name in wanted)]
            yield from csv_batches(_without_mark(stream), self.columns, self._delimiter(), names)

    def _first_columns(self) -> tuple[str, ...]:
        if self.format in (Format.PARQUET, Format.ARROW):
            with _seekable(self.path) as stream:
                names = tuple(_schema(stream, self.format).names)
            _once(self.path, names)
            return names
        if self.format is Format.CSV:
            with self._text() as stream:
                return _header(self.path, csv.reader(_lines(stream, self.path), delimiter=_delimiter(stream), strict=True))
        self._head = list(islice(self._json(), LEARNED_FIRST))
        if not self._head:
            raise InputError(f"{self.path}: an empty list; there are no votes in it.")
        first = self._head[0]
        if not isinstance(first, dict):
            raise InputError(f"{self.path}: its first record is not an object with columns but {type(first).__name__}.")
        return tuple(dict.fromkeys(str(name) for record in self._head if isinstance(record, dict) for name in record))

    def _delimiter(self) -> str:
        with self._text() as stream:
            return _delimiter(stream)

    @contextmanager
    def _text(self) -> Iterator[IO[str]]:
        # surrogatepass: halves of characters that some tools wrote as bytes; they become U+FFFD later, like escaped ones.
        errors = "surrogatepass" if self.encoding.startswith("utf") else "strict"
        with _unzipped(self.path) as stream, io.TextIOWrapper(stream, self.encoding, errors=errors, newline="") as text:
            yield text

    def _json(self) -> Iterator[Any]:
        with self._text() as stream:
            yield from records(stream, self.path)

    def _csv(self, wanted: Collection[str] | None) -> Iterator[dict[str, str]]:
        """The rows of a CSV. Where its quotes make no sense, they are taken for those that Spark writes, `\\"`."""
        done = 0
        try:
            for row in self._csv_rows(wanted, spark=False):
                yield row
                done += 1
        except InputError:
            if not self._has_spark_quotes():
                raise
            try:
                yield from islice(self._csv_rows(wanted, spark=True), done, None)
                return
            except InputError:
                pass
            raise

    def _has_spark_quotes(self) -> bool:
        with self._text() as stream:
            return any(_SPARK_QUOTE.search(line) for line in _lines(stream, self.path))

    def _csv_rows(self, wanted: Collection[str] | None, spark: bool) -> Iterator[dict[str, str]]:
        begins = 1
        csv.field_size_limit(LONGEST)
        with self._text() as stream:
            delimiter = _delimiter(stream)
            lines = _lines(stream, self.path)
            if spark:
                lines = (_SPARK_QUOTE.sub('""', line) for line in lines)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            try:
                header = _header(self.path, reader)
                kept = [(place, name) for place, name in enumerate(header) if wanted is None or name in wanted]
                begins = reader.line_num + 1
                for cells in reader:
                    if len(cells) == len(header):
                        yield {name: cells[place] for place, name in kept}
                    elif cells:
                        raise InputError(
                            f"{self.path}: line {begins:,} has {len(cells)} cells where the header has {len(header)}; "
                            "the file is damaged or cut off: fetch or save it again."
                        )
                    begins = reader.line_num + 1
            except csv.Error as error:
                raise InputError(
                    f"{self.path}: the row that begins in line {begins:,} is damaged or cut off ({error}); "
                    "fetch or save the file again."
                ) from error
            except UnicodeError as error:
                raise InputError(
                    f"{self.path}: not {_named(self.encoding)} text soon after line {begins:,}; "
                    "say what it is with --encoding, for example --encoding latin-1."
                ) from error


def is_parquet(path: Path) -> bool:
    """Whether the file is Parquet, not gzipped."""
    with reading(path):
        regular(path)
        with path.open("rb") as stream:
            return stream.read(len(_PARQUET)) == _PARQUET


def regular(path: Path) -> None:
    """Refuse what is no file on a disk: a pipe may never end, or never begin.

    Raises:
        InputError: as said.
    """
    if not stat.S_ISREG(path.stat().st_mode):
        raise InputError(f"{path}: not a regular file (a pipe or a device?); save its content to a file and give that.")


def _encoding(head: bytes, declared: str | None) -> str:
    marked = next((name for mark, name in _MARKS.items() if head.startswith(mark)), None)
    if marked or not declared:
        return marked or UTF8
    try:
        name = codecs.lookup(declared).name
        b"".decode(name)
    except LookupError as error:
        raise UsageError(f"--encoding {declared!r}: no such text encoding; for example utf-16, latin-1, cp1252.") from error
    return UTF8 if name == "utf-8" else name


def _format(path: Path, head: bytes, encoding: str) -> Format:
    if head.startswith(_PARQUET):
        return Format.PARQUET
    if head.startswith(_ARROW):
        return Format.ARROW
    if encoding != UTF8:
        head = head.decode(encoding, "replace").encode("utf-8", "replace")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InputError(f"{path}: the file is empty; there are no votes in it.")
    for magic, what in _OTHERS.items():
        if start.startswith(magic):
            raise InputError(f"{path}: this is {what}. {_KNOWN}")
    if head.count(0) > _MOST_NUL * len(head):
        raise InputError(f"{path}: this is neither Parquet nor UTF-8 text. {_KNOWN} Other text needs --encoding, such as utf-16.")
    return Format.JSON if start[:1] in (b"[", b"{") else Format.CSV


def _named(encoding: str) -> str:
    return "UTF-8" if encoding == UTF8 else encoding


def _schema(stream: IO[bytes], form: Format) -> pa.Schema:
    if form is Format.PARQUET:
        return pq.read_schema(stream)
    file = stream.read(6) == _ARROW[0]
    stream.seek(0)
    return (pa.ipc.open_file(stream) if file else pa.ipc.open_stream(stream)).schema


def _header(path: Path, reader: Iterator[list[str]]) -> tuple[str, ...]:
    try:
        names = tuple(name.strip() for name in next(reader, []))
    except csv.Error as error:
        raise InputError(f"{path}: its first line is no header of a CSV table ({error}).") from error
    except UnicodeError as error:
        raise InputError(
            f"{path}: this is neither Parquet nor UTF-8 text; say what it is with --encoding, for example --encoding latin-1."
        ) from error
    _once(path, names)
    return names


def _once(path: Path, names: Collection[str]) -> None:
    twice = sorted({name for name in names if list(names).count(name) > 1 and name})
    if twice:
        raise InputError(f"{path}: the column {twice[0]!r:.60} occurs twice in the header; rename one.")


def _delimiter(stream: IO[str]) -> str:
    """The mark that splits the header; the stream is put back to its start."""
    try:
        header = stream.readline(_HEAD)
    except UnicodeError:
        header = ""  # the header is read again, where the error has a name
    stream.seek(0)
    return max(",;\t", key=header.count)


def _lines(stream: IO[str], path: Path) -> Iterator[str]:
    """The lines of a text, each of a bounded length."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise InputError(
                f"{path}: line {number:,} has more than {LONGEST:,} characters; the file is damaged or no table: fetch it again."
            )
        yield line


def _without_mark(stream: IO[bytes]) -> IO[bytes]:
    """The stream behind a UTF-8 byte-order mark, if it begins with one."""
    if stream.read(3) != codecs.BOM_UTF8:
        stream.seek(0)
    return stream


@contextmanager
def _unzipped(path: Path) -> Iterator[IO[bytes]]:
    zipped = _is_gzip(path)
    with path.open("rb") as stream:
        if not zipped:
            yield stream
            return
        with gzip.GzipFile(fileobj=stream) as content:
            yield cast("IO[bytes]", content)


def _is_gzip(path: Path) -> bool:
    with path.open("rb") as stream:
        return stream.read(len(_GZIP)) == _GZIP


@contextmanager
def _seekable(path: Path) -> Iterator[IO[bytes]]:
    """The content as a stream that can jump; a gzipped file is unpacked to a temporary one, never to memory."""
    with _unzipped(path) as stream:
        if not _is_gzip(path):
            yield stream
            return
        with tempfile.TemporaryFile() as unpacked:
            while piece := stream.read(1 << 20):
                unpacked.write(piece)
                if unpacked.tell() > LARGEST_UNPACKED:
                    raise InputError(f"{path}: unpacks to more than {LARGEST_UNPACKED:,} bytes; unpack it and give the file.")
            unpacked.seek(0)
            yield cast("IO[bytes]", unpacked)


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Errors of the file system and of damaged files as one line that names the file."""
    try:
        yield
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file.") from error
    except PermissionError as error:
        raise InputError(f"{path}: no permission to read it; change its mode or copy it.") from error
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path}: the gzip file is damaged or cut off ({error}); fetch it again.") from error
    except pa.ArrowException as error:
        raise InputError(f"{path}: the file is damaged or cut off ({first_line(error)}); fetch it again.") from error
    except MemoryError as error:
        raise InputError(f"{path}: needs more memory than there is; the file is damaged or holds a very large cell.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({first_line(error)}); is it damaged? fetch it again.") from error
