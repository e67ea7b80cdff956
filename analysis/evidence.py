"""Evidence: all boards and shifts that a set of questions needs, counted in one scan of the votes and fitted when asked for."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from itertools import chain

import pyarrow as pa
import pyarrow.parquet as pq

from analysis.board import Board, Settings, fit_board
from analysis.categories import Category, find_category, supported
from analysis.errors import InputError
from analysis.pairs import PairCounts, count_pairs, pair_counts
from analysis.prompts import first_votes
from analysis.shift import Shift, compare
from analysis.votes import Votes

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
        both = {pair: _both(*(found[name] for name in pair)) for pair in shifts if set(pair) <= found.keys()}
        wanted: dict[str, Category] = {**found, **{category.name: category for category in both.values()}}
        self._counts = count_pairs(votes, wanted) if wanted else {}
        self._overlaps = {pair: self._counts[category.name] for pair, category in both.items()}

    def board(self, category: str) -> Board:
        """The board of a category.

        Raises:
            InputError: the votes lack a column of the category, or cannot rate two models in it.
        """
        if category in self._why:
            find_category(category).check(self.votes)
        if category not in self._boards:
            self._boards[category] = self._fitted(self._counts[category], find_category(category))
        return self._boards[category]

    def shift(self, category_from: str, category_to: str) -> Shift:
        """The shift between two categories, paired where they share votes.

        Raises:
            InputError: as `board`, or the boards share fewer than two models.
        """
        pair = (category_from, category_to)
        if pair not in self._shifts:
            board_from, board_to = self.board(category_from), self.board(category_to)
            overlap, (counts_from, counts_to) = self._overlaps[pair], (self._counts[name] for name in pair)
            self._shifts[pair] = compare(board_from, board_to, overlap, _pool(counts_from, counts_to, overlap))
        return self._shifts[pair]

    @cached_property
    def without_repeats(self) -> Shift:
        """The shift from all votes to those left when repeated prompts are removed: by the arena's own tag where the
        release has it, else to the first vote of each prompt.

        Raises:
            InputError: the votes have neither the tag nor prompts, no prompt is repeated, or a board cannot be fitted.
        """
        if not TAGGED.missing(self.votes):
            whole, left = self._counts["overall"], self._counts[TAGGED.name]
        else:
            FRESH.check(self.votes)
            whole, left = _count_first_votes(self.votes)
        if left.votes == whole.votes:
            raise InputError(f"none of the {whole.votes:,} votes repeats a prompt")
        if not TAGGED.missing(self.votes):
            return self.shift("overall", TAGGED.name)
        return compare(self._fitted(whole, find_category("overall")), self._fitted(left, FRESH), left, whole)

    def _fitted(self, counts: PairCounts, category: Category) -> Board:
        return fit_board(counts, category, self.settings, self.votes.fingerprint, self.votes.simulated)


def _both(one: Category, other: Category) -> Category:
    """The votes in both categories."""
    name = f"{one.name} and {other.name}"
    return Category(name, name, "votes in both", (*one.needs, *other.needs), lambda votes: one.rule(votes) & other.rule(votes))


def _pool(one: PairCounts, other: PairCounts, both: PairCounts) -> PairCounts:
    """Counts of the votes in either of two categories."""
    return one.with_counts(one.counts + other.counts - both.counts)


def _count_first_votes(votes: Votes) -> tuple[PairCounts, PairCounts]:
    """Counts of all votes and of those whose prompt nobody asked before."""
    names = ["model_a", "model_b", "outcome"]
    first = pa.array(first_votes(votes)).cast(pa.int64())
    table = pq.read_table(votes.path, columns=names).append_column("first", first)
    rows = table.group_by(names).aggregate([("first", "sum"), ([], "count_all")]).to_pandas()
    models = set(rows["model_a"]) | set(rows["model_b"])
    whole, fresh = pair_counts(sorted(models), rows, ("count_all", "first_sum"))
    return whole, fresh
