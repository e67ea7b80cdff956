"""Classes: the models of a board in groups of those that are not told apart from the best of the group.

A class begins with the highest rating that is in no class yet. A model is in it unless its rating is below that one by more than
noise gives, at an error of 5 % over all models that are compared (Bonferroni, one-sided). So the strongest model is in the first
class with a chance of 95 % at least. That is coarser than a rank, and says what a reader asks: who is as good as whom.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Chance that a class of equals loses one of them to noise.
ERROR = 0.05


def distance_errors(covariance: Floats) -> Floats:
    """Standard errors of the distance of each two models, shape (m, m)."""
    variance = np.diag(covariance)
    return np.asarray(np.sqrt(np.clip(variance[:, None] + variance[None, :] - 2 * covariance, 1e-12, None)))


def classes(ratings: Floats, errors: Floats) -> Integers:
    """The class of each model, 1 for the best, shape (m,).

    Args:
        ratings: shape (m,).
        errors: shape (m, m), as `distance_errors` gives it.
    """
    left = np.argsort(-ratings, kind="stable")
    found, number = np.empty(len(ratings), dtype=np.int64), 0
    while len(left):
        number += 1
        first = left[0]
        apart = ratings[first] - ratings[left] > _quantile(len(left)) * errors[first, left]
        apart[0] = False
        found[left[~apart]] = number
        left = left[apart]
    return found


@cache
def _quantile(size: int) -> float:
    """Standard errors beyond which one of so many models is told apart from the first of them."""
    return float(norm.isf(ERROR / max(size - 1, 1)))
