"""Prose: names joined, long texts cut, numbers as they are written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.results.prose import Prose, counted, in_points, joined, one_line, percent, shortened, signed, spoken, written
from analysis.results.unseen import UNSEEN

names = st.lists(st.text(alphabet="abc", min_size=1, max_size=3), max_size=12)


@pytest.mark.parametrize(
    ("names", "most", "said"),
    [
        ([], None, ""),
        (["a"], None, "a"),
        (["a", "b"], None, "a and b"),
        (["a", "b", "c"], None, "a, b and c"),
        (["a", "b", "c"], 3, "a, b and c"),
        (["a", "b", "c"], 2, "a, b and 1 more"),
        (["a", "b", "c"], 1, "a and 2 more"),
        (["x"] * 1_300, 1, "x and 1,299 more"),
    ],
)
def test_names_are_joined_as_prose_and_the_tail_is_counted(names: list[str], most: int | None, said: str) -> None:
    assert joined(names, most) == said
    assert joined(iter(names), most) == said


def test_a_list_of_values_has_commas_only_until_its_tail_is_counted() -> None:
    assert joined(["a", "b", "c"], 3, last=", ") == "a, b, c"
    assert joined(["a", "b", "c"], 2, last=", ") == "a, b and 1 more"


@given(names, st.integers(1, 6))
def test_every_name_is_said_or_counted(names: list[str], most: int) -> None:
    said = joined(names, most).replace(" and ", ", ").split(", ") if names else []
    assert said[: min(most, len(names))] == names[:most]
    assert said[most:] == ([f"{len(names) - most} more"] if len(names) > most else [])


@given(st.text(alphabet=st.characters(), max_size=60), st.integers(1, 30))
def test_a_shortened_text_is_its_beginning_and_no_longer_than_asked(text: str, most: int) -> None:
    cut = shortened(text, most)
    assert len(cut) <= most
    assert cut == text if len(text) <= most else cut.endswith("…")
    assert text.startswith(cut.removesuffix("…"))
    assert shortened(cut, most) == cut


def test_a_cut_leaves_neither_a_space_nor_two_marks() -> None:
    assert shortened("one two three", 5) == "one…"
    assert shortened("one… two", 5) == "one…"


@given(st.text(alphabet=st.characters(), max_size=60))
def test_one_line_is_one_line_of_what_is_seen(text: str) -> None:
    line = one_line(text)
    assert not UNSEEN.search(line)
    assert line == " ".join(line.split())
    assert one_line(line) == line


def test_one_line_keeps_the_joiners_of_scripts_and_emoji() -> None:
    assert one_line("می‌خواهم\n👩‍👩‍👧\u200b x") == "می‌خواهم 👩‍👩‍👧 x"


def test_numbers_as_prose_has_them() -> None:
    assert (percent(0.0925, 2), percent(0.5), percent(0.05, 0)) == ("9.25 %", "50.0 %", "5 %")
    assert (signed(-4.6), signed(3.2), signed(-0.2), signed(-0.125, 2)) == ("−5", "+3", "0", "−0.12")
    assert (signed(0.04, 1), signed(0.06, 1), written(-0.24, 1), written(-0.04, 1), written(3)) == (
        "0.0",
        "+0.1",
        "−0.2",
        "0.0",
        "3",
    )


def test_one_thing_is_singular() -> None:
    assert [counted(number, "vote") for number in (0, 1, 1_234)] == ["0 votes", "1 vote", "1,234 votes"]
    assert counted(2, "category", "categories") == "2 categories"


def test_names_of_columns_are_spoken_without_their_marks() -> None:
    assert [spoken(name) for name in ("session_turns", "is_code", "time")] == ["session turns", "code", "time"]


def test_a_sentence_shows_as_a_paragraph_with_its_markup_escaped() -> None:
    assert Prose("a < b")._repr_html_() == '<p class="prose">a &lt; b</p>'
    assert Prose("")._repr_html_() == ""


@pytest.mark.parametrize(
    ("number", "said"), [("1", "1 point"), ("+1", "+1 point"), ("−1", "−1 point"), ("0", "0 points"), ("1.0", "1.0 points")]
)
def test_a_difference_of_ratings_is_in_points(number: str, said: str) -> None:
    assert in_points(number) == said


def test_marks_that_turn_a_line_around_are_shown_in_a_sentence_and_do_nothing() -> None:
    html = Prose("first \u202egpj.exe, 3 of 19")._repr_html_()
    assert "\u202e" not in html
    assert "⟨U+202E⟩" in html
