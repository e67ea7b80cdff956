"""Published boards read from files: ratings with intervals that somebody else computed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd

from analysis.distributions import norm
from analysis.errors import InputError
from analysis.ratings.board import Board
from analysis.ratings.published_files import listed, read_rows
from analysis.ratings.published_json import RATINGS, plain
from analysis.ratings.rateable import NOBODY
from analysis.ratings.settings import Settings
from analysis.results.origin import Origin
from analysis.results.prose import shortened
from analysis.results.unseen import visible
from analysis.votes.category import Category

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

#: Column names that published boards use, in plain spelling, by our own. A column without a name is pandas' index.
_NAMES = {
    "model": ("model", "key", "model_name", "name", "model_a", ""),
    "rating": RATINGS,
    "lower": ("lower", "rating_q025", "q025", "rating_lower"),
    "upper": ("upper", "rating_q975", "q975", "rating_upper"),
    "interval": ("95_pct_ci", "95_ci"),
    "variance": ("variance",),
    "std": ("std",),
    "votes": ("votes", "num_battles", "vote_count", "battles"),
}

#: Columns that tell the boards of a series apart, and columns that date them.
SNAPSHOTS = ("commit", "snapshot")
DATES = ("leaderboard_publish_date", "publish_date", "commit_date", "date", "day", "month")

#: Columns that tell the boards of a file apart, in the order in which to select by them.
_TELLING = ("arena", "split", "file", "category", *DATES, *SNAPSHOTS)

ASSUMES = "Only intervals were published, so models are taken to be independent within a board and boards of each other."

_MISSING = frozenset(("", "nan", "none", "null", "na", "n/a", "nat", "\\n", "-", "–"))
_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?")
_AROUND = re.compile(r"\+?(?P<up>\d+(\.\d*)?)\s*/\s*-?(?P<down>\d+(\.\d*)?)")
_SURROGATES = re.compile("[\ud800-\udfff]")
_FIGURE = re.compile(r"[\d.,+-]*|nan|None")
_DAY = re.compile(r"(?<!\d)(\d{4})-?(\d{2})-?(\d{2})(?!\d)")
_MONTH = re.compile(r"\d{4}-\d{2}")


def read_board(reference: str) -> Board:
    """A published board, given as `FILE` or `FILE?column=value&column=value` where a file holds several.

    FILE is CSV, JSON or Parquet, also gzipped, a folder or a glob of such files, or `leaderboard-dataset`, the arena's own
    history once it is fetched (see `published_files`). The rating is in a column rating, arena_score, score, elo or mean.
    Its interval is in lower and upper bounds (or rating_q025, rating_lower, …), in a column `95_pct_ci` such as `+5/-4`,
    or follows from `variance` or `std`. The half width of a 95 % interval is taken as 1.96 standard errors, and models as
    independent (`Board.assumes` says so). Bounds on either side of zero that do not hold the rating are distances from
    it, as polyrating writes them; as their level is not known, `std` beside them goes before them.

    Raises:
        InputError: there is no file, it is damaged, or it is not one published board; the message says what to do.
        UsageError: there is no such column to select by.
    """
    return published_board(*read_rows(reference))


@dataclass(frozen=True)
class _Columns:
    """The columns of a published board by our names; `path` for messages."""

    frame: pd.DataFrame
    names: Mapping[str, str]
    path: Path

    @cached_property
    def models(self) -> list[str]:
        """The models' names, in which half a character, which UTF-8 cannot hold, is replaced."""
        given = [str(name) for name in self.frame[self.names["model"]]]  # a list: Arrow would copy each name
        clean = {name: _SURROGATES.sub("\ufffd", name.strip()) for name in set(given)}
        return [clean[name] for name in given]

    def numbers(self, ours: str) -> Floats:
        """A column of numbers, NaN where a cell is empty; text may separate thousands by commas.

        Raises:
            InputError: a cell is no finite number; the message names the model.
        """
        values = self.frame[self.names[ours]]
        return np.array([self._number(value, ours, model) for value, model in zip(values, self.models, strict=True)], dtype=float)

    def _number(self, value: Any, ours: str, model: str) -> float:
        if value is None or value is pd.NA or (isinstance(value, str) and value.strip().casefold() in _MISSING):
            return np.nan
        text = value.strip().replace("−", "-") if isinstance(value, str) else ""
        if _THOUSANDS.fullmatch(text):
            text = text.replace(",", "")
        if isinstance(value, bool | np.bool_) or (isinstance(value, str) and not _NUMBER.fullmatch(text)):
            raise self.wrong(model, f"has {_shown(value)} in column {self.names[ours]!r}, which is no finite number")
        try:
            number = float(text or value)
        except (OverflowError, ValueError, TypeError):
            number = np.inf
        if np.isinf(number):
            raise self.wrong(model, f"has {_shown(value)} in column {self.names[ours]!r}, which is no finite number")
        return number

    def wrong(self, model: str, what: str) -> InputError:
        return InputError(f"{self.path}: model {_shown(model)} {what}; correct the file or leave the row out.")


