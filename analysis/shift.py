"""Shifts: how each model's rating and rank change between two boards, paired where the boards share votes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import false_discovery_control, kendalltau, norm, spearmanr

from analysis.arena_methods import warning
from analysis.board import DRAWS, Board, Settings, fit_board, fit_styled_board
from analysis.bradley_terry import POINTS, BradleyTerry, laplacian
from analysis.categories import Category, find_category
from analysis.errors import InputError
from analysis.intervals import centred, half_widths, joint_draws, ordinal_ranks, rank_by_bounds
from analysis.pairs import PairCounts, count_pairs
from analysis.result import Prose, Result, signed
from analysis.style_control import StyleFit, plain_covariance, read_styled_votes
from analysis.threads import one_thread
from analysis.votes import Votes, load_votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]


#: Random subsets behind a null band.
NULL_DRAWS = 200


@dataclass(frozen=True)
class Shift(Result):
    """The change of every model that is on both boards.

    Attributes:
        models: the m models, in the order of the first board.
        covariance_from, covariance_to, cross: shape (m, m), points squared, of the two boards' ratings, each as distances
            from its mean over these models; `cross` is the covariance between the boards that shared votes cause.
        pool: pair counts of the votes in either board, for the null band; None where only ratings are known.
        overlap: votes that both boards count.
    """

    board_from: Board
    board_to: Board
    models: tuple[str, ...]
    covariance_from: Floats
    covariance_to: Floats
    cross: Floats
    pool: PairCounts | None
    overlap: int

    @property
    def covariance(self) -> Floats:
        """Covariance of the rating shifts' distances from their mean, shape (m, m), points squared."""
        return self.covariance_from + self.covariance_to - self.cross - self.cross.T

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Shift: {self.board_from.category.label} → {self.board_to.category.label}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, in the order of the first board.

        `rating_to` is moved by a constant so that both boards have the same mean over the models they share: only
        distances between models are measured, and this choice does not hand the noise of one anchor to every model.
        Ranks are recomputed among the shared models by the arena's rule; `rank_shift` is positive for a model that
        moves up. `p_value` tests a rating shift of zero (normal, two-sided); `q_value` controls the false-discovery rate
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
        """Of the hypothesis that the rating did not shift, shape (m,)."""
        rating_from, rating_to = self.ratings
        error = np.sqrt(np.clip(np.diag(self.covariance), 1e-300, None))
        return np.asarray(2 * norm.sf(np.abs(rating_to - rating_from) / error))

    @property
    def q_values(self) -> Floats:
        """`p_values` adjusted for the false-discovery rate, shape (m,)."""
        return np.asarray(false_discovery_control(self.p_values))

    @cached_property
    def null_shifts(self) -> NDArray[np.int64]:
        """Rank shifts, by the arena's rule, that chance alone gives, shape (NULL_DRAWS, m).

        Where the votes are known, the second board is refitted on a random subset of the pooled votes as large as its
        own, and the first on the rest, or on all of them where it contains the second. Where only ratings are known,
        the second board is drawn around the first with the standard errors of their difference.
        """
        rng = np.random.default_rng(self.board_from.settings.seed)
        if self.pool is None:
            return _null_of_ratings(self, rng)
        return np.array([_null_of_votes(self, rng) for _ in range(NULL_DRAWS)])

    @cached_property
    def draws(self) -> tuple[Floats, Floats]:
        """Joint draws of the ratings on both boards, each (DRAWS, m), aligned as `rating_from` and `rating_to`."""
        size = len(self.models)
        joint = np.block([[self.covariance_from, self.cross], [self.cross.T, self.covariance_to]])
        drawn = joint_draws(np.concatenate(self.ratings), joint, DRAWS, self.board_from.settings.seed)
        return drawn[:, :size], drawn[:, size:]

    @cached_property
    def rank_shift_draws(self) -> NDArray[np.int64]:
        """Ordinal rank shifts over the joint draws, positive up, shape (DRAWS, m): free of the rank rule's bias."""
        drawn_from, drawn_to = self.draws
        return ordinal_ranks(drawn_from) - ordinal_ranks(drawn_to)

    @property
    def agreement(self) -> dict[str, float]:
        """Kendall's tau and Spearman's rho between the two boards' ratings."""
        table = self.table
        return {
            "kendall": float(kendalltau(table["rating_from"], table["rating_to"]).statistic),
            "spearman": float(spearmanr(table["rating_from"], table["rating_to"]).statistic),
        }

    @property
    def sentence(self) -> Prose:
        """How many ratings moved beyond noise, the largest of them, how many ranks chance alone moves, and where the arena
        changed its method between two published boards."""
        table = self.table
        moved = table[table["q_value"] <= 0.05]
        names = f"{self.board_from.category.label} → {self.board_to.category.label}"
        found = f"{names}: {len(moved)} of {len(table)} ratings moved beyond what chance allows (false-discovery rate 5 %)"
        if len(moved):
            top = table.loc[moved["rating_shift"].abs().idxmax()]
            found += (
                f"; {top['model']} {'gains' if top['rating_shift'] > 0 else 'loses'} most, {abs(top['rating_shift']):.0f} points "
                f"(95 % {signed(top['shift_lower'])} to {signed(top['shift_upper'])}), rank {top['rank_from']} → {top['rank_to']}"
            )
        first = table["null_mean"].head(20)
        chance = f"Chance alone moves the {len(first)} first models by {signed(first.mean(), 1)} ranks on average"
        beyond = f"{int(table['beyond_chance'].sum())} rank changes lie outside their chance band"
        return Prose(f"{found}. {chance}; {beyond}. {self.method_changes}".rstrip())

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


