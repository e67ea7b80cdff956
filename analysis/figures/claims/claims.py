"""Figure of claims: each headline's probability on a strip with the zones that decide on verdicts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.claims.verdicts import CONTRADICTED, SUPPORTED, SURE, UNDECIDED, UNTESTABLE
from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import wrapped
from analysis.figures.style import BLUE, INK, ORANGE, PAPER, QUIET, beside, canvas, house_style, narrow, plain, width, write_title
from analysis.results.prose import counted, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.claims.claims import Claims

#: Each verdict that votes can give, with its colour and its marker: no verdict is told by colour alone.
_ZONES = {CONTRADICTED: (ORANGE, "X"), UNDECIDED: (QUIET, "D"), SUPPORTED: (BLUE, "o")}

#: Opacity of the zones behind the marks.
_SHADE = {CONTRADICTED: 0.16, UNDECIDED: 0.1, SUPPORTED: 0.16}

#: Where the zones meet, and how wide each is drawn: the outer two are 2.5 % wide and could not be seen at that width.
_EDGES, _WIDTHS = (0.0, 1 - SURE, SURE, 1.0), (0.2, 0.6, 0.2)

#: Probabilities that get a tick.
_TICKS = (0.0, 1 - SURE, 0.25, 0.5, 0.75, SURE, 1.0)

#: Size of words, and inches of a line of them, of a mark with the space around it, and over the first claim.
_SIZE, _LINE, _MARK, _HEAD = 8.5, 0.15, 0.24, 0.3

#: Points of a headline at the left of the strip, and of a reason on it.
_LEFT, _STRIP = 285.0, 255.0

#: Letters of a headline or a reason.
_LONGEST = 140


@drawn
def figure_claims(claims: Claims) -> Figure:
    """One row per claim: its probability on a strip from 0 to 100 %, whose outer zones decide and are drawn wider; below them,
    grey, the claims that cannot be tested here, with the reason. On a narrow screen words stand over the strip."""
    table = claims.table
    tested = table["verdict"] != UNTESTABLE
    table = pd.concat([table[tested].sort_values("probability", ascending=False, kind="stable"), table[~tested]])
    title = _takeaway(table["verdict"].value_counts().to_dict(), len(table))
    with house_style():
        words = [_words(claim) for _, claim in table.iterrows()]
        heights = [_height(*each) for each in words]
        ends = -np.cumsum(heights)
        figure, axes = canvas(1.1 + _HEAD + max(sum(heights), 1.0))
        axes.set(xlim=(0, 1), ylim=(min(ends.min(initial=0), -1.0), _HEAD))
        _strip(axes, ends[: int(tested.sum())])
        for (_, claim), said, top, bottom in zip(table.iterrows(), words, ends + heights, ends, strict=True):
            _row(axes, claim, said, top, bottom)
        axes.set_yticks([])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        strip = "Probability that the votes leave to each claim; the zones that decide are drawn wider than they are"
        write_title(axes, title, strip if tested.any() else "Each with the reason why these votes cannot tell")
    return Figure(figure, title, f"{title}. Each on a strip of the probability that these votes leave to it.", table)


def _words(claim: pd.Series) -> tuple[str, str]:
    """The headline and, where it cannot be tested, the reason, broken to what they have room for."""
    text, reason = plain(claim["text"], _LONGEST), ""
    across = 72 * width() - 24 if narrow() else _LEFT
    if claim["verdict"] == UNTESTABLE:
        reason = wrapped(plain(f"{UNTESTABLE}: {claim['numbers']}", _LONGEST), across if narrow() else _STRIP, _SIZE)
    elif narrow():
        text = f"{_chance(claim['probability'])}: {text}"
    return wrapped(text, across, _SIZE), reason


def _height(text: str, reason: str) -> float:
    """Inches of a claim with these words."""
    lines, more = text.count("\n") + 1, reason.count("\n") + 1 if reason else 0
    if narrow():
        return _LINE * (lines + more) + (0.1 if reason else _MARK)
    return max(_LINE * max(lines, more) + 0.12, 0.36)


def _row(axes: Axes, claim: pd.Series, words: tuple[str, str], top: float, bottom: float) -> None:
    """A claim between two heights, in inches: its words, and its mark on the strip or the reason why there is none."""
    (text, reason), middle = words, (top + bottom) / 2
    colour = QUIET if reason else INK
    if narrow():
        axes.text(0, top - 0.03, text, va="top", fontsize=_SIZE, color=colour)
        axes.text(0, top - 0.03 - _LINE * (text.count("\n") + 1), reason, va="top", fontsize=_SIZE, color=QUIET)
        middle = bottom + _MARK / 2
    else:
        axes.annotate(
            text, (0, middle), (-8, 0), textcoords="offset points", ha="right", va="center", fontsize=_SIZE, color=colour
        )
        axes.text(0.01, middle, reason, va="center", fontsize=_SIZE, color=QUIET)
        beside(axes, middle, "–" if reason else _chance(claim["probability"]))
    if not reason:
        colour, marker = _ZONES[claim["verdict"]]
        axes.scatter(_place(claim["probability"]), middle, s=60, color=colour, marker=marker, zorder=3, clip_on=False)


def _place(probability: float) -> float:
    """Where a probability lies on the strip, from 0 to 1."""
    return float(np.interp(probability, _EDGES, np.cumsum([0.0, *_WIDTHS])))


def _strip(axes: Axes, ends: NDArray[np.float64]) -> None:
    """The zones behind the claims that can be tested, which end at these heights, each with its name on top, and the scale."""
    axes.set_xticks([])
    if not len(ends):
        return
    sides = ("left", "center", "right")
    for (verdict, (colour, _)), left, right, side in zip(_ZONES.items(), _EDGES[:-1], _EDGES[1:], sides, strict=True):
        start, end = _place(left), _place(right)
        axes.fill_between([start, end], ends[-1], 0, color=colour, alpha=_SHADE[verdict], linewidth=0, zorder=0)
        at = {"left": start, "center": (start + end) / 2, "right": end}[side]
        axes.text(at, _HEAD / 2, verdict, ha=side, va="center", fontsize=_SIZE, color=colour)
    axes.hlines(ends, 0, 1, color=PAPER, linewidth=1.2, zorder=1)
    axes.xaxis.tick_top()
    axes.set_xticks([_place(tick) for tick in _TICKS], [f"{100 * tick:g} %" for tick in _TICKS], fontsize=8, color=QUIET)


def _chance(probability: float) -> str:
    return "< 0.1 %" if probability < 0.001 else "> 99.9 %" if probability > 0.999 else percent(probability)


def _takeaway(counts: dict[str, int], claims: int) -> str:
    """How many claims got which verdict."""
    words = {SUPPORTED: "supported", CONTRADICTED: "contradicted", UNDECIDED: "undecided", UNTESTABLE: "untestable here"}
    parts = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts.get(verdict)]
    return f"{counted(claims, 'headline')}: {', '.join(parts)}"
