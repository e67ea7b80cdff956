"""Intervals of ratings and of ranks from a joint covariance, and the multinomial bootstrap on pair counts."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from analysis.distributions import norm
from analysis.ratings.pairs import SCORE
from analysis.ratings.threads import one_thread
from analysis.results.prose import percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.fits import Fit

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]


#: Share of joint draws from which on a statement of more or less counts as sure: one-sided, as a 95 % interval leaves 2.5 %
#: on either side.
ONE_SIDED = 0.975

#: Chance to be the strongest from which on a model leads.
LEADS_FROM = 0.95

#: Bootstrap rounds that are drawn and refitted together.
BLOCK = 50


def written_chance(chance: float) -> str:
    """A chance over draws, which never shows as certain."""
    return "> 99 %" if chance > 0.99 else percent(chance, 0)


def half_widths(covariance: Floats, level: float = 0.95) -> Floats:
    """Half widths of normal intervals, shape (M,), in the units of the covariance's square root."""
    return np.asarray(norm.ppf(0.5 + level / 2) * np.sqrt(np.clip(np.diag(covariance), 0, None)))


def centred(covariance: Floats, models: Integers | None = None) -> Floats:
    """Covariance of x − mean(x) for the given models (all by default), shape (m, m)."""
    part = covariance if models is None else covariance[np.ix_(models, models)]
    return np.asarray(part - part.mean(axis=0) - part.mean(axis=1)[:, None] + part.mean())


def rank_by_bounds(lower: Floats, upper: Floats) -> Integers:
    """The arena's rank: 1 + the number of models whose lower bound is above my upper bound (FastChat `monitor_md`)."""
    return np.asarray(1 + len(lower) - np.searchsorted(np.sort(lower), upper, side="right"))


def ordinal_ranks(values: Floats) -> Integers:
    """Rank by value alone, 1 for the largest, along the last axis; ties in order of position."""
    order = np.argsort(-values, axis=-1, kind="stable")
    ranks = np.empty_like(order)
    np.put_along_axis(ranks, order, np.broadcast_to(np.arange(1, values.shape[-1] + 1), values.shape), axis=-1)
    return ranks


@one_thread
def joint_draws(mean: Floats, covariance: Floats, draws: int, seed: int) -> Floats:
    """Normal draws of all models together, shape (draws, M); a singular covariance is fine."""
    values, vectors = np.linalg.eigh(covariance)
    root = vectors * np.sqrt(np.clip(values, 0, None))
    return np.asarray(mean + np.random.default_rng(seed).standard_normal((draws, len(mean))) @ root.T)


def rank_intervals(draws: Floats, level: float = 0.95) -> tuple[Integers, Integers]:
    """Lowest and highest plausible ordinal rank of each model over joint draws (draws, M), each (M,).

    A rank is plausible when, counting half of the draws in which the model has it, at least (1 − level) / 2 of the draws
    lie on either side of it (mid-p quantiles, Lancaster 1961): ranks are whole numbers, and plain quantiles of them
    cover more than they promise.
    """
    tail, size = (1 - level) / 2, draws.shape[1]
    cells = ordinal_ranks(draws) - 1 + size * np.arange(size)
    share = np.bincount(cells.ravel(), minlength=size**2).reshape(size, size) / len(draws)
    below = share.cumsum(axis=1) - share / 2
    plausible = (below >= tail) & (1 - below >= tail)
    # Of narrow intervals no rank may be as plausible as that: then the one in the middle of the draws is.
    middle = np.abs(below - 0.5).argmin(axis=1)
    plausible[np.arange(size), middle] |= ~plausible.any(axis=1)
    return 1 + plausible.argmax(axis=1), size - plausible[:, ::-1].argmax(axis=1)


@one_thread
def bootstrap(fit: Fit, rounds: int, seed: int) -> Floats:
    """Strengths refitted on resampled votes, shape (rounds, M), natural-log units, mean zero.

    Votes with equal models and outcome are exchangeable, so a multinomial draw of the counts is exactly the bootstrap
    over votes (FastChat `compute_bootstrap_bt`).
    """
    cells = fit.pairs.counts
    chances = (cells / cells.sum()).ravel()

    def block(rng: np.random.Generator) -> Floats:
        drawn = multinomial(fit.pairs.votes, chances, BLOCK, rng).reshape(BLOCK, *cells.shape)
        return fit.refit(drawn @ SCORE, drawn.sum(axis=2), fit.unseen, rng)

    # NumPy draws and exponentiates without the interpreter's lock, so threads pay; a stream of random numbers for each
    # block makes the result the same for any number of them.
    streams = np.random.default_rng(seed).spawn(-(-rounds // BLOCK))
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return np.concatenate(list(pool.map(block, streams)))[:rounds]


def multinomial(total: int, chances: Floats, rounds: int, rng: np.random.Generator) -> Integers:
    """Multinomial draws, shape (rounds, cells): as `rng.multinomial`, in half the time for many cells.

    Independent Poisson counts, given their sum, are multinomial. So cells are drawn as Poisson with the right mean, and
    the few votes by which their sum misses the total are drawn and added, or picked at random and taken away: either way
    what is left is multinomial.
    """
    counts = rng.poisson(total * chances, size=(rounds, len(chances)))
    edges = np.cumsum(chances)
    for row, missing in enumerate(total - counts.sum(axis=1)):
        if missing > 0:
            cells = np.searchsorted(edges, rng.random(missing) * edges[-1], side="right")
            counts[row] += np.bincount(cells, minlength=len(chances))
        elif missing < 0:
            ends = np.cumsum(counts[row])
            picked = rng.choice(ends[-1], -missing, replace=False, shuffle=False)
            counts[row] -= np.bincount(np.searchsorted(ends, picked, side="right"), minlength=len(chances))
    return np.asarray(counts)


@one_thread
def bootstrap_clusters(fit: Fit, ballots: Ballots, cluster: Integers, unseen: Floats, rounds: int, seed: int) -> Floats:
    """As `bootstrap`, but whole clusters of votes (a judge's, say) are resampled together.

    Args:
        cluster: shape (N,), of each of the ballots.
        unseen: shape (P,), squared scores that clusters do not show, as `Basis.spread` gives it.
    """
    rng, cells = np.random.default_rng(seed), fit.pairs.counts
    # Numbered as they come in the file, so that the draws depend on nothing but the votes.
    numbers = np.empty(len(cluster), dtype=np.int64)
    order = np.argsort(ballots.row)
    numbers[order] = pd.factorize(cluster[order])[0]
    clusters = int(numbers.max(initial=-1)) + 1
    parts = []
    for _ in range(rounds):
        times = np.bincount(rng.integers(0, clusters, clusters), minlength=clusters)
        drawn = np.bincount(ballots.cell, times[numbers], cells.size).reshape(cells.shape)
        parts.append((drawn @ SCORE, drawn.sum(axis=1)))
    score, total = (np.array(values) for values in zip(*parts, strict=True))
    return fit.refit(score, total, unseen, rng)
