"""What a curation makes of the topics that were found: which subtopics are a topic, what it is called, and what is ignored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, TypeAlias

import numpy as np

from analysis.categories.topic_categories import listed_topics
from analysis.embeddings.choose import forgetful
from analysis.embeddings.languages import language_like
from analysis.errors import InputError, UsageError
from analysis.results.prose import counted, joined, quoted
from analysis.topics.assignment import Nearest
from analysis.topics.clusters import nearest_first
from analysis.topics.corpus import READ
from analysis.topics.curation import Curation, Name, Operation, Prompt, key_of, same_number, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.embeddings.embedding import Embedding

    Floats = NDArray[np.float32]
    Integers = NDArray[np.int64]


#: Prompts that a topic is remembered by, and labels that an error lists.
_TYPICAL, _LISTED = 15, 12

#: Gives prompts of an earlier edition's topics by how a curation names them.
Memory: TypeAlias = "Callable[[Curation], Mapping[str, Sequence[str]]]"

#: In place of a topic that an earlier edition had and this one has not.
GONE = -1


@dataclass(frozen=True)
class Known:
    """The topics that a curation is about, as they were found: k topics of s subtopics.

    Attributes:
        labels, words: of each topic.
        part: shape (s,), the topic of each subtopic.
        size: shape (s,), prompts of each subtopic.
        narrow: the label of each subtopic.
        find: the topic and the subtopic that a prompt is nearest to; an error where it says nothing.
        clear: those that it is in; −1 for both where it has no clear topic, and an error where it says nothing.
        typical: the most typical prompts of a topic, or of one of its subtopics; −1 for none of them.
        memory: prompts of topics of the earlier edition and of its curation, by `analysis.topics.memory.key_of`.
        beside: whether there is an earlier edition: a number is then one of its topics, and of no other.
    """

    labels: Sequence[str]
    words: Sequence[Sequence[str]]
    part: Integers
    size: Integers
    narrow: Sequence[str]
    find: Callable[[str], tuple[int, int]]
    clear: Callable[[str], tuple[int, int]]
    typical: Callable[[int, int], Sequence[str]]
    memory: Mapping[str, Sequence[str]] = field(default_factory=dict)
    beside: bool = False


@dataclass(frozen=True)
class Curated:
    """What a curation makes of them.

    Attributes:
        order: shape (s,), the subtopics so that those of one topic come together: the largest topic first, the ignored last.
        part: shape (s,), the topic of each in this order, ascending from 0.
        labels, narrow: of each topic as it was given or found, and of each subtopic in this order.
        names: of the topics that were given one.
        ignored: labels of the last topics, which are ignored.
        memory: typical prompts of each topic and subtopic by how it was named, unless that was by a prompt.
        done: each operation as text, with the labels of topics that were found again and what is not there any more.
    """

    order: Integers
    part: Integers
    labels: tuple[str, ...]
    narrow: tuple[str, ...]
    names: Mapping[int, str]
    ignored: tuple[str, ...]
    memory: Mapping[str, Sequence[str]]
    done: tuple[str, ...]

    def rule(self, found: Nearest) -> Nearest:
        """The rule of the topics that were found, with these ones.

        The least margin that makes a topic clear stays, but margins are those of other topics: prompts between two parts of a
        split topic lose theirs, and prompts between two merged ones get theirs (`shifted`).
        """
        return replace(found, centres=found.centres[self.order], part=self.part, aside=len(self.ignored))


@dataclass(frozen=True)
class Fitted:
    """The prompts that topics were found in: n texts with their languages and unit vectors, shape (n, d), and what assigns."""

    texts: tuple[str, ...]
    languages: tuple[str, ...]
    vectors: Floats
    embedding: Embedding
    rule: Nearest

    def find(self, text: str) -> tuple[int, int]:
        """The topic and the subtopic that a prompt is nearest to.

        Raises:
            UsageError: it says nothing to the embedding.
        """
        subtopic = int((self.rule.centres @ self._vector(text)).argmax())
        return int(self.rule.part[subtopic]), subtopic

    def clear(self, text: str) -> tuple[int, int]:
        """The topic and the subtopic that a prompt is in, −1 where it is in none.

        Raises:
            UsageError: it says nothing to the embedding.
        """
        found = self.rule.assign(self._vector(text)[None])
        return int(found.topic[0]), int(found.subtopic[0])

    def _vector(self, text: str) -> Floats:
        """That of the fitted prompt, else a new one: vectors that were given are of the votes' prompts only."""
        if text in self.texts:
            return self._known(self.vectors[self.texts.index(text)])
        language = language_like(text, self.texts, self.languages)
        try:
            (vector,) = forgetful(self.embedding).embed([text[:READ]], [language])
        except InputError as error:
            raise UsageError(str(error)) from None
        return self._known(vector)

    @staticmethod
    def _known(vector: Floats) -> Floats:
        if not np.linalg.norm(vector) > 0:
            raise UsageError("none of its words is known to the embedding.")
        return vector

    def typical(self, topic: int, subtopic: int) -> list[str]:
        """The prompts nearest to the middle of a topic, or of a subtopic (−1 for none)."""
        found = self.rule.assign(self.vectors)
        inside = np.flatnonzero(found.topic == topic if subtopic < 0 else found.subtopic == subtopic)
        return typical(self.texts, self.vectors, inside)


