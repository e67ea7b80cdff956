"""Figure of the share of repeats by group."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from analysis.figures.figure import Figure, drawn
from analysis.figures.prompts.repeats import dots
from analysis.figures.shares.rows import given
from analysis.figures.style import INK, plain
from analysis.results.prose import percent, spoken

if TYPE_CHECKING:
    from analysis.prompts.repeat_shares import RepeatShares


@drawn
def figure_repeat_shares(shares: RepeatShares, top: int = 15) -> Figure:
    """The share of repeats of each group, beside that over all votes: the `top` with most votes, and those furthest apart."""
    table = shares.table
    if len(table) > top:
        kept = table.index.isin([*table.nlargest(top, "votes").index, *shares.ends.index])
        table = table[kept]
    whole = float(shares.whole["share"])
    title = f"{percent(whole)} of the prompts were asked before"
    if len(shares.ends):
        low, high = shares.ends.iloc[0], shares.ends.iloc[1]
        least, most = (f"{percent(row['share'])} ({plain(row['group'])})" for row in (low, high))
        title = f"Repeats: {least}, clearly below {most}"
    which = f"; {len(table)} of {len(shares.table)} groups" if len(table) < len(shares.table) else ""
    subtitle = f"Share of repeats by {spoken(shares.by)}; dots with {percent(shares.level, 0)} intervals{which}"
    over = f"Over all votes it is {percent(whole)}."
    figure = dots(table, "repeated", title, subtitle, (whole, f"all votes {percent(whole)}", INK), over)
    return replace(figure, data=given(shares.table, table))
