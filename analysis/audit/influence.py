"""JudgeInfluence: whether one person moves a rank: the board without each judge, one at a time.

Without a judge the strengths move by H⁻¹ s in one Newton step, s being the sum of the scores of the judge's votes and H the
information of all others (the infinitesimal jackknife, with the judge's own information taken out: Cook 1977). The few who move
most are certified: the board is fitted again without each.

That leaving somebody out moves a board is no fault: whoever casts a fifth of the votes moves it by chance alone. A move counts
that is a part of the half width of its interval, and beyond chance: under the board the sum of a judge's scores, divided by the
root of their sum of squares, exceeds z with a chance of at most 2 exp(−z² / 2), whatever its votes are (self-normalised sums of
symmetric terms: Efron 1969; de la Peña, Lai and Shao 2009), and z is so large that none of all judges and pairs exceeds it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.check import Check, Verdict
from analysis.audit.judges import Bench, bench_of
from analysis.compiled import compiled
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.fits import NoFiniteStrengths, laplacian, solve
from analysis.ratings.intervals import half_widths, ordinal_ranks, rank_by_bounds
from analysis.ratings.newton import NotConverged
from analysis.ratings.simultaneous import distance_errors
from analysis.ratings.threads import one_thread
from analysis.results.prose import Prose, counted, in_points, joined, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.audit.case import Case

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Part of the half width of the interval of a distance by which one judge moves it, from which on that is worth knowing, and to
#: beware of.
KNOW, BEWARE = 0.5, 1.0

#: Votes of a judge at least, before a move counts as beyond chance.
LEAST = 10

#: Chance that any judge of a board without such judges has a move that counts as beyond chance, at most.
ERROR = 0.05

#: Judges whose boards are fitted again, and judges of the table.
CERTIFIED, SHOWN = 5, 20

#: Judges whose moves are held at once, and judges of the farthest reach who are put in order first.
_BLOCK, _NEAR = 256, 4096


@dataclass(frozen=True, eq=False)
class Move:
    """What one judge does to a board.

    Attributes:
        judge: a pseudonym.
        votes: of the judge.
        ratings: shape (M,), how much higher ratings are with the judge than without, points; best models first.
        first, other: places of the two models whose distance moves most beside the half width of its interval.
        part: that move over the half width.
        sure: standard errors of the sum of the judge's scores by which that pair moves.
        places: models whose place in the order of ratings is another without the judge.
        ranks: models whose rank by the arena's rule is another without the judge.
        unmade: pairs that are told apart over votes, and are not without the judge.
        reversed: pairs among these whose order turns.
        refitted: whether the board was fitted again; else this is one Newton step.
    """

    judge: str
    votes: int
    ratings: Floats
    first: int
    other: int
    part: float
    sure: float
    places: int = 0
    ranks: int = 0
    unmade: int = 0
    reversed: int = 0
    refitted: bool = False


@dataclass(frozen=True, eq=False)
class JudgeInfluence(Check):
    """The judges who move a board most.

    Attributes:
        models: the M models, best first.
        judges: how many there are.
        moves: of those who move it most, the largest part of a half width first.
        critical: what `Move.sure` must exceed to be beyond chance.
    """

    models: tuple[str, ...]
    judges: int
    moves: tuple[Move, ...]
    critical: float

    name = "influence"
    question = "Does one person move a rank?"
    false_alarm = ERROR
    caption = "Judges who move the board most"

    @cached_property
    def loud(self) -> list[Move]:
        """The judges who move a distance by enough, and beyond chance."""
        return [move for move in self.moves if move.part >= KNOW and move.votes >= LEAST and move.sure > self.critical]

    @property
    def verdict(self) -> Verdict:
        if not self.loud:
            return Verdict.FINE
        return Verdict.BEWARE if any(move.part >= BEWARE or move.reversed for move in self.loud) else Verdict.KNOW

    @property
    def number(self) -> str:
        return f"{written(self.moves[0].part, 2)} of a half width, the most by one judge"

    @property
    def threshold(self) -> str:
        return f"{KNOW:g} of a half width ({BEWARE:g}, or an order that turns: beware), and beyond chance"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per judge, who moves most first: judge, votes, model and other (the two whose distance moves most beside its
        half width), move (of that distance by the judge, points; positive where it favours `model`), half_width_part (that
        over the half width of the interval), beyond_chance, places and ranks (models that have another without the judge),
        unmade and reversed (pairs told apart over votes that are not without the judge, or have another order), refitted
        (whether the board was fitted again without the judge, else it is one Newton step)."""
        rows = []
        for move in self.moves:
            first, other = self._pair(move)
            rows.append(
                {
                    "judge": move.judge,
                    "votes": move.votes,
                    "model": self.models[first],
                    "other": self.models[other],
                    "move": float(move.ratings[first] - move.ratings[other]),
                    "half_width_part": move.part,
                    "beyond_chance": move in self.loud or (move.sure > self.critical and move.votes >= LEAST),
                    "places": move.places,
                    "ranks": move.ranks,
                    "unmade": move.unmade,
                    "reversed": move.reversed,
                    "refitted": move.refitted,
                }
            )
        return pd.DataFrame(rows)

    def _pair(self, move: Move) -> tuple[int, int]:
        """The two models whose distance moves most, the favoured one first."""
        first, other = move.first, move.other
        return (first, other) if move.ratings[first] >= move.ratings[other] else (other, first)

    @property
    def sentence(self) -> Prose:
        """Who moves the board most, by how much, and whether that is more than chance does."""
        move = max(self.loud, key=lambda each: each.part) if self.loud else self.moves[0]
        if not self.moves[0].part:
            who = f"any one of {self.judges:,} judges" if self.judges > 1 else "the only judge who is named"
            return Prose(f"Without {who} the board is the same.")
        first, other = self._pair(move)
        points = in_points(written(float(move.ratings[first] - move.ratings[other]), 0 if move.part >= BEWARE else 1))
        part = written(move.part, 1 if move.part >= 1 else 2)
        beside = f"{part} times the half width of its interval over votes"
        does = f"{self.models[first]} by {points} against {self.models[other]}, {beside}"
        who = f"{move.judge} with {counted(move.votes, 'vote')}"
        places = f"{counted(move.places, 'place') if move.places else 'no place'} of the order"
        if not self.loud:
            nobody = f"Nobody of {counted(self.judges, 'judge')}" if self.judges > 1 else "The only judge does not move"
            chance = f"{nobody}{' moves' * (self.judges > 1)} the board by more than chance may do"
            return Prose(f"{chance}. The most is {does}, and {places}, by {who}.")
        others = len(self.loud) - 1
        more = f"; {counted(others, 'more judge')} {'does' if others == 1 else 'do'} so too" if others else ""
        changes = [places] * (move.places > 0)
        changes += [f"{counted(move.unmade, 'pair')} that intervals over votes tell apart"] * (move.unmade > 0)
        what = f" Without them {joined(changes)} would change." if changes else ""
        return Prose(f"One person, {who}, lifts {does}{more}.{what}")


