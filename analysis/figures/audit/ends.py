"""Lines that are named where they end: at the right of a page, and in a list above the lines on a narrow screen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from analysis.figures.measure import fitted, text_width
from analysis.figures.style import BLUE, GREEN, INK, ORANGE, PURPLE, QUIET, canvas, canvases, narrow, plain, spread, width

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

#: Colours of the lines that are named, in order, and so how many there can be.
COLOURS = (BLUE, ORANGE, GREEN, PURPLE, INK)

#: Inches of the lines, and of one in the list of names; room for a name beside them and its size, in points.
_HEIGHT, _LISTED, _NAME, _SIZE = 3.2, 0.19, 150.0, 8.5


class End(NamedTuple):
    """A line that is named: whose it is, where it ends, and what it comes to in a word or two."""

    name: str
    value: float
    words: str
    colour: str


def panels(named: int) -> tuple[Canvas, list[Axes]]:
    """One pair of axes for the lines; on a narrow screen another above it for a list of so many names."""
    if narrow():
        return canvases([_LISTED * max(named, 1), 2.6], 1.1)
    figure, axes = canvas(_HEIGHT + 1.0)
    return figure, [axes]


def name_ends(axes: Sequence[Axes], ends: Sequence[End]) -> None:
    """Name lines at their right ends, in words that do not cover each other; or in a list above them."""
    if narrow():
        _list(axes[0], ends)
        return
    low, high = axes[-1].get_ylim()
    places = spread([end.value for end in ends], abs(high - low) * 0.19 / _HEIGHT)
    for end, place in zip(ends, places, strict=True):
        room = _NAME - text_width(f"{end.words}  ", _SIZE, bold=True)
        axes[-1].annotate(
            f"{end.words}  {fitted(plain(end.name), room, _SIZE, bold=True)}",
            (1.01, place),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=_SIZE,
            fontweight="bold",
            color=end.colour,
            annotation_clip=False,
        )


def _list(axes: Axes, ends: Sequence[End]) -> None:
    """Names in rows of their own."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(max(len(ends), 1), 0))
    for row, end in enumerate(ends):
        name = fitted(plain(end.name), 72 * width() - 45 - text_width(end.words, _SIZE, bold=True), _SIZE, bold=True)
        style: dict[str, Any] = {"va": "center", "fontsize": _SIZE, "fontweight": "bold", "color": end.colour}
        axes.text(0, row + 0.5, name, **style)
        axes.text(1, row + 0.5, end.words, ha="right", **style)


def frame_lines(axes: Axes) -> None:
    """A grid across the lines, and no other frame."""
    axes.tick_params(axis="both", labelsize=_SIZE, labelcolor=QUIET)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.grid(axis="y")
