"""Drift: whether a model stays the same under the same name, its strength at one time held against its strength at others.

The votes are cut into at most six periods of about equal votes. In each the strengths are moved from those of the whole board by
one step of Fisher's scoring, the scores of the period's votes times the inverse of its information, which for the small moves at
hand is the period's own fit. The covariance of all moves follows from the scores (White 1982), those of one judge taken together
over all periods (Liang and Zeger 1986). Of each model a straight line over time and any movement at all (χ²) are tested, twice
the smaller p-value counts, and over models the false-discovery rate is held (Benjamini and Hochberg 1995).

Only differences of strengths can be seen. If one model gains, all others seem to lose a little. So moves are relative to the mean
of the models that stay the same: the surest drift is taken out of that mean, all are tested again, and so on, as tests are
purified of items that work differently (Lord 1980). That the whole board's own strengths are estimates cancels, but for periods
with other models: those follow the votes of the few periods that a model has, so that moves there are smaller than is reckoned
with, never larger.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from analysis.audit.check import Check, Verdict
from analysis.compiled import compiled
from analysis.distributions import chi2, f, norm
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS, BradleyTerry
from analysis.ratings.fits import inverse, laplacian
from analysis.ratings.pairs import SCORE
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, counted, in_points, joined, percent, signed
from analysis.shares.discovery import q_values
from analysis.votes.times import UNTIMED

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Periods at most.
PERIODS = 6

#: Information that a model needs in a period to have a strength there, n p (1 − p): as much as 80 votes between equals.
LEAST_INFORMATION = 20.0

#: Points of change over the time covered from which on drift is something to beware of.
DRIFT = 20.0

#: False-discovery rate up to which a model counts as drifting: half of the share of false alarms that is stated, for variances
#: are estimates, and a drift that matters is far beyond it.
RATE = 0.025

#: Part of the squared scores of a model's votes in a period that those of its judges must reach.
_LEAST_PART = 0.5

#: P-value of movement beside a straight line up to which a drifting model is said to move unevenly.
_UNEVEN = 0.01

#: Models that a sentence names before it counts the rest.
_NAMED = 3


class Clock(NamedTuple):
    """Periods of votes.

    Attributes:
        period: shape (N,), of each vote; −1 where its time is not known.
        ends: shape (K + 1,), microseconds, where periods begin and end.
        middle: shape (K,), mean time of a period's votes.
    """

    period: NDArray[np.int8]
    ends: Floats
    middle: Floats


class Moves(NamedTuple):
    """Moves of strengths in E cells, one per model and period with votes enough, natural-log units.

    Attributes:
        model, period: shape (E,).
        value: shape (E,), from the strength on the whole board, the mean of each period's models being 0.
        covariance: shape (E, E).
        votes: shape (E,), of the model in the period.
    """

    model: Integers
    period: Integers
    value: Floats
    covariance: Floats
    votes: Floats


class Shown(NamedTuple):
    """The cells of a model in the order of time, its moves there relative to models that stay the same, and their covariance."""

    cells: Integers
    value: Floats
    covariance: Floats


@dataclass(frozen=True, eq=False)
class Drift(Check):
    """Changes of models over time.

    Attributes:
        models: one row per model with two periods or more: model, votes, periods, rating_first, rating_last (points), shift (by a
            straight line over the time that its periods cover, points, relative to the models that stay the same), error,
            p_value, q_value, beside (p-value of movement beside that line).
        paths: one row per such model and period: model, period, day (mean time), rating, moved (from the rating on the board)
            and its error (points).
        left_out: models of the board without votes enough in two periods.
        days: the first and the last day.
        untimed: votes whose time is not known.
        level: of the intervals.
    """

    models: pd.DataFrame
    paths: pd.DataFrame
    left_out: tuple[str, ...]
    days: tuple[str, str]
    untimed: int
    level: float

    name = "drift"
    question = "Does the same name stay the same model?"
    false_alarm = 0.05
    caption = "How models change over time"
    threshold = (
        f"a change beyond chance (false-discovery rate {percent(RATE)}); beware above {DRIFT:.0f} points over the time covered"
    )

    @property
    def drifting(self) -> pd.DataFrame:
        """The rows of `table` that change beyond chance, the largest change first."""
        found = self.table[self.table["q_value"] <= RATE]
        return found.iloc[np.argsort(-found["shift"].abs().to_numpy(), kind="stable")]

    @property
    def verdict(self) -> Verdict:
        found = self.drifting
        if found.empty:
            return Verdict.FINE
        return Verdict.BEWARE if found["shift"].abs().max() > DRIFT else Verdict.KNOW

    @property
    def number(self) -> str:
        found = self.drifting
        return _change((self.table if found.empty else found).iloc[0])

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model with two periods or more, the surest change first: model, votes, periods, rating_first, rating_last
        (points, in its first and last period), shift, shift_lower, shift_upper (points over the time covered, by a straight
        line), p_value, q_value and uneven (whether it moved otherwise than in that line, beyond chance)."""
        frame = self.models.sort_values(["p_value", "model"], ignore_index=True)
        half = norm.ppf(0.5 + self.level / 2) * frame["error"]
        frame = frame.assign(shift_lower=frame["shift"] - half, shift_upper=frame["shift"] + half)
        frame["uneven"] = (frame["q_value"] <= RATE) & (frame["beside"] <= _UNEVEN)
        first = ["model", "votes", "periods", "rating_first", "rating_last"]
        return frame[[*first, "shift", "shift_lower", "shift_upper", "p_value", "q_value", "uneven"]]

    @property
    def sentence(self) -> Prose:
        """Which models change beyond chance, by how much and in what time; and whose votes were not looked at."""
        first, last = self.days
        when, found, tested = f"from {first} to {last}", self.drifting, len(self.table)
        if found.empty:
            none = f"None of {tested:,} models" if tested > 1 else "Not even the one model with votes enough"
            text = f"{none} changes beyond chance {when}; closest to it comes {self.table['model'].iloc[0]}, "
            text += f"with {_change(self.table.iloc[0])} if seen alone."
        else:
            parts = [_told(row) for _, row in found.head(_NAMED).iterrows()]
            rest = len(found) - len(parts)
            parts += [f"{counted(rest, 'more model')} {'changes' if rest == 1 else 'change'} too"] * (rest > 0)
            text = f"Beyond chance, relative to models that stay the same, {when}: {joined(parts)}."
        return Prose(f"{text}{self._aside()}")

    def _aside(self) -> str:
        """Models and votes that were not looked at."""
        text = ""
        if self.left_out:
            few = len(self.left_out)
            text = f" {counted(few, 'model')} {'has' if few == 1 else 'have'} too few votes in two periods."
        if self.untimed:
            text += f" {counted(self.untimed, 'vote')} without a time {'is' if self.untimed == 1 else 'are'} left out."
        return text


