"""Figure of misfit: pairs whose share of wins differs most from what one strength per model foretells."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.audit.check import Verdict
from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    INK,
    PERCENT,
    QUIET,
    canvas,
    house_style,
    label_rows,
    narrow,
    plain,
    row_height,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.prose import counted, percent, written

if TYPE_CHECKING:
    from analysis.audit.misfit import Misfit

#: Letters of a model's name, on a page and on a narrow screen.
_LETTERS, _FEWER = 24, 18


@drawn
def figure_misfit(misfit: Misfit, top: int = 12) -> Figure:
    """The share that the better model of a pair won, with its interval, beside the share foretold (a stroke), for the `top` most
    surprising pairs; blue those that are beyond chance by themselves."""
    shown = misfit.table.head(max(rows_for(top), 1))
    rows, sure = -np.arange(float(len(shown))), np.arange(len(shown)) < len(misfit.named)
    title = _title(misfit)
    letters, half = (_FEWER, 0.16) if narrow() else (_LETTERS, 0.28)
    with house_style():
        figure, axes = canvas(1.6 + row_height() * max(len(shown), 3))
        whiskers(axes, rows, shown, "share", list(np.where(sure, BLUE, QUIET)))
        axes.vlines(shown["expected_share"], rows - half, rows + half, color=INK, linewidth=2, zorder=4)
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.xaxis.set_major_formatter(PERCENT)
        axes.set_xlabel("Share of the votes won, a tie being half")
        axes.grid(axis="x")
        names = [f"{plain(row.model, letters)} – {plain(row.other, letters)}" for row in shown.itertuples()]
        label_rows(axes, rows, names, [[f"{votes:,}" for votes in shown["votes"]]], ["votes"], list(sure))
        level = percent(misfit.level, 0)
        beyond = "blue and bold: beyond chance by itself" if sure.any() else "none is beyond chance by itself"
        write_title(
            axes, title, f"Dots: won by the first of the two, with {level} intervals; strokes: foretold; {beyond}", room=14
        )
    first = shown.iloc[0]
    most = f"Most surprising: {plain(first['model'])} won {percent(first['share'], 0)} against {plain(first['other'])}"
    return Figure(figure, title, f"{title}. {most}, {percent(first['expected_share'], 0)} were foretold.", shown)


def _title(misfit: Misfit) -> str:
    """Whether pairs are foretold, and by how much they differ."""
    value, low, high = misfit.spread
    if misfit.verdict == Verdict.FINE:
        return f"One strength per model foretells {counted(len(misfit.table), 'pair')} within chance"
    return (
        f"Pairs differ by {written(value)} points ({written(low)} to {written(high)}) from what one strength per model foretells"
    )
