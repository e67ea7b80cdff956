"""Languages: the language of each prompt, and the mean of each language's vectors, so that languages do not become topics."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.embeddings.tokens import script

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Prompts of a language at which its own mean counts as much as the mean of all.
SHRINKAGE = 50

#: A language in fewer prompts, and in a smaller share of them, is counted with other rare ones.
_RARE, _RARE_SHARE = 30, 0.005

#: Texts that tell which language a script is most often.
_LOOKED_AT = 2_000

_UNKNOWN = ("", "unknown")


@dataclass(frozen=True)
class LanguageMeans:
    """The mean unit vector of each common language.

    Attributes:
        names: of the L languages; the first is "" for all others.
        centres: shape (L, d), shrunk to the mean of all where a language has few prompts.
    """

    names: tuple[str, ...]
    centres: Floats

    @cached_property
    def _place(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.names)}

    def remove(self, vectors: Floats, languages: Sequence[str]) -> Floats:
        """Unit vectors without their language's mean, shape (n, d); a vector of zeros stays."""
        which = np.array([self._place.get(name, 0) for name in languages], dtype=np.int64)
        known = np.linalg.norm(vectors, axis=1) > 0
        return unit(np.where(known[:, None], vectors - self.centres[which], 0))


def fit_means(vectors: Floats, names: tuple[str, ...], which: Integers) -> LanguageMeans:
    """The means of unit vectors, shape (n, d), whose languages are `names[which]`."""
    known = np.linalg.norm(vectors, axis=1) > 0
    overall = vectors[known].mean(axis=0) if known.any() else np.zeros(vectors.shape[1])
    centres = np.tile(overall, (len(names), 1))
    for language in range(len(names)):
        own = vectors[known & (which == language)]
        if len(own):
            trust = len(own) / (len(own) + SHRINKAGE)
            centres[language] = trust * own.mean(axis=0) + (1 - trust) * overall
    return LanguageMeans(names, centres.astype(np.float32))


def languages_of(texts: Sequence[str], languages: Sequence[str] | None) -> list[str]:
    """The language of each text; where it is not known, the script stands for it."""
    given = languages if languages is not None else [""] * len(texts)
    return [script(text) if name in _UNKNOWN else name for text, name in zip(texts, given, strict=True)]


def language_like(text: str, texts: Sequence[str], languages: Sequence[str]) -> str:
    """The language that most of these texts in the script of another have, for that one; the script where there are none."""
    own = script(text)
    known = zip(texts[:_LOOKED_AT], languages[:_LOOKED_AT], strict=True)
    names = Counter(language for other, language in known if script(other) == own)
    return max(sorted(names), key=lambda name: names[name], default=own)


def common_languages(languages: Sequence[str]) -> tuple[tuple[str, ...], Integers]:
    """Names of the languages that are not rare, after "" for all others, and the place of each prompt's."""
    found, number, size = np.unique(np.array(languages, dtype=object), return_inverse=True, return_counts=True)
    common = [place for place in np.flatnonzero(size >= max(_RARE, _RARE_SHARE * len(languages))) if found[place]]
    target = np.zeros(len(found), dtype=np.int64)
    target[common] = np.arange(1, len(common) + 1)
    return ("", *(str(found[place]) for place in common)), target[number]


def unit(vectors: NDArray[np.floating]) -> Floats:
    """Rows of length one; a row of zeros stays."""
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
