"""What is chosen, and the call that says it."""

import pytest

from analysis.errors import UsageError
from analysis.explore.selection import Selection, call, selection_of
from analysis.ratings.settings import Settings


def test_a_period_and_languages_narrow_both_categories() -> None:
    chosen = Selection("overall", "coding", "2024-06-05", "2024-06-30", ("German", "French"))
    narrowing = "since:2024-06-05 & until:2024-07-01 & where:language in ['German', 'French']"
    assert chosen.names == (narrowing, f"coding & {narrowing}")


def test_the_call_is_that_of_a_shift_and_on_one_board_that_of_a_board() -> None:
    assert call(Selection()) == 'shift = arena.shift(votes, "overall", "multi_turn")\nshift.table'
    assert call(Selection("coding", "coding")) == 'board = arena.board(votes, "coding")\nboard.table'


def test_the_call_shows_the_models_that_are_shown_and_the_settings_that_were_changed() -> None:
    chosen = Selection("coding", "coding", models=("a", 'b"'))
    assert call(chosen, Settings(seed=5, ties="davidson")) == (
        'board = arena.board(votes, "coding", ties="davidson", seed=5)\nboard.table[board.table["model"].isin(["a", \'b"\'])]'
    )


@pytest.mark.parametrize("days", [{"first": "yesterday"}, {"last": "2024-13-01"}, {"first": "2024-07-02", "last": "2024-07-01"}])
def test_a_day_that_is_none_and_a_period_that_ends_before_it_begins_are_refused(days: dict[str, str]) -> None:
    with pytest.raises(UsageError, match="is no day|before it begins"):
        Selection(**days)  # type: ignore[arg-type]


def test_what_a_message_does_not_name_is_as_it_was_before() -> None:
    before = Selection("hard", "coding", first="2024-06-01", models=("a",))
    assert selection_of({}, before) == before
    assert selection_of({"from_": " math ", "languages": ["German"], "models": None, "first": ""}, before) == Selection(
        "math", "coding", languages=("German",)
    )
