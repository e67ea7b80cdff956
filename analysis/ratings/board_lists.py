"""Lists out of boards: how much the length and layout of an answer move votes, how categories differ, and who is left out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.special import expit

from analysis.distributions import norm
from analysis.errors import InputError
from analysis.ratings.basis import over
from analysis.ratings.board import Board
from analysis.ratings.boards import CategoryRanks
from analysis.results.listing import Listing
from analysis.results.prose import counted, joined, percent, signed
from analysis.shares.discovery import RATE, q_values
from analysis.votes.schema import STYLE_FEATURES

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.ratings.fits import Fit

    Floats = NDArray[np.float64]


def style_coefficients(board: Board) -> Listing:
    """feature, coefficient, lower, upper, p_value (two-sided), q_value: the style coefficients of a board under style control.

    A coefficient is in log-odds per standard deviation of the relative difference (see `analysis.ratings.style_control`).

    Raises:
        InputError: the board was not fitted under style control.
    """
    style = None if board.fit is None else board.fit.style
    if board.fit is None or style is None:
        raise InputError("style coefficients need a board fitted under style control.")
    table = _table(board, board.fit, style)
    sure = table[table["q_value"] <= RATE]
    rule = f"(false-discovery rate {percent(RATE, 0)})"
    if sure.empty:
        words = f"None of the four style features moves votes by more than chance allows {rule}."
    else:
        row = sure.loc[sure["coefficient"].abs().idxmax()]
        won = 100 * (expit(abs(row["coefficient"])) - 0.5)
        span = f"{percent(board.settings.level, 0)} {signed(row['lower'], 3)} to {signed(row['upper'], 3)}"
        named = f"{row['feature']}, {signed(row['coefficient'], 3)} ({span})"
        words = (
            f"{joined(sure['feature'])} {'moves' if len(sure) == 1 else 'move'} votes beyond what chance allows "
            f"{rule}. The strongest is {named}: between equal models, one standard deviation more of it "
            f"{'wins' if row['coefficient'] > 0 else 'costs'} {won:.1f} per cent of the votes."
        )
    return Listing(table, f"Style coefficients: {board.category.label}; {over([board.basis])}", words)


def _table(board: Board, fit: Fit, style: Floats) -> pd.DataFrame:
    """One row per feature: coefficient with its interval, over what those of the ratings are over, p- and q-value."""
    error = np.sqrt(np.diag(board.basis.joint(fit))[len(fit.strength) :])
    half = norm.ppf(0.5 + board.settings.level / 2) * error
    # A feature that never varies has neither an effect nor an error.
    p_value = 2 * norm.sf(np.divide(np.abs(style), error, out=np.zeros(len(style)), where=error > 0))
    return pd.DataFrame(
        {
            "feature": STYLE_FEATURES,
            "coefficient": style,
            "lower": style - half,
            "upper": style + half,
            "p_value": p_value,
            "q_value": q_values(p_value),
        }
    )


def category_changes(ranks: CategoryRanks) -> Listing:
    """category, model, change, lower, upper, q_value: the ratings that differ from those in the first category by more than
    chance allows (false-discovery rate over all of them), the clearest first."""
    clear = ranks.changes[ranks.changes["q_value"] <= RATE].drop(columns="p_value")
    clear = clear.sort_values(["q_value", "change"], ascending=[True, False], ignore_index=True)
    first = next(iter(ranks.boards.values())).category.label
    rule = f"false-discovery rate {percent(RATE, 0)}"
    if ranks.changes.empty:
        words = "There is no other category whose votes could be held against it."
    elif clear.empty:
        words = f"No rating in another category differs from that in {first} by more than chance allows ({rule})."
    else:
        words = (
            f"{counted(len(clear), 'rating')} of {len(ranks.changes):,} {'differs' if len(clear) == 1 else 'differ'} ({rule})."
        )
    return Listing(clear, f"Ratings that differ from those in {first}", words)


def category_sizes(ranks: CategoryRanks) -> Listing:
    """category, votes, models: how much the ranks in each category rest on."""
    sizes = ranks.sizes.sort_values("votes", ascending=False, ignore_index=True)
    most, least = sizes.iloc[0], sizes.iloc[-1]
    words = f"{counted(len(sizes), 'category', 'categories')}, from {least['category']} with {counted(least['votes'], 'vote')}"
    return Listing(sizes, "Votes behind each category", f"{words} to {most['category']} with {most['votes']:,}.")


def unrated(board: Board) -> Listing:
    """model, votes, reason: the models a board leaves out, those with most votes first."""
    words = board.not_rated or f"All {len(board.models)} models are rated."
    return Listing(board.left_out, f"Models left out: {board.category.label}", words)
