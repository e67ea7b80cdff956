"""Figure of a shift as slopes: a few models from one board to the other, each with where chance alone would put it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import pandas as pd
from matplotlib.ticker import MaxNLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted, text_width
from analysis.figures.ratings.shift import boards_compared, shown_models
from analysis.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    QUIET,
    canvas,
    canvases,
    house_style,
    narrow,
    plain,
    spread,
    width,
    write_title,
)
from analysis.results.prose import counted, in_points, signed
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import ArrayLike, NDArray

    from analysis.ratings.shift import Shift

#: How many models a slope chart picks out when the caller names none, and how many more it names that clearly moved.
_PICKED, _MORE = 3, 6

#: Colours of the models that are picked out, in order; further ones start again.
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, INK)

#: Inches of the slopes, and of a line in the list above them on a narrow screen.
_HEIGHT, _LISTED = 3.5, 0.18

#: Room at the left and at the right of the slopes for words, and between the bars beside them, as shares of the distance
#: between the boards.
_LEFT, _RIGHT, _BAR = 0.14, 1.15, 0.025

#: Size of names, and what the values at the left take from the list on a narrow screen, in points.
_SIZE, _INDENT = 8.5, 44.0


@dataclass(frozen=True)
class _Scale:
    """What the two ends of a slope chart show, and how."""

    start: str
    end: str
    change: str  # positive where the model gains
    ranks: bool

    def place(self, value: ArrayLike) -> NDArray[np.float64]:
        """Where a value is drawn. The best rank is on top, and a place among the first ranks is worth more than further down."""
        values = np.asarray(value, dtype=float)
        return -np.log(values) if self.ranks else values

    def ends(self, row: pd.Series) -> NDArray[np.float64]:
        """Where a model is drawn on the first board and on the second."""
        return self.place([row[self.start], row[self.end]])

    def move(self, row: pd.Series) -> str:
        """The move of a model in words."""
        return f"{row[self.start]:.0f} → {row[self.end]:.0f}" if self.ranks else signed(row[self.change])

    def chance(self, row: pd.Series) -> tuple[float, float]:
        """The lowest and the highest value at which chance alone would put a model on the second board."""
        if self.ranks:
            return row[self.start] - row["null_upper"], row[self.start] - row["null_lower"]
        half = (row["shift_upper"] - row["shift_lower"]) / 2
        return row[self.start] - half, row[self.start] + half

    def chance_words(self, row: pd.Series) -> str:
        """What chance alone gives, in words."""
        low, high = self.chance(row)
        if not self.ranks:
            return f"by chance ±{(high - low) / 2:.0f}"
        return f"by chance {low:.0f} to {high:.0f}" if high > low else f"by chance {low:.0f}"


_SCALES = {
    "rank": _Scale("rank_from", "rank_to", "rank_shift", ranks=True),
    "rating": _Scale("rating_from", "rating_to", "rating_shift", ranks=False),
}


@drawn
def figure_slope(shift: Shift, of: Literal["rank", "rating"] = "rank", top: int = 20, highlight: Collection[str] = ()) -> Figure:
    """The rank (or rating) on the first board joined to that on the second, for a few models that are picked out.

    Picked out, in colours: those in `highlight` (the largest moves where none of them is on both boards) and those that
    clearly gain and lose most; a pale band of its colour ends where chance alone would put each on the second board. Named
    too, in dark grey: others whose rating clearly moved. The other ones of the first board's `top` models are pale.
    """
    scale, shown = _SCALES[of], shown_models(shift, of, top, highlight)
    wanted = [model for model in dict.fromkeys(highlight) if model in shift.models]
    chosen = list(dict.fromkeys([*(wanted or _largest_moves(shown, scale)), *shift.furthest["model"]]))
    picked = shown.set_index("model", drop=False).loc[chosen]
    more = _also_named(shown[~shown["model"].isin(chosen)])
    title = _title(picked, of)
    with house_style():
        figure, axes = _panels(2 * len(picked) + len(more))
        _slopes(axes[-1], shown, picked, more, scale)
        if narrow():
            _list(axes[0], picked, more, scale)
        else:
            _name_ends(axes[-1], picked, more, scale)
        _frame(axes[-1], shift, scale)
        grey = len(shown) - len(picked) - len(more)
        rest = f"; {counted(grey, 'other model')} pale" if grey else ""
        subtitle = f"{of.capitalize()} on both boards; bands: where chance alone would put a model{rest}"
        write_title(axes[0], title, subtitle, room=0 if narrow() else 16)
    moves = ", ".join(f"{plain(row['model'])} {scale.move(row)}" for _, row in picked.iterrows())
    columns = ["model", "rating_from", "rating_to", "rank_from", "rank_to", "null_lower", "null_upper", "q_value"]
    return Figure(
        figure, title, f"{title}. {of.capitalize()}, {boards_compared(shift)}: {moves or 'none picked out'}.", shown[columns]
    )


def _panels(lines: int) -> tuple[Canvas, list[Axes]]:
    """One pair of axes for the slopes; on a narrow screen another above it for a list of so many lines."""
    if narrow():
        return canvases([_LISTED * max(lines, 1), _HEIGHT], 1.1)
    figure, axes = canvas(_HEIGHT + 1.2)
    return figure, [axes]


def _largest_moves(shown: pd.DataFrame, scale: _Scale) -> list[str]:
    """The models that move most, the clearest rating shift first among equals."""
    moved = shown[shown[scale.change] != 0]
    order = moved.assign(size=moved[scale.change].abs()).sort_values(["size", "p_value"], ascending=[False, True])
    return list(order["model"].head(_PICKED))


def _also_named(others: pd.DataFrame) -> pd.DataFrame:
    """The models not picked out whose rating clearly moved, the clearest first."""
    return others[others["q_value"] <= RATE].sort_values("p_value", kind="stable").head(_MORE)


def _colour(number: int) -> str:
    return _COLOURS[number % len(_COLOURS)]


def _slopes(axes: Axes, shown: pd.DataFrame, picked: pd.DataFrame, more: pd.DataFrame, scale: _Scale) -> None:
    """All lines: pale ones, then those named, then those picked out over their bands."""
    ends = np.array([scale.place(shown[name]) for name in (scale.start, scale.end)])
    axes.plot([0, 1], ends, color=FAINT, linewidth=1, marker="o", markersize=3, zorder=2)
    for _, row in more.iterrows():
        axes.plot([0, 1], scale.ends(row), color=QUIET, linewidth=1.4, marker="o", markersize=4, zorder=3)
    thick = 0.3 if scale.ranks else 0.0
    for number, (_, row) in enumerate(picked.iterrows()):
        low, high = scale.chance(row)
        band, start = scale.place([max(low - thick, 0.8), high + thick]), scale.ends(row)[0]
        axes.fill_between([0, 1], [start, band[0]], [start, band[1]], color=_colour(number), alpha=0.15, linewidth=0, zorder=1)
        axes.vlines(1.025 + _BAR * number, *band, color=_colour(number), linewidth=5, alpha=0.6)
        axes.plot([0, 1], scale.ends(row), color=_colour(number), linewidth=2.6, marker="o", markersize=7, zorder=5)


def _name_ends(axes: Axes, picked: pd.DataFrame, more: pd.DataFrame, scale: _Scale) -> None:
    """The value at the left end, and at the right the move, the name and what chance alone gives."""
    for side, named in ((0, picked), (1, pd.concat([picked, more]))):
        places = np.array([scale.ends(row)[side] for _, row in named.iterrows()])
        labels = _apart(axes, places, named["rating_to" if side else "rating_from"].to_numpy())
        for number, (_, row) in enumerate(named.iterrows()):
            colour = _colour(number) if number < len(picked) else QUIET
            if side:
                _name_end(axes, row, scale, (places[number], labels[number]), colour, 1.02 + _BAR * len(picked))
            else:
                axes.plot([-0.02, -0.05], [places[number], labels[number]], color=FAINT, linewidth=0.8)
                value = f"{row[scale.start]:.0f}"
                axes.text(-0.06, labels[number], value, ha="right", va="center", color=colour, fontsize=_SIZE, fontweight="bold")


def _apart(axes: Axes, places: NDArray[np.float64], ratings: NDArray[np.float64]) -> NDArray[np.float64]:
    """Places of labels, moved apart as far as lines of words need; of equal places the better rating is on top."""
    low, high = axes.get_ylim()
    order = np.lexsort((-ratings, -places))
    moved = np.empty_like(places)
    moved[order] = -spread(-places[order], (high - low) * 0.19 / _HEIGHT)
    return moved


def _name_end(axes: Axes, row: pd.Series, scale: _Scale, places: tuple[float, float], colour: str, edge: float) -> None:
    """The words at the right end of a line, joined to it by a thin one: `places` are those of the end and of the words."""
    strong, room = colour != QUIET, 72 * width() * (1 + _RIGHT - edge - 0.04) / (1 + _LEFT + _RIGHT) - 8
    axes.plot([edge, edge + 0.03], places, color=FAINT, linewidth=0.8)
    move, chance = scale.move(row), scale.chance_words(row) if strong else ""
    taken = text_width(f"{move}  ", _SIZE, strong) + text_width(f"  {chance}", _SIZE)
    words = f"{move}  {fitted(plain(row['model']), room - taken, _SIZE, strong)}"
    style: dict[str, Any] = {"va": "center", "fontsize": _SIZE}
    axes.text(edge + 0.04, places[1], words, color=colour, fontweight="bold" if strong else "normal", **style)
    if chance:
        after = (text_width(f"{words}  ", _SIZE, strong), 0)
        axes.annotate(chance, (edge + 0.04, places[1]), after, textcoords="offset points", color=QUIET, **style)


def _list(axes: Axes, picked: pd.DataFrame, more: pd.DataFrame, scale: _Scale) -> None:
    """The names with their moves, one below the other, over slopes that have no room for them."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(max(2 * len(picked) + len(more), 1), 0))
    line = 0.5
    for number, (_, row) in enumerate(pd.concat([picked, more]).iterrows()):
        chosen, move = number < len(picked), scale.move(row)
        style: dict[str, Any] = {"va": "center", "fontsize": _SIZE, "fontweight": "bold" if chosen else "normal"}
        style["color"] = _colour(number) if chosen else QUIET
        room = 72 * width() - _INDENT - text_width(f"  {move}", _SIZE, chosen)
        axes.text(0, line, fitted(plain(row["model"]), room, _SIZE, chosen), **style)
        axes.text(1, line, move, ha="right", **style)
        if chosen:
            axes.text(1, line + 0.95, scale.chance_words(row), va="center", ha="right", fontsize=_SIZE, color=QUIET)
        line += 2 if chosen else 1


