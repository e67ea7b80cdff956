"""Judges: the votes of a case by who cast them, as every check of judges looks at them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS, BradleyTerry
from analysis.ratings.intervals import half_widths, ordinal_ranks
from analysis.ratings.pairs import SCORE
from analysis.ratings.simultaneous import distance_errors
from analysis.results.prose import counted, in_points, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]


@dataclass(frozen=True)
class Bench:
    """The J judges of a case that are named, and their n votes, which are its first ones and stand together.

    Attributes:
        case: the votes.
        number: shape (J,), of the judges in `case.judge`, ascending.
        start: shape (J + 1,), where the votes of each judge begin; the last is n.
    """

    case: Case
    number: Integers
    start: Integers

    @cached_property
    def cast(self) -> Integers:
        """Votes of each judge, shape (J,)."""
        return np.diff(self.start)

    @property
    def votes(self) -> int:
        """Votes that name their judge."""
        return int(self.start[-1])

    @property
    def nameless(self) -> int:
        """Votes that do not."""
        return len(self.case.ballots.pair) - self.votes

    @property
    def pair(self) -> Integers:
        """The pair of each vote, shape (n,)."""
        return self.case.ballots.pair[: self.votes]

    @property
    def cell(self) -> Integers:
        """The pair and outcome of each vote, shape (n,)."""
        return self.case.ballots.cell[: self.votes]

    @cached_property
    def fit(self) -> BradleyTerry:
        """Of the board."""
        fit = self.case.board.fit
        assert isinstance(fit, BradleyTerry)
        return fit

    @cached_property
    def surplus(self) -> Floats:
        """By how much a vote of each cell exceeds what the fit expects of the pair's first model, shape (4 P,)."""
        return np.asarray((SCORE - self.fit.chance[:, None]).ravel())

    def names(self, chosen: Integers) -> list[str]:
        """Pseudonyms of judges by their places in `number`."""
        return self.case.judge_names(self.number[chosen])

    def in_time(self, chosen: Integers) -> Integers:
        """Positions of the votes, those of each of the chosen judges (places in `number`) in the order of time, shape (n,); in
        that of the file where no times are known."""
        order = np.arange(self.votes)
        try:
            time = self.case.time[: self.votes]
        except InputError:
            return order
        late = np.zeros(self.votes, dtype=np.int64)
        late[1:] = time[1:] < time[:-1]
        late[self.start[:-1]] = 0
        disordered = np.add.reduceat(late, self.start[:-1]) > 0
        for judge in chosen[disordered[chosen]].tolist():
            votes = slice(self.start[judge], self.start[judge + 1])
            order[votes] = order[votes][np.lexsort((self.case.ballots.row[votes], time[votes]))]
        return order

    def half_widths(self) -> Floats:
        """Of the intervals of ratings over votes, in the order of the fit's models, natural-log units, shape (M,)."""
        return half_widths(self.fit.covariance, self.case.settings.level)

    def without(self, judge: int) -> Floats:
        """The counts of the pairs without the votes of one judge, shape (P, 4)."""
        theirs = self.cell[self.start[judge] : self.start[judge + 1]]
        counts = self.case.pairs.counts
        return np.asarray(counts - np.bincount(theirs, minlength=counts.size).reshape(counts.shape))


def bench_of(case: Case) -> Bench:
    """The named judges of a case.

    Raises:
        InputError: no vote between rated models names its judge.
    """
    judge = case.judge
    known = judge[: int(np.searchsorted(judge, case.named))]
    if not len(known):
        raise InputError("no vote between rated models says who cast it")
    start = np.flatnonzero(np.diff(known, prepend=-1))
    return Bench(case, known[start], np.append(start, len(known)))


@dataclass(frozen=True)
class Another:
    """A board beside another fit of the same models.

    Attributes:
        moved: shape (M,), by how much its ratings change, points, in the order of the board.
        part: the largest change over the half width of the rating's interval over votes.
        places: models whose place in the order is another.
        reversed: pairs told apart over votes whose order turns.
    """

    moved: Floats
    part: float
    places: int
    reversed: int

    def words(self, models: tuple[str, ...]) -> str:
        """Which model moves most, and how many places are others: `model-03 moves most, by 1.2 points, and no place changes`."""
        largest = int(np.abs(self.moved).argmax())
        by = in_points(written(abs(float(self.moved[largest])), 1))
        places = f"{counted(self.places, 'place')} of the order {'changes' if self.places == 1 else 'change'}"
        return f"{models[largest]} moves most, by {by}, and {places if self.places else 'no place changes'}"


def another(bench: Bench, strength: Floats) -> Another:
    """The board beside other strengths of its models, shape (M,), in the order of the fit's models, natural-log units."""
    fit, board = bench.fit, bench.case.board
    order = board.in_fit
    old, new, covariance = fit.strength[order], strength[order], fit.covariance[np.ix_(order, order)]
    width = half_widths(np.ones((1, 1)), bench.case.settings.level)[0] * distance_errors(covariance)
    turned = (old[:, None] - old > width) & (new[:, None] < new)
    return Another(
        moved=(new - old) * POINTS,
        part=float((np.abs(new - old) / np.maximum(bench.half_widths()[order], 1e-12)).max()),
        places=int((ordinal_ranks(new) != np.arange(1, len(new) + 1)).sum()),
        reversed=int(turned.sum()),
    )
