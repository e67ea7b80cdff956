"""How every figure looks: one set of colours, sizes and helpers, so that figures differ only in what they show."""

from __future__ import annotations

import textwrap
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
import numpy as np
from matplotlib.figure import Figure as Canvas
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.results.prose import shortened, unbroken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import ArrayLike, NDArray

#: Okabe and Ito's colours, told apart with every common kind of colour blindness (Okabe & Ito 2008).
BLUE, ORANGE, GREEN, PURPLE = "#0072B2", "#D55E00", "#009E73", "#CC79A7"
INK, QUIET, FAINT = "#1A1A1A", "#595959", "#BDBDBD"

#: Inches and dots per inch of the page; pixels are drawn at twice that, for sharp screens.
WIDTH, DPI, SHARPNESS = 8.4, 100, 2

#: Left edge of titles, as a fraction of the width.
_MARGIN = 0.008

#: Height in inches of one labelled row.
ROW = 0.25

#: Shares on an axis, as per cent.
PERCENT = FuncFormatter(lambda share, _: f"{100 * share:g} %")

_SETTINGS: dict[Any, Any] = {
    "font.family": ["DejaVu Sans"],  # comes with matplotlib: the same picture on every machine
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
    "grid.color": "#E6E6E6",
    "grid.linewidth": 0.8,
    "xtick.color": QUIET,
    "ytick.color": INK,
    "xtick.bottom": False,
    "ytick.left": False,
    "figure.facecolor": "white",
    "savefig.facecolor": "white",
}


@contextmanager
def house_style() -> Iterator[None]:
    """The settings under which a figure is built and drawn; nothing outlives the block."""
    with mpl.rc_context(_SETTINGS):
        yield


def canvas(height: float, width: float = WIDTH) -> tuple[Canvas, Axes]:
    """An empty figure (inches) with one pair of axes, outside pyplot's global state."""
    figure = Canvas(figsize=(width, height), dpi=DPI, layout="constrained")
    return figure, figure.subplots()


def canvases(heights: Sequence[float], more: float) -> tuple[Canvas, list[Axes]]:
    """An empty figure with one pair of axes per height (inches) from the top down, and `more` inches for the words."""
    figure = Canvas(figsize=(WIDTH, sum(heights) + more), dpi=DPI, layout="constrained")
    return figure, list(figure.subplots(len(heights), squeeze=False, height_ratios=heights)[:, 0])


def write_title(axes: Axes, title: str, subtitle: str, room: float = 0) -> None:
    """A takeaway title in words and under it a quieter line that says what is shown, both flush left with the figure.

    Called last: it lays the figure out and fixes the layout, because only then is the left edge known. `room` (points) is
    left between the quiet line and the axes for what a figure writes there.
    """
    figure = axes.figure
    assert isinstance(figure, Canvas)
    figure.suptitle(_wrapped(title, 80), x=_MARGIN, ha="left", fontsize=12.5, fontweight="bold", color=INK)
    quiet = axes.set_title(_wrapped(subtitle, 116), fontsize=9, color=QUIET, pad=10 + room)
    figure.draw_without_rendering()
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


def head_columns(axes: Axes, names: Sequence[str], rotation: float = 60) -> None:
    """Names slanting up from the columns of a matrix, one at each whole x, and no frame around it."""
    axes.set_xticks(range(len(names)), names, rotation=rotation, ha="left", rotation_mode="anchor", fontsize=8, color=QUIET)
    axes.xaxis.tick_top()
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def reference_line(axes: Axes, at: float, words: str, colour: str = INK) -> None:
    """A dashed vertical line to compare with, its words above the axes."""
    axes.axvline(at, color=colour, linestyle=(0, (4, 3)), linewidth=1.4, zorder=1)
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


def beside(axes: Axes, row: float, text: str, points: float = 8) -> None:
    """Quiet text at the right of the axes, level with `row` (data coordinate), `points` away from the edge."""
    axes.annotate(
        text,
        (1, row),
        xycoords=("axes fraction", "data"),
        xytext=(points, 0),
        textcoords="offset points",
        va="center",
        fontsize=8.5,
        color=QUIET,
        annotation_clip=False,
    )


def _wrapped(text: str, width: int) -> str:
    """Lines of at most `width` characters; a per cent sign stays with its number."""
    return "\n".join(textwrap.wrap(unbroken(plain(text, longest=400)), width))


@cache
def _glyphs() -> frozenset[int]:
    """Code points the figures' font can draw."""
    return frozenset(get_font(findfont(FontProperties(family="DejaVu Sans"))).get_charmap())


def plain(text: object, longest: int = 44) -> str:
    """Text that can be drawn: one line, no control characters, cut to `longest`, and `U+4F60` for what the font lacks.

    Names of models and groups come from files that strangers wrote; an undrawable glyph would be an empty box and a
    warning, and a direction mark would turn the rest of the label round.
    """
    spaced = unicodedata.normalize("NFC", " ".join(str(text).split()))
    kept = " ".join("".join(_drawable(sign) for sign in spaced).split())  # a control character may have stood between spaces
    return shortened(kept, longest)


def _drawable(sign: str) -> str:
    # Wider than `unseen.UNSEEN`: here joiners go too, as nothing shapes what they join.
    if unicodedata.category(sign).startswith("C"):
        return ""
    return sign if ord(sign) in _glyphs() else f"U+{ord(sign):04X} "


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
