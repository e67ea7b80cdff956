"""Rank spans: over how many ranks the interval of each model's rank reaches."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.errors import InputError
from analysis.ratings.board import Board
from analysis.results.prose import Prose, counted, joined, percent
from analysis.results.tables import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

#: Ranks that the median model may have, above which it is worth knowing, for it is no longer itself or its one neighbour's; and
#: above which a list from 1 to N misleads: two steps up and two down are five ranks.
KNOW_FROM, BEWARE_FROM = 2, 4

#: Widest spans that a sentence names.
_NAMED = 2


@dataclass(frozen=True, eq=False)
class RankSpans(Check):
    """Intervals of ranks: places in the order of strengths that a model may have (see `Board.rank_bounds`).

    Attributes:
        board: best first.
    """

    board: Board

    name = "rank_spans"
    question = "Over how many ranks may a model move?"
    #: Of boards whose neighbours lie seven standard errors apart, as in separation: of 200 none fires.
    false_alarm = 0.05
    threshold = f"the median model's interval spans more than {KNOW_FROM} ranks; beware above {BEWARE_FROM}"
    formats = MappingProxyType({"rank_lower|rank_upper": Format(str, "Its interval"), "span": Format(str, "Ranks it may have")})

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Ranks that a model may have: {self.board.category.label}"

    @cached_property
    def spans(self) -> Integers:
        """Ranks within the interval of each model's rank, both ends among them, shape (M,)."""
        lower, upper = self.board.rank_bounds
        return np.asarray(upper - lower + 1)

    @property
    def median(self) -> float:
        """The span of the model in the middle."""
        return float(np.median(self.spans))

    @property
    def verdict(self) -> Verdict:
        if self.median > BEWARE_FROM:
            return Verdict.BEWARE
        return Verdict.KNOW if self.median > KNOW_FROM else Verdict.FINE

    @property
    def number(self) -> str:
        return f"{self.median:g} {'rank' if self.median == 1 else 'ranks'}, the median of {len(self.spans)} models"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, best first: model, rank (its place), rank_lower, rank_upper, span (ranks within), votes."""
        lower, upper = self.board.rank_bounds
        columns = {"model": self.board.models, "rank": np.arange(1, len(lower) + 1), "rank_lower": lower, "rank_upper": upper}
        return pd.DataFrame({**columns, "span": self.spans, "votes": self.board.votes.astype(int)})

    @property
    def sentence(self) -> Prose:
        """The span of the model in the middle, and the widest."""
        level = percent(self.board.settings.level, 0)
        middle = (
            f"The {level} interval of the median model's rank spans {self.median:g} of {counted(len(self.spans), 'rank')}"
            if self.median > 1
            else f"The median model has one rank alone in its {level} interval"
        )
        most = int(self.spans.max())
        if most == 1:
            return Prose(f"Every model has one rank alone in its {level} interval.")
        widest = self.table[self.spans == most]
        if len(widest) == len(self.spans):
            return Prose(f"{middle}, as that of every model does.")
        if len(widest) == 1:
            row = widest.iloc[0]
            return Prose(f"{middle}; the widest is {row['model']}'s, {row['rank_lower']} to {row['rank_upper']}.")
        return Prose(f"{middle}; the widest span {most}: {joined(widest['model'], _NAMED)}.")


def check_ranks(case: Case) -> RankSpans:
    """Over how many ranks each model of the board may move.

    Raises:
        InputError: there are two models alone.
    """
    if len(case.board.models) < 3:
        raise InputError("two models have two ranks; whether they are told apart is the question of separation")
    return RankSpans(case.board, origin=case.origin)
