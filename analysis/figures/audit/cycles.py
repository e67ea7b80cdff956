"""Figure of circles: the strongest circles of three models, with intervals over all threes at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted
from analysis.figures.style import (
    BLUE,
    INK,
    QUIET,
    canvas,
    house_style,
    label_rows,
    narrow,
    plain,
    reference_line,
    row_height,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.prose import counted, joined, percent, written

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.audit.cycles import Cycles

#: Points that the name of a model has on a page and on a narrow screen, and its size there.
_ROOM, _SIZE = (230.0, 170.0), (9.5, 8.5)

#: A circle has a line for each of its models. Inches of a line; lines from one circle to the next, and from the mark of one up to
#: its first model, on a page and on a narrow screen, where all stand above the mark.
_LINE, _APART, _UP = 0.165, (3.6, 4.6), (1.0, 2.0)


@drawn
def figure_cycles(cycles: Cycles, top: int = 6) -> Figure:
    """Log-odds a pair by which the `top` strongest circles go round beyond the strengths; blue those that are beyond chance."""
    shown = cycles.table.head(max(rows_for(top), 1))
    rows, sure = -_APART[narrow()] * np.arange(float(len(shown))), (shown["lower"] > 0).to_numpy()
    title = _title(cycles)
    with house_style():
        lines = _APART[narrow()] * (len(shown) - 1) + _UP[narrow()] + 3.2
        figure, axes = canvas(1.6 + _LINE * lines)
        reference_line(axes, 0, "", INK, rows, dashed=False, row=row_height() / _LINE)
        whiskers(axes, rows, shown, "circle", list(np.where(sure, BLUE, QUIET)))
        axes.set_ylim(rows[-1] - 1.9, _UP[narrow()] + 1.3)
        axes.set_xlabel("Log-odds a pair beyond the strengths")
        axes.grid(axis="x")
        _name(axes, rows, shown)
        beyond = "bold: beyond chance" if sure.any() else "none is beyond chance"
        each = "Each does better against the next, the last against the first, than strengths say"
        write_title(axes, title, f"{each}; intervals hold for all circles at once; {beyond}", room=14)
    words = ""
    if cycles.share is not None:
        seen, expected = percent(cycles.share.seen), percent(cycles.share.expected)
        words = f" Of {cycles.share.threes:,} threes {seen} are circles, {expected} by chance."
    return Figure(figure, title, f"{title}.{words}", shown)


def _name(axes: Axes, rows: np.ndarray, shown: pd.DataFrame) -> None:
    """The models of each circle, one under another, and its votes."""
    names, columns, places, bold = [], [], [], []
    for row, (_, circle) in zip(rows, shown.iterrows(), strict=True):
        for number, side in enumerate(("first", "second", "third")):
            heavy = bool(circle["lower"] > 0)
            name = fitted(plain(circle[side]), _ROOM[narrow()], _SIZE[narrow()], bold=heavy)
            names.append(name if side == "third" else f"{name} ›")
            places.append(row + _UP[narrow()] - number)
            told = number == (0 if narrow() else 1)
            columns.append(f"{circle['votes']:,}{' votes' * narrow()}" if told else "")
            bold.append(heavy)
    label_rows(axes, places, names, [columns], [] if narrow() else ["votes"], bold)


def _title(cycles: Cycles) -> str:
    """The strongest circle, where one is beyond chance."""
    row = cycles.strongest
    if cycles.beyond:
        who = joined(plain(row[side], 24) for side in ("first", "second", "third"))
        return f"{who} go round in a circle, by {written(row['circle'], 2)} log-odds a pair"
    if cycles.too_many:
        return "More threes of models are circles than chance makes, though no circle stands out"
    return f"No circle among {counted(cycles.threes, 'set')} of three models is beyond chance"
