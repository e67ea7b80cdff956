"""Figure of a shift: how many points each model gains or loses, with intervals."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import wrapped
from analysis.figures.style import (
    BLUE,
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
    width,
    write_title,
)
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    from analysis.ratings.shift import Shift


def shown_models(shift: Shift, of: str, top: int, highlight: Collection[str]) -> pd.DataFrame:
    """The rows of the table that are drawn: the `top` models of the first board, `highlight`, and all that moved beyond chance,
    in rating or in what is drawn."""
    table = shift.table
    clear = (table["q_value"] <= RATE) | (table["beyond_chance"] & (of == "rank"))
    return table[(np.arange(len(table)) < top) | table["model"].isin(highlight) | clear].reset_index(drop=True)


def _direction(change: float) -> str:
    return BLUE if change > 0 else ORANGE if change < 0 else INK


def boards_compared(shift: Shift) -> str:
    """Both boards by name, as prose has it."""
    return f"{plain(shift.board_from.category.label)} to {plain(shift.board_to.category.label)}"


@drawn
def figure_shift(shift: Shift, top: int = 10, highlight: Collection[str] = ()) -> Figure:
    """Rating shifts with intervals, largest gain first, for the `top` models of the first board, those in `highlight`, and all
    that clearly moved.

    Coloured: shifts beyond what chance allows (false-discovery rate 5 %).
    """
    shown, whole = shown_models(shift, "rating", rows_for(top), highlight), len(shift.models)
    shown = shown.sort_values("rating_shift", ascending=False)
    rows, sure = -np.arange(float(len(shown))), (shown["q_value"] <= RATE).to_numpy()
    title = _shift_title(shown, sure, whole)
    colours = [_direction(change) if real else QUIET for change, real in zip(shown["rating_shift"], sure, strict=True)]
    with house_style():
        figure, axes = canvas(1.7 + row_height() * max(len(shown), 3))
        axes.axvline(0, color=INK, linewidth=1)
        whiskers(axes, rows, shown, "rating_shift", colours, ("shift_lower", "shift_upper"))
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel(_axis_words(boards_compared(shift)))
        axes.grid(axis="x")
        names, bold = [plain(model) for model in shown["model"]], [model in highlight for model in shown["model"]]
        ranks = [f"{before} → {after}" for before, after in zip(shown["rank_from"], shown["rank_to"], strict=True)]
        label_rows(axes, rows, names, [ranks], ["rank"], bold)
        level = f"{100 * shift.board_from.settings.level:g} %"
        which = f"; {len(shown)} of {whole} models" if len(shown) < whole else ""
        write_title(
            axes, title, f"Rating shifts with {level} intervals; coloured where chance does not explain them{which}", room=14
        )
    alt = f"{title}. Points gained from {boards_compared(shift)} with their intervals, largest gain first."
    return Figure(figure, title, alt, shown)


def _axis_words(boards: str) -> str:
    """What is along the axis, on lines that fit."""
    if narrow():
        return f"← loses points    gains points →\n{wrapped(boards, 72 * width() - 30, 9.5)}"
    return f"← loses    points from {boards}    gains →"


def _shift_title(shown: pd.DataFrame, sure: NDArray[np.bool_], whole: int) -> str:
    """How many of all models clearly gain and lose: all of those are among the ones shown."""
    if not sure.any():
        return f"Among {whole} models no rating moves more than chance allows"
    up, down = (int((sure & (sign * shown["rating_shift"] > 0)).sum()) for sign in (1, -1))
    gain, lose = "gains" if up == 1 else "gain", "loses" if down == 1 else "lose"
    return f"Of {whole} models, {up or 'none'} clearly {gain} and {down or 'none'} clearly {lose}"
