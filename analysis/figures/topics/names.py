"""How topics are named and coloured in figures."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.measure import fitted
from analysis.figures.style import plain

if TYPE_CHECKING:
    from analysis.topics.topics import Topics

#: Colours of what there is much of, the first ones for what has most votes, and that of the rest. They are the same in light
#: and dark, as the points of a map are pixels: their contrast is 3:1 on both papers, and 4.5:1 to words on them. A broad topic
#: has the colour of its number, which it keeps from edition to edition (`analysis.topics.identity`).
PALETTE = ("#2478be", "#d36c0a", "#168360", "#a352bd", "#0f95aa", "#c93f71", "#8a6d3b")
REST = "#727272"

#: A letter that is spelled out; unseen characters, which are so as well, stand in brackets.
_SPELLED = re.compile(r"(?<!⟨)U\+[0-9A-F]{4}")

#: Points in which a letter of a name is counted, so that wide ones of East Asia count as more than one.
_LETTER = 0.6


def topic_name(topic: int, label: str, language: object = None, longest: int = 44) -> str:
    """The label as it can be drawn, in a width of `longest` Latin letters. In a picture of pixels, words in a script that the
    font lacks give way to the topic's number and language."""
    shown = fitted(plain(label, longest), longest * _LETTER, 1.0)
    if not _SPELLED.search(shown) or "U+" in label:
        return shown or f"topic {topic}"
    of = f", {language}" if isinstance(language, str) and language else ""
    said = label.removesuffix(f" ({language})")  # once is enough
    words = ", ".join(word for word in map(plain, said.split(", ")) if not _SPELLED.search(word))
    return plain(f"topic {topic}{of}{': ' if words else ''}{words}", longest)


def topic_names(frame: pd.DataFrame, longest: int = 44) -> list[str]:
    """The name of each row of a table of topics."""
    columns = (frame["topic"], frame["label"], frame["language"])
    return [topic_name(topic, label, language, longest) for topic, label, language in zip(*columns, strict=True)]


def largest(topics: Topics, top: int | None = None) -> pd.DataFrame:
    """The `top` topics with most votes (all where not given), with a column `name`."""
    frame = topics.frame.sort_values("votes", ascending=False, kind="stable").head(len(topics.frame) if top is None else top)
    return frame.assign(name=topic_names(frame))


def counted(topics: int) -> str:
    return "1 topic" if topics == 1 else f"{topics} topics"


def broad_topics(frame: pd.DataFrame) -> pd.DataFrame:
    """Broad topics, those with most votes first, by their number: name (first words of the three largest topics), topics,
    votes, colour."""
    ordered = frame.sort_values("votes", ascending=False, kind="stable")
    first = [label.split(", ")[0] for label in ordered["label"]]
    words = pd.Series(topic_names(ordered.assign(label=first), 24), index=ordered.index)
    found = ordered.assign(word=words).groupby("broad", sort=False)
    table = pd.DataFrame(
        {
            "name": found["word"].agg(lambda names: " / ".join(names.head(3))),
            "topics": found.size(),
            "votes": found["votes"].sum(),
        }
    ).sort_values("votes", ascending=False, kind="stable")
    return table.assign(colour=[PALETTE[number] if number < len(PALETTE) else REST for number in table.index])
