"""A JSON text is read in every shape that holds records; whatever else it holds ends in one line, within bounds."""

import io
import json
import tracemalloc
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.sources import documents

PATH = Path("votes.json")
ROWS = [
    {"model_a": "heron", "model_b": "kite", "winner": "model_a"},
    {"model_a": "kite", "model_b": "heron", "winner": "tie"},
    {"model_a": "heron", "model_b": "osprey", "winner": "model_b"},
]
FRAME = pd.DataFrame(ROWS)
RECORDS = json.dumps(ROWS)
HUB = {
    "features": [{"feature_idx": 0, "name": "model_a"}],
    "rows": [{"row_idx": number, "row": row, "truncated_cells": []} for number, row in enumerate(ROWS)],
    "num_rows_total": 3,
    "partial": False,
}
PAIR_COUNTS = {"models": ["heron", "kite"], "X": [[0, 1], [1, 0]], "Y": [[1, 0, 0, 0], [2, 0, 0, 0]]}


def read(text: str) -> list:
    return list(documents.records(io.StringIO(text), PATH))


def refusal(text: str) -> str:
    with pytest.raises(InputError) as refused:
        read(text)
    message = str(refused.value)
    assert message.startswith("votes.json: ")
    assert "\n" not in message
    return message


@pytest.mark.parametrize("window", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    "text",
    [
        *(FRAME.to_json(orient=orient) for orient in ("columns", "index", "split", "table", "records")),
        FRAME.to_json(orient="records", lines=True),
        FRAME.rename({0: "q0", 1: "q1", 2: "q2"}).to_json(orient="columns"),
        FRAME.rename({0: "q0", 1: "q1", 2: "q2"}).to_json(orient="index"),
        json.dumps(FRAME.to_dict(orient="list")),
        json.dumps(FRAME.to_dict(orient="tight")),
        *(json.dumps({name: ROWS, "count": 3}, indent=1) for name in ("data", "rows", "votes")),
        json.dumps(HUB),
        json.dumps({**HUB, "rows": HUB["rows"][:1]}) + "\n" + json.dumps({**HUB, "rows": HUB["rows"][1:]}),
        "".join(map(json.dumps, ROWS)),
        "\n\n".join(json.dumps(row, indent=2) for row in ROWS) + "\r\n",
        " \n" + json.dumps(ROWS, indent="\t") + "\n ",
    ],
)
def test_every_shape_of_a_table_gives_its_rows(monkeypatch, window, text):
    monkeypatch.setattr(documents, "WINDOW", window)
    assert read(text) == ROWS


def test_columns_of_other_names_are_told_from_rows_by_the_numbers():
    frame = FRAME.rename(columns={"model_a": "left", "model_b": "right", "winner": "vote"})
    for orient in ("columns", "index"):
        assert read(frame.to_json(orient=orient)) == frame.to_dict(orient="records")


@pytest.mark.parametrize(
    "record",
    [
        PAIR_COUNTS,
        {**ROWS[0], "data": [{"role": "user"}]},
        {"data": [1, 2], "model": "heron"},
        {"conv_metadata": {"turns": 1}, "category_tag": {"if": True}},
        {"data": {"0": 1}, "n": 3},
        {"models": ["heron", "kite"], "states": [{}, {}]},
        {},
    ],
)
def test_an_object_that_is_no_table_is_one_record(record):
    assert read(json.dumps(record)) == read(json.dumps(record, indent=1)) == [record]
    assert read(json.dumps(record) + json.dumps(ROWS[0])) == [record, ROWS[0]]


def test_empty_tables_have_no_rows():
    empty = FRAME[:0]
    for text in ("[]", "", " \n", '{"data": []}', *(empty.to_json(orient=orient) for orient in ("columns", "split", "records"))):
        assert read(text) == []


def test_values_that_are_no_objects_are_records_for_others_to_judge(monkeypatch):
    monkeypatch.setattr(documents, "WINDOW", 1)
    assert read("[12, 3.5e1, null, true, -7]") == [12, 35.0, None, True, -7]
    assert read('{"a": 1}\n12\n345\nnull\n67') == [{"a": 1}, 12, 345, None, 67]


