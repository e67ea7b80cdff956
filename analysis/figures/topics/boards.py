"""Figure of boards by topic: the changes of models that are clear, or the largest ones where none is."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.patches import Rectangle

from analysis.figures.contrast import on
from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import fitted
from analysis.figures.shares.rows import LONGEST, places, rows_canvas
from analysis.figures.style import (
    INK,
    PALE_GAINS,
    PALE_LOSSES,
    PAPER,
    QUIET,
    canvas,
    head_columns,
    house_style,
    narrow,
    plain,
    write_title,
)
from analysis.figures.topics.changes import change_rows
from analysis.figures.topics.names import topic_name
from analysis.results.prose import in_points, signed
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from numpy.typing import NDArray

    from analysis.topics.boards import TopicBoards

    Floats = NDArray[np.float64]
    Flags = NDArray[np.bool_]
    Integers = NDArray[np.int64]

#: Models and topics that a grid can hold in letters that can be read.
_WIDEST, _HIGHEST = 16, 14

#: Clear changes that a list holds, more make a grid; and the changes of a list where none is clear.
_LONGEST, _FEW = 12, 8

#: Points of a topic's name beside a change.
_TOPIC = 150.0

#: Rows of others that a row takes on a narrow screen, where the model stands over the topic.
_TALL = 1.4


@drawn
def figure_topic_boards(boards: TopicBoards, top: int = 12, topics: int = 10, highlight: Collection[str] = ()) -> Figure:
    """How many rating points models gain or lose by topic.

    A list of the clear changes, or of the largest ones where none is clear, and of the largest gain and loss of the models in
    `highlight` (in bold). Where more than twelve are clear, and there is room: a grid of the `topics` largest topics, the `top`
    best models overall, those in `highlight` and those with a clear change; only clear changes are coloured.
    """
    table = boards.table
    clear = (table["q_value"] <= RATE).to_numpy().reshape(boards.change.shape)
    title = _title(boards, clear)
    with house_style():
        if clear.sum() > _LONGEST and not narrow():
            rows, columns = _of_grid(boards, clear, top, topics, highlight)
            figure, shown = _grid(boards, clear, rows, columns, title, highlight), table
        else:
            shown = _listed(boards, highlight)
            figure = _list(boards, shown, title, int(clear.sum()), highlight)
    gain, loss = (table.loc[place] for place in (table["change"].idxmax(), table["change"].idxmin()))
    ends = [f"{plain(row['model'])}, {signed(row['change'])} in “{plain(row['label'])}”" for row in (gain, loss)]
    data = _data(table[table["q_value"] <= RATE] if clear.any() else shown)
    return Figure(figure, title, f"{title}. The largest gain is {ends[0]}, the largest loss {ends[1]}.", data)


def _title(boards: TopicBoards, clear: Flags) -> str:
    """The largest clear change."""
    if not clear.any():
        return (
            f"None of {clear.size:,} changes is clear; between topics strengths vary by about {in_points(f'{boards.spread:.0f}')}"
        )
    size = np.where(clear, np.abs(boards.change), -1)
    topic, model = (int(place[0]) for place in np.nonzero(size == size.max()))
    points, count = boards.change[topic, model], int(clear.sum())
    many = f"{count:,} of {clear.size:,} changes {'is' if count == 1 else 'are'}"
    verb = "gains" if points > 0 else "loses"
    where = topic_name(boards.topics[topic], boards.labels[topic])
    return f"{many} clear; {plain(boards.models[model])} {verb} most, {in_points(signed(points))} in “{where}”"


def _data(shown: pd.DataFrame) -> pd.DataFrame:
    """model, topic, votes, change, lower, upper (points), q_value: largest change first, at most as many as can be read."""
    columns = ["model", "label", "votes", "change", "lower", "upper", "q_value"]
    ordered = shown.sort_values("change", key=lambda points: -points.abs(), kind="stable")[columns].head(LONGEST)
    return ordered.rename(columns={"label": "topic"}).round({"change": 1, "lower": 1, "upper": 1})


def _listed(boards: TopicBoards, highlight: Collection[str]) -> pd.DataFrame:
    """The changes of a list, rows of the table of the boards, the largest gain first: the largest clear ones, the largest gain
    and loss of all models and of each in `highlight`; and more of the largest, where none is clear."""
    table = boards.table[boards.table["votes"] > 0]
    size = table.loc[table["change"].abs().sort_values(ascending=False, kind="stable").index, "q_value"]
    clear = list(size.index[size <= RATE][:_LONGEST])
    of_models = [rows["change"] for model, rows in table.groupby("model", sort=False) if model in highlight]
    ends = [place for change in (table["change"], *of_models) for place in (change.idxmax(), change.idxmin())]
    chosen = list(dict.fromkeys([*clear, *ends]))
    if not clear:
        chosen = list(dict.fromkeys([*chosen, *size.index[:_FEW]]))[: max(_FEW, len(chosen))]
    return table.loc[chosen].sort_values("change", ascending=False, kind="stable")


def _list(boards: TopicBoards, shown: pd.DataFrame, title: str, clear: int, highlight: Collection[str]) -> Canvas:
    """A row per change with its interval: the model, the topic and the points."""
    figure, axes = rows_canvas(round(len(shown) * (_TALL if narrow() else 1)), 1.7)
    rows, models = places(len(shown)), [plain(model) for model in shown["model"]]
    topics = [topic_name(topic, label) for topic, label in zip(shown["topic"], shown["label"], strict=True)]
    points, strong = [signed(change) for change in shown["change"]], [model in highlight for model in shown["model"]]
    if narrow():
        change_rows(axes, rows, shown, topics, [points])
        for row, model, heavy in zip(rows, models, strong, strict=True):
            _over(axes, row, model, heavy)
    else:
        beside = [fitted(topic, _TOPIC, 8.5) for topic in topics]
        change_rows(axes, rows, shown, models, [beside, points], bold=strong)
    drawn = int((shown["q_value"] <= RATE).sum())
    which = (
        f"the {drawn} largest of {clear:,} clear changes"
        if drawn < clear
        else "all clear changes"
        if clear
        else "the largest ones"
    )
    bold = ", and the largest of the models in bold" if any(strong) else ""
    level = f"{100 * boards.level:g} %"
    chance = "coloured: beyond chance" if clear else "none is beyond chance"
    write_title(axes, title, f"Change by topic against overall, with {level} intervals: {which}{bold}; {chance}")
    return figure


def _over(axes: Axes, row: float, model: str, bold: bool) -> None:
    """The model on the line over the topic of its row, on a narrow screen."""
    axes.annotate(
        model,
        (0, row),
        xycoords=("axes fraction", "data"),
        xytext=(0, 18),
        textcoords="offset points",
        va="bottom",
        fontsize=8.5,
        fontweight="bold" if bold else "normal",
        color=INK,
        annotation_clip=False,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 1},
    )


def _of_grid(boards: TopicBoards, clear: Flags, top: int, topics: int, highlight: Collection[str]) -> tuple[Integers, Integers]:
    """Topics and models of the grid: what has a clear change or is highlighted goes before what is large or good."""
    size = np.where(clear, np.abs(boards.change), 0.0)
    by_votes = np.argsort(-boards.votes.sum(axis=1), kind="stable")
    large = np.isin(np.arange(len(by_votes)), by_votes[:topics])
    chosen = np.array([model in highlight for model in boards.models])
    best = np.arange(len(boards.models)) < top
    rows = _first(size.max(axis=1) + 1e-6 * large, _HIGHEST)
    columns = _first(size.max(axis=0) + 1e6 * chosen + 1e-6 * best, _WIDEST)
    return by_votes[np.isin(by_votes, rows)], columns


def _first(weight: Floats, most: int) -> Integers:
    """The places with the largest weights, in their order, none without weight."""
    return np.sort(np.argsort(-weight, kind="stable")[: min(most, int((weight > 0).sum()))])


def _grid(boards: TopicBoards, clear: Flags, rows: Integers, columns: Integers, title: str, highlight: Collection[str]) -> Canvas:
    """Every change as a number, the clear ones on the colour of their side; blank: the model has no vote there."""
    cells = np.ix_(rows, columns)
    figure, axes = canvas(2.5 + 0.24 * max(len(rows), 3))
    axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
    _cells(axes, np.where(boards.votes > 0, boards.change, np.nan)[cells], clear[cells])
    axes.set_yticks(range(len(rows)), [topic_name(boards.topics[row], boards.labels[row], longest=36) for row in rows])
    head_columns(axes, [plain(boards.models[column], 26) for column in columns])
    for text, column in zip(axes.get_xticklabels(), columns, strict=True):
        strong = boards.models[column] in highlight
        text.set(fontweight="bold" if strong else "normal", color=INK if strong else QUIET)
    part = f"{_of(len(rows), len(boards.topics))} topics, {_of(len(columns), len(boards.models))} models, best overall first"
    missing = int(clear.sum() - clear[cells].sum())
    rest = f"; {missing:,} more clear changes are in the data" if missing else ""
    write_title(
        axes, title, f"Points gained or lost against overall; coloured: beyond chance, blue up, orange down; {part}{rest}"
    )
    return figure


def _of(shown: int, whole: int) -> str:
    return f"all {whole}" if shown == whole else f"{shown} of {whole}"


def _cells(axes: Axes, change: Floats, clear: Flags) -> None:
    """Each change as a number, bold and on a colour where it is clear."""
    for row, column in zip(*np.nonzero(np.isfinite(change)), strict=True):
        points, sure = change[row, column], clear[row, column]
        if sure:
            ground = PALE_GAINS if points > 0 else PALE_LOSSES
            axes.add_patch(Rectangle((column - 0.47, row - 0.44), 0.94, 0.88, facecolor=ground, linewidth=0, zorder=1))
        weight, ink = ("bold", on(PALE_GAINS)) if sure else ("normal", QUIET)
        words = axes.text(column, row, signed(points), ha="center", va="center_baseline", fontsize=8, color=ink, zorder=3)
        words.set(fontweight=weight)
