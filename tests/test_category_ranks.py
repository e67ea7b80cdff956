"""The overview of ranks by category."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.board import board
from analysis.boards import category_ranks
from analysis.errors import InputError, UsageError
from analysis.votes import Votes


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
    assert "multi_turn" in result.sentence
    assert "ash is on rank 1 in" in result.sentence


def test_no_board_at_all_is_an_input_error_and_an_unknown_category_a_usage_error(votes: Votes) -> None:
    with pytest.raises(InputError, match="no category has a board: needs turns"):
        category_ranks(votes, ("multi_turn",))
    with pytest.raises(UsageError, match="mutli_turn"):
        category_ranks(votes, ("mutli_turn",))
