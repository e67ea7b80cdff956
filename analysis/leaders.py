"""Leaders: who leads each category, and which models cannot be told apart from the leader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.basis import over
from analysis.board import Board, boards
from analysis.categories import CATEGORIES
from analysis.errors import InputError
from analysis.listing import Listing, Unavailable
from analysis.result import Prose, Result
from analysis.settings import Settings
from analysis.sources.load import load_votes
from analysis.votes import Votes


@dataclass(frozen=True, eq=False)
class Leaders(Result):
    """The boards of many categories, side by side.

    Attributes:
        boards: by category name.
        without: why a category has no board, by its name.
    """

    boards: Mapping[str, Board]
    without: Mapping[str, str]
    fingerprint: str

    @property
    def caption(self) -> str:  # type: ignore[override]
        """What the table shows, and what its intervals are over."""
        return f"Leaders by category; {over(board.basis for board in self.boards.values())}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """category, votes, effective_votes (independent ones that would give intervals as wide), models, not_rated (models
        with votes that are left out), leader, rating, lower, upper, shared (other models on rank 1)."""
        rows = []
        for board in self.boards.values():
            first, shared = board.table.iloc[0], int((board.table["rank"] == 1).sum()) - 1
            votes = (int(board.votes.sum() / 2), round(board.effective_votes))
            size = (len(board.models), int((board.left_out["votes"] > 0).sum()))
            rows.append((board.category.label, *votes, *size, *first[["model", "rating", "lower", "upper"]], shared))
        columns = ["category", "votes", "effective_votes", "models", "not_rated", "leader", "rating", "lower", "upper", "shared"]
        return pd.DataFrame(rows, columns=columns)

    @property
    def sentence(self) -> Prose:
        """How many categories each leader leads, and how many have one clear leader."""
        table = self.table
        counts = table["leader"].value_counts()
        most = counts[counts == counts.max()].index.min()
        alone = int((table["shared"] == 0).sum())
        text = (
            f"{most} leads {counts.max()} of {len(table)} categories; in {alone or 'none'} of them the leader is alone on rank 1."
        )
        if self.without:
            text += f" {len(self.without)} more categories cannot be made from these votes: {', '.join(self.without)}."
        return Prose(text)


def leaders(votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings()) -> Leaders:
    """The leaders of many categories from one scan of the votes.

    Raises:
        UsageError: a category is not known.
        InputError: no category has a board.
    """
    votes = load_votes(votes)
    made, why = boards(votes, categories, settings)
    if not made:
        raise InputError(f"no category has a board: {next(iter(why.values()), 'none was asked for')}")
    return Leaders(made, why, votes.fingerprint)


def unrated(board: Board | Unavailable) -> Result:
    """The models a board leaves out: model, votes, reason."""
    if isinstance(board, Unavailable):
        return board
    words = board.not_rated or f"All {len(board.models)} models are rated."
    return Listing(board.left_out, f"Models left out: {board.category.label}", words)
