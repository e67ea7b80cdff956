"""Added terms: what a fit of strengths would find of one more covariate, by one Newton step from it.

For a covariate z of the votes beside what is fitted already (x: the two models, and perhaps the side), with r the residuals and
w the information of the votes at the fit, the step is U / A with U = Σ r z and A = Σ w z² − hᵀ H⁻¹ h, h = Σ w x z. Divided by
its error it is Rao's score test, whose size holds whatever the covariate would be; the error is that of the sums of
r (z − hᵀ H⁻¹ x) over whatever votes hang together, n / (n − parameters) wider (White 1982; Boos 1992, generalised score tests).
Many terms are looked at in a walk over the votes or two, and each alone: others are not held still beside it.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.compiled import compiled
from analysis.distributions import norm
from analysis.ratings.ballots import grouped
from analysis.ratings.basis import factors, terms
from analysis.ratings.covariates import CovariateFit, equal_votes, fit_covariates, scaled_features
from analysis.ratings.fits import Fit, laplacian
from analysis.ratings.pairs import SCORE
from analysis.ratings.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.bradley_terry import BradleyTerry

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Votes that one thread sums up at a time; the same for any number of threads, and so the sums.
_PART = 262_144

#: Part of a term's information that must be left beside the models: with less, the two cannot be told apart.
_LEAST_OWN = 1e-6


@dataclass(frozen=True, eq=False)
class Footing:
    """A fit and N single votes at it, to which terms are added.

    Attributes:
        fit: strengths of M models, and of K₀ ≤ 1 covariates.
        ballots: the votes.
        residual: shape (N,), score less its chance at the fit.
        weight: shape (N,), variance of a decided vote at the fit.
        beside: shape (N, K₀), the covariates of the fit.
        coefficients: shape (K₀,), of these, log-odds.
        unseen: shape (P,), squared scores that the votes do not show, as `Fit.unseen`.
        by: what votes hang together by, as `Basis.by`; none where they are independent.
    """

    fit: Fit
    ballots: Ballots
    residual: Floats
    weight: Floats
    beside: Floats
    coefficients: Floats
    unseen: Floats
    by: tuple[str, ...] = ()

    @property
    def by_pair(self) -> Footing:
        """The same with the votes of a pair as what hangs together: of a term that is the same in all of them, what the strengths
        do not tell of pairs is noise too."""
        return replace(self, ballots=replace(self.ballots, clusters={"pair": self.ballots.pair}), by=("pair",))

    @cached_property
    def bread(self) -> Floats:
        """Of the fit, shape (M + K₀, M + K₀)."""
        return self.fit.bread

    @property
    def correction(self) -> float:
        """By what variances are multiplied because residuals are smaller than errors (MacKinnon and White 1985, HC1)."""
        votes, parameters = len(self.residual), len(self.bread) - 1
        return votes / max(votes - parameters, 1)


@dataclass(frozen=True, eq=False)
class Terms:
    """K covariates of N votes, of which each vote has one at most: one column, or a number in one of several groups.

    Attributes:
        value: shape (N,), of a vote's covariate, as it reads from the pair's first model.
        code: shape (N,), which of the K it is, −1 for none; None where there is one.
        count: K.
    """

    value: Floats
    code: Integers | None = None
    count: int = 1


@dataclass(frozen=True, eq=False)
class Added:
    """What each of K terms would be, alone beside the fit.

    Attributes:
        coefficient, error: shape (K,), log-odds; not numbers where a term cannot be told apart from the models.
        votes: shape (K,), votes in which it is not 0.
        strength: shape (K, M), by how much it moves each strength, natural-log units.
        beside: shape (K, K₀), by how much it moves the covariates of the fit.
        with_beside: shape (K,), covariance with the fit's covariate; 0 where it has none.
    """

    coefficient: Floats
    error: Floats
    votes: Integers
    strength: Floats
    beside: Floats
    with_beside: Floats

    @property
    def p_value(self) -> Floats:
        """Of no effect, two-sided, shape (K,); 1 where nothing tells."""
        scatters = self.error > 0
        z = np.divide(np.abs(self.coefficient), self.error, out=np.zeros(len(self.error)), where=scatters)
        return np.asarray(2 * norm.sf(z))


def plain_footing(fit: BradleyTerry, ballots: Ballots, by: tuple[str, ...] = ()) -> Footing:
    """On a plain fit; the ballots are of its pairs, one vote each."""
    chance = fit.chance
    residual = (SCORE - chance[:, None]).ravel()[ballots.cell]
    weight, nothing = (chance * (1 - chance))[ballots.pair], np.zeros((len(residual), 0))
    return Footing(fit, ballots, residual, weight, nothing, np.zeros(0), fit.unseen, by)


@one_thread
def side_footing(ballots: Ballots, left: NDArray[np.bool_], by: tuple[str, ...] = ()) -> Footing:
    """On a fit of strengths and of what it is worth to stand on the left.

    Args:
        left: shape (N,), whether a pair's first model did.

    Raises:
        InputError: the side decides all votes.
    """
    sets, times, place = equal_votes(ballots, left)
    fit = fit_covariates(sets, ["the side"], what="side term", times=times)
    residual, weight = SCORE[sets.outcome] - fit.chance, fit.chance * (1 - fit.chance)
    shown = np.where(left, 1.0, -1.0)[:, None]
    return Footing(fit, ballots, residual[place], weight[place], shown, fit.coefficients, fit.unseen, by)


def fitted_footing(fit: CovariateFit, by: tuple[str, ...] = (), unseen: Floats | None = None) -> Footing:
    """On a fit of single votes, at all its covariates; `unseen` where another fit of the same votes has told it, shape (P,)."""
    residual, weight = SCORE[fit.ballots.outcome] - fit.chance, fit.chance * (1 - fit.chance)
    z, unseen = scaled_features(fit.ballots, fit.scale), fit.unseen if unseen is None else unseen
    return Footing(fit, fit.ballots, residual, weight, z, fit.coefficients, unseen, by)


@one_thread
def beside_errors(footing: Footing) -> Floats:
    """Standard errors of the covariates of the fit, shape (K₀,), log-odds per `scale`."""
    lines = np.ascontiguousarray(footing.bread[len(footing.fit.strength) :].T)
    square, _ = _variances(footing, Terms(np.zeros(0)), lines, np.zeros(0))
    return np.sqrt(np.maximum(square, 0.0))


@one_thread
def added(footing: Footing, block: Terms) -> Added:
    """Each of the terms alone, added to the fit."""
    pairs, size = footing.ballots.pairs, len(footing.fit.strength)
    score, own, votes, mixed = _bearing(
        footing.ballots.pair, pairs.first, pairs.second, footing.residual, footing.weight, footing.beside,
        *_columns(block), size, block.count,
    )  # fmt: skip
    lines = footing.bread @ mixed.T
    alone = own - np.einsum("km,mk->k", mixed, lines)
    told = alone > _LEAST_OWN * own
    information = np.where(told, alone, np.nan)
    coefficient = score / information
    per_unit = np.where(told, 1 / information, 0.0)
    # The first column is of the fit's covariate, the others of the terms.
    base = footing.bread[size:].T if footing.beside.shape[1] else np.zeros((size, 1))
    every = np.ascontiguousarray(np.hstack([base, -lines * per_unit]))
    square, cross = _variances(footing, block, every, per_unit)
    moved = -(lines * coefficient).T
    return Added(
        coefficient=coefficient,
        error=np.where(told, np.sqrt(np.maximum(square[1:], 0.0)), np.nan),
        votes=votes,
        strength=moved[:, :size],
        beside=moved[:, size:],
        with_beside=cross[1:],
    )


def _columns(block: Terms) -> tuple[Integers, Floats]:
    """The codes and values of terms as compiled functions take them: no codes where there is one term."""
    return np.zeros(0, dtype=np.int64) if block.code is None else block.code, block.value


def _variances(footing: Footing, block: Terms, lines: Floats, own: Floats) -> tuple[Floats, Floats]:
    """Variances of some sums over the votes, shape (C,), and their covariances with the first.

    Args:
        block: terms that the last of the columns are of; of no value where none is.
        lines: shape (M + K₀, C), how much of each vote's residual goes into a sum by its models and covariates.
        own: shape (K,), how much by its term, 1 / information.
    """
    size = len(footing.fit.strength)
    spread = laplacian(footing.ballots.pairs, footing.unseen) @ lines[:size]
    square, cross = (lines[:size] * spread).sum(axis=0), lines[:size, 0] @ spread
    for sign, order, cluster, factor in _clusters(footing):
        found = sign * footing.correction * _spread(footing, block, order, cluster, factor, lines, own)
        square, cross = square + found[0], cross + found[1]
    return square, cross


def _clusters(footing: Footing) -> list[tuple[float, Integers | None, Integers, Floats]]:
    """What votes hang together by, each with its sign, the order in which votes of one cluster stand together (None: as they
    are), the cluster of each vote in that order, and the factor of each cluster; empty arrays where votes are independent."""
    if not footing.by:
        return [(1.0, None, np.zeros(0, dtype=np.int64), np.ones(0))]
    found: list[tuple[float, Integers | None, Integers, Floats]] = []
    for sign, name in terms(footing.by):
        cluster, factor = footing.ballots.clusters[name], factors(footing.ballots.sizes[name])
        if (np.diff(cluster) >= 0).all():
            found.append((sign, None, cluster, factor))
        else:
            order = grouped(cluster)
            found.append((sign, order, cluster[order], factor))
    return found


def _spread(
    footing: Footing, block: Terms, order: Integers | None, cluster: Integers, factor: Floats, lines: Floats, own: Floats
) -> Floats:
    """Σ over clusters of squares, and of products with the first column, of what the votes add to each of the columns, shape
    (2, C)."""
    pairs, votes = footing.ballots.pairs, len(footing.residual)
    code, value = _columns(block)
    pair, residual, beside = footing.ballots.pair, footing.residual, footing.beside
    if order is not None:
        pair, residual, beside = pair[order], residual[order], beside[order]
        code, value = code[order] if len(code) else code, value[order] if len(value) else value
    starts = np.arange(0, votes, _PART)
    if len(cluster):  # no cluster is cut in two
        starts = np.searchsorted(cluster, cluster[starts])
    ends = np.unique(np.append(starts, votes)).tolist()

    def part(here: tuple[int, int]) -> Floats:
        some = slice(*here)
        return _squares(
            pair[some], pairs.first, pairs.second, residual[some], beside[some], code[some], value[some], cluster[some],
            factor, lines, own,
        )  # fmt: skip

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.sum(list(pool.map(part, pairwise(ends))), axis=0)


@compiled
def _bearing(
    pair: Integers, first: Integers, second: Integers, residual: Floats, weight: Floats, beside: Floats,
    code: Integers, value: Floats, models: int, count: int,
) -> tuple[Floats, Floats, Integers, Floats]:  # fmt: skip  # pragma: no cover - compiled
    """Score, information and votes of each term, each shape (K,), and its information with what is fitted, shape (K, M + K₀)."""
    width = beside.shape[1]
    score, own, votes = np.zeros(count), np.zeros(count), np.zeros(count, dtype=np.int64)
    mixed = np.zeros((count, models + width))
    for vote in range(len(pair)):
        term = code[vote] if len(code) else 0
        z = value[vote]
        if term < 0 or z == 0:
            continue
        heavy = weight[vote] * z
        score[term] += residual[vote] * z
        own[term] += heavy * z
        votes[term] += 1
        mixed[term, first[pair[vote]]] += heavy
        mixed[term, second[pair[vote]]] -= heavy
        for column in range(width):
            mixed[term, models + column] += heavy * beside[vote, column]
    return score, own, votes, mixed


@compiled
def _squares(
    pair: Integers, first: Integers, second: Integers, residual: Floats, beside: Floats, code: Integers, value: Floats,
    cluster: Integers, factor: Floats, lines: Floats, own: Floats,
) -> Floats:  # fmt: skip  # pragma: no cover - compiled
    """As `_spread`, of votes whose clusters stand together; each vote is one where there are no clusters."""
    columns, width = lines.shape[1], beside.shape[1]
    models = len(lines) - width
    result, sums = np.zeros((2, columns)), np.zeros(columns)
    votes = len(pair)
    for vote in range(votes):
        one, other, surplus = first[pair[vote]], second[pair[vote]], residual[vote]
        for column in range(columns):
            sums[column] += surplus * (lines[one, column] - lines[other, column])
        for extra in range(width):
            by = surplus * beside[vote, extra]
            for column in range(columns):
                sums[column] += by * lines[models + extra, column]
        term = code[vote] if len(code) else 0
        if len(own) and term >= 0:
            sums[columns - len(own) + term] += surplus * value[vote] * own[term]
        last = vote + 1 == votes
        if len(cluster) and not last and cluster[vote + 1] == cluster[vote]:
            continue
        by = factor[cluster[vote]] if len(cluster) else 1.0
        for column in range(columns):
            result[0, column] += (by * sums[column]) ** 2
            result[1, column] += by * sums[column] * by * sums[0]
            sums[column] = 0.0
    return result
