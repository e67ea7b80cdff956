"""Boards of many categories: their leaders, the overview of ranks, and the models that a board leaves out."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.ratings.board_lists import unrated
from analysis.ratings.boards import CategoryRanks, Leaders, category_ranks, leaders
from analysis.ratings.settings import Settings
from analysis.ratings.shift import shift
from analysis.results.prose import signed
from analysis.votes.table import Votes


@pytest.fixture
def votes(votes_of: Callable[..., Votes]) -> Votes:
    """Votes of four models, of which one is never asked in French."""
    rng = np.random.default_rng(1)
    sides = np.array([rng.permutation(4)[:2] for _ in range(1200)])
    models = np.array(["ash", "birch", "cedar", "date"])
    french = (rng.random(1200) < 0.4) & (sides != 3).all(axis=1)
    wins = rng.random(1200) < 1 / (1 + 10 ** ((sides[:, 0] - sides[:, 1]) * 150 / 400))
    return votes_of(
        pd.DataFrame(
            {
                "model_a": models[sides[:, 0]],
                "model_b": models[sides[:, 1]],
                "outcome": np.where(wins, "model_a", "model_b"),
                "language": np.where(french, "French", "English"),
            }
        )
    )


def test_the_table_has_a_row_per_model_and_a_column_per_category(votes: Votes) -> None:
    result = category_ranks(votes, ("overall", "english", "french"))
    assert result.table.columns.tolist() == ["model", "Overall", "English", "French"]
    assert result.table["model"].tolist() == list(board(votes).models)
    ranks = result.table.set_index("model")
    assert ranks["Overall"].tolist() == board(votes).ranks.tolist()
    assert pd.isna(ranks.loc["date", "French"])


def test_each_category_says_what_its_ranks_rest_on(votes: Votes) -> None:
    sizes = category_ranks(votes, ("overall", "english", "french")).sizes
    assert sizes["votes"].iloc[0] == sizes["votes"].iloc[1:].sum() == 1200
    assert sizes["models"].tolist() == [4, 4, 3]


def test_categories_that_the_votes_cannot_support_say_why(votes: Votes) -> None:
    result = category_ranks(votes)
    assert result.without["multi_turn"] == "needs turns"
    assert "chinese" in result.without
    assert "Multi-turn, Two turns" in result.sentence
    assert "ash is on rank 1 in" in result.sentence


def test_no_board_at_all_is_an_input_error_and_an_unknown_category_a_usage_error(votes: Votes) -> None:
    with pytest.raises(InputError, match="no category has a board: needs turns"):
        category_ranks(votes, ("multi_turn",))
    with pytest.raises(UsageError, match="mutli_turn"):
        category_ranks(votes, ("mutli_turn",))


def test_categories_that_differ_by_chance_alone_are_not_said_to_differ(votes: Votes) -> None:
    result = category_ranks(votes, ("overall", "english", "french", "exclude_ties"))
    assert set(result.shifts) == {"english", "french"}  # without ties all distances are larger
    assert result.changes["q_value"].min() > 0.05
    assert "Of 7 ratings, all held at once against those in Overall, none differs beyond what chance allows" in result.sentence
    assert "varies most" not in result.sentence


def test_a_change_is_that_of_the_paired_shift_whichever_category_is_first(votes: Votes) -> None:
    for names in (("overall", "french"), ("french", "english")):
        changes = category_ranks(votes, names).changes
        table = shift(votes, *names).table
        assert changes["model"].tolist() == table["model"].tolist()
        for mine, its in (("change", "rating_shift"), ("lower", "shift_lower"), ("upper", "shift_upper"), ("p_value", "p_value")):
            np.testing.assert_allclose(changes[mine], table[its], rtol=1e-6)


def test_the_category_that_differs_most_beyond_chance_is_named_with_its_interval(led: Votes) -> None:
    result = category_ranks(led, ("overall", "single_turn", "multi_turn"))
    assert "of 6 ratings differ from those in Overall beyond what chance allows (false-discovery rate 5 %)" in result.sentence
    top = result.changes.loc[result.changes["change"].abs().idxmax()]
    assert top["q_value"] < 0.05
    assert f"the largest difference is {top['model']} in {top['category']}, {signed(top['change'])} points (" in result.sentence


def test_a_category_of_the_very_same_votes_differs_nowhere(votes_of: Callable[..., Votes]) -> None:
    rows = [(*pair, winner, 1) for pair in ("ab", "bc", "ca") for winner in ["model_a"] * 14 + ["model_b"] * 9]
    same = votes_of(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "turns"]))
    assert category_ranks(same, ("overall", "single_turn")).changes["p_value"].tolist() == [1, 1, 1]


@pytest.fixture
def led(votes_of: Callable[..., Votes]) -> Votes:
    """600 votes: `a` is best, and in multi-turn votes `c` gains; `d` lost all of its votes."""
    rng = np.random.default_rng(3)
    pairs = np.array([["a", "b"], ["b", "c"], ["a", "c"]])[rng.integers(0, 3, 1200)]
    turns = rng.integers(1, 3, 1200)
    strength = {"a": 1.0, "b": 0.0, "c": -1.0}
    gap = np.array([strength[one] - strength[two] for one, two in pairs]) - 3.0 * ((pairs[:, 1] == "c") & (turns == 2))
    outcome = np.where(rng.random(1200) < 1 / (1 + np.exp(-gap)), "model_a", "model_b")
    frame = pd.DataFrame({"model_a": pairs[:, 0], "model_b": pairs[:, 1], "outcome": outcome, "turns": turns})
    lost = pd.DataFrame({"model_a": ["a"] * 5, "model_b": "d", "outcome": "model_a", "turns": 1})
    return votes_of(pd.concat([frame, lost], ignore_index=True))


def test_each_category_has_its_leader(led: Votes) -> None:
    table = leaders(led, ["overall", "single_turn", "multi_turn"]).table.set_index("category")
    assert table["leader"].to_dict() == {"Overall": "a", "Single-turn": "a", "Multi-turn": "c"}
    assert table["shared"].ge(0).all()


def test_a_lead_is_decided_by_the_chance_to_be_the_best_and_only_decided_ones_are_counted(votes_of: Callable[..., Votes]) -> None:
    """Single-turn `a` beats both others, in multi-turn votes all are equal, and in three turns nobody has ten votes."""
    rows = [("a", "b", "model_a", 1, 40), ("a", "c", "model_a", 1, 40), ("b", "c", "tie", 1, 40), ("b", "a", "model_a", 1, 5)]
    rows += [("c", "a", "model_a", 1, 5), *((one, other, "tie", 2, 20) for one, other in ("ab", "bc", "ca"))]
    rows += [(one, other, "tie", 3, 2) for one, other in ("ab", "bc", "ca")]
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "turns", "times"])
    made = votes_of(frame.loc[frame.index.repeat(frame["times"])].drop(columns="times").reset_index(drop=True))
    result = leaders(made, ["single_turn", "turns_2", "turns_3"])
    table = result.table.set_index("category")
    assert table["leader"].tolist() == ["a", "not decided"]
    assert table["chance"].iloc[0] > 0.99
    assert table["chance"].iloc[1] == pytest.approx(1 / 3, abs=0.03)
    assert result.sentence.startswith("a leads 1 of 2 categories; in 1 no leader is decided (the first has a chance below 95 %")
    assert dict(result.without) == {
        "turns_3": "6 votes and no models with 10 or more are too few for a board, which takes 30 votes and 3 such models."
    }
    assert "1 more category has no board: Three turns." in result.sentence
    assert "&gt; 99\u00a0%" in result._repr_html_()


def test_no_leader_is_decided_where_all_are_equal(votes_of: Callable[..., Votes]) -> None:
    frame = pd.DataFrame(
        [(*pair, "tie") for pair in ("ab", "bc", "ca") for _ in range(20)], columns=["model_a", "model_b", "outcome"]
    )
    assert leaders(votes_of(frame), ["overall"]).sentence.startswith("No leader is decided in 1 category: ")


@pytest.mark.parametrize("made", [leaders, category_ranks])
def test_a_category_of_too_few_votes_is_no_board_among_others_unless_the_settings_say_so(
    votes_of: Callable[..., Votes], made: Callable[..., Leaders | CategoryRanks]
) -> None:
    rows = [("a", "b", "model_a"), ("b", "a", "model_a")] * 3
    few = votes_of(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome"]))
    with pytest.raises(InputError, match="6 votes and no models with 10 or more are too few for a board"):
        made(few, ["overall"])
    assert list(made(few, ["overall"], Settings(board_votes=6, board_models=2)).boards) == ["overall"]


def test_a_category_without_its_columns_is_named(led: Votes) -> None:
    result = leaders(led, ["overall", "coding"])
    assert dict(result.without) == {"coding": "needs code"}
    assert result.sentence.endswith(" 1 more category has no board: Coding.")


def test_models_that_cannot_be_rated_are_listed_with_the_reason(led: Votes) -> None:
    listing = unrated(leaders(led, ["overall"]).boards["overall"])
    assert listing.table[["model", "reason"]].to_numpy().tolist() == [["d", "lost every vote"]]
    assert listing.sentence == "1 of 4 models is not rated. d (5 votes): lost every vote. --ridge 1 rates it too."


def test_leaders_count_the_models_with_votes_that_a_category_does_not_rate(led: Votes) -> None:
    table = leaders(led, ["single_turn", "multi_turn"]).table.set_index("category")
    assert table["not_rated"].to_dict() == {"Single-turn": 1, "Multi-turn": 0}
