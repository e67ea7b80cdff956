"""Identity: topics of newer or more votes keep the numbers and names of the topics of an earlier edition that they are, and broad
topics their numbers, which are their colours: a topic that is in another broad topic than before has another colour.

Two topics are compared by the prompts that both editions have: their overlap is the share of the prompts in either that is in
both (Jaccard 1901; as in `analysis.topics.quality`, a prompt without a clear topic in one of them says nothing). Whole editions
are matched so that the overlaps sum to as much as can be (an assignment problem, Kuhn 1955): a topic does not lose its match
to one that came first. What is left, or has few prompts in common, is matched by these and by the topics that each model gives
to the prompts of the other, as editions of unlike months share few.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, ClassVar, Protocol, TypeVar

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from analysis.errors import InputError, UsageError
from analysis.topics.quality import either, jaccard, shared_counts
from analysis.topics.summary import joint_label

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.model import TopicModel

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Least overlap of a topic with the one it is taken to be. Of two topics of one size, half of each is in the other at ⅓.
LEAST = 1 / 3

#: The tables, beside the topics themselves, that have their numbers.
_NUMBERED = ("subtopics", "assignments", "over_time", "by_language", "by_turns")

#: Common prompts in either of two topics from which these alone can say that the two are one.
_FEW = 10

#: Prompts of a model, at most, that the other one is asked about.
_ASKED = 3_000


class Edition(Protocol):
    """What is compared: the parts of `analysis.topics.topics.Topics` under their names there."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def frame(self) -> pd.DataFrame: ...

    @property
    def subtopics(self) -> pd.DataFrame: ...

    @property
    def assignments(self) -> pd.DataFrame: ...

    @property
    def hierarchy(self) -> pd.DataFrame: ...

    @property
    def map(self) -> pd.DataFrame | None: ...

    @property
    def settings(self) -> Mapping[str, object]: ...

    @property
    def model(self) -> TopicModel | None: ...

    @property
    def fingerprint(self) -> str: ...


#: Any one kind of them.
Same = TypeVar("Same", bound=Edition)


@dataclass(frozen=True)
class Matches:
    """Which of k topics are which of e earlier ones; all by their rows in the tables of topics.

    Attributes:
        rows: the earlier topic of each topic that has one.
        overlap: that of each such pair, 0 to 1.
        counts: shape (k, e), prompts of both editions by their topics in each.
    """

    rows: Mapping[int, int]
    overlap: Mapping[int, float]
    counts: Integers


def overlaps(counts: Integers) -> Floats:
    """The share of what is in either part of two partitions that is in both, for each two parts, from the counts of both."""
    return jaccard(counts, counts.sum(axis=1), counts.sum(axis=0))


def pairs(overlap: Floats, least: float = LEAST) -> dict[int, int]:
    """The rows and columns that go together, so that overlaps sum to as much as can be; none that is below `least`."""
    worth = np.where(overlap >= least, overlap, 0.0)
    found = zip(*linear_sum_assignment(-worth), strict=True)
    return {int(row): int(column) for row, column in found if worth[row, column] > 0}


def matched(topics: Edition, earlier: Edition, least: float = LEAST) -> Matches:
    """The topics that are topics of the earlier edition: by the prompts of both, then by both models."""
    counts = shared_counts(*_shared(topics, earlier), len(topics.frame), len(earlier.frame))
    overlap = overlaps(counts)
    rows = pairs(np.where(either(counts, counts.sum(axis=1), counts.sum(axis=0)) >= _FEW, overlap, 0.0), least)
    measured = {row: float(overlap[row, column]) for row, column in rows.items()}
    left = [row for row in range(len(topics.frame)) if row not in rows]
    free = [column for column in range(len(earlier.frame)) if column not in rows.values()]
    if left and free:
        asked = _asked(topics, earlier)
        near = overlaps(counts if asked is None else counts + asked)[np.ix_(left, free)]
        for row, column in pairs(near, least).items():
            rows[left[row]], measured[left[row]] = free[column], float(near[row, column])
    return Matches(rows, measured, counts)


