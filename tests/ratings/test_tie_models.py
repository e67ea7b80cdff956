"""Davidson and Rao–Kupper against a general-purpose optimiser, and their intervals against the spread over arenas."""

import numpy as np
import pytest
from scipy.optimize import minimize

from analysis.ratings.bradley_terry import NoFiniteStrengths, fit_bradley_terry
from analysis.ratings.pairs import PairCounts
from analysis.ratings.tie_models import LINKS, fit_tie_model

STRENGTH = np.array([0.7, 0.2, 0.0, -0.3, -0.6])


def cast(link: str, eta: float, per_pair: int, seed: int) -> PairCounts:
    first, second = np.triu_indices(len(STRENGTH), 1)
    chance, _, _ = LINKS[link](STRENGTH[first] - STRENGTH[second], eta)
    counts = np.array([np.random.default_rng([seed, row]).multinomial(per_pair, p) for row, p in enumerate(chance)], dtype=float)
    return PairCounts(tuple("abcde"), first, second, np.column_stack([counts, np.zeros(len(first))]))


@pytest.mark.parametrize("link", list(LINKS))
def test_the_fit_is_the_maximum_that_a_general_optimiser_finds(link: str) -> None:
    pairs = cast(link, 0.4, 60, seed=1)

    def loss(parameters: np.ndarray) -> float:
        strength = np.append(parameters[:-1], -parameters[:-1].sum())
        chance, _, _ = LINKS[link](strength[pairs.first] - strength[pairs.second], parameters[-1])
        return -float((pairs.counts[:, :3] * np.log(chance)).sum())

    best = minimize(
        loss,
        np.array([0, 0, 0, 0, 0.5]),
        method="Nelder-Mead",
        options={"maxiter": 20_000, "maxfev": 20_000, "xatol": 1e-7, "fatol": 1e-9},
    )
    fit = fit_tie_model(pairs, link)
    np.testing.assert_allclose(fit.strength[:-1], best.x[:-1], atol=1e-4)
    assert fit.eta == pytest.approx(best.x[-1], abs=1e-4)


@pytest.mark.parametrize("link", list(LINKS))
def test_scores_are_the_derivatives_of_the_log_chances(link: str) -> None:
    gap, step = np.array([-1.2, 0.0, 0.9]), 1e-6
    _, by_gap, by_eta = LINKS[link](gap, 0.5)
    numeric_gap = (np.log(LINKS[link](gap + step, 0.5)[0]) - np.log(LINKS[link](gap - step, 0.5)[0])) / (2 * step)
    numeric_eta = (np.log(LINKS[link](gap, 0.5 + step)[0]) - np.log(LINKS[link](gap, 0.5 - step)[0])) / (2 * step)
    np.testing.assert_allclose(by_gap, numeric_gap, atol=1e-6)
    np.testing.assert_allclose(by_eta, numeric_eta, atol=1e-6)


@pytest.mark.parametrize("link", list(LINKS))
def test_the_sandwich_matches_the_spread_over_simulated_arenas(link: str) -> None:
    fits = [fit_tie_model(cast(link, 0.4, 150, seed), link) for seed in range(300)]
    spread = np.std([fit.strength for fit in fits], axis=0)
    errors = np.mean([np.sqrt(np.diag(fit.covariance)) for fit in fits], axis=0)
    np.testing.assert_allclose(errors, spread, rtol=0.12)
    np.testing.assert_allclose(np.mean([fit.strength for fit in fits], axis=0), STRENGTH - STRENGTH.mean(), atol=0.03)


@pytest.mark.parametrize("link", list(LINKS))
def test_the_order_is_that_of_half_wins_when_pairs_are_sampled_evenly(link: str) -> None:
    pairs = cast(link, 0.2, 500, seed=4)
    assert np.argsort(fit_tie_model(pairs, link).strength).tolist() == np.argsort(fit_bradley_terry(pairs).strength).tolist()


@pytest.mark.parametrize("link", list(LINKS))
def test_without_ties_there_is_no_tie_parameter(link: str) -> None:
    pairs = cast(link, 0.2, 50, seed=5)
    with pytest.raises(NoFiniteStrengths, match="0 % of these votes are ties"):
        fit_tie_model(pairs.with_counts(pairs.counts * [1, 1, 0, 0]), link)
