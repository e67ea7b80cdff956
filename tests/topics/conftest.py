"""Topics fitted once for all tests of this folder, in the fast mode, on a small simulated arena."""

from pathlib import Path

import pytest

from analysis.sources.simulated.simulate import simulate
from analysis.topics.model import TopicSettings
from analysis.topics.topics import Topics, topics
from analysis.votes.table import Votes


@pytest.fixture(scope="session")
def arena(tmp_path_factory: pytest.TempPathFactory) -> Votes:
    """Simulated votes with planted topics (topics.parquet beside them)."""
    folder: Path = tmp_path_factory.mktemp("arena")
    made = simulate(3_000, seed=5)
    made.write(folder / "votes.parquet")
    return Votes.at(folder / "votes.parquet", made.ledger, "arena")


@pytest.fixture(scope="session")
def fitted(arena: Votes) -> Topics:
    """Their topics."""
    return topics(arena, TopicSettings(fast=True, rounds=1), with_map=False)
