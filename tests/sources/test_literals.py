"""Reprs of nested cells are read as they were, without evaluating anything."""

import contextlib
import json

import duckdb
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources.literals import Unreadable, parse_literal

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20) | st.sampled_from(
    ["'", '"', "\\", "it's", '\\"', "\n]", "array("]
)
NESTED = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=12,
)


@given(NESTED)
def test_the_repr_of_any_nested_value_reads_back(value):
    assert parse_literal(repr(value)) == value


@given(NESTED)
def test_the_json_of_any_nested_value_reads_back(value):
    assert parse_literal(json.dumps(value)) == value


@given(st.lists(TEXT, max_size=5))
def test_texts_of_an_array_stay_apart_without_commas(texts):
    array = np.empty(len(texts), dtype=object)
    array[:] = texts
    assert parse_literal(str(array)) == texts
    assert parse_literal(repr([array])) == [texts]


@given(st.text(max_size=60) | st.text("[]{}()'\",:=\\ atrue123", max_size=60))
def test_any_other_text_is_unreadable_and_nothing_else(text):
    with contextlib.suppress(Unreadable):
        parse_literal(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("['a' 'b']", ["a", "b"]),
        ("[{'role': 'user'}\n {'role': 'assistant'}]", [{"role": "user"}, {"role": "assistant"}]),
        ("array([{'n': array([1, 2])}], dtype=object)", [{"n": [1, 2]}]),
        ("{'a': np.int64(3), 'b': np.float64(0.5), 'c': nan}", {"a": 3, "b": 0.5, "c": None}),
        ("('a', 'b')", ["a", "b"]),
        (r"['\x41\u00e9\n\q']", ["Aé\n\\q"]),
        ("['What is it, exactly?', and then]", ["What is it, exactly?", "and then"]),
        ("[hello]", ["hello"]),
        ("""['no "idea"']""", ['no "idea"']),
        (r"['it\'s', 'a\\b', NULL, 'NULL', two words]", ["it's", "a\\b", None, "NULL", "two words"]),
        ("{'role': user, 'content': hi}", {"role": "user", "content": "hi"}),
        (
            "[{'role': user, 'content': [{'type': text, 'text': 'hi, you', 'image': NULL}]}, {'role': assistant, 'content': []}]",
            [
                {"role": "user", "content": [{"type": "text", "text": "hi, you", "image": None}]},
                {"role": "assistant", "content": []},
            ],
        ),
    ],
)
def test_worked_examples(text, value):
    assert parse_literal(text) == value


@pytest.mark.parametrize(
    "text",
    [
        "[{'role': 'user', 'content': 'cut",
        "[1, 2, ..., 9]",
        "__import__('os').system('true')",
        "(lambda: 1)()",
        "[" * 5000,
        "{'a' 'b'}",
        "[a, ]",
        "[a] and more",
        "[a, 'b",
        "{a, b}",
        "{NULL: b}",
        "[[a, b]",
        r"'\U00ffffff'",
        "'a' + 'b'",
        "",
    ],
)
def test_cut_summarised_or_hostile_text_is_unreadable(text):
    with pytest.raises(Unreadable):
        parse_literal(text)


#: A letter in front keeps a text from being a number or a constant, which DuckDB does not tell from texts.
LETTERED = st.text(" ,'\"\\[]{}():=\n\tNULaé.…", max_size=8).map(lambda text: "x" + text)


@given(st.lists(LETTERED | st.sampled_from([None, "", " ", "NULL"]), max_size=5).filter(lambda texts: texts != [None]))
def test_a_list_of_texts_as_duckdb_writes_it_reads_back(texts):
    ((written,),) = duckdb.execute("SELECT CAST(CAST($1 AS VARCHAR[]) AS VARCHAR)", [texts]).fetchall()
    assert parse_literal(written) == texts


@given(st.lists(st.tuples(LETTERED, LETTERED | st.none()), max_size=3))
def test_messages_as_duckdb_writes_them_read_back(messages):
    structs = [{"role": role, "content": content} for role, content in messages]
    kind = "STRUCT(role VARCHAR, content VARCHAR)[]"
    ((written,),) = duckdb.execute(f"SELECT CAST(CAST($1 AS {kind}) AS VARCHAR)", [structs]).fetchall()
    assert parse_literal(written) == structs


def test_a_message_of_three_dots_is_text_and_a_summary_of_numbers_is_nothing():
    assert parse_literal("[hello, ...]") == ["hello", "..."]
    with pytest.raises(Unreadable):
        parse_literal("[1, 2.5, ..., 9]")


@pytest.mark.parametrize("digits", ["9" * 5_000, "-" + "9" * 5_000, '{"turns": ' + "9" * 5_000 + "}"])
def test_a_number_longer_than_python_reads_is_unreadable(digits):
    with pytest.raises(Unreadable):
        parse_literal(digits)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 100_000 + "]" * 100_000,
        '{"a":' * 100_000 + "1" + "}" * 100_000,
        "[a, " * 100_000 + "b" + "]" * 100_000,
        "a(" * 100_000,
    ],
)
def test_deep_nesting_is_unreadable_in_every_way_of_writing(text):
    with pytest.raises(Unreadable):
        parse_literal(text)


LONG = 1_000_000


@pytest.mark.parametrize(
    "text",
    [
        "1" * LONG + "x",
        "[" + "1" * LONG + "x",
        "1e" + "9" * LONG + "x",
        "['" + "a" * LONG,
        "['" + "\\" * LONG,
        "['" + "\\'" * (LONG // 2),
        "[" + " " * LONG + "@(",
        "[" + "a " * (LONG // 2),
        "[" + "a, " * (LONG // 3),
        "[" + "'a' " * (LONG // 4) + "b]",
        '["' + "\\u0041" * (LONG // 6),
        "[" + "," * LONG,
    ],
    ids=lambda text: text[:12],
)
def test_a_long_cell_that_says_nothing_is_found_out_in_one_pass(text):
    """Patterns that try again from every character would take hours over these."""
    with pytest.raises(Unreadable):
        parse_literal(text)
