"""Figure of win rates: observed and predicted in one matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    ON_LIGHT,
    PALE_GAINS,
    PALE_LOSSES,
    QUIET,
    canvas,
    house_style,
    name_square,
    narrow,
    plain,
    write_title,
)
from analysis.results.prose import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.ratings.win_rates import WinRates

#: Orange below one half, nearly white there, blue above: fills that are the same in light and dark.
_SHADES = LinearSegmentedColormap.from_list("wins", [PALE_LOSSES, "#f2f1ed", PALE_GAINS])

#: Distance from one half at which a colour is full.
_SPAN = 0.25

#: Models of a narrow figure.
_FEW = 7

#: Inches of a row of the matrix on a page and on a narrow screen, where the name stands over its row.
_ROW = (0.37, 0.58)

#: Top and bottom of a cell, in rows from the middle of its row, on a page and on a narrow screen.
_CELL = ((-0.5, 0.5), (-0.18, 0.48))


@drawn
def figure_win_rates(rates: WinRates) -> Figure:
    """How often the model of a row beats that of a column: observed, and under it what the ratings predict.

    A frame marks the pairs that miss the prediction beyond what chance allows over all pairs of the board; pairs with few
    votes show the prediction alone. On a narrow screen there are fewer models, and numbers stand for them over the columns.
    """
    models = _shown(rates)
    table = rates.table[rates.table["model"].isin(models) & rates.table["other"].isin(models)]
    title = _takeaway(rates)
    with house_style():
        figure, axes = canvas((1.2 if narrow() else 1.9) + _ROW[narrow()] * max(len(models), 3))
        axes.set(xlim=(-0.5, len(models) - 0.5), ylim=(len(models) - 0.5, -0.5))
        odd = set(zip(rates.clear["model"], rates.clear["other"], strict=True))
        for _, row in table.iterrows():
            better, worse = models.index(row["model"]), models.index(row["other"])
            seen = row["observed_share"] if row["votes"] >= rates.enough else np.nan
            framed = (row["model"], row["other"]) in odd
            _cell(axes, better, worse, seen, row["predicted_share"], framed)
            _cell(axes, worse, better, 1 - seen, 1 - row["predicted_share"], framed)
        name_square(axes, [plain(model) for model in models], above=0.33)
        framed_words = "; framed: more than chance" if odd else ""
        whole = len({*rates.frame["model"], *rates.frame["other"]})
        which = f"; {len(models)} of {whole} models" if len(models) < whole else ""
        subtitle = f"Per cent of votes that the row's model wins, ties half; under it, as predicted{framed_words}{which}"
        write_title(axes, title, subtitle)
    alt = f"{title}. Win rates among {counted(len(models), 'model')}, observed and predicted."
    return Figure(figure, title, alt, table)


def _shown(rates: WinRates) -> list[str]:
    """The models of the matrix, in the board's order; of a narrow one those of the clearest pairs or the surprise, then the
    first."""
    if not narrow():
        return list(rates.models)
    told = rates.clear.head(2)[["model", "other"]].to_numpy().ravel().tolist()
    if rates.surprise is not None:
        told += [rates.surprise["model"], rates.surprise["other"]]
    wanted = list(dict.fromkeys(model for model in [*told, *rates.models] if model in rates.models))[:_FEW]
    return [model for model in rates.models if model in wanted]


def _cell(axes: Axes, row: int, column: int, observed: float, predicted: float, framed: bool) -> None:
    """One pair: shaded and written by what was observed (NaN: too few votes), the prediction under it."""
    top, bottom = _CELL[narrow()]
    known, height = not np.isnan(observed), bottom - top
    upper, lower = (row + top + part * height for part in (0.32, 0.74))
    colour = ON_LIGHT if known else QUIET
    axes.text(column, lower, f"{100 * predicted:.0f}", ha="center", va="center", fontsize=8, color=colour, zorder=3)
    if not known:
        return
    shade = _SHADES(0.5 + np.clip((observed - 0.5) / _SPAN, -1, 1) / 2)
    axes.add_patch(Rectangle((column - 0.48, row + top + 0.02), 0.96, height - 0.04, facecolor=shade, edgecolor="none", zorder=1))
    if framed:
        place, size = (column - 0.44, row + top + 0.06), (0.88, height - 0.12)
        axes.add_patch(Rectangle(place, *size, fill=False, edgecolor=ON_LIGHT, linewidth=1.6, zorder=2))
    words = axes.text(column, upper, f"{100 * observed:.0f}", ha="center", va="center", fontsize=9.5, color=ON_LIGHT, zorder=3)
    words.set_fontweight("bold")


def _takeaway(rates: WinRates) -> str:
    """How many observed win rates the ratings miss beyond what chance allows."""
    whole, clear = int((rates.frame["votes"] >= rates.enough).sum()), rates.clear
    if not whole:
        return f"No two models met in {rates.enough} votes or more"
    if clear.empty:
        one = "The one win rate does not clearly miss" if whole == 1 else f"None of {whole:,} win rates clearly misses"
        return f"{one} what the ratings predict"
    top = clear.iloc[0]
    miss = f"{len(clear):,} of {whole:,} win rates clearly miss{'es' * (len(clear) == 1)} what the ratings predict"
    return f"{miss}, most: {plain(top['model'])} against {plain(top['other'])}"
