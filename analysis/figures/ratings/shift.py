"""Figures of a shift: the slope chart from one board to the other, and rating shifts with their intervals."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from analysis.figures.figure import Figure
from analysis.figures.style import (
    BLUE,
    FAINT,
    INK,
    ORANGE,
    QUIET,
    ROW,
    beside,
    canvas,
    house_style,
    plain,
    spread,
    write_title,
)
from analysis.results.prose import in_points, signed
from analysis.shares.discovery import RATE

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from numpy.typing import NDArray

    from analysis.ratings.shift import Shift

#: How many models a slope chart picks out when the caller names none.
_PICKED = 4

#: Width in characters of a model's name at the end of a line.
_NAME = 30


@dataclass(frozen=True)
class _Scale:
    """What the two ends of a slope chart show, and how."""

    start: str
    end: str
    change: str  # positive where the model gains
    sign: int  # ranks run downwards


_SCALES = {
    "rank": _Scale("rank_from", "rank_to", "rank_shift", -1),
    "rating": _Scale("rating_from", "rating_to", "rating_shift", 1),
}


def figure_slope(shift: Shift, of: Literal["rank", "rating"] = "rank", top: int = 20, highlight: Collection[str] = ()) -> Figure:
    """Each model's rank (or rating) on the first board joined to that on the second; the moves that matter stand out.

    Shows the models that were in the `top` ranks, those in `highlight`, and whatever `top` says those that clearly moved. The
    highlighted ones (the largest moves where none of them is on both boards) and the one that clearly moved most are coloured
    by direction and carry their move in words; a dashed line is a rating shift that chance allows. Where the table says which
    rank changes chance alone gives, a bar at the right end spans them.
    """
    scale, shown = _SCALES[of], _shown(shift, of, top, highlight)
    wanted = shown["model"].isin(highlight)
    picked = wanted if wanted.any() else shown["model"].isin(_largest_moves(shown, scale))
    picked = (picked | shown["model"].isin(shift.clear["model"].head(1))).to_numpy()
    title = _slope_title(shown[picked], of)
    starts, ends = (shown[name].to_numpy(dtype=float) * scale.sign for name in (scale.start, scale.end))
    height = 0.215 * len(shown) + 0.3
    gap = max(np.ptp(np.concatenate([starts, ends])), 1.0) * 0.19 / height
    with house_style():
        figure, axes = canvas(height + 1.5)
        for position in np.argsort(picked, kind="stable"):
            _slope_line(axes, shown.loc[position], scale, bool(picked[position]))
        left = _slope_labels(axes, shown, scale, picked, gap, side=0)
        right = _slope_labels(axes, shown, scale, picked, gap, side=1)
        bands = of == "rank" and "null_lower" in shown.columns
        if bands:
            _null_bands(axes, shown[picked])
        places = np.concatenate([left, right, starts, ends])
        axes.set_ylim(places.min() - gap, places.max() + gap)
        _slope_frame(axes, shift)
        note = "; bars: where chance alone would put it" if bands else ""
        subtitle = f"{of.capitalize()} on both boards; dashed: the rating moved no more than chance allows{note}"
        write_title(axes, title, subtitle, room=16)
    return Figure(figure, title, f"{title}. {_slope_words(shown, picked, shift, of)}")


def _shown(shift: Shift, of: str, top: int, highlight: Collection[str]) -> pd.DataFrame:
    """The rows of the table that are drawn: the `top` ranks, `highlight`, and all that moved beyond chance, in rating or in what
    is drawn."""
    table = shift.table
    clear = (table["q_value"] <= RATE) | (table["beyond_chance"] & (of == "rank"))
    return table[(table["rank_from"] <= top) | table["model"].isin(highlight) | clear].reset_index(drop=True)


def _largest_moves(shown: pd.DataFrame, scale: _Scale) -> list[str]:
    """The models that move most, the clearest rating shift first among equals."""
    moved = shown[shown[scale.change] != 0]
    order = moved.assign(size=moved[scale.change].abs()).sort_values(["size", "p_value"], ascending=[False, True])
    return list(order["model"].head(_PICKED))


def _direction(change: float) -> str:
    return BLUE if change > 0 else ORANGE if change < 0 else INK


def _slope_line(axes: Axes, row: pd.Series, scale: _Scale, picked: bool) -> None:
    axes.plot(
        [0, 1],
        [scale.sign * row[scale.start], scale.sign * row[scale.end]],
        color=_direction(row[scale.change]) if picked else FAINT,
        linewidth=2.4 if picked else 1.1,
        linestyle="-" if row["q_value"] <= RATE or not picked else (0, (3, 1.5)),
        marker="o",
        markersize=6 if picked else 3.5,
        zorder=3 if picked else 2,
    )


def _slope_labels(
    axes: Axes, shown: pd.DataFrame, scale: _Scale, picked: NDArray[np.bool_], gap: float, side: Literal[0, 1]
) -> NDArray[np.float64]:
    """Value and name at one end of each line, moved apart where they would overlap; returns their places."""
    places = shown[scale.end if side else scale.start].to_numpy(dtype=float) * scale.sign
    ratings = shown["rating_to" if side else "rating_from"].to_numpy()
    order = np.lexsort((-ratings, -places))
    moved = np.empty_like(places)
    moved[order] = -spread(-places[order], gap)
    near, far, text = (1.015, 1.045, 1.053) if side else (-0.015, -0.045, -0.053)
    for position, row in shown.iterrows():
        place, label, chosen = places[position], moved[position], picked[position]
        axes.plot([near, far], [place, label], color=FAINT, linewidth=0.7, clip_on=False)
        axes.text(
            text,
            label,
            _end_text(row, scale, chosen) if side else f"{plain(row['model'], _NAME)}  {row[scale.start]:.0f}",
            ha="left" if side else "right",
            va="center",
            fontsize=8.5,
            color=_direction(row[scale.change]) if chosen else QUIET,
            fontweight="bold" if chosen else "normal",
        )
    return moved


def _end_text(row: pd.Series, scale: _Scale, chosen: bool) -> str:
    """Value and name at the right end; for a picked model also its move."""
    words = f"{row[scale.end]:.0f}  {plain(row['model'], _NAME)}"
    move = f"{row['rank_from']} → {row['rank_to']}" if scale.change == "rank_shift" else signed(row["rating_shift"])
    return f"{words}   {move}" if chosen else words


def _null_bands(axes: Axes, picked: pd.DataFrame) -> None:
    """Beside the right end, the ranks that chance alone would give each picked model."""
    for step, (_, row) in enumerate(picked.iterrows()):
        low, high = row["rank_from"] - row["null_upper"], row["rank_from"] - row["null_lower"]
        axes.vlines(
            0.965 - 0.022 * step,
            -low + 0.15,
            -high - 0.15,
            color=_direction(row["rank_shift"]),
            linewidth=6,
            alpha=0.3,
            zorder=1,
        )


def _slope_frame(axes: Axes, shift: Shift) -> None:
    """No axes but the two boards' names over the ends."""
    axes.set_xlim(-0.05, 1.05)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_visible(False)
    for side, board in ((0, shift.board_from), (1, shift.board_to)):
        axes.annotate(
            plain(board.category.label),
            (side, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 2),
            textcoords="offset points",
            ha="center",
            va="bottom",
            fontweight="bold",
        )


