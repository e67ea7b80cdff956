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
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager, suppress
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError, UsageError, first_line
from analysis.sources.arrow_batches import Bounds, ipc_batches, parquet_batches
from analysis.sources.batches import BATCH_BYTES, LONGEST, Batch, NotColumnar, row_batches, weight
from analysis.sources.csv_batches import csv_batches
from analysis.sources.documents import records
from analysis.sources.json_batches import LEARNED_FIRST, json_batches

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_ARROW = (b"ARROW1", b"\xff\xff\xff\xff")
_HEAD = 1 << 16

#: More than this is only unpacked from a gzip that has a byte on the disk for every RATIO of them; honest tables have one
#: for some 5 to 20.
UNDOUBTED, RATIO = 1 << 28, 50
#: What a gzipped Parquet file may unpack to on the disk.
LARGEST_UNPACKED = 1 << 33

#: Columns that a table may have, and lines and delimiters that a row of a CSV may.
MOST_COLUMNS, MOST_DELIMITERS = 10_000, 1 << 20

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
                    bounds = Bounds(self.path)
                    for batch in self._text_batches(size, wanted):
                        bounds.rows(batch.first + len(batch))
                        yield batch

    def first(self, most: int) -> list[Any]:
        """The first rows of a text file, one by one."""
        with reading(self.path):
            return self._head[:most] if self.format is Format.JSON else list(islice(self._csv(None), most))

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
                delimiter = _delimiter(stream)
                lines = _RowLines(_lines(stream, self.path), self.path, delimiter)
                csv.field_size_limit(LONGEST)
                return _header(self.path, csv.reader(lines, delimiter=delimiter, strict=True), self.encoding)
        self._head = self._first_records()
        if not self._head:
            raise InputError(f"{self.path}: an empty list; there is nothing in it.")
        first = self._head[0]
        if not isinstance(first, dict):
            raise InputError(f"{self.path}: its first record is not an object with columns but {type(first).__name__}.")
        names = tuple(dict.fromkeys(str(name) for record in self._head if isinstance(record, dict) for name in record))
        _once(self.path, names)
        return names

    def _first_records(self) -> list[Any]:
        head, held = [], 0
        for record in islice(self._json(), LEARNED_FIRST):
            head.append(record)
            held += weight(record)
            if held > BATCH_BYTES:
                break
        return head

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
            yield from records(stream, self.path, _named(self.encoding))

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
        with suppress(UnicodeError), self._text() as stream:
            end = ""
            while text := stream.read(_HEAD):
                if _SPARK_QUOTE.search(end + text):
                    return True
                end = text[-2:]
        return False

    def _csv_rows(self, wanted: Collection[str] | None, spark: bool) -> Iterator[dict[str, str]]:
        begins = 1
        csv.field_size_limit(LONGEST)
        with self._text() as stream:
            delimiter = _delimiter(stream)
            lines = _RowLines(_lines(stream, self.path), self.path, delimiter, spark)
            reader = csv.reader(lines, delimiter=delimiter, strict=True)
            try:
                header = _header(self.path, reader, self.encoding)
                kept = [(place, name) for place, name in enumerate(header) if wanted is None or name in wanted]
                begins = reader.line_num + 1
                lines.row_ends()
                for cells in reader:
                    lines.row_ends()
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
    return encoding_named(declared)


def encoding_named(declared: str) -> str:
    """Python's name for a text encoding. Raises a UsageError where it knows none such."""
    try:
        name = codecs.lookup(declared).name
        io.TextIOWrapper(io.BytesIO(b"\0" * 4), name).read()
    except UnicodeDecodeError:
        pass
    except (LookupError, ValueError) as error:
        raise UsageError(f"--encoding {declared!r}: no such text encoding; for example utf-16, latin-1, cp1252.") from error
    return UTF8 if name in ("utf-8", "ascii") else name


def _format(path: Path, head: bytes, encoding: str) -> Format:
    if head.startswith(_PARQUET):
        return Format.PARQUET
    if head.startswith(_ARROW):
        return Format.ARROW
    if encoding != UTF8:
        head = head.decode(encoding, "replace").encode("utf-8", "replace")
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        what = f"begins with {len(head):,} blanks" if len(head) == _HEAD else "the file is empty"
        raise InputError(f"{path}: {what}; there is nothing in it.")
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


def _header(path: Path, reader: Iterator[list[str]], encoding: str) -> tuple[str, ...]:
    try:
        names = tuple(name.strip() for name in next(reader, []))
    except csv.Error as error:
        raise InputError(f"{path}: its first line is no header of a CSV table ({error}).") from error
    except UnicodeError as error:
        raise InputError(
            f"{path}: this is neither Parquet nor {_named(encoding)} text; "
            "say what it is with --encoding, for example --encoding latin-1."
        ) from error
    _once(path, names)
    return names


def _once(path: Path, names: Collection[str]) -> None:
    if len(names) > MOST_COLUMNS:
        raise InputError(f"{path}: has {len(names):,} columns; at most {MOST_COLUMNS:,} are read: is it a table of votes?")
    twice = sorted(name for name, times in Counter(names).items() if times > 1 and name)
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


class _RowLines:
    """The lines of a CSV, of which so many may be one row: a quote that is not closed makes a row of the rest of the file."""

    def __init__(self, lines: Iterator[str], path: Path, delimiter: str, spark: bool = False) -> None:
        self._lines = lines
        self._path = path
        self._delimiter = delimiter
        self._spark = spark
        self._number = 0
        self.row_ends()

    def row_ends(self) -> None:
        """The lines so far were whole rows."""
        self._begins = self._number + 1
        self._length = self._delimiters = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self._number += 1
        self._length += len(line)
        self._delimiters += line.count(self._delimiter) + 1
        if self._length > LONGEST or self._delimiters > MOST_DELIMITERS:
            raise InputError(
                f"{self._path}: the row that begins in line {self._begins:,} has more than {LONGEST:,} characters, or "
                f"{MOST_DELIMITERS:,} lines and delimiters; a quote is not closed, or it is no table: fetch or save it again."
            )
        return _SPARK_QUOTE.sub('""', line) if self._spark else line


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
        with _Unzipped(stream, path) as content:
            yield cast("IO[bytes]", content)


class _Unzipped(gzip.GzipFile):
    """The content of a gzip, which is not unpacked without end: a few bytes can stand for thousands each."""

    def __init__(self, stream: IO[bytes], path: Path) -> None:
        super().__init__(fileobj=stream)
        self._path = path
        self._most = max(UNDOUBTED, RATIO * path.stat().st_size)

    def read(self, size: int | None = -1) -> bytes:
        """The next bytes. Raises InputError beyond the bound."""
        return self._bounded(super().read(size))

    def read1(self, size: int = -1) -> bytes:
        """The next bytes, of one step of unpacking. Raises InputError beyond the bound."""
        return self._bounded(super().read1(size))

    def _bounded(self, read: bytes) -> bytes:
        if self.tell() > self._most:
            raise InputError(
                f"{self._path}: unpacks to more than {self._most:,} bytes, {RATIO} times its size; is it a table of votes? "
                "If it is, unpack it and give the file."
            )
        return read


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
    except (UnicodeError, OverflowError, RecursionError) as error:
        raise InputError(f"{path}: the file is damaged ({first_line(error)}); fetch it again.") from error
