"""Influence: what each vote on a model adds to its rating or to its shift, and which groups of votes carry it.

A strength is where the scores of all votes sum to zero, so that without some votes it moves, in one Newton step, by minus the
inverse information times their scores (the infinitesimal jackknife: Jaeckel 1972; Giordano et al. 2019, arXiv 1806.00550). The
steps of single votes add up, and a group of votes has the sum of them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.explore.reading import NEVER, NO_LANGUAGE, day_name
from analysis.ratings.bradley_terry import POINTS

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
        points: how much lower the shift, or the rating, would be without them.
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


def behind(reading: Reading, selection: Selection, shift: Shift, model: str) -> Behind:
    """Which votes on a model carry its shift; on one board, its rating."""
    points = influence_on_shift(reading, selection, shift, model)
    either = np.logical_or(*reading.chosen(selection))
    place, (first, second) = reading.models.index(model), reading.sides
    mine = np.flatnonzero(either & ((first == place) | (second == place)))
    other = np.where(first[mine] == place, second[mine], first[mine])
    carried = points[mine]
    opponents = _groups(other, carried, lambda number: {"opponent": reading.models[number]})
    languages = _groups(reading.language[mine], carried, lambda number: {"language": reading.languages[number]}, NO_LANGUAGE)
    return Behind(model, opponents, languages, _judges(reading, mine, carried), _spans(reading.day[mine], carried))


def influence_on_shift(reading: Reading, selection: Selection, shift: Shift, model: str) -> Floats:
    """How much lower the model's shift would be without each vote, in points, shape (N,); on one board, its rating, as the
    distance from the mean of the models on the board."""
    result = np.zeros(len(reading.day))
    row, points = influence(shift.board_to, shift.models, model)
    result[row] += points
    if not selection.one_board:
        row, points = influence(shift.board_from, shift.models, model)
        result[row] -= points
    return result


def influence(board: Board, models: tuple[str, ...], model: str) -> tuple[Integers, Floats]:
    """Which votes a board counts, and how much lower each makes the model's distance from the mean of `models` where it is
    left out, in points, each shape (n,)."""
    fit, ballots = board.fit, board.basis.ballots
    assert fit is not None
    assert ballots is not None
    places = [fit.pairs.models.index(name) for name in models]
    weight = fit.bread[fit.pairs.models.index(model)] - fit.bread[places].mean(axis=0)
    scores = fit.scores(ballots, np.arange(len(ballots.pair)))
    moved = sum(weight[column] * value for column, value in zip(scores.columns, scores.values, strict=True))
    return ballots.row, np.asarray(moved) * POINTS


def _groups(numbers: Integers, points: Floats, found: Any, unknown: int | None = None) -> tuple[Group, ...]:
    """The groups of votes of one number each, those that bear most first; `found` makes the filter of a number."""
    known = np.ones(len(numbers), dtype=bool) if unknown is None else numbers != unknown
    names, place = np.unique(numbers[known], return_inverse=True)
    votes, sums = np.bincount(place, minlength=len(names)), np.bincount(place, points[known], len(names))
    made = []
    for row in np.argsort(-np.abs(sums), kind="stable")[:SHOWN]:
        wanted = found(int(names[row]))
        made.append(Group(next(iter(wanted.values())), int(votes[row]), float(sums[row]), wanted))
    return tuple(made)


def _judges(reading: Reading, mine: Integers, points: Floats) -> tuple[Group, ...]:
    """The judges; those without a name are none."""
    if reading.judge is None:
        return ()
    numbers = reading.judge[mine]
    named = np.where(numbers < reading.ballots.named["judge"], numbers, -1)
    return _groups(named, points, lambda number: {"judge": reading.judge_name(number)}, -1)


def _spans(days: Integers, points: Floats) -> tuple[Group, ...]:
    """The days, or spans of equally many days where there are more than SPANS."""
    known = days != NEVER
    if not known.any():
        return ()
    start, end = int(days[known].min()), int(days[known].max())
    length = -(-(end - start + 1) // SPANS)
    place = (days[known] - start) // length
    count = (end - start) // length + 1
    votes, sums = np.bincount(place, minlength=count), np.bincount(place, points[known], count)
    made = []
    for number in range(count):
        first, last = day_name(start + number * length), day_name(min(start + (number + 1) * length - 1, end))
        name = first if first == last else f"{first} to {last}"
        made.append(Group(name, int(votes[number]), float(sums[number]), {"first": first, "last": last}))
    return tuple(made)
