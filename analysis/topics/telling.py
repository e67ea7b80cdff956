"""Which words tell a topic from its nearest topics, the best first.

A word is the better, the more of the topic's prompts have it, the fewer of those of the nearest topics do, and the more alike
what the topic is about and its nearest are not: of the words of one prompt, an embedding that knows language likens those
that say what it is about to the topic, and hardly those that any prompt may have (near, happen, better). Words of little
weight (`embeddings/weak_words.txt`: verbs of asking, numbers, units, times, marks of code) come after the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

from analysis.embeddings.languages import unit
from analysis.embeddings.tokens import listed_words, stop_words

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Topics that words are held against: the nearest of the same language.
_NEAREST = 3

#: A word in fewer of a topic's prompts, or in a smaller share of them, tells nothing of it.
_RARE, _RARE_SHARE = 2, 0.03

#: What the share of prompts with the word, and its likeness to the topic, are raised to.
_SPREAD, _ALIKE = 1.2, 0.8

#: Likeness and lift that any word is granted: one without a vector, or one that the nearest topics have too, keeps its place.
_UNLIKE, _UNTOLD = 0.02, 0.1

#: What a word of little weight counts.
_WEAK = 0.2

#: Endings of English verbs and plurals, of words of more letters than these, and what only looks like a form of a listed word.
_ENDINGS = ("s", "es", "d", "ed", "ing")
_SHORT = 3
_OTHERS = frozenset(
    (
        "learning",
        "teaching",
        "reading",
        "meeting",
        "building",
        "meaning",
        "testing",
        "feeling",
        "states",
        "fines",
        "signs",
        "plays",
    )
)


@dataclass(frozen=True)
class Counts:
    """How often words are in the prompts of k topics, each topic's counted in its main language.

    Attributes:
        words: V words.
        prompts: shape (k, V), prompts of each topic with each word; `sizes`, shape (k,), all that were counted.
        languages: the main language of each topic.
    """

    words: Sequence[str]
    prompts: sparse.csr_array
    sizes: Integers
    languages: Sequence[str]


def best_first(counts: Counts, candidates: Sequence[Integers], centres: Floats, vectors: Floats | None) -> list[Integers]:
    """The candidates of each topic (columns of the counts) that are not rare, the most telling first.

    Args:
        centres: shape (k, d), mean vectors of the topics' prompts.
        vectors: shape (V, d), of the words, those of no candidate being of no matter; None where words have none.
    """
    near = _nearest(centres, counts.languages)
    found = []
    for number, columns in enumerate(candidates):
        own = counts.prompts[[number]][:, columns].toarray()[0]
        kept = own >= min(max(_RARE, _RARE_SHARE * counts.sizes[number]), own.max(initial=0))
        columns, own = columns[kept], own[kept]
        others = counts.prompts[near[number]][:, columns].toarray().sum(axis=0)
        share = own / max(counts.sizes[number], 1)
        lift = np.log(share / ((others + 0.5) / (counts.sizes[near[number]].sum() + 1)))
        score = share**_SPREAD * (np.maximum(lift, _UNTOLD) if len(near[number]) else 1)
        if vectors is not None:
            score = score * np.maximum(vectors[columns] @ _about(centres, number, near[number]), _UNLIKE) ** _ALIKE
        score = score * np.array([_WEAK if weak(counts.words[column]) else 1 for column in columns])
        found.append(columns[np.argsort(-score, kind="stable")])
    return found


def _nearest(centres: Floats, languages: Sequence[str]) -> list[Integers]:
    """The nearest topics of each, of its language where there are any: words of other languages are no contrast."""
    cosine = unit(centres) @ unit(centres).T
    np.fill_diagonal(cosine, -np.inf)
    spoken = np.array(languages, dtype=object)
    found = []
    for number, row in enumerate(cosine):
        same = spoken == spoken[number]
        others = np.flatnonzero(same if same.sum() > 1 else np.ones(len(row), dtype=bool))
        others = others[others != number]
        found.append(others[np.argsort(-row[others], kind="stable")][:_NEAREST])
    return found


def _about(centres: Floats, number: int, near: Integers) -> Floats:
    """The direction from all topics, and from the nearest ones, to a topic, shape (d,)."""
    if not len(near):
        return unit(centres[[number]])[0]
    away = np.stack([centres[number] - centres.mean(axis=0), centres[number] - centres[near].mean(axis=0)])
    return unit(unit(away).sum(axis=0)[None])[0]


def weak(word: str) -> bool:
    """Whether a word, or the one it is an English form of, says little of what a prompt is about."""
    if len(word) < 2 or "_" in word or any(map(str.isdigit, word)):
        return True
    if word in _weak_words() or len(word) <= _SHORT or word in _OTHERS:
        return word in _weak_words()
    bases = [word.removesuffix(ending) for ending in _ENDINGS] + [f"{word.removesuffix('ing')}e"]
    return not _weak_english().isdisjoint(bases)


@cache
def _weak_words() -> frozenset[str]:
    return listed_words("weak_words.txt") | stop_words()


@cache
def _weak_english() -> frozenset[str]:
    """Without the stop words, of which few are verbs: cut to them, mining is mine and Andes is and."""
    return listed_words("weak_words.txt", "English")
