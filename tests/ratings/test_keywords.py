"""Settings by their names, weights by a column, and boards side by side."""

import inspect
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.errors import InputError, UsageError
from analysis.ratings.boards import SideBySide
from analysis.ratings.settings import Options, Settings
from analysis.votes.table import Votes

#: Functions of the library that take settings.
TAKE = [
    name
    for name in arena.__all__
    if callable(getattr(arena, name))
    and not inspect.isclass(getattr(arena, name))
    and "settings" in inspect.signature(getattr(arena, name)).parameters
    and "Settings" in str(inspect.signature(getattr(arena, name)).parameters["settings"].default)
    and "TopicSettings" not in str(inspect.signature(getattr(arena, name)).parameters["settings"].annotation)
]


@pytest.fixture
def frame() -> pd.DataFrame:
    rng = np.random.default_rng(4)
    pairs = np.array([["a", "b"], ["b", "c"], ["a", "c"], ["c", "d"], ["a", "d"]])[rng.integers(0, 5, 900)]
    outcome = np.where(rng.random(900) < 0.2, "tie", np.where(rng.random(900) < 0.6, "model_a", "model_b"))
    judge = [f"j{number}" for number in rng.integers(0, 150, 900)]
    turns = rng.integers(1, 4, 900)
    return pd.DataFrame({"model_a": pairs[:, 0], "model_b": pairs[:, 1], "outcome": outcome, "judge": judge, "turns": turns})


