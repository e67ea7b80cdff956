"""Arrow columns of any type in the few types that releases are read in, with texts that are UTF-8.

What no release holds (views, run ends, unions, extensions, times of day, times beyond the years that Python knows)
becomes the plain type nearest to it, so that a cell of it is read, or counted as not readable, like any other cell.
"""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.errors import first_line

#: Units of a second in each unit of time, and the seconds of the years 1 to 9999.
_UNITS = {"s": 1, "ms": 1_000, "us": 1_000_000, "ns": 1_000_000_000}
_FIRST, _LAST = -62_135_596_800, 253_402_300_799

_TEXT = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
_BINARY = (pa.types.is_binary, pa.types.is_large_binary, pa.types.is_binary_view, pa.types.is_fixed_size_binary)
_LISTS = (pa.types.is_large_list, pa.types.is_fixed_size_list)
_VIEWS = (pa.types.is_list_view, pa.types.is_large_list_view)
_KEPT = (
    *(pa.types.is_null, pa.types.is_boolean, pa.types.is_integer, pa.types.is_float32, pa.types.is_float64),
    *(pa.types.is_decimal, pa.types.is_binary),
)


def plain_table(table: pa.Table) -> pa.Table:
    """The table with each column in a plain type. Raises pa.ArrowException for what is damaged."""
    for place, name in enumerate(table.column_names):
        column = table.column(place)
        # What a column becomes depends on all of its values: of several chunks, on those of all.
        old = column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()
        if isinstance(old, pa.Array) and (new := _plain(old)) is not old:
            table = table.set_column(place, name, new)
    return table


def field_twice(kind: pa.DataType) -> str | None:
    """The name of a field that one of the structs within a type has twice; None where there is none."""
    if isinstance(kind, pa.BaseExtensionType):
        return field_twice(kind.storage_type)
    if pa.types.is_dictionary(kind):
        return field_twice(kind.value_type)
    fields = [kind.field(place) for place in range(kind.num_fields)]
    if pa.types.is_struct(kind):
        name, times = next(iter(Counter(field.name for field in fields).most_common(1)), ("", 0))
        if times > 1:
            return str(name)
    return next((name for field in fields if (name := field_twice(field.type)) is not None), None)


def as_bytes(kind: pa.DataType) -> pa.DataType:
    """The type with bytes in place of text, for arrays whose texts are not UTF-8."""
    if pa.types.is_string(kind):
        return pa.binary()
    if pa.types.is_large_string(kind):
        return pa.large_binary()
    if pa.types.is_dictionary(kind):
        return pa.dictionary(kind.index_type, as_bytes(kind.value_type))
    if pa.types.is_struct(kind):
        return pa.struct([kind.field(place).with_type(as_bytes(kind.field(place).type)) for place in range(kind.num_fields)])
    if pa.types.is_list(kind):
        return pa.list_(kind.value_field.with_type(as_bytes(kind.value_type)))
    if pa.types.is_large_list(kind):
        return pa.large_list(kind.value_field.with_type(as_bytes(kind.value_type)))
    return kind


def is_text(kind: pa.DataType) -> bool:
    """Whether values are text or bytes."""
    return any(is_kind(kind) for is_kind in (*_TEXT, *_BINARY))


def _plain(array: pa.Array) -> pa.Array:
    """The array itself where it is plain already."""
    kind = array.type
    if any(is_kind(kind) for is_kind in _KEPT):
        return array
    if any(is_kind(kind) for is_kind in _TEXT):
        return _utf8(array if pa.types.is_string(kind) else array.cast(_of_text(kind)))
    if isinstance(array, pa.ExtensionArray):
        return _plain(array.storage)
    if pa.types.is_dictionary(kind):
        return _plain_dictionary(array)
    if pa.types.is_run_end_encoded(kind):
        return _plain(pc.run_end_decode(array))
    if pa.types.is_struct(kind):
        return _plain_struct(array)
    if pa.types.is_map(kind):
        return _plain_map(array)
    if any(is_kind(kind) for is_kind in _LISTS):
        return _plain_list(array.cast(pa.list_(kind.value_field)))
    if any(is_kind(kind) for is_kind in _VIEWS):
        return _plain_list(_in_order(array))
    if pa.types.is_list(kind):
        return _plain_list(array)
    return _plain_scalars(array)


def _of_text(kind: pa.DataType) -> pa.DataType:
    return pa.string() if any(is_kind(kind) for is_kind in _TEXT) else pa.binary()


