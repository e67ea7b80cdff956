"""Win rates as observed and as predicted."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.categories.categories import CATEGORIES
from analysis.errors import InputError
from analysis.ratings.board import Board, fit_board
from analysis.ratings.pairs import PairCounts
from analysis.ratings.published import read_board
from analysis.ratings.settings import Settings
from analysis.ratings.win_rates import WinRates, win_rates


def drawn(rng: np.random.Generator, models: int, per_pair: int) -> PairCounts:
    """Votes without ties between models 40 points apart, so that Wilson's interval is exact."""
    first, second = np.triu_indices(models, 1)
    chance = 1 / (1 + 10 ** (40 * (first - second) / 400))
    wins = rng.binomial(per_pair, chance).astype(float)
    nothing = np.zeros(len(first))
    return PairCounts(
        tuple(f"m{n:02}" for n in range(models)), first, second, np.column_stack([wins, per_pair - wins, nothing, nothing])
    )


def fitted(pairs: PairCounts) -> Board:
    return fit_board(pairs, CATEGORIES["overall"], Settings())


def test_votes_of_the_model_agree_with_its_predictions_in_95_percent_of_pairs() -> None:
    result = win_rates(fitted(drawn(np.random.default_rng(1), 40, 150)))
    assert len(result.frame) == 780
    assert 0.93 <= result.frame["fits"].mean() <= 0.985
    assert "as often as it should" in result.sentence


def test_the_table_holds_the_top_models_and_the_largest_surprise_the_better_one_first() -> None:
    result = win_rates(fitted(drawn(np.random.default_rng(2), 10, 200)), top=4)
    assert "The largest surprise: m01 wins " in result.sentence
    assert result.models == ("m00", "m01", "m02", "m03", "m06")
    assert len(result.table) == 10
    assert (result.table["predicted_share"] >= 0.5).all()
    row = result.table.iloc[0]
    assert (row["model"], row["other"]) == result.models[:2]


def test_ties_count_half_and_sides_do_not_matter() -> None:
    counts = np.array([[30.0, 10, 20, 0], [20, 10, 0, 0], [20, 10, 0, 0]])
    pairs = PairCounts(("a", "b", "c"), np.array([0, 0, 1]), np.array([1, 2, 2]), counts)
    table = win_rates(fitted(pairs)).table.set_index(["model", "other"])
    assert table.loc[("a", "b"), "observed_share"] == pytest.approx(40 / 60)
    assert table.loc[("a", "b"), "votes"] == 60


def test_a_cycle_that_no_ratings_explain_is_named() -> None:
    """Stone beats scissors, scissors beat paper, paper beats stone: all ratings are equal and every prediction is one half."""
    counts = np.array([[90.0, 10, 0, 0], [10, 90, 0, 0], [90, 10, 0, 0]])
    pairs = PairCounts(("a", "b", "c"), np.array([0, 0, 1]), np.array([1, 2, 2]), counts)
    result = win_rates(fitted(pairs))
    np.testing.assert_allclose(result.table["predicted_share"], 0.5)
    assert not result.table["fits"].any()
    assert "In 0 of 3 pairs" in result.sentence
    assert "less often than it should" in result.sentence


def agreeing(fits: int, pairs: int, effect: float = 1.0) -> str:
    """What is said where so many pairs agree with the ratings."""
    row = {"model": "a", "other": "b", "votes": 50, "observed_share": 0.6, "lower": 0.5, "upper": 0.7, "predicted_share": 0.55}
    frame = pd.DataFrame([row] * pairs).assign(fits=np.arange(pairs) < fits)
    return WinRates(frame, ("a", "b"), "Overall", design_effect=effect).sentence


def test_intervals_that_agree_too_often_are_not_as_they_should_be_and_the_sentence_says_why() -> None:
    assert "(98.8 %)" in agreeing(988, 1000)
    assert "more often than it should: ties count as halves and scatter less than wins" in agreeing(988, 1000, 0.64)
    assert "on average over pairs only (design effect 0.64)" in agreeing(988, 1000, 0.64)
    assert "more often than it should: votes of one judge hang together" in agreeing(988, 1000, 1.5)
    assert "more often than it should: the ratings were fitted on these very votes" in agreeing(988, 1000)


@pytest.mark.parametrize(("fits", "pairs"), [(950, 1000), (965, 1000), (935, 1000), (98, 100), (92, 100)])
def test_what_chance_explains_is_as_it_should_be(fits: int, pairs: int) -> None:
    assert "as often as it should: the votes do not show that one number per model is too few" in agreeing(fits, pairs)


def test_fewer_than_100_pairs_are_too_few_to_tell_unless_they_clearly_disagree() -> None:
    assert "which is too few pairs to tell whether that is as often as it should." in agreeing(14, 14)
    assert "too few pairs to tell" in agreeing(93, 99)
    assert "less often than it should" in agreeing(60, 99)


def test_predictions_are_calibrated_over_bins() -> None:
    bins = win_rates(fitted(drawn(np.random.default_rng(3), 25, 300))).calibration
    assert bins["votes"].sum() == 300 * 300
    assert (bins["predicted_share"].diff().dropna() > 0).all()
    assert ((bins["lower"] <= bins["predicted_share"]) & (bins["predicted_share"] <= bins["upper"])).mean() >= 0.8


def test_pairs_with_few_votes_are_not_judged() -> None:
    counts = np.array([[2.0, 1, 0, 0]])
    result = win_rates(fitted(PairCounts(("a", "b"), np.array([0]), np.array([1]), counts)))
    assert result.sentence.startswith("No pair of models met in 10 votes or more")


def test_a_published_board_has_no_win_rates(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    pd.DataFrame({"model": ["x", "y"], "rating": [1, 2], "lower": [0, 1], "upper": [2, 3]}).to_csv(path, index=False)
    with pytest.raises(InputError, match="fitted on votes"):
        win_rates(read_board(str(path)))
