"""What every test may lean on: a cache of its own, and the folder of real votes where there is one."""

import importlib.util
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import settings

from analysis.votes.ledger import Ledger
from analysis.votes.schema import VOTE_SCHEMA
from analysis.votes.table import Votes

# No test has a time limit: a busy machine is no fault of the code.
settings.register_profile("without a deadline", deadline=None)
settings.load_profile("without a deadline")

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _cache_outside_the_checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Converted votes go to a folder of this test session: tests neither write into data/interim nor read from it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path_factory.mktemp("interim")))
        patch.setenv("MPLBACKEND", "Agg")
        # Code that numba compiled is the same for every session: compiling it takes longer than most tests.
        patch.setenv("NUMBA_CACHE_DIR", str(ROOT / ".cache" / "numba"))
        # Tests run on all cores as it is; those of workers ask for two.
        patch.setenv("LOKY_MAX_CPU_COUNT", "1")
        yield


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real votes and published boards: `ARENA_REAL_DATA`, by default ../shared/data from the checkout."""
    folder = Path(os.environ.get("ARENA_REAL_DATA") or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"no real data in {folder}: set ARENA_REAL_DATA to its folder")
    return folder.resolve()


@pytest.fixture(scope="session")
def arenas() -> ModuleType:
    """The simulated arenas of the benchmark of shares."""
    spec = importlib.util.spec_from_file_location("benchmark_shares", ROOT / "benchmarks" / "shares.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def votes_of(tmp_path: Path) -> Callable[[pd.DataFrame], Votes]:
    """Make a vote table of a frame; required columns that are missing are filled, other columns stay absent (null)."""

    def make(frame: pd.DataFrame) -> Votes:
        count = len(list(tmp_path.glob("votes-*.parquet")))
        frame = frame.reset_index(drop=True)
        filled = {"vote_id": [f"v{number:06}" for number in range(len(frame))], "release": "made for a test"}
        frame = frame.assign(**{name: value for name, value in filled.items() if name not in frame})
        columns = {
            field.name: pa.array(frame[field.name], field.type, from_pandas=True) for field in VOTE_SCHEMA if field.name in frame
        }
        empty = {field.name: pa.nulls(len(frame), field.type) for field in VOTE_SCHEMA if field.name not in frame}
        path = tmp_path / f"votes-{count}.parquet"
        pq.write_table(pa.table({name: (columns | empty)[name] for name in VOTE_SCHEMA.names}, schema=VOTE_SCHEMA), path)
        ledger = Ledger(source=str(path), release="made for a test", rows_in=len(frame), votes_out=len(frame))
        return Votes.at(path, ledger, f"test-{count}-{tmp_path.name}")

    return make
