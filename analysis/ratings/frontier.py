"""Frontier: rating against size, the models that no model of their size or smaller beats, and the board of open models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from analysis.distributions import norm
from analysis.errors import InputError
from analysis.ratings.basis import over
from analysis.ratings.board import Board
from analysis.ratings.models import model_facts
from analysis.results.prose import Prose, counted, in_points, joined, percent, written
from analysis.results.result import Result
from analysis.shares.discovery import RATE, q_values

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Frontier(Result):
    """Models of known size.

    Attributes:
        board: the board of these models only, best first.
        sizes: shape (M,), 10⁹ parameters of each.
        unknown: models of the whole board whose size is not known.
    """

    board: Board
    sizes: Floats
    unknown: int

    @property
    def caption(self) -> str:  # type: ignore[override]
        return f"Rating and size: {self.board.category.label}; {over([self.board.basis])}"

    @cached_property
    def table(self) -> pd.DataFrame:
        """model, parameters_b (10⁹), rating, lower, upper (points), votes, frontier, probability; smallest first.

        `frontier` says whether no model of this size or smaller has a higher rating, `probability` in which share of the
        joint draws of the ratings that is so.
        """
        lower, upper = self.board.bounds
        columns = {
            "model": self.board.models,
            "parameters_b": self.sizes,
            "rating": self.board.ratings,
            "lower": lower,
            "upper": upper,
        }
        leads = _leads(self.board.ratings[None, :], self.sizes)[0]
        chance = _leads(self.board.draws, self.sizes).mean(axis=0)
        frame = pd.DataFrame({**columns, "votes": self.board.votes.astype(int), "frontier": leads, "probability": chance})
        return frame.sort_values(["parameters_b", "rating"], ascending=[True, False], ignore_index=True)

    @cached_property
    def upsets(self) -> pd.DataFrame:
        """model, parameters_b, other, other_parameters_b, points, probability, q_value: smaller models that beat larger ones
        beyond what chance allows, the largest ratio of sizes first.

        All pairs of different sizes are compared: the two-sided p-values of their rating differences, adjusted for the
        false-discovery rate (Benjamini–Hochberg 1995), are at most RATE.
        """
        small, large = self.pairs
        gap, variance = self.board.ratings[small] - self.board.ratings[large], np.diag(self.board.covariance)
        error = np.sqrt(np.clip(variance[small] + variance[large] - 2 * self.board.covariance[small, large], 1e-300, None))
        q_value = q_values(2 * norm.sf(np.abs(gap) / error))
        sure = (q_value <= RATE) & (gap > 0)
        names = np.array(self.board.models, dtype=object)
        small, large = small[sure], large[sure]
        frame = pd.DataFrame(
            {
                "model": names[small],
                "parameters_b": self.sizes[small],
                "other": names[large],
                "other_parameters_b": self.sizes[large],
                "points": self.board.ratings[small] - self.board.ratings[large],
                "probability": [self.probability(one, other) for one, other in zip(small, large, strict=True)],
                "q_value": q_value[sure],
            }
        )
        ratio = frame["other_parameters_b"] / frame["parameters_b"]
        return frame.iloc[np.argsort(-ratio.to_numpy(), kind="stable")].reset_index(drop=True)

    @property
    def pairs(self) -> tuple[Integers, Integers]:
        """Positions on the board of the smaller and of the larger model of each pair of different sizes."""
        small, large = np.nonzero(self.sizes[:, None] < self.sizes[None, :])
        return small, large

    def probability(self, one: int | np.int64, other: int | np.int64) -> float:
        """In which share of the joint draws one model (by its position on the board) is above another."""
        return float((self.board.draws[:, one] > self.board.draws[:, other]).mean())

    def versus(self, model: str, other: str) -> Prose:
        """Whether a model beats another, with both sizes and the probability.

        Raises:
            InputError: one of them is not among the models of known size.
        """
        absent = [name for name in (model, other) if name not in self.board.models]
        if absent:
            raise InputError(f"{joined(absent)} not among the {len(self.board.models)} rated models of known size.")
        one, two = (self.board.models.index(name) for name in (model, other))
        gap, chance = self.board.ratings[one] - self.board.ratings[two], self.probability(one, two)
        apart = f"{in_points(written(abs(gap)))} {'above' if gap >= 0 else 'below'}"
        sizes = f"{model} ({_billions(self.sizes[one])}) is rated {apart} {other}"
        return Prose(f"{sizes} ({_billions(self.sizes[two])}); that it is the better one has probability {chance:.3f}.")

    @property
    def sentence(self) -> Prose:
        """The models on the frontier, and the boldest pair of sizes whose smaller model beats the larger beyond chance."""
        edge = self.table[self.table["frontier"]]
        names = [f"{row['model']} ({_billions(row['parameters_b'])})" for _, row in edge.iterrows()]
        are = "is rated" if len(names) == 1 else "are rated"
        text = f"Of {len(self.sizes)} models of known size, {len(names)} {are} above all as small: {', '.join(names)}."
        if len(self.upsets):
            top = self.upsets.iloc[0]
            text += (
                f" Size is not all: in {len(self.upsets):,} of {counted(len(self.pairs[0]), 'pair')} the smaller model is better "
                f"beyond what chance allows (false-discovery rate {percent(RATE, 0)}), most strikingly "
                f"{top['model']} ({_billions(top['parameters_b'])}) than {top['other']} "
                f"({_billions(top['other_parameters_b'])}), by {in_points(written(top['points']))}."
            )
        more = counted(self.unknown, "more model")
        return Prose(f"{text} The size of {more} is not known." if self.unknown else text)


def _billions(size: float) -> str:
    return f"{size:g}B"


def _leads(ratings: Floats, sizes: Floats) -> NDArray[np.bool_]:
    """Whether no model of the same size or smaller is rated higher, for rows of ratings (R, M); shape (R, M)."""
    rivals = sizes[None, :] <= sizes[:, None]
    best = np.stack([ratings[:, rivals[model]].max(axis=1) for model in range(len(sizes))], axis=1)
    return np.asarray(ratings >= best)


def frontier(board: Board) -> Frontier:
    """The models of a board whose size is known (data/models.csv), held against their size.

    Raises:
        InputError: the size of fewer than two of its models is known.
    """
    sizes = _facts(board)["parameters_b"].to_numpy(dtype=float)
    known = np.flatnonzero(np.isfinite(sizes))
    if len(known) < 2:
        raise InputError(f"{board.category.label}: rated models of known size (data/models.csv): {len(known)}; two are needed.")
    label = f"{board.category.label}, models of known size"
    return Frontier(_part(board, known, label), sizes[known], len(board.models) - len(known), origin=board.origin)


def open_board(board: Board) -> Board:
    """The board of the models with open weights (data/models.csv): ratings as they are, ranks among themselves.

    Raises:
        InputError: fewer than two rated models are known to have open weights.
    """
    opens = np.flatnonzero(_facts(board)["open_weights"].eq(True).to_numpy())
    if len(opens) < 2:
        raise InputError(
            f"{board.category.label}: rated models with open weights (data/models.csv): {len(opens)}; two are needed."
        )
    return _part(board, opens, f"{board.category.label}, open models")


def _facts(board: Board) -> pd.DataFrame:
    return model_facts().set_index("model").reindex(list(board.models))


def _part(board: Board, models: Integers, label: str) -> Board:
    """Some models of a board, in its order. The fit is left behind: it is that of all models."""
    return replace(
        board,
        category=replace(board.category, name=label, label=label),
        models=tuple(board.models[model] for model in models),
        ratings=board.ratings[models],
        covariance=board.covariance[np.ix_(models, models)],
        votes=board.votes[models],
        left_out=board.left_out.iloc[:0],
        fit=None,
        samples=None if board.samples is None else board.samples[:, models],
    )
