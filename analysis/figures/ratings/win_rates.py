"""Figure of win rates: observed and predicted in one matrix."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import INK, QUIET, canvas, head_columns, house_style, plain, write_title

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.ratings.win_rates import WinRates

#: Orange below one half, white there, blue above.
_SHADES = LinearSegmentedColormap.from_list("wins", ["#E8935F", "#FFFFFF", "#5B9BD0"])

#: Distance from one half at which a colour is full.
_SPAN = 0.25


@drawn
def figure_win_rates(rates: WinRates) -> Figure:
    """How often the model of a row beats that of a column: observed, and under it what the ratings predict.

    A frame marks the cells whose 95 % interval misses the prediction; pairs with few votes show the prediction alone.
    """
    table, models = rates.table, list(rates.models)
    met = table[table["votes"] >= rates.enough]
    title = _takeaway(met, rates)
    with house_style():
        figure, axes = canvas(2.4 + 0.4 * max(len(models), 4))
        axes.set(xlim=(-0.5, len(models) - 0.5), ylim=(len(models) - 0.5, -0.5))
        for _, row in table.iterrows():
            better, worse = models.index(row["model"]), models.index(row["other"])
            known, fits = row["votes"] >= rates.enough, bool(row["fits"])
            _cell(axes, better, worse, row["observed_share"] if known else np.nan, row["predicted_share"], fits)
            _cell(axes, worse, better, 1 - row["observed_share"] if known else np.nan, 1 - row["predicted_share"], fits)
        axes.set_yticks(range(len(models)), [plain(model, 32) for model in models])
        head_columns(axes, [plain(model, 22) for model in models])
        subtitle = "Per cent of votes that the row's model wins, ties half; small: as predicted; framed: the interval misses that"
        write_title(axes, title, subtitle)
    return Figure(figure, title, f"{title}. {rates.sentence} {_words(met)}")


def _cell(axes: Axes, row: int, column: int, observed: float, predicted: float, fits: bool) -> None:
    """One pair: shaded and written by what was observed (NaN: too few votes), the prediction small under it."""
    axes.text(column, row + 0.25, f"{100 * predicted:.0f}", ha="center", va="center", fontsize=6.5, color=QUIET, zorder=3)
    if np.isnan(observed):
        return
    shade = _SHADES(0.5 + np.clip((observed - 0.5) / _SPAN, -1, 1) / 2)
    axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=shade, edgecolor="white", linewidth=1, zorder=1))
    if not fits:
        axes.add_patch(Rectangle((column - 0.44, row - 0.44), 0.88, 0.88, fill=False, edgecolor=INK, linewidth=1.4, zorder=2))
    axes.text(column, row - 0.13, f"{100 * observed:.0f}", ha="center", va="center", fontsize=9, zorder=3)


def _takeaway(met: pd.DataFrame, rates: WinRates) -> str:
    """How many observed win rates the ratings miss."""
    models, misses = len(rates.models), int((~met["fits"]).sum())
    if met.empty:
        return f"No two of {models} models met in {rates.enough} votes or more"
    which = f"{misses} of {len(met)} win rates" if misses else f"None of {len(met)} win rates"
    return f"{which} among {models} models {'miss' if misses > 1 else 'misses'} what the ratings predict"


def _words(met: pd.DataFrame) -> str:
    """The pairs that miss, or else the first few."""
    chosen = met if met["fits"].all() else met[~met["fits"]]
    parts = [
        f"{plain(row['model'])} beats {plain(row['other'])} in {100 * row['observed_share']:.0f} %, "
        f"predicted {100 * row['predicted_share']:.0f} %"
        for _, row in chosen.head(6).iterrows()
    ]
    return f"{'; '.join(parts)}." if parts else ""