@one_thread
def check_influence(case: Case) -> JudgeInfluence:
    """Whether one person moves a rank: the board without each judge.

    Raises:
        InputError: the votes do not say who cast them, or one judge cast them all.
    """
    bench = bench_of(case)
    if len(bench.cast) + bench.nameless < 2:
        raise InputError("one judge cast all votes: there is no board without them")
    ground = _Ground(bench, case.board.in_fit)
    foremost = _foremost(ground)
    named = zip(foremost.tolist(), bench.names(foremost), strict=True)
    found = [ground.move(judge, name, refit=place < CERTIFIED) for place, (judge, name) in enumerate(named)]
    found = sorted(found, key=lambda move: (-move.part, -move.votes, move.judge))
    size = len(case.board.models)
    tested = max(int((bench.cast >= LEAST).sum()), 1) * size * (size - 1)
    critical = float(np.sqrt(2 * np.log(tested / ERROR)))
    return JudgeInfluence(case.board.models, len(bench.cast), tuple(found), critical, origin=case.origin)


class _Ground:
    """What the moves of all judges are made of. Models are in the order of the board."""

    def __init__(self, bench: Bench, order: Integers) -> None:
        fit, pairs = bench.fit, bench.case.pairs
        place = np.argsort(order)
        self.bench, self.order = bench, order
        self.first, self.second = place[pairs.first], place[pairs.second]
        self.bread = fit.bread[np.ix_(order, order)]
        self.strength = fit.strength[order]
        covariance = fit.covariance[np.ix_(order, order)]
        level = bench.case.settings.level
        self.half = half_widths(covariance, level)
        alone = half_widths(np.ones((1, 1)), level)[0]
        self.width = alone * distance_errors(covariance)
        np.fill_diagonal(self.width, np.inf)
        self.apart = np.abs(self.strength[:, None] - self.strength) > self.width
        self.ranks = rank_by_bounds(self.strength - self.half, self.strength + self.half)

    def reach(self) -> tuple[Floats, Floats]:
        """By how many half widths each judge can move any distance at most, and how much farther it moves without the judge than
        one step says, each shape (J,).

        By Cauchy and Schwarz: a judge of scores s moves x_i − x_j by (e_i − e_j)ᵀ H⁻¹ s, which is at most the root of sᵀ H⁻¹ s
        (Cook's distance) times that of the distance's own variance. And whoever casts the share h of a model's votes pulls it
        along, so that without them it moves 1 / (1 − h) times as far.
        """
        bench = self.bench
        errors = distance_errors(self.bread)
        np.fill_diagonal(errors, 0.0)
        each = bench.surplus[bench.cell]
        votes = bench.case.pairs.votes_by_model[self.order]
        norms, held = _norms(bench.start, bench.pair, each, self.first, self.second, self.bread, votes)
        pull = 1 / (1 - np.minimum(held, _MOST_HELD))
        return norms * pull * float((errors / self.width).max()), pull

    def steps(self, judges: Integers) -> Floats:
        """How much higher strengths are with each of the judges than without, to first order, shape (judges, M)."""
        bench = self.bench
        scores = _sums(judges, bench.start, bench.pair, bench.surplus[bench.cell], self.first, self.second, len(self.order))
        return np.asarray(scores @ self.bread)

    def move(self, judge: int, name: str, *, refit: bool) -> Move:
        """What one judge does."""
        bench, pairs = self.bench, self.bench.case.pairs
        counts = bench.without(judge)
        rest, refitted = self._without(counts, refit=refit)
        moved = self.strength - rest
        part = np.abs(moved[:, None] - moved) / self.width
        first, other = sorted(divmod(int(part.argmax()), len(part)))
        other = max(other, 1)  # where nothing moves they are one
        lost = np.sqrt(pairs.votes / max(counts.sum(), 1.0))  # intervals of fewer votes are wider
        gap, now = self.strength[:, None] - self.strength, rest[:, None] - rest
        turned = self.apart & (gap > 0) & (now < 0)
        unmade = self.apart & (gap > 0) & (now <= self.width * lost)
        ranks = rank_by_bounds(rest - self.half * lost, rest + self.half * lost)
        return Move(
            judge=name,
            votes=int(bench.cast[judge]),
            ratings=moved * POINTS,
            first=first,
            other=other,
            part=float(part[first, other]),
            sure=self._sure(judge, first, other),
            places=int((ordinal_ranks(rest) != np.arange(1, len(rest) + 1)).sum()),
            ranks=int((ranks != self.ranks).sum()),
            unmade=int(unmade.sum()),
            reversed=int(turned.sum()),
            refitted=refitted,
        )

    def _without(self, counts: Floats, *, refit: bool) -> tuple[Floats, bool]:
        """The strengths without a judge, from the counts of all others, and whether they were fitted: where these have no finite
        strengths, one Newton step."""
        fit, pairs = self.bench.fit, self.bench.case.pairs
        less = pairs.with_counts(counts)
        if refit:
            try:
                return fit_bradley_terry(less).strength[self.order], True
            except (NoFiniteStrengths, NotConverged):
                pass
        surplus = less.score - less.total * fit.chance
        information = laplacian(less, less.total * fit.chance * (1 - fit.chance))
        try:
            step = solve(information, pairs.scatter(surplus, -surplus))
        except np.linalg.LinAlgError:
            step = fit.bread @ pairs.scatter(surplus, -surplus)
        if not np.isfinite(step).all() or np.abs(step).max() > _FARTHEST:
            step = fit.bread @ pairs.scatter(surplus, -surplus)
        rest = fit.strength + step
        return (rest - rest.mean())[self.order], False

    def _sure(self, judge: int, first: int, other: int) -> float:
        """The sum over a judge's votes of what they do to a distance, in roots of the sum of their squares."""
        bench = self.bench
        votes = slice(bench.start[judge], bench.start[judge + 1])
        across = self.bread[first] - self.bread[other]
        each = bench.surplus[bench.cell[votes]] * (across[self.first] - across[self.second])[bench.pair[votes]]
        return float(abs(each.sum()) / max(np.sqrt((each**2).sum()), 1e-12))


