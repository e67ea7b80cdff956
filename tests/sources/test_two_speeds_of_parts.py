"""Two speeds, one meaning, part by part: a column is what its cells are, and the pieces of a text are its rows."""

import csv
import io
import json
import math
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from odd_values import NESTED, ODD, TEXTS, arrays, csv_writings, generated, writings
from speeds import Csv, Json, small_pieces

from analysis.errors import InputError
from analysis.sources import cells, csv_batches, documents, fields, json_batches, json_cells
from analysis.sources.arrow_types import plain_table
from analysis.sources.batches import NotColumnar
from analysis.sources.cells import canonical
from analysis.sources.columns import Faults, Nested
from analysis.sources.labels import OneHot, Winner
from analysis.sources.literals import Unreadable
from analysis.votes.schema import BY_NAME, COLUMNS, Column

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
        table = plain_table(pa.table({"first": array, "second": turned}))
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
    except UnicodeDecodeError as error:
        return data[: error.start].decode("utf-8", "surrogatepass"), False


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
@example([["\ufeff"] * 3] * 9, Csv(), 3, 0, b"")
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


FLAGS = fields.Names({"one": fields.at("first"), "two": fields.at("second")})
SUMS = fields.Sum(("first",))
counts = st.one_of(st.none(), st.integers(-2, 9), st.sampled_from((2**31 - 1, 2**31, -(2**31), 2**62, 2**63 - 1)))


def _same_source(source: Any, column: Column, table: pa.Table) -> None:
    together, apart = Faults(), Faults()
    table = plain_table(table)
    try:
        found = source.of_table(table, column, together)
    except Nested:
        return
    expected = [source.of_row(row, column, apart) for row in table.to_pylist()]
    assert found.equals(pa.array(expected, column.type))
    assert together == apart


@given(
    st.lists(st.one_of(st.none(), st.fixed_dictionaries({"a": counts, "b": counts})), max_size=9),
    st.sampled_from((pa.struct([("a", pa.int64()), ("b", pa.int64())]), pa.struct([("a", pa.int64()), ("c", pa.null())]))),
    st.sampled_from(("headers_a", "criteria", "tokens_user")),
)
@generated(150)
def test_a_sum_over_a_mapping_is_that_of_its_rows(mappings, kind, name):
    _same_source(SUMS, BY_NAME[name], pa.table({"first": pa.array(mappings, kind)}))


def test_a_sum_of_unsigned_numbers_beyond_those_that_are_signed_is_found_by_rows():
    table = pa.table({"first": pa.array([{"a": 2**64 - 1}, {"a": 1}], pa.struct([("a", pa.uint64())]))})
    with pytest.raises(Nested):
        SUMS.of_table(table, BY_NAME["headers_a"], Faults())
    faults = Faults()
    assert [SUMS.of_row(row, BY_NAME["headers_a"], faults) for row in table.to_pylist()] == [None, 1]


@given(arrays, arrays)
@generated(200)
def test_flags_lengths_and_labels_are_those_of_the_rows(first, second):
    rows = min(len(first), len(second))
    table = plain_table(pa.table({"first": first.slice(0, rows), "second": second.slice(0, rows)}))
    _same_source(FLAGS, BY_NAME["tags"], table)
    _same_source(fields.Count(FLAGS.flags), BY_NAME["criteria"], table)
    _same_source(fields.Length(("first",)), BY_NAME["session_turns"], table)
    for label in (Winner("first"), Winner("second", "first"), OneHot({"first": "model_a", "second": "tie", "third": "x"})):
        try:
            found, reasons = label.of_table(table)
        except Nested:
            continue
        assert list(zip(found.to_pylist(), reasons.to_pylist(), strict=True)) == [_label(label, row) for row in table.to_pylist()]


def _label(label: Winner | OneHot, row: dict[str, Any]) -> tuple[str | None, str | None]:
    """The label of a row, or why it has none."""
    try:
        return label.of_row(row), None
    except Unreadable as error:
        return None, str(error)
