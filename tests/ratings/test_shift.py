"""Shifts: pairing, disjoint sets, published boards."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.categories.categories import CATEGORIES
from analysis.errors import InputError, UsageError
from analysis.ratings.board import Board, fit_board
from analysis.ratings.intervals import half_widths
from analysis.ratings.pairs import PairCounts
from analysis.ratings.published import read_board
from analysis.ratings.settings import Settings
from analysis.ratings.shift import compare, shift, style_shift
from analysis.votes.table import Votes

MODELS = tuple(f"m{index:02}" for index in range(8))
STRENGTH = np.linspace(0.6, -0.6, 8)


def cast(rng: np.random.Generator, per_pair: int, strength: np.ndarray = STRENGTH) -> PairCounts:
    """Pair counts of `per_pair` votes for every pair; a third of them ties that keep the expected score."""
    first, second = np.triu_indices(len(strength), 1)
    chance = 1 / (1 + np.exp(strength[second] - strength[first]))
    tie = 2 / 3 * np.minimum(chance, 1 - chance)
    chances = np.column_stack([chance - tie / 2, 1 - chance - tie / 2, tie])
    counts = np.array([rng.multinomial(per_pair, row) for row in chances], dtype=float)
    return PairCounts(MODELS, first, second, np.column_stack([counts, np.zeros(len(first))]))


def fitted(pairs: PairCounts) -> Board:
    return fit_board(pairs, CATEGORIES["overall"], Settings())


def added(one: PairCounts, other: PairCounts) -> PairCounts:
    return one.with_counts(one.counts + other.counts)


def test_a_board_has_not_shifted_against_itself() -> None:
    pairs = cast(np.random.default_rng(0), 50)
    result = compare(fitted(pairs), fitted(pairs), pairs)
    np.testing.assert_allclose(result.table["rating_shift"], 0, atol=1e-9)
    np.testing.assert_allclose(half_widths(result.covariance), 0, atol=1e-4)
    assert result.agreement["kendall"] == pytest.approx(1)


def test_swapping_the_boards_changes_the_sign_of_every_shift() -> None:
    rng = np.random.default_rng(1)
    one, other = cast(rng, 40), cast(rng, 30)
    there = compare(fitted(one), fitted(other)).table.set_index("model")
    back = compare(fitted(other), fitted(one)).table.set_index("model").loc[there.index]
    np.testing.assert_allclose(there["rating_shift"], -back["rating_shift"])
    np.testing.assert_allclose(there["p_value"], back["p_value"])
    assert (there["rank_shift"] == -back["rank_shift"]).all()


def test_variances_of_disjoint_votes_add() -> None:
    rng = np.random.default_rng(2)
    one, other = fitted(cast(rng, 40)), fitted(cast(rng, 40))
    order = [other.models.index(model) for model in one.models]
    expected = np.diag(one.covariance) + np.diag(other.covariance)[order]
    np.testing.assert_allclose(np.diag(compare(one, other).covariance), expected)


def test_the_paired_interval_of_a_subset_matches_its_spread_over_simulated_arenas() -> None:
    rng = np.random.default_rng(3)
    shifts, errors = [], []
    for _ in range(400):
        part, rest = cast(rng, 30), cast(rng, 70)
        result = compare(fitted(added(part, rest)), fitted(part), part)
        order = np.argsort(result.models)
        shifts.append(result.table["rating_shift"].to_numpy()[order])
        errors.append(np.sqrt(np.diag(result.covariance))[order])
    np.testing.assert_allclose(np.std(shifts, axis=0), np.mean(errors, axis=0), rtol=0.12)


def test_pairing_narrows_the_interval_of_a_subset() -> None:
    rng = np.random.default_rng(4)
    part, rest = cast(rng, 60), cast(rng, 40)
    whole = fitted(added(part, rest))
    paired, unpaired = compare(whole, fitted(part), part), compare(whole, fitted(part))
    assert (np.diag(paired.covariance) < 0.5 * np.diag(unpaired.covariance)).all()


def test_a_model_that_gains_is_found_and_gains_what_it_gained_over_the_mean() -> None:
    rng = np.random.default_rng(5)
    stronger = STRENGTH + np.where(np.arange(8) == 5, 0.6, 0.0)
    table = compare(fitted(cast(rng, 400)), fitted(cast(rng, 400, stronger))).table
    found = table.set_index("model").loc["m05"]
    assert table["q_value"].idxmin() == table.index[table["model"] == "m05"][0]
    assert found["shift_lower"] < 0.6 * 7 / 8 * 400 / np.log(10) < found["shift_upper"]
    assert found["rank_shift"] > 0


def test_the_columns_are_those_of_the_contract(votes_of: Callable[..., Votes]) -> None:
    rng = np.random.default_rng(6)
    frame = pd.DataFrame(
        {
            "model_a": rng.choice(["a", "b", "c"], 600),
            "model_b": rng.choice(["d", "e"], 600),
            "outcome": rng.choice(["model_a", "model_b", "tie", "both_bad"], 600),
            "turns": rng.integers(1, 3, 600),
        }
    )
    result = shift(votes_of(frame))
    assert list(result.table.columns[:11]) == [
        "model", "rating_from", "rating_to", "rating_shift", "shift_lower", "shift_upper",
        "rank_from", "rank_to", "rank_shift", "p_value", "q_value",
    ]  # fmt: skip
    assert not shift(votes_of(frame), "single_turn", "multi_turn").cross.any()
    assert "says little" not in result.sentence


def test_a_shift_to_a_board_of_few_votes_says_that_it_says_little(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    few = pd.DataFrame({"model_a": ["a", "b"] * 20, "model_b": ["b", "a"] * 20, "outcome": "tie", "turns": [1] * 37 + [2] * 3})
    assert (
        "That says little: in Overall 40 votes and 2 models with 10 or more are too few for a board, which takes 30 votes and 3 "
        "such models; in Multi-turn 3 votes and no models with 10 or more are too few"
    ) in shift(votes_of(few)).sentence


def test_boards_that_share_no_two_models_cannot_be_compared() -> None:
    board = fitted(cast(np.random.default_rng(7), 20))
    other = replace(board, models=tuple(f"other-{model}" for model in board.models))
    with pytest.raises(InputError, match="two models that are on both boards"):
        compare(board, other)


def test_two_published_boards_of_one_file_compare(real_data: Path) -> None:
    file = real_data / "boards_full_vs_multiturn_2025.csv"
    one, other = (
        read_board(f"{file}?category={category}&commit=ea8297b54&file=leaderboard-text.json")
        for category in ("full", "multiturn")
    )
    result = compare(one, other)
    assert len(result.table) > 200
    assert "intervals were published" in one.assumes
    assert result.agreement["spearman"] > 0.9


def test_published_boards_are_put_on_the_mean_of_the_models_they_share_as_the_anchor_moves(tmp_path: Path) -> None:
    for day, anchor in (("2025-07-01", 0), ("2025-07-24", 150)):
        frame = pd.DataFrame({"model": ["x", "y", "z"], "rating": np.array([1200, 1100, 1000]) + anchor, "std": 3.0})
        frame.assign(leaderboard_publish_date=day).to_json(tmp_path / f"{day}.json", orient="records")
    result = compare(*(read_board(str(tmp_path / f"{day}.json")) for day in ("2025-07-01", "2025-07-24")))
    np.testing.assert_allclose(result.table["rating_shift"], 0, atol=1e-9)
    assert "in between (2025-07-23 central-limit intervals and re-weighting)" in result.sentence


def test_a_published_board_is_as_old_as_its_file_s_name_says(real_data: Path) -> None:
    """128 models of LMSYS's own file: it has no column of dates."""
    board = read_board(str(real_data / "board_published_20240813.csv"))
    assert (board.day, len(board.models), board.models[0]) == ("2024-08-13", 128, "chatgpt-4o-latest-2024-08-08")


