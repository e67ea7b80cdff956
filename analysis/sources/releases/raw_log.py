"""The log of an arena's server (FastChat's `YYYY-MM-DD-conv.json`): one event a line, votes among chats, flags and shares.

What is a vote, and what each event says, follows FastChat's own cleaning (lm-sys/FastChat, `clean_battle_data.py`):
a vote is anonymous when the page showed no names, and the names then stand in the states; names that were shown and are not
those of the states, or shown for one side only, make no vote of it. What that script does to the arena's own log alone is not
done here: old names are kept (`gpt-4`, `bard`), and conversations that name a model stay unless identity words are dropped.
"""

import hashlib
import re
from collections.abc import Collection, Mapping
from typing import Any

from analysis.sources import cells
from analysis.sources.conversations import ASSISTANT, USER
from analysis.sources.literals import Unreadable
from analysis.votes.outcome import Outcome

NAME = "raw_log"
NOTES = (
    "raw_log: the judge is a hash of the address a vote came from. It keeps addresses out of sight and is no protection: "
    "who tries all addresses finds them again.",
)
READS = frozenset({"tstamp", "type", "models", "states", "ip"})

_VOTES = {
    "leftvote": Outcome.MODEL_A,
    "rightvote": Outcome.MODEL_B,
    "tievote": Outcome.TIE,
    "bothbad_vote": Outcome.BOTH_BAD,
}
#: How the page heads a model's name once it is shown: `<h3>Model A: NAME</h3>`, later `### Model A: NAME`.
_HEADING = re.compile(r"(?:<h3>|###)\s*Model [AB]: (.*?)(?:</h3>)?\s*", re.DOTALL)
_UNNAMED = frozenset({"", "Model A", "Model B"})


def recognises(columns: Collection[str]) -> bool:
    """Whether a line is an event of a server: of one model with its state, or of two with theirs."""
    found = set(columns)
    return {"tstamp", "type"} <= found and ({"models", "states"} <= found or {"model", "state"} <= found)


def reshape(row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The event by the names of a flat table, or None where it is no vote.

    Raises:
        Unreadable: a vote that does not say which two models it is about, or whose states hold no conversation.
    """
    outcome = _VOTES.get(str(row.get("type")))
    if outcome is None:
        return None
    states = [_state(state) for state in _two(row.get("states"), "states")]
    names, anonymous = _names(_two(row.get("models"), "models"), states)
    return {
        "vote_id": states[0].get("conv_id"),
        "model_a": names[0],
        "model_b": names[1],
        "winner": outcome.value,
        "anonymous": anonymous,
        "tstamp": row.get("tstamp"),
        "judge": _judge(row.get("ip")),
        "conversation_a": _conversation(states[0]),
        "conversation_b": _conversation(states[1]),
    }


def _two(cell: object, column: str) -> list[Any]:
    items = cells.listed(cell)
    if items is None or len(items) != 2:
        raise Unreadable(f"a vote is about two {column}")
    return items


def _state(cell: object) -> Mapping[str, Any]:
    state = cells.mapping(cell)
    if not state:
        raise Unreadable("a vote without the state of a conversation")
    return state


def _names(models: list[Any], states: list[Mapping[str, Any]]) -> tuple[list[str | None], bool]:
    """Both models, and whether they were hidden until the vote."""
    shown = [_shown(model) for model in models]
    hidden = [cells.name(state.get("model_name")) for state in states]
    if None in hidden:
        hidden = list(shown)
    unnamed = [name in _UNNAMED for name in shown]
    if all(unnamed):
        return hidden, True
    if any(unnamed):
        raise Unreadable("the name of one model was shown and that of the other was not")
    if None not in shown and shown != hidden:
        raise Unreadable("the names that were shown are not those of the conversations")
    return shown, False


def _shown(model: object) -> str | None:
    """The name on the page; empty where none was shown, None where the log holds none."""
    if model is None:
        return None
    if not isinstance(model, str):
        raise Unreadable(f"the name of a model was expected, not {type(model).__name__}")
    heading = _HEADING.fullmatch(model)
    return (heading[1] if heading else model).strip()


def _judge(address: object) -> str | None:
    """A pseudonym of 48 bits, the same in every log."""
    known = cells.name(address)
    return None if known is None else "ip-" + hashlib.blake2b(known.encode("utf-8", "replace"), digest_size=6).hexdigest()


def _conversation(state: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The messages after the template's own, which end at `offset`. Templates name roles as they like; they take turns."""
    messages = cells.listed(state.get("messages")) or []
    offset = cells.integer(state.get("offset")) or 0
    if not 0 <= offset < len(messages):
        raise Unreadable("the conversation of a vote has no message")
    roles = (USER, ASSISTANT)
    return [{"role": roles[place % 2], "content": _text(message)} for place, message in enumerate(messages[offset:])]


def _text(message: object) -> str | None:
    """The text of a `[role, text]`; with pictures it is `[role, [text, pictures]]`, and null while an answer is awaited."""
    content = message[1] if isinstance(message, list) and len(message) >= 2 else message
    if isinstance(content, list) and content:
        content = content[0]
    if content is not None and not isinstance(content, str):
        raise Unreadable(f"the text of a message was expected, not {type(content).__name__}")
    return content
