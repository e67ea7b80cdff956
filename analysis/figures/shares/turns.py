"""Figures of the turn share: per group, per month, and the distribution of turn counts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.figures.figure import Figure, drawn
from analysis.figures.shares.rows import bar_rows, given, rows_canvas, share_rows
from analysis.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    PERCENT,
    QUIET,
    SOFT,
    beside,
    canvas,
    house_style,
    narrow,
    plain,
    reference_line,
    write_title,
)
from analysis.results.prose import announced_percent, percent, spoken
from analysis.shares.discovery import RATE
from analysis.shares.groups import group_words, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.shares.turns import TurnShare


#: Groups that a title names.
_NAMED = 3

#: Months from which they make a line; fewer are rows.
_LINE = 4


@drawn
def figure_turn_share(share: TurnShare, top: int = 15) -> Figure:
    """The share with its interval for each row, beside what it is held against.

    Without groups that is the announced share. Groups are held against the other votes, so the line is the share over all
    votes, and those that differ are coloured. Drawn are the `top` groups with most votes, all that differ, and the
    lowest and the highest.
    """
    shown = share.table[_drawn(share, top)]
    return _rows(share, shown, _which(share, shown, top))


def _rows(share: TurnShare, shown: pd.DataFrame, which: str = "") -> Figure:
    """A row for each of some rows of the table."""
    title, (line, words, colour) = _headline(share), _line(share)
    names = [plain(group_words(share.by, group)) for group in shown["group"]]
    with house_style():
        figure, axes = rows_canvas(len(shown), 1.5)
        counts = [f"{several:,} of {votes:,}" for several, votes in zip(shown["multi_turn"], shown["votes"], strict=True)]
        share_rows(axes, shown, names, list(_colours(share)[shown.index]), [counts], line)
        reference_line(axes, line, words, colour)
        subtitle = f"Share of votes with two or more turns; dots with {percent(share.level, 0)} intervals{_legend(share)}"
        write_title(axes, title, subtitle + which, room=14)
    return Figure(figure, title, f"{title}. {_described(share)}", given(share.table, shown))


@drawn
def figure_turn_months(share: TurnShare) -> Figure:
    """The share month by month with its interval, as a line where there are months enough; needs a turn share by month."""
    table = share.table[share.table["group"].str.fullmatch(r"\d+-\d\d")]
    if len(table) < _LINE:
        return _rows(share, table)
    months, title = np.arange(len(table)), _headline(share)
    with house_style():
        figure, axes = canvas(2.9)
        axes.fill_between(months, table["lower"], table["upper"], color=FAINT, alpha=0.3, linewidth=0)
        axes.plot(months, table["share"], color=FAINT, linewidth=2)
        colours = list(_colours(share)[table.index])
        axes.vlines(months, table["lower"], table["upper"], color=colours, linewidth=1.4, alpha=SOFT)
        axes.scatter(months, table["share"], s=32, color=colours, zorder=3)
        every = -(-len(table) // (4 if narrow() else 9))
        names = [f"{month}\n{votes:,}" for month, votes in zip(table["group"], table["votes"], strict=True)]
        axes.set_xticks(months[::every], names[::every])
        axes.set_xlim(-0.5, len(table) - 0.5)
        _hold_against(axes, share, float(table["upper"].max()))
        subtitle = (
            f"Share of multi-turn votes with {percent(share.level, 0)} intervals{_legend(share)}; number of votes under each "
            "month (UTC)"
        )
        write_title(axes, title, subtitle)
    return Figure(figure, title, f"{title}. {_described(share)}", table)


def _hold_against(axes: Axes, share: TurnShare, most: float) -> None:
    """The share that months are held against as a level line, its words over its right end, and the axis of shares."""
    line, words, colour = _line(share)
    axes.set_ylim(0, max(most, line) * (1.25 if narrow() else 1.12))
    axes.yaxis.set_major_formatter(PERCENT)
    axes.grid(axis="y")
    axes.axhline(line, color=colour, linestyle=(0, (4, 3)), linewidth=1.4)
    if narrow():
        axes.text(1, 0.99, f"dashed: {words}", transform=axes.transAxes, ha="right", va="top", color=colour, fontsize=8.5)
        return
    beside(axes, line, words, points=6, colour=colour)


@drawn
def figure_turn_distribution(share: TurnShare) -> Figure:
    """How many votes have one turn, two turns and so on."""
    table = share.distribution
    single = float(table["share"].iloc[0])
    title = f"{percent(single)} of the votes were cast after one turn"
    names = [f"{turns} turn{'' if turns == '1' else 's'}" for turns in table["turns"]]
    with house_style():
        figure, axes = rows_canvas(len(table), 1.3)
        columns = [[percent(part, 2) for part in table["share"]], [f"{votes:,}" for votes in table["votes"]]]
        bar_rows(axes, table["share"], names, [QUIET, *[BLUE] * (len(table) - 1)], columns)
        axes.set_xlim(0, min(1.0, float(table["share"].max()) * 1.02))
        axes.xaxis.set_major_formatter(PERCENT)
        write_title(axes, title, "Share and number of votes by turns of the conversation; multi-turn votes in blue")
    rest = f" Two or more turns: {percent(1 - single)}." if len(table) > 1 else ""
    return Figure(figure, title, f"{title}.{rest}", table)


def _headline(share: TurnShare) -> str:
    """The takeaway: the share, against the announced one where all votes of the arena are here, or how far the groups differ."""
    row = share.headline
    if not share.by:
        words = f"{percent(row['share'], 2)} of the votes are multi-turn"
        if share.part:
            return words
        verdict = "compatible with" if share.agrees else "above" if row["share"] > share.announced else "below"
        return f"{words}, {verdict} the announced {announced_percent(share.announced)}"
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


def _described(share: TurnShare) -> str:
    """The share over all votes with its interval, for the alt text."""
    row = share.headline
    whole = "Over all votes it is" if share.by else "It is"
    return f"{whole} {percent(row['share'])} ({percent(row['lower'])} to {percent(row['upper'])})."
