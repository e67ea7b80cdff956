"""Whether a vote table that lies somewhere keeps the rules of the vote table, and the fingerprint of what it holds."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.arrow_batches import parquet_batches
from analysis.sources.copies import all_differ, hashes
from analysis.sources.writer import Fingerprint
from analysis.votes.outcome import Outcome
from analysis.votes.schema import COLUMNS, REQUIRED, VOTE_SCHEMA


def examine(path: Path) -> str:
    """The fingerprint of a sound vote table, or an empty text for one that breaks a rule.

    Raises:
        InputError: the file claims or holds more than can be read.
    """
    found = Fingerprint()
    ids = []
    with path.open("rb") as stream:
        for batch in parquet_batches(stream, path, None):
            assert batch.table is not None
            votes = _cast(batch.table)
            if votes is None or not _keeps_rules(votes):
                return ""
            found.update(votes)
            ids += hashes(votes, ["vote_id"])
    return found.hexdigest() if all_differ(np.concatenate(ids)) else ""


def _cast(table: pa.Table) -> pa.Table | None:
    """The table in the vote table's types, its texts valid; None where they are not."""
    try:
        votes = table.cast(VOTE_SCHEMA)
        votes.validate(full=True)
    except (pa.ArrowException, UnicodeError):
        return None
    return votes


def _keeps_rules(votes: pa.Table) -> bool:
    """Whether the scalar columns keep the rules of `analysis.votes.schema`."""
    if any(votes[name].null_count for name in REQUIRED):
        return False
    if not pc.all(pc.is_in(votes["outcome"], value_set=pa.array([outcome.value for outcome in Outcome]))).as_py():
        return False
    if pc.any(pc.equal(votes["model_a"], votes["model_b"])).as_py():
        return False
    for column in COLUMNS:
        if pa.types.is_integer(column.type):
            extremes = pc.min_max(votes[column.name]).as_py()
            if extremes["min"] is not None and not column.least <= extremes["min"] <= extremes["max"] <= column.most:
                return False
    return True
