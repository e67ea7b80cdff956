"""Moves: how each model's rating changed from one published board to a later one, in tiers of how sure that is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.changes.change import CLEAR, NOISE, POSSIBLE
from analysis.changes.watch_noise import Noise, noise_of
from analysis.distributions import norm
from analysis.errors import InputError
from analysis.ratings.arena_methods import changes_between
from analysis.ratings.board import Board
from analysis.ratings.shift import Shift
from analysis.results.prose import Prose, counted, in_points, percent, signed, written
from analysis.results.result import Result
from analysis.results.tables import Format
from analysis.shares.discovery import RATE, q_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Places = NDArray[np.int64]

#: A common move that is told, in points: a tenth is what rounding and new models do to a mean.
COMMON = 0.5

#: Models that two boards have to share for their moves to be read.
LEAST = 3


@dataclass(frozen=True, eq=False)
class WatchMoves(Result):
    """The moves of the models that are on both boards, against the others: from the mean of the middle half of all moves.

    Not from the mean of all: the jump of one model is not read as a fall of the others.

    Attributes:
        models: the m models, in the order of the later board.
        before, after: shape (m,), points, as published: ratings, or shifts of ratings from category to category.
        noise: what moves would be if no model changed.
        method: why no move is read as a model's, in words; empty where nothing speaks against it.
        what: what is compared, as readers call it.
    """

    models: tuple[str, ...]
    before: Floats
    after: Floats
    noise: Noise
    method: str = ""
    what: str = ""

    #: Points, as ratings are written.
    formats = MappingProxyType({name: Format(lambda points: written(points, 1)) for name in ("before", "after", "change")})

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Moves: {self.what}"

    @property
    def common(self) -> float:
        """What all moved together, points: the scale's doing, not a model's."""
        return common_move(self.after - self.before)

    @property
    def moved(self) -> Floats:
        """Points that each model moved against the others, shape (m,)."""
        return np.asarray(self.after - self.before - self.common)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, in the order of the later board: model, before, after, change, lower, upper (points), error,
        shared_error, p_value, q_value, tier.

        `before` is moved by what all moved together. `error` is what is trusted: from the votes where they were published
        and did not fall, else as if the boards shared none; `shared_error` is that of boards that share votes. `q_value`
        controls the false-discovery rate. `clear` is a q-value of at most 5 %, `possible` a p-value of at most 5 %, or more
        than one `error` and beyond `shared_error` at a false-discovery rate of 5 %.
        """
        p_value, error = self._p_values(self.noise.trusted), self.noise.trusted
        half = norm.ppf(0.975) * error
        columns = {"before": self.before + self.common, "after": self.after, "change": self.moved}
        bounds = {"lower": self.moved - half, "upper": self.moved + half, "error": error, "shared_error": self.noise.shared}
        q_value = q_values(p_value)
        tests = {"p_value": p_value, "q_value": q_value, "tier": self._tiers(p_value, q_value)}
        return pd.DataFrame({"model": self.models, **columns, **bounds, **tests})

    def _p_values(self, error: Floats) -> Floats:
        return np.asarray(2 * norm.sf(np.abs(self.moved) / error))

    def _tiers(self, p_value: Floats, q_value: Floats) -> NDArray[np.object_]:
        if self.method:
            return np.full(len(p_value), NOISE, dtype=object)
        beyond_shared = q_values(self._p_values(self.noise.shared)) <= RATE
        stands_out = beyond_shared & (np.abs(self.moved) >= self.noise.trusted)
        possible = np.where((p_value <= RATE) | stands_out, POSSIBLE, NOISE)
        return np.asarray(np.where(q_value <= RATE, CLEAR, possible), dtype=object)

    def of(self, tier: str) -> pd.DataFrame:
        """The rows of a tier, the furthest beyond its noise first."""
        rows = self.table[self.table["tier"] == tier]
        return rows.iloc[np.argsort(-(rows["change"].abs() / rows["error"]).to_numpy(), kind="stable")]

    @property
    def _by_chance(self) -> str:
        return f"; chance alone makes about {written(RATE * len(self.models))} possible" if self.noise.nested.any() else ""

    @property
    def short_basis(self) -> Prose:
        """`basis` in a line, for a mail."""
        nested, whole = int(self.noise.nested.sum()), len(self.models)
        if not nested:
            return Prose(
                "Votes per model are not published: errors are as if the boards shared none, rather too wide than too narrow."
            )
        rest = f"; of the other {whole - nested} as if the boards shared none" if nested < whole else ""
        return Prose(
            f"Errors of moves are those of the votes that came in between, for {counted(nested, 'model')}{rest}{self._by_chance}."
        )

    @property
    def basis(self) -> Prose:
        """What had to be assumed about the votes that the boards share, and of how many models."""
        nested, whole = int(self.noise.nested.sum()), len(self.models)
        alone = "as if the boards shared no vote, which is too wide rather than too narrow"
        if not nested:
            usual = percent(min(self.noise.usual, 1), 0)
            return Prose(
                f"Votes per model are not published here, so errors are {alone}. Most models moved by less than {usual} of what "
                "that allows; who stands out among them by more than one such error, has possibly moved."
            )
        rest = f"; of {counted(whole - nested, 'model')} the votes fell, and errors are {alone}" if nested < whole else ""
        return Prose(
            f"Of {counted(nested, 'model')} the votes were published and did not fall: the later board is taken to hold all "
            f"votes of the earlier one, and errors are those of the votes that came in between{rest}."
        )

    @property
    def sentence(self) -> Prose:
        """How many models moved beyond noise and which most; or why no move is read as a model's."""
        whole, clear, possible = len(self.models), self.of(CLEAR), self.of(POSSIBLE)
        common = f"All ratings moved by {in_points(signed(self.common, 1))} together, which is taken out. " if self._told else ""
        if self.method:
            return Prose(f"{common}{self.method} So no move is read as a model's; {self._spread}")
        most = f": {joined_moves(clear)}" if len(clear) else ""
        found = f"{len(clear) or 'None'} of {counted(whole, 'rating')} moved beyond noise{most}."
        also = f" {len(possible)} more possibly did{self._by_chance}." if len(possible) else ""
        return Prose(f"{common}{found}{also} {self.basis}")

    @property
    def _told(self) -> bool:
        return abs(self.common) >= COMMON

    @property
    def _spread(self) -> str:
        return f"half of the models moved by more than {in_points(written(float(np.median(np.abs(self.moved))), 1))}."


