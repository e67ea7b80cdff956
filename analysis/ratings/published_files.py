"""Files of published boards as rows: CSV, JSON in the shapes that people write, and Parquet, each also gzipped."""

from __future__ import annotations

import csv
import glob
import gzip
import io
import re
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis import places
from analysis.errors import InputError, UsageError, first_line
from analysis.ratings.published_json import read_json
from analysis.results.prose import joined, shortened
from analysis.results.unseen import visible

#: The arena's own history of its boards on the hub: one folder per arena, in it `full-…` and `latest-…` Parquet files.
HUB_BOARDS = "leaderboard-dataset"

#: Bytes of a text file, unpacked, and of JSON, whose objects take thirty times their text in memory; rows that a selection
#: may have, columns, and bytes of a cell: any series of boards is far smaller, and a hostile file is refused in time.
LARGEST, LARGEST_JSON, MOST_ROWS, MOST_COLUMNS, LONGEST_CELL = 1 << 27, 1 << 25, 2_000_000, 1_000, 1 << 13

#: Rows of Parquet in memory at a time, and the most that a file may claim to have.
BATCH, MOST_CLAIMED = 1 << 17, 50_000_000

#: Values that a message lists, and those that are gathered for it.
LISTED, MOST_SEEN = 12, 10_000

_HUB_FILE = re.compile(r"(full|latest)(-\d+-of-\d+)?\.parquet")
_ENDINGS = (".csv", ".tsv", ".json", ".jsonl", ".parquet")
_NOT_BOARDS = ("dataset_info", "dataset_infos", "state", "package")


def read_rows(reference: str) -> tuple[pd.DataFrame, Path, str]:
    """The rows that `FILE?column=value&column=value` selects, the file and the selection.

    FILE is a file, a folder, a glob or HUB_BOARDS, also with a folder in it (`leaderboard-dataset/text`). Rows of the
    hub's files have two more columns to select by, `arena` (the folder) and `split` (`full`, or `latest` where that is
    asked for or alone); rows of several other files have `file`.

    Raises:
        InputError: nothing is there, a file is damaged or no table, or no row is left.
        UsageError: there is no such column, or no file is named.
    """
    name, query = _split(reference)
    wanted = dict(parse_qsl(query, keep_blank_values=True))
    files = files_of(reference)
    path = files[0] if len(files) == 1 else Path(name)
    splits = {(file.parent, match[1]) for file in files if (match := _HUB_FILE.fullmatch(file.name))}
    frames, seen, columns = [], {column: set[str]() for column in wanted}, dict[str, None]()
    for file in files:
        beside = _beside(file, len(files) > 1)
        if beside.get("split") == "latest" and "split" not in wanted and (file.parent, "full") in splits:
            continue
        if any(column in beside and beside[column] != value for column, value in wanted.items() if column != "file"):
            seen = {column: values | {beside[column]} if column in beside else values for column, values in seen.items()}
            columns.update(dict.fromkeys(beside))
            continue
        for table in _tables(file):
            frame = table.assign(**{column: value for column, value in beside.items() if column not in table.columns})
            columns.update(dict.fromkeys(frame.columns))
            frames.append(_selected(frame, wanted, seen))
            if sum(map(len, frames)) > MOST_ROWS:
                raise InputError(f"{path}: more than {MOST_ROWS:,} rows; select some, as in {path.name}?category=overall.")
    for column, value in wanted.items():
        if seen[column] and value not in seen[column]:
            raise InputError(f"{path}: no rows with {column}={visible(value)}; there are {listed(sorted(seen[column]))}.")
    for column in wanted:
        if column not in columns:
            raise UsageError(f"{path}: no column {column!r} to select by; there are {listed(columns)}.")
    frame = pd.concat([frame for frame in frames if len(frame)] or frames[:1], ignore_index=True) if frames else pd.DataFrame()
    if frame.empty:
        raise InputError(f"{path}: no rows{f' with {visible(query)}' if query else ''}.")
    return frame, path, query


def listed(values: Iterable[object]) -> str:
    """Values from data for a message: the first LISTED of them, and how many more there are."""
    return joined((shortened(visible(str(value)), 60) or "''" for value in values), LISTED, last=", ")


def files_of(reference: str) -> list[Path]:
    """The files that a reference (`read_rows`) is read from."""
    return _files(_split(reference)[0])


