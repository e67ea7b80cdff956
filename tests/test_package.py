"""The package: its names are there, are functions, and cost nothing until used."""

import ast
import importlib
import pkgutil
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from types import ModuleType

import pytest

import analysis as arena
from analysis import places
from analysis.errors import UsageError
from analysis.results.listing import Listing
from analysis.results.result import Result

#: A dotted name in backticks, as docstrings and comments refer to what stands elsewhere; with one of ENDINGS it is a file.
REFERENCE = re.compile(r"`([A-Za-z_]\w*(?:\.[A-Za-z_]\w*)+)`")
ENDINGS = (".py", ".pyi", ".json", ".parquet", ".tsv", ".txt", ".csv")


def all_modules() -> list[ModuleType]:
    names = [module.name for module in pkgutil.walk_packages(arena.__path__, "analysis.") if "__main__" not in module.name]
    return [importlib.import_module(name) for name in names]


def test_every_name_is_there_and_none_is_a_module():
    assert [name for name in arena.__all__ if isinstance(getattr(arena, name), ModuleType)] == []
    assert set(arena.__all__) <= set(dir(arena))


def test_a_function_is_not_hidden_by_the_module_of_its_name():
    module = importlib.import_module("analysis.ratings.shift")
    assert arena.shift is module.shift
    from analysis import shift

    assert shift is module.shift


@pytest.mark.parametrize("script", sorted((places.ROOT / "benchmarks").glob("*.py")), ids=lambda path: path.stem)
def test_a_benchmark_calls_functions_and_no_modules_of_their_name(script: Path):
    """No test runs them whole, and a function may bear the name of its module."""
    nodes = list(ast.walk(ast.parse(script.read_text(encoding="utf-8"))))
    called = {node.func.id for node in nodes if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)}
    ours = [node for node in nodes if isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "analysis"]
    named = [(node.module, alias.name) for node in ours for alias in node.names if (alias.asname or alias.name) in called]
    found = [f"{module}.{name}" for module, name in named if not callable(getattr(importlib.import_module(module), name, None))]
    assert found == []


def test_the_package_alone_imports_nothing_heavy():
    program = "import sys, analysis; sys.exit(any(name in sys.modules for name in ('pandas', 'numpy', 'pyarrow', 'ibis')))"
    assert subprocess.run([sys.executable, "-c", program], timeout=60, check=False).returncode == 0


def test_results_are_equal_where_they_are_the_same():
    """Arrays and frames have no one answer to `==`: two results are compared by what they hold, by whoever needs it."""
    all_modules()
    kinds = {kind for parent in (Result, Listing) for kind in parent.__subclasses__()}
    assert len(kinds) > 20
    assert [kind.__name__ for kind in kinds if kind.__eq__ is not object.__eq__] == []


def test_votes_that_are_loaded_are_loaded_again_as_they_are():
    votes = arena.load_votes("sample")
    assert arena.load_votes(votes) is votes
    with pytest.raises(UsageError, match="loaded already"):
        arena.load_votes(votes, out=Path("votes.parquet"))
    made = arena.board(votes)
    assert made == made
    assert len({made, arena.board(votes)}) == 2


def test_what_docstrings_and_comments_refer_to_is_there():
    modules = all_modules()
    owners = defaultdict[str, list[object]](list)
    for module in modules:
        owners[module.__name__.rpartition(".")[2]].append(module)
    kinds = [kind for module in modules for kind in vars(module).values() if isinstance(kind, type)]
    for kind in kinds:
        owners[kind.__name__].append(kind)

    def resolves(name: str) -> bool:
        if name.startswith("analysis."):
            try:
                return pkgutil.resolve_name(name) is not None
            except (ImportError, AttributeError):
                return False
        owner, attribute = name.split(".")[:2]
        # A variable may have the name of a module: then some class must have the attribute.
        others = kinds if owner.islower() else ()
        return owner not in owners or any(_has(one, attribute) for one in (*owners[owner], *others))

    lost = [
        f"{module.__name__}: {name}"
        for module in modules
        for name in REFERENCE.findall(Path(str(module.__file__)).read_text(encoding="utf-8"))
        if not name.endswith(ENDINGS) and not resolves(name)
    ]
    assert lost == []


def _has(owner: object, attribute: str) -> bool:
    return hasattr(owner, attribute) or attribute in getattr(owner, "__dataclass_fields__", ())