def _change(row: pd.Series) -> str:
    """A change with its interval: `+95 points (80 to 110)`."""
    return f"{in_points(signed(row['shift']))} ({signed(row['shift_lower'])} to {signed(row['shift_upper'])})"


def _told(row: pd.Series) -> str:
    """What a drifting model does."""
    if row["uneven"]:
        ends = f"{row['rating_first']:.0f} points in its first period, {row['rating_last']:.0f} in its last"
        return f"{row['model']} moves unevenly ({ends})"
    word = "gains" if row["shift"] > 0 else "loses"
    low, high = sorted([abs(row["shift_lower"]), abs(row["shift_upper"])])
    size = in_points(f"{abs(row['shift']):.0f}")
    return f"{row['model']} {word} {size} ({low:.0f} to {high:.0f})"


@one_thread
def check_drift(case: Case) -> Drift:
    """Whether the strength of a model changes over time beyond chance.

    Raises:
        InputError: the votes do not say when they were cast, all were cast at once or are ties, or no model has votes enough in
            two periods.
    """
    fit = case.board.fit
    assert isinstance(fit, BradleyTerry)
    if case.pairs.counts[:, :2].sum() == 0:
        raise InputError("every vote is a tie, so that nothing shows how sure a strength is")
    clock, moves, tested = _cut(case, fit)
    if not len(tested):
        votes = round(4 * LEAST_INFORMATION)
        raise InputError(
            f"no model has votes enough in two periods, and opponents there: each takes {votes}, and more against unequal models"
        )
    found, shown = _purified(moves, tested, clock, case.board.basis.freedom)
    ratings = np.empty(len(fit.strength))
    ratings[case.board.in_fit] = case.board.ratings
    names = np.array(fit.pairs.models, dtype=object)
    rows = []
    for model, result, (cells, value, _) in zip(tested, found, shown, strict=True):
        periods = moves.period[cells]
        span = (clock.ends[periods[-1] + 1] - clock.ends[periods[0]]) * POINTS
        first, last = (ratings[model] + value[end] * POINTS for end in (0, -1))
        row = (names[model], int(moves.votes[cells].sum()), len(cells), first, last)
        rows.append((*row, result.slope * span, result.error * span, result.p_value, result.beside))
    columns = ["model", "votes", "periods", "rating_first", "rating_last", "shift", "error", "p_value", "beside"]
    frame = pd.DataFrame(rows, columns=columns)
    first, last = (f"{pd.Timestamp(int(end), unit='us'):%Y-%m-%d}" for end in clock.ends[[0, -1]])
    return Drift(
        models=frame.assign(q_value=q_values(frame["p_value"])),
        paths=_paths(moves, clock, shown, ratings, names),
        left_out=tuple(names[np.setdiff1d(np.arange(len(names)), tested)]),
        days=(first, last),
        untimed=int((clock.period < 0).sum()),
        level=case.settings.level,
        origin=case.origin,
    )


