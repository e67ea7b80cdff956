"""Compounds: bigrams of unspaced scripts grown to the words they are part of.

A bigram that nearly always has the same character beside it is a piece of a longer word (器学 in 机器学习): it is shown as
that. Neighbour variety is the usual sign of a word's edge in Chinese (accessor variety: Feng, Chen, Deng and Zheng 2004).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from analysis.topic_model.tokens import runs

#: A neighbour this frequent belongs to the word.
_BOUND = 0.7

#: Characters of the longest word.
_LONGEST = 6

#: Occurrences below which neighbours say nothing.
_FEW = 3


def grown(words: Sequence[str], text: str) -> list[str]:
    """The words, those of unspaced scripts grown by their neighbours in the (clean) text; each once, in order."""
    return list(dict.fromkeys(_grown(word, text) if len(word) == 2 and _unspaced(word) else word for word in words))


def _grown(word: str, text: str) -> str:
    while len(word) < _LONGEST:
        places = [found.start() for found in re.finditer(re.escape(word), text)]
        if len(places) < _FEW:
            return word
        before = Counter(text[place - 1] for place in places if place > 0)
        after = Counter(text[place + len(word)] for place in places if place + len(word) < len(text))
        left, right = (counts.most_common(1)[0] if counts else ("", 0) for counts in (before, after))
        character, count = max((left, right), key=lambda found: found[1])
        if count < _BOUND * len(places) or not _unspaced(character):
            return word
        word = character + word if (character, count) == left else word + character
    return word


def _unspaced(text: str) -> bool:
    return any(unspaced for _, unspaced in runs(text))
