"""The texts of a conversation: user messages and answers, out of every form in which people hold them.

A message says who speaks under `role` (`from` in ShareGPT's) and what under `content` (`value` in ShareGPT's, `text` in
OpenAssistant's), or is a pair `[role, text]`. Roles have many names; one that is not known is an error that names it, because
a message of an unknown speaker is neither a prompt nor an answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.sources.cells import integer, listed, whole_text
from analysis.sources.literals import Unreadable

USER, ASSISTANT = "user", "assistant"

#: Who speaks, by the names that roles have; None for messages that are neither a prompt nor an answer.
ROLES: Mapping[str, str | None] = {
    **dict.fromkeys((USER, "human", "prompter"), USER),
    **dict.fromkeys((ASSISTANT, "ai", "gpt", "chatgpt", "model", "bot"), ASSISTANT),
    **dict.fromkeys(("system", "developer", "tool", "function"), None),
}


@dataclass(frozen=True, slots=True)
class Texts:
    """All user messages of a judged conversation and the answers of both sides, in order; None where not released.

    `whole` is False when the release holds only the first message and the first answers.
    """

    prompts: list[str] | None = None
    answers_a: list[str] | None = None
    answers_b: list[str] | None = None
    whole: bool = True

    @property
    def empty(self) -> bool:
        """Whether nobody asked anything, or neither side answered."""
        if self.prompts is not None and not _any_text(self.prompts):
            return True
        sides = [side for side in (self.answers_a, self.answers_b) if side is not None]
        return bool(sides) and not any(_any_text(side) for side in sides)

    @property
    def all(self) -> list[str]:
        """Every message there is."""
        return [*(self.prompts or ()), *(self.answers_a or ()), *(self.answers_b or ())]


def from_messages(conversation_a: object, conversation_b: object) -> Texts:
    """Texts from two lists of messages, as nested values or as text that stands for them.

    The user messages are those of side a; side b speaks for them where a is missing.

    Raises:
        Unreadable: a message is none, or its role is not known.
    """
    side_a, side_b = listed(conversation_a), listed(conversation_b)
    prompts = _contents(side_a if side_a else side_b, USER)
    return Texts(prompts, _contents(side_a, ASSISTANT), _contents(side_b, ASSISTANT))


def from_lists(prompts: object, answers_a: object, answers_b: object) -> Texts:
    """Texts from three lists with one text per turn; a null in a list is an empty message.

    Without a list of prompts nobody asked anything; without a list of answers they were not released.
    """
    return Texts(_texts(prompts) or [], _texts(answers_a), _texts(answers_b))


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


def _contents(messages: list[Any] | None, speaker: str) -> list[str]:
    read = [_read(message) for message in messages or ()]
    return [_content(content) for who, content in read if who == speaker]


def _read(message: object) -> tuple[str | None, object]:
    """Who speaks (None for neither of the two) and the content, as it is."""
    if isinstance(message, Mapping):
        role = message.get("role")
        if role is None:
            role = message.get("from")
        content = message.get("content")
        if content is None:
            content = message.get("value", message.get("text"))
        if role is not None:
            return _speaker(role), content
    elif isinstance(message, list) and len(message) == 2:
        return _speaker(message[0]), message[1]
    raise Unreadable("a message was expected, with a role and a content")


def _speaker(role: object) -> str | None:
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


def _any_text(messages: list[str]) -> bool:
    return any(message.strip() for message in messages)
