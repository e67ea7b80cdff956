"""How every figure looks: one set of colours, sizes and helpers, so that figures differ only in what they show."""

from __future__ import annotations

import unicodedata
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import fontManager
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures.measure import drawable, fitted, glyphs, text_width, wrapped
from analysis.results.fonts import Face, face_of, faces
from analysis.results.prose import shortened
from analysis.results.unseen import visible

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

#: Okabe and Ito's colours, told apart with every common kind of colour blindness (Okabe & Ito 2008), darkened until words in
#: them have a contrast of 4.5:1 on white (WCAG 2.2).
BLUE, ORANGE, GREEN, PURPLE = "#0067a5", "#b84e00", "#00785a", "#a3487f"

#: Words and axes; what is quieter; lines that only lead the eye; the grid; the paper.
INK, QUIET, FAINT, GRID, PAPER = "#1a1a1a", "#595959", "#bdbdbd", "#e6e6e6", "#ffffff"

#: Words on a coloured ground, which is the same in light and dark: these two do not follow the reader's scheme.
ON_LIGHT, ON_DARK = "#1b1b1b", "#fefefe"

#: Fills of cells, the same in light and dark: what gains and what loses, strong and pale.
GAINS, LOSSES, PALE_GAINS, PALE_LOSSES = "#1f6fa8", "#b4540a", "#b9d7ee", "#f4c9a6"

#: Each colour that follows the reader's scheme, and what it is in the dark.
DARK = {
    BLUE: "#5bb8ec",
    ORANGE: "#ff9d57",
    GREEN: "#3fd0a5",
    PURPLE: "#ea9fca",
    INK: "#e7e5e0",
    QUIET: "#b3b8be",
    FAINT: "#5b626a",
    GRID: "#31373d",
    PAPER: "#1b1f23",
}

#: Dots per inch of the page; pixels are drawn at twice that, for sharp screens.
DPI, SHARPNESS = 100, 2


@dataclass(frozen=True)
class Medium:
    """What a figure is drawn for.

    Attributes:
        width: inches.
        narrow: whether it is a telephone's screen: names stand above their rows, and titles are smaller.
        letters: whether letters that our fonts lack are drawn, as a browser draws them, or spelled out.
    """

    width: float
    narrow: bool = False
    letters: bool = True


#: A page, a telephone's screen, and a picture in pixels.
WIDE, NARROW, PIXELS = Medium(8.4), Medium(3.4, narrow=True), Medium(8.4, letters=False)

_MEDIUM = ContextVar("medium", default=WIDE)


@contextmanager
def drawing_for(medium: Medium) -> Iterator[None]:
    """What is drawn in the block is drawn for `medium`."""
    token = _MEDIUM.set(medium)
    try:
        yield
    finally:
        _MEDIUM.reset(token)


def narrow() -> bool:
    """Whether the figure is drawn for a narrow screen."""
    return _MEDIUM.get().narrow


def row_height() -> float:
    """Height in inches of one labelled row: on a narrow screen the label stands above the mark."""
    return 0.42 if narrow() else 0.225


#: Models or groups that a narrow figure names at most, beside those that are pointed out.
_FEW = 10


def rows_for(top: int) -> int:
    """How many of the `top` rows asked for are drawn: a narrow screen has room for fewer."""
    return min(top, _FEW) if narrow() else top


#: Left edge of titles, as a fraction of the width.
_MARGIN = 0.008

#: Points between the outermost mark of a narrow figure and its edge, and between what stands side by side.
_EDGE, _GAP = 12.0, 10.0

#: How far a line to compare with reaches below and above the mark of a narrow row, in rows: up to the names.
_BELOW, _ABOVE = 0.3, 0.2

#: Sizes in points of the name of a row, and of the quiet words beside it, which the name has too on a narrow screen.
_NAME, _BESIDE = 9.5, 8.5

#: Height of a line of words, in units of their size.
_LINE = 1.2

#: Opacity of the line of an interval: paler than its dot, and still with a contrast of 3:1.
SOFT = 0.72

#: Shares on an axis, as per cent.
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:g} %")

