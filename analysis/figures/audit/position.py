"""Figure of the side: what the left answer wins between equals, over all votes and by groups of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.special import expit

from analysis.audit.position import GROUPS_ERROR, MATERIAL
from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import (
    BLUE,
    INK,
    ORANGE,
    PERCENT,
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
from analysis.results.prose import announced_percent, percent

if TYPE_CHECKING:
    import pandas as pd

    from analysis.audit.position import Position


@drawn
def figure_position(position: Position, top: int = 28) -> Figure:
    """The share of the votes that the left answer wins between equals, with intervals; all votes on top, and groups below it.

    Coloured: all votes where a side is favoured beyond chance, and groups that differ from the other votes; blue where the left
    answer is favoured. Between the dashed lines a side is too small to matter.
    """
    shown = _shown(position.table, rows_for(top))
    drawn_table = expit(shown[["coefficient", "lower", "upper"]])
    coloured = np.array(shown["q_value"] <= GROUPS_ERROR)
    coloured[0] = position.beyond
    colours = list(np.where(coloured, np.where(shown["coefficient"] > 0, BLUE, ORANGE), QUIET))
    rows, title = places(len(shown)), _title(position)
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.55)
        for end in (-MATERIAL, MATERIAL):
            reference_line(axes, expit(end), "", QUIET, rows)
        reference_line(axes, 0.5, "", INK, rows, dashed=False)
        whiskers(axes, rows, drawn_table, "coefficient", colours)
        axes.xaxis.set_major_formatter(PERCENT)
        axes.locator_params(axis="x", nbins=4 if narrow() else 8)
        axes.set_xlabel("Left answer's share of the votes between equals")
        names = [plain(group) for group in shown["group"]]
        columns = [[f"{votes:,}" for votes in shown["votes"]]]
        if not narrow() and len(shown) > 1:
            kinds = shown["by"].where(~shown["by"].duplicated() & (shown["by"] != "all"), "")
            columns.insert(0, kinds.tolist())
        label_rows(axes, rows, names, columns, bold=[place == 0 for place in range(len(shown))])
        level = announced_percent(position.level)
        write_title(axes, title, f"{level} intervals, and votes; between the dashed lines a side is too small to matter")
    alt = f"{title}. The left answer's share of the votes between equal models, with intervals, in {len(shown)} rows."
    return Figure(figure, title, alt, position.table)


def _shown(table: pd.DataFrame, most: int) -> pd.DataFrame:
    """All votes and as many groups as there is room for: of each kind the first ones, equally many."""
    if len(table) <= most:
        return table
    kinds = table["by"].nunique() - 1
    return table[table.groupby("by").cumcount() < max((most - 1) // max(kinds, 1), 1)].head(max(most, 1))


def _title(position: Position) -> str:
    """Whether the left answer is favoured, and what it wins."""
    whole = position.table.iloc[0]
    if not position.beyond:
        return f"The left answer is not favoured beyond chance: {percent(whole['left_share'])} between equals"
    way = "favoured" if whole["coefficient"] > 0 else "at a disadvantage"
    return f"The left answer is {way}: it wins {percent(whole['left_share'])} of the votes between equals"
