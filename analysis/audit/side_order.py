"""Side order: whether a board changes when what the left answer gains by its place is taken out."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.audit.case import Case
from analysis.audit.check import Check, Verdict
from analysis.audit.position import decided_enough
from analysis.audit.reordering import Reordering, reordering
from analysis.distributions import norm
from analysis.ratings.added_terms import beside_errors, side_footing
from analysis.results.prose import Prose, counted, in_points, joined, percent, signed
from analysis.results.tables import Format

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Half widths of its interval that a rating moves at least to be worth knowing, and beyond which that matters.
KNOWN_PART, MATERIAL_PART = 0.1, 1.0

#: Error at which the side term counts as beyond chance; without that nothing is corrected.
SIDE_ERROR = 0.05

#: Reversed pairs that a sentence names.
_NAMED = 2


@dataclass(frozen=True, eq=False)
class SideOrder(Check):
    """A board with and without what the left answer gains.

    Attributes:
        correction: what taking it out does.
        beyond: whether the side term is beyond chance.
        left: shape (M,), share of each model's votes in which it stood on the left, in the order of the board.
    """

    correction: Reordering
    beyond: bool
    left: Floats

    name = "side_order"
    question = "Does correcting for the side move a rank?"
    false_alarm = SIDE_ERROR
    formats = MappingProxyType(
        {
            "move": Format(lambda value: signed(value, 1), "Move (points)"),
            "part": Format(lambda value: f"{value:.2f}", "Half widths"),
        }
    )

    @property
    def caption(self) -> str:  # type: ignore[override]
        return "The board with what the left answer gains taken out"

    @cached_property
    def table(self) -> pd.DataFrame:
        """model, left_share (of its votes, in which it stood on the left), rating, move (points, by the correction), part (of the
        half width of its interval), place and place_corrected; the furthest first."""
        moved = self.correction
        frame = pd.DataFrame(
            {
                "model": moved.board.models,
                "left_share": self.left,
                "rating": moved.board.ratings,
                "move": moved.moves,
                "part": moved.parts,
                "place": np.arange(1, len(moved.moves) + 1),
                "place_corrected": moved.places,
            }
        )
        return frame.sort_values("part", ascending=False, kind="stable", ignore_index=True)

    @property
    def verdict(self) -> Verdict:
        """Of a side term beyond chance alone. It matters where it reverses a pair that is separated over all pairs at once, or
        moves a rating out of its interval."""
        moved = self.correction
        if not self.beyond:
            return Verdict.FINE
        if moved.reversed or moved.parts.max() > MATERIAL_PART:
            return Verdict.BEWARE
        return Verdict.KNOW if moved.parts.max() >= KNOWN_PART else Verdict.FINE

    @property
    def number(self) -> str:
        row = self.table.iloc[0]
        if not self.beyond:
            return "nothing to correct"
        return f"{in_points(signed(row['move'], 1))} at most ({row['part']:.2f} half widths)"

    @property
    def threshold(self) -> str:
        return f"{KNOWN_PART:g} half widths of an interval; matters beyond {MATERIAL_PART:g}, or where a separated pair reverses"

    @property
    def sentence(self) -> Prose:
        """Which model moves furthest, how many change places, and which separated pairs reverse."""
        if not self.beyond:
            return Prose("What the left answer gains is no more than chance allows, so that there is nothing to correct.")
        moved, row = self.correction, self.table.iloc[0]
        text = (
            f"With the gain of the left answer taken out, no rating moves further than {row['model']}'s, by "
            f"{in_points(signed(row['move'], 1))}, {row['part']:.2f} half widths of its interval; {moved.said}"
        )
        if not moved.reversed:
            return Prose(f"{text}, and no two models that are told apart swap.")
        pairs = [f"{other} passes {one}" for one, other in moved.reversed[:_NAMED]]
        more = len(moved.reversed) - len(pairs)
        names = joined([*pairs, *[counted(more, "more pair")] * (more > 0)])
        return Prose(f"{text}. Of those that were told apart, {names}.")

    @property
    def notes(self) -> tuple[str, ...]:
        """What told apart means, and the rule for the side."""
        return (
            "Two models are told apart where they are over all pairs of the board at once. Nothing is corrected "
            f"where the side term is within its {percent(1 - SIDE_ERROR, 0)} interval of 0.",
        )


def check_side_order(case: Case) -> SideOrder:
    """What the board would be with what the left answer gains taken out.

    Raises:
        InputError: as `check_position`.
    """
    left = case.left
    decided_enough(case)
    footing = side_footing(case.ballots, left, case.board.basis.by)
    term, error = float(footing.coefficients[0]), float(beside_errors(footing)[0])
    assert case.board.fit is not None
    correction = reordering(case.board, footing.fit.strength - case.board.fit.strength)
    pairs = case.pairs
    shown = np.bincount(case.ballots.pair, left, len(pairs.first)).astype(float)
    share = pairs.scatter(shown, pairs.total - shown) / np.maximum(pairs.votes_by_model, 1)
    order = [pairs.models.index(model) for model in case.board.models]
    beyond = abs(term) > norm.isf(SIDE_ERROR / 2) * error > 0
    return SideOrder(correction, beyond, share[order], origin=case.origin)
