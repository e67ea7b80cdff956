"""Distributions give what scipy.stats gives, and are there without it."""

import subprocess
import sys

import numpy as np
import pytest
from scipy import stats

from analysis import distributions

X, Q = np.array([-3.2, -0.4, 0.0, 0.7, 5.5]), np.array([0.0001, 0.025, 0.5, 0.9, 0.99999])


@pytest.mark.parametrize("name", ["cdf", "sf", "ppf", "isf"])
def test_the_normal_distribution_is_that_of_scipy(name: str) -> None:
    given = X if name in ("cdf", "sf") else Q
    np.testing.assert_array_equal(getattr(distributions.norm, name)(given), getattr(stats.norm, name)(given))


@pytest.mark.parametrize("freedom", [1.0, 3.5, 40.0, np.inf])
def test_students_distribution_is_that_of_scipy(freedom: float) -> None:
    np.testing.assert_allclose(distributions.t.sf(X, freedom), stats.t.sf(X, freedom), rtol=1e-12)
    np.testing.assert_allclose(distributions.t.ppf(Q, freedom), stats.t.ppf(Q, freedom), rtol=1e-9, atol=1e-12)
    assert distributions.t.ppf(0.975, freedom) == pytest.approx(stats.t.ppf(0.975, freedom))


def test_the_others_are_those_of_scipy() -> None:
    np.testing.assert_allclose(distributions.chi2.sf(np.abs(X), 4), stats.chi2.sf(np.abs(X), 4), rtol=1e-12)
    np.testing.assert_allclose(distributions.chi2.ppf(Q, 1), stats.chi2.ppf(Q, 1), rtol=1e-12)
    np.testing.assert_allclose(distributions.chi2.isf(Q, 5), stats.chi2.isf(Q, 5), rtol=1e-12)
    np.testing.assert_allclose(distributions.f.sf(np.abs(X), 3, 40), stats.f.sf(np.abs(X), 3, 40), rtol=1e-12)
    for name in ("cdf", "sf", "ppf"):
        np.testing.assert_allclose(getattr(distributions.beta(3.5, 8), name)(Q), getattr(stats.beta(3.5, 8), name)(Q), rtol=1e-10)
    for name in ("mean", "std"):
        assert getattr(distributions.beta(3.5, 8), name)() == pytest.approx(getattr(stats.beta(3.5, 8), name)())
    for k in (-1, 0, 3, 10):
        for name in ("cdf", "sf"):
            ours, theirs = (getattr(place.binom, name)(k, 10, 0.3) for place in (distributions, stats))
            assert ours == pytest.approx(theirs, abs=1e-14)


def test_a_board_is_made_without_scipy_stats() -> None:
    code = "import sys, analysis as arena; arena.board('sample').table; assert 'scipy.stats' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
