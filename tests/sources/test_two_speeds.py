"""Two speeds, one meaning: a file that is read in columns gives the table, ledger and fingerprint that its rows give one by one."""

import copy
import csv
import gzip
import io
import json
import math
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.ipc
import pyarrow.parquet as pq
import pytest
from conftest import SHAPES
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from speeds import Csv, Json, Row, same_both_ways, small_pieces

from analysis.errors import InputError
from analysis.outcome import LABELS
from analysis.schema import COLUMNS
from analysis.sources import Cleaning, Conversion, cells, columns, csv_batches, documents, fields, json_batches, json_cells
from analysis.sources.batches import NotColumnar
from analysis.sources.cells import canonical
from analysis.sources.columns import Faults, Nested

#: As many rows as make several pieces of each file.
ROWS = 60
EVERY = (*("csv", "json", "jsonl", "parquet", "arrow"), *("csv.gz", "jsonl.gz", "parquet.gz"))
#: Row-wise reading is the reference: what is compared must have been read in columns at least in part.
RESHAPED = {"raw_log", "comparia", "comparia_reactions", "mt_bench", "mt_bench_pairs", "arena_expert_5k"}

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


def _varied(rows: Sequence[Row], count: int = ROWS) -> list[Row]:
    """So many rows like those given, of different ids, models, outcomes, texts and nulls; types stay as they are."""
    random = Random(7)
    made = []
    for number in range(count):
        row = copy.deepcopy(rows[number % len(rows)])
        for name in ("question_id", "id"):
            if name in row and number % 9:
                row[name] = f"{row[name]}-{number}" if isinstance(row[name], str) else number
        if random.random() < 0.5 and row.get("winner") in ("model_a", "model_b"):
            row["winner"] = "model_b"
        if "language" in row:
            row["language"] = random.choice(("en", "German", "zh-Hant", None, "nan", " unknown "))
        for name in ("prompt", "judge", "tstamp", "anony", "is_code", "toxic_chat_tag", "conv_metadata", "full_conversation"):
            if name in row and random.random() < 0.2:
                row[name] = None
        made.append(row)
    return made


def _write(path: Path, rows: Sequence[Row], kind: str) -> Path:
    form, _, zipped = kind.partition(".")
    if form == "parquet":
        pq.write_table(pa.Table.from_pylist(rows), path, row_group_size=25)
    elif form == "arrow":
        table = pa.Table.from_pylist(rows)
        with pa.ipc.new_file(path, table.schema) as writer:
            writer.write_table(table, max_chunksize=25)
    else:
        path.write_bytes({"csv": Csv(), "json": Json(), "jsonl": Json(lines=True)}[form].write(rows))
    if zipped:
        path.write_bytes(gzip.compress(path.read_bytes()))
    return path


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("release", SHAPES)
def test_every_release_in_every_format(release, kind, tmp_path):
    with small_pieces(3_000, block=12_000):
        found = same_both_ways(_write(tmp_path / "votes.dat", _varied(SHAPES[release]), kind), LENIENT)
    assert found.error == ""
    assert found.together or release in RESHAPED or kind.startswith("csv")
    strict = Conversion(
        rules=Cleaning(identity_words=release not in ("clean_battle", "mt_bench_pairs"), exclude_models=("kite-70b",))
    )
    same_both_ways(tmp_path / "votes.dat", strict)


