"""arena-human-preference-100k and arena-explorer-preference-100k: June to August 2024, with metadata and tags.

Conversations and tags come as nested values or as JSON text, according to what wrote the file.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import arena_33k, fields
from analysis.sources.drafts import Draft

NAME = "arena_100k"
READS = fields.LOG | {"conversation_a", "conversation_b"}
NOTES: tuple[str, ...] = ()


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has both conversations and what was later added to LMSYS's vote log."""
    return arena_33k.recognises(columns) and not {"conv_metadata", "judge_hash", "category_tag", "dedup_tag"}.isdisjoint(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    return arena_33k.normalise(row)