_SETTINGS: dict[Any, Any] = {
    "font.size": 9.5,
    "text.hinting": "none",  # hinted text is up to 2 % wider in the sharp picture than in the layout, and is cut at the edge
    "text.parse_math": False,  # a model or a language may carry a dollar sign
    "text.color": INK,
    "axes.edgecolor": FAINT,
    "axes.labelcolor": QUIET,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlelocation": "left",
    "axes.axisbelow": True,
    "axes.formatter.use_mathtext": False,
    "grid.color": GRID,
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": INK,
    "xtick.bottom": False,
    "ytick.left": False,
    "axes.facecolor": "none",
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
    "svg.fonttype": "none",  # words stay words: sharp, found by a search, and set in the scripts that the reader's machine has
}


#: Fonts whose letters have been met: matplotlib looks through all that it is given, for every word, and most figures need none.
_MET: set[Face] = set()


@contextmanager
def house_style() -> Iterator[None]:
    """The settings under which a figure is built and drawn; nothing outlives the block."""
    with mpl.rc_context({**_SETTINGS, "font.family": _families()}), warnings.catch_warnings():
        # A browser draws what our fonts lack; matplotlib leaves room for it (its last-resort font).
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        yield


def _families() -> list[str]:
    """DejaVu Sans comes with matplotlib: the same picture on every machine. What it lacks is drawn with the fonts of packages."""
    return ["DejaVu Sans", *(_family(face) for face in faces() if face in _MET)]


@cache
def _family(face: Face) -> str:
    """The name under which matplotlib has a font of ours, for bold words too: it has one weight, and no warning is due."""
    name = f"Workbook {face.name}"
    fontManager.addfont(face.path)
    entry = fontManager.ttflist.pop()
    fontManager.ttflist += [replace(entry, name=name, weight=weight) for weight in (400, 700)]
    return name


def set_in_all_fonts(figure: Canvas) -> None:
    """Have every text of a figure drawn with all fonts that have been met, also those that it was made before."""
    families = _families()
    if len(families) > 1:
        for words in figure.findobj(Text):
            assert isinstance(words, Text)
            words.set_fontfamily(families)


def canvas(height: float) -> tuple[Canvas, Axes]:
    """An empty figure of this height (inches) with one pair of axes, outside pyplot's global state."""
    figure = Canvas(figsize=(width(), height), dpi=DPI, layout="constrained")
    return figure, figure.subplots()


def width() -> float:
    """Inches across the figure."""
    return _MEDIUM.get().width


def canvases(heights: Sequence[float], more: float) -> tuple[Canvas, list[Axes]]:
    """An empty figure with one pair of axes per height (inches) from the top down, and `more` inches for the words."""
    figure = Canvas(figsize=(width(), sum(heights) + more), dpi=DPI, layout="constrained")
    return figure, list(figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0])


def write_title(axes: Axes, title: str, subtitle: str, room: float = 0) -> None:
    """A takeaway title in words and under it a quieter line that says what is shown, both flush left with the figure.

    Called last: it lays the figure out and fixes the layout, because only then is the left edge known. The figure grows by
    the lines that its words take beyond one each. `room` (points) is left between the quiet line and the axes for what a
    figure writes there.
    """
    figure = axes.figure
    assert isinstance(figure, Canvas)
    size, quiet_size = (11.0, 8.5) if narrow() else (12.5, 9.0)
    across = 72 * width() * (1 - 2 * _MARGIN) - 4
    strong, said = wrapped(plain(title, 400), across, size, bold=True), wrapped(plain(subtitle, 400), across, quiet_size)
    lines = size * strong.count("\n") + quiet_size * said.count("\n")
    figure.set_size_inches(width(), figure.get_figheight() + lines * _LINE / 72)
    figure.suptitle(strong, x=_MARGIN, ha="left", fontsize=size, fontweight="bold", color=INK)
    quiet = axes.set_title(said, fontsize=quiet_size, color=QUIET, pad=10 + room)
    set_in_all_fonts(figure)
    engine = figure.get_layout_engine()
    assert engine is not None
    engine.execute(figure)
    figure.set_layout_engine("none")
    place = axes.get_position()
    quiet.set_x((_MARGIN - place.x0) / place.width)


def note(title: str, words: str) -> Canvas:
    """A figure of words alone, for a result that has nothing to draw."""
    figure, axes = canvas(1.0)
    axes.set_axis_off()
    write_title(axes, title, words)
    return figure


