"""Prompt sets: prompts that somebody released, out of any file that holds some.

A set is a release of votes in any format, LMSYS-Chat-1M, a list of prompts, or text with one prompt a line. Columns are read as
Arrow wherever the first user message can be taken out of them as such, so that a million prompts take hardly longer than their
keys do.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import InputError
from analysis.matching.likeness import asked_order
from analysis.sources.batches import LONGEST, Batch
from analysis.sources.cells import listed, missing, text, whole_text
from analysis.sources.conversations import USER, from_messages
from analysis.sources.files import find_files
from analysis.sources.formats import Rows, reading, regular
from analysis.sources.literals import Unreadable
from analysis.sources.load import load_votes
from analysis.sources.times import parse_time
from analysis.votes.prompts import prompt_keys, read_prompt_keys
from analysis.votes.times import UNTIMED, read_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Keys = NDArray[np.uint64]
    Extract = Callable[[object], str | None]

#: Rows of a prompt set that are read at once; how many, or bytes of text, get their keys together, which is quicker.
BATCH, TOGETHER, TOGETHER_BYTES = 10_000, 131_072, 1 << 26

#: What the name of a file ends in that has one prompt a line, and whether it is packed.
_LINES = {".txt": False, ".txt.gz": True}

#: Columns that say when a prompt was asked, the first that there is.
_TIMES = ("time", "tstamp", "timestamp")

#: More NUL characters than this share of the first bytes are no text.
_MOST_NUL, _HEAD = 0.1, 1 << 16


@dataclass(frozen=True)
class PromptSet:
    """The distinct prompts of a set.

    Attributes:
        name: of its file, or of what the files were named as.
        keys: shape (K,), sorted keys of the distinct prompts (`analysis.votes.prompts.prompt_keys`); K is 1 or more.
        rows: rows or lines of the files.
        unreadable: rows without a prompt, or with none that can be read; blank lines of a text.
        first, last: days (UTC) on which the first and the last prompt was asked, `2023-04-24`; empty without times.
        files: where they were read.
        own: shape (votes,), the votes that the set was made of; None for a set from elsewhere.
    """

    name: str
    keys: Keys
    rows: int
    unreadable: int
    first: str = ""
    last: str = ""
    files: tuple[Path, ...] = field(default=(), repr=False)
    own: NDArray[np.bool_] | None = field(default=None, repr=False)

    def has(self, keys: Keys) -> NDArray[np.bool_]:
        """Whether each key is one of the set's, shape of `keys`; the key 0 of no prompt is none of them."""
        place = np.minimum(np.searchsorted(self.keys, keys), len(self.keys) - 1)
        return np.asarray(self.keys[place] == keys)

    def texts(self) -> Iterator[list[str]]:
        """The distinct prompts, each as it was first written, some thousands at a time; read from the files again."""
        seen = np.zeros(len(self.keys), dtype=bool)
        for path in self.files:
            for prompts, _ in _gathered(_prompts(path)):
                keys = prompt_keys(prompts)
                asked = np.flatnonzero(self.has(keys))
                place, first = np.unique(np.searchsorted(self.keys, keys[asked]), return_index=True)
                new = ~seen[place]
                seen[place[new]] = True
                yield prompts.take(pa.array(np.sort(asked[first[new]]))).to_pylist()


def read_prompt_set(source: str | Path) -> PromptSet:
    """The prompts of a file, a folder, a glob or a known data set.

    Of a table the first of the columns `prompt`, `turns` (lists of user messages), `conversation` or `conversation_a` (lists of
    messages with role and content) counts; where all of a `prompt` column are lists, as in the 55k release, their first texts.

    Raises:
        InputError: nothing is there, it is no text or table, or has no prompt that can be read.
    """
    files = find_files(source, prompts=True)
    rows = unreadable = 0
    found, days = [np.empty(0, np.uint64)], set()
    for path in files:
        for prompts, asked in _gathered(_prompts(path)):
            keys = prompt_keys(prompts)
            rows, unreadable = rows + len(keys), unreadable + int((keys == 0).sum())
            found.append(np.unique(keys[keys != 0]))
            days |= set(asked)
    keys = np.unique(np.concatenate(found))
    if not len(keys):
        raise InputError(f"{source}: none of its {rows:,} rows has a prompt that can be read; is it a set of prompts?")
    name = Path(source).name or str(source)
    return PromptSet(name, keys, rows, unreadable, min(days, default=""), max(days, default=""), tuple(files))


def _gathered(batches: Iterator[tuple[pa.Array, Sequence[str]]]) -> Iterator[tuple[pa.Array, Sequence[str]]]:
    """The same in fewer and larger batches."""
    held: list[pa.Array] = []
    days: list[str] = []
    for prompts, asked in batches:
        held.append(prompts)
        days.extend(asked)
        if sum(map(len, held)) >= TOGETHER or sum(part.nbytes for part in held) >= TOGETHER_BYTES:
            yield pa.concat_arrays(held), days
            held, days = [], []
    if held:
        yield pa.concat_arrays(held), days


