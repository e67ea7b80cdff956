"""How a name in the settings becomes an embedding."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.embeddings.embedding import Embedding, FixedReading, Reading
from analysis.embeddings.languages import unit
from analysis.embeddings.neural import NeuralEmbedding
from analysis.embeddings.ngrams import read_ngrams
from analysis.embeddings.universal import UniversalEmbedding, absence
from analysis.embeddings.vectors import VectorCache, remember
from analysis.embeddings.words import read_words
from analysis.errors import InputError, UsageError, first_line
from analysis.results.prose import one_line, shortened
from analysis.votes.prompts import prompt_keys

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]


class Prompts(Protocol):
    """N votes and the P different prompts among them, as far as vectors from a file are looked up for them.

    Attributes:
        vote_id: shape (N,).
        place: shape (P,), place among the votes of the first with each prompt.
        keys: shape (P,), what makes each prompt the same as another (`analysis.votes.prompts.prompt_keys`).
    """

    @property
    def vote_id(self) -> pa.ChunkedArray: ...

    @property
    def place(self) -> NDArray[np.int64]: ...

    @property
    def keys(self) -> NDArray[np.uint64]: ...

    def keys_of(self, texts: pa.Array) -> NDArray[np.uint64]:
        """The keys of other prompts, as far as prompts are read here, shape (n,)."""
        ...


#: Embeddings that are fitted on the prompts themselves, by what reads prompts for them.
FITTED: dict[str, Callable[[Sequence[str], Sequence[str]], Reading]] = {"words": read_words, "ngrams": read_ngrams}

#: The default's name, what it stands for, and what it stands for where the encoder is not there.
AUTO, BEST, FALLBACK = "auto", "words+use", "words+ngrams"

#: What an embedding weighs beside others; 1 where not said. By labelled prompts (`benchmarks/topics_quality.py`).
_WEIGHTS = {"use": 6.0}


@dataclass(frozen=True)
class GivenVectors:
    """Vectors that were computed elsewhere: sorted prompt keys, shape (K,), and a vector for each, shape (K, d)."""

    source: str
    keys: NDArray[np.uint64]
    vectors: Floats

    @property
    def name(self) -> str:
        return f"vectors:{Path(self.source).name}"

    @cached_property
    def fingerprint(self) -> str:
        """Of keys and vectors."""
        return hashlib.sha256(self.keys.tobytes() + self.vectors.tobytes()).hexdigest()[:16]

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:  # noqa: ARG002 - one seam for all
        """The given vectors, made unit.

        Raises:
            InputError: a text has none.
        """
        wanted = prompt_keys(pa.array(list(texts), pa.string()))
        place = np.minimum(np.searchsorted(self.keys, wanted), max(len(self.keys) - 1, 0))
        missing = np.flatnonzero(self.keys[place] != wanted) if len(self.keys) else np.arange(len(texts))
        if len(missing):
            first = shortened(one_line(texts[missing[0]]), 60)
            raise InputError(f"{self.source}: {len(missing):,} of {len(texts):,} prompts have no vector, the first is {first!r}.")
        return unit(self.vectors[place])


@dataclass(frozen=True)
class SideBySide:
    """Several embeddings next to each other; `weights` say how much each counts in a cosine."""

    parts: tuple[Embedding, ...]
    weights: tuple[float, ...]

    @property
    def name(self) -> str:
        return "+".join(part.name for part in self.parts)

    @property
    def fingerprint(self) -> str:
        """Of the parts' fingerprints and weights."""
        named = "+".join(f"{weight} {part.fingerprint}" for part, weight in zip(self.parts, self.weights, strict=True))
        return hashlib.sha256(named.encode()).hexdigest()[:16]

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
        """Unit vectors, as wide as all parts together."""
        return joined([part.embed(texts, languages) for part in self.parts], self.weights)


@dataclass(frozen=True)
class JointReading:
    """Texts as several embeddings read them."""

    parts: tuple[Reading, ...]
    weights: tuple[float, ...]

    def fit(self, part: Integers, seed: int) -> tuple[Embedding, Floats]:
        """All fitted on the texts of those places, side by side."""
        embeddings, vectors = zip(*(reading.fit(part, seed) for reading in self.parts), strict=True)
        return SideBySide(embeddings, self.weights), joined(vectors, self.weights)


def joined(vectors: Sequence[Floats], weights: Sequence[float]) -> Floats:
    """Unit vectors of several embeddings, shape (n, d) each, side by side by the weight of each."""
    return unit(np.hstack([each * np.float32(weight**0.5) for each, weight in zip(vectors, weights, strict=True)]))


def read_texts(name: str, prompts: Prompts, texts: Sequence[str], languages: Sequence[str]) -> Reading:
    """The texts as the embedding of that name reads them.

    Args:
        name: `auto`, `words`, `ngrams`, `use`, `sentence-transformers:NAME or FOLDER`, `model2vec:FOLDER`, `vectors:FILE`
            (Parquet with `vector` and `vote_id` or `prompt`; or .npy with a row per vote), or several joined by `+`.

    Raises:
        UsageError: the name is none of these, or its package or model is not there.
        InputError: the file of vectors does not fit the votes.
    """
    names = resolved(name).split("+")
    parts = tuple(_read_part(part, prompts, texts, languages) for part in names)
    return parts[0] if len(parts) == 1 else JointReading(parts, tuple(_WEIGHTS.get(part, 1.0) for part in names))


def resolved(name: str) -> str:
    """The embedding that a name stands for: `auto` is the best that is there."""
    if name != AUTO:
        return name
    return FALLBACK if absence() else BEST


