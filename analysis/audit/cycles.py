"""Cycles: whether models beat each other in circles, which one number per model cannot say.

Two looks. The *strongest circle*: of every three models that all met, the log-odds by which the first beats the second, the
second the third and the third the first beyond their strengths, which cancel from the sum. The largest of all in standard errors
is held against the largest that votes without circles would show, drawn pair by pair (max-t: Westfall and Young 1993). And the
*cyclic share*: of three models with a majority each way how many form a circle (Kendall and Babington Smith 1940), against the
share in the same draws. Each look has half of the false alarms.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from analysis.audit.check import Check, Verdict
from analysis.compiled import compiled
from analysis.errors import InputError
from analysis.ratings.bradley_terry import BradleyTerry
from analysis.ratings.residuals import Residuals, residuals_of
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, counted, percent, signed, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Information that a pair needs, n p (1 − p): as much as 40 votes between equals.
LEAST_INFORMATION = 10.0

#: Log-odds a pair that a circle must surely be worth to be one to beware of; 0.1 is 2.5 % of votes between equals.
CIRCLE = 0.1

#: The cyclic share beyond the expected one from which on it is one to beware of.
EXCESS = 0.02

#: Share of arenas without circles in which one of the two looks finds some, at most.
_ONE_LOOK = 0.025

#: Arenas without circles that are drawn, those of them whose cyclic share is counted, circles that are listed, and models below
#: which there is none.
_DRAWS, _COUNTED, _LISTED, _FEWEST = 600, 300, 20, 3


class Share(NamedTuple):
    """The cyclic share of three models with a majority each way.

    Attributes:
        seen: that of the votes.
        expected: mean of the draws.
        upper: what few draws are beyond.
        threes: how many such threes there are.
    """

    seen: float
    expected: float
    upper: float
    threes: int

    @property
    def excess(self) -> float:
        """Seen beyond expected."""
        return self.seen - self.expected


@dataclass(frozen=True, eq=False)
class Cycles(Check):
    """Circles of three models.

    Attributes:
        circles: the strongest by their standard errors: first, second, third (each does better against the next, and the last
            against the first, than their strengths say), circle (log-odds a pair by which they do), error, votes (of the pair
            with fewest), majority (whether each won more often than it lost).
        critical: standard errors beyond which a circle is more than chance, over all threes at once.
        threes: how many were looked at.
        pairs: how many pairs had votes enough, and how many there are.
        share: the cyclic share; None where no three models have a majority each way.
    """

    circles: pd.DataFrame
    critical: float
    threes: int
    pairs: tuple[int, int]
    share: Share | None

    name = "circles"
    question = "Do models beat each other in circles?"
    false_alarm = 0.05

    @property
    def caption(self) -> str:  # type: ignore[override]
        enough, whole = self.pairs
        votes = f"worth {4 * LEAST_INFORMATION:.0f} votes between equals"
        return f"The strongest circles of three models, of {enough:,} of {whole:,} pairs, those {votes}"

    @property
    def threshold(self) -> str:
        return (
            f"a circle beyond {self.critical:.1f} standard errors, or a cyclic share beyond chance; beware where it is worth "
            f"more than {CIRCLE} log-odds a pair, or {percent(EXCESS, 0)} of the threes"
        )

    @cached_property
    def strongest(self) -> pd.Series:
        """The first row of `table`."""
        return self.table.iloc[0]

    @property
    def beyond(self) -> bool:
        """Whether the strongest circle is more than chance."""
        return bool(self.strongest["lower"] > 0)

    @property
    def too_many(self) -> bool:
        """Whether the cyclic share is more than chance."""
        return self.share is not None and self.share.seen > self.share.upper

    @property
    def verdict(self) -> Verdict:
        if not self.beyond and not self.too_many:
            return Verdict.FINE
        share = self.share
        large = self.too_many and share is not None and share.excess > EXCESS
        return Verdict.BEWARE if large or (self.beyond and self.strongest["lower"] > CIRCLE) else Verdict.KNOW

    @property
    def number(self) -> str:
        row = self.strongest
        text = f"{written(row['circle'], 2)} log-odds ({written(row['lower'], 2)} to {written(row['upper'], 2)})"
        return text if self.share is None else f"{text}; {signed(100 * self.share.excess, 1)} % of threes"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per circle, the surest first: first, second, third (each does better against the next, and the third against
        the first, than their strengths say), circle, lower, upper (by so many log-odds a pair, simultaneous over all threes),
        votes (of the pair with fewest) and majority (whether each also won more often than it lost)."""
        frame = self.circles.copy()
        for name, sign in (("lower", -1), ("upper", 1)):
            frame[name] = frame["circle"] + sign * self.critical * frame["error"]
        return frame[["first", "second", "third", "circle", "lower", "upper", "votes", "majority"]]

    @property
    def sentence(self) -> Prose:
        """The strongest circle where there is one beyond chance, and the cyclic share against the expected one."""
        row, looked = self.strongest, f"{counted(self.threes, 'set')} of three models"
        size = f"{written(row['circle'], 2)} log-odds a pair ({written(row['lower'], 2)} to {written(row['upper'], 2)})"
        one, two, three = row["first"], row["second"], row["third"]
        if not self.beyond:
            text = f"No circle among {looked} is beyond chance; the strongest is worth {size} beyond the strengths."
        elif row["majority"]:
            text = f"{one} won more often than not against {two}, {two} against {three} and {three} against {one}, by {size}"
            text += f" beyond their strengths: more than chance among {looked}."
        else:
            text = f"{one} does better against {two}, {two} against {three} and {three} against {one} than their strengths say,"
            text += f" by {size}: more than chance among {looked}."
        return Prose(f"{text}{self._share_words()}")

    def _share_words(self) -> str:
        share = self.share
        if share is None:
            return ""
        text = f" Of {share.threes:,} with a majority each way {percent(share.seen)} are circles"
        return f"{text}, and {percent(share.expected)} would be by chance{', surely fewer' if self.too_many else ''}."


