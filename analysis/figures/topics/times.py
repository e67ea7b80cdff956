"""Figure of topics over time: the share of each, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas, share_rows
from analysis.figures.style import (
    INK,
    PERCENT,
    QUIET,
    house_style,
    label_rows,
    note,
    whiskers,
    write_title,
)
from analysis.figures.topics.names import largest
from analysis.figures.topics.panels import columns, heading, panels, shorten
from analysis.figures.topics.periods import ENOUGH, changes_between, joined_periods, kind_of
from analysis.results.prose import joined, percent, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text
    from numpy.typing import NDArray

    from analysis.topics.topics import Topics

#: Most panels.
_PANELS = 8

#: Periods from which they make lines; of fewer, the change is a row.
_ENOUGH_PERIODS = 4


@drawn
def figure_topics_over_time(topics: Topics, top: int = 4) -> Figure:
    """The share of topics per period with its interval, one panel each, all on the same scales: the topics that clearly grew or
    shrank, the largest change first, and the `top` largest. Of fewer than four periods, the change is a row.

    Periods with few votes are joined with their neighbours. Each panel says its share in the first and in the last third of
    the periods; blue: it clearly grew, orange: it clearly shrank (two-sided test of the two shares, false-discovery rate 5 %
    over all topics).
    """
    frame = largest(topics)
    frame = frame[frame["topic"].isin(topics.over_time["topic"])]
    if frame.empty:
        title = "Topics cannot be drawn over time"
        with house_style():
            return Figure(note(title, "These votes have no dates"), title, f"{title}. These votes have no dates.")
    given = topics.over_time[topics.over_time["topic"].isin(frame["topic"])].sort_values("period")
    whole = topics.frame.set_index("topic")["design_effect"]
    kind, table = kind_of(pd.DatetimeIndex(given["period"].unique())), joined_periods(given, whole)
    periods = pd.DatetimeIndex(table["period"].unique())
    found = changes_between(table, periods, whole).loc[frame["topic"]].assign(name=frame["name"].to_numpy())
    title, changes = _title(found, len(periods)), found[_drawn(found, top)]
    changes = changes.loc[
        (changes["last"] - changes["first"])
        .abs()
        .where(changes["colour"] != QUIET, -1)
        .sort_values(ascending=False, kind="stable")
        .index
    ]
    few = f", those with fewer than {ENOUGH} votes joined" if len(periods) < given["period"].nunique() else ""
    by = f"by {kind} (UTC){few}"
    with house_style():
        if len(periods) < _ENOUGH_PERIODS:
            figure = _rows(table, changes, title, by, _which(changes, found))
        else:
            figure = _lines(table, changes, title, by, _which(changes, found))
    span = f"{len(periods)} periods" if len(periods) > 1 else "One period"
    alt = f"{title}. {span}, {periods[0]:%Y-%m-%d} to {periods[-1]:%Y-%m-%d}."
    return Figure(figure, title, alt, _data(found))


def _drawn(found: pd.DataFrame, top: int) -> NDArray[np.bool_]:
    """Which topics a figure has: the `top` largest and those that clearly changed, of many those that changed most."""
    clear = (found["colour"] != QUIET).to_numpy()
    change = np.where(clear, (found["last"] - found["first"]).abs(), -1)
    most = np.isin(np.arange(len(found)), np.argsort(-change, kind="stable")[:_PANELS]) & clear
    room = min(top, max(_PANELS - int(most.sum()), 0))
    return np.asarray(most | (np.cumsum(~most) <= room) & ~most)


def _lines(table: pd.DataFrame, changes: pd.DataFrame, title: str, by: str, which: str) -> Canvas:
    """A panel per topic."""
    table = table[table["topic"].isin(changes.index)]
    periods = pd.DatetimeIndex(table["period"].unique())
    figure, axes = panels(len(changes))
    headings = [
        _panel(panel, table[table["topic"] == topic], change)
        for panel, (topic, change) in zip(axes, changes.iterrows(), strict=False)
    ]
    axes[0].set_ylim(0, min(float(table["upper"].max()) * 1.08, 1.0))
    axes[0].yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes[0].yaxis.set_major_formatter(PERCENT)
    _dates(axes[0], periods, by.startswith("by month"))
    for panel in axes[max(len(changes) - columns(), 0) : len(changes)]:
        panel.tick_params(labelbottom=True)
        for label, side in zip(panel.get_xticklabels(), ("left", "center", "right"), strict=True):
            label.set(ha=side)
    for panel in axes[len(changes) :]:
        panel.set_axis_off()
    thirds = "; → from first to last third, blue: clearly grew, orange: clearly shrank"
    write_title(axes[0], title, f"Share of the votes {by}, with 95 % intervals{thirds}{which}", room=18)
    for name, move in headings:
        shorten(name, move)
    return figure


def _rows(table: pd.DataFrame, changes: pd.DataFrame, title: str, by: str, which: str) -> Canvas:
    """A row per topic: by how many points its share changed, or its share where there is one period only."""
    figure, axes = rows_canvas(len(changes), 1.6)
    names, one = list(changes["name"]), table["period"].nunique() == 1
    if one:
        shares = table.set_index("topic").loc[changes.index]
        share_rows(axes, shares, names, list(changes["colour"]), [[f"{votes:,}" for votes in shares["votes"]]])
        subtitle = f"Share of the votes {by}, with 95 % intervals"
    else:
        rows = places(len(changes))
        moves = [f"{percent(row.first)} → {percent(row.last)}" for row in changes.itertuples()]
        axes.axvline(0, color=INK, linewidth=1)
        whiskers(axes, rows, changes.assign(change=changes["last"] - changes["first"]), "change", list(changes["colour"]))
        label_rows(axes, rows, names, [moves])
        axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: signed(100 * share, 1).replace(".0", "")))
        axes.grid(axis="x")
        axes.set_xlabel("percentage points")
        colours = "blue: clearly grew, orange: clearly shrank"
        subtitle = f"Change of the share of the votes from first to last, {by}; 95 % intervals; {colours}"
    write_title(axes, title, subtitle + which)
    return figure


def _data(found: pd.DataFrame) -> pd.DataFrame:
    """topic, first_share, last_share, clear: a row per topic, most votes first."""
    names = {"name": "topic", "first": "first_share", "last": "last_share"}
    table = found.rename(columns=names)[list(names.values())].reset_index(drop=True)
    return table.assign(clear=(found["colour"] != QUIET).to_numpy())


def _which(changes: pd.DataFrame, found: pd.DataFrame) -> str:
    """Which topics are drawn, where not all are."""
    if len(changes) == len(found):
        return ""
    clear, large = int((found["colour"] != QUIET).sum()), int((changes["colour"] == QUIET).sum())
    moved = len(changes) - large
    parts = [f"the {large} largest{' others' if clear else ''}"] if large else []
    if clear:
        most = f"the {moved} that changed most of {clear} that clearly did"
        parts.insert(
            0, most if moved < clear else "the one that clearly changed" if clear == 1 else f"all {clear} that clearly changed"
        )
    return f"; {joined(parts)} of {len(found)} topics"


def _panel(axes: Axes, table: pd.DataFrame, change: pd.Series) -> tuple[Text, Text]:
    """One topic: line and band of its share, and over them its name and change, which are returned."""
    times, colour = table["period"].dt.tz_convert(None).to_numpy(), change["colour"]
    axes.fill_between(times, table["lower"], table["upper"], color=colour, alpha=0.18, linewidth=0)
    axes.plot(times, table["share"], color=colour, linewidth=1.8)
    if len(table) <= 24:
        axes.plot(times, table["share"], "o", color=colour, markersize=3.2)
    axes.grid(axis="y")
    ink = INK if colour == QUIET else colour
    return heading(axes, change["name"], 0, ink), heading(axes, f"{percent(change['first'])} → {percent(change['last'])}", 1, ink)


def _dates(axes: Axes, periods: pd.DatetimeIndex, months: bool) -> None:
    """The first period, the one nearest to the middle and the last by date, at their places in time."""
    times = periods.tz_convert(None)
    first, last = times[0], times[-1]
    middle = times[np.abs(times - (first + (last - first) / 2)).argmin()]
    ticks = [first, middle, last]
    axes.set_xticks(ticks, [f"{tick:%Y-%m}" if months else f"{tick:%Y-%m-%d}" for tick in ticks])
    axes.tick_params(axis="x", labelsize=8)
    room = (last - first) * 0.03
    axes.set_xlim(first - room, last + room)


def _title(changes: pd.DataFrame, periods: int) -> str:
    """The clear change that is largest, if there is one."""
    if periods < 2:
        return f"All dated votes are of one period; “{changes['name'].iloc[0]}” holds {percent(changes['first'].iloc[0])} of them"
    clear = changes[changes["colour"] != QUIET]
    if clear.empty and len(changes) == 1:
        return f"The share of the only topic, “{changes['name'].iloc[0]}”, did not clearly change"
    if clear.empty:
        return f"No clear change: none of {len(changes)} topics grew or shrank more than chance allows"
    row = clear.loc[(clear["last"] - clear["first"]).abs().idxmax()]
    verb = "grew" if row["last"] > row["first"] else "shrank"
    return f"“{row['name']}” {verb} most, from {percent(row['first'])} to {percent(row['last'])} of the votes"
