"""Classes: the models of a board in groups of those that are not told apart from the best of the group.

A class begins with the highest rating that is in no class yet. A model is in it unless its rating is below that one by more than
noise gives. The first of a class stays: what is like one that is like the first may still be told apart from the first, and does
not join. That is coarser than a rank, and says what a reader asks: who is as good as whom.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.distributions import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Chance that a class of equals loses one of them to noise.
ERROR = 0.05


@cache
def bonferroni(models: int) -> float:
    """Standard errors beyond which one of so many models is told apart from the first of them, at an error of 5 % over all that
    are compared with it (Bonferroni, one-sided). So the strongest model is in the first class with a chance of 95 % at least."""
    return float(norm.isf(ERROR / max(models - 1, 1)))


def classes(ratings: Floats, errors: Floats, critical: float | Callable[[int], float] = bonferroni) -> Integers:
    """The class of each model, 1 for the best, shape (m,).

    Args:
        ratings: shape (m,).
        errors: standard errors of the distances, shape (m, m), as `simultaneous.distance_errors` gives them.
        critical: standard errors beyond which a model is told apart from the first of a class: of how many are compared, itself
            among them, or one number for all, as `simultaneous.critical_value` gives it. With that number all classes are right
            together in as many cases as its level says: each model is truly below the first one of every class above its own.
    """
    left = np.argsort(-ratings, kind="stable")
    found, number = np.empty(len(ratings), dtype=np.int64), 0
    while len(left):
        number += 1
        first, beyond = left[0], critical(len(left)) if callable(critical) else critical
        apart = ratings[first] - ratings[left] > beyond * errors[first, left]
        apart[0] = False
        found[left[~apart]] = number
        left = left[apart]
    return found
