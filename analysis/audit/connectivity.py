"""Connectivity: whether all models stand on one scale, and what holds them there."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.compiled import compiled
from analysis.ratings.board import Board
from analysis.results.prose import Prose, counted, joined, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.pairs import PairCounts

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Votes below which a model is hardly placed at all: arenakit's bar.
FEW = 30

#: Votes up to which what holds a board together is a weak link.
WEAK = 5

#: Part of the votes that models which are not rated took part in, from which on to beware.
MUCH = 0.05

#: Models named in a sentence.
_NAMED = 3


@dataclass(frozen=True)
class Link:
    """The fewest votes found whose loss would cut the rated models in two.

    Attributes:
        votes: how many.
        models: those on the smaller side of the cut.
        wins: whether these are what the smaller side won or tied (without them it never wins), else what it lost or tied.
    """

    votes: int
    models: tuple[str, ...]
    wins: bool


@dataclass(frozen=True, eq=False)
class Connectivity(Check):
    """Which models are on the board's scale.

    Attributes:
        pairs: of all votes, of those of models that are not rated too.
        board: of the rated ones.
        link: what holds these together.
    """

    pairs: PairCounts
    board: Board
    link: Link

    name = "connectivity"
    question = "Do all models stand on one scale?"
    caption = "What holds each model on the scale"
    false_alarm = 0.01

    @property
    def groups(self) -> int:
        """Groups of two or more models that can be rated among themselves, the rated one among them."""
        return len(self.pairs.islands)

    @cached_property
    def left_out(self) -> list[str]:
        """The models with votes that are not rated."""
        known = set(self.pairs.models)
        frame = self.board.left_out
        return [str(model) for model in frame.loc[frame["votes"] > 0, "model"] if model in known]

    @cached_property
    def left_out_share(self) -> float:
        """The share of the votes in which one of them took part."""
        kept = np.isin(np.array(self.pairs.models, dtype=object), self.left_out)
        theirs = kept[self.pairs.first] | kept[self.pairs.second]
        return float(self.pairs.total[theirs].sum() / max(self.pairs.votes, 1))

    @cached_property
    def thin(self) -> list[str]:
        """The rated models with fewer than 30 votes, the fewest first."""
        order = np.argsort(self.board.votes, kind="stable")
        return [self.board.models[place] for place in order if self.board.votes[place] < FEW]

    @property
    def verdict(self) -> Verdict:
        """Beware where a second group stands on a scale of its own, or much is not rated."""
        if self.groups > 1 or self.left_out_share >= MUCH:
            return Verdict.BEWARE
        return Verdict.KNOW if self.left_out or self.thin or self.link.votes <= WEAK else Verdict.FINE

    @property
    def number(self) -> str:
        rated, whole = len(self.board.models), len(self.board.models) + len(self.left_out)
        return f"{rated} of {counted(whole, 'model')} rated, weakest link {counted(self.link.votes, 'vote')}"

    @property
    def threshold(self) -> str:
        return (
            f"a second group, or {percent(MUCH, 0)} of the votes not rated (worth knowing: any model not rated, "
            f"with fewer than {FEW} votes, or held by {WEAK} votes or fewer)"
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """model, votes, opponents (models that it met), won and lost (votes; a tie is in both), held_by (the smaller of the two:
        without so many votes it is not rated) and state (`rated`, `few votes`, or why it is not rated); the weakest first."""
        pairs = self.pairs
        forth, back = _beats(pairs)
        met = (pairs.total > 0).astype(float)
        won, lost = pairs.scatter(forth, back).astype(int), pairs.scatter(back, forth).astype(int)
        reasons = dict(zip(self.board.left_out["model"], self.board.left_out["reason"], strict=True))
        thin = set(self.thin)
        frame = pd.DataFrame(
            {
                "model": list(pairs.models),
                "votes": pairs.votes_by_model.astype(int),
                "opponents": pairs.scatter(met, met).astype(int),
                "won": won,
                "lost": lost,
                "held_by": np.minimum(won, lost),
                "state": [reasons.get(model, "few votes" if model in thin else "rated") for model in pairs.models],
            }
        )
        return frame.sort_values(["held_by", "votes", "model"], ignore_index=True)

    @property
    def sentence(self) -> Prose:
        """Whether all models are on one scale and what holds them there; who is not, or has few votes."""
        return Prose(" ".join(part for part in (f"{self._rated}; {self._weakest}.", self._others or self._thin) if part))

    @property
    def _rated(self) -> str:
        rated = len(self.board.models)
        if not self.left_out:
            return f"{'Both' if rated == 2 else f'All {rated:,}'} models stand on one scale"
        return f"{rated} of {counted(rated + len(self.left_out), 'model')} stand on the board's scale"

    @property
    def _others(self) -> str:
        if not self.left_out:
            return ""
        who = joined(self.left_out, _NAMED)
        if self.groups > 1:
            there = (
                "There is another group that has" if self.groups == 2 else f"There are {self.groups - 1} other groups that have"
            )
            return f"{there} a scale of {'its' if self.groups == 2 else 'their'} own: {who} cannot be compared."
        has = "has" if len(self.left_out) == 1 else "have"
        return f"{who} {has} no place on it, with {percent(self.left_out_share)} of the votes."

    @property
    def _thin(self) -> str:
        if not self.thin:
            return ""
        return f"{joined(self.thin, _NAMED)} {'has' if len(self.thin) == 1 else 'have'} fewer than {FEW} votes."

    @property
    def _weakest(self) -> str:
        votes, who = self.link.votes, joined(self.link.models, _NAMED)
        return (
            f"a single vote holds {who} there"
            if votes == 1
            else f"the weakest link is {who}, which {votes:,} votes or fewer hold there"
        )


def check_connectivity(case: Case) -> Connectivity:
    """Which models are on the board's scale, and what holds them there."""
    return Connectivity(case.whole, case.board, weakest_link(case.pairs), origin=case.origin)


