"""Figures of freshness: the share of fresh prompts period by period, and by group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.prompts.repeats import dots
from analysis.figures.shares.rows import given
from analysis.figures.style import BLUE, FAINT, GREEN, ORANGE, PERCENT, QUIET, canvas, house_style, narrow, write_title
from analysis.matching.likeness import MEANING
from analysis.prompts.freshness import PUBLISHED, PUBLISHED_SPREAD
from analysis.prompts.vote_groups import PERIODS
from analysis.results.prose import counted, percent, spoken

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.prompts.freshness import Freshness

#: Column, colour and line of each baseline.
BASELINES = (("week_share", QUIET, "-"), ("day_share", GREEN, "-"), ("steady_share", BLUE, (0, (3, 2))), ("share", BLUE, "-"))

#: Periods from which they make a line; fewer are rows.
_LINE = 4


@drawn
def figure_freshness(freshness: Freshness, top: int = 15) -> Figure:
    """Over periods, where there are enough, a line for each baseline; else a row for each period or group."""
    if freshness.by in PERIODS and len(freshness.told) >= _LINE:
        return _lines(freshness)
    return _rows(freshness, top)


def _title(freshness: Freshness) -> str:
    whole = freshness.baselines.iloc[0]
    return f"{percent(whole['share'])} of the first prompts are fresh, held against all before"


def _lines(freshness: Freshness) -> Figure:
    table, title = freshness.told, _title(freshness)
    table = table.assign(steady_share=table["steady_share"].where(table["steady_votes"] == table["votes"]))
    places = np.arange(len(table))
    with house_style():
        figure, axes = canvas(3.1)
        axes.fill_between(places, table["lower"], table["upper"], color=FAINT, alpha=0.3, linewidth=0)
        for column, colour, style in BASELINES:
            axes.plot(places, table[column], color=colour, linewidth=2 if column == "share" else 1.4, linestyle=style)
        _published(axes, freshness)
        every = -(-len(table) // (3 if narrow() else 7))
        axes.set_xticks(places[::every], list(table["group"])[::every])
        axes.set_xlim(-0.5, len(table) - 0.5)
        lowest = float(table[["lower", "share"]].min().min())
        axes.set_ylim(max(0.0, lowest - 0.05), 1.005)
        axes.yaxis.set_major_formatter(PERCENT)
        axes.grid(axis="y")
        few = f"; without {freshness.by}s of few votes" if len(table) < len(freshness.frame) else ""
        subtitle = (
            f"Fresh share by {freshness.by}. Blue, with {percent(freshness.level, 0)} intervals: against all before; green: a "
            f"day or more before; grey: a week or more; dashed: against the {counted(freshness.history, 'vote')} before{few}"
        )
        write_title(axes, title, subtitle)
    return Figure(figure, title, f"{title}. One line for each baseline, by {freshness.by}.", given(freshness.table, table))


def _published(axes: Axes, freshness: Freshness) -> None:
    """The published band, where the same is counted of the same."""
    if freshness.kind == MEANING and not freshness.part:
        axes.axhspan(PUBLISHED - PUBLISHED_SPREAD, PUBLISHED + PUBLISHED_SPREAD, color=ORANGE, alpha=0.15, linewidth=0)


def _rows(freshness: Freshness, top: int) -> Figure:
    table: pd.DataFrame = freshness.table
    if len(table) > top:
        table = table[table.index.isin(table.nlargest(top, "votes").index)]
    which = f"; {len(table)} of {len(freshness.table)} groups" if len(table) < len(freshness.table) else ""
    subtitle = f"Fresh share by {spoken(freshness.by)}; dots with {percent(freshness.level, 0)} intervals{which}"
    figure = dots(table, "fresh", _title(freshness), subtitle, alt=f"By {spoken(freshness.by)}.")
    return replace(figure, data=given(freshness.table, table))
