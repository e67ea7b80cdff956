"""What all fits share: the inverse of their information, and that none of them leaves a question open."""

from dataclasses import dataclass

import numpy as np
import pytest

from analysis.errors import UsageError
from analysis.ratings.bradley_terry import fit_bradley_terry
from analysis.ratings.fits import Fit, inverse, solve
from analysis.ratings.pairs import PairCounts
from analysis.ratings.tie_models import fit_tie_model

PAIRS = PairCounts(("a", "b"), np.array([0]), np.array([1]), np.array([[5.0, 3.0, 2.0, 1.0]]))


def information(beside: int) -> np.ndarray:
    """Σ x xᵀ of votes between five models, with `beside` parameters that vary by vote."""
    rng = np.random.default_rng(4)
    sides = np.array([rng.permutation(5)[:2] for _ in range(200)])
    x = np.zeros((200, 5 + beside))
    x[np.arange(200), sides[:, 0]], x[np.arange(200), sides[:, 1]] = 1, -1
    x[:, 5:] = rng.normal(size=(200, beside))
    return x.T @ x


@pytest.mark.parametrize("beside", [0, 1, 4])
def test_the_inverse_leaves_out_the_direction_that_votes_cannot_see(beside: int) -> None:
    whole = information(beside)
    np.testing.assert_allclose(inverse(whole, beside), np.linalg.pinv(whole), atol=1e-12)


@pytest.mark.parametrize("beside", [0, 3])
def test_a_step_needs_no_inverse(beside: int) -> None:
    whole, gradient = information(beside), np.random.default_rng(1).normal(size=5 + beside)
    gradient[:5] -= gradient[:5].mean()
    np.testing.assert_allclose(solve(whole, gradient, beside), inverse(whole, beside) @ gradient)


def test_a_parameter_that_no_vote_tells_of_moves_nothing() -> None:
    whole = np.zeros((7, 7))
    kept = [0, 1, 2, 3, 4, 6]
    whole[np.ix_(kept, kept)] = information(1)
    found = inverse(whole, 2)
    np.testing.assert_allclose(found[np.ix_(kept, kept)], inverse(information(1), 1))
    assert found[5].tolist() == [0, 0, 0, 0, 0, 1, 0]


def test_a_kind_of_fit_that_leaves_a_question_open_cannot_be_made() -> None:
    @dataclass(frozen=True)
    class Half(Fit):
        pass

    with pytest.raises(TypeError, match="abstract methods? .*refit.*win_rate"):
        Half(PAIRS, np.zeros(2))  # type: ignore[abstract]


def test_only_strengths_alone_say_win_rates_and_are_resampled() -> None:
    plain, tied = fit_bradley_terry(PAIRS), fit_tie_model(PAIRS, "davidson")
    assert plain.win_rate == pytest.approx(6.5 / 11)
    assert tied.win_rate is tied.style is plain.style is None
    rounds = PAIRS.score[None, :], PAIRS.total[None, :], np.zeros(1), np.random.default_rng(1)
    np.testing.assert_allclose(plain.refit(*rounds)[0], plain.strength, atol=1e-6)
    with pytest.raises(UsageError, match="ties as half wins"):
        tied.refit(*rounds)