def typical(texts: Sequence[str], vectors: Floats, inside: Integers) -> list[str]:
    """The prompts nearest to the middle of some of them, the nearest first.

    Args:
        texts, vectors: n prompts and their vectors, shape (n, d).
        inside: places of the prompts that are asked about.
    """
    return [texts[place] for place in nearest_first(vectors, inside)[:_TYPICAL]]


def known_topics(
    fitted: Fitted,
    words: Sequence[Sequence[str]],
    labels: Sequence[str],
    curation: Curation,
    memory: Memory | None,
    narrow: Sequence[str] = (),
) -> Known:
    """The topics that were found, as a curation names them; `narrow` are labels of subtopics, of which each topic has one where
    none are given."""
    subtopic = fitted.rule.assign(fitted.vectors).subtopic
    return Known(
        labels=labels,
        words=words,
        part=fitted.rule.part,
        size=np.bincount(subtopic[subtopic >= 0], minlength=len(fitted.rule.part)),
        narrow=narrow or labels,
        find=fitted.find,
        clear=fitted.clear,
        typical=fitted.typical,
        memory={} if memory is None else memory(curation),
        beside=memory is not None,
    )


def with_names(labels: Sequence[str], names: Mapping[int, str]) -> tuple[str, ...]:
    """The labels with the names that were given; another topic of such a label has its number behind it."""
    given = set(names.values())
    return tuple(names.get(topic) or (f"{label} ({topic})" if label in given else label) for topic, label in enumerate(labels))


def shifted(curation: Curation, made: Curated, found: Nearest, vectors: Floats) -> tuple[int, int]:
    """How many fitted prompts have no clear topic any more by a curation, and how many have one only by it.

    Args:
        found: the rule of the topics that were found.
        vectors: of the fitted prompts, shape (n, d).

    Raises:
        UsageError: a topic or a subtopic would have no clear prompt.
    """
    rule = made.rule(found)
    before, after = found.assign(vectors), replace(rule, aside=0).assign(vectors)
    for what, labels, numbers in (("", made.labels, after.topic), ("the subtopic ", made.narrow, after.subtopic)):
        empty = np.setdiff1d(np.arange(len(labels)), numbers)
        if len(empty):
            raise UsageError(
                f"{curation.source}: this would leave no clear prompt in {what}“{labels[empty[0]]}”: all are nearly as near to "
                "another topic."
            )
    lost, got = (before.topic >= 0) & (after.topic < 0), (before.topic < 0) & (after.topic >= 0)
    return int(lost.sum()), int(got.sum())


