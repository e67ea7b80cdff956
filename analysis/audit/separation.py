"""Separation: how much of the order of a board its votes know, for neighbours and for any two models, over all pairs at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.distributions import norm
from analysis.errors import UsageError
from analysis.ratings.board import Board
from analysis.ratings.classes import classes
from analysis.ratings.intervals import written_chance
from analysis.ratings.simultaneous import above_chances, critical_value, distance_errors
from analysis.ratings.threads import one_thread
from analysis.ratings.versus import written_probability
from analysis.results.listing import Listing
from analysis.results.options import named, whole_number
from analysis.results.previews import display
from analysis.results.prose import Prose, counted, in_points, joined, percent, signed
from analysis.results.spelling import did_you_mean
from analysis.results.tables import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Shares of the pairs of neighbours that are not told apart over all pairs at once from which on it is worth knowing (arenakit's
#: bar), and from which on more of the order is unknown than known.
KNOW_FROM, BEWARE_FROM = 0.25, 0.5

#: Half width of an interval, points, above which a rating is provisional: models closer than this count as level elsewhere
#: (`claims.verdicts.LEVEL`), for the better one of them wins 51.4 % of their votes.
PROVISIONAL = 10.0

#: Models of a sentence, and of a matrix where a reader chooses none.
_NAMED, _MATRIX = 3, 10

#: What is said before a model that is the best of several others.
_APART = "Told apart from all others, "

#: How surely a pair is told apart, the surest first, and what is said of one that is not.
OVER_ALL, OVER_NEIGHBOURS, ONE_AT_A_TIME, NOT = "over all pairs", "over the neighbours", "one at a time", "no"


@dataclass(frozen=True, eq=False)
class Separation(Check):
    """The order of a board, and how much of it is known.

    Two models are told apart *over all pairs* where their ratings lie further apart than the largest of all studentised
    differences of the board does by noise alone, at the level of the board: then all orders that are so called are right together
    in 95 % of boards, whichever pairs a reader picks. *Over the neighbours* that holds for the M − 1 pairs of neighbours alone,
    and *one at a time* for a pair that was chosen before the votes were seen.

    Attributes:
        board: best first.
        critical: standard errors beyond which two models are told apart over all pairs.
        critical_neighbours: the same over the pairs of neighbours.
        top: k, for the chance to be among the first k.
    """

    board: Board
    critical: float
    critical_neighbours: float
    top: int

    name = "separation"
    question = "How much of the order is known?"
    #: Of boards whose neighbours lie seven standard errors apart (12 models, 40 points apart, 40,000 votes): of 200 none fires.
    false_alarm = 0.05

    threshold = f"more than {percent(KNOW_FROM, 0)} of neighbours not told apart; beware above {percent(BEWARE_FROM, 0)}"

    @property
    def formats(self) -> Mapping[str, Format]:  # type: ignore[override]
        """Of the table."""
        return MappingProxyType({**_FORMATS, "top_chance": Format(written_probability, f"P(first {self.top})")})

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"What is known of the order: {self.board.category.label}"

    @property
    def critical_single(self) -> float:
        """Standard errors beyond which one pair is told apart that was chosen before."""
        return float(norm.ppf(0.5 + self.board.settings.level / 2))

    @cached_property
    def errors(self) -> Floats:
        """Standard errors of the distance of each two models, points, shape (M, M)."""
        return distance_errors(self.board.covariance)

    @cached_property
    def classes(self) -> Integers:
        """The class of each model, 1 for the best, over all pairs at once, shape (M,)."""
        return classes(self.board.ratings, self.errors, self.critical)

    @cached_property
    def ratios(self) -> Floats:
        """Distances of neighbours in their standard errors, shape (M − 1,)."""
        return np.asarray(-np.diff(self.board.ratings) / np.diagonal(self.errors, 1))

    @property
    def separated(self) -> tuple[int, int, int]:
        """How many pairs of neighbours are told apart: over all pairs, over the neighbours, and one at a time."""
        beyond = (self.critical, self.critical_neighbours, self.critical_single)
        return tuple(int((self.ratios > critical).sum()) for critical in beyond)  # type: ignore[return-value]

    @property
    def unknown(self) -> float:
        """The share of neighbours that are not told apart over all pairs."""
        return 1 - self.separated[0] / len(self.ratios)

    @property
    def verdict(self) -> Verdict:
        if self.unknown > BEWARE_FROM:
            return Verdict.BEWARE
        return Verdict.KNOW if self.unknown > KNOW_FROM else Verdict.FINE

    @property
    def number(self) -> str:
        pairs = len(self.ratios)
        return f"{pairs - self.separated[0]} of {counted(pairs, 'pair')} of neighbours not told apart"

    @cached_property
    def top_chances(self) -> Floats:
        """The chance of each model to be among the first `top`, over joint draws, shape (M,)."""
        draws, size = self.board.draws, len(self.board.models)
        if self.top >= size:
            return np.ones(size)
        last = np.partition(draws, size - self.top, axis=1)[:, size - self.top]
        return np.asarray((draws >= last[:, None]).mean(axis=0))

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, best first: class, model, rating, lower, upper (points), rank_lower, rank_upper, votes, above_next
        (the probability that it is above the next one), next_difference, next_lower, next_upper (from the next one's rating,
        points, with the interval of one pair), all_lower, all_upper (with an interval over all pairs), separated (from the next
        one: `over all pairs`, `over the neighbours`, `one at a time` or `no`), first_chance, top_chance (to be the best, and
        among the first k), provisional (known to no better than ± 10 points). The last one has no next."""
        board, ratios = self.board, self.ratios
        lower, upper = board.bounds
        rank_lower, rank_upper = board.rank_bounds
        gap, error = -np.diff(board.ratings), np.diagonal(self.errors, 1)
        columns: dict[str, Sequence[object] | NDArray[np.generic]] = {
            "class": self.classes,
            "model": board.models,
            "rating": board.ratings,
            "lower": lower,
            "upper": upper,
            "rank_lower": rank_lower,
            "rank_upper": rank_upper,
            "votes": board.votes.astype(int),
            "above_next": _with_last(norm.cdf(ratios)),
            "next_difference": _with_last(gap),
            "next_lower": _with_last(gap - self.critical_single * error),
            "next_upper": _with_last(gap + self.critical_single * error),
            "all_lower": _with_last(gap - self.critical * error),
            "all_upper": _with_last(gap + self.critical * error),
            "separated": [*(self._how(ratio) for ratio in ratios), None],
            "first_chance": board.first_chances,
            "top_chance": self.top_chances,
            "provisional": (upper - lower) / 2 > PROVISIONAL,
        }
        return pd.DataFrame(columns)

    def _repr_html_(self) -> str:
        """The table as far as a screen is wide; `.table` has intervals of one pair and votes too."""
        return display(self.table.drop(columns=["next_lower", "next_upper", "votes"]), caption=self.caption, formats=self.formats)

    def _how(self, ratio: float) -> str:
        """How surely two models are told apart that lie so many standard errors apart."""
        beyond = {OVER_ALL: self.critical, OVER_NEIGHBOURS: self.critical_neighbours, ONE_AT_A_TIME: self.critical_single}
        return next((how for how, critical in beyond.items() if ratio > critical), NOT)

    @property
    def first(self) -> tuple[str, ...]:
        """The models that are not told apart from the one with the highest rating, best first."""
        return tuple(model for model, number in zip(self.board.models, self.classes, strict=True) if number == 1)

    @property
    def sentence(self) -> Prose:
        """How many neighbours are told apart, how many classes that leaves, and who may be the best."""
        (over_all, _, single), size = self.separated, len(self.board.models)
        number = int(self.classes.max())
        come = f"the {size} models come down to {counted(number, 'class', 'classes')}"
        if size == 2:
            known = "The two models are not told apart."
            if over_all:
                return Prose(f"The two models are told apart: {self._best.removeprefix(_APART)}.")
        elif not single:
            known = f"Of {size - 1} pairs of neighbours none is told apart, not even one at a time; {come}."
        else:
            apart = f"{over_all or 'none'} {'is' if over_all <= 1 else 'are'} told apart over all pairs at once"
            known = f"Of {size - 1} pairs of neighbours {apart}, {single} one at a time; {come}."
        return Prose(f"{known} {self._best}.")

    @property
    def _best(self) -> str:
        """Who may be the best, with the chances of the likeliest."""
        size, chances = len(self.first), self.board.first_chances
        likeliest = np.argsort(-chances, kind="stable")[: min(size, _NAMED)]
        named = [f"{self.board.models[place]} ({written_probability(chances[place])})" for place in likeliest]
        if size == 1:
            return f"{_APART}{self.board.models[0]} is the best ({written_chance(chances[0])})"
        whole = "Either" if size == 2 else f"Any of {size}"
        return f"{whole} may be the best{', likeliest' if size > _NAMED else ''}: {joined(named, last=' or ')}"

    def matrix(self, models: Sequence[str] | str = ()) -> pd.DataFrame:
        """P(the model of the row is above that of the column); of itself it is missing.

        Args:
            models: in the order of rows and columns, each once; the first ten of the board where none is given.

        Raises:
            UsageError: a model is not on the board, or only one is given.
        """
        names = named(models) or list(self.board.models[:_MATRIX])
        if len(names) == 1:
            raise UsageError(f"{names[0]} alone makes no matrix; name two models or more.")
        places = self._places(names)
        found = above_chances(self.board.ratings[places], self.errors[np.ix_(places, places)])
        np.fill_diagonal(found, np.nan)
        return pd.DataFrame(found, index=pd.Index(names, name="model"), columns=names)

    def pair(self, model: str, other: str) -> Listing:
        """Any two models: model, other, difference, difference_lower, difference_upper (points, of one pair), all_lower,
        all_upper (over all pairs), above (the probability that the first is above the second), separated.

        Raises:
            UsageError: one of them is not on the board, or both are the same.
        """
        if model == other:
            raise UsageError(f"{model} cannot be held against itself; name two models.")
        one, two = self._places((model, other))
        gap, error = float(self.board.ratings[one] - self.board.ratings[two]), float(self.errors[one, two])
        single, every = self.critical_single * error, self.critical * error
        ends = {"difference_lower": gap - single, "difference_upper": gap + single, "all_lower": gap - every}
        above, how = float(norm.cdf(gap / error)), self._how(abs(gap) / error)
        row = {"model": model, "other": other, "difference": gap, **ends, "all_upper": gap + every, "above": above}
        first, second, sign = (model, other, 1) if gap >= 0 else (other, model, -1)
        low, high = sorted((sign * gap - single, sign * gap + single))
        told = {NOT: "They are not told apart", ONE_AT_A_TIME: "That holds for this pair alone, not over all pairs of the board"}
        words = (
            f"{first} is above {second} with a probability of {written_probability(max(above, 1 - above))}: "
            f"{in_points(signed(abs(gap)))} ({percent(self.board.settings.level, 0)} {signed(low)} to {signed(high)}). "
            f"{told.get(how, f'They are told apart {how} at once')}."
        )
        frame = pd.DataFrame([{**row, "separated": how}])
        return Listing(frame, f"{model} and {other}", words, {**_FORMATS, "above": _CHANCE}, origin=self.origin)

    def _places(self, models: Sequence[str]) -> list[int]:
        """Positions of models on the board."""
        known = self.board.models
        for name in models:
            if name not in known:
                raise UsageError(f"no model {name!r} on this board{did_you_mean(str(name), known)}; .board.table lists all.")
        return [known.index(name) for name in models]


