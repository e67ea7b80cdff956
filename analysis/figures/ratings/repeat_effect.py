"""Figure of what repeated prompts do to the board."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    GREEN,
    INK,
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
from analysis.ratings.repeat_effect import TREATMENTS
from analysis.results.prose import percent
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    import pandas as pd

    from analysis.ratings.repeat_effect import RepeatEffect

#: Colour of each treatment, and where its dots are within a row.
_LOOKS = {"without": (BLUE, 0.22), "once": (GREEN, 0.0), "sampled": (QUIET, -0.22)}


@drawn
def figure_repeat_effect(effect: RepeatEffect, top: int = 12) -> Figure:
    """The shift of each model by each treatment, with its interval: the `top` models of the board and those that clearly move."""
    shown, title = _shown(effect, rows_for(top)), _title(effect)
    models = list(dict.fromkeys(shown["model"]))
    rows = -np.arange(float(len(models)))
    with house_style():
        figure, axes = canvas(1.8 + (row_height() + 0.08) * max(len(models), 3))
        axes.axvline(0, color=INK, linewidth=1)
        for name in effect.shifts:
            colour, step = _LOOKS[name]
            part = shown[shown["treatment"] == TREATMENTS[name][0]].set_index("model").reindex(models)
            # Names stand above the rows of a narrow figure: there all dots are below the middle of a row.
            offset = step - 0.22 if narrow() else step
            whiskers(axes, rows + offset, part, "rating_shift", [colour] * len(part), ("shift_lower", "shift_upper"))
        axes.set_ylim(-len(models) + (0.1 if narrow() else 0.3), 0.7)
        axes.set_xlabel("← loses points    gains points →")
        axes.grid(axis="x")
        label_rows(axes, rows, [plain(model) for model in models], [])
        level = percent(effect.board.settings.level, 0)
        which = f"; {len(models)} of {len(effect.board.models)} models" if len(models) < len(effect.board.models) else ""
        subtitle = f"Shift from the board of all votes with {level} intervals: {_legend(effect)}{which}"
        write_title(axes, title, subtitle, room=14)
    return Figure(figure, title, f"{title}. Shifts by what is done with repeats, with their intervals.", shown)


def _shown(effect: RepeatEffect, top: int) -> pd.DataFrame:
    moved = effect.table[(effect.table["q_value"] <= RATE) | effect.table["beyond_chance"]]["model"]
    wanted = {*effect.board.models[:top], *moved}
    return effect.table[effect.table["model"].isin(wanted)]


def _title(effect: RepeatEffect) -> str:
    if "without" not in effect.shifts:
        return "What repeated prompts do to the board"
    row = effect.summary.iloc[0]
    if row["moved"]:
        return f"Without repeats {row['moved']} of {row['models']} ratings move beyond chance"
    which = "no rating" if row["beyond_chance"] else "no rating and no rank"
    return f"Without repeats {which} of {row['models']} models moves beyond chance"


def _legend(effect: RepeatEffect) -> str:
    colours = {BLUE: "blue", GREEN: "green", QUIET: "grey"}
    return ", ".join(f"{colours[_LOOKS[name][0]]} {TREATMENTS[name][0].lower()}" for name in effect.shifts)
