"""Rating against size, and the board of open models."""

from dataclasses import replace

import numpy as np
import pytest

from analysis.categories.categories import CATEGORIES
from analysis.errors import InputError
from analysis.ratings.board import Board, fit_board
from analysis.ratings.board_lists import style_coefficients
from analysis.ratings.frontier import Frontier, frontier, open_board
from analysis.ratings.intervals import rank_by_bounds
from analysis.ratings.pairs import PairCounts
from analysis.ratings.settings import Settings

#: Names, true ratings and sizes; the last two are closed, their sizes unknown.
STRENGTH = {
    "gemma-2-9b-it": 1180.0,
    "gemma-2-27b-it": 1240.0,
    "llama-3-70b-instruct": 1200.0,
    "mixtral-8x7b-instruct-v0.1": 1114.0,
    "gpt-4o-2024-05-13": 1290.0,
    "claude-3-opus-20240229": 1242.0,
}


def fitted(per_pair: int) -> Board:
    """A board of expected counts: ratings at their true distances."""
    models, points = tuple(sorted(STRENGTH)), np.array([STRENGTH[name] for name in sorted(STRENGTH)])
    first, second = np.triu_indices(len(models), 1)
    chance = 1 / (1 + 10 ** ((points[second] - points[first]) / 400))
    counts = per_pair * np.column_stack([chance, 1 - chance, 0 * chance, 0 * chance])
    return fit_board(PairCounts(models, first, second, counts.round()), CATEGORIES["overall"], Settings())


def test_the_frontier_holds_the_models_that_no_model_as_small_beats() -> None:
    result = frontier(fitted(5000))
    assert result.table["model"].tolist() == [
        "gemma-2-9b-it",
        "gemma-2-27b-it",
        "mixtral-8x7b-instruct-v0.1",
        "llama-3-70b-instruct",
    ]
    assert result.table["frontier"].tolist() == [True, True, False, False]
    assert result.table["probability"].round(2).tolist() == [1.0, 1.0, 0.0, 0.0]
    assert result.unknown == 2


def test_a_smaller_model_that_surely_beats_a_larger_one_is_named_by_their_ratio() -> None:
    result = frontier(fitted(5000))
    pairs = list(zip(result.upsets["model"], result.upsets["other"], strict=True))
    assert pairs[0] == ("gemma-2-9b-it", "mixtral-8x7b-instruct-v0.1")
    assert ("gemma-2-27b-it", "llama-3-70b-instruct") in pairs
    assert "gemma-2-9b-it (9B) than mixtral-8x7b-instruct-v0.1" in result.sentence


def test_pairs_are_better_only_after_the_false_discovery_rate_over_all_pairs() -> None:
    """One of many pairs is two standard errors apart: alone that would be sure, among so many it is chance."""
    names, sizes = tuple(f"m{number:02}" for number in range(20)), np.arange(20.0, 0.0, -1.0)
    ratings = np.full(20, 1000.0)
    ratings[19] = 1003.2  # the smallest; the standard error of a difference is 1.41
    board = replace(fitted(100), models=names, ratings=ratings, covariance=np.eye(20), votes=np.full(20, 100.0), fit=None)
    one_pair = replace(board, models=names[18:], ratings=ratings[18:], covariance=np.eye(2), votes=board.votes[18:])
    assert Frontier(one_pair, sizes[18:], 0).upsets["model"].tolist() == ["m19"]
    assert Frontier(board, sizes, 0).upsets.empty
    ratings = np.append(np.full(19, 1000.0), 1008.0)
    clear = Frontier(replace(board, ratings=ratings), sizes, 0)
    assert len(clear.upsets) == 19
    assert (clear.upsets["q_value"] <= 0.05).all()
    assert "in 19 of 190 pairs the smaller model is better beyond what chance allows (false-discovery rate 5 %)" in clear.sentence


def test_the_27b_model_beats_the_70b_model_with_the_probability_of_the_joint_draws() -> None:
    sure, unsure = frontier(fitted(5000)), frontier(fitted(20))
    assert "gemma-2-27b-it (27B) is rated 40 points above llama-3-70b-instruct (70B)" in sure.versus(
        "gemma-2-27b-it", "llama-3-70b-instruct"
    )
    one, other = (unsure.board.models.index(name) for name in ("gemma-2-27b-it", "llama-3-70b-instruct"))
    assert 0.5 < unsure.probability(one, other) < 0.975
    assert unsure.probability(one, other) == pytest.approx(1 - unsure.probability(other, one))
    assert len(unsure.upsets) < len(sure.upsets)


def test_a_model_of_unknown_size_cannot_be_held_against_its_size() -> None:
    with pytest.raises(InputError, match="gpt-4o-2024-05-13 not among the 4 rated models of known size"):
        frontier(fitted(20)).versus("gpt-4o-2024-05-13", "llama-3-70b-instruct")


def test_the_open_board_ranks_open_models_among_themselves() -> None:
    whole = fitted(5000)
    opens = open_board(whole)
    assert opens.models == ("gemma-2-27b-it", "llama-3-70b-instruct", "gemma-2-9b-it", "mixtral-8x7b-instruct-v0.1")
    assert opens.ranks.tolist() == [1, 2, 3, 4]
    assert whole.table.set_index("model")["rank"]["gemma-2-27b-it"] == 2  # level with claude-3-opus, below gpt-4o


def test_the_open_board_keeps_ratings_and_intervals() -> None:
    whole = fitted(200)
    opens = open_board(whole)
    columns = ["rating", "lower", "upper", "votes"]
    before = whole.table.set_index("model").loc[list(opens.models), columns]
    np.testing.assert_allclose(opens.table.set_index("model")[columns], before)
    np.testing.assert_array_equal(opens.ranks, rank_by_bounds(*opens.bounds))


def test_bootstrapped_boards_have_open_boards_too() -> None:
    samples = np.random.default_rng(0).normal(size=(50, 6))
    assert open_board(replace(fitted(20), samples=samples)).draws.shape == (50, 4)


def test_a_board_of_models_that_nobody_knows_has_neither_frontier_nor_open_board() -> None:
    board = fitted(20)
    strangers = replace(board, models=tuple(f"stranger-{name}" for name in board.models))
    for ask in (frontier, open_board):
        with pytest.raises(InputError, match=r"models\.csv\): 0; two are needed"):
            ask(strangers)


def test_a_plain_board_has_no_style_coefficients() -> None:
    with pytest.raises(InputError, match="style control"):
        style_coefficients(fitted(20))
