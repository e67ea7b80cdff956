"""ImplausibleJudges: whether some judges vote against what everybody else sees, or more predictably than people do.

The arena's test (FastChat `outlier_detect`, after Chiang et al. 2024) multiplies 1 / (2 p) over a judge's votes in order, p
being the share of votes on the pair that are at least as extreme, and flags a judge as soon as the product exceeds 1 / α.
That is a test martingale for two outcomes. It is none for three: where a favourite loses one vote in ten and three are ties,
the factor of a vote for the underdog has the mean 1.18, and FastChat leaves ties out of p, so that there it is 1.7. Of honest
judges with ten votes each, where a pair has ten, 21 % are flagged at 5 %; of those with a hundred where it has six hundred, 7
%.

Here the factor of a vote is 1 / p over its mean, both from the votes on the pair by others and by the judge up to that vote.
Where the judge votes as the others do, each of these is as likely as any other to be the last one, so that the factor has the
mean 1 whatever the pair is like: ties, few votes, a misfit of the board (conformal test martingales: Vovk, Nouretdinov and
Gammerman 2003). So the largest product of a judge exceeds 1 / α with a chance of at most α (Ville 1939). A judge is named at
α over the number of judges: the chance that anybody is named wrongly then is α at most, however judges depend on each other.

Twenty votes against what others see suffice to be named among ten thousand judges; always to take the favourite is nearly
what honest judges do between unequal models, and needs about a hundred.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.check import Check, Verdict
from analysis.audit.judges import Another, Bench, another, bench_of
from analysis.compiled import compiled
from analysis.errors import InputError
from analysis.ratings.bradley_terry import fit_bradley_terry
from analysis.ratings.fits import NoFiniteStrengths
from analysis.ratings.newton import NotConverged
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, counted, joined, percent

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Votes of a judge at least, and how many of them are looked at: as in FastChat.
LEAST, MOST = 5, 100

#: Chance that anybody is named in an arena where all judges vote alike, at most.
ALPHA = 0.05

#: Share of the votes by named judges from which on it is to beware of.
MATTERS = 0.01

#: Judges of the table.
SHOWN = 20

AGAINST, WITH = "against the others", "too predictable"

#: The same in a sentence.
_WAYS = {AGAINST: "against what the others see", WITH: "more predictably than people do"}


@dataclass(frozen=True, eq=False)
class ImplausibleJudges(Check):
    """Judges whose votes are implausible beside those of all others.

    Attributes:
        judges: how many judges were looked at, those with enough votes.
        suspects: judge, votes, direction, p_value and named, of those with the smallest p-values.
        flagged: how many have a p-value of at most ALPHA by themselves.
        named: how many judges are named.
        votes, whole: of those who are named, and all.
        models: the M models, best first.
        without: the board without the judges who are named; None where it cannot be fitted.
    """

    judges: int
    suspects: pd.DataFrame
    flagged: int
    named: int
    votes: int
    whole: int
    models: tuple[str, ...]
    without: Another | None

    name = "implausible"
    question = "Do some judges vote at random, or to a plan?"
    false_alarm = ALPHA
    caption = "Judges whose votes are least plausible beside the others’"

    @property
    def share(self) -> float:
        """Of the votes, by judges who are named."""
        return self.votes / self.whole

    @property
    def verdict(self) -> Verdict:
        if not self.named:
            return Verdict.FINE
        if self.share >= MATTERS or self.without is None or self.without.part > 1 or self.without.reversed:
            return Verdict.BEWARE
        return Verdict.KNOW

    @property
    def number(self) -> str:
        return f"{self.named:,} of {counted(self.judges, 'judge')} named ({self.flagged:,} if each were the only one)"

    @property
    def threshold(self) -> str:
        return f"1 judge; {percent(MATTERS, 0)} of the votes, a rating by more than its half width or an order that turns: beware"

    @property
    def table(self) -> pd.DataFrame:
        """One row per judge, the least plausible first: judge, votes, direction (`against the others` or `too predictable`),
        p_value (of the judge alone) and named (whether the judge is, among so many)."""
        return self.suspects

    @property
    def sentence(self) -> Prose:
        """How many judges vote implausibly, and what the board is without them."""
        looked = f"{counted(self.judges, 'judge')} with at least {LEAST} votes"
        if not self.named:
            who = "Nobody of the" if self.judges > 1 else "Not even the only"
            who += f" {looked}" if self.judges > 1 else f" judge with at least {LEAST} votes"
            return Prose(f"{who} votes otherwise than the others do beyond what chance allows.")
        found = set(self.suspects.loc[self.suspects["named"], "direction"])
        ways = joined((words for direction, words in _WAYS.items() if direction in found), last=" or ")
        if self.named == 1:
            who = f"Of {looked} one, {self.suspects['judge'][0]}, votes {ways}, with {counted(self.votes, 'vote')}"
        else:
            who = f"Of {looked} {self.named:,} vote {ways}, with {percent(self.share)} of the votes"
        if self.without is None:
            return Prose(f"{who}. Without them the board cannot be fitted.")
        return Prose(f"{who}: they see models otherwise, or do not look. Without them {self.without.words(self.models)}.")


@one_thread
def check_implausible(case: Case) -> ImplausibleJudges:
    """Whether some judges vote against what the others see, or too predictably: the arena's sequential test, made exact.

    Raises:
        InputError: the votes do not say who cast them, or nobody cast enough.
    """
    bench = bench_of(case)
    chosen = np.flatnonzero(bench.cast >= LEAST)
    if not len(chosen):
        raise InputError(f"no judge cast {LEAST} votes")
    if len(bench.cast) + bench.nameless < 2:
        raise InputError("one judge cast all votes: there is nobody to compare with")
    against, predictable = evidence(bench, chosen)
    largest = np.maximum(against, predictable)
    p_value = np.minimum(1.0, 2 * np.exp(-largest))  # of two tests
    named = p_value <= ALPHA / len(chosen)
    order = np.lexsort((-bench.cast[chosen], p_value))[: max(SHOWN, int(named.sum()))]
    suspects = pd.DataFrame(
        {
            "judge": bench.names(chosen[order]),
            "votes": bench.cast[chosen[order]],
            "direction": np.where(against >= predictable, AGAINST, WITH)[order],
            "p_value": p_value[order],
            "named": named[order],
        }
    )
    return ImplausibleJudges(
        judges=len(chosen),
        suspects=suspects.sort_values(["p_value", "votes", "judge"], ascending=[True, False, True], ignore_index=True),
        flagged=int((p_value <= ALPHA).sum()),
        named=int(named.sum()),
        votes=int(bench.cast[chosen[named]].sum()),
        whole=case.pairs.votes,
        models=case.board.models,
        without=_without(bench, chosen[named]),
        origin=case.origin,
    )


def evidence(bench: Bench, chosen: Integers) -> tuple[Floats, Floats]:
    """The logarithm of the largest product of factors that the chosen judges reach, against the expected winners and with them,
    each shape (judges,), at least 0.

    Args:
        chosen: places in `bench.number`.
    """
    case, pairs = bench.case, bench.case.pairs
    counts = np.column_stack([pairs.counts[:, 0], pairs.counts[:, 2] + pairs.counts[:, 3], pairs.counts[:, 1]])
    gap = bench.fit.strength[pairs.first] - bench.fit.strength[pairs.second]
    favourite = np.where(np.abs(gap) < _EQUAL, 0, np.sign(gap)).astype(np.int8)
    level = np.array([0, 2, 1, 1])[case.ballots.outcome[: bench.votes]]
    return _walks(bench.start, chosen, bench.pair, level.astype(np.int8), bench.in_time(chosen), counts, favourite)


#: Strengths that are nearer than this are equal: nobody is expected to win (natural-log units).
_EQUAL = 1e-9


def _without(bench: Bench, judges: Integers) -> Another | None:
    """What the board is without some judges; None where there is none."""
    theirs = np.zeros(len(bench.number), dtype=bool)
    theirs[judges] = True
    counts = bench.case.pairs.counts
    less = np.bincount(bench.cell[np.repeat(theirs, bench.cast)], minlength=counts.size).reshape(counts.shape)
    try:
        return another(bench, fit_bradley_terry(bench.case.pairs.with_counts(counts - less)).strength)
    except (NoFiniteStrengths, NotConverged):
        return None


@compiled
def _walks(
    start: Integers,
    chosen: Integers,
    pair: Integers,
    level: NDArray[np.int8],
    order: Integers,
    counts: Floats,
    favourite: NDArray[np.int8],
) -> tuple[Floats, Floats]:
    """The logarithm of the largest product of factors of each judge, against and with the favourites: see `evidence`.

    Args:
        level: shape (n,), 0 where the pair's first model won, 1 for a tie, 2 where the second won.
        order: shape (n,), the votes of each judge in their order.
        counts: shape (P, 3), votes of each level. They are changed on the way and end as they were.
        favourite: shape (P,), 1 where the first model is expected to win, −1 where the second is, 0 where nobody.
    """
    against, predictable = np.zeros(len(chosen)), np.zeros(len(chosen))
    for row in range(len(chosen)):
        begin, end = start[chosen[row]], start[chosen[row] + 1]
        for place in range(begin, end):
            vote = order[place]
            counts[pair[vote], level[vote]] -= 1
        down, up = 0.0, 0.0
        for place in range(begin, end):
            vote = order[place]
            at = pair[vote]
            counts[at, level[vote]] += 1
            if place - begin >= MOST or favourite[at] == 0:
                continue
            turned = favourite[at] < 0
            wins, ties, losses = counts[at, 2 if turned else 0], counts[at, 1], counts[at, 0 if turned else 2]
            mine = 2 - level[vote] if turned else level[vote]  # 0 where the favourite won
            down += _factor(losses, ties, wins, 2 - mine)
            up += _factor(wins, ties, losses, mine)
            against[row], predictable[row] = max(against[row], down), max(predictable[row], up)
    return against, predictable


@compiled
def _factor(extreme: float, middle: float, other: float, level: int) -> float:
    """The logarithm of 1 / p over its mean, of a vote of a level 0 (the extreme one), 1 or 2, among so many of each."""
    whole = extreme + middle + other
    first, both = extreme / whole, (extreme + middle) / whole
    mean = other / whole  # a level without votes adds nothing
    if extreme > 0:
        mean += 1.0
    if middle > 0:
        mean += middle / whole / both
    if level == 0:
        return -np.log(first * mean)
    return -np.log((both if level == 1 else 1.0) * mean)
