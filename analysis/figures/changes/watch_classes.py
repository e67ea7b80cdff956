"""Figure of classes: the models at the top of a published board, in classes that its intervals tell apart."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    GREEN,
    ORANGE,
    QUIET,
    canvas,
    house_style,
    label_rows,
    plain,
    row_height,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.prose import counted

if TYPE_CHECKING:
    from analysis.changes.watch_classes import WatchClasses

#: Colours of the classes below the first, in turn.
_IN_TURN = (QUIET, GREEN)


@drawn
def figure_watch_classes(classes: WatchClasses, top: int = 20, highlight: Collection[str] = ()) -> Figure:
    """Ratings with intervals of the `top` models and those in `highlight`, best first, with the class of each.

    Blue: the first class; those below change colour from class to class; orange: highlighted.
    """
    table = classes.table
    shown = table[(np.arange(len(table)) < rows_for(top)) | table["model"].isin(highlight)].reset_index(drop=True)
    rows = -np.arange(float(len(shown)))
    title = _title(classes)
    colours = [
        ORANGE if model in highlight else BLUE if number == 1 else _IN_TURN[number % 2]
        for model, number in zip(shown["model"], shown["class"], strict=True)
    ]
    with house_style():
        figure, axes = canvas(1.7 + row_height() * max(len(shown), 3))
        whiskers(axes, rows, shown, "rating", colours)
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel("rating (Elo points)")
        axes.grid(axis="x")
        halves = (shown["upper"] - shown["lower"]) / 2
        ratings = [f"{rating:.0f} ± {half:.0f}" for rating, half in zip(shown["rating"], halves, strict=True)]
        label_rows(
            axes,
            rows,
            [plain(model) for model in shown["model"]],
            [[str(n) for n in shown["class"]], ratings],
            ["class", "rating"],
        )
        which = f"; {len(shown)} of {counted(len(table), 'model')}" if len(shown) < len(table) else ""
        write_title(axes, title, f"{classes.caption.removeprefix('Classes: ')}: ratings with 95 % intervals{which}", room=14)
    return Figure(figure, title, f"{title}. Ratings with their intervals and classes, best first.", shown)


def _title(classes: WatchClasses) -> str:
    """Who may be the best."""
    first = classes.first
    if len(first) == 1:
        return f"{plain(first[0])} is told apart from all others"
    return f"{counted(len(first), 'model')} of {len(classes.number)} may be the best; {plain(first[0])} has the highest rating"
