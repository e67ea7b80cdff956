"""Figure of changes: each one by how far it lies beyond its own noise, and where to stop reading."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from analysis.changes.change import CLEAR, NOISE, POSSIBLE, Change
from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import LONGEST, places, rows_canvas
from analysis.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    QUIET,
    house_style,
    label_rows,
    plain,
    rows_for,
    write_title,
)
from analysis.results.drawing import NothingToDraw
from analysis.results.prose import counted, percent, written

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.changes.changes import Changes

#: The colour of each tier.
_COLOURS = {CLEAR: BLUE, POSSIBLE: ORANGE, NOISE: QUIET}

#: Facts that are drawn at most: beyond every noise there is nothing to see of a second dozen of them.
_FACTS = 6

#: Letters of a subject that are drawn: it is cut where it would push the dots aside.
_LONGEST = 30

#: What values of a kind are, where they are shares; all others are written as whole numbers.
_SHARES = frozenset({"share", "topic", "rows", "claim"})


@drawn
def figure_changes(changes: Changes, top: int = 18) -> Figure:
    """Standard errors from no change by change, coloured by tier: the `top` first, in the order in which they are told.

    A triangle at the right edge is a fact, which has no noise. Below the dashed line chance alone explains a change: that is
    where to stop reading.

    Raises:
        NothingToDraw: no change is clear or possible.
    """
    title = _title(changes)
    shown = _shown(changes.changes, rows_for(top))
    if not shown:
        raise NothingToDraw(f"there is nothing to draw: {changes.noise}.")
    with house_style():
        clear = sum(change.tier == CLEAR for change in shown)
        rows = places(len(shown)) - (np.arange(len(shown)) >= clear)  # a free row for the line where to stop
        figure, axes = rows_canvas(len(shown) + (clear < len(shown)), 1.75)
        _dots(axes, rows, shown)
        if clear < len(shown):
            _stop(axes, 0.1 - clear)
        names = [f"{change.kind}: {plain(change.subject, _LONGEST)}" for change in shown]
        label_rows(axes, rows, names, [[_values(change) for change in shown]], ["before → now"])
        left_out = len(changes.changes) - len(shown)
        more = f"; {counted(left_out, 'more is', 'more are')} not drawn" if left_out else ""
        said = f"Blue: clear; orange: possible; ▶ a fact. {changes.folded:,} within noise are not drawn{more}"
        write_title(axes, title, said, room=14)
    alt = f"{title}. The furthest beyond noise is {plain(shown[0].subject, 60)} ({shown[0].kind})."
    return Figure(figure, title, alt, changes.table.head(LONGEST).drop(columns="what"))


def _shown(changes: Sequence[Change], top: int) -> list[Change]:
    facts = [change for change in changes if math.isinf(change.errors)][: min(_FACTS, top)]
    others = [change for change in changes if not math.isinf(change.errors)]
    return [*facts, *others[: top - len(facts)]]


def _dots(axes: Axes, rows: NDArray[np.float64], shown: Sequence[Change]) -> None:
    """A dot per change, and a triangle at the edge per fact."""
    errors = np.array([change.errors for change in shown])
    fact = np.isinf(errors)
    edge = max(float(errors[~fact].max(initial=0.0)) * 1.15, 4.0)
    colours = np.array([_COLOURS[change.tier] for change in shown])
    axes.hlines(rows[~fact], 0, errors[~fact], color=FAINT, linewidth=1, zorder=1)
    axes.scatter(errors[~fact], rows[~fact], s=30, color=colours[~fact], zorder=3)
    axes.scatter(np.full(int(fact.sum()), edge * 0.98), rows[fact], s=34, marker=">", color=colours[fact], zorder=3)
    axes.set_xlim(0, edge)
    axes.grid(axis="x")
    axes.set_xlabel("standard errors from no change")


def _stop(axes: Axes, at: float) -> None:
    """The dashed line below which to stop reading, with its words on it."""
    axes.axhline(at, color=INK, linestyle=(0, (4, 3)), linewidth=1.2, zorder=2)
    axes.annotate(
        "where to stop reading",
        (0, at),
        xycoords=("axes fraction", "data"),
        xytext=(4, 1),
        textcoords="offset points",
        va="bottom",
        fontsize=8.5,
        color=INK,
    )


def _values(change: Change) -> str:
    """The value before and now, as far as there is one."""
    before, now = (_value(change.kind, value) for value in (change.earlier, change.later))
    if before and now:
        return f"{before} → {now}"
    return f"→ {now}" if now else f"{before} →" if before else ""


def _value(kind: str, value: float) -> str:
    if math.isnan(value):
        return ""
    return percent(value) if kind in _SHARES else written(value)


def _title(changes: Changes) -> str:
    """How many changes are clear and how many possible."""
    clear, possible = len(changes.of(CLEAR)), len(changes.of(POSSIBLE))
    since = f"since {changes.earlier}"
    if not clear:
        more = f"; {counted(possible, 'change is', 'changes are')} possible" if possible else ""
        return f"Nothing changed beyond noise {since}{more}"
    return f"{counted(clear, 'clear change')} {since}, and {possible or 'none'} possible"
