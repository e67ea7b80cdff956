"""Discrimination: whether judges agree on how far apart models are, or some see differences where others see none.

Each judge has a discrimination a (am-ELO: Liu et al. 2025, arXiv 2601.21817): P(first beats second) = σ(a · gap), the gap
being the board's. 1 is the judge whom the board knows; who chooses at random has 0, and who votes against the others less
than that. Few votes say little of anybody, so that discriminations are shrunken to 1 by their own spread (empirical Bayes),
which is had by moments: what the products of any two scores of a judge have beyond the nothing that is expected where all are
1. Ties are half wins, whose scores scatter less than those of wins and losses; scores are weighed by how much they do.

Whether it helps is tried on votes that a judge's number does not know: every other vote of a judge, in the order of time,
gives the number for the votes between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.audit.check import Check, Verdict
from analysis.audit.judges import Another, Bench, another, bench_of
from analysis.compiled import compiled
from analysis.errors import InputError
from analysis.ratings.fits import laplacian
from analysis.ratings.newton import NotConverged, newton
from analysis.ratings.pairs import SCORE
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, counted, written
from analysis.results.tables import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Votes of a judge at least, to have a discrimination.
LEAST = 10

#: Standard errors beyond which the spread of discriminations, or the gain on held-out votes, is more than chance: one-sided, and
#: each in one of a hundred boards whose judges are alike. The interval of the gain is of as many to either side.
SURE = 2.326

#: Judges of the table.
SHOWN = 20

#: Newton steps for one judge at most, and the step that is small enough.
_STEPS, _SMALL = 30, 1e-9


@dataclass(frozen=True, eq=False)
class Discrimination(Check):
    """How far apart models are to each judge, beside the board.

    Attributes:
        judges: how many have a discrimination, those with enough votes.
        spread: standard deviation of the discriminations, 0 where they differ less than by chance.
        excess: by how many standard errors they differ more than by chance.
        found: judge, votes, discrimination, lower and upper, of those who differ most from 1 beside their error.
        plain, held_out: log loss per held-out vote of these judges, by the board and with their discriminations.
        gain, error: plain less held_out, and its standard error over judges.
        models: the M models, best first.
        refitted: the board with the discriminations, on the scale of the plain one; None where it cannot be fitted.
    """

    judges: int
    spread: float
    excess: float
    found: pd.DataFrame
    plain: float
    held_out: float
    gain: float
    error: float
    models: tuple[str, ...]
    refitted: Another | None

    name = "discrimination"
    question = "Do judges agree on how far apart models are?"
    false_alarm = 0.05
    caption = "How far apart models are to a judge, beside the board"

    formats = MappingProxyType({"discrimination": Format(lambda value: written(value, 2))})

    @property
    def differ(self) -> bool:
        """Whether judges differ, or their discriminations foretell votes, beyond chance."""
        return self.excess > SURE or self.gain > SURE * self.error > 0

    @property
    def verdict(self) -> Verdict:
        if not self.differ:
            return Verdict.FINE
        matters = self.refitted is None or self.refitted.part > 1 or self.refitted.reversed > 0
        return Verdict.BEWARE if matters else Verdict.KNOW

    @property
    def interval(self) -> tuple[float, float]:
        """Of the gain."""
        return self.gain - SURE * self.error, self.gain + SURE * self.error

    @property
    def _digits(self) -> int:
        """Decimals by which the interval of the gain has two digits, four at least."""
        half = SURE * self.error
        return max(4, 1 - int(np.floor(np.log10(half)))) if half > 0 else 4

    @property
    def _gain(self) -> str:
        gain, low, high = (written(value, self._digits) for value in (self.gain, *self.interval))
        return f"gain {gain}, 98 % {low} to {high}"

    @property
    def number(self) -> str:
        least, most = self.interval
        loss, low, high = (written(value, self._digits) for value in (-self.gain, -most, -least))
        return f"1 ± {self.spread:.2f}; held-out log loss {loss} a vote ({low} to {high})"

    @property
    def threshold(self) -> str:
        return (
            "a spread or a gain beyond chance; a rating that changes by more than its half width, or an order that turns: beware"
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per judge, those first who differ most from 1 beside their error: judge, votes, discrimination (shrunken to 1)
        and its 95 % interval, lower and upper, of none where judges differ no more than by chance, and all have 1."""
        return self.found

    @property
    def sentence(self) -> Prose:
        """Whether judges differ, whether it helps to know, and what the board is then."""
        who = f"{counted(self.judges, 'judge')} with at least {LEAST} votes"
        same = "Judges do not differ beyond chance in how far apart models are to them"
        if not self.spread:
            return Prose(f"{same}: {who} {'was' if self.judges == 1 else 'were'} looked at.")
        number = (
            f"a number for each of the {who}" if self.judges > 1 else f"a number for the only judge with at least {LEAST} votes"
        )
        losses = f"{self.plain:.4f} a vote by the board and {self.held_out:.4f} with {number}"
        gain = f"Log loss on held-out votes is {losses} ({self._gain})"
        if not self.differ:
            return Prose(f"{same}. {gain}.")
        if self.refitted is None:
            return Prose(f"{self._differ} {gain}; with these numbers the board cannot be fitted.")
        return Prose(f"{self._differ} {gain}; with these numbers {self.refitted.words(self.models)}.")

    @property
    def _differ(self) -> str:
        if self.excess <= SURE:
            return "What a judge made of earlier votes foretells later ones."
        return (
            "Models are farther apart to some judges than to others: their discriminations scatter about 1 by "
            f"{self.spread:.2f}, beyond chance; or some have tastes of their own."
        )


