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

    from analysis.claims.claims import Claims

#: Each verdict that votes can give, with its colour and its marker: no verdict is told by colour alone.
_ZONES = {CONTRADICTED: (ORANGE, "X"), UNDECIDED: (QUIET, "D"), SUPPORTED: (BLUE, "o")}

#: How much of its colour the ground of a zone has.
_GROUND = 0.13

#: Where the zones meet, and how wide each is drawn: the outer two are 2.5 % wide and could not be seen at that width.
_EDGES, _WIDTHS = (0.0, 1 - SURE, SURE, 1.0), (0.2, 0.6, 0.2)

#: Probabilities that get a tick.
_TICKS = (0.0, 1 - SURE, 0.25, 0.5, 0.75, SURE, 1.0)

#: Letters of a headline and of a reason that are shown, and points of their lines beside the strip.
_LETTERS, _LINE = 124, 250


@drawn
def figure_claims(claims: Claims) -> Figure:
    """One row per claim: its probability on a strip from 0 to 100 %, whose outer zones decide and are drawn wider; below them,
    grey, the claims that cannot be tested here, with the reason."""
    table = claims.table
    tested = table["verdict"] != UNTESTABLE
    table = pd.concat([table[tested].sort_values("probability", ascending=False, kind="stable"), table[~tested]])
    rows = -np.arange(float(len(table)))
    title = _takeaway(table["verdict"].value_counts().to_dict(), len(table))
    with house_style():
        figure, axes = canvas(1.9 + (0.72 if narrow() else 0.42) * max(len(table), 3))
        axes.set(xlim=(0, 1), ylim=(-len(table) + 0.4, 1.3))
        axes.set_yticks([])
        _strip(axes, rows[: int(tested.sum())])
        for row, (_, claim) in zip(rows, table.iterrows(), strict=True):
            can = claim["verdict"] != UNTESTABLE
            _headline(axes, row, claim["text"], _chance(claim["probability"]) if can else "–", INK if can else QUIET)
            if can:
                colour, marker = _ZONES[claim["verdict"]]
                axes.scatter(_place(claim["probability"]), row, s=60, color=colour, marker=marker, zorder=3, clip_on=False)
            else:
                _reason(axes, row, claim["numbers"])
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        write_title(
            axes, title, "Probability that the votes leave to each claim; the zones that decide are drawn wider than they are"
        )
    return Figure(figure, title, f"{title}.", table[["text", "verdict", "probability", "numbers"]])


def _headline(axes: Axes, row: float, text: str, chance: str, colour: str) -> None:
    """The claim at the left of its row, or above it on a narrow screen, and its probability at the right."""
    points = 72 * width() - 60 if narrow() else _LINE
    words = wrapped(plain(text, _LETTERS), points, 8.5)
    if narrow():
        _written(axes, (0, row), words, (0, 8), "left", "bottom", colour)
        _written(axes, (1, row), chance, (0, 8), "right", "bottom", QUIET)
    else:
        _written(axes, (0, row), words, (-7, 0), "right", "center", colour)
        beside(axes, row, chance)


def _written(
    axes: Axes, place: tuple[float, float], words: str, away: tuple[float, float], across: str, up: str, colour: str
) -> None:
    """Words at a side of the axes (0 or 1) and a row, `away` (points) from there."""
    text = axes.annotate(words, place, xycoords=("axes fraction", "data"), xytext=away, textcoords="offset points")
    text.set(ha=across, va=up, multialignment=across, color=colour, fontsize=8.5, annotation_clip=False)


def _place(probability: float) -> float:
    """Where a probability lies on the strip, from 0 to 1."""
    return float(np.interp(probability, _EDGES, np.cumsum([0.0, *_WIDTHS])))


def _strip(axes: Axes, rows: np.ndarray) -> None:
    """The zones behind the claims that can be tested, each with its name on top, and the scale under them."""
    axes.set_xticks([])
    if not len(rows):
        return
    bottom = rows[-1] - 0.5
    for (verdict, (colour, _)), left, right in zip(_ZONES.items(), _EDGES, _EDGES[1:], strict=False):
        start, end = _place(left), _place(right)
        if narrow():  # words stand between the rows: only where a mark lies is ground
            axes.hlines(rows, start, end, color=colour, alpha=2 * _GROUND, linewidth=9, zorder=0, capstyle="butt")
        else:
            axes.fill_between([start, end], bottom, 0.5, color=colour, alpha=_GROUND, linewidth=0, zorder=0)
        axes.text((start + end) / 2, 0.85, verdict, ha="center", va="center", fontsize=8.5, color=colour)
    axes.hlines(rows, 0, 1, color=PAPER, linewidth=0.8, zorder=1)
    axes.xaxis.tick_top()
    ticks = [tick for tick in _TICKS if not (narrow() and tick in (0.25, 0.75))]
    axes.set_xticks([_place(tick) for tick in ticks], [f"{100 * tick:g} %" for tick in ticks], fontsize=8, color=QUIET)


def _reason(axes: Axes, row: float, numbers: str) -> None:
    """Why a claim cannot be tested, in the place of its probability."""
    points = 72 * width() - 20 if narrow() else 290
    words = wrapped(plain(f"{UNTESTABLE}: {numbers}", _LETTERS), points, 8)
    axes.text(0, row, words, ha="left", va="center", fontsize=8, color=QUIET)


def _chance(probability: float) -> str:
    return "< 0.1 %" if probability < 0.001 else "> 99.9 %" if probability > 0.999 else percent(probability)


def _takeaway(counts: dict[str, int], claims: int) -> str:
    """How many claims got which verdict."""
    words = {SUPPORTED: "supported", CONTRADICTED: "contradicted", UNDECIDED: "undecided", UNTESTABLE: "untestable here"}
    parts = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts.get(verdict)]
    return f"{counted(claims, 'headline')}: {', '.join(parts)}"
