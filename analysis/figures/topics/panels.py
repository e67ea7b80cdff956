"""Panels of shares that have one scale: where they stand, and what is written over each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine

from analysis.figures.style import DPI, narrow, width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

#: Most panels side by side, and inches of one's height.
_COLUMNS, _PANEL = 2, 1.1


def columns() -> int:
    """Panels side by side."""
    return 1 if narrow() else _COLUMNS


def panels(count: int) -> tuple[Canvas, list[Axes]]:
    """Panels with shared scales, left to right and from the top down; the last one may be spare."""
    across = min(count, columns())
    rows = -(-count // across)
    layout = ConstrainedLayoutEngine(wspace=0.07)  # dates of neighbours must not touch
    figure = Canvas(figsize=(width(), 1.3 + _PANEL * max(rows, 1.6)), dpi=DPI, layout=layout)
    return figure, list(figure.subplots(rows, across, sharex=True, sharey=True, squeeze=False).ravel())


def heading(axes: Axes, words: str, side: int, ink: str) -> Text:
    """Words over the left (0, bold) or right (1) end of the axes."""
    return axes.annotate(
        words,
        (side, 1),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        ha="right" if side else "left",
        va="bottom",
        fontsize=8.5,
        fontweight="normal" if side else "bold",
        color=ink,
    )


def shorten(name: Text, move: Text) -> None:
    """Cut the name until it ends before what stands at the right of it; the layout must be final."""
    words = name.get_text()
    while len(words) > 1 and name.get_window_extent().x1 + 6 > move.get_window_extent().x0:
        words = words[:-1]
        name.set_text(f"{words.rstrip(' ,…')}…")
