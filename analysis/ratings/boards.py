"""Boards of many categories side by side: who leads each, and every model's rank in every one, the arena's overview."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Unpack, overload

import pandas as pd

from analysis.categories.categories import CATEGORIES, find_category, supported
from analysis.errors import InputError
from analysis.ratings.basis import over
from analysis.ratings.board import Board, large_enough, read_polls
from analysis.ratings.board import board as one_board
from analysis.ratings.intervals import LEADS_FROM, half_widths, written_chance
from analysis.ratings.pairs import count_pairs
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.ratings.shift import Shift, compare
from analysis.results.prose import Prose, counted, in_points, joined, percent, signed
from analysis.results.result import Result
from analysis.results.tables import Format, Formats
from analysis.shares.discovery import RATE, q_values
from analysis.sources.load import load_votes
from analysis.votes.category import both_categories
from analysis.votes.table import Votes

#: What stands in place of a leader where none is decided.
UNDECIDED = "not decided"

#: A category that selects votes by their outcome: without ties all distances are larger, which says nothing of a model.
STRETCHED = "exclude_ties"

#: Leaders that a sentence names before it counts the others.
NAMED = 3

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

    formats = MappingProxyType({"chance": Format(written_chance)})

    @cached_property
    def table(self) -> pd.DataFrame:
        """category, leader (`not decided` where the chance of the first to be the strongest is below LEADS_FROM), first (the
        model of the highest rating), chance (its own, to be the strongest), rating, lower, upper (its, points), shared (other
        models on rank 1), votes, effective_votes (independent ones that would give intervals as wide), models, not_rated
        (models with votes that are left out)."""
        rows = []
        for board in self.boards.values():
            first, shared = board.table.iloc[0], int((board.table["rank"] == 1).sum()) - 1
            leads = (board.leader() or UNDECIDED, board.models[0], board.first_chances[0])
            votes = (int(board.votes.sum() / 2), round(board.effective_votes))
            size = (len(board.models), int((board.left_out["votes"] > 0).sum()))
            rows.append((board.category.label, *leads, *first[["rating", "lower", "upper"]], shared, *votes, *size))
        columns = ["category", "leader", "first", "chance", "rating", "lower", "upper", "shared"]
        return pd.DataFrame(rows, columns=[*columns, "votes", "effective_votes", "models", "not_rated"])

    @property
    def sentence(self) -> Prose:
        """How many categories each model leads, in how many no leader is decided, and which categories are missing."""
        text = who_leads(self.table["leader"], "category", "categories")
        return Prose(f"{text} {_more(self.without)}" if self.without else text)


@dataclass(frozen=True, eq=False)
class CategoryRanks(Result):
    """The boards of many categories.

    Attributes:
        boards: by category name, in the order asked for.
        without: why a category has no board, by its name.
        shifts: from the first category to each other one that shares two models with it, by the other's name; none to or from
            one that selects by outcome.
    """

    boards: Mapping[str, Board]
    without: Mapping[str, str]
    shifts: Mapping[str, Shift] = field(default_factory=dict)

    @property
    def caption(self) -> str:  # type: ignore[override]
        """What the table shows, and what its intervals are over."""
        return f"Rank of each model in each category; {over(board.basis for board in self.boards.values())}"

    @property
    def table(self) -> pd.DataFrame:
        """One row per model, in the order of the first category: model and its rank in each category, by the category's
        label; missing where the model is not rated there."""
        return self.ranks.reset_index()

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """The columns of ranks, by model."""
        ranks = {board.category.label: pd.Series(board.ranks, index=list(board.models)) for board in self.boards.values()}
        order = list(dict.fromkeys(model for board in self.boards.values() for model in board.models))
        frame = pd.DataFrame(ranks).reindex(order).astype("Int64")
        return frame.rename_axis("model")

    @property
    def sizes(self) -> pd.DataFrame:
        """category (its label), votes, models: how much each rank rests on."""
        rows = [(board.category.label, int(board.votes.sum() / 2), len(board.models)) for board in self.boards.values()]
        return pd.DataFrame(rows, columns=["category", "votes", "models"])

    @cached_property
    def changes(self) -> pd.DataFrame:
        """category (its label), model, change, lower, upper (points), p_value, q_value: each rating in each further category
        less that in the first, as distances from the mean of the models that both rate; q-values are over all rows.

        Intervals and p-values know which votes the two share (see `shift.compare`). So a category that is small does not
        differ for that alone, as its ranks do.
        """
        parts = []
        for name, shift in self.shifts.items():
            rating_from, rating_to = shift.ratings
            change, half = rating_to - rating_from, half_widths(shift.covariance, shift.board_from.settings.level)
            ends = {"change": change, "lower": change - half, "upper": change + half, "p_value": shift.p_values}
            parts.append(pd.DataFrame({"category": self.boards[name].category.label, "model": shift.models, **ends}))
        columns = ["category", "model", "change", "lower", "upper", "p_value"]
        frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
        return frame.assign(q_value=q_values(frame["p_value"]))

    @property
    def clear(self) -> pd.DataFrame:
        """The rows of `changes` that are more than chance allows, the largest change first."""
        found = self.changes[self.changes["q_value"] <= RATE]
        return found.sort_values("change", key=abs, ascending=False, kind="stable")

    @property
    def most_firsts(self) -> list[str]:
        """The models that are on rank 1 in most categories."""
        firsts = self.ranks.eq(1).sum(axis=1)
        return [str(model) for model in firsts[firsts == firsts.max()].index]

    @property
    def sentence(self) -> Prose:
        """Who is on rank 1 in most categories, and which rating differs most from that in the first, beyond chance."""
        ranks, most = self.ranks, self.most_firsts
        others = f" and {len(most) - 1} other{'s' * (len(most) > 2)}" if len(most) > 1 else ""
        where = f"{ranks.loc[most[0]].eq(1).sum()} of {ranks.shape[1]} categories"
        text = f"{most[0]}{others} {'are' if others else 'is'} on rank 1 in {where}."
        text += " Smaller categories have wider intervals, which alone moves ranks up."
        if len(self.changes):
            text += f" {self._differences()}"
        if self.without:
            text += f" {_more(self.without)}"
        return Prose(text)

    def _differences(self) -> str:
        """How many ratings differ from those in the first category beyond what chance allows, and the largest difference."""
        clear, count = self.clear, len(self.changes)
        first, rate = next(iter(self.boards.values())).category.label, f"false-discovery rate {percent(RATE, 0)}"
        if clear.empty:
            return (
                f"Of {count:,} ratings, all held at once against those in {first}, none differs beyond what chance allows "
                f"({rate}); a category asked about alone can show more."
            )
        top = clear.iloc[0]
        differ = "rating differs from that" if count == 1 else f"ratings differ{'s' * (len(clear) == 1)} from those"
        return (
            f"{len(clear):,} of {count:,} {differ} in {first} beyond what chance allows "
            f"({rate}); the largest difference is {top['model']} in {top['category']}, {in_points(signed(top['change']))} "
            f"({signed(top['lower'])} to {signed(top['upper'])})."
        )


@dataclass(frozen=True, eq=False)
class SideBySide(CategoryRanks):
    """The boards of some categories, each with its ratings; for many of them the ranks alone say more."""

    @property
    def caption(self) -> str:  # type: ignore[override]
        """What the table shows, and what its intervals are over."""
        names = joined((board.category.label for board in self.boards.values()), NAMED)
        return f"Boards side by side: {names}; {over(board.basis for board in self.boards.values())}"

    @property
    def formats(self) -> Formats:  # type: ignore[override]
        """Headings by the categories' labels."""
        return {
            "|".join(f"{name}_{part}" for part in column.split("|")): Format(write, f"{board.category.label}, {heading}")
            for name, board in self.boards.items()
            for column, (heading, write) in _BESIDE.items()
        }

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per model, in the order of the first category: model, and of each category by its name rating, lower and
        upper (points) and rank, as in `coding_rating`; missing where the model is not rated there."""
        frames = [_beside(name, board.table) for name, board in self.boards.items()]
        order = list(dict.fromkeys(model for board in self.boards.values() for model in board.models))
        return pd.concat([frame.reindex(order) for frame in frames], axis=1).rename_axis("model").reset_index()


def _points(value: float) -> str:
    return f"{value:z.1f}".replace("-", "−")


#: The columns of a board that stand beside those of another, and its interval: their headings, and how they are written.
_BESIDE: Mapping[str, tuple[str, Callable[[Any], str]]] = {
    "rating": ("rating", _points),
    "lower": ("lower", _points),
    "upper": ("upper", _points),
    "lower|upper": ("interval", str),
    "rank": ("rank", str),
}


def _beside(name: str, table: pd.DataFrame) -> pd.DataFrame:
    """A board's columns by model, the category's name before theirs."""
    columns = [column for column in _BESIDE if "|" not in column]
    return table.set_index("model")[columns].astype({"rank": "Int64"}).add_prefix(f"{name}_")


def who_leads(leader: pd.Series, one: str, several: str) -> str:
    """How many things each model leads, and in how many no leader is decided.

    Args:
        leader: of each thing, UNDECIDED where there is none.
        one, several: what the things are called.
    """
    counts = Counter(sorted(leader[leader != UNDECIDED])).most_common()
    whole = counted(len(leader), one, several)
    parts = [f"{model} leads {times}{'' if place else f' of {whole}'}" for place, (model, times) in enumerate(counts)]
    undecided, least = int((leader == UNDECIDED).sum()), f"the first has a chance below {percent(LEADS_FROM, 0)} to be the best"
    text = joined(parts, NAMED) if parts else f"No leader is decided in {'any of ' * (len(leader) > 1)}{whole}: {least}"
    return text + (f"; in {undecided} no leader is decided ({least})." if parts and undecided else ".")


def _more(without: Mapping[str, str]) -> str:
    """Which categories are missing, by their labels, the tail counted."""
    have = counted(len(without), "more category has", "more categories have")
    return f"{have} no board: {joined((find_category(name).label for name in without), _NAMED)}."


@by_keyword
def boards(
    votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings(), **options: Unpack[Options]
) -> tuple[dict[str, Board], dict[str, str]]:
    """The boards of many categories from one scan of the votes, and why the others could not be made, each by name.

    Raises:
        UsageError: a category is not known.
        InputError: the votes lack a column that the settings need.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    found, why = supported(votes, categories)
    made = {}
    for name, poll in (read_polls(votes, found, settings) if found else {}).items():
        try:
            made[name] = poll.board(found[name], settings)
        except InputError as error:
            why[name] = str(error)
    return made, why


