"""Figure of the effect of exposure: what each model gains on exposed prompts, beside what chance alone gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from analysis.figures.figure import Figure, drawn
from analysis.figures.measure import wrapped
from analysis.figures.style import (
    BLUE,
    INK,
    ORANGE,
    QUIET,
    SOFT,
    canvas,
    house_style,
    label_rows,
    narrow,
    note,
    plain,
    row_height,
    rows_for,
    whiskers,
    width,
    write_title,
)
from analysis.ratings.exposure_dates import COULD, COULD_NOT
from analysis.ratings.exposure_effect import LIKE
from analysis.results.prose import counted, percent
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    from collections.abc import Collection

    import pandas as pd
    from matplotlib.axes import Axes

    from analysis.ratings.exposure_effect import ExposureEffect

#: What stands beside a model that could have seen the set, that could not, and of which it is not known.
_MARKS = {COULD: "could", **dict.fromkeys(COULD_NOT, "could not")}


@drawn
def figure_exposure_effect(effect: ExposureEffect, top: int = 16, highlight: Collection[str] = ()) -> Figure:
    """Gains with intervals, the largest first, behind each the band of what random prompt sets give.

    Drawn are the `top` models of which most is known, the one furthest from chance, those in `highlight`, and all that chance
    does not explain. Beside each stands whether it could have seen the set.
    """
    whole = effect.shown
    if whole.empty:
        words = "No two models have votes enough on prompts of the set and on others, or every vote has one."
        title = f"These votes cannot tell who gains on {LIKE[effect.kind]} {plain(effect.source)}"
        with house_style():
            given = effect.table[["model", "exposed_votes", "unexposed_votes", "reason"]]
            return Figure(note(title, words), title, f"{title}. {words}", given)
    shown, title = _rows(whole, rows_for(top), highlight), _title(effect)
    rows = -np.arange(float(len(shown)))
    with house_style():
        figure, axes = canvas(1.8 + row_height() * max(len(shown), 3))
        axes.axvline(0, color=INK, linewidth=1)
        _band(axes, rows, shown)
        whiskers(axes, rows, shown, "effect", _colours(shown))
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel(_axis_words())
        axes.grid(axis="x")
        names, bold = [plain(model) for model in shown["model"]], [model in highlight for model in shown["model"]]
        columns = [
            [f"{votes:,}" for votes in shown["exposed_votes"]],
            [_MARKS.get(could, "?") for could in shown["could_have_seen"]],
        ]
        label_rows(axes, rows, names, columns, ["exposed", "seen?"], bold)
        which = f"; {len(shown)} of {len(whole)} models" if len(shown) < len(whole) else ""
        words = f"{percent(effect.level, 0)} intervals; grey bands: what random prompt sets give{which}"
        write_title(axes, title, f"Points beyond the other models' gain, {words}", room=14)
    alt = f"{title}. Points that each model gains on exposed prompts beyond the others, with intervals and the band of chance."
    return Figure(figure, title, alt, whole.drop(columns="reason"))


def _rows(whole: pd.DataFrame, top: int, highlight: Collection[str]) -> pd.DataFrame:
    """The rows that are drawn, the largest gain first."""
    known = whole["smallest"].rank(method="first") <= top
    least = whole["p_value"] == whole["p_value"].min()
    chosen = known | least | whole["model"].isin(highlight) | (whole["q_value"] <= RATE)
    return whole[chosen].sort_values("effect", ascending=False)


def _colours(shown: pd.DataFrame) -> list[str]:
    """Blue for a gain that chance does not explain, orange for such a loss, quiet else."""
    pairs = zip(shown["effect"], shown["q_value"], strict=True)
    return [(BLUE if value > 0 else ORANGE) if q <= RATE else QUIET for value, q in pairs]


def _band(axes: Axes, rows: np.ndarray, shown: pd.DataFrame) -> None:
    """What random prompt sets give, as a bar behind each row; nothing where none were drawn."""
    if shown["placebo_upper"].notna().all():
        spans = shown["placebo_upper"] - shown["placebo_lower"]
        axes.barh(rows, spans, left=shown["placebo_lower"], height=0.32 if narrow() else 0.5, color=QUIET, alpha=SOFT / 4)


def _axis_words() -> str:
    """What is along the axis, on lines that fit."""
    if narrow():
        return f"← loses points    gains points →\n{wrapped('on exposed prompts, beyond the others', 72 * width() - 30, 9.5)}"
    return "← loses    points on exposed prompts, beyond the other models    gains →"


def _title(effect: ExposureEffect) -> str:
    """Who gains, or that none is seen to."""
    better, of = effect.better, counted(len(effect.shown), "model")
    if len(better) == 1:
        return f"{plain(better['model'].iloc[0])} does better on exposed prompts than chance explains"
    if len(better):
        return f"Of {of}, {len(better)} do better on exposed prompts than chance explains"
    return f"None of {of} is seen to do better on exposed prompts"
