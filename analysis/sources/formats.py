"""Files of any format as batches of rows: Parquet, CSV, JSON and JSON Lines, each also gzipped, told by their content.

Every reader holds one batch at a time, whatever the size of the file. A file that is damaged as a whole is an
InputError that names the file and the line or row; what a single cell holds is not judged here.
"""

from __future__ import annotations

import csv
import gzip
import io
import shutil
import tempfile
import zlib
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import IO, Any, cast

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError
from analysis.sources.documents import records

#: The longest CSV cell, in characters. An unclosed quote would otherwise take the rest of the file into one cell.
LONGEST_CELL = 1 << 26

_GZIP = b"\x1f\x8b"
_PARQUET = b"PAR1"
_HEAD = 1 << 16

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


class Format(StrEnum):
    """How the rows of a file are written."""

    PARQUET = "Parquet"
    CSV = "CSV"
    JSON = "JSON"


class Rows:
    """One file, opened by what it holds: its format, the columns of its first row, and its rows in batches.

    Raises:
        InputError: the file is missing, not readable, empty, damaged or of another kind.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with _reading(path):
            with _unzipped(path) as stream:
                head = stream.read(_HEAD)
            self.format = _format(path, head)
            self.columns = self._first_columns()

    def batches(self, size: int, wanted: Collection[str] | None = None) -> Iterator[list[Any]]:
        """Lists of up to `size` rows, each row a mapping from column to cell (a JSON record may be anything).

        `wanted` limits the columns read, where the format makes that cheaper.
        """
        with _reading(self.path):
            match self.format:
                case Format.PARQUET:
                    yield from self._parquet(size, wanted)
                case Format.CSV:
                    yield from _chunks(self._csv(wanted), size)
                case Format.JSON:
                    yield from _chunks(self._json(), size)

    def _first_columns(self) -> tuple[str, ...]:
        if self.format is Format.PARQUET:
            with _seekable(self.path) as stream:
                return tuple(pq.read_schema(stream).names)
        if self.format is Format.CSV:
            with self._text() as stream:
                return _header(self.path, csv.reader(stream, delimiter=_delimiter(stream), strict=True))
        first = next(self._json(), None)
        if first is None:
            raise InputError(f"{self.path}: an empty list; there are no votes in it.")
        if not isinstance(first, dict):
            raise InputError(f"{self.path}: its first record is not an object with columns but {type(first).__name__}.")
        return tuple(first)

    @contextmanager
    def _text(self) -> Iterator[IO[str]]:
        # surrogatepass: halves of characters that some tools wrote as bytes; they become U+FFFD later, like escaped ones.
        with _unzipped(self.path) as stream, io.TextIOWrapper(stream, "utf-8-sig", errors="surrogatepass", newline="") as text:
            yield text

    def _parquet(self, size: int, wanted: Collection[str] | None) -> Iterator[list[Any]]:
        columns = None if wanted is None else [name for name in self.columns if name in wanted]
        with _seekable(self.path) as stream:
            for batch in pq.ParquetFile(stream).iter_batches(batch_size=size, columns=columns):
                yield batch.to_pylist()

    def _json(self) -> Iterator[Any]:
        with self._text() as stream:
            yield from records(stream, self.path)

    def _csv(self, wanted: Collection[str] | None) -> Iterator[dict[str, str]]:
        begins = 1
        csv.field_size_limit(LONGEST_CELL)
        with self._text() as stream:
            reader = csv.reader(stream, delimiter=_delimiter(stream), strict=True)
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
            except UnicodeDecodeError as error:
                raise InputError(f"{self.path}: not UTF-8 text soon after line {begins:,}; save it as UTF-8.") from error


def is_parquet(path: Path) -> bool:
    """Whether the file is Parquet, not gzipped."""
    with _reading(path), path.open("rb") as stream:
        return stream.read(len(_PARQUET)) == _PARQUET


def _format(path: Path, head: bytes) -> Format:
    start = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start:
        raise InputError(f"{path}: the file is empty; there are no votes in it.")
    if start.startswith(_PARQUET):
        return Format.PARQUET
    for magic, what in _OTHERS.items():
        if start.startswith(magic):
            raise InputError(f"{path}: this is {what}. Votes come as Parquet, CSV, JSON or JSON Lines.")
    if b"\0" in head:
        raise InputError(f"{path}: this is neither Parquet nor UTF-8 text. Votes come as Parquet, CSV, JSON or JSON Lines.")
    return Format.JSON if start[:1] in (b"[", b"{") else Format.CSV


def _header(path: Path, reader: Iterator[list[str]]) -> tuple[str, ...]:
    try:
        names = tuple(name.strip() for name in next(reader, []))
    except csv.Error as error:
        raise InputError(f"{path}: its first line is no header of a CSV table ({error}).") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: this is neither Parquet nor UTF-8 text; save it as UTF-8.") from error
    twice = sorted({name for name in names if names.count(name) > 1 and name})
    if twice:
        raise InputError(f"{path}: the column {twice[0]!r} occurs twice in the header; rename one.")
    return names


def _delimiter(stream: IO[str]) -> str:
    """The mark that splits the header; the stream is put back to its start."""
    try:
        header = stream.readline(_HEAD)
    except UnicodeDecodeError:
        header = ""  # the header is read again, where the error has a name
    stream.seek(0)
    return max(",;\t", key=header.count)


def _chunks(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, size)):
        yield chunk


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
            shutil.copyfileobj(stream, unpacked)
            unpacked.seek(0)
            yield cast("IO[bytes]", unpacked)


@contextmanager
def _reading(path: Path) -> Iterator[None]:
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
        raise InputError(f"{path}: the Parquet file is damaged or cut off ({_first_line(error)}); fetch it again.") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read ({_first_line(error)}).") from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0].rstrip(".")
