"""Editions as a run leaves them: votes without prompts, a record, and the tables of its pages."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import analysis as arena
from analysis.votes.ledger import Ledger
from analysis.votes.schema import VOTE_SCHEMA
from analysis.votes.table import Votes

Edition = Callable[..., Path]


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    """Make the folder of an edition of votes."""

    def make(votes: Votes, name: str = "2026-11-25T0600Z", *, board: bool = False, claims: bool = False, **run: Any) -> Path:
        folder = tmp_path / "editions" / name
        folder.mkdir(parents=True)
        table = pq.read_table(votes.path)
        for column in ("prompt", "prompts"):
            place = table.schema.get_field_index(column)
            table = table.set_column(place, VOTE_SCHEMA.field(column), pa.nulls(len(table), VOTE_SCHEMA.field(column).type))
        pq.write_table(table.cast(VOTE_SCHEMA), folder / "votes.parquet")
        record: Mapping[str, Any] = {
            "started": "2026-11-25T06:00:00+00:00",
            "ledger": asdict(votes.ledger),
            "versions": {},
            "pages": [],
            **run,
        }
        (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
        if board:
            (folder / "tables/03_leaderboard").mkdir(parents=True)
            arena.board(votes).table.to_parquet(folder / "tables/03_leaderboard/board.parquet")
        if claims:
            (folder / "tables/07_claims").mkdir(parents=True)
            arena.check_claims(votes).table.to_parquet(folder / "tables/07_claims/claims.parquet")
        return folder

    return make


@pytest.fixture(scope="session")
def sample() -> Votes:
    return arena.load_votes("sample")


@pytest.fixture
def part(tmp_path: Path) -> Callable[..., Votes]:
    """Some votes of a table, as a table of its own."""

    def make(votes: Votes, chosen: Callable[[pa.Table], Any], name: str = "part") -> Votes:
        table = pq.read_table(votes.path)
        table = table.filter(pa.array(chosen(table)))
        path = tmp_path / f"{name}.parquet"
        pq.write_table(table, path)
        return Votes.at(path, Ledger(name, "made for a test", len(table), len(table)), f"test-{name}")

    return make
