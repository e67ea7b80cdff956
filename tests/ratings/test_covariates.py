"""Strengths with covariates beside them, against statsmodels, against each other and where no finite coefficient fits."""

from dataclasses import replace

import numpy as np
import pytest
import statsmodels.api as sm

from analysis.audit.case import Case, case_of
from analysis.errors import InputError
from analysis.ratings.added_terms import Terms, added, beside_errors, fitted_footing, plain_footing, side_footing
from analysis.ratings.ballots import Ballots
from analysis.ratings.covariates import CovariateFit, equal_votes, fit_covariates
from analysis.ratings.pairs import SCORE
from analysis.sources.simulated.faults import faulty

CASE = case_of(faulty("side", votes=1_500, models=5))


def sides(case: Case) -> np.ndarray:
    return np.where(case.left, 1.0, -1.0)


def with_features(case: Case, *columns: np.ndarray) -> Ballots:
    return replace(case.ballots, features=np.column_stack(columns))


def design(case: Case, *columns: np.ndarray) -> np.ndarray:
    """Models but the first, and covariates, as a regression has them."""
    size, rows = len(case.pairs.models), np.arange(len(case.ballots.pair))
    models = np.zeros((len(rows), size))
    models[rows, case.pairs.first[case.ballots.pair]] = 1
    models[rows, case.pairs.second[case.ballots.pair]] = -1
    return np.column_stack([models[:, 1:], *columns])


def test_the_side_term_and_its_error_are_those_of_a_robust_logistic_regression() -> None:
    peer = sm.GLM(SCORE[CASE.ballots.outcome], design(CASE, sides(CASE)), family=sm.families.Binomial())
    found = peer.fit(cov_type="HC0", tol=1e-12)
    footing = side_footing(CASE.ballots, CASE.left)
    assert footing.coefficients[0] == pytest.approx(found.params[-1], abs=1e-7)
    np.testing.assert_allclose(footing.fit.strength[1:] - footing.fit.strength[0], found.params[:4], atol=1e-7)
    assert beside_errors(footing)[0] == pytest.approx(found.bse[-1] * np.sqrt(1500 / 1495), rel=1e-5)


def test_sets_of_equal_votes_fit_as_the_votes_one_by_one() -> None:
    sets, times, place = equal_votes(CASE.ballots, CASE.left)
    some = fit_covariates(sets, ["side"], times=times)
    each = fit_covariates(with_features(CASE, sides(CASE)), ["side"])
    assert len(sets.pair) < 100
    np.testing.assert_allclose(some.coefficients, each.coefficients, atol=1e-10)
    np.testing.assert_allclose(some.strength, each.strength, atol=1e-10)
    for part in ("bread", "meat", "covariance"):
        np.testing.assert_allclose(getattr(some, part), getattr(each, part), atol=1e-8)
    np.testing.assert_allclose(some.squares, each.squares, atol=1e-8)
    assert (sets.outcome[place] == CASE.ballots.outcome).all()
    assert (sets.features[place, 0] == sides(CASE)).all()


@pytest.mark.parametrize("by", [(), ("judge",)])
def test_errors_are_those_of_the_joint_covariance(by: tuple[str, ...]) -> None:
    rng = np.random.default_rng(1)
    ballots = with_features(CASE, sides(CASE), rng.normal(0, 1, len(CASE.ballots.pair)))
    fit = fit_covariates(ballots, ["side", "noise"])
    basis = replace(CASE.board.basis, by=by, ballots=ballots)
    footing = fitted_footing(fit, by)
    expected = np.sqrt(np.diag(basis.joint(fit))[-2:] * footing.correction)
    np.testing.assert_allclose(beside_errors(footing), expected, rtol=1e-6)


