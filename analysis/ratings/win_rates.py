"""Win rates: how often each model beats each other, as observed and as the ratings predict."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.distributions import binom, norm
from analysis.errors import InputError
from analysis.ratings.basis import Basis, over, terms
from analysis.ratings.board import Board
from analysis.ratings.pairs import SCORE
from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.shares.discovery import RATE, q_values
from analysis.shares.wilson import wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.fits import Fit

    Floats = NDArray[np.float64]

#: Bins of `WinRates.calibration`.
BINS = 10

#: Votes of a pair from which on its win rate is compared.
ENOUGH = 10

#: Pairs from which on the share of intervals that hold the prediction is said to be as it should.
_JUDGED = 100

#: By how much that share may differ from the level, and the chance, one-sided, of what then is more than chance.
_TOLERANCE, _TAIL = 0.02, 0.025

#: By how much a design effect differs from 1 that ties or judges make.
_PLAIN = 0.1

#: Design effect that is believed: where nearly all votes are ties, there is hardly any scatter.
_LEAST_EFFECT = 0.05


@dataclass(frozen=True, eq=False)
class WinRates(Result):
    """Observed and predicted win rates of all pairs of a board.

    Attributes:
        frame: the columns of `table`, one row per pair that met, the better model first.
        models: the models of the table, best first.
        enough: pairs with fewer votes are in the table but not in the sentence: their win rates say nothing.
        design_effect: variance of an observed win rate over the binomial one: ties make it smaller than 1, judges who vote on
            a pair more than once larger.
        over: what the intervals are over, in words.
    """

    frame: pd.DataFrame
    models: tuple[str, ...]
    label: str
    level: float = 0.95
    enough: int = ENOUGH
    design_effect: float = 1.0
    over: str = "intervals over votes"

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Win rates, observed and predicted: {self.label}; {self.over}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """model, other, votes, observed_share, lower, upper, predicted_share, fits: the pairs among `models`.

        `observed_share` counts a tie as half a win; its interval is Wilson's on the effective number of votes, `votes` over
        `design_effect`. `predicted_share` follows from the two ratings alone; `fits` says whether the interval contains it.
        """
        inside = self.frame["model"].isin(self.models) & self.frame["other"].isin(self.models)
        return self.frame[inside].reset_index(drop=True)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """predicted_share, observed_share, lower, upper, votes: all pairs of the board, binned by prediction (0.5 to 1)."""
        edges = np.linspace(0.5, 1, BINS + 1)
        number = np.clip(np.searchsorted(edges, self.frame["predicted_share"], side="right") - 1, 0, BINS - 1)
        weighted = self.frame.assign(
            wins=self.frame["observed_share"] * self.frame["votes"], expected=self.frame["predicted_share"] * self.frame["votes"]
        )
        sums = weighted.groupby(number)[["wins", "expected", "votes"]].sum().reset_index(drop=True)
        effect = self.design_effect
        lower, upper = wilson_interval(sums["wins"] / effect, sums["votes"] / effect, self.level)
        shares = {"predicted_share": sums["expected"] / sums["votes"], "observed_share": sums["wins"] / sums["votes"]}
        return pd.DataFrame({**shares, "lower": lower, "upper": upper, "votes": sums["votes"].astype(int)})

    @property
    def sentence(self) -> Prose:
        """How many observed win rates agree with the ratings, and the largest surprise, be it chance or more."""
        met = self.frame[self.frame["votes"] >= self.enough]
        if met.empty:
            return Prose(
                f"No pair of models met in {self.enough} votes or more, which is too few to compare win rates with predictions."
            )
        agree, whole = int(met["fits"].sum()), len(met)
        text = (
            f"In {agree:,} of {whole:,} pairs with {self.enough} votes or more ({percent(agree / whole)}), the "
            f"{percent(self.level, 0)} interval of the observed win rate contains what the two ratings predict, "
            f"{self._verdict(agree, whole)}."
        )
        row = self.surprise
        if row is not None:
            chance = "" if row.name in self.clear.index else ", as one of so many does by chance"
            text += (
                f" The largest surprise: {row['model']} wins {percent(row['observed_share'])} of {row['votes']:,} votes against "
                f"{row['other']} instead of {percent(row['predicted_share'])}{chance}."
            )
        return Prose(text)

    @property
    def surprise(self) -> pd.Series | None:
        """The pair, as a row of `frame`, whose observed win rate misses the prediction by most standard errors; None where none
        of those with votes enough misses it."""
        missed = self.frame[(self.frame["votes"] >= self.enough) & ~self.frame["fits"]]
        return None if missed.empty else missed.loc[_surprise(missed).idxmax()]

    @cached_property
    def clear(self) -> pd.DataFrame:
        """The rows of `frame` with votes enough, and their q_value, whose observed win rate misses the prediction beyond chance
        over all of them (false-discovery rate), the largest surprise first. The test of a pair is that of its interval
        (Wilson's)."""
        met = self.frame[self.frame["votes"] >= self.enough]
        size = _surprise(met) / self.design_effect**0.5
        found = met.assign(q_value=q_values(2 * norm.sf(size)))
        return found[found["q_value"] <= RATE].loc[lambda rows: size[rows.index].sort_values(ascending=False).index]

    def _verdict(self, agree: int, whole: int) -> str:
        """Whether so many of these intervals hold the prediction as often as they promise, beyond what chance allows.

        A shortfall can be clear on a few pairs; that there is none cannot.
        """
        off = agree / whole - self.level
        if off < -_TOLERANCE and binom.cdf(agree, whole, self.level) < _TAIL:
            return "less often than it should"
        if whole < _JUDGED:
            return "which is too few pairs to tell whether that is as often as it should"
        if off > _TOLERANCE and binom.sf(agree - 1, whole, self.level) < _TAIL:
            return f"more often than it should: {self._why_wide()}"
        return "as often as it should: the votes do not show that one number per model is too few"

    def _why_wide(self) -> str:
        """Why intervals hold what the ratings predict more often than they promise."""
        on_average = f"which the intervals know on average over pairs only (design effect {self.design_effect:.2f})"
        if self.design_effect < 1 - _PLAIN:
            return f"ties count as halves and scatter less than wins, {on_average}, so that they are wide where ties are many"
        if self.design_effect > 1 + _PLAIN:
            return f"votes of one judge hang together, {on_average}, so that they are wide where each judge voted once"
        return "the ratings were fitted on these very votes"


def _surprise(frame: pd.DataFrame) -> pd.Series:
    """Distance of the observed from the predicted win rate, in standard errors."""
    variance = frame["predicted_share"] * (1 - frame["predicted_share"]) / frame["votes"]
    return (frame["observed_share"] - frame["predicted_share"]).abs() / variance**0.5


def win_rates(board: Board, top: int = 12) -> WinRates:
    """Win rates of all pairs of a board; the table and the figure show those among its `top` models and the pair that the
    sentence names.

    Raises:
        InputError: the board was published, or fitted with ties or style apart, so that its ratings predict no win rates.
    """
    rate = None if board.fit is None else board.fit.win_rate
    if board.fit is None or rate is None:
        raise InputError("win rates need a board that was fitted on votes with ties as half wins.")
    level, effect = board.settings.level, design_effect(board.fit, board.basis)
    frame = _compared(board.fit, rate, level, effect)
    label, words = board.category.label, over([board.basis])
    made = WinRates(frame, board.models[:top], label, level, design_effect=effect, over=words, origin=board.origin)
    told = set() if made.surprise is None else {made.surprise["model"], made.surprise["other"]}
    shown = [model for place, model in enumerate(board.models) if place < top or model in told]
    return replace(made, models=tuple(shown))


def design_effect(fit: Fit, basis: Basis) -> float:
    """Variance of the pairs' observed win rates over the binomial one, over all pairs with votes enough to tell.

    The squared sums of the scores of each judge (each vote where votes are independent) around the win rate of the pair, with
    n / (n − 1) for n judges, over Σ votes · p (1 − p) (Rao and Scott 1992).
    """
    pairs = fit.pairs
    rate = pairs.score / np.maximum(pairs.total, 1)
    judged = pairs.total >= ENOUGH
    binomial = float((pairs.total * rate * (1 - rate))[judged].sum())
    if not binomial:
        return 1.0
    if basis.by and basis.ballots is not None:
        ballots = basis.ballots
        residual = SCORE[ballots.outcome] - rate[ballots.pair]
        squares = np.zeros(len(rate))
        for sign, name in terms(basis.by):
            cluster = ballots.clusters[name]
            keys, number = np.unique(ballots.pair.astype(np.int64) * (int(cluster.max()) + 1) + cluster, return_inverse=True)
            pair = keys // (int(cluster.max()) + 1)
            clusters = np.bincount(pair, minlength=len(rate))
            summed = np.bincount(pair, np.bincount(number, residual) ** 2, len(rate))
            squares += sign * summed * clusters / np.maximum(clusters - 1, 1)
    else:
        squares = (pairs.counts * (SCORE - rate[:, None]) ** 2).sum(axis=1) * pairs.total / np.maximum(pairs.total - 1, 1)
    return max(float(squares[judged].sum()) / binomial, _LEAST_EFFECT)


def _compared(fit: Fit, rate: Floats, level: float, effect: float) -> pd.DataFrame:
    """One row per pair that met, the better model first; `rate` is what the fit expects its first model to win, shape (P,)."""
    pairs, strength = fit.pairs, fit.strength
    gap = strength[pairs.first] - strength[pairs.second]
    met = pairs.total > 0
    better, worse = np.where(gap >= 0, pairs.first, pairs.second)[met], np.where(gap >= 0, pairs.second, pairs.first)[met]
    wins = np.where(gap >= 0, pairs.score, pairs.total - pairs.score)[met]
    votes, predicted = pairs.total[met], np.where(gap >= 0, rate, 1 - rate)[met]
    lower, upper = wilson_interval(wins / effect, votes / effect, level)
    names = np.array(pairs.models, dtype=object)
    frame = pd.DataFrame(
        {
            "model": names[better],
            "other": names[worse],
            "votes": votes.astype(int),
            "observed_share": wins / votes,
            "lower": lower,
            "upper": upper,
            "predicted_share": predicted,
            "fits": (lower <= predicted) & (predicted <= upper),
        }
    )
    order = np.lexsort((-strength[worse], -strength[better]))
    return frame.iloc[order].reset_index(drop=True)
