"""A reading: votes read once, so that the boards of any selection of them are a sum and a fit away."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from analysis.categories.categories import find_category
from analysis.ratings.ballots import Ballots, read_ballots
from analysis.ratings.board import Board, clusters_to_read, fit_board
from analysis.ratings.settings import Settings
from analysis.ratings.shift import Shift, compare
from analysis.votes import engine
from analysis.votes.times import UNTIMED, read_times

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.explore.selection import Selection
    from analysis.votes.table import Votes

    Flags = NDArray[np.bool_]
    Integers = NDArray[np.signedinteger[Any]]

#: Microseconds of a day.
_DAY = 86_400_000_000

#: The day of a vote without a time, and the language of one without a language.
NEVER, NO_LANGUAGE = -1, -1

#: Categories whose votes are kept in mind.
_KEPT = 64


@dataclass(frozen=True, eq=False)
class Reading:
    """N votes and what selections ask of each; arrays of votes are in the order of the vote table.

    Attributes:
        ballots: all of the votes.
        day: shape (N,), days since 1970 (UTC), NEVER where that is not known.
        language: shape (N,), position in `languages`, NO_LANGUAGE where that is not known.
        languages: by name, those with most votes first.
    """

    votes: Votes
    ballots: Ballots
    day: Integers
    language: Integers
    languages: tuple[str, ...]
    settings: Settings = Settings()
    _members: dict[str, Flags] = field(default_factory=dict, repr=False)

    @property
    def models(self) -> tuple[str, ...]:
        """All models of the votes, sorted; positions of models are positions here."""
        return self.ballots.pairs.models

    @cached_property
    def sides(self) -> tuple[Integers, Integers]:
        """The positions of the two models of each vote, in no order of sides, each shape (N,); −1 for votes that no board of
        these settings counts."""
        first, second = np.full((2, len(self.day)), -1, dtype=np.int32)
        first[self.ballots.row] = self.ballots.pairs.first[self.ballots.pair]
        second[self.ballots.row] = self.ballots.pairs.second[self.ballots.pair]
        return first, second

    @cached_property
    def judge(self) -> Integers | None:
        """The number of the judge of each vote, shape (N,), −1 where no board counts it; None where the votes name none."""
        if "judge" not in self.ballots.clusters:
            return None
        numbers = np.full(len(self.day), -1, dtype=np.int64)
        numbers[self.ballots.row] = self.ballots.clusters["judge"]
        return numbers

    def judge_name(self, number: int) -> str:
        """The name of the judge of that number."""
        assert self.judge is not None
        return str(self._judges[int(np.argmax(self.judge == number))])

    @cached_property
    def _judges(self) -> pa.ChunkedArray:
        """The name of the judge of each vote."""
        return pq.read_table(self.votes.path, columns=["judge"])["judge"]

    def members(self, name: str) -> Flags:
        """Which votes are in a category, shape (N,).

        Raises:
            UsageError: the category is not known.
            InputError: the votes lack a column that it needs.
        """
        if name not in self._members:
            category = find_category(name)
            category.check(self.votes)
            table = self.votes.expression
            inside = ibis.coalesce(category.rule(table), ibis.literal(False))
            if len(self._members) >= _KEPT:
                self._members.pop(next(iter(self._members)))
            read = engine.to_arrow(table.select("model_a", inside=inside))["inside"]
            self._members[name] = read.to_numpy().astype(bool)
        return self._members[name]

    def narrowed(self, selection: Selection) -> Flags:
        """Which votes are of the selection's period and languages, shape (N,)."""
        chosen = np.ones(len(self.day), dtype=bool)
        if selection.first:
            chosen &= self.day >= day_number(selection.first)
        if selection.last:
            chosen &= (self.day <= day_number(selection.last)) & (self.day != NEVER)
        if selection.languages:
            wanted = [self.languages.index(name) for name in selection.languages if name in self.languages]
            chosen &= np.isin(self.language, wanted)
        return chosen

    def chosen(self, selection: Selection) -> tuple[Flags, Flags]:
        """Which votes are of each of the two boards, each shape (N,).

        Raises:
            UsageError, InputError: as `members`.
        """
        narrowed = self.narrowed(selection)
        one, other = (self.members(name) & narrowed for name in (selection.from_, selection.to))
        return one, other

    def board(self, name: str, chosen: Flags) -> Board:
        """The board of the chosen votes, shape (N,), under the name of their category: what `board` makes of that name.

        Raises:
            InputError: no two models can be rated.
        """
        ballots = self.ballots.only(chosen[self.ballots.row]).counted()
        return fit_board(ballots.pairs, find_category(name), self.settings, self.votes.origin, ballots=ballots)

    def shift(self, selection: Selection) -> Shift:
        """The shift between the two boards of a selection: what `shift` makes of its names.

        Raises:
            UsageError, InputError: as `members` and `board`.
        """
        one, other = self.chosen(selection)
        first = self.board(selection.names[0], one)
        second = first if selection.one_board else self.board(selection.names[1], other)
        return compare(first, second)


def read(votes: Votes, settings: Settings = Settings()) -> Reading:
    """Read votes once.

    Raises:
        InputError: the votes lack a column that the settings need.
    """
    by = clusters_to_read(votes, settings)
    ballots = read_ballots(votes, {"overall": find_category("overall")}, by, style=settings.style_control)["overall"]
    times = read_times(votes)
    day = np.where(times == UNTIMED, NEVER, times // _DAY)
    language, languages = _languages(votes)
    return Reading(votes, ballots, day, language, languages, settings)


def day_number(day: str) -> int:
    """A day, `2024-06-01`, as days since 1970."""
    return int(np.datetime64(day, "D").astype(int))


def day_name(number: int) -> str:
    """Days since 1970 as a day, `2024-06-01`."""
    return str(np.datetime64(int(number), "D"))


def _languages(votes: Votes) -> tuple[Integers, tuple[str, ...]]:
    """The language of each vote, shape (N,), as a position among the names, those with most votes first."""
    column = pq.read_table(votes.path, columns=["language"])["language"].combine_chunks()
    counts = sorted(pc.value_counts(column.drop_null()).to_pylist(), key=lambda row: (-row["counts"], row["values"]))
    names = [row["values"] for row in counts]
    places = pc.index_in(column, value_set=pa.array(names, pa.string())).fill_null(NO_LANGUAGE)
    return places.to_numpy(zero_copy_only=False), tuple(names)
