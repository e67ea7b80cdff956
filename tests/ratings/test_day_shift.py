"""Shift over time: the day follows the votes, and a day outside them is said in one line."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.ratings.day_shift import day_shift, halving_day, votes_by_day
from analysis.ratings.shift import shift
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def cast(days: list[str | None]) -> pd.DataFrame:
    """Twelve votes between three models on each of `days`, each model winning and losing against each other."""
    pairs = [("a", "b"), ("b", "c"), ("c", "a")] * 2
    rows = [(*pair, outcome, day) for day in days for pair in pairs for outcome in ("model_a", "model_b")]
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "time"])
    return frame.assign(time=pd.to_datetime(frame["time"], utc=True))


@pytest.mark.parametrize(
    ("days", "day"),
    [
        (["2023-05-01", "2023-05-02"], "2023-05-02"),
        (["2023-05-01"] * 3 + ["2023-06-02"], "2023-06-02"),
        (["2023-05-01"] + ["2023-06-02"] * 3, "2023-06-02"),
        (["2023-05-01", "2023-05-02", "2023-05-03", "2023-05-04"], "2023-05-03"),
        (["2023-05-01", None, "2023-05-02"], "2023-05-02"),
        (["2023-05-01T23:59:59", "2023-05-02T00:00:00"], "2023-05-02"),
        (["2023-05-02T01:00:00+03:00", "2023-05-02T04:00:00+03:00"], "2023-05-02"),
    ],
)
def test_the_day_halves_the_votes_and_leaves_some_on_each_side(votes_of: Make, days: list[str | None], day: str) -> None:
    votes = votes_of(pd.concat([cast([each]) for each in days], ignore_index=True))
    assert halving_day(votes) == day
    found = day_shift(votes)
    assert (found.board_from.category.name, found.board_to.category.name) == (f"until:{day}", f"since:{day}")


def test_a_named_day_is_the_shift_of_its_two_categories(votes_of: Make) -> None:
    votes = votes_of(cast(["2023-05-01", "2023-05-02", "2023-05-03", "2023-05-04"]))
    same = shift(votes, "until:2023-05-02", "since:2023-05-02")
    pd.testing.assert_frame_equal(day_shift(votes, "2023-05-02").table, same.table)


@pytest.mark.parametrize(("day", "side"), [("2024-07-01", "on or after"), ("2023-05-01", "before")])
def test_a_day_outside_the_votes_is_said_with_the_days_there_are(votes_of: Make, day: str, side: str) -> None:
    votes = votes_of(cast(["2023-05-01", "2023-05-04"]))
    with pytest.raises(InputError, match=f"no vote was cast {side} {day}: the votes are of 2023-05-01 to 2023-05-04."):
        day_shift(votes, day)


def test_votes_of_one_day_or_of_none_have_no_shift_over_time(votes_of: Make) -> None:
    with pytest.raises(InputError, match="needs votes of two days, and all are of 2023-05-01"):
        day_shift(votes_of(cast(["2023-05-01"])))
    with pytest.raises(InputError, match="a shift over time needs times"):
        day_shift(votes_of(cast(["2023-05-01"]).drop(columns="time")))
    with pytest.raises(UsageError, match="tomorrow"):
        day_shift(votes_of(cast(["2023-05-01", "2023-05-04"])), "tomorrow")


def test_the_votes_of_2023_are_halved_within_2023(real_data: Path) -> None:
    votes = load_votes(real_data / "arena_votes_2023.jsonl")
    day, by_day = halving_day(votes), votes_by_day(votes)
    assert by_day.sum() == len(votes)
    assert abs(by_day[by_day.index < day].sum() - len(votes) / 2) <= by_day.max()
    assert day.startswith("2023-")


def test_a_board_before_a_day_is_called_so_where_it_cannot_be_made(votes_of: Make) -> None:
    votes = votes_of(pd.DataFrame({"model_a": ["a", "b"], "model_b": ["b", "a"], "outcome": "tie", "turns": 1}))
    with pytest.raises(InputError, match="^category Before 2024-06-11 needs times, which"):
        board(votes, "until:2024-06-11")
