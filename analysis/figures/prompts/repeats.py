"""Figures of shares with their intervals: repeated prompts, and prompts that a released set holds."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import given, rows_canvas, share_rows
from analysis.figures.style import BLUE, ORANGE, house_style, plain, reference_line, write_title
from analysis.prompts.repeats import ASKED
from analysis.results.prose import announced_percent, percent

if TYPE_CHECKING:
    import pandas as pd

    from analysis.prompts.exposure import Exposure
    from analysis.prompts.repeats import Repeats


@drawn
def figure_repeats(repeats: Repeats) -> Figure:
    """The share of repeats, by each way to count them, beside the announced share."""
    row = repeats.shares.iloc[0]
    title = f"{percent(row['share'], 2)} of the votes have a first prompt that {ASKED[repeats.kind]}"
    subtitle = f"Share of {repeats.votes:,} votes with a prompt; dots with {percent(repeats.level, 0)} intervals"
    comparable = repeats.kind == "exact" and not repeats.part  # else the announcement speaks of something else
    announced = (repeats.announced, announced_percent(repeats.announced)) if comparable else None
    return _dots(repeats.shares, "repeated", title, subtitle, announced)


@drawn
def figure_exposure(exposure: Exposure, top: int = 12) -> Figure:
    """The share of votes whose first prompt is in the set: of all votes, of the `top` models with most votes, and of the two
    furthest apart."""
    table = exposure.table
    table = table[(np.arange(len(table)) <= top) | table.index.isin(exposure.ends)]
    row = exposure.table.iloc[0]
    title = f"{percent(row['share'], 2)} of the votes have a first prompt that is in {plain(exposure.source)}"
    shown = f"; {len(table) - 1} of {len(exposure.table) - 1} models" if len(table) < len(exposure.table) else ""
    subtitle = f"Share of all votes, and of each model's; dots with {percent(exposure.level, 0)} intervals{shown}"
    return replace(_dots(table, "exposed", title, subtitle), data=given(exposure.table, table))


def _dots(table: pd.DataFrame, hits: str, title: str, subtitle: str, announced: tuple[float, str] | None = None) -> Figure:
    """A line per group with its share, interval and counts."""
    with house_style():
        figure, axes = rows_canvas(len(table), 1.5)
        counts = [f"{count:,} of {votes:,}" for count, votes in table[[hits, "votes"]].itertuples(index=False)]
        names = [plain(group) for group in table["group"]]
        share_rows(axes, table, names, [BLUE] * len(table), [counts], announced[0] if announced else 0.0)
        if announced:
            reference_line(axes, announced[0], f"announced {announced[1]}", ORANGE)
        write_title(axes, title, subtitle, room=14 if announced else 0)
    first = table.iloc[0]
    words = f"{plain(first['group'])}: {percent(first['share'])} ({percent(first['lower'])} to {percent(first['upper'])})"
    return Figure(figure, title, f"{title}. {words}.", table)
