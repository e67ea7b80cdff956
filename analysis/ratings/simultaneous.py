"""Simultaneous comparisons: how far two ratings of a board must lie apart where every two of its models are compared at once.

The largest of all studentised differences, |x_i − x_j| / s_ij, is drawn from the joint covariance; its quantile is the critical
value (max-t: Hothorn, Bretz and Westfall 2008; Westfall and Young 1993). All orders that are called sure then are right together
in as many cases as the level says, whatever pairs a reader picks after having seen the board.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import ndtr

from analysis.compiled import compiled
from analysis.distributions import norm
from analysis.ratings.intervals import joint_draws

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Joint draws behind a critical value: its own error is then about a hundredth.
DRAWS = 10_000


def distance_errors(covariance: Floats) -> Floats:
    """Standard errors of the distance of each two models, shape (M, M)."""
    variance = np.diag(covariance)
    return np.asarray(np.sqrt(np.clip(variance[:, None] + variance[None, :] - 2 * covariance, 1e-12, None)))


def critical_value(
    covariance: Floats, level: float = 0.95, seed: int = 1, *, neighbours: bool = False, drawn: Floats | None = None
) -> float:
    """Standard errors beyond which two models are told apart, two-sided, over all pairs of the M models at once.

    Args:
        covariance: shape (M, M), in the order of the board.
        neighbours: over the M − 1 pairs of neighbours alone. They are picked by the ratings themselves, so that this is for
            comparison with tools that do so.
        drawn: joint draws of the ratings' distances from their true values, shape (draws, M): those of `Board.draws` less the
            ratings, or of a bootstrap. Where not given, DRAWS are made from the covariance.
    """
    size = len(covariance)
    single = float(norm.ppf(0.5 + level / 2))
    if size < 3:
        return single  # of one pair, or none: nothing is to be paid for others
    errors = distance_errors(covariance)
    first, second = (np.arange(size - 1), np.arange(1, size)) if neighbours else np.triu_indices(size, 1)
    if drawn is None:
        drawn = joint_draws(np.zeros(size), covariance, DRAWS, seed)
    return max(float(np.quantile(_largest(drawn, first, second, 1 / errors[first, second]), level)), single)


def spread_of_few(freedom: float, draws: int, seed: int) -> Floats:
    """What normal draws are multiplied by where their covariance is an estimate with few degrees of freedom, shape (draws, 1).

    Over few judges the covariance is multiplied by d / (d − 2) (`analysis.ratings.basis`), which is right for one interval. The
    largest of many needs the tails too: those of the multivariate t distribution, a normal draw over the root of χ²_d / d, here
    with the variance that the covariance has already.
    """
    if not np.isfinite(freedom) or freedom <= 2:
        return np.ones((draws, 1))
    drawn = np.random.default_rng([seed, 1]).chisquare(freedom, (draws, 1))
    return np.asarray(np.sqrt((freedom - 2) / drawn))


def above_chances(ratings: Floats, errors: Floats) -> Floats:
    """Chance of each model to be above each other, shape (M, M); of itself ½.

    Args:
        ratings: shape (M,).
        errors: as `distance_errors` gives them.
    """
    return np.asarray(ndtr((ratings[:, None] - ratings[None, :]) / errors))


@compiled
def _largest(drawn: Floats, first: NDArray[np.int64], second: NDArray[np.int64], precision: Floats) -> Floats:
    """The largest studentised difference of each draw, shape (draws,)."""
    found = np.zeros(len(drawn))
    for row in range(len(drawn)):
        most = 0.0
        for pair in range(len(first)):
            most = max(most, abs(drawn[row, first[pair]] - drawn[row, second[pair]]) * precision[pair])
        found[row] = most
    return found
