"""Figure of how evenly votes are spread: votes per model, beside what each would have if all had as many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import bar_rows, given, places, rows_canvas
from analysis.figures.style import BLUE, ORANGE, house_style, plain, reference_line, rows_for, write_title
from analysis.results.prose import counted

if TYPE_CHECKING:
    from analysis.audit.sampling import Coverage


@drawn
def figure_coverage(result: Coverage, top: int = 20) -> Figure:
    """Votes of the `top` models: half of them those with most votes, half those with fewest; dashed: if all had as many.

    Orange: models that had no votes in the last fifth of the time, though often asked before.
    """
    table, even = result.table, result.pairs.votes_by_model.mean()
    most = max(rows_for(top), 1)
    whole = len(table) <= most
    shown = table if whole else table.iloc[np.r_[0 : most - most // 2, len(table) - most // 2 : len(table)]]
    gone = set(result.vanished)
    title = _title(result)
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.35)
        colours = [ORANGE if model in gone else BLUE for model in shown["model"]]
        votes = [f"{votes:,}" for votes in shown["votes"]]
        bar_rows(axes, shown["votes"], [plain(model) for model in shown["model"]], colours, [votes])
        reference_line(axes, even, f"even: {even:,.0f}", rows=places(len(shown)))
        axes.set_xlim(0, 1.05 * max(float(shown["votes"].max()), even))
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")
        axes.locator_params(axis="x", nbins=4)
        axes.set_xlabel("Votes")
        parts = "" if whole else f" of {counted(most - most // 2, 'model')} with most and {most // 2 or 'none'} with fewest"
        late = "; orange: none in the last fifth of the time" if gone & set(shown["model"]) else ""
        write_title(axes, title, f"Votes{parts}{late}; dashed: if all had as many", room=14)
    alt = f"{title}. Dashed is the even number of {even:,.0f} votes for each of {len(table)} models."
    return Figure(figure, title, alt, given(table, shown))


def _title(result: Coverage) -> str:
    """From how many to how many votes models have."""
    table = result.table
    (most, least), models = table["votes"].iloc[[0, -1]], table["model"]
    if most == least:
        return f"Each of {len(table)} models has {most:,} votes"
    return f"{plain(models.iloc[0])} has {most:,} votes, {plain(models.iloc[-1])} {least:,}"
