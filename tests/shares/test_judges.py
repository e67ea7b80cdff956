"""Who votes: counts by hand, odd columns of judges, and the figure."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.results.drawing import draw
from analysis.shares.judges import Judges, judges
from analysis.sources.load import load_votes
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def cast_by(names: list[str | None]) -> pd.DataFrame:
    return pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "judge": names})


def test_who_votes_is_counted_by_hand(votes_of: Make) -> None:
    found = judges(votes_of(cast_by(["x"] * 6 + ["y"] * 2 + ["z", "w"] + [None] * 2)))
    assert (found.judges, found.votes, found.whole) == (4, 10, 12)
    assert found.activity.to_dict("list") == {"cast": [1, 2, 6], "judges": [2, 1, 1]}
    assert found.even == pytest.approx(100 / (36 + 4 + 1 + 1))
    assert found.median == 1.5
    assert found.share_of_busiest(0.01) == 0.6  # one judge at least
    assert found.share_of_busiest(0.5) == 0.8
    assert found.share_of_busiest(1.0) == 1.0
    assert found.sentence == (
        "4 judges cast 10 votes; the busiest 1 % cast 60 %, the busiest of all 6, the one in the middle 1.5. Counted by their "
        "votes, that is as many as 2 judges who vote equally often. 2 more name no judge."
    )


def test_medians_and_the_busiest_equal_those_of_numpy(votes_of: Make) -> None:
    rng = np.random.default_rng(1)
    cast = rng.zipf(2.0, 301).clip(max=50)
    found = judges(votes_of(cast_by([f"judge {number}" for number, votes in enumerate(cast) for _ in range(votes)])))
    ordered = np.sort(cast)[::-1]
    assert found.median == np.median(cast)
    for part in (0.01, 0.1, 0.5):
        assert found.share_of_busiest(part) == pytest.approx(ordered[: int(np.ceil(part * 301))].sum() / cast.sum())
    assert found.curve["judges"].is_monotonic_increasing
    assert found.curve.iloc[[0, -1]].to_numpy().tolist() == [[0, 0], [1, 1]]


@pytest.mark.parametrize(
    ("names", "words"),
    [
        ([None] * 3, "No vote names its judge: nobody can say how many people voted, or whether some voted often."),
        (["x"] * 3, "One judge cast all 3 votes that name one."),
        (["x"] * 3 + [None], "One judge cast all 3 votes that name one. 1 more names no judge."),
        (["x", "y", "z"], "3 judges cast 3 votes, one each."),
    ],
)
def test_odd_columns_of_judges_are_told(votes_of: Make, names: list[str | None], words: str) -> None:
    found = judges(votes_of(cast_by(names)))
    assert found.sentence == words
    assert found.table["value"].notna().all()
    assert draw(found).png().startswith(b"\x89PNG")


def test_the_figure_says_what_the_busiest_cast(votes_of: Make) -> None:
    figure = arena.judges(votes_of(cast_by(["x"] * 8 + ["y", "z"]))).plot()
    assert figure.title == "The busiest 1 % of 3 judges cast 80 % of the votes"
    assert figure.alt.endswith("Of the votes, the busiest 1 % cast 80 %, the busiest 10 % cast 80 %, the busiest 50 % cast 90 %.")


def test_the_votes_of_2023_name_732_judges(real_data: Path) -> None:
    found = judges(load_votes(real_data / "arena_votes_2023.jsonl"))
    assert isinstance(found, Judges)
    assert (found.judges, found.votes, int(found.activity["cast"].max())) == (732, 1_135, 24)
    assert found.even == pytest.approx(309.2, abs=0.1)
