"""An embedding by n-grams: TF-IDF of words and of character n-grams, each reduced by a truncated SVD, side by side.

The usual embedding that needs no download. It is kept for comparison: on labelled prompts the default (`words`) does better
(`benchmarks/topics_embeddings.py`).
"""

from __future__ import annotations

import hashlib
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from analysis.topic_model.tokens import clean, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

#: Features are hashed to this many bits: no vocabulary to keep, flat memory.
_BITS = 18

#: Lengths of the character n-grams.
_SIZES = (3, 4)


@dataclass(frozen=True)
class _Block:
    """One kind of feature: its inverse document frequencies, shape (2^bits,), and directions, shape (2^bits, d)."""

    rarity: Floats
    directions: Floats

    def vectors(self, counts: sparse.csr_array) -> Floats:
        weighted = sparse.csr_array(counts, copy=True)
        weighted.data = 1 + np.log(weighted.data)
        return _unit(np.asarray((weighted @ sparse.diags_array(self.rarity)) @ self.directions))


@dataclass(frozen=True)
class NgramEmbedding:
    """Words and characters side by side."""

    words: _Block
    characters: _Block

    name = "ngrams"

    @cached_property
    def fingerprint(self) -> str:
        """Changes with any number in the embedding."""
        digest = hashlib.sha256()
        for block in (self.words, self.characters):
            digest.update(block.rarity.tobytes())
            digest.update(block.directions.tobytes())
        return digest.hexdigest()[:16]

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:  # noqa: ARG002 - one seam for all
        """Unit vectors, shape (n, 2d); languages are not used."""
        parts = [self.words.vectors(count_words(texts)), self.characters.vectors(count_characters(texts))]
        return _unit(np.hstack(parts))


def fit_ngrams(
    texts: Sequence[str],
    languages: Sequence[str] | None = None,  # noqa: ARG001 - one seam for all
    *,
    dimensions: int = 100,
    seed: int = 1,
) -> NgramEmbedding:
    """Fit the embedding on prompts, each once; languages are not used."""
    return NgramEmbedding(*(_fit_block(count(texts), dimensions, seed) for count in (count_words, count_characters)))


def count_words(texts: Sequence[str]) -> sparse.csr_array:
    """Counts of hashed words, shape (n, 2^bits)."""
    return _counted(texts, _word_hashes)


def count_characters(texts: Sequence[str]) -> sparse.csr_array:
    """Counts of hashed character n-grams, digits taken as one character, shape (n, 2^bits)."""
    return _counted(texts, _character_hashes)


def _word_hashes(text: str) -> NDArray[np.uint64]:
    return np.array([zlib.crc32(word.encode()) for word in tokens(text)], dtype=np.uint64) << np.uint64(32)


def _character_hashes(text: str) -> NDArray[np.uint64]:
    spaced = re.sub(r"\d", "0", f" {' '.join(clean(text).split())} ")
    codes = np.frombuffer(spaced.encode("utf-32-le"), dtype=np.uint32).astype(np.uint64)
    found = []
    for size in _SIZES:
        windows = len(codes) - size + 1
        value = np.full(max(windows, 0), size, dtype=np.uint64)
        for offset in range(size if windows > 0 else 0):
            value = (value ^ codes[offset : offset + windows]) * np.uint64(0x9E3779B97F4A7C15)  # wraps: that is the hash
            value ^= value >> np.uint64(29)
        found.append(value)
    return np.concatenate(found)


def _counted(texts: Sequence[str], hashed: Callable[[str], NDArray[np.uint64]]) -> sparse.csr_array:
    rows = [(hashed(text) >> np.uint64(64 - _BITS)).astype(np.int32) for text in texts]
    ends = np.cumsum([0, *(len(row) for row in rows)])
    columns = np.concatenate([*rows, np.zeros(0, dtype=np.int32)])
    counts = sparse.csr_array((np.ones(len(columns), dtype=np.float32), columns, ends), shape=(len(rows), 1 << _BITS))
    counts.sum_duplicates()
    return counts


def _fit_block(counts: sparse.csr_array, dimensions: int, seed: int) -> _Block:
    from sklearn.utils.extmath import randomized_svd

    prompts = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.where(prompts >= 2, np.log((1 + counts.shape[0]) / (1 + prompts)) + 1, 0).astype(np.float32)
    weighted = sparse.csr_array(counts, copy=True)
    weighted.data = 1 + np.log(weighted.data)
    weighted = weighted @ sparse.diags_array(rarity)
    length = np.sqrt(np.asarray(weighted.multiply(weighted).sum(axis=1)))
    weighted = sparse.csr_array(sparse.diags_array(1 / np.maximum(length, 1e-9)) @ weighted, dtype=np.float32)
    kept = np.flatnonzero(rarity)
    size = max(1, min(dimensions, counts.shape[0] - 1, len(kept) - 1))
    directions = np.zeros((counts.shape[1], size), dtype=np.float32)
    if len(kept) > 1:
        directions[kept] = randomized_svd(weighted[:, kept], size, n_iter=3, random_state=seed)[2].T
    return _Block(rarity, directions)


def _unit(vectors: NDArray[np.floating]) -> Floats:
    return np.asarray(vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9), dtype=np.float32)