def rows_of(topic: pd.Series, frame: pd.DataFrame) -> Integers:
    """The row in a table of topics of each number of a topic; −1 for what is no topic."""
    places = pd.Series(np.arange(len(frame)), index=frame["topic"].to_numpy())
    return topic.map(places).fillna(-1).to_numpy(dtype=np.int64)


def _shared(topics: Edition, earlier: Edition) -> tuple[Integers, Integers]:
    """The topics of the prompts of both editions in each, as rows, shape (n,)."""
    known = [_by_prompt(edition) for edition in (topics, earlier)]
    _, *places = np.intersect1d(known[0][0], known[1][0], assume_unique=True, return_indices=True)
    return known[0][1][places[0]], known[1][1][places[1]]


def _by_prompt(topics: Edition) -> tuple[NDArray[np.uint64], Integers]:
    """The different prompts of the votes, by key, and their topics, as rows."""
    asked = topics.assignments.drop_duplicates("prompt") if "prompt" in topics.assignments else topics.assignments[:0]
    asked = asked[asked["prompt"] != 0] if len(asked) else asked
    keys = asked["prompt"].to_numpy(dtype=np.uint64) if len(asked) else np.zeros(0, np.uint64)
    return keys, rows_of(asked["topic"], topics.frame) if len(asked) else np.zeros(0, np.int64)


def _asked(topics: Edition, earlier: Edition) -> Integers | None:
    """Fitted prompts of each model by its topics and those that the other one gives them; None where there is no
    model, or where both embeddings have changed since or cannot read the other's prompts."""
    ours, theirs = _judged(topics, earlier), _judged(earlier, topics)
    known = [counts for counts in (ours, None if theirs is None else theirs.T) if counts is not None]
    return np.sum(known, axis=0) if known else None


def _judged(topics: Edition, by: Edition) -> Integers | None:
    """Fitted prompts of one edition by its topics and those that another edition gives them."""
    model, judge = topics.model, by.model
    if model is None or judge is None or judge.embedding.fingerprint != by.settings.get("embedding_fingerprint"):
        return None
    some = np.unique(np.linspace(0, len(model.texts) - 1, min(_ASKED, len(model.texts))).astype(np.int64))
    if judge.embedding.fingerprint == model.embedding.fingerprint:
        vectors = model.vectors[some]
    else:
        texts, languages = ([each[place] for place in some] for each in (model.texts, model.languages))
        try:
            vectors = judge.embedding.embed(texts, languages)
        except (InputError, UsageError):  # vectors of its own prompts only, or a package that is not there any more
            return None
    return shared_counts(model.topic[some], judge.rule.assign(vectors).topic, len(topics.frame), len(by.frame))


def highest(topics: Edition) -> int:
    """The highest number that a topic has had in this edition or one before it; −1 where there is none."""
    known = topics.settings.get("highest_topic", -1)
    return max(int(str(known)), int(topics.frame["topic"].max()) if len(topics.frame) else -1)


def edition_key(topics: Edition) -> str:
    """What an edition is told from others by: its votes, how it was made, and its numbers, names and broad topics."""
    named = topics.frame[["topic", "label", "broad"]].astype(str).to_numpy().tolist()
    parts = [topics.fingerprint, dict(topics.settings), named]
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()[:16]


def known_numbers(settings: Mapping[str, object], name: str) -> list[int]:
    """The numbers of topics that the settings list under a name; none where they do not."""
    found = settings.get(name, ())
    return [int(number) for number in found] if isinstance(found, list | tuple) else []


def identified(topics: Same, earlier: Edition, least: float = LEAST) -> Same:
    """The topics with the numbers, names and broad numbers of the earlier edition where they are in it.

    A new topic gets the next number that none has had: numbers have holes where topics are gone. The settings remember the
    highest number, the earlier edition and whose names were kept.
    """
    found, last = matched(topics, earlier, least), highest(earlier)
    old = earlier.frame.reset_index(drop=True)
    numbers = [int(old["topic"][found.rows[row]]) if row in found.rows else -1 for row in range(len(topics.frame))]
    for row in [row for row, number in enumerate(numbers) if number < 0]:
        last += 1
        numbers[row] = last
    given = [row for row, number in enumerate(topics.frame["topic"]) if number in known_numbers(topics.settings, "labels_given")]
    names = {row: str(old["label"][column]) for row, column in found.rows.items() if row not in given}
    labels = _unlike(list(topics.frame["label"]), numbers, names, given)
    broad = _broad_numbers(topics, earlier, found.counts, least)
    kept = sorted(numbers[row] for row in names)
    facts = {"earlier": earlier.fingerprint, "highest_topic": max([last, *numbers]), "labels_kept": kept}
    if given:
        facts["labels_given"] = sorted(numbers[row] for row in given)
    return replace(renumbered(topics, numbers, labels, broad), settings={**topics.settings, **facts})


