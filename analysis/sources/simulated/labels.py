"""What classifiers and the arena's de-duplication would say of simulated votes: code, mathematics, criteria, sampled."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
from scipy.special import expit, logit

from analysis.sources.fields import CRITERIA
from analysis.sources.simulated.grammars import topics

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.sources.simulated.draws import Draws

    Integers = NDArray[np.int64]
    Flags = NDArray[np.bool_]

#: All names a vote can be tagged with, in order: that of a topic's chances.
TAGS = (*CRITERIA, "instruction_following", "math", "creative_writing", "high_freq")

#: Instruction-following score from which the arena's category counts a prompt.
FOLLOWS = 4


def draw_labels(draws: Draws, rng: np.random.Generator) -> dict[str, pa.Array]:
    """The label columns of the vote table, by name, each of length N."""
    topic, rows = draws.prompts.topic, len(draws.turns)
    chances = {name: np.array([getattr(entry, name) for entry in topics()]) for name in ("code", "math", "creative", "refusal")}
    flags = {name: rng.random(rows) < chance[topic] for name, chance in chances.items()}
    criteria = _criteria(topic, rng)
    mean = np.array([entry.instruction for entry in topics()])[topic]
    score = np.clip(np.round(rng.normal(mean, 1.1)), 0, 5).astype(np.int8)
    frequent, sampled = deduplicate(draws, rng)
    tags = np.column_stack([criteria, score >= FOLLOWS, flags["math"], flags["creative"], frequent])
    return {
        "is_code": pa.array(flags["code"]),
        "is_refusal": pa.array(flags["refusal"]),
        "criteria": pa.array(criteria.sum(axis=1).astype(np.int8)),
        "instruction_score": pa.array(score),
        "math": pa.array(flags["math"]),
        "creative_writing": pa.array(flags["creative"]),
        "sampled": pa.array(sampled),
        "tags": _names(tags),
    }


def _criteria(topic: Integers, rng: np.random.Generator) -> Flags:
    """Which of the seven criteria hold, shape (N, 7): harder prompts of a topic meet more of all of them."""
    level = logit(np.array([entry.criteria for entry in topics()]))[topic]
    return np.asarray(rng.random(level.shape) < expit(level + rng.normal(0, 1.1, (len(topic), 1))))


def deduplicate(draws: Draws, rng: np.random.Generator) -> tuple[Flags, Flags]:
    """Whether a vote's conversation is a very frequent one, and whether the de-duplication kept the vote, shape (N,) each.

    As FastChat's `deduplication.py` does: the user messages are the key, the 99.9th percentile of votes per key the
    limit, and keys above it are sampled down to it at random. A conversation of several turns is a key of its own here.
    """
    rows = len(draws.turns)
    pool = np.where(draws.turns > 1, rows + np.arange(rows), draws.prompts.pool)
    _, key, count = np.unique(pool, return_inverse=True, return_counts=True)
    limit = int(np.quantile(count, 0.999)) if rows else 0
    frequent = count[key] > limit
    shuffled = rng.permutation(rows)
    order = shuffled[np.argsort(key[shuffled], kind="stable")]
    starts = np.cumsum(count) - count
    place = np.empty(rows, dtype=np.int64)
    place[order] = np.arange(rows) - starts[key[order]]
    return frequent, place < np.maximum(limit, 1)


def _names(tags: Flags) -> pa.Array:
    """The names of the tags that hold, one list per row of a boolean array of shape (N, len(TAGS))."""
    offsets = np.r_[0, np.cumsum(tags.sum(axis=1))].astype(np.int32)
    names = pa.DictionaryArray.from_arrays(pa.array(np.nonzero(tags)[1].astype(np.int8)), pa.array(TAGS))
    return pa.ListArray.from_arrays(pa.array(offsets), names.cast(pa.string()))
