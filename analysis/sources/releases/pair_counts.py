"""Pair counts, `{"models": [...], "X": [[i, j], ...], "Y": [[i wins, j wins, tie, both bad], ...]}`, as one row per vote.

All that the counts keep of a vote are its models and its outcome; the order of the votes is that of the pairs.
"""

from collections.abc import Collection, Iterator, Mapping
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from analysis.sources.literals import Unreadable
from analysis.votes.outcome import Outcome
from analysis.votes.schema import VOTE_SCHEMA

NAME = "pair_counts"
NOTES = ("pair_counts: the release keeps the models and the outcome of each vote and nothing else.",)
CHUNK = 250_000

#: The order of the counts in `Y`.
OUTCOMES = (Outcome.MODEL_A, Outcome.MODEL_B, Outcome.TIE, Outcome.BOTH_BAD)


def recognises(columns: Collection[str]) -> bool:
    """Whether a record holds models and counts."""
    return {"models", "X", "Y"} <= set(columns)


def expand(record: Mapping[str, Any], first: int) -> Iterator[pa.Table]:
    """The votes as vote tables of at most `CHUNK` rows; their ids count from `first`.

    Raises:
        Unreadable: the counts are not what the module's docstring says, with the pair that is not.
    """
    models, pairs, counts = _arrays(record)
    names, labels = pa.array(models, pa.string()), pa.array([outcome.value for outcome in OUTCOMES])
    ends = np.cumsum(counts.reshape(-1))
    total = int(ends[-1]) if len(ends) else 0
    for start in range(0, total, CHUNK):
        places = np.arange(start, min(start + CHUNK, total))
        cells = np.searchsorted(ends, places, side="right")
        a, b = pairs[cells // len(OUTCOMES)].T
        columns = {
            "vote_id": _ids(places + first),
            "release": pa.array([NAME]).take(np.zeros(len(places), dtype=np.int64)),
            "model_a": names.take(pa.array(a)),
            "model_b": names.take(pa.array(b)),
            "outcome": labels.take(pa.array(cells % len(OUTCOMES))),
        }
        yield pa.table([columns.get(field.name, pa.nulls(len(places), field.type)) for field in VOTE_SCHEMA], schema=VOTE_SCHEMA)


def _arrays(record: Mapping[str, Any]) -> tuple[list[str], np.ndarray, np.ndarray]:
    models = record["models"]
    if not isinstance(models, list) or not all(isinstance(model, str) and model.strip() for model in models):
        raise Unreadable("`models` must be a list of names")
    if len(set(models)) < len(models):
        raise Unreadable("`models` names a model twice")
    try:
        pairs, counts = (np.asarray(record[name], dtype=np.float64) for name in ("X", "Y"))
    except (TypeError, ValueError) as error:
        raise Unreadable("`X` and `Y` must be lists of numbers, all of one length") from error
    if not pairs.size and not counts.size:
        pairs, counts = pairs.reshape(0, 2), counts.reshape(0, len(OUTCOMES))
    if pairs.ndim != 2 or pairs.shape[1] != 2 or counts.shape != (len(pairs), len(OUTCOMES)):
        raise Unreadable(f"`X` must hold pairs, and `Y` four counts for each; they are {pairs.shape} and {counts.shape}")
    wrong_pair = (pairs != np.floor(pairs)) | (pairs < 0) | (pairs >= len(models))
    wrong_count = (counts != np.floor(counts)) | (counts < 0)
    wrong = np.flatnonzero(wrong_pair.any(axis=1) | wrong_count.any(axis=1) | (pairs[:, 0] == pairs[:, 1]))
    if len(wrong):
        place = int(wrong[0])
        raise Unreadable(
            f"pair {place + 1:,} is {record['X'][place]} with {record['Y'][place]}; two models and whole counts are needed"
        )
    return models, pairs.astype(np.int64), counts.astype(np.int64)


def _ids(numbers: np.ndarray) -> pa.Array:
    digits = pc.utf8_lpad(pc.cast(pa.array(numbers), pa.string()), width=7, padding="0")
    return pc.binary_join_element_wise(f"{NAME}-", digits, "")