@one_thread
def check_cycles(case: Case) -> Cycles:
    """Whether three models beat each other in a circle beyond chance, or too many do.

    Raises:
        InputError: no three models all met in pairs with votes enough.
    """
    fit = case.board.fit
    assert isinstance(fit, BradleyTerry)
    size = len(fit.strength)
    if size < _FEWEST:
        raise InputError("a circle takes three models, and here are two")
    found = residuals_of(fit, case.board.basis)
    kept = np.flatnonzero(found.information >= LEAST_INFORMATION)
    first, second = fit.pairs.first[kept], fit.pairs.second[kept]
    variance = np.full((size, size), np.inf)
    variance[first, second] = variance[second, first] = found.effect_variance[kept]
    one, two, three = _threes(np.isfinite(variance))
    if not len(one):
        votes = round(4 * LEAST_INFORMATION)
        raise InputError(f"no three models all met often enough: each pair needs {votes} votes, and more between unequal models")
    precision = 1 / (variance[one, two] + variance[two, three] + variance[one, three])
    effect = np.zeros((size, size))
    effect[first, second], effect[second, first] = found.effect[kept], -found.effect[kept]
    around = effect[one, two] + effect[two, three] + effect[three, one]
    drawn = _drawn(found, kept, case.settings.seed)
    places, scale = _places(kept, fit, one, two, three), found.information[kept].astype(np.float32)
    largest = _largest_of_draws(np.ascontiguousarray((drawn / scale).T), places, precision.astype(np.float32))
    return Cycles(
        circles=_circles(case, around, precision, np.column_stack([one, two, three])),
        critical=float(np.sqrt(np.quantile(largest, 1 - _ONE_LOOK, method="higher"))),
        threes=len(one),
        pairs=(len(kept), len(fit.pairs.first)),
        share=_share(found, kept, drawn),
        origin=case.origin,
    )


def _drawn(found: Residuals, kept: Integers, seed: int) -> NDArray[np.float32]:
    """Surpluses of arenas without circles, shape (draws, pairs), with the variance and the skewness of each pair's."""
    normal = np.random.default_rng(seed).standard_normal((_DRAWS, len(kept)), dtype=np.float32)
    skew = found.skewness[kept] / 6
    scale = np.sqrt(found.variance[kept] / (1 + 2 * skew**2))
    # z + s (z² − 1), Cornish and Fisher's first term, as s z² + z − s.
    drawn = skew.astype(np.float32) * normal
    drawn += 1
    drawn *= normal
    drawn -= skew.astype(np.float32)
    drawn *= scale.astype(np.float32)
    return drawn


def _places(kept: Integers, fit: BradleyTerry, one: Integers, two: Integers, three: Integers) -> Integers:
    """The three pairs of each circle, as places in `kept`, shape (threes, 3)."""
    size = len(fit.strength)
    place = np.zeros((size, size), dtype=np.int32)
    place[fit.pairs.first[kept], fit.pairs.second[kept]] = np.arange(len(kept))
    return np.column_stack([place[one, two], place[two, three], place[one, three]])


