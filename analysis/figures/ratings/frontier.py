"""Figure of the frontier: rating against size."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    FAINT,
    GRID,
    ORANGE,
    QUIET,
    SOFT,
    canvas,
    house_style,
    label_rows,
    narrow,
    plain,
    row_height,
    spread,
    whiskers,
    write_title,
)
from analysis.results.prose import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.ratings.frontier import Frontier

#: Sizes that get a tick where the data reach them, in 10⁹ parameters.
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)

#: Inches between the names at the right.
_LINE = 0.17


@drawn
def figure_frontier(frontier: Frontier, highlight: Collection[str] = ()) -> Figure:
    """Ratings with intervals against size on a log axis; a stepped line joins the models that none of their size beats.

    Named: the models on the frontier (blue), those in `highlight` (orange) and the two of the boldest pair that the sentence
    names; the others are grey. A narrow figure has a row for each of those named, the largest on top.
    """
    table, boldest = frontier.table, frontier.upsets.head(1)
    edge, chosen = table["frontier"].to_numpy(), table["model"].isin(highlight).to_numpy()
    named = edge | chosen | table["model"].isin([*boldest["model"], *boldest["other"]]).to_numpy()
    title = _takeaway(frontier)
    with house_style():
        if narrow():
            figure, axes = canvas(1.4 + row_height() * max(int(named.sum()), 3))
            _rows(axes, table[named], list(_colours(edge, chosen, QUIET)[named]))
        else:
            figure, axes = canvas(_height(int(named.sum())))
            colours = _colours(edge, chosen, FAINT)
            _points(axes, table, edge, named, list(colours))
            _size_axis(axes, table["parameters_b"])
            _names(axes, table[named], colours[named])
        level = f"{100 * frontier.board.settings.level:g} %"
        which = f"{int(named.sum())} of {len(table)} models by size, largest first" if narrow() else f"{len(table)} models"
        subtitle = f"{frontier.board.category.label}, {which}: ratings with {level} intervals; blue: the frontier"
        write_title(axes, title, subtitle, room=14 if narrow() else 0)
    best = f"{counted(int(edge.sum()), 'model')} of {len(table)} {'is' if edge.sum() == 1 else 'are'} beaten by none as small"
    alt = f"{title}. {best}."
    return Figure(figure, title, alt, table)


def _height(named: int) -> float:
    """Inches of a figure that has so many names at its right."""
    return max(5.0, 1.4 + _LINE * named)


def _colours(edge: NDArray[np.bool_], chosen: NDArray[np.bool_], others: str) -> NDArray[np.str_]:
    return np.where(chosen, ORANGE, np.where(edge, BLUE, others))


def _points(axes: Axes, table: pd.DataFrame, edge: NDArray[np.bool_], named: NDArray[np.bool_], colours: list[str]) -> None:
    """All models, and the steps of the frontier."""
    axes.vlines(table["parameters_b"], table["lower"], table["upper"], color=colours, linewidth=1.6, alpha=SOFT)
    axes.scatter(table["parameters_b"], table["rating"], s=np.where(named, 36, 16), color=colours, zorder=3)
    last = [*table.loc[edge, "parameters_b"], table["parameters_b"].max()]
    heights = [*table.loc[edge, "rating"], table["rating"].max()]
    axes.plot(last, heights, drawstyle="steps-post", color=BLUE, linewidth=1.4, alpha=SOFT)
    axes.set_ylabel("rating (Elo points)")
    axes.grid(axis="y")


def _rows(axes: Axes, table: pd.DataFrame, colours: list[str]) -> None:
    """A row per model with its size, the largest on top."""
    table, rows = table.iloc[::-1], -np.arange(float(len(table)))
    whiskers(axes, rows, table, "rating", colours[::-1])
    axes.set_ylim(-len(table) + 0.3, 0.7)
    axes.set_xlabel("rating (Elo points)")
    axes.grid(axis="x")
    sizes = [f"{size:g}B" for size in table["parameters_b"]]
    label_rows(axes, rows, [plain(model) for model in table["model"]], [sizes], ["parameters"])


def _size_axis(axes: Axes, sizes: pd.Series) -> None:
    """A log axis with round sizes, and room at the right for names."""
    axes.set_xscale("log")
    low, high = float(sizes.min()), float(sizes.max())
    axes.xaxis.set_major_locator(FixedLocator([size for size in _SIZES if low / 1.3 <= size <= high * 1.3]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda size, _: f"{size:g}B"))
    axes.set_xlim(low / 1.25, high * (high / low) ** 0.3 * 1.25)
    axes.set_xlabel("parameters (all, also those of experts that rest)")


def _names(axes: Axes, table: pd.DataFrame, colours: object) -> None:
    """Names at the right of the axes, level with their models as far as they do not overlap, joined by thin lines."""
    order = table.assign(colour=colours).sort_values("rating")
    low, high = axes.get_ylim()
    labels = spread(order["rating"].to_numpy(dtype=float), (high - low) * _LINE / (_height(len(table)) - 1.3))
    axes.set_ylim(min(low, labels[0]), max(high, labels[-1]))
    for (_, row), label in zip(order.iterrows(), labels, strict=True):
        axes.annotate(
            f"{plain(row['model'], 32)}",
            (row["parameters_b"], row["rating"]),
            xycoords="data",
            xytext=(0.99, label),
            textcoords=("axes fraction", "data"),
            ha="right",
            va="center",
            fontsize=8.5,
            color=row["colour"] if row["colour"] != FAINT else QUIET,
            arrowprops={"arrowstyle": "-", "color": GRID, "linewidth": 0.9, "shrinkA": 2, "shrinkB": 5},
        )


def _takeaway(frontier: Frontier) -> str:
    """The model of the highest rating, whether its lead is decided, and how many larger ones it is above."""
    table = frontier.table
    edge = table[table["frontier"]].iloc[-1]
    larger = int((table["parameters_b"] > edge["parameters_b"]).sum())
    name = f"{plain(edge['model'])} ({edge['parameters_b']:g}B)"
    first = "leads" if frontier.board.leader() else "has the highest rating of"
    return f"{name} {first} the models of known size" + (f", ahead of {counted(larger, 'larger one')}" if larger else "")
