"""Basis: what the intervals of a board are over, and the covariances that follow from it.

Votes of one judge hang together: a judge has tastes. Their scores are summed before they are squared (clusters: Liang and Zeger
1986), so that only judges need be independent. With few judges, or some who cast most votes, that sum falls short. Each judge's
scores are therefore divided by 1 − the judge's share of the votes, the one-step jackknife that leaves one judge out at a time
(Cameron and Miller 2015, CV3), and the covariance is multiplied by d / (d − 2), the variance of Student's t with d + 1 =
(Σ n)² / Σ n² judges of n votes each, the number of equally busy ones that they are worth (at least 4). The two together, in
`benchmarks/intervals.py`, hold the truth as often as they promise where the plain sum does not. Votes that hang together in
two ways, by judge and by prompt, have the sum of both covariances less that of votes that share both (Cameron, Gelbach and
Miller 2011).
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.ratings.ballots import BOTH, of_counts
from analysis.ratings.fits import Fit, laplacian
from analysis.ratings.pairs import OUTCOMES
from analysis.ratings.scores import Scores, products, scaled
from analysis.results.prose import percent
from analysis.shares.tallies import even_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.pairs import PairCounts
    from analysis.ratings.settings import Settings

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Judges or prompts below which nothing is clustered by them, and judges below which they are not resampled: there a formula
#: with Student's t is good, and percentiles are not.
FEWEST, FEWEST_RESAMPLED = 10, 30

#: Degrees of freedom at least: below, the variance of Student's t grows beyond all bounds.
_LEAST_FREEDOM = 3.0

#: Votes whose scores are multiplied at a time, about.
_PART = 131_072

#: Part of the squared scores of a model's votes that those of its judges must reach.
_LEAST_PART = 0.5

#: A judge is named who makes all of them together worth fewer equally busy ones than this.
_WORTH = 10.0

#: What a cluster of each kind is called.
_PLURALS = {"judge": "judges", "prompt": "prompts"}


@dataclass(frozen=True)
class Basis:
    """What intervals are over.

    Attributes:
        by: the clusters, `judge` or `prompt` or both; none where votes are independent.
        resampled: whether intervals come from resampling, not from the formula.
        ballots: the votes; None where only their counts are known.
        note: why votes are taken as independent, or what is special about the clusters; empty where that was asked for.
        risky: whether intervals over votes may be too narrow here, because little is known of who cast them.
    """

    by: tuple[str, ...] = ()
    resampled: bool = False
    ballots: Ballots | None = None
    note: str = ""
    risky: bool = False

    @property
    def kind(self) -> str:
        """What intervals are over: `votes`, `judges`, `prompts` or `judges and prompts`."""
        return " and ".join(_PLURALS[name] for name in self.by) or "votes"

    @property
    def words(self) -> str:
        """The same with how many there are: `votes`, or `24,834 judges`."""
        if not self.by or self.ballots is None:
            return "votes"
        counts = {name: int((self.ballots.sizes[name] > 0).sum()) for name in self.by}
        return " and ".join(f"{count:,} {_PLURALS[name]}" for name, count in counts.items())

    @property
    def freedom(self) -> float:
        """Degrees of freedom of the covariance, infinite over votes: it was multiplied by d / (d − 2)."""
        if not self.by or self.ballots is None:
            return float("inf")
        return min(_freedom(self.ballots.sizes[name]) for name in self.by)

    def joint(self, fit: Fit) -> Floats:
        """Covariance of the strengths and of what was fitted beside them, shape (M + K, M + K), natural-log units."""
        return fit.sandwich(*self.spread(fit))

    def spread(self, fit: Fit) -> tuple[Floats, Floats]:
        """Σ over what is independent of its scores times themselves, shape (M + K, M + K), and what that does not show of some
        pairs, shape (P,): see `Fit.unseen`.

        The scores of a model's votes sum to zero. Where one judge cast nearly all of them there is nothing left to square, so
        that a model whose judges scatter less than half as much as its votes has the scatter of its votes too.
        """
        if not self.by and (self.ballots is None or self.ballots.weight is None):
            return fit.meat, fit.unseen
        if not self.by:
            assert self.ballots is not None
            scores = fit.scores(self.ballots, np.arange(len(self.ballots.pair)))
            return products(scores, scores), fit.unseen
        assert self.ballots is not None
        meat = np.sum([sign * _meat(fit, self.ballots, name) for sign, name in terms(self.by)], axis=0)
        size = len(fit.strength)
        squares = _squares(fit, self.ballots)
        still = np.diag(meat)[:size] < _LEAST_PART * fit.pairs.scatter(squares, squares)
        touched = still[fit.pairs.first] | still[fit.pairs.second]
        return meat, fit.unseen + np.where(touched, squares, 0.0)


def over(bases: Iterable[Basis]) -> str:
    """What the intervals of several boards are over: `intervals over judges`, or over judges and in some over votes."""
    counts = Counter(basis.kind for basis in bases)
    whole = counts.total()
    if len(counts) < 2:
        return f"intervals over {next(iter(counts), 'votes')}"
    return "intervals " + ", ".join(f"over {kind} in {count} of {whole}" for kind, count in counts.most_common())


def choose_basis(ballots: Ballots | None, settings: Settings) -> Basis:
    """What intervals can be over, by the settings and by what the votes tell.

    Raises:
        InputError: `judges` were asked for, or clusters by prompt, and the votes have too few of them.
    """
    if settings.interval in ("votes", "bootstrap"):
        return Basis((), settings.interval == "bootstrap", ballots)
    by = clusters_of(settings)
    asked = settings.interval == "judges" or settings.cluster != "judge"
    if ballots is None or not ballots.clusters:
        return Basis(ballots=ballots, note="these votes do not say who cast them")
    for name in by:
        why = _too_few(ballots, name, FEWEST_RESAMPLED if settings.interval == "judges" else FEWEST)
        if why and asked:
            raise InputError(f"intervals over {_PLURALS[name]}: {why}. Use interval=votes.")
        if why:
            return Basis(ballots=ballots, note=why, risky=True)
    return Basis(by, settings.interval == "judges", ballots, _aside(ballots, by))


def clusters_of(settings: Settings) -> tuple[str, ...]:
    """The clusters that the settings ask for; none where intervals are over votes."""
    if settings.interval in ("votes", "bootstrap"):
        return ()
    return ("judge", "prompt") if settings.cluster == "both" else (settings.cluster,)


def terms(by: tuple[str, ...]) -> list[tuple[float, str]]:
    """The clusters that covariances are summed over, by name and each with its sign."""
    signed = [(1.0, name) for name in by]
    return [*signed, (-1.0, BOTH)] if len(by) == 2 else signed


def factors(sizes: Integers) -> Floats:
    """By what the scores of clusters of so many votes are multiplied, shape (clusters,): see the module."""
    votes, clusters, free = int(sizes.sum()), int((sizes > 0).sum()), _freedom(sizes)
    scale = (clusters - 1) / clusters * free / (free - 2)
    return np.asarray(np.sqrt(scale) / (1 - np.minimum(sizes / votes, 0.5)))


def _too_few(ballots: Ballots, name: str, fewest: int) -> str:
    """Why votes cannot be clustered by `name`; empty where they can."""
    votes, sizes = len(ballots.pair), ballots.sizes[name][: ballots.named[name]]
    if 2 * sizes.sum() < votes:
        return f"only {sizes.sum():,} of {votes:,} votes name their {name}"
    clusters = int((sizes > 0).sum())
    if clusters >= fewest:
        return ""
    one = f"all votes are {'by' if name == 'judge' else 'on'} one {name}"
    return f"{one if clusters == 1 else f'there are only {clusters} {_PLURALS[name]}'}, and {fewest} are needed"


def _aside(ballots: Ballots, by: tuple[str, ...]) -> str:
    """What is special about clusters: that no two votes share one, that some votes name none, or that one has many."""
    parts = []
    for name in by:
        sizes, votes = ballots.sizes[name], len(ballots.pair)
        missing = int(sizes[ballots.named[name] :].sum())
        if sizes.max(initial=0) <= 1:
            parts.append("no judge voted twice" if name == "judge" else "no prompt was asked twice")
        elif missing:
            parts.append(f"{missing:,} votes do not name their {name} and count as {_PLURALS[name]} of their own")
        if even_number(sizes) < _WORTH < len(sizes):
            share = percent(sizes.max() / votes, 0)
            parts.append(f"one judge cast {share} of the votes" if name == "judge" else f"one prompt has {share} of the votes")
    return "; ".join(parts)


def _freedom(sizes: Integers) -> float:
    """Degrees of freedom that clusters of so many votes leave."""
    return max(even_number(sizes) - 1, _LEAST_FREEDOM)


def _squares(fit: Fit, ballots: Ballots) -> Floats:
    """`Fit.squares` as they are, of votes that count in part too: with the square of their part, shape (P,)."""
    if ballots.weight is None:
        return fit.squares[0]
    slope = fit.scores(ballots, np.arange(len(ballots.pair))).values[0]
    return np.asarray(np.bincount(ballots.pair, slope**2, len(fit.pairs.first)), dtype=float)


def _weighted(fit: Fit, ballots: Ballots, name: str) -> Scores:
    """The scores of votes summed by cluster, each multiplied by its factor."""
    cluster = ballots.clusters[name]
    return scaled(fit.scores(ballots, cluster), factors(ballots.sizes[name])[cluster])


def _meat(fit: Fit, ballots: Ballots, name: str) -> Floats:
    """Σ over clusters of their scores times themselves, shape (M + K, M + K); a few clusters at a time, so that what is worked
    on fits into a processor's cache, and as many at once as there are processors."""
    cluster, factor = ballots.clusters[name], factors(ballots.sizes[name])
    if (np.diff(cluster) < 0).any():
        ballots = ballots.only(np.argsort(cluster, kind="stable"))
        cluster = ballots.clusters[name]
    starts = np.searchsorted(cluster, cluster[::_PART])  # no cluster is cut in two
    starts = np.unique(np.append(starts, len(cluster)))

    def part(here: slice) -> Floats:
        mine = cluster[here]
        numbers = np.cumsum(np.diff(mine, prepend=mine[0]) != 0)
        scores = scaled(fit.scores(ballots.only(here), numbers), factor[mine])
        return products(scores, scores)

    # Parts are added up in their order, so that the sum is the same for any number of processors.
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.sum(list(pool.map(part, (slice(*ends) for ends in pairwise(starts.tolist())))), axis=0)