def _slope_title(picked: pd.DataFrame, of: str) -> str:
    """The largest picked move, and whether chance explains it."""
    change = _SCALES[of].change
    if picked.empty or not picked[change].any():
        return f"No {of} changes between the two boards among the models picked out"
    row = picked.loc[picked[change].abs().idxmax()]
    name, sure = plain(row["model"]), row["q_value"] <= RATE
    if of == "rating":
        move = f"{name}: {in_points(signed(row['rating_shift']))}"
        return f"{move}, {'more than chance allows' if sure else 'which chance alone can give'}"
    move = f"{name}: rank {row['rank_from']} → {row['rank_to']}"
    if "beyond_chance" in picked.columns:
        if row["beyond_chance"]:
            return f"{move}, more than chance alone gives" if sure else f"{move}; its rating moved no more than chance allows"
        return f"{move}; chance can move ranks so far, {'but not its rating' if sure else 'and its rating too'}"
    return f"{move}; its rating {'moved beyond chance' if sure else 'moved no more than chance allows'}"


def _slope_words(shown: pd.DataFrame, picked: NDArray[np.bool_], shift: Shift, of: str) -> str:
    start, end = _SCALES[of].start, _SCALES[of].end
    moves = [f"{plain(row['model'])} {row[start]:.0f} → {row[end]:.0f}" for _, row in shown[picked].iterrows()]
    rest = f" {int((~picked).sum())} other models are grey." if not picked.all() else ""
    return f"{of.capitalize()}s of {len(shown)} models, {_boards(shift)}: {'; '.join(moves) or 'none picked out'}.{rest}"


