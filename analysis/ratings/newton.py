"""Newton's method, the one loop behind every fit of strengths: by the information where it is Newton's own, by the expected
one where it is Fisher's scoring."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.ratings.fits import solve

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


class NotConverged(RuntimeError):
    """The steps did not become small.

    Attributes:
        move: shape (M + K,), the last step.
    """

    def __init__(self, message: str, move: Floats) -> None:
        super().__init__(message)
        self.move = move


@dataclass(frozen=True)
class Optimum:
    """Where the steps ended.

    Attributes:
        at: shape (M + K,), the parameters.
        steps: how many were taken.
        information: shape (M + K, M + K), where the last step, which was smaller than the tolerance, began.
    """

    at: Floats
    steps: int
    information: Floats


def newton(
    what: str,
    start: Floats,
    slope: Callable[[Floats], tuple[Floats, Floats]],
    *,
    beside: int = 0,
    tolerance: float,
    limit: int,
    longest: float = np.inf,
    after: Callable[[Floats, Floats], Floats] = np.add,
) -> Optimum:
    """The maximum of a log-likelihood in M strengths, of which only differences count, and K parameters beside them.

    Args:
        what: is fitted, as the error names it.
        start: shape (M + K,).
        slope: from parameters the gradient, shape (M + K,), and the information, shape (M + K, M + K).
        beside: K.
        tolerance: the largest part of a step at which the fit has converged, natural-log units.
        limit: of the steps.
        longest: the largest part of a step that is taken whole; longer ones are shortened, for a full step can overshoot while
            strengths are still far off.
        after: where a step from given parameters ends: their sum, but where a parameter has a range.

    Raises:
        NotConverged: the step after `limit` of them is still larger than the tolerance.
    """
    at = start
    for step in range(1, limit + 1):
        gradient, information = slope(at)
        move = solve(information, gradient, beside)
        largest = float(np.abs(move).max(initial=0.0))
        at = after(at, move * min(1.0, longest / max(largest, 1e-300)))
        if largest < tolerance:
            return Optimum(at, step, information)
    raise NotConverged(f"{what} did not converge in {limit} steps; the last moved a parameter by {largest:.2g}.", move)
