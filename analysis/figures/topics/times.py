"""Figure of topics over time: the share of each, period by period."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import MaxNLocator
from scipy.stats import norm

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import BLUE, DPI, INK, ORANGE, PERCENT, QUIET, house_style, note, plain, width, write_title
from analysis.figures.topics.names import largest
from analysis.results.prose import percent
from analysis.shares.discovery import RATE, q_values
from analysis.shares.wilson import with_shares

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from analysis.topics.topics import Topics

#: Most panels side by side, and inches of one's height.
_COLUMNS, _PANEL = 2, 1.3

#: Most dates on an axis, and the votes that a point of a line stands for at least.
_TICKS, _ENOUGH = 3, 100


@drawn
def figure_topics_over_time(topics: Topics, top: int = 8) -> Figure:
    """The share of topics per period with its interval, one panel each, all on the same scales: the `top` largest topics, and
    all that clearly grew or shrank.

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
    kind, table = _kind(pd.DatetimeIndex(given["period"].unique())), _joined(given, whole)
    periods = pd.DatetimeIndex(table["period"].unique())
    found = _changes(table, periods, whole).loc[frame["topic"]].assign(name=frame["name"].to_numpy())
    title = _title(found, len(periods))
    changes = found[(np.arange(len(found)) < top) | (found["colour"] != QUIET)]
    table = table[table["topic"].isin(changes.index)]
    with house_style():
        figure, axes = _panels(len(changes))
        headings = [
            _panel(panel, table[table["topic"] == topic], change)
            for panel, (topic, change) in zip(axes, changes.iterrows(), strict=False)
        ]
        axes[0].set_ylim(0, min(float(table["upper"].max()) * 1.08, 1.0))
        axes[0].yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
        axes[0].yaxis.set_major_formatter(PERCENT)
        _dates(axes[0], periods, kind)
        for panel in axes[max(len(changes) - _COLUMNS, 0) : len(changes)]:
            panel.tick_params(labelbottom=True)
        for panel in axes[len(changes) :]:
            panel.set_axis_off()
        which = _which(len(changes), len(found), top)
        thirds = "; → from first to last third, blue: clearly grew, orange: clearly shrank" if len(periods) > 1 else ""
        joined = f", those with fewer than {_ENOUGH} votes joined" if len(periods) < given["period"].nunique() else ""
        subtitle = f"Share of the votes by {kind} (UTC){joined}, with 95 % intervals{thirds}{which}"
        write_title(axes[0], title, subtitle, room=18)
        for name, move in headings:
            _shorten(name, move)
    return Figure(figure, title, f"{title}. {_words(changes, periods)}")


def _which(shown: int, whole: int, top: int) -> str:
    """Which topics are drawn, where not all are."""
    if shown == whole:
        return ""
    more = f" and {shown - top} that clearly grew or shrank" if shown > top else ""
    return f"; the {top} largest of {whole} topics{more}"


def _joined(table: pd.DataFrame, whole: pd.Series) -> pd.DataFrame:
    """The table with neighbouring periods summed until each has votes enough; one is called by its start.

    `whole` is the design effect of each topic over all periods (see `_summed`).
    """
    votes = table.drop_duplicates("period").set_index("period")["all_votes"]
    start, starts, held, left = votes.index[0], {}, _ENOUGH, int(votes.sum())
    for period, count in votes.items():
        if held >= _ENOUGH and left >= _ENOUGH:
            start, held = period, 0
        starts[period] = start
        held, left = held + count, left - count
    summed = _summed(table.assign(period=table["period"].map(starts)), ["topic", "period"], whole).reset_index()
    return with_shares(summed, "votes", "all_votes", 0.95, summed["all_votes"] / summed["design_effect"])


def _summed(table: pd.DataFrame, by: list[str], whole: pd.Series) -> pd.DataFrame:
    """votes, all_votes and design_effect of rows taken together.

    A judge may have votes in several periods, so that the sum's design effect can be larger than any row's; it is taken to be
    that of all periods, where a judge's votes are most crowded, if that is larger.
    """
    rows = table.groupby(by)
    summed = rows[["votes", "all_votes"]].sum().assign(design_effect=rows["design_effect"].max())
    at_most = whole.reindex(summed.index.get_level_values("topic")).to_numpy()
    several = rows.size() > 1
    return summed.assign(design_effect=summed["design_effect"].where(~several, np.maximum(summed["design_effect"], at_most)))


