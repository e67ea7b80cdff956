"""Times of votes, as numbers: the one way from the column of the vote table to an order of votes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from analysis.votes.table import Votes

    Integers = NDArray[np.int64]

#: The time of a vote that has none: after all others.
UNTIMED = np.iinfo(np.int64).max


def read_times(votes: Votes) -> Integers:
    """When each vote was cast, microseconds since 1970 (UTC), shape (votes,); UNTIMED where that is not known."""
    return microseconds(pq.read_table(votes.path, columns=["time"])["time"])


def microseconds(times: pa.ChunkedArray) -> Integers:
    """Times as microseconds since 1970 (UTC), shape (n,); UNTIMED where there is none."""
    stamps = times.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).fill_null(UNTIMED)
    return np.asarray(stamps.to_numpy())
