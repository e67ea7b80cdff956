"""Style control: Bradley–Terry strengths with the effect of the answers' style taken out.

logit P(a beats b) = θ_a − θ_b + z·β, with z the standardised relative differences (f_a − f_b) / (f_a + f_b) of tokens,
headers, list items and bold spans (LMSYS post of 2024-08-29; FastChat `rating_systems`, which adds 1 to the denominator
of counts that can be zero). z is divided by its root mean square and not centred, so that swapping the sides of votes
changes nothing; sides are assigned at random, so its mean is near zero anyway. No penalty: FastChat's, ¼ of the squared
parameters against a summed loss, is so small that it moves nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.ratings.covariates import CovariateFit, fit_covariates
from analysis.votes.schema import STYLE_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots

    Floats = NDArray[np.float64]


@dataclass(frozen=True)
class StyleFit(CovariateFit):
    """Strengths, and coefficients of the style features, in log-odds per standard deviation (`scale`) of the relative
    difference."""

    @property
    def style(self) -> Floats:
        return self.coefficients


def fit_style(ballots: Ballots, *, tolerance: float = 1e-9, limit: int = 60) -> StyleFit:
    """Strengths and the effect of the style, fitted together.

    Raises:
        NoFiniteStrengths: the models do not form one group.
        InputError: a feature decides all votes in which it differs, so that no finite coefficient fits.
    """
    assert ballots.features is not None
    scale = root_mean_square(ballots.features)
    found = fit_covariates(ballots, STYLE_FEATURES, what="style control", scale=scale, tolerance=tolerance, limit=limit)
    return StyleFit(found.pairs, found.strength, found.ballots, found.coefficients, found.scale, found.steps)


def root_mean_square(features: Floats) -> Floats:
    """Of each column of features, shape (N, K); 1 for one that is always 0. Shape (K,)."""
    scale = np.sqrt((features**2).mean(axis=0))
    return np.where(scale > 0, scale, 1.0)
