"""Figure of the tree of topics: which are alike, and what they merge to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import QUIET, beside, canvas, house_style, note, plain, row_height, write_title
from analysis.figures.topics.names import broad_topics, counted, largest

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.topics.topics import Topics


@dataclass(frozen=True)
class _Branch:
    """A topic or a join, placed.

    Attributes:
        name: as drawn at a leaf.
        votes: of all topics under it.
        topics: how many those are.
        distance: at which its two parts join; 0 for a topic.
        colour: that of the broad topic all are in, grey where they are in several.
        row: place down the page, leaves one apart.
    """

    name: str
    votes: int
    topics: int
    distance: float
    colour: str
    row: float


@drawn
def figure_topic_tree(topics: Topics, most: int = 40) -> Figure:
    """Topics and the cosine distance at which they join, as a tree with its root at the right.

    Branches inside one broad topic have its colour. Of more than `most` topics, the nearest are merged: a thick branch ends
    where the last of its topics joins.
    """
    if topics.hierarchy.empty:
        title = "One topic only" if len(topics.frame) else "No topic was found"
        with house_style():
            return Figure(note(title, "There is no tree to draw"), title, f"{title}. There is no tree to draw.")
    joins = topics.hierarchy.tail(max(most, 2) - 1).set_index("parent")
    order = _leaves(topics, joins)
    branches = _placed(topics, joins, order)
    broad = broad_topics(topics.frame)
    title = _title(topics, broad)
    with house_style():
        figure, axes = canvas(1.75 + row_height() * max(len(order), 3))
        left = _left_edge([branches[number].distance for number in [*joins.index, *order]])
        _draw(axes, joins, branches, order, left)
        axes.set_xlabel("cosine distance at which branches join    (right: less alike)")
        for row, votes in zip([1, *-np.arange(float(len(order)))], ["votes", *_votes(branches, order)], strict=True):
            beside(axes, row, votes)
        merged = sum(branches[leaf].topics > 1 for leaf in order)
        thick = "1 thick branch" if merged == 1 else f"{merged} thick branches"
        cut = f"; {len(topics.frame)} topics, the nearest merged into {thick}" if merged else ""
        smaller = " or in a smaller one" if (broad["colour"] == QUIET).any() else ""
        write_title(axes, title, f"Tree of topics; colours: inside a broad topic, grey: across several{smaller}{cut}", room=14)
    listed = "; ".join(f"{row['name']} ({counted(row['topics'])}, {row['votes']:,} votes)" for _, row in broad.iterrows())
    return Figure(figure, title, f"{title}. Broad topics by votes: {listed}.")


def _leaves(topics: Topics, joins: pd.DataFrame) -> list[int]:
    """Topics and merged branches from the top down: at each join, the part with more votes first."""
    votes = {**_topic_votes(topics), **topics.hierarchy.set_index("parent")["votes"].to_dict()}
    order, waiting = [], [int(joins.index[-1])]
    while waiting:
        number = waiting.pop()
        if number in joins.index:
            waiting += sorted((int(joins.at[number, side]) for side in ("left", "right")), key=lambda part: votes[part])
        else:
            order.append(number)
    return order


def _topic_votes(topics: Topics) -> dict[int, int]:
    return dict(zip(topics.frame["topic"].tolist(), topics.frame["votes"].tolist(), strict=True))


def _placed(topics: Topics, joins: pd.DataFrame, order: list[int]) -> dict[int, _Branch]:
    """Every branch that is drawn, by its number."""
    frame = topics.frame.set_index("topic")
    colours, names = broad_topics(topics.frame)["colour"], largest(topics).set_index("topic")["name"]
    hierarchy, branches = topics.hierarchy.set_index("parent"), {}
    for place, number in enumerate([*order, *joins.index]):
        if number in names.index:
            row = frame.loc[number]
            branches[number] = _Branch(names[number], int(row["votes"]), 1, 0.0, colours[row["broad"]], -float(place))
            continue
        join = hierarchy.loc[number]
        under = list(join["topics"])
        broad = set(frame.loc[under, "broad"])
        middle = -float(place) if place < len(order) else (branches[join["left"]].row + branches[join["right"]].row) / 2
        name = f"{plain(join['label'], 36)} · {counted(len(under))}"
        colour = colours[broad.pop()] if len(broad) == 1 else QUIET
        branches[number] = _Branch(name, int(join["votes"]), len(under), float(join["distance"]), colour, middle)
    return branches


def _left_edge(distances: list[float]) -> float:
    """Where the distance axis begins: some way left of the nearest join, because all below it is empty."""
    joined = [distance for distance in distances if distance > 0]
    return max(0.0, min(joined) - 0.25 * max(max(joined) - min(joined), 0.2))


def _draw(axes: Axes, joins: pd.DataFrame, branches: dict[int, _Branch], order: list[int], left: float) -> None:
    """A bracket per join, a thick line per merged branch, and names at the left."""
    for number, join in joins.iterrows():
        whole, parts = branches[number], [branches[join["left"]], branches[join["right"]]]
        axes.vlines(whole.distance, parts[0].row, parts[1].row, color=whole.colour, linewidth=1.8)
        for part in parts:
            axes.hlines(part.row, max(part.distance, left), whole.distance, color=part.colour, linewidth=1.8)
    for leaf in (branches[number] for number in order):
        if leaf.topics > 1:
            axes.hlines(leaf.row, left, leaf.distance, color=leaf.colour, linewidth=6)
    axes.set_yticks(-np.arange(float(len(order))), [branches[number].name for number in order])
    axes.set_ylim(-len(order) + 0.3, 0.7)
    span = max(branches[number].distance for number in joins.index) - left
    axes.set_xlim(left, left + 1.03 * span)
    axes.spines["left"].set_visible(False)
    axes.grid(axis="x")


def _votes(branches: dict[int, _Branch], order: list[int]) -> list[str]:
    return [f"{branches[number].votes:,}" for number in order]


def _title(topics: Topics, broad: pd.DataFrame) -> str:
    """How many broad topics there are, and which two topics are most alike."""
    names, nearest = largest(topics).set_index("topic")["name"], topics.hierarchy.iloc[0]
    pair = " and ".join(f"“{names[nearest[side]]}”" for side in ("left", "right"))
    return f"{counted(len(topics.frame))} form {len(broad)} broad ones; most alike are {pair}"
