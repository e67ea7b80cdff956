"""Tables: accessible, escaped, and formatted by what a column is."""

import re
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.results import tables
from analysis.results.prose import signed


class _Reader(HTMLParser):
    """Collects the elements of a page, and the text of its cells."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.cells: list[str] = []
        self.feed(html)
        self.close()
        assert not self.open, f"elements left open: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag != "input":  # it has no end
            self.open.append(tag)
        if tag in ("td", "th"):
            self.cells.append("")

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] in ("td", "th"):
            self.cells[-1] += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def _body(frame: pd.DataFrame) -> list[str]:
    """The texts of the cells under the headings."""
    reader = _Reader(tables.html(frame))
    return reader.cells[len([head for head in reader.of("th") if head.get("scope") == "col"]) :]


def _headings(frame: pd.DataFrame) -> list[str]:
    reader = _Reader(tables.html(frame))
    return reader.cells[: len([head for head in reader.of("th") if head.get("scope") == "col"])]


BOARD = pd.DataFrame(
    {
        "model": ["one", "two"],
        "rating": [1287.26, 1000.0],
        "lower": [1284.1, 990.0],
        "upper": [1290.4, np.nan],
        "rank": [1, 2],
        "rank_lower": [1, 2],
        "rank_upper": [1, 3],
        "votes": [12345, 7],
        "parameters_b": [70.0, np.nan],
    }
)


def test_columns_and_rows_have_headers_with_a_scope_and_the_table_has_a_caption():
    reader = _Reader(tables.html(BOARD, caption="Board: Overall"))
    scopes = [head["scope"] for head in reader.of("th")]
    assert scopes == ["col"] * 7 + ["row"] * 2
    assert len(reader.of("caption")) == 1


def test_a_table_scrolls_in_a_box_that_the_keyboard_can_reach_and_that_has_a_name():
    box, scrolled, *_ = _Reader(tables.html(BOARD, caption="Board")).of("div")
    assert (scrolled["tabindex"], scrolled["role"], scrolled["aria-label"]) == ("0", "region", "Board")
    assert (box["class"], scrolled["class"]) == ("table-box", "table-scroll")


def test_a_table_has_no_inline_style():
    assert all("style" not in attributes for _, attributes in _Reader(tables.html(BOARD)).elements)


def test_bounds_become_intervals_and_numbers_are_written_by_what_they_are():
    assert _headings(BOARD) == ["Model", "Rating", "Interval", "Rank", "Rank interval", "Votes", "Parameters (10⁹)"]
    assert _body(BOARD) == [
        *("one", "1287.3", "1284.1 to 1290.4", "1", "1 to 1", "12,345", "70"),
        *("two", "1000.0", "–", "2", "2 to 3", "7", "–"),
    ]


@pytest.mark.parametrize(
    ("column", "values", "shown"),
    [
        ("share", [0.0925, 0.0031, 0.0, 1.0], ["9.2\u00a0%", "0.3\u00a0%", "0.0\u00a0%", "100.0\u00a0%"]),
        ("p_value", [0.5, 1e-9, 0.04321], ["0.500", "< 0.001", "0.043"]),
        ("rating_shift", [12.34, -3.0], ["+12.3", "−3.0"]),
        ("rating_shift", [-0.04, 1.0], ["0.0", "+1.0"]),
        ("rating", [-0.04, 2.0], ["0.0", "2.0"]),
        ("mean", [-0.0, 3.0], ["0", "3"]),
        ("rank_shift", [5, -1, 0], ["+5", "−1", "0"]),
        ("open_weights", [True, False], ["yes", "no"]),
        ("open_weights", [True, None], ["yes", "–"]),
        ("time", pd.to_datetime(["2024-06-27", None]), ["2024-06-27", "–"]),
        ("time", pd.to_datetime(["2024-06-27 13:05"], utc=True), ["2024-06-27 13:05"]),
        ("tags", [["math", "if"], []], ["math, if", ""]),
        ("mean", [1234.5678], ["1,234.6"]),
        ("mean", [0.12345, np.inf], ["0.123", "inf"]),
    ],
)
def test_a_value_is_written_by_the_type_and_name_of_its_column(column, values, shown):
    assert _body(pd.DataFrame({column: values})) == shown


def test_a_format_goes_before_what_a_name_says():
    frame = pd.DataFrame({"model": ["one"], "change": [4.6], "lower": [-1.2], "upper": [np.nan], "share": [0.999]})
    points = tables.Format(signed, "Points")
    formats = {"change": points, "lower": points, "share": tables.Format(lambda share: "< all" if share < 1 else "all")}
    assert tables.text(frame, formats=formats).splitlines()[0].split() == ["Model", "Points", "Interval", "Share"]
    assert tables.text(frame, formats=formats).splitlines()[2].split() == ["one", "+5", "–", "<", "all"]
    assert "&lt; all" in tables.html(frame, formats=formats)
    assert tables.html(frame, formats={}) == tables.html(frame)


def test_the_bounds_of_any_share_are_shares() -> None:
    frame = pd.DataFrame({"group": ["a"], "votes": [100], "steady_share": [0.5], "steady_lower": [0.4], "steady_upper": [0.625]})
    assert _headings(frame)[-1] == "Steady interval"
    assert "40.0 % to 62.5 %" in tables.html(frame).replace("\u00a0", " ")


def test_the_bounds_of_an_interval_are_written_in_their_format():
    frame = pd.DataFrame({"lower": [-1.26], "upper": [3.0]})
    assert "−1 to +3" in tables.html(frame, formats={"lower": tables.Format(signed), "upper": tables.Format(signed)})


def test_bounds_of_a_share_are_shares_with_as_many_digits_as_the_votes_carry():
    frame = pd.DataFrame({"group": ["all"], "votes": [100], "share": [0.14], "lower": [0.13], "upper": [0.15]})
    assert _body(frame) == ["all", "100", "14.0\u00a0%", "13.0\u00a0% to 15.0\u00a0%"]
    assert _body(frame.assign(votes=1135))[2:] == ["14.00\u00a0%", "13.00\u00a0% to 15.00\u00a0%"]


def test_markup_in_cells_headings_and_captions_is_text():
    hostile = "<script>alert('x')</script>&amp;\"><img src=x onerror=alert(1)>"
    html = tables.html(pd.DataFrame({hostile: [hostile], "votes": [1]}), caption=hostile)
    reader = _Reader(html)
    assert not reader.of("script")
    assert not reader.of("img")
    assert reader.cells[-2] == hostile


@given(st.text(alphabet=st.characters(), max_size=300))
def test_any_text_gives_a_well_formed_table_that_utf_8_can_hold(words):
    frame = pd.DataFrame({"prompt": pd.Series([words], dtype=object), "votes": [1]})  # a str column holds no surrogates
    html = tables.html(frame, caption="Prompts")
    html.encode("utf-8")
    reader = _Reader(html)
    assert {name for name, _ in reader.elements} <= {
        *("div", "table", "caption", "thead", "tbody", "tr", "th", "td"),
        "span",
        "a",
    }
    assert not set(tables.text(frame)) & {"\x00", "\x1b", "\r"}


def test_a_long_text_is_cut_and_kept_in_the_title():
    row = _Reader(tables.html(pd.DataFrame({"prompt": ["word " * 200]}))).of("th")[1]
    assert len(_body(pd.DataFrame({"prompt": ["word " * 200]}))[0]) <= tables.LONGEST + 1
    assert str(row["title"]).startswith("word word")
    assert (
        len(str(_Reader(tables.html(pd.DataFrame({"prompt": ["x" * 99_999]}))).of("th")[1]["title"])) <= tables.LONGEST_TITLE + 1
    )


def test_a_limit_keeps_the_first_rows_and_says_so():
    html = tables.html(BOARD, caption="Board", limit=1)
    assert "The first 1 of 2 rows." in html
    assert len(_Reader(html).of("tr")) == 2


def test_a_frame_without_rows_has_its_headings():
    assert _headings(BOARD.iloc[:0])[0] == "Model"


def test_plain_text_is_aligned_also_under_wide_letters():
    frame = pd.DataFrame({"model": ["abc", "模型"], "votes": [5, 12345]})
    assert tables.text(frame).splitlines() == ["Model   Votes", "-----  ------", "abc         5", "模型   12,345"]


def test_plain_text_says_how_many_rows_a_limit_left_out():
    assert tables.text(BOARD, limit=1).splitlines()[-1] == "… 1 more rows"


def test_rows_in_a_row_with_one_heading_have_it_once() -> None:
    table = tables.html(pd.DataFrame({"topic": ["a", "a", "b", "a"], "prompt": ["p", "q", "r", "s"]}))
    assert re.findall(r"<th scope=\"row(?:group)?\"[^>]*>(.)</th>", table) == ["a", "b", "a"]
    assert table.count('<th scope="rowgroup" rowspan="2"') == 1
    assert [len(re.findall("<t[hd][ >]", row)) for row in table.split("<tr>")[2:]] == [2, 1, 2, 2]


def test_lists_break_at_their_commas() -> None:
    table = tables.html(pd.DataFrame({"topic": ["code, file"], "name": ["code file"]}))
    assert 'class="words">code, file' in table
    assert 'class="words short">code file' in table


def _models(number: int) -> pd.DataFrame:
    return pd.DataFrame({"model": [f"m{place}" for place in range(number)], "votes": 1})


def _kept(html: str) -> list[bool]:
    """For each row whether it stands above the fold."""
    return ["class" not in row for row in _Reader(html).of("tr")[1:]]


@pytest.mark.parametrize(("rows", "kept"), [(0, 0), (1, 1), (12, 12), (13, 10), (1_234, 10)])
def test_rows_after_the_first_ten_are_folded_where_there_are_more_than_twelve(rows, kept):
    html = tables.html(_models(rows))
    assert _kept(html) == [True] * kept + [False] * (rows - kept)
    assert (f"> All {rows:,} models</label>" in html) == (rows > kept)
    assert (f"The first 10 of {rows:,} models." in html) == (rows > kept)


@pytest.mark.parametrize(
    ("column", "values", "words"),
    [
        ("category", range(13), "All 13 categories"),
        ("topic", range(13), "All 13 topics"),
        ("anything", range(13), "All 13 rows"),
        ("model", [0, 0, *range(11)], "All 13 rows"),
    ],
)
def test_a_fold_says_what_its_rows_are_where_the_first_column_names_each_once(column, values, words):
    assert f"> {words}</label>" in tables.html(pd.DataFrame({column: [str(value) for value in values]}))


@pytest.mark.parametrize(
    ("groups", "kept"), [([3] * 8, 12), ([10, 10], 10), ([5, 6, 7], 11), ([30], 10), ([2, 18], 20), ([2, 19], 10), ([4, 9], 13)]
)
def test_a_fold_parts_no_group_of_rows_but_a_long_one(groups, kept):
    frame = pd.DataFrame({"topic": [f"t{place}" for place, size in enumerate(groups) for _ in range(size)], "votes": 1})
    assert _kept(tables.html(frame)) == [True] * kept + [False] * (sum(groups) - kept)


def test_what_a_page_adds_to_a_table_is_hidden_where_there_is_no_page():
    reader = _Reader(tables.html(_models(20), caption="Models"))
    assert all("hidden" in link for link in reader.of("a") if "permalink" in str(link.get("class")))
    tools = next(box for box in reader.of("div") if box["class"] == "table-tools")
    assert "hidden" in tools
    places = [name for name, _ in reader.elements]
    assert all(places.index(name) > places.index("table") for name in ("input", "label"))


def test_a_table_with_a_caption_has_a_place_that_its_link_leads_to():
    reader = _Reader(tables.html(BOARD, caption="Board: Overall; 95 % intervals, 1.01 × those over votes"))
    assert reader.of("div")[0]["id"] == "table-board-overall"
    assert reader.of("a")[0]["href"] == "#table-board-overall"
    assert "id" not in _Reader(tables.html(BOARD)).of("div")[0]


def test_a_table_of_many_columns_is_set_closer():
    columns = {f"c{place}": [1] for place in range(9)}
    assert _Reader(tables.html(pd.DataFrame(columns))).of("table")[0]["class"] == "figures dense"
    assert _Reader(tables.html(BOARD)).of("table")[0]["class"] == "figures"
