"""An embedding by words: vectors of words from the company they keep in the prompts themselves. It needs no download.

The default has it beside `use`, which knows languages: words know what these prompts are about.

Positive pointwise mutual information of words in the same prompt (Church and Hanks 1990; context distribution smoothed as in
Levy, Goldberg and Dagan 2015), factorised by a truncated SVD; a prompt is the weighted mean of its words (as in Arora, Liang
and Ma 2017). Three things are our own:

* What is expected of two words is counted within each language, so languages do not become topics; and a language's mean
  vector is taken from its prompts.
* Concepts (`analysis.embeddings.concepts`) are words that all languages share.
* A word weighs as much as it tells about its company (mean log ratio of observed to expected), so "explain step by step",
  which is said about anything, weighs little.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from scipy import sparse

from analysis.embeddings.concepts import MARK, concepts
from analysis.embeddings.languages import SHRINKAGE, LanguageMeans, common_languages, fit_means, languages_of, unit
from analysis.embeddings.tokens import clean, tokens

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]

#: Letters of the beginning that stands for a word's forms (rename, renaming); longer words get one.
_STEM = 5

#: Distinct features of a prompt that are counted, in order of appearance.
_MOST = 200

#: Words kept, those in most prompts first.
_VOCABULARY = 30_000

#: A word in a larger share of a language's prompts tells nothing.
_COMMON = 0.2

#: Weight of a concept next to a word.
_CONCEPT = 1.5

#: Context counts are raised to this power (Levy, Goldberg and Dagan 2015).
_SMOOTHING = 0.75


@dataclass(frozen=True)
class WordEmbedding:
    """Vectors of words, and of the prompts made of them.

    Attributes:
        vocabulary: V features: words, beginnings of words (after ^) and concepts (after §).
        vectors: shape (V, d): the direction of each feature times its weight.
        means: of each language's prompts, which are taken off.
    """

    vocabulary: tuple[str, ...]
    vectors: Floats
    means: LanguageMeans

    name = "words"

    @cached_property
    def fingerprint(self) -> str:
        """Changes with any number in the embedding."""
        digest = hashlib.sha256("\n".join((*self.vocabulary, *self.means.names)).encode())
        digest.update(self.vectors.tobytes())
        digest.update(self.means.centres.tobytes())
        return digest.hexdigest()[:16]

    @cached_property
    def _place(self) -> dict[str, int]:
        return {word: place for place, word in enumerate(self.vocabulary)}

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
        """Unit vectors of texts, shape (n, d); zero for a text without a known word."""
        counts, _ = count_features([features(text) for text in texts], self._place)
        return self.means.remove(unit(np.asarray(counts @ self.vectors)), languages_of(texts, languages))


def features(text: str) -> list[str]:
    """Words, beginnings of longer words, and concepts of a text, each once."""
    words = dict.fromkeys(tokens(text))
    stems = dict.fromkeys(f"^{word[:_STEM]}" for word in words if len(word) > _STEM)
    return [*concepts(clean(text)), *words, *stems][:_MOST]


def count_features(
    found: Sequence[Sequence[str]], place: dict[str, int], grow: bool = False
) -> tuple[sparse.csr_array, dict[str, int]]:
    """Which prompt has which feature, shape (n, V) of ones; with `grow`, new features are given places."""
    columns: list[int] = []
    ends = [0]
    for names in found:
        if grow:
            columns.extend(place.setdefault(name, len(place)) for name in names)
        else:
            columns.extend(place[name] for name in names if name in place)
        ends.append(len(columns))
    ones = np.ones(len(columns), dtype=np.float32)
    shape = (len(found), len(place))
    return sparse.csr_array((ones, np.array(columns, dtype=np.int32), np.array(ends, dtype=np.int32)), shape=shape), place


@dataclass(frozen=True)
class WordReading:
    """n texts as the features that are counted in them, for embeddings fitted on any part of them.

    Attributes:
        counts: shape (n, V), ones, and `names`: of the V features.
        languages: of the texts.
    """

    counts: sparse.csr_array
    names: tuple[str, ...]
    languages: tuple[str, ...]

    def fit(self, part: Integers, seed: int, dimensions: int = 32) -> tuple[WordEmbedding, Floats]:
        """The embedding fitted on the texts of those places, and the vectors of all texts, shape (n, d).

        Args:
            dimensions: d; fewer where the prompts have too few words for as many.
        """
        counts = self.counts[part]
        names, which = common_languages([self.languages[place] for place in part])
        in_language, sizes = _by_language(counts, which, len(names)), np.bincount(which, minlength=len(names))
        kept = _vocabulary(counts, in_language, sizes, self.names)
        vocabulary = tuple(self.names[place] for place in kept)
        counts, in_language = counts[:, kept], in_language[:, kept]
        if len(vocabulary) < 3:
            nothing = np.zeros((len(vocabulary), 1), dtype=np.float32)
            empty = LanguageMeans(names, np.zeros((len(names), 1), dtype=np.float32))
            return WordEmbedding(vocabulary, nothing, empty), np.zeros((len(self.languages), 1), dtype=np.float32)
        vectors = _word_vectors(counts, which, in_language, sizes, vocabulary, dimensions, seed)
        means = fit_means(unit(np.asarray(counts @ vectors)), names, which)
        every = means.remove(unit(np.asarray(self.counts[:, kept] @ vectors)), self.languages)
        return WordEmbedding(vocabulary, vectors, means), every


def read_words(texts: Sequence[str], languages: Sequence[str] | None = None) -> WordReading:
    """Read prompts, each once, for the embedding to be fitted on."""
    counts, place = count_features([features(text) for text in texts], {}, grow=True)
    return WordReading(counts, tuple(place), tuple(languages_of(texts, languages)))


def _word_vectors(
    counts: sparse.csr_array,
    which: Integers,
    in_language: NDArray[np.float64],
    sizes: Integers,
    vocabulary: Sequence[str],
    dimensions: int,
    seed: int,
) -> Floats:
    """The direction of each feature times its weight, shape (V, d)."""
    shared = np.array([word.startswith(MARK) for word in vocabulary])
    information, telling = _mutual_information(counts, which, len(sizes))
    importance = np.where(shared, _CONCEPT, 1.0) * telling**0.25
    scaled = sparse.diags_array(importance) @ information @ sparse.diags_array(importance)
    directions = _factorised(sparse.csr_array(scaled, dtype=np.float32), dimensions, seed)
    weight = _rarity(in_language, sizes, shared) * np.where(shared, _CONCEPT, 1.0) * telling**0.5
    return np.asarray(directions * weight[:, None], dtype=np.float32)


def _by_language(counts: sparse.csr_array, which: Integers, size: int) -> NDArray[np.float64]:
    """Prompts with each feature in each language, shape (L, V)."""
    member = sparse.csr_array((np.ones(len(which)), (which, np.arange(len(which)))), shape=(size, len(which)))
    return np.asarray((member @ counts).toarray(), dtype=float)


def _vocabulary(counts: sparse.csr_array, in_language: NDArray[np.float64], sizes: Integers, names: Sequence[str]) -> Integers:
    """Places of the features to keep: neither in too few prompts nor, save concepts, in too many of any language."""
    prompts = in_language.sum(axis=0)
    least = max(2, min(4, counts.shape[0] // 3_000))
    share = (in_language / np.maximum(sizes, 4 * SHRINKAGE)[:, None]).max(axis=0)
    shared = np.array([name.startswith(MARK) for name in names], dtype=bool)
    kept = np.flatnonzero((prompts >= least) & ((share <= _COMMON) | shared))
    most = np.argsort(-prompts[kept], kind="stable")[:_VOCABULARY]
    return np.sort(kept[most])


def _mutual_information(counts: sparse.csr_array, which: Integers, size: int) -> tuple[sparse.csr_array, NDArray[np.float64]]:
    """Positive PMI of features in the same prompt, shape (V, V), and how much each tells about its company, shape (V,).

    A prompt's pairs count 1 / (its features) each, so that long prompts do not drown short ones.
    """
    length = np.maximum(np.asarray(counts.sum(axis=1)), 1)
    scaled = sparse.csr_array(sparse.diags_array(1 / np.sqrt(length)) @ counts, dtype=np.float32)
    pairs = sparse.coo_array(scaled.T @ scaled)
    off = pairs.row != pairs.col
    first, second, together = pairs.row[off], pairs.col[off], pairs.data[off].astype(float)
    expected = np.zeros(len(together))
    for language in range(size):
        rows = np.flatnonzero(which == language)
        alone = np.asarray(scaled[rows].T @ np.sqrt(length[rows]))
        if alone.sum() > 0:
            smooth = alone**_SMOOTHING
            expected += alone[first] * smooth[second] / smooth.sum()
    ratio = np.log(together / np.maximum(expected, 1e-12))
    total = np.bincount(first, together, counts.shape[1])
    telling = np.bincount(first, together * ratio, counts.shape[1]) / np.maximum(total, 1e-12)
    kept = ratio > 0
    positive = (ratio[kept].astype(np.float32), (first[kept], second[kept]))
    return sparse.csr_array(positive, shape=(counts.shape[1],) * 2), np.maximum(telling, 0.01)


def _factorised(matrix: sparse.csr_array, dimensions: int, seed: int) -> Floats:
    """Unit rows of U √S of a truncated SVD."""
    from sklearn.utils.extmath import randomized_svd

    size = max(1, min(dimensions, matrix.shape[0] - 1))
    left, values, _ = randomized_svd(matrix, size, n_iter=4, random_state=seed)
    return unit(left * np.sqrt(values))


def _rarity(in_language: NDArray[np.float64], sizes: Integers, shared: NDArray[np.bool_]) -> NDArray[np.float64]:
    """Log inverse share of prompts with a feature: of a word in the language it is most used in, of a concept in all."""
    home = in_language.argmax(axis=0)
    own = np.log(np.maximum(sizes[home] / np.maximum(in_language.max(axis=0), 1), 1.5))
    everywhere = np.log(np.maximum(sizes.sum() / np.maximum(in_language.sum(axis=0), 1), 1.5))
    return np.where(shared, everywhere, own)
