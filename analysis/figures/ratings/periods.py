"""Figure of a history of few periods: each model's rating in every one of them, with intervals."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures.figure import Figure
from analysis.figures.style import (
    BLUE,
    GREEN,
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
from analysis.results.prose import counted, joined, percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.ratings.history import History

#: Periods up to which a history is drawn so, and their colours, from early to late, by how many there are.
FEW = 3
_COLOURS = {1: (BLUE,), 2: (QUIET, BLUE), 3: (QUIET, GREEN, BLUE)}

#: Distance of the periods within a row, in rows.
_STEP = 0.28


def figure_periods(history: History, title: str, top: int = 20, highlight: Collection[str] = ()) -> Figure:
    """A row per model with a dot and an interval per period, the latest lowest, in the order of the last board.

    Drawn are the `top` models of the last board, those in `highlight` (in bold) and those that the sentence names. Later
    boards are moved to the same mean over the models that all boards rate, as only distances between models are measured.
    """
    frame, periods = _aligned(history), list(history.boards)
    places, last = history.places, history.boards[periods[-1]].models
    wanted = [*last[: rows_for(top)], *highlight, *history.named]
    models = sorted((model for model in places.index if model in wanted), key=_order(places))
    colours = _COLOURS[len(periods)]
    # Names stand above the rows of a narrow figure: there all dots are below the middle of a row.
    steps = (0 if narrow() else (len(periods) - 1) / 2) - np.arange(len(periods))
    rows = -np.arange(float(len(models)))
    with house_style():
        figure, axes = canvas(1.7 + (row_height() + 0.07 * (len(periods) - 1)) * max(len(models), 3))
        for period, colour, step in zip(periods, colours, steps, strict=True):
            part = frame[frame["period"] == period].set_index("model").reindex(models)
            whiskers(axes, rows + _STEP * step, part, "rating", [colour] * len(part))
        _label(axes, rows, models, places, highlight)
        level = percent(next(iter(history.boards.values())).settings.level, 0)
        which = f"; {len(models)} of {counted(len(places), 'model')}" if len(models) < len(places) else ""
        subtitle = f"{history.label}: ratings with {level} intervals, {_legend(periods, colours)}{which}"
        write_title(axes, title, subtitle, room=14)
    return Figure(figure, title, f"{title}. Ratings by period with their intervals.", frame[frame["model"].isin(models)])


def _aligned(history: History) -> pd.DataFrame:
    """The table, with the ratings of later boards moved to the mean that the first board gives the models on all of them."""
    table = history.table
    rated = history.places.dropna().index
    means = table[table["model"].isin(rated)].groupby("period")["rating"].mean()
    moved = (means.iloc[0] - means).reindex(table["period"]).fillna(0).to_numpy() if len(means) else 0
    return table.assign(**{name: table[name] + moved for name in ("rating", "lower", "upper")})


def _order(places: pd.DataFrame) -> pd.Series:
    """By model its place on the last board, those that are not on it behind."""
    return places.iloc[:, -1].fillna(places.max().max() + places.iloc[:, 0]).fillna(np.inf).__getitem__


def _legend(periods: list[str], colours: Collection[str]) -> str:
    """Which colour is which period, in words."""
    names = {QUIET: "grey", GREEN: "green", BLUE: "blue"}
    if len(periods) == 1:
        return plain(periods[0], 12)
    return joined(f"{plain(period, 12)} {names[colour]}" for period, colour in zip(periods, colours, strict=True))


def _label(axes: Axes, rows: np.ndarray, models: list[str], places: pd.DataFrame, highlight: Collection[str]) -> None:
    """Names, and the places in every period."""
    written = places.loc[models].map(lambda place: "–" if pd.isna(place) else f"{place:.0f}")
    moves = [" → ".join(row) for row in written.to_numpy()]
    axes.set_ylim(-len(models) + (0.1 if narrow() else 0.3), 0.7)
    axes.set_xlabel("rating (Elo points)")
    axes.grid(axis="x")
    label_rows(axes, rows, [plain(model) for model in models], [moves], ["place"], [model in highlight for model in models])
