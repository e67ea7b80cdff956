"""Shifts: how each model's rating and rank change between two boards, paired where the boards share votes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.distributions import norm, t
from analysis.errors import InputError
from analysis.ratings.arena_methods import warning
from analysis.ratings.basis import Basis, over, shared_covariance
from analysis.ratings.board import DRAWS, Board, read_polls
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.fits import Fit
from analysis.ratings.intervals import centred, half_widths, joint_draws, ordinal_ranks, rank_by_bounds
from analysis.ratings.pairs import PairCounts
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, counted, in_points, percent, signed, written
from analysis.results.result import Result
from analysis.shares.discovery import RATE, q_values
from analysis.sources.load import load_votes
from analysis.votes.category import both_categories
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


#: Draws behind a null band.
NULL_DRAWS = 1_000


#: Points by which two fits of the same votes may differ: no shift, however small its error.
_ROUNDING = 1e-6


@dataclass(frozen=True, eq=False)
class Shift(Result):
    """The change of every model that is on both boards.

    Attributes:
        models: the m models, in the order of the first board.
        covariance_from, covariance_to, cross: shape (m, m), points squared, of the two boards' ratings, each as distances
            from its mean over these models; `cross` is the covariance between the boards that shared votes cause.
        by: what the covariances are over, as in `Basis.by`; none for votes, and where either board has no other.
    """

    board_from: Board
    board_to: Board
    models: tuple[str, ...]
    covariance_from: Floats
    covariance_to: Floats
    cross: Floats
    by: tuple[str, ...] = ()

    @property
    def covariance(self) -> Floats:
        """Covariance of the rating shifts' distances from their mean, shape (m, m), points squared."""
        return self.covariance_from + self.covariance_to - self.cross - self.cross.T

    @property
    def caption(self) -> str:  # type: ignore[override]
        names = f"Shift: {self.board_from.category.label} → {self.board_to.category.label}"
        fitted = self.board_from.fit is not None and self.board_to.fit is not None
        return f"{names}; {over([Basis(self.by)])}" if fitted else names

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, in the order of the first board: model, rating_from, rating_to, rating_shift, shift_lower,
        shift_upper (points), rank_from, rank_to, rank_shift, p_value, q_value, null_mean, null_lower, null_upper, beyond_chance.

        `rating_to` is moved by a constant so that both boards have the same mean over the models they share: only
        distances between models are measured, and this choice does not hand the noise of one anchor to every model.
        Ranks are recomputed among the shared models by the arena's rule; `rank_shift` is positive for a model that
        moves up. `p_value` tests a rating shift of zero (two-sided, see `p_values`); `q_value` controls the false-discovery rate
        (Benjamini–Hochberg 1995). `null_lower` to `null_upper` is the band of rank shifts that chance alone gives (see
        `null_shifts`), `null_mean` their mean, and `beyond_chance` whether the rank shift lies outside the band.
        """
        rating_from, rating_to = self.ratings
        change = rating_to - rating_from
        half = half_widths(self.covariance, self.board_from.settings.level)
        rank_from, rank_to = (_ranks(board, self.models) for board in (self.board_from, self.board_to))
        tail = (1 - self.board_from.settings.level) / 2
        null_lower, null_upper = np.quantile(self.null_shifts, [tail, 1 - tail], axis=0, method="inverted_cdf").astype(int)
        rank_shift = rank_from - rank_to
        return pd.DataFrame(
            {
                "model": self.models,
                "rating_from": rating_from,
                "rating_to": rating_to,
                "rating_shift": change,
                "shift_lower": change - half,
                "shift_upper": change + half,
                "rank_from": rank_from,
                "rank_to": rank_to,
                "rank_shift": rank_shift,
                "p_value": self.p_values,
                "q_value": self.q_values,
                "null_mean": self.null_shifts.mean(axis=0),
                "null_lower": null_lower,
                "null_upper": null_upper,
                "beyond_chance": (rank_shift < null_lower) | (rank_shift > null_upper),
            }
        )

    @property
    def ratings(self) -> tuple[Floats, Floats]:
        """Ratings on both boards, each (m,), the second moved so that the means are equal."""
        rating_from, rating_to = _ratings(self.board_from, self.models), _ratings(self.board_to, self.models)
        return rating_from, rating_to + (rating_from - rating_to).mean()

    @property
    def p_values(self) -> Floats:
        """Of the hypothesis that the rating did not shift, shape (m,): normal, or Student's t where few busy judges leave few
        degrees of freedom; the covariance has the variance of that t in it already."""
        rating_from, rating_to = self.ratings
        error = np.sqrt(np.clip(np.diag(self.covariance), 1e-300, None))
        change = np.abs(rating_to - rating_from)
        size = np.where(change < _ROUNDING, 0, change / error)
        free = min(self.board_from.basis.freedom, self.board_to.basis.freedom)
        if not self.by or np.isinf(free):
            return np.asarray(2 * norm.sf(size))
        return np.asarray(2 * t.sf(size * np.sqrt(free / (free - 2)), free))

    @property
    def q_values(self) -> Floats:
        """`p_values` adjusted for the false-discovery rate, shape (m,)."""
        return q_values(self.p_values)

    @cached_property
    def null_shifts(self) -> NDArray[np.int64]:
        """Rank shifts, by the arena's rule, that chance alone gives, shape (NULL_DRAWS, m).

        The second board is drawn around the ratings of the first with the covariance of their difference (what a second set
        of votes would predict), and ranked with the half widths that it has. So the band knows of small boards, which move up
        by themselves, of shared votes, and of judges, as the intervals do.
        """
        rating_from, _ = self.ratings
        drawn = joint_draws(rating_from, self.covariance, NULL_DRAWS, self.board_from.settings.seed)
        half = _half(self.board_to, self.models)
        return _ranks(self.board_from, self.models) - np.array([rank_by_bounds(row - half, row + half) for row in drawn])

    @property
    def joint(self) -> Floats:
        """Covariance of the ratings on the first board and on the second, shape (2m, 2m), points squared."""
        return np.block([[self.covariance_from, self.cross], [self.cross.T, self.covariance_to]])

    @cached_property
    def draws(self) -> tuple[Floats, Floats]:
        """Joint draws of the ratings on both boards, each (DRAWS, m), aligned as `rating_from` and `rating_to`."""
        size = len(self.models)
        drawn = joint_draws(np.concatenate(self.ratings), self.joint, DRAWS, self.board_from.settings.seed)
        return drawn[:, :size], drawn[:, size:]

    @cached_property
    def rank_shift_draws(self) -> NDArray[np.int64]:
        """Ordinal rank shifts over the joint draws, positive up, shape (DRAWS, m): free of the rank rule's bias."""
        drawn_from, drawn_to = self.draws
        return ordinal_ranks(drawn_from) - ordinal_ranks(drawn_to)

    @property
    def agreement(self) -> dict[str, float]:
        """`kendall` and `spearman`: tau and rho between the two boards' ratings."""
        from scipy.stats import kendalltau, spearmanr  # late: it takes 0.3 s

        table = self.table
        return {
            "kendall": float(kendalltau(table["rating_from"], table["rating_to"]).statistic),
            "spearman": float(spearmanr(table["rating_from"], table["rating_to"]).statistic),
        }

    @property
    def clear(self) -> pd.DataFrame:
        """The rows of `table` whose rating moved beyond what chance allows, the largest shift first."""
        moved = self.table[self.table["q_value"] <= RATE]
        return moved.sort_values("rating_shift", key=abs, ascending=False, kind="stable")

    @property
    def furthest(self) -> pd.DataFrame:
        """The row of `clear` that gains most and then the one that loses most, each where there is one."""
        return pd.concat([self.clear[sign * self.clear["rating_shift"] > 0].head(1) for sign in (1, -1)])

    @property
    def sentence(self) -> Prose:
        """How many ratings moved beyond noise, which of them gains and which loses most, how many ranks chance alone moves,
        whether a board has too few votes to tell, and where the arena changed its method between two published boards."""
        table, moved = self.table, self.clear
        names = f"{self.board_from.category.label} → {self.board_to.category.label}"
        found = f"{names}: {len(moved)} of {len(table)} ratings moved beyond what chance allows (false-discovery rate 5 %)"
        for _, row in self.furthest.iterrows():
            size = in_points(written(abs(row["rating_shift"])))
            found += (
                f"; {row['model']} {'gains' if row['rating_shift'] > 0 else 'loses'} most, {size} "
                f"({percent(self.board_from.settings.level, 0)} {signed(row['shift_lower'])} to {signed(row['shift_upper'])}), "
                f"rank {row['rank_from']} → {row['rank_to']}"
            )
        first = table["null_mean"].head(20)
        chance = f"Chance alone moves the {len(first)} first models by {signed(first.mean(), 1)} ranks on average"
        changes = int(table["beyond_chance"].sum())
        lie = counted(changes, "rank change lies outside its chance band", "rank changes lie outside their chance bands")
        beyond = f"{lie}, where chance puts {written((1 - self.board_from.settings.level) * len(table), 1)}"
        over_what = "" if self.board_from.fit is None else f"{over([Basis(self.by)]).capitalize()}."
        return Prose(
            " ".join(part for part in (f"{found}. {chance}; {beyond}.", self._too_few, over_what, self.method_changes) if part)
        )

    @property
    def _too_few(self) -> str:
        """That a board is of so few votes that hardly any move could be clear; empty where both have votes enough."""
        boards = (self.board_from, self.board_to)
        few = "; ".join(f"in {board.category.label} {board.too_few}" for board in boards if board.too_few)
        return f"That says little: {few}." if few else ""

    @property
    def method_changes(self) -> Prose:
        """What the arena changed in how it makes boards between two published ones; empty where it changed nothing."""
        return Prose(warning(self.board_from.day, self.board_to.day))


