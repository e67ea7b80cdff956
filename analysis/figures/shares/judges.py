"""Figure of who votes: the share of the votes that the busiest judges cast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, INK, PAPER, PERCENT, QUIET, canvas, house_style, note, write_title
from analysis.results.prose import percent

if TYPE_CHECKING:
    from analysis.shares.judges import Judges

#: Parts of the judges that are marked on the curve.
_MARKED = (0.01, 0.1, 0.5)


@drawn
def figure_judges(judges: Judges) -> Figure:
    """The share of the votes by the busiest part of the judges, for every part; dashed: if all cast as many."""
    if judges.judges < 2:
        title = str(judges.sentence)
        with house_style():
            return Figure(note(title, "There are no judges to compare"), title, title)
    found = [(part, judges.share_of_busiest(part)) for part in _MARKED]
    title = f"The busiest {percent(_MARKED[0], 0)} of {judges.judges:,} judges cast {percent(found[0][1], 0)} of the votes"
    with house_style():
        figure, axes = canvas(3.4)
        axes.plot([0, 1], [0, 1], color=QUIET, linestyle=(0, (4, 3)), linewidth=1.4)
        axes.plot(judges.curve["judges"], judges.curve["votes"], color=BLUE, linewidth=2)
        axes.plot(*np.array(found).T, "o", color=BLUE, markersize=5.5)
        for part, share in found:
            words = f"busiest {percent(part, 0)}: {percent(share, 0)}"
            axes.annotate(
                words,
                (part, share),
                xytext=(8, -4),
                textcoords="offset points",
                va="top",
                fontsize=8.5,
                color=INK,
                bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1.5},
            )
        for axis in (axes.xaxis, axes.yaxis):
            axis.set_major_formatter(PERCENT)
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        axes.grid()
        axes.set_xlabel("Judges, busiest first")
        write_title(axes, title, "Share of the votes that they cast; dashed: if every judge cast as many")
    described = ", ".join(f"the busiest {percent(part, 0)} cast {percent(share, 0)}" for part, share in found)
    data = pd.DataFrame(found, columns=["busiest_share", "votes_share"])
    return Figure(figure, title, f"{title}. Of the votes, {described}.", data)
