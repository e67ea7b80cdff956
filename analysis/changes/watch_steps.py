"""Steps: what happened from each board of a published series to the next, with the days on which the arena changed its method."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd

from analysis.changes.change import CLEAR, POSSIBLE
from analysis.changes.watch_models import comings
from analysis.changes.watch_moves import COMMON, moves_between
from analysis.errors import InputError
from analysis.ratings.arena_methods import changes_between
from analysis.ratings.board import Board
from analysis.ratings.history import History
from analysis.results.prose import Prose, counted, joined
from analysis.results.result import Result

#: The method of a step on which most models moved too far, though nothing was announced.
UNANNOUNCED = "most models moved"


@dataclass(frozen=True, eq=False)
class WatchSteps(Result):
    """The steps of a series.

    Attributes:
        frame: as `table` has it.
        label: what the boards are of.
    """

    frame: pd.DataFrame
    label: str

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"From board to board: {self.label}"

    @property
    def table(self) -> pd.DataFrame:
        """One row per board after the first, in the order of time: board, since, models (on both), new, gone, renamed, first,
        passed (whether that is another model than before), common (points that all moved together), moved (points that a
        model moved on average), clear, possible, method.

        `method` says why no move of that step is read as a model's, and is empty elsewhere; then `clear` and `possible` are 0.
        """
        return self.frame

    @property
    def sentence(self) -> Prose:
        """How many steps, on how many of them a model moved, and across which the arena changed its method."""
        steps, marked = len(self.frame), self.frame[self.frame["method"] != ""]
        some = int((self.frame["clear"] > 0).sum())
        moved = "on none" if not some else f"on {some}"
        text = f"{counted(steps, 'step')} from board to board: {moved} a rating clearly moved"
        changes = int(self.frame["passed"].sum())
        text += f", and the first model changed {counted(changes, 'time')}." if changes else ", and the first model stayed."
        scale = int((self.frame["common"].abs() >= COMMON).sum())
        if scale:
            text += f" On {counted(scale, 'step')} all ratings moved together, which is the scale's doing."
        if len(marked):
            days = joined((f"up to {board}" for board in marked["board"]), 4)
            text += f" No move is read as a model's on {counted(len(marked), 'step')} ({days}), where the method changed."
        return Prose(text)


def steps_of(history: History) -> WatchSteps:
    """The steps of a published series; two boards in a row that share too few models have none.

    Raises:
        InputError: no two boards in a row share three models.
    """
    rows = []
    for (since, earlier), (board, later) in pairwise(history.boards.items()):
        try:
            rows.append({"board": board, "since": since, **_step(earlier, later)})
        except InputError:
            continue
    if not rows:
        raise InputError(f"{history.label}: no two boards in a row share three models, so there are no steps to follow.")
    return WatchSteps(pd.DataFrame(rows), history.label, origin=history.origin)


def _step(earlier: Board, later: Board) -> dict[str, Any]:
    moves = moves_between(earlier, later, "")
    came = comings(earlier, later, None if moves.method else moves.common)
    named = "; ".join(changes_between(earlier.day, later.day).values())
    return {
        "models": len(moves.models),
        "new": len(came.new),
        "gone": len(came.gone),
        "renamed": len(came.renamed),
        "first": later.models[0],
        "passed": later.models[0] != dict(came.renamed).get(earlier.models[0], earlier.models[0]),
        "common": moves.common,
        "moved": float(np.abs(moves.moved).mean()),
        "clear": len(moves.of(CLEAR)),
        "possible": len(moves.of(POSSIBLE)),
        "method": named or (UNANNOUNCED if moves.method else ""),
    }