def _boards(shift: Shift) -> str:
    return f"{plain(shift.board_from.category.label)} to {plain(shift.board_to.category.label)}"


def figure_shift(shift: Shift, top: int = 30, highlight: Collection[str] = ()) -> Figure:
    """Rating shifts with intervals, largest gain first, for the models in the `top` ranks, those in `highlight`, and all that
    clearly moved.

    Coloured: shifts beyond what chance allows (false-discovery rate 5 %).
    """
    shown, whole = _shown(shift, "rating", top, highlight).sort_values("rating_shift", ascending=False), len(shift.models)
    rows, sure = -np.arange(float(len(shown))), (shown["q_value"] <= RATE).to_numpy()
    title = _shift_title(shown, sure, whole)
    colours = [_direction(change) if real else QUIET for change, real in zip(shown["rating_shift"], sure, strict=True)]
    with house_style():
        figure, axes = canvas(1.7 + ROW * max(len(shown), 3))
        axes.axvline(0, color=INK, linewidth=1)
        axes.hlines(rows, shown["shift_lower"], shown["shift_upper"], color=colours, linewidth=2.2, alpha=0.55)
        axes.scatter(shown["rating_shift"], rows, s=30, color=colours, zorder=3)
        axes.set_yticks(rows, [plain(model) for model in shown["model"]])
        for label, model in zip(axes.get_yticklabels(), shown["model"], strict=True):
            label.set(fontweight="bold" if model in highlight else "normal")
        axes.set_ylim(-len(shown) + 0.3, 0.7)
        axes.set_xlabel(f"← loses    points from {_boards(shift)}    gains →")
        axes.grid(axis="x")
        for row, before, after in zip(rows, shown["rank_from"], shown["rank_to"], strict=True):
            beside(axes, row, f"rank {before} → {after}")
        level = f"{100 * shift.board_from.settings.level:g} %"
        which = f"; {len(shown)} of {whole} models" if len(shown) < whole else ""
        write_title(axes, title, f"Rating shifts with {level} intervals; coloured where chance does not explain them{which}")
    return Figure(figure, title, f"{title}. {_shift_words(shown)}")


def _shift_title(shown: pd.DataFrame, sure: NDArray[np.bool_], whole: int) -> str:
    """How many of all models clearly gain and lose: all of those are among the ones shown."""
    if not sure.any():
        return f"Among {whole} models no rating moves more than chance allows"
    up, down = (int((sure & (sign * shown["rating_shift"] > 0)).sum()) for sign in (1, -1))
    gain, lose = "gains" if up == 1 else "gain", "loses" if down == 1 else "lose"
    return f"Of {whole} models, {up or 'none'} clearly {gain} and {down or 'none'} clearly {lose}"


def _shift_words(shown: pd.DataFrame) -> str:
    ends = shown if len(shown) <= 8 else shown.iloc[[0, 1, 2, 3, -4, -3, -2, -1]]
    parts = [
        f"{plain(row['model'])} {signed(row['rating_shift'])} ({signed(row['shift_lower'])} to {signed(row['shift_upper'])})"
        for _, row in ends.iterrows()
    ]
    return f"Points gained, largest first{'' if len(shown) <= 8 else ', both ends'}: {'; '.join(parts)}."
