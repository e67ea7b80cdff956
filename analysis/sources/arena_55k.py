"""arena-human-preference-55k, the `train.csv` of Kaggle's LMSYS competition: texts as JSON lists, one-hot outcomes.

Both-bad votes were folded into ties. There is no language, time or judge. Some rows are exact copies of another; the
id is not compared.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.outcome import Outcome
from analysis.sources import cells, fields
from analysis.sources.conversations import from_lists
from analysis.sources.drafts import Draft
from analysis.sources.literals import Unreadable

NAME = "arena_55k"
_OUTCOMES = {"winner_model_a": Outcome.MODEL_A, "winner_model_b": Outcome.MODEL_B, "winner_tie": Outcome.TIE}
_CONTENT = ("model_a", "model_b", "prompt", "response_a", "response_b", *_OUTCOMES)
READS = frozenset({"id", *_CONTENT})
NOTES = ("arena_55k: the release counts both-bad votes as ties, and says nothing of languages, times or judges.",)


def recognises(columns: Collection[str]) -> bool:
    """Whether a row has one-hot outcomes and both models."""
    return {"model_a", "model_b", *_OUTCOMES} <= set(columns)


def normalise(row: Mapping[str, Any]) -> Draft:
    """The row as a draft of a vote."""
    texts = from_lists(row.get("prompt"), row.get("response_a") or [], row.get("response_b") or [])
    vote = {
        "vote_id": cells.name(row.get("id")),
        **fields.models(row),
        "turns": len(texts.prompts or ()),
    }
    return Draft(vote, _label(row), texts, copy=hash(tuple(str(row.get(name)) for name in _CONTENT)))


def _label(row: Mapping[str, Any]) -> str | None:
    marked = [outcome.value for name, outcome in _OUTCOMES.items() if cells.integer(row.get(name))]
    if len(marked) > 1:
        raise Unreadable(f"one outcome was expected, not {len(marked)}")
    return marked[0] if marked else None