def _positions(board: Board, models: tuple[str, ...]) -> NDArray[np.int64]:
    place = {model: position for position, model in enumerate(board.models)}
    return np.array([place[model] for model in models], dtype=np.int64)


def _ratings(board: Board, models: tuple[str, ...]) -> Floats:
    return np.asarray(board.ratings[_positions(board, models)])


def _ranks(board: Board, models: tuple[str, ...]) -> NDArray[np.int64]:
    """Ranks among the given models only: published ranks count models that are not shown."""
    lower, upper = (bound[_positions(board, models)] for bound in board.bounds)
    return rank_by_bounds(lower, upper)


def _half(board: Board, models: tuple[str, ...]) -> Floats:
    """Half widths of the ratings' intervals, shape (m,)."""
    lower, upper = (bound[_positions(board, models)] for bound in board.bounds)
    return np.asarray((upper - lower) / 2)


@one_thread
def compare(board_from: Board, board_to: Board, both: PairCounts | None = None) -> Shift:
    """The shift between two boards.

    Its covariances follow from the formula, over what both boards' intervals are over (over votes where they differ), also
    where the boards were resampled.

    Args:
        both: the pair counts of the votes they share. Where it is not given, boards whose votes were read together, one by
            one, know what they share; other boards are taken to share none.

    Raises:
        InputError: fewer than two models are on both boards.
    """
    shared = set(board_from.models) & set(board_to.models)
    models = tuple(model for model in board_from.models if model in shared)
    if len(models) < 2:
        raise InputError(f"a shift needs two models that are on both boards; {len(models)} of {len(board_from.models)} are.")
    places = [_positions(board, models) for board in (board_from, board_to)]
    if board_from.fit is None or board_to.fit is None:
        one, other = (centred(board.covariance, place) for board, place in zip((board_from, board_to), places, strict=True))
        return Shift(board_from, board_to, models, one, other, np.zeros((len(models),) * 2), origin=board_to.origin)
    by = board_from.basis.by if board_from.basis.by == board_to.basis.by else ()
    fits = board_from.fit, board_to.fit
    bases = replace(board_from.basis, by=by), replace(board_to.basis, by=by)
    spreads = [basis.spread(fit) for basis, fit in zip(bases, fits, strict=True)]
    rows = [_places(fit, models) for fit in fits]
    one, other = (
        centred(fit.sandwich(*spread)[np.ix_(row, row)] * POINTS**2) for fit, spread, row in zip(fits, spreads, rows, strict=True)
    )
    cross = shared_covariance(fits, bases, (spreads[0][1], spreads[1][1]), both)[np.ix_(*rows)] * POINTS**2
    return Shift(board_from, board_to, models, one, other, centred(cross), by, origin=board_to.origin)


