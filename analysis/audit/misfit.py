"""Misfit: whether one strength per model foretells how every pair of models does against each other.

The surplus of each pair, wins beyond those foretold, in standard deviations: the sum of their squares is held against χ² with
the degrees of freedom that the fitted strengths leave, and each pair against all others (Holm 1979). Beside whether there is
misfit stands how much: the spread of true effects of pairs beyond noise, the value at which the sum of squares is what it should
be (Paule and Mandel 1982), with the interval of its quantiles (Viechtbauer 2007). Each test has
less than half of the false alarms.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.check import Check, Verdict
from analysis.distributions import chi2, norm
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS, BradleyTerry
from analysis.ratings.residuals import Residuals, residuals_of
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, counted, in_points, joined, percent, probability, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]

#: Information that a pair needs, n p (1 − p): as much as 40 votes between equals.
LEAST_INFORMATION = 10.0

#: Points of spread among pairs, beyond noise, from which on misfit is something to beware of: 2.9 % of votes between equals.
SPREAD = 20.0

#: Share of arenas without misfit in which one of the two tests finds some: less than half of the false alarms that are stated,
#: for variances are estimates.
_ONE_TEST = 0.015

#: Degrees of freedom that must be left; pairs that a sentence names before it counts the rest.
_LEAST_FREEDOM, _NAMED = 0.5, 2


@dataclass(frozen=True, eq=False)
class Misfit(Check):
    """How pairs of models differ from what one strength per model foretells.

    Attributes:
        pairs_looked_at: one row per pair with votes enough, the most surprising first: model, other (the model that did better
            than foretold, and its opponent), votes, share (of the votes that it won, a tie being half), expected, error (of
            share less expected), deviations (standard deviations from expected), p_value (Holm, over all of them).
        square: Σ of squared surpluses in their variances.
        freedom: its degrees of freedom.
        p_value: of χ².
        spread: standard deviation of the effects of pairs beyond noise, points, with its interval.
        pairs: how many pairs there are.
        level: of the intervals.
    """

    pairs_looked_at: pd.DataFrame
    square: float
    freedom: float
    p_value: float
    spread: tuple[float, float, float]
    pairs: int
    level: float

    name = "misfit"
    question = "Does one strength per model foretell each pair?"
    false_alarm = 0.05
    caption = (
        f"Pairs that differ most from what strengths foretell, of those worth {4 * LEAST_INFORMATION:.0f} votes between equals"
    )
    threshold = f"χ² or one pair beyond chance; beware from a spread of {SPREAD:.0f} points among pairs"

    @property
    def named(self) -> pd.DataFrame:
        """The rows of pairs that are beyond chance by themselves."""
        return self.pairs_looked_at[self.pairs_looked_at["p_value"] <= _ONE_TEST]

    @property
    def verdict(self) -> Verdict:
        if self.p_value > _ONE_TEST and self.named.empty:
            return Verdict.FINE
        return Verdict.BEWARE if self.spread[0] > SPREAD else Verdict.KNOW

    @property
    def number(self) -> str:
        value, low, high = self.spread
        return f"spread {in_points(written(value))} ({written(low)} to {written(high)})"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per pair with votes enough, the most surprising first: model (that did better than foretold), other, votes,
        share (of them that it won, a tie being half), lower, upper, expected_share, deviations (standard
        deviations beyond it) and p_value (Holm, over all of them)."""
        frame, half = self.pairs_looked_at, norm.ppf(0.5 + self.level / 2) * self.pairs_looked_at["error"]
        lower, upper = (np.clip(frame["share"] + sign * half, 0, 1) for sign in (-1, 1))
        found = frame[["model", "other", "votes", "share"]].assign(lower=lower, upper=upper)
        return found.assign(expected_share=frame["expected"], deviations=frame["deviations"], p_value=frame["p_value"])

    @property
    def sentence(self) -> Prose:
        """Whether pairs differ from what is foretold beyond chance, by how much, and which most."""
        value, low, high = self.spread
        looked = f"{len(self.pairs_looked_at):,} of {counted(self.pairs, 'pair')}, those with votes enough"
        size = f"{in_points(written(value))} ({written(low)} to {written(high)})"
        if self.verdict == Verdict.FINE:
            return Prose(f"One strength per model foretells {looked}, within chance; they differ by {size} beyond noise.")
        text = f"Pairs differ from what one strength per model foretells by {size} beyond noise, over {looked}"
        text += f" (p {'' if self.p_value < 0.001 else '= '}{probability(self.p_value)})."
        return Prose(f"{text}{self._named_words()}")

    def _named_words(self) -> str:
        """The pairs that are beyond chance by themselves."""
        named = self.named
        if named.empty:
            return " No pair is beyond chance by itself."
        parts = [
            f"{row.model} wins {percent(row.share, 0)} against {row.other} where {percent(row.expected, 0)} are foretold"
            for row in named.head(_NAMED).itertuples()
        ]
        rest = len(named) - len(parts)
        more = f"; {counted(rest, 'more pair')} {'is' if rest == 1 else 'are'} beyond chance" if rest else ""
        return f" {joined(parts)}{more}."


