"""The seam between prompts and vectors: what an embedding is, and what texts are to an embedding that is fitted on them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]


class Embedding(Protocol):
    """Turns texts into unit vectors. `fingerprint` says whether two embeddings give the same vectors."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
        """Unit vectors, shape (n, d); zero where a text says nothing. Languages, by English name, help some embeddings."""
        ...


class Reading(Protocol):
    """n texts, read once: an embedding is fitted on any part of them, as often as it takes, and gives all of them vectors."""

    def fit(self, part: Integers, seed: int) -> tuple[Embedding, Floats]:
        """The embedding fitted on the texts of those places, and its vectors of all texts, shape (n, d)."""
        ...


@dataclass(frozen=True)
class FixedReading:
    """Texts of an embedding that learns nothing from them, with their vectors, shape (n, d)."""

    embedding: Embedding
    vectors: Floats

    def fit(self, part: Integers, seed: int) -> tuple[Embedding, Floats]:  # noqa: ARG002 - nothing is fitted
        """The embedding itself."""
        return self.embedding, self.vectors

    def __getstate__(self) -> dict[str, object]:
        """What a worker needs: the embedding may hold a network."""
        return {"embedding": None, "vectors": self.vectors}
