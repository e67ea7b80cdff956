"""How what changed on a published board is told: one sentence for each change, facts first, and what lies behind them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from analysis.changes.change import CLEAR, NOISE, POSSIBLE, Change
from analysis.changes.watch_boards import Watched
from analysis.changes.watch_classes import WatchClasses, classes_of
from analysis.changes.watch_models import Comings
from analysis.changes.watch_moves import COMMON, WatchMoves
from analysis.distributions import norm
from analysis.results.prose import counted, in_points, joined, signed, written
from analysis.shares.discovery import RATE, q_values

#: Places up to which a new model is told of alone, and up to which a place is told; models of a list that are named.
ALONE, TOP, NAMED = 3, 10, 6


@dataclass(frozen=True, eq=False)
class Told:
    """What differs between two published boards, each thing as a change in words.

    Attributes:
        watched: the boards.
        moves, shift_moves: of the ratings, and of the shifts to another category.
        comings: models new, gone and renamed.
    """

    watched: Watched
    moves: WatchMoves
    comings: Comings
    shift_moves: WatchMoves | None

    @cached_property
    def classes(self) -> WatchClasses:
        return classes_of(self.watched.later)

    @cached_property
    def classes_before(self) -> WatchClasses:
        return classes_of(self.watched.earlier)

    @cached_property
    def names(self) -> dict[str, str]:
        """What models of the earlier board are called on the later one."""
        there = set(self.watched.later.models)
        return {model: model for model in self.watched.earlier.models if model in there} | dict(self.comings.renamed)

    @cached_property
    def known(self) -> frozenset[str]:
        """Models on the boards of the series before the earlier one."""
        boards = self.watched.history.boards
        names = list(boards)[: list(boards).index(self.watched.since)]
        return frozenset(model for name in names for model in boards[name].models)

    def changes(self) -> Iterator[Change]:
        """Every change, facts first."""
        if self.moves.method:
            yield Change("method", "method", f"{self.moves.method} No move is read as a model's.", np.inf, CLEAR)
        yield from self._lead()
        yield from self._first_class()
        yield from self._arrivals()
        yield from self._departures()
        for one, other in self.comings.renamed:
            fits = (
                "is probably what {} was: name, rating and votes fit"
                if self._votes
                else "may be what {} was: name and rating fit"
            )
            yield Change("model", other, f"{other} {fits.format(one)}.", np.inf, POSSIBLE)
        yield from self._ratings()
        yield from self._shifts()

    def causes(self) -> Iterator[str]:
        """What lies behind the changes, and what had to be assumed."""
        watched, moves = self.watched, self.moves
        label = watched.later.category.label.removesuffix(" (published)")
        compared = f"Boards compared ({label}): {watched.since} and {watched.date}, {counted(len(moves.models), 'model')} on both"
        yield f"{compared}{self._between}{self._votes}{self._common}."
        if watched.since == watched.date:
            yield "No board was published since."
        elif not moves.moved.any():
            yield "Every shared rating is the same to the last digit: the board was published again, not computed again."
        elif not moves.method:
            yield str(moves.short_basis)

    @property
    def _between(self) -> str:
        skipped = len(self.watched.between) - 2
        return f", {counted(skipped, 'board')} in between" if skipped > 0 else ""

    @property
    def _votes(self) -> str:
        before, after = (int(board.votes.sum() / 2) for board in (self.watched.earlier, self.watched.later))
        return f"; {before:,} votes became {after:,}" if before and after else ""

    @property
    def _common(self) -> str:
        common = self.moves.common
        moved = f"; all ratings moved by {in_points(signed(common, 1))} together, which is the scale's doing and taken out"
        return moved if abs(common) >= COMMON else ""

    def _lead(self) -> Iterator[Change]:
        old, new = self.watched.earlier.models[0], self.watched.later.models[0]
        if self.names.get(old) == new:
            return
        first = f"{new} is {f'{self._new(new)} and ' if new in self.comings.new else ''}first"
        if old not in self.names:
            yield Change("rank", new, f"{first}; {old}, which was, is gone.", np.inf, CLEAR)
            return
        place = self.watched.later.models.index(self.names[old])
        gap = self.watched.later.ratings[0] - self.watched.later.ratings[place]
        apart = bool(self.classes.number[place] > 1)
        told = "" if apart else "; the intervals do not tell the two apart"
        what = f"{first}, {in_points(written(gap))} above {self.names[old]}, which was first{told}."
        yield Change("rank", new, what, np.inf if apart else self._from_first(place), CLEAR if apart else POSSIBLE)

    def _from_first(self, place: int) -> float:
        """Standard errors between a model of the later board and the first."""
        board = self.watched.later
        error = np.sqrt(board.covariance[0, 0] + board.covariance[place, place])
        return float((board.ratings[0] - board.ratings[place]) / max(error, 1e-6))

    def _first_class(self) -> Iterator[Change]:
        """Models on both boards that left the first class or joined it."""
        was, now = {self.names[model] for model in self.classes_before.first if model in self.names}, set(self.classes.first)
        known = set(self.names.values())
        left = [model for model in self.watched.later.models if model in was - now]
        joined_it = [model for model in self.classes.first if model in (now - was) & known]
        old, first = self.watched.earlier.models[0], self.watched.later.models[0]
        if self.names.get(old) == first:
            yield from self._by_gap(first, left, joined_it)
            return
        if left:
            errors = min(self._from_first(self.watched.later.models.index(model)) for model in left)
            whom = f"{joined(left, NAMED)} {'is' if len(left) == 1 else 'are'} no longer in the first class"
            yield Change("class", "first class", f"{whom}: told apart from {first}, which is first now.", errors, CLEAR)
        if joined_it:
            whom = f"{joined(joined_it, NAMED)} {'is' if len(joined_it) == 1 else 'are'} in the first class now"
            yield Change("class", "first class", f"{whom}: not told apart from {first}, which is first now.", 0.0, POSSIBLE)

    def _by_gap(self, first: str, left: list[str], joined_it: list[str]) -> Iterator[Change]:
        """Models whose class changed behind the same first: by how far their distance from it changed."""
        places = {model: place for place, model in enumerate(self.moves.models)}
        models = [model for model in (*left, *joined_it) if model in places and first in places]
        if not models:
            return
        here, lead = [places[model] for model in models], places[first]
        moved, error = self.moves.moved, self.moves.noise.trusted
        change = moved[lead] - moved[here]
        errors = np.abs(change) / np.sqrt(error[lead] ** 2 + error[here] ** 2)
        p_values = 2 * norm.sf(errors)
        for model, points, size, p_value, q_value in zip(models, change, errors, p_values, q_values(p_values), strict=True):
            tier = NOISE if self.moves.method else CLEAR if q_value <= RATE else POSSIBLE if p_value <= RATE else NOISE
            way = "no longer" if model in left else "now"
            what = f"{model} is {way} in the first class: its distance from {first} changed by {in_points(signed(points))}."
            yield Change("class", model, what, float(size), tier)

    def _arrivals(self) -> Iterator[Change]:
        later, first = self.watched.later, self.watched.later.models[0]
        passed = self.names.get(self.watched.earlier.models[0]) != first  # then the lead is told of already
        high = [m for m in self.comings.new if later.models.index(m) < ALONE or m in self.classes.first]
        for model in high[passed and high[:1] == [first] :]:
            place = later.models.index(model)
            half = norm.ppf(0.975) * np.sqrt(later.covariance[place, place])
            among = "in the first class" if model in self.classes.first else f"rank {later.ranks[place]}"
            rating = f"{written(later.ratings[place])} ± {in_points(written(half))}"
            what = f"{model} is {self._new(model)}: {rating}, place {place + 1}, {among}."
            yield Change("model", model, what, np.inf, CLEAR, later=float(place + 1))
        for word in ("new", "back"):
            rest = [model for model in self.comings.new if model not in high and self._new(model) == word]
            if rest:
                names = _with_places(rest, later.models)
                more = "more " if any(self._new(model) == word for model in high) else ""
                what = f"{names} is {word}." if len(rest) == 1 else f"{len(rest)} {more}models are {word}: {names}."
                yield Change("model", f"models {word}", what, np.inf, CLEAR)

    def _new(self, model: str) -> str:
        """Whether a model that the earlier board has not is new, or back from a board before that one."""
        return "back" if model in self.known else "new"

    def _departures(self) -> Iterator[Change]:
        gone = self.comings.gone
        if gone:
            names = _with_places(gone, self.watched.earlier.models)
            what = f"{names} is gone." if len(gone) == 1 else f"{len(gone)} models are gone: {names}."
            yield Change("model", "models gone", what, np.inf, CLEAR)

    def _ratings(self) -> Iterator[Change]:
        table = self.moves.table
        before, after = (table[name].rank(ascending=False, method="first").astype(int) for name in ("before", "after"))
        for row, one, other in zip(table.to_dict("records"), before, after, strict=True):
            way = "rose" if row["change"] > 0 else "fell"
            place = f"place {one} → {other}" if one != other else f"still at place {one}"
            what = (
                f"{row['model']} {way} by {_size(row)} against the others, {place} of the {len(table)} on both boards{_how(row)}."
            )
            yield self._of_row("rating", row, what)

    def _shifts(self) -> Iterator[Change]:
        if self.shift_moves is None:
            return
        one, other = self.watched.category, self.watched.other
        for row in self.shift_moves.table.to_dict("records"):
            way = "up" if row["change"] > 0 else "down"
            what = f"{row['model']}'s shift from {one} to {other} went {way} by {_size(row)}{_how(row)}."
            yield self._of_row("shift", row, what)

    @staticmethod
    def _of_row(kind: str, row: dict[str, Any], what: str) -> Change:
        errors = abs(row["change"]) / row["error"]
        return Change(kind, row["model"], what, errors, row["tier"], row["before"], row["after"])


def _with_places(models: Sequence[str], board: Sequence[str]) -> str:
    """Models in the order of their board, those of the first places, and one that is alone, with their place."""
    places = [board.index(model) + 1 for model in models]
    named = [f"{m} (place {n})" if n <= TOP or len(models) == 1 else m for m, n in zip(models, places, strict=True)]
    return joined(named, max(NAMED, sum(place <= TOP for place in places)))


def _size(row: dict[str, Any]) -> str:
    """A move without its sign, and how wide its error is."""
    size, half = abs(row["change"]), norm.ppf(0.975) * row["error"]
    digits = 1 if half < 2 else 0
    return f"{written(size, digits)} ± {in_points(written(half, digits))}"


def _how(row: dict[str, Any]) -> str:
    """What a move within its own interval is told for."""
    return ", which is within that error but stands out among the moves of all" if row["p_value"] > RATE else ""
