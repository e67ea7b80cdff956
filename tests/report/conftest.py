"""Small votes and notebooks for tests of the report."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.votes import Votes

NOTEBOOKS = Path(__file__).parent.parent / "fixtures" / "notebooks"


@pytest.fixture
def few_votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    """Three votes of two models, of a release that is not simulated."""
    return votes_of(pd.DataFrame({"model_a": ["a"] * 3, "model_b": ["b"] * 3, "outcome": ["model_a", "model_b", "tie"]}))


@pytest.fixture
def simulated_votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    """Two votes that nobody cast."""
    return votes_of(pd.DataFrame({"model_a": ["a"] * 2, "model_b": ["b"] * 2, "outcome": "tie", "release": "simulated"}))


@pytest.fixture
def notebooks() -> Path:
    """The folder of folders of notebooks, each named after what its notebook does."""
    return NOTEBOOKS