def test_a_file_of_several_boards_asks_for_a_selection(real_data: Path) -> None:
    with pytest.raises(InputError, match=r"several boards; select one, as in boards_full_vs_multiturn_2025\.csv\?"):
        read_board(str(real_data / "boards_full_vs_multiturn_2025.csv"))


def test_intervals_written_as_plus_and_minus_are_read(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text("model,arena_score,95_pct_ci,votes\nx,1200,+5/-3,10\ny,1100,+4/-4,20\n")
    table = read_board(str(path)).table
    np.testing.assert_allclose(table["upper"] - table["lower"], [8, 8], atol=1e-9)


@pytest.mark.parametrize("text", ["model,score\nx,1\n", "a,b\n1,2\n", ""])
def test_a_file_that_is_no_published_board_is_an_input_error(tmp_path: Path, text: str) -> None:
    path = tmp_path / "board.csv"
    path.write_text(text)
    with pytest.raises(InputError, match=r"board\.csv"):
        read_board(str(path))


def test_selecting_by_a_column_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text("model,rating,lower,upper\nx,1,0,2\n")
    with pytest.raises(UsageError, match="no column 'day'"):
        read_board(f"{path}?day=1")


def styled_votes_of(rows: int, seed: int, effect: float) -> pd.DataFrame:
    """Votes between equal models of which m0 writes twice as long, and judges who like length."""
    rng = np.random.default_rng(seed)
    a = rng.integers(0, 4, rows)
    b = (a + rng.integers(1, 4, rows)) % 4
    frame = pd.DataFrame({"model_a": [f"m{index}" for index in a], "model_b": [f"m{index}" for index in b]})
    for side, model in (("a", a), ("b", b)):
        frame[f"tokens_{side}"] = rng.poisson(np.where(model == 0, 400, 200)) + rng.integers(1, 100, rows)
        for feature in ("headers", "lists", "bold"):
            frame[f"{feature}_{side}"] = rng.poisson(2, rows)
    length = (frame["tokens_a"] - frame["tokens_b"]) / (frame["tokens_a"] + frame["tokens_b"])
    chance = 1 / (1 + np.exp(-effect * length))
    return frame.assign(outcome=np.where(rng.random(rows) < chance, "model_a", "model_b"))


def test_a_long_winded_model_falls_when_style_is_taken_out(votes_of: Callable[..., Votes]) -> None:
    result = style_shift(votes_of(styled_votes_of(20_000, 1, effect=2.0)))
    table = result.table.set_index("model")
    assert table.loc["m0", "shift_upper"] < 0
    assert table["rating_shift"].idxmin() == "m0"


def test_the_style_shift_varies_over_arenas_as_its_interval_says(votes_of: Callable[..., Votes]) -> None:
    results = [style_shift(votes_of(styled_votes_of(1500, seed, effect=0.5))).table.set_index("model") for seed in range(100)]
    spread = np.std([table.loc["m0", "rating_shift"] for table in results])
    half = np.mean([(table.loc["m0", "shift_upper"] - table.loc["m0", "shift_lower"]) / 2 for table in results])
    assert half / 1.96 == pytest.approx(spread, rel=0.25)
