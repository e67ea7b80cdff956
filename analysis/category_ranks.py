"""Category ranks: every model's rank in every category, the arena's overview."""

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
from analysis.result import Prose, Result
from analysis.settings import Settings
from analysis.sources.load import load_votes
from analysis.votes import Votes

#: Models of the first category that the sentence looks at: further down, ranks are too uncertain to compare.
LEADING = 20


@dataclass(frozen=True, eq=False)
class CategoryRanks(Result):
    """The boards of many categories.

    Attributes:
        boards: by category name, in the order asked for.
        without: why a category has no board, by its name.
    """

    boards: Mapping[str, Board]
    without: Mapping[str, str]
    fingerprint: str
    simulated: bool = False

    @property
    def caption(self) -> str:  # type: ignore[override]
        """What the table shows, and what its intervals are over."""
        return f"Rank of each model in each category; {over(board.basis for board in self.boards.values())}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, in the order of the first category: model and its rank in each category, by the category's
        label; missing where the model is not rated there."""
        ranks = {board.category.label: pd.Series(board.ranks, index=list(board.models)) for board in self.boards.values()}
        order = list(dict.fromkeys(model for board in self.boards.values() for model in board.models))
        frame = pd.DataFrame(ranks).reindex(order).astype("Int64")
        return frame.rename_axis("model").reset_index()

    @property
    def sizes(self) -> pd.DataFrame:
        """category (its label), votes, models: how much each rank rests on."""
        rows = [(board.category.label, int(board.votes.sum() / 2), len(board.models)) for board in self.boards.values()]
        return pd.DataFrame(rows, columns=["category", "votes", "models"])

    @property
    def sentence(self) -> Prose:
        """Who is on rank 1 in most categories, and whose rank differs most among the leading models."""
        ranks = self.table.set_index("model")
        firsts = ranks.eq(1).sum(axis=1)
        most = firsts[firsts == firsts.max()].index.tolist()
        others = f" and {len(most) - 1} other{'s' * (len(most) > 2)}" if len(most) > 1 else ""
        text = f"{most[0]}{others} {'are' if others else 'is'} on rank 1 in {firsts.max()} of {ranks.shape[1]} categories."
        leading = ranks.head(LEADING).dropna()
        spread = (leading.max(axis=1) - leading.min(axis=1)).astype(int)
        if spread.max() > 0:
            model, row = spread.idxmax(), leading.loc[spread.idxmax()].astype(int)
            low, high = row.idxmin(), row.idxmax()
            text += f" Among the leading models {model} varies most: rank {row[low]} in {low}, {row[high]} in {high}."
        text += " Smaller categories have wider intervals, which alone moves ranks up."
        if self.without:
            text += f" {len(self.without)} more categories have no board: {', '.join(self.without)}."
        return Prose(text)


def category_ranks(
    votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings()
) -> CategoryRanks:
    """The ranks of all models in many categories, from one scan of the votes.

    Raises:
        UsageError: a category is not known.
        InputError: no category has a board.
    """
    votes = load_votes(votes)
    made, why = boards(votes, categories, settings)
    if not made:
        raise InputError(f"no category has a board: {next(iter(why.values()), 'none was asked for')}")
    return CategoryRanks(made, why, votes.fingerprint, votes.simulated)
