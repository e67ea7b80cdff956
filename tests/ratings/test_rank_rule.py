"""The arena's rank rule favours small categories: measured on real pair counts and on simulated ones."""

from pathlib import Path

import numpy as np
import pytest

from analysis.categories.categories import CATEGORIES
from analysis.errors import InputError, UsageError
from analysis.ratings.board import board, fit_board
from analysis.ratings.pairs import PairCounts
from analysis.ratings.published import read_board
from analysis.ratings.rank_rule import rank_rule
from analysis.ratings.settings import Settings
from analysis.sources.load import load_votes


def evenly(models: int, per_pair: int) -> PairCounts:
    """Counts at their expected values for models 20 points apart, a tie in every fifth vote."""
    first, second = np.triu_indices(models, 1)
    chance = 1 / (1 + 10 ** (20 * (first - second) / 400))
    counts = per_pair * np.column_stack([0.8 * chance, 0.8 * (1 - chance), np.full(len(first), 0.2), np.zeros(len(first))])
    return PairCounts(tuple(f"m{index:02}" for index in range(models)), first, second, counts.round())


def test_the_smaller_the_subset_the_more_ranks_are_gained_by_chance() -> None:
    result = rank_rule(fit_board(evenly(24, 400), CATEGORIES["overall"], Settings()), shares=(0.05, 0.2, 1.0), draws=10)
    gain = result.table["gain"].to_numpy()
    assert gain[0] > gain[1] > gain[2] == 0
    assert "A random 20 % of these votes" in result.sentence


def test_the_gain_of_one_model_is_its_share_of_the_whole() -> None:
    result = rank_rule(fit_board(evenly(6, 300), CATEGORIES["overall"], Settings()), shares=(0.1,), draws=10)
    means = [result.of_model(model)["gain"].iloc[0] for model in result.board.models]
    assert np.mean(means) == pytest.approx(result.table["gain"].iloc[0])


def test_a_random_14_percent_of_the_real_votes_gains_the_top_20_the_ranks_that_other_code_found(real_data: Path) -> None:
    """Found before by other code: 2.7 ranks on average over 200 thinnings, Gemma-2-27B 2.3, Claude 3 Opus 2.9 to 3.1."""
    result = rank_rule(board(load_votes(real_data / "pair_counts_20240814.json")), shares=(0.14,), draws=200)
    assert result.table["gain"].iloc[0] == pytest.approx(2.7, abs=0.15)
    assert result.of_model("gemma-2-27b-it")["gain"].iloc[0] == pytest.approx(2.3, abs=0.2)
    assert result.of_model("claude-3-opus-20240229")["gain"].iloc[0] == pytest.approx(3.0, abs=0.25)


def test_a_published_board_has_no_votes_to_thin(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text("model,rating,lower,upper\nx,1,0,2\ny,3,2,4\n")
    with pytest.raises(InputError, match="no votes to thin|has none"):
        rank_rule(read_board(str(path)))


@pytest.mark.parametrize(
    ("shares", "draws"), [((1.5,), 1), ((0.0,), 1), ((0.1, -0.1), 1), ((float("nan"),), 1), ((), 1), ((0.5,), 0)]
)
def test_what_no_subset_can_keep_is_wrong_usage(shares: tuple[float, ...], draws: int) -> None:
    with pytest.raises(UsageError, match="shares above 0 and up to 1"):
        rank_rule(fit_board(evenly(3, 100), CATEGORIES["overall"], Settings()), shares, draws)
