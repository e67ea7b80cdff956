"""`make` with another Python: an environment is of the Python that was asked for, and two can lie side by side."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

#: A Python that notes what it is asked to do; its copy in an environment says the same version.
STUB = """#!/bin/sh
case "$*" in
  *"print(sys.version)"*) echo "VERSION" ;;
  -c*) exit 0 ;;
  *"-m venv"*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" && echo "venv:$3" >> asked ;;
  *"-e ."*) echo project >> asked ;;
esac
"""


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    if shutil.which("make") is None:
        pytest.skip("no make here")
    shutil.copy(ROOT / "Makefile", tmp_path)
    for name in ("pyproject.toml", "requirements.lock"):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (1_000, 1_000))
    for version in ("3.11", "3.13"):
        (tmp_path / f"python {version}").write_text(STUB.replace("VERSION", version))
        (tmp_path / f"python {version}").chmod(0o755)
    return tmp_path


def asked(checkout: Path, *arguments: str) -> list[str]:
    """What Python was asked to do by `make env`."""
    clean = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "PYTHON")}
    subprocess.run(["make", "env", *arguments], cwd=checkout, env=clean, capture_output=True, check=True)
    log = checkout / "asked"
    found = log.read_text().split() if log.exists() else []
    log.unlink(missing_ok=True)
    return found


def test_an_environment_of_another_python_is_made_again(checkout: Path) -> None:
    old, new = (f"PYTHON={checkout / f'python {version}'}" for version in ("3.11", "3.13"))
    assert asked(checkout, old) == ["venv:.venv", "project"]
    assert asked(checkout, old) == []
    assert asked(checkout, new) == ["venv:.venv", "project"]
    assert asked(checkout, new) == []
    assert asked(checkout) == []


def test_two_pythons_have_an_environment_each(checkout: Path) -> None:
    old, new = (f"PYTHON={checkout / f'python {version}'}" for version in ("3.11", "3.13"))
    assert asked(checkout, old) == ["venv:.venv", "project"]
    assert asked(checkout, new, "VENV=.venv-newest") == ["venv:.venv-newest", "project"]
    assert asked(checkout, old) == asked(checkout, new, "VENV=.venv-newest") == []
