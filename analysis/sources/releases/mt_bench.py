"""MT-bench's human judgments (lmsys/mt_bench_human_judgments): experts, authors and GPT-4 on 80 questions of two turns.

`turn` says which turn was judged, and every conversation holds both: a judgment of the first turn is about the first alone, so
the conversations end with it. A question has several judges for each turn; `question_id` is the question's id.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells
from analysis.sources.conversations import first_turns
from analysis.sources.literals import Unreadable

NAME = "mt_bench"
NOTES = (
    "mt_bench: experts, the authors and GPT-4 judged answers to 80 questions of two turns each, the turns one by one; shares of "
    "turns and of repeated prompts are the design's and not the users'.",
)
READS = frozenset({"question_id", "model_a", "model_b", "winner", "judge", "turn", "conversation_a", "conversation_b"})

#: Columns of the arena's own releases, which have the others too.
_OF_VOTES = frozenset(
    {"tstamp", "anony", "language", "judge_hash", "conv_metadata", "category_tag", "toxic_chat_tag", "openai_moderation"}
)
#: A judge that said one thing and, with the answers exchanged, the other is undecided; `error` is a verdict nobody could read.
_LABELS = {"tie (inconsistent)": "tie", "error": None}


def recognises(columns: Collection[str]) -> bool:
    """Whether a row is a judgment of a question's turn with both conversations, and nothing of the arena's vote log."""
    return set(columns) >= READS and _OF_VOTES.isdisjoint(columns)


def reshape(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row by the names of a flat table."""
    label = row.get("winner")
    return {
        "model_a": row.get("model_a"),
        "model_b": row.get("model_b"),
        "winner": _LABELS.get(label, label) if isinstance(label, str) else label,
        "judge": judge(row.get("judge")),
        "turn": row.get("turn"),
        "conversation_a": first_turns(row.get("conversation_a"), row.get("turn")),
        "conversation_b": first_turns(row.get("conversation_b"), row.get("turn")),
    }


def judge(cell: object) -> object:
    """Who judged: a person's name as it is, and of a model and its instructions, `["gpt-4", "pair-v2"]`, the model."""
    try:
        items = cells.listed(cell) if isinstance(cell, list) or str(cell).startswith("[") else None
    except Unreadable:
        return cell
    return items[0] if items else cell
