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

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.pairs import PairCounts

    Floats = NDArray[np.float64]

#: Rating points per natural-log unit of strength.
POINTS = 400 / np.log(10)


class NoFiniteStrengths(ValueError):
    """The counts admit no finite strengths: some models are unconnected, only won or only lost."""


@dataclass(frozen=True)
class BradleyTerry:
    """Fitted strengths.

    Attributes:
        pairs: the pair counts they were fitted on (M models, P pairs).
        strength: shape (M,), natural-log units, mean zero.
        steps: Newton steps taken.
        weight: shape (P,), the weight of each vote of a pair; all 1 unless pairs are reweighted.
        ridge: precision of the normal prior on each strength, in votes; 0 for maximum likelihood.
    """

    pairs: PairCounts
    strength: Floats
    steps: int
    weight: Floats
    ridge: float = 0.0

    @cached_property
    def chance(self) -> Floats:
        """P(first beats second) per pair, shape (P,)."""
        return np.asarray(expit(self.strength[self.pairs.first] - self.strength[self.pairs.second]))

    @cached_property
    def inverse_information(self) -> Floats:
        """Pseudo-inverse of the Fisher information, shape (M, M): the bread of the sandwich."""
        information = laplacian(self.pairs, self.weight * self.pairs.total * self.chance * (1 - self.chance))
        return inverse(information + self.ridge * np.eye(len(information)))

    @cached_property
    def covariance(self) -> Floats:
        """Sandwich covariance of the strengths, shape (M, M), for strengths of mean zero.

        H⁻¹ G H⁻¹ with G the sum over votes of the squared score (White 1982); it holds where ties make the
        Bradley–Terry variance wrong, and equals arena-rank's up to its ridge of 1e-5. With a prior it is the
        posterior's H⁻¹ instead: the sandwich would call a model that never lost certain.
        """
        if self.ridge > 0:
            return self.inverse_information
        meat = laplacian(self.pairs, self.weight**2 * squared_scores(self))
        return self.inverse_information @ meat @ self.inverse_information


def laplacian(pairs: PairCounts, weight: Floats) -> Floats:
    """Σ over pairs of weight (e_first − e_second)(e_first − e_second)ᵀ, shape (M, M)."""
    size = len(pairs.models)
    matrix = np.zeros((size, size))
    matrix[pairs.first, pairs.second] = matrix[pairs.second, pairs.first] = -weight
    matrix[np.diag_indices(size)] = pairs.scatter(weight, weight)
    return matrix


def inverse(information: Floats) -> Floats:
    """Inverse on the strengths of mean zero: the constant direction, which votes cannot see, is projected out."""
    size = len(information)
    constant = np.full((size, size), 1 / size)
    scale = np.trace(information) / size
    return np.asarray(np.linalg.inv(information / scale + constant) - constant) / scale


def solve(information: Floats, gradient: Floats) -> Floats:
    """`inverse(information) @ gradient` for a gradient of sum zero, without the inverse."""
    scale = np.trace(information) / len(information)
    return np.asarray(np.linalg.solve(information / scale + 1 / len(information), gradient)) / scale


def squared_scores(fit: BradleyTerry) -> Floats:
    """Σ over the votes of a pair of (y − p)², y being 1, ½ or 0, shape (P,)."""
    counts, chance = fit.pairs.counts, fit.chance
    half = counts[:, 2] + counts[:, 3]
    return np.asarray(counts[:, 0] * (1 - chance) ** 2 + counts[:, 1] * chance**2 + half * (0.5 - chance) ** 2)


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
    if ridge == 0 and len(set(pairs.groups)) > 1:
        raise NoFiniteStrengths(f"{len(pairs.models)} models fall into {len(set(pairs.groups))} groups without wins both ways.")
    strength, weight = np.zeros(len(pairs.models)), np.ones(len(pairs.first)) if weight is None else weight
    prior = ridge * np.eye(len(strength))
    for step in range(1, limit + 1):
        chance = expit(strength[pairs.first] - strength[pairs.second])
        surplus = weight * (pairs.score - pairs.total * chance)
        gradient = pairs.scatter(surplus, -surplus) - ridge * strength
        information = laplacian(pairs, weight * pairs.total * chance * (1 - chance)) + prior
        move = solve(information, gradient)
        largest = float(np.abs(move).max(initial=0.0))
        # A full step can overshoot while strengths are still far off; two units a step never does.
        strength = strength + move * min(1.0, 2.0 / max(largest, 1e-300))
        if largest < tolerance:
            return BradleyTerry(pairs, strength - strength.mean(), step, weight, ridge)
    raise RuntimeError(f"Bradley–Terry did not converge in {limit} steps; the last moved a strength by {largest:.2g}.")