@overload
def board(
    votes: Votes | str | Path, category: str = "overall", settings: Settings = Settings(), **options: Unpack[Options]
) -> Board: ...


@overload
def board(
    votes: Votes | str | Path, category: list[str] | tuple[str, ...], settings: Settings = Settings(), **options: Unpack[Options]
) -> SideBySide: ...


@by_keyword
def board(
    votes: Votes | str | Path,
    category: str | list[str] | tuple[str, ...] = "overall",
    settings: Settings = Settings(),
    **options: Unpack[Options],
) -> Board | SideBySide:
    """The board of a category, or the boards of several side by side: `board(votes, ["coding", "math"])`.

    Of models that are not all connected the group with most votes is rated.

    Args:
        category: a name, such as `coding` or `where:turns >= 3`, or several; `categories()` lists them.
        settings: as `Settings` explains each; those that are given by their names go before these.

    Raises:
        UsageError: a category or a setting is not known, or a value is not allowed.
        InputError: the votes lack a column the category or the settings need, or cannot rate two models.
    """
    settings = settled(settings, options)
    if isinstance(category, str):
        return one_board(votes, category, settings)
    votes, names = load_votes(votes), list(dict.fromkeys(category))
    made, why = boards(votes, names, settings)
    if not made:
        raise InputError(f"no category has a board: {next(iter(why.values()), 'none was asked for')}")
    return SideBySide(made, why, _shifts(votes, made), origin=votes.origin)