def _paths(moves: Moves, clock: Clock, shown: list[Shown], ratings: Floats, names: NDArray[np.object_]) -> pd.DataFrame:
    """The frame `Drift.paths`."""
    cells = np.concatenate([own for own, _, _ in shown])
    moved = POINTS * np.concatenate([value for _, value, _ in shown])
    error = POINTS * np.sqrt(np.concatenate([np.diag(covariance) for _, _, covariance in shown]))
    model, period = moves.model[cells], moves.period[cells]
    frame = pd.DataFrame({"model": names[model], "period": period})
    frame["day"] = pd.to_datetime(clock.middle.astype(np.int64), unit="us")[period]
    return frame.assign(rating=ratings[model] + moved, moved=moved, error=error)


def _cut(case: Case, fit: BradleyTerry) -> tuple[Clock, Moves, Integers]:
    """Periods, the moves in them, and the models with two or more: as many periods as give the model in the middle votes enough
    in each, and fewer where that leaves out most models."""
    information = fit.pairs.total * fit.chance * (1 - fit.chance)
    usual = float(np.median(fit.pairs.scatter(information, information))) * float((case.time != UNTIMED).mean())
    periods = int(np.clip(usual / LEAST_INFORMATION, 2, PERIODS))
    while True:
        clock = _clock(case.time, periods)
        moves = _moves(case, fit, clock)
        tested = np.flatnonzero(np.bincount(moves.model, minlength=len(fit.strength)) >= 2)
        if 2 * len(tested) >= len(fit.strength) or periods == 2:
            return clock, moves, tested
        periods -= 1


def _clock(time: Integers, periods: int) -> Clock:
    """So many periods of about equal votes.

    Raises:
        InputError: all votes were cast at once.
    """
    timed = time != UNTIMED
    known = time if timed.all() else time[timed]
    places = np.arange(1, periods) * len(known) // periods
    inner = np.unique(np.partition(known, places)[places])
    first, last = known.min(), known.max()
    inner = inner[inner > first]
    if not len(inner):
        raise InputError("all votes were cast at one time")
    period = np.zeros(len(time), dtype=np.int8)
    for end in inner:
        period += time >= end
    period[~timed] = -1
    kept = period if timed.all() else period[timed]
    counts = np.bincount(kept)
    middle = first + np.bincount(kept, known - first) / counts
    return Clock(period, np.array([first, *inner, last], dtype=float), middle)


def _moves(case: Case, fit: BradleyTerry, clock: Clock) -> Moves:
    """The moves of all models in all periods."""
    pairs, ballots = fit.pairs, case.ballots
    periods = len(clock.middle)
    scores = SCORE - fit.chance[:, None]
    outcomes = _counted(ballots.pair, ballots.outcome, clock.period, len(pairs.first), periods)
    total = outcomes.sum(axis=2)
    weight = fit.chance * (1 - fit.chance)
    kept = np.zeros(total.shape, dtype=bool)
    inverses, models = [], []
    for period in range(periods):
        inside, kept[period] = _comparable(fit, total[period] * weight)
        models.append(inside)
        whole = laplacian(pairs, total[period] * weight * kept[period])
        inverses.append(inverse(whole[np.ix_(inside, inside)]) if len(inside) else np.zeros((0, 0)))
    outcomes *= kept[:, :, None]
    surplus, squares = ((outcomes * table).sum(axis=2) for table in (scores, scores**2))
    meat = _meat(case, scores, clock.period, kept, squares)
    # Cells are numbered by period, and within one by model.
    starts = np.concatenate([[0], np.cumsum([len(inside) for inside in models])])
    value, votes, covariance = np.zeros(starts[-1]), np.zeros(starts[-1]), np.zeros((starts[-1], starts[-1]))
    for one in range(periods):
        here = slice(starts[one], starts[one + 1])
        value[here] = inverses[one] @ pairs.scatter(surplus[one], -surplus[one])[models[one]]
        votes[here] = pairs.scatter(*[outcomes[one].sum(axis=1)] * 2)[models[one]]
    for one, other in product(range(periods), repeat=2):
        if other > one:
            continue
        part = meat[one, :, other][np.ix_(models[one], models[other])]
        if part.any():
            here, there = slice(starts[one], starts[one + 1]), slice(starts[other], starts[other + 1])
            covariance[here, there] = inverses[one] @ part @ inverses[other]
            covariance[there, here] = covariance[here, there].T
    return Moves(np.concatenate(models), np.repeat(np.arange(periods), np.diff(starts)), value, covariance, votes)


