"""Boards of many categories: their leaders, the overview of ranks, and the models that a board leaves out."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.ratings.board_lists import unrated
from analysis.ratings.boards import category_ranks, leaders
from analysis.votes.table import Votes


@pytest.fixture
def votes(votes_of: Callable[..., Votes]) -> Votes:
    """Votes of four models, of which one is never asked in French."""
    rng = np.random.default_rng(1)
    sides = np.array([rng.permutation(4)[:2] for _ in range(1200)])
    models = np.array(["ash", "birch", "cedar", "date"])
    french = (rng.random(1200) < 0.4) & (sides != 3).all(axis=1)
    wins = rng.random(1200) < 1 / (1 + 10 ** ((sides[:, 0] - sides[:, 1]) * 150 / 400))
    return votes_of(
        pd.DataFrame(
            {
                "model_a": models[sides[:, 0]],
                "model_b": models[sides[:, 1]],
                "outcome": np.where(wins, "model_a", "model_b"),
                "language": np.where(french, "French", "English"),
            }
        )
    )


def test_the_table_has_a_row_per_model_and_a_column_per_category(votes: Votes) -> None:
    result = category_ranks(votes, ("overall", "english", "french"))
    assert result.table.columns.tolist() == ["model", "Overall", "English", "French"]
    assert result.table["model"].tolist() == list(board(votes).models)
    ranks = result.table.set_index("model")
    assert ranks["Overall"].tolist() == board(votes).ranks.tolist()
    assert pd.isna(ranks.loc["date", "French"])


def test_each_category_says_what_its_ranks_rest_on(votes: Votes) -> None:
    sizes = category_ranks(votes, ("overall", "english", "french")).sizes
    assert sizes["votes"].iloc[0] == sizes["votes"].iloc[1:].sum() == 1200
    assert sizes["models"].tolist() == [4, 4, 3]


def test_categories_that_the_votes_cannot_support_say_why(votes: Votes) -> None:
    result = category_ranks(votes)
    assert result.without["multi_turn"] == "needs turns"
    assert "chinese" in result.without
    assert "Multi-turn, Two turns" in result.sentence
    assert "ash is on rank 1 in" in result.sentence


def test_no_board_at_all_is_an_input_error_and_an_unknown_category_a_usage_error(votes: Votes) -> None:
    with pytest.raises(InputError, match="no category has a board: needs turns"):
        category_ranks(votes, ("multi_turn",))
    with pytest.raises(UsageError, match="mutli_turn"):
        category_ranks(votes, ("mutli_turn",))


@pytest.fixture
def led(votes_of: Callable[..., Votes]) -> Votes:
    """600 votes: `a` is best, and in multi-turn votes `c` gains; `d` lost all of its votes."""
    rng = np.random.default_rng(3)
    pairs = np.array([["a", "b"], ["b", "c"], ["a", "c"]])[rng.integers(0, 3, 1200)]
    turns = rng.integers(1, 3, 1200)
    strength = {"a": 1.0, "b": 0.0, "c": -1.0}
    gap = np.array([strength[one] - strength[two] for one, two in pairs]) - 3.0 * ((pairs[:, 1] == "c") & (turns == 2))
    outcome = np.where(rng.random(1200) < 1 / (1 + np.exp(-gap)), "model_a", "model_b")
    frame = pd.DataFrame({"model_a": pairs[:, 0], "model_b": pairs[:, 1], "outcome": outcome, "turns": turns})
    lost = pd.DataFrame({"model_a": ["a"] * 5, "model_b": "d", "outcome": "model_a", "turns": 1})
    return votes_of(pd.concat([frame, lost], ignore_index=True))


def test_each_category_has_its_leader(led: Votes) -> None:
    table = leaders(led, ["overall", "single_turn", "multi_turn"]).table.set_index("category")
    assert table["leader"].to_dict() == {"Overall": "a", "Single-turn": "a", "Multi-turn": "c"}
    assert table["shared"].ge(0).all()


def test_a_category_without_its_columns_is_named(led: Votes) -> None:
    result = leaders(led, ["overall", "coding"])
    assert dict(result.without) == {"coding": "needs code"}
    assert result.sentence.endswith(" 1 more category cannot be made from these votes: Coding.")


def test_models_that_cannot_be_rated_are_listed_with_the_reason(led: Votes) -> None:
    listing = unrated(leaders(led, ["overall"]).boards["overall"])
    assert listing.table[["model", "reason"]].to_numpy().tolist() == [["d", "lost every vote"]]
    assert listing.sentence == "1 of 4 models is not rated. d (5 votes): lost every vote. --ridge 1 rates it too."


def test_leaders_count_the_models_with_votes_that_a_category_does_not_rate(led: Votes) -> None:
    table = leaders(led, ["single_turn", "multi_turn"]).table.set_index("category")
    assert table["not_rated"].to_dict() == {"Single-turn": 1, "Multi-turn": 0}
