"""Topics as categories: the votes of a topic, for boards and shifts, in memory or in a folder of topics."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import ibis
import pandas as pd
import pyarrow as pa

from analysis.categories import Category
from analysis.errors import UsageError
from analysis.topic_model.assignment import UNCLEAR, UNCLEAR_LABEL

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from analysis.topics import Topics


def topic_category(topics: Topics, topic: int | str) -> Category:
    """The votes of a topic as a category; see `Topics.category`."""
    number, label = _find_topic(topics.frame, topic)

    def members() -> pa.Array:
        return pa.array(topics.assignments["vote_id"][topics.assignments["topic"] == number], pa.string())

    return _category(f"topic:{topic}", number, label, topics.fingerprint, members)


def read_topic_category(argument: str) -> Category:
    """The category of a topic in a folder that `Topics.save` wrote, from `DIR:3` or `DIR:label`.

    Only labels and the fingerprint are read now; the votes of the topic when the rule is first used.

    Raises:
        UsageError: the folder holds no topics, or not this one.
        ValueError: no topic is named.
    """
    from analysis.topic_model.storage import read_labels, read_members

    folder, topic = _folder_and_topic(argument)
    frame, fingerprint = read_labels(folder)
    number, label = _find_topic(frame, topic)
    return _category(f"topic:{argument}", number, label, fingerprint, lambda: read_members(folder, number))


def _category(name: str, number: int, label: str, fingerprint: str, members: Callable[[], pa.Array]) -> Category:
    table = cache(lambda: pa.table({"vote_id": members()}))  # a shift uses the rule three times

    def rule(votes: ir.Table) -> ir.BooleanValue:
        return votes["vote_id"].isin(ibis.memtable(table())["vote_id"])

    meaning = f"the prompt's topic is {label}" if number >= 0 else f"the prompt has {label}"
    return Category(name, label, meaning, ("vote_id", "prompt"), rule, fingerprint)


def _folder_and_topic(argument: str) -> tuple[Path, str]:
    """Cut at the last colon that follows a folder: paths and labels may have colons of their own."""
    cuts = [place for place, character in enumerate(argument) if character == ":" and place]
    if not cuts or not argument[cuts[-1] + 1 :].strip():
        raise ValueError("it names no folder and topic")
    cut = next((place for place in reversed(cuts) if Path(argument[:place]).is_dir()), cuts[-1])
    return Path(argument[:cut]), argument[cut + 1 :].strip()


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
            raise UsageError(f"{topic!r} is in the labels of several topics, {_listed(known, found)}; give a number.")
    raise UsageError(f"there is no topic {topic}; there are {_listed(known, list(known))}.")


def _listed(known: dict[int, str], numbers: list[int]) -> str:
    """Numbers and labels of topics, the first dozen in full."""
    shown = "; ".join(f"{number} ({known[number]})" for number in numbers[:12])
    return shown if len(numbers) <= 12 else f"{shown}; and so on up to {numbers[-1]}"
