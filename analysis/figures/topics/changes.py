"""Figure of one model by topic: where it is stronger or weaker than overall."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import rows_canvas
from analysis.figures.style import BLUE, INK, ORANGE, QUIET, house_style, label_rows, narrow, plain, whiskers, write_title
from analysis.figures.topics.names import topic_name
from analysis.results.prose import probability, signed
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.topics.boards import TopicBoards

    Floats = NDArray[np.float64]

#: A list that is longer than both ends by no more than this is shown whole.
_SLACK = 2


@drawn
def figure_topic_changes(boards: TopicBoards, model: str, top: int = 5) -> Figure:
    """Rating points that a model gains or loses by topic, with intervals: the `top` largest gains, the `top` largest losses and
    all that are clear.

    Coloured: changes that the topic's own votes show beyond chance (false-discovery rate 5 % over the model's topics). The
    interval is that of the change pooled with other topics, so it can hold zero where the change is clear. Topics in which
    the model has no vote are left out.

    Raises:
        UsageError: the model is not on the boards.
    """
    table = boards.changes(model)
    table = table[table["votes"] > 0].reset_index(drop=True)
    cut = len(table) > 2 * top + _SLACK
    ends = (table.index < top) | (table.index >= len(table) - top) | (table["q_value"] <= RATE)
    shown = table[ends] if cut else table
    # A free row where a part of the table is left out.
    gaps = np.diff(shown.index, prepend=-1) > 1
    rows = -np.arange(float(len(shown))) - gaps.cumsum()
    title = _title(plain(model), table)
    names = [topic_name(topic, label) for topic, label in zip(shown["topic"], shown["label"], strict=True)]
    with house_style():
        figure, axes = rows_canvas(len(shown) + int(gaps.sum()), 1.75)
        columns = {
            "change": [signed(points) for points in shown["change"]],
            "q-value": [_small(q_value) for q_value in shown["q_value"]],
            "votes": [f"{votes:,}" for votes in shown["votes"]],
        }
        kept = list(columns)[: 2 if narrow() else 3]
        sure = (shown["q_value"] <= RATE).tolist()
        change_rows(axes, rows, shown, names, [columns[head] for head in kept], heads=kept, bold=sure)
        for row in rows[gaps]:
            axes.text(0 if narrow() else -0.02, row + 1, "…", ha="right", va="center", transform=axes.get_yaxis_transform())
        between = f"; {len(table) - len(shown)} topics between are left out" if gaps.any() else ""
        level = f"{100 * boards.level:g} %"
        chance = f"coloured: the topic's own votes show it beyond chance (q ≤ {RATE:g})"
        write_title(axes, title, f"Change by topic with {level} intervals; {chance}{between}", room=14)
    columns_of_table = ["label", "votes", "change", "lower", "upper", "q_value", "rank"]
    data = table[columns_of_table].rename(columns={"label": "topic"})
    return Figure(figure, title, f"{title}. {_ends(names, shown)}", data.round({"change": 1, "lower": 1, "upper": 1}))


def change_rows(
    axes: Axes,
    rows: Floats,
    table: pd.DataFrame,
    names: Sequence[str],
    columns: Sequence[Sequence[str]],
    heads: Sequence[str] = (),
    bold: Sequence[bool] = (),
) -> None:
    """Changes (change, lower, upper, q_value) around zero, those that are clear in the colour of their side."""
    sides = np.where(table["change"] > 0, BLUE, ORANGE)
    axes.axvline(0, color=INK, linewidth=1, zorder=1)
    whiskers(axes, rows, table, "change", list(np.where(table["q_value"] <= RATE, sides, QUIET)))
    label_rows(axes, rows, names, columns, heads, bold)
    axes.set_ylim(min(rows[-1], -1) - 0.65, 0.75)
    axes.set_xlabel("← weaker    rating points    stronger →")
    axes.grid(axis="x")


def _small(q_value: float) -> str:
    return probability(q_value) if q_value < 0.1 else f"{q_value:.2f}"


def _title(model: str, table: pd.DataFrame) -> str:
    """In how many topics the model clearly gains and loses."""
    clear = table.loc[table["q_value"] <= RATE, "change"]
    if clear.empty:
        return f"{model}: in none of {len(table)} topics is it clearly stronger or weaker than overall"
    up, down = int((clear > 0).sum()), int((clear < 0).sum())
    return f"{model} is clearly stronger in {up or 'none'} and clearly weaker in {down or 'none'} of {len(table)} topics"


def _ends(names: list[str], shown: pd.DataFrame) -> str:
    """The largest gain and the largest loss, for the alt text."""
    if shown.empty:
        return "It has no vote in any."
    first, last = shown.iloc[0], shown.iloc[-1]
    return f"Estimates run from {signed(last['change'])} points in {names[-1]} to {signed(first['change'])} in {names[0]}."