@by_keyword
def leaders(
    votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings(), **options: Unpack[Options]
) -> Leaders:
    """The leaders of many categories from one scan of the votes.

    Raises:
        UsageError: a category is not known.
        InputError: no category has a board.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    made = Leaders(*_any_boards(votes, categories, settings), origin=votes.origin)
    _ = made.table  # chances of so many boards take a while: made now, they are not waited for where it is shown
    return made


@by_keyword
def category_ranks(
    votes: Votes | str | Path, categories: Iterable[str] = CATEGORIES, settings: Settings = Settings(), **options: Unpack[Options]
) -> CategoryRanks:
    """The ranks of all models in many categories, and how their ratings differ from those in the first.

    Raises:
        UsageError: a category is not known.
        InputError: no category has a board.
    """
    settings = settled(settings, options)
    votes = load_votes(votes)
    made, why = _any_boards(votes, categories, settings)
    return CategoryRanks(made, why, _shifts(votes, made), origin=votes.origin)


def _shifts(votes: Votes, made: Mapping[str, Board]) -> dict[str, Shift]:
    """The shifts from the first board to each other one that shares two models with it, by the other's name."""
    first, board = next(iter(made.items()))
    others = {name: other for name, other in made.items() if name != first and STRETCHED not in (first, name)}
    others = {name: other for name, other in others.items() if len({*board.models} & {*other.models}) >= 2}
    if first == "overall":  # which has all votes of every category
        both = {name: other.fit.pairs for name, other in others.items() if other.fit}
    else:
        names = {name: both_categories(find_category(first), find_category(name)) for name in others}
        both = count_pairs(votes, names) if names else {}
    return {name: compare(board, other, both[name]) for name, other in others.items()}


def _any_boards(votes: Votes, categories: Iterable[str], settings: Settings) -> tuple[dict[str, Board], dict[str, str]]:
    """As `boards`, of which there must be one, without those of too few votes (see `Board.too_few`)."""
    made, why = boards(votes, categories, settings)
    made, small = large_enough(made)
    if not made:
        raise InputError(f"no category has a board: {next(iter((small | why).values()), 'none was asked for')}")
    return made, why | small
