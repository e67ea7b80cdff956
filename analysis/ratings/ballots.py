"""Ballots: votes one by one, for what pair counts cannot tell: who cast them, on which prompt, and how the answers looked."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property, reduce
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_array

from analysis.errors import InputError
from analysis.ratings.pairs import OUTCOMES, SWAPPED, PairCounts
from analysis.results.prose import counted
from analysis.votes import engine
from analysis.votes.category import Category
from analysis.votes.prompts import read_prompt_keys
from analysis.votes.schema import STYLE_FEATURES
from analysis.votes.style_columns import STYLE_COLUMNS, relative_difference

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]

#: Categories whose membership is held in one integer.
BITS = 62

#: The name of the clusters of votes of one judge on one prompt.
BOTH = "judge and prompt"


@dataclass(frozen=True)
class Ballots:
    """N votes of a category, or N sets of equal votes.

    Attributes:
        pairs: their pair counts.
        pair: shape (N,), the pair of each vote in `pairs`; like `clusters` and `row` of 32 bits, for there are many of them.
        outcome: shape (N,), position in `pairs.OUTCOMES`, as it reads from the pair's first model.
        clusters: by `judge` or `prompt`, what each vote hangs together with, shape (N,); a vote whose judge or prompt is not
            known is a cluster of its own. Numbers are the same in all categories of one reading.
        named: by the same names, the first number of the clusters that are votes without a name.
        row: shape (N,), which vote of the reading each is, of the vote table where all votes are read (as `overall` does);
            votes of one judge stand together, so rows are in no order.
        reading: the same object for all categories of one reading, within which numbers of clusters and rows compare.
        left: shape (N,), whether the pair's first model was shown on the left; None where that was not read.
        features: shape (N, 4), relative differences of the answers' style, first − second; None where not asked for.
        weight: shape (N,), for how many votes each counts, 0 or more; None where each counts as one.
    """

    pairs: PairCounts
    pair: Integers
    outcome: Integers
    clusters: Mapping[str, Integers]
    named: Mapping[str, int]
    row: Integers
    features: Floats | None = None
    weight: Floats | None = None
    reading: object = None
    left: NDArray[np.bool_] | None = None

    @cached_property
    def cell(self) -> Integers:
        """Position of each vote's pair and outcome among all, 4 · pair + outcome, shape (N,)."""
        return len(OUTCOMES) * self.pair + self.outcome

    @cached_property
    def sizes(self) -> Mapping[str, Integers]:
        """Votes in each cluster, by the names of `clusters`, each shape (clusters,); 0 for those of other categories."""
        return {name: np.bincount(cluster) for name, cluster in self.clusters.items()}

    def keep(self, models: Integers) -> Ballots:
        """Only the votes among the given models (positions in `pairs.models`), renumbered."""
        return self if len(models) == len(self.pairs.models) else self.onto(self.pairs.keep(models))

    def onto(self, pairs: PairCounts) -> Ballots:
        """Only the votes of the given pairs, renumbered as they are; the models of `pairs` are in the same order."""
        place = pd.Index(pairs.models).get_indexer(pd.Index(self.pairs.models))
        size = len(pairs.models)
        keys = pd.Index(pairs.first * size + pairs.second)
        first, second = place[self.pairs.first], place[self.pairs.second]
        number = np.where((first >= 0) & (second >= 0), keys.get_indexer(first * size + second), -1)
        kept = number[self.pair] >= 0
        return replace(self.only(kept), pairs=pairs, pair=number[self.pair[kept]])

    def counted(self) -> Ballots:
        """The same votes, with `pairs` counted anew."""
        return replace(self, pairs=self.counts_by(self.weight))

    def counts_by(self, weight: Floats | None) -> PairCounts:
        """The pair counts in which each vote counts by its weight, shape (N,); as one where None is given."""
        cells = np.bincount(self.cell, weight, self.pairs.counts.size).astype(float)
        return self.pairs.with_counts(cells.reshape(self.pairs.counts.shape))

    def only(self, chosen: NDArray[np.bool_] | Integers | slice) -> Ballots:
        """The chosen votes, by a mask of shape (N,), by positions or as a slice, with the same `pairs`."""
        return replace(
            self,
            pair=self.pair[chosen],
            outcome=self.outcome[chosen],
            clusters={name: cluster[chosen] for name, cluster in self.clusters.items()},
            row=self.row[chosen],
            features=None if self.features is None else self.features[chosen],
            weight=None if self.weight is None else self.weight[chosen],
            left=None if self.left is None else self.left[chosen],
        )

    def weighing(self, weight: Floats) -> Ballots:
        """The same votes, each counting for so many, shape (N,); those that count for none are left out."""
        return replace(self.only(weight > 0), weight=weight[weight > 0]).counted()


