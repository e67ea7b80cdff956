"""Figure of the rank rule: the ranks that random subsets of the votes gain by themselves."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from matplotlib.ticker import FuncFormatter, NullLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, GREEN, INK, ORANGE, PURPLE, canvases, house_style, narrow, plain, write_title
from analysis.results.prose import written

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.ratings.rank_rule import RankRule

#: Colours of the example models, in order; further ones start again.
_COLOURS = (ORANGE, GREEN, PURPLE, INK)


@drawn
def figure_rank_rule(rule: RankRule, highlight: Collection[str] = ()) -> Figure:
    """Mean gain of the first models against the share of the votes kept, with its band over draws; below it, single models.

    `highlight` are the models of the second panel: those on the board, by default its models of ranks 4, 12 and 20.
    """
    board = rule.board
    chosen = [model for model in highlight if model in board.models] or [
        board.models[n] for n in (3, 11, 19) if n < len(board.models)
    ]
    row = rule.table.iloc[(rule.table["share"] - 0.14).abs().argmin()]
    title = f"A random {100 * row['share']:g} % of the votes lifts the first {rule.top} models by {written(row['gain'], 1)} ranks"
    with house_style():
        figure, axes = canvases([2.4, 2.4] if chosen else [2.4], 1.8)
        _line(axes[0], rule.table, BLUE, f"mean of the first {rule.top} models")
        for number, model in enumerate(chosen):
            _line(axes[-1], rule.of_model(model), _COLOURS[number % len(_COLOURS)], plain(model, 34))
        for part in axes:
            _share_axis(part, rule.shares)
            part.set_ylim(bottom=min(0.0, part.dataLim.y0) - 0.3)
            columns = 1 if narrow() else 3
            part.legend(loc="lower left", bbox_to_anchor=(0, 1), ncols=columns, frameon=False, fontsize=8.5, borderpad=0)
        axes[-1].set_xlabel("share of the votes that a subset keeps")
        draws = rule.gains.shape[1]
        subtitle = (
            f"{board.category.label}: ranks gained in {draws} random subsets of each size; bands: 95 % of draws above, 90 % below"
        )
        write_title(axes[0], title, subtitle, room=14)
    return Figure(figure, title, f"{title}. Ranks gained by the share of the votes that is kept.", rule.table)


def _line(axes: Axes, table: pd.DataFrame, colour: str, name: str) -> None:
    """A mean with its band, with its name for the legend."""
    axes.fill_between(table["share"], table["gain_lower"], table["gain_upper"], color=colour, alpha=0.15, linewidth=0)
    axes.plot(table["share"], table["gain"], color=colour, marker="o", markersize=4, linewidth=1.8, label=name)


def _share_axis(axes: Axes, shares: Collection[float]) -> None:
    axes.set_xscale("log")
    axes.set_xticks(list(shares))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: f"{100 * share:g} %"))
    axes.axhline(0, color=INK, linewidth=0.8)
    axes.set_ylabel("ranks gained")
    axes.grid(axis="y")