def _embedded(fit: BradleyTerry, models: tuple[str, ...]) -> tuple[Floats, Floats]:
    """Strengths (NaN where not fitted) and inverse information (0 there) of a fit among more models."""
    place = {model: position for position, model in enumerate(models)}
    index = np.array([place[model] for model in fit.pairs.models])
    strength, bread = np.full(len(models), np.nan), np.zeros((len(models), len(models)))
    strength[index], bread[np.ix_(index, index)] = fit.strength, fit.inverse_information
    return strength, bread


def _weights(fit: BradleyTerry, both: PairCounts) -> Floats:
    """The fit's weight of a vote of each pair of `both`, 0 where the fit does not have the pair."""
    index, wanted = (
        pd.MultiIndex.from_arrays([np.array(pairs.models, dtype=object)[side] for side in (pairs.first, pairs.second)])
        for pairs in (fit.pairs, both)
    )
    return np.asarray(pd.Series(fit.weight, index).reindex(wanted).fillna(0.0))


def _cross_covariance(one: BradleyTerry, other: BradleyTerry, both: PairCounts, models: tuple[str, ...]) -> Floats:
    """Covariance of two fits' ratings due to the votes in both, for `models`, shape (m, m), points squared.

    The two fits are M-estimators on overlapping votes; with scores s₁, s₂ of a vote the covariance is
    H₁⁻¹ Σ_{votes in both} s₁ s₂ᵀ H₂⁻¹ (stacked estimating equations, Stefanski & Boos 2002). Votes of a pair that one
    of the boards does not rate carry no score there.
    """
    (strength_one, bread_one), (strength_other, bread_other) = _embedded(one, both.models), _embedded(other, both.models)
    chance_one = expit(strength_one[both.first] - strength_one[both.second])
    chance_other = expit(strength_other[both.first] - strength_other[both.second])
    counts = both.counts
    product = (
        counts[:, 0] * (1 - chance_one) * (1 - chance_other)
        + counts[:, 1] * chance_one * chance_other
        + (counts[:, 2] + counts[:, 3]) * (0.5 - chance_one) * (0.5 - chance_other)
    )
    place = {model: position for position, model in enumerate(both.models)}
    index = np.array([place[model] for model in models])
    meat = laplacian(both, np.nan_to_num(product) * _weights(one, both) * _weights(other, both))
    return np.asarray((bread_one @ meat @ bread_other)[np.ix_(index, index)]) * POINTS**2


