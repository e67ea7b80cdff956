"""Strata: like held against like. Votes on exposed prompts and on others, weighed so that both are of the same strata."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from analysis.prompts.vote_topics import Topics, read_vote_topics

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.signedinteger[Any]]
    Flags = NDArray[np.bool_]


def crossed(parts: Sequence[Integers], size: int) -> Integers:
    """A number per vote that votes share which are alike in every part, shape (size,); a part numbers its values, shape
    (size,)."""
    whole = np.zeros(size, dtype=np.int64)
    for part in parts:
        codes = pd.factorize(part)[0]
        whole = pd.factorize(whole * (int(codes.max(initial=0)) + 1) + codes)[0]
    return whole


def overlap(exposed: Flags, stratum: Integers) -> Floats:
    """Weights with which the exposed votes and the others have the same mix of strata, shape (N,).

    An exposed vote weighs as the others' share of its stratum, another vote as the share of the exposed (overlap weights: Li,
    Morgan and Zaslavsky 2018). No weight is above 1, a stratum counts by how much there is to compare in it, and one without
    votes on either side counts nothing.
    """
    inside = np.bincount(stratum, exposed)
    share = inside / np.maximum(np.bincount(stratum), 1)
    return np.asarray(np.where(exposed, 1 - share[stratum], share[stratum]))


def read_strata(votes: Votes, topics: Topics | None) -> tuple[tuple[str, ...], list[Integers]]:
    """What votes are told apart by, by name, and the values of each as numbers, shape (votes,), in the order of the vote table.

    Raises:
        UsageError: the topics are none.
        InputError: they cannot be read, or are of other votes.
    """
    found: dict[str, Integers] = {}
    if topics is not None:
        found["topic"] = pd.factorize(read_vote_topics(votes, topics).topic)[0]
    if "language" in votes.available:
        found["language"] = pd.factorize(pq.read_table(votes.path, columns=["language"])["language"].to_numpy())[0]
    if "turns" in votes.available:
        turns = pq.read_table(votes.path, columns=["turns"])["turns"].fill_null(0).to_numpy()
        found["number of turns"] = np.minimum(turns, 2).astype(np.int64)
    return tuple(found), list(found.values())
