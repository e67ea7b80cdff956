"""Models with a parameter for ties, as an alternative to counting a tie as half a win.

Davidson (1970): P(win) ∝ π_a, P(tie) ∝ ν √(π_a π_b). Rao & Kupper (1967): P(a wins) = π_a / (π_a + κ π_b), κ ≥ 1, the
rest are ties. Both are fitted by Fisher scoring on pair counts; ties and both-bads are both ties.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NoReturn

import numpy as np
from scipy.special import expit

from analysis.errors import UsageError
from analysis.ratings.fits import NOT_RESAMPLED, Fit, NoFiniteStrengths, inverse, laplacian, pair_scores
from analysis.ratings.newton import newton
from analysis.ratings.pairs import three_outcomes
from analysis.results.prose import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.pairs import PairCounts
    from analysis.ratings.scores import Scores

    Floats = NDArray[np.float64]

#: (d, η) → chances, ∂ log p / ∂d and ∂ log p / ∂η of the outcomes (first wins, second wins, tie), each (P, 3);
#: d = θ_first − θ_second, η the tie parameter on the log scale.
Link = Callable[["Floats", float], tuple["Floats", "Floats", "Floats"]]


def davidson(gap: Floats, eta: float) -> tuple[Floats, Floats, Floats]:
    """Davidson's model; η = log ν."""
    weight = np.column_stack([np.exp(gap / 2), np.exp(-gap / 2), np.full(len(gap), np.exp(eta))])
    chance = weight / weight.sum(axis=1, keepdims=True)
    by_gap = np.array([0.5, -0.5, 0.0]) - (0.5 * (chance[:, 0] - chance[:, 1]))[:, None]
    by_eta = np.array([0.0, 0.0, 1.0]) - chance[:, 2:]
    return chance, by_gap, by_eta


def rao_kupper(gap: Floats, eta: float) -> tuple[Floats, Floats, Floats]:
    """Rao and Kupper's model; η = log κ > 0."""
    first, second = expit(gap - eta), expit(-gap - eta)
    slope_first, slope_second = first * (1 - first), second * (1 - second)
    tie = 1 - first - second
    by_gap = np.column_stack([1 - first, second - 1, (slope_second - slope_first) / tie])
    by_eta = np.column_stack([first - 1, second - 1, (slope_first + slope_second) / tie])
    return np.column_stack([first, second, tie]), by_gap, by_eta


LINKS: dict[str, Link] = {"davidson": davidson, "rao_kupper": rao_kupper}


@dataclass(frozen=True)
class TieModel(Fit):
    """Fitted strengths with a tie parameter.

    Attributes:
        eta: the tie parameter on the log scale: log ν (Davidson) or log κ (Rao–Kupper).
        link: which of LINKS.
    """

    eta: float
    link: str
    steps: int

    @cached_property
    def chances(self) -> tuple[Floats, Floats, Floats]:
        """What LINKS gives for each pair: chances of the three outcomes and their slopes, each shape (P, 3)."""
        return LINKS[self.link](self.strength[self.pairs.first] - self.strength[self.pairs.second], self.eta)

    @cached_property
    def bread(self) -> Floats:
        chance, by_gap, by_eta = self.chances
        return inverse(_second_moments(self.pairs, self.pairs.total[:, None] * chance, by_gap, by_eta), 1)

    @property
    def meat(self) -> Floats:
        _, by_gap, by_eta = self.chances
        return _second_moments(self.pairs, three_outcomes(self.pairs), by_gap, by_eta)

    @property
    def squares(self) -> tuple[Floats, Floats]:
        chance, by_gap, _ = self.chances
        expected = self.pairs.total * (chance * by_gap**2).sum(axis=1)
        return np.asarray((three_outcomes(self.pairs) * by_gap**2).sum(axis=1)), np.asarray(expected)

    @property
    def win_rate(self) -> None:
        return None

    @property
    def style(self) -> None:
        return None

    def scores(self, ballots: Ballots, cluster: NDArray[np.int64]) -> Scores:
        _, by_gap, by_eta = (table[:, [0, 1, 2, 2]].ravel()[ballots.cell] for table in self.chances)
        return pair_scores(ballots, cluster, by_gap, by_eta[:, None])

    def refit(self, *_: object) -> NoReturn:
        raise UsageError(NOT_RESAMPLED)


def fit_tie_model(pairs: PairCounts, link: str, *, tolerance: float = 1e-9, limit: int = 200) -> TieModel:
    """Maximum-likelihood strengths and tie parameter under `link`, one of LINKS; `tolerance` in natural-log units.

    Raises:
        NoFiniteStrengths: the models do not form one group, or there is no tie, or nothing but ties.
        NotConverged: the step after `limit` of them is still larger than the tolerance.
    """
    counts = three_outcomes(pairs)
    ties = counts[:, 2].sum() / max(counts.sum(), 1)
    if not pairs.connected or not 0 < ties < 1:
        raise NoFiniteStrengths(
            f"{link} needs connected models, ties and decided votes; {percent(ties, 0)} of these votes are ties."
        )
    odds = 2 * ties / (1 - ties)
    start = np.append(np.zeros(len(pairs.models)), np.log(odds) if link == "davidson" else np.log1p(odds))

    def slope(at: Floats) -> tuple[Floats, Floats]:
        strength, eta = at[:-1], float(at[-1])
        chance, by_gap, by_eta = LINKS[link](strength[pairs.first] - strength[pairs.second], eta)
        surplus = (counts * by_gap).sum(axis=1)
        gradient = np.append(pairs.scatter(surplus, -surplus), (counts * by_eta).sum())
        return gradient, _second_moments(pairs, counts.sum(axis=1, keepdims=True) * chance, by_gap, by_eta)

    after = _inside if link == "rao_kupper" else np.add
    found = newton(link, start, slope, beside=1, tolerance=tolerance, limit=limit, longest=1.0, after=after)
    strength = found.at[:-1]
    return TieModel(pairs, strength - strength.mean(), float(found.at[-1]), link, found.steps)


def _inside(at: Floats, move: Floats) -> Floats:
    """Where a step ends with the tie parameter kept inside its range: Rao–Kupper's log κ is positive."""
    return np.append(at[:-1] + move[:-1], max(at[-1] + move[-1], at[-1] / 2))


def _second_moments(pairs: PairCounts, weight: Floats, by_gap: Floats, by_eta: Floats) -> Floats:
    """Σ weight · score scoreᵀ over pairs and outcomes for (strengths, η), shape (M + 1, M + 1)."""
    size = len(pairs.models)
    matrix = np.zeros((size + 1, size + 1))
    matrix[:size, :size] = laplacian(pairs, (weight * by_gap**2).sum(axis=1))
    mixed = (weight * by_gap * by_eta).sum(axis=1)
    matrix[:size, size] = matrix[size, :size] = pairs.scatter(mixed, -mixed)
    matrix[size, size] = (weight * by_eta**2).sum()
    return matrix
