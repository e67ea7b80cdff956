"""Labels of topics: the two or three words that best tell each from its nearest topics, and its language where it is a rare one.

Words that are nearly always said together are one (artificial intelligence). Words of little weight, such as verbs of asking,
stand in no label. Where there are not two others, or hardly a prompt has one of them, the most typical prompt is the label.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import permutations, product
from typing import TYPE_CHECKING

import numpy as np

from analysis.embeddings.tokens import clean, runs
from analysis.results.prose import one_line, shortened
from analysis.topics.clusters import nearest_first
from analysis.topics.telling import weak
from analysis.topics.terms import common_language, forms_of_one_word, main_languages

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Words of a label at most and at least, and the share of the topic's prompts that have one of them: where fewer do, words tell
#: little. (Of 18 topics of real prompts those that read well have 0.22 or more, the two that do not 0.08 and 0.11.)
_MOST, _LEAST, _TOLD = 3, 2, 0.15

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
    """The first words of weight, those said together as one, that are not forms or parts of one another; none where these are
    too few, or too few of the texts have one."""
    read, kept = [clean(text) for text in texts], list[str]()
    for word in _said_together([word for word in found if len(word) <= _LONGEST and not weak(word)], read):
        if not any(_alike(word, other) for other in kept):
            kept.append(word)
    kept = kept[:_MOST]
    told = sum(any(_says(text, word) for word in kept) for text in read)
    return kept if len(" ".join(kept).split()) >= _LEAST and told >= _TOLD * len(texts) else []


def _alike(first: str, second: str) -> bool:
    """Whether two words, or words of those said together, are forms of one; without spaces, also whether one is a part of the
    other."""
    pairs = list(product(first.split(), second.split()))
    if any(one == other or forms_of_one_word(one, other) for one, other in pairs):
        return True
    return _unspaced(first) and (first in second or second in first)


def _says(text: str, words: str) -> bool:
    """Whether words stand in a clean text as words of their own: in Korean with a particle behind them, in scripts without spaces
    anywhere."""
    if words not in text or _unspaced(words):  # the first most often, and much faster
        return words in text
    end = "" if _KOREAN.match(words[-1]) else r"(?!\w)"
    return re.search(rf"(?<!\w){re.escape(words)}{end}", text) is not None


def _unspaced(word: str) -> bool:
    return any(unspaced for _, unspaced in runs(word))


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
    return shortened(one_line(texts[nearest_first(vectors, members)[0]]), _PROMPT)
