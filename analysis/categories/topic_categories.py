"""A topic as a category: the votes of a topic, for boards and shifts, in memory or in a folder of topics."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pandas as pd
import pyarrow as pa

from analysis.errors import UsageError
from analysis.votes.category import Category
from analysis.votes.stored_topics import UNCLEAR, UNCLEAR_LABEL, read_labels, read_members

if TYPE_CHECKING:
    import ibis.expr.types as ir

    #: Ids of the votes of the topic with that number.
    Members = Callable[[int], pa.Array | pa.ChunkedArray]


def topic_category(name: str, topic: int | str, frame: pd.DataFrame, members: Members, fingerprint: str) -> Category:
    """The votes of a topic.

    Args:
        topic: its number, its label or a text that only its label has; −1 for votes without a clear topic.
        frame: topic and label of all topics.
        members: called when the rule is first used.
        fingerprint: of the votes that the topics are of.

    Raises:
        UsageError: there is no such topic, or several have that text.
    """
    number, label = _find_topic(frame, topic)
    table = cache(lambda: pa.table({"vote_id": members(number)}))  # a shift uses the rule three times

    def rule(votes: ir.Table) -> ir.BooleanValue:
        return votes["vote_id"].isin(ibis.memtable(table())["vote_id"])

    meaning = f"the prompt's topic is {label}" if number >= 0 else f"the prompt has {label}"
    return Category(name, label, meaning, ("vote_id", "prompt"), rule, fingerprint)


def read_topic_category(argument: str) -> Category:
    """The category of a topic in a folder that `Topics.save` wrote, from `DIR:3` or `DIR:label`.

    Only labels and the fingerprint are read now; the votes of the topic when the rule is first used.

    Raises:
        UsageError: the folder holds no topics, or not this one.
        ValueError: no topic is named.
    """
    folder, topic = _folder_and_topic(argument)
    frame, fingerprint = read_labels(folder)
    return topic_category(f"topic:{argument}", topic, frame, partial(read_members, folder), fingerprint)


def _folder_and_topic(argument: str) -> tuple[Path, str]:
    """Cut at the last colon that follows a folder: paths and labels may have colons of their own."""
    cuts = [place for place, character in enumerate(argument) if character == ":" and place]
    if not cuts or not argument[cuts[-1] + 1 :].strip():
        raise ValueError("it names no folder and topic")
    cut = next((place for place in reversed(cuts) if _is_folder(argument[:place])), cuts[-1])
    return Path(argument[:cut]), argument[cut + 1 :].strip()


def _is_folder(name: str) -> bool:
    with suppress(OSError):  # no name for a folder, such as one that is too long: said where it is opened
        return Path(name).is_dir()
    return False


def _find_topic(frame: pd.DataFrame, topic: int | str) -> tuple[int, str]:
    """Number and label of the topic with that number, that label, or the only label with that text in it."""
    known = {UNCLEAR: UNCLEAR_LABEL, **dict(zip(frame["topic"].astype(int), frame["label"], strict=True))}
    text = str(topic).casefold()
    for found in (
        [number for number in known if str(number) == text],
        [number for number, label in known.items() if label.casefold() == text],
        [number for number, label in known.items() if text in label.casefold()],
    ):
        if len(found) == 1:
            return found[0], known[found[0]]
        if found:
            raise UsageError(f"{topic!r} is in the labels of several topics, {listed_topics(known, found)}; give a number.")
    raise UsageError(f"there is no topic {topic}; there are {listed_topics(known, list(known))}.")


def listed_topics(known: Mapping[int, str], numbers: Sequence[int]) -> str:
    """Numbers and labels of topics, the first dozen in full."""
    numbers = sorted(numbers)
    shown = "; ".join(f"{number} ({known[number]})" for number in numbers[:12])
    return shown if len(numbers) <= 12 else f"{shown}; and so on up to {numbers[-1]}"
