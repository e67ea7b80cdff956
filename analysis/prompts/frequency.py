"""Frequency: the arena's rule for frequent prompts, which are sampled down."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from analysis.votes import engine

if TYPE_CHECKING:
    import ibis.expr.types as ir
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Floats = NDArray[np.float64]
    Integers = NDArray[np.int64]

#: How much of a conversation's user messages the arena compares (FastChat `deduplication.py`).
KEY_LENGTH = 10_000

#: The quantile of votes per prompt above which LMSYS samples down.
QUANTILE = 0.999


@dataclass(frozen=True)
class FrequencyRule:
    """The arena's rule for frequent prompts, applied to these votes.

    The key of a vote is all its user messages, one a line, first 10,000 characters, exactly as written. Keys with more
    votes than the quantile `quantile` of votes per key are sampled down to that many (FastChat `deduplication.py`;
    LMSYS, 2024-05-17: quantile 0.999, which was 25 votes, and 8.6 % of the votes went).

    Attributes:
        cutoff: the quantile, in votes per key.
        frequent: keys above it.
        votes, removed: votes with a key, and those that the sampling leaves out.
    """

    quantile: float
    cutoff: float
    frequent: int
    votes: int
    removed: int


def frequency_rule(votes: Votes, quantile: float = QUANTILE) -> FrequencyRule:
    """The arena's rule on these votes; where all user messages are not given, the first stands for them."""
    return _rule(key_sizes(votes), quantile)


def _rule(sizes: Integers, quantile: float) -> FrequencyRule:
    """The rule on votes of which each has a key with so many votes, shape (votes,); 0 for a vote without a key."""
    votes, keys = np.unique(sizes[sizes > 0], return_counts=True)
    keys = keys // np.maximum(votes, 1)
    cutoff = float(np.quantile(np.repeat(votes, keys), quantile)) if len(votes) else 0.0
    over = votes > cutoff
    return FrequencyRule(
        quantile=quantile,
        cutoff=cutoff,
        frequent=int(keys[over].sum()),
        votes=int(votes @ keys),
        removed=int((votes[over] - int(cutoff)) @ keys[over]),
    )


def key_sizes(votes: Votes) -> Integers:
    """How many votes share each vote's key (`FrequencyRule`), shape (votes,), in the order of the table; 0 for those without."""
    keys = engine.to_arrow(votes.expression.select(key=_messages(votes.expression)))["key"].combine_chunks().dictionary_encode()
    codes = keys.indices.fill_null(-1).to_numpy(zero_copy_only=False)
    counts = np.bincount(codes[codes >= 0], minlength=len(keys.dictionary) + 1)
    return np.where(codes >= 0, counts[codes], 0).astype(np.int64)


def frequency_weights(votes: Votes, quantile: float = QUANTILE) -> Floats:
    """What part of the votes on each vote's prompt the arena's rule keeps, shape (votes,): which ones it keeps is drawn."""
    sizes = key_sizes(votes)
    cutoff = int(_rule(sizes, quantile).cutoff)
    return np.where(sizes > cutoff, cutoff / np.maximum(sizes, 1), 1.0)


def _messages(table: ir.Table) -> ir.StringColumn:
    """A digest of the user messages, one a line, cut to KEY_LENGTH: grouping by long texts would need their memory."""
    import ibis

    messages = ibis.coalesce(ibis.literal("\n").join(table["prompts"]), table["prompt"])
    messages = ibis.ifelse(
        messages.re_search(r"[^\s\p{Z}]"), messages, ibis.null("string")
    )  # blank: nothing that could be repeated
    return (messages + "\n").substr(0, KEY_LENGTH).hexdigest("md5")