def joined_moves(rows: pd.DataFrame, most: int = 3) -> str:
    """Models with their moves as prose, the tail counted."""
    told = [f"{row['model']} {in_points(signed(row['change']))}" for _, row in rows.head(most).iterrows()]
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(told) + more


def moves_between(earlier: Board, later: Board, what: str) -> WatchMoves:
    """The moves of the models that two published boards share.

    Raises:
        InputError: they share fewer than LEAST.
    """
    models, one, other = shared_places(earlier, later, what)
    before, after = earlier.ratings[one], later.ratings[other]
    variances = np.diag(earlier.covariance)[one], np.diag(later.covariance)[other]
    whole = bool((before == before.round()).all() and (after == after.round()).all())
    noise = noise_of(
        after - before - common_move(after - before), *variances, _published(earlier.votes[one], later.votes[other]), whole=whole
    )
    method = why_no_models_move(earlier.day, later.day, noise)
    return WatchMoves(models, before, after, noise, method, what, origin=later.origin)


def shift_moves(earlier: Shift, later: Shift, what: str) -> WatchMoves:
    """The moves of shifts from one category to another between two days, of the models that all four boards rate.

    Raises:
        InputError: there are fewer than LEAST.
    """
    here = {model: place for place, model in enumerate(later.models)}
    models = tuple(model for model in later.models if model in set(earlier.models))
    if len(models) < LEAST:
        raise InputError(f"{what}: {counted(len(models), 'model is', 'models are')} on all four boards; moves need {LEAST}.")
    there = {model: place for place, model in enumerate(earlier.models)}
    places = [[there[model] for model in models], [here[model] for model in models]]
    before, after = ((shift.ratings[1] - shift.ratings[0])[place] for shift, place in zip((earlier, later), places, strict=True))
    variances = [np.diag(shift.covariance)[place] for shift, place in zip((earlier, later), places, strict=True)]
    votes = [_votes(shift.board_to, models) for shift in (earlier, later)]  # of the smaller category, whose error it is
    noise = noise_of(after - before - common_move(after - before), variances[0], variances[1], _published(votes[0], votes[1]))
    method = why_no_models_move(earlier.board_to.day, later.board_to.day, noise)
    return WatchMoves(models, before, after, noise, method, what, origin=later.origin)


def shared_places(earlier: Board, later: Board, what: str) -> tuple[tuple[str, ...], Places, Places]:
    """The models on both boards in the order of the later one, and their positions on either.

    Raises:
        InputError: they share fewer than LEAST.
    """
    before = {model: place for place, model in enumerate(earlier.models)}
    other = np.array([place for place, model in enumerate(later.models) if model in before], dtype=np.int64)
    if len(other) < LEAST:
        raise InputError(f"{what}: {counted(len(other), 'model is', 'models are')} on both boards; moves need {LEAST}.")
    models = tuple(later.models[place] for place in other)
    return models, np.array([before[model] for model in models], dtype=np.int64), other


def _votes(board: Board, models: tuple[str, ...]) -> Floats:
    votes = dict(zip(board.models, board.votes, strict=True))
    return np.array([votes[model] for model in models])


def _published(before: Floats, after: Floats) -> tuple[Floats, Floats] | None:
    """Votes of the shared models on either board; None where they were not published."""
    return (before, after) if before.any() and after.any() else None


def common_move(moves: Floats) -> float:
    """The mean of the middle half of moves (m,)."""
    from scipy.stats import trim_mean  # late: it takes 0.3 s

    return float(trim_mean(moves, 0.25))


def why_no_models_move(first: str, last: str, noise: Noise) -> str:
    """Why moves between two days are not the models': the arena changed its method, or most models moved too far; else empty."""
    found = changes_between(first, last)
    if found:
        listed = "; ".join(f"{day} {what}" for day, what in found.items())
        return f"The arena changed how it makes its boards in between ({listed})."
    if noise.usual > 1:
        return "Most models moved further than wholly new votes would move them: that is a change of method, or of the votes."
    return ""
