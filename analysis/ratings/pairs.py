"""Pair counts: votes summed per pair of models and outcome. Every rating is fitted on these and on nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import connected_components

from analysis.votes import engine
from analysis.votes.category import Category
from analysis.votes.outcome import Outcome

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: Columns of `PairCounts.counts`.
OUTCOMES = (Outcome.MODEL_A, Outcome.MODEL_B, Outcome.TIE, Outcome.BOTH_BAD)

#: What each of OUTCOMES is worth to the pair's first model: half a win for a tie and for a both-bad.
SCORE = np.array([1.0, 0.0, 0.5, 0.5])

#: Position in OUTCOMES of each outcome after the two sides are swapped.
SWAPPED = np.array([1, 0, 2, 3])


@dataclass(frozen=True)
class PairCounts:
    """Counts of the four outcomes for each unordered pair of models.

    Attributes:
        models: the model names, sorted; M of them.
        first, second: shape (P,), positions in `models` of the two models of each pair, first < second.
        counts: shape (P, 4), votes that `first` won, that `second` won, ties, and both-bads.
    """

    models: tuple[str, ...]
    first: Integers
    second: Integers
    counts: Floats

    @cached_property
    def total(self) -> Floats:
        """Votes per pair, shape (P,)."""
        return np.asarray(self.counts.sum(axis=1))

    @cached_property
    def score(self) -> Floats:
        """Wins of `first` per pair, a tie or both-bad counting half, shape (P,)."""
        return np.asarray(self.counts @ SCORE)

    @property
    def votes(self) -> int:
        """Votes in all pairs."""
        return int(self.counts.sum())

    @cached_property
    def votes_by_model(self) -> Floats:
        """Votes that each model took part in, shape (M,)."""
        return self.scatter(self.total, self.total)

    def scatter(self, to_first: Floats, to_second: Floats) -> Floats:
        """Sum a value per pair onto the pair's two models, shape (M,)."""
        size = len(self.models)
        return np.asarray(np.bincount(self.first, to_first, size) + np.bincount(self.second, to_second, size), dtype=float)

    @property
    def table(self) -> pd.DataFrame:
        """One row per pair that has votes: first, second, and the votes for first, for second, tied and both-bad."""
        names = np.array(self.models, dtype=object)
        frame = pd.DataFrame({"first": names[self.first], "second": names[self.second]})
        frame[["first_won", "second_won", "tie", "both_bad"]] = self.counts
        return frame[self.total > 0].reset_index(drop=True)

    def with_counts(self, counts: Floats) -> PairCounts:
        """The same pairs with other counts."""
        return replace(self, counts=counts)

    def keep(self, models: Sequence[int] | Integers) -> PairCounts:
        """Only the pairs among the given models (positions in `models`), renumbered."""
        position = np.full(len(self.models), -1)
        position[np.asarray(models)] = np.arange(len(models))
        inside = (position[self.first] >= 0) & (position[self.second] >= 0)
        return PairCounts(
            tuple(self.models[index] for index in models),
            position[self.first[inside]],
            position[self.second[inside]],
            self.counts[inside],
        )

    def thin(self, share: float, rng: np.random.Generator) -> PairCounts:
        """A random subset of the votes: each vote is kept with probability `share`, independently."""
        return self.with_counts(rng.binomial(self.counts.astype(np.int64), share).astype(float))

    @cached_property
    def groups(self) -> Integers:
        """The group of each model, shape (M,): within a group every model beats, and loses to, every other through
        some chain of votes (a strongly connected component), which is what a finite rating needs (Ford 1957)."""
        half = self.counts[:, 2] + self.counts[:, 3]
        first_beats, second_beats = self.counts[:, 0] + half > 0, self.counts[:, 1] + half > 0
        winners = np.concatenate([self.first[first_beats], self.second[second_beats]])
        losers = np.concatenate([self.second[first_beats], self.first[second_beats]])
        size = len(self.models)
        graph = csr_array((np.ones(len(winners)), (winners, losers)), shape=(size, size))
        return np.asarray(connected_components(graph, connection="strong")[1], dtype=np.int64)

    @property
    def connected(self) -> bool:
        """Whether all models are one group."""
        return len(set(self.groups)) <= 1

    @cached_property
    def islands(self) -> tuple[Integers, ...]:
        """The groups of two or more models, as positions in `models`: the one with most votes among its own models first,
        then the one with most models, then the one whose first model comes first. This is the order in which anything
        that can rate one group alone picks it, and the only place that says so."""
        own = self.groups[self.first] == self.groups[self.second]
        votes = np.bincount(self.groups[self.first[own]], self.total[own], len(self.models))
        found = [np.flatnonzero(self.groups == group) for group in np.flatnonzero(np.bincount(self.groups) > 1)]
        return tuple(sorted(found, key=lambda group: (-votes[self.groups[group[0]]], -len(group), int(group[0]))))


def pair_counts(models: Sequence[str], rows: pd.DataFrame, values: Sequence[str] = ("votes",)) -> list[PairCounts]:
    """Fold counted rows (model_a, model_b, outcome and one column of counts per name in `values`) into pair counts.

    All results share their models and pairs, so that their counts can be compared cell by cell.
    """
    names = tuple(sorted(models))
    left, right, cell = _positions(rows, names)
    low, high = np.minimum(left, right), np.maximum(left, right)
    keys, pair = np.unique(low * len(names) + high, return_inverse=True)
    first, second = keys // max(len(names), 1), keys % max(len(names), 1)
    cells = pair * 4 + cell
    counts = [np.bincount(cells, rows[value].to_numpy(float), len(keys) * 4).astype(float).reshape(-1, 4) for value in values]
    return [PairCounts(names, first, second, count) for count in counts]


def _positions(rows: pd.DataFrame, models: tuple[str, ...]) -> tuple[Integers, Integers, Integers]:
    """Positions in `models` of the two models of each row (−1 for others), and the outcome's in OUTCOMES as it reads
    once the model that comes first in `models` stands on the left."""
    left, right = (pd.Index(models).get_indexer(rows[side].to_numpy(object)).astype(np.int64) for side in ("model_a", "model_b"))
    outcome = pd.Index([outcome.value for outcome in OUTCOMES]).get_indexer(rows["outcome"].to_numpy(object))
    return left, right, np.where(left > right, SWAPPED[outcome], outcome)


def count_pairs(votes: Votes, categories: Mapping[str, Category]) -> dict[str, PairCounts]:
    """The pair counts of each category, from one scan of the votes.

    Raises:
        InputError: a category needs a column that the votes do not have.
    """
    for category in categories.values():
        category.check(votes)
    table = votes.expression
    sums = {f"votes_{number}": table.count(where=category.rule(table)) for number, category in enumerate(categories.values())}
    rows = engine.to_pandas(table.group_by(["model_a", "model_b", "outcome"]).aggregate(**sums))
    models = sorted({*rows["model_a"].unique(), *rows["model_b"].unique()})
    return dict(zip(categories, pair_counts(models, rows, list(sums)), strict=True))


def three_outcomes(pairs: PairCounts) -> Floats:
    """Counts of first wins, second wins and ties of both kinds, shape (P, 3)."""
    return np.column_stack([pairs.counts[:, 0], pairs.counts[:, 1], pairs.counts[:, 2] + pairs.counts[:, 3]])
