"""Figure of how few votes hold the first places, beside how many chance would have to take away."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import BLUE, FAINT, QUIET, house_style, label_rows, narrow, plain, write_title
from analysis.results.prose import counted

if TYPE_CHECKING:
    from analysis.audit.fragility import Fragility


@drawn
def figure_fragility(result: Fragility) -> Figure:
    """For the first place and the first few: the fewest votes without which other models stand there (blue), and how many votes
    left out at random do it once in twenty times (grey)."""
    table, title = result.table, _title(result)
    # Level ratings are held by no vote: nothing stands for that on a scale of powers of ten.
    rows, chosen = places(len(table)), table["votes_needed"].where(table["votes_needed"] > 0).to_numpy(float)
    random = np.maximum(table["random_share"].to_numpy(float) * result.first.votes, 1.0)
    with house_style():
        figure, axes = rows_canvas(len(table), 1.35)
        axes.hlines(rows, chosen, np.where(np.isnan(random), chosen, random), color=FAINT, linewidth=1.6)
        axes.scatter(random, rows, s=34, color=QUIET, zorder=3)
        axes.scatter(chosen, rows, s=44, color=BLUE, zorder=4)
        axes.set_xscale("log")
        axes.set_xlim(0.4, 1.6 * result.first.votes)
        axes.xaxis.set_major_locator(LogLocator(numticks=5 if narrow() else 8))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda votes, _: f"{votes:,.0f}"))
        axes.grid(axis="x")
        axes.set_xlabel("Votes left out, each step ten times as many")
        names = ["First place" if top == 1 else f"First {top}" for top in table["first"]]
        needed = [f"{votes:,}" for votes in table["votes_needed"]]
        by_chance = [
            "never" if np.isnan(share) else f"{max(1, round(share * result.first.votes)):,}" for share in table["random_share"]
        ]
        label_rows(axes, rows, names, [needed, by_chance], ["fewest", "at random"])
        said = (
            "Blue: the fewest votes without which another model stands there; grey: votes left out at random, to do it once in 20"
        )
        write_title(axes, title, said, room=14)
    parts = ", ".join(
        f"the first {top} on {votes:,}" for top, votes in zip(table["first"][1:], table["votes_needed"][1:], strict=True)
    )
    alt = f"{title}.{f' So hang {parts}.' if parts else ''}"
    return Figure(figure, title, alt, table)


def _title(result: Fragility) -> str:
    """How many votes hold the first place, and whose."""
    swap = result.first
    if not swap.needed:
        return f"No vote holds the first place: {plain(swap.model)} and {plain(swap.other)} have level ratings"
    holds = "holds" if swap.needed == 1 else "hold"
    return f"{counted(swap.needed, 'vote')} of {swap.votes:,} {holds} {plain(swap.model)} above {plain(swap.other)}"
