"""Evidence: all boards and shifts that claims need, counted in one scan of the votes and fitted when asked for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from analysis.categories.categories import find_category, supported
from analysis.claims.dates import AsOf, as_of
from analysis.errors import InputError
from analysis.ratings.ballots import read_ballots
from analysis.ratings.basis import Basis
from analysis.ratings.board import Board, Poll, read_polls
from analysis.ratings.settings import Settings
from analysis.ratings.shift import Shift, compare
from analysis.votes.category import Category, both_categories
from analysis.votes.populations import Population, population
from analysis.votes.prompts import first_votes
from analysis.votes.table import Votes

#: The votes that are left when repeated prompts are removed: by the release's own tag, else by comparing prompts.
TAGGED = find_category("deduplicated")
FRESH = Category("first_votes", "First vote of each prompt", "votes whose prompt nobody asked before", ("prompt",), TAGGED.rule)


@dataclass(frozen=True)
class Needs:
    """What one claim needs: categories that get a board, and pairs of categories that get a shift."""

    boards: tuple[str, ...] = ()
    shifts: tuple[tuple[str, str], ...] = ()

    @property
    def categories(self) -> tuple[str, ...]:
        """All categories, those of shifts too."""
        return (*self.boards, *(name for pair in self.shifts for name in pair))


@dataclass(frozen=True, eq=False)
class Evidence:
    """Boards by category and shifts by pair of categories as of one date, each fitted once.

    What is asked for later must have been named before; `without_repeats` needs the shift from `overall` to `TAGGED`.

    Attributes:
        population: which votes these are.
        as_of: those of them that there were at the date.
        polls: by the name of a category, or of two.
    """

    votes: Votes
    population: Population
    as_of: AsOf
    settings: Settings
    polls: Mapping[str, Poll] = field(default_factory=dict)
    _boards: dict[str, Board] = field(default_factory=dict)
    _shifts: dict[tuple[str, str], Shift] = field(default_factory=dict)

    def board(self, category: str) -> Board:
        """The board of a category.

        Raises:
            InputError: the votes lack a column of the category, or cannot rate two models in it.
        """
        found = find_category(category)
        found.check(self.votes)
        if category not in self._boards:
            self._boards[category] = self.polls[category].board(found, self.settings)
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
            both = self.polls[both_categories(*map(find_category, pair)).name]
            self._shifts[pair] = compare(board_from, board_to, both.pairs)
        return self._shifts[pair]

    @cached_property
    def without_repeats(self) -> Shift:
        """The shift from all votes to those left when repeated prompts are removed: by the arena's own tag where the
        release has it, else to the first vote of each prompt.

        Raises:
            InputError: the votes have neither the tag nor prompts, no prompt is repeated, or a board cannot be fitted.
        """
        if not TAGGED.missing(self.votes):
            whole, left = self.polls["overall"], self.polls[TAGGED.name]
        else:
            FRESH.check(self.votes)
            whole, left = self._first_votes()
        if left.pairs.votes == whole.pairs.votes:
            raise InputError(f"none of the {whole.pairs.votes:,} votes repeats a prompt")
        if not TAGGED.missing(self.votes):
            return self.shift("overall", TAGGED.name)
        board_from = whole.board(find_category("overall"), self.settings)
        return compare(board_from, left.board(FRESH, self.settings), left.pairs)

    def _first_votes(self) -> tuple[Poll, Poll]:
        """All votes, and those whose prompt nobody asked before; read again one by one where only their counts were read."""
        votes, overall = self.votes, self.as_of.within(find_category("overall"))
        whole = self.polls["overall"].ballots or read_ballots(votes, {overall.name: overall}, ())[overall.name]
        left = whole.only(first_votes(votes)[whole.row]).counted()
        return Poll(votes, whole.pairs, whole), Poll(votes, left.pairs, left)


def read_evidence(votes: Votes, needed: Iterable[tuple[str, Needs]], settings: Settings) -> dict[str, Evidence]:
    """The evidence as of each date for what the claims of that date need.

    Args:
        needed: the date of each claim and what it needs.
    """
    kind, by_date = population(votes), dict[str, list[Needs]]()
    for date, needs in needed:
        by_date.setdefault(date, []).append(needs)
    dates = {date: as_of(votes, kind, date) for date in by_date}
    wanted = {
        f"{date} {name}": dates[date].within(category)
        for date, all_needs in by_date.items()
        if not dates[date].why
        for name, category in _categories(votes, all_needs).items()
    }
    polls = read_polls(votes, wanted, settings) if wanted else {}
    found = {}
    for date in by_date:
        of_date = {name.removeprefix(f"{date} "): poll for name, poll in polls.items() if name.startswith(f"{date} ")}
        found[date] = Evidence(votes, kind, dates[date], settings, of_date)
    return found


def _categories(votes: Votes, needed: Iterable[Needs]) -> dict[str, Category]:
    """The categories that the votes can answer of those that are needed, and what both categories of a pair have."""
    needed = list(needed)
    found, _ = supported(votes, dict.fromkeys(name for needs in needed for name in needs.categories))
    pairs = [pair for needs in needed for pair in needs.shifts if set(pair) <= found.keys()]
    both = [both_categories(*(found[name] for name in pair)) for pair in pairs]
    return found | {category.name: category for category in both}