def share_axis(axes: Axes, most: float) -> None:
    """Shares from nothing to just past `most` along the bottom."""
    axes.set_xlim(0, min(1.0, most * 1.08))
    axes.xaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(PERCENT)
    axes.grid(axis="x")


def fitting_names(names: Sequence[str], points: float, size: float) -> list[str]:
    """Names cut to a width."""
    return [fitted(name, points, size) for name in names]


def head_columns(axes: Axes, names: Sequence[str], rotation: float = 60) -> None:
    """Names slanting up from the columns of a matrix, one at each whole x, and no frame around it."""
    axes.set_xticks(range(len(names)), names, rotation=rotation, ha="left", rotation_mode="anchor", fontsize=8, color=QUIET)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def name_square(axes: Axes, names: Sequence[str], above: float) -> None:
    """Names of a square matrix at the left and over the columns, as they are drawn; on a narrow screen over the rows, so far
    `above` their middle, and by number over the columns."""
    if not narrow():
        axes.set_yticks(range(len(names)), fitting_names(names, 165, 9), fontsize=9)
        head_columns(axes, fitting_names(names, 120, 8))
        return
    axes.set_yticks([])
    head_columns(axes, [str(number) for number in range(1, len(names) + 1)], rotation=0)
    for label in axes.get_xticklabels():
        label.set_horizontalalignment("center")
    for row, name in enumerate(names):
        words = fitted(f"{row + 1}  {name}", 72 * width() - 24, 8.5)
        axes.text(-0.48, row - above, words, va="center", fontsize=8.5, color=INK)


def reference_line(
    axes: Axes,
    at: float,
    words: str,
    colour: str = INK,
    rows: Sequence[float] | NDArray[np.float64] = (),
    *,
    dashed: bool = True,
    row: float = 1.0,
) -> None:
    """A vertical line to compare with, its words above the axes.

    Where `rows` are told, it is a stroke at the mark of each on a narrow screen, where their names stand between them; `row` is
    the height of such a row, in the unit of the rows.
    """
    if narrow() and len(rows):
        shape: Any = (0, (2.5, 1.5)) if dashed else "solid"
        low, high = np.subtract(rows, _BELOW * row), np.add(rows, _ABOVE * row)
        axes.vlines(np.full(len(rows), at), low, high, color=colour, linestyle=shape, linewidth=1.4, zorder=2.5)
    else:
        axes.axvline(at, color=colour, linestyle=(0, (4, 3)) if dashed else "solid", linewidth=1.4, zorder=1)
    axes.annotate(
        words,
        (at, 1),
        xycoords=("data", "axes fraction"),
        xytext=(0, 1),
        textcoords="offset points",
        ha="center",
        va="bottom",
        color=colour,
        fontsize=8.5,
    )


def label_rows(
    axes: Axes,
    rows: Sequence[float] | NDArray[np.float64],
    names: Sequence[str],
    columns: Sequence[Sequence[str]] = (),
    heads: Sequence[str] = (),
    bold: Sequence[bool] = (),
) -> None:
    """Name each row of `axes` at its left, and write quiet columns at its right.

    On a narrow screen both stand on a line of their own above the row's mark, and the marks have the whole width.

    Args:
        rows: where the rows are, in data coordinates, one apart.
        names: one per row, as they are drawn.
        columns: per column one text per row.
        heads: one per column, drawn above the first row.
        bold: per row whether its name is.
    """
    heavy = list(bold) or [False] * len(names)
    if narrow():
        _label_above(axes, rows, names, columns, heads, heavy)
        return
    axes.set_yticks(rows, names)
    for label, weight in zip(axes.get_yticklabels(), heavy, strict=True):
        label.set(fontweight="bold" if weight else "normal", fontsize=_NAME)
    points = 8.0
    for column, head in zip(columns, heads or [""] * len(columns), strict=True):
        for row, text in zip([rows[0] + 1, *rows] if head else rows, [head, *column] if head else column, strict=True):
            beside(axes, row, text, points)
        points += _GAP + max(text_width(text, _BESIDE) for text in [head, *column])