@one_thread
def check_discrimination(case: Case) -> Discrimination:
    """Whether judges agree on how far apart models are.

    Raises:
        InputError: the votes do not say who cast them, nobody cast enough, or all models are equally strong.
    """
    bench = bench_of(case)
    chosen = np.flatnonzero(bench.cast >= LEAST)
    if not len(chosen):
        raise InputError(f"no judge cast {LEAST} votes")
    gap = bench.fit.strength[case.pairs.first] - bench.fit.strength[case.pairs.second]
    if np.abs(gap).max(initial=0.0) < 1e-6:
        raise InputError("all models are equally strong here, and nothing lies between them to tell")
    variance, excess, dispersion = spread_of(bench, gap)
    votes = _Votes(bench, chosen, gap, np.inf if variance <= 0 else 1 / variance, dispersion)
    discrimination, error = votes.discriminations()
    losses = votes.losses()
    held, gains = bench.cast[chosen].sum(), losses[:, 0] - losses[:, 1]
    return Discrimination(
        judges=len(chosen),
        spread=float(np.sqrt(variance)),
        excess=excess,
        found=_found(bench, chosen, discrimination, error),
        plain=float(losses[:, 0].sum() / held),
        held_out=float(losses[:, 1].sum() / held),
        gain=float(gains.sum() / held),
        error=float(np.sqrt((gains**2).sum()) / held),
        models=case.board.models,
        refitted=votes.board(discrimination),
        origin=case.origin,
    )


def spread_of(bench: Bench, gap: Floats) -> tuple[float, float, float]:
    """The variance of discriminations by moments, at least 0; by how many standard errors it is more than nothing; and squared
    scores beside the information.

    Scores in a where all a are 1 are s = gap (y − p), of information i = gap² p (1 − p): any two of one judge have a product of
    mean i₁ i₂ times the variance of a. Where that is nothing, their sum has twice the sum of s₁² s₂² as variance.
    """
    chance = bench.fit.chance
    slope = (np.repeat(gap, len(SCORE)) * bench.surplus)[bench.cell]
    sums = _moments(bench.start, slope, (gap**2 * chance * (1 - chance))[bench.pair])
    products, expected, variance, squares, information = sums
    if expected <= 0 or variance <= 0:
        return 0.0, 0.0, 1.0
    dispersion = squares / information if squares > 0 else 1.0
    return max(products / expected, 0.0), float(products / np.sqrt(variance)), float(dispersion)