def _prompts(path: Path) -> Iterator[tuple[pa.Array, Sequence[str]]]:
    """First prompts, strings or null where there is none that can be read, and the first and last day of each batch."""
    with reading(path):
        regular(path)
        if not path.stat().st_size:
            raise InputError(f"{path}: the file is empty; a prompt set needs one prompt at least.")
    ending = next((ending for ending in _LINES if path.name.lower().endswith(ending)), None)
    yield from _of_lines(path, _LINES[ending]) if ending else _of_table(path)


def _of_lines(path: Path, packed: bool) -> Iterator[tuple[pa.Array, Sequence[str]]]:
    with reading(path), gzip.open(path) if packed else path.open("rb") as opened:
        stream = cast("IO[bytes]", opened)
        head = stream.read(_HEAD)
        if head.count(0) > _MOST_NUL * len(head):
            raise InputError(f"{path}: this is no text; a .txt has one prompt a line, in UTF-8.")
        stream.seek(0)
        lines = _lines(stream, path)
        while batch := list(islice(lines, BATCH)):
            yield pa.array(batch, pa.string()), ()


def _lines(stream: IO[bytes], path: Path) -> Iterator[str | None]:
    """The lines, without a byte-order mark; null where blank."""
    number = 0
    while line := stream.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise InputError(f"{path}: line {number:,} has more than {LONGEST:,} bytes; is this one prompt a line?")
        try:
            words = line.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
        except UnicodeDecodeError as error:
            raise InputError(f"{path}: line {number:,} is not UTF-8 text; save the file as UTF-8.") from error
        yield whole_text(words) if words.strip() else None


def _of_table(path: Path) -> Iterator[tuple[pa.Array, Sequence[str]]]:
    rows = Rows(path)
    column = next((name for name in _FIRST_PROMPT if name in rows.columns), None)
    if column is None:
        yield from _of_table(_votes_of(path, rows.columns).path)
        return
    times = next((name for name in _TIMES if name in rows.columns), "")
    extract = _of_turns if column == "prompt" and _are_lists(rows) else _FIRST_PROMPT[column]
    for batch in rows.batches(BATCH, [name for name in (column, times) if name]):
        yield _first_prompts(_column(batch, column), extract), _days(batch, times)


def _column(batch: Batch, column: str) -> pa.Array | list[object]:
    """A column of a batch, as Arrow where the batch is."""
    if batch.table is not None and column in batch.table.column_names:
        return batch.table[column].combine_chunks()
    return _cells(batch, column)


def _are_lists(rows: Rows) -> bool:
    """Whether all cells of the column `prompt` that hold anything are lists of texts; read up to the first that is none."""
    some = False
    for batch in rows.batches(BATCH, ["prompt"]):
        lists = _all_lists(_column(batch, "prompt"))
        if lists is False:
            return False
        some = some or lists is True
    return some


def _votes_of(path: Path, columns: Sequence[str]) -> Votes:
    """The votes of a file in which prompts are in none of the usual columns.

    Raises:
        InputError: it holds no votes, or votes without prompts.
    """
    with suppress(InputError):
        votes = load_votes(path)
        if "prompt" in votes.available:
            return votes
    raise InputError(
        f"{path}: a prompt set needs one of the columns {', '.join(_FIRST_PROMPT)}, or votes with prompts; "
        f"this file has {', '.join(columns[:12])}. Rename the one that holds the prompts, or give a .txt of one a line."
    )


def _cells(batch: Batch, column: str) -> list[object]:
    """The cells of a column, row by row; None for a row that has none."""
    return [row.get(column) if isinstance(row, Mapping) else None for row in batch.read()]


def _all_lists(cells: pa.Array | list[object]) -> bool | None:
    """Whether all cells of a batch that hold anything are lists of texts; None where none holds anything."""
    given = [cell for cell in (cells.to_pylist() if isinstance(cells, pa.Array) else cells) if not missing(cell)]
    try:
        return all(_is_list(cell) for cell in given) if given else None
    except Unreadable:
        return False


def _is_list(cell: object) -> bool:
    if isinstance(cell, str) and not cell.lstrip().startswith("["):
        return False
    turns = listed(cell)
    return turns is not None and all(isinstance(turn, str) or turn is None for turn in turns)


