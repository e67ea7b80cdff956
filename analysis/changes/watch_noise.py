"""How far a rating moves from one published board to a later one without any change: what can be said without the votes.

Two boards of a series share most of their votes, but only intervals are published, not their covariance. Three things can be
assumed, and each is used for what it can carry:

- *Nothing is shared*: the variances of both boards add up. That holds whatever is shared, as shared votes only make the
  difference steadier, and is far too wide for boards a week apart.
- *The later board has all votes of the earlier one and more*: then the variance of the difference is that of the earlier
  rating less that of the later one (Hausman, Econometrica 46, 1978, for an efficient estimate and a less efficient one). Where
  votes per model are published and did not fall, it follows from them: intervals are rounded and redrawn, and their difference
  is mostly noise. Models whose own votes are few among the new ones still move with their opponents, so that what three
  quarters of the models move beyond it is added, in proportion to both variances.
- *Three quarters of the models do not change*: without votes, their moves say how much is shared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from analysis.distributions import chi2

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: The part of the models that noise has to explain, and the square below which that part of standard normal numbers lies.
_PART = 0.75
_SQUARE = float(chi2.ppf(_PART, 1))

#: Ratings rounded to whole points add a twelfth of a point squared on each board.
_ROUNDED = 2 / 12

#: Votes that are added to those that came in: a single unlikely one moves a model further than a normal error would.
_FEW = 5.0

#: No move is smaller (points squared): digits, not noise.
_LEAST = 1e-12


@dataclass(frozen=True)
class Noise:
    """Standard errors of moves if no model changed, points, each shape (m,).

    Attributes:
        apart: as if the boards shared no vote.
        shared: as boards that share votes move.
        nested: where `shared` follows from votes that were published and did not fall, shape (m,), bool.
        usual: what three quarters of the models moved, in units of `apart`: above 1 it is more than if all votes were new.
    """

    apart: Floats
    shared: Floats
    nested: NDArray[np.bool_]
    usual: float

    @property
    def trusted(self) -> Floats:
        """What a move has to be beyond to be clear: `shared` where votes say so, else `apart`."""
        return np.where(self.nested, self.shared, self.apart)


def noise_of(
    move: Floats, variance_from: Floats, variance_to: Floats, votes: tuple[Floats, Floats] | None = None, *, whole: bool = False
) -> Noise:
    """The noise of moves (m,) against the others between two boards of these variances.

    Args:
        votes: of each model on either board; None where they are not published.
        whole: whether ratings are rounded to whole points.
    """
    rounding = _ROUNDED if whole else 0.0
    variance_from, variance_to = _with_width(variance_from), _with_width(variance_to)
    apart = variance_from + variance_to + rounding
    usual = float(np.sqrt(np.quantile(move**2 / np.maximum(apart, _LEAST), _PART) / _SQUARE))
    if votes is None:
        gained, nested = np.clip(variance_from - variance_to, 0, None), np.zeros(len(move), bool)
        shared = np.maximum(gained, min(usual, 1.0) ** 2 * apart) + rounding
    else:
        nested = (votes[0] > 0) & (votes[1] >= votes[0])
        shared = _gained(variance_from, variance_to, votes) + rounding
        shared = shared + _beyond(move[nested], shared[nested], apart[nested]) * apart
    shared = np.minimum(np.maximum(shared, _LEAST), np.maximum(apart, _LEAST))
    return Noise(np.sqrt(np.maximum(apart, _LEAST)), np.sqrt(shared), nested, usual)


def _with_width(variance: Floats) -> Floats:
    """An interval without width is that of the anchor, which others are measured from: it stands where others do."""
    known = variance[variance > 0]
    return np.where(variance > 0, variance, np.median(known) if len(known) else 0.0)


def _gained(variance_from: Floats, variance_to: Floats, votes: tuple[Floats, Floats]) -> Floats:
    """Variance of the difference that the votes between two boards make; where votes fell, those that went."""
    one, other = (np.maximum(count, 1.0) for count in votes)
    per_vote = (variance_from * one + variance_to * other) / 2
    return np.asarray(per_vote * (np.abs(other - one) + _FEW) / (one * other))


def _beyond(move: Floats, explained: Floats, apart: Floats) -> float:
    """By which multiple of `apart` most squared moves are beyond what is explained; 0 where they are not."""

    def left(multiple: float) -> float:
        return float(np.quantile(move**2 / np.maximum(explained + multiple * apart, _LEAST), _PART)) - _SQUARE

    if not len(move) or left(0) <= 0:
        return 0.0
    return 1.0 if left(1.0) > 0 else float(brentq(left, 0, 1.0))
