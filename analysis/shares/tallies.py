"""Tallies: how many judges have cast how many votes, and how many of these are hits, over all votes and by group.

What a judge's votes add up to is all that an interval clustered by judge needs, and few different sums occur: one group-by on
the engine turns millions of votes into some thousand rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.votes import engine

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Sums over the judges of a group: products of its votes `a`, its hits `y`, the judge's votes `n` and hits `x` in all groups.
PRODUCTS = ("aa", "ay", "yy", "an", "ax", "yn", "yx")


def even_number(votes: NDArray[Any], judges: NDArray[Any] | float = 1.0) -> float:
    """The effective number of judges, (Σ n)² / Σ n²: as many with an equal number of votes are as crowded (Kish 1965).

    Args:
        votes, judges: of one shape, votes of a judge and how many judges cast so many; each is one judge by default.
    """
    cast = votes.astype(float)
    return float((judges * cast).sum() ** 2 / max((judges * cast**2).sum(), 1.0))


@dataclass(frozen=True)
class Tally:
    """How many judges have cast how many votes, with how many hits: all that the share of hits and its interval need.

    Attributes:
        votes, hits, judges: shape (U,), one entry per pair of counts that occurs; a vote without a judge is one of its own.
        unnamed: votes without a judge.
    """

    votes: Floats
    hits: Floats
    judges: Floats
    unnamed: int = 0

    def sum(self, values: Floats) -> float:
        """The sum of something over all judges. A product of vectors would have a last digit that depends on their addresses."""
        return float(np.sum(self.judges * values))

    @property
    def whole(self) -> float:
        """All votes."""
        return self.sum(self.votes)

    @property
    def crowding(self) -> float:
        """Votes that the judge of an average vote has cast: Σn² / Σn."""
        return self.sum(self.votes**2) / max(self.whole, 1.0)

    def with_others(self, other: Tally) -> Tally:
        """This tally and that of other judges."""
        return Tally(
            np.concatenate([self.votes, other.votes]),
            np.concatenate([self.hits, other.hits]),
            np.concatenate([self.judges, other.judges]),
            self.unnamed + other.unnamed,
        )

    @property
    def even(self) -> float:
        """The effective number of judges (see `even_number`)."""
        return even_number(self.votes, self.judges)

    @property
    def busiest(self) -> float:
        """Most votes of one judge."""
        return float(self.votes.max(initial=0.0))


def alone(votes: float, hits: float) -> Tally:
    """The tally of votes that name no judge, each a judge of its own."""
    return Tally(np.ones(2), np.array([0.0, 1.0]), np.array([votes - hits, hits], dtype=float), int(votes))


def tally_of(judge: Integers, hit: NDArray[np.bool_]) -> Tally:
    """The tally of votes.

    Args:
        judge: shape (n,), the number of each vote's judge; −1 where it names none.
        hit: shape (n,).
    """
    named = judge >= 0
    votes = np.bincount(judge[named])
    hits = np.bincount(judge[named & hit], minlength=len(votes))
    present = votes > 0
    single = [float((~named & ~hit).sum()), float((~named & hit).sum())]
    pairs = np.column_stack([np.r_[votes[present], 1, 1], np.r_[hits[present], 0, 1]])
    found, place = np.unique(pairs, axis=0, return_inverse=True)
    judges = np.bincount(place.ravel(), np.r_[np.ones(int(present.sum())), single], len(found))
    kept = judges > 0
    return Tally(
        found[kept, 0].astype(float), found[kept, 1].astype(float), np.asarray(judges[kept], dtype=float), int((~named).sum())
    )


def tallies_by_part(judge: Integers, part: Integers, size: int) -> list[Tally]:
    """For each part the tally of all votes whose hits are those in the part.

    Args:
        judge: as in `tally_of`.
        part: shape (n,), 0 … size − 1; negative for a vote in none.
    """
    named, inside = judge >= 0, part >= 0
    votes = np.bincount(judge[named])
    cells, hits = np.unique(judge[named & inside] * size + part[named & inside], return_counts=True)
    owner, of = cells // size, cells % size
    order = np.argsort(of, kind="stable")
    ends = np.searchsorted(of[order], np.arange(size + 1))
    cast = np.bincount(votes)  # judges by their number of votes
    cast[:1] = 0
    single = np.bincount(part[~named & inside], minlength=size)
    others = int((~named).sum())
    found = []
    for number in range(size):
        own = order[ends[number] : ends[number + 1]]
        without = cast - np.bincount(votes[owner[own]], minlength=len(cast))
        left = np.flatnonzero(without)
        found.append(
            Tally(
                votes=np.r_[votes[owner[own]], left, 1, 1].astype(float),
                hits=np.r_[hits[own], np.zeros(len(left)), 1, 0].astype(float),
                judges=np.r_[np.ones(len(own)), without[left], single[number], others - single[number]].astype(float),
                unnamed=others,
            )
        )
    return found


def read_judges(votes: Votes) -> Integers:
    """The number of each vote's judge in the order of the vote table, shape (votes,); −1 where it names none."""
    column = pq.read_table(votes.path, columns=["judge"])["judge"].combine_chunks()
    return np.asarray(column.dictionary_encode().indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)