def _first_prompts(cells: pa.Array | list[object], extract: Extract) -> pa.Array:
    """The first prompt of each cell; columns of plain texts, and of messages as structs, are never Python objects."""
    if isinstance(cells, pa.Array):
        if pa.types.is_dictionary(cells.type) or pa.types.is_large_string(cells.type):
            with suppress(pa.ArrowInvalid, pa.ArrowNotImplementedError):
                cells = cells.cast(pa.string())
        if extract is text and pa.types.is_string(cells.type):
            return cells
        if extract is _of_messages and _are_messages(cells.type):
            return _of_structs(cells)
        cells = cells.to_pylist()
    return pa.array([_read(cell, extract) for cell in cells], pa.string())


def _are_messages(kind: pa.DataType) -> bool:
    """Whether a column holds lists of structs with the role and the content of a message as texts."""
    if not (pa.types.is_list(kind) or pa.types.is_large_list(kind)) or not pa.types.is_struct(kind.value_type):
        return False
    inner = {part.name: part.type for part in (kind.value_type.field(place) for place in range(kind.value_type.num_fields))}
    return all(name in inner and pa.types.is_string(inner[name]) for name in ("role", "content"))


def _of_structs(cells: pa.Array) -> pa.Array:
    """The first prompts of lists of messages: that of the first message where a user speaks, else read one by one."""
    lengths = pc.list_value_length(cells).fill_null(0).to_numpy(zero_copy_only=False).astype(np.int64)
    starts = np.cumsum(lengths) - lengths
    first = pc.list_flatten(cells).take(pa.array(starts, mask=lengths == 0))
    said = pc.struct_field(first, "content")
    spoken = pc.equal(pc.struct_field(first, "role"), USER).fill_null(False).to_numpy(zero_copy_only=False)
    others = np.flatnonzero(~spoken & (lengths > 0))
    if not len(others):
        return pc.if_else(pa.array(spoken), said, pa.scalar(None, pa.string()))
    found = said.to_pylist()
    for place in np.flatnonzero(~spoken).tolist():
        found[place] = _read(cells[place].as_py(), _of_messages)
    return pa.array(found, pa.string())


def _read(cell: object, extract: Extract) -> str | None:
    """The first user message of a cell; None where there is none or it cannot be read."""
    try:
        return None if cell is None else extract(cell)
    except Unreadable:
        return None


def _of_turns(cell: object) -> str | None:
    """Of a list of user messages, each a text or a mapping with a content."""
    turns = listed(cell)
    first = turns[0] if turns else None
    return text(first.get("content") if isinstance(first, Mapping) else first)


def _of_messages(cell: object) -> str | None:
    """Of a list of messages, each with role and content."""
    prompts = from_messages(cell, None).asked
    return prompts[0] if prompts else None


#: How to take the first prompt out of each column that may hold it; the first column found is used.
_FIRST_PROMPT: Mapping[str, Extract] = {
    "prompt": text,
    "turns": _of_turns,
    "conversation": _of_messages,
    "conversation_a": _of_messages,
}


def _days(batch: Batch, column: str) -> list[str]:
    """The first and the last day of the batch's times; none where there are no times that can be read."""
    if not column:
        return []
    if batch.table is not None and column in batch.table.column_names:
        with suppress(pa.ArrowNotImplementedError, pa.ArrowInvalid):
            ends = pc.min_max(batch.table[column])
            return _readable_days([ends["min"].as_py(), ends["max"].as_py()])
    return _readable_days(_cells(batch, column))


def _readable_days(times: Sequence[object]) -> list[str]:
    days = []
    for time in times:
        with suppress(Unreadable):
            if not missing(time):
                days.append(parse_time(time).date().isoformat())
    return [min(days), max(days)] if days else []


def prompt_set_for(votes: Votes, source: str | Path | None) -> PromptSet:
    """The set that votes are held against: a released one, or where none is named the first half of the votes."""
    return first_half(votes) if source is None else read_prompt_set(source)


def first_half(votes: Votes) -> PromptSet:
    """The prompts of the first half of the votes as a set, as if it had been released then.

    The half is by time, or by place in the table where votes have no times.

    Raises:
        InputError: the votes have no prompts.
    """
    votes.need("exposure", "prompt")
    keys, order = read_prompt_keys(votes), asked_order(votes)
    early = np.zeros(len(keys), dtype=bool)
    early[order[: len(order) // 2]] = True
    known = np.unique(keys[early & (keys != 0)])
    if not len(known):
        raise InputError(f"{votes.name}: no vote of the first half has a prompt; name a set of released prompts.")
    first = last = ""
    if "time" in votes.available:
        times = read_times(votes)[early]
        stamps = times[times != UNTIMED]
        if len(stamps):
            first, last = (str(np.datetime64(int(stamp), "us"))[:10] for stamp in (stamps.min(), stamps.max()))
    rows, blank = int(early.sum()), int((early & (keys == 0)).sum())
    return PromptSet("the first half of these votes", known, rows, blank, first, last, (votes.path,), early)
