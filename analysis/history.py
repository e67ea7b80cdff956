"""History: boards by month or week, and series of published boards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pandas as pd

from analysis import engine
from analysis.board import Board, Settings, fit_board
from analysis.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.pairs import pair_counts
from analysis.published import published_board, read_rows
from analysis.result import Prose, Result
from analysis.votes import Votes, load_votes

if TYPE_CHECKING:
    import ibis.expr.types as ir

#: Periods, each with what Ibis calls it and how its first day is written.
PERIODS = {"month": ("M", "%Y-%m"), "week": ("W", "%Y-%m-%d")}

#: Columns that tell the boards of a series apart, and columns that date them.
_SNAPSHOT, _DATE = ("commit", "snapshot"), ("commit_date", "date", "day", "month")


@dataclass(frozen=True)
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
    fingerprint: str
    without: Mapping[str, str] = field(default_factory=dict)
    cumulative: bool = False
    simulated: bool = False
    assumes: str = ""

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"History: {self.label}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """period, model, rating, lower, upper, rank (by the arena's rule), votes: one row per board and model, best first.

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
        """How many boards, who led them, and how often the lead changed."""
        leaders = pd.Series({period: board.models[0] for period, board in self.boards.items()})
        text = self._only(leaders) if len(leaders) == 1 else self._lead(leaders)
        return Prose(f"{text} {len(self.without)} more have no board: {', '.join(self.without)}." if self.without else text)

    def _only(self, leaders: pd.Series) -> str:
        return f"There is one board, of {leaders.index[0]}: {leaders.iloc[0]} leads it, and there is no history to show."

    def _lead(self, leaders: pd.Series) -> str:
        """Who led, from the leader of each period."""
        sizes = [len(board.models) for board in self.boards.values()]
        counts = leaders.value_counts()
        longest = counts[counts == counts.max()].index.min()
        changes = int((leaders != leaders.shift()).sum()) - 1
        models = f"{min(sizes)} to {max(sizes)}" if min(sizes) < max(sizes) else f"{sizes[0]}"
        often = {0: "never changed", 1: "changed once", 2: "changed twice"}.get(changes, f"changed {changes} times")
        return (
            f"{len(leaders)} boards of {models} models, {leaders.index[0]} to {leaders.index[-1]}: the lead {often}. "
            f"{longest} led {counts.max()} of them; {leaders.iloc[-1]} leads the last."
        )


def history(
    votes: Votes | str | Path,
    by: str = "month",
    category: str = "overall",
    *,
    cumulative: bool = False,
    settings: Settings = Settings(),
) -> History:
    """The boards of a category by month or week (UTC), counted in one scan.

    Args:
        cumulative: each board counts all votes up to the end of its period, as the arena's boards do.

    Raises:
        UsageError: the category is not known, or `by` is neither `month` nor `week`.
        InputError: the votes have no times or lack what the category needs, or no period has a board.
    """
    if by not in PERIODS:
        raise UsageError(f"boards are by {' or '.join(PERIODS)}, not by {by!r}.")
    votes = votes if isinstance(votes, Votes) else load_votes(votes)
    votes.need(f"boards by {by}", "time")
    found = find_category(category)
    found.check(votes)
    rows = _counted(votes.expression.filter(found.rule(votes.expression)), by)
    periods = sorted(set(rows.columns) - {"model_a", "model_b", "outcome"})
    if cumulative:
        rows[periods] = rows[periods].cumsum(axis=1)
    models = set(rows["model_a"]) | set(rows["model_b"])
    boards, without = {}, {}
    for period, counts in zip(periods, pair_counts(sorted(models), rows, periods), strict=True):
        try:
            boards[period] = fit_board(counts, found, settings, votes.fingerprint, votes.simulated)
        except InputError as error:
            without[period] = str(error)
    if not boards:
        raise InputError(f"no {by} has a board: {next(iter(without.values()), 'no vote of the category has a time')}")
    return History(boards, f"{found.label} by {by}", votes.fingerprint, without, cumulative, votes.simulated)


def _counted(table: ir.Table, by: str) -> pd.DataFrame:
    """model_a, model_b, outcome and one column of votes per period."""
    unit, pattern = PERIODS[by]
    timed = table.filter(table["time"].notnull())
    start = timed["time"].truncate(unit).name("start")
    counts = engine.to_pandas(
        timed.group_by([start, "model_a", "model_b", "outcome"]).aggregate(votes=lambda group: group.count())
    )
    counts["period"] = pd.to_datetime(counts["start"], utc=True).dt.strftime(pattern)
    cells = counts.pivot_table(
        index=["model_a", "model_b", "outcome"], columns="period", values="votes", aggfunc="sum", fill_value=0
    )
    return cells.reset_index().rename_axis(columns=None)


def read_history(reference: str) -> History:
    """A series of published boards from a CSV, given as `FILE` or `FILE?column=value` as for one board.

    A board is all rows of one `commit` (or `snapshot`), else of one date; dates come from `commit_date` (or `date`).
    Names that differ in case alone are one model.

    Raises:
        InputError: no file is named, or it is missing, dates no boards, or holds several boards for one date.
        UsageError: the file has no such column.
    """
    if not reference:
        raise InputError("no file of published boards was named.")
    frame, path, query = read_rows(reference)
    date = next((name for name in _DATE if name in frame.columns), None)
    if date is None:
        raise InputError(f"{path}: a series of boards needs a column that dates them ({', '.join(_DATE)}); there is none.")
    snapshot = next((name for name in _SNAPSHOT if name in frame.columns), date)
    keys = frame[list(dict.fromkeys([date, snapshot]))].drop_duplicates()
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
    label = dict(parse_qsl(query)).get("category", path.stem)
    return History(boards, f"{label} (published)", board.fingerprint, assumes=board.assumes)


def _spelled_alike(boards: Mapping[str, Board]) -> dict[str, Board]:
    """Boards whose names differ in case alone (`27B`, `27b`) with each name as it was last spelled."""
    spelling = {model.casefold(): model for board in boards.values() for model in board.models}
    alike = {}
    for period, board in boards.items():
        models = tuple(spelling[model.casefold()] for model in board.models)
        alike[period] = replace(board, models=models) if len(set(models)) == len(models) else board
    return alike