def of_counts(pairs: PairCounts) -> tuple[Ballots, Floats]:
    """Ballots of pair counts, one for each pair and outcome with votes, and how many votes each stands for, shape (N,)."""
    cells = np.flatnonzero(pairs.counts.ravel())
    pair, outcome = np.divmod(cells, len(OUTCOMES))
    return Ballots(pairs, pair, outcome, {}, {}, np.arange(len(cells))), pairs.counts.ravel()[cells]


def read_ballots(
    votes: Votes,
    categories: Mapping[str, Category],
    by: tuple[str, ...] = ("judge",),
    *,
    style: bool = False,
    weight: str = "",
    all_rows: bool = False,
) -> dict[str, Ballots]:
    """The ballots of each category, from one scan of the votes.

    Args:
        by: the clusters wanted, `judge` or `prompt` or both.
        style: whether the answers' style is wanted; votes without it are then left out.
        weight: a column of numbers by which votes count; those of a category count for one on average.
        all_rows: whether rows must be those of the vote table, whatever the categories, so that more can be read beside them.

    Raises:
        UsageError: there is no such column of numbers.
        InputError: the votes lack a column of a category, of a cluster or of style, or a number to weigh one by.
    """
    for category in categories.values():
        category.check(votes)
    votes.need("clusters by " + " and ".join(by) if by else "boards", *by)
    if style:
        votes.need("style control", *STYLE_COLUMNS)
    numbers = votes.numbers(weight) if weight else None
    names = _models(votes)
    table = engine.to_arrow(_rows(votes.expression, categories, by, style, all_rows=all_rows or bool(weight)))
    column = {name: table[name].to_numpy() for name in table.column_names}
    if "chosen" in column:
        chosen = np.flatnonzero(column.pop("chosen"))
        column = {name: values[chosen] for name, values in column.items()} | {"row": chosen}
    if "prompt" in by:
        keys = read_prompt_keys(votes)[column["row"]]
        column |= {"prompt": keys.view(np.int64), "prompt_known": keys != 0}
    found = gather(column, names, tuple(categories), by, style)
    if numbers is None:
        return found
    return {name: _weighed(ballots, numbers[ballots.row], weight) for name, ballots in found.items()}


def _weighed(ballots: Ballots, numbers: Floats, column: str) -> Ballots:
    """Ballots that count by `numbers`, shape (N,), for one on average.

    Raises:
        InputError: one of the numbers is missing or below 0, or all are 0.
    """
    for wrong, what in ((~np.isfinite(numbers), "no number"), (numbers < 0, "a number below 0")):
        if wrong.any():
            whole = counted(len(numbers), "vote")
            raise InputError(
                f"weight {column}: {int(wrong.sum()):,} of {whole} have {what} there; every vote needs one, 0 or more."
            )
    if not numbers.any():
        raise InputError(f"weight {column}: all {counted(len(numbers), 'vote')} have 0 there; some need more.")
    return ballots.weighing(numbers / numbers.mean())


def _models(votes: Votes) -> pd.DataFrame:
    """model and number (its hash) of all models of the vote table, sorted by name."""
    table = votes.expression
    both = table.select(model=table["model_a"]).union(table.select(model=table["model_b"]), distinct=True)
    return engine.to_pandas(both.mutate(number=both["model"].hash())).sort_values("model", ignore_index=True)


def _rows(table: ir.Table, categories: Mapping[str, Category], by: tuple[str, ...], style: bool, all_rows: bool) -> ir.Table:
    """What is read of the votes of any of the categories, in numbers: to hand over text takes longer than all the rest.

    Where prompts, style or `all_rows` are wanted all votes are read, with `chosen` for those of the categories that have style:
    prompts come from the file, in the same order, a batch at a time, and which vote of the file each is must be known.
    """
    members = _members(table, categories)
    table = table.mutate(**members)
    chosen = reduce(lambda one, other: one | other, (table[name] != 0 for name in members))
    if style:
        chosen = reduce(lambda one, other: one & other, (table[name].notnull() for name in STYLE_COLUMNS), chosen)
    columns: dict[str, ir.Value] = {
        "left": table["model_a"].hash(),
        "right": table["model_b"].hash(),
        "outcome": table["outcome"].cases(*((name.value, place) for place, name in enumerate(OUTCOMES))).cast("int8"),
        **{name: table[name] for name in members},
    }
    if "judge" in by:
        columns |= {"judge": table["judge"].hash(), "judge_known": table["judge"].notnull()}
    if style:
        columns |= {name: table[name] for name in STYLE_COLUMNS}
    if all_rows or style or "prompt" in by:
        return table.select(chosen=chosen, **columns)
    return table.filter(chosen).select(**columns)


