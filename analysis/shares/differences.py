"""Differences: which groups have another share than the votes outside them, clustered by judge.

A judge who votes in a group and outside it is part of both shares, which takes noise off their difference. The interval is
that of Newcombe (1998, Statistics in Medicine 17, 873–890) with Wilson's intervals of the two shares on their effective
votes, and the correlation of the two shares as Zou and Donner (2008, Statistics in Medicine 27, 1693–1702) add it. Groups
count as different under Benjamini and Hochberg's false-discovery rate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.distributions import t
from analysis.shares.discovery import RATE, q_values
from analysis.shares.tallies import PRODUCTS, Tally
from analysis.shares.wilson import score_interval

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.shares.habits import Habits

    Floats = NDArray[np.float64]

#: Halvings of the search for a p-value, and the largest normal quantile in it.
_HALVINGS, _LARGEST = 50, 37.0


def differences(groups: pd.DataFrame, whole: Tally, habits: Habits, level: float = 0.95) -> pd.DataFrame:
    """`groups` with difference, difference_lower, difference_upper, p_value, q_value and differs.

    Args:
        groups: votes, hits and PRODUCTS (`analysis.shares.tallies.count_groups`; without them each vote is a judge of its own);
            no group holds all votes or none.
        whole: the tally of all votes.
    """
    pair = _Pair(groups, whole, habits)
    lower, upper = pair.interval(np.full(len(groups), habits.quantile(level)))
    p_value = 2 * t.sf(pair.excluding(), habits.freedom)
    q_value = q_values(p_value)
    return groups.assign(
        difference=pair.inside - pair.outside,
        difference_lower=lower,
        difference_upper=upper,
        p_value=p_value,
        q_value=q_value,
        differs=q_value <= RATE,
    )


class _Pair:
    """The shares inside and outside of each of k groups, and how far they vary together; arrays have shape (k,)."""

    def __init__(self, groups: pd.DataFrame, whole: Tally, habits: Habits) -> None:
        votes, hits = (groups[name].to_numpy(dtype=float) for name in ("votes", "hits"))
        # A vote that is its judge's only one: the product of two of its counts is 1, or with a hit in it whether it is a hit.
        sums = {name: np.asarray(groups.get(name, hits if set(name) & set("xy") else votes), dtype=float) for name in PRODUCTS}
        self.votes, self.rest = votes, whole.whole - votes
        self.inside = hits / self.votes
        self.outside = (whole.sum(whole.hits) - hits) / self.rest
        squares, both = whole.sum(whole.votes**2), sums["an"] - sums["aa"]
        self.effects = (
            habits.design_effect(sums["aa"] / self.votes),
            habits.design_effect((squares - 2 * sums["an"] + sums["aa"]) / self.rest),
        )
        # Variances in units of that of one vote, by the correlation of two votes of a judge.
        of_shares = self.effects[0] / self.votes, self.effects[1] / self.rest
        together = 2 * habits.alike * both / (self.votes * self.rest)
        variance = of_shares[0] + of_shares[1] - together
        share = whole.sum(whole.hits) / max(whole.whole, 1.0)
        if habits.alike and 0 < share < 1:
            # The larger of this and the jackknife: a habit may be one in the group and another outside it.
            variance = np.maximum(variance, self._robust(sums, whole) / (share * (1 - share)))
        self.correlation = np.clip((of_shares[0] + of_shares[1] - variance) / (2 * np.sqrt(of_shares[0] * of_shares[1])), -1, 1)

    def _robust(self, sums: dict[str, Floats], whole: Tally) -> Floats:
        """The variance of the differences by residuals of judges, Σ u² with u linear in the judge's four counts."""
        weights = {
            "y": 1 / self.votes + 1 / self.rest,
            "a": -self.inside / self.votes - self.outside / self.rest,
            "x": -1 / self.rest,
            "n": self.outside / self.rest,
        }
        every = {"nn": whole.sum(whole.votes**2), "xx": whole.sum(whole.hits**2), "xn": whole.sum(whole.votes * whole.hits)}
        squares = np.zeros(len(self.votes))
        for name, value in {**every, **sums}.items():
            squares += (1 if name[0] == name[1] else 2) * weights[name[0]] * weights[name[1]] * value
        judges = whole.judges.sum()
        return np.asarray(np.maximum(squares, 0) * judges / (judges - 1))

    def interval(self, quantile: Floats) -> tuple[Floats, Floats]:
        """The interval of each difference at the given quantiles of the normal."""
        arms = []
        for share, votes, effect in zip((self.inside, self.outside), (self.votes, self.rest), self.effects, strict=True):
            lower, upper = score_interval(share * votes / effect, votes / effect, quantile)
            arms.append((share - lower, upper - share))
        (down, up), (rest_down, rest_up) = arms
        gap = self.inside - self.outside
        return (
            gap - _joined(down, rest_up, self.correlation),
            gap + _joined(up, rest_down, self.correlation),
        )

    def excluding(self) -> Floats:
        """The quantile at which the interval just excludes 0: the test that belongs to it."""
        low, high = np.zeros(len(self.votes)), np.full(len(self.votes), _LARGEST)
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            lower, upper = self.interval(middle)
            outside = (lower > 0) | (upper < 0)
            low, high = np.where(outside, middle, low), np.where(outside, high, middle)
        return low


def _joined(one: Floats, other: Floats, correlation: Floats) -> Floats:
    return np.sqrt(np.maximum(one**2 + other**2 - 2 * correlation * one * other, 0))
