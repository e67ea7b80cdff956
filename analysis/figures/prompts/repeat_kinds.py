"""Figure of repeats by what counts as the same."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.figure import Figure, drawn
from analysis.figures.prompts.repeats import dots
from analysis.figures.style import plain
from analysis.results.prose import percent

if TYPE_CHECKING:
    from analysis.prompts.repeat_kinds import RepeatKinds


@drawn
def figure_repeat_kinds(kinds: RepeatKinds) -> Figure:
    """The share of repeats by each kind of likeness, the strictest first."""
    table = kinds.table
    first, last = table.iloc[0], table.iloc[-1]
    title = f"{percent(first['share'])} of the prompts were asked before {plain(first['group'])}, {percent(last['share'])} "
    title += f"{plain(last['group'])}"
    subtitle = f"Share of votes whose first prompt was asked before; dots with {percent(kinds.level, 0)} intervals"
    return dots(table, "repeated", title, subtitle, alt="Each row counts what the rows above it count.")
