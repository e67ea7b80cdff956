"""Labels of topics: the two or three words that best tell each from its nearest topics, and its language where it is a rare one.

Words that are nearly always said together are one (artificial intelligence). Words of little weight, such as verbs of asking,
stand in a label only where there are no others. Where no words can be cut, the most typical prompt is the label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations, product
from typing import TYPE_CHECKING

import numpy as np

from analysis.results.prose import one_line, shortened
from analysis.topics.embeddings.tokens import clean, runs
from analysis.topics.telling import weak
from analysis.topics.terms import common_language, forms_of_one_word, main_languages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Words of a label at most, and as many as words of little weight may fill up.
_MOST, _LEAST = 3, 2

#: Letters of the longest word: a longer one is a sentence of a script that nothing cuts, or no word at all.
_LONGEST = 24

#: Words that may be said together, the first of a topic, the prompts in which that is looked up, and the share of those with
#: the rarer of two words that have both as one.
_BEST, _READ, _TOGETHER = 6, 200, 0.6

_KOREAN = re.compile("[\uac00-\ud7a3]")

#: Characters of a prompt that stands for a label.
_PROMPT = 40


def labels_of(
    words: Sequence[Sequence[str]], texts: Sequence[str], languages: Sequence[str], topic: Integers, vectors: Floats
) -> tuple[str, ...]:
    """A label for each of k topics; unlike labels for unlike topics.

    Args:
        words: of each topic, the most telling first.
        texts: n prompts, `languages` theirs (a script in capitals where not known), and `topic`, shape (n,), their topics.
        vectors: shape (n, d), their unit vectors.
    """
    common = common_language(languages)
    made: list[str] = []
    for number, (found, language) in enumerate(zip(words, main_languages(languages, topic), strict=True)):
        members = np.flatnonzero(topic == number).tolist()
        own = np.array([place for place in members if languages[place] == language], dtype=np.int64)
        label = ", ".join(_words(found, [texts[place] for place in own[:_READ]])) or _typical(texts, own, vectors)
        label = label or f"topic {number}"
        if language != common and not language.isupper() and len(own):
            label = f"{label} ({language})"
        made.append(label if label not in made else f"{label} ({number})")
    return tuple(made)


def _words(found: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The first words of weight, those said together as one, that are not forms or parts of one another."""
    short = [word for word in found if len(word) <= _LONGEST]
    strong = [word for word in short if not weak(word)]
    fill = [word for word in short if weak(word)][: max(_LEAST - len(strong), 0)]
    kept: list[str] = []
    for word in _said_together(strong + fill, [clean(text) for text in texts]):
        if not any(_alike(word, other) for other in kept):
            kept.append(word)
    return kept[:_MOST]


def _alike(first: str, second: str) -> bool:
    """Whether two words, or words of those said together, are forms of one; without spaces, also whether one is a part of the
    other."""
    pairs = list(product(first.split(), second.split()))
    if any(one == other or forms_of_one_word(one, other) for one, other in pairs):
        return True
    return any(unspaced for _, unspaced in runs(first)) and (first in second or second in first)


def _says(text: str, words: str) -> bool:
    """Whether words stand in a clean text as words of their own, in Korean with a particle behind them."""
    if words not in text:  # most often, and much faster
        return False
    end = "" if _KOREAN.match(words[-1]) else r"(?!\w)"
    return re.search(rf"(?<!\w){re.escape(words)}{end}", text) is not None


def _said_together(words: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The words, two of the best as one in the place of the better where the rarer is mostly said beside the other."""
    best, having = list(words[:_BEST]), {word: sum(_says(text, word) for text in texts) for word in words[:_BEST]}
    share = {}
    for pair in permutations(best, 2):
        together = " ".join(pair)
        rarer = min(having[word] for word in pair)
        share[pair] = sum(_says(text, together) for text in texts) / rarer if rarer > 1 else 0
    joined = max(share, key=lambda pair: share[pair], default=None)
    if joined is None or share[joined] < _TOGETHER:
        return list(words)
    first = min(joined, key=best.index)
    return [" ".join(joined) if word == first else word for word in words if word == first or word not in joined]


def _typical(texts: Sequence[str], members: Integers, vectors: Floats) -> str:
    """The beginning of the prompt nearest to the others of its topic."""
    if not len(members):
        return ""
    nearest = members[int((vectors[members] @ vectors[members].sum(axis=0)).argmax())]
    return shortened(one_line(texts[nearest]), _PROMPT)
