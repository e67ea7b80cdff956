"""Changes of boards: ratings, ranks and classes of the models that both editions rate, on a common mean.

Ranks and classes move by themselves when votes come: intervals get narrower, and more models are told apart. So each is held
against those of a later board that noise alone made of the earlier one, with the intervals of now.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.categories.categories import find_category
from analysis.changes.noise import steadied
from analysis.changes.overlap import EARLIER, LATER, Overlap
from analysis.changes.tiers import Family, Looked, drawn_p_values, family
from analysis.errors import UsageError
from analysis.ratings.basis import clusters_of
from analysis.ratings.board import Board, Poll
from analysis.ratings.classes import classes
from analysis.ratings.intervals import joint_draws, rank_by_bounds
from analysis.ratings.settings import Settings
from analysis.ratings.shift import Shift, compare
from analysis.ratings.simultaneous import distance_errors
from analysis.results.listing import Listing
from analysis.results.prose import counted, in_points, joined, one_line, percent, signed, written
from analysis.votes.table import Votes

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Integers = NDArray[np.int64]

#: What the two boards are called in a figure.
_LABELS = {EARLIER: "Earlier edition", LATER: "This edition"}

#: Models of the first class that a sentence names.
_NAMED = 8

#: Points by which a rating must differ to have changed at all.
_NOTHING = 1e-6

#: Draws behind p-values of ranks and classes: twenty times as many as the first of sixty models needs to be clear.
DRAWS = 20_000


@dataclass(frozen=True)
class BoardPair:
    """The boards of two editions, today's method for both.

    Attributes:
        shift: from one to the other, over the models of both; its covariance knows which votes and judges they share.
    """

    earlier: Board
    later: Board
    shift: Shift


def board_pair(votes: Votes, joint: Overlap, settings: Settings) -> BoardPair:
    """The boards of both tables.

    Raises:
        InputError: one of them cannot be fitted, or fewer than two models are on both.
        UsageError: the settings ask for what an edition does not keep.
    """
    if settings.style_control or settings.cluster != "judge":
        raise UsageError("editions are compared without style control, and with intervals over judges or votes.")
    ballots = joint.ballots(by_judge=bool(clusters_of(settings)))
    overall = find_category("overall")
    made = {}
    for side, label in _LABELS.items():
        poll = Poll(votes, ballots[side].pairs, ballots[side])
        made[side] = poll.board(replace(overall, label=label), settings)
    shift = steadied(compare(made[EARLIER], made[LATER]), ballots[EARLIER], ballots[LATER])
    return BoardPair(made[EARLIER], made[LATER], shift)


def board_changes(pair: BoardPair) -> Family:
    """Ratings beyond the noise of their difference, and ranks beyond what that noise gives them."""
    return family([*_ratings(pair), *_ranks(pair)], pair.shift)


def class_changes(pair: BoardPair) -> Family:
    """Models that are in another class than before, beyond what noise gives."""
    shift = pair.shift
    errors = distance_errors(shift.covariance_from), distance_errors(shift.covariance_to)
    was, now = (classes(ratings, error) for ratings, error in zip(shift.ratings, errors, strict=True))
    chance = np.array([classes(row, errors[1]) for row in _by_chance(pair)[: DRAWS // 4]])
    table = pd.DataFrame({"model": shift.models, "class_earlier": was, "class": now}).sort_values(
        ["class", "class_earlier"], kind="stable", ignore_index=True
    )
    moved = int((was != now).sum())
    words = f"{moved or 'None'} of {counted(len(was), 'model')} {'is' if moved <= 1 else 'are'} in another class than before. "
    words += f"In the first class: {joined(table.loc[table['class'] == 1, 'model'], _NAMED)}."
    return family(_places("class", shift.models, (was, now), chance), Listing(table, "Classes, then and now", one_line(words)))


def _ratings(pair: BoardPair) -> Iterator[Looked]:
    table, level = pair.shift.table, percent(pair.earlier.settings.level, 0)
    for row in table.to_dict("records"):
        points = float(row["rating_shift"])
        size = in_points(written(abs(points)))
        span = f"{signed(row['shift_lower'])} to {signed(row['shift_upper'])}"
        ranks = f"rank {row['rank_from']} → {row['rank_to']}" if row["rank_shift"] else f"and stays at rank {row['rank_to']}"
        what = f"{row['model']} {'gains' if points > 0 else 'loses'} {size} ({level} {span}), {ranks}."
        ends = float(row["rating_from"]), float(row["rating_to"])
        yield Looked("rating", row["model"], what, row["p_value"], *ends, told=abs(points) > _NOTHING)


def _ranks(pair: BoardPair) -> Iterator[Looked]:
    """Ranks among the models of both boards, against those of a board with the intervals of now that chance alone made."""
    half = [_half(board, pair.shift.models) for board in (pair.earlier, pair.later)]
    was, now = (rank_by_bounds(mine - wide, mine + wide) for mine, wide in zip(pair.shift.ratings, half, strict=True))
    chance = np.array([rank_by_bounds(row - half[1], row + half[1]) for row in _by_chance(pair)])
    return _places("rank", pair.shift.models, (was, now), chance)


def _by_chance(pair: BoardPair) -> NDArray[np.float64]:
    """Ratings of now that noise alone makes of the earlier ones: drawn around them with the covariance of the difference, shape
    (DRAWS, m)."""
    return joint_draws(pair.shift.ratings[0], pair.shift.covariance, DRAWS, pair.earlier.settings.seed)


def _places(kind: str, models: tuple[str, ...], places: tuple[Integers, Integers], chance: Integers) -> Iterator[Looked]:
    """Ranks or classes that changed, with those that chance puts 95 of 100 models in."""
    was, now = places
    lower, upper = np.quantile(chance, [0.025, 0.975], axis=0, method="inverted_cdf").astype(int)
    p_values = drawn_p_values(now, chance)
    for place, model in enumerate(models):
        moves = "rises" if now[place] < was[place] else "falls"
        band = f"{lower[place]} to {upper[place]}" if lower[place] < upper[place] else f"{lower[place]}"
        what = f"{model} {moves} from {kind} {was[place]} to {now[place]}, where chance alone gives {band}."
        ends = float(was[place]), float(now[place])
        yield Looked(kind, model, what, float(p_values[place]), *ends, told=ends[0] != ends[1])


def _half(board: Board, models: tuple[str, ...]) -> NDArray[np.float64]:
    """Half widths of the intervals of these models, shape (m,)."""
    place = {model: position for position, model in enumerate(board.models)}
    lower, upper = (bound[[place[model] for model in models]] for bound in board.bounds)
    return np.asarray((upper - lower) / 2)
