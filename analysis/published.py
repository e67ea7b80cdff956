"""Published boards read from files: ratings with intervals that somebody else computed."""

from __future__ import annotations

import hashlib
from pathlib import Path
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
from scipy.stats import norm

from analysis.board import Board, Settings
from analysis.categories import Category
from analysis.errors import InputError, UsageError

#: Column names that published boards use, by our own.
_NAMES = {
    "model": ("model", "key", "model_name"),
    "rating": ("rating", "arena_score", "score", "elo"),
    "lower": ("lower", "rating_q025", "q025", "rating_lower"),
    "upper": ("upper", "rating_q975", "q975", "rating_upper"),
    "votes": ("votes", "num_battles", "vote_count", "battles"),
}

ASSUMES = "Only intervals were published, so models are taken to be independent within a board and boards of each other."


def holds_several(reference: str) -> bool:
    """Whether the selected rows of a file are several boards: some model is there more than once.

    Raises:
        InputError: as for `read_board`.
    """
    frame, _, _ = read_rows(reference)
    return any(bool(frame[name].duplicated().any()) for name in _NAMES["model"] if name in frame.columns)


def read_board(reference: str) -> Board:
    """A published board from a CSV, given as `FILE` or `FILE?column=value&column=value` where a file holds several.

    Intervals are read from lower and upper bounds or from a `95_pct_ci` column such as `+5/-4`; their half widths are
    taken as 1.96 standard errors, and models as independent (`Board.assumes` says so).

    Raises:
        InputError: the file is missing or is not one published board; the message names what to select.
    """
    return published_board(*read_rows(reference))


def read_rows(reference: str) -> tuple[pd.DataFrame, Path, str]:
    """The rows of a CSV that `FILE?column=value&column=value` selects, the file and the selection.

    Raises:
        InputError: the file is missing, or no row is left.
        UsageError: the file has no such column.
    """
    name, _, query = reference.partition("?")
    path = Path(name)
    try:
        frame = pd.read_csv(path)
    except (OSError, ValueError) as error:
        reason = "no such file; to compare categories, give --votes" if isinstance(error, FileNotFoundError) else error
        raise InputError(f"{path}: cannot be read as a published board ({reason}).") from error
    for column, value in parse_qsl(query):
        if column not in frame.columns:
            raise UsageError(f"{path}: no column {column!r} to select by; there are {', '.join(frame.columns)}.")
        frame = frame[frame[column].astype(str) == value]
    if frame.empty:
        raise InputError(f"{path}: no rows{f' with {query}' if query else ''}.")
    return frame, path, query


def published_board(frame: pd.DataFrame, path: Path, query: str) -> Board:
    """The one board in `frame`; `path` and `query` say where it is from.

    Raises:
        InputError: as `read_board`.
    """
    names = {ours: next((name for name in theirs if name in frame.columns), None) for ours, theirs in _NAMES.items()}
    model, rating = names["model"], names["rating"]
    if model is None or rating is None:
        raise InputError(f"{path}: a published board needs columns model and rating; there are {', '.join(frame.columns)}.")
    if frame[model].duplicated().any():
        several = [
            column for column in frame.columns if column not in names.values() and 1 < frame[column].nunique() < len(frame)
        ]
        raise InputError(
            f"{path}: holds several boards; select one, as in {path.name}?{several[0] if several else 'column'}=VALUE."
        )
    lower, upper = _bounds(frame, names, path)
    frame = frame.assign(_rating=frame[rating].astype(float), _error=(upper - lower) / (2 * norm.ppf(0.975)))
    frame = frame.sort_values(["_rating", model], ascending=[False, True])
    votes = frame[names["votes"]].to_numpy(float) if names["votes"] else np.zeros(len(frame))
    label = dict(parse_qsl(query)).get("category", path.stem)
    return Board(
        category=Category(
            label, f"{label} (published)", f"published in {path.name}", (), lambda table: table["model_a"].notnull()
        ),
        models=tuple(frame[model].astype(str)),
        ratings=frame["_rating"].to_numpy(),
        covariance=np.diag(frame["_error"].to_numpy() ** 2),
        votes=votes,
        left_out=pd.DataFrame(columns=["model", "votes", "reason"]),
        settings=Settings(),
        fingerprint=hashlib.blake2b(frame.to_csv().encode(), digest_size=16).hexdigest(),
        assumes=ASSUMES,
    )


def _bounds(frame: pd.DataFrame, names: dict[str, str | None], path: Path) -> tuple[pd.Series, pd.Series]:
    """Lower and upper bounds, from their own columns or from `+5/-4`."""
    if names["lower"] and names["upper"]:
        return frame[names["lower"]].astype(float), frame[names["upper"]].astype(float)
    if "95_pct_ci" in frame.columns:
        parts = frame["95_pct_ci"].astype(str).str.extract(r"\+?(?P<up>[\d.]+)\s*/\s*-?(?P<down>[\d.]+)").astype(float)
        rating = frame[names["rating"]].astype(float)
        return rating - parts["down"], rating + parts["up"]
    raise InputError(f"{path}: a published board needs its intervals, in columns lower and upper or 95_pct_ci.")
