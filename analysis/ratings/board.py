"""A board: ratings, intervals and ranks of all models in one category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.ratings.ballots import Ballots, read_ballots
from analysis.ratings.basis import Basis, choose_basis, clusters_of, over
from analysis.ratings.bradley_terry import POINTS, even_weights, fit_bradley_terry
from analysis.ratings.fits import Fit, NoFiniteStrengths
from analysis.ratings.intervals import (
    LEADS_FROM,
    bootstrap,
    bootstrap_clusters,
    half_widths,
    joint_draws,
    rank_by_bounds,
    rank_intervals,
    written_chance,
)
from analysis.ratings.models import model_facts
from analysis.ratings.pairs import PairCounts, count_pairs
from analysis.ratings.rateable import NOBODY, not_rated, rateable_groups, why_left_out
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.ratings.threads import one_thread
from analysis.ratings.tie_models import fit_tie_model
from analysis.results.origin import Origin
from analysis.results.prose import Prose, counted, joined, percent
from analysis.results.result import Result
from analysis.sources.load import load_votes
from analysis.votes.category import Category
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Where the ratings centre when the anchor is absent (FastChat INIT_RATING).
CENTRE = 1000.0

#: Joint draws behind rank intervals and the probabilities of statements.
DRAWS = 10_000

#: Standard errors from the first model at which another has no chance to be the strongest.
_NEAR = 6.0

#: Models beside the first that a sentence names before it counts the others.
NAMED = 4


@dataclass(frozen=True, eq=False)
class Board(Result):
    """Ratings of one category.

    Attributes:
        ratings: shape (M,), Elo points, best first.
        covariance: shape (M, M), points squared, of the ratings' distances from their mean.
        votes: shape (M,), votes of each model in the category.
        left_out: model, votes and reason of each model that the votes cannot rate.
        assumes: what had to be assumed, in words; empty for a board fitted here on votes.
        day: when a published board was published, `2024-08-13`; empty where that is not known, and for boards fitted here.
        fit: the strengths behind the ratings; None for a published board.
        basis: what the intervals are over.
        samples: shape (rounds, M), resampled ratings; None where intervals come from the covariance.
    """

    category: Category
    models: tuple[str, ...]
    ratings: Floats
    covariance: Floats
    votes: Floats
    left_out: pd.DataFrame
    settings: Settings
    assumes: str = ""
    day: str = ""
    fit: Fit | None = field(default=None, repr=False)
    basis: Basis = field(default=Basis(), repr=False)
    samples: Floats | None = field(default=None, repr=False)

    @property
    def caption(self) -> str:  # type: ignore[override]
        if self.fit is None and not self.basis.by:
            return f"Board: {self.category.label}"
        weighed = f"; votes weighed by {self.settings.weight}" if self.settings.weight else ""
        wide = f", {self.widening:.2f} × those over votes" if self.basis.by and self.fit else ""
        return f"Board: {self.category.label}; {percent(self.settings.level, 0)} {over([self.basis])}{wide}{weighed}"

    @property
    def anchor(self) -> str:
        """The anchor if it is on the board, else an empty string."""
        return self.settings.anchor if self.settings.anchor in self.models else ""

    @cached_property
    def bounds(self) -> tuple[Floats, Floats]:
        """Lower and upper bound of each rating, each shape (M,)."""
        if self.samples is not None:
            tail = (1 - self.settings.level) / 2
            lower, upper = np.quantile(self.samples, [tail, 1 - tail], axis=0)
            return lower, upper
        half = half_widths(self.covariance, self.settings.level)
        return self.ratings - half, self.ratings + half

    @property
    def ranks(self) -> NDArray[np.int64]:
        """Ranks by the arena's rule, shape (M,)."""
        return rank_by_bounds(*self.bounds)

    @cached_property
    def draws(self) -> Floats:
        """Joint draws of the ratings: the bootstrap's rounds, or DRAWS normal ones, shape (draws, M)."""
        if self.samples is not None:
            return self.samples
        return joint_draws(self.ratings, self.covariance, DRAWS, self.settings.seed)

    @cached_property
    def critical(self) -> float:
        """Standard errors beyond which two models are told apart, every two of them compared at once (see
        `analysis.ratings.simultaneous`)."""
        from analysis.ratings.simultaneous import critical_value, spread_of_few  # late: compiled code takes 0.2 s to load

        drawn = self.draws - self.ratings
        if self.samples is None:
            drawn = drawn * spread_of_few(self.basis.freedom, len(drawn), self.settings.seed)
        return critical_value(self.covariance, self.settings.level, self.settings.seed, drawn=drawn)

    @cached_property
    def rank_bounds(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Lowest and highest plausible rank of each model, each shape (M,).

        They are places in the order of strengths (see `intervals.rank_intervals`), widened to hold the rank by the arena's
        rule. That rank counts only the models that are surely better, so hardly any true place lies before it: the whole
        error of 1 − level is left to the other end.
        """
        lower, upper = rank_intervals(self.draws, max(2 * self.settings.level - 1, 0.0))
        return np.minimum(lower, self.ranks), np.maximum(upper, self.ranks)

    @cached_property
    def in_fit(self) -> Integers:
        """Where each model stands among those of `fit`, shape (M,), in the order of the board."""
        assert self.fit is not None
        return np.asarray(pd.Index(self.fit.pairs.models).get_indexer(pd.Index(self.models)), dtype=np.int64)

    @cached_property
    def widening(self) -> float:
        """Median width of the intervals over that of intervals over votes as if all were independent."""
        if self.fit is None:
            return 1.0
        alone = np.diag(self.fit.covariance)[self.in_fit] * POINTS**2
        return float(np.median(np.sqrt(np.diag(self.covariance) / alone)))

    @property
    def too_few(self) -> str:
        """Why so few votes are no board to be counted among others; empty where they are enough, and for a published board.

        Where categories or periods are made in bulk, such a one is left out: nobody chose it, and its leader would be counted.
        A board that is asked for by name is made all the same, since its ratings are well defined; its sentence says that to
        come first there is no lead.
        """
        return "" if self.fit is None else self.settings.too_few(self.fit.pairs.votes, self.votes)

    @cached_property
    def first_chances(self) -> Floats:
        """Chance of each model to be the strongest, over joint draws, shape (M,)."""
        if self.samples is not None:
            return np.bincount(self.samples.argmax(axis=1), minlength=len(self.models)) / len(self.samples)
        # Drawn apart from `draws`, which a history would keep for each of its boards, and among those near the top alone.
        variance = np.diag(self.covariance) + self.covariance[0, 0] - 2 * self.covariance[0]
        near = np.flatnonzero(self.ratings[0] - self.ratings <= _NEAR * np.sqrt(np.clip(variance, 0, None)))
        drawn = joint_draws(self.ratings[near], self.covariance[np.ix_(near, near)], DRAWS, self.settings.seed)
        return np.bincount(near[drawn.argmax(axis=1)], minlength=len(self.models)) / DRAWS

    def leader(self, chance: float = LEADS_FROM) -> str:
        """The first model where it is the strongest with at least this chance; empty where that is not decided."""
        return self.models[0] if self.first_chances[0] >= chance else ""

    @property
    def effective_votes(self) -> float:
        """As many independent votes as would give intervals of this width, and no more than there are."""
        return float(self.votes.sum()) / 2 / max(self.widening, 1.0) ** 2

    @property
    def intervals(self) -> Prose:
        """What the intervals are over, how wide they are beside those over votes, and how many votes that is worth."""
        if self.fit is None:
            return Prose("")
        basis, votes = self.basis, int(self.votes.sum() / 2)
        if not basis.by:
            why = f", because {basis.note}" if basis.note else ", as the arena publishes them" * (not basis.resampled)
            risk = " They may be too narrow: votes of one person hang together." if basis.risky else ""
            return Prose(f"Intervals are over {'resampled ' * basis.resampled}votes{why}.{risk}")
        note = f" ({basis.note})" if basis.note else ""
        worth = (
            f"the {votes:,} votes are worth {self.effective_votes:,.0f} independent ones"
            if self.effective_votes < votes
            else "no wider than if all votes were independent"
        )
        resampled = ", resampled with all their votes" * basis.resampled
        return Prose(
            f"Intervals are over {basis.words}{note}{resampled}, {self.widening:.2f} times as wide as over votes: {worth}."
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, best first: model, rating, lower, upper (points), rank, rank_lower, rank_upper, votes, and where
        known organization, license, open_weights and parameters_b (10⁹ parameters)."""
        lower, upper = self.bounds
        rank_lower, rank_upper = self.rank_bounds
        frame = pd.DataFrame(
            {
                "model": self.models,
                "rating": self.ratings,
                "lower": lower,
                "upper": upper,
                "rank": self.ranks,
                "rank_lower": rank_lower,
                "rank_upper": rank_upper,
                "votes": self.votes.astype(int),
            }
        )
        return frame.merge(model_facts(), on="model", how="left")

    @property
    def whole_table(self) -> pd.DataFrame:
        """`table` and below it the models left out, with their votes and no rating; `not_rated` says why, and is missing
        for the models that are rated. This is what the command line writes to a file."""
        return with_left_out(self.table, self.left_out)

    @property
    def sentence(self) -> Prose:
        """Who leads or has the highest rating, who shares its rank, who is not rated, and what the intervals are over."""
        return Prose(" ".join(part for part in (self.lead, self.not_rated, self.intervals) if part))

    @property
    def lead(self) -> Prose:
        """Who leads, where that is decided, else who has the highest rating; and who shares rank 1 with it."""
        first, others = self.table.iloc[0], self.beside_first
        points = f"{first['rating']:.0f} ± {(first['upper'] - first['lower']) / 2:.0f}"
        points += f" points from {counted(first['votes'], 'vote')}"
        share = f"{joined(others, NAMED)} {'share' if len(others) > 1 else 'shares'}" if others else "no other model shares"
        if self.too_few:
            return Prose(
                f"{first['model']} has the highest rating, {points}; {share} rank 1 with it. That is no lead: {self.too_few}."
            )
        if self.leader():
            return Prose(f"{first['model']} leads with {points}; {share} rank 1 with it.")
        undecided = f"{'and' if others else 'but'} no leader is decided: its chance to be the best is {self.first_chance}"
        return Prose(f"{first['model']} has the highest rating, {points}; {share} rank 1 with it, {undecided}.")

    @property
    def beside_first(self) -> list[str]:
        """The models that share rank 1 with the first one."""
        return [model for model, rank in zip(self.models[1:], self.ranks[1:], strict=True) if rank == 1]

    @property
    def first_chance(self) -> str:
        """The chance of the first model to be the strongest, in words; never certain."""
        return written_chance(self.first_chances[0])

    @property
    def not_rated(self) -> Prose:
        """The models left out, named with their votes and the reason, and how they can be rated; empty where none is."""
        return Prose(not_rated(self.left_out, len(self.models), self.settings))


def with_left_out(table: pd.DataFrame, left_out: pd.DataFrame) -> pd.DataFrame:
    """A board's table, and below it the models left out: model, votes and `not_rated` (the reason), all else missing."""
    ranks = [name for name in ("rank", "rank_lower", "rank_upper") if name in table]
    rated = table.astype(dict.fromkeys(ranks, "Int64")).assign(not_rated=pd.Series(pd.NA, table.index, dtype="str"))
    if left_out.empty:
        return rated
    others = left_out.rename(columns={"reason": "not_rated"}).merge(model_facts(), on="model", how="left")
    others = others.reindex(columns=rated.columns).astype(rated.dtypes)
    return pd.concat([rated, others], ignore_index=True)


@one_thread
def fit_board(
    pairs: PairCounts,
    category: Category,
    settings: Settings,
    origin: Origin = Origin(),
    rated: Integers | None = None,
    ballots: Ballots | None = None,
) -> Board:
    """Fit a board on pair counts, with intervals over votes; or over judges where the ballots are given.

    Args:
        rated: positions of the models to rate, one of `rateable_groups`; the group with most votes where not given.
        ballots: the same votes one by one, which style control and clusters need.

    Raises:
        InputError: fewer than two models can be rated, a tie model has no ties, or too few judges are there to resample.
        UsageError: the settings ask for what pair counts do not hold (style control, resampling of judges).
    """
    if ballots is None and (settings.style_control or settings.interval == "judges" or settings.cluster != "judge"):
        raise UsageError("style control, and intervals over judges or prompts, read the votes themselves: use `board`.")
    if rated is None:
        rated = rateable_groups(pairs, settings, f"category {category.called}")[0]
    kept = None if ballots is None else ballots.keep(rated)
    fit = _fit(pairs.keep(rated), kept, settings)
    basis = choose_basis(kept, settings)
    if settings.style_control:
        category = replace(category, name=f"{category.name}, style controlled", label=f"{category.label}, style controlled")
    made = _assemble(fit, basis, category, settings)
    return replace(made, left_out=why_left_out(pairs, rated, settings), origin=origin)


def _fit(pairs: PairCounts, ballots: Ballots | None, settings: Settings) -> Fit:
    """The strengths by the settings' treatment of style and ties."""
    if settings.style_control:
        from analysis.ratings.style_control import fit_style  # late, as above

        assert ballots is not None
        return fit_style(ballots)
    if settings.ties == "half":
        weight = even_weights(pairs) if settings.reweight else None
        return fit_bradley_terry(pairs, weight=weight, ridge=settings.ridge)
    try:
        return fit_tie_model(pairs, settings.ties)
    except NoFiniteStrengths as error:
        raise InputError(f"{error} Use ties=half.") from error


def _assemble(fit: Fit, basis: Basis, category: Category, settings: Settings) -> Board:
    """The board of fitted strengths, best first."""
    points, size = fit.strength * POINTS, len(fit.strength)
    models = np.array(fit.pairs.models, dtype=object)
    at_anchor = np.flatnonzero(models == settings.anchor)
    origin = settings.anchor_rating - points[at_anchor[0]] if len(at_anchor) else CENTRE
    order = np.argsort(-np.round(points, 8), kind="stable")  # level models by name, and not by how a processor rounds
    samples = _resampled(fit, basis, settings) if basis.resampled else None
    covariance = basis.joint(fit)[:size, :size] * POINTS**2 if samples is None else np.cov((samples * POINTS).T)
    return Board(
        category=category,
        models=tuple(models[order]),
        ratings=points[order] + origin,
        covariance=covariance[np.ix_(order, order)],
        votes=fit.pairs.votes_by_model[order],
        left_out=NOBODY,
        settings=settings,
        fit=fit,
        basis=basis,
        samples=None if samples is None else samples[:, order] * POINTS + origin,
    )


def _resampled(fit: Fit, basis: Basis, settings: Settings) -> Floats:
    """Strengths refitted on resampled votes or judges, shape (rounds, M)."""
    if not basis.by or basis.ballots is None:
        return bootstrap(fit, settings.rounds, settings.seed)
    cluster, (_, unseen) = basis.ballots.clusters[basis.by[0]], basis.spread(fit)
    return bootstrap_clusters(fit, basis.ballots, cluster, unseen, settings.rounds, settings.seed)


@by_keyword
def board(
    votes: Votes | str | Path, category: str = "overall", settings: Settings = Settings(), **options: Unpack[Options]
) -> Board:
    """The board of one category. Of models that are not all connected the group with most votes is rated.

    Raises:
        UsageError: the category is not known.
        InputError: the votes lack a column the category or the settings need, or cannot rate two models.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    found = find_category(category)
    return read_polls(votes, {category: found}, settings)[category].board(found, settings)


@dataclass(frozen=True)
class Poll:
    """What boards are fitted on: the pair counts of a category, and its ballots where the settings need them."""

    votes: Votes
    pairs: PairCounts
    ballots: Ballots | None = None

    def board(self, category: Category, settings: Settings, rated: Integers | None = None) -> Board:
        """The board, as `fit_board` makes it."""
        return fit_board(self.pairs, category, settings, self.votes.origin, rated, self.ballots)


def large_enough(boards: Mapping[str, Board]) -> tuple[dict[str, Board], dict[str, str]]:
    """The boards that are ones among others, and why the rest is not (see `Board.too_few`), each by name."""
    why = {name: f"{made.too_few}." for name, made in boards.items() if made.too_few}
    return {name: made for name, made in boards.items() if name not in why}, why


def clusters_to_read(votes: Votes, settings: Settings) -> tuple[str, ...]:
    """The clusters that the settings ask for; none where that is left to the votes, and they do not name their judges."""
    by = clusters_of(settings)
    return () if by == ("judge",) and settings.interval == "auto" and "judge" not in votes.available else by


def read_polls(votes: Votes, categories: Mapping[str, Category], settings: Settings) -> dict[str, Poll]:
    """What the boards of categories are fitted on, from one scan of the votes.

    Raises:
        InputError: the votes lack a column that a category or the settings need.
    """
    by = clusters_to_read(votes, settings)
    if by or settings.style_control or settings.weight:
        read = read_ballots(votes, categories, by, style=settings.style_control, weight=settings.weight)
        return {name: Poll(votes, ballots.pairs, ballots) for name, ballots in read.items()}
    return {name: Poll(votes, pairs) for name, pairs in count_pairs(votes, categories).items()}