def _comparable(fit: BradleyTerry, information: Floats) -> tuple[Integers, NDArray[np.bool_]]:
    """The models that have votes enough against each other in a period, all connected, and which pairs are among them."""
    pairs, size = fit.pairs, len(fit.strength)
    inside = np.ones(size, dtype=bool)
    while True:
        among = inside[pairs.first] & inside[pairs.second]
        enough = inside & (pairs.scatter(information * among, information * among) >= LEAST_INFORMATION)
        if (enough == inside).all():
            break
        inside = enough
    among &= information > 0
    graph = csr_array((np.ones(among.sum()), (pairs.first[among], pairs.second[among])), shape=(size, size))
    labels = connected_components(graph, directed=False)[1]
    weights = np.bincount(labels[pairs.first[among]], information[among], size)
    inside &= labels == weights.argmax()
    if inside.sum() < 2:
        inside[:] = False
    return np.flatnonzero(inside), inside[pairs.first] & inside[pairs.second]


def _meat(case: Case, scores: Floats, period: NDArray[np.int8], kept: NDArray[np.bool_], squares: Floats) -> Floats:
    """Σ over judges, or over votes, of their scores times themselves, shape (K, M, K, M)."""
    pairs, ballots, basis = case.pairs, case.ballots, case.board.basis
    periods, size = len(kept), len(pairs.models)
    if not basis.by:
        meat = np.zeros((periods, size, periods, size))
        for place in range(periods):
            meat[place, :, place] = laplacian(pairs, squares[place])
        return meat
    cluster, pair, outcome = ballots.clusters[basis.by[0]], ballots.pair, ballots.outcome
    if (np.diff(cluster) < 0).any():
        order = np.argsort(cluster, kind="stable")
        cluster, pair, outcome, period = cluster[order], pair[order], outcome[order], period[order]
    found = _products(cluster, pair, outcome, period, kept, pairs.first, pairs.second, scores, size)
    found += np.tril(found, -1).T
    meat = found.reshape(periods, size, periods, size)
    for place in range(periods):
        # Where few judges cast a model's votes of a period there may be nothing left to square (see `Basis.spread`).
        still = np.diag(meat[place, :, place]) < _LEAST_PART * pairs.scatter(squares[place], squares[place])
        touched = still[pairs.first] | still[pairs.second]
        meat[place, :, place] += laplacian(pairs, np.where(touched, squares[place], 0.0))
    return np.asarray(meat)


class Tested(NamedTuple):
    """The line of a model: strength per microsecond, its standard error, the p-value of any movement, and that of movement beside
    the line."""

    slope: float
    error: float
    p_value: float
    beside: float


def _purified(moves: Moves, tested: Integers, clock: Clock, freedom: float) -> tuple[list[Tested], list[Shown]]:
    """The tests of all models, relative to those that stay the same, and each one's cells, moves and their covariance."""
    order = np.argsort(moves.period, kind="stable")
    cells = [order[moves.model[order] == model] for model in tested]
    steady = np.ones(int(moves.model.max()) + 1, dtype=bool)
    drifting = 0
    while True:
        shown = _relative(moves, cells, steady)
        found = [_tested(clock.middle[moves.period[own]], value, covariance, freedom) for own, value, covariance in shown]
        p_values = np.array([each.p_value for each in found])
        sure = np.flatnonzero((q_values(p_values) <= RATE) & steady[tested])
        if not len(sure) or drifting >= len(tested) // 2:
            return found, shown
        surest = tested[sure[p_values[sure].argmin()]]
        steady[surest] = False
        # Two steady models are the least that a model can be held against.
        if np.bincount(moves.period[steady[moves.model]], minlength=len(clock.middle))[np.unique(moves.period)].min() < 2:
            return found, shown
        drifting += 1