@pytest.mark.parametrize("on_side", [False, True])
def test_an_added_term_is_a_newton_step_and_its_error_that_of_a_score_test(on_side: bool) -> None:
    rng = np.random.default_rng(2)
    z = rng.normal(0, 1, len(CASE.ballots.pair))
    assert CASE.board.fit is not None
    footing = side_footing(CASE.ballots, CASE.left) if on_side else plain_footing(CASE.board.fit, CASE.ballots)  # type: ignore[arg-type]
    found = added(footing, Terms(z))
    # By hand: x has all that is fitted; z less its projection on x, weighed by the information.
    x = design(CASE, sides(CASE)) if on_side else design(CASE)
    weight, residual = footing.weight, footing.residual
    own = z - x @ np.linalg.solve(x.T @ (weight[:, None] * x), x.T @ (weight * z))
    information = weight @ own**2
    assert found.coefficient[0] == pytest.approx(residual @ z / information, rel=1e-8)
    error = np.sqrt((own**2 @ residual**2) * len(z) / (len(z) - x.shape[1])) / information
    assert found.error[0] == pytest.approx(error, rel=1e-8)


def test_groups_of_one_term_each_are_as_the_terms_alone() -> None:
    side, code = sides(CASE), np.random.default_rng(3).integers(-1, 3, len(CASE.ballots.pair))
    footing = side_footing(CASE.ballots, CASE.left, ("judge",))
    whole = added(footing, Terms(side, code, 3))
    for number in range(3):
        alone = added(footing, Terms(np.where(code == number, side, 0.0)))
        for part in ("coefficient", "error", "votes", "strength", "beside", "with_beside"):
            np.testing.assert_allclose(getattr(whole, part)[number], getattr(alone, part)[0], rtol=1e-9, atol=1e-12)


def test_a_step_is_close_to_the_whole_fit() -> None:
    z = np.random.default_rng(4).normal(0, 1, len(CASE.ballots.pair))
    footing = side_footing(CASE.ballots, CASE.left)
    step, fit = added(footing, Terms(z)), fit_covariates(with_features(CASE, sides(CASE), z), ["side", "z"])
    assert step.coefficient[0] == pytest.approx(fit.coefficients[1], abs=1e-4)
    assert footing.coefficients[0] + step.beside[0, 0] == pytest.approx(fit.coefficients[0], abs=1e-4)
    np.testing.assert_allclose(footing.fit.strength + step.strength[0], fit.strength, atol=1e-3)


def test_votes_that_hang_together_need_not_stand_together() -> None:
    order = np.random.default_rng(5).permutation(len(CASE.ballots.pair))
    one = side_footing(CASE.ballots, CASE.left, ("judge",))
    other = side_footing(CASE.ballots.only(order), CASE.left[order], ("judge",))
    np.testing.assert_allclose(beside_errors(one), beside_errors(other), rtol=1e-9)


def test_what_the_models_tell_already_is_no_term() -> None:
    gap = CASE.board.fit.strength[CASE.pairs.first] - CASE.board.fit.strength[CASE.pairs.second]  # type: ignore[union-attr]
    found = added(side_footing(CASE.ballots, CASE.left), Terms(gap[CASE.ballots.pair]))
    assert np.isnan(found.coefficient[0])
    assert found.p_value[0] == 1


def test_a_covariate_that_decides_all_votes_is_named() -> None:
    deciding = SCORE[CASE.ballots.outcome] - 0.5
    with pytest.raises(InputError, match="the winner and the outcome cannot be told apart in these 1,500 votes"):
        fit_covariates(with_features(CASE, deciding), ["the winner"], what="a trial")


def test_a_start_close_by_takes_fewer_steps() -> None:
    ballots = with_features(CASE, sides(CASE))
    far = fit_covariates(ballots, ["side"])
    near = fit_covariates(ballots, ["side"], start=np.append(far.strength, far.coefficients))
    assert isinstance(near, CovariateFit)
    assert near.steps == 1 < far.steps
    np.testing.assert_allclose(near.strength, far.strength, atol=1e-9)