def _label_above(
    axes: Axes,
    rows: Sequence[float] | NDArray[np.float64],
    names: Sequence[str],
    columns: Sequence[Sequence[str]],
    heads: Sequence[str],
    bold: Sequence[bool],
) -> None:
    """Names above the rows at the left, as far as the columns leave room, and the columns above them at the right."""
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    taken = 0.0
    for column, head in reversed(list(zip(columns, heads or [""] * len(columns), strict=True))):
        for row, text in zip(rows, column, strict=True):
            _above(axes, row, text, QUIET, right=taken)
        if head:
            _above(axes, rows[0] + 0.5, head, QUIET, right=taken)
        taken += _GAP + max(text_width(text, _BESIDE) for text in [head, *column])
    room = 72 * width() - 2 * _EDGE - taken
    for row, name, heavy in zip(rows, names, bold, strict=True):
        _above(axes, row, fitted(name, room, _BESIDE, heavy), INK, heavy=heavy)


def _above(axes: Axes, row: float, text: str, colour: str, right: float | None = None, heavy: bool = False) -> None:
    """Words on the line above a row: flush with the left of the axes, or so many points from its right."""
    axes.annotate(
        text,
        (0 if right is None else 1, row),
        xycoords=("axes fraction", "data"),
        xytext=(-(right or 0.0), 7),
        textcoords="offset points",
        ha="left" if right is None else "right",
        va="bottom",
        fontsize=_BESIDE,
        fontweight="bold" if heavy else "normal",
        color=colour,
        annotation_clip=False,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},  # lines to compare with pass behind it
        zorder=2.9 if right is None else 3,  # the ground of a name in letters that our fonts lack may be too wide
    )


def whiskers(
    axes: Axes,
    rows: Sequence[float] | NDArray[np.float64],
    table: pd.DataFrame,
    values: str,
    colours: Sequence[str],
    ends: tuple[str, str] = ("lower", "upper"),
) -> None:
    """A dot per row with the line of its interval; `values` and `ends` are columns of `table`."""
    axes.hlines(rows, table[ends[0]], table[ends[1]], color=colours, linewidth=2.2, alpha=SOFT)
    axes.scatter(table[values], rows, s=28, color=colours, zorder=3)


def beside(axes: Axes, row: float, text: str, points: float = 8, colour: str = QUIET) -> None:
    """Text, quiet if not told, at the right of the axes, level with `row` (data coordinate), `points` away from the edge."""
    axes.annotate(
        text,
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(points, 0),
        textcoords="offset points",
        va="center",
        fontsize=_BESIDE,
        color=colour,
        annotation_clip=False,
    )


def plain(text: object, longest: int = 44) -> str:
    """Text that can be drawn: one line, cut to `longest`, with every unseen character shown as tables show it.

    Names of models and groups come from files that strangers wrote: a direction mark would turn the rest of the label
    round. In a picture of pixels a letter that our fonts lack would be an empty box and is spelled out as `U+0F40`.
    """
    spaced = unicodedata.normalize("NFC", visible(" ".join(str(text).split())))
    drawable = "".join(_drawable(sign) for sign in spaced)
    return shortened(" ".join(drawable.split()), longest)


def _drawable(sign: str) -> str:
    # Joiners shape what they stand between; of all other format characters nothing is drawn.
    if unicodedata.category(sign).startswith("C") and sign not in "\u200c\u200d":
        return ""
    if ord(sign) not in glyphs() and (face := face_of(sign)):
        _MET.add(face)
    if _MEDIUM.get().letters:
        return sign
    return sign if drawable(sign) else f"U+{ord(sign):04X} "


def spread(places: ArrayLike, gap: float) -> NDArray[np.float64]:
    """Places moved as little as possible (least squares) so that neighbours are at least `gap` apart, order kept.

    With the gaps taken off this is isotonic regression, solved by pooling adjacent violators (Barlow et al. 1972).

    Args:
        places: shape (n,), in any order.
        gap: least distance, in the same unit.
    """
    from scipy.optimize import isotonic_regression

    wanted = np.asarray(places, dtype=float)
    if len(wanted) < 2:
        return wanted.copy()
    order = np.argsort(wanted, kind="stable")
    offsets = gap * np.arange(len(wanted))
    moved = np.empty_like(wanted)
    moved[order] = isotonic_regression(wanted[order] - offsets).x + offsets
    return moved
