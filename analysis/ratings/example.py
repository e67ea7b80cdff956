"""A worked example: three models whose ratings can be checked by hand against the votes between them."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.errors import InputError, WorkbookError
from analysis.ratings.board import Board
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.fits import NoFiniteStrengths
from analysis.results.listing import Listing
from analysis.results.prose import joined, signed, written

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.pairs import PairCounts

    Floats = NDArray[np.float64]

#: Models with most votes among which the three are looked for.
_LOOKED_AT = 12

#: Wins by which what is predicted and what was counted may differ: what a reader finds with a pocket calculator.
_CLOSE = 0.005


def worked_example(board: Board) -> Listing:
    """model, other, votes, wins, observed_share, difference, predicted_share: three models that met often, pair by pair, rated
    on the votes between them alone.

    `wins` counts a tie as half; `difference` is in points, the model's rating less the other's; `predicted_share` is
    1 / (1 + 10^(-difference / 400)). The likeliest ratings are those under which each model is expected to win as often as it
    did (Bradley and Terry 1952; the score equations of the likelihood), which is checked here.

    Raises:
        InputError: no three models of the board all met each other and can be rated on that alone.
        WorkbookError: the ratings do not reproduce the wins; a fault of the fit.
    """
    if board.fit is None:
        raise InputError("a worked example needs votes; a published board has none.")
    pairs = _three(board.fit.pairs)
    try:
        strength = fit_bradley_terry(pairs).strength
    except NoFiniteStrengths as error:
        raise InputError(f"{joined(pairs.models)} cannot be rated on the votes between them alone: {error}") from error
    table = _table(pairs, strength)
    counted, expected = _wins(table, "observed_share"), _wins(table, "predicted_share")
    if (off := float((counted - expected).abs().max())) > _CLOSE:
        raise WorkbookError(f"the ratings of {joined(pairs.models)} predict {off:.3f} wins more or fewer than were counted.")
    return Listing(table, f"{joined(pairs.models)}, rated on the votes between them alone", _words(table, counted, board))


def _three(pairs: PairCounts) -> PairCounts:
    """The three models whose least frequent pair has most votes, among those with most votes; the best first."""
    near = np.argsort(-pairs.votes_by_model, kind="stable")[:_LOOKED_AT]
    met = np.zeros((len(pairs.models),) * 2)
    np.add.at(met, (pairs.first, pairs.second), pairs.total)
    met += met.T
    least = {three: min(met[a, b] for a, b in combinations(three, 2)) for three in combinations(np.sort(near), 3)}
    best = max(least, key=lambda three: least[three], default=None)
    if best is None or not least[best]:
        raise InputError("no three models of the board all met each other.")
    return pairs.keep(np.array(best))


def _table(pairs: PairCounts, strength: Floats) -> pd.DataFrame:
    """One row per pair, the stronger model first."""
    rows = []
    for first, second, votes, score in zip(pairs.first, pairs.second, pairs.total, pairs.score, strict=True):
        ahead, behind, wins = (first, second, score) if strength[first] >= strength[second] else (second, first, votes - score)
        gap = float(strength[ahead] - strength[behind])
        rows.append(
            (pairs.models[ahead], pairs.models[behind], int(votes), wins, wins / votes, POINTS * gap, 1 / (1 + np.exp(-gap)))
        )
    columns = ["model", "other", "votes", "wins", "observed_share", "difference", "predicted_share"]
    return pd.DataFrame(rows, columns=columns).sort_values("difference", ignore_index=True)


def _wins(table: pd.DataFrame, share: str) -> pd.Series:
    """Wins of each model over the other two, from one of the two shares."""
    won = table["votes"] * table[share]
    both = pd.concat([won.groupby(table["model"]).sum(), (table["votes"] - won).groupby(table["other"]).sum()])
    return both.groupby(level=0).sum()


def _words(table: pd.DataFrame, counted: pd.Series, board: Board) -> str:
    """How to check the first model's wins, and what the whole board says of the three."""
    best = table.loc[table["difference"].idxmax(), "model"]
    own = table[table["model"] == best]
    sums = " + ".join(f"{row['votes']:,} × {row['predicted_share']:.4f}" for _, row in own.iterrows())
    ratings = dict(zip(board.models, board.ratings, strict=True))
    whole = joined(f"{signed(ratings[best] - ratings[other])} points on {other}" for other in own["other"])
    return (
        f"To check by hand: {best} should win {sums} = {written(counted[best], 1)} votes, and it did, ties counted as halves; "
        f"the same holds for the other two. With the votes against all other models too, the board gives it {whole}."
    )
