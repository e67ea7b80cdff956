"""Figures of shares with their intervals: repeated prompts, and prompts that a released set holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    ORANGE,
    beside,
    canvas,
    house_style,
    note,
    plain,
    reference_line,
    row_height,
    share_axis,
    write_title,
)
from analysis.results.prose import announced_percent, percent

if TYPE_CHECKING:
    import pandas as pd

    from analysis.prompts.exposure import Exposure
    from analysis.prompts.repeats import Repeats

#: Groups that a figure's words name.
_NAMED = 6


@drawn
def figure_repeats(repeats: Repeats) -> Figure:
    """The share of repeats, by each way to count them, beside the announced share."""
    if not repeats.votes:
        title, words = "No vote has a prompt", "All prompts are blank, so that none can repeat another."
        return Figure(note(title, words), title, f"{title}. {words}")
    row = repeats.shares.iloc[0]
    title = f"{percent(row['share'], 2)} of the votes have a first prompt that was asked before"
    subtitle = f"Share of {repeats.votes:,} votes with a prompt; dots with {percent(repeats.level, 0)} intervals"
    return _dots(repeats.shares, "repeated", title, subtitle, (repeats.announced, announced_percent(repeats.announced)))


@drawn
def figure_exposure(exposure: Exposure, top: int = 25) -> Figure:
    """The share of votes whose first prompt is in the set: of all votes, of the `top` models with most votes, and of the two
    furthest apart."""
    table = exposure.table
    table = table[(np.arange(len(table)) <= top) | table.index.isin(exposure.ends)]
    row = exposure.table.iloc[0]
    title = f"{percent(row['share'], 2)} of the votes have a first prompt that is in {plain(exposure.source)}"
    shown = f"; {len(table) - 1} of {len(exposure.table) - 1} models" if len(table) < len(exposure.table) else ""
    subtitle = f"Share of all votes, and of each model's; dots with {percent(exposure.level, 0)} intervals{shown}"
    return _dots(table, "exposed", title, subtitle)


def _dots(table: pd.DataFrame, hits: str, title: str, subtitle: str, announced: tuple[float, str] | None = None) -> Figure:
    """A line per group with its share, interval and counts."""
    rows = -np.arange(float(len(table)))
    with house_style():
        figure, axes = canvas(1.5 + row_height() * max(len(table), 3))
        axes.hlines(rows, table["lower"], table["upper"], color=BLUE, linewidth=2.2, alpha=0.55)
        axes.scatter(table["share"], rows, s=30, c=BLUE, zorder=3)
        axes.set_yticks(rows, [plain(group) for group in table["group"]])
        axes.set_ylim(-len(table) + 0.3, 0.7)
        share_axis(axes, max(float(table["upper"].max()), announced[0] if announced else 0.0))
        if announced:
            reference_line(axes, announced[0], f"announced {announced[1]}", ORANGE)
        for place, (count, votes) in zip(rows, table[[hits, "votes"]].itertuples(index=False), strict=True):
            beside(axes, place, f"{count:,} of {votes:,}")
        write_title(axes, title, subtitle, room=14 if announced else 0)
    words = "; ".join(
        f"{plain(row.group)}: {percent(row.share)} ({percent(row.lower)} to {percent(row.upper)})"
        for row in table.head(_NAMED).itertuples()
    )
    return Figure(figure, title, f"{title}. {words}.")
