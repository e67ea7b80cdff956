"""Editions as a run leaves them: votes without prompts, a record, and the tables of its pages."""

import importlib.util
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import analysis as arena
from analysis import places
from analysis.votes.ledger import Ledger, ledger_beside
from analysis.votes.table import Votes

Edition = Callable[..., Path]
Part = Callable[..., Votes]


def write_edition(votes: Votes, folder: Path, *, board: bool = False, claims: bool = False, **run: Any) -> Path:
    """The folder of an edition of votes; fields of its record are `run`."""
    folder.mkdir(parents=True)
    pq.write_table(pq.read_table(votes.path).drop_columns(["prompt", "prompts"]), folder / "votes.parquet")
    ledger = asdict(votes.ledger)
    record = {"started": "2026-11-25T06:00:00+00:00", "ledger": ledger, "versions": {}, "pages": [], **run}
    (folder / "run.json").write_text(json.dumps(record), encoding="utf-8")
    made = {"03_leaderboard/board": arena.board if board else None, "07_claims/claims": arena.check_claims if claims else None}
    for name, function in made.items():
        if function is not None:
            path = folder / "tables" / f"{name}.parquet"
            path.parent.mkdir(parents=True)
            function(votes).table.to_parquet(path)
    return folder


def part_of(votes: Votes, path: Path, chosen: Callable[[pa.Table], pa.Array]) -> Votes:
    """Some votes of a table, as a table of its own."""
    table = pq.read_table(votes.path)
    table = table.filter(chosen(table))
    pq.write_table(table, path)
    Ledger(path.name, "made for a test", len(table), len(table)).write(ledger_beside(path))
    return arena.load_votes(path)


@pytest.fixture
def edition(tmp_path: Path) -> Edition:
    """Make the folder of an edition of votes."""
    return lambda votes, name="2026-11-25T0600Z", **more: write_edition(votes, tmp_path / "editions" / name, **more)


@pytest.fixture
def part(tmp_path: Path) -> Part:
    """Make a table of some votes of another."""
    return lambda votes, chosen, name="part": part_of(votes, tmp_path / f"{name}.parquet", chosen)


@pytest.fixture(scope="session")
def sample() -> Votes:
    return arena.load_votes("sample")


@pytest.fixture(scope="session")
def planting() -> ModuleType:
    """What the benchmark of changes draws."""
    spec = importlib.util.spec_from_file_location("benchmark_changes", places.ROOT / "benchmarks" / "changes.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
