"""Small votes and notebooks for tests of the report."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.votes.ledger import Ledger
from analysis.votes.table import Votes

NOTEBOOKS = Path(__file__).parent.parent / "fixtures" / "notebooks"


@pytest.fixture
def few_votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    """Three votes of two models, of a release that is not simulated."""
    return votes_of(pd.DataFrame({"model_a": ["a"] * 3, "model_b": ["b"] * 3, "outcome": ["model_a", "model_b", "tie"]}))


@pytest.fixture
def lossy_votes(few_votes: Votes) -> Votes:
    """The three votes with a ledger that says they came out of five rows, in the words of someone hostile."""
    example = {"same model twice": "row 4, column model_b: '<script>alert(1)</script>'"}
    nulled = {"language": {"<b>xx1</b>": 2}}
    ledger = Ledger("few", "made for a test", 5, 3, {"same model twice": 2}, examples=example, nulled=nulled)
    ledger.write(few_votes.path.with_suffix(".ledger.json"))
    return few_votes


@pytest.fixture
def simulated_votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    """Two votes that nobody cast."""
    return votes_of(pd.DataFrame({"model_a": ["a"] * 2, "model_b": ["b"] * 2, "outcome": "tie", "release": "simulated"}))


@pytest.fixture
def notebooks() -> Path:
    """The folder of folders of notebooks, each named after what its notebook does."""
    return NOTEBOOKS
