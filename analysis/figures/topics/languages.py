"""Figure of topics by language: what the votes of each topic are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures.contrast import on
from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import text_width
from analysis.figures.shares.rows import places, rows_canvas
from analysis.figures.style import PAPER, PERCENT, house_style, label_rows, narrow, note, plain, width, write_title
from analysis.figures.topics.names import PALETTE, REST, largest
from analysis.results.prose import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from analysis.topics.topics import Topics

#: Languages with a colour of their own.
_LANGUAGES = 6

#: Points that the legend needs for each line.
_LINE = 14


@drawn
def figure_topic_languages(topics: Topics, top: int = 12) -> Figure:
    """The languages of topics as shares of each topic's votes: up to six languages, and the others; of the `top` largest topics,
    and of all in which the main language of most does not have half of the votes or is rarest."""
    counts, frame = topics.by_language, largest(topics)
    frame = frame[frame["topic"].isin(counts["topic"])]
    if frame.empty:
        title = "No topic has a language"
        with house_style():
            return Figure(note(title, "These votes do not say their language"), title, f"{title}.")
    shown = frame[_drawn(frame, counts, top)]
    mix = _mix(counts[counts["topic"].isin(shown["topic"])]).loc[shown["topic"]]
    title = _title(frame, counts)
    if counts["language"].nunique() == 1:
        with house_style():
            return Figure(note(title, "There are no languages to compare"), title, f"{title}.")
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.7)
        texts = _bars(axes, mix)
        label_rows(axes, places(len(shown)), list(shown["name"]), [[f"{votes:,} votes" for votes in shown["votes"]]])
        axes.set_xlim(0, 1)
        axes.xaxis.set_major_formatter(PERCENT)
        axes.spines["left"].set_visible(False)
        lines = _legend(axes, list(mix.columns))
        subtitle = f"Per cent of each topic's votes in each language, where the language is given{_which(shown, frame, top)}"
        write_title(axes, title, subtitle, room=_LINE * lines)
        _drop_too_wide(axes, texts)
    return Figure(figure, title, f"{title}.", _data(shown, counts, list(mix.columns)))


def _legend(axes: Axes, languages: list[str]) -> int:
    """The colour of each language over the bars; returns on how many lines."""
    widths, room = (
        [text_width(plain(language, 14), 8.5) + 28 for language in languages],
        72 * width() * (0.95 if narrow() else 0.75),
    )
    columns = len(languages) if sum(widths) <= room else int(room // max(widths))
    axes.legend(
        loc="lower left",
        bbox_to_anchor=(0, 1),
        ncols=columns,
        frameon=False,
        fontsize=8.5,
        handlelength=0.8,
        handleheight=0.8,
        handletextpad=0.4,
        columnspacing=1.1,
        borderaxespad=0.2,
        labelspacing=0.3,
    )
    return -(-len(languages) // columns)


def _data(shown: pd.DataFrame, counts: pd.DataFrame, languages: list[str]) -> pd.DataFrame:
    """topic, language, votes, share (of the topic's votes): of the topics and languages that are drawn."""
    found = shown[["topic", "name"]].merge(counts[counts["language"].isin(languages)], on="topic")
    return found.assign(topic=found["name"])[["topic", "language", "votes", "share"]]


def _main(frame: pd.DataFrame) -> str:
    """The language that is first in most topics."""
    return str(frame["language"].value_counts().index[0])


def _drawn(frame: pd.DataFrame, counts: pd.DataFrame, top: int) -> np.ndarray:
    """Which topics a figure has: the `top` largest, and those that are told apart by their language."""
    main = _main(frame)
    share = counts[counts["language"] == main].set_index("topic")["share"].reindex(frame["topic"]).fillna(0).to_numpy()
    apart = (share < 0.5) | (share == share.min()) | (frame["language"] != main).to_numpy()
    return np.asarray((np.arange(len(frame)) < top) | apart)


def _which(shown: pd.DataFrame, frame: pd.DataFrame, top: int) -> str:
    """Which topics are drawn, where not all are."""
    if len(shown) == len(frame):
        return ""
    more = f" and {len(shown) - top} more, in which {plain(_main(frame), 24)} is rare" if len(shown) > top else ""
    return f"; the {top} largest of {len(frame)} topics{more}"


def _mix(counts: pd.DataFrame) -> pd.DataFrame:
    """Shares by topic (rows) and language (columns): the six with most votes, and `other` where there are more."""
    votes = counts.pivot_table(index="topic", columns="language", values="votes", aggfunc="sum", fill_value=0)
    order = votes.sum().sort_values(ascending=False, kind="stable").index
    named = votes[order[:_LANGUAGES]].copy()
    if len(order) > _LANGUAGES:
        named[f"{len(order) - _LANGUAGES} others"] = votes[order[_LANGUAGES:]].sum(axis=1)
    return named.div(named.sum(axis=1), axis=0)


def _bars(axes: Axes, mix: pd.DataFrame) -> list[tuple[Text, float]]:
    """Stacked bars; returns the texts in them, each with the share that it has to fit in."""
    rows, start = places(len(mix)), np.zeros(len(mix))
    height, texts = (0.35 if narrow() else 0.74), []
    colours = [*PALETTE[: min(len(mix.columns), _LANGUAGES)], REST]
    for language, colour in zip(mix.columns, colours, strict=False):
        shares = mix[language].to_numpy(dtype=float)
        axes.barh(
            rows, shares, left=start, height=height, color=colour, edgecolor=PAPER, linewidth=0.6, label=plain(language, 14)
        )
        for row, left, share in zip(rows, start, shares, strict=True):
            words = f"{100 * share:.0f}"
            text = axes.text(left + share / 2, row, words, ha="center", va="center_baseline", fontsize=8, color=on(colour))
            texts.append((text, share))
        start = start + shares
    return texts


def _drop_too_wide(axes: Axes, texts: list[tuple[Text, float]]) -> None:
    """Take out the texts that are wider than their part of a bar; the layout must be final."""
    width = axes.get_window_extent().width
    for text, share in texts:
        if text.get_window_extent().width + 4 > share * width:
            text.remove()


def _title(frame: pd.DataFrame, counts: pd.DataFrame) -> str:
    """The language that is first in most topics, and a topic in which another one is."""
    leader, whole = _main(frame), len(frame)
    name, count = plain(leader, 24), int((frame["language"] == leader).sum())
    if whole == 1:
        return f"{percent(frame['language_share'].iloc[0])} of the votes in “{frame['name'].iloc[0]}” are in {name}"
    which = f"all the {whole} topics" if count == whole else f"{count} of the {whole} topics"
    if set(counts.loc[counts["topic"].isin(frame["topic"]), "language"]) == {leader}:
        return f"Every vote in these {whole} topics is in {name}"
    text = f"{name} is the main language of {which}"
    others = frame[frame["language"] != leader]
    if len(others):
        row = others.iloc[0]
        return f"{text}, {plain(row['language'], 24)} that of “{row['name']}”"
    row = frame.loc[frame["language_share"].idxmin()]
    return f"{text}; its share is lowest in “{row['name']}”, {percent(row['language_share'])}"