def _null_of_votes(shift: Shift, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rank shifts of one random split of the pooled votes, shape (m,); a model that a draw cannot rate has not moved."""
    pool, settings = shift.pool, replace(shift.board_from.settings, interval="sandwich")
    assert pool is not None
    votes_from, votes_to = (board.fit.pairs.votes for board in (shift.board_from, shift.board_to) if board.fit)
    part = pool.thin(min(votes_to / pool.votes, 1.0), rng)
    try:
        board_to = fit_board(part, shift.board_to.category, settings, "")
        board_from = shift.board_from
        if shift.overlap < votes_to:
            rest = pool.with_counts(pool.counts - part.counts)
            board_from = fit_board(rest.thin(min(votes_from / max(rest.votes, 1), 1.0), rng), board_from.category, settings, "")
    except InputError:
        return np.zeros(len(shift.models), dtype=np.int64)
    moved = np.zeros(len(shift.models), dtype=np.int64)
    rated = np.flatnonzero([model in board_from.models and model in board_to.models for model in shift.models])
    if len(rated):
        names = tuple(shift.models[position] for position in rated)
        moved[rated] = _ranks(board_from, names) - _ranks(board_to, names)
    return moved


def _null_of_ratings(shift: Shift, rng: np.random.Generator) -> NDArray[np.int64]:
    """Rank shifts when the two boards differ by the noise of their difference alone, shape (NULL_DRAWS, m)."""
    mean = _ratings(shift.board_from, shift.models)
    rank_from = _ranks(shift.board_from, shift.models)
    half = half_widths(shift.covariance_to, shift.board_to.settings.level)
    drawn = joint_draws(mean, shift.covariance, NULL_DRAWS, int(rng.integers(2**32)))
    return np.array([rank_from - rank_by_bounds(row - half, row + half) for row in drawn])


@one_thread
def compare(board_from: Board, board_to: Board, both: PairCounts | None = None, pool: PairCounts | None = None) -> Shift:
    """The shift between two boards.

    Args:
        both: the pair counts of the votes they share (None: they share none).
        pool: the pair counts of the votes in either (None: the null band is drawn from the ratings).

    Raises:
        InputError: fewer than two models are on both boards.
    """
    shared = set(board_from.models) & set(board_to.models)
    models = tuple(model for model in board_from.models if model in shared)
    if len(models) < 2:
        raise InputError(f"a shift needs two models that are on both boards; {len(models)} of {len(board_from.models)} are.")
    covariance_from, covariance_to = (centred(board.covariance, _positions(board, models)) for board in (board_from, board_to))
    cross, overlap = np.zeros((len(models),) * 2), 0
    if both is not None and both.votes and isinstance(board_from.fit, BradleyTerry) and isinstance(board_to.fit, BradleyTerry):
        cross = centred(_cross_covariance(board_from.fit, board_to.fit, both, models))
        overlap = both.votes
    return Shift(board_from, board_to, models, covariance_from, covariance_to, cross, pool, overlap)


def shift(votes: Votes | str | Path, from_: str = "overall", to: str = "multi_turn", settings: Settings = Settings()) -> Shift:
    """The shift between two categories of the same votes, with intervals that know which votes both count.

    Raises:
        UsageError: a category is not known.
        InputError: the votes lack a column a category needs, or a board cannot be fitted.
    """
    votes = votes if isinstance(votes, Votes) else load_votes(votes)
    one, other = find_category(from_), find_category(to)
    both = Category(
        "both", "Both", "votes in both", (*one.needs, *other.needs), lambda table: one.rule(table) & other.rule(table)
    )
    counts = count_pairs(votes, {"from": one, "to": other, "both": both})
    board_from = fit_board(counts["from"], one, settings, votes.fingerprint, votes.simulated)
    board_to = fit_board(counts["to"], other, settings, votes.fingerprint, votes.simulated)
    pool = counts["from"].with_counts(counts["from"].counts + counts["to"].counts - counts["both"].counts)
    return compare(board_from, board_to, counts["both"], pool)


@one_thread
def style_shift(votes: Votes | str | Path, category: str = "overall", settings: Settings = Settings()) -> Shift:
    """The shift of a category's models when the answers' style is taken out, both boards on the same votes.

    Raises:
        UsageError: the category is not known.
        InputError: the votes lack a column of the category or of style control, or cannot rate two models.
    """
    votes = votes if isinstance(votes, Votes) else load_votes(votes)
    found = find_category(category)
    styled = read_styled_votes(votes, found)
    board_from = fit_board(styled.pairs, found, settings, votes.fingerprint, votes.simulated)
    board_to = fit_styled_board(styled, found, settings, votes.fingerprint, votes.simulated)
    plain, equal = board_from.fit, board_to.fit
    assert isinstance(plain, BradleyTerry)
    assert isinstance(equal, StyleFit)
    kept = styled.keep(np.array([styled.pairs.models.index(model) for model in plain.pairs.models]))
    order = np.array([plain.pairs.models.index(model) for model in board_from.models])
    cross = plain_covariance(plain, equal, kept)[np.ix_(order, order)] * POINTS**2
    covariance_from, covariance_to = (
        centred(board.covariance, _positions(board, board_from.models)) for board in (board_from, board_to)
    )
    return Shift(board_from, board_to, board_from.models, covariance_from, covariance_to, centred(cross), None, kept.pairs.votes)
