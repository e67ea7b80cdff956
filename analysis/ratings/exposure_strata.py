"""Strata: like held against like. Votes on exposed prompts and on others, weighed so that both are of the same strata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]
    Flags = NDArray[np.bool_]


def crossed(parts: Sequence[Integers]) -> Integers:
    """A number per vote that votes share which are alike in every part, shape (N,); a part numbers its values, shape (N,)."""
    whole = np.zeros(len(parts[0]), dtype=np.int64)
    for part in parts:
        codes = pd.factorize(part)[0]
        whole = pd.factorize(whole * (int(codes.max(initial=0)) + 1) + codes)[0]
    return whole


def overlap(exposed: Flags, stratum: Integers) -> Floats:
    """Weights with which the exposed votes and the others have the same mix of strata, shape (N,).

    An exposed vote weighs as the others' share of its stratum, another vote as the share of the exposed (overlap weights: Li,
    Morgan and Zaslavsky 2018). No weight is above 1, a stratum counts by how much there is to compare in it, and one without
    votes on either side counts nothing.
    """
    inside = np.bincount(stratum, exposed)
    share = inside / np.maximum(np.bincount(stratum), 1)
    return np.asarray(np.where(exposed, 1 - share[stratum], share[stratum]))
