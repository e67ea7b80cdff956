"""Figure of two models head to head: how many points lie between them in each category, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
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
    write_title,
)
from analysis.ratings.versus import written_probability
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    from analysis.ratings.versus import Versus


@drawn
def figure_versus(versus: Versus, top: int = 28) -> Figure:
    """The difference of the two ratings in the `top` first categories, the one asked about on top, and the probability that the
    first model is above the second.

    Coloured: differences beyond what chance allows (false-discovery rate 5 %), blue where the first model is ahead.
    """
    shown = versus.table.head(max(rows_for(top), 1))
    rows, sure = -np.arange(float(len(shown))), (shown["q_value"] <= RATE).to_numpy()
    ahead = np.where(shown["difference"] > 0, BLUE, ORANGE)
    first, second, title = plain(versus.model), plain(versus.other), _title(versus)
    with house_style():
        figure, axes = canvas(1.7 + row_height() * max(len(shown), 3))
        axes.axvline(0, color=INK, linewidth=1)
        whiskers(axes, rows, shown, "difference", list(np.where(sure, ahead, QUIET)), ("difference_lower", "difference_upper"))
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel(_axis_words(plain(versus.model, 24), plain(versus.other, 24)))
        axes.grid(axis="x")
        names, bold = [plain(label) for label in shown["category"]], [place == 0 for place in range(len(shown))]
        chances = [written_probability(chance) for chance in shown["above"]]
        label_rows(axes, rows, names, [chances, [f"{votes:,}" for votes in shown["votes"]]], ["P(above)", "votes"], bold)
        level = f"{100 * next(iter(versus.boards.values())).settings.level:g} %"
        which = f"{first} less {second}, with {level} intervals; votes: between the two"
        write_title(axes, title, which, room=14)
    alt = f"{title}. Rating of {first} less that of {second} in {len(shown)} categories, with intervals."
    return Figure(figure, title, alt, versus.table)


def _axis_words(model: str, other: str) -> str:
    """Who is ahead on either side, on lines that fit."""
    return f"← {other}\n{model} →" if narrow() else f"← {other}    points ahead    {model} →"


def _title(versus: Versus) -> str:
    """Which of the two is above the other in the category asked about, and how sure that is."""
    row, label = versus.table.iloc[0], plain(next(iter(versus.boards.values())).category.label)
    first, second, chance = versus.model, versus.other, row["above"]
    if row["difference"] < 0:
        first, second, chance = second, first, 1 - chance
    return f"{plain(first)} is above {plain(second)} with a probability of {written_probability(chance)} ({label})"
