"""Topics on disk as far as a category needs them: the labels of topics, the votes of each, and whose votes they are."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from analysis.errors import InputError, UsageError, first_line
from analysis.results.prose import shortened

if TYPE_CHECKING:
    from pathlib import Path

#: The topic of votes whose prompt is in none, of votes without a prompt, and of those in a topic that a curation ignores.
UNCLEAR, BLANK, IGNORED = -1, -2, -3

#: What the first and the last are called.
UNCLEAR_LABEL, IGNORED_LABEL = "no clear topic", "ignored"


def read_labels(folder: Path) -> tuple[pd.DataFrame, str]:
    """topic and label of stored topics, and the fingerprint of their votes.

    Raises:
        UsageError: the folder does not hold topics.
    """
    try:
        document = json.loads((folder / "topics.json").read_text(encoding="utf-8"))
        return pd.read_parquet(folder / "frame.parquet", columns=["topic", "label"]), str(document["fingerprint"])
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        raise UsageError(
            f"{shortened(str(folder), 300)}: this is no folder of topics; "
            "write one with arena-workbook topics --votes VOTES --out DIR."
        ) from None


def read_members(folder: Path, topic: int) -> pa.ChunkedArray:
    """Ids of the votes of a stored topic.

    Raises:
        InputError: the assignments cannot be read.
    """
    path = folder / "assignments.parquet"
    try:
        return pq.read_table(path, columns=["vote_id"], filters=[("topic", "=", topic)])["vote_id"]
    except (OSError, pa.ArrowException) as error:
        raise InputError(f"{path}: cannot be read ({first_line(error)}); find the topics again.") from None


def read_assignments(folder: Path) -> pd.DataFrame:
    """vote_id and topic of all votes of stored topics.

    Raises:
        InputError: the assignments cannot be read.
    """
    path = folder / "assignments.parquet"
    try:
        return pd.read_parquet(path, columns=["vote_id", "topic"])
    except (OSError, ValueError) as error:
        why = "it is not there" if isinstance(error, FileNotFoundError) else first_line(error)
        raise InputError(f"{path}: cannot be read ({why}); find the topics again.") from None