def column_values(reference: str, column: str) -> set[str]:
    """The different values of a column in the files of a reference, whatever rows it selects; none where no file has it.

    Raises:
        InputError, UsageError: as `read_rows`.
    """
    _, query = _split(reference)
    wanted, files, values = dict(parse_qsl(query)), files_of(reference), set[str]()
    for file in files:
        beside = _beside(file, len(files) > 1)
        if all(wanted.get(key, value) == value for key, value in beside.items()):
            for table in _tables(file, column):
                values.update(map(str, table[column].unique()) if column in table.columns and len(values) < MOST_SEEN else ())
    return values


def _split(reference: str) -> tuple[str, str]:
    """Name and selection; a name with a question mark in it that is there is a name."""
    try:
        if Path(reference).exists():
            return reference, ""
    except (OSError, ValueError):
        pass  # such as a name that is too long: said where it is opened
    name, _, query = reference.partition("?")
    return name, query


def _files(name: str) -> list[Path]:
    if not name:  # as a path it would be the folder that the program runs in
        raise UsageError("no published board is named; give a file, or --votes to compare categories.")
    known = name == HUB_BOARDS or name.startswith(f"{HUB_BOARDS}/")
    path = places.RAW / name if known else Path(name).expanduser()
    try:
        if path.is_dir():
            files = [file for file in sorted(path.rglob("*")) if file.is_file() and _may_hold(file.relative_to(path))]
        elif path.exists():
            files = [path]
        else:
            found = sorted(glob.glob(str(path), recursive=True))  # noqa: PTH207  (absolute patterns)
            files = [Path(file) for file in found if Path(file).is_file()]
    except (OSError, ValueError) as error:
        raise InputError(f"{visible(name)[:200]}: cannot be read as a published board ({first_line(error)}).") from error
    if files:
        return files
    if path.is_dir():
        raise InputError(f"{path}: no published boards in this folder; it needs CSV, JSON or Parquet files.")
    if known and not (places.RAW / HUB_BOARDS).exists():
        raise InputError(f"{name}: this data set is not here yet ({path}); run: arena-workbook fetch {HUB_BOARDS}")
    raise InputError(
        f"{visible(str(path))}: cannot be read as a published board (no such file; to compare categories, give --votes)."
    )


def _may_hold(file: Path) -> bool:
    name = file.name.lower().removesuffix(".gz")
    hidden = any(part.startswith(".") for part in file.parts)
    return not hidden and name.endswith(_ENDINGS) and name.partition(".")[0] not in _NOT_BOARDS


def _beside(file: Path, several: bool) -> dict[str, str]:
    """What the place of a file says of its rows."""
    if hub := _HUB_FILE.fullmatch(file.name):
        return {"arena": file.parent.name, "split": hub[1]}
    return {"file": file.name} if several else {}


def _selected(frame: pd.DataFrame, wanted: Mapping[str, str], seen: dict[str, set[str]]) -> pd.DataFrame:
    """The rows with the values wanted; `seen` gets the values that there were, given those of the columns before."""
    for column, value in wanted.items():
        if column not in frame.columns:
            return frame.iloc[:0]
        texts = [str(cell) for cell in frame[column]]  # a list: Arrow would copy each text
        here = np.fromiter((text == value for text in texts), bool, len(texts))
        seen[column].update(texts if len(seen[column]) < MOST_SEEN else (), [value] if here.any() else ())
        frame = frame[here]
    return frame


def _tables(path: Path, only: str = "") -> Iterator[pd.DataFrame]:
    """The rows of one file, by what it holds; those of Parquet in batches, and of the column `only` where one is named."""
    if not path.is_file():
        raise InputError(f"{path}: this is not a file that can be read as a published board.")
    try:
        data = _content(path)
        if data is None:
            yield from _parquet(path, path, only)
            return
        if data.startswith(b"PAR1"):
            yield from _parquet(pa.BufferReader(data), path, only)
            return
        text = _text(data, path)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"{path}: cannot be read as a published board ({first_line(error)}).") from error
    if text.lstrip()[:1] not in ("[", "{"):
        rows = list(_csv(text, path))
    elif len(text) > LARGEST_JSON:
        raise InputError(f"{path}: more than {LARGEST_JSON >> 20} MB of JSON; save it as CSV or Parquet.")
    else:
        rows = read_json(text, path)
    _check_columns(set[str]().union(*rows), path)
    yield pd.DataFrame(rows, dtype=object)


def _content(path: Path) -> bytes | None:
    """The unpacked bytes of a file; None for Parquet, which is read from where it is."""
    with path.open("rb") as stream:
        magic = stream.read(4)
        stream.seek(0)
        if magic == b"PAR1":
            return None
        with gzip.GzipFile(fileobj=stream) if magic[:2] == b"\x1f\x8b" else stream as content:
            data = content.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"{path}: more than {LARGEST >> 20} MB, unpacked, which no published board has.")
    return data


