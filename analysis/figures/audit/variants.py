"""Figure of what testing many variants adds: the gain of the best by chance against their number, organizations marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.figure import Figure as Canvas
from matplotlib.ticker import MaxNLocator, NullLocator

from analysis.audit.variants import NUMBERS, VOTES
from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import text_width
from analysis.figures.style import BLUE, INK, ORANGE, PAPER, QUIET, canvas, house_style, narrow, plain, write_title
from analysis.results.prose import in_points, signed, written

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from analysis.audit.variants import Organization, Variants

#: Ends of the axis of numbers.
_ENDS = (0.95, 58.0)

#: Where a name may stand: at which side of its mark, and how many points above it.
_SPOTS = ((1, 0), (1, 9), (1, -9), (-1, 0), (-1, 9), (-1, -9), (0, 12), (0, -12))

#: Left, lower, right and upper end, points.
Box = tuple[float, float, float, float]

#: Organizations that are named at most, and on a narrow screen.
_NAMED, _FEW = 12, 6


@drawn
def figure_variants(result: Variants) -> Figure:
    """The gain of the best of N equal models by chance, with 3,000 votes each (grey, dashed) and as many as the model in the
    middle has (blue, with 5 % and 95 %); orange: the organizations of this board, by their own models' errors."""
    numbers = np.arange(1, NUMBERS[-1] + 1)
    gains = np.array([result.gain(int(count), result.median) for count in numbers])
    usual = np.array([result.gain(int(count), VOTES)[0] for count in numbers])
    several = [each for each in result.organizations if len(each.models) > 1]
    title = _title(result)
    with house_style():
        figure, axes = canvas(3.9)
        axes.fill_between(numbers, np.maximum(gains[:, 1], 0), gains[:, 2], color=BLUE, alpha=0.14, linewidth=0)
        axes.plot(numbers, gains[:, 0], color=BLUE, linewidth=2)
        axes.plot(numbers, usual, color=QUIET, linewidth=1.5, linestyle=(0, (4, 3)))
        axes.scatter([len(each.models) for each in several], [each.gain for each in several], s=34, color=ORANGE, zorder=4)
        most = max([float(gains[-1, 2]), float(usual[-1]), *(each.gain for each in several)])
        axes.set_xscale("log")
        axes.set_xlim(*_ENDS)
        axes.set_ylim(0, 1.06 * most)
        axes.set_xticks([1, 2, 3, 5, 10, 20, 50], ["1", "2", "3", "5", "10", "20", "50"])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.grid()
        axes.set_xlabel("Models that were tested")
        axes.set_ylabel("Points")
        axes.yaxis.set_major_locator(MaxNLocator(6, steps=[1, 2, 5, 10]))
        said = (
            f"Points by which the best of equal models looks better than it is. Blue: {result.median:,} votes each, as the model "
            f"in the middle, with 90 % of cases; dashed: {VOTES:,} votes; orange: organizations by their own models"
        )
        write_title(axes, title, said)
        _names(axes, several)
    data = pd.DataFrame(
        {
            "organization": [each.name for each in several],
            "models": [len(each.models) for each in several],
            "chance_gain": [each.gain for each in several],
        }
    )
    if data.empty:
        data = result.gains.table
    alt = f"{title}. The best of 10 gains {signed(result.gain(10, result.median)[0], 1)} with {result.median:,} votes each."
    return Figure(figure, title, alt, data)


def _names(axes: Axes, several: list[Organization]) -> None:
    """Names beside the marks of organizations, those with most models first, each where no other name or mark is; the rest of
    them has none."""
    figure = axes.figure
    assert isinstance(figure, Canvas)
    box, size = axes.get_position(), figure.get_size_inches()
    frame = 72 * np.array([box.width * size[0], box.height * size[1]])
    marks = np.array([(len(each.models), each.gain) for each in several]).reshape(-1, 2)
    at = axes.transAxes.inverted().transform(axes.transData.transform(marks)) * frame
    taken = [(x - 4, y - 4, x + 4, y + 4) for x, y in at]
    for place in sorted(range(len(several)), key=lambda number: -len(several[number].models))[: _FEW if narrow() else _NAMED]:
        words = plain(several[place].name, 20)
        wide = text_width(words, 8.5)
        for side, up in _SPOTS:
            left = at[place][0] + (7 if side > 0 else -7 - wide if side < 0 else -wide / 2)
            middle = at[place][1] + up
            found = (left, middle - 5.5, left + wide, middle + 5.5)
            inside = found[0] >= 0 and found[2] <= frame[0] and found[1] >= 0 and found[3] <= frame[1]
            if inside and not any(_cross(found, other) for other in taken):
                taken.append(found)
                ground = {"facecolor": PAPER, "edgecolor": "none", "pad": 0.4, "alpha": 0.7}
                spot = (left / frame[0], middle / frame[1])
                axes.text(*spot, words, transform=axes.transAxes, va="center", fontsize=8.5, color=INK, bbox=ground, zorder=3.5)
                break


def _cross(one: Box, other: Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _title(result: Variants) -> str:
    """What the organization with most models gains by chance, or what fifty models would."""
    each = result.largest
    if len(each.models) < 2:
        return f"The best of 50 equal models would look {in_points(written(result.gain(50, VOTES)[0]))} better than it is"
    gain = in_points(written(each.gain, 0 if each.gain >= 10 else 1))
    return f"The best of {len(each.models)} equal models, as many as {plain(each.name)} has, gains {gain} by chance"
