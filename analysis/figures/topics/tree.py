"""Figure of broad topics: the share of the votes that each has, and the tree by which they join."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from matplotlib.figure import Figure as Canvas

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import (
    DPI,
    QUIET,
    house_style,
    label_rows,
    narrow,
    note,
    row_height,
    share_axis,
    whiskers,
    width,
    write_title,
)
from analysis.figures.topics.names import broad_topics, counted
from analysis.results.prose import percent
from analysis.topics.lists import broad_list

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.topics.topics import Topics


#: Points of a broad topic's name at the left of its row.
_NAME = 165.0


class _Join(NamedTuple):
    """Two branches of the tree that become one: their places, and the cosine distances at which they did themselves."""

    places: tuple[float, float]
    starts: tuple[float, float]
    distance: float


@drawn
def figure_topic_tree(topics: Topics) -> Figure:
    """The share of the votes in each broad topic with its interval, in the colours of the map; where there is room, the tree
    by which broad topics join, the most alike first, at the right of it."""
    if len(topics.frame) < 2:
        title = "One topic only" if len(topics.frame) else "No topic was found"
        with house_style():
            return Figure(note(title, "There is no tree to draw"), title, f"{title}. There is no tree to draw.")
    broad, data = broad_topics(topics.frame), broad_list(topics).table
    # Both have those with most votes first.
    shares = data.set_index(broad.index).assign(name=broad["name"], colour=broad["colour"])
    order, joins = (list(broad.index), []) if narrow() else _tree(topics, list(broad.index))
    title = _title(shares, len(topics.frame))
    with house_style():
        figure, axes, beside = _panels(len(shares), tree=bool(joins))
        _shares(axes, shares.loc[order])
        if beside is not None:
            _draw(beside, joins)
        tree = "; right: how they join, the more alike the further left" if beside is not None else ""
        write_title(axes, title, f"Share of the votes with a prompt; dots with 95 % intervals, coloured as on the map{tree}")
    alt = f"{title}. A broad topic is called by the first words of its three largest topics."
    return Figure(figure, title, alt, data)


def _panels(count: int, tree: bool) -> tuple[Canvas, Axes, Axes | None]:
    """The panel of shares, and the panel of the tree where there is one."""
    if not tree:
        return *rows_canvas(count, 1.4), None
    figure = Canvas(figsize=(width(), 1.5 + row_height() * max(count, 3)), dpi=DPI, layout="constrained")
    shares, joins = figure.subplots(1, 2, width_ratios=[1.5, 1])
    for axes in (shares, joins):
        axes.set_ylim(-max(count, 3) + 0.35, 0.75)
    return figure, shares, joins


def _shares(axes: Axes, shares: pd.DataFrame) -> None:
    rows = places(len(shares))
    whiskers(axes, rows, shares, "share", list(shares["colour"]))
    columns = [[percent(share) for share in shares["share"]], [counted(count) for count in shares["topics"]]]
    names = [name if narrow() else fitted(name, _NAME, 9.5) for name in shares["name"]]
    label_rows(axes, rows, names, columns)
    share_axis(axes, float(shares["upper"].max()))


def _tree(topics: Topics, broad: list[int]) -> tuple[list[int], list[_Join]]:
    """Broad topics from the top down, at each join the part with the larger one first, and the joins; none where some broad
    topic is no branch of the tree."""
    frame, rows = topics.frame, topics.hierarchy.set_index("parent")
    votes = frame.groupby("broad")["votes"].sum()
    under = {number: frozenset(frame.loc[frame["broad"] == number, "topic"].astype(int)) for number in broad}
    branches = {frozenset(map(int, found)): int(parent) for parent, found in rows["topics"].items()}
    branches |= {frozenset([int(topic)]): int(topic) for topic in frame["topic"]}
    if len(broad) < 2 or not all(topics_of in branches for topics_of in under.values()):
        return broad, []
    leaf = {branches[found]: number for number, found in under.items()}

    def size(part: int) -> int:
        """Votes of the largest broad topic in a branch."""
        return int(votes[leaf[part]]) if part in leaf else max(size(int(rows.at[part, side])) for side in ("left", "right"))

    order, waiting = [], [int(rows.index[-1])]
    while waiting:
        part = waiting.pop()
        if part in leaf:
            order.append(part)
        else:
            waiting += sorted((int(rows.at[part, side]) for side in ("left", "right")), key=size)
    return [leaf[part] for part in order], _joins(rows, order)


def _joins(rows: pd.DataFrame, order: list[int]) -> list[_Join]:
    """The joins above the branches in `order`, which are the rows of the figure."""
    place = dict(zip(order, places(len(order)).tolist(), strict=True))
    start, joins = dict.fromkeys(order, 0.0), []
    for parent, row in rows.iterrows():
        left, right = int(row["left"]), int(row["right"])
        if left in place and right in place:
            joins.append(_Join((place[left], place[right]), (start[left], start[right]), float(row["distance"])))
            place[parent], start[parent] = (place[left] + place[right]) / 2, float(row["distance"])
    return joins


def _draw(axes: Axes, joins: list[_Join]) -> None:
    """A bracket per join; the axis begins some way left of the nearest, because all below it is empty."""
    distances = [join.distance for join in joins]
    span = max(max(distances) - min(distances), 0.1)
    left = max(0.0, min(distances) - 0.35 * span)
    for join in joins:
        axes.vlines(join.distance, *join.places, color=QUIET, linewidth=1.6)
        for place, start in zip(join.places, join.starts, strict=True):
            axes.hlines(place, max(start, left), join.distance, color=QUIET, linewidth=1.6)
    axes.set_xlim(left, max(distances) + 0.05 * span)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("cosine distance")
    axes.grid(axis="x")


def _title(shares: pd.DataFrame, topics: int) -> str:
    """How many broad topics there are, and the largest."""
    first = shares.iloc[0]
    many = (
        f"{counted(topics)} form {len(shares)} broad ones; the largest"
        if len(shares) > 1
        else f"{counted(topics)} form one broad one"
    )
    return f"{many}, “{first['name']}”, holds {percent(first['share'])} of the votes"
