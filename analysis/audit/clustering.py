"""VoteClustering: whether a few people carry a board, and how wide its intervals are once votes of one judge hang together."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.check import Check, Verdict
from analysis.audit.judges import Bench, bench_of
from analysis.compiled import compiled
from analysis.ratings.basis import FEWEST, Basis
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.intervals import half_widths
from analysis.results.prose import Prose, counted, percent
from analysis.shares.judges import BUSIEST
from analysis.shares.tallies import even_number

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Median width of the intervals over judges beside those over votes from which on it is worth knowing, and to beware of: the
#: second is arenakit's.
KNOW, BEWARE = 1.05, 1.15

#: Standard errors by which votes of one judge must hang together before their intervals count as wider.
SURE = 2.0

#: Judges from which on a hundredth of them is at least one.
_MANY = 100

#: Judges who all vote equally often below which a few carry the board: intervals over fewer say little themselves.
WORTH = 10.0


@dataclass(frozen=True, eq=False)
class VoteClustering(Check):
    """How unevenly judges vote, and intervals over judges beside those over votes.

    Attributes:
        models: the M models, best first.
        cast: shape (J,), votes of each judge.
        nameless: votes that name no judge.
        over_votes, over_judges: shape (M,), half widths of the intervals, points; the second is NaN where there are fewer than
            ten judges, or fewer than half of the votes name one.
        votes, equal: shape (M,), votes on each model that name their judge, and how many equally busy judges they are worth.
        together: by how many standard errors the scores of one judge's votes agree with each other more than by chance.
    """

    models: tuple[str, ...]
    cast: Integers
    nameless: int
    over_votes: Floats
    over_judges: Floats
    votes: Floats
    equal: Floats
    together: float

    name = "clustering"
    question = "Do a few people carry the board?"
    false_alarm = 0.05
    caption = "Intervals over votes and over judges"

    @cached_property
    def widening(self) -> float:
        """Median width of the intervals over judges beside those over votes; NaN where there are none."""
        return float(np.median(self.over_judges / self.over_votes))

    @property
    def worth(self) -> float:
        """The effective number of judges."""
        return even_number(self.cast)

    @property
    def busiest(self) -> float:
        """Share of the votes by the busiest hundredth of the judges, rounded up to whole ones."""
        count = int(np.ceil(round(BUSIEST * len(self.cast), 6)))
        return float(np.sort(self.cast)[::-1][:count].sum() / self.cast.sum())

    @property
    def verdict(self) -> Verdict:
        wider = self.widening if self.together > SURE else 1.0
        if self.worth < WORTH or wider > BEWARE:
            return Verdict.BEWARE
        return Verdict.KNOW if wider > KNOW else Verdict.FINE

    @property
    def number(self) -> str:
        worth = f"worth {self.worth:,.0f} equal judges"
        return worth if np.isnan(self.widening) else f"{self.widening:.2f} × the width over votes, {worth}"

    @property
    def threshold(self) -> str:
        return f"{KNOW:.2f} × ({BEWARE:.2f} ×: beware), and beyond chance; or fewer than {WORTH:.0f} equal judges"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, best first: model, votes (that name their judge), equal_judges (how many equally busy ones they are
        worth), half_width_votes and half_width_judges (of the intervals, points) and width_ratio."""
        return pd.DataFrame(
            {
                "model": self.models,
                "votes": self.votes.astype(int),
                "equal_judges": np.round(self.equal).astype(int),
                "half_width_votes": self.over_votes,
                "half_width_judges": self.over_judges,
                "width_ratio": self.over_judges / self.over_votes,
            }
        )

    @property
    def sentence(self) -> Prose:
        """Who votes how much, and what that does to the intervals."""
        judges, votes = len(self.cast), int(self.cast.sum())
        who = f"{counted(judges, 'judge')} cast {counted(votes, 'vote')}"
        if judges == 1:
            who = f"One judge cast all {votes:,} votes" if votes > 1 else "One judge cast the only vote"
        elif judges < _MANY:
            who += f", the busiest of them {percent(self.busiest, 0)}"
        else:
            who += f", the busiest {percent(BUSIEST, 0)} of them {percent(self.busiest, 0)}"
        if self.nameless:
            who += f"; {counted(self.nameless, 'more vote')} {'names' if self.nameless == 1 else 'name'} no judge"
        if judges > 1 and self.worth < WORTH:
            who += f": as many as {self.worth:.1f} judges who vote equally often"
        return Prose(f"{who}. {self._widths()}")

    def _widths(self) -> str:
        if np.isnan(self.widening):
            return "Intervals over so few judges cannot be told."
        wide = f"over judges intervals are {self.widening:.2f} times as wide as over votes"
        if self.together <= SURE:
            because = ", because the judges are few" if self.widening > KNOW else ""
            return f"Votes of one judge do not hang together beyond chance: {wide}{because}."
        if self.widening <= KNOW:
            return f"Votes of one judge hang together, but it hardly matters: {wide}."
        worth = percent(self.widening**-2, 0)
        return f"Votes of one judge hang together: {wide}, and the votes are worth {worth} of their number."