@one_thread
def check_misfit(case: Case) -> Misfit:
    """Whether pairs of models differ from what one strength per model foretells.

    Raises:
        InputError: no pair has votes enough, or the strengths leave nothing to be held against them.
    """
    fit = case.board.fit
    assert isinstance(fit, BradleyTerry)
    found = residuals_of(fit, case.board.basis)
    kept = np.flatnonzero((found.information >= LEAST_INFORMATION) & (found.per_vote > 0))
    if not len(kept):
        raise InputError(f"no pair has votes enough: it takes {4 * LEAST_INFORMATION:.0f}, and more between unequal models")
    variance, left = found.variance[kept], found.left_variance[kept]
    freedom = float((left / variance).sum())
    if len(fit.pairs.first) < len(fit.strength) or freedom < _LEAST_FREEDOM:
        raise InputError("there are no more pairs than strengths, so that any result of a pair is foretold")
    square = found.surplus[kept] ** 2 / variance
    return Misfit(
        pairs_looked_at=_pairs(case, found, kept),
        square=float(square.sum()),
        freedom=freedom,
        p_value=float(chi2.sf(square.sum(), freedom)),
        spread=_spread(found.surplus[kept], variance, found.information[kept], freedom, case.settings.level),
        pairs=len(fit.pairs.first),
        level=case.settings.level,
        origin=case.origin,
    )


def _spread(surplus: Floats, variance: Floats, information: Floats, freedom: float, level: float) -> tuple[float, float, float]:
    """Standard deviation of effects of pairs beyond noise and its interval, points: where Σ r² / (V + σ² I²) is its degrees of
    freedom, and their quantiles."""

    def at(spread: float) -> float:
        return float((surplus**2 / (variance + spread**2 * information**2)).sum())

    tail = (1 - level) / 2
    wanted = [freedom, float(chi2.isf(tail, freedom)), float(chi2.ppf(tail, freedom))]
    middle, low, high = (_where(at, value) * POINTS for value in wanted)
    return middle, low, high


def _where(falling: Callable[[float], float], value: float) -> float:
    """Where a function that falls from 0 on comes down to a value, 0 where it is never above it. By halves: SciPy's search for
    roots takes longer to import than the whole check."""
    low, high = 0.0, 1.0
    if falling(low) <= value:
        return 0.0
    while falling(high) > value and high < 1e3:
        high *= 2
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if falling(middle) > value else (low, middle)
    return high


def _pairs(case: Case, found: Residuals, kept: NDArray[np.int64]) -> pd.DataFrame:
    """`Misfit.pairs_looked_at`: each as the model sees it that did better than foretold."""
    pairs, fit = case.pairs, found.fit
    deviations = found.deviance_residual[kept]
    ahead = deviations >= 0
    names = np.array(pairs.models, dtype=object)
    first, second = names[pairs.first[kept]], names[pairs.second[kept]]
    share, expected = pairs.score[kept] / pairs.total[kept], fit.chance[kept]
    frame = pd.DataFrame(
        {
            "model": np.where(ahead, first, second),
            "other": np.where(ahead, second, first),
            "votes": pairs.total[kept].astype(int),
            "share": np.where(ahead, share, 1 - share),
            "expected": np.where(ahead, expected, 1 - expected),
            "error": np.sqrt(found.left_variance[kept]) / pairs.total[kept],
            "deviations": np.abs(deviations),
            "p_value": holm(2 * norm.sf(np.abs(deviations))),
        }
    )
    return frame.sort_values(["deviations", "model", "other"], ascending=[False, True, True], ignore_index=True)


def holm(p_values: Floats) -> Floats:
    """P-values of any number of hypotheses, shape (n,), adjusted so that one of them is falsely small with no more than its own
    chance (Holm 1979)."""
    order = np.argsort(p_values, kind="stable")
    steps = np.maximum.accumulate(p_values[order] * np.arange(len(p_values), 0, -1))
    adjusted = np.empty_like(p_values)
    adjusted[order] = np.minimum(steps, 1.0)
    return adjusted