def _members(table: ir.Table, categories: Mapping[str, Category]) -> dict[str, ir.Value]:
    """Which of the categories each vote is in, a bit for each, BITS of them in a column `members_0`, `members_1` and so on."""
    import ibis

    words: dict[str, list[ir.Value]] = {}
    for place, category in enumerate(categories.values()):
        word, bit = divmod(place, BITS)
        inside = ibis.coalesce(category.rule(table), ibis.literal(False))
        words.setdefault(f"members_{word}", []).append(inside.ifelse(ibis.literal(1 << bit, "int64"), ibis.literal(0, "int64")))
    return {name: reduce(lambda one, other: one | other, bits) for name, bits in words.items()}


def gather(
    column: Mapping[str, NDArray[Any]], names: pd.DataFrame, categories: tuple[str, ...], by: tuple[str, ...], style: bool
) -> dict[str, Ballots]:
    """The ballots of each category out of the columns that were read.

    Args:
        column: shape (N,) each: `left`, `right` (numbers of `names`), `outcome` (position in OUTCOMES), `members_0` and so on
            (see `_members`), and for each of `by` its key and, as `judge_known`, whether it has one; with `style` its columns.
            `row`, where these are not all votes that were read, in their order.
        names: model and number, sorted by model.
    """
    with ThreadPoolExecutor() as pool:  # numbers of judges take as long as all the rest
        numbering = {name: pool.submit(_numbered, column[name], column[f"{name}_known"]) for name in by}
        left, right = (pd.Index(names["number"]).get_indexer(column[side]) for side in ("left", "right"))
        swapped = left > right
        outcome = np.where(swapped, SWAPPED[column["outcome"]], column["outcome"])
        index, pair = _pairs(tuple(names["model"]), np.where(swapped, right, left), np.where(swapped, left, right))
    clusters = {name: numbers.result()[0] for name, numbers in numbering.items()}
    named = {name: numbers.result()[1] for name, numbers in numbering.items()}
    if len(by) == 2:
        one, other = (clusters[name] for name in by)
        clusters[BOTH] = pd.factorize(one * (int(other.max(initial=0)) + 1) + other)[0].astype(np.int64)
    # Votes that hang together stand together: sums over them then need no sorting, in any category.
    row = grouped(clusters[by[0]]) if by else np.arange(len(pair), dtype=np.int32)
    pair, outcome = pair[row].astype(np.int32), outcome[row].astype(np.int8)
    clusters = {name: cluster[row].astype(np.int32) for name, cluster in clusters.items()}
    features = _features(column, swapped)[row] if style else None
    read = column.get("row", np.arange(len(pair), dtype=np.int32))
    whole = Ballots(index, pair, outcome, clusters, named, read[row], features, reading=object(), left=~swapped[row])
    members = [column[f"members_{word}"][row] for word in range(1 + (len(categories) - 1) // BITS)]
    found = {}
    for place, category in enumerate(categories):
        word, bit = divmod(place, BITS)
        inside = np.flatnonzero(members[word] & (1 << bit)) if len(categories) > 1 else slice(None)
        found[category] = whole.only(inside).counted()
    return found


def grouped(cluster: Integers) -> Integers:
    """Positions of votes by cluster, and within one in their order, shape (N,): a stable argsort.

    Turning a matrix with one entry in each row from rows to columns is a counting sort.
    """
    size = len(cluster)
    entries = csr_array(
        (np.arange(size, dtype=np.int32), cluster, np.arange(size + 1)), shape=(size, 1 + int(cluster.max(initial=-1)))
    )
    return np.asarray(entries.tocsc().data)


def _pairs(models: tuple[str, ...], low: Integers, high: Integers) -> tuple[PairCounts, Integers]:
    """The pairs that occur, without counts, and the pair of each vote; `low` and `high` are positions in `models`."""
    key = low * len(models) + high
    occurs = np.zeros(len(models) ** 2, dtype=bool)
    occurs[key] = True
    keys = np.flatnonzero(occurs)
    place = np.cumsum(occurs) - 1
    first, second = np.divmod(keys, max(len(models), 1))
    return PairCounts(models, first, second, np.zeros((len(keys), len(OUTCOMES)))), place[key]


def _numbered(keys: Integers, known: NDArray[np.bool_]) -> tuple[Integers, int]:
    """A number per cluster from 0 on, shape (N,), in the order of appearance, and how many have a name: what is not known is
    a cluster of its own, with a number from there on."""
    codes, names = pd.factorize(keys if known.all() else keys[known])
    if len(codes) == len(keys):
        return codes, len(names)
    numbers = np.empty(len(keys), dtype=np.int64)
    numbers[known] = codes
    numbers[~known] = len(names) + np.arange(len(keys) - len(codes))
    return numbers, len(names)


def _features(column: Mapping[str, NDArray[np.int64]], swapped: NDArray[np.bool_]) -> Floats:
    """Relative differences of the answers' style, first − second, shape (N, 4)."""
    differences = [relative_difference(column[f"{name}_a"], column[f"{name}_b"], name) for name in STYLE_FEATURES]
    return np.asarray(np.column_stack(differences) * np.where(swapped, -1.0, 1.0)[:, None])
