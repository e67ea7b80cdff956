"""What was put into a simulated arena comes out of its boards: multi-turn offsets, style effects and the shifts they cause."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from analysis.ratings.board import board
from analysis.ratings.board_lists import style_coefficients
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.pairs import pair_counts
from analysis.ratings.settings import Settings
from analysis.ratings.shift import shift, style_shift
from analysis.sources.load import load_votes
from analysis.sources.simulated.arena import PUBLISHED_STYLE
from analysis.sources.simulated.simulate import july_2024, plain, simulate


@pytest.fixture(scope="module")
def july(tmp_path_factory: pytest.TempPathFactory):
    simulation = simulate(300_000, seed=11, arena=july_2024(), text=False)
    path = tmp_path_factory.mktemp("july") / "votes.parquet"
    simulation.write(path)
    return simulation.truth, load_votes(path)


def truly(truth, category: str) -> dict[str, float]:
    """What a board of endless votes like these would say: centred ratings."""
    pairs = pair_counts(truth.arena.models, truth.expected_counts(category))[0]
    return dict(zip(pairs.models, fit_bradley_terry(pairs).strength * POINTS, strict=True))


@pytest.mark.parametrize("category", ["overall", "single_turn", "multi_turn"])
def test_boards_cover_the_truth_of_their_category(july, category: str) -> None:
    truth, votes = july
    made, true = board(votes, category), truly(truth, category)
    strength = np.array([true[model] for model in made.models])
    lower, upper = (bound - made.ratings.mean() for bound in made.bounds)
    covered = (lower <= strength - strength.mean()) & (strength - strength.mean() <= upper)
    assert covered.mean() >= 0.87  # 95 % of 60 models, less three standard errors


def test_the_multi_turn_shift_covers_the_offsets(july) -> None:
    truth, votes = july
    made = shift(votes, "single_turn", "multi_turn").table.set_index("model")
    one, other = truly(truth, "single_turn"), truly(truth, "multi_turn")
    change = np.array([other[model] - one[model] for model in made.index])
    change -= change.mean()
    covered = (made["shift_lower"] <= change) & (change <= made["shift_upper"])
    assert covered.mean() >= 0.87
    assert np.corrcoef(change, made["rating_shift"])[0, 1] > 0.7


def test_style_control_recovers_strengths_that_plain_ratings_miss(tmp_path: Path) -> None:
    calm = plain(models=12)
    words = np.linspace(80, 600, 12)[np.random.default_rng(3).permutation(12)]
    answers = np.column_stack([words, calm.answers[:, 1:]])
    simulation = simulate(150_000, seed=5, arena=replace(calm, style=PUBLISHED_STYLE, answers=answers), text=False)
    simulation.write(tmp_path / "votes.parquet")
    votes = load_votes(tmp_path / "votes.parquet")
    true = dict(zip(calm.models, calm.strength, strict=True))

    def missed(settings: Settings) -> np.ndarray:
        made = board(votes, settings=settings)
        strength = np.array([true[model] for model in made.models])
        error = made.ratings - made.ratings.mean() - (strength - strength.mean())
        return np.abs(error) / np.sqrt(np.diag(made.covariance))

    assert (missed(Settings(style_control=True)) < 1.96).mean() >= 0.75
    assert (missed(Settings()) > 1.96).mean() > 0.5
    coefficients = style_coefficients(board(votes, settings=Settings(style_control=True))).table.set_index("feature")
    assert coefficients.loc["tokens", "lower"] - 0.01 < PUBLISHED_STYLE[0] < coefficients.loc["tokens", "upper"] + 0.01
    shifts = style_shift(votes).table.set_index("model")["rating_shift"]
    assert np.corrcoef([words[calm.models.index(model)] for model in shifts.index], shifts)[0, 1] < -0.9
