"""A board: ratings, intervals and ranks of all models in one category."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis import places
from analysis.bradley_terry import POINTS, BradleyTerry, NoFiniteStrengths, even_weights, fit_bradley_terry
from analysis.categories import CATEGORIES, Category, find_category, supported
from analysis.errors import InputError, UsageError
from analysis.intervals import bootstrap, bootstrap_clusters, half_widths, joint_draws, rank_by_bounds, rank_intervals
from analysis.pairs import PairCounts, count_pairs, read_judges
from analysis.rateable import NOBODY, not_rated, rateable_groups, why_left_out
from analysis.result import Prose, Result
from analysis.style_control import StyledVotes, StyleFit, fit_style, read_styled_votes
from analysis.threads import one_thread
from analysis.tie_models import LINKS, TieModel, fit_tie_model
from analysis.votes import Votes, load_votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: What a board can be fitted by; each has pairs, strength and covariance.
Fit = BradleyTerry | TieModel | StyleFit

#: The arena's anchor since 2024-03-30 (FastChat commit 0858692d).
ANCHOR, ANCHOR_RATING = "mixtral-8x7b-instruct-v0.1", 1114.0

#: Where the ratings centre when the anchor is absent (FastChat INIT_RATING).
CENTRE = 1000.0

#: Joint draws behind rank intervals and the probabilities of statements.
DRAWS = 10_000


@dataclass(frozen=True)
class Settings:
    """How a board is made.

    Attributes:
        level: confidence level of all intervals.
        anchor: the model whose rating is fixed at `anchor_rating`; without it the mean rating is 1000. The anchor only
            sets the origin: every model, the anchor too, has the interval of its distance from the mean.
        minimum_votes: models with fewer votes in the category are left out.
        ridge: precision of a normal prior on strengths, in votes; above 0 no model is left out as unconnected.
        ties: `half` (a tie is half a win), `davidson` or `rao_kupper`.
        reweight: weigh votes so that every pair of models counts alike beyond 50 votes (arena-rank's `reweighted`).
        style_control: fit the effect of the answers' style together with the strengths and take it out.
        interval: `sandwich`, `bootstrap` (over votes) or `judges` (over judges, with all their votes).
        rounds: of the bootstrap.
        seed: of the bootstrap and of the draws behind rank intervals.

    Raises:
        UsageError: a choice that is not known, or two that cannot be combined.
    """

    level: float = 0.95
    anchor: str = ANCHOR
    anchor_rating: float = ANCHOR_RATING
    minimum_votes: int = 1
    ridge: float = 0.0
    ties: str = "half"
    reweight: bool = False
    style_control: bool = False
    interval: str = "sandwich"
    rounds: int = 1000
    seed: int = 1

    def __post_init__(self) -> None:
        for name, choices in (("ties", ("half", *LINKS)), ("interval", ("sandwich", "bootstrap", "judges"))):
            if getattr(self, name) not in choices:
                raise UsageError(f"{name} is {getattr(self, name)!r}; choose one of {', '.join(choices)}.")
        plain = self.ties == "half" and not self.style_control
        extras = self.interval != "sandwich" or self.ridge > 0 or self.reweight or (self.style_control and self.ties != "half")
        if not plain and extras:
            raise UsageError(
                "style control and tie models come with sandwich intervals, unweighted, without a ridge, not both at once."
            )


@dataclass(frozen=True)
class Board(Result):
    """Ratings of one category.

    Attributes:
        ratings: shape (M,), Elo points, best first.
        covariance: shape (M, M), points squared, of the ratings' distances from their mean.
        votes: shape (M,), votes of each model in the category.
        left_out: model, votes and reason of each model that the votes cannot rate.
        fingerprint: of the vote table (or file) the board comes from.
        assumes: what had to be assumed, in words; empty for a board fitted here on votes.
        day: when a published board was published, `2024-08-13`; empty where that is not known, and for boards fitted here.
        fit: the strengths behind the ratings; None for a published board.
        samples: shape (rounds, M), bootstrapped ratings; None where intervals come from the covariance.
    """

    category: Category
    models: tuple[str, ...]
    ratings: Floats
    covariance: Floats
    votes: Floats
    left_out: pd.DataFrame
    settings: Settings
    fingerprint: str
    simulated: bool = False
    assumes: str = ""
    day: str = ""
    fit: Fit | None = field(default=None, repr=False)
    samples: Floats | None = field(default=None, repr=False)

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Board: {self.category.label}"

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
    def table(self) -> pd.DataFrame:
        """One row per model, best first: model, rating, lower, upper, rank, rank_lower, rank_upper, votes, and where
        known organization, license, open_weights and parameters_b (10⁹ parameters)."""
        lower, upper = self.bounds
        rank_lower, rank_upper = rank_intervals(self.draws, self.settings.level)
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
        """Who leads, who shares the first rank, and who is not rated."""
        return Prose(f"{self.lead} {self.not_rated}".rstrip())

    @property
    def lead(self) -> Prose:
        """Who leads, and who shares the first rank."""
        table = self.table
        first = table.loc[table["rank"] == 1, "model"].tolist()
        leader = table.iloc[0]
        half = (leader["upper"] - leader["lower"]) / 2
        text = f"{leader['model']} leads with {leader['rating']:.0f} ± {half:.0f} points from {leader['votes']:,} votes"
        others = [name for name in first if name != leader["model"]]
        text += (
            f"; its interval does not clear {_listed(others)}, so they share rank 1."
            if others
            else "; no other model shares rank 1."
        )
        return Prose(text)

    @property
    def not_rated(self) -> Prose:
        """The models left out, named with their votes and the reason, and how they can be rated; empty where none is."""
        return Prose(not_rated(self.left_out, len(self.models), self.settings))


def _listed(names: list[str], most: int = 4) -> str:
    """Names joined as prose, the tail counted."""
    shown = [*names[:most], f"{len(names) - most} more"] if len(names) > most else names
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} and {shown[-1]}"


def model_facts() -> pd.DataFrame:
    """What is known of each model (data/models.csv): model, organization, license, open_weights, parameters_b."""
    return pd.read_csv(places.DATA / "models.csv", usecols=["model", "organization", "license", "open_weights", "parameters_b"])


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
    fingerprint: str,
    simulated: bool = False,
    rated: Integers | None = None,
) -> Board:
    """Fit a board on pair counts.

    Args:
        rated: positions of the models to rate, one of `rateable_groups`; the group with most votes where not given.

    Raises:
        InputError: fewer than two models can be rated, or a tie model has no ties.
        UsageError: the settings ask for what pair counts do not hold (style control, resampling of judges).
    """
    if settings.style_control or settings.interval == "judges":
        raise UsageError("style control and resampling of judges read the votes themselves: use `board`.")
    if rated is None:
        rated = rateable_groups(pairs, settings, f"category {category.name}")[0]
    fit = _fit(pairs.keep(rated), settings)
    samples = None
    if settings.interval == "bootstrap" and isinstance(fit, BradleyTerry):
        samples = bootstrap(fit, settings.rounds, settings.seed)
    made = _assemble(fit, samples, category, settings, fingerprint, simulated)
    return replace(made, left_out=why_left_out(pairs, rated, settings))


def _fit(pairs: PairCounts, settings: Settings) -> BradleyTerry | TieModel:
    """The strengths by the settings' treatment of ties."""
    if settings.ties == "half":
        weight = even_weights(pairs) if settings.reweight else None
        return fit_bradley_terry(pairs, weight=weight, ridge=settings.ridge)
    try:
        return fit_tie_model(pairs, settings.ties)
    except NoFiniteStrengths as error:
        raise InputError(f"{error} Use ties=half.") from error


def _assemble(
    fit: Fit, samples: Floats | None, category: Category, settings: Settings, fingerprint: str, simulated: bool
) -> Board:
    """The board of fitted strengths (and bootstrapped ones, both in natural-log units), best first."""
    points = fit.strength * POINTS
    models = np.array(fit.pairs.models, dtype=object)
    at_anchor = np.flatnonzero(models == settings.anchor)
    origin = settings.anchor_rating - points[at_anchor[0]] if len(at_anchor) else CENTRE
    order = np.argsort(-points, kind="stable")
    covariance = fit.covariance * POINTS**2 if samples is None else np.cov((samples * POINTS).T)
    return Board(
        category=category,
        models=tuple(models[order]),
        ratings=points[order] + origin,
        covariance=covariance[np.ix_(order, order)],
        votes=fit.pairs.votes_by_model[order],
        left_out=NOBODY,
        settings=settings,
        fingerprint=fingerprint,
        simulated=simulated,
        fit=fit,
        samples=None if samples is None else samples[:, order] * POINTS + origin,
    )


def board(votes: Votes | str | Path, category: str = "overall", settings: Settings = Settings()) -> Board:
    """The board of one category. Of models that are not all connected the group with most votes is rated.

    Raises:
        UsageError: the category is not known.
        InputError: the votes lack a column the category or the settings need, or cannot rate two models.
    """
    _, fit = fitter(votes if isinstance(votes, Votes) else load_votes(votes), find_category(category), settings)
    return fit(None)


def fitter(votes: Votes, category: Category, settings: Settings) -> tuple[PairCounts, Callable[[Integers | None], Board]]:
    """The pair counts of a category, and what fits the board of some of its models (positions; None for the group with most
    votes), by whatever the settings ask for.

    Raises:
        InputError: the votes lack a column the category or the settings need.
    """
    origin = (votes.fingerprint, votes.simulated)
    if settings.style_control:
        styled = read_styled_votes(votes, category)
        return styled.pairs, lambda rated: fit_styled_board(styled, category, settings, *origin, rated)
    pairs = count_pairs(votes, {category.name: category})[category.name]
    if settings.interval != "judges":
        return pairs, lambda rated: fit_board(pairs, category, settings, *origin, rated)
    return pairs, lambda rated: _resampled_by_judge(votes, pairs, category, settings, rated)


def _resampled_by_judge(votes: Votes, pairs: PairCounts, category: Category, settings: Settings, rated: Integers | None) -> Board:
    """A board whose intervals come from resampling judges with all their votes."""
    origin = (votes.fingerprint, votes.simulated)
    plain = fit_board(pairs, category, replace(settings, interval="sandwich"), *origin, rated)
    assert isinstance(plain.fit, BradleyTerry)
    judges = read_judges(votes, category, plain.fit.pairs)
    samples = bootstrap_clusters(plain.fit, *judges, settings.rounds, settings.seed)
    return replace(_assemble(plain.fit, samples, category, settings, *origin), left_out=plain.left_out)


@one_thread
def fit_styled_board(
    styled: StyledVotes,
    category: Category,
    settings: Settings,
    fingerprint: str,
    simulated: bool = False,
    rated: Integers | None = None,
) -> Board:
    """Fit a board at equal style, of the models `rated` as in `fit_board`.

    Raises:
        InputError: fewer than two models can be rated.
    """
    if rated is None:
        rated = rateable_groups(styled.pairs, settings, f"category {category.name}")[0]
    fit = fit_style(styled.keep(rated))
    label = replace(category, name=f"{category.name}, style controlled", label=f"{category.label}, style controlled")
    made = _assemble(fit, None, label, settings, fingerprint, simulated)
    return replace(made, left_out=why_left_out(styled.pairs, rated, settings))


def boards(
    votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings()
) -> tuple[dict[str, Board], dict[str, str]]:
    """The boards of many categories, and why the others could not be made.

    All come from one scan of the votes, but for style control and for resampled judges: they scan once a category.
    """
    votes = votes if isinstance(votes, Votes) else load_votes(votes)
    found, why = supported(votes, categories)
    from_votes = settings.style_control or settings.interval == "judges"
    counts = {} if from_votes else count_pairs(votes, found)
    made = {}
    for name, category in found.items():
        try:
            if from_votes:
                made[name] = board(votes, name, settings)
            else:
                made[name] = fit_board(counts[name], category, settings, votes.fingerprint, votes.simulated)
        except InputError as error:
            why[name] = str(error)
    return made, why
