"""Dependence: whether votes of one judge, or on one prompt, hang together, and how many votes a board is worth."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from analysis.errors import InputError
from analysis.ratings.board import Board, board
from analysis.ratings.settings import CHOICES, Options, Settings, by_keyword, settled
from analysis.results.prose import Prose, percent
from analysis.results.result import Result
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

#: Votes of one judge or prompt, of all, that a line speaks of: those of the busiest hundredth.
BUSIEST = 0.01

#: Wider by so much, intervals are said to matter; less is within what their estimate is worth.
MATTERS = 1.05


@dataclass(frozen=True, eq=False)
class Dependence(Result):
    """One board with intervals over votes, judges, prompts, and judges and prompts.

    Attributes:
        boards: by setting: `votes`, then those of `judge`, `prompt` and `both` that the votes support.
        without: why there is no board by the others.
    """

    boards: Mapping[str, Board]
    without: Mapping[str, str]

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"What hangs together: {self.boards['votes'].category.label}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """intervals (over what), clusters, busiest_share (of the votes, by the busiest 1 % of them), width_ratio (median width
        beside that over votes) and effective_votes."""
        rows = []
        for name, made in self.boards.items():
            clusters, busiest = _sizes(made, name)
            rows.append((made.basis.kind, clusters, busiest, made.widening, round(made.effective_votes)))
        columns = ["intervals", "clusters", "busiest_share", "width_ratio", "effective_votes"]
        return pd.DataFrame(rows, columns=columns).astype({"clusters": "Int64"})

    @property
    def sentence(self) -> Prose:
        """Whether it matters who votes and what on, and how many independent votes these are worth."""
        others = self.table[self.table["intervals"] != "votes"]
        votes = round(self.boards["votes"].votes.sum() / 2)
        wider = others[others["width_ratio"] >= MATTERS]
        alike = others.loc[others["width_ratio"] < MATTERS, "intervals"].tolist()
        parts = [
            f"Over {row.intervals} intervals are {row.width_ratio:.2f} times as wide as over votes: "
            f"the {votes:,} votes are worth {row.effective_votes:,} independent ones."
            for row in wider.itertuples()
        ]
        if alike:
            names = ", over ".join(alike).replace(", over judges and prompts", " and over both at once")
            parts.append(
                f"Over {names} intervals are less than {percent(MATTERS - 1, 0)} wider than over votes: it hardly matters."
            )
        parts += [f"Not looked at by {name}: {why.rstrip('.')}." for name, why in self.without.items()]
        return Prose(" ".join(parts))


def _sizes(made: Board, name: str) -> tuple[int | None, float]:
    """How many clusters there are, and the share of the votes in the busiest hundredth of them; none for two ways at once."""
    ballots = made.basis.ballots
    if name not in ("judge", "prompt") or ballots is None:
        return None, float("nan")
    sizes = np.sort(np.bincount(ballots.clusters[name]))[::-1]
    sizes = sizes[sizes > 0]
    return len(sizes), float(sizes[: max(1, round(BUSIEST * len(sizes)))].sum() / sizes.sum())


@by_keyword
def dependence(
    votes: Votes | str | Path, category: str = "overall", settings: Settings = Settings(), **options: Unpack[Options]
) -> Dependence:
    """A board's intervals over votes, and clustered by judge, by prompt and by both.

    Raises:
        UsageError: the category is not known.
        InputError: as `board`.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    made = {"votes": board(votes, category, replace(settings, interval="votes", cluster="judge"))}
    without: dict[str, str] = {}
    for name in CHOICES["cluster"]:
        if name == "both" and without:
            continue  # for the reason that is given already
        try:
            found = board(votes, category, replace(settings, interval="auto", cluster=name))
            if not found.basis.by:
                raise InputError(found.basis.note)
            made[name] = found
        except InputError as error:
            without[name] = str(error)
    return Dependence(made, without, origin=votes.origin)
