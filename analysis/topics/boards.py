"""Topics × votes: how strong each model is in each topic, pooled towards the overall board (see `pooling`)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, TypeAlias

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.distributions import norm
from analysis.errors import InputError, UsageError
from analysis.ratings.ballots import Ballots, read_ballots
from analysis.ratings.basis import Basis, choose_basis, over
from analysis.ratings.board import board
from analysis.ratings.bradley_terry import POINTS, BradleyTerry, fit_bradley_terry, squared_scores
from analysis.ratings.intervals import ordinal_ranks
from analysis.ratings.pairs import PairCounts
from analysis.ratings.scores import square
from analysis.ratings.settings import Settings
from analysis.results.origin import Origin
from analysis.results.prose import Prose, in_points, signed, written
from analysis.results.result import Result
from analysis.results.spelling import did_you_mean
from analysis.shares.discovery import RATE, q_values
from analysis.sources.load import load_votes
from analysis.topics.pooling import ALONE, Pooled, fit_offsets, places, pool_offsets
from analysis.topics.summary import joint_label
from analysis.votes import engine
from analysis.votes.stored_topics import UNCLEAR
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.topics import Topics

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Votes of a model in all topics from which it is rated.
_MINIMUM = 50


#: What boards are made by: topics, or the broad topics that they form.
By: TypeAlias = Literal["topic", "broad"]


@dataclass(frozen=True, eq=False)
class TopicBoards(Result):
    """The strength of M models in k topics.

    Attributes:
        topics, labels: numbers and labels of the topics.
        models: best overall first.
        overall: shape (M,), rating points over all votes with a clear topic, on the scale of the leaderboard (see `_origin`).
        change: shape (k, M), rating points by which a model is stronger in a topic than overall; mean zero over models.
        error: shape (k, M), standard deviation of `change` given the votes.
        noise: shape (k, M), standard deviation that `change` would have if the model were as strong as overall.
        alone: shape (k, M), `change` by the topic's own votes alone; NaN where the model has none.
        first: shape (k, M), chance to be the strongest model of a topic.
        rank_lower, rank_upper: shape (k, M), interval of the rank in a topic.
        votes: shape (k, M).
        spread, spread_lower, spread_upper: standard deviation of true changes and its interval, rating points.
        over: what the intervals are over, in words.
        too_few: for each topic why its votes are no board among others (`Settings.board_votes`, `board_models`); empty where they
            are enough. Not given: all are.
        design_effect: by how much more the votes of a topic scatter than independent ones, because some are of one judge.
    """

    topics: tuple[int, ...]
    labels: tuple[str, ...]
    models: tuple[str, ...]
    overall: Floats
    change: Floats
    error: Floats
    noise: Floats
    alone: Floats
    first: Floats
    rank_lower: Integers
    rank_upper: Integers
    votes: Floats
    spread: float
    spread_lower: float
    spread_upper: float
    by: By = "topic"
    level: float = 0.95
    over: str = "intervals over votes"
    design_effect: float = 1.0
    too_few: tuple[str, ...] = ()

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Models by topic; {self.over}"

    @property
    def ratings(self) -> Floats:
        """Ratings by topic, shape (k, M)."""
        return self.overall + self.change

    @property
    def enough(self) -> Integers:
        """Positions of the topics with votes and models enough for a board, those with most votes first."""
        order = np.argsort(-self.votes.sum(axis=1), kind="stable")
        return np.array([place for place in order if not (self.too_few and self.too_few[place])], dtype=np.int64)

    @cached_property
    def ranks(self) -> Integers:
        """Places in the order of the ratings of a topic, shape (k, M)."""
        return ordinal_ranks(self.ratings)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per topic and model: topic, label, model, votes, rating, rank with rank_lower and rank_upper, first (the
        chance to be the strongest), overall_rank, change with lower and upper, p_value, and q_value over all rows
        (Benjamini–Hochberg).

        The p-value tests a change of zero: the estimate against the noise it would have then, two-sided.
        """
        size, width = self.change.shape
        half = norm.ppf(0.5 + self.level / 2) * self.error
        p_value = 2 * norm.sf(np.abs(self.change) / np.maximum(self.noise, 1e-12)).ravel()
        p_value[self.votes.ravel() == 0] = 1.0
        return pd.DataFrame(
            {
                "topic": np.repeat(self.topics, width),
                "label": np.repeat(np.array(self.labels, dtype=object), width),
                "model": np.tile(np.array(self.models, dtype=object), size),
                "votes": self.votes.ravel().astype(int),
                "rating": self.ratings.ravel(),
                "rank": self.ranks.ravel(),
                "rank_lower": self.rank_lower.ravel(),
                "rank_upper": self.rank_upper.ravel(),
                "first": self.first.ravel(),
                "overall_rank": np.tile(np.arange(1, width + 1), size),
                "change": self.change.ravel(),
                "lower": (self.change - half).ravel(),
                "upper": (self.change + half).ravel(),
                "p_value": p_value,
                "q_value": q_values(p_value),
            }
        )

    def changes(self, model: str) -> pd.DataFrame:
        """Topics where the model gains or loses most, largest gain first: rows of `table` with q-values over its topics.

        Raises:
            UsageError: the model is not on the boards.
        """
        rows = self.table[self.table["model"] == model]
        if rows.empty:
            known = ", ".join(self.models[:3])
            meant = did_you_mean(model, self.models)
            raise UsageError(
                f"model {model!r} is not rated by topic{meant}; the {len(self.models)} rated ones begin with {known}."
            )
        rows = rows.assign(q_value=q_values(rows["p_value"]))
        return rows.sort_values("change", ascending=False, ignore_index=True)

    def grid(self, models: int = 20) -> pd.DataFrame:
        """Changes as a grid for a heat map: a row per label, a column per model, the best overall first."""
        return pd.DataFrame(self.change[:, :models], index=list(self.labels), columns=list(self.models[:models]))

    @property
    def sentence(self) -> Prose:
        """How much strengths vary between topics, how many changes are clear, the largest gain and loss, and what intervals
        are over."""
        table, broad, spread = self.table, "broad " if self.by == "broad" else "", in_points(written(self.spread))
        clear = int((table["q_value"] <= RATE).sum())
        text = (
            f"Between {broad}topics a model's strength varies by about {spread} (standard deviation of the true "
            f"changes, {self.spread_lower:.0f} to {self.spread_upper:.0f}); "
            f"{f'{clear:,}' if clear else 'none'} of {len(table):,} changes {'is' if clear <= 1 else 'are'} clear at a "
            f"false-discovery rate of {100 * RATE:g} %."
        )
        for word, row in (("gain", table.loc[table["change"].idxmax()]), ("loss", table.loc[table["change"].idxmin()])):
            interval = f"{signed(row['lower'])} to {signed(row['upper'])}"
            text += f" The largest {word} is {row['model']} in “{row['label']}”, {signed(row['change'])} ({interval})."
        return Prose(f"{text} {self.over.capitalize()}.")


