"""arena-expert-5k: votes of late 2025 on prompts that experts ask, tagged by occupation; no metadata, times or judges.

Like the 140k, a session could go on after a vote with two new models. `full_conversation` holds the session up to and with the
judged conversation, which stands in `conversation_a` and `conversation_b` where a file has these columns. Tags that do not hold
are null rather than false.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells
from analysis.sources.conversations import ASSISTANT, USER, from_messages
from analysis.sources.literals import Unreadable

NAME = "arena_expert_5k"
NOTES = (
    "arena_expert_5k: turns are those within the vote; session_turns also counts earlier turns of the same session. Without "
    "conversation_a, a vote that is not the first of its session has unknown turns unless each vote before it had one.",
    "arena_expert_5k: the release names no judges and no times, and its prompts were chosen for the expertise they ask for.",
)
READS = frozenset(
    {
        *("id", "model_a", "model_b", "winner", "evaluation_order", "conversation_a", "conversation_b"),
        *("full_conversation", "language", "occupational_tags"),
    }
)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has both models, an outcome and tags by occupation."""
    return {"model_a", "model_b", "winner", "occupational_tags"} <= set(columns)


def reshape(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row by the names of a flat table. Cells that no rating needs are never a reason to refuse it: they stay as they are."""
    session = row.get("full_conversation")
    shaped = {
        "vote_id": row.get("id"),
        "model_a": row.get("model_a"),
        "model_b": row.get("model_b"),
        "winner": row.get("winner"),
        "language": row.get("language"),
        "tags": _tags(row.get("occupational_tags")),
    }
    if not cells.missing(row.get("conversation_a")):
        shaped |= {"conversation_a": row["conversation_a"], "conversation_b": row.get("conversation_b")}
    try:
        turns = cells.listed(session)
        if turns:
            shaped["session_turns"] = len(turns)
            if "conversation_a" not in shaped:
                shaped |= _judged(turns, row.get("evaluation_order"))
    except Unreadable:
        shaped["session_turns"] = session
    return shaped


def _tags(cell: object) -> object:
    """The names of the tags that hold."""
    try:
        return [name for name, holds in cells.mapping(cell).items() if cells.flag(holds)] if not cells.missing(cell) else None
    except Unreadable:
        return cell


def _judged(turns: list[Any], order: object) -> dict[str, Any]:
    """What was judged, of a whole session: all of it in its first vote, its last turn in vote n of n turns.

    Else nothing tells where the judged conversation begins; earlier answers may be of other models, so the user messages are
    all there is.
    """
    votes = cells.integer(order) or 1
    start = 0 if votes == 1 else len(turns) - 1
    if start and votes != len(turns):
        return {"prompts": from_messages([_message(turn, "user", USER) for turn in turns], None).asked}
    return {
        f"conversation_{side}": [
            message
            for turn in turns[start:]
            for message in (_message(turn, "user", USER), _message(turn, f"model_side_{side}", ASSISTANT))
        ]
        for side in ("a", "b")
    }


def _message(turn: object, part: str, role: str) -> dict[str, Any]:
    said = cells.mapping(cells.mapping(turn).get(part))
    return {"role": role, "content": said.get("content")}
