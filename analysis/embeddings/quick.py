"""A quick guess at a slow embedding's vectors: by a linear map, fitted on prompts that were embedded in full."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from analysis.embeddings.choose import SideBySide, joined, parts_of
from analysis.embeddings.embedding import Embedding
from analysis.embeddings.languages import unit
from analysis.embeddings.ngrams import read_ngrams
from analysis.embeddings.universal import UniversalEmbedding, absence, piece_means
from analysis.embeddings.words import WordEmbedding, read_words

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Weight of the ridge's penalty.
_PENALTY = 1.0


@dataclass(frozen=True)
class PieceEmbedding:
    """The mean of the encoder's pieces as an embedding."""

    name = "pieces"

    @property
    def fingerprint(self) -> str:
        """Of the encoder."""
        return f"pieces {UniversalEmbedding().fingerprint}"

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:  # noqa: ARG002 - one seam for all
        """Unit vectors, shape (n, 512)."""
        return piece_means(texts)


@dataclass(frozen=True)
class QuickEmbedding:
    """Vectors of quick embeddings, mapped to where the slow one would put them.

    Attributes:
        seen: the quick embeddings, of f dimensions.
        slope: shape (f, d), and `offset`, shape (d,): of the map.
    """

    seen: Embedding
    slope: Floats
    offset: Floats

    @property
    def name(self) -> str:
        return f"quick, by {self.seen.name}"

    @cached_property
    def fingerprint(self) -> str:
        """Changes with any number in it."""
        return hashlib.sha256(self.seen.fingerprint.encode() + self.slope.tobytes() + self.offset.tobytes()).hexdigest()[:16]

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
        """Unit vectors, shape (n, d); zero for a text that the quick embeddings see nothing in."""
        seen = self.seen.embed(texts, languages)
        return np.where(np.linalg.norm(seen, axis=1, keepdims=True) > 0, mapped(seen, self.slope, self.offset), np.float32(0))


def mapped(seen: Floats, slope: Floats, offset: Floats) -> Floats:
    """Unit vectors, shape (n, d), of quick ones, shape (n, f)."""
    return unit(seen @ slope + offset)


def read_quickly(texts: Sequence[str], languages: Sequence[str], embedding: Embedding, seed: int) -> tuple[Embedding, Floats]:
    """What is seen of prompts at a glance: their words beside the encoder's pieces, or n-grams without it.

    Args:
        embedding: the slow one; words that it has are taken as they are, others are fitted on the texts.
    """
    everything = np.arange(len(texts))
    words: Embedding | None = next((part for part in parts_of(embedding) if isinstance(part, WordEmbedding)), None)
    if words is None:
        words, vectors = read_words(texts, languages).fit(everything, seed)
    else:
        vectors = words.embed(texts, languages)
    other: Embedding
    if absence():
        other, beside = read_ngrams(texts, languages).fit(everything, seed)
    else:
        other, beside = PieceEmbedding(), piece_means(texts)
    return SideBySide((words, other), (1.0, 1.0)), joined([vectors, beside], (1.0, 1.0))


def fit_map(seen: Floats, vectors: Floats) -> tuple[Floats, Floats]:
    """Slope and offset of a ridge regression (Hoerl and Kennard 1970) of vectors, shape (n, d), on quick ones, shape (n, f)."""
    from sklearn.linear_model import Ridge

    model = Ridge(_PENALTY).fit(seen, vectors)
    return np.asarray(model.coef_.T, np.float32), np.asarray(model.intercept_, np.float32)
