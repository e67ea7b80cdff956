"""Figures of what is in the votes: how many per group."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import bar_rows, given, rows_canvas
from analysis.figures.style import BLUE, house_style, narrow, plain, write_title
from analysis.results.prose import percent
from analysis.shares.contents import NAMED
from analysis.shares.groups import group_words

if TYPE_CHECKING:
    from analysis.shares.contents import Counts


@drawn
def figure_counts(counts: Counts, top: int = 15) -> Figure:
    """Votes per group as bars, in the table's order: the `top` groups with most votes (of months and times the last ones, and
    those with most votes that the title names)."""
    table = counts.table
    shown = table.tail(top) if counts.by in ("month", "time") else table.head(top)
    shown = table.loc[sorted({*shown.index, *counts.largest.index[:NAMED]})]
    title = "; ".join(str(counts.sentence).rstrip(".").split("; ")[:2])
    names = [plain(group_words(counts.by, group)) for group in shown["group"]]
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.3)
        columns = [[f"{votes:,}" for votes in shown["votes"]], [percent(share) for share in shown["share"]]]
        bar_rows(axes, shown["votes"], names, [BLUE] * len(shown), columns)
        axes.xaxis.set_major_locator(MaxNLocator(4 if narrow() else 6, integer=True))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda votes, _: f"{votes:,.0f}"))
        rest = f"; {len(shown)} of {len(table)} groups shown" if len(shown) < len(table) else ""
        both = ", each vote counted for both models" if counts.by == "model" else ""
        write_title(axes, title, f"Number of votes and share of all {counts.whole:,}{both}{rest}")
    return Figure(figure, title, str(counts.sentence), given(table, shown))
