"""Figure of the judges who move a board most."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.audit.influence import BEWARE
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
    write_title,
)
from analysis.results.prose import counted, written

if TYPE_CHECKING:
    from analysis.audit.influence import JudgeInfluence


@drawn
def figure_influence(check: JudgeInfluence, top: int = 12) -> Figure:
    """How far the `top` first judges move a distance between two models, beside the half width of its interval.

    Orange: beyond chance, and enough to matter; blue: what a judge with so many votes may do by chance.
    """
    shown = check.table.head(max(rows_for(top), 1))
    loud = {move.judge for move in check.loud}
    colours = [ORANGE if judge in loud else BLUE for judge in shown["judge"]]
    title = _title(check)
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.5)
        names = [plain(judge, 28) for judge in shown["judge"]]
        columns = [[written(part, 2) for part in shown["half_width_part"]], [f"{votes:,}" for votes in shown["votes"]]]
        rows = places(len(shown))
        axes.barh(rows, shown["half_width_part"], height=0.32 if narrow() else 0.66, color=colours)
        axes.grid(axis="x")
        label_rows(axes, rows, names, columns, ["moves", "votes"])
        reference_line(axes, BEWARE, "" if narrow() else "its half width", QUIET, rows)
        axes.set_xlim(0, max(1.1 * BEWARE, 1.06 * float(shown["half_width_part"].max())))
        axes.set_xlabel("half widths")
        which = "How far each judge moves the distance of two models, in half widths of its interval: the distance moved most"
        write_title(axes, title, which, room=14)
    alt = f"{title}. Bars for the {counted(len(shown), 'judge')} who move a distance most, in half widths of its interval."
    return Figure(figure, title, alt, check.table)


def _title(check: JudgeInfluence) -> str:
    """Whether anybody moves the board, and how many do."""
    if check.loud:
        several = f"{len(check.loud):,} judges move the board beyond chance"
        return f"{plain(check.loud[0].judge, 28)} moves the board beyond chance" if len(check.loud) == 1 else several
    return "No judge moves the board beyond chance"
