"""Leaders of categories, and the models that a board leaves out."""

import numpy as np
import pandas as pd
import pytest

from analysis.board_lists import unrated
from analysis.boards import leaders


@pytest.fixture
def votes(votes_of):
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


def test_each_category_has_its_leader(votes) -> None:
    table = leaders(votes, ["overall", "single_turn", "multi_turn"]).table.set_index("category")
    assert table["leader"].to_dict() == {"Overall": "a", "Single-turn": "a", "Multi-turn": "c"}
    assert table["shared"].ge(0).all()


def test_a_category_without_its_columns_is_named(votes) -> None:
    result = leaders(votes, ["overall", "coding"])
    assert dict(result.without) == {"coding": "needs is_code"}
    assert "coding" in result.sentence


def test_models_that_cannot_be_rated_are_listed_with_the_reason(votes) -> None:
    listing = unrated(leaders(votes, ["overall"]).boards["overall"])
    assert listing.table[["model", "reason"]].to_numpy().tolist() == [["d", "lost every vote"]]
    assert listing.sentence == "1 of 4 models is not rated. d (5 votes): lost every vote. --ridge 1 rates it too."


def test_leaders_count_the_models_with_votes_that_a_category_does_not_rate(votes) -> None:
    table = leaders(votes, ["single_turn", "multi_turn"]).table.set_index("category")
    assert table["not_rated"].to_dict() == {"Single-turn": 1, "Multi-turn": 0}
