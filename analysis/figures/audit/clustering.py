"""Figure of how wide intervals are over votes and over judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.audit.check import Verdict
from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import given, places, rows_canvas
from analysis.figures.style import BLUE, ORANGE, QUIET, house_style, label_rows, plain, rows_for, write_title
from analysis.results.prose import percent

if TYPE_CHECKING:
    from analysis.audit.clustering import VoteClustering

#: How many times as wide intervals must be to be said so; below, they are so much wider.
_MANIFOLD = 2.0


@drawn
def figure_clustering(check: VoteClustering, top: int = 20) -> Figure:
    """Half widths of the intervals of the `top` first models over votes, grey, and over judges; orange where it is to beware."""
    shown = check.table.head(max(rows_for(top), 1))
    rows, colour = places(len(shown)), ORANGE if check.verdict is Verdict.BEWARE else BLUE
    known, title = not np.isnan(check.widening), _title(check)
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.5)
        if known:
            axes.hlines(rows, shown["half_width_votes"], shown["half_width_judges"], color=colour, linewidth=2.2, alpha=0.72)
            axes.scatter(shown["half_width_judges"], rows, s=28, color=colour, zorder=3)
        axes.scatter(shown["half_width_votes"], rows, s=28, color=QUIET, zorder=2)
        widest = shown[["half_width_votes", "half_width_judges"]].max().max()
        axes.set_xlim(0, max(1.08 * float(widest), 1.0))
        axes.set_xlabel("± points")
        axes.grid(axis="x")
        columns = [[f"{votes:,}" for votes in shown["votes"]], [f"{judges:,}" for judges in shown["equal_judges"]]]
        label_rows(axes, rows, [plain(model) for model in shown["model"]], columns, ["votes", "worth judges"])
        over = "over votes (grey) and over judges" if known else "over votes"
        write_title(axes, title, f"Half widths of the intervals {over}; the judges that a model's votes are worth", room=14)
    alt = f"{title}. Half widths of {len(shown)} intervals {over}."
    return Figure(figure, title, alt, given(check.table, shown))


def _title(check: VoteClustering) -> str:
    """How much wider intervals are, or how few people there are."""
    if np.isnan(check.widening):
        return f"The votes are those of {check.worth:,.1f} equally busy judges"
    if round(check.widening, 2) <= 1:
        return "Over judges intervals are no wider than over votes"
    if check.widening >= _MANIFOLD:
        return f"Over judges intervals are {check.widening:.1f} times as wide as over votes"
    return f"Over judges intervals are {percent(check.widening - 1, 0)} wider than over votes"