def _alike(cell: Any, number: int, value: Any) -> Any:
    """Another value of the type that a cell has, so that its column stays one."""
    if isinstance(cell, list) and cell and isinstance(cell[0], dict) and "role" in cell[0]:
        turned = [*cell, {**cell[-1], "role": ("User", "ai", "system", "pirate", "assistant ")[number % 5]}, {**cell[0]}]
        turned[number % 2] = {**turned[number % 2], "content": _alike(cell[0]["content"], number, value)}
        return turned[: number % 5]
    if isinstance(cell, list) and cell and isinstance(cell[0], dict) and "text" in cell[0]:
        return [{**cell[0], "text": (None, *TEXTS)[number % (1 + len(TEXTS))]}, *cell][: number % 4]
    if isinstance(cell, dict) and cell:
        name = list(cell)[number % len(cell)]
        return {key: _alike(part, number // len(cell), value) if key == name else part for key, part in cell.items()}
    pool = [other for other in ODD if type(other) is type(cell)]
    return value if type(value) is type(cell) else pool[number % len(pool)] if pool else None


def _edited(rows: list[Row], edits: Sequence[tuple[str, int, int, Any]]) -> list[Any]:
    """Rows in which cells, whole columns or whole rows were replaced by other values."""
    edited: list[Any] = copy.deepcopy(rows)
    for what, row, column, value in edits:
        place = row % len(edited)
        at = edited[place]
        if what == "row":
            edited[place] = value
        elif isinstance(at, dict) and at:
            name = list(at)[column % len(at)]
            if name == "winner":  # what is no outcome ends the conversion
                what = "cell" if what == "alike" else what
                value = value if isinstance(value, str) and value.strip().lower() in LABELS else None
            if what == "cell":
                at[name] = value
            elif what == "alike":
                at[name] = _alike(at[name], row + 7 * column, value)
            elif what == "lack":
                del at[name]
            elif what == "more":
                at[f"more {column % 3}"] = value
            else:
                for number, other in enumerate(edited):
                    if isinstance(other, dict) and number % 3 != 1:
                        other[name] = value
    return edited


def _edits(values: st.SearchStrategy[Any], kinds: Sequence[str]) -> st.SearchStrategy[list[tuple[str, int, int, Any]]]:
    places = st.integers(0, 199)
    return st.lists(st.tuples(st.sampled_from(kinds), places, st.integers(0, 29), values), max_size=12)


COLUMNAR = [name for name in SHAPES if name not in RESHAPED]
odd = st.one_of(
    st.sampled_from(ODD),
    st.text(max_size=30),
    st.integers(-(10**20), 10**20),
    st.integers(-5, 40),
    st.floats(),
    st.lists(st.sampled_from(TEXTS), max_size=3),
)
FLAT_TALKS = [
    {k: v for k, v in row.items() if k not in ("judge", "tstamp", "anony", "toxic_chat_tag")} for row in SHAPES["arena_33k"]
]
#: A table of anybody's with the user messages in a column of their own, beside conversations or without.
MIXED = [{**row, "prompts": asked, "tags": ["x"]} for row, asked in zip(FLAT_TALKS, (["Name a river."], None), strict=True)]
LISTED = [{"model_a": "a", "model_b": "b", "winner": "tie", "id": 1, "prompts": ["x", " "], "tags": None, "time": "2024-05-01"}]
BASES = {**{name: SHAPES[name] for name in COLUMNAR}, "flat talks": FLAT_TALKS, "mixed": MIXED, "listed": LISTED}
labels = {label: "drop" for label in ("invalid", "[]", "{}", "7", "1", "0", "nan", "0.0")}
LENIENT = Conversion(allow_loss=True, outcomes=labels, batch=7)


def generated(examples: int) -> Callable[[Callable[..., None]], Callable[..., None]]:
    quick = settings(
        max_examples=examples,
        report_multiple_bugs=False,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
    )
    return quick


def _compare(data: bytes, piece: int, learned: int) -> None:
    with tempfile.TemporaryDirectory() as folder, small_pieces(piece, learned):
        path = Path(folder) / "votes.dat"
        path.write_bytes(data)
        same_both_ways(path, LENIENT)


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


@given(
    st.sampled_from(sorted(BASES)),
    _edits(odd, ("cell", "alike", "alike", "alike", "alike", "column", "lack", "more", "row")),
    writings,
    st.integers(5, 40),
    st.sampled_from((300, 700, 2_000, 20_000)),
    st.sampled_from((2, 20, 200)),
)
@generated(250)
def test_any_json(release, edits, writing, count, piece, learned):
    rows = _edited(_varied(BASES[release], count), edits)
    if writing.lines and "\n" in writing.separators[0]:
        writing = Json(lines=True, ascii=writing.ascii, newline=writing.newline, blank_lines=writing.blank_lines)
    _compare(writing.write(rows), piece, learned)


csv_writings = st.builds(
    Csv,
    delimiter=st.sampled_from((",", ";", "\t")),
    quoting=st.sampled_from((csv.QUOTE_MINIMAL, csv.QUOTE_ALL, csv.QUOTE_NONNUMERIC)),
    newline=st.sampled_from(("\n", "\n", "\r\n")),
    null=st.sampled_from(("", "NULL", r"\N", "nan")),
    nested=st.sampled_from((str, json.dumps, lambda value: json.dumps(value, ensure_ascii=False))),
    mark=st.booleans(),
)


@given(
    st.sampled_from(sorted(BASES)),
    _edits(odd, ("cell", "alike", "alike", "column", "lack", "more")),
    csv_writings,
    st.integers(5, 40),
    st.sampled_from((600, 2_000, 8_000, 100_000)),
)
@generated(250)
def test_any_csv(release, edits, writing, count, block):
    rows = _edited(_varied(BASES[release], count), edits)
    _compare(writing.write(rows), block // 4, 5)


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


def _values(kind: pa.DataType) -> st.SearchStrategy[Any]:
    """What a column of that type may hold, null aside."""
    if pa.types.is_dictionary(kind):
        return _values(kind.value_type)
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
        return st.lists(st.one_of(st.none(), _values(kind.value_type)), max_size=3)
    if pa.types.is_struct(kind):
        return st.fixed_dictionaries({field.name: st.one_of(st.none(), _values(field.type)) for field in kind})
    return st.none()


#: Arrow's texts have no half of a character.
strings = st.one_of(
    st.sampled_from([text for text in TEXTS if "\ud83d" not in text]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=12),
)
kinds = st.sampled_from((*STRINGS, *INTEGERS, *OTHERS))


def _array(kind: pa.DataType, values: list[Any]) -> pa.Array:
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
    lambda kind: st.lists(st.one_of(_values(kind), _values(kind), st.none()), max_size=12).map(lambda v: _array(kind, v))
)


SCALARS = [column for column in COLUMNS if column.name != "outcome"]


@pytest.mark.parametrize("column", SCALARS, ids=lambda column: column.name)
def test_a_column_is_what_its_cells_are(column):
    """Of any type that Arrow has; and both count the same cells as unreadable."""
    source = fields.At((("first",), ("second",)))

    @given(arrays, st.integers(0, 12))
    @generated(150)
    def check(array, start):
        array = array.slice(min(start, len(array)))
        middle = len(array) // 2
        turned = pa.chunked_array([array.slice(middle), array.slice(0, middle)], array.type)
        table = columns.sayable(pa.table({"first": array, "second": turned}))
        together, apart = Faults(), Faults()
        try:
            found = source.of_table(table, column, together)
        except Nested:
            return
        assert found.type == column.type
        assert len(found) == len(array)
        assert found.equals(pa.array([source.of_row(row, column, apart) for row in table.to_pylist()], column.type))
        assert together == apart

    check()


@given(
    st.lists(
        st.one_of(st.none(), st.sampled_from(TEXTS), st.sampled_from(NESTED).map(json.dumps), st.text(max_size=9)), max_size=12
    )
)
@generated(150)
def test_a_cell_of_json_is_what_the_standard_library_reads(texts):
    given_texts = pa.array([None if text is None else text.encode("utf-8", "replace").decode() for text in texts], pa.string())
    for kind in (json_cells.LISTS, json_cells.learn(given_texts) or pa.struct([])):
        found, other = json_cells.parse(given_texts, kind)
        assert (found.type, len(found), len(other)) == (kind, len(texts), len(texts))
        for text, value, elsewhere in zip(given_texts.to_pylist(), found.to_pylist(), other, strict=True):
            if text is None or elsewhere:
                assert value is None
            else:
                assert canonical(value) == canonical(json.loads(text))


def _all_rows(batches: Any) -> tuple[list[Any], bool]:
    """The rows of batches in columns, and whether they are all there are."""
    rows: list[Any] = []
    try:
        for batch in batches:
            assert batch.first == len(rows)
            rows += batch.read()
    except NotColumnar:
        return rows, False
    return rows, True


def _said(value: Any) -> Any:
    """A value without half characters, NaN as a word; what is the same in a column and in a row of JSON."""
    if isinstance(value, float) and math.isnan(value):
        return "NaN"
    if isinstance(value, str):
        return cells.whole_text(value)
    if isinstance(value, dict):
        return {cells.whole_text(key): _said(part) for key, part in canonical(value).items() if part is not None}
    return [_said(part) for part in value] if isinstance(value, list) else canonical(value)


def _text(data: bytes) -> tuple[str, bool]:
    """The text, as far as it is one, and whether it is."""
    try:
        return data.decode("utf-8", "surrogatepass"), True
    except UnicodeError:
        return data.decode("utf-8", "surrogateescape"), False


json_rows = st.lists(
    st.one_of(
        st.fixed_dictionaries({"a": st.sampled_from(TEXTS), "b": st.integers(0, 9)}, optional={"c": st.sampled_from(ODD)}),
        st.fixed_dictionaries({"a": st.sampled_from(ODD), "b": st.sampled_from(ODD)}),
        st.sampled_from((None, {}, {"a": None}, [], 1, "x")),
    ),
    max_size=30,
)


@given(
    json_rows,
    writings,
    st.integers(1, 400),
    st.integers(2, 9),
    st.integers(0, 3),
    st.sampled_from((b"", b"]", b",", b"}", b"null", b"\n{", b'"', b"\xff")),
)
@generated(300)
def test_pieces_of_json_are_its_records(rows, writing, piece, learned, cut, more):
    if writing.lines and "\n" in writing.separators[0]:
        writing = Json(lines=True)
    data = writing.write([{"a": "x", "b": 1}, {"a": "y", "b": 2}, *rows])
    data = data[: len(data) - cut] + more
    with small_pieces(piece, learned):
        found, whole = _all_rows(json_batches.json_batches(io.BytesIO(data), [{"a": "x", "b": 1}, {"a": "y", "b": 2}]))
    text, valid = _text(data)
    assert valid or not whole
    expected: list[Any] = []
    try:
        for record in documents.records(io.StringIO(text), Path("votes.json")):
            expected.append(record)
    except InputError:
        assert not whole
    assert _said(found) == _said(expected[: len(found)])
    assert not whole or len(found) == len(expected)


@given(
    st.lists(
        st.lists(
            st.one_of(st.sampled_from(TEXTS), st.text(st.characters(exclude_categories=["Cs"]), max_size=6)),
            min_size=3,
            max_size=3,
        ),
        max_size=20,
    ),
    csv_writings,
    st.integers(1, 300),
    st.integers(0, 400),
    st.sampled_from((b"", b'"', b'""', b"\r", b"\n", b"\n\n", b"\0", b",", b'"x', b"\xff", b"\r\n")),
)
@generated(300)
def test_blocks_of_csv_are_its_rows(rows, writing, block, at, put):
    data = Csv(writing.delimiter, writing.quoting, writing.newline).write(
        [dict(zip("abc", row, strict=True)) for row in rows] or [{"a": "", "b": "", "c": ""}]
    )
    header, _, rest = data.partition(b"\n")
    data = header + b"\n" + rest[: at % (len(rest) + 1)] + put + rest[at % (len(rest) + 1) :]
    with small_pieces(block, block=block):
        found, whole = _all_rows(csv_batches.csv_batches(io.BytesIO(data), "abc", writing.delimiter, "abc"))
    expected: list[dict[str, str]] = []
    text, valid = _text(data)
    assert valid or not whole
    try:
        for row in csv.reader(io.StringIO(text, newline=""), delimiter=writing.delimiter, strict=True):
            if row:
                expected.append(dict(zip("abc", row, strict=True)))
    except (csv.Error, ValueError):
        assert not whole
    assert found == expected[1 : 1 + len(found)]
    assert not whole or len(found) == len(expected) - 1


def _typed(name: str, value: Any) -> st.SearchStrategy[tuple[str, pa.DataType | None]]:
    """A type that a column may have in a file, by what it holds in the release."""
    if isinstance(value, str):
        return st.sampled_from((*STRINGS[:5], None))
    if isinstance(value, bool):
        return st.sampled_from((pa.bool_(), pa.int8(), pa.float64(), pa.string()))
    if name == "tstamp":
        return st.sampled_from((pa.float64(), pa.int64(), pa.timestamp("ms"), pa.timestamp("ns", tz="UTC"), pa.string()))
    if isinstance(value, int):
        return st.sampled_from(
            (pa.int8(), pa.int32(), pa.uint64(), pa.float32(), pa.float64(), pa.string(), pa.decimal128(30, 3))
        )
    return st.none()


@st.composite
def tables(draw):
    """A release as a table of other types, some of its columns with other values."""
    rows = _varied(BASES[draw(st.sampled_from(sorted(BASES)))], draw(st.integers(3, 30)))
    table = pa.Table.from_pylist(rows)
    for name in table.column_names:
        column = table[name].combine_chunks()
        kind = draw(_typed(name, next((row[name] for row in rows if row.get(name) is not None), None)))
        if kind is not None:
            column = column.cast(pa.int64(), safe=False) if pa.types.is_timestamp(kind) else column
            column = column.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) else column.cast(kind, safe=False)
            table = table.set_column(table.column_names.index(name), name, column)
    for name in draw(
        st.lists(st.sampled_from([name for name in table.column_names if name != "winner"]), max_size=3, unique=True)
    ):
        kind = draw(kinds)
        values = draw(st.lists(st.one_of(_values(kind), st.none()), min_size=len(table), max_size=len(table)))
        table = table.set_column(table.column_names.index(name), name, _array(kind, values))
    return table


@given(tables(), st.sampled_from(("parquet", "arrow")), st.integers(1, 30))
@generated(200)
def test_any_table(table, form, group):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "votes.dat"
        if form == "parquet":
            try:
                pq.write_table(table, path, row_group_size=group)
            except pa.ArrowException:  # a type that Parquet does not have
                return
        else:
            with pa.ipc.new_file(path, table.schema) as writer:
                writer.write_table(table, max_chunksize=group)
        same_both_ways(path, LENIENT)


REAL = (
    *("vision_bench_battles.jsonl", "arena_votes_2023.jsonl", "arena_33k_first200.jsonl", "arena_140k_sample100.csv"),
    *("comparia_votes_sample.parquet", "comparia_reactions_sample.parquet"),
)


@pytest.mark.parametrize("name", REAL)
def test_real_votes(real_data, tmp_path, name):
    path = tmp_path / name
    path.symlink_to(real_data / name)
    assert same_both_ways(path).error == ""
