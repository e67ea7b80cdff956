"""Likeness: which of the votes' prompts are the same, nearly the same, or alike in meaning, and what an earlier vote asked."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

#: Kinds of likeness, each of which holds what the one before holds.
EXACT, NEAR, MEANING = KINDS = ("exact", "near", "meaning")


@dataclass(frozen=True)
class Likeness:
    """Which of the P different prompts of N votes are alike.

    Attributes:
        kind: `exact` (equal once normalised), `near` (most of their pieces are the same) or `meaning` (near as vectors).
        threshold: from which likeness on two prompts count as alike; 1 for exact ones.
        prompt: shape (N,), number of each vote's prompt, 0 … P − 1; −1 for a vote without one.
        place: shape (P,), place in the vote table of the first vote with each prompt, ascending.
        pairs: shape (K, 2), numbers of different prompts that are alike, the smaller first; none for exact.
    """

    kind: str
    threshold: float
    prompt: Integers
    place: Integers
    pairs: Integers

    @cached_property
    def cluster(self) -> Integers:
        """A number per prompt that prompts share which are alike, or tied by a chain of such, shape (P,)."""
        size = len(self.place)
        graph = coo_array((np.ones(len(self.pairs), dtype=np.int8), (self.pairs[:, 0], self.pairs[:, 1])), shape=(size, size))
        return np.asarray(connected_components(graph, directed=False)[1], dtype=np.int64)