def facts_of(curation: Curation, made: Curated, shift: tuple[int, int]) -> dict[str, object]:
    """What the settings of a result say of its curation: the operations, the file's hash, the topics with a given name, the
    labels of those that are ignored, how many fitted prompts lost and got a clear topic by it (`shifted`), and what is
    remembered of those that were named (`curation_memory`)."""
    return {
        "curation": "; ".join(made.done),
        "curation_sha256": curation.sha256,
        "labels_given": sorted(topic for topic in made.names if topic <= made.part.max() - len(made.ignored)),
        "ignored": list(made.ignored),
        "curation_lost": shift[0],
        "curation_got": shift[1],
        "curation_memory": {name: list(texts) for name, texts in made.memory.items()},
    }


def note_of(facts: Mapping[str, object], votes: int) -> str:
    """What a curation did, as a sentence, from its facts and the votes of the topics that it ignores; empty without one."""
    if not facts:
        return ""
    text = f"The topics are curated: {facts['curation'] or 'nothing was asked for'}."
    lost, got = (int(str(facts[name])) for name in ("curation_lost", "curation_got"))
    if lost or got:
        text += f" By that {counted(lost, 'fitted prompt')} {'has' if lost == 1 else 'have'} no clear topic any more"
        text += f", and {got:,} that had none {'has' if got == 1 else 'have'} one." if got else "."
    if facts["ignored"]:
        text += f" {counted(votes, 'vote')} in topics that it ignores {'is' if votes == 1 else 'are'} in no other."
    return text


def curate(curation: Curation, known: Known) -> Curated:
    """Apply a curation to the topics that were found.

    Raises:
        UsageError: an operation names no topic or several, or two contradict each other.
    """
    named = _Named(curation.source, known)
    found = [(operation, *named.found(operation)) for operation in curation.operations]
    done = [(operation, topics, parts) for operation, topics, parts in found if GONE not in (*topics, *parts)]
    group, names = _Groups(curation.source, known.part, len(known.labels)), dict[int, Operation]()
    for operation, topics, parts in _of(done, "split"):
        names[group.split(operation, topics[0], parts)] = operation
    for operation, topics, _ in _of(done, "merge"):
        names[group.merge(operation, topics)] = operation
    for operation, topics, _ in _of(done, "rename"):
        whole = group.of(topics[0])
        if whole in names:
            raise UsageError(f"{curation.source}: {names[whole]} and {operation} give one topic two names.")
        names[whole] = operation
    aside = {group.of(topics[0]) for _, topics, _ in _of(done, "ignore")}
    labels = {topic: operation.to for topic, operation in names.items()}
    twice = [label for label, count in Counter(labels.values()).items() if count > 1]
    if twice:
        raise UsageError(f"{curation.source}: two topics are called “{twice[0]}”.")
    made = _numbered(curation, known, group.part, labels, aside)
    return replace(made, memory=named.memory, done=tuple(named.told(*one) for one in found))


#: An operation with its topics and its subtopics.
_Done: TypeAlias = "tuple[Operation, Sequence[int], Sequence[int]]"


def _of(done: Sequence[_Done], kind: str) -> list[_Done]:
    return [one for one in done if one[0].kind == kind]


def _numbered(
    curation: Curation,
    known: Known,
    part: Integers,
    names: Mapping[int, str],
    aside: set[int],
) -> Curated:
    """The topics by size, the ignored ones last."""
    size = np.bincount(part, known.size)
    ordered = sorted(set(part.tolist()), key=lambda topic: (topic in aside, -size[topic], topic))
    if aside >= set(ordered):
        raise UsageError(f"{curation.source}: every topic is ignored.")
    place = {topic: number for number, topic in enumerate(ordered)}
    now = np.array([place[topic] for topic in part.tolist()], dtype=np.int64)
    order = np.lexsort((np.arange(len(now)), -known.size, now))
    return Curated(
        order=order,
        part=now[order],
        labels=tuple(names.get(topic) or known.labels[topic] for topic in ordered),
        narrow=tuple(known.narrow[part] for part in order.tolist()),
        names={place[topic]: name for topic, name in names.items()},
        ignored=tuple(names.get(topic) or known.labels[topic] for topic in ordered if topic in aside),
        memory={},
        done=(),
    )


