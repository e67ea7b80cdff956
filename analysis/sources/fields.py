"""Where a column of the vote table stands in a release, said once for a row and for a whole batch.

A release declares a source for each column it has. `of_row` finds the value in a row that was read by itself,
`of_table` in an Arrow table; both leave null, and count, what cannot be read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources import cells, columns, json_cells
from analysis.sources.columns import Faults, Nested
from analysis.sources.languages import language_name
from analysis.sources.literals import Unreadable
from analysis.votes.schema import BY_NAME, STYLE_FEATURES, Column

#: A column of a release and the keys within it, `("dedup_tag", "sampled")`.
Path = tuple[str, ...]


class Source(Protocol):
    """Where a column of the vote table comes from."""

    @property
    def reads(self) -> frozenset[str]:
        """The columns of the release that it looks at."""
        ...

    def of_row(self, row: Mapping[str, Any], column: Column, faults: Faults) -> Any:
        """The value of the column in a row, None where nothing is there or what is there cannot be read."""
        ...

    def of_table(self, table: pa.Table, column: Column, faults: Faults) -> pa.Array:
        """The same for all rows of a table. Raises `Nested` where it has to be read row by row."""
        ...


@dataclass(frozen=True)
class At:
    """The cell at a path such as `("dedup_tag", "sampled")`; of several paths, the first that has a value."""

    paths: tuple[Path, ...]
    day_first: bool | None = None

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(path[0] for path in self.paths)

    def parser(self, column: Column) -> Callable[[Any], Any]:
        """What turns a cell into a value of the column; it raises Unreadable for what cannot be one."""
        if column.name == "time":
            return lambda value: cells.time(value, self.day_first)
        return _PARSERS[column.name]

    def of_row(self, row: Mapping[str, Any], column: Column, faults: Faults) -> Any:
        for path in self.paths:
            if (found := _cell(row, path, self.parser(column), faults)) is not None:
                return found
        return None

    def of_table(self, table: pa.Table, column: Column, faults: Faults) -> pa.Array:
        found = None
        for path in self.paths:
            array = columns.raw(table, path)
            if array is None or (found is not None and not found.null_count):
                continue
            if found is not None:  # a later place only counts where the earlier ones are empty
                array = pc.if_else(found.is_null(), array, pa.scalar(None, array.type))
            values = _column(array, column, path[0], self.parser(column), faults)
            found = values if found is None else pc.coalesce(found, values)
        return pa.nulls(len(table), column.type) if found is None else found


def at(*paths: str) -> At:
    """The cell at a path written `dedup_tag/sampled`; of several, the first that has a value."""
    return At(tuple(tuple(path.split("/")) for path in paths))


@dataclass(frozen=True)
class Sum:
    """The sum of all counts in a mapping, such as headers over their levels."""

    path: Path

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.path[0]})

    def of_row(self, row: Mapping[str, Any], column: Column, faults: Faults) -> Any:
        given = _cell(row, self.path, cells.mapping, faults) or {}
        counts = []
        for count in given.values():
            try:
                counts.append(cells.integer(count))
            except Unreadable:
                faults.add(self.path[0], count)
        known = [count for count in counts if count is not None]
        try:
            return _in_range(sum(known), column) if known else None
        except Unreadable:
            faults.add(self.path[0], given)
            return None

    def of_table(self, table: pa.Table, column: Column, faults: Faults) -> pa.Array:
        given = columns.raw(table, self.path)
        if given is None or pa.types.is_null(given.type):
            return pa.nulls(len(table), column.type)
        if not pa.types.is_struct(given.type):
            raise Nested(self.path[0])
        counts = [pc.struct_field(given, [place]) for place in range(given.type.num_fields)]
        if not all(pa.types.is_integer(count.type) or pa.types.is_null(count.type) for count in counts):
            raise Nested(self.path[0])
        counts = [count for count in counts if pa.types.is_integer(count.type)]
        if not counts:
            return pa.nulls(len(table), column.type)
        if any(columns.integers(count, pa.int64(), -cells.LARGEST, cells.LARGEST) is None for count in counts):
            raise Nested(self.path[0])
        known = np.any([count.is_valid().to_numpy(zero_copy_only=False) for count in counts], axis=0)
        total = np.sum([count.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False) for count in counts], axis=0)
        if np.any(total[known] > column.most) or np.any(total[known] < column.least):
            raise Nested(self.path[0])
        return pa.array(total, mask=~known).cast(column.type)


@dataclass(frozen=True)
class _Flags:
    """Several flags of a row by name."""

    flags: Mapping[str, At]

    @property
    def reads(self) -> frozenset[str]:
        return frozenset(name for flag in self.flags.values() for name in flag.reads)

    def _held(self, table: pa.Table, faults: Faults) -> tuple[np.ndarray, np.ndarray]:
        """Which flags hold, shape (rows, flags), and in which rows none of them is given, shape (rows,)."""
        flags = [flag.of_table(table, _FLAG, faults) for flag in self.flags.values()]
        absent = np.all([flag.is_null().to_numpy(zero_copy_only=False) for flag in flags], axis=0)
        return np.stack([flag.fill_null(False).to_numpy(zero_copy_only=False) for flag in flags], axis=1), absent


class Count(_Flags):
    """How many of several flags hold; None where none of them is given."""

    def of_row(self, row: Mapping[str, Any], column: Column, faults: Faults) -> Any:
        held = [flag.of_row(row, _FLAG, Faults()) for flag in self.flags.values()]
        known = [value for value in held if value is not None]
        return sum(known) if known else None

    def of_table(self, table: pa.Table, column: Column, faults: Faults) -> pa.Array:
        held, absent = self._held(table, Faults())
        return pa.array(held.sum(axis=1), mask=absent).cast(column.type)


class Names(_Flags):
    """The names of those of several flags that hold; None where none of them is given."""

    def of_row(self, row: Mapping[str, Any], column: Column, faults: Faults) -> Any:
        held = {name: flag.of_row(row, _FLAG, faults) for name, flag in self.flags.items()}
        known = any(value is not None for value in held.values())
        return [name for name, value in held.items() if value] if known else None

    def of_table(self, table: pa.Table, column: Column, faults: Faults) -> pa.Array:
        held, absent = self._held(table, faults)
        which = np.nonzero(held)[1].astype(np.int32)
        offsets = np.concatenate([[0], np.cumsum(held.sum(axis=1))]).astype(np.int32)
        names = pa.array(list(self.flags), pa.string()).take(pa.array(which))
        return pa.ListArray.from_arrays(pa.array(offsets), names, mask=pa.array(absent))


@dataclass(frozen=True)
class Length:
    """How many elements a list has; None for an empty one."""

    path: Path

    @property
    def reads(self) -> frozenset[str]:
        return frozenset({self.path[0]})

    def of_row(self, row: Mapping[str, Any], column: Column, faults: Faults) -> Any:
        return len(_cell(row, self.path, cells.listed, faults) or ()) or None

    def of_table(self, table: pa.Table, column: Column, faults: Faults) -> pa.Array:
        given = columns.raw(table, self.path)
        if given is None or pa.types.is_null(given.type):
            return pa.nulls(len(table), column.type)
        if not _is_list(given.type):
            raise Nested(self.path[0])
        lengths = pc.list_value_length(given).cast(column.type)
        return pc.if_else(pc.equal(lengths, 0), pa.scalar(None, column.type), lengths)


def _is_list(kind: pa.DataType) -> bool:
    return bool(pa.types.is_list(kind) or pa.types.is_large_list(kind))


def _cell(row: Mapping[str, Any], path: Path, parse: Callable[[Any], Any], faults: Faults) -> Any:
    """The parsed cell at a path; what cannot be read is counted under its column, and None."""
    first, *rest = path
    value = row.get(first)
    try:
        for name in rest:
            value = cells.mapping(value).get(name)
        return parse(value)
    except Unreadable:
        faults.add(first, value)
        return None


def _by_type(column: Column) -> Callable[[Any], Any]:
    if pa.types.is_integer(column.type):
        return lambda value: _in_range(cells.integer(value), column)
    if pa.types.is_boolean(column.type):
        return cells.flag
    if pa.types.is_timestamp(column.type):
        return cells.time
    if pa.types.is_list(column.type):
        return _texts
    return cells.name


def _in_range(number: int | None, column: Column) -> int | None:
    if number is not None and not column.least <= number <= column.most:
        raise Unreadable(f"a number from {column.least} to {column.most} was expected, not {number}")
    return number


def _texts(value: object) -> list[str] | None:
    items = cells.listed(value)
    return None if items is None else [cells.text(item) or "" for item in items]


def _language(value: object) -> str | None:
    label = cells.name(value)
    return None if label is None else language_name(label)


_FLAG = Column("flag", pa.bool_(), "a flag")
_PARSERS: Mapping[str, Callable[[Any], Any]] = {
    **{column.name: _by_type(column) for column in (*BY_NAME.values(), _FLAG)},
    "language": _language,
    "prompt": cells.text,
}


def _column(array: pa.Array, column: Column, theirs: str, parse: Callable[[Any], Any], faults: Faults) -> pa.Array:
    """A column as its type says; clean ones at once, others by their different values."""
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), column.type)
    found = None
    if column.name == "prompt" and pa.types.is_string(array.type):
        found = _blank_is_null(columns.texts(array))
    elif pa.types.is_list(column.type):
        return _list_of_texts(array, theirs)
    elif pa.types.is_integer(column.type):
        found = columns.integers(array, column.type, column.least, column.most)
    elif pa.types.is_timestamp(column.type):
        found = columns.times(array)
    elif pa.types.is_boolean(column.type):
        found = array if pa.types.is_boolean(array.type) else None
    elif column.name != "language" and pa.types.is_integer(array.type):
        found = array.cast(pa.string())
    elif column.name != "language":
        found = columns.names(array)
    return columns.parsed(array, parse, column.type, theirs, faults) if found is None else found


def _blank_is_null(texts: pa.Array) -> pa.Array:
    blank = pc.equal(pc.utf8_trim_whitespace(texts), "")
    return pc.if_else(blank, pa.scalar(None, pa.string()), texts) if pc.any(blank).as_py() else texts


def _list_of_texts(array: pa.Array, theirs: str) -> pa.Array:
    if pa.types.is_string(array.type):
        array, other = json_cells.parse(array, json_cells.LISTS)
        if other.any():
            raise Nested(theirs)
    if not _is_list(array.type) or not pa.types.is_string(columns.plain(array.values).type):
        raise Nested(theirs)
    offsets = columns.starts(array)
    values = columns.texts(columns.plain(array.flatten()).fill_null(""))
    blank = pc.equal(pc.utf8_trim_whitespace(values), "")
    values = pc.if_else(blank, "", values)
    everything = np.ones(len(values), dtype=bool)
    return columns.regroup(offsets, everything, values, array.is_null().to_numpy(zero_copy_only=False))


MODELS: Mapping[str, Source] = {"model_a": at("model_a"), "model_b": at("model_b")}

#: The seven criteria of hard prompts.
CRITERIA = (
    "specificity",
    "domain_knowledge",
    "complexity",
    "problem_solving",
    "creativity",
    "technical_accuracy",
    "real_world",
)
#: Files of mid-2024 hold the seven criteria in `criteria_tag` instead of `category_tag`.
_CRITERIA_FLAGS = {name: at(f"category_tag/criteria_v0.1/{name}", f"criteria_tag/{name}") for name in CRITERIA}

#: Tokens and Markdown counts of `conv_metadata`; the levels of headers and the sorts of lists and bold are summed.
METADATA: Mapping[str, Source] = {
    "tokens_user": at("conv_metadata/sum_user_tokens"),
    **{f"tokens_{side}": at(f"conv_metadata/sum_assistant_{side}_tokens") for side in ("a", "b")},
    **{
        f"{feature}_{side}": Sum(("conv_metadata", f"{theirs}_count_{side}"))
        for feature, theirs in zip(STYLE_FEATURES[1:], ("header", "list", "bold"), strict=True)
        for side in ("a", "b")
    },
}

_TAG_FLAGS: Mapping[str, At] = {
    **_CRITERIA_FLAGS,
    "instruction_following": at("category_tag/if_v0.1/if"),
    "math": at("category_tag/math_v0.1/math"),
    "creative_writing": at("category_tag/creative_writing_v0.1/creative_writing"),
}

#: The classifiers' tags: criteria, instruction following, mathematics and creative writing.
TAGS: Mapping[str, Source] = {
    "criteria": Count(_CRITERIA_FLAGS),
    "instruction_score": at("category_tag/if_v0.1/score"),
    "math": _TAG_FLAGS["math"],
    "creative_writing": _TAG_FLAGS["creative_writing"],
    "tags": Names(_TAG_FLAGS),
}


def tag_names(**more: At) -> Names:
    """The names of all tags of LMSYS's log that hold, and of `more` flags."""
    return Names({**_TAG_FLAGS, "high_freq": at("dedup_tag/high_freq"), **more})


#: LMSYS's vote log, whichever of its columns a release has.
LOG: Mapping[str, Source] = {
    "vote_id": at("question_id"),
    **MODELS,
    "turns": at("turn"),
    "language": at("language"),
    "time": at("tstamp"),
    "judge": at("judge", "judge_hash"),
    "anonymous": at("anony"),
    "is_code": at("is_code"),
    "is_refusal": at("is_refusal"),
    "sampled": at("dedup_tag/sampled"),
    **METADATA,
    **TAGS,
    "tags": tag_names(),
}
