"""The shift between two published categories of one day, of which the first holds all votes of the second."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from analysis.ratings.board import Board
from analysis.ratings.shift import Shift, compare


def nested_shift(whole: Board, part: Board) -> Shift:
    """The shift from a board of all votes to one of some of them.

    The variance of the difference is that of the part less that of the whole (Hausman, Econometrica 46, 1978), where the part
    has the larger one; else the two are taken to be independent. Ratings are distances from the mean of many models, whose
    own error is left out.

    Raises:
        InputError: fewer than two models are on both boards.
    """
    shift = compare(_dated(whole), _dated(part))
    one, other = np.diag(shift.covariance_from), np.diag(shift.covariance_to)
    return replace(shift, cross=np.diag(np.where(other > one, one, 0.0)))


def first_models(shift: Shift, most: int) -> Shift:
    """The shift of the first models alone, from their own mean."""
    here = slice(most)
    return replace(
        shift,
        models=shift.models[here],
        covariance_from=shift.covariance_from[here, here],
        covariance_to=shift.covariance_to[here, here],
        cross=shift.cross[here, here],
    )


def _dated(board: Board) -> Board:
    """A board whose label says its day."""
    label = board.category.label.removesuffix(" (published)")
    return replace(board, category=replace(board.category, label=f"{label}, {board.day}" if board.day else label))
