"""Votes needed: about how many more votes would decide what those there are leave open.

A gap of d points with a standard error e is decided where d / e is beyond z, 1.96 at 95 %. From nothing, a study finds a gap that
is truly d with power 80 % once d / e is z + z₀.₈ = 2.80, the textbook's rule. Here the votes that there are count too: r times as
much information again makes of the estimate (d + r · new) / (1 + r), and with r from

    t + r δ / e − z₀.₈ √r = z √(1 + r),   t = d / e,

four of five such studies decide a gap that is truly δ. With δ = d that comes to the textbook's rule where r is large. It is said
with δ = d, and "at least" with δ at the upper end of the gap's interval; there is no upper end, for as long as a gap is undecided
its interval holds 0, and two models that are level are never told apart.

Information grows with the votes: at the present sampling, where all pairs grow alike, r times the votes there are; and of a pair
alone by w a vote, 1 / v′ = 1 / v + m w, so that m = r / (v w) votes are needed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.distributions import norm
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.simultaneous import distance_errors

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    from analysis.ratings.board import Board

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: How often so many votes decide, where the gap is the truth.
POWER = 0.8

#: Times the information there is above which no number of votes is said: the gap is nothing beside its error.
MOST = 1e6

#: Votes of a pair that its own squared scores weigh as much as those of the whole board.
_PRIOR = 50.0

#: Halvings of the range in which r lies, on a log scale.
_HALVINGS = 60


def growth(ratio: ArrayLike, truth: ArrayLike, level: float = 0.95, tests: int = 1) -> Floats:
    """How much more information decides, in units of what there is: r of the module; 0 where it is decided, infinite where it
    never will be.

    Args:
        ratio: t, the estimated gap in its standard errors, on the side that is to be found right; any shape.
        truth: δ / e, the gap that is taken for the truth, in the same units.
        level: of the two-sided test.
        tests: among how many tests it is the one that decides (Bonferroni).
    """
    ratio, truth = np.broadcast_arrays(np.asarray(ratio, dtype=float), np.asarray(truth, dtype=float))
    beyond, sure = float(norm.isf((1 - level) / 2 / tests)), float(norm.ppf(POWER))
    low, high = np.full(ratio.shape, np.log(1e-9)), np.full(ratio.shape, np.log(MOST))
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        more = np.exp(middle)
        decides = ratio + more * truth - sure * np.sqrt(more) >= beyond * np.sqrt(1 + more)
        low, high = np.where(decides, low, middle), np.where(decides, middle, high)
    found = np.exp(high)
    return np.where(ratio >= beyond, 0.0, np.where((truth <= 0) | (found > 0.99 * MOST), np.inf, found))


def growth_of(ratio: ArrayLike, level: float = 0.95, tests: int = 1) -> tuple[Floats, Floats]:
    """`growth` where the estimated gap is the truth, and at least: where the truth is the upper end of its interval."""
    ratio = np.asarray(ratio, dtype=float)
    upper = ratio + float(norm.ppf(0.5 + level / 2))
    return growth(ratio, ratio, level, tests), growth(ratio, upper, level, tests)


def votes_to_decide(board: Board, one: Integers, other: Integers) -> pd.DataFrame:
    """What pairs of models need, one row a pair: difference, difference_lower, difference_upper (points), votes (between the
    two), more, more_least (votes at the present sampling, of all models), pair_more, pair_least (votes of that pair alone), times
    (more, in units of all votes there are). All are 0 for a pair that is decided, and infinite where the two are level.

    Args:
        board: fitted here, with ties as half wins.
        one, other: positions of models on the board, shape (pairs,).
    """
    assert board.fit is not None
    level, whole = board.settings.level, board.fit.pairs.votes
    gap, error = board.ratings[one] - board.ratings[other], distance_errors(board.covariance)[one, other]
    half = float(norm.ppf(0.5 + level / 2)) * error
    likely, least = growth_of(np.abs(gap) / error, level)
    between, worth = _between(board, one, other)
    precision = (POINTS / error) ** 2  # natural-log units
    with np.errstate(invalid="ignore"):
        columns = {
            "difference": gap,
            "difference_lower": gap - half,
            "difference_upper": gap + half,
            "votes": between.astype(int),
            "more": np.ceil(likely * whole),
            "more_least": np.ceil(least * whole),
            "pair_more": np.ceil(likely * precision / worth),
            "pair_least": np.ceil(least * precision / worth),
            "times": likely,
        }
    return pd.DataFrame(columns)


def spread_of_votes(board: Board, one: Integers, other: Integers) -> tuple[Floats, Floats, Floats]:
    """Votes of pairs of models, the information p (1 − p) that Bradley and Terry's model sees in one vote, and the mean squared
    score of one, which ties make smaller; each shape (pairs,). Few votes of a pair lean on those of the whole board.

    Args:
        one, other: positions of models on the board, shape (pairs,).
    """
    fit = board.fit
    assert fit is not None
    size = len(board.models)
    place = pd.Index(fit.pairs.models).get_indexer(pd.Index(board.models))
    seen, expected = fit.squares
    votes, squared = np.zeros((size, size)), np.zeros((size, size))
    for matrix, values in ((votes, fit.pairs.total), (squared, seen)):
        np.add.at(matrix, (fit.pairs.first, fit.pairs.second), values)
    first, second = np.minimum(place[one], place[other]), np.maximum(place[one], place[other])
    chance = expit(fit.strength[first] - fit.strength[second])
    information = chance * (1 - chance)
    typical = information * seen.sum() / max(float(expected.sum()), 1e-300)
    own, cast = squared[first, second], votes[first, second]
    return cast, information, np.asarray((own + _PRIOR * typical) / (cast + _PRIOR))


def _between(board: Board, one: Integers, other: Integers) -> tuple[Floats, Floats]:
    """Votes of pairs, and by how much one more vote adds to the information on the difference of the two, natural-log units, each
    shape (pairs,): (p (1 − p))² over its squared score, and less where votes of one judge hang together."""
    assert board.fit is not None
    votes, information, squared = spread_of_votes(board, one, other)
    place = pd.Index(board.fit.pairs.models).get_indexer(pd.Index(board.models))
    alone = distance_errors(board.fit.covariance[np.ix_(place, place)])[one, other] * POINTS
    design = np.maximum((distance_errors(board.covariance)[one, other] / alone) ** 2, 1.0)
    return votes, information**2 / np.maximum(squared, 1e-300) / design


def about(votes: float) -> str:
    """A number of votes in two digits, as prose: `950`, `12,000`, `1.2 million`."""
    if not np.isfinite(votes) or votes >= 1e12:
        return "more than a trillion"
    digits = max(0, int(np.floor(np.log10(max(votes, 1)))) - 1)
    rounded = round(votes / 10**digits) * 10**digits
    for unit, word in ((1e9, "billion"), (1e6, "million")):
        if rounded >= unit:
            return f"{rounded / unit:.2g} {word}" if rounded < 100 * unit else f"{rounded / unit:.0f} {word}"
    return f"{rounded:,.0f}"
