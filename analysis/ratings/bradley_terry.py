"""Bradley–Terry strengths by Newton's method on pair counts.

P(a beats b) = 1 / (1 + exp(θ_b − θ_a)); a tie or both-bad is half a win to each side. Strengths are in natural-log units
with mean zero; a rating is 400 θ / ln 10 plus a constant (Chiang et al. 2024, arXiv 2403.04132; FastChat `elo_analysis`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import csr_array
from scipy.special import expit

from analysis.ratings.fits import Fit, NoFiniteStrengths, inverse, laplacian, pair_scores, prior
from analysis.ratings.newton import newton
from analysis.ratings.pairs import SCORE

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.pairs import PairCounts
    from analysis.ratings.scores import Scores

    Floats = NDArray[np.float64]

#: Rating points per natural-log unit of strength.
POINTS = 400 / np.log(10)

#: Resampled rounds have converged at a step this small (natural-log units), and end after so many.
_ROUNDS_TOLERANCE, _ROUNDS_LIMIT = 1e-7, 100


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

    @property
    def win_rate(self) -> Floats:
        return self.chance

    @property
    def style(self) -> None:
        return None

    def scores(self, ballots: Ballots, cluster: NDArray[np.int64]) -> Scores:
        slope = self.weight[:, None] * (SCORE - self.chance[:, None])
        value = slope.ravel()[ballots.cell]
        return pair_scores(ballots, cluster, value if ballots.weight is None else value * ballots.weight)

    def refit(self, score: Floats, total: Floats, unseen: Floats, rng: np.random.Generator, /) -> Floats:
        """As in `Fit`; natural-log units, mean zero.

        All rounds iterate together from this fit with its information matrix (a chord method: the matrix is inverted once). A
        round in which some model only wins or only loses has no finite strengths; it stops with large but finite values, which
        quantiles treat as what they are: extreme. A prior is drawn anew in each round, as votes are (randomize-then-optimize:
        Bardsley et al. 2014), and what the votes of a model do not show (`unseen`) is added, so that the rounds scatter as the
        formula says.
        """
        pairs, size = self.pairs, len(self.pairs.models)
        rows = np.arange(len(pairs.first))
        incidence = csr_array(
            (np.repeat([1.0, -1.0], len(rows)), (np.tile(rows, 2), np.concatenate([pairs.first, pairs.second]))),
            shape=(len(rows), size),
        )
        strength = np.broadcast_to(self.strength, (len(score), size)).copy()
        held = rng.normal(0, self.ridge**-0.5, strength.shape) if self.ridge else np.zeros((1, size))
        held -= held.mean(axis=1, keepdims=True)
        for _ in range(_ROUNDS_LIMIT):
            surplus = self.weight * (score - total * expit(strength[:, pairs.first] - strength[:, pairs.second]))
            move = (surplus @ incidence - self.ridge * (strength - held)) @ self.bread
            strength += move
            if np.abs(move).max(initial=0.0) < _ROUNDS_TOLERANCE:
                break
        if unseen.any():
            strength += (rng.normal(0, 1, score.shape) * np.sqrt(unseen)) @ incidence @ self.bread
        return np.asarray(strength - strength.mean(axis=1, keepdims=True))


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
        NotConverged: the step after `limit` of them is still larger than the tolerance.
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
