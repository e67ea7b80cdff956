"""Style coefficients: how much the length and layout of an answer move votes, beside the model that wrote it."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import expit
from scipy.stats import norm

from analysis.basis import over
from analysis.board import Board
from analysis.errors import InputError
from analysis.listing import Listing
from analysis.prose import percent
from analysis.schema import STYLE_FEATURES
from analysis.style_control import StyleFit


def style_coefficients(board: Board) -> Listing:
    """The style coefficients of a board fitted under style control: feature, coefficient, lower, upper, p_value.

    A coefficient is in log-odds per standard deviation of the relative difference (see `analysis.style_control`).

    Raises:
        InputError: the board was not fitted under style control.
    """
    if not isinstance(board.fit, StyleFit):
        raise InputError("style coefficients need a board fitted under style control.")
    table = _table(board, board.fit)
    sure = table[(table["lower"] > 0) | (table["upper"] < 0)]
    row = table.loc[table["coefficient"].abs().idxmax()]
    if sure.empty:
        words = "None of the four style features moves votes by more than chance allows."
    else:
        won = 100 * (expit(abs(row["coefficient"])) - 0.5)
        span = f"{percent(board.settings.level, 0)} {row['lower']:+.3f} to {row['upper']:+.3f}"
        named = f"{row['feature']}, {row['coefficient']:+.3f} ({span})"
        words = (
            f"{', '.join(sure['feature'])} {'moves' if len(sure) == 1 else 'move'} votes beyond what chance allows. "
            f"The strongest is {named}: between equal models, one standard deviation more of it "
            f"{'wins' if row['coefficient'] > 0 else 'costs'} {won:.1f} per cent of the votes."
        )
    return Listing(table, f"Style coefficients: {board.category.label}; {over([board.basis])}", words.replace("-", "−"))


def _table(board: Board, fit: StyleFit) -> pd.DataFrame:
    """One row per feature: coefficient with its interval, over what those of the ratings are over, and p-value."""
    error = np.sqrt(np.diag(board.basis.joint(fit))[len(fit.strength) :])
    half = norm.ppf(0.5 + board.settings.level / 2) * error
    return pd.DataFrame(
        {
            "feature": STYLE_FEATURES,
            "coefficient": fit.coefficients,
            "lower": fit.coefficients - half,
            "upper": fit.coefficients + half,
            "p_value": 2 * norm.sf(np.abs(fit.coefficients) / error),
        }
    )
