"""Votes needed: about how many more votes would decide what the board leaves open, and which pairs to ask next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.errors import UsageError
from analysis.ratings.board import Board
from analysis.ratings.votes_needed import about, spread_of_votes, votes_to_decide
from analysis.results.listing import Listing
from analysis.results.options import whole_number
from analysis.results.prose import Prose, counted, percent, signed
from analysis.results.spelling import did_you_mean
from analysis.results.tables import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

#: Share of the neighbours that are undecided above which it is worth knowing what would decide them: as in separation, some such
#: neighbours are normal. (Each needs at least as many votes again as there are: at 80 % power none needs fewer.)
KNOW_FROM = 0.25

#: Times the votes that there are, for the median of them, above which they will hardly ever come: the gaps are nothing beside
#: their noise, and the order of those models says nothing.
BEWARE_FROM = 10.0

#: Pairs to ask next that a sentence names.
_NAMED = 3

#: What is said of an estimate that is level: from few votes models may be, and more of them would show it.
_LEVEL = "their ratings are level so far, which does not tell how many more votes would decide it"


@dataclass(frozen=True, eq=False)
class VotesNeeded(Check):
    """What would decide the neighbours of a board that are undecided one at a time, at the level of the board and with a power of
    80 % (see `analysis.ratings.votes_needed`).

    Attributes:
        board: best first.
        neighbours: one row for each pair of neighbours, best first: model, other, and what `votes_to_decide` gives.
    """

    board: Board
    neighbours: pd.DataFrame

    name = "votes_needed"
    question = "How many more votes would decide it?"
    #: Of boards whose neighbours lie seven standard errors apart, as in separation: of 200 none fires.
    false_alarm = 0.05
    threshold = (
        f"more than {percent(KNOW_FROM, 0)} of neighbours undecided; beware where the median of these needs more than "
        f"{BEWARE_FROM:g} times the votes there are"
    )

    @property
    def formats(self) -> Mapping[str, Format]:  # type: ignore[override]
        """Of the table."""
        return _FORMATS

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Votes that would decide it: {self.board.category.label}"

    @property
    def whole(self) -> int:
        """Votes that there are between the models of the board."""
        assert self.board.fit is not None
        return self.board.fit.pairs.votes

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each pair of neighbours that is undecided, best first: model, other, difference, difference_lower,
        difference_upper (points), votes (between the two), more, more_least (votes needed at the present sampling, of all
        models), pair_more, pair_least (votes needed of that pair alone), times (`more` in units of all votes there are).

        `least` is what is needed where the difference is at the upper end of its interval. There is no upper end: the interval
        holds 0, and models that are level are never told apart; where the estimates are level so far, numbers are infinite.
        """
        return self.neighbours[self.neighbours["times"] > 0].reset_index(drop=True)

    @property
    def share(self) -> float:
        """Of the neighbours, those that are undecided."""
        return len(self.table) / len(self.neighbours)

    @property
    def median(self) -> pd.Series:
        """The undecided pair in the middle, by what it needs: of two the one that needs more."""
        return self.table.sort_values("times", kind="stable").iloc[len(self.table) // 2]

    @property
    def verdict(self) -> Verdict:
        if self.share <= KNOW_FROM:
            return Verdict.FINE
        return Verdict.BEWARE if self.median["times"] > BEWARE_FROM else Verdict.KNOW

    @property
    def number(self) -> str:
        if self.table.empty:
            return "no neighbours undecided"
        return f"{_times(self.median['times'])}, the median of {counted(len(self.table), 'undecided pair')}"

    @property
    def sentence(self) -> Prose:
        """How many neighbours are undecided, and what would decide the one in the middle of them."""
        pairs, found = len(self.neighbours), len(self.table)
        if not found:
            which = {1: "The two models are", 2: "Both pairs of neighbours are"}.get(
                pairs, f"All {pairs} pairs of neighbours are"
            )
            return Prose(f"{which} decided.")
        row = self.median
        level = int((~np.isfinite(self.table["times"])).sum())
        lead = (
            f"{row['model']} and {row['other']} are undecided"
            if pairs == 1
            else f"{found} of {pairs} pairs of neighbours {'is' if found == 1 else 'are'} undecided, one at a time"
        )
        if not np.isfinite(row["times"]):
            if pairs == 1:
                return Prose(f"{lead}: {_LEVEL}.")
            which = "its" if found == 1 else "in all of these the" if level == found else f"in {level} of these the"
            return Prose(f"{lead}; {which} {_LEVEL.removeprefix('their ')}.")
        who = "they need" if pairs == 1 else "it needs" if found == 1 else "the one in the middle needs"
        return Prose(
            f"{lead}: {who} about {about(row['more'])} more votes at the present sampling ({_times(row['times'])}; at least "
            f"{about(row['more_least'])}), or {about(row['pair_more'])} of that pair alone."
        )

    def undecided(self) -> Listing:
        """Every pair of models that is undecided, as in `table`, those that need least first."""
        first, second = np.triu_indices(len(self.board.models), 1)
        every = _needed(self.board, first, second)
        found = every[every["times"] > 0].sort_values("times", kind="stable", ignore_index=True)
        words = f"{len(found):,} of {counted(len(every), 'pair')} of models {'is' if len(found) == 1 else 'are'} undecided."
        return Listing(found, "All undecided pairs", words, _FORMATS, origin=self.origin)

    def pair(self, model: str, other: str) -> Listing:
        """What any two models need, as in `table`.

        Raises:
            UsageError: one of them is not on the board, or both are the same.
        """
        known = self.board.models
        for name in (model, other):
            if name not in known:
                raise UsageError(f"no model {name!r} on this board{did_you_mean(str(name), known)}; .board.table lists all.")
        if model == other:
            raise UsageError(f"{model} cannot be held against itself; name two models.")
        found = _needed(self.board, np.array([known.index(model)]), np.array([known.index(other)]))
        return Listing(found, f"{model} and {other}", _words(found.iloc[0]), _FORMATS, origin=self.origin)

    def next_pairs(self, top: int = 50) -> Listing:
        """Which pairs to ask next for most information: model, other, votes (so far), share (of the next votes), the first `top`.

        The rule of Chiang et al. (2024, arXiv 2403.04132): a pair is drawn as often as a vote of it makes its standard error
        smaller, √(S / n) − √(S / (n + 1)) with S the variance of a vote and n votes so far. A pair that was never asked counts
        as one that was asked once. It serves the win rates of all pairs alike, not the order: for that see `table`. Where all
        votes are ties, so that S is 0, all pairs count as equally uncertain.

        Raises:
            UsageError: `top` is no whole number from 1 on.
        """
        top = whole_number("top", top)
        first, second = np.triu_indices(len(self.board.models), 1)
        votes, _, squared = spread_of_votes(self.board, first, second)
        squared, cast = squared if squared.any() else np.ones_like(squared), np.maximum(votes, 1.0)
        gain = np.sqrt(squared / cast) - np.sqrt(squared / (cast + 1))
        names = np.array(self.board.models, dtype=object)
        columns = {"model": names[first], "other": names[second], "votes": votes.astype(int), "share": gain / gain.sum()}
        frame = pd.DataFrame(columns).sort_values("share", ascending=False, kind="stable", ignore_index=True)
        never = frame["votes"] == 0
        named = frame.head(_NAMED).itertuples()
        pairs = "; ".join(f"{row.model} and {row.other} ({_part(row.share)})" for row in named)
        words = f"Of the next votes most would tell those of {pairs}."
        if never.any():
            asked = f"{never.sum():,} of {counted(len(frame), 'pair')} {'was' if never.sum() == 1 else 'were'} never asked"
            words = f"{asked}: {percent(frame.loc[never, 'share'].sum(), 0)} of the next votes would go to them."
        formats = {"votes": Format(lambda votes: f"{votes:,}", "Votes so far"), "share": Format(_part, "Of the next votes")}
        return Listing(frame.head(top), "Pairs to ask next", words, formats, origin=self.origin)


def _needed(board: Board, one: Integers, other: Integers) -> pd.DataFrame:
    """model, other, and what `votes_to_decide` gives; one row a pair."""
    names = np.array(board.models, dtype=object)
    frame = votes_to_decide(board, one, other)
    frame.insert(0, "model", names[one])
    frame.insert(1, "other", names[other])
    return frame


def _words(row: pd.Series) -> str:
    """What a pair needs, as a sentence."""
    if not row["times"]:
        return "This pair by itself is decided."
    if not np.isfinite(row["times"]):
        return f"{_LEVEL[0].upper()}{_LEVEL[1:]}."
    more, least, pair, pair_least = (about(row[name]) for name in ("more", "more_least", "pair_more", "pair_least"))
    at_present = f"{more} more votes at the present sampling would decide it ({_times(row['times'])}; at least {least})"
    return f"About {at_present}, or about {pair} of that pair alone (at least {pair_least})."


def _times(times: float) -> str:
    """How many times the votes that there are: `11 times those there are`."""
    if not np.isfinite(times):
        return "no number can be told"
    return f"{times:.1f} times those there are" if times < 10 else f"{about(times)} times those there are"


_FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        **{name: Format(lambda points: signed(points, 1)) for name in ("difference", "difference_lower", "difference_upper")},
        "difference_lower|difference_upper": Format(str, "Its interval"),
        "votes": Format(lambda votes: f"{votes:,}", "Votes between them"),
        "more": Format(lambda votes: _written(votes), "More votes needed"),
        "more_least": Format(lambda votes: _written(votes), "At least"),
        "pair_more": Format(lambda votes: _written(votes), "Of that pair alone"),
        "pair_least": Format(lambda votes: _written(votes), "Of it at least"),
        "times": Format(
            lambda times: "none" if not times else f"{times:,.1f} ×" if np.isfinite(times) else "–", "Of all there are"
        ),
    }
)


def _written(votes: float) -> str:
    if not votes:
        return "none"
    return about(votes) if np.isfinite(votes) else "not known"


def _part(share: float) -> str:
    """A share in two digits, however small it is among very many pairs."""
    return percent(share, max(0, 1 - int(np.floor(np.log10(100 * share)))) if share else 0)


def check_votes_needed(case: Case) -> VotesNeeded:
    """What would decide the neighbours of the board that are undecided."""
    first = np.arange(len(case.board.models) - 1)
    return VotesNeeded(case.board, _needed(case.board, first, first + 1), origin=case.origin)
