"""ComparIA's votes (ministere-culture/comparia-votes): a French arena; one vote on a whole conversation, or both equal.

The chosen model is given by name. The release says nothing of languages; its conversations, where a file holds them, may begin
with a system prompt, which is no turn.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells
from analysis.sources.literals import Unreadable
from analysis.votes.outcome import Outcome

NAME = "comparia"
NOTES = (
    "comparia: `both_equal` is a tie; the release does not tell two good answers from two bad ones, and names no languages.",
)
READS = frozenset(
    {
        *("id", "timestamp", "model_a_name", "model_b_name", "chosen_model_name", "both_equal", "conv_turns"),
        *("opening_msg", "conversation_a", "conversation_b", "visitor_id", "session_hash", "selected_category"),
    }
)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row names both models and the chosen one."""
    return {"model_a_name", "model_b_name", "chosen_model_name", "both_equal"} <= set(columns)


def reshape(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row by the names of a flat table.

    Raises:
        Unreadable: the chosen model is neither of the two, or `both_equal` is neither true nor false.
    """
    category = row.get("selected_category")
    return {
        **shared(row),
        "winner": _winner(row),
        "turn": row.get("conv_turns"),
        "tags": None if cells.missing(category) else [category],
        **texts(row),
    }


def shared(row: Mapping[str, Any]) -> dict[str, Any]:
    """What ComparIA's votes and reactions both say: models, time, judge and session."""
    return {
        "vote_id": row.get("id"),
        "model_a": row.get("model_a_name"),
        "model_b": row.get("model_b_name"),
        "timestamp": row.get("timestamp"),
        "judge": row.get("visitor_id"),
        "session": row.get("session_hash"),
    }


def texts(row: Mapping[str, Any]) -> dict[str, Any]:
    """Both conversations where the file holds them, else the opening message where it holds that."""
    if not cells.missing(row.get("conversation_a")):
        return {"conversation_a": row["conversation_a"], "conversation_b": row.get("conversation_b")}
    return {"prompt": row["opening_msg"]} if "opening_msg" in row else {}


def _winner(row: Mapping[str, Any]) -> str | None:
    if cells.flag(row.get("both_equal")):
        return Outcome.TIE.value
    chosen = cells.name(row.get("chosen_model_name"))
    return None if chosen is None else side_of(chosen, row)


def side_of(model: str, row: Mapping[str, Any]) -> str:
    """The side on which the model stands, as a label of an outcome; Unreadable where it stands on neither."""
    if model == cells.name(row.get("model_a_name")):
        return Outcome.MODEL_A.value
    if model == cells.name(row.get("model_b_name")):
        return Outcome.MODEL_B.value
    raise Unreadable(f"{model!r:.40} is neither of the two models")