def test_numbers_that_json_does_not_have_are_read_and_long_ones_kept_as_text(monkeypatch):
    first, second = read('[{"turn": NaN, "tstamp": -Infinity}, {"turn": 1e999}]')
    assert (str(first["turn"]), first["tstamp"], second["turn"]) == ("nan", float("-inf"), float("inf"))
    long = "7" * 5000
    monkeypatch.setattr(documents, "WINDOW", 4500)
    assert read(f'[{{"turn": {long}, "n": 1}}, {{"turn": -{long}}}, {{"turn": 2}}]') == [
        {"turn": long, "n": 1},
        {"turn": f"-{long}"},
        {"turn": 2},
    ]


def test_lone_surrogates_and_nul_pass(monkeypatch):
    monkeypatch.setattr(documents, "WINDOW", 1)
    assert read(r'{"a": "\ud83d", "b": "\ud83d\ude00", "c": "\u0000"}') == [{"a": "\ud83d", "b": "😀", "c": "\0"}]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (FRAME.to_json(orient="values"), "rows are lists without column names; save it as a list of records"),
        ('{"data": [["heron", "kite", "tie"]]}', "rows are lists without column names"),
        ('{"columns": ["a", "b"], "data": [[1, 2], [3]]}', "row 2 has 1 cells where `columns` has 2"),
        ('{"model_a": {"0": "x"}, "model_b": {"1": "y"}}', "its columns do not have the same rows"),
        ('{"rows": [{"row_idx": 0, "row": {}, "truncated_cells": ["prompt"]}]}', r"row 1 has cells that the hub cut short"),
        (json.dumps(HUB) + json.dumps(ROWS[0]), "its object 2 is no table, unlike those before it"),
    ],
)
def test_a_table_that_cannot_be_read_has_one_reason(text, message):
    assert message in refusal(text)


@pytest.mark.parametrize("window", [1, 1 << 20])
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('{"a": 1}\n{"a" 2}\n{"a": 3}', "line 2 is not valid JSON (Expecting ':' delimiter); correct or remove that line"),
        (
            '{\n"a": 1\n}\n{\n"a": 1\n"b" 2}\n',
            "line 6 is not valid JSON (Expecting ',' delimiter, in the record that begins in",
        ),
        ('{"a": 1}\n{"a": "b', "line 2 is not valid JSON (Unterminated string starting at); the file ends in the middle of it"),
        ('{"a": 1}\n{"a": ', "line 2 is not valid JSON (Expecting value); the file ends in the middle of it"),
        ('{"a": x}', "line 1 is not valid JSON (Expecting value); correct or remove that line"),
        ('{"a": 1},\n{"a": 2}', "line 1 is not valid JSON (Expecting value)"),
        ('[{"a": 1},\n{"a" 2}]', "record 2 (line 2) is not valid JSON (Expecting ':' delimiter); correct it or fetch"),
        ('[{"a": 1}\n{"a": 2}]', "record 2 (line 2) is not valid JSON (a comma was expected)"),
        ('[{"a": 1},\n{"a": [1,', "the list ends in the middle, after 1 whole records"),
        ('[{"a": 1}', "the list ends in the middle, after 1 whole records"),
        ('[{"a": 1},', "the list ends in the middle, after 1 whole records"),
        ("[", "the list ends in the middle, after 0 whole records"),
        ('[{"a": 1}]\n5', "(something follows the end of the list)"),
        ('{"a": 1}\n' + "[" * 100_000, "line 2 is not valid JSON (nested too deeply)"),
        ('[{"a": ' + "[" * 100_000, "record 1 (line 1) is not valid JSON (nested too deeply)"),
    ],
)
def test_damage_is_named_with_its_place(monkeypatch, window, text, message):
    if len(text) > 1000:
        window = 1 << 14
    monkeypatch.setattr(documents, "WINDOW", window)
    assert message in refusal(text)


def test_text_that_is_not_utf_8_is_named():
    stream = io.TextIOWrapper(io.BytesIO(b'[{"a": "caf\xe9"}]'), "utf-8")
    with pytest.raises(InputError, match=r"votes\.json: not UTF-8 text"):
        list(documents.records(stream, PATH))


