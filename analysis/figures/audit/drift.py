"""Figure of drift: how far models move from their ratings on the board over time, with intervals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter
from matplotlib.ticker import FuncFormatter, MaxNLocator

from analysis.distributions import norm
from analysis.figures.audit.ends import COLOURS, End, frame_lines, name_ends, panels
from analysis.figures.figure import Figure, drawn
from analysis.figures.style import FAINT, QUIET, SOFT, house_style, narrow, plain, write_title
from analysis.results.prose import counted, in_points, joined, signed

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.audit.drift import Drift

#: Models whose numbers are given where none drifts, and names in a title.
_CLOSEST, _NAMED = 3, 2


@drawn
def figure_drift(drift: Drift) -> Figure:
    """Points from the rating on the board in each period, one line per model; those that change beyond chance are coloured and
    have intervals."""
    found = drift.drifting.head(len(COLOURS))
    title = _title(drift)
    with house_style():
        figure, axes = panels(len(found))
        for name, path in drift.paths.groupby("model", sort=False):
            if name not in set(found["model"]):
                axes[-1].plot(path["day"], path["moved"], color=FAINT, linewidth=1, zorder=2)
        ends = []
        for (_, row), colour in zip(found.iterrows(), COLOURS, strict=False):
            path = drift.paths[drift.paths["model"] == row["model"]]
            _path(axes[-1], path, colour, float(norm.ppf(0.5 + drift.level / 2)))
            ends.append(End(row["model"], float(path["moved"].iloc[-1]), _words(row), colour))
        axes[-1].axhline(0, color=QUIET, linewidth=1, linestyle=(0, (4, 3)), zorder=1)
        frame_lines(axes[-1])
        locator = AutoDateLocator(minticks=2, maxticks=4 if narrow() else 7)  # type: ignore[no-untyped-call]
        axes[-1].xaxis.set_major_locator(locator)
        dates = ConciseDateFormatter(locator, show_offset=False)  # type: ignore[no-untyped-call]
        axes[-1].xaxis.set_major_formatter(dates)
        axes[-1].yaxis.set_major_locator(MaxNLocator(6))
        axes[-1].yaxis.set_major_formatter(FuncFormatter(lambda value, _: signed(value)))
        name_ends(axes, ends) if ends else _nobody(axes)
        steady = len(drift.table) - len(found)
        said = "Points from the rating on the board, relative to models that stay the same"
        pale = f"; {counted(steady, 'other model')} pale" if len(found) else ", one line per model"
        write_title(axes[0], title, f"{said}{pale}" if steady else said)
    named = found if len(found) else drift.table.head(_CLOSEST)
    data = drift.paths[drift.paths["model"].isin(named["model"])]
    changes = ", ".join(f"{plain(row['model'])} {_words(row)}" for _, row in named.iterrows())
    words = f"{title}. Change in points from {drift.days[0]} to {drift.days[1]}: {changes}."
    return Figure(figure, title, words, data[["model", "day", "rating", "moved", "error"]].reset_index(drop=True))


def _words(row: pd.Series) -> str:
    """What a model comes to: its change, or that it moves unevenly."""
    return "uneven" if row["uneven"] else signed(row["shift"])


def _path(axes: Axes, path: pd.DataFrame, colour: str, quantile: float) -> None:
    """A model's line with the intervals of its periods."""
    half = quantile * path["error"]
    axes.vlines(path["day"], path["moved"] - half, path["moved"] + half, color=colour, linewidth=2.2, alpha=SOFT, zorder=3)
    axes.plot(path["day"], path["moved"], color=colour, linewidth=2.2, marker="o", markersize=5, zorder=4)


def _nobody(axes: list[Axes]) -> None:
    """The list of names on a narrow screen where there is none to name."""
    if len(axes) > 1:
        axes[0].set_axis_off()
        axes[0].text(0, 0.5, "none to name", fontsize=8.5, color=QUIET, va="center")


def _title(drift: Drift) -> str:
    """Who changes."""
    found = drift.drifting
    if found.empty:
        return f"No model changes beyond chance from {drift.days[0]} to {drift.days[1]}"
    names = joined(map(plain, found["model"]), _NAMED)
    if len(found) == 1:
        if found["uneven"].iloc[0]:
            return f"{names} moves unevenly from {drift.days[0]} to {drift.days[1]}"
        change = found["shift"].iloc[0]
        word = "gains" if change > 0 else "loses"
        return f"{names} {word} {in_points(f'{np.abs(change):.0f}')} from {drift.days[0]} to {drift.days[1]}"
    return f"{names} change over time beyond chance"
