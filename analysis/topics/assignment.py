"""Assignment: each prompt goes to the topic whose centre is nearest, unless two are nearly as near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.votes.stored_topics import UNCLEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Assignment:
    """The topics of n prompts.

    Attributes:
        topic: shape (n,), −1 for prompts without a clear one.
        similarity: shape (n,), cosine with the nearest centre.
        margin: shape (n,), how much nearer that is than the second.
    """

    topic: Integers
    similarity: Floats
    margin: Floats


@dataclass(frozen=True)
class Nearest:
    """The rule: k centres, shape (k, d), and the least margin that makes a topic clear."""

    centres: Floats
    least: float

    def assign(self, vectors: Floats) -> Assignment:
        """The topic of each unit vector; a vector of zeros, which a text without words has, is in none."""
        similarity = vectors @ self.centres.T
        topic = similarity.argmax(axis=1)
        best = similarity[np.arange(len(topic)), topic]
        margin = best - np.partition(similarity, -2, axis=1)[:, -2] if similarity.shape[1] > 1 else best
        clear = (margin >= self.least) & (np.linalg.norm(vectors, axis=1) > 0)
        return Assignment(np.where(clear, topic, UNCLEAR), best, margin)


def nearest(centres: Floats, vectors: Floats, unclear: float) -> Nearest:
    """The rule that leaves the share `unclear` of the given vectors, those with the smallest margins, without a topic."""
    if unclear == 0:
        return Nearest(centres, -np.inf)
    known = vectors[np.linalg.norm(vectors, axis=1) > 0]
    margin = Nearest(centres, -np.inf).assign(known).margin
    return Nearest(centres, float(np.quantile(margin, unclear)) if len(margin) and len(centres) > 1 else -np.inf)
