"""Influence: what each vote on a model adds to its rating or to its shift, and which groups of votes carry it.

A strength is where the scores of all votes sum to zero, so that without some votes it moves, in one Newton step, by minus the
inverse information times their scores (the infinitesimal jackknife: Jaeckel 1972; Giordano et al. 2019, arXiv 1806.00550). The
steps of single votes add up. They say which opponents, languages and judges bear most; the fits are then made again without
each of these, for a step falls short where a group is large. Spans of days, which are many and small, have the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.explore.reading import NEVER, NO_LANGUAGE, day_name
from analysis.ratings.bradley_terry import POINTS, BradleyTerry, even_weights, fit_bradley_terry
from analysis.ratings.newton import NotConverged
from analysis.ratings.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.explore.reading import Reading
    from analysis.explore.selection import Selection
    from analysis.ratings.board import Board
    from analysis.ratings.shift import Shift

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Groups of each kind that are shown, and spans of days that a period is cut into at most.
SHOWN, SPANS = 8, 62


@dataclass(frozen=True)
class Group:
    """Votes on a model that have something in common.

    Attributes:
        name: what they have in common, as it is shown.
        votes: how many there are, in either category.
        points: how much lower the shift, or the rating, would be without them; of a span of days, in one Newton step.
        filter: how `conversations` finds them.
    """

    name: str
    votes: int
    points: float
    filter: dict[str, str]


@dataclass(frozen=True)
class Behind:
    """Who is behind the shift of a model, or behind its rating on one board: groups by opponent, language and judge, those that
    bear most on it first, and spans of days in their order. What votes do not tell is empty."""

    model: str
    opponents: tuple[Group, ...]
    languages: tuple[Group, ...]
    judges: tuple[Group, ...]
    days: tuple[Group, ...]


@one_thread
def behind(reading: Reading, selection: Selection, shift: Shift, model: str) -> Behind:
    """Which votes on a model carry its shift; on one board, its rating."""
    carried = Carried(reading, selection, shift, model)
    either = np.logical_or(*reading.chosen(selection))
    place, (first, second) = reading.models.index(model), reading.sides
    mine = np.flatnonzero(either & ((first == place) | (second == place)))
    other = np.where(first[mine] == place, second[mine], first[mine])
    judges: tuple[Group, ...] = ()
    if reading.judge is not None:
        named = reading.judge[mine] < reading.ballots.named["judge"]
        judges = carried.groups(mine[named], reading.judge[mine[named]], lambda number: {"judge": reading.judge_name(number)})
    known = mine[reading.language[mine] != NO_LANGUAGE]
    return Behind(
        model,
        carried.groups(mine, other, lambda number: {"opponent": reading.models[number]}),
        carried.groups(known, reading.language[known], lambda number: {"language": reading.languages[number]}),
        judges,
        carried.spans(mine[reading.day[mine] != NEVER]),
    )


@dataclass(frozen=True, eq=False)
class Carried:
    """What groups of votes carry of a model's shift, or on one board of its rating: its distance from the mean of the models on
    both boards."""

    reading: Reading
    selection: Selection
    shift: Shift
    model: str

    @cached_property
    def each(self) -> Floats:
        """How much lower it would be without each vote, in one Newton step, in points, shape (N,)."""
        result = np.zeros(len(self.reading.day))
        for sign, board in self._boards:
            row, points = influence(board, self.shift.models, self.model)
            result[row] += sign * points
        return result

    @cached_property
    def _boards(self) -> tuple[tuple[float, Board], ...]:
        second = (1.0, self.shift.board_to)
        return (second,) if self.selection.one_board else (second, (-1.0, self.shift.board_from))

    @cached_property
    def _cells(self) -> tuple[Integers, ...]:
        """For each of the boards, the cell of its pair counts that each vote is in, −1 for those that it does not count."""
        found = []
        for _, board in self._boards:
            assert board.basis.ballots is not None
            cells = np.full(len(self.reading.day), -1)
            cells[board.basis.ballots.row] = board.basis.ballots.cell
            found.append(cells)
        return tuple(found)

    def points(self, rows: Integers) -> float:
        """How much lower it is when it is fitted without some votes; in one step, where that has no finite strengths."""
        total = 0.0
        for (sign, board), cells in zip(self._boards, self._cells, strict=True):
            gone = cells[rows]
            left = distance_without(board, gone[gone >= 0], self.shift.models, self.model)
            if left is None:
                return float(self.each[rows].sum())
            total += sign * left
        return self._whole - total

    @cached_property
    def _whole(self) -> float:
        """The distance itself, or the shift of it."""
        found = 0.0
        for sign, board in self._boards:
            assert board.fit is not None
            found += sign * _distance(board.fit.strength, board.fit.pairs.models, self.shift.models, self.model)
        return found

    def groups(self, rows: Integers, numbers: Integers, found: Callable[[int], dict[str, str]]) -> tuple[Group, ...]:
        """The groups of votes of one number each, shape (n,) as `rows`, those that bear most first; `found` makes the filter of
        a number."""
        names, place = np.unique(numbers, return_inverse=True)
        sums = np.bincount(place, self.each[rows], len(names))
        made = []
        for number in np.argsort(-np.abs(sums), kind="stable")[:SHOWN]:
            mine, wanted = rows[place == number], found(int(names[number]))
            made.append(Group(next(iter(wanted.values())), len(mine), self.points(mine), wanted))
        return tuple(sorted(made, key=lambda group: -abs(group.points)))

    def spans(self, rows: Integers) -> tuple[Group, ...]:
        """The days of votes, or spans of equally many days where there are more than SPANS."""
        if not len(rows):
            return ()
        days = self.reading.day[rows]
        start, end = int(days.min()), int(days.max())
        length = -(-(end - start + 1) // SPANS)
        made = []
        for first in range(start, end + 1, length):
            last = min(first + length - 1, end)
            mine = rows[(days >= first) & (days <= last)]
            names = day_name(first), day_name(last)
            name = names[0] if first == last else " to ".join(names)
            made.append(Group(name, len(mine), float(self.each[mine].sum()), {"first": names[0], "last": names[1]}))
        return tuple(made)


def influence(board: Board, models: tuple[str, ...], model: str) -> tuple[Integers, Floats]:
    """Which votes a board counts, and how much lower the model's distance from the mean of `models` is without each, in one
    Newton step, in points, each shape (n,)."""
    fit, ballots = board.fit, board.basis.ballots
    assert fit is not None
    assert ballots is not None
    places = [fit.pairs.models.index(name) for name in models]
    weight = fit.bread[fit.pairs.models.index(model)] - fit.bread[places].mean(axis=0)
    scores = fit.scores(ballots, np.arange(len(ballots.pair)))
    moved = sum(weight[column] * value for column, value in zip(scores.columns, scores.values, strict=True))
    return ballots.row, np.asarray(moved) * POINTS


def distance_without(board: Board, cells: Integers, models: tuple[str, ...], model: str) -> float | None:
    """The model's distance from the mean of `models`, in points, when votes in these cells of the pair counts are left out; None
    where no such fit is finite, or where votes tell more than pair counts do."""
    fit = board.fit
    if not isinstance(fit, BradleyTerry):
        return None
    gone = np.bincount(cells, minlength=fit.pairs.counts.size).reshape(fit.pairs.counts.shape)
    pairs = fit.pairs.with_counts(fit.pairs.counts - gone)
    if not fit.ridge and not pairs.connected:
        return None
    try:
        left = fit_bradley_terry(pairs, weight=even_weights(pairs) if board.settings.reweight else None, ridge=fit.ridge)
    except NotConverged:
        return None
    return _distance(left.strength, pairs.models, models, model)


def _distance(strength: Floats, names: tuple[str, ...], models: tuple[str, ...], model: str) -> float:
    places = [names.index(name) for name in models]
    return float(strength[names.index(model)] - strength[places].mean()) * POINTS
