"""Residuals of pairs: their variance against slow sums, and against arenas that are drawn again and again."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from analysis.audit.case import Case, case_of
from analysis.ratings.basis import Basis
from analysis.ratings.fits import laplacian
from analysis.ratings.pairs import SCORE
from analysis.ratings.residuals import residuals_of, together
from analysis.ratings.settings import Settings
from analysis.sources.simulated.faults import faulty


def crowded() -> Case:
    """An arena in which a judge casts about 40 votes, by taste."""
    frame = faulty("tastes", votes=3_000, models=4).to_pandas()
    frame["judge"] = (np.arange(len(frame)) * 7 % 75).astype(str)
    return case_of(pa.Table.from_pandas(frame[["model_a", "model_b", "outcome", "judge"]].astype(str), preserve_index=False))


def test_what_judges_add_is_the_squares_of_their_sums_less_those_of_votes() -> None:
    case = crowded()
    fit, ballots = case.board.fit, case.ballots
    frame = pd.DataFrame(
        {"pair": ballots.pair, "judge": case.judge, "score": (SCORE - fit.chance[:, None]).ravel()[ballots.cell]}
    )
    sums = frame.groupby(["pair", "judge"])["score"].sum().pow(2).groupby("pair").sum()
    squares = frame["score"].pow(2).groupby(frame["pair"]).sum()
    free = case.board.basis.freedom
    slow = np.clip(sums - squares, 0, None).reindex(range(len(fit.pairs.first))) * free / (free - 2)
    np.testing.assert_allclose(together(fit, case.board.basis), slow, atol=1e-9)
    # Where votes of a judge do not stand together they are brought together first.
    mixed = ballots.only(np.random.default_rng(1).permutation(len(ballots.pair)))
    np.testing.assert_allclose(together(fit, replace(case.board.basis, ballots=mixed)), slow, atol=1e-9)
    assert not together(fit, Basis()).any()


def test_the_variance_of_a_vote_is_that_of_win_tie_and_loss() -> None:
    case = case_of(faulty(votes=40_000, models=6), Settings(interval="votes"))
    found = residuals_of(case.board.fit, case.board.basis)
    scores = np.array(SCORE)
    share = case.pairs.counts / case.pairs.total[:, None]
    seen = share @ scores**2 - (share @ scores) ** 2
    np.testing.assert_allclose(found.per_vote, seen, rtol=0.06)
    np.testing.assert_allclose(found.variance, found.per_vote * case.pairs.total)


def test_what_the_fit_leaves_is_the_slow_product_of_matrices() -> None:
    case = case_of(faulty(votes=4_000, models=5), Settings(interval="votes"))
    fit = case.board.fit
    found = residuals_of(fit, case.board.basis)
    size = len(fit.pairs.first)
    design = np.zeros((size, 5))
    design[np.arange(size), fit.pairs.first], design[np.arange(size), fit.pairs.second] = 1, -1
    left = np.eye(size) - np.diag(found.information) @ design @ fit.bread @ design.T
    np.testing.assert_allclose(found.left_variance, np.diag(left @ np.diag(found.variance) @ left.T), rtol=1e-9)
    np.testing.assert_allclose(laplacian(fit.pairs, found.variance), design.T @ np.diag(found.variance) @ design)


@pytest.mark.parametrize("fault", ["none", "tastes"])
def test_surpluses_of_many_arenas_have_the_variance_that_is_said(fault: str) -> None:
    ratio, skewed = [], []
    for seed in range(40):
        case = case_of(faulty(fault, votes=6_000, models=6, gap=60, seed=seed))
        found = residuals_of(case.board.fit, case.board.basis)
        ratio.append(found.surplus**2 / found.left_variance)
        skewed.append(found.deviance_residual)
    # 600 squares of about standard normal numbers: their mean has an error of 0.06.
    assert np.mean(ratio) == pytest.approx(1, abs=0.2)
    assert np.std(skewed) == pytest.approx(1, abs=0.1)
    assert np.mean(skewed) == pytest.approx(0, abs=0.15)


def test_a_pair_without_votes_has_no_residual() -> None:
    case = case_of(faulty(votes=4_000, models=5))
    counts = case.pairs.counts.copy()
    counts[0] = 0
    fit = replace(case.board.fit, pairs=case.pairs.with_counts(counts))
    found = residuals_of(fit, Basis())
    assert found.effect[0] == found.deviance_residual[0] == 0
