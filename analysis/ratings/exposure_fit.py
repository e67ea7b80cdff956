"""A difference in differences of strengths: how much better than on other prompts each model does on exposed ones, less how
much better the models do that it met.

Strengths are fitted on exposed votes and on others, both of the same mix of strata (`exposure_strata.overlap`). What one model
has gained from these to those, less the mean of all other models' gains, each by its exposed votes, is its effect; models that
are clearly apart are not among the others (`_without_outliers`). Both fits
are M-estimators on votes weighed by w, so that the gains have the covariance H₁⁻¹ G H₁⁻¹ and so on of stacked estimating
equations (`analysis.ratings.fits`), where G sums scores by judge and by prompt (Cameron, Gelbach and Miller 2011): one prompt
that is asked again and again tells of that prompt, one judge's votes of that judge. A model's error is never taken to be below
what votes, judges or prompts alone give. Its scores are divided by 1 − the part that the judge or prompt has in the model's own
votes (one-step jackknife, as in `analysis.ratings.basis`), and its interval is Student's t with as many degrees of freedom as
those parts leave (Satterthwaite).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.distributions import norm, t
from analysis.ratings.ballots import BOTH, Ballots
from analysis.ratings.bradley_terry import POINTS, BradleyTerry, fit_bradley_terry
from analysis.ratings.exposure_cells import Cells, cells_of
from analysis.ratings.exposure_strata import overlap
from analysis.ratings.pairs import PairCounts
from analysis.ratings.scores import Scores, products
from analysis.ratings.threads import one_thread
from analysis.shares.discovery import RATE, q_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]
    Flags = NDArray[np.bool_]

#: Votes of equal weight that those on either side are worth, below which a model's effect is not asked for.
FEWEST = 30

#: Degrees of freedom at least: below, Student's t says nothing.
LEAST_FREEDOM = 3.0

#: The largest part of a model's votes that the jackknife of one cluster takes away.
_LARGEST = 0.5

#: With what chance the smallest effect that could have been shown is shown.
POWER = 0.8


@dataclass(frozen=True)
class Effects:
    """Effects of m models, in points.

    Attributes:
        models: their names, sorted.
        gain: shape (m,), rating on exposed prompts less that on others, each as a distance from the mean of all models.
        gains: covariance of `gain`, shape (m, m), points squared, by `votes`, and by `judge`, `prompt` and both where known.
        freedom: shape (m,), degrees of freedom of each model's error.
        weight: shape (m,), of each model in the mean of the others: its exposed votes, which sum to 1.
        reference: shape (m,), which models are among the others that each is held against.
    """

    models: tuple[str, ...]
    gain: Floats
    gains: Mapping[str, Floats]
    freedom: Floats
    weight: Floats
    reference: Flags

    @cached_property
    def effect(self) -> Floats:
        """What each gains on exposed prompts beyond the mean of the others, shape (m,)."""
        return np.asarray(less_others(self.weight, self.reference) @ self.gain)

    @cached_property
    def covariance(self) -> Floats:
        """Of the effects, shape (m, m), points squared."""
        return self._of(less_others(self.weight, self.reference))

    def _of(self, contrasts: Floats) -> Floats:
        """Covariance of linear combinations of the gains, shape (n, m), shape (n, n)."""
        return _joined({name: contrasts @ gains @ contrasts.T for name, gains in self.gains.items()})

    @property
    def error(self) -> Floats:
        """Standard errors, shape (m,)."""
        return np.sqrt(np.clip(np.diag(self.covariance), 1e-12, None))

    def half(self, level: float) -> Floats:
        """Half widths of the intervals, shape (m,)."""
        return np.asarray(t.ppf(0.5 + level / 2, self.freedom) * self.error)

    def p_values(self, effect: Floats | None = None) -> Floats:
        """Of no effect, two-sided, shape (m,); or of other effects, with the errors of these."""
        return np.asarray(2 * t.sf(np.abs(self.effect if effect is None else effect) / self.error, self.freedom))

    def accused(self, effect: Floats | None = None) -> Flags:
        """Who does better beyond chance, at a false-discovery rate of 5 %, shape (m,)."""
        found = self.effect if effect is None else effect
        return np.asarray((q_values(self.p_values(found)) <= RATE) & (found > 0))

    @property
    def smallest(self) -> Floats:
        """The effect that would have been shown with a chance of 80 % if a model alone had it, shape (m,)."""
        first = t.ppf(1 - RATE / (2 * len(self.models)), self.freedom)
        return np.asarray((first + norm.ppf(POWER)) * self.error)

    def contrast(self, some: Flags, others: Flags, level: float) -> tuple[float, float, float]:
        """Mean gain of some models less that of others, each by its exposed votes, with the ends of its interval."""
        each = [self.weight * group / (self.weight @ group) for group in (some, others)]
        row = (each[0] - each[1])[None, :]
        middle = float(row[0] @ self.gain)
        free = float(np.median(self.freedom[some | others]))
        half = float(t.ppf(0.5 + level / 2, free) * np.sqrt(self._of(row)[0, 0]))
        return middle, middle - half, middle + half


@dataclass(frozen=True)
class Compared:
    """Votes on exposed prompts and on others, of the models that both rate.

    Attributes:
        ballots: N votes of these models.
        exposed, stratum: shape (N,).
        weight: shape (N,), of each vote (`exposure_strata.overlap`).
        left_out: why each other model is not rated.
    """

    ballots: Ballots
    exposed: Flags
    stratum: Integers
    weight: Floats
    left_out: Mapping[str, str]


def compared(ballots: Ballots, exposed: Flags, stratum: Integers, fewest: int = FEWEST) -> Compared:
    """The votes that can be compared: of models with votes enough on both sides that are connected on both.

    Args:
        exposed, stratum: shape (N,), of each of the ballots.
    """
    names = set(ballots.pairs.models)
    why: dict[str, str] = {}
    while True:
        weight = overlap(exposed, stratum)
        kept = _kept(ballots, [weight * side for side in (exposed, ~exposed)], fewest, why)
        if len(kept) == len(ballots.pairs.models):
            return Compared(ballots, exposed, stratum, weight, why)
        if len(kept) < 2:
            why.update(dict.fromkeys(names - set(why), "no other model to hold it against"))
            none = np.zeros(0, dtype=np.int64)
            return Compared(ballots.only(none).keep(none), exposed[none], stratum[none], weight[none], why)
        inside = np.isin(np.arange(len(ballots.pairs.models)), kept)
        votes = inside[ballots.pairs.first[ballots.pair]] & inside[ballots.pairs.second[ballots.pair]]
        ballots, exposed, stratum = ballots.keep(kept), exposed[votes], stratum[votes]


def _kept(ballots: Ballots, sides: list[Floats], fewest: int, why: dict[str, str]) -> Integers:
    """Positions of the models that stay, and the reason for each other; those with few votes go before those unconnected."""
    models = ballots.pairs.models
    enough = np.ones(len(models), dtype=bool)
    for weight, name in zip(sides, ("exposed", "unexposed"), strict=True):
        worth = worth_votes(ballots, weight)
        for place in np.flatnonzero((worth < fewest) & enough):
            why[models[place]] = f"{name} votes to compare worth {worth[place]:.0f}, and {fewest} are needed"
        enough &= worth >= fewest
    if not enough.all():
        return np.flatnonzero(enough)
    for weight, name in zip(sides, ("exposed", "unexposed"), strict=True):
        ties = _decided(ballots, weight) <= 0
        why.update(dict.fromkeys((models[place] for place in np.flatnonzero(ties & enough)), f"all its {name} votes are ties"))
        enough &= ~ties
    if not enough.all():
        return np.flatnonzero(enough)
    for weight in sides:
        islands = ballots.counts_by(weight).islands
        largest = islands[0] if islands else np.zeros(0, dtype=np.int64)
        if len(largest) < len(models):
            for place in np.setdiff1d(np.arange(len(models)), largest):
                why[models[place]] = "no chain of wins and of losses connects it with the other models"
            return largest
    return np.arange(len(models))


def worth_votes(ballots: Ballots, weight: Floats) -> Floats:
    """How many votes of equal weight each model's votes are worth, (Σ w)² / Σ w², shape (m,) (Kish 1965)."""
    pairs, size = ballots.pairs, len(ballots.pairs.first)
    sums, squares = (np.bincount(ballots.pair, power, size).astype(float) for power in (weight, weight**2))
    return np.asarray(pairs.scatter(sums, sums) ** 2 / np.maximum(pairs.scatter(squares, squares), 1e-300))


