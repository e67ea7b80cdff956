"""Rows of shares and of counts, as several figures have them: a name, a mark, and numbers beside it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.style import canvas, label_rows, narrow, row_height, share_axis, whiskers

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas


#: Rows of the data of a figure, beyond which only those that are drawn are given.
LONGEST = 200


def given(table: pd.DataFrame, shown: pd.DataFrame) -> pd.DataFrame:
    """The data of a figure: the whole table, or of a long one the rows that are drawn."""
    return table if len(table) <= LONGEST else shown


def rows_canvas(count: int, more: float) -> tuple[Canvas, Axes]:
    """An empty figure for so many rows, and `more` inches for the words and the axis."""
    figure, axes = canvas(more + row_height() * max(count, 2))
    axes.set_ylim(-max(count, 2) + 0.35, 0.75)
    return figure, axes


def share_rows(
    axes: Axes,
    table: pd.DataFrame,
    names: Sequence[str],
    colours: Sequence[str],
    columns: Sequence[Sequence[str]],
    most: float = 0.0,
) -> None:
    """The share of each row of `table` (share, lower, upper) with its interval; the axis holds `most` too."""
    rows = places(len(table))
    whiskers(axes, rows, table, "share", colours)
    axes.collections[-1].set_clip_on(False)  # a dot at nothing is whole
    label_rows(axes, rows, names, columns)
    share_axis(axes, max(float(table["upper"].max()), most))


def bar_rows(
    axes: Axes, lengths: pd.Series, names: Sequence[str], colours: Sequence[str], columns: Sequence[Sequence[str]]
) -> None:
    """A bar per row, thin on a narrow screen, where its name stands above it."""
    rows = places(len(lengths))
    axes.barh(rows, lengths, height=0.32 if narrow() else 0.66, color=colours)
    axes.grid(axis="x")
    label_rows(axes, rows, names, columns)


def places(count: int) -> np.ndarray:
    """Where rows are, the first one uppermost; shape (count,)."""
    return -np.arange(float(count))
