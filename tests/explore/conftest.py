"""Votes to explore."""

from collections.abc import Callable

import pandas as pd
import pytest
from explored import exploring

from analysis.sources.load import load_votes
from analysis.votes.table import Votes


@pytest.fixture(scope="module")
def sample() -> Votes:
    return load_votes("sample")


@pytest.fixture
def votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    frame = exploring()
    return votes_of(frame.assign(time=pd.to_datetime(frame["time"], utc=True)))


@pytest.fixture
def bare(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    """Votes of which nothing is known but the models and the outcome."""
    return votes_of(exploring()[["model_a", "model_b", "outcome"]])