#: What a table shows for values that name nothing beside them.
_SHOWN = {OVER_NEIGHBOURS: "if only neighbours are compared"}

_CHANCE, _POINTS = Format(written_probability, "P(above)"), Format(lambda points: signed(points, 1))

_FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "above_next": Format(written_probability, "P(above the next)"),
        "next_difference": Format(lambda points: signed(points, 1), "Above the next by"),
        "next_lower|next_upper": Format(str, "One at a time"),
        "all_lower|all_upper": Format(str, "Over all pairs"),
        "difference_lower|difference_upper": Format(str, "One at a time"),
        **{
            f"{name}_{end}": Format(lambda points: signed(points, 1))
            for name in ("next", "all", "difference")
            for end in ("lower", "upper")
        },
        "difference": Format(lambda points: signed(points, 1)),
        "separated": Format(lambda how: _SHOWN.get(how, how), "Told apart"),
        "first_chance": Format(written_probability, "P(best)"),
    }
)


def _with_last(values: Floats) -> Floats:
    """Values of neighbours, and none for the last model."""
    return np.append(values, np.nan)


@one_thread
def check_separation(case: Case, top: int = 5) -> Separation:
    """How much of the order of the board is known.

    Args:
        top: k, for the chance to be among the first k.

    Raises:
        UsageError: `top` is no whole number from 1 on.
    """
    top, board = whole_number("top", top), case.board
    level, drawn = board.settings.level, board.draws - board.ratings
    over_neighbours = critical_value(board.covariance, level, neighbours=True, drawn=drawn)
    return Separation(board, board.critical, over_neighbours, top, origin=case.origin)
