"""Figures of what is in the votes: how many per group."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, beside, canvas, house_style, plain, row_height, write_title
from analysis.results.prose import percent
from analysis.shares.groups import group_words

if TYPE_CHECKING:
    from analysis.shares.contents import Counts


@drawn
def figure_counts(counts: Counts, top: int = 25) -> Figure:
    """Votes per group as bars, in the table's order: the `top` groups with most votes (of months and times the last ones, and
    the one with most votes)."""
    table = counts.table
    shown = table.tail(top) if counts.by in ("month", "time") else table.head(top)
    shown = table.loc[sorted({*shown.index, table["votes"].idxmax()})]
    rows = -np.arange(float(len(shown)))
    title = "; ".join(str(counts.sentence).rstrip(".").split("; ")[:2])
    with house_style():
        figure, axes = canvas(1.3 + row_height() * max(len(shown), 3))
        axes.barh(rows, shown["votes"], height=0.66, color=BLUE)
        axes.set_yticks(rows, [plain(group_words(counts.by, group)) for group in shown["group"]])
        axes.set_ylim(-len(shown) + 0.4, 0.6)
        axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda votes, _: f"{votes:,.0f}"))
        axes.grid(axis="x")
        for row, votes, share in zip(rows, shown["votes"], shown["share"], strict=True):
            beside(axes, row, f"{votes:,}")
            beside(axes, row, percent(share), points=54)
        rest = f"; {len(shown)} of {len(table)} groups shown" if len(shown) < len(table) else ""
        both = ", each vote counted for both models" if counts.by == "model" else ""
        write_title(axes, title, f"Number of votes and share of all {counts.whole:,}{both}{rest}")
    words = "; ".join(f"{plain(group_words(counts.by, row['group']))}: {row['votes']:,}" for _, row in shown.head(12).iterrows())
    return Figure(figure, title, f"{counts.sentence} {words}.")
