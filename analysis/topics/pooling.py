"""Pooling: changes of strength in each of many topics, shrunk by a variance that all of them share.

Model m has the strength θ_m + δ_mt in topic t, θ from a Bradley–Terry fit of all votes and δ_mt normal around zero with a
variance that all topics share, estimated from all of them (empirical Bayes: Morris 1983). A topic with few votes so shows
what all votes show; the more votes it has, the further it may move.

Half a win for a tie scatters less than a win or a loss, so votes say more than the binomial likelihood grants them. They are
given the weight 1 / φ, φ being the scatter of the votes around the overall fit over the binomial's (quasi-likelihood:
Wedderburn 1974). Without it the shared variance is estimated far too small.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq, minimize_scalar
from scipy.special import expit

from analysis.distributions import chi2
from analysis.ratings.bradley_terry import POINTS, BradleyTerry, squared_scores
from analysis.ratings.fits import inverse, laplacian, prior
from analysis.ratings.intervals import joint_draws, rank_intervals
from analysis.ratings.newton import newton
from analysis.ratings.pairs import SCORE
from analysis.ratings.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.pairs import PairCounts

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Standard deviations of changes that are considered, rating points, and how exactly the best is found (on the log scale).
_RANGE, _EXACT = (0.1, 400.0), 0.01

#: Precision that stands for no pooling: 1,000 rating points, so that a model that only won or only lost stays finite.
ALONE = (POINTS / 1000) ** 2

#: Scatter of the votes over the binomial's that is believed: where all votes are ties, there is none.
_LEAST_SCATTER = 0.05

#: Newton's method stops at a step this small (natural-log units), or after so many.
_TOLERANCE, _LIMIT = 1e-8, 60

#: Joint draws of ratings behind a chance to lead and an interval of ranks.
_DRAWS = 2_000


@dataclass(frozen=True)
class Offsets:
    """Changes of one topic, natural-log units.

    Attributes:
        change, error, noise: shape (M,): estimate, posterior standard deviation, and that of the estimate under no change.
        covariance: shape (M, M), posterior, of changes of mean zero given the base.
        precision: of the prior.
        evidence: logarithm of the votes' marginal likelihood by Laplace's approximation, up to a constant.
    """

    change: Floats
    error: Floats
    noise: Floats
    covariance: Floats = field(repr=False)
    precision: float
    evidence: float

    def with_base(self, covariance: Floats) -> Floats:
        """Covariance of base plus change, shape (M, M), from that of the base.

        Where the base moves, the change follows it back as far as the topic's votes hold the sum: by the implicit function
        theorem the sum moves by precision · covariance of what the base does.
        """
        kept = self.precision * self.covariance
        return np.asarray(self.covariance + kept @ covariance @ kept.T)


@dataclass(frozen=True)
class Pooled:
    """Changes of all topics, and the standard deviation that they share with its interval (natural-log units)."""

    offsets: list[Offsets]
    deviation: float
    lower: float
    upper: float


@one_thread
def pool_offsets(by_topic: Sequence[PairCounts], base: BradleyTerry, level: float = 0.95, design_effect: float = 1.0) -> Pooled:
    """The changes of each topic under the deviation that all of them share.

    The deviation has the largest restricted likelihood (Laplace's approximation), times itself: a prior that keeps it off
    zero, where nothing could differ, and that few votes overrule (Chung et al. 2013). Restricted, because the base was fitted
    to the same votes and has taken its part of the changes (Patterson and Thompson 1971). Its interval is that of the
    likelihood alone, by its ratio, and so can begin at zero.

    Args:
        design_effect: by how much more the votes of a topic scatter than independent ones, because some are of one judge; they
            weigh less by it (Rao and Scott 1984, first-order correction).
    """
    binomial = (base.pairs.total * base.chance * (1 - base.chance)).sum()
    dispersion = design_effect * max(float(squared_scores(base).sum() / binomial), _LEAST_SCATTER)
    least, most = np.log(np.array(_RANGE) / POINTS).tolist()

    def fits(logarithm: float) -> list[Offsets]:
        return [fit_offsets(pairs, base.strength, float(np.exp(-2 * logarithm)), dispersion, design_effect) for pairs in by_topic]

    @cache
    def evidence(logarithm: float) -> float:
        return restricted(fits(logarithm))

    def largest(score: Callable[[float], float]) -> float:
        found = minimize_scalar(lambda x: -score(float(x)), bounds=(least, most), method="bounded", options={"xatol": _EXACT})
        return float(found.x)

    best, peak = largest(lambda x: evidence(x) + x), largest(evidence)
    enough = evidence(peak) - chi2.ppf(level, 1) / 2

    def bound(end: float) -> float:
        """Where the likelihood is no longer enough on the way to `end`; `end` where it always is."""
        inside = evidence(end) >= enough
        return end if inside else float(brentq(lambda x: evidence(float(x)) - enough, end, peak, xtol=_EXACT))

    lower, upper = bound(least), bound(most)
    return Pooled(fits(best), float(np.exp(best)), 0.0 if lower == least else float(np.exp(lower)), float(np.exp(upper)))


def restricted(fits: Sequence[Offsets]) -> float:
    """Logarithm of the marginal likelihood over all changes and over the base that they add to, up to a constant.

    Laplace's approximation in a shift of the base that all topics share: their evidence together has the slope
    precision · Σ change in it, and the curvature Σ (P − P S P), P being the prior's precision and S a topic's covariance.
    """
    precision, size = fits[0].precision, len(fits[0].change)
    everyone = np.full((size, size), 1 / size)
    curvature = precision * len(fits) * (np.eye(size) - everyone) - precision**2 * sum(fit.covariance for fit in fits) + everyone
    slope = precision * np.sum([fit.change for fit in fits], axis=0)
    shifted = float(slope @ np.linalg.solve(curvature, slope)) - float(np.linalg.slogdet(curvature)[1])
    return sum(fit.evidence for fit in fits) + shifted / 2


def fit_offsets(
    pairs: PairCounts, base: Floats, precision: float, dispersion: float = 1.0, design_effect: float = 1.0
) -> Offsets:
    """Changes of strength on top of `base` with a normal prior of that precision, by Newton's method.

    Half a win to both sides for ties; votes weigh 1 / `dispersion`. `noise` is the sandwich around no change: the posterior
    mode moves with the votes' scores alone, whose variance is their sum of squares times `design_effect`.
    """
    # The prior is on strengths of mean zero: a constant added to all, which votes cannot see, must stay out of it.
    held, total, score = prior(precision, len(base)), pairs.total / dispersion, pairs.score / dispersion

    def slope(change: Floats) -> tuple[Floats, Floats]:
        strength = base + change
        chance = expit(strength[pairs.first] - strength[pairs.second])
        surplus = score - total * chance
        return pairs.scatter(surplus, -surplus) - precision * change, laplacian(pairs, total * chance * (1 - chance)) + held

    found = newton("a topic's changes", np.zeros(len(base)), slope, tolerance=_TOLERANCE, limit=_LIMIT, longest=2.0)
    spread, change = inverse(found.information), found.at - found.at.mean()
    expected = expit(base[pairs.first] - base[pairs.second])
    squares = (pairs.counts * (SCORE - expected[:, None]) ** 2).sum(axis=1)
    noise = spread @ laplacian(pairs, design_effect * squares / dispersion**2) @ spread
    ahead = (base + change)[pairs.first] - (base + change)[pairs.second]
    likelihood = float((score * ahead - total * np.logaddexp(0, ahead)).sum())
    evidence = likelihood - precision * float(change @ change) / 2 + (len(base) - 1) * np.log(precision) / 2
    volume = float(np.linalg.slogdet(spread + 1 / len(base))[1]) / 2  # the constant direction has the factor 1
    return Offsets(change, _deviations(spread), _deviations(noise), spread, precision, evidence + volume)


def _deviations(covariance: Floats) -> Floats:
    return np.asarray(np.sqrt(np.clip(np.diag(covariance), 0, None)))


@dataclass(frozen=True)
class Places:
    """Where models stand in one topic, shape (M,) each: chance to be the strongest, and the interval of the rank."""

    first: Floats
    lower: Integers
    upper: Integers


@one_thread
def places(strength: Floats, covariance: Floats, level: float, seed: int) -> Places:
    """Places by joint draws of normal strengths with that mean, shape (M,), and covariance, shape (M, M)."""
    draws = joint_draws(strength, covariance, _DRAWS, seed)
    first = np.bincount(draws.argmax(axis=1), minlength=len(strength)) / len(draws)
    return Places(first, *rank_intervals(draws, level))
