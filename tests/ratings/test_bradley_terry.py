"""Strengths and their sandwich covariance, against worked examples and peer libraries."""

import choix
import evalica
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.ratings.bradley_terry import NoFiniteStrengths, even_weights, fit_bradley_terry, laplacian, squared_scores
from analysis.ratings.pairs import PairCounts, pair_counts

#: https://en.wikipedia.org/wiki/Bradley–Terry_model, "Worked example of solution procedure"; also a test of arena-rank.
WIKIPEDIA = [
    ("A", "B", 2),
    ("B", "A", 3),
    ("A", "D", 1),
    ("D", "A", 4),
    ("B", "C", 5),
    ("C", "B", 3),
    ("C", "D", 1),
    ("D", "C", 3),
]


def counted(rows: list[tuple[str, str, str, float]]) -> PairCounts:
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "votes"])
    return pair_counts(sorted({*frame["model_a"], *frame["model_b"]}), frame)[0]


def random_counts(seed: int, models: int = 6, most: int = 30) -> PairCounts:
    """Counts with every outcome possible for every pair, so that all models are connected."""
    rng = np.random.default_rng(seed)
    first, second = np.triu_indices(models, 1)
    counts = rng.integers(1, most, (len(first), 4)).astype(float)
    return PairCounts(tuple(f"m{index}" for index in range(models)), first, second, counts)


def test_the_worked_example_of_wikipedia() -> None:
    fit = fit_bradley_terry(counted([(winner, loser, "model_a", votes) for winner, loser, votes in WIKIPEDIA]))
    np.testing.assert_allclose(np.exp(fit.strength), [0.640, 1.043, 0.660, 2.270], atol=5e-4)


def test_a_tie_counts_half_a_win_to_both_sides() -> None:
    ties = fit_bradley_terry(counted([("a", "b", "tie", 10), ("a", "b", "model_a", 5), ("a", "b", "both_bad", 4)]))
    wins = fit_bradley_terry(counted([("a", "b", "model_b", 7), ("a", "b", "model_a", 12)]))
    np.testing.assert_allclose(ties.strength, wins.strength)


def test_two_models_have_the_log_odds_of_their_wins() -> None:
    fit = fit_bradley_terry(counted([("a", "b", "model_a", 30), ("b", "a", "model_a", 10)]))
    assert fit.strength[0] - fit.strength[1] == pytest.approx(np.log(3))