def _beats(pairs: PairCounts) -> tuple[Floats, Floats]:
    """Votes of each pair that its first model won or tied, and that its second did, each shape (P,)."""
    ties = pairs.counts[:, 2] + pairs.counts[:, 3]
    return pairs.counts[:, 0] + ties, pairs.counts[:, 1] + ties


def weakest_link(pairs: PairCounts) -> Link:
    """The fewest votes found whose loss leaves one part of the models without a win, or without a loss, against the rest.

    A finite rating needs both (Ford 1957). The cuts that are looked at are those of each model alone and those that Stoer and
    Wagner's algorithm (1997) goes through, on all votes of a pair and on those of its rarer winner. Of small boards it is the
    least of all cuts in more than 99 of 100; what is found is a cut in any case.
    """
    size = len(pairs.models)
    forth, back = _beats(pairs)
    matrix = np.zeros((size, size))
    matrix[pairs.first, pairs.second], matrix[pairs.second, pairs.first] = forth, back
    sides = np.concatenate([np.eye(size, dtype=bool), _cuts(np.minimum(matrix, matrix.T)), _cuts(matrix + matrix.T)])
    inside = sides.astype(float)
    won = ((inside @ matrix) * (1 - inside)).sum(axis=1)
    lost = (inside * ((1 - inside) @ matrix)).sum(axis=1)
    cost = np.minimum(won, lost)
    best = int(np.argmin(cost))
    side, wins = sides[best], bool(won[best] <= lost[best])
    if 2 * side.sum() > size:
        side, wins = ~side, not wins
    return Link(int(cost[best]), tuple(pairs.models[place] for place in np.flatnonzero(side)), wins)


@compiled
def _cuts(weight: Floats) -> NDArray[np.bool_]:
    """The cuts of the phases of Stoer and Wagner's algorithm, which has the least cut among them, shape (M − 1, M).

    Args:
        weight: shape (M, M), symmetric.
    """
    size = len(weight)
    left, merged = weight.copy(), np.eye(size) > 0
    alive = np.ones(size, dtype=np.bool_)
    found = np.zeros((size - 1, size), dtype=np.bool_)
    for phase in range(size - 1):
        tied, added = np.zeros(size), np.zeros(size, dtype=np.bool_)
        before = last = -1
        for _ in range(size - phase):
            most, pick = -1.0, -1
            for each in range(size):
                if alive[each] and not added[each] and tied[each] > most:
                    most, pick = tied[each], each
            before, last = last, pick
            added[pick] = True
            for each in range(size):
                tied[each] += left[pick, each]
        found[phase] = merged[last]
        merged[before] |= merged[last]
        left[before] += left[last]
        left[:, before] = left[before]
        left[before, before] = 0.0
        alive[last] = False
    return found
