"""How topics are named and coloured in figures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from analysis.figures.style import BLUE, GREEN, ORANGE, PURPLE, QUIET, plain

if TYPE_CHECKING:
    from analysis.topics.topics import Topics

#: Colours of broad topics, those with most votes first: Okabe and Ito's without yellow and black; further ones are dark grey.
_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, "#56B4E9", "#E69F00", "#7A5C3E")


def topic_name(topic: int, label: str, language: object = None, longest: int = 44) -> str:
    """The label as it can be drawn: words in a script that the font lacks give way to the topic's number and language."""
    shown = plain(label, longest)
    if "U+" not in shown or "U+" in label:
        return shown or f"topic {topic}"
    of = f", {language}" if isinstance(language, str) and language else ""
    words = ", ".join(word for word in map(plain, label.split(", ")) if "U+" not in word)
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
    return table.assign(colour=[_COLOURS[rank] if rank < len(_COLOURS) else QUIET for rank in range(len(table))])