def _decided(ballots: Ballots, weight: Floats) -> Floats:
    """The weight of each model's votes that are no ties, shape (m,): without any nothing says how far its votes spread."""
    sums = ballots.counts_by(weight).counts[:, :2].sum(axis=1)
    return np.asarray(ballots.pairs.scatter(sums, sums))


def both_sides(votes: Compared) -> tuple[PairCounts, PairCounts]:
    """The weighed pair counts of exposed votes and of the others."""
    exposed = votes.ballots.counts_by(votes.weight * votes.exposed)
    return exposed, votes.ballots.counts_by(votes.weight * ~votes.exposed)


def gains(exposed: PairCounts, others: PairCounts, ridge: float = 0.0) -> tuple[BradleyTerry, BradleyTerry, Floats]:
    """The fits on both sides, and what each model gains from the others' votes to the exposed, points, shape (m,)."""
    one, other = (fit_bradley_terry(pairs, ridge=ridge) for pairs in (exposed, others))
    return one, other, POINTS * (one.strength - other.strength)


def less_others(weight: Floats, reference: Flags) -> Floats:
    """The matrix that takes from each model's gain the mean of the others' in the reference, by their weights, shape (m, m)."""
    size = len(weight)
    others = np.broadcast_to(weight * reference, (size, size)) * (1 - np.eye(size))
    return np.asarray(np.eye(size) - others / others.sum(axis=1, keepdims=True))


