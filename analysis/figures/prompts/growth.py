"""Figure of how the share of repeats grows with the number of votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, FAINT, PERCENT, canvas, house_style, narrow, write_title
from analysis.results.prose import percent

if TYPE_CHECKING:
    from analysis.prompts.growth import Growth


@drawn
def figure_growth(growth: Growth) -> Figure:
    """The curve with its interval: solid up to the votes there are, dashed beyond."""
    table = growth.table
    seen = table[~table["extrapolated"]]
    whole, last = seen.iloc[-1], table.iloc[-1]
    title = f"With twice the votes {percent(last['share'])} would be repeats, now {percent(whole['share'])}"
    known = bool(table["upper"].notna().any())
    if np.isnan(last["upper"]):
        title = f"{percent(whole['share'])} of these votes are repeats; of twice as many they tell little"
    with house_style():
        figure, axes = canvas(2.9)
        axes.fill_between(table["votes"], table["lower"], table["upper"], color=FAINT, alpha=0.3, linewidth=0)
        axes.plot(seen["votes"], seen["share"], color=BLUE, linewidth=2)
        rest = table[table["votes"] >= whole["votes"]]
        axes.plot(rest["votes"], rest["share"], color=BLUE, linewidth=2, linestyle=(0, (3, 2)))
        axes.scatter([whole["votes"]], [whole["share"]], s=36, color=BLUE, zorder=3)
        axes.set_xlim(0, table["votes"].max() * 1.02)
        axes.set_ylim(0, max(float(table["upper" if known else "share"].max()), 0.01) * 1.1)
        axes.yaxis.set_major_formatter(PERCENT)
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.locator_params(axis="x", nbins=4 if narrow() else 8)
        axes.grid(axis="y")
        axes.set_xlabel("votes")
        with_ = f", with {percent(growth.level, 0)} intervals" if known else ""
        drawn_by = "judges" if growth.by_judge else "votes"
        subtitle = (
            f"Expected share of repeats among so many votes, drawn by {drawn_by}{with_}; dot: all votes, dashed: extrapolated"
        )
        write_title(axes, title, subtitle)
    return Figure(figure, title, f"{title}. The share of repeats by the number of votes.", table)
