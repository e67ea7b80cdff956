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
    row_height,
    rows_for,
    whiskers,
    width,
    write_title,
)
from analysis.results.prose import counted, joined, percent, written

if TYPE_CHECKING:
    from analysis.audit.cycles import Cycles

#: Part of the width that names have on a page and on a narrow screen, and their size in points.
_ROOM, _NARROW_ROOM, _SIZE = 0.5, 0.68, 8.5


@drawn
def figure_cycles(cycles: Cycles, top: int = 8) -> Figure:
    """Log-odds a pair by which the `top` strongest circles go round beyond the strengths; blue those that are beyond chance."""
    shown = cycles.table.head(max(rows_for(top), 1))
    rows, sure = -np.arange(float(len(shown))), (shown["lower"] > 0).to_numpy()
    title = _title(cycles)
    room = 72 * width() * (_NARROW_ROOM if narrow() else _ROOM) / 3 - 8
    with house_style():
        figure, axes = canvas(1.6 + row_height() * max(len(shown), 3))
        axes.axvline(0, color=INK, linewidth=1)
        whiskers(axes, rows, shown, "circle", list(np.where(sure, BLUE, QUIET)))
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel("Log-odds a pair beyond the strengths")
        axes.grid(axis="x")
        names = [
            " › ".join(fitted(plain(row[side]), room, _SIZE, bold=True) for side in ("first", "second", "third"))
            for _, row in shown.iterrows()
        ]
        label_rows(axes, rows, names, [[f"{votes:,}" for votes in shown["votes"]]], ["votes"], list(sure))
        beyond = "bold: beyond chance" if sure.any() else "none is beyond chance"
        each = "Each does better against the next, the last against the first, than strengths say"
        write_title(axes, title, f"{each}; intervals hold for all circles at once; {beyond}", room=14)
    words = ""
    if cycles.share is not None:
        seen, expected = percent(cycles.share.seen), percent(cycles.share.expected)
        words = f" Of {cycles.share.threes:,} threes {seen} are circles, {expected} by chance."
    return Figure(figure, title, f"{title}.{words}", shown)


def _title(cycles: Cycles) -> str:
    """The strongest circle, where one is beyond chance."""
    row = cycles.strongest
    if cycles.beyond:
        who = joined(plain(row[side], 24) for side in ("first", "second", "third"))
        return f"{who} go round in a circle, by {written(row['circle'], 2)} log-odds a pair"
    if cycles.too_many:
        return "More threes of models are circles than chance makes, though no circle stands out"
    return f"No circle among {counted(cycles.threes, 'set')} of three models is beyond chance"
