"""Figure of a history: a bump chart of the models' places over time."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PURPLE,
    QUIET,
    canvas,
    house_style,
    plain,
    spread,
    write_title,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.ratings.history import History

#: Colours of the highlighted models, in order; further ones start again.
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, INK)

#: How many models a bump chart picks out when the caller names none.
_PICKED = 5

#: Width in characters of a model's name at the end of a line, and the most ticks on the time axis.
_NAME, _TICKS = 27, 6

#: Boards up to which a line has dots, and the grey of the many lines of a longer history.
_DOTTED, _FAINTER = 24, "#DDDDDD"

#: How many places below `top` a highlighted model is followed.
_BELOW = 15


@drawn
def figure_history(history: History, top: int = 20, highlight: Collection[str] = ()) -> Figure:
    """Places in the order of ratings, one line per model that was ever in the first `top`; the best place is on top.

    The highlighted models (by default the leaders, those of most periods first) and those that the sentence names are
    coloured; all that are in the first `top` at an end are named there, the others are grey.
    """
    places, named = history.places, history.named
    shown = places[(places <= top).any(axis=1) | places.index.isin([*highlight, *named])]
    picked = [model for model in dict.fromkeys([*(highlight or _leaders(places)), *named]) if model in shown.index]
    colours = {model: _COLOURS[number % len(_COLOURS)] for number, model in enumerate(picked)}
    lowest = min(int(np.nanmax([top, *shown.loc[picked].max()])), top + _BELOW) if highlight else top + 1
    title = _takeaway(history)
    with house_style():
        figure, axes = canvas(1.6 + 0.22 * max(min(lowest, len(places)), 5))
        for model in sorted(shown.index, key=lambda name: name in colours):
            _line(axes, shown.loc[model], colours.get(model))
        at_ends = [_names(axes, shown.iloc[:, side], colours, min(top, lowest), lowest, side) for side in (0, -1)]
        for model in set(picked).difference(*at_ends):
            _name_on_line(axes, shown.loc[model], colours[model], lowest)
        _time_axis(axes, list(shown.columns), min(lowest, len(places)))
        basis = "all votes so far" if history.cumulative else "each period's own board"
        note = f"{(places <= top).any(axis=1).sum()} of {len(places)} models were ever among the first {top}"
        write_title(axes, title, f"{history.label}: place by rating, from {basis}; {note}")
    return Figure(figure, title, f"{title}. {_words(shown, picked)}")


def _leaders(places: pd.DataFrame) -> list[str]:
    """The models that led most boards, then those that stand highest at the end."""
    led = (places == 1).sum(axis=1)
    order = places.assign(led=-led, last=places.iloc[:, -1].fillna(np.inf)).sort_values(["led", "last"], kind="stable")
    return list(order.index[:_PICKED])


def _line(axes: Axes, places: pd.Series, colour: str | None) -> None:
    """A model's places, with a gap where it is not rated; lines run out of view at the bottom."""
    values = places.to_numpy(dtype=float)
    few = len(values) <= _DOTTED
    quiet = FAINT if few else _FAINTER
    marker: dict[str, Any] = {
        "marker": "o" if few else "",
        "markersize": 4 if colour else 2.5,
        "linewidth": 2.2 if colour else 0.9,
    }
    axes.plot(np.arange(len(values)), values, color=colour or quiet, zorder=3 if colour else 2, **marker)
    alone = np.isfinite(values) & ~np.isfinite(np.roll(values, 1)) & ~np.isfinite(np.roll(values, -1))
    axes.scatter(np.flatnonzero(alone), values[alone], s=10, color=colour or quiet, zorder=3 if colour else 2)


def _names(axes: Axes, places: pd.Series, colours: dict[str, str], top: int, lowest: int, side: int) -> set[str]:
    """Place and name at one end of the lines, moved apart where they would overlap; returns who is named."""
    there = places.dropna()
    there = there[(there <= top) | (there.index.isin(list(colours)) & (there <= lowest))].sort_values()
    start, words = (-0.012, "right") if side == 0 else (1.012, "left")
    for (model, place), label in zip(there.items(), spread(there.to_numpy(dtype=float), 1.0), strict=True):
        name = plain(model, _NAME)
        axes.annotate(
            f"{name}  {place:.0f}" if side == 0 else f"{place:.0f}  {name}",
            (start, label),
            xycoords=("axes fraction", "data"),
            ha=words,
            va="center",
            fontsize=8,
            color=colours.get(str(model), QUIET),
            fontweight="bold" if model in colours else "normal",
            annotation_clip=False,
        )
    return set(there.index)


def _name_on_line(axes: Axes, places: pd.Series, colour: str, lowest: int) -> None:
    """The name of a model that is at neither end, above the middle of the part of its line that is in view."""
    seen = np.flatnonzero(places.to_numpy(dtype=float) <= lowest)
    if len(seen):
        middle = seen[len(seen) // 2]
        name = axes.annotate(
            plain(places.name, 20), (middle, places.iloc[middle]), (0, 5), textcoords="offset points", ha="center"
        )
        name.set(
            color=colour,
            fontsize=8,
            fontweight="bold",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.5, "alpha": 0.8},
        )


def _time_axis(axes: Axes, periods: list[str], lowest: int) -> None:
    """Periods from left to right, the best place on top, and no other frame."""
    ticks = range(0, len(periods), -(-len(periods) // _TICKS))
    axes.set_xticks(ticks, [plain(periods[tick], 10) for tick in ticks], fontsize=8.5)
    axes.set_xlim(-0.02 * len(periods), len(periods) - 1 + 0.02 * len(periods))
    axes.set_ylim(lowest + 0.7, 0.3)
    axes.set_yticks([])
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _takeaway(history: History) -> str:
    """Who leads at the start and who at the end, where that is decided; else who is first there."""
    boards, leaders = list(history.boards.values()), history.leaders
    first, last = plain(boards[0].models[0]), plain(boards[-1].models[0])
    if len(boards) == 1:
        return f"{first} {'leads' if len(leaders) else 'is first on'} the only board"
    if len(leaders) and leaders.iloc[0] != leaders.iloc[-1]:
        return f"The lead passes from {plain(leaders.iloc[0])} to {plain(leaders.iloc[-1])}"
    if first == last:
        return f"{first} is first on the first board and on the last"
    return f"{first} is first at the start and {last} at the end, which may be chance"


def _words(shown: pd.DataFrame, picked: list[str]) -> str:
    """The highlighted models' first and last places."""
    parts = []
    for model in picked:
        known = shown.loc[model].dropna()
        ends = f"{known.iloc[0]:.0f} on {known.index[0]}, {known.iloc[-1]:.0f} on {known.index[-1]}"
        parts.append(f"{plain(model)}: place {ends}")
    return f"{'; '.join(parts)}. {len(shown) - len(picked)} other models are grey."
