"""Boards of many categories side by side: who leads each, and every model's rank in every one, the arena's overview."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import pandas as pd

from analysis.errors import InputError
from analysis.ratings.basis import over
from analysis.ratings.board import Board, read_polls
from analysis.ratings.settings import Settings
from analysis.results.prose import Prose, counted, joined
from analysis.results.result import Result
from analysis.sources.load import load_votes
from analysis.votes.categories import CATEGORIES, find_category, supported
from analysis.votes.table import Votes

#: Models of the first category that the sentence looks at: further down, ranks are too uncertain to compare.
LEADING = 20

#: Categories without a board that a sentence names before it counts the others.
_NAMED = 5


@dataclass(frozen=True, eq=False)
class Leaders(Result):
    """The boards of many categories, side by side.

    Attributes:
        boards: by category name.
        without: why a category has no board, by its name.
    """

    boards: Mapping[str, Board]
    without: Mapping[str, str]

    @property
    def caption(self) -> str:  # type: ignore[override]
        """What the table shows, and what its intervals are over."""
        return f"Leaders by category; {over(board.basis for board in self.boards.values())}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """category, votes, effective_votes (independent ones that would give intervals as wide), models, not_rated (models
        with votes that are left out), leader, rating, lower, upper (points), shared (other models on rank 1)."""
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
            text += f" {_more(self.without)} cannot be made from these votes: {_labels(self.without)}."
        return Prose(text)


@dataclass(frozen=True, eq=False)
class CategoryRanks(Result):
    """The boards of many categories.

    Attributes:
        boards: by category name, in the order asked for.
        without: why a category has no board, by its name.
    """

    boards: Mapping[str, Board]
    without: Mapping[str, str]

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
            have = "has" if len(self.without) == 1 else "have"
            text += f" {_more(self.without)} {have} no board: {_labels(self.without)}."
        return Prose(text)


def _more(without: Mapping[str, str]) -> str:
    return counted(len(without), "more category", "more categories")


def _labels(without: Mapping[str, str]) -> str:
    """The labels of categories without a board, the tail counted."""
    return joined((find_category(name).label for name in without), _NAMED)


def boards(
    votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings()
) -> tuple[dict[str, Board], dict[str, str]]:
    """The boards of many categories from one scan of the votes, and why the others could not be made, each by name.

    Raises:
        UsageError: a category is not known.
        InputError: the votes lack a column that the settings need.
    """
    votes = load_votes(votes)
    found, why = supported(votes, categories)
    made = {}
    for name, poll in (read_polls(votes, found, settings) if found else {}).items():
        try:
            made[name] = poll.board(found[name], settings)
        except InputError as error:
            why[name] = str(error)
    return made, why


def leaders(votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings()) -> Leaders:
    """The leaders of many categories from one scan of the votes.

    Raises:
        UsageError: a category is not known.
        InputError: no category has a board.
    """
    votes = load_votes(votes)
    return Leaders(*_any_boards(votes, categories, settings), origin=votes.origin)


def category_ranks(
    votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings()
) -> CategoryRanks:
    """The ranks of all models in many categories, from one scan of the votes.

    Raises:
        UsageError: a category is not known.
        InputError: no category has a board.
    """
    votes = load_votes(votes)
    return CategoryRanks(*_any_boards(votes, categories, settings), origin=votes.origin)


def _any_boards(votes: Votes, categories: Iterable[str], settings: Settings) -> tuple[dict[str, Board], dict[str, str]]:
    """As `boards`, of which there must be one."""
    made, why = boards(votes, categories, settings)
    if not made:
        raise InputError(f"no category has a board: {next(iter(why.values()), 'none was asked for')}")
    return made, why
