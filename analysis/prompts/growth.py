"""Growth: how the share of repeats grows with the number of votes, and where it would be with twice as many."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import gammaln

from analysis.distributions import t
from analysis.errors import InputError
from analysis.matching.likeness import EXACT
from analysis.prompts.asked import read_asked
from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.shares.level import check_level
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Points of the curve, as parts of the votes: up to all of them, and up to twice as many.
POINTS = np.r_[np.linspace(0.05, 1, 20), np.linspace(1.1, 2, 10)]

#: A half-width below this is none.
_NOTHING = 1e-9

#: Parts that judges are dealt into; each is left out once for the interval.
PARTS = 20


@dataclass(frozen=True, eq=False)
class Growth(Result):
    """The share of repeats among fewer votes, and among more.

    Attributes:
        frame: see `table`.
        by_judge: whether judges were drawn, each with all votes; else single votes were, for no judge is known.
        notes: which votes are in no count, a sentence each.
    """

    frame: pd.DataFrame
    by_judge: bool
    kind: str = EXACT
    level: float = 0.95
    notes: tuple[str, ...] = ()

    caption = "Share of repeats by the number of votes"

    @property
    def table(self) -> pd.DataFrame:
        """votes, share, lower, upper, extrapolated: the expected share of votes that repeat an earlier one among so many.

        Bounds are missing where these votes say nothing of how far off the share may be: where leaving any out changes nothing,
        and among more votes where no prompt is asked by one judge (or vote) alone, or none by two."""
        return self.frame

    @cached_property
    def ends(self) -> pd.DataFrame:
        """The rows of a tenth of the votes, of all of them, and of twice as many."""
        whole = int((~self.frame["extrapolated"]).sum()) - 1
        return self.frame.iloc[[1, whole, len(self.frame) - 1]]

    @property
    def sentence(self) -> Prose:
        """The share with a tenth of the votes, with all, and with twice as many."""
        tenth, whole, twice = (row for _, row in self.ends.iterrows())
        drawn = "judges" if self.by_judge else "votes"
        grows = percent(tenth["share"]) != percent(whole["share"])
        does = "grows with the votes" if grows else "does not grow with these votes"
        bounds = f"({percent(twice['lower'])} to {percent(twice['upper'])})"
        if np.isnan(twice["lower"]):
            bounds = "if all goes on so, and how far off that is these votes cannot tell"
        so = " So shares of different numbers of votes do not compare." if grows else ""
        return Prose(
            f"The share of repeats {does}: {percent(tenth['share'])} among {tenth['votes']:,} of them (drawn by {drawn}), "
            f"{percent(whole['share'])} among all {whole['votes']:,}, and with {twice['votes']:,} it would be "
            f"{percent(twice['share'])} {bounds}.{so}"
        )


def repeat_growth(
    votes: Votes | str | Path,
    *,
    kind: str = EXACT,
    threshold: float | None = None,
    level: float = 0.95,
    seed: int = 1,
) -> Growth:
    """How the share of repeats grows with the number of votes.

    Among fewer votes it is rarefied: the expected number of different prompts that a random part of the judges asks, each with
    all votes (sample-based rarefaction; votes are drawn where no judge is known). Among more it is extrapolated from how many
    prompts one judge and two judges asked (Chao2; both in Colwell et al. 2012, J. Plant Ecol. 5, equations 17 and 18). The
    interval is of a jackknife that leaves out a twentieth of the judges at a time. Who comes later is taken to be like those
    who came.

    Raises:
        UsageError: no such kind or threshold.
        InputError: the votes have no prompts, or too few people or votes to draw from.
    """
    check_level(level)
    votes = load_votes(votes)
    asked = read_asked(votes, kind, threshold, seed=seed)
    by_judge = bool((asked.judge >= 0).any())
    unit = np.where(asked.judge >= 0, asked.judge, asked.judge.max(initial=0) + 1 + np.arange(len(asked)))
    _, unit = np.unique(unit, return_inverse=True)
    units = int(unit.max(initial=-1)) + 1
    if units < PARTS:
        raise InputError(f"how repeats grow takes {PARTS} judges, or votes where no judge is known; there are {units}.")
    at = POINTS * len(asked)
    share = _shares(asked.cluster, unit, at)
    part = np.random.default_rng(seed).permutation(units) % PARTS
    left = np.array([_shares(asked.cluster[kept], unit[kept], at) for kept in (part[unit] != one for one in range(PARTS))])
    error = np.sqrt((PARTS - 1) / PARTS * ((left - left.mean(axis=0)) ** 2).sum(axis=0))
    half = t.ppf(0.5 + level / 2, PARTS - 1) * error
    once, twice = (int((_askers(asked.cluster, unit) == number).sum()) for number in (1, 2))
    unknown = (half < _NOTHING) | ((POINTS > 1) & (not once or not twice))
    half = np.where(unknown, np.nan, half)
    frame = pd.DataFrame(
        {
            "votes": np.round(at).astype(np.int64),
            "share": share,
            "lower": np.clip(share - half, 0, 1),
            "upper": np.clip(share + half, 0, 1),
            "extrapolated": POINTS > 1,
        }
    )
    return Growth(frame, by_judge, asked.likeness.kind, level, asked.notes, origin=votes.origin)


def _shares(cluster: Integers, unit: Integers, at: Floats) -> Floats:
    """The expected share of repeats among so many votes, shape of `at`.

    Args:
        cluster, unit: shape (n,), what each vote asks, and who asks it.
    """
    units, each = len(np.unique(unit)), len(unit) / max(len(np.unique(unit)), 1)
    times, clusters = np.unique(_askers(cluster, unit), return_counts=True)
    drawn = at / each
    found = np.where(drawn <= units, _rarefied(times, clusters, units, drawn), _extrapolated(times, clusters, units, drawn))
    return np.clip(1 - found / at, 0, 1) + 0.0  # without −0


def _askers(cluster: Integers, unit: Integers) -> Integers:
    """How many units ask each cluster, shape (C,)."""
    return np.unique(np.unique(np.column_stack([cluster, unit]), axis=0)[:, 0], return_counts=True)[1]


def _rarefied(times: Integers, clusters: Integers, units: int, drawn: Floats) -> Floats:
    """Σ over clusters of 1 − C(K − j, k) / C(K, k): those that k of K units are expected to ask, shape of `drawn`."""
    kept = np.minimum(drawn, units)[:, None]
    rest = units - times[None, :]
    possible = rest >= kept
    logs = gammaln(rest + 1) + gammaln(units - kept + 1) - gammaln(np.where(possible, rest - kept, 0) + 1) - gammaln(units + 1)
    missed = np.where(possible, np.exp(logs), 0.0)
    return np.asarray((clusters * (1 - missed)).sum(axis=1))


def _extrapolated(times: Integers, clusters: Integers, units: int, drawn: Floats) -> Floats:
    """Clusters that more units are expected to ask: Chao2's unseen ones come in at the rate at which single ones do."""
    once, twice = (float(clusters[times == number].sum()) for number in (1, 2))
    unseen = (units - 1) / units * (once**2 / (2 * twice) if twice else once * (once - 1) / 2)
    if not unseen:
        return np.full(len(drawn), float(clusters.sum()))
    rate = 1 - once / (units * unseen + once)
    return np.asarray(clusters.sum() + unseen * (1 - rate ** np.maximum(drawn - units, 0)))
