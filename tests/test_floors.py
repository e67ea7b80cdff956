"""`make lint` keeps the house: what would tie the floors of analysis/ again is refused, whatever form it has."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis import places

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
        ("topics/embeddings/tokens.py", "import analysis.topics.model", "analysis.topics"),
    ],
    ids=["upward", "upward in a function", "upward for a type", "no floor", "circle", "circle of packages"],
)
def test_what_would_tie_the_floors_is_refused(house: Path, module: str, line: str, said: str) -> None:
    add(house, module, line)
    code, words = linted(house)
    assert code == 1
    assert said in words
    assert " broken." in words
