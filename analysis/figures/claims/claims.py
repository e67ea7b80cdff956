"""Figure of claims: each headline's dot under its verdict."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, FAINT, INK, ORANGE, QUIET, beside, canvas, house_style, plain, write_title
from analysis.results.prose import counted

if TYPE_CHECKING:
    from analysis.claims.claims import Claims

#: Verdicts from left to right, each with its heading, colour and marker: no verdict is told by colour alone.
_COLUMNS = {
    "supported": ("supported", BLUE, "o"),
    "undecided": ("undecided", QUIET, "D"),
    "contradicted": ("contradicted", ORANGE, "X"),
    "cannot be tested here": ("cannot be\ntested here", FAINT, "s"),
}

#: Characters on a line of a headline.
_LINE = 56


@drawn
def figure_claims(claims: Claims) -> Figure:
    """One row per claim: the headline, a mark under its verdict, and the probability that the claim holds."""
    table = claims.table
    rows, columns = -np.arange(float(len(table))), list(_COLUMNS)
    title = _takeaway(table["verdict"].value_counts().to_dict(), len(table))
    with house_style():
        figure, axes = canvas(1.6 + 0.42 * max(len(table), 3))
        axes.hlines(rows, -0.5, len(columns) - 0.5, color="#EEEEEE", linewidth=0.8, zorder=1)
        for row, verdict, probability in zip(rows, table["verdict"], table["probability"], strict=True):
            _, colour, marker = _COLUMNS[verdict]
            axes.scatter(columns.index(verdict), row, s=90, color=colour, marker=marker, zorder=3)
            beside(axes, row, _chance(probability))
        axes.set_yticks(
            rows, [textwrap.fill(plain(text, 2 * _LINE), _LINE, break_on_hyphens=False) for text in table["text"]], fontsize=8.5
        )
        axes.set_xlim(-0.5, len(columns) - 0.5)
        axes.set_ylim(-len(table) + 0.4, 0.7)
        axes.set_xticks(range(len(columns)), [heading for heading, _, _ in _COLUMNS.values()], color=INK)
        axes.xaxis.tick_top()
        axes.tick_params(length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        write_title(axes, title, "At the right, the probability that the claim holds, given these votes", room=4)
    words = " ".join(
        f"{plain(text, 120)} {verdict.capitalize()}." for text, verdict in zip(table["text"], table["verdict"], strict=True)
    )
    return Figure(figure, title, f"{title}. {words}")


def _chance(probability: float) -> str:
    if np.isnan(probability):
        return "–"
    return "< 0.1 %" if probability < 0.001 else "> 99.9 %" if probability > 0.999 else f"{100 * probability:.1f} %"


def _takeaway(counts: dict[str, int], claims: int) -> str:
    """How many claims got which verdict."""
    words = {
        "supported": "supported",
        "contradicted": "contradicted",
        "undecided": "undecided",
        "cannot be tested here": "untestable here",
    }
    parts = [f"{counts[verdict]} {word}" for verdict, word in words.items() if counts.get(verdict)]
    return f"{counted(claims, 'headline')}: {', '.join(parts)}"
