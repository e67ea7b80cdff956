"""Figure of confounders: how much each thing that could move votes does."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.audit.confounders import RATE
from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import given, places, rows_canvas
from analysis.figures.style import (
    BLUE,
    INK,
    ORANGE,
    QUIET,
    house_style,
    label_rows,
    narrow,
    plain,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.prose import announced_percent, counted, percent, signed

if TYPE_CHECKING:
    import pandas as pd

    from analysis.audit.confounders import Confounders


@drawn
def figure_confounders(confounders: Confounders, top: int = 28) -> Figure:
    """The coefficient of each term with its interval, the surest first, and how far it moves a rating at most.

    Coloured: what is beyond chance, blue where it favours what stands in the row. What decides votes has no coefficient.
    """
    ordered = confounders.table.sort_values("q_value", kind="stable")
    shown = ordered.head(max(rows_for(top), 1))
    sure = (shown["q_value"] <= RATE).to_numpy()
    colours = list(np.where(sure, np.where(shown["coefficient"] > 0, BLUE, ORANGE), QUIET))
    rows, title = places(len(shown)), _title(confounders)
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.75)
        axes.axvline(0, color=INK, linewidth=1)
        finite = shown["coefficient"].notna().to_numpy()
        whiskers(axes, rows[finite], shown[finite], "coefficient", [colours[place] for place in np.flatnonzero(finite)])
        axes.locator_params(axis="x", nbins=5 if narrow() else 8)
        axes.set_xlabel("Log-odds" if narrow() else "Log-odds of what is favoured")
        axes.grid(axis="x")
        moves = [signed(move, 1) if move == move else "decides" for move in shown["move"]]
        label_rows(axes, rows, [plain(_name(row), 40) for _, row in shown.iterrows()], [moves], ["points"])
        which = (
            f"Per standard deviation, or against other votes, with {announced_percent(confounders.level)} intervals; points: the "
            "largest move of a rating without it"
        )
        write_title(axes, title, which, room=14)
    alt = f"{title}. Coefficients of {counted(len(shown), 'term')} with intervals."
    return Figure(figure, title, alt, given(ordered, shown))


def _name(row: pd.Series) -> str:
    """A term, and what it favours."""
    return f"{row['feature']}{' ' * bool(row['value'])}{row['value']}: {row['on']}"


def _title(confounders: Confounders) -> str:
    """How many terms move votes beyond chance."""
    sure, looked = len(confounders.beyond), len(confounders.table)
    if not sure:
        return "Nothing that was looked at moves votes beyond chance"
    things = f"{sure} of {looked} things" if looked > 1 else "The one thing"
    could = "that could move votes" if looked > 1 else "that could be looked at"
    does = ("does" if sure == 1 else "do") + " so" if looked > 1 else "moves votes"
    return f"{things} {could} {does} beyond chance (false-discovery rate {percent(RATE, 0)})"
