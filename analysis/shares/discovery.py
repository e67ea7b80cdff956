"""Discoveries: what counts as more than chance where many hypotheses are tested at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

#: False-discovery rate up to which a q-value counts as more than chance: of what is called so, 5 % at most is expected to be
#: chance.
RATE = 0.05


def q_values(p_values: ArrayLike) -> Floats:
    """P-values of any number of hypotheses, shape (n,), adjusted for the false-discovery rate (Benjamini and Hochberg 1995)."""
    values = np.asarray(p_values, dtype=float)
    if np.isnan(values).any():
        raise ValueError("a p-value is missing")
    falling = np.argsort(-values, kind="stable")
    adjusted = np.empty_like(values)
    adjusted[falling] = np.minimum.accumulate(values[falling] * len(values) / np.arange(len(values), 0, -1))
    return np.minimum(adjusted, 1.0)
