"""The shortcut: topics of very many prompts by a quick guess at their vectors, and how often it says what the long way says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.embeddings.embedding import Embedding
from analysis.embeddings.quick import QuickEmbedding, fit_map, mapped, read_quickly
from analysis.topics.assignment import Nearest

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float32]

#: One in so many of the fitted prompts is held back from the map that is judged.
_HELD_BACK = 5


@dataclass(frozen=True)
class Shortcut:
    """A quick embedding and the rule for its vectors.

    Attributes:
        rule: as that of the full embedding, with a least margin of its own.
        checked: held-back prompts that have a clear topic by the full embedding.
        agreement: share of them that have the same topic the quick way, and `other`, that have another one; the rest has none.
    """

    embedding: QuickEmbedding
    rule: Nearest
    checked: int
    agreement: float
    other: float


def fit_shortcut(
    texts: Sequence[str],
    languages: Sequence[str],
    vectors: Floats,
    embedding: Embedding,
    rule: Nearest,
    unclear: float,
    seed: int,
) -> Shortcut:
    """Fit the map on all the fitted prompts, and judge it by a map that did not see one in five of them.

    The least margin leaves the share `unclear` of the held-back prompts without a topic.

    Args:
        vectors: shape (n, d), unit, of the n texts by the full `embedding`.
    """
    seen, quick = read_quickly(texts, languages, embedding, seed)
    held = np.arange(len(texts)) % _HELD_BACK == 0
    guessed = mapped(quick[held], *fit_map(quick[~held], vectors[~held]))
    own = rule.leaving(unclear, guessed)
    found, true = own.assign(guessed).topic, rule.assign(vectors[held]).topic
    clear = true >= 0
    same, none = (float(share[clear].mean()) if clear.any() else float("nan") for share in (found == true, found < 0))
    return Shortcut(QuickEmbedding(seen, *fit_map(quick, vectors)), own, int(clear.sum()), same, max(1 - same - none, 0.0))
