"""Any table with a vote a row: columns by the names of the vote table or those the releases use, texts where it has them.

A table with other names is brought to these by `--column NAME=THEIRS`.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.schema import COLUMNS, NAMES
from analysis.sources import cells, fields
from analysis.sources.conversations import Texts, from_lists, from_messages
from analysis.sources.drafts import Draft, parse_column

NAME = "flat"
TEXTS = ("conversation_a", "conversation_b", "response_a", "response_b")

#: Other names under which a column of the vote table is taken, in order of preference.
ALIASES: Mapping[str, tuple[str, ...]] = {
    "vote_id": ("question_id", "id"),
    "outcome": ("winner",),
    "turns": ("turn",),
    "time": ("tstamp", "timestamp"),
    "judge": ("judge_hash",),
    "session": ("evaluation_session_id",),
    "anonymous": ("anony",),
}
READS = frozenset({*NAMES, *TEXTS, *(alias for aliases in ALIASES.values() for alias in aliases)})
NOTES: tuple[str, ...] = ()

_NEEDED = ("model_a", "model_b", "outcome")


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has both models and an outcome."""
    return not lacking(columns)


def lacking(columns: Collection[str]) -> list[str]:
    """The columns without which a table holds no votes, by the names the releases use."""
    return [ALIASES.get(name, (name,))[0] for name in _NEEDED if _found(name, columns) is None]


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    found = {column: _found(column.name, row) for column in COLUMNS}
    label = row[found_outcome] if (found_outcome := _found("outcome", row)) else None
    vote = {
        column.name: parse_column(column, row[theirs])
        for column, theirs in found.items()
        if theirs is not None and column.name not in ("outcome", "release")
    }
    vote["language"] = fields.language(row)
    texts = _texts(row, vote)
    if vote.get("turns") is None and texts.prompts is not None and "conversation_a" in row:
        vote["turns"] = len(texts.prompts)
    return Draft(vote, label, texts)


def _texts(row: Mapping[str, Any], vote: Mapping[str, Any]) -> Texts:
    if "conversation_a" in row:
        return from_messages(row["conversation_a"], row.get("conversation_b"))
    if vote.get("prompts") is not None:
        return from_lists(vote["prompts"], None, None)
    whole = (vote.get("turns") or 1) == 1
    prompt = vote.get("prompt")
    answers = [cells.text(row[name]) or "" if name in row else None for name in ("response_a", "response_b")]
    side_a, side_b = ([answer] if answer is not None else None for answer in answers)
    prompts = [prompt or ""] if "prompt" in row else None
    return Texts(prompts, side_a, side_b, whole)


def _found(name: str, columns: Collection[str]) -> str | None:
    return next((theirs for theirs in (name, *ALIASES.get(name, ())) if theirs in columns), None)
