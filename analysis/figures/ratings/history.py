"""Figure of a history: a bump chart of the models' places over time."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted, text_width
from analysis.figures.ratings.periods import FEW, figure_periods
from analysis.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PAPER,
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

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas

    from analysis.ratings.history import History

#: Colours of the highlighted models, in order; further ones start again.
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, INK)

#: How many models a bump chart picks out when the caller names none.
_PICKED = 5

#: Room in points for a model's name at the end of a line, size of names, and inches of a line of the list of names.
_NAME, _SIZE, _LISTED = 160.0, 8.5, 0.19

#: Inches of a place, and points from the axes to the names over them and between these.
_PLACE, _OVER, _STEP = 0.2, 9.0, 13.0

#: Boards up to which a line has dots.
_DOTTED = 24

#: How many places below `top` a highlighted model is followed.
_BELOW = 15


@drawn
def figure_history(history: History, top: int = 20, highlight: Collection[str] = ()) -> Figure:
    """Places in the order of ratings, one line per model that was ever in the first `top`; the best place is on top.

    The highlighted models (by default the leaders, those of most periods first) and those that the sentence names are
    coloured; those in the first `top` at the end are named there, the others are pale. A history of few periods shows
    ratings with their intervals instead (see `figure_periods`).
    """
    if len(history.boards) <= FEW:
        return figure_periods(history, _takeaway(history), top, highlight)
    places, named = history.places, history.named
    shown = places[(places <= top).any(axis=1) | places.index.isin([*highlight, *named])]
    picked = [model for model in dict.fromkeys([*(highlight or _leaders(places)), *named]) if model in shown.index]
    colours = {model: _COLOURS[number % len(_COLOURS)] for number, model in enumerate(picked)}
    lowest = min(int(np.nanmax([top, *shown.loc[picked].max()])), top + _BELOW) if highlight else top + 1
    lowest = min(lowest, int(places.max().max()))
    title = _takeaway(history)
    with house_style():
        (figure, axes), room = _panels(lowest, len(picked)), 0.0
        for model in sorted(shown.index, key=lambda name: name in colours):
            _line(axes[-1], shown.loc[model], colours.get(model))
        _axes(axes[-1], list(shown.columns), lowest)
        if narrow():
            _list(axes[0], shown.loc[picked], colours)
        else:
            room = _name_lines(axes[-1], shown, colours, min(top, lowest), lowest)
        basis = "all votes so far" if history.cumulative else "each period's own board"
        note = f"{(places <= top).any(axis=1).sum()} of {len(places)} models were ever among the first {top}"
        write_title(axes[0], title, f"{history.label}: place by rating, from {basis}; {note}", room=room)
    data = shown.rename_axis(columns=None).reset_index()
    return Figure(figure, title, f"{title}. Places of {len(shown)} models on {len(places.columns)} boards.", data)


def _panels(lowest: int, picked: int) -> tuple[Canvas, list[Axes]]:
    """One pair of axes for the lines; on a narrow screen another above it for a list of those picked."""
    if narrow():
        return canvases([_LISTED * (picked + 1), 0.19 * max(lowest, 5)], 1.3)
    figure, axes = canvas(1.4 + _PLACE * max(lowest, 5))
    return figure, [axes]


def _leaders(places: pd.DataFrame) -> list[str]:
    """The models that led most boards, then those that stand highest at the end."""
    led = (places == 1).sum(axis=1)
    order = places.assign(led=-led, last=places.iloc[:, -1].fillna(np.inf)).sort_values(["led", "last"], kind="stable")
    return list(order.index[:_PICKED])


def _line(axes: Axes, places: pd.Series, colour: str | None) -> None:
    """A model's places, with a gap where it is not rated; lines run out of view at the bottom."""
    values = places.to_numpy(dtype=float)
    few, layer = len(values) <= _DOTTED, 3 if colour else 2
    style: dict[str, Any] = {"color": colour or FAINT, "zorder": layer, "alpha": 1 if few or colour else 0.6}
    axes.plot(
        np.arange(len(values)),
        values,
        marker="o" if few else "",
        markersize=4.5 if colour else 2.5,
        linewidth=2.4 if colour else 0.9,
        **style,
    )
    alone = np.isfinite(values) & ~np.isfinite(np.roll(values, 1)) & ~np.isfinite(np.roll(values, -1))
    axes.scatter(np.flatnonzero(alone), values[alone], s=20 if colour else 8, **style)


def _name_lines(axes: Axes, shown: pd.DataFrame, colours: dict[str, str], top: int, lowest: int) -> float:
    """Places and names at the end of the lines, moved apart where they would overlap; on its line the name of a model that is
    picked and not there. Returns the points of the names over the axes."""
    last = shown.iloc[:, -1].dropna()
    there = last[(last <= top) | (last.index.isin(list(colours)) & (last <= lowest))].sort_values()
    for (model, place), label in zip(there.items(), spread(there.to_numpy(dtype=float), 1.0), strict=True):
        heavy = model in colours
        name = axes.annotate(
            f"{place:.0f}  {fitted(plain(model), _NAME, _SIZE, heavy)}",
            (1.012, label),
            xycoords=("axes fraction", "data"),
            va="center",
            fontsize=_SIZE,
            color=colours.get(str(model), QUIET),
            annotation_clip=False,
        )
        name.set_fontweight("bold" if heavy else "normal")
    return _name_on_lines(axes, shown.loc[[model for model in colours if model not in there.index]], colours, lowest)