def _found(bench: Bench, chosen: Integers, discrimination: Floats, error: Floats) -> pd.DataFrame:
    """The judges who differ most from 1, beside their error."""
    off = np.nan_to_num(np.abs(discrimination - 1) / error)
    first = np.lexsort((-bench.cast[chosen], -off))[:SHOWN]
    frame = pd.DataFrame(
        {
            "judge": bench.names(chosen[first]),
            "votes": bench.cast[chosen[first]],
            "discrimination": discrimination[first],
            "lower": (discrimination - 1.96 * error)[first],
            "upper": (discrimination + 1.96 * error)[first],
            "off": off[first],
        }
    )
    frame = frame.sort_values(["off", "votes", "judge"], ascending=[False, False, True], ignore_index=True)
    return frame.drop(columns="off")


@dataclass(frozen=True)
class _Votes:
    """The votes of the chosen judges.

    Attributes:
        gap: shape (P,), natural-log units.
        precision: of the prior of a discrimination, infinite where all are 1.
        dispersion: squared scores beside the information.
    """

    bench: Bench
    chosen: Integers
    gap: Floats
    precision: float
    dispersion: float

    @cached_property
    def order(self) -> Integers:
        """Shape (n,), the votes of each chosen judge in the order of time."""
        return self.bench.in_time(self.chosen)

    @cached_property
    def score(self) -> Floats:
        """Of the pair's first model, shape (n,)."""
        return SCORE[self.bench.case.ballots.outcome[: self.bench.votes]]

    def discriminations(self) -> tuple[Floats, Floats]:
        """Of each judge, shrunken, and its standard error, each shape (judges,); NaN where all are 1, for want of any spread."""
        if np.isinf(self.precision):
            return np.ones(len(self.chosen)), np.full(len(self.chosen), np.nan)
        return _discriminations(
            self.bench.start,
            self.chosen,
            self.order,
            self.bench.pair,
            self.score,
            self.gap,
            self.precision,
            self.dispersion,
        )

    def losses(self) -> Floats:
        """Log loss of each judge's votes, summed, by the board and by the discrimination of the other half, shape (judges, 2)."""
        precision = min(self.precision, 1e12)
        return _losses(
            self.bench.start, self.chosen, self.order, self.bench.pair, self.score, self.gap, precision, self.dispersion
        )

    def board(self, discrimination: Floats) -> Another | None:
        """The board in which each judge has a discrimination, on the scale of the plain one: the scale of strengths and that of
        all discriminations together are one, and only ratios can be told."""
        bench, pairs = self.bench, self.bench.case.pairs
        if (discrimination == 1).all():
            return another(bench, bench.fit.strength)
        mine = np.zeros(len(bench.number))
        mine[self.chosen] = discrimination
        theirs = np.repeat(mine != 0, bench.cast)
        pair, score, each = bench.pair[theirs], self.score[theirs], np.repeat(mine, bench.cast)[theirs]
        less = np.bincount(bench.cell[theirs], minlength=pairs.counts.size).reshape(pairs.counts.shape)
        rest = pairs.with_counts(pairs.counts - less)

        def slope(strength: Floats) -> tuple[Floats, Floats]:
            gap = strength[pairs.first] - strength[pairs.second]
            chance = expit(gap)
            surplus, weight = rest.score - rest.total * chance, rest.total * chance * (1 - chance)
            _add(surplus, weight, pair, score, each, gap)
            return pairs.scatter(surplus, -surplus), laplacian(pairs, weight)

        try:
            found = newton("discrimination", bench.fit.strength, slope, tolerance=1e-8, limit=60, longest=2.0).at
        except (NotConverged, np.linalg.LinAlgError):
            return None
        return another(bench, found * float(found @ bench.fit.strength) / max(float(found @ found), 1e-12))


