"""Two models head to head: counts made by hand, chances held against draws, and what is refused."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

import analysis as arena
from analysis.errors import InputError, UsageError
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.versus import Versus, written_probability
from analysis.votes.table import Votes

STRENGTH = {"a": 0.6, "b": 0.2, "c": -0.1, "d": -0.7}


@pytest.fixture
def frame() -> pd.DataFrame:
    """3,000 votes on four models; in German b is far ahead of a."""
    rng = np.random.default_rng(8)
    names = np.array(list(STRENGTH))
    pairs = np.array([rng.choice(4, 2, replace=False) for _ in range(3_000)])
    german = rng.random(3_000) < 0.3
    strength = np.array(list(STRENGTH.values()))[None, :] + german[:, None] * np.array([0, 2.0, 0, 0])
    gap = np.take_along_axis(strength, pairs[:, :1], 1) - np.take_along_axis(strength, pairs[:, 1:], 1)
    won = rng.random(3_000) < expit(gap[:, 0])
    outcome = np.where(rng.random(3_000) < 0.15, "tie", np.where(won, "model_a", "model_b"))
    language = np.where(german, "German", "English")
    return pd.DataFrame({"model_a": names[pairs[:, 0]], "model_b": names[pairs[:, 1]], "outcome": outcome, "language": language})


@pytest.fixture
def votes(frame: pd.DataFrame, votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    return votes_of(frame)


def test_the_votes_between_them_are_those_of_the_table(votes: Votes, frame: pd.DataFrame) -> None:
    row = arena.versus(votes, "b", "a").table.iloc[0]
    there = frame[(frame["model_a"] == "b") & (frame["model_b"] == "a")]
    turned = frame[(frame["model_a"] == "a") & (frame["model_b"] == "b")]
    wins = (there["outcome"] == "model_a").sum() + (turned["outcome"] == "model_b").sum()
    ties = (there["outcome"] == "tie").sum() + (turned["outcome"] == "tie").sum()
    assert (row["votes"], row["wins"], row["ties"]) == (len(there) + len(turned), wins, ties)
    assert row["losses"] == row["votes"] - wins - ties
    assert row["share"] == pytest.approx((wins + ties / 2) / row["votes"])


def test_the_chance_is_that_of_joint_draws_of_the_board(votes: Votes) -> None:
    row, board = arena.versus(votes, "b", "c").table.iloc[0], arena.board(votes)
    drawn = board.draws[:, board.models.index("b")] - board.draws[:, board.models.index("c")]
    assert row["above"] == pytest.approx((drawn > 0).mean(), abs=0.01)
    assert row["difference"] == pytest.approx(drawn.mean(), abs=1)
    low, high = np.quantile(drawn, [0.025, 0.975])
    assert (row["difference_lower"], row["difference_upper"]) == (pytest.approx(low, abs=1.5), pytest.approx(high, abs=1.5))
    assert row["expected_share"] == pytest.approx(expit(row["difference"] / POINTS))


def test_the_other_way_round_says_the_same(votes: Votes) -> None:
    one, other = arena.versus(votes, "a", "d").table, arena.versus(votes, "d", "a").table
    np.testing.assert_allclose(one["difference"], -other["difference"])
    np.testing.assert_allclose(one["above"], 1 - other["above"])
    np.testing.assert_allclose(one["share"], 1 - other["share"])
    np.testing.assert_allclose(one["q_value"], other["q_value"])


def test_it_says_in_which_categories_it_is_the_other_way_round(votes: Votes) -> None:
    found = arena.versus(votes, "a", "b")
    table = found.table.set_index("category")
    assert table.loc["English", "above"] > 0.99
    assert table.loc["German", "above"] < 0.01
    assert "b in German" in found.sentence
    assert "a in English" in found.sentence
    assert "no language" not in found.without.get("coding", "")
    assert "coding" in found.without


def test_resampled_intervals_are_those_of_the_rounds(votes: Votes) -> None:
    row = arena.versus(votes, "a", "c", "overall", interval="bootstrap", rounds=200).table.iloc[0]
    formula = arena.versus(votes, "a", "c", "overall", interval="votes").table.iloc[0]
    assert row["difference_lower"] == pytest.approx(formula["difference_lower"], abs=8)
    assert 0 <= row["above"] <= 1


def test_models_that_never_met_are_compared_through_others(votes: Votes) -> None:
    found = arena.versus(votes.where('not (model_a in ["a", "d"] and model_b in ["a", "d"])'), "a", "d", "overall")
    assert found.table.loc[0, "votes"] == 0
    assert "They never met in a vote" in found.sentence
    assert found.table.loc[0, ["share", "lower", "upper"]].isna().all()
    assert found.table.loc[0, "above"] > 0.99


def test_it_is_drawn(votes: Votes) -> None:
    figure = arena.versus(votes, "a", "b").plot()
    assert figure.title.startswith(("a is above b", "b is above a"))
    assert figure.png().startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("models", "kind", "words"),
    [
        (("a", "x"), UsageError, "no vote has a model 'x'"),
        (("a", "a"), UsageError, "cannot be held against itself"),
        (("a", 3), UsageError, "no vote has a model 3"),
    ],
)
def test_models_that_cannot_be_compared_are_refused(votes: Votes, models: tuple[str, str], kind: type, words: str) -> None:
    with pytest.raises(kind, match=words):
        arena.versus(votes, *models)


def test_a_model_that_is_not_rated_is_said(frame: pd.DataFrame, votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    lonely = pd.DataFrame({"model_a": ["e"], "model_b": ["a"], "outcome": ["model_b"], "language": ["English"]})
    with pytest.raises(InputError, match="Overall: e is not rated"):
        arena.versus(votes_of(pd.concat([frame, lonely])), "a", "e")


def test_no_categories_are_refused(votes: Votes) -> None:
    with pytest.raises(InputError, match="no category was asked for"):
        arena.versus(votes, "a", "b", [])
    with pytest.raises(InputError, match="no board: needs code"):
        arena.versus(votes, "a", "b", ["coding"])


def test_a_probability_is_never_certain() -> None:
    assert [written_probability(chance) for chance in (1.0, 0.5, 0.0)] == ["> 99 %", "50 %", "< 1 %"]


def test_the_result_is_of_these_votes(votes: Votes) -> None:
    found = arena.versus(votes, "a", "b")
    assert isinstance(found, Versus)
    assert found.origin == votes.origin
