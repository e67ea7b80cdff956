"""Overlap: which votes two vote tables have in common, and their ballots as one reading, so that what they share cancels.

A vote is the same where its id and what it says (models, outcome, judge, time, turns) are. Where ids are row numbers, which move
with every row that comes before, votes are matched by what they say, if that names a judge or a time; without either, votes say
too little, and only an earlier table of which every vote is found again is taken to be a part of the later one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.ratings.ballots import Ballots, gather
from analysis.ratings.pairs import OUTCOMES
from analysis.results.prose import counted
from analysis.votes import engine

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Integers = NDArray[np.int64]

#: The sides of a comparison, in the order of their bits.
SIDES = EARLIER, LATER = "earlier", "later"

#: What a vote says, beside its id.
_CONTENT = ["left", "right", "outcome", "judge", "time", "turns"]

#: Part of a model's votes that must have the same other model's name in the later table, and how many of them at least, to call
#: it renamed.
_RENAMED, _FEWEST = 0.9, 10

#: Different contents from which votes without judges and times can show that one table is part of another.
_TELLING = 20


@dataclass(frozen=True)
class Overlap:
    """Votes of either table, once each.

    Attributes:
        frame: a row per vote: left, right, judge (numbers that are the same in both tables), outcome (position in OUTCOMES),
            judge_known, time, turns, anonymous, id, and members: 1 in the earlier table, 2 in the later, 3 in both.
        names: model and number, sorted by model; those of renamed models are the new ones.
        renamed: new names by the old ones.
        matched: how votes were matched: `ids`, `contents`, or empty where none is the same.
    """

    frame: pd.DataFrame
    names: pd.DataFrame
    renamed: Mapping[str, str] = field(default_factory=dict)
    matched: str = ""

    @cached_property
    def counts(self) -> Mapping[str, int]:
        """Votes `kept` (in both), `new` and `gone`."""
        members = np.bincount(self.frame["members"], minlength=4)
        return {"gone": int(members[1]), "new": int(members[2]), "kept": int(members[3])}

    def size(self, side: str) -> int:
        """Votes of one table."""
        return self.counts["kept"] + self.counts["gone" if side == EARLIER else "new"]

    def models(self, side: str) -> pd.Series:
        """Votes of each model of one table, by its name, most first."""
        rows = self.frame[(self.frame["members"] & self._bit(side)) > 0]
        numbers = pd.concat([rows["left"], rows["right"]]).value_counts()
        names = self.names.set_index("number")["model"]
        return numbers.rename(names)

    def ballots(self, *, by_judge: bool = True) -> dict[str, Ballots]:
        """The ballots of both tables, as one reading: which votes and judges they share is known."""
        by = ("judge",) if by_judge and self.frame["judge_known"].any() else ()
        wanted = ["left", "right", "outcome", "judge", "judge_known", "members"]
        column: dict[str, NDArray[Any]] = {name: self.frame[name].to_numpy() for name in wanted}
        column["members_0"] = column.pop("members").astype(np.int64)
        return gather(column, self.names, SIDES, by, style=False)

    @property
    def sentence(self) -> str:
        """How many votes are new, gone and kept."""
        counts = self.counts
        if not counts["new"] and not counts["gone"]:
            return f"The votes are the same: {counts['kept']:,}."
        if not counts["kept"]:
            return (
                f"None of the {counts['gone']:,} earlier votes is among the {counts['new']:,} votes of now: "
                "the two are taken as independent."
            )
        new = f"{counted(counts['new'], 'vote')} of {self.size(LATER):,} {'is' if counts['new'] == 1 else 'are'} new"
        gone = f"{counts['gone']:,} of the {self.size(EARLIER):,} earlier ones {'is' if counts['gone'] == 1 else 'are'} gone"
        how = " Votes were matched by what they say, as their ids are row numbers." if self.matched == "contents" else ""
        return f"{new}; {gone if counts['gone'] else 'none of the earlier ones is gone'}.{how}"

    @staticmethod
    def _bit(side: str) -> int:
        return 1 << SIDES.index(side)


def overlap(earlier: Votes, later: Votes) -> Overlap:
    """Which votes two tables have in common."""
    old, new = _read(earlier), _read(later)
    names = {side: _models(votes) for side, votes in ((EARLIER, earlier), (LATER, later))}
    by_id = pd.Index(new["id"]).get_indexer(pd.Index(old["id"]))
    renamed = _renamed(old, new, by_id, names)
    numbers = dict(zip(names[LATER]["model"], names[LATER]["number"], strict=True))
    of_old = dict(zip(names[EARLIER]["model"], names[EARLIER]["number"], strict=True))
    moved = {of_old[one]: numbers[other] for one, other in renamed.items()}
    if moved:
        old = old.assign(**{side: old[side].replace(moved) for side in ("left", "right")})
    place, matched = _matched(old, new, by_id)
    members = np.full(len(new), 2)
    members[place[place >= 0]] = 3
    whole = pd.concat([old[place < 0].assign(members=1), new.assign(members=members)], ignore_index=True)
    listed = pd.concat([names[EARLIER][~names[EARLIER]["model"].isin(renamed)], names[LATER]]).drop_duplicates("model")
    return Overlap(whole, listed.sort_values("model", ignore_index=True), renamed, matched)


def _read(votes: Votes) -> pd.DataFrame:
    """What a comparison needs of each vote, in numbers."""
    table = votes.expression
    frame = engine.to_pandas(
        table.select(
            id=table["vote_id"].hash(),
            left=table["model_a"].hash(),
            right=table["model_b"].hash(),
            outcome=table["outcome"].cases(*((name.value, place) for place, name in enumerate(OUTCOMES))).cast("int8"),
            judge=table["judge"].hash(),
            judge_known=table["judge"].notnull(),
            time=table["time"],
            turns=table["turns"],
            anonymous=table["anonymous"],
        )
    )
    turns = frame["turns"].astype("float64").fillna(0).astype("int64")
    anonymous = frame["anonymous"].astype("boolean").fillna(True).astype(bool)
    return frame.assign(turns=turns, anonymous=anonymous, judge=frame["judge"].where(frame["judge_known"], 0))


def _models(votes: Votes) -> pd.DataFrame:
    """model and number of all models of a table."""
    table = votes.expression
    both = table.select(model=table["model_a"]).union(table.select(model=table["model_b"]), distinct=True)
    return engine.to_pandas(both.mutate(number=both["model"].hash())).sort_values("model", ignore_index=True)


def _matched(old: pd.DataFrame, new: pd.DataFrame, by_id: Integers) -> tuple[Integers, str]:
    """The place in the later table of each earlier vote, −1 for none, shape (n,), and how they were matched."""
    keys = [pd.util.hash_pandas_object(frame[_CONTENT], index=False).to_numpy() for frame in (old, new)]
    same = (by_id >= 0) & (keys[1][by_id] == keys[0]) if len(new) else by_id >= 0
    place = np.where(same, by_id, -1)
    if same.sum() < min(len(old), len(new)):
        found = _by_contents(*keys)
        told = all(frame["judge_known"].any() or frame["time"].notna().any() for frame in (old, new))
        whole = bool((found >= 0).all()) and len(np.unique(keys[0])) >= _TELLING
        if (found >= 0).sum() > same.sum() and (told or whole):
            return found, "contents"
    return place, "ids" if same.any() else ""


def _by_contents(old: NDArray[np.uint64], new: NDArray[np.uint64]) -> Integers:
    """The place of each earlier vote among the later ones by equal keys, the first to the first; −1 for none."""
    numbered = [pd.DataFrame({"key": keys, "number": pd.Series(keys).groupby(keys).cumcount()}) for keys in (old, new)]
    left, right = (pd.MultiIndex.from_frame(one) for one in numbered)
    return np.asarray(right.get_indexer(left), dtype=np.int64)


def _renamed(old: pd.DataFrame, new: pd.DataFrame, by_id: Integers, names: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """New names of models by their old ones: gone and new ones that the same votes name."""
    lost = names[EARLIER][~names[EARLIER]["model"].isin(names[LATER]["model"])]
    come = names[LATER][~names[LATER]["model"].isin(names[EARLIER]["model"])]
    if lost.empty or come.empty or not (by_id >= 0).any():
        return {}
    here = np.flatnonzero(by_id >= 0)
    was, now = old.iloc[here].reset_index(drop=True), new.iloc[by_id[here]].reset_index(drop=True)
    alike = (was[["outcome", "judge", "turns"]] == now[["outcome", "judge", "turns"]]).all(axis=1)
    sides = [pd.DataFrame({"was": was[side], "now": now[side], "alike": alike}) for side in ("left", "right")]
    told = pd.concat(sides)
    news, found = come.set_index("number")["model"], dict[str, str]()
    for model, number in zip(lost["model"], lost["number"], strict=True):
        rows = told[told["was"] == number]
        called = rows.loc[rows["alike"], "now"].value_counts()
        if len(rows) >= _FEWEST and len(called) and called.iloc[0] >= _RENAMED * len(rows) and called.index[0] in news:
            found[model] = str(news[called.index[0]])
    return found if len(set(found.values())) == len(found) else {}
