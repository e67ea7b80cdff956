"""The seam between prompts and vectors: what an embedding is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]


class Embedding(Protocol):
    """Turns texts into unit vectors. `fingerprint` says whether two embeddings give the same vectors."""

    @property
    def name(self) -> str: ...

    @property
    def fingerprint(self) -> str: ...

    def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> Floats:
        """Unit vectors, shape (n, d); zero where a text says nothing. Languages, by English name, help some embeddings."""
        ...
