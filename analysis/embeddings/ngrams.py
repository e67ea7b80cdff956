"""An embedding by n-grams: TF-IDF of words and of character n-grams, each reduced by a truncated SVD, side by side.

It sees what the vectors of words (`words`) do not: rare words, spellings, code and formulas. Where the default embedding is not
there, both stand in for it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.embeddings.languages import LanguageMeans, common_languages, fit_means, languages_of, unit
from analysis.embeddings.tokens import clean, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from scipy import sparse

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Features are hashed to this many: no vocabulary to keep, flat memory.
_FEATURES = 1 << 16

#: Lengths of the character n-grams.
_SIZES = (3, 4)

_DIGIT = re.compile(r"\d")


@dataclass(frozen=True)
class Block:
    """One kind of feature.

    Attributes:
        rarity: shape (2^16,), inverse document frequencies; 0 for features of fewer than two prompts.
        directions: shape (2^16, d), of the truncated SVD.
    """

    rarity: Floats
    directions: Floats

    def vectors(self, counts: sparse.csr_array) -> Floats:
        """Unit vectors, shape (n, d), of counts, shape (n, 2^16)."""
        return unit(np.asarray(_weighted(counts, self.rarity) @ self.directions))


@dataclass(frozen=True)
class NgramEmbedding:
    """Words and characters side by side, without the mean of each language."""

    words: Block
    characters: Block
    means: LanguageMeans

    name = "ngrams"

    @cached_property
    def fingerprint(self) -> str:
        """Changes with any number in the embedding."""
        digest = hashlib.sha256("\n".join(self.means.names).encode())
        for block in (self.words, self.characters):
            digest.update(block.rarity.tobytes())
            digest.update(block.directions.tobytes())
        return digest.hexdigest()[:16]

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
        """Unit vectors, shape (n, 2d)."""
        found = _side_by_side(self.words, self.characters, count_words(texts), count_characters(texts))
        return self.means.remove(found, languages_of(texts, languages))


@dataclass(frozen=True)
class NgramReading:
    """n texts as counts of hashed words and characters, shape (n, 2^16) each, for embeddings fitted on any part of them."""

    words: sparse.csr_array
    characters: sparse.csr_array
    languages: tuple[str, ...]

    def fit(self, part: Integers, seed: int, dimensions: int = 50) -> tuple[NgramEmbedding, Floats]:
        """The embedding fitted on the texts of those places, and the vectors of all texts, shape (n, 2d).

        Args:
            dimensions: d of each of the two blocks; fewer where there are too few prompts for as many.
        """
        words, characters = (_fit_block(each[part], dimensions, seed) for each in (self.words, self.characters))
        found = _side_by_side(words, characters, self.words, self.characters)
        names, which = common_languages([self.languages[place] for place in part])
        means = fit_means(found[part], names, which)
        return NgramEmbedding(words, characters, means), means.remove(found, self.languages)


def read_ngrams(texts: Sequence[str], languages: Sequence[str] | None = None) -> NgramReading:
    """Read prompts, each once, for the embedding to be fitted on."""
    return NgramReading(count_words(texts), count_characters(texts), tuple(languages_of(texts, languages)))


def count_words(texts: Sequence[str]) -> sparse.csr_array:
    """Counts of hashed words, shape (n, 2^16)."""
    return _counted(texts, tokenizer=tokens, token_pattern=None, lowercase=False)


def count_characters(texts: Sequence[str]) -> sparse.csr_array:
    """Counts of hashed character n-grams within words, digits taken as one character, shape (n, 2^16)."""
    return _counted(texts, analyzer="char_wb", ngram_range=_SIZES, preprocessor=_spelled)


def _spelled(text: str) -> str:
    """The text as its characters are counted; nothing of a text that has no topic to tell: stop words alone, or only emoji."""
    says = bool(tokens(text)) if any(map(str.isalpha, text)) else any(map(str.isdigit, text))
    return _DIGIT.sub("0", clean(text)) if says else ""


def _counted(texts: Sequence[str], **options: Any) -> sparse.csr_array:
    from scipy import sparse
    from sklearn.feature_extraction.text import HashingVectorizer

    counter = HashingVectorizer(n_features=_FEATURES, norm=None, alternate_sign=False, dtype=np.float32, **options)
    return sparse.csr_array(counter.transform(texts))


def _weighted(counts: sparse.csr_array, rarity: Floats) -> sparse.csr_array:
    """TF-IDF with logarithmic counts, rows of length one."""
    from scipy import sparse
    from sklearn.preprocessing import normalize

    weighted = sparse.csr_array(counts, copy=True)
    weighted.data = 1 + np.log(weighted.data)
    return sparse.csr_array(normalize(weighted @ sparse.diags_array(rarity), copy=False), dtype=np.float32)


def _fit_block(counts: sparse.csr_array, dimensions: int, seed: int) -> Block:
    from sklearn.utils.extmath import randomized_svd

    prompts = np.bincount(counts.indices, minlength=counts.shape[1])
    rarity = np.where(prompts >= 2, np.log((1 + counts.shape[0]) / (1 + prompts)) + 1, 0).astype(np.float32)
    kept = np.flatnonzero(rarity)
    size = max(1, min(dimensions, counts.shape[0] - 1, len(kept) - 1))
    directions = np.zeros((counts.shape[1], size), dtype=np.float32)
    if len(kept) > 1:
        directions[kept] = randomized_svd(_weighted(counts, rarity)[:, kept], size, n_iter=3, random_state=seed)[2].T
    return Block(rarity, directions)


def _side_by_side(words: Block, characters: Block, *counts: sparse.csr_array) -> Floats:
    return unit(np.hstack([words.vectors(counts[0]), characters.vectors(counts[1])]))
