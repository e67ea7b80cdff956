"""Figure of how far judges agree with each other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.audit.agreement import KNOW
from analysis.audit.check import Verdict
from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import (
    BLUE,
    ORANGE,
    QUIET,
    house_style,
    label_rows,
    narrow,
    plain,
    reference_line,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.prose import percent, written

if TYPE_CHECKING:
    from analysis.audit.agreement import Agreement


@drawn
def figure_agreement(check: Agreement, top: int = 14) -> Figure:
    """Kappas of all items, of thirds of them by gap of strength, and of the first pairs of judges, with their intervals."""
    shown = check.table.head(max(rows_for(top), 1))
    rows, value = places(len(shown)), written(check.whole.value, 2)
    title = f"Judges of the same models on the same prompt agree with a kappa of {value}"
    colour = BLUE if check.verdict is Verdict.FINE else ORANGE
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.5)
        reference_line(axes, KNOW, "" if narrow() else f"{KNOW:g}", QUIET, rows)
        whiskers(axes, rows, shown, "kappa", [colour, *[QUIET] * (len(shown) - 1)])
        axes.set_xlim(min(0.0, float(shown["lower"].min())) - 0.02, 1.02)
        axes.set_xlabel("kappa: 0 chance alone, 1 always")
        axes.grid(axis="x")
        columns = [[percent(share, 0) for share in shown["agreement_share"]], [f"{items:,}" for items in shown["items"]]]
        names = [plain(group, 40) for group in shown["group"]]
        label_rows(axes, rows, names, columns, ["agree", "items"], [True, *[False] * (len(shown) - 1)])
        which = "Agreement beyond chance with 95 % intervals: Fleiss’ kappa of all, Cohen’s of two judges"
        write_title(axes, title, which, room=14)
    alt = f"{title}. Kappas of {len(shown)} groups of items or pairs of judges, with intervals."
    return Figure(figure, title, alt, check.table)
