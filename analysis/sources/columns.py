"""A whole column of a release at a time, with the meaning that `cells` gives to one cell.

What is surely clean is taken by Arrow as it stands. Of all else each different value goes once through the function for
one cell, so that both ways of reading agree by construction.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.results.prose import shortened
from analysis.results.unseen import UNSEEN
from analysis.sources import cells
from analysis.sources.literals import Unreadable

#: Characters of a value that could not be read, as the ledger shows it.
SHOWN = 40


@dataclass
class Faults:
    """Cells that could not be read and stay empty: how often each value occurred, by column."""

    counts: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, column: str, value: object, times: int = 1) -> None:
        """Count a value that `column` could not be read from."""
        self.counts.setdefault(column, Counter())[shown(value)] += times

    def extend(self, other: Faults) -> None:
        """Add what another batch counted."""
        for column, values in other.counts.items():
            self.counts.setdefault(column, Counter()).update(values)


def shown(value: object) -> str:
    """A value as the ledger shows it: short, and without what a terminal would obey."""
    known = cells.canonical(value)
    text = known if isinstance(known, str) else repr(known)[: 4 * SHOWN]
    text = text[: 4 * SHOWN].encode("utf-8", "replace").decode()
    return shortened(UNSEEN.sub("\ufffd", text), SHOWN)


def raw(table: pa.Table, path: tuple[str, ...]) -> pa.Array | None:
    """The column at a path such as `("dedup_tag", "sampled")`, as one array; None where the table has none.

    Raises:
        Nested: a step of the path is no struct: text, perhaps, that has to be read first.
    """
    first, *rest = path
    if first not in table.column_names:
        return None
    array = plain(table[first])
    for name in rest:
        if pa.types.is_null(array.type):
            return None
        if not pa.types.is_struct(array.type):
            raise Nested(first)
        place = array.type.get_field_index(name)
        if place < 0:
            return None
        array = plain(pc.struct_field(array, [place]))
    return array


class Nested(Exception):
    """A column holds nested values in a form that is read row by row."""


def plain(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    """One array without dictionaries and large types at its top, texts in valid UTF-8."""
    array = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if isinstance(array, pa.ChunkedArray):  # of no chunks
        array = pa.array([], array.type)
    kind = array.type
    if pa.types.is_dictionary(kind):
        array = array.dictionary_decode()
        kind = array.type
    if pa.types.is_large_string(kind) or _is_view(kind):
        array = array.cast(pa.string())
    elif _is_bytes(kind):
        array = _decoded(array)
    return array


def _is_bytes(kind: pa.DataType) -> bool:
    return bool(pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or pa.types.is_binary_view(kind))


def _is_view(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string_view(kind))


def _decoded(array: pa.Array) -> pa.Array:
    return pa.array([None if value is None else value.decode("utf-8", "replace") for value in array.to_pylist()], pa.string())


def parsed(array: pa.Array, parse: Callable[[Any], Any], kind: pa.DataType, column: str, faults: Faults) -> pa.Array:
    """The cells of `array` through `parse`, as an array of `kind`; what `parse` cannot read is null and counted."""
    if pa.types.is_null(array.type):
        return pa.nulls(len(array), kind)
    if pa.types.is_nested(array.type) or pa.types.is_map(array.type):
        return _one_by_one(array, parse, kind, column, faults)
    if pa.types.is_floating(array.type):
        array = pc.if_else(pc.is_nan(array), pa.scalar(None, array.type), array)
    encoded = array.dictionary_encode()
    values = []
    unread: list[int] = []
    for place, value in enumerate(encoded.dictionary.to_pylist()):
        try:
            values.append(parse(value))
        except Unreadable:
            values.append(None)
            unread.append(place)
    if unread:
        _count(encoded, unread, column, faults)
    return pa.array(values, kind).take(encoded.indices)


def _count(encoded: pa.DictionaryArray, unread: list[int], column: str, faults: Faults) -> None:
    times = np.bincount(encoded.indices.drop_null().to_numpy(), minlength=len(encoded.dictionary))
    for place in unread:
        faults.add(column, encoded.dictionary[place].as_py(), int(times[place]))


def _one_by_one(array: pa.Array, parse: Callable[[Any], Any], kind: pa.DataType, column: str, faults: Faults) -> pa.Array:
    values = []
    for value in array.to_pylist():
        try:
            values.append(parse(value))
        except Unreadable:
            values.append(None)
            faults.add(column, value)
    return pa.array(values, kind)


def names(array: pa.Array) -> pa.Array | None:
    """The array itself where every value is a name as `cells.name` leaves it, at one look; else None."""
    if not pa.types.is_string(array.type):
        return None
    # What spells "missing", stands for a list, or holds blanks at an end or control characters is looked at by itself.
    odd = pc.or_(pc.is_in(array, value_set=_MISSING), pc.match_substring_regex(array, _NOT_PLAIN))
    return None if pc.any(odd).as_py() else array


_MISSING = pa.array(sorted(cells.MISSING), pa.string())
_NOT_PLAIN = r"^[\[{\s\pZ]|[\s\pZ]$|[\x00-\x1f\x{85}]"


def texts(array: pa.Array) -> pa.Array:
    """Texts as `cells.whole_text` leaves them: NUL, which neither pages nor terminals take, becomes U+FFFD."""
    return pc.replace_substring(array, "\0", "\ufffd") if _holds_nul(array) else array


def _holds_nul(array: pa.Array) -> bool:
    return bool(pc.any(pc.match_substring_regex(array, r"\x00")).as_py())


def integers(array: pa.Array, kind: pa.DataType, least: int, most: int) -> pa.Array | None:
    """Whole numbers in range as they stand; else None."""
    if not pa.types.is_integer(array.type):
        return None
    extremes = pc.min_max(array).as_py()
    if extremes["min"] is not None and not (least <= extremes["min"] and extremes["max"] <= most):
        return None
    return array.cast(kind)


#: Seconds since 1970 that are certainly seconds, and within the years that a time may have.
_LEAST_SECONDS, _MOST_SECONDS = -6e10, 1e11
#: Numbers that may be a date of eight digits instead, such as 20240501.
_LEAST_DATE, _MOST_DATE = 1e7, 3e7


def times(array: pa.Array) -> pa.Array | None:
    """UTC times from timestamps, or from Unix times in seconds, as `cells.time` reads them; else None."""
    kind = pa.timestamp("us", tz="UTC")
    if pa.types.is_timestamp(array.type):
        inside = pc.min_max(array.cast(pa.timestamp(array.type.unit))).as_py
        try:
            inside()
        except (ValueError, OverflowError):
            return None
        if array.type.unit == "ns":
            numbers = np.floor_divide(array.cast(pa.int64()).fill_null(0).to_numpy(zero_copy_only=False), 1_000)
            absent = array.is_null().to_numpy(zero_copy_only=False)
            array = pa.array(numbers, mask=absent).cast(pa.timestamp("us", tz=array.type.tz))
        zone = array.type.tz
        return (
            array.cast(pa.timestamp("us", tz=zone), safe=False).cast(kind)
            if zone
            else pc.assume_timezone(array.cast(pa.timestamp("us"), safe=False), "UTC")
        )
    if not (pa.types.is_floating(array.type) or pa.types.is_integer(array.type)):
        return None
    seconds = array.cast(pa.float64(), safe=False)
    known = seconds.drop_null().to_numpy(zero_copy_only=False)
    if not np.all(np.isfinite(known) & (known > _LEAST_SECONDS) & (known < _MOST_SECONDS)):
        return None
    if np.any((known >= _LEAST_DATE) & (known <= _MOST_DATE)):
        return None
    # As datetime.timedelta does it: whole seconds apart, the fraction rounded half to even.
    fraction, whole = np.modf(seconds.fill_null(0.0).to_numpy(zero_copy_only=False))
    micro = whole.astype(np.int64) * 1_000_000 + np.rint(fraction * 1e6).astype(np.int64)
    return pa.array(micro, mask=seconds.is_null().to_numpy(zero_copy_only=False)).cast(pa.timestamp("us")).cast(kind)


def starts(lists: pa.Array) -> np.ndarray:
    """Where each list begins among the flattened values, and where the last one ends: shape (rows + 1,)."""
    lengths = pc.list_value_length(lists).fill_null(0).to_numpy(zero_copy_only=False)
    return np.concatenate([[0], np.cumsum(lengths, dtype=np.int64)])


def regroup(offsets: np.ndarray, kept: np.ndarray, values: pa.Array, absent: np.ndarray | None = None) -> pa.Array:
    """Lists of those `values` that are `kept` (booleans over the flattened values), grouped by the old offsets.

    `values` are the kept ones alone; `absent` are rows that have no list at all.
    """
    before = np.concatenate([[0], np.cumsum(kept, dtype=np.int64)])
    ends = before[offsets].astype(np.int32)
    if absent is None or not absent.any():
        return pa.ListArray.from_arrays(pa.array(ends), values)
    return pa.ListArray.from_arrays(pa.array(ends), values, mask=pa.array(absent))
