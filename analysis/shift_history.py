"""Shifts by period: two histories compared board by board, and the models that moved beyond chance on each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from analysis.errors import InputError
from analysis.history import History
from analysis.prose import Prose
from analysis.result import Result
from analysis.shift import Shift, compare

#: False-discovery rate, within each period, under which a rating shift counts as more than chance.
RATE = 0.05


@dataclass(frozen=True, eq=False)
class ShiftHistory(Result):
    """The shifts between boards of the same period.

    Attributes:
        shifts: by period, in the order of time.
        assumes: what had to be assumed, in words.
    """

    shifts: Mapping[str, Shift]
    caption: str = "Models that moved beyond chance, by period"
    assumes: str = ""

    @cached_property
    def table(self) -> pd.DataFrame:
        """period, model, rating_shift, shift_lower, shift_upper, rank_from, rank_to, rank_shift, q_value: the models whose
        rating moved (false-discovery rate 5 % within the period), the largest shift of a period first."""
        parts = []
        for period, shift in self.shifts.items():
            moved = shift.table[shift.table["q_value"] <= RATE].sort_values("rating_shift", key=abs, ascending=False)
            parts.append(moved.assign(period=period))
        columns = ["model", "rating_shift", "shift_lower", "shift_upper", "rank_from", "rank_to", "rank_shift", "q_value"]
        return pd.concat(parts, ignore_index=True)[["period", *columns]]

    @property
    def sentence(self) -> Prose:
        """How many models moved per period, and which of them in most periods."""
        counts = self.table["period"].value_counts().reindex(list(self.shifts), fill_value=0)
        text = f"On {len(counts)} pairs of boards {counts.min()} to {counts.max()} models moved beyond what chance allows"
        if len(self.table):
            often = self.table.groupby("model").agg(times=("period", "size"), shift=("rating_shift", "mean")).reset_index()
            top = often.assign(size=often["shift"].abs()).sort_values(["times", "size"], ascending=False).iloc[0]
            direction = "up" if top["shift"] > 0 else "down"
            text += f"; {top['model']} did so on {top['times']} of them, {direction} {abs(top['shift']):.0f} points on average"
        return Prose(f"{text}.{' ' + self.assumes if self.assumes else ''}")


def compare_histories(history_from: History, history_to: History) -> ShiftHistory:
    """The shift between the two boards of each period that both histories have; their votes are taken to be disjoint.

    Raises:
        InputError: no period is in both, or two boards share fewer than two models.
    """
    shared = [period for period in history_from.boards if period in history_to.boards]
    if not shared:
        raise InputError(f"{history_from.label} and {history_to.label} have no period in common.")
    shifts = {period: compare(history_from.boards[period], history_to.boards[period]) for period in shared}
    caption = f"Models that moved beyond chance: {history_from.label} → {history_to.label}"
    return ShiftHistory(shifts, caption, history_from.assumes or history_to.assumes)
