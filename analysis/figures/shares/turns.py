"""Figures of the turn share: per group, per month, and the distribution of turn counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures.figure import Figure, drawn
from analysis.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    PERCENT,
    QUIET,
    beside,
    canvas,
    house_style,
    plain,
    reference_line,
    row_height,
    share_axis,
    write_title,
)
from analysis.results.prose import announced_percent, percent, spoken
from analysis.shares.discovery import RATE
from analysis.shares.groups import group_words, plural

if TYPE_CHECKING:
    from analysis.shares.turns import TurnShare


#: Groups that a title names.
_NAMED = 3


@drawn
def figure_turn_share(share: TurnShare, top: int = 25) -> Figure:
    """The share with its interval for each row, beside what it is held against.

    Without groups that is the announced share. Groups are held against the other votes, so the line is the share over all
    votes, and those that differ are coloured. Drawn are the `top` groups with most votes, all that differ, and the
    lowest and the highest.
    """
    table, colours = share.table, _colours(share)
    shown = table[_drawn(share, top)]
    rows, colours = np.arange(len(shown))[::-1], colours[shown.index]
    title, (line, words, colour) = _headline(share), _line(share)
    with house_style():
        figure, axes = canvas(1.5 + row_height() * max(len(shown), 3))
        axes.hlines(rows, shown["lower"], shown["upper"], color=list(colours), linewidth=2.2, alpha=0.55)
        axes.scatter(shown["share"], rows, s=32, color=list(colours), zorder=3)
        axes.set_yticks(rows, [plain(group_words(share.by, group)) for group in shown["group"]])
        axes.set_ylim(-0.7, len(shown) - 0.3)
        share_axis(axes, max(float(shown["upper"].max()), line))
        reference_line(axes, line, words, colour)
        for row, multi_turn, votes in zip(rows, shown["multi_turn"], shown["votes"], strict=True):
            beside(axes, row, f"{multi_turn:,} of {votes:,}")
        subtitle = f"Share of votes with two or more turns; dots with {percent(share.level, 0)} intervals{_legend(share)}"
        write_title(axes, title, subtitle + _which(share, shown, top), room=14)
    return Figure(figure, title, f"{title}. {_listed(shown, share)}")


@drawn
def figure_turn_months(share: TurnShare) -> Figure:
    """The share month by month with its interval; needs a turn share by month."""
    table = share.table[share.table["group"].str.fullmatch(r"\d+-\d\d")]
    months, colours = np.arange(len(table)), _colours(share)[table.index]
    title, (line, words, colour) = _headline(share), _line(share)
    with house_style():
        figure, axes = canvas(3.6)
        if len(table) > 1:
            axes.fill_between(months, table["lower"], table["upper"], color=FAINT, alpha=0.3, linewidth=0)
            axes.plot(months, table["share"], color=FAINT, linewidth=2)
        axes.vlines(months, table["lower"], table["upper"], color=list(colours), linewidth=1.4, alpha=0.55)
        axes.scatter(months, table["share"], s=32, color=list(colours), zorder=3)
        every = max(1, len(table) // 9)
        names = [f"{month}\n{votes:,}" for month, votes in zip(table["group"], table["votes"], strict=True)]
        axes.set_xticks(months[::every], names[::every])
        axes.set_xlim(-0.5, max(len(table) - 0.5, 0.5))
        axes.set_ylim(0, max(float(table["upper"].max()), line) * 1.12)
        axes.yaxis.set_major_formatter(PERCENT)
        axes.grid(axis="y")
        axes.axhline(line, color=colour, linestyle=(0, (4, 3)), linewidth=1.4)
        axes.annotate(
            words,
            (1, line),
            xycoords=("axes fraction", "data"),
            xytext=(6, 0),
            textcoords="offset points",
            va="center",
            color=colour,
            fontsize=8.5,
        )
        subtitle = (
            f"Share of multi-turn votes with {percent(share.level, 0)} intervals{_legend(share)}; number of votes under each "
            "month (UTC)"
        )
        write_title(axes, title, subtitle)
    return Figure(figure, title, f"{title}. {_listed(table, share)}")


@drawn
def figure_turn_distribution(share: TurnShare) -> Figure:
    """How many votes have one turn, two turns and so on."""
    table = share.distribution
    rows = np.arange(len(table))[::-1]
    single = float(table["share"].iloc[0])
    title = f"{percent(single)} of the votes were cast after one turn"
    with house_style():
        figure, axes = canvas(1.4 + 0.3 * len(table))
        axes.barh(rows, table["share"], height=0.62, color=[FAINT, *[BLUE] * (len(table) - 1)])
        names = [f"{turns} turn{'' if turns == '1' else 's'}" for turns in table["turns"]]
        axes.set_yticks(rows, names)
        axes.set_xlim(0, min(1.0, float(table["share"].max()) * 1.02))
        axes.xaxis.set_major_formatter(PERCENT)
        axes.grid(axis="x")
        for row, part, votes in zip(rows, table["share"], table["votes"], strict=True):
            axes.annotate(
                f"{percent(part, 2)}   {votes:,}",
                (part, row),
                xytext=(-6 if part > 0.5 else 6, 0),
                textcoords="offset points",
                ha="right" if part > 0.5 else "left",
                va="center",
                color=INK,
            )
        write_title(axes, title, "Share and number of votes by turns of the conversation; multi-turn votes in blue")
    described = ", ".join(f"{name} {percent(part, 2)}" for name, part in zip(names, table["share"], strict=True))
    return Figure(figure, title, f"{title}. {described}.")


def _headline(share: TurnShare) -> str:
    """The takeaway: the share against the announced one, or how far the groups differ."""
    row = share.headline
    if not share.by:
        verdict = "compatible with" if share.agrees else "above" if row["share"] > share.announced else "below"
        part, announced = percent(row["share"], 2), announced_percent(share.announced)
        return f"{part} of the votes are multi-turn, {verdict} the announced {announced}"
    differs = share.compared["differs"]
    if len(differs) < 2:
        return f"Multi-turn share by {spoken(share.by)}: {percent(row['share'])} over all votes"
    count = int(differs.sum())
    who, verb = f"{count or 'None'} of {len(differs)} {plural(share.by)}", "differs" if count < 2 else "differ"
    return f"{who} clearly {verb} from the other votes in multi-turn share{share.differing(_NAMED)}"


def _line(share: TurnShare) -> tuple[float, str, str]:
    """What the rows are held against: its share, its words and its colour."""
    if not share.by:
        return share.announced, f"announced {announced_percent(share.announced)}", ORANGE
    whole = float(share.headline["share"])
    return whole, f"all votes {percent(whole)}", INK


def _drawn(share: TurnShare, top: int) -> pd.Series:
    """Which rows of the table a figure has: the `top` with most votes, and those that the title or the sentence names."""
    table, shares = share.table, share.compared["share"]
    ends = [shares.idxmin(), shares.idxmax()] if len(shares) > 1 else []
    return _differs(share) | table.index.isin([*table.nlargest(top, "votes").index, *ends])


def _differs(share: TurnShare) -> pd.Series:
    """By row of the table: whether it is a group that differs from the other votes."""
    return share.compared["differs"].reindex(share.table.index, fill_value=False).astype(bool)


def _colours(share: TurnShare) -> pd.Series:
    """By row of the table: blue and orange where a group differs, grey where it does not; without groups all is blue."""
    sides = np.where(share.table["share"] > share.headline["share"], BLUE, ORANGE)
    colours = np.where(_differs(share), sides, QUIET) if share.by else BLUE
    return pd.Series(colours, index=share.table.index)


def _legend(share: TurnShare) -> str:
    rule = f"(false-discovery rate {percent(RATE, 0)})"
    return f"; differs from the other votes {rule}, blue: above, orange: below" if share.by else ""


def _which(share: TurnShare, shown: pd.DataFrame, top: int) -> str:
    """Which groups are drawn, where not all are."""
    if len(shown) == len(share.table):
        return ""
    more = f" and {len(shown) - top} more, which differ or have the lowest or highest share" if len(shown) > top else ""
    return f"; the {top} of {len(share.table)} groups with most votes{more}"


def _listed(table: pd.DataFrame, share: TurnShare, most: int = 12) -> str:
    """The rows in words, for the alt text, those that differ before others."""
    ordered = table.loc[(~_differs(share)[table.index]).sort_values(kind="stable").index]
    parts = [
        f"{plain(group_words(share.by, group))}: {percent(part)} ({percent(lower)} to {percent(upper)})"
        for group, part, lower, upper in ordered[["group", "share", "lower", "upper"]].head(most).itertuples(index=False)
    ]
    rest = f"; and {len(table) - most} more" if len(table) > most else ""
    whole = f"Over all votes: {_line(share)[1].removeprefix('all votes ')}. " if share.by else ""
    return whole + "; ".join(parts) + rest + "."
