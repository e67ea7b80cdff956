"""Assignment: each prompt goes to the topic with the nearest subtopic, unless another topic is nearly as near."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.votes.stored_topics import IGNORED, UNCLEAR

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]


@dataclass(frozen=True)
class Assignment:
    """The topics of n prompts.

    Attributes:
        topic, subtopic: shape (n,), −1 for prompts without a clear topic, −3 for those of a topic that is ignored.
        similarity: shape (n,), cosine with the nearest centre.
        margin: shape (n,), how much nearer that is than the nearest centre of another topic.
    """

    topic: Integers
    subtopic: Integers
    similarity: Floats
    margin: Floats


@dataclass(frozen=True)
class Nearest:
    """The rule.

    Attributes:
        centres: shape (s, d), of the subtopics, unit rows.
        part: shape (s,), the topic of each subtopic, 0 … k − 1, ascending.
        least: the least margin that makes a topic clear.
        aside: how many of the last topics are ignored (`analysis.topics.curation`).
    """

    centres: Floats
    part: Integers
    least: float = -np.inf
    aside: int = 0

    @property
    def size(self) -> int:
        """k, without the topics that are ignored."""
        return int(self.part.max()) + 1 - self.aside

    def assign(self, vectors: Floats) -> Assignment:
        """The topic of each unit vector; a vector of zeros, which a text without words has, is in none."""
        nearness = vectors @ self.centres.T
        subtopic = nearness.argmax(axis=1)
        best = nearness[np.arange(len(subtopic)), subtopic]
        of_topic = np.maximum.reduceat(nearness, np.flatnonzero(np.diff(self.part, prepend=-1)), axis=1)
        margin = best - np.partition(of_topic, -2, axis=1)[:, -2] if of_topic.shape[1] > 1 else best
        clear = (margin >= self.least) & (np.linalg.norm(vectors, axis=1) > 0)
        kept = self.part[subtopic] < self.size
        topic, subtopic = (np.where(clear, np.where(kept, each, IGNORED), UNCLEAR) for each in (self.part[subtopic], subtopic))
        return Assignment(topic, subtopic, best, margin)

    def leaving(self, unclear: float, vectors: Floats) -> Nearest:
        """The rule that leaves the share `unclear` of the given vectors, those with the smallest margins, without a topic."""
        known = vectors[np.linalg.norm(vectors, axis=1) > 0]
        if unclear == 0 or not len(known) or self.part.max() == 0:
            return replace(self, least=-np.inf)
        return replace(self, least=float(np.quantile(self.assign(known).margin, unclear)))

    def by_size(self, vectors: Floats) -> tuple[Nearest, Integers]:
        """The same topics, the one with most of the given vectors numbered 0, and its subtopics by size, without empty ones.

        Returns:
            the rule, and the places of its subtopics among those of this one.
        """
        found = self.assign(vectors)
        votes, inside = (np.bincount(each[each >= 0], minlength=len(self.part)) for each in (found.topic, found.subtopic))
        order = np.lexsort((-inside, self.part, -votes[self.part]))
        order = order[inside[order] > 0]
        part = np.cumsum(np.diff(self.part[order], prepend=-1) != 0) - 1
        return replace(self, centres=self.centres[order], part=part), order
