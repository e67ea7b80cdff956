"""Placebo sets: random prompts of the same strata, with as many votes and asked about as often, that nobody was tuned on.

They are drawn among the prompts that the real set does not have, and held against the rest of those, so that what a model may
have learnt of the real set is in neither side. What effects they give is what chance gives. Where there are not enough prompts
that were asked as often, ones that were asked less take their place; at most half of what there is becomes part of a set.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.ratings.exposure_fit import Compared, Effects, gains, less_others, worth_votes
from analysis.ratings.exposure_strata import overlap
from analysis.ratings.threads import one_thread

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Precision of a prior on strengths, in votes: a placebo set may have few votes of a model, and would then have none finite.
_RIDGE = 0.1

#: Part of the prompts that are not of the real set that one placebo set takes at most.
_MOST = 0.5

#: Sets that are drawn from one random order of the prompts.
_SHUFFLED = 8


@dataclass(frozen=True)
class Placebos:
    """What random prompt sets give.

    Attributes:
        effects: shape (R, m), points, of each set and model.
        accusing: sets of them by which some model would have been said to do better beyond chance.
        size: votes of a placebo set, on average, as a part of the real set's.
    """

    effects: Floats
    accusing: int
    size: float

    def band(self, level: float) -> tuple[Floats, Floats]:
        """Between what that share of the sets lies, each shape (m,): chance gives gains as often as losses, so that the band is
        as wide to either side."""
        if not len(self.effects):
            nothing = np.full(self.effects.shape[1], np.nan)
            return nothing, nothing
        wide = np.quantile(np.abs(self.effects), level, axis=0)
        return -wide, wide


@one_thread
def draw_placebos(votes: Compared, real: Effects, rounds: int, seed: int) -> Placebos:
    """The effects of random prompt sets; the votes know their prompts."""
    others = ~votes.exposed
    ballots, stratum = votes.ballots.only(others), votes.stratum[others]
    _, first, prompt = np.unique(ballots.clusters["prompt"], return_index=True, return_inverse=True)
    asked = np.bincount(prompt)
    cell, budget = _budgets(votes, stratum[first], asked)
    real_spread = _spread(votes.ballots, votes.weight, votes.exposed)
    found, accusing, taken = np.zeros((rounds, len(real.models))), 0, 0
    for number, drawn in enumerate(islice(_sets(cell, asked, budget, np.random.default_rng(seed)), rounds)):
        exposed = drawn[prompt]
        found[number], spread = _effects(ballots, exposed, stratum, real.reference)
        taken += int(exposed.sum())
        # The errors of the real set, as they are with so many votes on either side.
        accusing += bool(real.accused(found[number] / np.sqrt(np.maximum(spread / real_spread, 1.0))).any())
    return Placebos(found, accusing, taken / max(rounds * int(votes.exposed.sum()), 1))


def _budgets(votes: Compared, stratum: Integers, asked: Integers) -> tuple[Integers, Floats]:
    """The cell of each prompt outside the set, by stratum and how often it was asked (in powers of two), shape (prompts,), and
    how many votes of each cell a placebo set has."""
    _, first, prompt = np.unique(votes.ballots.clusters["prompt"][votes.exposed], return_index=True, return_inverse=True)
    real_asked = np.bincount(prompt)
    width = 1 + int(np.log2(max(asked.max(initial=1), real_asked.max(initial=1))))
    strata = 1 + int(votes.stratum.max(initial=0))
    cell = stratum * width + np.log2(asked).astype(np.int64)
    wanted = votes.stratum[votes.exposed][first] * width + np.log2(real_asked).astype(np.int64)
    there = _MOST * np.bincount(cell, asked, strata * width).reshape(strata, width)
    budget = np.bincount(wanted, real_asked, strata * width).reshape(strata, width).astype(float)
    for level in range(width - 1, 0, -1):
        missing = np.maximum(budget[:, level] - there[:, level], 0)
        budget[:, level] -= missing
        budget[:, level - 1] += missing
    return cell, np.minimum(budget, there).ravel()


def _sets(cell: Integers, asked: Integers, budget: Floats, rng: np.random.Generator) -> Iterator[NDArray[np.bool_]]:
    """Random prompts whose votes fill the budget of each cell on average, shape (prompts,), without end.

    A set is a window on the votes of each cell in random order, from a random place on, so that every prompt of a cell has the
    same chance. The order is drawn anew for every few sets, for that takes long.
    """
    sizes = np.bincount(cell, asked, len(budget))
    while True:
        order = np.argsort(cell + rng.random(len(cell)))
        there = cell[order]
        middle = np.cumsum(asked[order]) - asked[order] / 2 - (np.cumsum(sizes) - sizes)[there]
        for _ in range(_SHUFFLED):
            chosen = np.empty(len(cell), dtype=bool)
            ahead = middle - (rng.random(len(budget)) * sizes)[there]
            chosen[order] = np.where(ahead < 0, ahead + sizes[there], ahead) < budget[there]
            yield chosen


def _effects(
    ballots: Ballots, exposed: NDArray[np.bool_], stratum: Integers, reference: NDArray[np.bool_]
) -> tuple[Floats, Floats]:
    """The effects of a placebo set, points, beside the models of the reference, and how they spread, each shape (m,)."""
    weight = overlap(exposed, stratum)
    sides = ballots.counts_by(weight * exposed), ballots.counts_by(weight * ~exposed)
    part = sides[0].votes_by_model
    if not part.sum():
        return np.zeros(len(part)), np.full(len(part), np.inf)
    _, _, gained = gains(*sides, _RIDGE)
    return np.asarray(less_others(part / part.sum(), reference) @ gained), _spread(ballots, weight, exposed)


def _spread(ballots: Ballots, weight: Floats, exposed: NDArray[np.bool_]) -> Floats:
    """To what the variance of a difference between two fits is proportional, shape (m,)."""
    return np.asarray(sum(1 / np.maximum(worth_votes(ballots, weight * side), 1e-9) for side in (exposed, ~exposed)))
