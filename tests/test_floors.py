"""`make lint` keeps the house: what would tie the floors of analysis/ again is refused, whatever form it has.

CONTRIBUTING.md says how one finds one's way in it, and what it says is there.
"""

import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from analysis import places

GUIDE = (places.ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")

CONTRACTS = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A copy of the library and of the contracts."""
    shutil.copytree(places.ROOT / "analysis", tmp_path / "analysis", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(places.ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def linted(house: Path) -> tuple[int, str]:
    """Exit code and words of import-linter in a folder; Python looks for the library there first."""
    done = subprocess.run([sys.executable, "-c", CONTRACTS], cwd=house, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def add(house: Path, module: str, line: str) -> None:
    path = house / "analysis" / module
    path.write_text(f"{path.read_text(encoding='utf-8') if path.exists() else ''}\n\n{line}\n", encoding="utf-8")


def test_the_house_as_it_stands_is_kept(house: Path) -> None:
    code, words = linted(house)
    assert (code, "2 kept, 0 broken" in words) == (0, True)


@pytest.mark.parametrize(
    ("module", "line", "said"),
    [
        (
            "votes/table.py",
            "from analysis.ratings.board import Board",
            "analysis.votes is not allowed to import analysis.ratings",
        ),
        ("shares/wilson.py", "def late():\n    from analysis.prompts import repeats", "analysis.shares is not allowed to import"),
        (
            "results/result.py",
            "if TYPE_CHECKING:\n    from analysis.figures.figure import Figure",
            "analysis.results is not allowed to import analysis.figures",
        ),
        ("utils.py", '"""A new file that chose no floor."""', "analysis.utils"),
        ("ratings/pairs.py", "def late():\n    from analysis.ratings import board", "analysis.ratings"),
        ("embeddings/tokens.py", "import analysis.topics.model", "analysis.topics"),
    ],
    ids=["upward", "upward in a function", "upward for a type", "no floor", "circle", "circle of packages"],
)
def test_what_would_tie_the_floors_is_refused(house: Path, module: str, line: str, said: str) -> None:
    add(house, module, line)
    code, words = linted(house)
    assert code == 1
    assert said in words
    assert " broken." in words


def test_the_guide_names_the_floors_that_are_proved() -> None:
    project = tomllib.loads((places.ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    (proved,) = [contract["layers"] for contract in project["tool"]["importlinter"]["contracts"] if contract["type"] == "layers"]
    table = GUIDE.partition("| floor, from the top |")[2].partition("\n\n")[0]
    told = [line.replace("\\|", "¦").split("|")[1].replace("¦", "|") for line in table.splitlines()[2:]]
    assert [floor.replace("`", "").strip() for floor in told] == proved


def test_the_guide_shows_every_package() -> None:
    table = GUIDE.partition("| floor, from the top |")[2].partition("\n\n")[0]
    packages = {path.parent.name for path in (places.ROOT / "analysis").glob("*/__init__.py")}
    floors = [line.replace("\\|", " ").split("|")[1] for line in table.splitlines()[2:]]
    assert packages <= set(re.findall(r"\w+", " ".join(floors)))


def test_what_the_guide_names_is_there() -> None:
    paths = {name for name in re.findall(r"`([\w./-]+)`", GUIDE) if name.endswith((".py", ".pyi", ".md", ".toml", "/"))}
    told = sorted(name for name in paths if not re.search(r"NAME|NOUN|PACKAGE|^\.venv", name))
    assert len(told) > 25
    assert [name for name in told if not any((top / name).exists() for top in (places.ROOT, places.ROOT / "analysis"))] == []


def test_a_small_job_is_where_the_guide_says() -> None:
    table = GUIDE.partition("| job | place |")[2].partition("\n\n")[0]
    named = re.findall(r"`(\w[\w/]*\.py)`: (.+?)(?=; `|\s*\|$)", table, flags=re.MULTILINE)
    assert len(named) == len(re.findall(r"\.py`", table)) > 15
    for module, words in named:
        source = (places.ROOT / "analysis" / module).read_text(encoding="utf-8")
        for name in re.findall(r"`(\w+)`", words):
            assert re.search(rf"^(?:(?:def|class) {name}\b|{name}(?:: \S+)? =)", source, flags=re.MULTILINE), (module, name)