#: Share of a model's votes by one judge beyond which what is left of them says nothing.
_MOST_HELD = 0.99

#: A Newton step longer than this has gone astray: what is left of the votes hardly holds a model (natural-log units).
_FARTHEST = 4.0


def _foremost(ground: _Ground) -> Integers:
    """The judges who move any distance most beside its half width, about; most first.

    Judges are looked at by how far they can reach, until nobody who is left reaches as far as those who were found move.
    """
    reach, pull = ground.reach()
    order = _largest_first(reach)
    judges, parts = np.empty(0, dtype=np.int64), np.empty(0)
    for begin in range(0, len(reach), _BLOCK):
        if begin == _NEAR:
            order = np.argsort(-reach, kind="stable")
        if len(parts) == SHOWN and reach[order[begin]] < parts[-1]:
            break
        block = order[begin : begin + _BLOCK]
        moved = _largest(ground.steps(block), 1 / ground.width) * pull[block]
        judges, parts = np.append(judges, block), np.append(parts, moved)
        kept = np.lexsort((-ground.bench.cast[judges], -parts))[:SHOWN]
        judges, parts = judges[kept], parts[kept]
    return judges


def _largest_first(values: Floats) -> Integers:
    """The places of the _NEAR largest values, largest first, those of equal ones ascending; of all where there are no more."""
    if len(values) <= _NEAR:
        return np.argsort(-values, kind="stable")
    least = np.partition(values, len(values) - _NEAR)[len(values) - _NEAR]
    near = np.flatnonzero(values >= least)
    return np.asarray(near[np.argsort(-values[near], kind="stable")])