@pytest.mark.parametrize("seed", range(3))
def test_strengths_equal_those_of_choix(seed: int) -> None:
    pairs = random_counts(seed)
    pairs = pairs.with_counts(pairs.counts * [1, 1, 0, 0])
    wins = np.zeros((6, 6))
    wins[pairs.first, pairs.second], wins[pairs.second, pairs.first] = pairs.counts[:, 0], pairs.counts[:, 1]
    np.testing.assert_allclose(fit_bradley_terry(pairs).strength, choix.ilsr_pairwise_dense(wins), atol=1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_strengths_with_ties_equal_those_of_evalica(seed: int) -> None:
    pairs = random_counts(seed, most=12)
    winner = [evalica.Winner.X, evalica.Winner.Y, evalica.Winner.Draw, evalica.Winner.Draw]
    rows = [
        (pairs.models[a], pairs.models[b], winner[column])
        for a, b, counts in zip(pairs.first, pairs.second, pairs.counts, strict=True)
        for column in range(4)
        for _ in range(int(counts[column]))
    ]
    left, right, outcome = zip(*rows, strict=True)
    scores = evalica.bradley_terry(left, right, outcome, tolerance=1e-12, limit=10_000).scores
    expected = np.log(scores.reindex(list(pairs.models)).to_numpy(float))
    np.testing.assert_allclose(fit_bradley_terry(pairs).strength, expected - expected.mean(), atol=1e-5)


@pytest.mark.parametrize("seed", range(3))
def test_the_covariance_is_the_robust_one_of_a_logistic_regression_on_single_votes(seed: int) -> None:
    pairs = random_counts(seed, models=4, most=20)
    outcome = np.array([1.0, 0.0, 0.5, 0.5])
    per_cell = pairs.counts.astype(int).ravel()
    design = np.zeros((len(pairs.first), 4))
    design[np.arange(len(pairs.first)), pairs.first], design[np.arange(len(pairs.first)), pairs.second] = 1, -1
    rows = np.repeat(np.repeat(design, 4, axis=0), per_cell, axis=0)[:, 1:]  # model m0 is the reference
    scores = np.repeat(np.tile(outcome, len(pairs.first)), per_cell)
    robust = sm.GLM(scores, rows, family=sm.families.Binomial()).fit(cov_type="HC0", tol=1e-12)
    contrast = np.column_stack([-np.ones(3), np.eye(3)])  # strengths relative to m0
    ours = contrast @ fit_bradley_terry(pairs).covariance @ contrast.T
    np.testing.assert_allclose(ours, robust.cov_params(), rtol=1e-5)


@given(st.integers(0, 10_000), st.permutations(range(6)))
@settings(max_examples=25, deadline=None)
def test_relabelling_the_models_relabels_the_strengths(seed: int, order: list[int]) -> None:
    pairs = random_counts(seed)
    names, order = np.array(pairs.models), np.array(order)
    rows = pairs.table.rename(
        columns={"first": "model_a", "second": "model_b", "first_won": "model_a_", "second_won": "model_b_"}
    )
    rows = rows.melt(["model_a", "model_b"], var_name="outcome", value_name="votes")
    renamed = rows.assign(
        outcome=rows["outcome"].str.rstrip("_"),
        model_a=names[order][np.searchsorted(names, rows["model_a"])],
        model_b=names[order][np.searchsorted(names, rows["model_b"])],
    )
    again = fit_bradley_terry(pair_counts(list(names), renamed)[0])
    np.testing.assert_allclose(again.strength[order], fit_bradley_terry(pairs).strength, atol=1e-9)


@given(st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_ten_copies_of_every_vote_leave_ratings_and_divide_the_covariance_by_ten(seed: int) -> None:
    pairs = random_counts(seed)
    once, tenfold = fit_bradley_terry(pairs), fit_bradley_terry(pairs.with_counts(pairs.counts * 10))
    np.testing.assert_allclose(tenfold.strength, once.strength, atol=1e-9)
    np.testing.assert_allclose(tenfold.covariance, once.covariance / 10, atol=1e-12)


def test_the_gradient_is_zero_at_the_fit() -> None:
    fit = fit_bradley_terry(random_counts(7))
    surplus = fit.pairs.score - fit.pairs.total * fit.chance
    np.testing.assert_allclose(fit.pairs.scatter(surplus, -surplus), 0, atol=1e-7)


def test_squared_scores_sum_over_single_votes() -> None:
    fit = fit_bradley_terry(
        counted([("a", "b", "model_a", 3), ("a", "b", "model_b", 2), ("a", "b", "tie", 1), ("a", "b", "both_bad", 1)])
    )
    chance = fit.chance[0]
    expected = 3 * (1 - chance) ** 2 + 2 * chance**2 + 2 * (0.5 - chance) ** 2
    assert squared_scores(fit) == pytest.approx([expected])


def test_a_laplacian_has_zero_row_sums() -> None:
    pairs = random_counts(3)
    np.testing.assert_allclose(laplacian(pairs, pairs.total).sum(axis=1), 0, atol=1e-9)


def test_a_model_that_never_lost_has_no_finite_strength_without_a_ridge_and_does_with_one() -> None:
    pairs = counted([("a", "b", "model_a", 5), ("b", "c", "model_a", 3), ("c", "b", "model_a", 2)])
    with pytest.raises(NoFiniteStrengths):
        fit_bradley_terry(pairs)
    fit = fit_bradley_terry(pairs, ridge=0.5)
    assert np.argmax(fit.strength) == 0
    assert np.isfinite(fit.covariance).all()


def test_weights_are_copies_of_votes() -> None:
    pairs = random_counts(11)
    weight = np.arange(1.0, len(pairs.first) + 1)
    copied = fit_bradley_terry(pairs.with_counts(pairs.counts * weight[:, None]))
    np.testing.assert_allclose(fit_bradley_terry(pairs, weight=weight).strength, copied.strength, atol=1e-9)


def test_reweighted_pairs_beyond_the_least_count_alike() -> None:
    pairs = counted([("a", "b", "model_a", 200), ("a", "c", "model_a", 50), ("b", "c", "model_a", 10)])
    np.testing.assert_allclose(even_weights(pairs) * pairs.total, [50, 50, 10])
