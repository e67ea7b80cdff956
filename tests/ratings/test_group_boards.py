"""Boards of every group of connected models."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.ratings.board import board
from analysis.ratings.group_boards import group_boards
from analysis.ratings.settings import Settings
from analysis.votes.table import Votes

Make = Callable[..., Votes]


def played(*results: tuple[str, str, str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(results, columns=["model_a", "model_b", "outcome", "times"])
    return frame.loc[frame.index.repeat(frame["times"]), ["model_a", "model_b", "outcome"]].reset_index(drop=True)


#: Two groups, three models with 19 votes and two with 30, and a model that lost to both.
VOTES = played(
    ("a", "b", "model_a", 6), ("b", "c", "model_a", 6), ("c", "a", "model_a", 3), ("a", "c", "model_a", 4),
    ("x", "y", "model_a", 20), ("y", "x", "model_a", 10), ("a", "lost", "model_a", 2), ("x", "lost", "model_a", 1),
)  # fmt: skip


def test_each_group_has_a_scale_of_its_own_the_one_with_most_votes_first(votes_of: Make) -> None:
    result = group_boards(votes_of(VOTES))
    assert [board.models for board in result.boards] == [("x", "y"), ("a", "b", "c")]
    assert result.table.groupby("group")["rating"].mean().tolist() == pytest.approx([1000, 1000])
    assert result.table.columns[:9].tolist() == [
        "group", "model", "rating", "lower", "upper", "rank", "rank_lower", "rank_upper", "votes",
    ]  # fmt: skip
    assert result.table.groupby("group")["rank"].min().tolist() == [1, 1]


def test_a_model_in_no_group_is_still_named(votes_of: Make) -> None:
    result = group_boards(votes_of(VOTES))
    assert result.left_out.to_numpy().tolist() == [["lost", 3, "lost every vote"]]
    assert result.sentence == (
        "2 groups of models, each on a scale of its own: ratings of different groups cannot be compared. "
        "x has the highest rating in group 1 (2 models, 30 votes; no leader is decided); "
        "a has the highest rating in group 2 (3 models, 19 votes; no leader is decided). "
        "1 of 6 models is not rated. lost (3 votes): lost every vote. --ridge 1 rates it too. Intervals over votes."
    )
    last = result.whole_table.iloc[-1]
    assert (last["model"], last["votes"], last["not_rated"]) == ("lost", 3, "lost every vote")
    assert pd.isna(last["group"])


def test_a_group_s_board_is_the_board_of_its_votes_alone(votes_of: Make) -> None:
    of_all = group_boards(votes_of(VOTES)).boards[1]
    alone = board(votes_of(VOTES[VOTES["model_a"].isin(["a", "b", "c"]) & (VOTES["model_b"] != "lost")]))
    assert of_all.models == alone.models
    np.testing.assert_allclose(of_all.ratings, alone.ratings)
    np.testing.assert_allclose(of_all.covariance, alone.covariance)


@pytest.mark.parametrize("interval", ["bootstrap", "judges"])
def test_all_intervals_come_for_all_groups(votes_of: Make, interval: str) -> None:
    many = pd.concat([VOTES] * 8, ignore_index=True)
    votes = votes_of(many.assign(judge=[f"j{row // 2}" for row in range(len(many))]))
    result = group_boards(votes, settings=Settings(interval=interval, rounds=50))
    assert [board.samples.shape for board in result.boards if board.samples is not None] == [(50, 2), (50, 3)]


def test_with_a_ridge_all_models_are_one_group(votes_of: Make) -> None:
    result = group_boards(votes_of(VOTES), settings=Settings(ridge=1.0))
    assert len(result.boards) == 1
    assert result.left_out.empty
    assert result.sentence.startswith("All rated models are one group: ")


def test_a_group_that_cannot_be_fitted_is_left_out_with_the_reason(votes_of: Make) -> None:
    tied = pd.concat([VOTES, played(("x", "y", "tie", 5))])  # the other group has no ties
    result = group_boards(votes_of(tied), settings=Settings(ties="davidson"))
    assert [board.models for board in result.boards] == [("x", "y")]
    assert result.left_out.set_index("model").loc["a", "reason"].startswith("davidson needs")
    with pytest.raises(InputError, match="no group of models has a board"):
        group_boards(votes_of(VOTES), settings=Settings(ties="davidson"))


def test_models_below_the_minimum_of_votes_are_in_no_group(votes_of: Make) -> None:
    result = group_boards(votes_of(VOTES), settings=Settings(minimum_votes=13))
    assert [board.models for board in result.boards] == [("x", "y"), ("a", "c")]
    assert result.left_out["reason"].tolist() == ["fewer than 13 votes"] * 2
