"""Figure of ranks by category: a heat map of the leading models."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import INK, canvas, head_columns, house_style, plain, write_title

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.ratings.boards import CategoryRanks

#: Dark for the best ranks, fading to white.
SHADES = LinearSegmentedColormap.from_list("ranks", ["#0B4F8A", "#5B9BD0", "#CFE3F3", "#FFFFFF"])

#: Ranks from here on are white.
_LAST = 40


@drawn
def figure_category_ranks(ranks: CategoryRanks, top: int = 25, highlight: Collection[str] = ()) -> Figure:
    """The rank of the `top` models of the first category in every category, and of those in `highlight`, that are on rank 1 in
    most categories, or whose rating in one clearly differs from that in the first."""
    table = ranks.table.set_index("model")
    named = [*highlight, ranks.most_firsts[0], *ranks.clear["model"]]
    shown = table[(np.arange(len(table)) < top) | table.index.isin(named)]
    title = _takeaway(ranks)
    with house_style():
        figure, axes = canvas(2.2 + 0.25 * max(len(shown), 3))
        values = shown.to_numpy(dtype=float, na_value=np.nan)
        axes.imshow(values, aspect="auto", cmap=SHADES, norm=PowerNorm(0.5, 1, _LAST, clip=True))
        _write_ranks(axes, values)
        axes.set_yticks(range(len(shown)), [plain(model, 34) for model in shown.index], fontsize=8.5)
        for label, model in zip(axes.get_yticklabels(), shown.index, strict=True):
            label.set(fontweight="bold" if model in highlight else "normal")
        votes = ranks.sizes["votes"]
        headings = [f"{plain(name, 24)}  {_short(count)}" for name, count in zip(shown.columns, votes, strict=True)]
        head_columns(axes, headings)
        write_title(
            axes, title, f"Rank of {len(shown)} of {len(table)} models by category, with the category's votes; blank: not rated"
        )
    return Figure(figure, title, f"{title}. {_words(shown)}")


def _write_ranks(axes: Axes, values: NDArray[np.float64]) -> None:
    """Each rank as a number in its cell, in the colour that can be read on it."""
    size = 8 if values.shape[1] <= 18 else 7
    for row, column in zip(*np.nonzero(np.isfinite(values)), strict=True):
        rank = values[row, column]
        axes.text(column, row, f"{rank:.0f}", ha="center", va="center", fontsize=size, color="white" if rank <= 2 else INK)


def _short(votes: int) -> str:
    """A count in few characters: 950, 8.5k, 1.2M."""
    if votes < 1000:
        return str(votes)
    return f"{votes / 1000:.3g}k" if votes < 999_500 else f"{votes / 1e6:.3g}M"


def _takeaway(ranks: CategoryRanks) -> str:
    """Who is on rank 1 in every category, or in most."""
    leader, *rest = ranks.most_firsts
    firsts, whole = int(ranks.table.set_index("model").loc[leader].eq(1).sum()), len(ranks.boards)
    where = "every category" if firsts == whole else f"{firsts} of {whole} categories"
    others = len(rest)
    also = f", and so {'is one other model' if others == 1 else f'are {others} others'}" if others else ""
    return f"{plain(leader)} is on rank 1 in {where}{also}"


def _words(shown: pd.DataFrame) -> str:
    """The ranks of the leading models over all categories."""
    parts = []
    for model, row in shown.head(6).iterrows():
        known = row.dropna()
        parts.append(f"{plain(model)}: ranks {known.min()} to {known.max()}")
    return f"{'; '.join(parts)}."
