"""Figures of separation: a board in classes that its votes tell apart, and who is above whom among some of its models."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.patches import Rectangle

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    GREEN,
    GRID,
    ON_LIGHT,
    ORANGE,
    PALE_GAINS,
    PALE_LOSSES,
    QUIET,
    canvas,
    house_style,
    label_rows,
    name_square,
    narrow,
    plain,
    row_height,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.drawing import NothingToDraw
from analysis.results.options import named
from analysis.results.prose import counted

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.audit.separation import Separation

#: Colours of the classes below the first, in turn.
_IN_TURN = (QUIET, GREEN)

#: A board that is longer than `top` by no more than this is drawn whole.
_SLACK = 5

#: Orange where the row is below, nearly white where nobody knows, blue where it is above: the same in light and dark.
_SHADES = LinearSegmentedColormap.from_list("above", [PALE_LOSSES, "#f2f1ed", PALE_GAINS])

#: Models of a narrow matrix; inches of one of its rows on a page and on a narrow screen, where the name stands over it.
_FEW, _ROW = 7, (0.34, 0.52)

#: Top and bottom of a cell, in rows from the middle of its row, on a page and on a narrow screen.
_CELL = ((-0.46, 0.46), (-0.14, 0.48))


@drawn
def figure_separation(separation: Separation, top: int = 25, highlight: Collection[str] = ()) -> Figure:
    """Ratings with intervals of the `top` models and those in `highlight`, best first; every other class on a grey band.

    Blue: the first class; those below change colour from class to class; orange: highlighted. At the right the class, and the
    probability that the model is above the next one.
    """
    table, top = separation.table, max(rows_for(top), 1)
    shown = table[(np.arange(len(table)) < top) | table["model"].isin(highlight) | (len(table) <= top + _SLACK)]
    rows = -np.arange(float(len(shown)))
    title = _takeaway(separation)
    colours = [
        ORANGE if model in highlight else BLUE if number == 1 else _IN_TURN[number % 2]
        for model, number in zip(shown["model"], shown["class"], strict=True)
    ]
    with house_style():
        figure, axes = canvas(1.7 + row_height() * max(len(shown), 3))
        if not narrow():  # there names stand on a ground of their own, which would cut holes into bands
            _bands(axes, rows, shown["class"].tolist())
        whiskers(axes, rows, shown, "rating", colours)
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel("rating (Elo points)")
        axes.grid(axis="x")
        names = [plain(model) for model in shown["model"]]
        chances = [_per_cent(chance) for chance in shown["above_next"]]
        label_rows(axes, rows, names, [[str(n) for n in shown["class"]], chances], ["class", "above next"])
        level = f"{100 * separation.board.settings.level:g} %"
        which = f"; {len(shown)} of {counted(len(table), 'model')}" if len(shown) < len(table) else ""
        bands = "colours: classes" if narrow() else "bands: classes"
        chance = "above next: the probability that it is above the next model"
        # The less is known of a model, the longer it stays beside the best.
        mixed = bool((np.diff(shown["class"]) < 0).any())
        few = "; of few votes, a model may be in a better class than one rated above it" * mixed
        write_title(axes, title, f"Ratings with {level} intervals{which}; {bands}{few}; {chance}", room=14)
    alt = f"{title}. Ratings of {counted(len(shown), 'model')} with their intervals and classes, best first."
    return Figure(figure, title, alt, shown)


@drawn
def figure_separation_matrix(separation: Separation, models: Sequence[str] | str = ()) -> Figure:
    """P(the model of a row is above that of a column), for the `models` that are given or the first ten.

    A frame marks the pairs that are told apart over all pairs of the board at once. On a narrow screen there are fewer models,
    and numbers stand for them over the columns.
    """
    if len(named(models)) == 1:
        raise NothingToDraw("there is nothing to draw: a matrix takes two models.")
    whole = separation.matrix(models)
    names = list(whole.columns)[: _FEW if narrow() else None]
    matrix = whole.loc[names, names].to_numpy()
    places = [separation.board.models.index(name) for name in names]
    distance = np.abs(np.subtract.outer(separation.board.ratings[places], separation.board.ratings[places]))
    sure = distance > separation.critical * separation.errors[np.ix_(places, places)]
    title = _matrix_takeaway(separation, list(whole.columns))
    with house_style():
        figure, axes = canvas((1.2 if narrow() else 1.9) + _ROW[narrow()] * max(len(names), 3))
        axes.set(xlim=(-0.5, len(names) - 0.5), ylim=(len(names) - 0.5, -0.5))
        for row, column in np.argwhere(~np.isnan(matrix)):
            _cell(axes, int(row), int(column), float(matrix[row, column]), bool(sure[row, column]))
        name_square(axes, [plain(name) for name in names], above=0.3)
        which = f"; {len(names)} of {len(whole)} models" if len(names) < len(whole) else ""
        framed = "; framed: told apart over all pairs of the board at once" if sure.any() else ""
        write_title(axes, title, f"Probability, in per cent, that the row's model is above the column's{framed}{which}")
    first, second = np.triu_indices(len(whole), 1)
    pairs = {"model": whole.index[first], "other": whole.columns[second], "above": whole.to_numpy()[first, second]}
    alt = f"{title}. A matrix of the probabilities that one of {counted(len(names), 'model')} is above another."
    return Figure(figure, title, alt, pd.DataFrame(pairs).head(200))


def _bands(axes: Axes, rows: np.ndarray, numbers: list[int]) -> None:
    """A grey ground behind the rows of every other class."""
    for row, number in zip(rows, numbers, strict=True):
        if number % 2 == 0:
            axes.axhspan(row - 0.5, row + 0.5, color=GRID, alpha=0.55, linewidth=0, zorder=0)


def _cell(axes: Axes, row: int, column: int, chance: float, framed: bool) -> None:
    """One pair: shaded by how sure its order is, and written."""
    top, bottom = _CELL[narrow()]
    place, size = (column - 0.48, row + top), (0.96, bottom - top)
    axes.add_patch(Rectangle(place, *size, facecolor=_SHADES(chance), edgecolor="none", zorder=1))
    if framed:
        inside, less = (column - 0.44, row + top + 0.04), (0.88, bottom - top - 0.08)
        axes.add_patch(Rectangle(inside, *less, fill=False, edgecolor=ON_LIGHT, linewidth=1.2, zorder=2))
    words = _per_cent(chance).removesuffix(" %")
    axes.text(column, row + (top + bottom) / 2, words, ha="center", va="center", fontsize=8.5, color=ON_LIGHT, zorder=3)


def _per_cent(chance: float) -> str:
    """A probability in few letters, never certain; nothing where there is none."""
    if np.isnan(chance):
        return ""
    return "> 99 %" if chance > 0.99 else "< 1 %" if chance < 0.01 else f"{100 * chance:.0f} %"


def _takeaway(separation: Separation) -> str:
    """How many neighbours are told apart, and who may be the best."""
    (known, *_), size = separation.separated, len(separation.board.models)
    number, first = int(separation.classes.max()), len(separation.first)
    best = f"{plain(separation.first[0])} is the best" if first == 1 else f"{first} models may be the best"
    if size == 2:
        return f"The two models are told apart: {best}" if known else "The two models are not told apart"
    pairs = counted(size - 1, "pair")
    return f"{known or 'None'} of {pairs} of neighbours told apart: {counted(number, 'class', 'classes')}; {best}"


def _matrix_takeaway(separation: Separation, names: list[str]) -> str:
    """How many pairs of these models are told apart."""
    places = [separation.board.models.index(name) for name in names]
    distance = np.abs(np.subtract.outer(separation.board.ratings[places], separation.board.ratings[places]))
    sure = np.triu(distance > separation.critical * separation.errors[np.ix_(places, places)], 1).sum()
    pairs = len(names) * (len(names) - 1) // 2
    if pairs == 1:
        return f"{plain(names[0], 30)} and {plain(names[1], 30)} are {'told apart' if sure else 'not told apart'}"
    return f"{sure or 'None'} of {counted(pairs, 'pair')} of these {len(names)} models {'is' if sure <= 1 else 'are'} told apart"
