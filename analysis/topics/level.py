"""The level of the tree of topics that comes out again.

Narrow topics may come and go with the seed and the prompts while what they have in common stays. Every part of the tree is
looked for in the trees of refits, and of all ways to cut the tree the one is taken whose stable topics say most.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.cluster.hierarchy import linkage

from analysis.topics.assignment import Nearest
from analysis.topics.quality import agreements, jaccard, shared_counts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Best overlap with refits from which a topic is called stable (Hennig 2007: 0.75; below 0.6 it should not be trusted).
STABLE = 0.75


@dataclass(frozen=True)
class Labelling:
    """Labels of the fitted prompts by one fit.

    Attributes:
        centres: shape (k, d), of the topics, unit rows.
        topic: shape (n,), of each prompt; −1 for those without a clear one.
    """

    centres: NDArray[np.float32]
    topic: Integers

    def at(self, part: Integers) -> Integers:
        """The topics of the prompts when narrow ones are joined, shape (n,); −1 stays."""
        return np.where(self.topic >= 0, part[self.topic], -1)


@dataclass(frozen=True)
class Level:
    """A cut through the tree of k narrow topics.

    Attributes:
        part: shape (k,), the topic that each narrow one is in, numbered as they come.
        stability: of each topic of the cut.
        narrow: shape (k,), stability of the narrow topics.
    """

    part: Integers
    stability: Floats
    narrow: Floats


def tree_of(centres: NDArray[np.float32]) -> NDArray[np.float64]:
    """SciPy's linkage of unit centres, shape (k − 1, 4): average, cosine."""
    return linkage(centres.astype(float), "average", metric="cosine") if len(centres) > 1 else np.zeros((0, 4))


def members(tree: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Which leaf is under which node, shape (2k − 1, k): leaves first, then the joins in the order of the tree."""
    size = len(tree) + 1
    under = np.zeros((2 * size - 1, size), dtype=bool)
    under[:size] = np.eye(size, dtype=bool)
    for number, (left, right, *_) in enumerate(tree, size):
        under[number] = under[int(left)] | under[int(right)]
    return under


def stable_level(first: Labelling, refits: Sequence[Labelling], bar: float = STABLE) -> Level:
    """The cut whose stable topics say most: that has the largest sum of −p log p over them, p being a topic's share.

    So topics that hold stay apart, and one that does not hold is joined with its neighbours if that gives a topic that holds
    and costs less than it brings. What holds at no height is left as it is, and its stability says so. A node's stability is the
    mean over refits of its best Jaccard overlap with a branch of the refit's tree (Hennig 2007, for trees).

    The refits that choose the level also measure it; on fresh ones as much holds (`benchmarks/README.md`).
    """
    tree = tree_of(first.centres)
    under = members(tree)
    held = _mean_overlap(under, first, refits)
    size = np.bincount(first.topic[first.topic >= 0], minlength=under.shape[1])
    share = np.clip(under @ size / max(size.sum(), 1), 1e-12, 1)
    worth = np.where(held >= bar, -share * np.log(share), 0)
    cut: list[tuple[float, list[int]]] = [(float(worth[leaf]), [leaf]) for leaf in range(under.shape[1])]
    for number, (left, right, *_) in enumerate(tree, under.shape[1]):
        apart = cut[int(left)][0] + cut[int(right)][0]
        below = cut[int(left)][1] + cut[int(right)][1]
        cut.append((float(worth[number]), [number]) if worth[number] > apart else (apart, below))
    chosen = sorted(cut[-1][1], key=lambda node: int(np.argmax(under[node])))
    part = np.argmax(under[chosen], axis=0)
    return Level(part, held[chosen], held[: under.shape[1]])


@dataclass(frozen=True)
class Stability:
    """How topics came out again.

    Attributes:
        seeds: ARI of any two of the fit and its refits under other seeds, at the level that each would show.
        resamples: the same of the fit and its refits on resampled prompts.
        topics: shape (k,), mean over all refits of each topic's best overlap; `subtopics`: shape (s,), theirs.
    """

    seeds: tuple[float, ...]
    resamples: tuple[float, ...]
    topics: Floats
    subtopics: Floats


def joined_level(rule: Nearest, vectors: NDArray[np.float32], refits: Sequence[Labelling], unclear: float) -> Nearest:
    """The rule of the topics at the level that comes out again.

    Args:
        rule: gives narrow topics, each a topic of its own.
        vectors: shape (n, d), of the fitted prompts, of which the share `unclear` is left without a topic.
    """
    part = stable_level(_labelled(rule, vectors), refits).part
    order = np.argsort(part, kind="stable")
    whole, _ = Nearest(rule.centres[order], part[order]).leaving(unclear, vectors).by_size(vectors)
    return whole.leaving(unclear, vectors).by_size(vectors)[0]


def stability_of(
    shown: Nearest, narrow: Nearest, vectors: NDArray[np.float32], refits: Sequence[Labelling], *, fine: bool
) -> Stability:
    """How the topics that are shown came out again in refits: first those under other seeds, then as many on resampled prompts.

    A refit stands beside the others as this fit does: whole fits are compared at the level that each would show.

    Args:
        shown: the rule of the topics that are shown, `narrow`: of narrow ones.
        fine: whether each narrow topic is shown.
    """
    fits = [_labelled(narrow, vectors), *refits]
    first, *others = [
        each.topic if fine else each.at(stable_level(each, [other for other in fits if other is not each]).part) for each in fits
    ]
    half = len(refits) // 2
    found = _labelled(shown, vectors)
    topics = np.arange(shown.size)[:, None] == shown.part
    held = [_mean_overlap(under, found, refits) for under in (topics, np.eye(len(shown.part), dtype=bool))]
    return Stability(agreements([first, *others[:half]]), agreements([first, *others[half:]]), *held)


def _labelled(rule: Nearest, vectors: NDArray[np.float32]) -> Labelling:
    return Labelling(rule.centres, rule.assign(vectors).subtopic)


def _mean_overlap(under: NDArray[np.bool_], first: Labelling, refits: Sequence[Labelling]) -> Floats:
    return np.asarray(np.mean([_overlaps(under, first, other) for other in refits], axis=0))


def _overlaps(under: NDArray[np.bool_], first: Labelling, other: Labelling) -> Floats:
    """The best overlap of each set of leaves with a branch of the other tree, over the prompts that have a topic in both.

    The whole tree is no branch: what holds nearly everything would be found in it whatever the topics are.
    """
    theirs = members(tree_of(other.centres))
    theirs = theirs[:-1] if len(theirs) > 1 else theirs
    shared = shared_counts(first.topic, other.topic, under.shape[1], theirs.shape[1])
    return jaccard(under @ shared @ theirs.T, (under @ shared).sum(axis=1), (shared @ theirs.T).sum(axis=0)).max(axis=1)
