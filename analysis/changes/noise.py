"""Noise of a change of ratings, where few votes came.

The sandwich squares the scores of the votes as they fell. Where a model has only some dozen votes since the earlier edition, and
lost nearly all of them, these squares are small by the very chance that moved its rating, and the change looks surer than it is.
What the votes were expected to scatter does not depend on how they fell. So the variance of each change is no less than the
expected one, times what the sandwich is of it on average over all models: that says how much ties take off, and what votes of
one judge add.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.fits import Fit, laplacian
from analysis.ratings.intervals import centred

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.ballots import Ballots
    from analysis.ratings.pairs import PairCounts
    from analysis.ratings.shift import Shift

    Floats = NDArray[np.float64]


def steadied(shift: Shift, earlier: Ballots, later: Ballots) -> Shift:
    """The shift with variances that are no less than the votes that came, went or count otherwise were expected to give.

    Args:
        shift: between two fitted boards.
        earlier, later: the ballots of each, of one reading.
    """
    expected, moved = _expected(shift, earlier, later)
    variance = np.diag(shift.covariance)
    known = (np.diag(expected) > 0) & (moved > 0)
    if not known.any():
        return shift
    scale = np.average(variance[known] / np.diag(expected)[known], weights=moved[known])
    wider = np.sqrt(np.maximum(scale * np.diag(expected) / np.maximum(variance, 1e-300), 1.0))
    added = shift.covariance * (np.outer(wider, wider) - 1)
    return replace(shift, cross=shift.cross - added / 2)


def _expected(shift: Shift, earlier: Ballots, later: Ballots) -> tuple[Floats, Floats]:
    """Covariance of the changes as the model expects it of independent votes, shape (m, m), points squared, and of each model
    how many votes came or went, shape (m,)."""
    fits = [fit for fit in (shift.board_from.fit, shift.board_to.fit) if fit is not None]
    pairs, size = later.pairs, len(later.pairs.first)
    in_both = np.isin(earlier.row, later.row), np.isin(later.row, earlier.row)
    gone, kept = (np.bincount(earlier.pair[chosen], minlength=size).astype(float) for chosen in (~in_both[0], in_both[0]))
    new = np.bincount(later.pair[~in_both[1]], minlength=size).astype(float)
    (was, now), (before, after) = ([_per_vote(fit, pairs) for fit in fits], [_bread(fit, pairs) for fit in fits])
    shared = (was > 0) & (now > 0)
    parts = (
        (after - before, np.where(shared, kept * now, 0.0)),
        (after, now * (new + np.where(shared, 0, kept))),
        (before, was * (gone + np.where(shared, 0, kept))),
    )
    whole = np.sum([bread @ laplacian(pairs, weight) @ bread for bread, weight in parts], axis=0)
    places = pd.Index(pairs.models).get_indexer(pd.Index(shift.models))
    return centred(whole, places) * POINTS**2, pairs.scatter(new + gone, new + gone)[places]


def _bread(fit: Fit, pairs: PairCounts) -> Floats:
    """The inverse information of the strengths over the models of `pairs`, zero for those that the fit does not have."""
    places, size = pd.Index(pairs.models).get_indexer(pd.Index(fit.pairs.models)), len(fit.strength)
    whole = np.zeros((len(pairs.models),) * 2)
    whole[np.ix_(places, places)] = fit.bread[:size, :size]
    return whole


def _per_vote(fit: Fit, pairs: PairCounts) -> Floats:
    """The squared score that the fit expects of one vote of each of `pairs`, shape (P,); 0 where it has none of them."""
    size = len(pairs.models)
    places = pd.Index(pairs.models).get_indexer(pd.Index(fit.pairs.models))
    keys = places[fit.pairs.first] * size + places[fit.pairs.second]
    found = pd.Series(fit.squares[1] / np.maximum(fit.pairs.total, 1e-300), index=keys)
    return found.reindex(pairs.first * size + pairs.second).fillna(0.0).to_numpy()
