"""The texts of a conversation: user messages and answers, out of every form in which the releases hold them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from analysis.sources.cells import listed, whole_text
from analysis.sources.literals import Unreadable


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
    """Texts from two message lists, `[{role, content}, ...]`, as nested values, JSON or reprs.

    The user messages are those of side a; side b speaks for them where a is missing.
    """
    side_a, side_b = listed(conversation_a), listed(conversation_b)
    prompts = _contents(side_a if side_a else side_b, "user")
    return Texts(prompts, _contents(side_a, "assistant"), _contents(side_b, "assistant"))


def from_lists(prompts: object, answers_a: object, answers_b: object) -> Texts:
    """Texts from three lists with one text per turn; a null in a list is an empty message.

    Without a list of prompts nobody asked anything; without a list of answers they were not released.
    """
    return Texts(_texts(prompts) or [], _texts(answers_a), _texts(answers_b))


def _contents(messages: list[Any] | None, role: str) -> list[str]:
    contents = []
    for message in messages or ():
        if not isinstance(message, Mapping) or "role" not in message:
            raise Unreadable("a message was expected, with a role and a content")
        if message["role"] == role:
            contents.append(_content(message.get("content")))
    return contents


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
