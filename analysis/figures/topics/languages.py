"""Figure of topics by language: what the votes of each topic are written in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.colors import to_rgb

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    FAINT,
    GREEN,
    INK,
    ORANGE,
    PERCENT,
    PURPLE,
    beside,
    canvas,
    house_style,
    note,
    plain,
    row_height,
    write_title,
)
from analysis.figures.topics.names import largest
from analysis.results.prose import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.text import Text

    from analysis.topics.topics import Topics

#: Colours of the languages, those with most votes first, and of the others together.
_COLOURS, _OTHERS = (BLUE, "#E69F00", GREEN, PURPLE, "#56B4E9", ORANGE), FAINT


@drawn
def figure_topic_languages(topics: Topics, top: int = 15) -> Figure:
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
    rows = -np.arange(float(len(shown)))
    with house_style():
        figure, axes = canvas(1.75 + 1.15 * row_height() * max(len(shown), 3))
        texts = _bars(axes, mix, rows)
        axes.set_yticks(rows, shown["name"])
        axes.set(xlim=(0, 1), ylim=(-max(len(shown), 3) + 0.4, 0.6))
        axes.xaxis.set_major_formatter(PERCENT)
        axes.spines["left"].set_visible(False)
        for row, votes in zip([0.95, *rows], ["votes", *(f"{votes:,}" for votes in shown["votes"])], strict=True):
            beside(axes, row, votes)
        axes.legend(
            loc="lower right",
            bbox_to_anchor=(1, 1),
            ncols=len(mix.columns),
            frameon=False,
            fontsize=8.5,
            handlelength=0.8,
            handleheight=0.8,
            handletextpad=0.4,
            columnspacing=1.1,
            borderaxespad=0.2,
        )
        subtitle = f"Per cent of each topic's votes in each language, where the language is given{_which(shown, frame, top)}"
        write_title(axes, title, subtitle, room=18)
        _drop_too_wide(axes, texts)
    return Figure(figure, title, f"{title}. {_words(shown, mix)}")


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
    named = votes[order[: len(_COLOURS)]].copy()
    if len(order) > len(_COLOURS):
        named[f"{len(order) - len(_COLOURS)} others"] = votes[order[len(_COLOURS) :]].sum(axis=1)
    return named.div(named.sum(axis=1), axis=0)


def _bars(axes: Axes, mix: pd.DataFrame, rows: np.ndarray) -> list[tuple[Text, float]]:
    """Stacked bars; returns the texts in them, each with the share that it has to fit in."""
    texts, start = [], np.zeros(len(mix))
    colours = [*_COLOURS[: min(len(mix.columns), len(_COLOURS))], _OTHERS]
    for language, colour in zip(mix.columns, colours, strict=False):
        shares = mix[language].to_numpy(dtype=float)
        name, ink = plain(language, 14), INK if _bright(colour) else "white"
        axes.barh(rows, shares, left=start, height=0.74, color=colour, edgecolor="white", linewidth=0.6, label=name)
        for row, left, share in zip(rows, start, shares, strict=True):
            words = f"{100 * share:.0f}"
            text = axes.text(left + share / 2, row, words, ha="center", va="center_baseline", fontsize=8, color=ink)
            texts.append((text, share))
        start = start + shares
    return texts


def _bright(colour: str) -> bool:
    """Whether dark text reads better on a colour than white (its luma is past the middle)."""
    return float(np.dot(to_rgb(colour), (0.299, 0.587, 0.114))) > 0.5


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


def _words(shown: pd.DataFrame, mix: pd.DataFrame) -> str:
    """The first three languages of each topic."""
    parts = []
    for _, row in shown.head(12).iterrows():
        first = mix.loc[row["topic"]].sort_values(ascending=False, kind="stable").head(3)
        first = first[first > 0]
        parts.append(f"{row['name']}: " + ", ".join(f"{plain(name, 18)} {percent(share)}" for name, share in first.items()))
    rest = f"; and {len(shown) - 12} more topics" if len(shown) > 12 else ""
    return f"{'; '.join(parts)}{rest}."
