"""chatbot_arena_conversations: 33,000 votes of April to June 2023 with both conversations."""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells, fields
from analysis.sources.conversations import from_messages
from analysis.sources.drafts import Draft

NAME = "arena_33k"
READS = fields.LOG | {"conversation_a", "conversation_b"}
NOTES = (
    "arena_33k: the release left out single-turn prompts under 16 characters and the ten commonest prompts, so its "
    "multi-turn share and its share of repeats are not the arena's.",
)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has both conversations, and no metadata about them."""
    return {"model_a", "model_b", "winner", "conversation_a", "conversation_b"} <= set(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    texts = from_messages(row.get("conversation_a"), row.get("conversation_b"))
    vote = fields.log(row)
    if vote["turns"] is None and texts.prompts is not None:
        vote["turns"] = len(texts.prompts)
    toxic = cells.mapping(cells.mapping(row.get("toxic_chat_tag")).get("roberta-large")).get("flagged")
    if cells.flag(toxic):
        vote["tags"] = [*(vote["tags"] or ()), "toxic"]
    return Draft(vote, row.get("winner"), texts)
