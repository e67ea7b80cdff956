"""Asked: for each vote with a prompt, which earlier votes asked the same, and whether the same person did."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.matching.likeness import EXACT, MEANING, Likeness, asked_order, read_likeness
from analysis.results.prose import counted
from analysis.shares.tallies import read_judges
from analysis.votes.prompts import read_prompt_keys
from analysis.votes.times import UNTIMED, read_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

#: Microseconds of a day.
DAY = 86_400_000_000

#: Who asked before, as `Asked.who` numbers it: nobody; the same person on the same day (UTC), on another, or on a day that is
#: not known; only others; and where the vote does not say who cast it.
FRESH, SAME_DAY, SAME_PERSON, UNDATED, OTHERS, UNKNOWN = range(6)


@dataclass(frozen=True)
class Asked:
    """The n votes with a prompt, in the order in which they were cast.

    Attributes:
        likeness: when two prompts count as the same.
        row: shape (n,), place of each in the vote table.
        cluster: shape (n,), number of the cluster of prompts that are alike, 0 … C − 1 in the order of their first votes.
        time: shape (n,), microseconds since 1970 (UTC); UNTIMED where that is not known.
        judge: shape (n,), number of the judge; −1 where none is named.
        whole: all votes, those without a prompt too.
        uncompared: earlier votes with a prompt that are not among the n, because each prompt is compared with each other
            (`read_likeness`).
    """

    likeness: Likeness
    row: Integers
    cluster: Integers
    time: Integers
    judge: Integers
    whole: int
    uncompared: int = 0

    def __len__(self) -> int:
        """n."""
        return len(self.row)

    @property
    def blank(self) -> int:
        """Votes without a prompt; of all, before those without a time are left out."""
        return self.whole - len(self) - self.uncompared

    @property
    def notes(self) -> tuple[str, ...]:
        """Which votes are not among these, a sentence each; of all, before those without a time are left out."""
        return uncounted(self.blank, self.uncompared)

    @property
    def timed(self) -> Asked:
        """Only those with a time."""
        # Votes without one come last: those before them are numbered as they are.
        count = int((self.time != UNTIMED).sum())
        kept = {name: getattr(self, name)[:count] for name in ("row", "cluster", "time", "judge")}
        return self if count == len(self) else replace(self, **kept)

    @cached_property
    def first(self) -> Integers:
        """Place among these of the first vote of each one's cluster, shape (n,); its own where it is fresh."""
        return np.asarray(np.unique(self.cluster, return_index=True)[1][self.cluster])

    @cached_property
    def before(self) -> Integers:
        """Place among these of the vote before in each one's cluster, shape (n,); −1 where it is fresh."""
        order = np.argsort(self.cluster, kind="stable")
        again = self.cluster[order][1:] == self.cluster[order][:-1]
        found = np.full(len(self), -1)
        found[order[1:][again]] = order[:-1][again]
        return found

    @cached_property
    def fresh(self) -> Flags:
        """Whether nobody asked anything alike before, shape (n,)."""
        return np.asarray(self.before < 0)

    def fresh_since(self, gap: int) -> Flags:
        """Whether nobody had asked anything alike when each vote was cast less `gap` microseconds, shape (n,).

        A vote without a time is compared with none.
        """
        timed = self.time != UNTIMED
        return np.asarray(self.fresh | ~timed | (self.time[self.first] > self.time - gap))

    def fresh_among(self, history: int) -> Flags:
        """Whether none of the `history` votes before asked anything alike, shape (n,)."""
        return np.asarray(self.fresh | (self.before < np.arange(len(self)) - history))

    @cached_property
    def who(self) -> Integers:
        """Who asked alike before, shape (n,): FRESH, SAME_DAY, SAME_PERSON, UNDATED, OTHERS or UNKNOWN."""
        known, timed = self.judge >= 0, self.time != UNTIMED
        person = pd.Series(self.cluster).groupby([self.cluster, self.judge]).cumcount().to_numpy() > 0
        day = pd.Series(self.cluster).groupby([self.cluster, self.judge, self.time // DAY]).cumcount().to_numpy() > 0
        found = np.where(person, np.where(timed, np.where(day, SAME_DAY, SAME_PERSON), UNDATED), OTHERS)
        return np.where(self.fresh, FRESH, np.where(known, found, UNKNOWN)).astype(np.int64)


def uncounted(blank: int, uncompared: int) -> tuple[str, ...]:
    """Which votes are in no count, a sentence each: those without a prompt, and those that were not compared."""
    parts = []
    if uncompared:
        parts.append(
            f"These are the last votes: {counted(uncompared, 'earlier one was', 'earlier ones were')} not compared, for that "
            "takes too long."
        )
    if blank:
        parts.append(f"{counted(blank, 'vote has', 'votes have')} no prompt and {'is' if blank == 1 else 'are'} in no count.")
    return tuple(parts)


def read_asked(
    votes: Votes, kind: str = EXACT, threshold: float | None = None, *, last: int | None = None, seed: int = 1
) -> Asked:
    """What the votes ask again; arguments and errors as `analysis.matching.likeness.read_likeness`.

    Raises:
        InputError: all prompts are blank, too.
    """
    likeness = read_likeness(votes, kind, threshold, last=last, seed=seed)
    if not len(likeness.place):
        raise InputError(f"all prompts of {votes.name} are blank, so that none can repeat another.")
    order = asked_order(votes)
    row = order[likeness.prompt[order] >= 0]
    times = read_times(votes)[row] if "time" in votes.available else np.full(len(row), UNTIMED)
    _, cluster = np.unique(likeness.cluster[likeness.prompt[row]], return_inverse=True)
    prompts = int((read_prompt_keys(votes) != 0).sum()) if kind == MEANING or last is not None else len(row)
    return Asked(likeness, row, cluster, times, read_judges(votes)[row], len(votes), prompts - len(row))
