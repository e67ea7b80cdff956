"""Removal: the fewest votes without which one model is no longer ahead of another.

Votes of one pair and outcome are exchangeable, so that a removal is a number of votes per cell. With θ the strengths, H their
information and v = H⁻¹(e_a − e_b), leaving out a vote whose first model scored y where p was expected moves the distance of a and
b by −(y − p)(v_first − v_second): the vote's influence. The cells are taken in the order of their influence, the strengths are
fitted anew without these votes and the order is made again at the new fit, until it stays; then the last votes are given back one
at a time. Whatever number is stated is certified by such a fit, so that it is never too small by approximation. Small ones, where
influence is a rough guide, are tried exactly: every removal of up to three votes from as many cells as there is time for.

The idea is that of Broderick, Giordano and Meager (arXiv 2011.14999), for arenas of Huang et al. (arXiv 2508.11847).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import combinations_with_replacement
from math import comb
from typing import TYPE_CHECKING

import numpy as np

from analysis.compiled import compiled
from analysis.ratings.bradley_terry import POINTS

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.bradley_terry import BradleyTerry
    from analysis.ratings.pairs import PairCounts

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: What a vote is worth to its pair's first model: a win, a loss, a tie of either kind.
_WORTH = np.array([1.0, 0.0, 0.5])

#: Newton steps end below this, natural-log units; so far below nothing a distance may lie and is still none.
_TOLERANCE, _NOTHING = 1e-10, 1e-9

#: Rounds in which the order of cells is made anew, and in which the last votes are tried to be given back.
_ROUNDS, _TRIALS = 12, 6

#: Up to so many votes one is taken at a time, each the best of so many cells by an exact fit; of fewer on boards of many models,
#: where a single vote moves so little that influence is right.
_SINGLE, _BEST, _BEST_OF_MANY, _MANY = 24, 6, 1, 40

#: Part of a distance that votes on such boards must have by influence to be tried.
_NEARLY = 0.7

#: Removals of so many votes at most are all tried, where more were found than one of them.
_EXACT = 3

#: What trying them may cost, in operations, and how many are tried at least.
_COST, _LEAST = 6_000_000, 48


@dataclass(frozen=True, eq=False)
class Removal:
    """Votes without which `model` is not ahead of `other`.

    Attributes:
        pairs: all pair counts.
        model, other: positions in `pairs.models`; the first is ahead.
        removed: shape (P, 4), the votes left out of each pair and outcome.
        influence: shape (P, 4), by how much the distance shrinks without one vote of each, rating points, all others being there.
        gap, left: how far `model` is ahead, with all votes and without these, rating points; the second is 0 or less.
    """

    pairs: PairCounts
    model: int
    other: int
    removed: Floats
    influence: Floats
    gap: float
    left: float

    @cached_property
    def votes(self) -> int:
        """How many votes are left out."""
        return int(self.removed.sum())


def fewest_votes(fit: BradleyTerry, model: int, other: int) -> Removal | None:
    """The fewest votes, as far as can be found, without which `model` is not ahead of `other`.

    A removal counts only where both are still rated on one scale without it, each winning and losing through some chain of
    votes; models that it cuts off are left out of the fit, as a board does. None where there is no such removal.

    Args:
        fit: of whole votes that count as one each.
        model, other: positions in `fit.pairs.models`; the first is ahead.
    """
    search = _Search(fit, model, other)
    found = search.fewest()
    if found is None:
        return None
    removed, left = found
    whole = fit.pairs.counts
    ties = np.minimum(removed[:, 2], whole[:, 2])  # of both kinds of ties the plain ones go first
    cells = np.column_stack([removed[:, 0], removed[:, 1], ties, removed[:, 2] - ties])
    influence = POINTS * search.influence[:, [0, 1, 2, 2]]
    return Removal(fit.pairs, model, other, cells, influence, POINTS * search.gap, POINTS * left)


def gap_without(pairs: PairCounts, removed: Floats, model: int, other: int) -> float:
    """How far `model` is ahead of `other` without some votes, rating points; infinite where they are not on one scale then.

    Args:
        removed: shape (P, 4), votes left out of each pair and outcome.
    """
    kept = pairs.with_counts(pairs.counts - removed)
    start = np.zeros(len(pairs.models))
    return POINTS * float(_refit(pairs.first, pairs.second, kept.total, kept.score, start, model, other)[0])


def swapped_by(fit: BradleyTerry, model: int, other: int, available: Floats) -> tuple[bool, float]:
    """Whether some of the given votes, left out, keep `model` from being ahead of `other`; and the distance without all of those
    whose loss brings them closer, rating points, infinite where the two are not on one scale then.

    Args:
        available: shape (P, 4), votes of each pair and outcome that may be left out.
    """
    search = _Search(fit, model, other)
    votes = np.column_stack([available[:, 0], available[:, 1], available[:, 2] + available[:, 3]])
    gap = search.at(np.where(search.influence > 0, votes, 0.0))[0]
    if np.isfinite(gap):
        return gap <= _NOTHING, POINTS * gap
    return search.by_order(votes) is not None, np.inf


def easiest(fit: BradleyTerry, order: Integers, covariance: Floats, top: int, most: int = 4) -> Removal | None:
    """The fewest votes without which another set of models is the first `top`.

    The set changes where one of its models falls to one outside it, and not otherwise. The pairs whose distance is the least
    beside its squared error are looked at, which is what the number of votes goes by, the closest in full.

    Args:
        order: positions of the models, best first.
        covariance: shape (M, M), of the strengths, in the order of `fit.pairs.models`.
        most: pairs that are looked at.
    """
    inside, outside = order[max(0, top - 8) : top], order[top : top + 8]
    one, two = (grid.ravel() for grid in np.meshgrid(inside, outside, indexing="ij"))
    gap = fit.strength[one] - fit.strength[two]
    squared = covariance[one, one] + covariance[two, two] - 2 * covariance[one, two]
    near = np.argsort(gap / np.maximum(squared, 1e-12), kind="stable")[:most]
    searches = [_Search(fit, int(one[pair]), int(two[pair])) for pair in near]
    foreseen = np.array([search.foreseen() for search in searches])
    best: Removal | None = None
    for place in np.argsort(foreseen, kind="stable"):
        # What is foreseen is right to a few per cent, and to a vote or two where there are few.
        if best is not None and foreseen[place] > 1.1 * best.votes + 2:
            break
        found = fewest_votes(fit, searches[place].model, searches[place].other)
        if found is not None and (best is None or found.votes < best.votes):
            best = found
    return best


class _Search:
    """The search for the fewest votes of one pair of models. A removal is an array of shape (P, 3): wins of a pair's first
    model, of its second, and ties."""

    def __init__(self, fit: BradleyTerry, model: int, other: int) -> None:
        counts = fit.pairs.counts
        self.first, self.second = fit.pairs.first.astype(np.int64), fit.pairs.second.astype(np.int64)
        self.counts = np.column_stack([counts[:, 0], counts[:, 1], counts[:, 2] + counts[:, 3]])
        self.model, self.other, self.strength = model, other, fit.strength
        self.gap, self.influence, self.strength = self.at(np.zeros_like(self.counts), fit.strength)

    def at(self, removed: Floats, start: Floats | None = None) -> tuple[float, Floats, Floats]:
        """The distance without some votes, infinite where the two are not on one scale; the influence of a vote of each cell
        then, shape (P, 3); and the strengths."""
        kept = self.counts - removed
        start = self.strength if start is None else start
        gap, strength, slope, inside = _refit(
            self.first, self.second, kept.sum(axis=1), kept @ _WORTH, start, self.model, self.other
        )
        if not np.isfinite(gap):
            return np.inf, np.zeros_like(removed), start
        chance = 1 / (1 + np.exp(strength[self.second] - strength[self.first]))
        both = inside[self.first] & inside[self.second]
        reach = np.where(both, slope[self.first] - slope[self.second], 0.0)
        return float(gap), (_WORTH - chance[:, None]) * reach[:, None], strength

    def foreseen(self) -> float:
        """How many votes it takes if each has the influence that it has with all votes there; infinite where all do not do."""
        return float(self._taken(self.influence, self.counts, self.gap)[1])

    def fewest(self) -> tuple[Floats, float] | None:
        """The best removal and the distance without it."""
        none = np.zeros_like(self.counts)
        if self.gap <= _NOTHING:
            return none, self.gap
        found = [each for each in (self.by_order(self.counts), self._one_by_one()) if each is not None]
        if not found:
            return None
        best = min(found, key=lambda each: (each[0].sum(), each[1]))
        for votes in range(1, min(_EXACT, int(best[0].sum()) - 1) + 1):
            exact = self._exactly(votes) if best[0].sum() <= 2 * _EXACT else None
            if exact is not None:
                return exact
        return best

    def _taken(self, influence: Floats, available: Floats, need: float) -> tuple[Floats, float]:
        """The cells of most influence until it comes to `need`, the last in part, and how many votes these are; all that have
        any, and infinity, where that is less."""
        cells = np.flatnonzero((influence.ravel() > 0) & (available.ravel() > 0))
        cells = cells[np.argsort(-influence.ravel()[cells], kind="stable")]
        count, worth = available.ravel()[cells], influence.ravel()[cells]
        gained = np.cumsum(count * worth)
        removed = np.zeros(influence.size)
        place = int(np.searchsorted(gained, need))
        removed[cells[:place]] = count[:place]
        if place == len(cells):
            return removed.reshape(influence.shape), np.inf
        missing = need - (gained[place - 1] if place else 0.0)
        removed[cells[place]] = min(np.ceil(missing / worth[place]), count[place])
        return removed.reshape(influence.shape), float(removed.sum())

    def _first(self, votes: int, influence: Floats, available: Floats) -> Floats:
        """So many votes, of the cells of most influence."""
        cells = np.argsort(-influence.ravel(), kind="stable")
        before = np.cumsum(available.ravel()[cells]) - available.ravel()[cells]
        removed = np.zeros(influence.size)
        removed[cells] = np.clip(votes - before, 0, available.ravel()[cells])
        return removed.reshape(influence.shape)

    def by_order(self, available: Floats) -> tuple[Floats, float] | None:
        """The best removal of votes that are available: many at once, by an order of the cells that fits what it leads to."""
        influence, start = self.influence, self.strength
        removed, need, best = np.zeros_like(self.counts), self.gap, None
        for _ in range(_ROUNDS):
            chosen = self._taken(influence, available, need)[0]
            if (chosen == removed).all():
                break
            gap, found, strength = self.at(chosen, start)
            if not np.isfinite(gap):  # the two are cut apart: of each cell that was emptied a vote stays
                available = np.where((chosen == available) & (chosen > 0), available - 1, available)
                continue
            removed, influence, start = chosen, found, strength
            need = gap + float((removed * influence).sum())
            if gap <= _NOTHING and (best is None or removed.sum() < best[0].sum()):
                best = (removed, gap)
        for _ in range(_TRIALS):
            cut = self._shortest(influence, available, start, best)
            if cut is None or (best is not None and cut[0][0].sum() >= best[0].sum()):
                break
            best, influence, start = cut
        return best

    def _shortest(
        self, influence: Floats, available: Floats, start: Floats, best: tuple[Floats, float] | None
    ) -> tuple[tuple[Floats, float], Floats, Floats] | None:
        """The least number of votes in one order of the cells that does it, by a secant kept between bounds: the removal with
        its distance, and the influences and strengths at it."""
        low, high = 0, int(best[0].sum()) if best else int(available[influence > 0].sum()) + 1
        found, at, gap_low, gap_high = None, high - 1, self.gap, None
        while high - low > 1:
            at = min(max(at, low + 1), high - 1)
            removed = self._first(at, influence, available)
            gap, reached, strength = self.at(removed, start)
            if gap <= _NOTHING:
                found, high, gap_high = ((removed, gap), reached, strength), at, gap
            else:
                low, gap_low = at, gap
            taken = reached[(removed > 0) & (removed < self.counts)] if np.isfinite(gap) else np.array([])
            step = float(taken.max()) if len(taken) and taken.max() > 0 else 0.0
            if step and np.isfinite(gap):
                ahead = int(np.ceil(gap / step - 1e-9))
                at = at + ahead if ahead > 0 else at + min(ahead, -1)
            elif gap_high is not None and np.isfinite(gap_low):
                at = low + int((high - low) * gap_low / max(gap_low - gap_high, 1e-12))
            else:
                at = (low + high) // 2
        return found

    def _one_by_one(self) -> tuple[Floats, float] | None:
        """One vote at a time, the one of the best few cells without which the distance is least; None where that takes many."""
        removed, gap, influence, strength = np.zeros_like(self.counts), self.gap, self.influence, self.strength
        if self.foreseen() > _SINGLE:
            return None
        best = _BEST if len(strength) <= _MANY else _BEST_OF_MANY
        for _ in range(2 * _SINGLE):
            worth = np.where(self.counts > removed, influence, -np.inf).ravel()
            tries = []
            for cell in np.argsort(-worth, kind="stable")[:best]:
                if np.isfinite(worth[cell]):
                    more = removed.copy()
                    more.flat[cell] += 1
                    tries.append((*self.at(more, strength), more))
            tries = [each for each in tries if np.isfinite(each[0])]
            if not tries:
                return None
            lowest = min(range(len(tries)), key=lambda number: tries[number][0])
            gap, influence, strength, removed = tries[lowest]
            if gap <= _NOTHING:
                return removed, gap
        return None

    def _exactly(self, votes: int) -> tuple[Floats, float] | None:
        """A removal of so many votes that does it, all multisets of the cells of most influence tried; None where none does."""
        models, pairs = len(self.strength), len(self.first)
        budget = max(_LEAST, _COST // (models**3 + 40 * pairs))
        there = np.flatnonzero(self.counts.ravel() > 0)
        there = there[np.argsort(-self.influence.ravel()[there], kind="stable")]
        width = len(there)
        while width > 1 and comb(width + votes - 1, votes) > budget:
            width -= 1
        sets = np.array(list(combinations_with_replacement(range(width), votes)), dtype=np.int64)
        if models > _MANY:  # what is far from enough by influence is not enough there
            sets = sets[self.influence.ravel()[there][sets].sum(axis=1) > _NEARLY * self.gap]
        if not len(sets):
            return None
        chosen = there[sets]
        gaps = _gaps(self.first, self.second, self.counts, chosen, self.strength, self.model, self.other)
        place = int(np.argmin(gaps))
        if gaps[place] > _NOTHING:
            return None
        removed = np.bincount(chosen[place], minlength=self.counts.size).astype(float).reshape(self.counts.shape)
        return removed, float(gaps[place])


@compiled
def _gaps(first: Integers, second: Integers, counts: Floats, chosen: Integers, start: Floats, model: int, other: int) -> Floats:
    """The distance without each of several sets of votes, infinite where it cannot be had, shape (sets,).

    Args:
        counts: shape (P, 3).
        chosen: shape (sets, votes), the cell of each vote, 3 · pair + outcome.
    """
    total = counts.sum(axis=1)
    score = counts[:, 0] + 0.5 * counts[:, 2]
    worth = np.array([1.0, 0.0, 0.5])
    result = np.full(len(chosen), np.inf)
    for row in range(len(chosen)):
        enough = True
        for place in range(chosen.shape[1]):
            cell = chosen[row, place]
            times = 0
            for again in range(chosen.shape[1]):
                times += chosen[row, again] == cell
            enough = enough and counts[cell // 3, cell % 3] >= times
        if not enough:
            continue
        for place in range(chosen.shape[1]):
            cell = chosen[row, place]
            total[cell // 3] -= 1
            score[cell // 3] -= worth[cell % 3]
        result[row] = _refit(first, second, total, score, start, model, other)[0]
        for place in range(chosen.shape[1]):
            cell = chosen[row, place]
            total[cell // 3] += 1
            score[cell // 3] += worth[cell % 3]
    return result


@compiled
def _reached(winner: Integers, loser: Integers, there: NDArray[np.bool_], size: int, begin: int) -> NDArray[np.bool_]:
    """Which models are reached from one along wins, shape (M,)."""
    seen = np.zeros(size, dtype=np.bool_)
    seen[begin] = True
    grows = True
    while grows:
        grows = False
        for edge in range(len(winner)):
            if there[edge] and seen[winner[edge]] and not seen[loser[edge]]:
                seen[loser[edge]] = True
                grows = True
    return seen


@compiled
def _refit(
    first: Integers, second: Integers, total: Floats, score: Floats, start: Floats, model: int, other: int
) -> tuple[float, Floats, Floats, NDArray[np.bool_]]:
    """Strengths of the models that are on one scale with `model`, by Newton's method from `start`.

    Returns the distance of `model` and `other`, infinite where they are not on one scale; the strengths, that of `model` being
    0; H⁻¹ of the difference of the two; and which models are fitted, each shape (M,).
    """
    size, pairs = len(start), len(first)
    won, lost = score > 1e-9, total - score > 1e-9
    winner, loser = np.concatenate((first, second)), np.concatenate((second, first))
    there = np.concatenate((won, lost))
    inside = _reached(winner, loser, there, size, model) & _reached(loser, winner, there, size, model)
    strength, slope = start - start[model], np.zeros(size)
    if not inside[other]:
        return np.inf, strength, slope, inside
    place = np.full(size, -1, dtype=np.int64)
    count = 0
    for each in range(size):  # `model` stays where it is
        if inside[each] and each != model:
            place[each] = count
            count += 1
    for _ in range(200):
        information, gradient = np.zeros((count, count)), np.zeros(count)
        for pair in range(pairs):
            if total[pair] <= 0 or not inside[first[pair]] or not inside[second[pair]]:
                continue
            one, two = place[first[pair]], place[second[pair]]
            chance = 1 / (1 + np.exp(strength[second[pair]] - strength[first[pair]]))
            surplus = score[pair] - total[pair] * chance
            weight = total[pair] * chance * (1 - chance)
            if one >= 0:
                gradient[one] += surplus
                information[one, one] += weight
            if two >= 0:
                gradient[two] -= surplus
                information[two, two] += weight
            if one >= 0 and two >= 0:
                information[one, two] -= weight
                information[two, one] -= weight
        _factor(information)
        move = _solved(information, gradient)
        longest = np.abs(move).max()
        scale = min(1.0, 1.0 / max(longest, 1e-300))
        for each in range(size):
            if place[each] >= 0:
                strength[each] += scale * move[place[each]]
        if longest < 1e-5:  # steps are squared from one to the next: what is left is below the tolerance
            break
    wanted = np.zeros(count)
    wanted[place[other]] = -1.0
    found = _solved(information, wanted)
    for each in range(size):
        if place[each] >= 0:
            slope[each] = found[place[each]]
    return strength[model] - strength[other], strength, slope, inside


@compiled
def _factor(matrix: Floats) -> None:
    """Cholesky's lower factor of a positive matrix, in its place; what lies above the diagonal is left as it was."""
    size = len(matrix)
    for row in range(size):
        for column in range(row + 1):
            value = matrix[row, column] - np.dot(matrix[row, :column], matrix[column, :column])
            matrix[row, column] = np.sqrt(max(value, 1e-300)) if row == column else value / matrix[column, column]


@compiled
def _solved(factor: Floats, wanted: Floats) -> Floats:
    """The solution of L Lᵀ x = wanted."""
    size = len(wanted)
    found = wanted.copy()
    for row in range(size):
        found[row] = (found[row] - np.dot(factor[row, :row], found[:row])) / factor[row, row]
    for row in range(size - 1, -1, -1):
        found[row] /= factor[row, row]
        found[:row] -= found[row] * factor[row, :row]
    return found