def shared_covariance(
    fits: tuple[Fit, Fit], bases: tuple[Basis, Basis], unseen: tuple[Floats, Floats], both: PairCounts | None
) -> Floats:
    """Covariance of the strengths of two fits, shape (M₁, M₂), that follows from what they share: votes, or judges with votes
    in either, a prior, and what the votes of some models do not show.

    Args:
        bases: of the two fits, over the same kind of clusters.
        unseen: of the two fits, as `Basis.spread` gives it.
        both: the pair counts of the votes that both count; None where ballots tell.
    """
    (one, other), (ballots, its_ballots) = fits, (basis.ballots for basis in bases)
    if ballots is not None and its_ballots is not None and ballots.reading is its_ballots.reading:
        if both is None:
            both = ballots.only(np.isin(ballots.row, its_ballots.row)).counted().pairs
        shared = _products_of_ballots(one, ballots, other, its_ballots, bases[0].by)
    elif both is None or not both.votes:
        return np.zeros((len(one.strength), len(other.strength)))
    else:
        shared = _products_of_counts(one, other, both)
    shared = shared + _beside_votes(fits, unseen, both)
    return np.asarray((one.bread @ shared @ other.bread)[: len(one.strength), : len(other.strength)])


def _products_of_ballots(one: Fit, ballots: Ballots, other: Fit, its_ballots: Ballots, by: tuple[str, ...]) -> Floats:
    """Σ over clusters, or over the votes in both, of the scores of one fit times those of the other."""
    if not by:
        return products(one.scores(ballots, ballots.row), other.scores(its_ballots, its_ballots.row))
    total = np.zeros((len(one.bread), len(other.bread)))
    for sign, name in terms(by):
        total += sign * products(_weighted(one, ballots, name), _weighted(other, its_ballots, name))
    return total


