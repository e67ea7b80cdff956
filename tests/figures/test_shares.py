"""Figures of repeats, exposure, simulations and of votes themselves: every result can be drawn, with words beside it."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import analysis as arena
from analysis.votes.table import Votes


@pytest.fixture
def votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    prompts = ["Hello", "hello ", "What is a verb?", "Why?", None, "why? "] * 10
    frame = pd.DataFrame({"model_a": ["a", "b", "c"] * 20, "model_b": ["b", "c", "a"] * 20, "outcome": "tie", "prompt": prompts})
    return votes_of(frame)


def test_repeats_are_drawn_beside_the_announced_share(votes: Votes) -> None:
    figure = arena.repeats(votes).plot()
    assert figure.title == "94.00 % of the votes have a first prompt that was asked before"
    assert figure.alt.startswith(f"{figure.title}. asked before: 94.0 % (")
    assert figure.data is not None
    assert figure.data["group"].tolist() == ["asked before", "asked more than once", "left out by the arena's rule"]
    axes = figure.canvas.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == [
        "asked before", "asked more than once", "left out by the arena's rule",
    ]  # fmt: skip
    assert any("announced 10 %" in text.get_text() for text in axes.texts)
    drawn = [place for places in axes.collections for place in places.get_offsets().tolist()]
    assert pytest.approx(0.94) in [share for share, _ in drawn]


@pytest.mark.parametrize(("top", "groups"), [(25, 4), (1, 3)])
def test_exposure_is_drawn_for_all_votes_and_the_models_with_most(votes: Votes, tmp_path: Path, top: int, groups: int) -> None:
    pd.DataFrame({"prompt": ["HELLO", "something else"]}).to_csv(tmp_path / "set.csv", index=False)
    figure = arena.exposure(votes, tmp_path / "set.csv").plot(top=top)
    assert figure.title == "40.00 % of the votes have a first prompt that is in set.csv"
    assert len(figure.canvas.axes[0].get_yticklabels()) == groups


def test_a_simulation_is_drawn_with_both_strengths_of_each_model() -> None:
    made = arena.simulate(300, seed=1)
    figure = made.plot(top=5)
    assert figure.title.startswith(
        f"{made.table['model'].iloc[0]} was made the strongest of {len(made.table)} models at one turn"
    )
    assert len(figure.canvas.axes[0].get_yticklabels()) == 5


def test_votes_are_drawn_by_month_or_else_by_model(votes: Votes) -> None:
    assert votes.plot().alt == arena.counts(votes, "model").plot().alt
    sample = arena.load_votes("sample")
    assert sample.plot(top=3).alt == arena.counts(sample, "month").plot(top=3).alt
