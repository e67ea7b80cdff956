"""Figure of the map of topics: prompts that are alike lie together."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.lines import Line2D
from scipy.spatial import KDTree

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted, text_width
from analysis.figures.style import INK, PAPER, canvas, house_style, narrow, note, width, write_title
from analysis.figures.topics.names import REST, broad_topics, counted, largest
from analysis.results.prose import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.topics.topics import Topics

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]

#: Points that a name on the map may take, and pixels of the page that stay free around it.
_NAME, _FREE = 150.0, 3.0

#: Points of a broad topic's name in the legend, and of what lies between two names.
_LEGEND, _BETWEEN = 175.0, 34.0

#: Topics named on a narrow screen at most.
_FEW = 6

#: Points without a topic, in light and dark.
_NONE = "#8c8c8c"

#: Pixels of the page within which points of a topic count as near each other.
_NEAR = 20.0

#: Most steps in which overlapping names are pushed apart.
_STEPS = 2000


@drawn
def figure_topic_map(topics: Topics, top: int = 12) -> Figure:
    """The prompts of the map, coloured by broad topic and grey without a topic; the `top` largest topics named on it, and the
    broad ones in a legend.

    A name stands over the densest part of its topic, or is joined to it by a line. One that finds no room is left out.
    """
    points = topics.map
    if points is None or points.empty:
        title = "These topics have no map"
        with house_style():
            return Figure(note(title, "It is made where topics are fitted with one"), title, f"{title}.")
    frame = largest(topics)
    broad = broad_topics(frame)
    colour = broad["colour"].reindex(frame["broad"]).set_axis(frame["topic"])
    shown = frame[frame["topic"].isin(points["topic"])].head(min(top, _FEW) if narrow() else top)
    title = _title(topics, frame)
    with house_style():
        figure, axes = canvas(3.7 + 0.18 * len(broad) if narrow() else 5.4)
        _points(axes, points, colour)
        _legend(axes, broad, topics.measures["asked"])
        which = f"named: the {len(shown)} largest of {len(frame)} topics" if len(shown) < len(frame) else "all topics are named"
        subtitle = f"{len(points):,} prompts, similar ones close together; colours: broad topics, grey: no clear topic; {which}"
        write_title(axes, title, subtitle)
        axes.autoscale(False)  # what is measured from here on must stay where it is
        if len(shown):
            _name_topics(axes, shown, points, colour)
    alt = f"{title}. {len(points):,} prompts lie on the map, {int((points['topic'] < 0).sum()):,} of them without a topic."
    return Figure(figure, title, alt, _data(frame, broad, points))


def _points(axes: Axes, points: pd.DataFrame, colour: pd.Series) -> None:
    """Thousands of points as one layer of pixels; colours are the same in light and dark."""
    size = float(np.clip(26 - 0.005 * len(points), 6, 22)) * (0.5 if narrow() else 1)
    clear = points["topic"].isin(colour.index).to_numpy()
    for those, colours, alpha in ((~clear, _NONE, 0.4), (clear, list(colour.loc[points["topic"][clear]]), 0.75)):
        axes.scatter(points["x"][those], points["y"][those], s=size, color=colours, alpha=alpha, linewidths=0, rasterized=True)
    axes.set(xticks=[], yticks=[])
    axes.margins(0.04)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _legend(axes: Axes, broad: pd.DataFrame, asked: float) -> None:
    """The colour of each broad topic, with its share of the votes; those beyond the palette together."""
    named = broad[broad["colour"] != REST]
    words = [
        f"{percent(votes / asked)}  {fitted(name, _LEGEND, 8.5)}"  # the number first, as a name may run from right to left
        for name, votes in zip(named["name"], named["votes"], strict=True)
    ]
    colours = list(named["colour"])
    if others := len(broad) - len(named):
        words.append(f"{percent(broad['votes'][broad['colour'] == REST].sum() / asked)}  {others} others")
        colours.append(REST)
    dots = [Line2D([], [], marker="o", linestyle="", color=colour, markersize=6) for colour in colours]
    longest = max(text_width(text, 8.5) for text in words) + _BETWEEN
    axes.legend(
        dots,
        words,
        loc="upper left",
        bbox_to_anchor=(0, 0),
        ncols=max(1, int(72 * width() * 0.97 // longest)),
        frameon=False,
        fontsize=8.5,
        handletextpad=0.3,
        borderaxespad=0.2,
        columnspacing=1.5,
        labelspacing=0.35,
    )


def _data(frame: pd.DataFrame, broad: pd.DataFrame, points: pd.DataFrame) -> pd.DataFrame:
    """topic, broad_topic, votes, share, on_the_map (points): a row per topic, most votes first."""
    count = points["topic"].value_counts().reindex(frame["topic"], fill_value=0)
    columns = {"topic": frame["label"], "broad_topic": broad["name"].reindex(frame["broad"]).to_numpy()}
    return pd.DataFrame(columns | {"votes": frame["votes"], "share": frame["share"], "on_the_map": count.to_numpy()})


def _name_topics(axes: Axes, shown: pd.DataFrame, points: pd.DataFrame, colour: pd.Series) -> None:
    """Names over the topics, measured and pushed apart in pixels; the layout must be final."""
    pixels, back = axes.transData.transform(points[["x", "y"]].to_numpy()), axes.transData.inverted()
    cores = [_core(pixels[(points["topic"] == topic).to_numpy()]) for topic in shown["topic"]]
    room, size = (_NAME * 0.7, 8.0) if narrow() else (_NAME, 8.5)
    texts = [axes.text(0, 0, fitted(name, room, size, bold=True), ha="center", va="center", zorder=5) for name in shown["name"]]
    for text in texts:
        ground = {"facecolor": PAPER, "edgecolor": "none", "alpha": 0.78, "pad": 0.8}
        text.set(fontsize=size, fontweight="bold", bbox=ground)
    sizes = np.array([[box.width, box.height] for box in (text.get_window_extent() for text in texts)]) + _FREE
    wanted = np.array([[core[:, 0].mean(), core[:, 1].max()] for core in cores]) + np.array([0, 0.5]) * sizes
    frame = axes.get_window_extent()
    places = separated(wanted, sizes, np.array([frame.min, frame.max]))
    far = (np.abs(places - wanted) > sizes * np.array([0.5, 1])).any(axis=1)
    for number, fits in enumerate(fitting(places, sizes)):
        if not fits:
            texts[number].remove()
            continue
        texts[number].set_position(tuple(back.transform(places[number])))
        if far[number]:
            _join(axes, back.transform([np.median(cores[number], axis=0), places[number]]), colour[shown["topic"].iloc[number]])


def _core(pixels: Floats) -> Floats:
    """The points around the one with most of its topic's points near it; shape (n, 2) both."""
    tree = KDTree(pixels)
    centre = int(np.argmax(tree.query_ball_point(pixels, _NEAR, return_length=True)))
    return pixels[tree.query_ball_point(pixels[centre], _NEAR)]


