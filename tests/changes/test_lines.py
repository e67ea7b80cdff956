"""Changes in ten lines of text, for a mail or a chat, and as rows of a page."""

import math
from dataclasses import replace

import pytest

from analysis.changes.change import CLEAR, POSSIBLE, Change, plain_changes
from analysis.changes.changes import Changes
from analysis.changes.tiers import told_once
from analysis.notebook import Answer
from analysis.results.drawing import NothingToDraw


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


@pytest.mark.parametrize(("folded", "said"), [(28, "28 differences are within what noise gives"), (0, "nothing differs")])
def test_where_nothing_changed_the_list_says_so_and_there_is_no_figure(folded: int, said: str) -> None:
    none = Changes("a", "b", (), (), folded)
    assert f"Nothing to list: {said}." in none._repr_html_()
    with pytest.raises(NothingToDraw, match=f"there is nothing to draw: {said}"):
        none.plot(top=3)


def test_a_page_where_nothing_changed_has_its_answer_and_no_figure(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[object] = []
    monkeypatch.setattr("IPython.display.display", shown.append)
    Answer(Changes("a", "b", (), (), 28)).answer(top=3)
    (answered,) = shown
    assert "nothing changed beyond noise" in answered._repr_mimebundle_()[0]["text/plain"]


def test_a_rank_that_the_rating_tells_of_is_not_told_again() -> None:
    rating = Change("rating", "x", "x loses 9 points (95 % −12 to −6), rank 34 → 39.", 5.0, CLEAR, 1009.0, 1000.0)
    rank = Change("rank", "x", "x falls from rank 34 to 39, where chance alone gives 33 to 36.", 3.2, CLEAR, 34.0, 39.0)
    assert told_once([rating, rank]) == (rating,)
    apart = [replace(rank, tier=POSSIBLE), replace(rank, subject="y"), replace(rank, later=40.0), replace(rank, kind="class")]
    assert told_once([rating, *apart]) == (rating, *apart)


def test_words_of_a_change_are_on_one_line_that_nothing_reorders() -> None:
    (made,) = plain_changes([change("two\nlines \u202e" + "x" * 2_000)])
    assert made.what.startswith("two lines xxx")
    assert (made.what.isprintable(), made.subject.isprintable()) == (True, True)
    assert len(made.what) == 600
