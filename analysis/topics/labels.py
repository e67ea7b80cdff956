"""Labels of topics: the two or three words that best tell each from its nearest topics, and its language where it is a rare one.

Words that are nearly always said together are one (artificial intelligence). Words of little weight, such as verbs of asking,
stand in a label only where there are no others. Where no words can be cut, the most typical prompt is the label.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations
from typing import TYPE_CHECKING

import numpy as np

from analysis.results.prose import one_line, shortened
from analysis.topics.embeddings.tokens import clean
from analysis.topics.telling import weak
from analysis.topics.terms import forms_of_one_word, main_languages

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

#: Share of a topic's prompts from which its language is said.
_SPOKEN = 0.5

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
    common = max(sorted(set(languages)), key=Counter(languages).__getitem__, default="")
    made: list[str] = []
    for number, (found, language) in enumerate(zip(words, main_languages(languages, topic), strict=True)):
        members = np.flatnonzero(topic == number)
        own = [place for place in members.tolist() if languages[place] == language]
        label = ", ".join(_words(found, [texts[place] for place in own[:_READ]])) or _typical(texts, members, vectors)
        label = label or f"topic {number}"
        if language != common and not language.isupper() and len(own) >= _SPOKEN * len(members) and own:
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
        if not any(forms_of_one_word(word, other) or word in other or other in word for other in kept):
            kept.append(word)
    return kept[:_MOST]


def _said_together(words: Sequence[str], texts: Sequence[str]) -> list[str]:
    """The words, two of the best as one in the place of the better where the rarer is mostly said beside the other."""
    best, having = list(words[:_BEST]), {word: sum(word in text for text in texts) for word in words[:_BEST]}
    share = {}
    for pair in permutations(best, 2):
        together = " ".join(pair)
        rarer = min(having[word] for word in pair)
        share[pair] = sum(together in text for text in texts) / rarer if rarer > 1 else 0
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