@compiled
def _moments(start: Integers, slope: Floats, information: Floats) -> tuple[float, float, float, float, float]:
    """Over judges: the sum of the products of any two scores, of the informations, twice that of squared products; and the sums
    of squared scores and of informations."""
    products, expected, variance, squares, whole = 0.0, 0.0, 0.0, 0.0, 0.0
    for judge in range(len(start) - 1):
        one, two, four, known, square = 0.0, 0.0, 0.0, 0.0, 0.0
        for vote in range(start[judge], start[judge + 1]):
            own = slope[vote] ** 2
            one += slope[vote]
            two += own
            four += own * own
            known += information[vote]
            square += information[vote] ** 2
        products += one * one - two
        expected += known * known - square
        variance += 2 * (two * two - four)
        squares += two
        whole += known
    return products, expected, variance, squares, whole


@compiled
def _discrimination(
    begin: int,
    end: int,
    half: int,
    order: Integers,
    pair: Integers,
    score: Floats,
    gap: Floats,
    precision: float,
    dispersion: float,
) -> tuple[float, float]:
    """The discrimination of one judge from all votes (`half` −1) or from those of one half, and its information."""
    found, information = 1.0, precision
    for _ in range(_STEPS):
        slope, information = 0.0, 0.0
        for place in range(begin, end):
            if half >= 0 and (place - begin) % 2 != half:
                continue
            vote = order[place]
            between = gap[pair[vote]]
            chance = 1 / (1 + np.exp(-found * between))
            slope += between * (score[vote] - chance)
            information += between * between * chance * (1 - chance)
        information = information / dispersion + precision
        step = (slope / dispersion - precision * (found - 1)) / information
        found += min(max(step, -1.0), 1.0)
        if abs(step) < _SMALL:
            break
    return found, information


@compiled
def _discriminations(
    start: Integers,
    chosen: Integers,
    order: Integers,
    pair: Integers,
    score: Floats,
    gap: Floats,
    precision: float,
    dispersion: float,
) -> tuple[Floats, Floats]:
    """Of each of the chosen judges the discrimination and its standard error."""
    found, error = np.ones(len(chosen)), np.zeros(len(chosen))
    for row in range(len(chosen)):
        begin, end = start[chosen[row]], start[chosen[row] + 1]
        found[row], information = _discrimination(begin, end, -1, order, pair, score, gap, precision, dispersion)
        error[row] = information**-0.5
    return found, error


@compiled
def _losses(
    start: Integers,
    chosen: Integers,
    order: Integers,
    pair: Integers,
    score: Floats,
    gap: Floats,
    precision: float,
    dispersion: float,
) -> Floats:
    """See `_Votes.losses`."""
    found = np.zeros((len(chosen), 2))
    for row in range(len(chosen)):
        begin, end = start[chosen[row]], start[chosen[row] + 1]
        for half in range(2):
            number, _ = _discrimination(begin, end, half, order, pair, score, gap, precision, dispersion)
            for place in range(begin, end):
                if (place - begin) % 2 == half:
                    continue
                vote = order[place]
                between = gap[pair[vote]]
                for column in range(2):
                    log_odds = between * (number if column else 1.0)
                    loss = max(-log_odds, 0.0) + np.log1p(np.exp(-abs(log_odds))) + (1 - score[vote]) * log_odds
                    found[row, column] += loss
    return found


@compiled
def _add(surplus: Floats, weight: Floats, pair: Integers, score: Floats, each: Floats, gap: Floats) -> None:
    """Add what votes with discriminations do to the surplus of their pairs and to its information."""
    for vote in range(len(pair)):
        number = each[vote]
        chance = 1 / (1 + np.exp(-number * gap[pair[vote]]))
        surplus[pair[vote]] += number * (score[vote] - chance)
        weight[pair[vote]] += number * number * chance * (1 - chance)
