"""Figure of rules for ties: the places of the models that move most under the four rules."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from analysis.audit.check import Verdict
from analysis.figures.audit.ends import COLOURS, End, frame_lines, name_ends, panels
from analysis.figures.figure import Figure, drawn
from analysis.figures.style import FAINT, house_style, narrow, note, plain, write_title
from analysis.results.prose import counted, percent

if TYPE_CHECKING:
    from analysis.audit.ties import TieRules

#: What the rules are called under the axis, on a page and on a narrow screen.
_RULES = {
    "half": ("half a win\n(the board)", "half\na win"),
    "dropped": ("left out", "left\nout"),
    "davidson": ("Davidson's\nmodel", "David-\nson"),
    "rao_kupper": ("Rao–Kupper's\nmodel", "Rao–\nKupper"),
}

#: Rows of the data, and places that are drawn.
_ROWS, _PLACES = 20, 16


@drawn
def figure_ties(ties: TieRules) -> Figure:
    """The place of each model under each rule for ties, for the model that moves most and those about it; of these the ones that
    move most are named."""
    title = _title(ties)
    data = ties.table.sort_values("largest_move", ascending=False, kind="stable").head(_ROWS)
    picked = _picked(ties)
    if not picked:
        with house_style():
            return Figure(note(title, "Every model has the same place under every rule that was looked at"), title, title, data)
    low, high = np.nanmin(ties.places[picked]), np.nanmax(ties.places[picked])
    seen = [row for row in range(len(ties.models)) if np.nanmax(ties.places[row]) >= low and np.nanmin(ties.places[row]) <= high]
    with house_style():
        figure, axes = panels(len(picked))
        across = np.arange(len(ties.rules))
        axes[-1].plot(across, ties.places[seen].T, color=FAINT, linewidth=1, marker="o", markersize=3, zorder=2)
        axes[-1].set_ylim(high + 0.6, low - 0.6)
        frame_lines(axes[-1])
        axes[-1].set_xticks(across, [_RULES[rule][narrow()] for rule in ties.rules])
        axes[-1].set_xlim(-0.15, len(across) - 0.9)
        axes[-1].yaxis.set_major_locator(MaxNLocator(8, integer=True))
        ends = []
        for row, colour in zip(picked, COLOURS, strict=False):
            axes[-1].plot(across, ties.places[row], color=colour, linewidth=2.4, marker="o", markersize=5, zorder=4)
            ends.append(_end(ties, row, colour))
        name_ends(axes, ends)
        pale = len(seen) - len(picked)
        rest = f"; {counted(pale, 'model')} about them pale" if pale else ""
        write_title(axes[0], title, f"Place by rating under four rules for ties, from the board to the furthest{rest}")
    moves = ", ".join(f"{plain(end.name)} {end.words}" for end in ends)
    return Figure(figure, title, f"{title}. Places on the board and furthest from it: {moves}.", data)


def _picked(ties: TieRules) -> list[int]:
    """The model that moves most and others that move much among places near it, in the order of the board."""
    picked: list[int] = []
    for row in np.argsort(-ties.largest_move, kind="stable"):
        ends = ties.places[[*picked, int(row)]]
        if ties.largest_move[row] and (not picked or np.nanmax(ends) - np.nanmin(ends) < _PLACES) and len(picked) < len(COLOURS):
            picked.append(int(row))
    return sorted(picked)


def _end(ties: TieRules, row: int, colour: str) -> End:
    """Where the line of a model ends, and its place on the board and the one furthest from it."""
    gaps = np.nan_to_num(np.abs(ties.places[row] - ties.base_places[row]))
    known = ties.places[row][~np.isnan(ties.places[row])]
    words = f"{ties.places[row, 0]:.0f} → {ties.places[row, gaps.argmax()]:.0f}"
    return End(ties.models[row], float(known[-1]), words, colour)


def _title(ties: TieRules) -> str:
    """What the rule decides."""
    if not ties.tie_share:
        return "There are no ties"
    if ties.verdict == Verdict.FINE:
        return f"Ties are {percent(ties.tie_share, 0)} of the votes, and how they count turns no separated pair round"
    return f"How ties count turns {ties.pairs_reversed:,} of {counted(ties.separated, 'separated pair')} round"