def topic_ballots(votes: Votes, assignments: pd.DataFrame, topics: Iterable[int]) -> list[Ballots]:
    """The ballots of each topic, all with the same models and pairs; by judge where the votes name their judges.

    Raises:
        InputError: the assignments are of other votes.
    """
    overall = find_category("overall")
    by = ("judge",) if "judge" in votes.available else ()
    whole = read_ballots(votes, {overall.name: overall}, by)[overall.name]
    ids = engine.to_pandas(votes.expression.select("vote_id"))
    topic = ids.merge(assignments[["vote_id", "topic"]], on="vote_id", how="left", validate="one_to_one")["topic"]
    if topic.isna().any():
        raise InputError(f"{votes.name}: {int(topic.isna().sum()):,} votes have no topic; assign these votes first.")
    of_ballots = topic.to_numpy()[whole.row]
    return [whole.only(of_ballots == wanted).counted() for wanted in topics]


def topic_boards(
    votes: Votes | str | Path,
    topics: Topics,
    *,
    by: By = "topic",
    level: float = 0.95,
    minimum: int = _MINIMUM,
    interval: str = "auto",
    seed: int = 1,
) -> TopicBoards:
    """The strength of each model in each topic, partially pooled.

    Args:
        by: a board for each topic, or for each broad topic.
        minimum: votes in all topics together that a model needs.
        interval: `auto` (judges where enough of them are known) or `votes`, as in `Settings`.
        seed: of the draws behind chances to lead and intervals of ranks.

    Raises:
        UsageError: `by`, `interval` or `level` is none of those allowed.
        InputError: fewer than two models can be rated, or the topics are of other votes.
    """
    votes = load_votes(votes)
    if topics.fingerprint != votes.fingerprint:  # ids may be the same: see `Category.check`
        raise InputError(f"{votes.name}: the topics are of other votes; find them again with arena-workbook topics.")
    if interval not in ("auto", "votes"):
        raise UsageError(f"interval is {interval!r}; boards by topic have auto or votes.")
    settings = Settings(level=level, interval=interval, seed=seed)
    labels, assignments = _groups(topics, by)
    ballots = topic_ballots(votes, assignments, labels)
    kept = _rateable(joined(ballots).pairs, minimum)
    made = _fitted([part.keep(kept) for part in ballots], labels, by, settings, votes.origin)
    return replace(made, overall=made.overall + _origin(made, votes, settings))


