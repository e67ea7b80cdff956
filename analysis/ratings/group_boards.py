"""Boards of every group of connected models, each on a scale of its own."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Unpack

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.errors import InputError
from analysis.ratings.basis import over
from analysis.ratings.board import Board, read_polls, with_left_out
from analysis.ratings.rateable import NAMED, not_rated, rateable_groups, why_left_out
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.results.prose import Prose, counted
from analysis.results.result import Result
from analysis.sources.load import load_votes
from analysis.votes.table import Votes


@dataclass(frozen=True, eq=False)
class GroupBoards(Result):
    """The boards of the groups of models that no chain of wins and of losses connects.

    Attributes:
        boards: one per group, the group with most votes first. Ratings and ranks of different groups cannot be compared.
        left_out: model, votes and reason of each model that is in no group.
    """

    boards: tuple[Board, ...]
    left_out: pd.DataFrame

    @property
    def caption(self) -> str:  # type: ignore[override]
        label = self.boards[0].category.label
        return f"Boards by group of connected models: {label}; {over(board.basis for board in self.boards)}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """group (1 for the one with most votes) and the columns of `Board.table`; ranks are among the models of a group."""
        frames = [board.table.assign(group=number) for number, board in enumerate(self.boards, start=1)]
        table = pd.concat(frames, ignore_index=True)
        table.insert(0, "group", table.pop("group"))
        return table

    @property
    def whole_table(self) -> pd.DataFrame:
        """As `Board.whole_table`; a model that is not rated has no group."""
        return with_left_out(self.table.astype({"group": "Int64"}), self.left_out)

    @property
    def sentence(self) -> Prose:
        """How many groups there are, who leads each or has its highest rating, and who is in none."""
        if len(self.boards) == 1:
            return Prose(f"All rated models are one group: {self.boards[0].lead} {self.not_rated}".rstrip())
        parts = [
            _first(board, f"group {number} ({len(board.models)} models, {counted(_votes(board), 'vote')}")
            for number, board in enumerate(self.boards, start=1)
        ]
        more = f"; and {len(parts) - NAMED} more" if len(parts) > NAMED else ""
        text = f"{len(parts)} groups of models, each on a scale of its own: ratings of different groups cannot be compared. "
        words = over(board.basis for board in self.boards)
        return Prose(f"{text}{'; '.join(parts[:NAMED])}{more}. {self.not_rated} {words.capitalize()}.".replace("  ", " "))

    @property
    def not_rated(self) -> Prose:
        """The models in no group, named with their votes and the reason; empty where there is none."""
        rated = sum(len(board.models) for board in self.boards)
        return Prose(not_rated(self.left_out, rated, self.boards[0].settings, groups_rated=True))


def _first(board: Board, group: str) -> str:
    """The first model of a board, and whether it leads its group."""
    if board.leader() and not board.too_few:
        return f"{board.models[0]} leads {group})"
    return f"{board.models[0]} has the highest rating in {group}; no leader is decided)"


def _votes(board: Board) -> int:
    """Votes among the models of a board."""
    return board.fit.pairs.votes if board.fit else 0


@by_keyword
def group_boards(
    votes: Votes | str | Path, category: str = "overall", settings: Settings = Settings(), **options: Unpack[Options]
) -> GroupBoards:
    """The board of every group of models that are connected by wins and by losses, for votes in which not all models met.

    `board` rates only the group with most votes, the first of these.

    Raises:
        UsageError: the category is not known.
        InputError: the votes lack a column the category or the settings need, or cannot rate two models.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    found = find_category(category)
    poll = read_polls(votes, {category: found}, settings)[category]
    pairs = poll.pairs
    boards, rated, failed = [], [], {}
    for group in rateable_groups(pairs, settings, f"category {found.called}"):
        try:
            boards.append(poll.board(found, settings, group))
            rated.append(group)
        except InputError as error:  # such as a group without ties under a tie model: the others still have boards
            failed.update(dict.fromkeys((pairs.models[model] for model in group), str(error).rstrip(".")))
    if not boards:
        raise InputError(f"category {found.called}: no group of models has a board: {next(iter(failed.values()))}.")
    left_out = why_left_out(pairs, np.concatenate(rated), settings)
    reasons = [failed.get(model, reason) for model, reason in zip(left_out["model"], left_out["reason"], strict=True)]
    return GroupBoards(tuple(boards), left_out.assign(reason=reasons), origin=votes.origin)
