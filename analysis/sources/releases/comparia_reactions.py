"""ComparIA's reactions (ministere-culture/comparia-reactions): a thumb up or down for one answer of one of the two models.

A reaction becomes a vote by ComparIA's own rule: a like is a win for the model that gave the answer, a dislike a win for the
model it stood against, and each reaction weighs as much as a vote (betagouv/ComparIA, utils/ranking: README.md, *Inputs*, and
`get_battles_from_reactions` of compute_rankings.py). The older rule of betagouv/ranking_methods (pipeline.py) made one match of
all reactions to a conversation and left out those with more than two; the published one needs no grouping, and no row is lost.
"""

from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells
from analysis.sources.conversations import first_turns
from analysis.sources.literals import Unreadable
from analysis.sources.releases import comparia
from analysis.votes.outcome import Outcome

NAME = "comparia_reactions"
NOTES = (
    "comparia_reactions: a liked answer is a win for its model and a disliked one a win for the other, as ComparIA ranks them; "
    "several reactions to one conversation are several votes of one judge, and no reaction is a tie.",
)
READS = frozenset(
    {
        *("id", "timestamp", "model_a_name", "model_b_name", "refers_to_model", "model_pos", "liked", "disliked", "msg_rank"),
        *("opening_msg", "conversation_a", "conversation_b", "visitor_id", "session_hash", "categories"),
    }
)
_OTHER = {Outcome.MODEL_A.value: Outcome.MODEL_B.value, Outcome.MODEL_B.value: Outcome.MODEL_A.value}
_POSITIONS = {"a": Outcome.MODEL_A.value, "b": Outcome.MODEL_B.value}


def recognises(columns: Collection[str]) -> bool:
    """Whether a row names both models and likes or dislikes an answer of one of them."""
    found = set(columns)
    return {"model_a_name", "model_b_name", "liked", "disliked"} <= found and not {"refers_to_model", "model_pos"}.isdisjoint(
        found
    )


def reshape(row: Mapping[str, Any]) -> dict[str, Any]:
    """The row by the names of a flat table. What was judged is the conversation up to the answer, message `msg_rank` from 0.

    A reaction that was taken back, neither a like nor a dislike, has no outcome.

    Raises:
        Unreadable: the answer is of neither model, or is both liked and disliked.
    """
    texts = comparia.texts(row)
    turns = _turns(row.get("msg_rank"))
    for name in texts.keys() & {"conversation_a", "conversation_b"}:
        texts[name] = first_turns(texts[name], turns)
    return {**comparia.shared(row), "winner": _winner(row), "turn": turns, "tags": row.get("categories"), **texts}


def _winner(row: Mapping[str, Any]) -> str | None:
    liked, disliked = cells.flag(row.get("liked")), cells.flag(row.get("disliked"))
    if liked and disliked:
        raise Unreadable("an answer was liked and disliked at once")
    if not (liked or disliked):
        return None
    side = _side(row)
    return side if liked else _OTHER[side]


def _side(row: Mapping[str, Any]) -> str:
    model = cells.name(row.get("refers_to_model"))
    if model is not None:
        return comparia.side_of(model, row)
    position = cells.name(row.get("model_pos"))
    if position not in _POSITIONS:
        raise Unreadable(f"a side a or b was expected, not {position!r:.40}")
    return _POSITIONS[position]


def _turns(rank: object) -> object:
    """User messages up to the answer; a rank that is no number stays as it is."""
    try:
        place = cells.integer(rank)
    except Unreadable:
        return rank
    return None if place is None else place + 1
