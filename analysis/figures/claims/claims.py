"""Figure of claims: each headline's probability on a strip with the zones that decide on verdicts."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.claims.verdicts import CONTRADICTED, SUPPORTED, SURE, UNDECIDED, UNTESTABLE
from analysis.figures.figure import Figure
from analysis.figures.style import BLUE, INK, ORANGE, QUIET, beside, canvas, house_style, plain, write_title
from analysis.results.prose import counted, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.claims.claims import Claims

#: Each verdict that votes can give, with its colour, its marker (no verdict is told by colour alone) and the shade of its zone.
_ZONES = {
    CONTRADICTED: (ORANGE, "X", "#FBE3D3"),
    UNDECIDED: (QUIET, "D", "#F2F2F2"),
    SUPPORTED: (BLUE, "o", "#D6E7F3"),
}

#: Where the zones meet, and how wide each is drawn: the outer two are 2.5 % wide and could not be seen at that width.
_EDGES, _WIDTHS = (0.0, 1 - SURE, SURE, 1.0), (0.2, 0.6, 0.2)

#: Probabilities that get a tick.
_TICKS = (0.0, 1 - SURE, 0.25, 0.5, 0.75, SURE, 1.0)

#: Characters on a line of a headline, and of a reason on the strip.
_LINE, _REASON = 56, 62


def figure_claims(claims: Claims) -> Figure:
    """One row per claim: its probability on a strip from 0 to 100 %, whose outer zones decide and are drawn wider; below them,
    grey, the claims that cannot be tested here, with the reason."""
    table = claims.table
    tested = table["verdict"] != UNTESTABLE
    table = pd.concat([table[tested].sort_values("probability", ascending=False, kind="stable"), table[~tested]])
    rows = -np.arange(float(len(table)))
    title = _takeaway(table["verdict"].value_counts().to_dict(), len(table))
    with house_style():
        figure, axes = canvas(1.9 + 0.42 * max(len(table), 3))
        _strip(axes, rows[: int(tested.sum())])
        for row, (_, claim) in zip(rows, table.iterrows(), strict=True):
            if claim["verdict"] == UNTESTABLE:
                _reason(axes, row, claim["numbers"])
                continue
            colour, marker, _ = _ZONES[claim["verdict"]]
            axes.scatter(_place(claim["probability"]), row, s=60, color=colour, marker=marker, zorder=3, clip_on=False)
            beside(axes, row, _chance(claim["probability"]))
        lines = [textwrap.fill(plain(text, 2 * _LINE), _LINE, break_on_hyphens=False) for text in table["text"]]
        axes.set_yticks(rows, lines, fontsize=8.5)
        for label, can in zip(axes.get_yticklabels(), tested[table.index], strict=True):
            label.set_color(INK if can else QUIET)
        axes.set(xlim=(0, 1), ylim=(-len(table) + 0.4, 1.3))
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        write_title(
            axes, title, "Probability that the votes leave to each claim; the zones that decide are drawn wider than they are"
        )
    return Figure(figure, title, f"{title}. {_words(table)}")


def _place(probability: float) -> float:
    """Where a probability lies on the strip, from 0 to 1."""
    return float(np.interp(probability, _EDGES, np.cumsum([0.0, *_WIDTHS])))


def _strip(axes: Axes, rows: np.ndarray) -> None:
    """The zones behind the claims that can be tested, each with its name on top, and the scale under them."""
    axes.set_xticks([])
    if not len(rows):
        return
    bottom = rows[-1] - 0.5
    for (verdict, (colour, _, shade)), left, right in zip(_ZONES.items(), _EDGES, _EDGES[1:], strict=False):
        start, end = _place(left), _place(right)
        axes.fill_between([start, end], bottom, 0.5, color=shade, linewidth=0, zorder=0)
        axes.text((start + end) / 2, 0.85, verdict, ha="center", va="center", fontsize=8.5, color=colour)
    axes.hlines(rows, 0, 1, color="white", linewidth=0.8, zorder=1)
    axes.xaxis.tick_top()
    axes.set_xticks([_place(tick) for tick in _TICKS], [f"{100 * tick:g} %" for tick in _TICKS], fontsize=8, color=QUIET)


def _reason(axes: Axes, row: float, numbers: str) -> None:
    """Why a claim cannot be tested, in the place of its probability."""
    words = textwrap.fill(plain(f"{UNTESTABLE}: {numbers}", 2 * _REASON), _REASON)
    axes.text(0.01, row, words, ha="left", va="center", fontsize=8, color=QUIET)
    beside(axes, row, "–")


def _chance(probability: float) -> str:
    return "< 0.1 %" if probability < 0.001 else "> 99.9 %" if probability > 0.999 else percent(probability)


def _takeaway(counts: dict[str, int], claims: int) -> str:
    """How many claims got which verdict."""
    words = {SUPPORTED: "supported", CONTRADICTED: "contradicted", UNDECIDED: "undecided", UNTESTABLE: "untestable here"}
    parts = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts.get(verdict)]
    return f"{counted(claims, 'headline')}: {', '.join(parts)}"


def _words(table: pd.DataFrame) -> str:
    """Each claim with its verdict and its number or its reason."""
    parts = []
    for text, verdict, probability, numbers in table[["text", "verdict", "probability", "numbers"]].itertuples(index=False):
        number = plain(numbers, 120) if verdict == UNTESTABLE else _chance(probability)
        parts.append(f"{plain(text, 120)} {verdict.capitalize()}{': ' if verdict == UNTESTABLE else ', '}{number.rstrip('.')}.")
    return " ".join(parts)
