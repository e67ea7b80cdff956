"""Fit: what every way of fitting strengths has in common, and the covariances that follow from the scores of its votes.

All fits are M-estimators: the strengths (and what is fitted beside them) make the sum of the votes' scores zero. With H the
information and G the sum of squared scores, their covariance is H⁻¹ G H⁻¹ (White 1982), and that of two fits on votes that
they share, or that one judge cast, H₁⁻¹ Σ s₁ s₂ᵀ H₂⁻¹ (stacked estimating equations, Stefanski and Boos 2002).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.ratings.scores import Scores

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.pairs import PairCounts

    Floats = NDArray[np.float64]

#: What cannot be resampled: `Settings` refuse it, so that only who fits by hand sees this.
NOT_RESAMPLED = "votes are resampled with ties as half wins and without style control; use the intervals of the formula."

#: Squared scores of a model's votes below which they show no spread of their own: less than four decided votes between equals.
_LEAST_SPREAD = 1.0


class NoFiniteStrengths(ValueError):
    """The counts admit no finite strengths: some models are unconnected, only won or only lost."""


@dataclass(frozen=True)
class Fit(ABC):
    """Fitted strengths of M models, and K parameters beside them.

    Attributes:
        pairs: the pair counts of the votes they were fitted on (P pairs).
        strength: shape (M,), natural-log units, mean zero.
    """

    pairs: PairCounts
    strength: Floats

    #: Precision of a normal prior on each strength, in votes.
    ridge = 0.0

    @property
    @abstractmethod
    def bread(self) -> Floats:
        """Inverse information H⁻¹ of strengths of mean zero and of what is fitted beside them, shape (M + K, M + K)."""

    @property
    @abstractmethod
    def meat(self) -> Floats:
        """Σ over votes of score · scoreᵀ, shape (M + K, M + K)."""

    @property
    @abstractmethod
    def squares(self) -> tuple[Floats, Floats]:
        """Σ over the votes of a pair of the squared score in the difference of its two strengths, each shape (P,): as it is,
        and as the model expects it."""

    @property
    @abstractmethod
    def win_rate(self) -> Floats | None:
        """What share of the votes of a pair its first model wins, a tie being half, shape (P,); None where the two strengths
        alone do not say it."""

    @property
    @abstractmethod
    def style(self) -> Floats | None:
        """Coefficients of the answers' style, log-odds per standard deviation, shape (K,); None where none are fitted."""

    @abstractmethod
    def scores(self, ballots: Ballots, cluster: NDArray[np.int64]) -> Scores:
        """The scores of votes, summed by `cluster`, shape (N,); the ballots are of the pairs of this fit."""

    @abstractmethod
    def refit(self, score: Floats, total: Floats, unseen: Floats, rng: np.random.Generator, /) -> Floats:
        """Strengths for many rounds of resampled votes at once, shape (rounds, M).

        Args:
            score, total: shape (rounds, P), wins of the first model of a pair, a tie being half, and votes.
            unseen: shape (P,), squared scores that the rounds do not show, as `Basis.spread` gives it.

        Raises:
            UsageError: more than the strengths is fitted, which such sums do not tell.
        """

    @cached_property
    def covariance(self) -> Floats:
        """Covariance of the strengths where votes are independent, shape (M, M)."""
        size = len(self.strength)
        return self.sandwich(self.meat, self.unseen)[:size, :size]

    def sandwich(self, meat: Floats, unseen: Floats) -> Floats:
        """Covariance of the strengths and of what was fitted beside them, shape (M + K, M + K).

        Beside the votes it knows the prior, a score of variance `ridge` whose mode is zero (so that with a true model it is
        the posterior's H⁻¹).

        Args:
            meat: the sum of squared scores of whatever is independent, shape (M + K, M + K).
            unseen: shape (P,), squared scores that `meat` lacks, such as `unseen`.
        """
        size = len(self.strength)
        whole = meat.copy()
        whole[:size, :size] += laplacian(self.pairs, unseen) + prior(self.ridge, size)
        return np.asarray(self.bread @ whole @ self.bread)

    @cached_property
    def unseen(self) -> Floats:
        """Squared scores that the votes of a pair do not show and the model expects, shape (P,).

        Where a model's votes have no spread (ties alone, a single vote) the sandwich would call it certain. There the
        model's own variance takes over, where it is wider.
        """
        seen, expected = self.squares
        still = self.pairs.scatter(seen, seen) < _LEAST_SPREAD
        touched = still[self.pairs.first] | still[self.pairs.second]
        return np.where(touched, np.maximum(expected - seen, 0.0), 0.0)


def prior(ridge: float, size: int) -> Floats:
    """Precision of a normal prior of precision `ridge` on each of `size` strengths, as it bears on strengths of mean zero."""
    return ridge * (np.eye(size) - 1 / size)


def laplacian(pairs: PairCounts, weight: Floats) -> Floats:
    """Σ over pairs of weight (e_first − e_second)(e_first − e_second)ᵀ, shape (M, M)."""
    size = len(pairs.models)
    matrix = np.zeros((size, size))
    matrix[pairs.first, pairs.second] = matrix[pairs.second, pairs.first] = -weight
    matrix[np.diag_indices(size)] = pairs.scatter(weight, weight)
    return matrix


def inverse(information: Floats, beside: int = 0) -> Floats:
    """Inverse information of strengths of mean zero and of `beside` parameters beside them, shape (M + K, M + K).

    The constant direction of the strengths, which votes cannot see, is projected out.
    """
    size = len(information) - beside
    regular, scale = _regular(information, size)
    found = np.linalg.inv(regular)
    found[:size, :size] -= 1 / size
    return np.asarray(found / scale)


def solve(information: Floats, gradient: Floats, beside: int = 0) -> Floats:
    """`inverse(information, beside) @ gradient` for a gradient whose M first parts have the sum zero, without the inverse."""
    regular, scale = _regular(information, len(information) - beside)
    return np.asarray(np.linalg.solve(regular, gradient)) / scale


def _regular(information: Floats, size: int) -> tuple[Floats, float]:
    """Information of `size` strengths and more that has an inverse, the constant direction of the strengths added, and by what
    it was divided. A parameter that no vote tells of, a feature that never varies, gets information 1 and so stays 0."""
    scale = float(np.trace(information[:size, :size])) / size
    regular = information / scale
    regular[:size, :size] += 1 / size
    for place in range(size, len(information)):
        if information[place, place] == 0:
            regular[place, place] = 1 / scale
    return regular, scale


def pair_scores(ballots: Ballots, cluster: NDArray[np.int64], slope: Floats, beside: Floats | None = None) -> Scores:
    """Scores of votes between two models each.

    Args:
        slope: shape (N,), the score in the difference of the two strengths.
        beside: shape (N, K), the scores in what is fitted beside the strengths.
    """
    pairs = ballots.pairs
    columns, values = [pairs.first[ballots.pair], pairs.second[ballots.pair]], [slope, -slope]
    for number, value in enumerate(() if beside is None else beside.T):
        columns.append(np.full(len(slope), len(pairs.models) + number))
        values.append(value)
    return Scores(cluster, tuple(columns), tuple(values), len(pairs.models) + len(columns) - 2)
