"""Reprs of nested cells are read as they were, without evaluating anything."""

import contextlib
import json

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
        r"'\U00ffffff'",
        "'a' + 'b'",
        "",
    ],
)
def test_cut_summarised_or_hostile_text_is_unreadable(text):
    with pytest.raises(Unreadable):
        parse_literal(text)
