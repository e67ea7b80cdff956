"""Figure of rank spans: the ranks that each model may have."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from analysis.audit.ranks import BEWARE_FROM, KNOW_FROM
from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    ORANGE,
    QUIET,
    canvas,
    house_style,
    label_rows,
    plain,
    row_height,
    rows_for,
    whiskers,
    write_title,
)
from analysis.results.prose import counted, percent

if TYPE_CHECKING:
    from analysis.audit.ranks import RankSpans

#: A board that is longer than `top` by no more than this is drawn whole.
_SLACK = 5


@drawn
def figure_rank_spans(ranks: RankSpans, top: int = 25, highlight: Collection[str] = ()) -> Figure:
    """The interval of the rank of the `top` models and those in `highlight`, best first.

    Blue: two ranks at most; orange: more than four; grey: between.
    """
    table, top = ranks.table, max(rows_for(top), 1)
    shown = table[(np.arange(len(table)) < top) | table["model"].isin(highlight) | (len(table) <= top + _SLACK)]
    rows = -np.arange(float(len(shown)))
    colours = [BLUE if span <= KNOW_FROM else ORANGE if span > BEWARE_FROM else QUIET for span in shown["span"]]
    title = _takeaway(ranks)
    with house_style():
        figure, axes = canvas(1.7 + row_height() * max(len(shown), 3))
        whiskers(axes, rows, shown, "rank", colours, ("rank_lower", "rank_upper"))
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlim(min(0.5, shown["rank_lower"].min() - 0.5), shown["rank_upper"].max() + 0.5)
        axes.xaxis.set_major_locator(MaxNLocator(8, integer=True))
        axes.set_xlabel("rank (place in the order of strengths)")
        axes.grid(axis="x")
        ends = [f"{low} to {high}" for low, high in zip(shown["rank_lower"], shown["rank_upper"], strict=True)]
        names, bold = [plain(model) for model in shown["model"]], [model in highlight for model in shown["model"]]
        label_rows(axes, rows, names, [ends, [str(span) for span in shown["span"]]], ["ranks", "span"], bold)
        which = f"; {len(shown)} of {counted(len(table), 'model')}" if len(shown) < len(table) else ""
        colour = f"blue: {KNOW_FROM} ranks at most, orange: more than {BEWARE_FROM}"
        level = percent(ranks.board.settings.level, 0)
        write_title(axes, title, f"Ranks with {level} intervals{which}; {colour}", room=14)
    return Figure(figure, title, f"{title}. Ranks of {counted(len(shown), 'model')} with their intervals, best first.", shown)


def _takeaway(ranks: RankSpans) -> str:
    """How many ranks the model in the middle may have, and the one that may have most."""
    whole, most = len(ranks.spans), int(ranks.spans.max())
    if most == 1:
        return f"Each of {whole} models has one rank alone in its interval"
    widest = ranks.board.models[int(ranks.spans.argmax())]
    middle = f"The median model may have {counted(int(ranks.median), 'rank')}" if ranks.median == int(ranks.median) else ""
    middle = f"{middle or f'The median model may have {ranks.median:g} ranks'} of {whole}"
    return middle if most == ranks.median else f"{middle}; {plain(widest)} may have {most}"
