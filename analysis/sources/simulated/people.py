"""Who votes in the simulated arena and when: judges who vote seldom or often, their sessions, and a daily cycle in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.distributions import norm

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.sources.simulated.arena import Arena

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: How often the busiest judge votes, in multiples of the mean (LMSYS post of 2024-05-08: mean 2.37, median 1, most 591).
_MOST = 250.0

#: Relative activity by hour of the day (UTC), from midnight.
_HOURS = np.array([5, 5, 5, 5, 4, 4, 4, 5, 6, 7, 8, 8, 8, 9, 10, 10, 10, 9, 9, 8, 8, 7, 6, 5], dtype=float)

#: Seconds in a day.
_DAY = 86_400


def draw_judges(rows: int, arena: Arena, rng: np.random.Generator) -> Integers:
    """The judge of each vote, shape (rows,), votes of one judge next to each other; judges are numbered from 0.

    Every judge casts one vote; the others fall on judges in proportion to a log-normal factor. Of a log-normal with
    parameter σ, the largest 1 % hold 1 − Φ(Φ⁻¹(0.99) − σ) of the sum, which gives the σ of `arena.busiest`. The factors
    are evenly spaced quantiles, so that few judges share the votes as many do. With 2.4 votes per judge and a fifth for the
    busiest, the median is 1 and the most some hundreds.
    """
    judges = max(1, round(rows / arena.votes_per_judge))
    level = (rng.permutation(judges) + 0.5) / judges
    spread = _spread(arena)
    factor = np.exp(spread * norm.ppf(level) - spread**2 / 2)  # 1 on average
    further = np.cumsum(np.minimum(factor, _MOST))
    who = np.searchsorted(further, further[-1] * rng.random(rows - judges), side="right")
    votes = 1 + np.bincount(np.minimum(who, judges - 1), minlength=judges)
    return np.repeat(np.arange(judges), votes)


def _spread(arena: Arena) -> float:
    """Standard deviation of the log of how often judges vote beyond their first vote."""
    if not arena.busiest:
        return 0.0
    share = (arena.busiest * arena.votes_per_judge - 0.01) / (arena.votes_per_judge - 1)
    return max(0.0, float(norm.ppf(0.99) + norm.ppf(max(share, 0.01))))


def draw_times(judge: Integers, arena: Arena, rng: np.random.Generator) -> tuple[Integers, Integers]:
    """Seconds from the arena's start of each vote, and the number of the session it belongs to, shape (rows,) each.

    A judge comes at a moment of the daily cycle, with fewer people at weekends; each further vote follows within
    minutes, or, one time in five, some days later, in another session.
    """
    rows = len(judge)
    first = np.r_[True, judge[1:] != judge[:-1]]
    came = _moments(int(first.sum()), arena, rng)
    gap = rng.exponential(240.0, rows)
    later = rng.random(rows) < 0.2
    gap[later] = np.round(rng.exponential(4.0, int(later.sum()))) * _DAY + rng.normal(0, 3600, int(later.sum()))
    gap = np.where(first, 0.0, np.maximum(gap, 20.0))
    elapsed = np.cumsum(gap)
    elapsed -= np.repeat(elapsed[first], np.diff(np.r_[np.flatnonzero(first), rows]))
    seconds = came[judge - judge[0]] + elapsed
    session = np.cumsum(first | later) - 1
    return np.asarray(np.floor(seconds % (arena.days * _DAY)), dtype=np.int64), session


def _moments(count: int, arena: Arena, rng: np.random.Generator) -> Floats:
    weekday = (np.datetime64(arena.start, "D").astype(np.int64) + 3 + np.arange(arena.days)) % 7  # 0 is Monday
    busy = np.where(weekday >= 5, 0.8, 1.0)
    day = rng.choice(arena.days, size=count, p=busy / busy.sum())
    hour = rng.choice(24, size=count, p=_HOURS / _HOURS.sum())
    return np.asarray(day * _DAY + (hour + rng.random(count)) * 3600)