def crowding_of(judge: Integers, group: Integers, size: int) -> Floats:
    """Votes in its group that the judge of an average vote has cast, by group, shape (size,); 1 for an empty group.

    Args:
        judge: as in `tally_of`.
        group: shape (n,), 0 … size − 1.
    """
    named = judge >= 0
    _, votes = np.unique(judge[named] * size + group[named], return_counts=True)
    cells = np.unique(judge[named] * size + group[named]) % size
    squares = np.bincount(cells, votes.astype(float) ** 2, size) + np.bincount(group[~named], minlength=size)
    whole = np.bincount(group, minlength=size)
    return np.where(whole > 0, squares / np.maximum(whole, 1), 1.0)


def count_judges(table: ir.Table, hits: Sequence[str]) -> list[Tally]:
    """The tally of each of several kinds of hit, in one scan of a table with columns `who` and `named` (see `with_judge`).

    Args:
        hits: names of boolean columns without nulls.
    """
    sums = {f"x{number}": _number(table[name]) for number, name in enumerate(hits)}
    per = table.group_by("who").aggregate(n=table.count(), unnamed=_number(~table["named"]), **sums)
    same = per.group_by(["n", *sums]).aggregate(judges=per.count(), unnamed=per["unnamed"].sum())
    frame = engine.to_pandas(same).astype("float64").sort_values(["n", *sums], ignore_index=True)
    votes, judges, unnamed = frame["n"].to_numpy(), frame["judges"].to_numpy(), int(frame["unnamed"].sum())
    return [Tally(votes, frame[name].to_numpy(), judges, unnamed) for name in sums]


def with_judge(table: ir.Table) -> ir.Table:
    """`table` with `named`, and `who`: the judge, or for a vote that names none the vote itself, a judge of its own."""
    import ibis

    alone = ibis.literal("vote ") + table["vote_id"].cast("string")
    return table.mutate(named=table["judge"].notnull(), who=ibis.coalesce(table["judge"], alone))


def count_groups(table: ir.Table, of_groups: ir.Table) -> pd.DataFrame:
    """group, votes, hits and, over the judges of each group, the sums PRODUCTS.

    Args:
        table: all votes, with columns `who` and `hit`.
        of_groups: the same with `group`; a vote may be in several groups, or in none.
    """
    per_judge = table.group_by("who").aggregate(n=table.count(), x=_number(table["hit"]))
    cells = of_groups.group_by(["who", "group"]).aggregate(a=of_groups.count(), y=_number(of_groups["hit"]))
    both = cells.join(per_judge, "who")
    sums = {name: (both[name[0]] * both[name[1]]).sum() for name in PRODUCTS}
    frame = engine.to_pandas(both.group_by("group").aggregate(votes=both["a"].sum(), hits=both["y"].sum(), **sums))
    return frame.astype({"votes": "int64", "hits": "int64", **dict.fromkeys(sums, "float64")})


def count_given_groups(judge: Integers, hit: NDArray[np.bool_], group: Integers) -> pd.DataFrame:
    """As `count_groups`, of votes in memory, each in one group.

    Args:
        judge, hit: as in `tally_of`.
        group: shape (n,).
    """
    import ibis

    who = np.where(judge < 0, -1 - np.arange(len(judge)), judge)
    table = ibis.memtable(pa.table({"who": who, "hit": hit, "group": group}))
    return count_groups(table, table)


def _number(column: ir.BooleanColumn) -> ir.IntegerScalar:
    return column.cast("int64").sum()
