"""Drawing: which kinds of result have a figure, and that results do not know who draws."""

import importlib
import inspect
import pkgutil
import subprocess
import sys

import pandas as pd
import pytest

import analysis as arena
from analysis.audit.check import Check
from analysis.errors import UsageError
from analysis.figures.figure import Figure
from analysis.results.drawing import draw
from analysis.results.listing import Listing
from analysis.results.result import Result
from analysis.shares.contents import Counts

#: Kinds of result that are their table and their sentence.
WITHOUT = {
    "Check",
    "Connectivity",
    "Dependence",
    "GroupBoards",
    "Leaders",
    "Listing",
    "MatchingErrors",
    "ShiftHistory",
    "StoodDown",
    "Swap",
    "SideOrder",
    "TwoModels",
    "Unavailable",
}

COUNTS = pd.DataFrame({"group": ["a", "b"], "votes": [3, 1]})


class Special(Counts):
    """A kind that only a test knows."""


def kinds() -> set[type[Result]]:
    """Every kind of result of the package."""
    for module in pkgutil.walk_packages(arena.__path__, "analysis."):
        if "__main__" not in module.name:
            importlib.import_module(module.name)
    known = {kind for parent in (Result, Listing, Check) for kind in parent.__subclasses__()}
    return {kind for kind in known if kind.__module__.startswith("analysis.")}


def test_every_kind_of_result_has_a_figure_of_its_own_or_is_known_to_have_none() -> None:
    every = kinds()  # imports all, and so registers all figures
    drawn = set(draw.registry) - {object}
    assert drawn < every
    assert {kind.__name__ for kind in every - drawn} == WITHOUT


def test_a_figure_function_takes_the_kind_that_it_is_registered_for() -> None:
    kinds()
    for kind, function in draw.registry.items():
        if kind is not object:
            first = next(iter(inspect.signature(function).parameters.values()))
            assert first.annotation == kind.__name__, function


def test_a_subclass_is_drawn_as_its_parent() -> None:
    special = Special(COUNTS, "model", 4)
    figure = special.plot(top=1)
    assert isinstance(figure, Figure)
    assert figure.alt == Counts(COUNTS, "model", 4).plot(top=1).alt


def test_a_kind_without_a_figure_is_wrong_usage() -> None:
    with pytest.raises(UsageError, match="a Listing has no figure"):
        Listing(COUNTS).plot()
    with pytest.raises(UsageError, match="a int has no figure"):
        draw(1)


def test_a_result_costs_no_drawing_until_it_is_drawn() -> None:
    program = """
import sys
import pandas as pd
from analysis.shares.contents import Counts
made = Counts(pd.DataFrame({"group": ["a"], "votes": [1]}), "model", 1)
assert not {"matplotlib", "analysis.figures"} & set(sys.modules)
assert made.plot().png().startswith(b"\\x89PNG")
"""
    subprocess.run([sys.executable, "-c", program], check=True)
