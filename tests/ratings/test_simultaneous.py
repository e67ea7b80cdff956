"""Simultaneous comparisons against the studentised range, the bootstrap, and arenas whose truth is known."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from scipy.stats import norm, studentized_range

from analysis.audit.case import case_of
from analysis.categories.categories import find_category
from analysis.ratings.board import Board, fit_board
from analysis.ratings.settings import Settings
from analysis.ratings.simultaneous import above_chances, critical_value, distance_errors, spread_of_few
from analysis.sources.simulated.faults import faulty

#: Ten models, 15 points apart, with votes that leave some neighbours undecided.
CASE = case_of(faulty(votes=12_000, models=10, gap=15.0))


def resampled(rounds: int = 3_000) -> Board:
    settings = Settings(interval="bootstrap", rounds=rounds)
    return fit_board(CASE.pairs, find_category("overall"), settings)


def apart(board: Board, critical: float) -> np.ndarray:
    """Which pairs are told apart, in the order of the board, shape (M, M), of each pair once."""
    distance = board.ratings[:, None] - board.ratings[None, :]
    return np.triu(distance > critical * distance_errors(board.covariance), 1)


def wrongly_apart(gap: float, seed: int, votes: int = 6_000, models: int = 8) -> bool:
    """Whether any pair of an arena is told apart the wrong way round; of equals any way is wrong."""
    board = case_of(faulty(votes=votes, models=models, gap=gap, seed=seed)).board
    place = np.array([int(name.removeprefix("model-")) for name in board.models])
    wrong = place[:, None] >= place[None, :] if gap else np.ones((models, models), dtype=bool)
    return bool((apart(board, critical_value(board.covariance)) & wrong).any())


@pytest.mark.parametrize("models", [3, 10, 40])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_with_independent_ratings_it_is_the_studentised_range(models: int, level: float) -> None:
    """Of equal variances: the range of m standard normal variables over √2, Tukey's own case (scipy's studentized_range)."""
    expected = studentized_range.ppf(level, models, np.inf) / np.sqrt(2)
    assert critical_value(7.0 * np.eye(models), level) == pytest.approx(expected, abs=0.035)


def test_a_common_term_of_all_ratings_changes_nothing() -> None:
    covariance = np.diag([1.0, 2.0, 3.0, 4.0])
    assert critical_value(covariance + 50.0) == pytest.approx(critical_value(covariance), abs=0.03)


def test_one_pair_pays_for_no_other() -> None:
    assert critical_value(np.diag([2.0, 3.0]), 0.9) == norm.ppf(0.95)


def test_neighbours_alone_are_between_one_pair_and_all() -> None:
    covariance = CASE.board.covariance
    assert norm.ppf(0.975) < critical_value(covariance, neighbours=True) < critical_value(covariance)
    most = norm.isf(0.025 / 9)  # Bonferroni of nine pairs
    assert critical_value(covariance, neighbours=True) <= most + 0.03


def test_the_draws_of_the_board_give_what_its_covariance_gives() -> None:
    board = CASE.board
    assert critical_value(board.covariance, drawn=board.draws - board.ratings) == pytest.approx(critical_value(board.covariance))


def test_the_bootstrap_gives_the_same_critical_value_and_chances() -> None:
    made = resampled()
    drawn = made.samples - made.samples.mean(axis=0)
    theirs = critical_value(np.cov(made.samples.T), drawn=drawn)
    assert theirs == pytest.approx(critical_value(CASE.board.covariance), abs=0.1)
    ours = above_chances(made.ratings, distance_errors(CASE.board.covariance))
    counted = (made.samples[:, :, None] > made.samples[:, None, :]).mean(axis=0)
    upper = np.triu_indices(len(made.models), 1)
    assert np.abs(ours - counted)[upper].max() < 0.05


def test_chances_of_a_pair_add_up_to_one() -> None:
    chances = above_chances(CASE.board.ratings, distance_errors(CASE.board.covariance))
    np.testing.assert_allclose(chances + chances.T, 1.0)
    assert (np.diff(chances[-1]) >= -0.05).all()


def test_errors_of_distances_know_what_two_ratings_share() -> None:
    covariance = np.array([[4.0, 1.0], [1.0, 9.0]])
    np.testing.assert_allclose(distance_errors(covariance)[0, 1], np.sqrt(4 + 9 - 2))
    moved = replace(CASE.board, ratings=CASE.board.ratings + 100.0)
    np.testing.assert_allclose(distance_errors(moved.covariance), distance_errors(CASE.board.covariance))


@pytest.mark.parametrize("gap", [0.0, 15.0])
def test_orders_that_are_called_separated_are_right_together(gap: float) -> None:
    """In 95 % of arenas; of forty at most five are wrong, but for a chance of 1.4 % (binomial). Equals are the hardest case."""
    assert sum(wrongly_apart(gap, seed) for seed in range(40)) <= 5


def test_few_judges_make_the_largest_of_many_differences_larger_and_one_no_wider() -> None:
    """Draws over the root of χ²/d, with the variance that they had: Student's t where there is one of them."""
    few, none = spread_of_few(8.0, 200_000, 1), spread_of_few(float("inf"), 3, 1)
    assert (none == 1).all()
    normal = np.random.default_rng(2).standard_normal((200_000, 1))
    assert (few * normal).var() == pytest.approx(1, rel=0.03)
    assert np.quantile(few * normal, 0.999) == pytest.approx(stats.t.ppf(0.999, 8) * np.sqrt(6 / 8), rel=0.03)
