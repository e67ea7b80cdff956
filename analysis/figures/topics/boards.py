"""Figures of boards by topic: where models are stronger or weaker than overall."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.colors import LinearSegmentedColormap, PowerNorm
from matplotlib.patches import Rectangle

from analysis.figures.figure import Figure
from analysis.figures.ratings.category_ranks import SHADES
from analysis.figures.style import BLUE, INK, ORANGE, QUIET, ROW, beside, canvas, head_columns, house_style, plain, write_title
from analysis.figures.topics.names import topic_name
from analysis.results.prose import in_points, signed
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.topics.boards import TopicBoards

    Floats = NDArray[np.float64]

#: Orange for a loss, white for none, blue for a gain.
_SHADES = LinearSegmentedColormap.from_list("changes", ["#D9743A", "#FFFFFF", "#3F86C4"])

#: Least change in rating points at which a colour is full: small changes stay pale.
_SPAN = 25.0

#: A list that is longer than both ends by no more than this is shown whole.
_SLACK = 4

#: The rank from which on cells are white.
_LAST = 40


def figure_topic_boards(boards: TopicBoards, top: int = 15, topics: int = 20, highlight: Collection[str] = ()) -> Figure:
    """How many rating points a model gains or loses in a topic, for the `topics` largest and the `top` best models overall, and
    for those with a change that is clear or named.

    Models in `highlight` are shown too, in bold. A frame marks changes beyond chance; blank: the model has no vote there.
    """
    clear = (boards.table["q_value"] <= RATE).to_numpy().reshape(boards.change.shape)
    told = clear | np.isin(np.arange(boards.change.size), [boards.change.argmax(), boards.change.argmin()]).reshape(clear.shape)
    by_votes = np.argsort(-boards.votes.sum(axis=1), kind="stable")
    rows = by_votes[(np.arange(len(by_votes)) < topics) | told[by_votes].any(axis=1)]
    chosen = np.array([model in highlight for model in boards.models])
    columns = np.flatnonzero((np.arange(len(boards.models)) < top) | chosen | told.any(axis=0))
    cells = np.ix_(rows, columns)
    change = np.where(boards.votes > 0, boards.change, np.nan)[cells]
    title = _grid_title(boards, clear)
    with house_style():
        figure, axes = canvas(2.9 + 0.27 * max(len(rows), 3))
        axes.set(xlim=(-0.5, len(columns) - 0.5), ylim=(len(rows) - 0.5, -0.5))
        span = max(float(np.abs(np.nan_to_num(change)).max()), _SPAN)
        _cells(axes, change, clear[cells], span)
        axes.set_yticks(range(len(rows)), [topic_name(boards.topics[row], boards.labels[row], longest=36) for row in rows])
        names = [plain(boards.models[column], 26) for column in columns]
        head_columns(axes, names)
        for text, column in zip(axes.get_xticklabels(), columns, strict=True):
            text.set(fontweight="bold" if chosen[column] else "normal", color=INK if chosen[column] else QUIET)
        part = f"{_of(len(rows), len(boards.topics))} topics, {_of(len(columns), len(boards.models))} models, best overall first"
        write_title(axes, title, f"Points gained (blue) or lost (orange) against overall; framed: beyond chance; {part}")
    ends = _ends(boards, rows, columns)
    return Figure(figure, title, f"{title}. {plain(boards.sentence, longest=1000)} {ends}")


def _of(shown: int, whole: int) -> str:
    return f"all {whole}" if shown == whole else f"{shown} of {whole}"


def _cells(axes: Axes, change: Floats, clear: NDArray[np.bool_], span: float) -> None:
    """Each change as a number on its colour, framed and bold where it is clear."""
    size = 8 if change.shape[1] <= 16 else 7 if change.shape[1] <= 22 else 6
    for row, column in zip(*np.nonzero(np.isfinite(change)), strict=True):
        points, sure = change[row, column], clear[row, column]
        shade = _SHADES(0.5 + points / span / 2)
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, facecolor=shade, edgecolor="white", linewidth=1, zorder=1))
        if sure:
            axes.add_patch(Rectangle((column - 0.43, row - 0.41), 0.86, 0.82, fill=False, edgecolor=INK, linewidth=1.4, zorder=2))
        weight = "bold" if sure else "normal"
        axes.text(column, row, signed(points), ha="center", va="center_baseline", fontsize=size, fontweight=weight, zorder=3)


def _grid_title(boards: TopicBoards, clear: NDArray[np.bool_]) -> str:
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


def _ends(boards: TopicBoards, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> str:
    """Where each of the first models shown gains and loses most, in words."""
    names = [topic_name(boards.topics[row], boards.labels[row]) for row in rows]
    parts = []
    for column in columns[:6]:
        change = boards.change[rows, column]
        best, worst = int(change.argmax()), int(change.argmin())
        ends = f"{signed(change[best])} in {names[best]}, {signed(change[worst])} in {names[worst]}"
        parts.append(f"{plain(boards.models[column])}: {ends}")
    return f"Largest and smallest change of the first models shown: {'; '.join(parts)}."


def figure_topic_changes(boards: TopicBoards, model: str, top: int = 12) -> Figure:
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
    sure = (shown["q_value"] <= RATE).to_numpy()
    colours = np.where(~sure, QUIET, np.where(shown["change"] > 0, BLUE, ORANGE))
    title = _changes_title(plain(model), table)
    names = [topic_name(topic, label) for topic, label in zip(shown["topic"], shown["label"], strict=True)]
    with house_style():
        figure, axes = canvas(1.85 + ROW * max(len(shown) + int(gaps.sum()), 3))
        axes.axvline(0, color=INK, linewidth=1)
        axes.hlines(rows, shown["lower"], shown["upper"], color=list(colours), linewidth=2.2, alpha=0.55)
        axes.scatter(shown["change"], rows, s=30, color=list(colours), zorder=3)
        axes.set_yticks(rows, names)
        for label, real in zip(axes.get_yticklabels(), sure, strict=True):
            label.set(fontweight="bold" if real else "normal")
        axes.set_ylim(rows[-1] - 0.7, 0.7)
        axes.set_xlabel("← weaker than overall    rating points    stronger →")
        axes.grid(axis="x")
        for row in rows[gaps]:
            axes.text(-0.02, row + 1, "…", ha="right", va="center", transform=axes.get_yaxis_transform())
        columns = {
            "change": [signed(points) for points in shown["change"]],
            "q-value": [_small(q_value) for q_value in shown["q_value"]],
            "votes": [f"{votes:,}" for votes in shown["votes"]],
        }
        for place, (heading, words) in enumerate(columns.items()):
            for row, text in zip([1, *rows], [heading, *words], strict=True):
                beside(axes, row, text, points=8 + 46 * place)
        between = f"; {len(table) - len(shown)} topics between are left out" if gaps.any() else ""
        level = f"{100 * boards.level:g} %"
        chance = f"coloured: the topic's own votes show it beyond chance (q ≤ {RATE:g})"
        subtitle = f"Change by topic with {level} intervals; {chance}{between}"
        write_title(axes, title, subtitle, room=14)
    return Figure(figure, title, f"{title}. {_changes_words(names, shown)}")


def _small(q_value: float) -> str:
    return "< 0.001" if q_value < 0.001 else f"{q_value:.3f}" if q_value < 0.1 else f"{q_value:.2f}"


def _changes_title(model: str, table: pd.DataFrame) -> str:
    """In how many topics the model clearly gains and loses."""
    clear = table.loc[table["q_value"] <= RATE, "change"]
    if clear.empty:
        return f"{model}: in none of {len(table)} topics is it clearly stronger or weaker than overall"
    up, down = int((clear > 0).sum()), int((clear < 0).sum())
    return f"{model} is clearly stronger in {up or 'none'} and clearly weaker in {down or 'none'} of {len(table)} topics"


def _changes_words(names: list[str], shown: pd.DataFrame) -> str:
    """The changes at both ends."""
    described = [
        f"{name} {signed(row['change'])} ({signed(row['lower'])} to {signed(row['upper'])})"
        for name, (_, row) in zip(names, shown.iterrows(), strict=True)
    ]
    ends = described if len(described) <= 8 else [*described[:4], *described[-4:]]
    return f"Points by topic, largest gain first{'' if len(described) <= 8 else ', both ends'}: {'; '.join(ends)}."


def figure_topic_ranks(boards: TopicBoards, top: int = 10, topics: int = 12, highlight: Collection[str] = ()) -> Figure:
    """The rank of the `top` best models overall, and of those that are first in a topic, in each of the `topics` largest topics,
    with its interval under it.

    Models in `highlight` are shown too, in bold.
    """
    columns = boards.enough[:topics]
    chosen = np.array([model in highlight for model in boards.models])
    rows = np.flatnonzero((np.arange(len(boards.models)) < top) | chosen | (boards.ranks[boards.enough] == 1).any(axis=0))
    title = _ranks_title(boards)
    with house_style():
        figure, axes = canvas(2.5 + 0.36 * max(len(rows), 3))
        axes.set(xlim=(-0.5, len(columns) + 0.5), ylim=(len(rows) - 0.5, -0.5))
        _rank_cells(axes, np.column_stack([rows + 1, boards.ranks[np.ix_(columns, rows)].T]))
        for row, column in np.ndindex(len(rows), len(columns)):
            cell = (columns[column], rows[row])
            span = f"{boards.rank_lower[cell]}–{boards.rank_upper[cell]}"
            ink = "white" if boards.ranks[cell] <= 2 else INK
            axes.text(column + 1, row + 0.25, span, ha="center", va="center", fontsize=6.5, color=ink)
        axes.set_yticks(range(len(rows)), [plain(boards.models[row], 34) for row in rows], fontsize=8.5)
        for label, row in zip(axes.get_yticklabels(), rows, strict=True):
            label.set(fontweight="bold" if chosen[row] else "normal")
        names = ["overall", *(topic_name(boards.topics[topic], boards.labels[topic], longest=34) for topic in columns)]
        head_columns(axes, names, rotation=45)
        part = f"{len(rows)} of {len(boards.models)} models in {_of(len(columns), len(boards.enough))} {_kind(boards)}"
        write_title(axes, title, f"Rank, and under it its {100 * boards.level:g} % interval; {part}, most votes first")
    return Figure(figure, title, f"{title}. {_ranks_words(boards, rows, columns)}")


def _kind(boards: TopicBoards) -> str:
    return "broad topics" if boards.by == "broad" else "topics"


def _rank_cells(axes: Axes, ranks: NDArray[np.int64]) -> None:
    """Each rank on its colour, dark for the best; the first column, overall, has no interval under it."""
    colours = SHADES(PowerNorm(0.5, 1, _LAST, clip=True)(ranks))
    for (row, column), rank in np.ndenumerate(ranks):
        square = {"facecolor": colours[row, column], "edgecolor": "white", "linewidth": 1, "zorder": 1}
        axes.add_patch(Rectangle((column - 0.5, row - 0.5), 1, 1, **square))
        ink, lift = "white" if rank <= 2 else INK, 0.13 if column else 0.0
        axes.text(column, row - lift, f"{rank}", ha="center", va="center", fontsize=9, color=ink, zorder=3)


def _ranks_title(boards: TopicBoards) -> str:
    """Who is first in most topics."""
    firsts, whole = (boards.ranks[boards.enough] == 1).sum(axis=0), len(boards.enough)
    best = int(firsts.argmax())
    where = f"all {whole}" if firsts[best] == whole else f"{firsts[best]} of {whole}"
    return f"{plain(boards.models[best])} is first in {where} {_kind(boards)}"


def _ranks_words(boards: TopicBoards, rows: NDArray[np.int64], columns: NDArray[np.int64]) -> str:
    """The least and the largest rank of each model shown, for the alt text."""
    parts = []
    for row in rows[:12]:
        ranks = boards.ranks[columns, row]
        parts.append(f"{plain(boards.models[row])}: {row + 1} overall, {ranks.min()} to {ranks.max()}")
    return f"Ranks by topic: {'; '.join(parts)}."
