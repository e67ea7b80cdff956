"""Values, types and ways of writing that files may have, as Hypothesis strategies: what the two ways of reading must agree on."""

import csv
import json
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pyarrow as pa
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from speeds import Csv, Json

TEXTS = (
    *("", " ", "nan", "NA", "None", "null", r"\N", " padded ", "\u3000wide\u3000", "7", "1.0", "1e3", "-3", "true", "t", "no"),
    *("a\nb", "a\r\nb", 'say "hi"', "\x00", "\x1b[31mred", "\x85", "\ufeff", "\ud83d", "\ud83d\ude00", "😀", "שלום", "中文 字"),
    *("e\u0301", "[1, 2, 3]", "{'a': 1}", "['x', None]", "[", "{", '["a"]', "[[]]", "{}", "[]", "x" * 700, "é" * 300, "\u2028"),
    *("2024-05-01 12:00:00 UTC", "Wed, 01 May 2024 12:00:00 GMT", "05/01/2024", "13/01/2024", "2024-05-01T12:00:00+02:00"),
    *("1700000000", "1700000000.25", "20240501", "EN", "zh-Hant", "iw", "model_a", "Tie", "tie (bothbad)", "heron-7b", "invalid"),
)
NUMBERS = (
    *(
        0,
        1,
        2,
        -1,
        7,
        300,
        20240501,
        20240501120000,
        1700000000,
        1700000000123,
        -5,
        2**31,
        2**53 + 1,
        2**63 - 1,
        2**63,
        2**64,
        10**30,
    ),
    *(0.0, -0.0, 1.0, 1.5, 3.0, -2.25, 1700000000.5, -1.000001, 2.0**60, 1e300, 1e11, 20240501.0, 1700000000123.0, 4.35, 0.1),
    *(math.nan, math.inf, -math.inf),
)
NESTED: tuple[Any, ...] = (
    *([], {}, [None], [[]], [1, "a"], ["a", " b ", None], ["x"], [""], {"a": 1}, {"a": None, "b": 2.0}, {"b": 2, "a": None}),
    *([{"role": "user", "content": "x"}], [{"role": "User", "content": None}, {"role": "ai", "content": "y"}]),
    *([{"role": "system", "content": "be"}, {"role": "user", "content": "x"}, {"role": "assistant", "content": "y"}],),
    *([{"role": "pirate", "content": "x"}], [{"from": "human", "value": "x"}, {"from": "gpt", "value": "y"}], [["user", "x"]]),
    *([{"role": "user", "content": ["a", {"text": "b"}, None, {"image": 1}]}], [{"role": "user", "content": 1}], [None]),
    *(
        [{"role": "user", "text": "x"}],
        [{"role": "user", "content": None, "value": "v", "text": "t"}],
        [{"role": None, "from": "ai"}],
    ),
    *(
        {"if_v0.1": {"if": "t", "score": 3.0}},
        {"if_v0.1": None},
        {"math_v0.1": {"math": "yes"}},
        {"high_freq": 1, "sampled": "no"},
    ),
    *({"sum_user_tokens": 2.5, "bold_count_a": {"**": "2", "__": 1}}, {"turns": 0, "header_count_a": {"h1": -1}}, {"turns": 9}),
    *({"header_count_a": {}}, {"header_count_a": [1]}, {"bold_count_b": {"**": 2**31 - 1, "__": 1}}),
)
ODD: tuple[Any, ...] = (None, True, False, *TEXTS, *NUMBERS, *NESTED)

odd = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=30),
    st.integers(-(10**20), 10**20),
    st.integers(-5, 40),
    st.floats(),
    st.lists(st.sampled_from(TEXTS), max_size=3),
)


