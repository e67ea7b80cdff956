"""Residuals of pairs: by how much the votes of a pair differ from what the strengths of its models foretell.

The variance of the votes of a pair follows from the fit and the share of ties alone, p (1 − p) − t / 4 a vote: a tie is worth
half a win to both. The squares of few votes would not do, for a pair in which the weaker model has never won yet shows hardly
any. Votes of one judge on one pair hang together: what the squares of their sums have more than those of the votes is added
(clusters: Liang and Zeger 1986).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.special import xlogy

from analysis.compiled import compiled
from analysis.ratings.fits import laplacian
from analysis.ratings.pairs import SCORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.basis import Basis
    from analysis.ratings.bradley_terry import BradleyTerry

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Votes that the share of ties of all pairs counts for beside a pair's own, and the largest part of the possible ties that is
#: taken for true.
_LENT, _MOST = 20.0, 0.95

#: The part of a residual's variance that the fit leaves at least: less has no noise left to compare with.
_LEAST = 1e-3

#: What stands below a fraction where a pair has no votes.
_NONE = 1e-100


@dataclass(frozen=True, eq=False)
class Residuals:
    """Residuals of P pairs.

    Attributes:
        fit: the strengths, of ties as half wins.
        surplus: shape (P,), wins of the first model beyond those expected, a tie being half.
        information: shape (P,), n p (1 − p): the surplus over it is about how much larger the pair's log-odds are than the
            strengths say.
        per_vote: shape (P,), variance of the score of a vote.
        variance: shape (P,), of the surplus about its truth, votes of one judge taken together where the basis is over judges.
        skewness: shape (P,), of the surplus.
    """

    fit: BradleyTerry
    surplus: Floats
    information: Floats
    per_vote: Floats
    variance: Floats
    skewness: Floats

    @property
    def effect(self) -> Floats:
        """Log-odds of the pair beyond the strengths, shape (P,)."""
        return self.surplus / np.maximum(self.information, _NONE)

    @property
    def effect_variance(self) -> Floats:
        """Variance of `effect`, the strengths being known, shape (P,)."""
        return self.variance / np.maximum(self.information, _NONE) ** 2

    @cached_property
    def left_variance(self) -> Floats:
        """Variance of the surplus as it is left by the fit, shape (P,): V − 2 I h V + I² d B G B d, with h = d B d, d the
        difference of the pair's strengths, B the inverse information and G the sum of d V d."""
        fit, size = self.fit, len(self.fit.strength)
        spread = fit.bread @ laplacian(fit.pairs, self.variance) @ fit.bread
        leverage, moved = (_of_differences(matrix[:size, :size], fit) for matrix in (fit.bread, spread))
        left = self.variance - 2 * self.information * leverage * self.variance + self.information**2 * moved
        return np.asarray(np.maximum(left, _LEAST * self.variance))

    @property
    def deviance_residual(self) -> Floats:
        """The surplus in standard deviations as the root of its deviance, shape (P,), which is nearer to normal than the
        surplus itself where one model hardly ever wins (McCullagh and Nelder 1989, 2.4)."""
        pairs, chance = self.fit.pairs, self.fit.chance
        share = pairs.score / np.maximum(pairs.total, 1)
        gain = xlogy(share, share / chance) + xlogy(1 - share, (1 - share) / (1 - chance))
        root = np.sqrt(2 * pairs.total * np.clip(gain, 0, None)) * np.sign(self.surplus)
        return np.asarray(root * np.sqrt(self.information / np.maximum(self.left_variance, _NONE)))


def residuals_of(fit: BradleyTerry, basis: Basis) -> Residuals:
    """The residuals of all pairs of a fit, with variances over what its intervals are over."""
    pairs, chance = fit.pairs, fit.chance
    total, least = pairs.total, np.minimum(chance, 1 - chance)
    ties = pairs.counts[:, 2:].sum(axis=1)
    usual = ties.sum() / max(float((2 * least * total).sum()), _NONE) * 2 * least
    share = np.minimum((ties + _LENT * usual) / (total + _LENT), _MOST * 2 * least)
    per_vote = chance * (1 - chance) - share / 4
    wins, losses = chance - share / 2, 1 - chance - share / 2
    third = wins * (1 - chance) ** 3 - losses * chance**3 + share * (0.5 - chance) ** 3
    return Residuals(
        fit=fit,
        surplus=pairs.score - total * chance,
        information=total * chance * (1 - chance),
        per_vote=per_vote,
        variance=total * per_vote + together(fit, basis),
        skewness=third / per_vote**1.5 / np.sqrt(np.maximum(total, 1)),
    )


def together(fit: BradleyTerry, basis: Basis) -> Floats:
    """By how much the votes of judges on one pair make its sum vary more than independent votes, shape (P,); 0 where they do
    not, or where intervals are over votes."""
    found = np.zeros(len(fit.pairs.first))
    if not basis.by or basis.ballots is None:
        return found
    ballots, scores = basis.ballots, (SCORE - fit.chance[:, None]).ravel()
    cluster = ballots.clusters[basis.by[0]]
    if (np.diff(cluster) < 0).any():
        order = np.argsort(cluster, kind="stable")
        ballots, cluster = ballots.only(order), cluster[order]
    found = _beyond_votes(cluster, ballots.pair, ballots.outcome, scores, len(fit.pairs.first))
    free = basis.freedom
    return np.asarray(np.clip(found, 0, None) * free / (free - 2))


def _of_differences(matrix: Floats, fit: BradleyTerry) -> Floats:
    """dᵀ A d for the difference d of each pair's strengths, shape (P,)."""
    first, second, own = fit.pairs.first, fit.pairs.second, np.diag(matrix)
    return np.asarray(own[first] + own[second] - 2 * matrix[first, second])


@compiled
def _beyond_votes(cluster: Integers, pair: Integers, outcome: Integers, scores: Floats, size: int) -> Floats:
    """Σ over clusters of their squared sums less the squares of their votes, by pair, shape (P,); clusters stand together."""
    found, running = np.zeros(size), np.zeros(size)
    start, votes = 0, len(cluster)
    while start < votes:
        end = start + 1
        while end < votes and cluster[end] == cluster[start]:
            end += 1
        if end - start > 1:
            for vote in range(start, end):
                score = scores[4 * pair[vote] + outcome[vote]]
                # (s + x)² − s² − x² = 2 s x
                found[pair[vote]] += 2 * running[pair[vote]] * score
                running[pair[vote]] += score
            for vote in range(start, end):
                running[pair[vote]] = 0.0
        start = end
    return found
