"""Figures of topics row by row: the share of the votes that each has, and how its votes differ from those of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import places, rows_canvas, share_rows
from analysis.figures.style import (
    BLUE,
    GRID,
    ORANGE,
    PAPER,
    QUIET,
    house_style,
    label_rows,
    note,
    reference_line,
    share_axis,
    whiskers,
    write_title,
)
from analysis.figures.topics.names import counted, largest
from analysis.results.prose import percent
from analysis.shares.discovery import RATE, q_values
from analysis.topics.level import STABLE
from analysis.topics.lists import typical_prompts

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.topics.topics import Topics

#: A list that is longer than `top` by no more than this is shown whole.
_SLACK = 3

#: Topics that the title of the shares may name: the largest ones.
_TITLED = 2

#: Rows left free between topics and what is no topic.
_GAP = 0.7


@drawn
def figure_topics(topics: Topics, top: int = 12) -> Figure:
    """The share of the votes in each topic with its interval, the `top` largest first, and the votes without a clear topic.

    A filled dot is a topic that came out again when the model was fitted again, a hollow one did not; all are filled where
    that was not measured.
    """
    frame = largest(topics)
    if frame.empty:
        return _nothing("No topic was found", "There is no share to draw")
    top = len(frame) if len(frame) <= top + _SLACK else max(top, _TITLED)
    shown, rest = frame.head(top), topics.unclear.rename(columns={"label": "name"})
    measured = bool(frame["stability"].notna().any())
    firm = (shown["stability"] >= STABLE).to_numpy() | (not measured)
    title = _shares_title(topics, frame)
    every = pd.concat([shown, rest], ignore_index=True)
    rows = places(len(every)) - np.r_[np.zeros(len(shown)), _GAP]
    with house_style():
        figure, axes = rows_canvas(len(every), 1.6)
        whiskers(axes, rows, every, "share", [*[BLUE] * len(shown), QUIET])
        hollow = shown[~firm]
        axes.scatter(hollow["share"], rows[: len(shown)][~firm], s=26, c=PAPER, edgecolors=BLUE, linewidths=1.4, zorder=4)
        axes.axhline(rows[-1] + (1 + _GAP) / 2, color=GRID, linewidth=0.8)
        columns, heads = [[f"{votes:,}" for votes in every["votes"]]], ["votes"]
        if measured:
            columns, heads = [*columns, [*(_overlap(value) for value in shown["stability"]), ""]], [*heads, "stability"]
        label_rows(axes, rows, list(every["name"]), columns, heads)
        axes.set_ylim(rows[-1] - 0.65, 0.75)
        share_axis(axes, float(every["upper"].max()))
        write_title(axes, title, _shares_subtitle(frame, top, measured), room=14)
    return Figure(figure, title, f"{title}. {_together(topics, frame)}", _listed(topics, frame))


def _listed(topics: Topics, frame: pd.DataFrame) -> pd.DataFrame:
    """topic, prompt (the most typical), share, lower, upper, votes, stability: most votes first, last those without a clear
    topic."""
    columns = ["label", "prompt", "share", "lower", "upper", "votes", "stability"]
    parts = [frame.assign(prompt=typical_prompts(frame))[columns], topics.unclear.reindex(columns=columns)]
    return pd.concat(parts, ignore_index=True).rename(columns={"label": "topic"})


def _together(topics: Topics, frame: pd.DataFrame) -> str:
    """What the five largest topics hold together, for the alt text."""
    few = frame.head(5)
    return f"The {counted(len(few))} with most votes hold {percent(few['votes'].sum() / topics.measures['asked'])} together."


def _overlap(stability: float) -> str:
    return "–" if np.isnan(stability) else f"{stability:.2f}"


def _shares_title(topics: Topics, frame: pd.DataFrame) -> str:
    """The largest topic, and how many votes have none."""
    first, none = frame.iloc[0], percent(topics.measures["outliers"])
    if len(frame) == 1:
        return f"The only topic, “{first['name']}”, holds {percent(first['share'])} of the votes; {none} have no clear topic"
    second = frame.iloc[1]
    lead, shares = f"“{first['name']}” leads", percent(first["share"])
    if second["upper"] >= first["lower"]:
        lead, shares = f"“{first['name']}” and “{second['name']}” lead", f"{shares} and {percent(second['share'])}"
    return f"{lead} {len(frame)} topics with {shares} of the votes; {none} have no clear topic"


def _shares_subtitle(frame: pd.DataFrame, top: int, measured: bool) -> str:
    smaller = f"the others hold {percent(frame['share'].iloc[top:].sum())}"
    which = f"; the {top} largest of {len(frame)} topics, {smaller}" if top < len(frame) else ""
    refits = f"; filled: came out again in refits (stability {STABLE:g} or more), hollow: did not" if measured else ""
    return f"Share of votes with a prompt; dots with 95 % intervals{which}{refits}"


@dataclass(frozen=True)
class _Part:
    """A part of each topic's votes: the name of its share, what a title says of the highest and of none, and how it is drawn."""

    share: str
    most: str
    none: str
    dots: str
    interval: bool


_PARTS = {
    "multi_turn": _Part(
        "multi-turn share",
        "People ask again most about",
        "No vote with a topic has a second turn",
        "dots with 95 % intervals; beyond chance, blue: above the other topics, orange: below",
        interval=True,
    ),
    # The same few people and scripts repeat a prompt: votes are not independent, and no interval is honest.
    "repeats": _Part(
        "share of repeated prompts",
        "Prompts are repeated most in",
        "No vote with a topic repeats an earlier prompt",
        "votes whose prompt an earlier vote has",
        interval=False,
    ),
}


