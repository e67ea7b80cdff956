"""Who votes in the simulated arena and when: judges with heavy-tailed numbers of votes, and a daily cycle in UTC."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.simulated.arena import Arena

    Integers = NDArray[np.int64]
    Floats = NDArray[np.float64]

#: Exponent and cut-off of the votes of a judge: P(k) ∝ k^−2.3 up to 600 has mean 2.4 and median 1, as published
#: (LMSYS post of 2024-05-08: mean 2.37, median 1, most 591).
_EXPONENT, _MOST = 2.3, 600

#: Relative activity by hour of the day (UTC), from midnight.
_HOURS = np.array([5, 5, 5, 5, 4, 4, 4, 5, 6, 7, 8, 8, 8, 9, 10, 10, 10, 9, 9, 8, 8, 7, 6, 5], dtype=float)

#: Seconds in a day.
_DAY = 86_400


def draw_judges(rows: int, rng: np.random.Generator) -> Integers:
    """The judge of each vote, shape (rows,), votes of one judge next to each other; judges are numbered from 0."""
    sizes = np.arange(1, _MOST + 1, dtype=float)
    shares = sizes**-_EXPONENT
    cumulative = np.cumsum(shares) / shares.sum()
    votes: Integers = np.searchsorted(cumulative, rng.random(rows)).astype(np.int64) + 1  # more judges than needed
    judges = np.searchsorted(np.cumsum(votes), rows) + 1
    return np.repeat(np.arange(judges), votes[:judges])[:rows]


def draw_times(judge: Integers, arena: Arena, rng: np.random.Generator) -> Integers:
    """Seconds from the arena's start of each vote, shape (rows,).

    A judge comes at a moment of the daily cycle, with fewer people at weekends; each further vote follows within
    minutes, or, one time in five, some days later.
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
    return np.asarray(np.floor(seconds % (arena.days * _DAY)), dtype=np.int64)


def _moments(count: int, arena: Arena, rng: np.random.Generator) -> Floats:
    weekday = (np.datetime64(arena.start, "D").astype(np.int64) + 3 + np.arange(arena.days)) % 7  # 0 is Monday
    busy = np.where(weekday >= 5, 0.8, 1.0)
    day = rng.choice(arena.days, size=count, p=busy / busy.sum())
    hour = rng.choice(24, size=count, p=_HOURS / _HOURS.sum())
    return np.asarray(day * _DAY + (hour + rng.random(count)) * 3600)