def _name_on_lines(axes: Axes, absent: pd.DataFrame, colours: dict[str, str], lowest: int) -> float:
    """Names above the part of a line that is in view, where they cover no other such name, or else over the axes; returns the
    points that those over the axes take."""
    points = (72 * width() - _NAME - 40) / max(absent.shape[1] - 1, 1)  # of a period
    taken: list[_Spot] = []
    over: list[_Spot] = []
    for model, places in absent.iterrows():
        seen = np.flatnonzero(places.to_numpy(dtype=float) <= lowest)
        if not len(seen):
            continue
        words = fitted(plain(model), _NAME, _SIZE, bold=True)
        half = text_width(words, _SIZE, bold=True) / points / 2 + 0.1
        seen = seen[np.argsort(np.abs(seen - np.median(seen)), kind="stable")]
        spots = [_Spot(float(np.clip(one, half, absent.shape[1] - 1 - half)), float(places.iloc[one]), half) for one in seen]
        free = next((spot for spot in spots if not any(_touch(spot, other) for other in taken)), None)
        style: dict[str, Any] = {"textcoords": "offset points", "ha": "center", "fontsize": _SIZE, "fontweight": "bold"}
        style |= {"color": colours[str(model)], "zorder": 6}
        if free:
            taken.append(free)
            name = axes.annotate(words, (free.middle, free.place), (0, 5), **style)
            name.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 0.5, "alpha": 0.8})
            continue
        best = min(spots, key=lambda spot: (spot.place, -spot.middle))
        level = next(level for level in range(len(absent)) if not any(_touch(_Spot(best.middle, level, half), o) for o in over))
        over.append(_Spot(best.middle, level, half))
        start, top = (best.middle, best.place), (best.place - 0.3) * 72 * _PLACE + _OVER + _STEP * level
        line = {"arrowstyle": "-", "color": QUIET, "linewidth": 0.7, "shrinkA": 0, "shrinkB": 4}
        axes.annotate(words, start, (0, top), arrowprops=line, annotation_clip=False, **style)
    return _OVER + _STEP * (1 + max(spot.place for spot in over)) if over else 0.0


class _Spot(NamedTuple):
    """Where a name could stand."""

    middle: float  # periods
    place: float
    half: float  # of its width, in periods


def _touch(one: _Spot, other: _Spot) -> bool:
    """Whether two names would cover each other."""
    return abs(one.middle - other.middle) < one.half + other.half and abs(one.place - other.place) < 1


def _list(axes: Axes, picked: pd.DataFrame, colours: dict[str, str]) -> None:
    """The picked models with their first and last places, over lines that have no room for names."""
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(len(picked) + 1, 0))
    style: dict[str, Any] = {"va": "center", "fontsize": _SIZE}
    axes.text(1, 0.5, "first and last place", ha="right", color=QUIET, **style)
    for line, (model, places) in enumerate(picked.iterrows(), start=1):
        known = places.dropna()
        move = f"{known.iloc[0]:.0f} → {known.iloc[-1]:.0f}"
        name = fitted(plain(model), 72 * width() - 45 - text_width(move, _SIZE), _SIZE, bold=True)
        axes.text(0, line + 0.5, name, color=colours[str(model)], fontweight="bold", **style)
        axes.text(1, line + 0.5, move, ha="right", color=colours[str(model)], **style)


def _axes(axes: Axes, periods: list[str], lowest: int) -> None:
    """Periods from left to right, the best place on top with every fifth place at the left, and no other frame."""
    ticks = range(0, len(periods), -(-len(periods) // (3 if narrow() else 6)))
    axes.set_xticks(ticks, [plain(periods[tick], 10) for tick in ticks], fontsize=_SIZE)
    axes.set_xlim(-0.02 * len(periods), len(periods) - 1 + 0.02 * len(periods))
    axes.set_ylim(lowest + 0.7, 0.3)
    axes.set_yticks([1, *range(5, lowest + 1, 5)])
    axes.tick_params(axis="y", labelsize=_SIZE, labelcolor=QUIET)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def _takeaway(history: History) -> str:
    """Who leads at the start and who at the end, where that is decided; else who has the highest rating there."""
    boards, leaders = list(history.boards.values()), history.leaders
    first, last = plain(boards[0].models[0]), plain(boards[-1].models[0])
    if len(boards) == 1:
        return f"{first} leads the only board" if len(leaders) else f"{first} has the highest rating; no lead is decided"
    if len(leaders) and leaders.iloc[0] != leaders.iloc[-1]:
        return f"The lead passes from {plain(leaders.iloc[0])} to {plain(leaders.iloc[-1])}"
    if first != last:
        return f"{first} has the highest rating at the start and {last} at the end, which may be chance"
    if {*list(history.boards)[:1], *list(history.boards)[-1:]} <= {*leaders.index}:
        return f"{first} leads on the first board and on the last"
    lead = f"the lead is decided on {len(leaders)} of {len(boards)}" if len(leaders) else "no lead is decided"
    return f"{first} has the highest rating on the first board and on the last; {lead}"