def _unlike(labels: list[str], numbers: Sequence[int], kept: Mapping[int, str], given: Sequence[int]) -> list[str]:
    """The label of each row: as given by a curation, as kept, or as found; one that another has first gets its number."""
    taken = {labels[row] for row in given}
    for rows in (list(kept), [row for row in range(len(labels)) if row not in kept and row not in given]):
        for row in rows:
            name = kept.get(row, labels[row])
            labels[row] = f"{name} ({numbers[row]})" if name in taken else name
        taken |= {labels[row] for row in rows}
    return labels


def _broad_numbers(topics: Edition, earlier: Edition, counts: Integers, least: float) -> dict[int, int]:
    """The new number of each broad topic: that of the earlier one it is, else the lowest that is in neither edition.

    Colours follow these numbers and there are few, so that a number may come again when an edition went without it.
    """
    new, old = topics.frame["broad"].to_numpy(dtype=np.int64), earlier.frame["broad"].to_numpy(dtype=np.int64)
    ours, of = np.unique(new, return_inverse=True)
    theirs, before = np.unique(old, return_inverse=True)
    together = np.zeros((len(ours), len(theirs)), dtype=np.int64)
    np.add.at(together, (of[:, None], before[None, :]), counts)
    numbers = {int(ours[row]): int(theirs[column]) for row, column in pairs(overlaps(together), least).items()}
    votes = topics.frame.groupby("broad")["votes"].sum().sort_values(ascending=False, kind="stable")
    free = (number for number in range(len(ours) + len(theirs) + 1) if number not in theirs)
    return numbers | {int(name): next(free) for name in votes.index if name not in numbers}


def renumbered(
    topics: Same, numbers: Sequence[int], labels: Sequence[str] | None = None, broad: Mapping[int, int] | None = None
) -> Same:
    """The topics under other numbers; rows stay where they are, so that row i is the model's topic i whatever its number.

    Args:
        numbers, labels: of each row.
        broad: the new number of each broad topic.
    """
    frame = topics.frame
    new = dict(zip(frame["topic"].astype(int), numbers, strict=True))
    changed = frame.assign(topic=np.asarray(numbers, dtype=np.int64))
    if labels is not None:
        changed = changed.assign(label=list(labels))
    if broad is not None:
        changed = changed.assign(broad=changed["broad"].map(broad))
    tables = {name: _mapped(getattr(topics, name), new) for name in _NUMBERED}
    drawn = None if topics.map is None else _mapped(topics.map, new)
    return replace(topics, frame=changed, hierarchy=_tree(topics.hierarchy, new, changed), map=drawn, **tables)


def _mapped(table: pd.DataFrame, new: Mapping[int, int]) -> pd.DataFrame:
    if "topic" not in table:
        return table
    topic = table["topic"]
    return table.assign(topic=topic.map(new).fillna(topic).astype(topic.dtype))


def _tree(hierarchy: pd.DataFrame, new: Mapping[int, int], frame: pd.DataFrame) -> pd.DataFrame:
    """The tree under the new numbers and labels; its parents are numbered after the highest topic."""
    if "parent" not in hierarchy:
        return hierarchy
    first = max(new.values(), default=-1) + 1
    branch = {**new, **{int(parent): first + place for place, parent in enumerate(hierarchy["parent"])}}
    labels = dict(zip(frame["topic"].astype(int), frame["label"], strict=True))
    under = [[new[int(topic)] for topic in topics] for topics in hierarchy["topics"]]
    ends = {side: hierarchy[side].map(branch) for side in ("parent", "left", "right")}
    return hierarchy.assign(**ends, topics=under, label=[joint_label(labels, topics) for topics in under])
