"""chatbot_arena_conversations: 33,000 votes of April to June 2023 with both conversations."""

from analysis.sources import fields
from analysis.sources.fields import at
from analysis.sources.releases.release import Release
from analysis.sources.texts import Messages

#: The columns by which votes with both conversations are known.
CONVERSATIONS = frozenset({"model_a", "model_b", "winner", "conversation_a", "conversation_b"})

RELEASE = Release(
    "arena_33k",
    recognises=lambda columns: set(columns) >= CONVERSATIONS and not {"tstamp", "judge", "anony"}.isdisjoint(columns),
    fields={**fields.LOG, "tags": fields.tag_names(toxic=at("toxic_chat_tag/roberta-large/flagged"))},
    texts=Messages(),
    notes=(
        "arena_33k: the release left out single-turn prompts under 16 characters and the ten commonest prompts, so its "
        "multi-turn share and its share of repeats are not the arena's.",
    ),
)
