"""Discoveries: what counts as more than chance where many hypotheses are tested at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import false_discovery_control

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: False-discovery rate up to which a q-value counts as more than chance: of what is called so, 5 % at most is expected to be
#: chance.
RATE = 0.05


def q_values(p_values: ArrayLike) -> Floats:
    """P-values of any number of hypotheses, shape (n,), adjusted for the false-discovery rate (Benjamini and Hochberg 1995)."""
    values = np.asarray(p_values, dtype=float)
    return np.asarray(false_discovery_control(values)) if values.size else values
