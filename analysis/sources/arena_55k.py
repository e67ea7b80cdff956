"""arena-human-preference-55k, the `train.csv` of Kaggle's LMSYS competition: texts as JSON lists, one-hot outcomes.

Both-bad votes were folded into ties. There is no language, time or judge. Some rows are exact copies of another; the
id is not compared. Others write plain texts under the same columns; a plain text is one turn.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.outcome import Outcome
from analysis.sources import cells, flat
from analysis.sources.conversations import ASSISTANT, USER
from analysis.sources.drafts import Draft
from analysis.sources.literals import Unreadable, parse_literal

NAME = "arena_55k"
_OUTCOMES = {"winner_model_a": Outcome.MODEL_A, "winner_model_b": Outcome.MODEL_B, "winner_tie": Outcome.TIE}
_TEXTS = ("prompt", "response_a", "response_b")
_CONTENT = ("model_a", "model_b", *_TEXTS, *_OUTCOMES)
READS = frozenset({"id", *_CONTENT})
NOTES = ("arena_55k: the release counts both-bad votes as ties, and says nothing of languages, times or judges.",)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has one-hot outcomes and both models."""
    return {"model_a", "model_b", *_OUTCOMES} <= set(columns)


def reshape(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row by the names of a flat table.

    Raises:
        Unreadable: more than one outcome is marked, or a mark is neither true nor false.
    """
    prompts, answers_a, answers_b = _turns([row.get(name) for name in _TEXTS])
    return {
        "vote_id": row.get("id"),
        "model_a": row.get("model_a"),
        "model_b": row.get("model_b"),
        "winner": _label(row),
        "conversation_a": _conversation(prompts, answers_a),
        "conversation_b": _conversation(prompts, answers_b),
    }


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote. Rows of lists that are equal but for the id are copies; plain texts may be anyone's."""
    draft = flat.normalise(reshape(row))
    if all(_blank(row.get(name)) or _list(row.get(name)) is not None for name in _TEXTS):
        draft.copy = hash(tuple(str(row.get(name)) for name in _CONTENT))
    return draft


def _turns(found: list[object]) -> list[list[str | None]]:
    """Prompts and both sides' answers, one text per turn.

    A row's cells are written alike: they are lists only if all of them are, else each is one text, brackets and all. A prompt
    such as `[1, 2, 3]` or `[your name]` is a list of its own accord.
    """
    lists = [[] if _blank(cell) else _list(cell) for cell in found]
    whole = [items for items in lists if items is not None]
    return whole if len(whole) == len(lists) else [[] if _blank(cell) else [str(cell)] for cell in found]


def _blank(cell: object) -> bool:
    return cell is None or cell != cell or (isinstance(cell, str) and not cell.strip())


def _list(cell: object) -> list[str | None] | None:
    """The cell as a list of texts and nulls, None where it is none."""
    if isinstance(cell, str) and cell.lstrip().startswith("["):
        try:
            cell = parse_literal(cell)
        except Unreadable:
            return None
    if not isinstance(cell, list) or not all(item is None or isinstance(item, str) for item in cell):
        return None
    return cell


def _conversation(prompts: list[str | None], answers: list[str | None]) -> list[dict[str, Any]]:
    """The messages in turn; what one list has more of than the other follows at its end."""
    messages = []
    for place in range(max(len(prompts), len(answers))):
        for role, texts in ((USER, prompts), (ASSISTANT, answers)):
            if place < len(texts):
                messages.append({"role": role, "content": texts[place]})
    return messages


def _label(row: Mapping[str, Any]) -> str | None:
    marked = [outcome.value for name, outcome in _OUTCOMES.items() if cells.flag(row.get(name))]
    if len(marked) > 1:
        raise Unreadable(f"one outcome was expected, not {len(marked)}")
    return marked[0] if marked else None
