"""Style control: Bradley–Terry strengths with the effect of the answers' style taken out.

logit P(a beats b) = θ_a − θ_b + z·β, with z the standardised relative differences (f_a − f_b) / (f_a + f_b) of tokens,
headers, list items and bold spans (LMSYS post of 2024-08-29; FastChat `rating_systems`, which adds 1 to the denominator
of counts that can be zero). z is divided by its root mean square and not centred, so that swapping the sides of votes
changes nothing; sides are assigned at random, so its mean is near zero anyway. No penalty: FastChat's, ¼ of the squared
parameters against a summed loss, is so small that it moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
from scipy.special import expit

from analysis.errors import InputError, UsageError
from analysis.ratings.fits import NOT_RESAMPLED, Fit, NoFiniteStrengths, inverse, laplacian, pair_scores
from analysis.ratings.newton import NotConverged, newton
from analysis.ratings.pairs import SCORE, PairCounts
from analysis.votes.schema import STYLE_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.scores import Scores

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class StyleFit(Fit):
    """Strengths of M models and coefficients of K style features.

    Attributes:
        ballots: the votes they were fitted on, with features.
        coefficients: shape (K,), log-odds per standard deviation of the relative difference.
        scale: shape (K,), that standard deviation.
        steps: Newton steps taken.
    """

    ballots: Ballots
    coefficients: Floats
    scale: Floats
    steps: int

    @cached_property
    def chance(self) -> Floats:
        """P(first beats second) of each vote, shape (N,)."""
        return _chance(self.ballots, self.strength, _standardised(self.ballots, self.scale) @ self.coefficients)

    @cached_property
    def bread(self) -> Floats:
        z = _standardised(self.ballots, self.scale)
        return inverse(moments(self.ballots, z, self.chance * (1 - self.chance)), z.shape[1])

    @property
    def meat(self) -> Floats:
        residual = SCORE[self.ballots.outcome] - self.chance
        return moments(self.ballots, _standardised(self.ballots, self.scale), residual**2)

    @property
    def squares(self) -> tuple[Floats, Floats]:
        residual, pair, size = SCORE[self.ballots.outcome] - self.chance, self.ballots.pair, len(self.pairs.first)
        seen, expected = (np.bincount(pair, value, size) for value in (residual**2, self.chance * (1 - self.chance)))
        return seen.astype(float), expected.astype(float)

    @property
    def win_rate(self) -> None:
        return None

    @property
    def style(self) -> Floats:
        return self.coefficients

    def scores(self, ballots: Ballots, cluster: Integers) -> Scores:
        z = _standardised(ballots, self.scale)
        slope = SCORE[ballots.outcome] - _chance(ballots, self.strength, z @ self.coefficients)
        return pair_scores(ballots, cluster, slope, slope[:, None] * z)

    def refit(self, *_: object) -> NoReturn:
        raise UsageError(NOT_RESAMPLED)


def fit_style(ballots: Ballots, *, tolerance: float = 1e-9, limit: int = 60) -> StyleFit:
    """Newton's method on the votes; information matrices are summed pair by pair, so memory grows with N·K only.

    Raises:
        NoFiniteStrengths: the models do not form one group.
        InputError: a feature decides all votes in which it differs, so that no finite coefficient fits.
    """
    pairs, size = ballots.pairs, len(ballots.pairs.models)
    if not pairs.connected:
        raise NoFiniteStrengths(f"{size} models fall into several groups without wins both ways.")
    assert ballots.features is not None
    scale = np.sqrt((ballots.features**2).mean(axis=0))
    scale = np.where(scale > 0, scale, 1.0)
    z, score = _standardised(ballots, scale), SCORE[ballots.outcome]

    def slope(at: Floats) -> tuple[Floats, Floats]:
        chance = _chance(ballots, at[:size], z @ at[size:])
        surplus = score - chance
        return np.append(_by_model(pairs, ballots.pair, surplus), surplus @ z), moments(ballots, z, chance * (1 - chance))

    start, features = np.zeros(size + z.shape[1]), z.shape[1]
    try:
        found = newton("style control", start, slope, beside=features, tolerance=tolerance, limit=limit)
    except NotConverged as error:
        moving = [name for name, step in zip(STYLE_FEATURES, error.move[size:], strict=True) if abs(step) >= tolerance]
        raise InputError(
            f"style control: {', '.join(moving) or 'the models'} and the outcome cannot be told apart in these {len(z):,} votes "
            "(no finite coefficient fits); more votes are needed."
        ) from error
    strength, coefficients = found.at[:size], found.at[size:]
    return StyleFit(pairs, strength - strength.mean(), ballots, coefficients, scale, found.steps)


def _standardised(ballots: Ballots, scale: Floats) -> Floats:
    """The features of votes in standard deviations, shape (N, K)."""
    assert ballots.features is not None
    return np.asarray(ballots.features / scale)


def _chance(ballots: Ballots, strength: Floats, style: Floats) -> Floats:
    """P(first beats second) of each vote, shape (N,); `style` is what style adds to the log-odds, shape (N,)."""
    gap = strength[ballots.pairs.first] - strength[ballots.pairs.second]
    return np.asarray(expit(gap[ballots.pair] + style))


def _by_model(pairs: PairCounts, pair: Integers, value: Floats) -> Floats:
    """Sum a value per vote onto its models, + for the first and − for the second, shape (M,)."""
    per_pair = np.bincount(pair, value, len(pairs.first)).astype(float)
    return pairs.scatter(per_pair, -per_pair)


def moments(votes: Ballots, z: Floats, weight: Floats) -> Floats:
    """Σ over votes of weight · x xᵀ with x = (e_first − e_second, z), shape (M + K, M + K)."""
    size = len(votes.pairs.models)
    result = np.empty((size + z.shape[1],) * 2)
    result[:size, :size] = laplacian(votes.pairs, np.bincount(votes.pair, weight, len(votes.pairs.first)).astype(float))
    mixed = np.column_stack([_by_model(votes.pairs, votes.pair, weight * column) for column in z.T])
    result[:size, size:], result[size:, :size] = mixed, mixed.T
    result[size:, size:] = z.T @ (weight[:, None] * z)
    return result
