"""The worked example: ratings that can be checked by hand against the votes between three models."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.errors import InputError
from analysis.ratings.board import board
from analysis.ratings.example import worked_example
from analysis.votes.table import Votes


def rows(*pairs: tuple[str, str, int, int, int]) -> pd.DataFrame:
    """Votes from (first, second, wins of the first, wins of the second, ties)."""
    found = []
    for first, second, won, lost, tied in pairs:
        found += [(first, second, "model_a")] * won + [(first, second, "model_b")] * lost + [(first, second, "tie")] * tied
    return pd.DataFrame(found, columns=["model_a", "model_b", "outcome"])


def test_pairs_that_fit_one_scale_exactly_are_predicted_exactly(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    """Odds of 2 and of 3 make odds of 6: 400 log10 of them are 120.4, 190.8 and 311.3 points."""
    table = worked_example(board(votes_of(rows(("a", "b", 20, 10, 0), ("b", "c", 30, 10, 0), ("a", "c", 60, 10, 0))))).table
    assert table[["model", "other"]].to_numpy().tolist() == [["a", "b"], ["b", "c"], ["a", "c"]]
    assert table["difference"].round(1).tolist() == [120.4, 190.8, 311.3]
    np.testing.assert_allclose(table["predicted_share"], table["observed_share"], atol=1e-6)


def test_the_wins_that_the_ratings_predict_add_up_to_those_counted() -> None:
    found = worked_example(board(arena.load_votes("sample")))
    table, models = found.table, set(found.table["model"]) | set(found.table["other"])
    assert len(table) == len(models) == 3
    for model in models:
        own, against = table[table["model"] == model], table[table["other"] == model]
        counted = own["wins"].sum() + (against["votes"] - against["wins"]).sum()
        predicted = 1 / (1 + 10 ** (-own["difference"] / 400)) @ own["votes"]
        predicted += 1 / (1 + 10 ** (against["difference"] / 400)) @ against["votes"]
        assert predicted == pytest.approx(counted, abs=0.005)
    assert f"{max(table['votes']):,} × " in found.sentence


def test_the_three_are_those_that_met_most_often(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    often = [(one, other, 9, 6, 0) for one, other in (("a", "b"), ("b", "c"), ("a", "c"))]
    seldom = [(one, "d", 2, 2, 1) for one in "abc"]
    table = worked_example(board(votes_of(rows(*often, *seldom)))).table
    assert set(table["model"]) | set(table["other"]) == {"a", "b", "c"}


def test_models_that_never_met_in_threes_have_no_example(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    with pytest.raises(InputError, match="no three models of the board all met"):
        worked_example(board(votes_of(rows(("a", "b", 3, 2, 0), ("b", "c", 3, 2, 0)))))


def test_three_models_of_which_one_won_all_have_no_example(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    """It lost against others only, which is why the board can rate it."""
    three = [("a", "b", 9, 0, 0), ("a", "c", 9, 0, 0), ("b", "c", 5, 4, 0)]
    with pytest.raises(InputError, match="cannot be rated on the votes between them alone"):
        worked_example(board(votes_of(rows(*three, ("d", "a", 1, 1, 0), ("b", "d", 1, 1, 0)))))
