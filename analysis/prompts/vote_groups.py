"""Groups of the votes with a prompt: by period, topic, how much the judge votes, or any column; and shares in each."""

from __future__ import annotations

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.errors import InputError, UsageError
from analysis.prompts.asked import DAY
from analysis.prompts.vote_topics import Topics, read_vote_topics
from analysis.results.prose import counted
from analysis.shares.discovery import RATE
from analysis.shares.groups import NOT_GIVEN, columns_for
from analysis.shares.habits import Habits
from analysis.shares.tallies import crowding_of
from analysis.shares.wilson import with_shares
from analysis.votes.times import UNTIMED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.prompts.asked import Asked
    from analysis.votes.table import Votes

    Integers = NDArray[np.int64]

#: Periods by which votes are grouped.
PERIODS = ("day", "week", "month")

#: Groups of judges by how many of these votes they cast: from so many on.
BANDS = (1, 2, 5, 20, 100)

#: A group with fewer votes is in tables but not in sentences.
ENOUGH = 30

#: Columns by which nearly every vote would be its own group.
_IDENTIFIERS = ("prompt", "time", "vote_id")

#: How a message calls votes by their judges' number of votes, or by topic.
JUDGE, TOPIC, MODEL = "judge", "topic", "model"


@dataclass(frozen=True)
class Groups:
    """Votes in groups.

    Attributes:
        names: of each group, in reading order.
        code: shape (n,), the group of each vote; −1 for one in none.
        lasting: whether the order of the groups is one of time or size, so that it is not to be changed.
        lack: why a vote is in none, as `have no time`.
    """

    names: tuple[str, ...]
    code: Integers
    lasting: bool = False
    lack: str = "are in no group"

    @property
    def notes(self) -> tuple[str, ...]:
        """How many votes are in no group, as a sentence; none where all are in one."""
        rest = int((self.code < 0).sum())
        return (f"In no row: {counted(rest, 'vote')} that {self.lack}.",) if rest else ()


def vote_groups(votes: Votes, asked: Asked, by: str, topics: Topics | None = None) -> Groups:
    """The groups of the votes with a prompt.

    Args:
        by: `day`, `week`, `month`, `topic` (of `topics`), `judge` (how many votes the judge cast), or a column of the vote table.

    Raises:
        UsageError: no such group, or `topic` without topics.
        InputError: the votes lack the column.
    """
    if by in PERIODS:
        return _periods(votes, asked, by)
    if by == TOPIC:
        return replace(_topics(votes, asked, topics), lack="were in no clear topic")
    if by == JUDGE:
        return _bands(votes, asked)
    check_groups(by)
    votes.need(f"grouping by {by}", by)
    column = pq.read_table(votes.path, columns=[by])[by].combine_chunks().take(pa.array(asked.row))
    text = pc.fill_null(column.cast(pa.string()), NOT_GIVEN).dictionary_encode()
    return _by_size(text.dictionary.to_pylist(), text.indices.to_numpy(zero_copy_only=False).astype(np.int64))


def check_groups(by: str) -> None:
    """Raise a UsageError where votes with a prompt are not grouped `by` that."""
    if by in (*PERIODS, TOPIC, JUDGE):
        return
    columns_for(by)
    if by in (MODEL, "tag"):
        raise UsageError(f"a vote is in several groups by {by}; group by month, week, day, topic, judge or a column.")
    if by in _IDENTIFIERS:
        raise UsageError(f"nearly each vote has its own {by}; group by month, week, day, topic, judge or another column.")


def _by_size(names: list[str], code: Integers) -> Groups:
    """Groups in the order of their votes, the largest first; those of no votes go."""
    votes = np.bincount(code[code >= 0], minlength=len(names))
    order = [place for place in np.lexsort((np.array(names, dtype=object), -votes)) if votes[place]]
    rank = np.full(len(names) + 1, -1)  # the last entry is for −1
    rank[order] = np.arange(len(order))
    return Groups(tuple(names[place] for place in order), rank[code])


