"""Figure of steps: how far ratings moved from each published board to the next, with the days of another method marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.changes.watch_steps import UNANNOUNCED
from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, FAINT, ORANGE, QUIET, canvas, house_style, narrow, plain, write_title
from analysis.results.prose import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.changes.watch_steps import WatchSteps

#: Bars that are drawn at most, the last ones.
_MOST = 150


@drawn
def figure_watch_steps(steps: WatchSteps) -> Figure:
    """One bar a step: the points that a model moved on average, against the others.

    Blue: a rating clearly moved. Orange: the method changed, and no move is read as a model's; the line above says how.
    """
    table = steps.table.tail(_MOST).reset_index(drop=True)
    marked, clear = (table["method"] != "").to_numpy(), (table["clear"] > 0).to_numpy()
    title = _title(int(marked.sum()), int(clear.sum()), len(table))
    colours = np.where(marked, ORANGE, np.where(clear, BLUE, FAINT))
    with house_style():
        figure, axes = canvas(3.4)
        axes.bar(np.arange(len(table)), table["moved"], color=colours, width=0.8)
        announced = marked & (table["method"] != UNANNOUNCED).to_numpy()
        for number, place in enumerate(np.flatnonzero(announced), start=1):
            height = table["moved"][place]
            axes.annotate(str(number), (place, height), (0, 3), textcoords="offset points", ha="center", fontsize=9, color=ORANGE)
        _axes(axes, list(table["board"]))
        methods = table.loc[announced, ["board", "method"]].itertuples(index=False)
        told = "; ".join(f"{number}: up to {board}, {method}" for number, (board, method) in enumerate(methods, start=1))
        label = steps.label.removesuffix(" (published)")
        subtitle = f"{label}: points that a model moved on average; blue where one clearly moved"
        write_title(axes, title, f"{subtitle}. Another method: {told}" if told else subtitle)
    return Figure(figure, title, f"{title}. One bar for each of {counted(len(table), 'step')} from board to board.", table)


def _axes(axes: Axes, boards: list[str]) -> None:
    every = -(-len(boards) // (3 if narrow() else 7))
    ticks = range(0, len(boards), every)
    axes.set_xticks(ticks, [plain(boards[tick][:10]) for tick in ticks], fontsize=8.5)
    axes.set_xlim(-0.8, len(boards) - 0.2)
    axes.set_ylabel("points", fontsize=8.5, color=QUIET)
    axes.margins(y=0.15)
    axes.grid(axis="y")


def _title(marked: int, clear: int, whole: int) -> str:
    """On how many steps a rating clearly moved, and on how many the method changed."""
    moved = f"On {clear or 'none'} of {counted(whole, 'step')} a rating clearly moved"
    return f"{moved}; on {marked} the method changed" if marked else moved