class Repeated(io.TextIOBase):
    """A text that begins in one way and then repeats a unit up to a size, without being held."""

    def __init__(self, begun: str, unit: str, size: int) -> None:
        self._begun = begun
        self._unit = unit
        self._left = size
        self._at = 0

    def read(self, size: int | None = -1, /) -> str:
        assert size is not None
        assert size > 0
        if self._begun:
            begun, self._begun = self._begun[:size], self._begun[size:]
            return begun
        size = min(size, self._left)
        self._left -= size
        start = self._at % len(self._unit)
        self._at += size
        return (self._unit * (size // len(self._unit) + 2))[start : start + size]


@pytest.mark.parametrize(
    ("begun", "unit", "message"),
    [
        ("[", " ", "the list ends in the middle, after 0 whole records"),
        ('[{"a": 1}', "\n", "the list ends in the middle, after 1 whole records"),
        ('{"a": "', "x", "record 1 (line 1) has more than 100,000 characters"),
        ('{"a": 1}\n{"a": "', "😀", "record 2 (line 2) has more than 100,000 characters"),
        ('{"a":', " ", "record 1 (line 1) has more than 100,000 characters"),
        ('[{"a": ', "7", "record 1 (line 1) has more than 100,000 characters"),
        ("[[", "[],", "record 1 (line 1) has more than 6,000 brackets, colons and commas"),
        ('{"a": [', '{"":0},', "record 1 (line 1) has more than 6,000 brackets, colons and commas"),
        ('{"a": ["b"', ',"😀"', "record 1 (line 1) has more than 6,000 brackets, colons and commas"),
    ],
)
def test_a_text_without_end_is_refused_within_bounded_memory(monkeypatch, begun, unit, message):
    for name, value in (("WINDOW", 2_000), ("LONGEST", 100_000), ("MOST_MARKS", 6_000)):
        monkeypatch.setattr(documents, name, value)
    stream = Repeated(begun, unit, 2_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(InputError) as refused:
            list(documents.records(stream, PATH))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert message in str(refused.value)
    # Twice the text, of four bytes a character at most, and what its marks can stand for: 1.5 GB with the bounds as they are.
    assert peak < 2 * 4 * 100_000 + 260 * 6_000


def test_a_long_list_takes_the_memory_of_a_window(monkeypatch):
    monkeypatch.setattr(documents, "WINDOW", 2_000)
    row = json.dumps(ROWS[0])
    tracemalloc.start()
    try:
        found = sum(1 for _ in documents.records(io.StringIO("[" + ",".join([row] * 5_000) + "]"), PATH))
        tracemalloc.reset_peak()
        before, _ = tracemalloc.get_traced_memory()
        with pytest.raises(InputError, match="after 5,000 whole records"):
            for _ in documents.records(Repeated("[", row + ",", 5_000 * (len(row) + 1)), PATH):
                pass
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert found == 5_000
    assert peak - before < 100_000


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | st.sampled_from(["\ud83d", "\0", "[{"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(list("ab01")) | st.text(), inner, max_size=3),
    max_leaves=8,
)
_NAMES = st.sampled_from(
    ["model_a", "winner", "models", "data", "rows", "columns", "index", "schema", "row", "row_idx", "0", "1"]
)
_TABLE = st.recursive(
    st.none() | st.integers(0, 2) | st.just("a"),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_NAMES, inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.dictionaries(st.sampled_from("abc"), _JSON, min_size=1, max_size=3), max_size=4), st.sampled_from([None, 1]))
def test_a_list_is_read_as_it_was_written(rows, indent):
    text = json.dumps(rows, indent=indent)
    assert json.dumps(read(text)) == json.dumps(rows)


@settings(deadline=None, max_examples=300)
@given(st.one_of(_TABLE, _JSON), st.data())
def test_any_text_is_records_or_one_error(value, data):
    text = json.dumps(value)
    text = data.draw(st.sampled_from(["", "[", " "])) + text + data.draw(st.sampled_from(["", text, "]", "\n{", ",", "\0"]))
    begin = data.draw(st.integers(0, len(text)))
    text = data.draw(st.sampled_from([text, text[begin:], text[:begin], text[:begin] + "}" + text[begin:]]))
    try:
        message = f"votes.json: {len(read(text))}"
    except InputError as refused:
        message = str(refused)
    assert message.startswith("votes.json: ")
    assert len(message) < 300


@settings(deadline=None, max_examples=200)
@given(st.text('{}[]:,"\\ \n01e.-NaItrulfs\ud83dé', max_size=30))
def test_any_characters_are_records_or_one_error(text):
    try:
        message = f"votes.json: {len(read(text))}"
    except InputError as refused:
        message = str(refused)
    assert message.startswith("votes.json: ")
    assert "\n" not in message
