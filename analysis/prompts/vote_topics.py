"""Topics of votes, by whatever holds them: a result of `analysis.topics`, its assignments, or a folder of stored topics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol, TypeAlias

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from analysis.errors import InputError, UsageError
from analysis.votes.stored_topics import read_assignments, read_labels

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Integers = NDArray[np.int64]

#: The topic of a vote that the topics do not have.
ABSENT = -9


class HasAssignments(Protocol):
    """Topics as `analysis.topics` finds them: `assignments` has a row per vote, vote_id and topic."""

    @property
    def assignments(self) -> pd.DataFrame: ...


#: What votes are about: a result with assignments, these themselves, or a folder of stored topics.
Topics: TypeAlias = HasAssignments | pd.DataFrame | str | Path


@dataclass(frozen=True)
class VoteTopics:
    """The topics of votes.

    Attributes:
        topic: shape (votes,), number of each vote's topic, in the order of the vote table; negative for one in none, ABSENT for
            one that the topics do not have.
        labels: of the topics, by number; of a bare table the number in words, or the name.
    """

    topic: Integers
    labels: dict[int, str]


def read_vote_topics(votes: Votes, topics: Topics) -> VoteTopics:
    """The topics of the votes.

    Raises:
        UsageError: the topics are none.
        InputError: they cannot be read, or are of other votes.
    """
    frame, labels, fingerprint = _parts(topics)
    # Ids cannot tell: where a release gives none they are row numbers, and those of other votes are the same.
    if fingerprint not in ("", votes.fingerprint):
        raise InputError(
            f"the topics are of other votes than {votes.name}, or of these read with other options; find them again with "
            "arena-workbook topics."
        )
    ids = pq.read_table(votes.path, columns=["vote_id"])["vote_id"].to_numpy()
    frame = frame.drop_duplicates("vote_id")
    if not pd.api.types.is_integer_dtype(frame["topic"]):  # topics that have names and no numbers
        codes, names = pd.factorize(frame["topic"])
        frame, labels = frame.assign(topic=codes), {number: str(name) for number, name in enumerate(names)}
    place = pd.Index(frame["vote_id"]).get_indexer(ids)
    if not (place >= 0).any():
        raise InputError(f"{votes.name}: none of these votes has a topic there; find the topics of these votes first.")
    topic = np.append(frame["topic"].to_numpy(dtype=np.int64), ABSENT)[place]
    return VoteTopics(topic, labels or {int(number): f"topic {number}" for number in np.unique(topic[topic >= 0])})


def _parts(topics: Topics) -> tuple[pd.DataFrame, dict[int, str], str]:
    """vote_id and topic, the labels, and the fingerprint of the votes; the last two are empty where they are not known."""
    if isinstance(topics, str | Path):
        table, fingerprint = read_labels(Path(topics))
        return read_assignments(Path(topics)), _labels(table), fingerprint
    frame = topics if isinstance(topics, pd.DataFrame) else getattr(topics, "assignments", None)
    if not isinstance(frame, pd.DataFrame) or not {"vote_id", "topic"} <= set(frame.columns):
        raise UsageError("topics must be the result of analysis.topics, a table of vote_id and topic, or a folder of topics.")
    table = getattr(topics, "frame", None)
    return frame, {} if table is None else _labels(table), str(getattr(topics, "fingerprint", ""))


def _labels(table: pd.DataFrame) -> dict[int, str]:
    return dict(zip(table["topic"].astype(int), table["label"], strict=True))
