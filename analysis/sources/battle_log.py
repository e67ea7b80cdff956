"""Battle logs with a `turns` list: LMSYS's vote log with all user messages and no answers."""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import fields
from analysis.sources.conversations import from_lists
from analysis.sources.drafts import Draft

NAME = "battle_log"
READS = fields.LOG | {"turns"}
NOTES = ("battle_log: the release holds the user messages and no answers.",)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row of the vote log has a list of user messages."""
    return {"model_a", "model_b", "winner", "turns", "question_id"} <= set(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    texts = from_lists(row.get("turns"), None, None)
    vote = fields.log(row)
    if vote["turns"] is None and texts.prompts is not None:
        vote["turns"] = len(texts.prompts)
    return Draft(vote, row.get("winner"), texts)