@pytest.fixture
def votes(frame: pd.DataFrame, votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    return votes_of(frame)


def test_every_function_that_takes_settings_shows_each_as_a_keyword() -> None:
    assert {"board", "boards", "shift", "leaders", "history", "versus", "repeat_effect", "check_claims"} <= set(TAKE)
    for name in TAKE:
        parameters = inspect.signature(getattr(arena, name)).parameters
        assert {field.name for field in fields(Settings)} <= set(parameters), name
        assert parameters["level"].default == 0.95


def test_the_keywords_are_the_fields() -> None:
    assert list(Options.__annotations__) == [field.name for field in fields(Settings)]


def test_a_keyword_is_the_setting(votes: Votes) -> None:
    for options in ({"level": 0.8}, {"interval": "votes"}, {"ties": "davidson"}, {"ridge": 2.0, "anchor": "a"}):
        by_name, given = arena.board(votes, **options), arena.board(votes, settings=Settings(**options))  # type: ignore[arg-type]
        assert by_name.settings == given.settings
        assert by_name.table.equals(given.table)
    both = arena.shift(votes, "overall", "multi_turn", Settings(level=0.8), interval="votes")
    assert both.board_from.settings == Settings(level=0.8, interval="votes")


@pytest.mark.parametrize(
    "name", ["board", "leaders", "shift", "history", "dependence", "group_boards", "day_shift", "check_claims"]
)
def test_an_unknown_keyword_is_refused_with_those_there_are(votes: Votes, name: str) -> None:
    with pytest.raises(UsageError, match=r"no setting 'levl' \(did you mean level\?\); the settings are level, anchor"):
        getattr(arena, name)(votes, levl=0.9)


def test_settings_that_are_none_are_refused(votes: Votes) -> None:
    with pytest.raises(UsageError, match="settings are 0.9"):
        arena.board(votes, "overall", 0.9)  # type: ignore[call-overload]


def test_settings_show_what_is_not_by_default() -> None:
    assert repr(Settings()) == "Settings()"
    assert repr(Settings(level=0.9, weight="w")) == "Settings(level=0.9, weight='w')"


@pytest.mark.parametrize("interval", ["votes", "auto"])
def test_equal_weights_are_none_and_those_of_0_leave_votes_out(frame: pd.DataFrame, interval: str) -> None:
    kept = np.arange(len(frame)) % 3 > 0
    weighed = frame.assign(equal=7.5, some=np.where(kept, 2.0, 0.0))
    plain = arena.board(weighed, interval=interval)  # type: ignore[call-overload]
    equal = arena.board(weighed, interval=interval, weight="equal")  # type: ignore[call-overload]
    np.testing.assert_allclose(equal.ratings, plain.ratings)
    np.testing.assert_allclose(equal.covariance, plain.covariance, rtol=1e-6)
    left = arena.board(frame[kept], interval=interval)  # type: ignore[call-overload]
    some = arena.board(weighed, interval=interval, weight="some")  # type: ignore[call-overload]
    np.testing.assert_allclose(some.ratings, left.ratings)
    np.testing.assert_allclose(some.covariance, left.covariance, rtol=1e-6)


def test_ratings_are_those_of_votes_that_are_there_as_often_as_they_weigh(votes: Votes, frame: pd.DataFrame) -> None:
    weighed = arena.board(votes, weight="turns", interval="votes")
    often = arena.board(frame.loc[frame.index.repeat(frame["turns"])].drop(columns="judge"))  # type: ignore[call-overload]
    np.testing.assert_allclose(weighed.ratings, often.ratings)
    assert (np.diag(weighed.covariance) > np.diag(often.covariance)).all(), "one person's vote is not three votes"
    assert weighed.votes.sum() == pytest.approx(2 * 900), "they count for one on average"
    assert "votes weighed by turns" in weighed.caption


def test_weights_hold_for_shifts_and_boards_of_many_categories(votes: Votes) -> None:
    shift = arena.shift(votes, "overall", "multi_turn", weight="turns")
    np.testing.assert_allclose(shift.board_to.ratings, arena.board(votes, "multi_turn", weight="turns").ratings)
    leaders = arena.leaders(votes, ["overall", "multi_turn"], weight="turns")
    np.testing.assert_allclose(leaders.boards["overall"].ratings, arena.board(votes, weight="turns").ratings)
    same = arena.shift(votes, "overall", "where:turns >= 1", weight="turns")
    assert np.abs(same.table["rating_shift"]).max() < 1e-9
    assert np.abs(same.table["shift_upper"]).max() < 1e-3, "both boards are of the same weighed votes"


@pytest.mark.parametrize(
    ("numbers", "words"),
    [
        (np.r_[-1.0, np.ones(899)], "1 of 900 votes have a number below 0"),
        (np.r_[np.nan, np.nan, np.ones(898)], "2 of 900 votes have no number"),
        (np.r_[np.inf, np.ones(899)], "1 of 900 votes have no number"),
        (np.zeros(900), "all 900 votes have 0 there"),
    ],
)
def test_weights_that_weigh_nothing_are_refused(frame: pd.DataFrame, numbers: Any, words: str) -> None:
    with pytest.raises(InputError, match=words):
        arena.board(frame.assign(w=numbers), weight="w")  # type: ignore[call-overload]


def test_a_column_that_is_no_number_or_not_there_is_refused(votes: Votes) -> None:
    with pytest.raises(UsageError, match=r"no column of numbers 'turn' \(did you mean turns\?\); there are turns"):
        arena.board(votes, weight="turn")
    with pytest.raises(UsageError, match="no column of numbers 'judge'"):
        arena.board(votes, weight="judge")


@pytest.mark.parametrize("options", [{"style_control": True}, {"ties": "davidson"}, {"interval": "judges"}, {"reweight": True}])
def test_weights_that_cannot_be_combined_are_refused(options: dict[str, Any]) -> None:
    with pytest.raises(UsageError, match="weight=w cannot be combined with"):
        Settings(weight="w", **options)


def test_what_weighs_votes_itself_takes_no_weight(votes: Votes) -> None:
    for make in (arena.repeat_effect, arena.check_claims, arena.exposure_effect):
        with pytest.raises(UsageError, match="weight"):
            make(votes, weight="turns")  # type: ignore[operator]


def test_boards_stand_side_by_side(votes: Votes) -> None:
    made = arena.board(votes, ["overall", "multi_turn"], level=0.9)
    assert isinstance(made, SideBySide)
    alone = arena.board(votes, "multi_turn", level=0.9).table.set_index("model")
    table = made.table.set_index("model")
    assert list(table.columns[:4]) == ["overall_rating", "overall_lower", "overall_upper", "overall_rank"]
    for column in ("rating", "lower", "upper", "rank"):
        np.testing.assert_allclose(table[f"multi_turn_{column}"].astype(float), alone[column].reindex(table.index).astype(float))
    html = made._repr_html_()
    assert "Multi-turn, interval" in html
    assert made.plot().png().startswith(b"\x89PNG")


def test_of_several_boards_those_that_cannot_be_made_are_told_and_a_wrong_name_is_refused(votes: Votes) -> None:
    made = arena.board(votes, ["overall", "coding"])
    assert list(made.boards) == ["overall"]
    assert "1 more category has no board: Coding" in made.sentence
    with pytest.raises(UsageError, match=r"did you mean coding\?"):
        arena.board(votes, ["overall", "codng"])
    with pytest.raises(InputError, match="no category has a board: needs code"):
        arena.board(votes, ["coding"])
    with pytest.raises(InputError, match="none was asked for"):
        arena.board(votes, [])
