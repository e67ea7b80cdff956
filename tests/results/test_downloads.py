"""Tables as CSV: all of it, as it is, and nothing in it a formula."""

import base64
import csv as reader
import io
import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.results import downloads, tables

FORMULAS = ("=", "+", "-", "@", "\t", "\r", "\n")

#: Any text that UTF-8 holds; formulas often.
TEXTS = st.builds("{}{}".format, st.sampled_from(["", *FORMULAS]), st.text(st.characters(exclude_categories=["Cs"]), max_size=40))


def _rows(content: bytes) -> list[list[str]]:
    return list(reader.reader(io.StringIO(content.decode("utf-8"), newline="")))


def _carried(html: str) -> tuple[str, bytes]:
    """The name and the content of the file that a table's link saves."""
    match = re.search(r'<a download="([^"]+)" href="data:text/csv;charset=utf-8;base64,([^"]*)">CSV</a>', html)
    assert match
    return match[1], base64.b64decode(match[2], validate=True)


@given(st.lists(st.tuples(TEXTS, st.floats(allow_nan=False), st.integers(-(2**53), 2**53)), min_size=1, max_size=8), TEXTS)
def test_no_text_is_a_formula_and_every_value_comes_back(values, heading):
    frame = pd.DataFrame(values, columns=[heading, "rating", "votes"])
    head, *rows = _rows(downloads.csv(frame))
    assert not any(text.startswith(FORMULAS) for text in [*head, *(row[0] for row in rows)])
    plain = [text[1:] if text.startswith(tuple(f"'{sign}" for sign in FORMULAS)) else text for text in [row[0] for row in rows]]
    wanted = [text[1:] if text.startswith(tuple(f"'{sign}" for sign in FORMULAS)) else text for text, _, _ in values]
    assert plain == wanted
    assert [(float(row[1]), int(row[2])) for row in rows] == [row[1:] for row in values]


def test_negative_numbers_are_no_text():
    frame = pd.DataFrame({"model": ["-a", None], "=shift": [-3, 2], "rank": pd.array([-1, None], "Int64"), "up": [True, False]})
    safe = downloads.spreadsheet_safe(frame)
    assert safe.columns.tolist() == ["model", "'=shift", "rank", "up"]
    assert safe["model"].fillna("missing").tolist() == ["'-a", "missing"]
    assert safe.dtypes.tolist() == frame.dtypes.tolist()


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame({"model": []}), pd.DataFrame([[1, "=x"]], columns=["a", "a"])])
def test_frames_without_rows_or_with_one_name_twice_are_written(frame):
    assert not any(cell.startswith("=") for row in _rows(downloads.csv(frame)) for cell in row)


def test_a_page_carries_all_rows_and_columns_of_a_table_in_full_whatever_it_shows():
    frame = pd.DataFrame(
        {"model": [f"m{n}" for n in range(30)], "rating": np.pi * 1e3, "lower": 1 / 3, "upper": np.nan, "votes": 7}
    )
    name, content = _carried(tables.html(frame, caption="Board: Overall; 95 % intervals", limit=5))
    assert name == "board-overall.csv"
    head, *rows = _rows(content)
    assert head == ["model", "rating", "lower", "upper", "votes"]
    assert len(rows) == 30
    assert rows[29] == ["m29", str(np.pi * 1e3), str(1 / 3), "", "7"]


def test_formulas_among_categories_are_quoted_too():
    assert _rows(downloads.csv(pd.DataFrame({"model": pd.Categorical(["=x", "y"])})))[1:] == [["'=x"], ["y"]]


def test_a_named_index_is_a_column():
    assert _rows(downloads.csv(pd.DataFrame({"votes": [3]}, index=pd.Index(["one"], name="model")))) == [
        ["model", "votes"],
        ["one", "3"],
    ]


def test_lone_surrogates_do_not_stop_a_table():
    assert b"a?b" in downloads.csv(pd.DataFrame({"prompt": pd.Series(["a\ud800b"], dtype=object)}))


def test_a_table_too_large_for_a_page_says_where_it_is():
    html = tables.html(pd.DataFrame({"prompt": ["x" * 1_000] * 250}), caption="Prompts")
    assert "download=" not in html
    assert "As CSV it has 0.3 MB, too much for a page: in the notebook, the result&#39;s table has it all." in html
    assert len(html) < 400_000


@given(st.text(st.characters(), max_size=200))
def test_a_name_of_any_caption_is_short_and_holds_letters_and_digits(caption):
    name = downloads.name_of(caption)
    assert re.fullmatch(r"[\w-]{0,60}", name)
    assert not caption.strip() or name


@pytest.mark.parametrize(
    ("caption", "name"),
    [
        ("Board: Overall; 95 % intervals", "board-overall"),
        ("", ""),
        ("; of it", "section"),
        ("Shift: one → two", "shift-one-two"),
    ],
)
def test_a_name_is_the_words_before_a_semicolon(caption, name):
    assert downloads.name_of(caption) == name