@compiled
def _norms(
    start: Integers, pair: Integers, surplus: Floats, first: Integers, second: Integers, bread: Floats, votes: Floats
) -> tuple[Floats, Floats]:
    """The root of sᵀ H⁻¹ s of the scores s of each judge, and its largest share of the votes of a model, each shape
    (judges,)."""
    own, score, seen, touched = (
        np.zeros(len(bread)),
        np.zeros(len(bread)),
        np.zeros(len(bread), dtype=np.bool_),
        np.zeros(len(bread), dtype=np.int64),
    )
    found, held = np.zeros(len(start) - 1), np.zeros(len(start) - 1)
    for judge in range(len(found)):
        size = 0
        for vote in range(start[judge], start[judge + 1]):
            one, other = first[pair[vote]], second[pair[vote]]
            score[one] += surplus[vote]
            score[other] -= surplus[vote]
            for model in (one, other):
                own[model] += 1
                if not seen[model]:
                    seen[model] = True
                    touched[size] = model
                    size += 1
        total = 0.0
        for place in range(size):
            model = touched[place]
            row = 0.0
            for beside in range(size):
                row += bread[model, touched[beside]] * score[touched[beside]]
            total += score[model] * row
        for place in range(size):
            model = touched[place]
            held[judge] = max(held[judge], own[model] / votes[model])
            own[model], score[model], seen[model] = 0.0, 0.0, False
        found[judge] = np.sqrt(max(total, 0.0))
    return found, held


@compiled
def _largest(moved: Floats, precision: Floats) -> Floats:
    """The largest move of a distance times its precision, of each row, shape (rows,)."""
    found = np.zeros(len(moved))
    for row in range(len(moved)):
        for one in range(moved.shape[1]):
            for other in range(one):
                found[row] = max(found[row], abs(moved[row, one] - moved[row, other]) * precision[one, other])
    return found


@compiled
def _sums(
    judges: Integers, start: Integers, pair: Integers, surplus: Floats, first: Integers, second: Integers, models: int
) -> Floats:
    """The scores of judges, shape (judges, models)."""
    found = np.zeros((len(judges), models))
    for row in range(len(judges)):
        for vote in range(start[judges[row]], start[judges[row] + 1]):
            found[row, first[pair[vote]]] += surplus[vote]
            found[row, second[pair[vote]]] -= surplus[vote]
    return found