@drawn
def figure_topic_shares(topics: Topics, of: Literal["multi_turn", "repeats"] = "multi_turn", top: int = 12) -> Figure:
    """The multi-turn share (or the share of repeated prompts) of topics, highest first, beside that of all: of the `top` largest
    topics, of all that differ from the others, and of those with the highest and the lowest share.

    Blue: above the share of the other topics beyond chance, orange: below (`analysis.shares.differences`, false-discovery rate
    5 % over the topics). Repeats have no interval and no such colours.
    """
    part, counts = _PARTS[of], _turn_counts(topics) if of == "multi_turn" else _repeat_counts(topics)
    if counts.empty:
        return _nothing(f"No topic has a {part.share}", "There is no vote of a topic, or none that says its number of turns")
    overall = counts["part"].sum() / counts["votes"].sum()
    shown = counts[_drawn(counts, top)].sort_values("share", ascending=False, kind="stable")
    sides = np.where(shown["share"] > overall, BLUE, ORANGE)
    colours = np.where(shown["differs"], sides, QUIET if part.interval else BLUE)
    title = _part_title(shown, overall, part)
    columns = [[f"{several:,} of {votes:,}" for several, votes in zip(shown["part"], shown["votes"], strict=True)]]
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.6)
        if part.interval:
            share_rows(axes, shown, list(shown["name"]), list(colours), columns, 0.01)
        else:
            axes.scatter(shown["share"], places(len(shown)), s=28, color=list(colours), zorder=3, clip_on=False)
            label_rows(axes, places(len(shown)), list(shown["name"]), columns)
            share_axis(axes, max(float(shown["share"].max()), 0.01))
        reference_line(axes, overall, f"all topics {percent(overall)}")
        write_title(axes, title, f"{part.share.capitalize()} by topic; {part.dots}{_which(shown, counts, top)}", room=14)
    return Figure(figure, title, f"{title}. {_differ(counts) if part.interval else ''}".rstrip(), _data(counts, of))


def _differ(counts: pd.DataFrame) -> str:
    """How many topics differ, for the alt text."""
    count = int(counts["differs"].sum())
    return f"{count or 'None'} of {counted(len(counts))} {'differs' if count < 2 else 'differ'} clearly from the others."


def _data(counts: pd.DataFrame, of: str) -> pd.DataFrame:
    """topic, votes, multi_turn or repeats (votes), share and, of multi-turn votes, lower, upper and differs: highest first."""
    columns = ["topic", "votes", of, *(name for name in ("share", "lower", "upper", "differs") if name in counts)]
    named = counts.drop(columns="topic").rename(columns={"name": "topic", "part": of})[columns]
    shown = named if of == "multi_turn" else named.drop(columns="differs")
    return shown.sort_values("share", ascending=False, kind="stable")


def _drawn(counts: pd.DataFrame, top: int) -> NDArray[np.bool_]:
    """Which topics a figure has: the `top` largest, and those that the title or the sentence names."""
    large = np.arange(len(counts)) < (len(counts) if len(counts) <= top + _SLACK else top)
    ends = counts.index.isin([counts["share"].idxmax(), counts["share"].idxmin()])
    return np.asarray(large | ends | counts["differs"].to_numpy())


def _which(shown: pd.DataFrame, counts: pd.DataFrame, top: int) -> str:
    """Which topics are drawn, where not all are."""
    if len(shown) == len(counts):
        return ""
    more = f" and {len(shown) - top} more, which differ or have the highest or lowest share" if len(shown) > top else ""
    return f"; the {top} of {len(counts)} topics with most votes{more}"


def _turn_counts(topics: Topics) -> pd.DataFrame:
    """Topics with a turn count, the largest first: name, part (votes with two or more turns), votes, share, lower, upper and
    differs: from the other topics."""
    turns, frame = topics.by_turns, largest(topics)
    whole = turns.groupby("topic")["votes"].sum()
    several = turns[turns["turns"] != "1"].groupby("topic")["votes"].sum().reindex(whole.index, fill_value=0)
    shares = {"multi_turn": "share", "multi_turn_lower": "lower", "multi_turn_upper": "upper"}
    columns = frame[["topic", "name", *shares, "multi_turn_p_value"]].rename(columns=shares)
    counts = columns.merge(pd.DataFrame({"part": several, "votes": whole}), on="topic")
    return counts.assign(differs=q_values(counts["multi_turn_p_value"].fillna(1)) <= RATE)


def _repeat_counts(topics: Topics) -> pd.DataFrame:
    """As `_turn_counts`, part: votes whose prompt an earlier vote has; without intervals, so that none differs."""
    counts = largest(topics)[["topic", "name", "votes", "prompts"]]
    part = counts["votes"] - counts["prompts"]
    return counts.assign(part=part, share=part / counts["votes"], differs=False)


def _part_title(shown: pd.DataFrame, overall: float, part: _Part) -> str:
    """The topic with the highest share, and whether that is more than chance gives."""
    first = shown.iloc[0]
    name, share, whole = f"“{first['name']}”", percent(first["share"]), percent(overall)
    if not overall:
        return part.none
    if len(shown) == 1:
        return f"The {part.share} of the only topic, {name}, is {share}"
    if part.interval and not first["differs"]:
        return f"The {part.share} is highest in {name}, {share}, not clearly above the {whole} of all topics"
    return f"{part.most} {name}: {share} of its votes, against {whole} over all topics"


def _nothing(title: str, words: str) -> Figure:
    with house_style():
        return Figure(note(title, words), title, f"{title}. {words}.")
