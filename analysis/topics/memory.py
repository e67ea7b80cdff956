"""Memory: the prompts by which topics that a curation names are found again beside an earlier edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from analysis.topics.curated import typical
from analysis.topics.curation import Curation, Prompt, key_of

if TYPE_CHECKING:
    from analysis.topics.curated import Memory
    from analysis.topics.identity import Edition


def memory_of(earlier: Edition | None) -> Memory | None:
    """Gives the prompts of an earlier edition's topics by how a curation names them; None where there is no such edition."""
    return None if earlier is None else lambda curation: remembered(curation, earlier)


def remembered(curation: Curation, earlier: Edition) -> dict[str, Sequence[str]]:
    """Prompts by which topics of an earlier edition are found again that the curation names by number or label.

    Those of an earlier curation come first: it was about topics before it merged or split them.
    """
    known = earlier.settings.get("curation_memory")
    memory: dict[str, Sequence[str]] = dict(known) if isinstance(known, Mapping) else {}
    frame = earlier.frame.reset_index(drop=True)
    for operation, name in [(one, name) for one in curation.operations for name in one.topics]:
        if isinstance(name, Prompt):
            continue
        key = key_of(operation, name)
        rows = frame.index[frame["topic"] == name] if isinstance(name, int) else frame.index[frame["label"] == name]
        if key not in memory and len(rows) == 1:
            memory[key] = _prompts(earlier, int(rows[0])) or list(frame["examples"][rows[0]])
    return memory


def _prompts(earlier: Edition, row: int) -> list[str]:
    """The typical prompts of a topic, by its row; none where the edition has no model."""
    model = earlier.model
    return [] if model is None else typical(model.texts, model.vectors, np.flatnonzero(model.topic == row))
