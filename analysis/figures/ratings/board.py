"""Figures of a board: every model's rating with its interval, the leading ones by name."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    FAINT,
    ORANGE,
    QUIET,
    canvases,
    house_style,
    label_rows,
    plain,
    row_height,
    rows_for,
    whiskers,
    write_title,
)
from analysis.ratings.board import NAMED
from analysis.results.prose import counted

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.ratings.board import Board

#: A board that is longer than `top` by no more than this is named whole.
_SLACK = 8

#: Inches of the panel that holds all models of a board too long to be named whole.
_OVERVIEW = 1.8


@drawn
def figure_board(board: Board, top: int = 20, highlight: Collection[str] = ()) -> Figure:
    """Ratings with intervals, best first, and ranks: the `top` models, those in `highlight` and those that the sentence names,
    by name.

    A longer board has a second panel with all its models, unnamed, so that the scale of the first is the scale on which
    the named ones differ. Blue: rank 1; orange: highlighted.
    """
    table, top = board.table, rows_for(top)
    told = table["model"].isin([*highlight, *board.beside_first[:NAMED]]).to_numpy()
    named = (np.arange(len(table)) < max(top, 1)) | told | (len(table) <= top + _SLACK)
    colours = np.where(table["model"].isin(highlight), ORANGE, np.where(table["rank"] == 1, BLUE, QUIET))
    title = _takeaway(board)
    panels = [row_height() * max(int(named.sum()), 3)] + ([] if named.all() else [_OVERVIEW])
    with house_style():
        figure, axes = canvases(panels, 1.7)
        _named(axes[0], table[named], list(colours[named]))
        if not named.all():
            _overview(axes[1], table, list(np.where(named, colours, FAINT)))
        axes[-1].set_xlabel("rating (Elo points)")
        level = f"{100 * board.settings.level:g} %"
        shown = (
            f"{len(table)} models" if named.all() else f"{int(named.sum())} of {len(table)} models by name, all in the last panel"
        )
        write_title(axes[0], title, f"{board.category.label}: ratings with {level} intervals; {shown}", room=14)
    alt = f"{title}. Ratings of {counted(len(table), 'model')} with their intervals, best first."
    return Figure(figure, title, alt, table)


def _named(axes: Axes, table: pd.DataFrame, colours: list[str]) -> None:
    """One line per model with its interval, and rank and rating in words."""
    rows = -np.arange(float(len(table)))
    whiskers(axes, rows, table, "rating", colours)
    axes.set_ylim(-len(table) + 0.3, 0.7)
    axes.grid(axis="x")
    halves = (table["upper"] - table["lower"]) / 2
    ratings = [f"{rating:.0f} ± {half:.0f}" for rating, half in zip(table["rating"], halves, strict=True)]
    names, ranks = [plain(model) for model in table["model"]], [str(rank) for rank in table["rank"]]
    label_rows(axes, rows, names, [ranks, ratings], ["rank", "rating"])


def _overview(axes: Axes, table: pd.DataFrame, colours: list[str]) -> None:
    """All models from best to worst, without names."""
    rows = -np.arange(len(table))
    axes.hlines(rows, table["lower"], table["upper"], color=colours, linewidth=1)
    axes.scatter(table["rating"], rows, s=7, color=colours, zorder=3)
    axes.set_yticks([])
    axes.set_ylim(rows[-1] - 3, 3)
    axes.text(
        0.015, 0.97, f"all {len(table)} models, first to last", transform=axes.transAxes, va="top", fontsize=8.5, color=QUIET
    )
    axes.grid(axis="x")


def _takeaway(board: Board) -> str:
    """Who leads, where that is decided, else who has the highest rating; or that the votes are too few to say."""
    if board.too_few:
        return "Too few votes to say who leads"
    first, shared = plain(board.models[0]), len(board.beside_first)
    others = f"{counted(shared, 'other model')} {'shares' if shared == 1 else 'share'} rank 1"
    if board.leader():
        return f"{first} leads; {others}" if shared else f"{first} leads, clear of every other model"
    row = board.table.iloc[0]
    rating = f"{first} has the highest rating ({row['rating']:.0f} ± {(row['upper'] - row['lower']) / 2:.0f})"
    undecided = f"no leader is decided (chance {board.first_chance})"
    return f"{rating}; {others} and {undecided}" if shared else f"{rating}; {undecided}"
