"""Judges: who cast the votes, and how many people with an equal say that comes to."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.shares.tallies import even_number
from analysis.sources.load import load_votes
from analysis.votes import engine
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: The part of judges whose share of the votes says how uneven the votes are spread.
BUSIEST = 0.01


@dataclass(frozen=True, eq=False)
class Judges(Result):
    """How many votes judges cast.

    Attributes:
        activity: cast (votes of one judge, ascending), judges (how many cast that many).
        whole: all votes; those without a judge are in `whole` alone.
    """

    activity: pd.DataFrame
    whole: int

    caption = "Who votes"

    @property
    def judges(self) -> int:
        """Different judges."""
        return int(self.activity["judges"].sum())

    @cached_property
    def votes(self) -> int:
        """Votes that name their judge."""
        return int(self.activity["cast"] @ self.activity["judges"])

    @cached_property
    def even(self) -> float:
        """The effective number of judges (see `even_number`)."""
        return even_number(self.activity["cast"].to_numpy(), self.activity["judges"].to_numpy())

    def share_of_busiest(self, part: float = BUSIEST) -> float:
        """The share of the votes by the busiest `part` of judges, rounded up to whole judges."""
        count = int(np.ceil(round(part * self.judges, 6)))
        return float(np.interp(count, *self._running) / self.votes)

    @cached_property
    def curve(self) -> pd.DataFrame:
        """judges, votes: shares of the busiest judges, and of the votes that they cast, from none to all."""
        judges, votes = self._running
        return pd.DataFrame({"judges": judges / self.judges, "votes": votes / self.votes})

    @cached_property
    def _running(self) -> tuple[Floats, Floats]:
        """Judges, busiest first, and their votes, running from none to all; between two points all judges cast as many."""
        busiest = self.activity.iloc[::-1]
        judges, votes = busiest["judges"], busiest["cast"] * busiest["judges"]
        return np.r_[0.0, judges.cumsum()], np.r_[0.0, votes.cumsum()]

    @cached_property
    def median(self) -> float:
        """Votes of the judge in the middle."""
        ends = self.activity["judges"].cumsum().to_numpy()
        middle = [(self.judges - 1) // 2, self.judges // 2]
        return float(self.activity["cast"].to_numpy()[np.searchsorted(ends, middle, side="right")].mean())

    @property
    def table(self) -> pd.DataFrame:
        """item, value (texts)."""
        rows = [("votes", f"{self.whole:,}"), ("votes that name their judge", f"{self.votes:,}"), ("judges", f"{self.judges:,}")]
        if self.judges:
            rows += [
                ("votes of a judge, mean", f"{self.votes / self.judges:.2f}"),
                ("votes of a judge, median", f"{self.median:g}"),
                ("most votes of one judge", f"{self.activity['cast'].max():,}"),
                (f"share of the busiest {percent(BUSIEST, 0)}", percent(self.share_of_busiest())),
                ("effective number of judges", f"{self.even:,.0f}"),
            ]
        return pd.DataFrame(rows, columns=["item", "value"])

    @property
    def sentence(self) -> Prose:
        """How many judges cast how many votes, and how unevenly."""
        if not self.judges:
            return Prose("No vote names its judge: nobody can say how many people voted, or whether some voted often.")
        unnamed = self.whole - self.votes
        rest = f" {unnamed:,} more {'names' if unnamed == 1 else 'name'} no judge." if unnamed else ""
        if self.judges == 1:
            cast = "the only vote that names" if self.votes == 1 else f"all {self.votes:,} votes that name"
            return Prose(f"One judge cast {cast} one.{rest}")
        text = f"{self.judges:,} judges cast {self.votes:,} votes"
        most = int(self.activity["cast"].max())
        if most == 1:
            return Prose(f"{text}, one each.{rest}")
        busiest = f"the busiest {percent(BUSIEST, 0)} cast {percent(self.share_of_busiest(), 0)}, the busiest of all {most:,}"
        return Prose(
            f"{text}; {busiest}, the one in the middle {self.median:g}. Counted by their votes, that is as many as "
            f"{self.even:,.0f} judges who vote equally often.{rest}"
        )


def judges(votes: Votes | str | Path) -> Judges:
    """Who cast the votes: how many judges, and how many votes each. Votes that name no judge are counted apart."""
    votes = load_votes(votes)
    named = votes.expression.filter(votes.expression["judge"].notnull())
    per = named.group_by("judge").aggregate(cast=named.count())
    activity = engine.to_pandas(per.group_by("cast").aggregate(judges=per.count())).astype("int64")
    return Judges(activity.sort_values("cast", ignore_index=True), len(votes), origin=votes.origin)