def generated(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """So many examples, the same in each run, however long they take."""
    return settings(
        max_examples=examples,
        report_multiple_bugs=False,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )


writings = st.builds(
    Json,
    lines=st.booleans(),
    indent=st.sampled_from((None, None, 0, 2)),
    separators=st.sampled_from(((", ", ": "), (",", ":"), (",\n", ": "), (" , ", " : "))),
    ascii=st.booleans(),
    newline=st.sampled_from(("\n", "\n", "\r\n")),
    blank_lines=st.booleans(),
    last_newline=st.booleans(),
)

csv_writings = st.builds(
    Csv,
    delimiter=st.sampled_from((",", ";", "\t")),
    quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
    newline=st.sampled_from(("\n", "\n", "\r\n")),
    null=st.sampled_from(("", "NULL", r"\N", "nan")),
    nested=st.sampled_from((str, json.dumps, lambda value: json.dumps(value, ensure_ascii=False))),
    mark=st.booleans(),
)

STRINGS: tuple[pa.DataType, ...] = (
    *(
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
    ),
    *(pa.binary(), pa.large_binary(), pa.binary_view()),
)
INTEGERS = (pa.int8(), pa.int16(), pa.int32(), pa.int64(), pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64())
OTHERS: tuple[pa.DataType, ...] = (
    *(pa.float32(), pa.float64(), pa.float16(), pa.bool_(), pa.null(), pa.date32(), pa.date64(), pa.decimal128(12, 3)),
    *(pa.timestamp(unit, tz=zone) for unit in ("s", "ms", "us", "ns") for zone in (None, "UTC", "Europe/Berlin", "+02:00")),
    *(
        pa.list_(pa.string()),
        pa.large_list(pa.string()),
        pa.list_(pa.int64()),
        pa.struct([("a", pa.int64()), ("b", pa.string())]),
    ),
    *(
        pa.time32("s"),
        pa.duration("s"),
        pa.list_(pa.string(), 2),
        pa.map_(pa.string(), pa.int64()),
        pa.dictionary(pa.int8(), pa.int64()),
    ),
    *(
        pa.list_(pa.string_view()),
        pa.list_(pa.dictionary(pa.int8(), pa.string())),
        pa.list_(pa.timestamp("us")),
        pa.decimal256(50, 3),
    ),
)


def values_of(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """What a column of that type may hold, null aside."""
    if pa.types.is_dictionary(kind):
        return values_of(kind.value_type)
    if kind in (pa.binary(), pa.large_binary(), pa.binary_view()):
        return st.one_of(st.binary(max_size=9), strings.map(str.encode))
    if kind in STRINGS:
        return strings
    if pa.types.is_integer(kind):
        bits = kind.bit_width
        least, most = (0, 2**bits - 1) if pa.types.is_unsigned_integer(kind) else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        fitting = [number for number in NUMBERS if isinstance(number, int) and least <= number <= most]
        return st.one_of(st.sampled_from(fitting), st.integers(max(least, -3), min(most, 9)), st.integers(least, most))
    if pa.types.is_floating(kind):
        return st.one_of(st.sampled_from((0.0, 1.0, 2.0, 0.5, -1.0, math.nan, math.inf)), st.floats(width=kind.bit_width))
    if pa.types.is_timestamp(kind):
        per_second = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[kind.unit]
        most = min(2**63 - 1, 250_000_000_000 * per_second)
        usual = st.integers(-3_000_000_000 * per_second, 4_000_000_000 * per_second)
        return st.one_of(usual, usual, usual, usual, st.integers(-most, most), st.sampled_from((-(2**63) + 1, 2**63 - 1)))
    if pa.types.is_boolean(kind):
        return st.booleans()
    if pa.types.is_date(kind):
        return st.dates()
    if pa.types.is_decimal(kind):
        return st.decimals(-(10**8), 10**8, places=3)
    if pa.types.is_time(kind):
        return st.integers(0, 86_399)
    if pa.types.is_duration(kind):
        return st.integers(-(10**6), 10**6)
    if pa.types.is_map(kind):
        return st.lists(st.tuples(st.text(max_size=3), st.integers(0, 9)), max_size=2)
    if pa.types.is_fixed_size_list(kind):
        return st.lists(strings, min_size=2, max_size=2)
    if pa.types.is_list(kind) or pa.types.is_large_list(kind):
        return st.lists(st.one_of(st.none(), values_of(kind.value_type)), max_size=3)
    if pa.types.is_struct(kind):
        return st.fixed_dictionaries({field.name: st.one_of(st.none(), values_of(field.type)) for field in kind})
    return st.none()


#: Arrow's texts have no half of a character.
strings = st.one_of(
    st.sampled_from([text for text in TEXTS if "\ud83d" not in text]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
kinds = st.sampled_from((*STRINGS, *INTEGERS, *OTHERS))


def an_array(kind: pa.DataType, values: list[Any]) -> pa.Array:
    if pa.types.is_dictionary(kind):
        return pa.array(values, kind.value_type).dictionary_encode().cast(kind)
    if pa.types.is_float16(kind):
        return pa.array([None if value is None else np.float16(value) for value in values], kind)
    if pa.types.is_list(kind) and pa.types.is_dictionary(kind.value_type):
        return _lists_of_dictionaries(pa.array(values, pa.list_(kind.value_type.value_type)))
    return pa.array(values, kind)


def _lists_of_dictionaries(lists: pa.ListArray) -> pa.ListArray:
    return pa.ListArray.from_arrays(
        lists.offsets, lists.values.dictionary_encode().cast(pa.dictionary(pa.int8(), pa.string())), mask=lists.is_null()
    )


arrays = kinds.flatmap(
    lambda kind: st.lists(st.one_of(values_of(kind), values_of(kind), st.none()), max_size=12).map(lambda v: an_array(kind, v))
)
