"""History: boards by month or week, series of published boards, and the shifts between two histories, period by period."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Unpack

import pandas as pd

from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.ratings.arena_methods import warning
from analysis.ratings.basis import over
from analysis.ratings.board import Board, large_enough, read_polls
from analysis.ratings.intervals import LEADS_FROM
from analysis.ratings.published import DATES, SNAPSHOTS, check_series, published_board
from analysis.ratings.published_files import listed, read_rows
from analysis.ratings.rateable import NAMED
from analysis.ratings.settings import Options, Settings, by_keyword, settled
from analysis.ratings.shift import Shift, compare
from analysis.results.prose import Prose, counted, in_points, joined, written
from analysis.results.result import Result
from analysis.shares.discovery import RATE
from analysis.sources.load import load_votes
from analysis.votes import engine
from analysis.votes.category import Category
from analysis.votes.table import Votes

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Periods, each with what Ibis calls it and how its first day is written.
PERIODS = {"month": ("M", "%Y-%m"), "week": ("W", "%Y-%m-%d")}

#: A day or month as a series of boards is sorted by, perhaps with a time.
_ISO = re.compile(r"\d{4}-\d{2}(-\d{2}([T ].*)?)?")


@dataclass(frozen=True, eq=False)
class History(Result):
    """Boards in the order of time.

    Attributes:
        boards: by period: `2024-06` for a month, the Monday for a week, the date for a published board.
        label: what the boards are of.
        without: why there is no board, by period.
        cumulative: whether a board counts all votes up to the end of its period, or only the period's own.
        assumes: what had to be assumed, in words; empty for boards fitted on votes.
    """

    boards: Mapping[str, Board]
    label: str
    without: Mapping[str, str] = field(default_factory=dict)
    cumulative: bool = False
    assumes: str = ""

    @property
    def caption(self) -> str:  # type: ignore[override]
        fitted = [board.basis for board in self.boards.values() if board.fit]
        return f"History: {self.label}{f'; {over(fitted)}' if fitted else ''}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """period, model, rating, lower, upper (points), rank (by the arena's rule), votes: a row per board and model, best first.

        Where a board lacks the anchor its ratings have a mean of 1000, so compare places, not ratings, across boards
        on which different models stand.
        """
        frames = []
        for period, board in self.boards.items():
            lower, upper = board.bounds
            columns = {"model": board.models, "rating": board.ratings, "lower": lower, "upper": upper, "rank": board.ranks}
            frames.append(pd.DataFrame({"period": period, **columns, "votes": board.votes.astype(int)}))
        return pd.concat(frames, ignore_index=True)

    @cached_property
    def places(self) -> pd.DataFrame:
        """Each model's place in the order of ratings: one row per model, one column per period, missing where not rated."""
        order = self.table.assign(place=self.table.groupby("period").cumcount() + 1)
        return order.pivot(index="model", columns="period", values="place")[list(self.boards)]

    @property
    def sentence(self) -> Prose:
        """How many boards, how often the lead changed beyond what chance allows, who came first, and where the arena changed its
        method in between."""
        first = self._firsts
        text = self._only(first) if len(first) == 1 else self._lead(first)
        text = f"{text} {self.method_changes}".rstrip()
        have = counted(len(self.without), "more has", "more have")
        return Prose(f"{text} {have} no board: {', '.join(self.without)}." if self.without else text)

    @property
    def method_changes(self) -> Prose:
        """What the arena changed in how it makes boards between the first of published boards and the last; else empty."""
        days = [board.day for board in self.boards.values() if board.day]
        return Prose(warning(days[0], days[-1]) if days else "")

    @cached_property
    def leaders(self) -> pd.Series:
        """The leader of each period where the lead is decided, in the order of time: with this many boards, one whose chance
        not to be the strongest is below 5 % over all of them together (Bonferroni), so that a change between two of them is
        more than chance."""
        least = 1 - (1 - LEADS_FROM) / len(self.boards)
        found = {period: board.leader(least) for period, board in self.boards.items() if not board.too_few}
        return pd.Series({period: model for period, model in found.items() if model}, dtype=object)

    @property
    def named(self) -> list[str]:
        """The models that the sentence or a title may name: the one that is first on most boards, those that the lead passes to,
        and the first on the first board and on the last."""
        first = self._firsts
        return list(dict.fromkeys([_most(first), *self.leaders, first.iloc[0], first.iloc[-1]]))

    @property
    def _firsts(self) -> pd.Series:
        """The model of the highest rating, by period."""
        return pd.Series({period: board.models[0] for period, board in self.boards.items()})

    def _only(self, first: pd.Series) -> str:
        leads = "leads it" if len(self.leaders) else "has the highest rating on it, though no leader is decided"
        return f"There is one board, of {first.index[0]}: {first.iloc[0]} {leads}, and there is no history to show."

    def _lead(self, first: pd.Series) -> str:
        """Whether the lead changed beyond chance, and who stood first, from the model of the highest rating in each period."""
        sizes = [len(board.models) for board in self.boards.values()]
        models = f"{min(sizes)} to {max(sizes)}" if min(sizes) < max(sizes) else f"{sizes[0]}"
        most, whole = _most(first), len(first)
        text = f"{whole} boards of {models} models, {first.index[0]} to {first.index[-1]}: "
        changes, decided, passes = _changes(first), len(self.leaders), _passes(self.leaders)
        if passes:
            text += f"the lead changed {_often(len(passes))} beyond what chance allows, to {joined(passes, NAMED)}"
        elif changes:
            text += f"the highest rating changed hands {_often(changes)}, which may be chance"
        else:
            text += f"{most} has the highest rating on all of them"
        text += f"; the lead is decided on {decided or 'none'} of them."
        if changes:
            text += f" {most} is first on {(first == most).sum()}; {first.iloc[-1]} is first on the last."
        return text


def _most(models: pd.Series) -> str:
    """The model that is there most often, the first by name among equals."""
    counts = models.value_counts()
    return str(counts[counts == counts.max()].index.min())


def _changes(models: pd.Series) -> int:
    """How often a model is another than the one before it."""
    return max(int((models != models.shift()).sum()) - 1, 0)


def _passes(models: pd.Series) -> list[str]:
    """To whom the lead passes, each with the first board on which that is so."""
    return [f"{model} from {period} on" for period, model in models[models != models.shift()].iloc[1:].items()]


def _often(times: int) -> str:
    return {1: "once", 2: "twice"}.get(times, f"{times} times")


@dataclass(frozen=True, eq=False)
class ShiftHistory(Result):
    """The shifts between boards of the same period.

    Attributes:
        shifts: by period, in the order of time.
        assumes: what had to be assumed, in words.
    """

    shifts: Mapping[str, Shift]
    caption: str = "Models that moved beyond chance, by period"
    assumes: str = ""

    @cached_property
    def table(self) -> pd.DataFrame:
        """period, model, rating_shift, shift_lower, shift_upper (points), rank_from, rank_to, rank_shift, q_value: the models
        whose rating moved (false-discovery rate 5 % within the period), the largest shift of a period first."""
        parts = []
        for period, shift in self.shifts.items():
            moved = shift.table[shift.table["q_value"] <= RATE].sort_values("rating_shift", key=abs, ascending=False)
            parts.append(moved.assign(period=period))
        columns = ["model", "rating_shift", "shift_lower", "shift_upper", "rank_from", "rank_to", "rank_shift", "q_value"]
        return pd.concat(parts, ignore_index=True)[["period", *columns]]

    @property
    def sentence(self) -> Prose:
        """How many models moved per period, and which of them in most periods."""
        counts = self.table["period"].value_counts().reindex(list(self.shifts), fill_value=0)
        text = f"On {len(counts)} pairs of boards {counts.min()} to {counts.max()} models moved beyond what chance allows"
        if len(self.table):
            often = self.table.groupby("model").agg(times=("period", "size"), shift=("rating_shift", "mean")).reset_index()
            top = often.assign(size=often["shift"].abs()).sort_values(["times", "size"], ascending=False).iloc[0]
            move = f"{'up' if top['shift'] > 0 else 'down'} {in_points(written(abs(top['shift'])))}"
            text += f"; {top['model']} did so on {top['times']} of them, {move} on average"
        return Prose(f"{text}.{' ' + self.assumes if self.assumes else ''}")


@by_keyword
def history(
    votes: Votes | str | Path,
    by: str = "month",
    category: str = "overall",
    *,
    cumulative: bool = False,
    settings: Settings = Settings(),
    **options: Unpack[Options],
) -> History:
    """The boards of a category by month or week (UTC), counted in one scan; periods of too few votes have none.

    Args:
        cumulative: each board counts all votes up to the end of its period, as the arena's boards do.

    Raises:
        UsageError: the category is not known, or `by` is neither `month` nor `week`.
        InputError: the votes have no times or lack what the category needs, or no period has a board.
    """
    settings = settled(settings, options)
    if by not in PERIODS:
        raise UsageError(f"boards are by {' or '.join(PERIODS)}, not by {by!r}.")
    votes = load_votes(votes)
    votes.need(f"boards by {by}", "time")
    found = find_category(category)
    found.check(votes)
    periods = _periods(votes, found, by, cumulative)
    boards, without = {}, {}
    for period, poll in (read_polls(votes, periods, settings) if periods else {}).items():
        try:
            boards[period] = poll.board(found, settings)
        except InputError as error:
            without[period] = str(error)
    boards, small = large_enough(boards)
    without |= small
    if not boards:
        raise InputError(f"no {by} has a board: {next(iter(without.values()), 'no vote of the category has a time')}")
    return History(boards, f"{found.label} by {by}", without, cumulative, origin=votes.origin)


def _periods(votes: Votes, category: Category, by: str, cumulative: bool) -> dict[str, Category]:
    """The votes of each period of a category that has any, in the order of time."""
    unit, pattern = PERIODS[by]
    table = votes.expression
    start = table.filter(category.rule(table) & table["time"].notnull()).select(start=lambda row: row["time"].truncate(unit))
    starts = sorted(pd.to_datetime(engine.to_pandas(start.distinct())["start"], utc=True))
    return {first.strftime(pattern): _period(category, unit, first, cumulative) for first in starts}


def _period(category: Category, unit: str, first: pd.Timestamp, cumulative: bool) -> Category:
    """The votes of a category in the period that begins at `first`, or up to its end."""

    def rule(table: ir.Table) -> ir.BooleanValue:
        start = table["time"].truncate(unit)
        return category.rule(table) & (start <= first if cumulative else start == first)

    return Category(category.name, category.label, category.meaning, (*category.needs, "time"), rule)


def read_history(reference: str) -> History:
    """A series of published boards, given as `FILE` or `FILE?column=value` as for one board (see `read_board`).

    A board is all rows of one `commit` (or `snapshot`), else of one date; dates come from `leaderboard_publish_date`,
    `commit_date` or `date`. Names that differ in case alone are one model. Ratings are as published: the arena moves its
    anchor, so compare places, or distances between models, across boards.

    Raises:
        InputError: no file is named, or it is missing, dates no boards, or holds several boards for one date.
        UsageError: the file has no such column.
    """
    return _published_history(*read_rows(reference))


def read_published(reference: str) -> Board | History:
    """One published board, or a series of them where the rows selected have several dates.

    Raises:
        InputError, UsageError: as `read_board` and `read_history`.
    """
    frame, path, query = read_rows(reference)
    date = next((name for name in DATES if name in frame.columns), None)
    if date is not None and frame[date].nunique() > 1:
        return _published_history(frame, path, query)
    return published_board(frame, path, query)


def _published_history(frame: pd.DataFrame, path: Path, query: str) -> History:
    """The series of boards in `frame`; `path` and `query` say where it is from.

    Raises:
        InputError: as `read_history`.
    """
    date = next((name for name in DATES if name in frame.columns), None)
    if date is None:
        raise InputError(f"{path}: a series of boards needs a column that dates them ({', '.join(DATES)}); there is none.")
    frame = frame.assign(**{date: _days(frame[date], path)})
    snapshot = next((name for name in SNAPSHOTS if name in frame.columns), date)
    by = list(dict.fromkeys([date, snapshot]))
    check_series(frame, path, by)
    keys = frame[by].drop_duplicates()
    if keys[date].iloc[0] > keys[date].iloc[-1]:
        keys = keys[::-1]  # newest first in the file: boards of one date are in that order too
    keys = keys.sort_values(date, kind="stable")
    repeated = keys[date].duplicated(keep=False)
    boards = {}
    rows = dict(list(frame.groupby(snapshot, sort=False)))
    for day, name, several in zip(keys[date], keys[snapshot], repeated, strict=True):
        boards[f"{day} {name}" if several else str(day)] = published_board(rows[name], path, query)
    boards = _spelled_alike(boards)
    board = next(iter(boards.values()))
    label = board.category.label.removesuffix(" (published)")
    return History(boards, f"{label} (published)", assumes=board.assumes, origin=board.origin)


def _days(column: pd.Series, path: Path) -> pd.Series:
    """Dates as text that sorts by time, `2024-08-13` or `2024-08`.

    Raises:
        InputError: some are missing or written otherwise.
    """
    days = {value: re.sub(r"^(\d{4})(\d{2})(\d{2})$", r"\1-\2-\3", str(value).strip()) for value in column.unique()}
    wrong = [value for value, day in days.items() if not _ISO.fullmatch(day)]
    if wrong:
        raise InputError(
            f"{path}: column {column.name!r} has {listed(wrong)}, which is no date; dates of boards are written as 2024-08-13."
        )
    return column.map(days)


def _spelled_alike(boards: Mapping[str, Board]) -> dict[str, Board]:
    """Boards whose names differ in case alone (`27B`, `27b`) with each name as it was last spelled."""
    spelling = {model.casefold(): model for board in boards.values() for model in board.models}
    alike = {}
    for period, board in boards.items():
        models = tuple(spelling[model.casefold()] for model in board.models)
        alike[period] = replace(board, models=models) if len(set(models)) == len(models) else board
    return alike


def compare_histories(history_from: History, history_to: History) -> ShiftHistory:
    """The shift between the two boards of each period that both histories have; their votes are taken to be disjoint.

    Raises:
        InputError: no period is in both, or two boards share fewer than two models.
    """
    shared = [period for period in history_from.boards if period in history_to.boards]
    if not shared:
        raise InputError(f"{history_from.label} and {history_to.label} have no period in common.")
    shifts = {period: compare(history_from.boards[period], history_to.boards[period]) for period in shared}
    caption = f"Models that moved beyond chance: {history_from.label} → {history_to.label}"
    return ShiftHistory(shifts, caption, history_from.assumes or history_to.assumes, origin=history_to.origin)
