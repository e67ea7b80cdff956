"""Previews: light whatever they are of, escaped, and told how to see the rest; a report shows all."""

import re
import time

import numpy as np
import pandas as pd
import pytest

from analysis.results import tables
from analysis.results.listing import Listing
from analysis.results.previews import BYTES, COLUMNS, LINE, ROWS, display, first_parts, preview, preview_lines
from analysis.surroundings import TABLES

LONG = pd.DataFrame({"model": [f"m{number}" for number in range(5_000)], "rating": np.linspace(900, 1300, 5_000)})


def test_the_first_rows_are_shown_and_how_to_see_more() -> None:
    html = display(LONG, caption="Board")
    assert html.count("<tr>") == ROWS + 1
    assert "The first 20 of 5,000 rows; .table has all." in html
    assert "m19" in html
    assert "m20" not in html


def test_a_short_table_is_whole_and_says_nothing_more() -> None:
    html = display(LONG.head(3), caption="Board")
    assert html.count("<tr>") == 4
    assert "<p>" not in html


def test_a_report_shows_the_whole_table_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TABLES, "")
    assert display(LONG, caption="Board") == tables.html(LONG, caption="Board")


@pytest.mark.parametrize(
    "frame",
    [
        pd.DataFrame({"prompt": ["<script>" * 10_000] * 1_000}),
        pd.DataFrame({f"column_{number}": ["words " * 50] * 300 for number in range(300)}),
        pd.DataFrame({"list": [["模型" * 500] * 50] * 100}),
        pd.DataFrame({f"{'c' * 500}{number}": [1] for number in range(2_000)}),
    ],
    ids=["long", "wide", "lists", "headings"],
)
def test_no_table_is_heavy_and_none_takes_long(frame: pd.DataFrame) -> None:
    begun = time.process_time()
    html = preview(frame, "Caption", {}, ".table has all")
    assert time.process_time() - begun < 30, "of a minute that all rows would take"
    assert len(html.encode()) <= 50_000
    assert "<script>" not in html


def test_columns_that_are_left_out_are_counted() -> None:
    wide = pd.DataFrame({f"c{number}": [1, 2] for number in range(COLUMNS + 5)})
    assert f"{COLUMNS} of {COLUMNS + 5} columns; .table has all." in preview(wide, "", {}, ".table has all").replace("4", "4", 1)


def test_numbers_stand_right_names_left_and_no_colour_is_fixed() -> None:
    html = display(LONG.head(2))
    assert '<th scope="row" class="words short">m0</th>' in html
    assert '<td class="number">900.0</td>' in html
    style = re.search("<style>(.*?)</style>", html, re.DOTALL)
    assert style is not None
    assert not re.search(r"#[0-9a-f]{3,6}\b|rgb|: ?(black|white)", style[1])


def test_a_line_per_row_cuts_texts() -> None:
    html = preview_lines(pd.DataFrame({"prompt": ["words " * 100]}), "Votes", "more")
    (cell,) = re.findall('<th scope="row"[^>]*>(.*?)</th>', html)
    assert len(cell) <= LINE
    assert re.search(r'class="words[a-z ]* short"', html)


def test_tables_one_under_another_are_light_together() -> None:
    parts = ["a" * 100, "b" * 100, "c" * BYTES]
    assert first_parts(parts) == parts[0] + parts[1]
    assert first_parts(["a" * 2 * BYTES]) == "a" * 2 * BYTES


def test_a_listing_of_nothing_still_shows_nothing() -> None:
    assert Listing(pd.DataFrame(columns=["model"]))._repr_html_() == ""


def test_a_repr_is_one_line_whatever_the_sentence_is() -> None:
    assert repr(Listing(LONG, words="One\nline.\u202e" + " more" * 500)).startswith("<Listing: One line. more more")
    assert len(repr(Listing(LONG, words="more " * 500))) < 450
    assert "\n" not in repr(Listing(LONG))