class _Groups:
    """Which topic each subtopic is in, while topics are split and merged."""

    def __init__(self, source: str, part: Integers, topics: int) -> None:
        self.source, self.part, self.topics = source, np.array(part, dtype=np.int64), topics
        self.whole: dict[int, int] = {}

    def of(self, topic: int) -> int:
        """The topic that this one is in now."""
        return self.whole.get(topic, topic)

    def split(self, operation: Operation, topic: int, parts: Sequence[int]) -> int:
        """The new topic that the subtopics make."""
        if any(self.part[part] != topic for part in parts):
            raise UsageError(f"{self.source}: {operation} takes a subtopic that another operation takes.")
        if set(np.flatnonzero(self.part == topic)) <= set(parts):
            raise UsageError(f"{self.source}: {operation} would leave nothing of the topic; rename it.")
        self.part[list(parts)] = self.topics
        self.topics += 1
        return self.topics - 1

    def merge(self, operation: Operation, topics: Sequence[int]) -> int:
        """The topic that they are in from now on: the first of them."""
        different = list(dict.fromkeys(topics))
        if len(different) < 2:
            raise UsageError(f"{self.source}: {operation} names one topic only.")
        if any(topic in self.whole for topic in different):
            raise UsageError(f"{self.source}: {operation} joins a topic that another operation joins.")
        self.whole |= dict.fromkeys(different, different[0])
        self.part[np.isin(self.part, different)] = different[0]
        return different[0]