def _changes(table: pd.DataFrame, periods: pd.DatetimeIndex, whole: pd.Series) -> pd.DataFrame:
    """By topic: first and last (shares of the votes in the first and last third of the periods), and colour.

    The colour says the direction of a change that chance does not explain, by the test of two shares of effective votes.
    """
    third = max(len(periods) // 3, 1)
    ends = [_summed(table[table["period"].isin(end)], ["topic"], whole) for end in (periods[:third], periods[-third:])]
    first, last = (end["votes"] / end["all_votes"] for end in ends)
    pooled = (ends[0]["votes"] + ends[1]["votes"]) / (ends[0]["all_votes"] + ends[1]["all_votes"])
    error = np.sqrt(pooled * (1 - pooled) * sum(end["design_effect"] / end["all_votes"] for end in ends))
    clear = q_values(2 * norm.sf(np.abs(last - first) / np.maximum(error, 1e-12))) <= RATE
    colour = np.where(clear & (len(periods) > 1), np.where(last > first, BLUE, ORANGE), QUIET)
    return pd.DataFrame({"first": first, "last": last, "colour": colour})


def _panels(count: int) -> tuple[Canvas, list[Axes]]:
    """Panels with shared scales, left to right and from the top down; the last one may be spare."""
    columns = min(count, _COLUMNS)
    rows = -(-count // columns)
    layout = ConstrainedLayoutEngine(wspace=0.07)  # dates of neighbours must not touch
    figure = Canvas(figsize=(width(), 1.35 + _PANEL * max(rows, 1.6)), dpi=DPI, layout=layout)
    return figure, list(figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False).ravel())


def _panel(axes: Axes, table: pd.DataFrame, change: pd.Series) -> tuple[Text, Text]:
    """One topic: line and band of its share, and over them its name and change, which are returned."""
    times, colour = table["period"].dt.tz_convert(None).to_numpy(), change["colour"]
    if len(table) > 1:
        axes.fill_between(times, table["lower"], table["upper"], color=colour, alpha=0.18, linewidth=0)
        axes.plot(times, table["share"], color=colour, linewidth=1.8)
    else:
        axes.vlines(times, table["lower"], table["upper"], color=colour, linewidth=1.8, alpha=0.55)
    if len(table) <= 24:
        axes.plot(times, table["share"], "o", color=colour, markersize=3.2)
    axes.grid(axis="y")
    ink, move = (INK if colour == QUIET else colour), percent(change["first"])
    if len(table) > 1:
        move += f" → {percent(change['last'])}"
    return _over(axes, plain(change["name"], 32), 0, ink), _over(axes, move, 1, ink)


def _over(axes: Axes, words: str, side: int, ink: str) -> Text:
    """Words over the left (0, bold) or right (1) end of the axes."""
    return axes.annotate(
        words,
        (side, 1),
        xycoords="axes fraction",
        xytext=(0, 4),
        textcoords="offset points",
        ha="right" if side else "left",
        va="bottom",
        fontsize=8.5,
        fontweight="normal" if side else "bold",
        color=ink,
    )


def _shorten(name: Text, move: Text) -> None:
    """Cut the name until it ends before what stands at the right of it; the layout must be final."""
    words = name.get_text()
    while len(words) > 1 and name.get_window_extent().x1 + 6 > move.get_window_extent().x0:
        words = words[:-1]
        name.set_text(f"{words.rstrip(' ,…')}…")


def _kind(periods: pd.DatetimeIndex) -> str:
    """What the periods are, by the least distance of two: month, week or day."""
    if len(periods) < 2:
        return "period"
    days = np.diff(periods).min() / np.timedelta64(1, "D")
    return "day" if days < 7 else "week" if days < 28 else "month"


def _dates(axes: Axes, periods: pd.DatetimeIndex, kind: str) -> None:
    """Some of the periods by date, at their places in time."""
    ticks = periods[:: -(-len(periods) // _TICKS)].tz_convert(None)
    axes.set_xticks(ticks, [f"{tick:%Y-%m}" if kind == "month" else f"{tick:%Y-%m-%d}" for tick in ticks])
    axes.tick_params(axis="x", labelsize=8)
    first, last = periods[0].tz_convert(None), periods[-1].tz_convert(None)
    room = max(last - first, pd.Timedelta(days=1)) * 0.03
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


def _words(changes: pd.DataFrame, periods: pd.DatetimeIndex) -> str:
    """The shares of each topic in the first and the last third."""
    parts = [f"{row['name']}: {percent(row['first'])} to {percent(row['last'])}" for _, row in changes.head(12).iterrows()]
    rest = f"; and {len(changes) - 12} more topics" if len(changes) > 12 else ""
    span = f"{periods[0]:%Y-%m-%d} to {periods[-1]:%Y-%m-%d}"
    return f"{len(periods)} periods, {span}; share in the first and the last third of them: {'; '.join(parts)}{rest}."
