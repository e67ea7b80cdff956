"""The texts of a conversation: user messages and answers, out of every form in which people hold them.

A message says who speaks under `role` (`from` in ShareGPT's) and what under `content` (`value` in ShareGPT's, `text` in
OpenAssistant's), or is a pair `[role, text]`. Roles have many names; one that is not known is an error that names it, because
a message of an unknown speaker is neither a prompt nor an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.sources.cells import integer, listed, text, whole_text
from analysis.sources.literals import Unreadable

USER, ASSISTANT = "user", "assistant"

#: Who speaks, by the names that roles have; None for messages that are neither a prompt nor an answer.
ROLES: Mapping[str, str | None] = {
    **dict.fromkeys((USER, "human", "prompter"), USER),
    **dict.fromkeys((ASSISTANT, "ai", "gpt", "chatgpt", "model", "bot"), ASSISTANT),
    **dict.fromkeys(("system", "developer", "tool", "function"), None),
}

#: Where a message says what is said, in order of preference.
CONTENTS = ("content", "value", "text")


@dataclass(frozen=True, slots=True)
class Conversation:
    """All user messages of a judged conversation and the answers of both sides, in order; None where not released."""

    asked: list[str] | None = None
    answers_a: list[str] | None = None
    answers_b: list[str] | None = None


def from_messages(conversation_a: object, conversation_b: object) -> Conversation:
    """The texts of two lists of messages, as nested values or as text that stands for them.

    The user messages are those of side a; side b speaks for them where a has none.

    Raises:
        Unreadable: a message is none, or its role is not known.
    """
    side_a, side_b = listed(conversation_a), listed(conversation_b)
    asked = _contents(side_a, USER)
    other = _contents(side_b, USER)
    return Conversation(asked or (other if other else asked if asked is not None else other), *_answers(side_a, side_b))


def _answers(*sides: list[Any] | None) -> list[list[str] | None]:
    return [_contents(side, ASSISTANT) for side in sides]


def from_lists(prompts: object, answers_a: object, answers_b: object) -> Conversation:
    """The texts of three lists with one text per turn; a null in a list is an empty message.

    Raises:
        Unreadable: a cell is no list of texts.
    """
    return Conversation(*(_texts(cell) for cell in (prompts, answers_a, answers_b)))


def from_lists_or_texts(prompts: object, answers_a: object, answers_b: object) -> Conversation:
    """The texts of three cells that are lists if all of them are, else each one text, brackets and all: one turn.

    A prompt such as `[1, 2, 3]` or `[your name]` is a list of its own accord. A spelling of a missing value is no list only
    beside lists: three of them are texts.
    """
    given = (prompts, answers_a, answers_b)
    try:
        lists = from_lists(*given)
        if lists != Conversation():
            return lists
    except Unreadable:
        pass
    return Conversation(*(None if said is None else [said] for said in map(text, given)))


def first_turns(conversation: object, turns: object) -> object:
    """The messages up to the answers to the first so many user messages.

    A conversation that cannot be read, or a number of turns that is none, leaves the conversation as it is: what it lacks
    is said where its texts are taken.
    """
    try:
        messages, most = listed(conversation), integer(turns)
        if messages is None or most is None:
            return conversation
        kept, asked = [], 0
        for message in messages:
            asked += _read(message)[0] == USER
            if asked > most:
                break
            kept.append(message)
    except Unreadable:
        return conversation
    return kept


def _contents(messages: list[Any] | None, role: str) -> list[str] | None:
    if messages is None:
        return None
    read = [_read(message) for message in messages]
    return [_content(content) for who, content in read if who == role]


def _read(message: object) -> tuple[str | None, object]:
    """Who speaks (None for neither of the two) and the content, as it is."""
    if isinstance(message, Mapping):
        role = message.get("role")
        if role is None:
            role = message.get("from")
        content = next((message[key] for key in CONTENTS if message.get(key) is not None), None)
        if role is not None:
            return speaker(role), content
    elif isinstance(message, list) and len(message) == 2:
        return speaker(message[0]), message[1]
    raise Unreadable("a message was expected, with a role and a content")


def speaker(role: object) -> str | None:
    """`user` or `assistant`, or None for messages that are neither a prompt nor an answer.

    Raises:
        Unreadable: a role that is not known.
    """
    if role in (USER, ASSISTANT):  # what nearly all messages of the releases say
        return str(role)
    name = role.strip().lower() if isinstance(role, str) else None
    if name is None or name not in ROLES:
        raise Unreadable(f"the role {role!r:.40} is neither a user's nor an assistant's")
    return ROLES[name]


def _content(content: object) -> str:
    """The text of one message; the content is text or a list of parts, of which those with a text count."""
    if content is None:
        return ""
    if isinstance(content, str):
        return whole_text(content)
    if not isinstance(content, list):
        raise Unreadable(f"the content of a message was expected, not {type(content).__name__}")
    return "\n".join(_part(part) for part in content if part is not None)


def _part(part: object) -> str:
    found = part.get("text") if isinstance(part, Mapping) else part
    if found is not None and not isinstance(found, str):
        raise Unreadable(f"a text was expected in a message, not {type(found).__name__}")
    return whole_text(found or "")


def _texts(cell: object) -> list[str] | None:
    items = listed(cell)
    if items is None:
        return None
    if not all(item is None or isinstance(item, str) for item in items):
        raise Unreadable("a list of texts was expected")
    return [whole_text(item or "") for item in items]
