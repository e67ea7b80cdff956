"""Changes in ten lines of text, for a mail or a chat, and as rows of a page."""

import math

from analysis.changes.change import CLEAR, POSSIBLE, Change
from analysis.changes.changes import Changes


def change(name: str, errors: float = 4.0, tier: str = CLEAR) -> Change:
    return Change("rating", name, f"{name} gains 9 points.", errors, tier)


def test_a_name_of_several_lines_stays_on_one() -> None:
    lines = Changes("a", "b", (change("two\nlines\u2028three"),)).lines()
    assert lines[1] == "· two lines three gains 9 points."
    assert not any(sign in line for line in lines for sign in "\n\u2028")


def test_ten_lines_hold_the_causes_and_count_what_is_left_out() -> None:
    many = tuple(change(f"model {number}") for number in range(30))
    lines = Changes("a", "b", many, ("40 votes are new.", "Another release.")).lines()
    assert len(lines) == 10
    assert lines[-2:] == ("40 votes are new.", "Another release.")
    assert lines[-3] == "… and 24 more"


def test_a_page_shows_a_fact_in_words_and_each_value_in_its_sentence() -> None:
    made = Changes("a", "b", (change("x", math.inf), change("y", 2.04, POSSIBLE)))
    shown = made._repr_html_()
    assert "fact" in shown
    assert "2.0" in shown
    assert "inf" not in shown
    assert Changes("a", "b", ())._repr_html_() == ""