def _periods(votes: Votes, asked: Asked, by: str) -> Groups:
    try:
        votes.need(f"a share by {by}", "time")
    except InputError as error:
        raise InputError(f"{error} Choose --by language, topic or judge.") from None
    timed = asked.time != UNTIMED
    days = asked.time[timed] // DAY
    if by == "month":
        numbers = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
        found, place = np.unique(numbers, return_inverse=True)
        names = [str(name) for name in found.astype("datetime64[M]")]
    else:
        numbers = days if by == "day" else (days + 3) // 7 * 7 - 3  # 1970-01-01 was a Thursday: weeks begin on Monday
        found, place = np.unique(numbers, return_inverse=True)
        names = [str(name) for name in found.astype("datetime64[D]")]
    code = np.full(len(asked), -1)
    code[timed] = place
    return Groups(tuple(names), code, lasting=True, lack="had no time")


def _topics(votes: Votes, asked: Asked, topics: Topics | None) -> Groups:
    if topics is None:
        raise UsageError("a share by topic needs topics; find them first with arena-workbook topics --out DIR.")
    found = read_vote_topics(votes, topics)
    place = {number: row for row, number in enumerate(found.labels)}
    code = np.array([place.get(number, -1) for number in found.topic[asked.row].tolist()], dtype=np.int64)
    return _by_size(list(found.labels.values()), code)


def _bands(votes: Votes, asked: Asked) -> Groups:
    votes.need("a share by judge", "judge")
    cast = np.bincount(asked.judge[asked.judge >= 0])
    band = np.searchsorted(BANDS, cast, side="right") - 1
    ends = [f"to {above - 1}" if above > below + 1 else "" for below, above in pairwise(BANDS)]
    words = [f"{below} {end}".strip() for below, end in zip(BANDS, [*ends, "or more"], strict=True)]
    names = tuple(f"judges of {word} vote{'s' * (word != '1')}" for word in words)
    code = np.where(asked.judge >= 0, band[np.maximum(asked.judge, 0)] if len(cast) else -1, -1)
    there = np.unique(code[code >= 0])
    rank = np.full(len(names) + 1, -1)
    rank[there] = np.arange(len(there))
    return Groups(tuple(names[place] for place in there), rank[code], lasting=True, lack="named no judge")


def shares_by_group(
    groups: Groups, hit: NDArray[np.bool_], judge: Integers, habits: Habits, level: float, among: NDArray[np.bool_] | None = None
) -> pd.DataFrame:
    """votes, hits, share, lower, upper, design_effect of each group, in its order.

    Args:
        hit, judge: shape (n,), of each vote.
        habits: how alike the votes of one judge are in being hits.
        among: shape (n,), the votes that count; all by default.
    """
    kept = groups.code >= 0 if among is None else (groups.code >= 0) & among
    size, code = len(groups.names), groups.code[kept]
    frame = pd.DataFrame(
        {"votes": np.bincount(code, minlength=size), "hits": np.bincount(code[hit[kept]], minlength=size)}, dtype=np.int64
    )
    worth = habits.effective(frame["votes"], crowding_of(judge[kept], code, size), level)
    return with_shares(frame, "hits", "votes", level, worth)


def clearly_apart(frame: pd.DataFrame, hits: str) -> list[int]:
    """The places of the two groups that are most clearly apart in their share, the lower first; none where no two are.

    Among k groups the two furthest apart are so by chance alone. So their intervals have to be apart at the level of one in
    k (k − 1) / 2 comparisons (Bonferroni). Groups of fewer than ENOUGH votes are not asked about.

    Args:
        frame: votes, design_effect and `hits`, one row per group.
    """
    told = frame[frame["votes"] >= ENOUGH]
    if len(told) < 2:
        return []
    level = 1 - RATE / (len(told) * (len(told) - 1) / 2)
    counts = told[["votes", hits]]
    wide = with_shares(counts, hits, "votes", level, counts["votes"].to_numpy() / told["design_effect"].to_numpy())
    low, high = wide["upper"].idxmin(), wide["lower"].idxmax()
    return [int(low), int(high)] if wide["upper"][low] < wide["lower"][high] else []
