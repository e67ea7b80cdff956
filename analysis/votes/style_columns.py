"""Style columns: those of the vote table that hold the style of both answers, and how far the two are apart."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.votes.schema import STYLE_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: The columns of the answers' style.
STYLE_COLUMNS = tuple(f"{feature}_{side}" for feature in STYLE_FEATURES for side in ("a", "b"))


def relative_difference(one: Integers | Floats, other: Integers | Floats, feature: str) -> Floats:
    """(a − b) / (a + b) of a style feature, with 1 added below for counts, which can be zero; tokens of 0 and 0 give 0.

    The definition that style control is published with (FastChat `rating_systems`).
    """
    one, other = np.asarray(one, dtype=float), np.asarray(other, dtype=float)
    total = one + other
    if feature != "tokens":
        total += 1
    total[total == 0] = 1
    return np.asarray((one - other) / total)
