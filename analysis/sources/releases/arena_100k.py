"""arena-human-preference-100k and arena-explorer-preference-100k: June to August 2024, with metadata and tags.

Conversations and tags come as nested values or as JSON text, according to what wrote the file.
"""

from analysis.sources import fields
from analysis.sources.releases.arena_33k import CONVERSATIONS
from analysis.sources.releases.release import Release
from analysis.sources.texts import Messages

#: What was added to LMSYS's vote log after the 33k release; one of these tells.
_ADDED = frozenset({"conv_metadata", "judge_hash", "category_tag", "dedup_tag"})

RELEASE = Release(
    "arena_100k",
    recognises=lambda columns: set(columns) >= CONVERSATIONS and not _ADDED.isdisjoint(columns),
    fields=fields.LOG,
    texts=Messages(),
)