def _join(axes: Axes, ends: Floats, colour: str) -> None:
    """A dot on the topic and a line from there to its name; `ends` has shape (2, 2), data coordinates."""
    axes.plot(*ends.T, color=INK, linewidth=0.8, zorder=4)
    axes.plot(*ends[0], "o", markersize=5, color=colour, markeredgecolor=INK, markeredgewidth=0.8, zorder=4)


def separated(places: Floats, sizes: Floats, limits: Floats) -> Floats:
    """Centres of boxes moved until no two overlap, or as far as two thousand steps bring them.

    Args:
        places: shape (n, 2), wanted centres.
        sizes: shape (n, 2), widths and heights in the same unit.
        limits: shape (2, 2), lower and upper corner in which the boxes stay.
    """
    half = sizes / 2
    moved = np.clip(places, limits[0] + half, limits[1] - half)
    # Boxes with one and the same centre go apart in the order in which they come.
    before = np.sign(np.subtract.outer(np.arange(len(moved)), np.arange(len(moved))))
    for _ in range(_STEPS):
        apart = moved[:, None] - moved
        overlap = half[:, None] + half - np.abs(apart)
        hit = (overlap > 0).all(axis=2) & (before != 0)
        if not hit.any():
            break
        way = np.where(apart == 0, before[..., None], np.sign(apart))
        shorter = np.arange(2) == overlap.argmin(axis=2)[..., None]
        push = np.where(hit[..., None] & shorter, way * (overlap / 2 + 0.5), 0).sum(axis=1)
        moved = np.clip(moved + 0.6 * push, limits[0] + half, limits[1] - half)
    return moved


def fitting(places: Floats, sizes: Floats) -> Flags:
    """Which boxes can be drawn, earlier ones first, so that none overlaps another; shape (n,)."""
    chosen = np.zeros(len(places), dtype=bool)
    for number in range(len(places)):
        free = np.abs(places[chosen] - places[number]) >= (sizes[chosen] + sizes[number]) / 2 - 0.5
        chosen[number] = free.any(axis=1).all()
    return chosen


def _title(topics: Topics, frame: pd.DataFrame) -> str:
    """The broad topic with most votes, or what the only topic holds."""
    broad = broad_topics(frame)
    if len(broad) < 2:
        return f"{counted(len(frame))}; {percent(topics.measures['outliers'])} of the votes have no clear one"
    first = broad.iloc[0]
    share = percent(first["votes"] / topics.measures["asked"])
    holds = f"{counted(first['topics'])}, {share}"
    return f"Of {len(broad)} broad topics, “{first['name']}” is the largest: {holds} of the votes"
