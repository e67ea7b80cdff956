"""Figure of an audit: every check with its verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING

from analysis.audit.check import Verdict
from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import BLUE, INK, ORANGE, QUIET, house_style, label_rows, plain, write_title
from analysis.results.prose import counted, joined, spoken

if TYPE_CHECKING:
    from analysis.audit.audit import Audit

#: Colours of verdicts, from left to right.
_COLOURS = {Verdict.BEWARE: ORANGE, Verdict.KNOW: INK, Verdict.FINE: BLUE, Verdict.UNTOLD: QUIET}

#: The verdicts under the figure, on two lines where they are long.
_TICKS = ("beware", "worth\nknowing", "fine", "cannot\nbe told")


@drawn
def figure_checks(audit: Audit) -> Figure:
    """The verdict of every check, what to beware of first."""
    table, order = audit.table, list(_COLOURS)
    verdicts = [Verdict(verdict) for verdict in table["verdict"]]
    beware = sum(verdict is Verdict.BEWARE for verdict in verdicts)
    title = f"{beware} of {counted(len(table), 'check')} {'says' if beware == 1 else 'say'} beware"
    rows = places(len(table))
    with house_style():
        figure, axes = rows_canvas(len(table), 1.5)
        axes.grid(axis="x")
        place, colours = [order.index(verdict) for verdict in verdicts], [_COLOURS[verdict] for verdict in verdicts]
        axes.scatter(place, rows, s=42, color=colours, zorder=3)
        axes.set_xlim(-0.5, len(order) - 0.5)
        axes.set_xticks(range(len(order)), _TICKS)
        names = [plain(f"{spoken(row.check).capitalize()}: {row.question}", 64) for row in table.itertuples()]
        label_rows(axes, rows, names, bold=[verdict in order[:2] for verdict in verdicts])
        write_title(axes, title, "Verdicts: beyond chance and large, beyond chance and small, nothing shown, or votes do not say")
    told = [f"{sum(one is verdict for one in verdicts)} {verdict}" for verdict in order]
    return Figure(figure, title, f"{title}. Verdicts of {counted(len(table), 'check')}: {joined(told)}.", table)
