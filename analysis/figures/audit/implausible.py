"""Figure of the judges whose votes are least plausible beside the others'."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.audit.implausible import AGAINST, ALPHA
from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import (
    BLUE,
    INK,
    ORANGE,
    QUIET,
    house_style,
    label_rows,
    narrow,
    plain,
    reference_line,
    rows_for,
    write_title,
)
from analysis.results.prose import counted

if TYPE_CHECKING:
    from analysis.audit.implausible import ImplausibleJudges

#: Evidence is drawn up to so many digits.
_MOST = 40.0


@drawn
def figure_implausible(check: ImplausibleJudges, top: int = 15) -> Figure:
    """How strong the evidence is against the `top` least plausible judges, in digits of one over their p-values.

    Orange: named, for votes against the others; blue: named, for being too predictable; grey: no more than chance allows.
    """
    shown = check.table.head(max(rows_for(top), 1))
    rows, title = places(len(shown)), _title(check)
    digits = np.minimum(-np.log10(np.maximum(shown["p_value"].to_numpy(), 10.0**-_MOST)), _MOST)
    ways = np.where(shown["direction"] == AGAINST, ORANGE, BLUE)
    needed = float(np.log10(check.judges / ALPHA))
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.5)
        axes.barh(rows, digits, height=0.32 if narrow() else 0.66, color=np.where(shown["named"], ways, QUIET))
        reference_line(axes, needed, "", INK, rows)
        axes.set_xlim(0, 1.06 * max(needed, float(digits.max())))
        axes.set_xlabel("one in 10 to the power of")
        axes.grid(axis="x")
        names = [plain(judge, 28) for judge in shown["judge"]]
        columns = [list(shown["direction"]), [f"{votes:,}" for votes in shown["votes"]]]
        label_rows(axes, rows, names, columns[1:] if narrow() else columns, ["votes"] if narrow() else ["", "votes"])
        write_title(
            axes,
            title,
            "How unlikely a judge’s votes are, if the judge votes as the others do; dashed: named from there on",
            room=14,
        )
    alt = f"{title}. Bars for the {counted(len(shown), 'least plausible judge')}, by how unlikely their votes are."
    return Figure(figure, title, alt, check.table.head(200))


def _title(check: ImplausibleJudges) -> str:
    """How many are named."""
    if not check.named:
        return "No judge votes otherwise than the others do, beyond chance"
    if check.named == 1:
        return f"{plain(check.table['judge'][0], 28)} votes otherwise than the others do"
    return f"{check.named:,} judges vote otherwise than the others do"