def _shown(value: object) -> str:
    """A value from data in a message."""
    return f"'{shortened(visible(str(value)), 60)}'"


def published_board(frame: pd.DataFrame, path: Path, query: str) -> Board:
    """The one board in `frame`; `path` and `query` say where it is from.

    Raises:
        InputError: as `read_board`.
    """
    columns = _Columns(frame, _named(frame), path)
    if "model" not in columns.names or "rating" not in columns.names:
        raise InputError(f"{path}: a published board needs columns model and rating; there are {listed(frame.columns)}.")
    models = columns.models
    for number, model in enumerate(models, start=1):
        if model.casefold() in ("", "nan", "none", "<na>"):
            raise InputError(f"{path}: row {number:,} of those selected has no model; correct the file or leave the row out.")
    _check_one(columns, models)
    rating = columns.numbers("rating")
    for model in (model for model, value in zip(models, rating, strict=True) if np.isnan(value)):
        raise columns.wrong(model, "has no rating")
    error, how = _errors(columns, rating)
    votes, unknown = _votes(columns)
    order = np.lexsort((np.array(models, dtype=object), -rating))
    label = dict(parse_qsl(query)).get("category") or _only(frame, "category") or path.stem
    return Board(
        category=Category(
            label, f"{label} (published)", f"published in {path.name}", (), lambda table: table["model_a"].notnull()
        ),
        models=tuple(models[place] for place in order),
        ratings=rating[order],
        covariance=np.diag(error[order] ** 2),
        votes=votes[order],
        left_out=NOBODY,
        settings=Settings(),
        origin=Origin(hashlib.blake2b(frame.to_csv().encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()),
        assumes=" ".join(filter(None, (ASSUMES, how, unknown))),
        day=_published_day(frame, path),
    )


def _named(frame: pd.DataFrame) -> dict[str, str]:
    """The column of each of our names: one spelled just so, else one in another spelling."""
    spelled = {plain(name): name for name in reversed(list(frame.columns))}
    spelled |= {name: name for name in frame.columns}
    found = {ours: next((spelled[name] for name in theirs if name in spelled), None) for ours, theirs in _NAMES.items()}
    votes = found["model"] is not None and found["model"] == spelled.get("model_a") and "model_b" in spelled
    counter = found["model"] == "" and bool(frame[""].map(str).str.fullmatch(r"\d+").all())
    if votes or counter:
        found["model"] = None
    return {ours: name for ours, name in found.items() if name is not None}


def _only(frame: pd.DataFrame, column: str) -> str:
    """The one value of a column; empty where it is not there or has several."""
    values = list(frame[column].dropna().unique()) if column in frame.columns else []
    return str(values[0]) if len(values) == 1 else ""


def _published_day(frame: pd.DataFrame, path: Path) -> str:
    """When the board in `frame` was published, as an ISO day or month, by its date or the one in the file's name; else empty."""
    dated = next((found for column in DATES if (found := _only(frame, column))), "")
    days = ["-".join(match.groups()) for match in _DAY.finditer(dated or path.stem)]
    try:
        return date.fromisoformat(days[0] if len(days) == 1 else "").isoformat()
    except ValueError:
        return dated if _MONTH.fullmatch(dated) else ""


def check_series(frame: pd.DataFrame, path: Path, by: Sequence[str]) -> None:
    """Raise an InputError where the rows of a series of boards, told apart by the columns `by`, hold several for one date.

    That is seen board by board too, but only here all that there is to select by.
    """
    columns = _Columns(frame, _named(frame), path)
    if "model" in columns.names:
        _check_one(columns, columns.models, by)


def _check_one(columns: _Columns, models: Sequence[str], by: Sequence[str] = ()) -> None:
    """Raise an InputError where a model is there twice: the rows are several boards, or a row is repeated."""
    frame, path = columns.frame, columns.path
    names = pd.Series(models, frame.index, dtype=object)
    telling = list(by)
    for column in _candidates(columns):
        keys = [*(frame[name] for name in telling), names]
        repeated = pd.concat(keys, axis=1).duplicated(keep=False)
        if repeated.any() and frame[repeated].groupby([key[repeated] for key in keys])[column].nunique().max() > 1:
            telling.append(column)
    still = pd.concat([*(frame[name] for name in telling), names], axis=1).duplicated()
    if still.any():
        raise columns.wrong(names[still].iloc[0], "is there twice")
    telling = telling[len(by) :]
    if telling:
        selection = "&".join(f"{name}={visible(str(frame[name].iloc[0]))}" for name in telling)
        values = "; ".join(f"{name} is one of {listed(sorted(frame[name].map(str).unique()))}" for name in telling)
        shown = path.name if path.is_file() else path
        raise InputError(f"{path}: holds several boards; select one, as in {shown}?{selection}; {values}.")


def _candidates(columns: _Columns) -> list[str]:
    """Columns that may tell boards apart: those made for it, then any other of words."""
    frame, used = columns.frame, set(columns.names.values())
    made = [name for name in _TELLING if name in frame.columns]
    others = [name for name in frame.columns if name not in used and name not in made]
    return [*made, *(name for name in others if not any(_FIGURE.fullmatch(str(value)) for value in frame[name]))]


def _errors(columns: _Columns, rating: Floats) -> tuple[Floats, str]:
    """Standard errors of the ratings from what the file has of them, and what has to be said of that."""
    size, how = len(rating), ""
    error = np.full(size, np.nan)
    if {"lower", "upper"} <= columns.names.keys():
        lower, upper = columns.numbers("lower"), columns.numbers("upper")
        given = ~(np.isnan(lower) | np.isnan(upper))
        slack = np.where(rating == rating.round(), 0.5, 1e-6 * np.maximum(1, np.abs(rating)))
        outside = given & ((lower > rating + slack) | (upper < rating - slack) | (lower > upper))
        distances = outside.any() and not (given & ((lower > 0) | (upper < 0))).any()
        if outside.any() and not distances:
            first = int(np.flatnonzero(outside)[0])
            bounds = f"{lower[first]:g} to {upper[first]:g}"
            raise columns.wrong(columns.models[first], f"has bounds, {bounds}, that do not hold its rating, {rating[first]:g}")
        how = "Bounds are read as distances from the ratings." if distances else ""
        if not (distances and "std" in columns.names):
            error = np.where(given, (upper - lower) / (2 * norm.ppf(0.975)), np.nan)
    elif "interval" in columns.names:
        error = _around(columns)
    for ours in ("variance", "std"):
        if ours in columns.names and np.isnan(error).any():
            spread = columns.numbers(ours)
            for place in np.flatnonzero(np.isnan(error) & (spread < 0)):
                raise columns.wrong(columns.models[place], f"has a negative {ours}")
            if np.isnan(error).all() and ours == "std" and how:
                how = "Intervals are 1.96 times the column std: the bounds beside it are distances of a level that is not stated."
            error = np.where(np.isnan(error), np.sqrt(spread) if ours == "variance" else spread, error)
    if np.isnan(error).all():
        raise InputError(
            f"{columns.path}: a published board needs its intervals, in columns lower and upper, 95_pct_ci, variance or std."
        )
    for place in np.flatnonzero(np.isnan(error)):
        raise columns.wrong(columns.models[place], "has no interval")
    return error, how


def _around(columns: _Columns) -> Floats:
    """Standard errors from intervals written as `+5/-4`."""
    errors = []
    for model, value in zip(columns.models, columns.frame[columns.names["interval"]], strict=True):
        match = _AROUND.fullmatch(str(value).strip().replace("−", "-"))
        if match is None:
            raise columns.wrong(model, f"has {_shown(value)} in column {columns.names['interval']!r}, where +5/-4 is expected")
        errors.append((float(match["up"]) + float(match["down"])) / (2 * norm.ppf(0.975)))
    return np.array(errors)


def _votes(columns: _Columns) -> tuple[Floats, str]:
    """Votes per model, 0 where they are not given, which no rating needs, and what has to be said of that."""
    if "votes" not in columns.names:
        return np.zeros(len(columns.frame)), ""
    votes = columns.numbers("votes")
    unknown = np.isnan(votes) | (votes < 0)
    said = f"{int(unknown.sum())} of {len(votes)} models have no count of votes; they stand with 0." if unknown.any() else ""
    return np.where(unknown, 0, votes), said
