"""Win rates: how often each model beats each other, as observed and as the ratings predict."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.board import Board
from analysis.bradley_terry import POINTS, BradleyTerry
from analysis.errors import InputError
from analysis.result import Prose, Result
from analysis.shares import percent, wilson_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.pairs import PairCounts

#: Bins of `WinRates.calibration`.
BINS = 10

#: Votes of a pair from which on its win rate is compared.
ENOUGH = 10


@dataclass(frozen=True)
class WinRates(Result):
    """Observed and predicted win rates of all pairs of a board.

    Attributes:
        frame: model, other, observed, lower, upper, predicted, votes; one row per pair that met, the better model first.
        models: the models of the table, best first.
        enough: pairs with fewer votes are in the table but not in the sentence: their win rates say nothing.
    """

    frame: pd.DataFrame
    models: tuple[str, ...]
    label: str
    fingerprint: str
    level: float = 0.95
    enough: int = ENOUGH

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Win rates, observed and predicted: {self.label}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """model, other, votes, observed_share, lower, upper, predicted_share, fits: the pairs among `models`.

        `observed_share` counts a tie as half a win; its interval is Wilson's, a little too wide because of ties.
        `predicted_share` follows from the two ratings alone; `fits` says whether the interval contains it.
        """
        inside = self.frame["model"].isin(self.models) & self.frame["other"].isin(self.models)
        return self.frame[inside].reset_index(drop=True)

    @cached_property
    def calibration(self) -> pd.DataFrame:
        """predicted_share, observed_share, lower, upper, votes: all pairs of the board, binned by prediction (50 to 100 %)."""
        edges = np.linspace(0.5, 1, BINS + 1)
        number = np.clip(np.searchsorted(edges, self.frame["predicted_share"], side="right") - 1, 0, BINS - 1)
        weighted = self.frame.assign(
            wins=self.frame["observed_share"] * self.frame["votes"], expected=self.frame["predicted_share"] * self.frame["votes"]
        )
        sums = weighted.groupby(number)[["wins", "expected", "votes"]].sum().reset_index(drop=True)
        lower, upper = wilson_interval(sums["wins"], sums["votes"], self.level)
        shares = {"predicted_share": sums["expected"] / sums["votes"], "observed_share": sums["wins"] / sums["votes"]}
        return pd.DataFrame({**shares, "lower": lower, "upper": upper, "votes": sums["votes"].astype(int)})

    @property
    def sentence(self) -> Prose:
        """How many observed win rates agree with the ratings, and the largest surprise."""
        met = self.frame[self.frame["votes"] >= self.enough]
        if met.empty:
            return Prose(
                f"No pair of models met in {self.enough} votes or more, which is too few to compare win rates with predictions."
            )
        share = met["fits"].mean()
        verdict = (
            "as often as it should: one number per model explains the votes"
            if share >= self.level - 0.02
            else "less often than it should"
        )
        text = (
            f"In {met['fits'].sum()} of {len(met)} pairs with {self.enough} votes or more ({percent(share)}), the "
            f"{percent(self.level, 0)} interval of the observed win rate contains what the two ratings predict, {verdict}."
        )
        if not met["fits"].all():
            row = met.loc[_surprise(met[~met["fits"]]).idxmax()]
            text += (
                f" The largest surprise: {row['model']} wins {percent(row['observed_share'])} of {row['votes']:,} votes against "
                f"{row['other']} instead of {percent(row['predicted_share'])}."
            )
        return Prose(text)


def _surprise(frame: pd.DataFrame) -> pd.Series:
    """Distance of the observed from the predicted win rate, in standard errors."""
    variance = frame["predicted_share"] * (1 - frame["predicted_share"]) / frame["votes"]
    return (frame["observed_share"] - frame["predicted_share"]).abs() / variance**0.5


def win_rates(board: Board, top: int = 12) -> WinRates:
    """Win rates of all pairs of a board; the table and the figure show those among its `top` models.

    Raises:
        InputError: the board was published, or fitted with ties or style apart, so that its ratings predict no win rates.
    """
    if not isinstance(board.fit, BradleyTerry):
        raise InputError("win rates need a board that was fitted on votes with ties as half wins.")
    pairs = board.fit.pairs
    strength = dict(zip(board.models, board.ratings / POINTS, strict=True))
    points = np.array([strength[model] for model in pairs.models])
    frame = _compared(pairs, points)
    return WinRates(frame, board.models[:top], board.category.label, board.fingerprint, board.settings.level)


def _compared(pairs: PairCounts, strength: NDArray[np.float64]) -> pd.DataFrame:
    """One row per pair that met, the better model first."""
    gap = strength[pairs.first] - strength[pairs.second]
    met = pairs.total > 0
    better, worse = np.where(gap >= 0, pairs.first, pairs.second)[met], np.where(gap >= 0, pairs.second, pairs.first)[met]
    wins = np.where(gap >= 0, pairs.score, pairs.total - pairs.score)[met]
    votes, predicted = pairs.total[met], expit(np.abs(gap[met]))
    lower, upper = wilson_interval(wins, votes)
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
