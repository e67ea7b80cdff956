"""Figure of ranks by category: every rank as a number, coloured where the rating clearly differs."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pandas as pd
from matplotlib.patches import Rectangle

from analysis.figures.contrast import on
from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted, text_width
from analysis.figures.style import (
    GAINS,
    INK,
    LOSSES,
    QUIET,
    canvas,
    fitting_names,
    head_columns,
    house_style,
    narrow,
    plain,
    write_title,
)
from analysis.results.prose import counted, in_points, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.ratings.boards import CategoryRanks

#: Models across a narrow figure.
_ACROSS = 5

#: Inches of a row, and points of the names of rows, on a page and on a narrow screen.
_ROW, _NAMES = 0.23, (165.0, 112.0)


@drawn
def figure_category_ranks(ranks: CategoryRanks, top: int = 25, highlight: Collection[str] = ()) -> Figure:
    """The rank of the `top` models of the first category in every category, and of those in `highlight`, that are on rank 1 in
    most categories, or whose rating in one clearly differs from that in the first.

    A cell is coloured where the rating in the category, not the rank, is clearly higher or lower than in the first category. On
    a narrow screen categories are rows, and a few models are columns.
    """
    table = ranks.ranks
    named = [*highlight, ranks.most_firsts[0], *ranks.clear["model"]]
    if narrow():
        shown = table.loc[_few(table, highlight, named)]
    else:
        shown = table[[place < top or model in named for place, model in enumerate(table.index)]]
    title, cells = _takeaway(ranks), shown.T if narrow() else shown
    clear = {(row.model, row.category): row.change for row in ranks.clear.itertuples()}
    with house_style():
        heads = _heads(ranks, cells)
        slanting = max(text_width(name, 8, bold=True) for name in heads) * 0.87 / 72
        figure, axes = canvas(0.85 + slanting + _ROW * max(len(cells), 3))
        axes.set(xlim=(-0.5, cells.shape[1] - 0.5), ylim=(len(cells) - 0.5, -0.5))
        for row, across in enumerate(cells.to_numpy(dtype=object)):
            for column, rank in enumerate(across):
                key = (cells.columns[column], cells.index[row]) if narrow() else (cells.index[row], cells.columns[column])
                _cell(axes, row, column, rank, clear.get(key, 0.0))
        _name_sides(axes, cells, heads, highlight)
        write_title(axes, title, _legend(ranks, len(shown), len(table)))
    alt = f"{title}. Ranks of {counted(len(shown), 'model')} in {counted(len(ranks.boards), 'category', 'categories')}."
    return Figure(figure, title, alt, shown.reset_index())


def _few(table: pd.DataFrame, highlight: Collection[str], named: list[str]) -> list[str]:
    """The models of a narrow figure, in the order of the table: those pointed out or named, then the first ones."""
    wanted = [model for model in dict.fromkeys([*highlight, *named, *table.index]) if model in table.index][:_ACROSS]
    return [model for model in table.index if model in wanted]


def _cell(axes: Axes, row: int, column: int, rank: object, change: float) -> None:
    """A rank, on a ground of its colour where the rating clearly changes; nothing where the model is not rated."""
    if pd.isna(rank):
        return
    fill = GAINS if change > 0 else LOSSES
    if change:
        axes.add_patch(Rectangle((column - 0.47, row - 0.45), 0.94, 0.9, facecolor=fill, edgecolor="none"))
    words = axes.text(column, row, str(rank), ha="center", va="center_baseline", fontsize=8, color=on(fill) if change else INK)
    words.set_fontweight("bold" if change else "normal")


def _heads(ranks: CategoryRanks, cells: pd.DataFrame) -> list[str]:
    """Models over the columns, or categories with the number of their votes."""
    if narrow():
        return fitting_names([plain(name) for name in cells.columns], 110, 8)
    votes = dict(zip(ranks.sizes["category"], ranks.sizes["votes"], strict=True))
    return [f"{fitted(plain(name), 120, 8)}  {_short(votes[name])}" for name in cells.columns]


def _name_sides(axes: Axes, cells: pd.DataFrame, heads: list[str], highlight: Collection[str]) -> None:
    """Models and categories at the left and over the columns."""
    rows = [plain(name) for name in cells.index]
    axes.set_yticks(range(len(rows)), fitting_names(rows, _NAMES[narrow()], 8.5), fontsize=8.5)
    for label, name in zip(axes.get_yticklabels(), cells.index, strict=True):
        label.set(fontweight="bold" if name in highlight else "normal")
    head_columns(axes, heads)
    for label, name in zip(axes.get_xticklabels(), cells.columns, strict=True):
        label.set(color=INK if name in highlight else QUIET, fontweight="bold" if name in highlight else "normal")


def _legend(ranks: CategoryRanks, shown: int, models: int) -> str:
    """What numbers and colours are, and which models are shown."""
    first = plain(next(iter(ranks.boards.values())).category.label)
    which = f"{shown} of {models} models" if shown < models else f"all {models} models"
    coloured = f"blue and orange: the rating is clearly higher or lower than in {first}"
    none = f"a rating that clearly differed from {first} would be coloured"
    votes = "" if narrow() else ", with the votes of each"
    return f"Rank by category{votes}; {none if ranks.clear.empty else coloured}; {which}"


def _short(votes: int) -> str:
    """A count in few characters: 950, 8.5k, 1.2M."""
    if votes < 1000:
        return str(votes)
    return f"{votes / 1000:.3g}k" if votes < 999_500 else f"{votes / 1e6:.3g}M"


def _takeaway(ranks: CategoryRanks) -> str:
    """How many ratings differ from those in the first category beyond chance, and which differs most."""
    first, count = plain(next(iter(ranks.boards.values())).category.label), len(ranks.changes)
    if not count:
        return f"Ranks in {counted(len(ranks.boards), 'category', 'categories')}, which leave nothing to compare"
    if ranks.clear.empty:
        return f"None of {count:,} ratings in further categories clearly differs from that in {first}"
    top = ranks.clear.iloc[0]
    most = f"most: {plain(top['model'])} in {plain(top['category'])}, {in_points(signed(top['change']))}"
    return (
        f"{len(ranks.clear):,} of {count:,} ratings clearly differ{'s' * (len(ranks.clear) == 1)} from those in {first}; {most}"
    )