def _origin(boards: TopicBoards, votes: Votes, settings: Settings) -> float:
    """By how many points the ratings are moved onto the scale of the leaderboard.

    The anchor has the rating of the settings, as there. Where it has too few votes with a topic to be rated, the models have the
    same mean as on the leaderboard.
    """
    if settings.anchor in boards.models:
        return float(settings.anchor_rating - boards.overall[boards.models.index(settings.anchor)])
    whole = board(votes, settings=settings)
    there = dict(zip(whole.models, whole.ratings, strict=True))
    gaps = [there[model] - rating for model, rating in zip(boards.models, boards.overall, strict=True) if model in there]
    return float(np.mean(gaps)) if gaps else 0.0


def _fitted(ballots: Sequence[Ballots], labels: Mapping[int, str], by: By, settings: Settings, origin: Origin) -> TopicBoards:
    """The boards of topics, given by number and label, from the ballots of each among the models to rate; their mean is 1000."""
    level, whole, by_topic = settings.level, joined(ballots), [part.pairs for part in ballots]
    base, basis = fit_bradley_terry(whole.pairs), choose_basis(whole, settings)
    pooled, effect = pool_topics(ballots, base, basis, level)
    fits, around = pooled.offsets, basis.joint(base)
    placed = [places(base.strength + fit.change, fit.with_base(around), level, settings.seed) for fit in fits]
    order = np.argsort(-base.strength, kind="stable")
    return TopicBoards(
        topics=tuple(labels),
        labels=tuple(labels.values()),
        models=tuple(base.pairs.models[place] for place in order),
        overall=1000 + POINTS * base.strength[order],
        change=POINTS * np.array([fit.change for fit in fits])[:, order],
        error=POINTS * np.array([fit.error for fit in fits])[:, order],
        noise=POINTS * np.array([fit.noise for fit in fits])[:, order],
        alone=POINTS * np.array([_alone(pairs, base.strength) for pairs in by_topic])[:, order],
        first=np.array([place.first for place in placed])[:, order],
        rank_lower=np.array([place.lower for place in placed])[:, order],
        rank_upper=np.array([place.upper for place in placed])[:, order],
        votes=np.array([pairs.votes_by_model for pairs in by_topic])[:, order],
        spread=POINTS * pooled.deviation,
        spread_lower=POINTS * pooled.lower,
        spread_upper=POINTS * pooled.upper,
        by=by,
        level=level,
        over=over([basis]),
        design_effect=effect,
        too_few=tuple(settings.too_few(int(pairs.votes), pairs.votes_by_model) for pairs in by_topic),
        origin=origin,
    )


def _alone(pairs: PairCounts, base: Floats) -> Floats:
    """Changes by the topic's own votes alone, natural-log units, shape (M,); NaN for a model without any."""
    return np.where(pairs.votes_by_model > 0, fit_offsets(pairs, base, ALONE).change, np.nan)


