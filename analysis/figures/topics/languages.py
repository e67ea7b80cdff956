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
    """The languages of the `top` largest topics as shares of each topic's votes: up to six languages, and the others."""
    counts = topics.by_language
    shown = largest(topics)
    shown = shown[shown["topic"].isin(counts["topic"])].head(top)
    if shown.empty:
        title = "No topic has a language"
        with house_style():
            return Figure(note(title, "These votes do not say their language"), title, f"{title}.")
    mix = _mix(counts[counts["topic"].isin(shown["topic"])]).loc[shown["topic"]]
    title = _title(shown, counts, len(topics.frame))
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
        whole = len(topics.frame)
        which = f"; the {len(shown)} largest of {whole} topics" if len(shown) < whole else ""
        subtitle = f"Per cent of each topic's votes in each language, where the language is given{which}"
        write_title(axes, title, subtitle, room=18)
        _drop_too_wide(axes, texts)
    return Figure(figure, title, f"{title}. {_words(shown, mix)}")


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


def _title(shown: pd.DataFrame, counts: pd.DataFrame, whole: int) -> str:
    """The language that is first in most topics, and a topic in which another one is."""
    main = shown["language"].value_counts()
    leader, count = main.index[0], int(main.iloc[0])
    name = plain(leader, 24)
    if len(shown) == 1:
        return f"{percent(shown['language_share'].iloc[0])} of the votes in “{shown['name'].iloc[0]}” are in {name}"
    group = f"{len(shown)} topics" if len(shown) == whole else f"{len(shown)} largest topics"
    which = f"all the {group}" if count == len(shown) else f"{count} of the {group}"
    if set(counts.loc[counts["topic"].isin(shown["topic"]), "language"]) == {leader}:
        return f"Every vote in these {len(shown)} topics is in {name}"
    text = f"{name} is the main language of {which}"
    others = shown[shown["language"] != leader]
    if len(others):
        row = others.iloc[0]
        return f"{text}, {plain(row['language'], 24)} that of “{row['name']}”"
    row = shown.loc[shown["language_share"].idxmin()]
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
