"""Bradley–Terry strengths by Newton's method on pair counts.

P(a beats b) = 1 / (1 + exp(θ_b − θ_a)); a tie or both-bad is half a win to each side. Strengths are in natural-log units
with mean zero; a rating is 400 θ / ln 10 plus a constant (Chiang et al. 2024, arXiv 2403.04132; FastChat `elo_analysis`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from analysis.fits import Fit, NoFiniteStrengths, inverse, laplacian, pair_scores, prior
from analysis.newton import newton
from analysis.pairs import SCORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ballots import Ballots
    from analysis.pairs import PairCounts
    from analysis.scores import Scores

    Floats = NDArray[np.float64]

#: Rating points per natural-log unit of strength.
POINTS = 400 / np.log(10)


@dataclass(frozen=True)
class BradleyTerry(Fit):
    """Fitted strengths.

    Attributes:
        steps: Newton steps taken.
        weight: shape (P,), the weight of each vote of a pair; all 1 unless pairs are reweighted.
        ridge: precision of the normal prior on each strength, in votes; 0 for maximum likelihood.
    """

    steps: int
    weight: Floats
    ridge: float = 0.0

    @cached_property
    def chance(self) -> Floats:
        """P(first beats second) per pair, shape (P,)."""
        return np.asarray(expit(self.strength[self.pairs.first] - self.strength[self.pairs.second]))

    @cached_property
    def bread(self) -> Floats:
        """Inverse of the Fisher information and the prior's precision, shape (M, M)."""
        votes = self.weight * self.pairs.total * self.chance * (1 - self.chance)
        return inverse(laplacian(self.pairs, votes) + prior(self.ridge, len(self.strength)))

    @property
    def meat(self) -> Floats:
        """As in `Fit`. With it the covariance equals arena-rank's up to its ridge of 1e-5, and holds where ties make the
        Bradley–Terry variance wrong."""
        return laplacian(self.pairs, self.weight**2 * squared_scores(self))

    @property
    def squares(self) -> tuple[Floats, Floats]:
        expected = self.pairs.total * self.chance * (1 - self.chance)
        return self.weight**2 * squared_scores(self), self.weight**2 * expected

    def scores(self, ballots: Ballots, cluster: NDArray[np.int64]) -> Scores:
        slope = self.weight[:, None] * (SCORE - self.chance[:, None])
        return pair_scores(ballots, cluster, slope.ravel()[ballots.cell])


def squared_scores(fit: BradleyTerry) -> Floats:
    """Σ over the votes of a pair of (y − p)², y being 1, ½ or 0, shape (P,)."""
    return np.asarray((fit.pairs.counts * (SCORE - fit.chance[:, None]) ** 2).sum(axis=1))


def even_weights(pairs: PairCounts, least: int = 50) -> Floats:
    """Weights 1 / max(n, least) for pairs of n votes, so that uneven sampling of pairs matters less, shape (P,).

    arena-rank's `reweighted`, with its minimum pair count of 50; scaled so that a pair of `least` votes weighs 1 a vote.
    """
    return np.asarray(least / np.maximum(pairs.total, least))


def fit_bradley_terry(
    pairs: PairCounts, *, weight: Floats | None = None, ridge: float = 0.0, tolerance: float = 1e-10, limit: int = 60
) -> BradleyTerry:
    """Maximum-likelihood strengths of all models in `pairs`.

    Args:
        weight: shape (P,), the weight of each vote of a pair; all 1 by default.
        ridge: precision of a normal prior on each strength, in votes (0: none; any positive value gives finite
            strengths to models that only won, only lost or are unconnected).
        tolerance: the largest Newton step, in natural-log units, at which the fit has converged.

    Raises:
        NoFiniteStrengths: the models do not form one group (see `PairCounts.groups`) and there is no ridge.
    """
    if ridge == 0 and not pairs.connected:
        raise NoFiniteStrengths(f"{len(pairs.models)} models fall into {len(set(pairs.groups))} groups without wins both ways.")
    weight, held = np.ones(len(pairs.first)) if weight is None else weight, prior(ridge, len(pairs.models))

    def slope(strength: Floats) -> tuple[Floats, Floats]:
        chance = expit(strength[pairs.first] - strength[pairs.second])
        surplus = weight * (pairs.score - pairs.total * chance)
        information = laplacian(pairs, weight * pairs.total * chance * (1 - chance)) + held
        return pairs.scatter(surplus, -surplus) - held @ strength, information

    # Two units a step never overshoot.
    found = newton("Bradley–Terry", np.zeros(len(pairs.models)), slope, tolerance=tolerance, limit=limit, longest=2.0)
    return BradleyTerry(pairs, found.at - found.at.mean(), found.steps, weight, ridge)