def _circles(case: Case, around: Floats, precision: Floats, threes: Integers) -> pd.DataFrame:
    """The strongest circles, each the way round in which its models beat each other."""
    size, most = around**2 * precision, min(_LISTED, len(around))
    large = np.flatnonzero(size >= np.partition(size, len(size) - most)[len(size) - most])
    order = large[np.argsort(-size[large], kind="stable")][:most]
    chosen, gain = threes[order], around[order]
    chosen = np.where(gain[:, None] < 0, chosen[:, ::-1], chosen)
    # Each begins with the model that is highest on the board, so that it reads as one would tell it.
    place = pd.Index(case.board.models).get_indexer(pd.Index(case.pairs.models))
    turn = place[chosen].argmin(axis=1)
    chosen = chosen[np.arange(len(chosen))[:, None], (turn[:, None] + np.arange(3)) % 3]
    names, total = np.array(case.pairs.models, dtype=object)[chosen], np.zeros((len(place), len(place)))
    pairs = case.pairs
    total[pairs.first, pairs.second] = total[pairs.second, pairs.first] = pairs.total
    votes = np.min([total[chosen[:, side], chosen[:, (side + 1) % 3]] for side in range(3)], axis=0)
    lead = np.zeros_like(total)
    lead[pairs.first, pairs.second] = pairs.counts[:, 0] - pairs.counts[:, 1]
    lead -= lead.T
    majority = np.all([lead[chosen[:, side], chosen[:, (side + 1) % 3]] > 0 for side in range(3)], axis=0)
    frame = pd.DataFrame(names, columns=["first", "second", "third"])
    frame = frame.assign(circle=np.abs(gain) / 3, error=1 / np.sqrt(precision[order]) / 3, votes=votes.astype(int))
    return frame.assign(majority=majority)


def _share(found: Residuals, kept: Integers, drawn: NDArray[np.float32]) -> Share | None:
    """The cyclic share of the votes and of the draws."""
    pairs = found.fit.pairs
    first, second, size = pairs.first[kept], pairs.second[kept], len(found.fit.strength)
    middle = pairs.total[kept] * (found.fit.chance[kept] - 0.5)
    seen = _cyclic(pairs.counts[kept, 0] - pairs.counts[kept, 1], first, second, size)
    if not seen[1]:
        return None
    # Wins less losses are whole numbers: a draw within half of one is no majority.
    shares = np.array([_cyclic(np.rint(2 * (middle + row)), first, second, size) for row in drawn[:_COUNTED]])
    share = shares[:, 0] / np.maximum(shares[:, 1], 1)
    upper = float(np.quantile(share, 1 - _ONE_LOOK, method="higher"))
    return Share(seen[0] / seen[1], float(share.mean()), upper, int(seen[1]))


def _cyclic(lead: Floats, first: Integers, second: Integers, size: int) -> tuple[int, int]:
    """Circles, and all threes with a majority each way: tr(A³) / 3 of who beats whom, and tr(E³) / 6 of who met."""
    beats = np.zeros((size, size), dtype=np.float32)
    beats[first, second], beats[second, first] = lead > 0, lead < 0
    met = beats + beats.T
    circles, threes = (float(((matrix @ matrix) * matrix.T).sum(dtype=float)) for matrix in (beats, met))
    return round(circles / 3), round(threes / 6)


@compiled
def _threes(met: NDArray[np.bool_]) -> tuple[Integers, Integers, Integers]:
    """All i < j < k of which every two met."""
    size, count = len(met), 0
    for i in range(size):
        for j in range(i + 1, size):
            if met[i, j]:
                for k in range(j + 1, size):
                    count += met[i, k] and met[j, k]
    one, two, three = np.empty(count, np.int64), np.empty(count, np.int64), np.empty(count, np.int64)
    count = 0
    for i in range(size):
        for j in range(i + 1, size):
            if met[i, j]:
                for k in range(j + 1, size):
                    if met[i, k] and met[j, k]:
                        one[count], two[count], three[count] = i, j, k
                        count += 1
    return one, two, three


@compiled
def _largest_of_draws(effect: NDArray[np.float32], places: Integers, precision: NDArray[np.float32]) -> NDArray[np.float32]:
    """The largest squared circulation in its variances of each draw, shape (draws,); `effect` has shape (pairs, draws), so that
    many draws are looked at in one instruction."""
    found = np.zeros(effect.shape[1], dtype=np.float32)
    for three in range(len(places)):
        one, two, last = effect[places[three, 0]], effect[places[three, 1]], effect[places[three, 2]]
        weight = precision[three]
        for draw in range(len(found)):
            around = one[draw] + two[draw] - last[draw]
            found[draw] = max(found[draw], around * around * weight)
    return found
