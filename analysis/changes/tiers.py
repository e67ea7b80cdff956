"""Tiers: how sure each of many changes is, by its own noise and by how many were looked at beside it."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.changes.change import CLEAR, NOISE, POSSIBLE, TIERS, Change
from analysis.distributions import norm
from analysis.shares.discovery import RATE, q_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.results.result import Result

#: Least p-value: below it no two changes are told apart, and a normal quantile has no end.
_LEAST = 1e-15


@dataclass(frozen=True)
class Looked:
    """One thing that was looked at.

    Attributes:
        kind, subject, what, earlier, later: as in `analysis.changes.change.Change`.
        p_value: of the hypothesis that nothing changed, two-sided.
        told: whether it is a change at all; what is none (a verdict that stayed) counts among those looked at, and no more.
    """

    kind: str
    subject: str
    what: str
    p_value: float
    earlier: float = math.nan
    later: float = math.nan
    told: bool = True


@dataclass(frozen=True)
class Family:
    """What was looked at together.

    Attributes:
        looked: what was looked at.
        part: what it was read from, for a section of its own.
        facts: changes that have no noise, or a tier of their own.
    """

    looked: tuple[Looked, ...]
    part: Result
    facts: tuple[Change, ...] = ()


def family(looked: Iterable[Looked], part: Result, facts: Iterable[Change] = ()) -> Family:
    """What was looked at together, and what it was read from."""
    return Family(tuple(looked), part, tuple(facts))


def tiered(families: Iterable[Family]) -> tuple[tuple[Change, ...], int]:
    """All changes but those that noise gives, in the order in which they are told, and how many are left out.

    Each kind of change is a family of its own, in which the false-discovery rate is held. There are several families, and where
    nothing changed at all something should be clear in no more than one of twenty editions. So something is clear only in a
    family that shows anything at the same rate over the families, by their least q-values (Simes 1986).
    """
    every = list(families)
    kinds: dict[str, list[Looked]] = {}
    for one in every:
        for seen in one.looked:
            kinds.setdefault(seen.kind, []).append(seen)
    sure = {kind: q_values([seen.p_value for seen in looked]) for kind, looked in kinds.items()}
    # Simes's p-value of a family is its least q-value.
    over_all = dict(zip(sure, q_values([values.min() for values in sure.values()]), strict=True))
    scored = [
        _scored(seen, max(q_value, over_all[kind]))
        for kind, looked in kinds.items()
        for seen, q_value in zip(looked, sure[kind], strict=True)
        if seen.told
    ]
    told = [change for change in scored if change.tier != NOISE]
    return in_order([*(change for one in every for change in one.facts), *told]), len(scored) - len(told)


def told_once(changes: Iterable[Change]) -> tuple[Change, ...]:
    """The changes without those of ranks that the same model's rating tells of in as sure a change."""
    every = tuple(changes)
    ratings = {(change.tier, change.subject): change.what for change in every if change.kind == "rating"}

    def told(change: Change) -> bool:
        moved = f"rank {change.earlier:.0f} → {change.later:.0f}."
        return change.kind == "rank" and ratings.get((change.tier, change.subject), "").endswith(moved)

    return tuple(change for change in every if not told(change))


def _scored(seen: Looked, q_value: float) -> Change:
    tier = CLEAR if q_value <= RATE else POSSIBLE if seen.p_value <= RATE else NOISE
    return Change(seen.kind, seen.subject, seen.what, errors(seen.p_value), tier, seen.earlier, seen.later)


def errors(p_value: float) -> float:
    """Standard errors of a two-sided normal test whose p-value this is."""
    return float(norm.isf(max(p_value, _LEAST) / 2))


def fact(kind: str, subject: str, what: str, earlier: float = math.nan, later: float = math.nan) -> Change:
    """A change that has no noise: it is there or not."""
    return Change(kind, subject, what, math.inf, CLEAR, earlier, later)


def in_order(changes: Iterable[Change]) -> tuple[Change, ...]:
    """By tier, then the furthest beyond noise first; what is alike stays in its order."""
    return tuple(sorted(changes, key=lambda change: (TIERS.index(change.tier), -change.errors)))


def drawn_p_values(observed: NDArray[np.int64], drawn: NDArray[np.int64]) -> NDArray[np.float64]:
    """Two-sided p-values of whole numbers, shape (m,), against draws of them by chance alone, shape (draws, m).

    Of either side the draws that lie as far out, the observed one counted among them; twice the smaller side.
    """
    above, below = (drawn >= observed).sum(axis=0), (drawn <= observed).sum(axis=0)
    return np.asarray(np.minimum(1.0, 2 * (np.minimum(above, below) + 1) / (len(drawn) + 1)))