class _Named:
    """Finds topics and subtopics by their names, and remembers what was found."""

    def __init__(self, source: str, known: Known) -> None:
        self.source, self.known = source, known
        self.memory: dict[str, Sequence[str]] = {}

    def found(self, operation: Operation) -> tuple[list[int], list[int]]:
        """The topics and the subtopics that an operation names; `GONE` for one that is not there any more."""
        topics = [self._topic(operation, name) for name in operation.topics]
        if GONE in topics or not operation.parts:
            return topics, []
        if np.count_nonzero(self.known.part == topics[0]) == 1:
            raise UsageError(
                f"{self.source}: {operation} cannot be done: “{self.known.labels[topics[0]]}” has no subtopics, as no topic has "
                "with --fine or without refits; rename it instead."
            )
        parts = [self._subtopic(operation, topics[0], name) for name in operation.parts]
        return topics, parts

    def told(self, operation: Operation, topics: Sequence[int], parts: Sequence[int]) -> str:
        """What was done, as plain text."""
        lost = [f"topic {written(name)}" for name, topic in zip(operation.topics, topics, strict=True) if topic == GONE]
        lost += [f"subtopic {written(name)}" for name, part in zip(operation.parts, parts, strict=False) if part == GONE]
        if lost:
            return f"{operation}: not done, as {joined(lost)} {'is' if len(lost) == 1 else 'are'} not there any more"
        (whole, labels), narrow = (operation.topics[0], self.known.labels), self.known.narrow
        return operation.told(
            [self._now(key_of(operation, name), name, labels[at]) for name, at in zip(operation.topics, topics, strict=True)],
            [
                self._now(key_of(operation, whole, name), name, narrow[at])
                for name, at in zip(operation.parts, parts, strict=True)
            ],
        )

    def _now(self, key: str, name: Name, label: str) -> str:
        again = key in self.known.memory and label != name
        return f"{written(name)} (now “{label}”)" if again else written(name)

    def _topic(self, operation: Operation, name: Name) -> int:
        """The topic of that name."""
        if isinstance(name, Prompt):
            return self._at(name.text)[0]
        key, labels = key_of(operation, name), dict(enumerate(self.known.labels))
        lines = {topic: ", ".join([label, *self.known.words[topic]]) for topic, label in labels.items()}
        topic = self._again(key, 0)
        if topic is None:
            topic = self._one(name, labels, lines, f"topic {written(name)}", key in self.known.memory)
        elif isinstance(name, int):
            self._check(name, topic)
        self._remember(key, topic, topic)
        return topic

    def _subtopic(self, operation: Operation, topic: int, name: Name) -> int:
        """The subtopic of that name in the topic that an operation is about."""
        whole, inside = operation.topics[0], np.flatnonzero(self.known.part == topic).tolist()
        if isinstance(name, Prompt):
            part = self._at(name.text)[1]
            if part not in inside:
                raise UsageError(f"{self.source}: {name} is no subtopic of {written(whole)}.")
            return part
        key, labels = key_of(operation, whole, name), {part: self.known.narrow[part] for part in inside}
        found = self._again(key, 1)
        if found is None:
            what = f"subtopic {written(name)} of {written(whole)}"
            found = self._one(name, labels, labels, what, key in self.known.memory)
        part = found if found in inside else GONE
        self._remember(key, part, topic, part)
        return part

    def _remember(self, key: str, found: int, topic: int, part: int = -1) -> None:
        """What is not there now may be there again in the next edition."""
        self.memory[key] = self.known.memory[key] if found == GONE else self.known.typical(topic, part)

    def _check(self, number: int, topic: int) -> None:
        """Raise a UsageError where an operation of the earlier curation meant another topic by that number."""
        meant = [self._again(key, 0) for key in self.known.memory if same_number(key, number)]
        several = sorted({one for one in meant if one is not None and one != GONE})
        if topic != GONE and len(several) > 1:
            labels = " or ".join(f"“{self.known.labels[one]}”" for one in several)
            raise UsageError(
                f"{self.source}: topic {number} may be {labels}: numbers of the earlier edition are others than those that its "
                "curation was about; name the topic by its words or a prompt."
            )

    def _at(self, text: str) -> tuple[int, int]:
        try:
            return self.known.find(text)
        except UsageError as error:
            raise UsageError(f"{self.source}: {Prompt(text)} is not known: {error}") from None

    def _again(self, key: str, which: int) -> int | None:
        """The topic (0) or subtopic (1) that most of the remembered prompts are clearly in: more than half of all of them, else
        it is gone. None where nothing is remembered, or nothing of it can be read."""
        texts, found = self.known.memory.get(key, ()), Counter[int]()
        for text in texts:
            with suppress(UsageError):
                found[self.known.clear(text)[which]] += 1
        if not found:
            return None
        place, count = found.most_common(1)[0]
        return place if 2 * count > len(texts) else GONE

    def _one(self, name: int | str, labels: Mapping[int, str], lines: Mapping[int, str], what: str, unread: bool) -> int:
        """The number of that name: the number itself, a label, or the only line with that text in it."""
        if isinstance(name, int) and self.known.beside:
            why = "the embedding can read no prompt of the earlier edition's" if unread else "the earlier edition has no"
            raise UsageError(
                f"{self.source}: {why} {what}; name a new one by its words or a prompt. There are "
                f"{quoted(labels.values(), _LISTED)}."
            )
        text = str(name).strip().casefold()
        ways = (
            [number for number in labels if number == name],
            [number for number, label in labels.items() if isinstance(name, str) and label.casefold() == text],
            [number for number, line in lines.items() if isinstance(name, str) and text in line.casefold()],
        )
        for found in ways:
            if len(found) == 1:
                return found[0]
            if found:
                several = listed_topics(labels, found)
                raise UsageError(f"{self.source}: {written(name)} may be several: {several}; give a number or a prompt.")
        raise UsageError(f"{self.source}: there is no {what}; there are {listed_topics(labels, list(labels))}.")
