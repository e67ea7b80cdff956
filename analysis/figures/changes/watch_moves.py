"""Figure of moves: how far each model's rating moved from one published board to a later one, with intervals."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from analysis.changes.change import CLEAR, NOISE, POSSIBLE
from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
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
from analysis.results.prose import counted

if TYPE_CHECKING:
    import pandas as pd

    from analysis.changes.watch_moves import WatchMoves

#: Rows of moves that are clear or possible, at most.
_MOST = 40


@drawn
def figure_watch_moves(moves: WatchMoves, top: int = 10, highlight: Collection[str] = ()) -> Figure:
    """Moves with intervals, largest gain first: those that are clear or possible, the `top` models of the later board and those
    in `highlight`.

    Coloured: clear; pale intervals are noise. Across a change of method none is coloured.
    """
    shown = _shown(moves, rows_for(top), highlight)
    rows = -np.arange(float(len(shown)))
    title = _title(moves)
    colours = [
        FAINT if tier == NOISE else QUIET if tier == POSSIBLE else BLUE if change > 0 else ORANGE
        for tier, change in zip(shown["tier"], shown["change"], strict=True)
    ]
    with house_style():
        figure, axes = canvas(1.7 + row_height() * max(len(shown), 3))
        axes.axvline(0, color=INK, linewidth=1)
        whiskers(axes, rows, shown, "change", colours)
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel("← falls    points against the others    rises →" if not narrow() else "← falls    points    rises →")
        axes.grid(axis="x")
        names, bold = [plain(model) for model in shown["model"]], [model in highlight for model in shown["model"]]
        label_rows(axes, rows, names, [list(shown["tier"])], ["move"], bold)
        which = f"; {len(shown)} of {counted(len(moves.models), 'model')}" if len(shown) < len(moves.models) else ""
        write_title(axes, title, f"{moves.what}: moves with 95 % intervals; coloured where they are clear{which}", room=14)
    return Figure(figure, title, f"{title}. Moves of ratings with their intervals, largest gain first.", shown)


def _shown(moves: WatchMoves, top: int, highlight: Collection[str]) -> pd.DataFrame:
    """The rows that are drawn: the furthest beyond noise, the first models and those pointed out."""
    table = moves.table
    told = table["tier"] != NOISE
    beyond = (table["change"].abs() / table["error"]).where(told).rank(ascending=False) <= rows_for(_MOST)
    here = beyond | (np.arange(len(table)) < top) | table["model"].isin(highlight)
    return table[here].sort_values("change", ascending=False).reset_index(drop=True)


def _title(moves: WatchMoves) -> str:
    """How many models clearly rose and fell, or why that is not said."""
    if moves.method:
        return "The method changed in between: no move is read as a model's"
    clear = moves.of(CLEAR)
    if clear.empty:
        return f"Among {len(moves.models)} models no rating clearly moved"
    up, down = (int((sign * clear["change"] > 0).sum()) for sign in (1, -1))
    return f"Of {len(moves.models)} models, {up or 'none'} clearly rose and {down or 'none'} clearly fell"
