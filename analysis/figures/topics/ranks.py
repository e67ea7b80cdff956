"""Figure of ranks by topic: how far the rank of a model depends on what is asked."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import LONGEST, places, rows_canvas
from analysis.figures.style import BLUE, INK, ORANGE, QUIET, SOFT, house_style, label_rows, plain, write_title
from analysis.ratings.intervals import LEADS_FROM
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.topics.boards import TopicBoards

    Integers = NDArray[np.int64]


@drawn
def figure_topic_ranks(boards: TopicBoards, top: int = 8, topics: int = 12, highlight: Collection[str] = ()) -> Figure:
    """The ranks of the `top` best models overall, and of those that are first in a topic, in the `topics` largest topics: a dot
    for each, a line from the best to the worst end of their intervals, and the rank overall.

    A dot is blue or orange where the model is clearly stronger or weaker in that topic than overall. Models in `highlight` are
    shown too, in bold.
    """
    columns = boards.enough[:topics]
    chosen = np.array([model in highlight for model in boards.models])
    firsts = (boards.ranks[boards.enough] == 1).any(axis=0)
    models = np.flatnonzero((np.arange(len(boards.models)) < top) | chosen | firsts)
    title, kind = _title(boards), _kind(boards)
    with house_style():
        figure, axes = rows_canvas(len(models), 1.75)
        sure = _ranks(axes, boards, models, columns)
        spans = [_span(int(ranks.min()), int(ranks.max())) for ranks in boards.ranks[np.ix_(columns, models)].T]
        names, overall = [plain(boards.models[model]) for model in models], [str(model + 1) for model in models]
        label_rows(axes, places(len(models)), names, [overall, spans], ["overall", "by topic"], [bool(chosen[m]) for m in models])
        which = f"all {len(columns)}" if len(columns) == len(boards.enough) else f"the {len(columns)} largest"
        chance = "blue: clearly stronger there, orange: weaker" if sure else "none clearly stronger or weaker there"
        line = f"line: as far as their {100 * boards.level:g} % intervals reach"
        write_title(axes, title, f"Rank in {which} {kind} (dots) and overall (bar); {line}; {chance}", room=14)
    alt = f"{title}. {_range(boards)}"
    return Figure(figure, title, alt, _data(boards, models, columns))


def _span(best: int, worst: int) -> str:
    return f"{best}" if best == worst else f"{best}–{worst}"


def _ranks(axes: Axes, boards: TopicBoards, models: Integers, columns: Integers) -> bool:
    """A row per model: line, dots, and a bar at its rank overall; returns whether any change is clear."""
    cells, rows = np.ix_(columns, models), places(len(models))
    reach = boards.rank_lower[cells].min(axis=0), boards.rank_upper[cells].max(axis=0)
    axes.hlines(rows, *reach, color=QUIET, linewidth=1.2, alpha=SOFT)
    clear = (boards.table["q_value"] <= RATE).to_numpy().reshape(boards.change.shape)[cells]
    colours = np.where(clear, np.where(boards.change[cells] > 0, BLUE, ORANGE), QUIET)
    for topic, ranks in enumerate(boards.ranks[cells]):
        axes.scatter(ranks, rows, s=24, color=list(colours[topic]), alpha=0.8, linewidths=0, zorder=3)
    axes.scatter(models + 1, rows, s=110, marker="|", color=INK, linewidths=2, zorder=4)
    axes.xaxis.set_major_locator(MaxNLocator(6, integer=True))
    axes.set_xlim(left=0.3)
    axes.set_xlabel("rank")
    axes.grid(axis="x")
    return bool(clear.any())


def _data(boards: TopicBoards, models: Integers, columns: Integers) -> pd.DataFrame:
    """model, topic, votes, overall_rank, rank, rank_lower, rank_upper: of what is drawn, the best model first."""
    table = boards.table
    drawn = table["model"].isin([boards.models[model] for model in models])
    drawn &= table["topic"].isin([boards.topics[column] for column in columns])
    names = ["model", "label", "votes", "overall_rank", "rank", "rank_lower", "rank_upper"]
    shown = table.loc[drawn, names].sort_values("overall_rank", kind="stable").head(LONGEST)
    return shown.rename(columns={"label": _kind(boards)[:-1].replace(" ", "_")})


def _kind(boards: TopicBoards) -> str:
    return "broad topics" if boards.by == "broad" else "topics"


def _title(boards: TopicBoards) -> str:
    """Who leads in most topics, where that is decided in each of them; else who has the highest rating there."""
    first, whole = boards.ranks[boards.enough] == 1, len(boards.enough)
    best, decided = int(first.sum(axis=0).argmax()), first & (boards.first[boards.enough] >= LEADS_FROM)
    count, sure = int(first[:, best].sum()), int(decided.sum())
    where = f"{f'all {whole}' if count == whole else f'{count} of {whole}'} {_kind(boards)}"
    if decided[:, best].sum() == count:
        return f"{plain(boards.models[best])} leads in {where}"
    lead = f"the lead is decided in {sure}" if sure else "no lead is decided"
    return f"{plain(boards.models[best])} has the highest rating in {where}; {lead}"


def _range(boards: TopicBoards) -> str:
    """Between which ranks the model that is best overall lies, for the alt text."""
    ranks = boards.ranks[boards.enough, 0]
    where = f"rank {ranks.min()} in all" if ranks.min() == ranks.max() else f"ranks from {ranks.min()} to {ranks.max()}"
    return f"{plain(boards.models[0])}, the best overall, has {where}."
