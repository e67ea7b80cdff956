"""Figure of topics from edition to edition: by how much the share of each changed, or a panel of its shares."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import LONGEST, places, rows_canvas
from analysis.figures.style import BLUE, INK, ORANGE, PERCENT, QUIET, house_style, label_rows, note, plain, whiskers, write_title
from analysis.figures.topics.names import topic_name
from analysis.figures.topics.panels import columns, heading, panels, shorten
from analysis.results.prose import counted, percent, signed
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as Canvas
    from matplotlib.text import Text

    from analysis.topics.editions import TopicEditions

#: Most panels, and editions from which they make lines.
_PANELS, _ENOUGH_EDITIONS = 8, 4


@drawn
def figure_topic_editions(editions: TopicEditions, top: int = 4) -> Figure:
    """The share of topics in each edition with its interval, one panel each, all on the same scales: those that clearly grew
    (blue) or shrank (orange) from the first edition to the last, the largest change first, and the `top` largest others. Of fewer
    than four editions, the change is a row.

    Of editions that share votes, the interval of a change is narrower than those of the shares (`analysis.topics.fates`).
    """
    changes = editions.changes
    if changes.empty:
        title = "No topic is in the first and in the last edition"
        with house_style():
            return Figure(note(title, "There is no change to draw"), title, f"{title}.", _data(editions))
    size = changes["change"].abs().where(changes["q_value"] <= RATE)
    clear = size.sort_values(ascending=False, kind="stable").index[: int(size.notna().sum())][:_PANELS]
    others = changes.drop(clear)["last"].sort_values(ascending=False, kind="stable").index
    shown = [*clear, *others[: min(top, _PANELS - len(clear))]]
    title = _title(editions, len(size.dropna()))
    which = _which(len(clear), len(size.dropna()), len(shown), len(changes))
    with house_style():
        draw = _rows if len(editions.names) < _ENOUGH_EDITIONS else _lines
        figure = draw(editions, shown, title, which)
    names = " to ".join(plain(editions.names[place], 24) for place in (0, -1))
    return Figure(figure, title, f"{title}. {len(editions.names)} editions, {names}.", _data(editions))


def _which(drawn: int, clear: int, shown: int, whole: int) -> str:
    """Which topics are drawn, where not all are."""
    if shown == whole:
        return ""
    moved = f"the {drawn} that changed most of {clear} that clearly did" if drawn < clear else f"all {clear} that clearly changed"
    parts = ([moved] if clear else []) + ([f"the {shown - drawn} largest{' others' if clear else ''}"] if shown > drawn else [])
    return f"; {' and '.join(parts)} of {whole} topics"


def _rows(editions: TopicEditions, shown: list[int], title: str, which: str) -> Canvas:
    """A row per topic: by how many points its share changed from the first edition to the last."""
    changes, rows = editions.changes.loc[shown], places(len(shown))
    figure, axes = rows_canvas(len(shown), 1.6)
    sides = np.where(changes["change"] > 0, BLUE, ORANGE)
    axes.axvline(0, color=INK, linewidth=1)
    whiskers(axes, rows, changes, "change", list(np.where(changes["q_value"] <= RATE, sides, QUIET)))
    moves = [f"{percent(row.first)} → {percent(row.last)}" for row in changes.itertuples()]
    label_rows(axes, rows, [topic_name(topic, editions.labels[topic]) for topic in shown], [moves])
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _: signed(100 * share, 1).replace(".0", "")))
    axes.grid(axis="x")
    axes.set_xlabel("percentage points")
    ends = " to ".join(plain(editions.names[place], 24) for place in (0, -1))
    write_title(axes, title, f"Change of the share, {ends}; 95 % intervals; blue: clearly grew, orange: clearly shrank{which}")
    return figure


def _lines(editions: TopicEditions, shown: list[int], title: str, which: str) -> Canvas:
    figure, axes = panels(len(shown))
    headings = [_panel(panel, editions, topic) for panel, topic in zip(axes, shown, strict=False)]
    inside = editions.frame["topic"].isin(shown)
    axes[0].set_ylim(0, min(float(editions.frame.loc[inside, "upper"].max()) * 1.08, 1.0))
    axes[0].yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes[0].yaxis.set_major_formatter(PERCENT)
    last = len(editions.names) - 1
    axes[0].set_xticks([0, last], [plain(editions.names[place], 20) for place in (0, last)])
    axes[0].set_xlim(-0.06 * last, 1.06 * last)
    for panel in axes[max(len(shown) - columns(), 0) : len(shown)]:
        panel.tick_params(labelbottom=True, axis="x", labelsize=8)
        for label, side in zip(panel.get_xticklabels(), ("left", "right"), strict=True):
            label.set(ha=side)
    for panel in axes[len(shown) :]:
        panel.set_axis_off()
    write_title(
        axes[0],
        title,
        f"Share of the votes with a prompt in each edition, 95 % intervals; blue: clearly grew, orange: clearly shrank{which}",
        room=18,
    )
    for name, move in headings:
        shorten(name, move)
    return figure


def _panel(axes: Axes, editions: TopicEditions, topic: int) -> tuple[Text, Text]:
    """One topic: its shares with their intervals, and over them its name and change, which are returned."""
    rows = editions.frame[editions.frame["topic"] == topic].set_index("edition").reindex(list(editions.names))
    change = editions.changes.loc[topic]
    clear = change["q_value"] <= RATE
    colour = (BLUE if change["change"] > 0 else ORANGE) if clear else QUIET
    number, share = np.arange(len(rows)), rows["share"].to_numpy()
    axes.plot(number, share, color=colour, linewidth=1.8)
    axes.errorbar(number, share, yerr=[share - rows["lower"], rows["upper"] - share], fmt="o", color=colour, markersize=4)
    axes.grid(axis="y")
    name = topic_name(topic, editions.labels[topic])
    ink = colour if clear else INK
    return heading(axes, name, 0, ink), heading(axes, f"{percent(change['first'])} → {percent(change['last'])}", 1, ink)


def _title(editions: TopicEditions, clear: int) -> str:
    """The clear change that is largest, if there is one."""
    changes = editions.changes
    if not clear:
        return f"No clear change: none of {counted(len(changes), 'topic')} grew or shrank more than chance allows"
    topic = changes.loc[changes["q_value"] <= RATE, "change"].abs().idxmax()
    row = changes.loc[topic]
    verb = "grew" if row["change"] > 0 else "shrank"
    name = topic_name(int(topic), editions.labels[int(topic)])
    return f"“{name}” {verb} most, from {percent(row['first'])} to {percent(row['last'])} of the votes"


def _data(editions: TopicEditions) -> pd.DataFrame:
    """topic, edition, votes, share, lower, upper: of the topics with most votes, as many rows as can be read."""
    order = editions.frame.groupby("topic")["votes"].max().sort_values(ascending=False, kind="stable").index
    most = max(LONGEST // max(len(editions.names), 1), 1)
    rows = editions.frame[editions.frame["topic"].isin(order[:most])]
    rows = rows.sort_values("topic", key=lambda topic: topic.map({n: place for place, n in enumerate(order)}), kind="stable")
    return rows.assign(topic=rows["label"])[["topic", "edition", "votes", "share", "lower", "upper"]]
