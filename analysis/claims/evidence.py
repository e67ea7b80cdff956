"""Evidence: all boards and shifts that a set of questions needs, counted in one scan of the votes and fitted when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain

from analysis.errors import InputError
from analysis.ratings.ballots import read_ballots
from analysis.ratings.basis import Basis
from analysis.ratings.board import Board, Poll, read_polls
from analysis.ratings.settings import Settings
from analysis.ratings.shift import Shift, compare
from analysis.votes.categories import find_category, supported
from analysis.votes.category import Category, both_categories
from analysis.votes.prompts import first_votes
from analysis.votes.table import Votes

#: The votes that are left when repeated prompts are removed: by the release's own tag, else by comparing prompts.
TAGGED = find_category("deduplicated")
FRESH = Category("first_votes", "First vote of each prompt", "votes whose prompt nobody asked before", ("prompt",), TAGGED.rule)


class Evidence:
    """Boards by category and shifts by pair of categories, each fitted once.

    The counts of all categories, and of the votes that two compared categories share, come from one scan. What is asked
    for later must have been named here; `without_repeats` needs the shift from `overall` to `TAGGED`.
    """

    def __init__(
        self,
        votes: Votes,
        categories: Iterable[str] = (),
        shifts: Iterable[tuple[str, str]] = (),
        settings: Settings = Settings(),
    ) -> None:
        self.votes, self.settings = votes, settings
        shifts = tuple(shifts)
        names = dict.fromkeys(chain(categories, *shifts))
        found, self._why = supported(votes, names)
        self._boards: dict[str, Board] = {}
        self._shifts: dict[tuple[str, str], Shift] = {}
        both = {pair: both_categories(*(found[name] for name in pair)) for pair in shifts if set(pair) <= found.keys()}
        wanted: dict[str, Category] = {**found, **{category.name: category for category in both.values()}}
        self._polls = read_polls(votes, wanted, settings) if wanted else {}
        self._overlaps = {pair: self._polls[category.name].pairs for pair, category in both.items()}

    def board(self, category: str) -> Board:
        """The board of a category.

        Raises:
            InputError: the votes lack a column of the category, or cannot rate two models in it.
        """
        if category in self._why:
            find_category(category).check(self.votes)
        if category not in self._boards:
            self._boards[category] = self._polls[category].board(find_category(category), self.settings)
        return self._boards[category]

    @property
    def bases(self) -> list[Basis]:
        """What the intervals of the boards that were asked for are over."""
        return [board.basis for board in self._boards.values()]

    def shift(self, category_from: str, category_to: str) -> Shift:
        """The shift between two categories, paired where they share votes.

        Raises:
            InputError: as `board`, or the boards share fewer than two models.
        """
        pair = (category_from, category_to)
        if pair not in self._shifts:
            board_from, board_to = self.board(category_from), self.board(category_to)
            self._shifts[pair] = compare(board_from, board_to, self._overlaps[pair])
        return self._shifts[pair]

    @cached_property
    def without_repeats(self) -> Shift:
        """The shift from all votes to those left when repeated prompts are removed: by the arena's own tag where the
        release has it, else to the first vote of each prompt.

        Raises:
            InputError: the votes have neither the tag nor prompts, no prompt is repeated, or a board cannot be fitted.
        """
        if not TAGGED.missing(self.votes):
            whole, left = self._polls["overall"], self._polls[TAGGED.name]
        else:
            FRESH.check(self.votes)
            whole, left = _first_votes(self._polls["overall"])
        if left.pairs.votes == whole.pairs.votes:
            raise InputError(f"none of the {whole.pairs.votes:,} votes repeats a prompt")
        if not TAGGED.missing(self.votes):
            return self.shift("overall", TAGGED.name)
        board_from = whole.board(find_category("overall"), self.settings)
        return compare(board_from, left.board(FRESH, self.settings), left.pairs)


def _first_votes(overall: Poll) -> tuple[Poll, Poll]:
    """All votes, and those whose prompt nobody asked before; read again one by one where only their counts were read."""
    votes, name = overall.votes, "overall"
    whole = overall.ballots or read_ballots(votes, {name: find_category(name)}, ())[name]
    left = whole.only(first_votes(votes)[whole.row]).counted()
    return Poll(votes, whole.pairs, whole), Poll(votes, left.pairs, left)