def _relative(moves: Moves, cells: list[Integers], steady: NDArray[np.bool_]) -> list[Shown]:
    """Moves of each model less the mean move of the other steady models of the period, with their covariance."""
    periods = int(moves.period.max()) + 1
    weight = np.zeros((len(moves.value), periods))
    weight[np.arange(len(moves.value)), moves.period] = steady[moves.model]
    many = weight.sum(axis=0)
    weight /= np.maximum(many, 1)
    mean, cross = weight.T @ moves.value, moves.covariance @ weight
    among = weight.T @ cross
    found = []
    for own in cells:
        at = moves.period[own]
        value = moves.value[own] - mean[at]
        mixed = cross[np.ix_(own, at)]
        covariance = moves.covariance[np.ix_(own, own)] - mixed - mixed.T + among[np.ix_(at, at)]
        # The mean holds the model itself where that is steady: of the others alone, its move is larger by n / (n − 1).
        scale = np.where(steady[moves.model[own]], many[at] / np.maximum(many[at] - 1, 1), 1.0)
        found.append(Shown(own, value * scale, covariance * scale[:, None] * scale))
    return found


def _tested(middle: Floats, value: Floats, covariance: Floats, freedom: float) -> Tested:
    """A straight line through moves by generalised least squares, and any movement at all: Hotelling's T² with the degrees of
    freedom of a covariance over judges (of the line, Student's t squared), χ² over votes."""
    inner = np.linalg.inv(covariance)
    at = (middle - middle.mean()) / np.ptp(middle)
    design = np.column_stack([np.ones(len(at)), at])
    spread = np.linalg.inv(design.T @ inner @ design)
    slope, error = float((spread @ design.T @ inner @ value)[1]), float(np.sqrt(spread[1, 1]))
    around = value - float(inner.sum(axis=0) @ value / inner.sum())
    square, ways = float(around @ inner @ around), len(value) - 1
    along = (slope / error) ** 2
    line, moved, beside = _tail(along, 1, freedom), _tail(square, ways, freedom), 1.0
    if ways > 1:
        beside = _tail(max(square - along, 0.0), ways - 1, freedom)
    if np.isfinite(freedom):
        error *= np.sqrt(freedom / (freedom - 2))
    p_value = line if ways == 1 else min(1.0, 2 * min(line, moved))
    return Tested(slope / float(np.ptp(middle)), error / float(np.ptp(middle)), p_value, beside)


def _tail(square: float, ways: int, freedom: float) -> float:
    """Chance of so large a squared distance in so many ways: Hotelling's T², or χ² where the covariance has no end of freedom."""
    if np.isinf(freedom):
        return float(chi2.sf(square, ways))
    rest = freedom - ways + 1
    return float(f.sf(square * rest / (freedom * ways), ways, rest)) if rest > 0 else 1.0


@compiled
def _counted(pair: Integers, outcome: Integers, period: Integers, pairs: int, periods: int) -> Floats:
    """Votes by period, pair and outcome, shape (K, P, 4)."""
    found = np.zeros((periods, pairs, 4))
    for vote in range(len(pair)):
        if period[vote] >= 0:
            found[period[vote], pair[vote], outcome[vote]] += 1
    return found


@compiled
def _products(
    cluster: Integers,
    pair: Integers,
    outcome: Integers,
    period: Integers,
    kept: NDArray[np.bool_],
    first: Integers,
    second: Integers,
    scores: Floats,
    size: int,
) -> Floats:
    """Σ over clusters of their scores times themselves, shape (K · M, K · M), its lower half; clusters stand together."""
    found = np.zeros((len(kept) * size, len(kept) * size))
    running, touched = np.zeros(len(found)), np.zeros(len(found), dtype=np.int64)
    marked = np.zeros(len(found), dtype=np.bool_)
    start, votes = 0, len(cluster)
    while start < votes:
        end, count = start, 0
        while end < votes and cluster[end] == cluster[start]:
            at, of = period[end], pair[end]
            if at >= 0 and kept[at, of]:
                score = scores[of, outcome[end]]
                for cell, value in ((at * size + first[of], score), (at * size + second[of], -score)):
                    if not marked[cell]:
                        marked[cell], touched[count] = True, cell
                        count += 1
                    running[cell] += value
            end += 1
        for one in range(count):
            for other in range(count):
                if touched[other] <= touched[one]:
                    found[touched[one], touched[other]] += running[touched[one]] * running[touched[other]]
        for one in range(count):
            running[touched[one]], marked[touched[one]] = 0.0, False
        start = end
    return found
