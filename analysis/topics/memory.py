"""Memory: the prompts by which topics that a curation names are found again beside an earlier edition."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from analysis.topics.curation import Curation, Prompt, written

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
    for name in [name for operation in curation.operations for name in operation.topics if not isinstance(name, Prompt)]:
        rows = frame.index[frame["topic"] == name] if isinstance(name, int) else frame.index[frame["label"] == name]
        if written(name) not in memory and len(rows) == 1:
            memory[written(name)] = list(frame["examples"][rows[0]])
    return memory
