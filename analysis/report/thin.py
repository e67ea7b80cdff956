"""Whether votes are too few to take the place of the last good edition: a release cut short must not become the news."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.ratings.settings import Settings
from analysis.report.shelf import Edition
from analysis.results.prose import counted
from analysis.votes import engine
from analysis.votes.table import Votes

#: The share of the earlier votes of the same source that must be there at least.
_LEAST = 0.5


@dataclass(frozen=True)
class Refusal:
    """Why something is not published: a code for programs, and a line for people."""

    reason: str
    why: str


def refusal(votes: Votes, source: str, last: Edition | None) -> Refusal | None:
    """Why these votes must not take the place of the last good edition; None where they may, and where there is none.

    `thin-board`: they are no board (`Settings.too_few`), and those of the last edition were one. `fewer-votes`: they come from
    the source that the last ones came from, and are less than half of them.
    """
    if last is None:
        return None
    few = Settings().too_few(len(votes), _by_model(votes))
    if few and not last.record.get("thin"):
        return Refusal("thin-board", f"{few}, and the last edition has one.")
    before = int(last.record.get("votes", 0))
    if source == last.record.get("source") and len(votes) < _LEAST * before:
        return Refusal("fewer-votes", f"{source} had {counted(before, 'vote')} in the last edition, and now has {len(votes):,}.")
    return None


def is_thin(votes: Votes) -> bool:
    """Whether these votes are no board by themselves."""
    return bool(Settings().too_few(len(votes), _by_model(votes)))


def _by_model(votes: Votes) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    """Votes of each model, shape (M,)."""
    table = votes.expression
    sides = table.select(model=table.model_a).union(table.select(model=table.model_b))
    counted_by = engine.to_pandas(sides.group_by("model").agg(votes=lambda of: of.count()))
    return np.asarray(counted_by["votes"], dtype=float)
