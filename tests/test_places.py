"""Where things lie in a checkout, in one that cannot be written to, and beside an installed package."""

import importlib.util
import os
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

from analysis import places
from analysis.errors import WorkbookError

Load = Callable[[], ModuleType]


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with nothing but this module in it; home and working folder are elsewhere."""
    home = tmp_path / "home"
    for name in ("ARENA_WORKBOOK_CACHE", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))
    package = tmp_path / "root" / "analysis"
    package.mkdir(parents=True)
    (package / "places.py").write_bytes(Path(places.__file__).read_bytes())
    return package.parent


@pytest.fixture
def load(root: Path) -> Load:
    """The module as it is when imported from there."""

    def loaded() -> ModuleType:
        spec = importlib.util.spec_from_file_location("places_elsewhere", root / "analysis" / "places.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return loaded


@pytest.fixture
def read_only(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests may run as a user whom no permission stops."""
    access = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: access(path, mode) and not Path(path).is_relative_to(root))


def test_a_checkout_holds_everything(root: Path, load: Load) -> None:
    found = load()
    assert (root, root / "notebooks", root / "data" / "sample") == (found.CHECKOUT, found.NOTEBOOKS, found.SAMPLE)
    assert (found.REPORTS, found.RAW, found.interim()) == (root / "reports", root / "data" / "raw", root / "data" / "interim")


def test_what_is_installed_reads_the_package_and_writes_for_the_user(root: Path, tmp_path: Path, load: Load) -> None:
    bundled = root / "analysis" / "bundled"
    bundled.mkdir()
    found = load()
    assert (None, bundled / "notebooks", bundled / "data") == (found.CHECKOUT, found.NOTEBOOKS, found.DATA)
    assert Path("reports") == found.REPORTS
    home = tmp_path / "home"
    assert all(path.is_relative_to(home) and "arena-workbook" in path.parts for path in (found.RAW, found.interim()))
    assert found.RAW.name == "raw"
    assert sorted(path.name for path in bundled.iterdir()) == []


@pytest.mark.usefixtures("read_only")
def test_a_checkout_that_cannot_be_written_to_writes_for_the_user(root: Path, tmp_path: Path, load: Load) -> None:
    found = load()
    assert (root, root / "data", Path("reports")) == (found.CHECKOUT, found.DATA, found.REPORTS)
    assert all(path.is_relative_to(tmp_path / "home") for path in (found.RAW, found.interim()))
    assert sorted(path.name for path in root.iterdir()) == ["analysis"]


@pytest.mark.usefixtures("read_only")
def test_what_was_fetched_into_a_checkout_is_still_read_there(root: Path, load: Load) -> None:
    (root / "data" / "raw").mkdir(parents=True)
    assert root / "data" / "raw" == load().RAW


def test_the_variable_moves_the_caches(tmp_path: Path, load: Load, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path / "caches" / "mine"))
    assert load().interim() == tmp_path / "caches" / "mine"
    assert (tmp_path / "caches" / "mine").is_dir()


def test_a_cache_that_cannot_be_made_is_one_line_that_names_the_variable(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("ARENA_WORKBOOK_CACHE", str(tmp_path / "file" / "caches"))
    with pytest.raises(WorkbookError, match=r"file/caches: the caches .* there \(Not a directory\); set ARENA_WORKBOOK_CACHE"):
        places.interim()