@one_thread
def fit_effects(votes: Compared) -> Effects:
    """The effects of all models of two or more, with the covariance that judges and prompts give."""
    ballots, weight = votes.ballots, votes.weight
    sides = both_sides(votes)
    one, other, gained = gains(*sides)
    part = sides[0].votes_by_model / sides[0].votes_by_model.sum()
    bread = POINTS * np.hstack([one.bread, -other.bread])
    clusters = {"votes": np.arange(len(weight)), **ballots.clusters}
    cells = {name: cells_of(ballots, votes.exposed, weight, cluster) for name, cluster in clusters.items()}
    slope = np.where(votes.exposed, *(fit.scores(ballots, clusters["votes"]).values[0] for fit in (one, other))) * weight
    found = {name: _covariance(slope, each, bread) for name, each in cells.items()}
    freedom = [_freedom(cells[name], found[name], found["votes"]) for name in _ways(clusters)]
    least = np.min(freedom or [np.full(len(part), np.inf)], axis=0)
    return _without_outliers(Effects(ballots.pairs.models, gained, found, least, part, np.ones(len(part), dtype=bool)))


def _without_outliers(found: Effects) -> Effects:
    """The effects beside others none of which is clearly apart, as long as these are more than half of the models.

    What one model gains or loses is a part of the mean of the others, so that one which loses much would make all others look
    better. The one that is furthest apart leaves the reference first, for it is what moves the others.
    """
    while True:
        apart = found.reference & (q_values(found.p_values()) <= RATE)
        if not apart.any() or 2 * (found.reference.sum() - 1) <= len(found.models):
            return found
        furthest = int(np.argmax(np.where(apart, np.abs(found.effect) / found.error, -1)))
        found = replace(found, reference=found.reference & (np.arange(len(apart)) != furthest))


def _ways(clusters: Mapping[str, object]) -> list[str]:
    """Judges and prompts, each where known."""
    return [name for name in ("judge", "prompt") if name in clusters]


def _joined(found: Mapping[str, Floats]) -> Floats:
    """One covariance of those by votes, judges, prompts and both; no variance is below any of them."""
    ways = _ways(found)
    whole = found["votes"] if not ways else np.sum([found[name] for name in ways], axis=0)
    if len(ways) == 2:
        whole = whole - found[BOTH]
    most = np.max([np.diag(found[name]) for name in ("votes", *ways)], axis=0)
    return np.asarray(whole + np.diag(np.maximum(most - np.diag(whole), 0.0)))


def _covariance(slope: Floats, cells: Cells, bread: Floats) -> Floats:
    """Covariance of the gains where clusters of votes are independent, shape (m, m); `slope` is each vote's score, shape (N,).

    What a cluster has in all votes of a model makes its scores larger.
    """
    columns = cells.columns
    values = [sign * slope / (1 - np.minimum(part, _LARGEST)) for sign, part in zip((1, -1), cells.parts, strict=True)]
    scores = Scores(cells.cluster, columns, (values[0], values[1]), cells.width)
    return np.asarray(bread @ products(scores, scores) @ bread.T)


def _freedom(cells: Cells, gains: Floats, of_votes: Floats) -> Floats:
    """Degrees of freedom that clusters leave each model, shape (m,), on both sides together (Satterthwaite).

    How alike the votes of a cluster are is taken from by how much clusters widen the errors of all models, as a part of what they
    would if all votes of each were the same.

    Args:
        gains, of_votes: covariance of the gains by these clusters, and by votes.
    """
    of_each = np.diag(of_votes)
    wider = float(np.median(np.where(of_each > 0, np.diag(gains) / np.where(of_each > 0, of_each, 1.0), 1.0)))
    most = float(np.median(cells.spread(1.0)[1] / cells.spread(0.0)[1]))
    alike = float(np.clip((wider - 1) / max(most - 1, 1e-9), 0, 1))
    worth, variance = (each.reshape(2, -1) for each in cells.spread(alike))
    return np.asarray(variance.sum(axis=0) ** 2 / (variance**2 / np.maximum(worth, LEAST_FREEDOM)).sum(axis=0))
