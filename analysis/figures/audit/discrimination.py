"""Figure of how far apart models are to single judges."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import (
    BLUE,
    INK,
    ORANGE,
    QUIET,
    house_style,
    label_rows,
    narrow,
    plain,
    reference_line,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.drawing import NothingToDraw
from analysis.results.prose import counted, written

if TYPE_CHECKING:
    from analysis.audit.discrimination import Discrimination


@drawn
def figure_discrimination(check: Discrimination, top: int = 20) -> Figure:
    """The discriminations of the `top` judges who differ most from 1, with their intervals.

    Coloured: intervals that do not hold 1, where judges differ beyond chance; orange below it, blue above.
    """
    if not check.spread:
        raise NothingToDraw("there is nothing to draw: models are as far apart to one judge as to another, within chance.")
    shown = check.table.head(max(rows_for(top), 1))
    rows, title = places(len(shown)), _title(check)
    sure = ((shown["lower"] > 1) | (shown["upper"] < 1)).to_numpy() & check.differ
    colours = np.where(sure, np.where(shown["discrimination"] > 1, BLUE, ORANGE), QUIET)
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.5)
        reference_line(axes, 1, "" if narrow() else "the board", INK, rows)
        reference_line(axes, 0, "" if narrow() else "at random", QUIET, rows)
        whiskers(axes, rows, shown, "discrimination", list(colours))
        ends = (min(float(shown["lower"].min()), 0.0), max(float(shown["upper"].max()), 1.0))
        axes.set_xlim(ends[0] - 0.1 * (ends[1] - ends[0]), ends[1] + 0.1 * (ends[1] - ends[0]))
        axes.set_xlabel("discrimination")
        axes.grid(axis="x")
        columns = [[written(value, 2) for value in shown["discrimination"]], [f"{votes:,}" for votes in shown["votes"]]]
        label_rows(axes, rows, [plain(judge, 28) for judge in shown["judge"]], columns, ["", "votes"])
        which = "How far apart models are to a judge: 1 as on the board, 0 if at random; shrunken to 1, with 95 % intervals"
        write_title(axes, title, which, room=14)
    alt = f"{title}. Discriminations of the {counted(len(shown), 'judge')} who differ most from 1, with intervals."
    return Figure(figure, title, alt, check.table)


def _title(check: Discrimination) -> str:
    """Whether judges differ."""
    if check.differ:
        return "Models are farther apart to some judges than to others"
    return "Models are as far apart to one judge as to another, within chance"