def _text(data: bytes, path: Path) -> str:
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: neither Parquet nor UTF-8 text; save it as UTF-8.") from error
    if not text.strip():
        raise InputError(f"{path}: cannot be read as a published board (the file is empty).")
    if text.lstrip().startswith("<") or "\0" in text:
        raise InputError(f"{path}: this is no table; published boards come as CSV, JSON or Parquet.")
    return text


def _csv(text: str, path: Path) -> Iterator[dict[str, Any]]:
    first = text.lstrip("\r\n").split("\n", 1)[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=first.count), strict=True)
    begins = 1
    try:
        header = [name.strip() for name in next((row for row in reader if row), [])]
        _check_once(header, path)
        begins = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(header):
                raise InputError(
                    f"{path}: line {begins:,} has {len(cells)} cells where the header has {len(header)}; "
                    "the file is damaged or cut off: fetch or save it again."
                )
            if cells:
                yield dict(zip(header, cells, strict=True))
            begins = reader.line_num + 1
    except csv.Error as error:
        raise InputError(f"{path}: the row that begins in line {begins:,} is damaged or cut off ({error}).") from error


def _check_columns(names: Collection[str], path: Path) -> None:
    """Raise an InputError where there are more columns than a table of boards can have."""
    if len(names) > MOST_COLUMNS:
        raise InputError(f"{path}: {len(names):,} columns, which no published board has.")


def _check_once(names: Iterable[str], path: Path) -> None:
    """Raise an InputError where a column occurs twice."""
    names = [name for name in names if name]
    twice = sorted({name for name in names if names.count(name) > 1})
    if twice:
        raise InputError(f"{path}: the column {visible(twice[0])!r} occurs twice; rename one.")


def _parquet(source: Path | pa.BufferReader, path: Path, only: str = "") -> Iterator[pd.DataFrame]:
    """The rows of a Parquet file, a batch at a time; columns of lists and structures are left out."""
    try:
        schema = pq.read_schema(source)
        _check_once(schema.names, path)
        _check_columns(schema.names, path)
        flat = [field.name for field in schema if not pa.types.is_nested(field.type) and only in ("", field.name)]
        words = [field.name for field in schema if pa.types.is_string(field.type) or pa.types.is_large_string(field.type)]
        with pq.ParquetFile(source, read_dictionary=words) as file:
            if file.metadata.num_rows > MOST_CLAIMED:
                raise InputError(f"{path}: {file.metadata.num_rows:,} rows, which no series of published boards has.")
            for batch in file.iter_batches(columns=flat, batch_size=BATCH):
                yield _unindexed(_plain_cells(batch, path))
            if not file.metadata.num_rows:
                yield _unindexed(schema.empty_table().select(flat).to_pandas(ignore_metadata=True))
    except (pa.ArrowException, OSError, ValueError) as error:
        reason = visible(first_line(error))
        raise InputError(f"{path}: the Parquet file is damaged or cut off ({reason}); fetch it again.") from error


def _plain_cells(batch: pa.RecordBatch, path: Path) -> pd.DataFrame:
    """A batch with dates as text, and with words of which each is held once."""
    batch.validate(full=True)
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        if pa.types.is_dictionary(column.type) and (pc.max(pc.binary_length(column.dictionary)).as_py() or 0) > LONGEST_CELL:
            raise InputError(f"{path}: column {visible(name)!r} has a cell of more than {LONGEST_CELL:,} bytes.")
    columns = {
        name: _dates(column) if pa.types.is_temporal(column.type) else column
        for name, column in zip(batch.schema.names, batch.columns, strict=True)
    }
    frame = pa.table(columns).to_pandas(ignore_metadata=True)
    return frame.astype({name: object for name in frame.columns if isinstance(frame[name].dtype, pd.CategoricalDtype)})


def _unindexed(frame: pd.DataFrame) -> pd.DataFrame:
    """What pandas keeps as the index of a frame, under the name that it has in other formats."""
    return frame.rename(columns={name: "" for name in frame.columns if re.fullmatch(r"__index_level_\d+__", name)})


def _dates(column: pa.Array) -> pa.Array:
    """Dates and times as ISO text; days alone where no time of day is given."""
    if pa.types.is_timestamp(column.type):
        times = column.cast(pa.timestamp("us"))
        days = pc.all(pc.equal(times, pc.floor_temporal(times, unit="day"))).as_py()
        return pc.strftime(times, format="%Y-%m-%d" if days is not False else "%Y-%m-%dT%H:%M:%S")
    return pc.strftime(column, format="%Y-%m-%d") if pa.types.is_date(column.type) else column.cast(pa.string())