def _frame(axes: Axes, shift: Shift, scale: _Scale) -> None:
    """No axes but the two boards' names over the ends, and on a narrow screen the values at the left."""
    axes.set_xlim((-0.04, 1.04 + _BAR * (_PICKED + 2)) if narrow() else (-_LEFT, 1 + _RIGHT))
    axes.set_xticks([])
    axes.set_yticks([])
    if narrow():
        ranks = [rank for rank in (1, 2, 3, 5, 10, 20, 50, 100, 200) if -np.log(rank) >= axes.get_ylim()[0]]
        if scale.ranks:
            axes.set_yticks(scale.place(ranks), [str(rank) for rank in ranks])
        else:
            axes.yaxis.set_major_locator(MaxNLocator(6))
    for spine in axes.spines.values():
        spine.set_visible(False)
    for side, board in ((0, shift.board_from), (1, shift.board_to)):
        axes.annotate(
            plain(board.category.label, 24),
            (side, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center" if not narrow() else "right" if side else "left",
            va="bottom",
            fontweight="bold",
        )


def _title(picked: pd.DataFrame, of: str) -> str:
    """The largest picked move, of those whose rating clearly moved where there are any, and whether chance explains it."""
    change = _SCALES[of].change
    moved = picked[picked[change] != 0]
    if moved.empty:
        return f"No {of} changes between the two boards among the models picked out"
    clear = moved["q_value"] <= RATE
    row = moved.loc[(moved[clear] if clear.any() else moved)[change].abs().idxmax()]
    name, sure = plain(row["model"]), row["q_value"] <= RATE
    if of == "rating":
        move = f"{name}: {in_points(signed(row['rating_shift']))}"
        return f"{move}, {'more than chance allows' if sure else 'which chance alone can give'}"
    move = f"{name}: rank {row['rank_from']} → {row['rank_to']}"
    if row["beyond_chance"]:
        return f"{move}, more than chance alone gives" if sure else f"{move}; its rating moved no more than chance allows"
    return f"{move}; chance can move ranks so far, {'but not its rating' if sure else 'and its rating too'}"
