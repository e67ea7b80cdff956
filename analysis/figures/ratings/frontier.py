"""Figure of the frontier: rating against size."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from analysis.figures.figure import Figure
from analysis.figures.style import BLUE, FAINT, ORANGE, QUIET, canvas, house_style, plain, spread, write_title
from analysis.results.prose import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.ratings.frontier import Frontier

#: Sizes that get a tick where the data reach them, in 10⁹ parameters.
_SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048)


def figure_frontier(frontier: Frontier, highlight: Collection[str] = ()) -> Figure:
    """Ratings with intervals against size on a log axis; a stepped line joins the models that none of their size beats.

    Named: the models on the frontier (blue), those in `highlight` (orange) and the two of the boldest pair that the sentence
    names; the others are grey.
    """
    table, boldest = frontier.table, frontier.upsets.head(1)
    edge, chosen = table["frontier"].to_numpy(), table["model"].isin(highlight).to_numpy()
    named = edge | chosen | table["model"].isin([*boldest["model"], *boldest["other"]]).to_numpy()
    colours = np.where(chosen, ORANGE, np.where(edge, BLUE, FAINT))
    title = _takeaway(frontier)
    with house_style():
        figure, axes = canvas(5.0)
        axes.vlines(table["parameters_b"], table["lower"], table["upper"], color=list(colours), linewidth=1.6, alpha=0.7)
        axes.scatter(table["parameters_b"], table["rating"], s=np.where(named, 36, 16), color=list(colours), zorder=3)
        last = [*table.loc[edge, "parameters_b"], table["parameters_b"].max()]
        axes.plot(
            last,
            [*table.loc[edge, "rating"], table["rating"].max()],
            drawstyle="steps-post",
            color=BLUE,
            linewidth=1.2,
            alpha=0.6,
        )
        _size_axis(axes, table["parameters_b"])
        _names(axes, table[named], colours[named])
        axes.set_ylabel("rating (Elo points)")
        axes.grid(axis="y")
        level = f"{100 * frontier.board.settings.level:g} %"
        write_title(
            axes,
            title,
            f"{frontier.board.category.label}, {len(table)} models: ratings with {level} intervals; blue: the frontier",
        )
    steps = "; ".join(
        f"{plain(row['model'])}, {row['parameters_b']:g}B, {row['rating']:.0f}" for _, row in table[edge].iterrows()
    )
    return Figure(figure, title, f"{title}. The frontier from small to large: {steps}.")


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
    labels = spread(order["rating"].to_numpy(dtype=float), (high - low) / 24)
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
            arrowprops={"arrowstyle": "-", "color": "#DDDDDD", "linewidth": 0.7, "shrinkA": 2, "shrinkB": 5},
        )


def _takeaway(frontier: Frontier) -> str:
    """The model of the highest rating, whether its lead is decided, and how many larger ones it is above."""
    table = frontier.table
    edge = table[table["frontier"]].iloc[-1]
    larger = int((table["parameters_b"] > edge["parameters_b"]).sum())
    name = f"{plain(edge['model'])} ({edge['parameters_b']:g}B)"
    first = "leads" if frontier.board.leader() else "has the highest rating of"
    return f"{name} {first} the models of known size" + (f", ahead of {counted(larger, 'larger one')}" if larger else "")
