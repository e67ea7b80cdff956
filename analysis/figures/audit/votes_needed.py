"""Figure of votes needed: what would decide each pair of neighbours that is undecided, beside the votes that there are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, LogLocator, NullLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted, text_width
from analysis.figures.style import (
    BLUE,
    GREEN,
    INK,
    SOFT,
    canvas,
    house_style,
    label_rows,
    narrow,
    plain,
    reference_line,
    row_height,
    rows_for,
    write_title,
)
from analysis.ratings.votes_needed import about
from analysis.results.drawing import NothingToDraw
from analysis.results.prose import counted

if TYPE_CHECKING:
    from analysis.audit.votes_needed import VotesNeeded

#: Points of the names of a pair on a page and on a narrow screen, and their size there.
_ROOM, _SIZE = (265.0, 142.0), (9.5, 8.5)


@drawn
def figure_votes_needed(needed: VotesNeeded, top: int = 20) -> Figure:
    """More votes that decide the `top` first pairs of neighbours that are undecided, on a scale of powers of ten.

    Blue: at the present sampling, of all models, with a line from what is needed at least; green: of that pair alone; dashed: all
    votes that there are. Pairs that are level, which no number of votes decides, are left out.
    """
    whole = needed.table
    shown = whole[np.isfinite(whole["times"])].head(max(rows_for(top), 1)).reset_index(drop=True)
    title = _takeaway(needed)
    if shown.empty:
        raise NothingToDraw(f"there is nothing to draw: {_spoken(needed.sentence)}")
    rows = -np.arange(float(len(shown)))
    with house_style():
        figure, axes = canvas(1.75 + row_height() * max(len(shown), 3))
        axes.set_xscale("log")
        axes.hlines(rows, shown["more_least"], shown["more"], color=BLUE, linewidth=2.2, alpha=SOFT)
        axes.scatter(shown["more"], rows, s=28, color=BLUE, zorder=3)
        axes.scatter(shown["pair_more"], rows, s=30, color=GREEN, marker="D", zorder=3)
        values = [*shown["pair_more"], *shown["more_least"], *shown["more"], needed.whole]
        axes.set_xlim(10 ** np.floor(np.log10(max(min(values), 1))), 10 ** np.ceil(np.log10(max(values) * 1.3)))
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.xaxis.set_major_locator(LogLocator(10, numticks=4))
        axes.xaxis.set_minor_locator(NullLocator())
        axes.xaxis.set_major_formatter(FuncFormatter(lambda votes, _: about(votes)))
        axes.grid(axis="x")
        reference_line(axes, needed.whole, "", INK, rows)
        axes.set_xlabel("more votes")
        names = [_pair(plain(model), plain(other)) for model, other in zip(shown["model"], shown["other"], strict=True)]
        columns = [[about(votes) for votes in shown[name]] for name in ("more", "pair_more")]
        heads = ["more votes", "of the pair"]
        label_rows(axes, rows, names, columns[:1] if narrow() else columns, heads[:1] if narrow() else heads)
        which = f"; the first {len(shown)} of {counted(len(whole), 'undecided pair')}" if len(shown) < len(whole) else ""
        marks = "Blue: of all models, from at least; green: of that pair alone"
        write_title(axes, title, f"{marks}; dashed: the {needed.whole:,} votes there are{which}", room=14)
    alt = f"{title}. Votes that would decide {counted(len(shown), 'pair')} of neighbours, beside the {needed.whole:,} there are."
    return Figure(figure, title, alt, shown)


def _spoken(sentence: str) -> str:
    """A sentence as part of another one."""
    return f"{sentence[:1].lower()}{sentence[1:]}"


def _pair(model: str, other: str) -> str:
    """Both names in the room there is; the longer one is cut first."""
    room, size = _ROOM[narrow()] - text_width(" / ", _SIZE[narrow()]), _SIZE[narrow()]
    wide, its = text_width(model, size), text_width(other, size)
    mine = max(room / 2, room - its)
    return f"{fitted(model, mine, size)} / {fitted(other, max(room / 2, room - wide), size)}"


def _takeaway(needed: VotesNeeded) -> str:
    """How many neighbours are undecided, and what the one in the middle needs."""
    whole, found = len(needed.neighbours), len(needed.table)
    if not found:
        return str(needed.sentence).rstrip(".")
    lead = f"{found} of {counted(whole, 'pair')} of neighbours {'is' if found == 1 else 'are'} undecided"
    lead = lead if whole > 1 else "The two models are undecided"
    times = needed.median["times"]
    if not np.isfinite(times):
        return f"{lead}; ratings are level so far, which does not tell how many more votes would decide it"
    more = about(needed.median["more"])
    who = "they need" if whole == 1 else "it needs" if found == 1 else "the one in the middle needs"
    return f"{lead}; {who} about {more} more votes"