def joined(ballots: Sequence[Ballots]) -> Ballots:
    """The ballots of several topics together."""
    first = ballots[0]
    pair, outcome, row = (np.concatenate([getattr(part, name) for part in ballots]) for name in ("pair", "outcome", "row"))
    clusters = {name: np.concatenate([part.clusters[name] for part in ballots]) for name in first.clusters}
    counts = np.sum([part.pairs.counts for part in ballots], axis=0)
    # Which model stood on the left is not asked here.
    pairs = first.pairs.with_counts(counts)
    return replace(first, pairs=pairs, pair=pair, outcome=outcome, row=row, clusters=clusters, left=None)


def pool_topics(ballots: Sequence[Ballots], base: BradleyTerry, basis: Basis, level: float = 0.95) -> tuple[Pooled, float]:
    """The changes of each topic, and the design effect that they know of (see `design_effect`).

    As those of ratings, standard deviations are multiplied by √(d / (d − 2)) for the d degrees of freedom that judges leave.
    """
    by_topic = [part.pairs for part in ballots]
    pooled = pool_offsets(by_topic, base, level)
    effect = design_effect(base, ballots, pooled, basis)
    if effect > 1:
        pooled = pool_offsets(by_topic, base, level, effect)
    if np.isinf(basis.freedom):
        return pooled, effect
    wider = basis.freedom / (basis.freedom - 2)
    offsets = [
        replace(one, error=wider**0.5 * one.error, noise=wider**0.5 * one.noise, covariance=wider * one.covariance)
        for one in pooled.offsets
    ]
    return replace(pooled, offsets=offsets), effect


def design_effect(base: BradleyTerry, ballots: Sequence[Ballots], pooled: Pooled, basis: Basis) -> float:
    """By how much more the votes of a topic scatter than independent ones, 1 or more: the squared sums of the scores of each
    judge in each topic over the squared scores of the votes, both around what the topic's board expects."""
    if not basis.by:
        return 1.0
    together = alone = 0.0
    for part, offsets in zip(ballots, pooled.offsets, strict=True):
        fit = replace(base, pairs=part.pairs, strength=base.strength + offsets.change)
        cluster = np.unique(part.clusters[basis.by[0]], return_inverse=True)[1]
        together += square(fit.scores(part, cluster))
        alone += 2 * float(squared_scores(fit).sum())
    return max(together / alone, 1.0) if alone else 1.0


def _groups(topics: Topics, by: By) -> tuple[dict[int, str], pd.DataFrame]:
    """Labels by number of what boards are made by, and the assignments of votes to them."""
    frame = topics.table
    if by == "topic":
        return dict(zip(frame["topic"].astype(int), topics.labels, strict=True)), topics.assignments
    if by != "broad":
        raise UsageError(f"boards are made by topic or broad, not by {by!r}.")
    broad = frame.set_index("topic")["broad"].astype(int)
    found = topics.assignments["topic"].map(broad).fillna(UNCLEAR).astype(int)
    return broad_labels(frame), topics.assignments.assign(topic=found)


def broad_labels(frame: pd.DataFrame) -> dict[int, str]:
    """The label of each broad topic, by number, those with most votes first: the first words of its three largest topics."""
    ordered = frame.sort_values("votes", ascending=False, kind="stable")
    votes = ordered.groupby("broad")["votes"].sum().sort_values(ascending=False, kind="stable")
    under = ordered.groupby("broad")["topic"].agg(list)
    labels = dict(zip(ordered["topic"], ordered["label"], strict=True))
    return {int(number): joint_label(labels, under[number]) for number in votes.index}


def _rateable(pairs: PairCounts, minimum: int) -> NDArray[np.int64]:
    """Models with enough votes, and of them the connected group with most votes, as on a board."""
    enough = np.flatnonzero(pairs.votes_by_model >= minimum)
    islands = pairs.keep(enough).islands
    if not islands:
        raise InputError(f"boards by topic need two models with {minimum} votes or more that won and lost against each other.")
    return np.asarray(enough[islands[0]])