def _utf8(array: pa.StringArray) -> pa.StringArray:
    try:
        array.validate(full=True)
    except pa.ArrowInvalid as error:
        if "UTF8" not in first_line(error):
            raise
        values = array.cast(pa.binary()).to_pylist()
        return pa.array([None if value is None else value.decode("utf-8", "replace") for value in values], pa.string())
    return array


def _plain_dictionary(array: pa.DictionaryArray) -> pa.Array:
    """Texts stay a dictionary, so that a repeated one is held once."""
    if not is_text(array.type.value_type):
        return _plain(array.dictionary_decode())
    old = array.dictionary
    values = _plain(old)
    return array if values is old else pa.DictionaryArray.from_arrays(array.indices, values)


def _plain_struct(array: pa.StructArray) -> pa.Array:
    kind = array.type
    old = [array.field(place) for place in range(kind.num_fields)]
    new = [_plain(field) for field in old]
    if all(one is other for one, other in zip(old, new, strict=True)):
        return array
    fields = [pa.field(kind.field(place).name, field.type) for place, field in enumerate(new)]
    return pa.StructArray.from_arrays(new, fields=fields, mask=array.is_null())


def _plain_list(array: pa.ListArray) -> pa.Array:
    old = array.values
    if _plain(old) is old:
        return array
    ordered = _in_order(array)
    mask = array.is_null() if array.null_count else None
    return pa.ListArray.from_arrays(ordered.offsets, _plain(ordered.values), mask=mask)


def _in_order(views: pa.Array) -> pa.ListArray:
    """Lists that look at their values in any order, as lists that follow one another."""
    lengths = pc.list_value_length(views).fill_null(0).to_numpy(zero_copy_only=False)
    offsets = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int32)
    mask = views.is_null() if views.null_count else None
    return pa.ListArray.from_arrays(pa.array(offsets), views.flatten(), mask=mask)


def _plain_map(array: pa.MapArray) -> pa.Array:
    old_keys, old_items = array.keys, array.items
    keys, items = _plain(old_keys), _plain(old_items)
    if keys is old_keys and items is old_items:
        return array
    # The offsets of a slice take no mask: a null among them is a map that is null.
    missing = pa.array([*array.is_null().to_pylist(), False])
    return pa.MapArray.from_arrays(pc.if_else(missing, pa.scalar(None, pa.int32()), array.offsets), keys, items)


def _plain_scalars(array: pa.Array) -> pa.Array:
    kind = array.type
    if any(is_kind(kind) for is_kind in _BINARY):
        return array.cast(pa.binary())
    if pa.types.is_float16(kind):
        return array.cast(pa.float32())
    if pa.types.is_timestamp(kind):
        return _within_years(array, _UNITS[kind.unit])
    if pa.types.is_date(kind):
        return _within_years(array.cast(pa.timestamp("s" if pa.types.is_date32(kind) else "ms")), None)
    if pa.types.is_duration(kind):
        return array.cast(pa.int64())
    if pa.types.is_time(kind):
        return array.cast(pa.string())
    return pa.array([None if value is None else _words(value) for value in array.to_pylist()], pa.string())


def _within_years(times: pa.Array, units: int | None) -> pa.Array:
    """Times as they are, in UTC where they know a zone; where a year is beyond Python's, all of them as text."""
    units = _UNITS[times.type.unit] if units is None else units
    numbers = times.cast(pa.int64())
    ends = pc.min_max(numbers).as_py()
    if ends["min"] is not None and not (_FIRST * units <= ends["min"] and ends["max"] < (_LAST + 1) * units):
        return _as_words(numbers, times, units)
    zone = times.type.tz
    return times if zone in (None, "UTC") else times.cast(pa.timestamp(times.type.unit, "UTC"))


def _as_words(numbers: pa.Array, times: pa.Array, units: int) -> pa.Array:
    inside = pc.and_(pc.greater_equal(numbers, _FIRST * units), pc.less(numbers, (_LAST + 1) * units))
    plain = pc.if_else(inside, numbers, pa.scalar(None, pa.int64())).cast(pa.timestamp(times.type.unit))
    shown = plain.cast(pa.string())
    if times.type.tz:
        shown = pc.binary_join_element_wise(shown, "Z", "")
    beyond = pc.binary_join_element_wise(numbers.cast(pa.string()), f" {times.type.unit} from 1970", "")
    return pc.coalesce(shown, beyond)


def _words(value: Any) -> str:
    return value if isinstance(value, str) else str(value)