def _places(fit: Fit, models: tuple[str, ...]) -> NDArray[np.int64]:
    place = {model: position for position, model in enumerate(fit.pairs.models)}
    return np.array([place[model] for model in models], dtype=np.int64)


@by_keyword
def shift(
    votes: Votes | str | Path,
    from_: str = "overall",
    to: str = "multi_turn",
    settings: Settings = Settings(),
    **options: Unpack[Options],
) -> Shift:
    """The shift between two categories of the same votes, with intervals that know which votes and judges both count.

    Raises:
        UsageError: a category is not known.
        InputError: the votes lack a column a category needs, or a board cannot be fitted.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    one, other = find_category(from_), find_category(to)
    polls = read_polls(votes, {"from": one, "to": other, "both": both_categories(one, other)}, settings)
    return compare(polls["from"].board(one, settings), polls["to"].board(other, settings), polls["both"].pairs)


@by_keyword
@one_thread
def style_shift(
    votes: Votes | str | Path, category: str = "overall", settings: Settings = Settings(), **options: Unpack[Options]
) -> Shift:
    """The shift of a category's models when the answers' style is taken out, both boards on the same votes.

    Raises:
        UsageError: the category is not known, or a setting cannot be combined with style control.
        InputError: the votes lack a column of the category or of style control, or cannot rate two models.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    found = find_category(category)
    styled = replace(settings, style_control=True)
    poll = read_polls(votes, {category: found}, styled)[category]
    return compare(poll.board(found, replace(settings, style_control=False)), poll.board(found, styled))
