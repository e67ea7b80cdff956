"""Installed works like cloned: the wheel, in an empty folder and beside nothing of the checkout, does what the checkout does.

The wheel goes into a fresh environment, which sees the packages of this one, and nothing else of it.
"""

import json
import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

import analysis as arena
from analysis import places
from analysis.claims.claims import BUNDLED
from analysis.claims.headlines import read_headlines
from analysis.ratings.models import model_facts

#: What a wheel may weigh, in bytes: it was 5.2 million, most of it the sample.
HEAVY = 10_000_000

Run = Callable[..., str]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(made)]
    subprocess.run(command, cwd=places.ROOT, capture_output=True, check=True, timeout=120)
    (built,) = made.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def environment(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """An environment with the wheel in it, in folders that let nobody write; the locked packages are those of this one."""
    folder = tmp_path_factory.mktemp("environment") / "venv"
    venv.create(folder, symlinks=True)
    (purelib,) = folder.glob("lib/python*/site-packages")
    # A plain line, not site.addsitedir: the checkout is on the path of this environment by a .pth file of its own.
    (purelib / "locked.pth").write_text(f"{sysconfig.get_path('purelib')}\n", encoding="utf-8")
    (folder / "share").symlink_to(Path(sys.prefix) / "share")  # nbconvert's templates
    install = ["-m", "pip", "--python", str(folder / "bin" / "python"), "install", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, *install], capture_output=True, check=True, timeout=120)
    inside = [path for path in (purelib / "analysis").rglob("*") if path.is_dir()]
    for path in [*inside, purelib / "analysis", purelib]:
        path.chmod(0o555)
    yield folder
    for path in [purelib, purelib / "analysis", *inside]:
        path.chmod(0o755)


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("home")


@pytest.fixture
def run(environment: Path, home: Path, tmp_path: Path) -> Run:
    """Runs a program of the environment in an empty folder; what it prints."""

    def command(program: str, *arguments: str) -> str:
        line = [str(environment / "bin" / program), *arguments]
        given = {"PATH": os.defpath, "HOME": str(home), "MPLBACKEND": "Agg"}
        done = subprocess.run(line, cwd=tmp_path, env=given, capture_output=True, text=True, check=False, timeout=300)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return command


def files(folder: Path) -> set[str]:
    """The files below a folder, by their path in it."""
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_the_wheel_carries_notebooks_and_data_and_nothing_that_was_fetched_or_converted(wheel: Path) -> None:
    inside = set(zipfile.ZipFile(wheel).namelist())
    notebooks = {f"analysis/bundled/notebooks/{path.name}" for path in places.NOTEBOOKS.glob("*.ipynb")}
    left_out = ("raw/", "interim/")
    data = {f"analysis/bundled/data/{name}" for name in files(places.DATA) if not name.startswith(left_out)}
    assert notebooks | data == {name for name in inside if name.startswith("analysis/bundled/")}
    assert wheel.stat().st_size < HEAVY


def test_what_lies_where_nobody_builds_stays_out_of_the_wheel(tmp_path: Path) -> None:
    for name in ("pyproject.toml", "README.md", "LICENSE", "analysis/__init__.py", "notebooks/01.ipynb", "data/models.csv"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((places.ROOT / name).read_bytes() if "/" not in name else b"")
    for name in ("data/raw/set/votes.csv", "data/interim/votes.parquet", "notebooks/.ipynb_checkpoints/01.ipynb"):
        (tmp_path / name).parent.mkdir(parents=True)
        (tmp_path / name).touch()
    subprocess.run([sys.executable, "-m", "hatchling", "build", "-t", "wheel"], cwd=tmp_path, capture_output=True, check=True)
    (built,) = (tmp_path / "dist").glob("*.whl")
    inside = [name for name in zipfile.ZipFile(built).namelist() if name.startswith("analysis/")]
    assert sorted(inside) == ["analysis/__init__.py", "analysis/bundled/data/models.csv", "analysis/bundled/notebooks/01.ipynb"]


def test_an_empty_folder_gets_a_report_and_nothing_is_written_beside_the_package(
    run: Run, environment: Path, home: Path, tmp_path: Path
) -> None:
    (package,) = environment.glob("lib/python*/site-packages")
    before = files(package)
    assert "report" in run("arena-workbook", "--help")
    assert "claude-3-5-sonnet-20240620" in run("arena-workbook", "board", "--votes", "sample")
    page = tmp_path / run("arena-workbook", "report", "--only", "turns").strip()
    assert page.resolve().is_relative_to((tmp_path / "reports").resolve())
    assert page.with_name("02_turns.html").stat().st_size > 10_000
    assert files(package) == before
    assert {path.parent.name for path in home.rglob("numba")} == {"arena-workbook"}


_ASKED = """
import json
import analysis as arena
from analysis import places
from analysis.claims.claims import BUNDLED
from analysis.claims.headlines import read_headlines
from analysis.ratings.models import model_facts
print(json.dumps({
    "package": places.__file__,
    "shares": arena.turn_share(arena.load_votes("sample")).table.to_csv(),
    "headlines": len(read_headlines(BUNDLED)),
    "models": len(model_facts()),
    "errors": len(arena.matching_errors().table),
    "simulated": arena.simulate(60, seed=1).votes.num_rows,
    "raw": str(places.RAW),
}))
"""


def test_the_library_answers_as_in_the_checkout(run: Run, environment: Path, home: Path) -> None:
    known = json.loads(run("python", "-c", _ASKED))
    assert Path(known["package"]).is_relative_to(environment)
    assert known["shares"] == arena.turn_share(arena.load_votes("sample")).table.to_csv()
    assert known["headlines"] == len(read_headlines(BUNDLED))
    assert known["models"] == len(model_facts())
    assert known["errors"] == len(arena.matching_errors().table)
    assert known["simulated"] == 60
    assert Path(known["raw"]).is_relative_to(home)
