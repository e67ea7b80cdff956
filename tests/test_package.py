"""The package: its names are there, are functions, and cost nothing until used."""

import importlib
import subprocess
import sys
from types import ModuleType

import analysis as arena


def test_every_name_is_there_and_none_is_a_module():
    assert [name for name in arena.__all__ if isinstance(getattr(arena, name), ModuleType)] == []
    assert set(arena.__all__) <= set(dir(arena))


def test_a_function_is_not_hidden_by_the_module_of_its_name():
    module = importlib.import_module("analysis.board")
    assert arena.board is module.board
    from analysis import board

    assert board is module.board


def test_the_package_alone_imports_nothing_heavy():
    program = "import sys, analysis; sys.exit(any(name in sys.modules for name in ('pandas', 'numpy', 'pyarrow', 'ibis')))"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0
