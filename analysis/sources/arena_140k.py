"""arena-human-preference-140k: April to July 2025, sessions instead of judges, content in parts.

After a vote a user could go on with two new models. `conversation_a` holds the conversation that was judged and
`full_conversation` also what came before it in the same session.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells, fields
from analysis.sources.conversations import from_messages
from analysis.sources.drafts import Draft

NAME = "arena_140k"
READS = frozenset(
    {
        *("id", "model_a", "model_b", "winner", "evaluation_session_id", "conversation_a", "conversation_b"),
        *("full_conversation", "conv_metadata", "category_tag", "language", "is_code", "timestamp"),
    }
)
NOTES = (
    "arena_140k: turns are those within the vote; session_turns also counts earlier turns of the same session.",
    "arena_140k: the release does not say which votes were anonymous, and names sessions instead of judges.",
)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has sessions next to both conversations."""
    return {"model_a", "model_b", "winner", "conversation_a", "conversation_b", "evaluation_session_id"} <= set(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    texts = from_messages(row.get("conversation_a"), row.get("conversation_b"))
    turns = cells.integer(cells.mapping(row.get("conv_metadata")).get("turns"))
    if turns is None and texts.prompts is not None:
        turns = len(texts.prompts)
    session = cells.listed(row.get("full_conversation"))
    vote = {
        "vote_id": cells.name(row.get("id")),
        **fields.models(row),
        "turns": turns,
        "session_turns": len(session) if session else None,
        "language": fields.language(row),
        "time": cells.time(row.get("timestamp")),
        "session": cells.name(row.get("evaluation_session_id")),
        "is_code": cells.flag(row.get("is_code")),
        **fields.metadata(row),
        **fields.category_tags(row),
    }
    return Draft(vote, row.get("winner"), texts)
