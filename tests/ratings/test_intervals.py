"""Intervals and ranks."""

from itertools import pairwise

import numpy as np
import pytest

from analysis.ratings.bradley_terry import fit_bradley_terry
from analysis.ratings.intervals import (
    BLOCK,
    bootstrap,
    centred,
    half_widths,
    joint_draws,
    multinomial,
    ordinal_ranks,
    rank_by_bounds,
    rank_intervals,
)
from analysis.ratings.pairs import PairCounts


def test_a_95_percent_interval_is_1_96_standard_errors_to_each_side() -> None:
    np.testing.assert_allclose(half_widths(np.diag([4.0, 0.0])), [2 * 1.959964, 0], atol=1e-5)


def test_the_rank_counts_the_models_that_are_surely_above() -> None:
    lower, upper = np.array([1290.0, 1268, 1264, 1200]), np.array([1300.0, 1276, 1270, 1210])
    expected = [1 + sum(lower[other] > upper[model] for other in range(4)) for model in range(4)]
    assert rank_by_bounds(lower, upper).tolist() == expected == [1, 2, 2, 4]


def test_models_whose_bounds_touch_share_a_rank() -> None:
    assert rank_by_bounds(np.array([5.0, 0.0]), np.array([9.0, 5.0])).tolist() == [1, 1]


def test_ordinal_ranks_follow_the_values_row_by_row() -> None:
    assert ordinal_ranks(np.array([[3.0, 1.0, 2.0], [1.0, 2.0, 3.0]])).tolist() == [[1, 3, 2], [3, 2, 1]]


def test_centring_takes_the_common_direction_out() -> None:
    covariance = np.diag([1.0, 2.0, 3.0])
    result = centred(covariance + 5.0)
    np.testing.assert_allclose(result.sum(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(result, centred(covariance), atol=1e-12)


def test_joint_draws_have_the_covariance_asked_for_and_the_seed_fixes_them() -> None:
    covariance = np.array([[2.0, -1.0], [-1.0, 2.0]])
    draws = joint_draws(np.array([1.0, -1.0]), covariance, 40_000, seed=3)
    np.testing.assert_allclose(np.cov(draws.T), covariance, atol=0.08)
    np.testing.assert_array_equal(draws, joint_draws(np.array([1.0, -1.0]), covariance, 40_000, seed=3))


def test_rank_intervals_of_separated_models_are_single_ranks() -> None:
    draws = joint_draws(np.array([100.0, 0.0, -100.0]), np.eye(3), 1000, seed=0)
    low, high = rank_intervals(draws)
    assert low.tolist() == high.tolist() == [1, 2, 3]


def test_rank_intervals_of_equal_models_span_all_ranks() -> None:
    low, high = rank_intervals(joint_draws(np.zeros(3), np.eye(3), 1000, seed=0))
    assert low.tolist() == [1, 1, 1]
    assert high.tolist() == [3, 3, 3]


def test_the_bootstrap_agrees_with_the_sandwich() -> None:
    rng = np.random.default_rng(4)
    first, second = np.triu_indices(8, 1)
    pairs = PairCounts(tuple("abcdefgh"), first, second, rng.integers(40, 120, (len(first), 4)).astype(float))
    fit = fit_bradley_terry(pairs)
    draws = bootstrap(fit, rounds=4000, seed=1)
    np.testing.assert_allclose(draws.mean(axis=0), fit.strength, atol=4e-3)
    np.testing.assert_allclose(draws.std(axis=0), np.sqrt(np.diag(fit.covariance)), rtol=0.05)


@pytest.mark.parametrize("seed", [0, 1])
def test_each_bootstrap_round_is_the_fit_of_its_own_counts(seed: int) -> None:
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(5, 1)
    pairs = PairCounts(tuple("abcde"), first, second, rng.integers(5, 60, (len(first), 4)).astype(float))
    fit = fit_bradley_terry(pairs)
    stream = np.random.default_rng(9).spawn(1)[0]
    drawn = multinomial(pairs.votes, (pairs.counts / pairs.votes).ravel(), BLOCK, stream).reshape(BLOCK, -1, 4)[:3]
    slow = [fit_bradley_terry(pairs.with_counts(round_)).strength for round_ in drawn]
    np.testing.assert_allclose(bootstrap(fit, rounds=3, seed=9), slow, atol=1e-6)


@pytest.mark.parametrize("total", [3, 50, 100_000])
def test_quick_multinomial_draws_have_the_moments_of_a_multinomial(total: int) -> None:
    chances = np.array([0.5, 0.3, 0.15, 0.05, 0.0])
    drawn = multinomial(total, chances, 20_000, np.random.default_rng(2))
    assert (drawn.sum(axis=1) == total).all()
    assert (drawn[:, 4] == 0).all()
    expected = total * (np.diag(chances) - np.outer(chances, chances))
    np.testing.assert_allclose(drawn.mean(axis=0), total * chances, atol=5 * np.sqrt(total / 20_000))
    np.testing.assert_allclose(np.cov(drawn.T), expected, atol=0.04 * total)


def test_a_narrower_interval_of_ranks_is_never_wider() -> None:
    draws = joint_draws(np.array([3.0, 2.0, 1.5, 0.0]), np.eye(4), 2_000, seed=1)
    spans = [np.subtract(*rank_intervals(draws, level)[::-1]) for level in (0.0, 0.2, 0.5, 0.68, 0.9, 0.95, 0.99)]
    assert all((narrow <= wide).all() for narrow, wide in pairwise(spans))
    assert (spans[0] == 0).all()
