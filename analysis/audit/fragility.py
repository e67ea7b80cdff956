"""Fragility: the fewest votes that hold the first place, whose they are, and how many chance would have to take away."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.distributions import norm
from analysis.errors import InputError, UsageError
from analysis.ratings.basis import FEWEST
from analysis.ratings.board import Board
from analysis.ratings.bradley_terry import BradleyTerry
from analysis.ratings.pairs import OUTCOMES
from analysis.ratings.removal import Removal, easiest, fewest_votes, swapped_by
from analysis.ratings.simultaneous import distance_errors
from analysis.ratings.threads import one_thread
from analysis.results.listing import Listing
from analysis.results.prose import Prose, counted, in_points, percent, written
from analysis.results.result import Result
from analysis.results.spelling import did_you_mean
from analysis.results.tables import Format
from analysis.votes.outcome import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Sizes of the first places that are looked at, as in arXiv 2508.11847.
TOPS = (1, 3, 5, 10, 20)

#: So many votes are few, and so is this part of all of them, where it is more; and so many judges.
FEW_VOTES, FEW_SHARE, FEW_JUDGES = 10, 0.0001, 2

#: The chance of a swap that a random removal is asked for.
CHANCE = 0.05

#: Part of the votes beyond which a random removal leaves nothing to rate: then chance never does it.
NEVER = 0.99

#: Fits by which the number of judges is tried.
_TRIES = 12

#: Judges and votes that are listed.
_NAMED, _LISTED = 5, 50


def small_share(share: float) -> str:
    """A share of the votes that may be tiny."""
    if not share:
        return percent(0.0, 0)
    if share < 0.00001:
        return f"< {percent(0.00001, 3)}"
    return percent(share, 0 if share >= 0.1 else 1 if share >= 0.01 else 2 if share >= 0.001 else 3)


@dataclass(frozen=True, eq=False)
class Swap(Result):
    """The fewest votes without which one model is not ahead of another.

    Attributes:
        removal: the votes, by pair and outcome.
        top: how many models are first whose set changes; 0 for two models that were asked for.
        random: the part of all votes whose removal at random swaps the two in 5 % of cases; NaN where none does.
        case: the votes.
    """

    removal: Removal
    top: int
    random: float
    case: Case

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Votes that hold {self.model} above {self.other}"

    @property
    def model(self) -> str:
        """The model that is ahead."""
        return self.removal.pairs.models[self.removal.model]

    @property
    def other(self) -> str:
        """The model that it is ahead of."""
        return self.removal.pairs.models[self.removal.other]

    @property
    def needed(self) -> int:
        """The fewest votes."""
        return self.removal.votes

    @property
    def votes(self) -> int:
        """All votes."""
        return self.removal.pairs.votes

    @property
    def judges(self) -> int | None:
        """The fewest judges without whose votes for it the model is not ahead either; None where votes do not say, or fewer than
        ten judges cast them all. A vote that names no judge counts as one of its own."""
        return self._theirs[0]

    @property
    def names(self) -> tuple[str, ...]:
        """Pseudonyms of those of them whose votes count most, up to five."""
        named = self._theirs[1]
        return tuple(self.case.judge_names(named)) if len(named) else ()

    @cached_property
    def _theirs(self) -> tuple[int | None, Integers]:
        nobody = None, np.zeros(0, dtype=np.int64)
        try:
            several = int((np.bincount(self.case.judge) > 0).sum()) >= FEWEST
        except InputError:
            return nobody
        return _judges(self.case, self.removal) if several and self.needed else nobody

    @cached_property
    def table(self) -> pd.DataFrame:
        """winner, loser (the first and second model of a tie), outcome, removed and of (votes that there are): the votes that
        are left out, by pair and outcome, the most first."""
        pairs, removed = self.removal.pairs, self.removal.removed
        pair, outcome = np.nonzero(removed)
        frame = _cells(pairs.models, pairs.first[pair], pairs.second[pair], outcome)
        frame["removed"] = removed[pair, outcome].astype(int)
        frame["of"] = pairs.counts[pair, outcome].astype(int)
        return frame.sort_values("removed", ascending=False, kind="stable", ignore_index=True)

    @cached_property
    def examples(self) -> Listing:
        """vote_id and judge (where they are known), winner, loser, outcome: votes that do it, one by one, the first fifty. Of
        equal votes any would do; these come first in the file."""
        places = _which(self.case, self.removal)
        pairs, ballots = self.removal.pairs, self.case.ballots
        pair = ballots.pair[places]
        frame = _cells(pairs.models, pairs.first[pair], pairs.second[pair], ballots.outcome[places])
        for column in ("judge", "vote_id"):
            try:
                frame.insert(0, column, self.case.column(column).take(ballots.row[places]).to_pylist())
            except InputError:
                continue
        whole = "All" if len(frame) == self.needed else f"{counted(len(frame), 'vote')} of"
        words = f"{whole} the {counted(self.needed, 'vote')} without which {self.model} is not ahead of {self.other}."
        return Listing(frame, "Votes that do it", words if self.needed else "", origin=self.origin)

    @property
    def sentence(self) -> Prose:
        """How many votes it takes, whose they are, and what chance would need."""
        if not self.needed:
            return Prose(f"The ratings of {self.model} and {self.other} are level so far: no vote holds one above the other.")
        return Prose(f"Without {self.least} {self.model} is not ahead of {self.other}{self.whose}; {self.by_chance}.")

    @property
    def least(self) -> str:
        """The fewest votes in words."""
        few = f"{self.needed:,} of {counted(self.votes, 'vote')}, if they are the right ones,"
        return f"a single one of {counted(self.votes, 'vote')}, if it is the right one," if self.needed == 1 else few

    @property
    def whose(self) -> str:
        """Without whose votes it is not ahead either, with a comma before; empty where that is not known."""
        if self.judges is None or self.needed < 2:
            return ""
        who = "one judge's votes" if self.judges == 1 else f"the votes of {self.judges:,} judges"
        return f", nor without {who} for it"

    @property
    def by_chance(self) -> str:
        """What a removal at random would need."""
        if np.isnan(self.random):
            return "votes left out at random would hardly ever do it"
        votes = max(1, round(self.random * self.votes))
        return f"of votes left out at random it takes {votes:,} ({small_share(self.random)}) to do it once in twenty times"


@dataclass(frozen=True, eq=False)
class Fragility(Check):
    """The fewest votes that hold the first place, and the first few.

    Attributes:
        swaps: for each of `TOPS` that the board has, the fewest votes without which another set of models comes first.
        board: what is looked at.
    """

    swaps: tuple[Swap, ...]
    board: Board

    name = "fragility"
    question = "How few votes hold the first place?"
    caption = "The fewest votes without which other models come first"
    false_alarm = 0.02
    formats = MappingProxyType(
        {
            "first": Format(lambda count: f"{count:,}", "First places"),
            "needed_share": Format(small_share),
            "random_share": Format(small_share, "Share at random"),
        }
    )

    @property
    def first(self) -> Swap:
        """Of the first place."""
        return self.swaps[0]

    @property
    def few(self) -> int:
        """Up to how many votes are few here."""
        return max(FEW_VOTES, int(FEW_SHARE * self.first.votes))

    @cached_property
    def separated(self) -> bool:
        """Whether the first model is told apart from every other, all pairs of the board compared at once."""
        errors, gaps = distance_errors(self.board.covariance)[0, 1:], self.board.ratings[0] - self.board.ratings[1:]
        return bool((gaps > self.board.critical * errors).all())

    @property
    def verdict(self) -> Verdict:
        """Beware of a lead that is beyond chance and hangs on few votes or on two judges; where the lead is not beyond chance
        few votes hold it anyway, and that is worth knowing."""
        by_few = self.first.judges is not None and self.first.judges <= FEW_JUDGES
        if self.first.needed > self.few and not by_few:
            return Verdict.FINE
        return Verdict.BEWARE if self.separated else Verdict.KNOW

    @property
    def number(self) -> str:
        if not self.first.needed:
            return "no vote"
        return (
            f"{counted(self.first.needed, 'vote')} of {self.first.votes:,} ({small_share(self.first.needed / self.first.votes)})"
        )

    @property
    def threshold(self) -> str:
        return f"{self.few:,} votes, or those of {FEW_JUDGES} judges"

    @cached_property
    def table(self) -> pd.DataFrame:
        """first (how many models), model (the one that falls out), other (that comes in), points (between them), votes_needed and
        needed_share (of all votes), judges (the fewest without whose
        votes for it the model falls out), random_share (of all votes, left out at random, to do
        it in 5 % of cases; missing where none does)."""
        rows = [
            (
                swap.top,
                swap.model,
                swap.other,
                swap.removal.gap,
                swap.needed,
                swap.needed / swap.votes,
                swap.judges,
                swap.random,
            )
            for swap in self.swaps
        ]
        columns = ["first", "model", "other", "points", "votes_needed", "needed_share", "judges", "random_share"]
        return pd.DataFrame(rows, columns=columns).astype({"judges": "Int64", "random_share": float})

    @property
    def sentence(self) -> Prose:
        """How many votes hold the first place, and what that is worth."""
        swap = self.first
        if not swap.needed:
            return Prose(f"No vote holds the first place: the ratings of {swap.model} and {swap.other} are level so far.")
        ahead = in_points(written(swap.removal.gap, 0 if swap.removal.gap >= 1 else 1))
        end = ""
        if self.verdict is Verdict.KNOW:
            end = f" The lead of {ahead} is within noise anyway."
        if self.verdict is Verdict.BEWARE:
            end = f" The lead of {ahead} is beyond noise, and still hangs on so few."
        return Prose(f"{swap.sentence}{end}")


@one_thread
def check_fragility(case: Case) -> Fragility:
    """The fewest votes that hold the first place, and the first 3, 5, 10 and 20.

    Raises:
        InputError: no removal of votes changes the first place while its models can still be compared.
    """
    fit = _fit(case)
    order = np.argsort(-fit.strength, kind="stable")
    covariance, swaps = fit.covariance, []
    for top in (size for size in TOPS if size < len(order)):
        found = easiest(fit, order, covariance, top)
        if found is not None:
            swaps.append(_swap(case, fit, found, top, covariance))
        elif top == 1:
            raise InputError(_IMPOSSIBLE)
    return Fragility(tuple(swaps), case.board, origin=case.origin)


#: Why there is no number.
_IMPOSSIBLE = "no removal of votes brings another model to the first place while the two can still be compared"


@one_thread
def pair_fragility(case: Case, model: str = "", other: str = "") -> Swap:
    """The fewest votes without which one model is not ahead of another; the first two of the board by default.

    Raises:
        UsageError: the board does not have one of them, or they are the same.
        InputError: no removal of votes swaps them while they can still be compared.
    """
    fit = _fit(case)
    model, other = model or case.board.models[0], other or case.board.models[1]
    for name in (model, other):
        if name not in fit.pairs.models:
            raise UsageError(f"this board has no model {name!r}{did_you_mean(name, fit.pairs.models)}.")
    if model == other:
        raise UsageError(f"{model} cannot be compared with itself: give two models.")
    one, two = fit.pairs.models.index(model), fit.pairs.models.index(other)
    if fit.strength[one] < fit.strength[two]:
        one, two = two, one
    found = fewest_votes(fit, one, two)
    if found is None:
        raise InputError(f"no removal of votes swaps {model} and {other} while they can still be compared")
    return _swap(case, fit, found, 0, fit.covariance)


def top_fragility(case: Case, first: int) -> Swap:
    """The fewest votes without which another set of models is the first so many.

    Raises:
        UsageError: the board has no such number of models and more.
        InputError: no removal of votes changes the set while its models can still be compared.
    """
    fit = _fit(case)
    if not 0 < first < len(fit.strength):
        raise UsageError(f"first is {first!r}; this board has {len(fit.strength)} models: choose 1 to {len(fit.strength) - 1}.")
    found = easiest(fit, np.argsort(-fit.strength, kind="stable"), fit.covariance, first)
    if found is None:
        raise InputError(f"no removal of votes changes the first {first} while they can still be compared")
    return _swap(case, fit, found, first, fit.covariance)


def _fit(case: Case) -> BradleyTerry:
    fit = case.board.fit
    assert isinstance(fit, BradleyTerry)
    return fit


def random_share(gap: float, error: float, least: float = 0.0, chance: float = CHANCE) -> float:
    """The part of all votes whose removal at random swaps two models `gap` apart with a chance; NaN where it is nearly all.

    Where each vote stays with the chance q the distance scatters by (1 − q) / q times its variance over votes: that of the sum of
    scores is q (1 − q) Σ s², and the information is q times what it was. It stays in the middle where it was, so that no part
    swaps them in half of the cases.

    Args:
        error: standard error of the distance over votes, in the unit of the gap.
        least: the part that the right votes are, below which none can do it.
    """
    odds = (gap / error / norm.isf(chance)) ** 2
    share = max(float(odds / (1 + odds)), least)
    return share if share <= NEVER else float("nan")


def _swap(case: Case, fit: BradleyTerry, removal: Removal, top: int, covariance: Floats) -> Swap:
    """What is known of a removal."""
    one, two = removal.model, removal.other
    error = np.sqrt(max(covariance[one, one] + covariance[two, two] - 2 * covariance[one, two], 1e-12))
    share = random_share(fit.strength[one] - fit.strength[two], float(error), removal.votes / fit.pairs.votes)
    return Swap(removal, top, share, case, origin=case.origin)


def _judges(case: Case, removal: Removal) -> tuple[int | None, Integers]:
    """The fewest judges without whose votes for it `removal.model` is not ahead, as far as can be found, and the first of them.

    A vote is for it where the distance shrinks without it. Judges are taken in the order of what their votes for it come to, and
    how many it takes is tried by fits without these votes.
    """
    fit, judge, cells, shape = _fit(case), case.judge, case.ballots.cell, removal.influence.shape
    worth = np.maximum(removal.influence, 0.0).ravel()[cells]
    lead = np.bincount(judge, worth)
    # Whoever cast the fewest votes that do it are enough, so that there is no need to look at many more than these.
    most = min(len(lead), 2 * removal.votes + _NAMED)
    order = np.sort(np.argpartition(-lead, most - 1)[:most])
    order = order[np.argsort(-lead[order], kind="stable")]
    order = order[lead[order] > 0]
    place = np.full(len(lead), len(order))
    place[order] = np.arange(len(order))
    rank = place[judge]
    mine = np.flatnonzero((rank < len(order)) & (worth > 0))
    rank, cell, so_far = rank[mine], cells[mine], np.cumsum(lead[order])

    def tried(judges: int) -> tuple[bool, float]:
        theirs = np.bincount(cell[rank < judges], minlength=removal.influence.size).reshape(shape).astype(float)
        return swapped_by(fit, removal.model, removal.other, theirs)

    low, high, at = 0, len(order) + 1, int(np.searchsorted(so_far, removal.gap)) + 1
    for _ in range(_TRIES):
        at = min(max(at, low + 1), high - 1)
        if high - low <= 1:
            break
        done, left = tried(at)
        low, high = (low, at) if done else (at, high)
        # What is left is made up by the next judges, or given back by the last ones.
        aim = so_far[at - 1] + left if np.isfinite(left) else (so_far[low - 1] if low else 0.0)
        at = int(np.searchsorted(so_far, aim)) + 1
    first = order[: min(high, _NAMED)]
    return (high, first[first < case.named]) if high <= len(order) else (None, first[:0])


def _which(case: Case, removal: Removal) -> Integers:
    """Positions of votes of the cells of a removal, as many of each as are left out and the first in the file, fifty in all."""
    removed, cells = removal.removed.ravel(), case.ballots.cell
    chosen: list[Integers] = [np.zeros(0, dtype=np.int64)]
    left = _LISTED
    for cell in np.argsort(-removed, kind="stable").tolist():
        if not removed[cell] or left <= 0:
            break
        here = np.flatnonzero(cells == cell)
        chosen.append(here[np.argsort(case.ballots.row[here], kind="stable")][: min(int(removed[cell]), left)])
        left -= len(chosen[-1])
    return np.concatenate(chosen)


def _cells(models: tuple[str, ...], first: Integers, second: Integers, outcome: Integers) -> pd.DataFrame:
    """winner, loser and outcome of votes, or of pairs and outcomes; of a tie the two models."""
    names, swapped = np.array(models, dtype=object), outcome == OUTCOMES.index(Outcome.MODEL_B)
    words = np.array(["win", "win", "tie", "both bad"], dtype=object)
    return pd.DataFrame(
        {
            "winner": names[np.where(swapped, second, first)],
            "loser": names[np.where(swapped, first, second)],
            "outcome": words[outcome],
        }
    )
