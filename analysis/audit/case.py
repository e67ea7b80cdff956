"""Case: what an audit looks at, the votes of a category read once and the board that was fitted on them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.prompts.vote_topics import Topics, read_vote_topics
from analysis.ratings.ballots import Ballots, gather, read_ballots
from analysis.ratings.board import Board, clusters_to_read, fit_board
from analysis.ratings.models import model_facts
from analysis.ratings.pairs import OUTCOMES, PairCounts
from analysis.ratings.rateable import OR_A_RIDGE
from analysis.ratings.settings import Settings
from analysis.results.origin import Origin
from analysis.results.prose import spoken
from analysis.votes.category import Category
from analysis.votes.schema import NAMES, NUMBERS
from analysis.votes.table import Votes
from analysis.votes.times import UNTIMED, microseconds

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: What an audit does not look at: the checks are of strengths with ties as half wins, every vote counting as one.
_PLAIN = {"style_control": False, "ties": "half", "reweight": False, "ridge": 0.0, "weight": ""}


@dataclass(frozen=True)
class Groups:
    """N votes in groups.

    Attributes:
        by: what they are grouped by, in words.
        number: shape (N,), the group of each vote, −1 for none.
        labels: of the groups, in reading order.
    """

    by: str
    number: Integers
    labels: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Case:
    """The votes of a category and their board. All arrays over votes have the order of `ballots`.

    Attributes:
        board: with ties as half wins; its intervals are over judges where enough of them are known.
        ballots: the N votes between the models that the board rates; `ballots.pairs` are the pair counts of `board.fit`.
            `ballots.left` says whether a pair's first model was shown on the left; votes of one judge stand together, in the
            order of the file.
        whole: pair counts of all votes of the category between models that the settings admit, those that are not rated too.
        read: a column of the votes that were read, by its name, in their order (`ballots.row` are places in it).
        topics: what the votes are about; None where nobody said it.
        votes: the vote table; None for votes that lie in memory.
        facts: what is known of models, as `analysis.ratings.models.model_facts` has it.
        features: columns that may move votes, by the names they get (see `analysis.audit.features`).
    """

    board: Board
    ballots: Ballots
    whole: PairCounts
    read: Callable[[str], pa.ChunkedArray] = field(repr=False)
    topics: Topics | None = None
    votes: Votes | None = None
    facts: pd.DataFrame = field(default_factory=model_facts, repr=False)
    features: Mapping[str, str] = field(default_factory=dict)

    @property
    def settings(self) -> Settings:
        """Of the board."""
        return self.board.settings

    @property
    def origin(self) -> Origin:
        """Of the board."""
        return self.board.origin

    @property
    def pairs(self) -> PairCounts:
        """Pair counts of the votes between rated models."""
        return self.ballots.pairs

    @cached_property
    def order(self) -> Integers:
        """Positions of the votes in the order of time; of the file where they have no times. Shape (N,)."""
        try:
            return np.lexsort((self.ballots.row, self.time))
        except InputError:
            return np.argsort(self.ballots.row, kind="stable")

    @cached_property
    def time(self) -> Integers:
        """When each vote was cast, microseconds since 1970, UNTIMED where that is not known, shape (N,).

        Raises:
            InputError: no vote has a time.
        """
        found = microseconds(self.column("time"))[self.ballots.row]
        if (found == UNTIMED).all():
            raise InputError("these votes do not say when they were cast")
        return found

    @cached_property
    def judge(self) -> Integers:
        """Who cast each vote, shape (N,); numbers from `named` on are of votes that do not name their judge.

        Raises:
            InputError: no vote names its judge.
        """
        if "judge" not in self.ballots.clusters or not self.named:
            raise InputError("these votes do not say who cast them")
        return np.asarray(self.ballots.clusters["judge"], dtype=np.int64)

    @property
    def named(self) -> int:
        """The first number of `judge` that names nobody; how many judges there are in the whole reading."""
        return self.ballots.named.get("judge", 0)

    def judge_names(self, numbers: Integers) -> list[str]:
        """The pseudonyms of judges by their numbers in `judge`."""
        names = self.column("judge")
        return [str(names[int(row)].as_py()) for row in self.ballots.row[np.searchsorted(self.judge, numbers)]]

    @cached_property
    def left(self) -> NDArray[np.bool_]:
        """Whether the first model of its pair was shown on the left, shape (N,).

        Raises:
            InputError: the file sorts models: no pair was ever shown both ways round, so that sides mean nothing.
        """
        left = self.ballots.left
        if left is None:
            raise InputError("these votes do not say which answer stood on the left")
        shown = np.bincount(self.ballots.pair, left, len(self.pairs.first))
        several = self.pairs.total >= 2
        if not ((shown > 0) & (shown < self.pairs.total))[several].any():
            raise InputError("no pair of models was ever shown both ways round: this file sorts its models, so sides say nothing")
        return left

    def column(self, name: str) -> pa.ChunkedArray:
        """A column of the votes that were read, in the order of the file.

        Raises:
            InputError: these votes do not have it.
        """
        try:
            return self.read(name)
        except KeyError:
            raise InputError(f"these votes have no {spoken(name)}") from None

    @property
    def further(self) -> tuple[str, ...]:
        """Names of the columns that a frame had beside those of the vote table."""
        return () if self.votes is None else tuple(self.votes.further.names)

    def known(self, name: str) -> bool:
        """Whether these votes have a column, or any votes may."""
        if name in NAMES or self.votes is not None:
            return name in NAMES or name in self.further
        try:
            self.read(name)
        except KeyError:
            return False
        return True

    def numbers(self, name: str) -> Floats:
        """A column of numbers or marks, NaN where there is none, shape (N,).

        Raises:
            UsageError: it holds no numbers.
            InputError: these votes do not have it.
        """
        column = self.column(name)
        told = (pa.types.is_integer, pa.types.is_floating, pa.types.is_boolean, pa.types.is_null)
        if not any(is_kind(column.type) for is_kind in told):
            raise UsageError(f"column {name!r} holds no numbers; there are {', '.join(NUMBERS)} and further ones of a frame.")
        if pa.types.is_boolean(column.type):
            column = pc.cast(column, pa.int8())
        # Taken before they are made wider: half as much memory to jump about in.
        return np.asarray(column.to_numpy()[self.ballots.row], dtype=float)

    def facts_of(self, models: Sequence[str]) -> pd.DataFrame:
        """What is known of the given models, in their order and by their names, missing where nothing is."""
        return self.facts.drop_duplicates("model").set_index("model").reindex(list(models))

    def groups(self, by: str) -> Groups:
        """The votes by `month`, `topic`, `length` (of what the user wrote, thirds) or a column of texts or marks.

        Raises:
            InputError: these votes do not have it.
        """
        if by == "topic":
            return self._topics()
        if by == "length":
            return self._lengths()
        if by == "month":
            stamps = pd.Series(np.where(self.time == UNTIMED, np.iinfo(np.int64).min, self.time)).astype("datetime64[us]")
            number, labels = pd.factorize(stamps.dt.to_period("M"), sort=True)
            return Groups("month", number, tuple(map(str, labels)))
        column = self.column(by).combine_chunks()
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        if isinstance(encoded, pa.ChunkedArray):
            encoded = encoded.unify_dictionaries().combine_chunks()
        number = np.asarray(encoded.indices.fill_null(-1).to_numpy(zero_copy_only=False), dtype=np.int64)[self.ballots.row]
        return Groups(spoken(by), number, tuple(str(label) for label in encoded.dictionary.to_pylist()))

    def _topics(self) -> Groups:
        if self.topics is None or self.votes is None:
            raise InputError("no topics were given")
        found = read_vote_topics(self.votes, self.topics)
        numbers = sorted(found.labels)
        place = pd.Index(numbers).get_indexer(found.topic[self.ballots.row])
        return Groups("topic", np.asarray(place, dtype=np.int64), tuple(found.labels[number] for number in numbers))

    def _lengths(self) -> Groups:
        tokens = self.numbers("tokens_user")
        ends = np.unique(np.nanquantile(tokens, [1 / 3, 2 / 3])) if np.isfinite(tokens).any() else np.array([])
        number = np.where(np.isfinite(tokens), np.searchsorted(ends, tokens, side="left"), -1)
        labels = [f"up to {end:,.0f} tokens" for end in ends]
        return Groups("length of the prompt", number, (*labels, f"more than {ends[-1]:,.0f} tokens" if len(ends) else "all"))


def read_case(votes: Votes, category: str, settings: Settings, topics: Topics | None = None) -> Case:
    """The case of a category of votes.

    Raises:
        UsageError: the category is not known, or the settings are not those of a plain board.
        InputError: the votes cannot rate two models.
    """
    check_plain(settings)
    found = find_category(category)
    by = clusters_to_read(votes, settings)
    if "judge" in votes.available and "judge" not in by:
        by = ("judge", *by)  # checks of judges need them, whatever intervals are over
    ballots = read_ballots(votes, {category: found}, by, all_rows=True)[category]
    return _case(ballots, found, settings, votes.origin, votes.column, topics=topics, votes=votes)


def case_of(table: pa.Table, settings: Settings = Settings(), facts: pd.DataFrame | None = None) -> Case:
    """The case of votes that lie in memory, columns of the vote table: hundreds of simulated arenas are looked at without files.

    Raises:
        UsageError: the settings are not those of a plain board.
        InputError: the votes cannot rate two models.
    """
    check_plain(settings)

    def coded(name: str) -> tuple[Integers, list[str]]:
        column = table[name].combine_chunks()
        encoded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
        return np.asarray(encoded.indices.to_numpy(), dtype=np.int64), encoded.dictionary.to_pylist()

    (left, left_names), (right, right_names), (outcome, outcomes) = map(coded, ("model_a", "model_b", "outcome"))
    models = sorted({*left_names, *right_names})
    place = {name: number for number, name in enumerate(models)}
    columns: dict[str, NDArray[Any]] = {
        "left": np.array([place[name] for name in left_names], dtype=np.int64)[left],
        "right": np.array([place[name] for name in right_names], dtype=np.int64)[right],
        "outcome": np.array([[each.value for each in OUTCOMES].index(name) for name in outcomes], dtype=np.int8)[outcome],
        "members_0": np.ones(len(table), dtype=np.int64),
    }
    by: tuple[str, ...] = ()
    if "judge" in table.column_names:
        by, columns["judge"], columns["judge_known"] = ("judge",), coded("judge")[0], np.ones(len(table), dtype=bool)
    names = pd.DataFrame({"model": models, "number": np.arange(len(models))})
    ballots = gather(columns, names, ("overall",), by, style=False)["overall"]
    return _case(ballots, find_category("overall"), settings, Origin(simulated=True), table.column, facts=facts)


def check_plain(settings: Settings) -> None:
    """Raise a UsageError where settings are not those of a plain board, which is what an audit is of."""
    if settings.cluster == "both":
        raise UsageError("the audit takes votes to hang together by judge or by prompt: use cluster=judge or cluster=prompt.")
    for name, plain in _PLAIN.items():
        if getattr(settings, name) != plain:
            raise UsageError(f"the audit is of the plain board, with ties as half wins: leave out {name}.")


@contextmanager
def _without_ridge() -> Iterator[None]:
    """Advice of a ridge, which an audit has not, is left out of what is said of votes that rate nobody."""
    try:
        yield
    except InputError as error:
        raise InputError(str(error).replace(OR_A_RIDGE, "")) from None


@_without_ridge()
def _case(
    ballots: Ballots,
    category: Category,
    settings: Settings,
    origin: Origin,
    read: Callable[[str], pa.ChunkedArray],
    *,
    topics: Topics | None = None,
    votes: Votes | None = None,
    facts: pd.DataFrame | None = None,
) -> Case:
    pairs = ballots.pairs
    board = fit_board(pairs, category, settings, origin, ballots=ballots)
    assert board.fit is not None
    # Models that were left out by the settings are nobody's fault.
    whole = pairs.keep(np.flatnonzero(pairs.votes_by_model >= settings.minimum_votes))
    kept = ballots.keep(np.flatnonzero(np.isin(pairs.models, board.models)))
    fitted = replace(kept, pairs=board.fit.pairs)
    return Case(board, fitted, whole, read, topics, votes, model_facts() if facts is None else facts)
