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


def refusal(votes: int, few: str, source: str, last: Edition | None) -> Refusal | None:
    """Why so many votes must not take the place of the last good edition; None where they may, and where there is none.

    `thin-board`: they are no board (`few` says why), and those of the last edition were one. `fewer-votes`: they come from
    the source that the last ones came from, and are less than half of them.
    """
    if last is None:
        return None
    if few and not last.record.get("thin"):
        return Refusal("thin-board", f"{few}, and the last edition has one.")
    before = int(last.record.get("votes", 0))
    if source == last.record.get("source") and votes < _LEAST * before:
        return Refusal("fewer-votes", f"{source} had {counted(before, 'vote')} in the last edition, and now has {votes:,}.")
    return None


def too_few(votes: Votes) -> str:
    """Why these votes are no board by themselves (`Settings.too_few`); empty where they are one."""
    table = votes.expression
    sides = table.select(model=table.model_a).union(table.select(model=table.model_b))
    by_model = engine.to_pandas(sides.group_by("model").agg(votes=lambda of: of.count()))
    return Settings().too_few(len(votes), np.asarray(by_model["votes"], dtype=float))
