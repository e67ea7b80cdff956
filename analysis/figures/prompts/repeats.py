"""Figures of repeats: the share of repeated prompts, by each way to count them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import rows_canvas, share_rows
from analysis.figures.style import BLUE, ORANGE, house_style, plain, reference_line, write_title
from analysis.prompts.repeats import ASKED
from analysis.results.prose import announced_percent, percent

if TYPE_CHECKING:
    import pandas as pd

    from analysis.prompts.repeats import Repeats


@drawn
def figure_repeats(repeats: Repeats) -> Figure:
    """The share of repeats, by each way to count them, beside the announced share."""
    row = repeats.shares.iloc[0]
    title = f"{percent(row['share'], 2)} of the votes have a first prompt that {ASKED[repeats.kind]}"
    subtitle = f"Share of {repeats.votes:,} votes with a prompt; dots with {percent(repeats.level, 0)} intervals"
    comparable = repeats.kind == "exact" and not repeats.part  # else the announcement speaks of something else
    announced = (repeats.announced, f"announced {announced_percent(repeats.announced)}", ORANGE) if comparable else None
    return dots(repeats.shares, "repeated", title, subtitle, announced)


def dots(
    table: pd.DataFrame, hits: str, title: str, subtitle: str, held: tuple[float, str, str] | None = None, alt: str = ""
) -> Figure:
    """A line per group with its share, interval and counts.

    Args:
        held: a share that all are held against, its words and its colour.
        alt: what the figure shows, after the title; by default the first share with its interval.
    """
    with house_style():
        figure, axes = rows_canvas(len(table), 1.5)
        counts = [f"{count:,} of {votes:,}" for count, votes in table[[hits, "votes"]].itertuples(index=False)]
        names = [plain(group) for group in table["group"]]
        share_rows(axes, table, names, [BLUE] * len(table), [counts], held[0] if held else 0.0)
        if held:
            reference_line(axes, *held)
        write_title(axes, title, subtitle, room=14 if held else 0)
    first = table.iloc[0]
    words = f"{plain(first['group'])}: {percent(first['share'])} ({percent(first['lower'])} to {percent(first['upper'])})."
    return Figure(figure, title, f"{title}. {alt or words}", table)
