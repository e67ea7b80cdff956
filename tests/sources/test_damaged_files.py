"""However a file is damaged, it is read as votes with every row accounted for, or refused in one line; nothing else."""

import contextlib
import io
import json
import tempfile
import unicodedata
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from damage import STEM, DamagedFile, damaged_files
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis import cli


@pytest.fixture
def cache(tmp_path, monkeypatch):
    folder = tmp_path / "cache"
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(folder))
    return folder


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(data=st.data())
def test_a_damaged_file_is_read_with_every_row_accounted_for_or_refused_in_one_line(shapes, save, tmp_path, cache, data):
    file = data.draw(damaged_files(shapes))
    with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
        out = Path(folder) / "out" / "table.parquet"
        check(file, file.write(save), out)
    assert not list(cache.rglob("*.part"))


def check(file: DamagedFile, path: Path, out: Path) -> None:
    """Convert the file on the command line and hold what comes of it against the contract of bad input."""
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        code = cli.main(["votes", str(path), "--out", str(out)])
    words, complaint = said.getvalue(), complained.getvalue()
    assert code in (0, 3), complaint
    assert "Traceback" not in complaint
    assert not [mark for mark in words + complaint if mark != "\n" and unicodedata.category(mark) in ("Cc", "Cs")], complaint
    left = sorted(found.name for found in out.parent.iterdir()) if out.parent.exists() else []
    if code:
        assert complaint.count("\n") == 1
        assert complaint.endswith("\n")
        assert STEM in complaint
        assert left == []
        return
    assert left == ["table.ledger.json", "table.parquet"]
    ledger = json.loads(out.with_name("table.ledger.json").read_text(encoding="utf-8"))
    assert ledger["rows_in"] == ledger["votes_out"] + sum(ledger["dropped"].values())
    assert pq.read_metadata(out).num_rows == ledger["votes_out"] > 0
    if file.whole:
        assert ledger["rows_in"] == len(file.rows)
