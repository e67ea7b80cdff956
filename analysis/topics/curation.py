"""Curation: topics renamed, merged, split and ignored as a small file says, again on every fit.

    [[rename]]
    topic = 3                             # its number, its label, or a text that only its label or words have
    to = "Recipes"

    [[merge]]
    topics = [5, "soup, pot", {prompt = "How long does rice cook?"}]
    to = "Cooking"

    [[split]]
    prompt = "Write a haiku"              # the topic of this prompt
    subtopics = ["haiku, verse"]          # what leaves it
    to = "Poems"

    [[ignore]]
    topic = "test, hello"

All of it is about the topics as they were found, before any of it is done: splits come first, then merges, and what is left of a
topic is what a name or `ignore` means. A topic that is named by its number or words is remembered by its typical prompts, so that
a refit beside this edition (`earlier`) finds it again whatever its number and words are then: where more than half of them are
clearly in one topic. An operation on a topic that is not there any more does nothing, and that is said. Beside an earlier edition
a number is one of its topics; in an operation that its curation had too, it stays the topic that it was there, and a number that
could be either of two topics is refused.
"""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from analysis.errors import UsageError, first_line
from analysis.results.prose import joined, one_line, shortened
from analysis.votes.stored_topics import IGNORED_LABEL, UNCLEAR_LABEL

#: Bytes of a file, characters of a name, and of what an error shows of a text.
_LARGEST, _LONGEST, _SHOWN = 1_000_000, 80, 60

#: What each operation names, and whether it gives a name.
_KEYS: Mapping[str, tuple[str, ...]] = {
    "rename": ("topic", "to"),
    "merge": ("topics", "to"),
    "split": ("topic", "subtopics", "to"),
    "ignore": ("topic",),
}


@dataclass(frozen=True)
class Prompt:
    """A topic named by a prompt that is in it."""

    text: str

    def __str__(self) -> str:
        return f"the topic of “{shortened(one_line(self.text), _SHOWN)}”"


#: How a topic is named: its number, its label or words, or a prompt.
Name: TypeAlias = "int | str | Prompt"


@dataclass(frozen=True)
class Operation:
    """One entry of a curation: what is done with which topics; `parts` are subtopics, and `to` the new name."""

    kind: str
    topics: tuple[Name, ...]
    parts: tuple[Name, ...] = ()
    to: str = ""

    def __str__(self) -> str:
        """As plain text, for the provenance."""
        return self.told([written(name) for name in self.topics], [written(name) for name in self.parts])

    def told(self, topics: Sequence[str], parts: Sequence[str]) -> str:
        """As plain text, with its topics and subtopics so written."""
        part = f" into {joined(parts)}" if parts else ""
        return f"{self.kind} {joined(topics)}{part}{f' → “{self.to}”' if self.to else ''}"


@dataclass(frozen=True)
class Curation:
    """The operations of a file in their order, and the SHA-256 of the file."""

    operations: tuple[Operation, ...]
    source: str
    sha256: str


def read_curation(path: str | Path) -> Curation:
    """The operations that a file lists.

    Raises:
        UsageError: there is no such file, it is no TOML, or it lists something else.
    """
    name = shortened(str(path), 300)
    try:
        with Path(path).open("rb") as file:
            content = file.read(_LARGEST + 1)
        if len(content) > _LARGEST:
            raise UsageError(f"{name}: a curation has {_LARGEST:,} bytes at most.")
        document = tomllib.loads(content.decode("utf-8"))
    except OSError as error:
        raise UsageError(f"{name}: the curation cannot be read ({error.strerror or first_line(error)}).") from None
    except (ValueError, RecursionError) as error:  # errors of TOML and UTF-8, and of a name that is none
        raise UsageError(f"{name}: this is no TOML ({first_line(error)}).") from None
    operations: list[Operation] = []
    for kind, entries in document.items():
        if kind not in _KEYS:
            raise UsageError(f"{name}: there is no operation {shortened(kind, _SHOWN)!r}; there are {joined(_KEYS)}.")
        if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
            raise UsageError(f"{name}: write [[{kind}]], with two brackets on each side, over each operation.")
        operations += [_operation(f"{name}: [[{kind}]] {place}", kind, entry) for place, entry in enumerate(entries, 1)]
    return Curation(tuple(operations), name, hashlib.sha256(content).hexdigest())


def _operation(where: str, kind: str, entry: Mapping[str, Any]) -> Operation:
    """One operation; `where` says in an error which."""
    wanted = _KEYS[kind]
    given = {"topic" if key == "prompt" and "topic" in wanted else key for key in entry}
    said = f"it has {joined(wanted)}{', or prompt in place of topic' if 'topic' in wanted else ''}"
    for key in given - set(wanted):
        raise UsageError(f"{where}: there is no {shortened(key, _SHOWN)!r}; {said}.")
    for key in wanted:
        if key not in given:
            raise UsageError(f"{where}: {key} is missing; {said}.")
    if "topic" in wanted and "topic" in entry and "prompt" in entry:
        raise UsageError(f"{where}: it has topic and prompt; give one of them.")
    one = {"prompt": entry["prompt"]} if "prompt" in entry else entry.get("topic")
    topics = _names(where, "topics", entry["topics"], 2) if kind == "merge" else (_name(where, one),)
    parts = _names(where, "subtopics", entry["subtopics"], 1) if kind == "split" else ()
    return Operation(kind, topics, parts, _label(where, entry["to"]) if "to" in wanted else "")


def _names(where: str, key: str, value: object, least: int) -> tuple[Name, ...]:
    if not isinstance(value, list) or len(value) < least:
        raise UsageError(f"{where}: {key} is a list of {least} or more, such as [3, 5].")
    return tuple(_name(where, one) for one in value)


def _name(where: str, value: object) -> Name:
    if isinstance(value, dict) and list(value) == ["prompt"] and isinstance(value["prompt"], str) and value["prompt"].strip():
        return Prompt(value["prompt"])
    if (isinstance(value, int) and not isinstance(value, bool)) or (isinstance(value, str) and value.strip()):
        return value
    shown = shortened(one_line(str(value)), _SHOWN)
    raise UsageError(f"{where}: {shown!r} names no topic; give its number, its label or words, or a prompt in it.")


def _label(where: str, value: object) -> str:
    label = one_line(value) if isinstance(value, str) else ""
    if not 0 < len(label) <= _LONGEST:
        raise UsageError(f"{where}: to is the new name, a text of 1 to {_LONGEST} characters.")
    if label.casefold() in (UNCLEAR_LABEL, IGNORED_LABEL):
        raise UsageError(f"{where}: “{label}” is what votes without a topic are called; give another name.")
    return label


def written(name: Name) -> str:
    """How a topic is named, as plain text."""
    return f"“{shortened(one_line(name), _SHOWN)}”" if isinstance(name, str) else str(name)


def key_of(operation: Operation, name: Name, part: Name | None = None) -> str:
    """What a topic, or one of its subtopics, is remembered under.

    Words are the same in every operation. A number is remembered with its operation: the same operation beside the next edition
    means the same topic, but in another one the number is that edition's own.
    """
    text = written(name) if part is None else f"{written(name)}: {written(part)}"
    return f"{text} in {operation}" if isinstance(name, int) or isinstance(part, int) else text


def same_number(key: str, number: int) -> bool:
    """Whether a topic was remembered under that number, in whatever operation."""
    return key.startswith(f"{number} in ")
