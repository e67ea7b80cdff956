"""A vote table on disk: whole or not there, with the fingerprint of its contents."""

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from analysis.errors import InputError
from analysis.sources import writer
from analysis.sources.writer import Fingerprint, VoteWriter
from analysis.votes.schema import VOTE_SCHEMA


def _votes(count: int, first: int = 0) -> pa.Table:
    rows = [
        {
            "vote_id": f"v{number}",
            "release": "r",
            "model_a": "a",
            "model_b": "b",
            "outcome": "tie",
            "prompts": ["x", "é"],
            "turns": 1,
        }
        for number in range(first, first + count)
    ]
    return pa.Table.from_pylist(rows, schema=VOTE_SCHEMA)


def fingerprint_of(tables: Iterable[pa.Table]) -> str:
    """The fingerprint of a vote table given in parts."""
    found = Fingerprint()
    for table in tables:
        found.update(table)
    return found.hexdigest()


def _as_they_are(ids: pa.Array, _first: int) -> pa.Array:
    return ids


def test_the_fingerprint_is_of_the_contents_whatever_the_batches() -> None:
    whole = fingerprint_of([_votes(50)])
    assert fingerprint_of([_votes(20), _votes(30, 20)]) == whole
    assert fingerprint_of([_votes(50).slice(0, 7), _votes(50).slice(7)]) == whole
    assert fingerprint_of([_votes(49)]) != whole
    assert fingerprint_of([_votes(50, 1)]) != whole


def test_a_null_and_an_empty_text_have_different_fingerprints() -> None:
    place = VOTE_SCHEMA.get_field_index("prompt")
    tables = [_votes(1).set_column(place, VOTE_SCHEMA.field(place), pa.array([value], pa.string())) for value in (None, "", "x")]
    assert len({fingerprint_of([table]) for table in tables}) == 3


@pytest.mark.parametrize("row_group", [4, 1_000])
def test_votes_are_taken_out_and_renamed_whether_they_reached_the_disk_or_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, row_group: int
) -> None:
    monkeypatch.setattr(writer, "ROW_GROUP", row_group)
    path = tmp_path / "votes.parquet"
    with VoteWriter(path) as out:
        out.write(_votes(3))
        out.write(_votes(7, 3))
        out.rewrite(np.arange(10) % 2 == 0, lambda ids, first: pa.array([f"{first}+{name.as_py()}" for name in ids]))
    written = pq.read_table(path)
    assert [name.partition("+")[2] for name in written["vote_id"].to_pylist()] == ["v0", "v2", "v4", "v6", "v8"]
    assert out.fingerprint == fingerprint_of([written.cast(VOTE_SCHEMA)])
    assert list(tmp_path.iterdir()) == [path]


def test_an_error_leaves_the_last_table_and_nothing_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "votes.parquet"
    with VoteWriter(path) as out:
        out.write(_votes(2))
    before = path.read_bytes()
    with pytest.raises(InputError), VoteWriter(path) as out:  # noqa: PT012
        out.write(_votes(5))
        out.rewrite(np.ones(5, dtype=bool), _as_they_are)
        raise InputError("something went wrong")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_fingerprint_of_nothing_is_one_too() -> None:
    assert len(Fingerprint().hexdigest()) == 64