def _products_of_counts(one: Fit, other: Fit, both: PairCounts) -> Floats:
    """Σ over the votes in both of the scores of one fit times those of the other, from their counts."""
    whole, votes = of_counts(both)
    mine, its = (whole.onto(fit.pairs) for fit in (one, other))
    return products(scaled(one.scores(mine, mine.row), votes[mine.row]), other.scores(its, its.row))


def _beside_votes(fits: tuple[Fit, Fit], unseen: tuple[Floats, Floats], both: PairCounts) -> Floats:
    """What two fits share beside the scores of votes, shape (M₁ + K₁, M₂ + K₂): see `Fit.sandwich`."""
    one, other = fits
    result = np.zeros((len(one.bread), len(other.bread)))
    if one.ridge and other.ridge:
        found = pd.Index(other.pairs.models).get_indexer(pd.Index(one.pairs.models))
        result[np.flatnonzero(found >= 0), found[found >= 0]] = np.sqrt(one.ridge * other.ridge)
    if unseen[0].any() and unseen[1].any():
        mine, its = (np.sqrt(_per_vote(fit, lack, both)) for fit, lack in zip(fits, unseen, strict=True))
        inside = laplacian(both, both.total * mine * its)
        rows, columns = (pd.Index(fit.pairs.models).get_indexer(pd.Index(both.models)) for fit in fits)
        here = np.flatnonzero((rows >= 0) & (columns >= 0))
        result[np.ix_(rows[here], columns[here])] += inside[np.ix_(here, here)]
    return result


def _per_vote(fit: Fit, unseen: Floats, both: PairCounts) -> Floats:
    """`unseen` per vote of each pair of `both`, shape (P,); 0 where the fit does not have the pair."""
    once = of_counts(both.with_counts(np.eye(1, len(OUTCOMES)).repeat(len(both.first), axis=0)))[0]
    found, result = once.onto(fit.pairs), np.zeros(len(both.first))
    result[found.row] = (unseen / np.maximum(fit.pairs.total, 1))[found.pair]
    return result