def check_clustering(case: Case) -> VoteClustering:
    """Whether a few people carry the board: votes per judge, and intervals with judges as clusters.

    Raises:
        InputError: the votes do not say who cast them.
    """
    bench, board = bench_of(case), case.board
    together, squares = hang_together(bench)
    order = board.in_fit
    votes = np.bincount(np.append(case.pairs.first[bench.pair], case.pairs.second[bench.pair]), minlength=len(order))
    alone = half_widths(bench.fit.covariance * POINTS**2, case.settings.level)[order]
    return VoteClustering(
        models=board.models,
        cast=bench.cast.astype(np.int64),
        nameless=bench.nameless,
        over_votes=alone,
        over_judges=_over_judges(bench, order),
        votes=votes[order].astype(float),
        equal=(votes**2 / np.maximum(squares, 1.0))[order],
        together=together,
        origin=case.origin,
    )


def _over_judges(bench: Bench, order: Integers) -> Floats:
    """Half widths of the intervals over judges in the order of the board, points, shape (M,)."""
    case = bench.case
    if len(bench.cast) < FEWEST or 2 * bench.votes < len(case.ballots.pair):
        return np.full(len(order), np.nan)
    if case.board.basis.by == ("judge",) and case.board.samples is None:
        return half_widths(case.board.covariance, case.settings.level)
    size = len(order)
    joint = Basis(("judge",), ballots=case.ballots).joint(bench.fit)[:size, :size]
    return half_widths(joint * POINTS**2, case.settings.level)[order]


def hang_together(bench: Bench) -> tuple[float, Floats]:
    """How far the scores of one judge's votes agree with each other, in standard errors, and Σ over judges of the square of
    their votes on each model, shape (M,).

    The sum over judges of |Σ s|² − Σ |s|² is the sum of the products of any two scores of one judge: without tastes it has the
    mean nothing, and twice the sum of their squares as variance.
    """
    pairs = bench.case.pairs
    excess, variance, squares = _agreement(
        bench.start, bench.pair, bench.surplus[bench.cell], pairs.first, pairs.second, len(pairs.models)
    )
    return float(excess / np.sqrt(variance)) if variance > 1e-9 else 0.0, squares


@compiled
def _agreement(
    start: Integers, pair: Integers, surplus: Floats, first: Integers, second: Integers, models: int
) -> tuple[float, float, Floats]:
    """The excess of squared scores, its variance, and squared votes by model: see `hang_together`.

    The squares of the products of any two scores of a judge sum to ‖L‖², of the graph whose edges are the judge's squared
    surpluses.
    """
    score, load, edge, votes = np.zeros(models), np.zeros(models), np.zeros(len(first)), np.zeros(models)
    excess, variance, squares = 0.0, 0.0, np.zeros(models)
    for judge in range(len(start) - 1):
        for vote in range(start[judge], start[judge + 1]):
            one, other, value = first[pair[vote]], second[pair[vote]], surplus[vote]
            square = value * value
            score[one] += value
            score[other] -= value
            load[one] += square
            load[other] += square
            edge[pair[vote]] += square
            votes[one] += 1
            votes[other] += 1
            excess -= 2 * square
            variance -= 8 * square * square
        for vote in range(start[judge], start[judge + 1]):
            for model in (first[pair[vote]], second[pair[vote]]):
                excess += score[model] ** 2
                variance += 2 * load[model] ** 2
                squares[model] += votes[model] ** 2
                score[model], load[model], votes[model] = 0.0, 0.0, 0.0
            variance += 4 * edge[pair[vote]] ** 2
            edge[pair[vote]] = 0.0
    return excess, variance, squares