def _read_part(name: str, prompts: Prompts, texts: Sequence[str], languages: Sequence[str]) -> Reading:
    if name in FITTED:
        return FITTED[name](texts, languages)
    if name == UniversalEmbedding.name:
        return _fixed(UniversalEmbedding(), texts, languages)
    kind, colon, source = name.partition(":")
    if colon and kind in ("sentence-transformers", "model2vec"):
        return _fixed(remember(_neural(kind, source)), texts, languages)
    if colon and kind == "vectors":
        return _fixed(read_vectors(source, prompts), texts, languages)
    raise UsageError(
        f"unknown embedding {name!r}; choose auto, words, ngrams, use, sentence-transformers:NAME, model2vec:FOLDER or "
        "vectors:FILE, or several joined by +, as in words+ngrams."
    )


def _fixed(embedding: Embedding, texts: Sequence[str], languages: Sequence[str]) -> FixedReading:
    return FixedReading(embedding, embedding.embed(texts, languages))


@cache
def _neural(kind: str, source: str) -> NeuralEmbedding:
    """Found and loaded once in a process, or not at all: a hub that does not answer takes its time."""
    return NeuralEmbedding(kind, source)


def source_fingerprints(name: str) -> list[str]:
    """Fingerprints of the models and files that an embedding's name stands for: the same name may stand for another tomorrow."""
    found = [resolved(name)]
    for kind, colon, source in (part.partition(":") for part in name.split("+")):
        if colon and kind == "vectors":
            if not _is_file(source):
                raise UsageError(f"embedding {shortened(f'vectors:{source}', 60)}: there is no such file; check the path.")
            with Path(source).open("rb") as file:
                found.append(hashlib.file_digest(file, "sha256").hexdigest())
        elif colon:
            found.append(_neural(kind, source).fingerprint)
    return found


def _is_file(name: str) -> bool:
    with suppress(OSError):  # no name for a file, such as one that is too long
        return Path(name).is_file()
    return False


def slow(embedding: Embedding) -> bool:
    """Whether an embedding is too slow for prompts by the million: those that read them with a network."""
    return any(isinstance(part, UniversalEmbedding | NeuralEmbedding) for part in parts_of(embedding))


def portable(embedding: Embedding) -> bool:
    """Whether workers can take an embedding along: it is a few numbers, not a network or a file of vectors."""
    return not any(isinstance(part, NeuralEmbedding | GivenVectors) for part in parts_of(embedding))


def without_encoder(name: str) -> str:
    """What to say where an embedding's name stands for less than it should; an empty string otherwise."""
    missing = absence() if name == AUTO else ""
    return (
        f"Topics were found by {FALLBACK} and come out again less: the encoder that knows languages {missing}." if missing else ""
    )


def parts_of(embedding: Embedding) -> tuple[Embedding, ...]:
    """The embeddings that stand side by side in one, without the caches around them; of any other, itself alone."""
    inner = bare(embedding)
    return tuple(bare(part) for part in inner.parts) if isinstance(inner, SideBySide) else (inner,)


def bare(embedding: Embedding) -> Embedding:
    """The embedding without the cache around it."""
    return embedding.embedding if isinstance(embedding, VectorCache) else embedding


def forgetful(embedding: Embedding) -> Embedding:
    """The embedding with no cache around it or its parts: what it embeds is not kept."""
    inner = bare(embedding)
    return replace(inner, parts=tuple(map(forgetful, inner.parts))) if isinstance(inner, SideBySide) else inner


def read_vectors(source: str, prompts: Prompts) -> GivenVectors:
    """Vectors from a file: Parquet keyed by `vote_id` or `prompt`, or .npy with a row per vote in the order of the table.

    Raises:
        InputError: the file cannot be read, lacks a column, or has another number of rows than the votes.
    """
    try:
        keys, vectors = _read_npy(source, prompts) if source.endswith(".npy") else _read_parquet(source, prompts)
    except (OSError, ValueError, KeyError) as error:  # pyarrow's errors are ValueErrors
        raise InputError(f"{source}: no vectors can be read: {first_line(error)}.") from None
    if not np.isfinite(vectors).all():
        raise InputError(
            f"{source}: row {int(np.flatnonzero(~np.isfinite(vectors).all(axis=1))[0]):,} is not all finite numbers."
        )
    kept, first = np.unique(keys, return_index=True)
    return GivenVectors(source, kept, np.asarray(vectors[first], dtype=np.float32))


def _read_npy(source: str, prompts: Prompts) -> tuple[NDArray[np.uint64], Floats]:
    vectors = np.load(source, allow_pickle=False)
    if vectors.ndim != 2 or len(vectors) != len(prompts.vote_id):
        raise ValueError(f"shape {vectors.shape} for {len(prompts.vote_id):,} votes; it needs a row per vote")
    return prompts.keys, vectors[prompts.place]


def _read_parquet(source: str, prompts: Prompts) -> tuple[NDArray[np.uint64], Floats]:
    table = pq.read_table(source)
    by = next((name for name in ("prompt", "vote_id") if name in table.column_names), None)
    if by is None or "vector" not in table.column_names:
        raise ValueError(f"it has the columns {', '.join(table.column_names)}; it needs vector, and prompt or vote_id")
    column = table["vector"].combine_chunks()
    flat = np.asarray(column.flatten(), dtype=np.float32)
    vectors = flat.reshape(len(column), -1) if len(column) else flat.reshape(0, 1)
    if by == "prompt":
        return prompts.keys_of(table["prompt"].combine_chunks()), vectors
    ids = prompts.vote_id.combine_chunks()
    row = pc.index_in(ids.take(pa.array(prompts.place)), table["vote_id"].combine_chunks()).to_numpy(zero_copy_only=False)
    found = np.flatnonzero(~np.isnan(row.astype(float)))
    return prompts.keys[found], vectors[row[found].astype(np.int64)]
