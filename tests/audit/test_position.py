"""The left answer: what it is worth, in which groups, whether that moves the board, and when nothing can be told."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.special import expit

from analysis.audit.case import Case, case_of
from analysis.audit.check import Verdict
from analysis.audit.position import GROUPS_ERROR, MATERIAL, Position, check_position
from analysis.audit.reordering import reordering
from analysis.audit.side_order import SideOrder, check_side_order
from analysis.errors import InputError
from analysis.ratings.bradley_terry import POINTS
from analysis.ratings.covariates import fit_covariates
from analysis.ratings.settings import Settings
from analysis.ratings.simultaneous import critical_value, distance_errors
from analysis.sources.simulated.faults import faulty

SIDE = case_of(faulty("side"))

ORDER = case_of(faulty("side order"))


def frame(table: pa.Table) -> pd.DataFrame:
    texts = [name for name in table.column_names if pa.types.is_dictionary(table[name].type)]
    return table.to_pandas().astype(dict.fromkeys(texts, str))


def case(votes: pd.DataFrame) -> Case:
    return case_of(pa.Table.from_pandas(votes, preserve_index=False))


def swapped(votes: pd.DataFrame) -> pd.DataFrame:
    """The same votes as if each answer had stood on the other side."""
    names = {"model_a": "model_b", "model_b": "model_a", "tokens_a": "tokens_b", "tokens_b": "tokens_a"}
    return votes.rename(columns=names).assign(outcome=votes["outcome"].replace({"model_a": "model_b", "model_b": "model_a"}))


def pulled(votes: pd.DataFrame, chosen: pd.Series, share: float, seed: int = 1) -> pd.DataFrame:
    """Votes of which a share of the chosen ones goes to the left."""
    hit = chosen & (np.random.default_rng(seed).random(len(votes)) < share)
    return votes.assign(outcome=votes["outcome"].where(~hit, "model_a"))


def test_a_side_worth_a_tenth_of_log_odds_is_found_with_its_size() -> None:
    found = check_position(SIDE)
    row = found.table.iloc[0]
    assert found.verdict == Verdict.BEWARE
    assert row["lower"] < 0.1 < row["upper"]
    assert row["left_share"] == pytest.approx(expit(row["coefficient"]))
    assert "favoured" in found.sentence
    assert found.number in found.sentence


def test_the_coefficient_between_equals_is_the_log_odds_of_their_score() -> None:
    """Two models of one strength, 60 votes each way round: the left one has 70 of 120 points."""
    rows = [("a", "b", "model_a")] * 35 + [("a", "b", "model_b")] * 25 + [("b", "a", "model_a")] * 35
    rows += [("b", "a", "model_b")] * 25
    row = check_position(case(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome"]))).table.iloc[0]
    assert row["coefficient"] == pytest.approx(np.log(70 / 50))
    # √(p q / n) of the share, as log-odds, a parameter for the gap beside it: n / (n − 2).
    assert (row["upper"] - row["lower"]) / 2 == pytest.approx(1.95996 * np.sqrt(120 / 119 / (120 * 35 / 60 * 25 / 60)), rel=0.01)


def test_intervals_are_of_the_level_of_the_board_and_the_verdict_is_not() -> None:
    table = faulty("side", votes=1_600, seed=3)
    rows = {}
    for level in (0.8, 0.95, 0.99):
        found = check_position(case_of(table, Settings(level=level)))
        rows[level] = found.table.iloc[0]
        assert f"{100 * level:.0f} % intervals" in found.caption
        assert found.beyond == check_position(case_of(table)).beyond
    ratio = (rows[0.99]["upper"] - rows[0.99]["lower"]) / (rows[0.8]["upper"] - rows[0.8]["lower"])
    assert ratio == pytest.approx(2.5758 / 1.2816, rel=1e-4)


def test_an_interval_that_tells_more_than_the_check_is_said_with_the_error_of_the_check() -> None:
    rows = pd.DataFrame({"by": ["all"], "group": ["all votes"], "votes": [900], "coefficient": [0.1], "q_value": [np.nan]})
    made = Position(rows.assign(lower=0.001, upper=0.199, left_share=expit(0.1)), 0)
    assert not made.beyond
    assert made.verdict == Verdict.FINE
    assert made.sentence.startswith("The left answer is not favoured beyond chance (error 4 %): ")


def test_the_other_side_has_the_other_sign_and_all_else_is_the_same() -> None:
    votes = frame(faulty("side", votes=6_000))
    one, other = check_position(case(votes)).table, check_position(case(swapped(votes))).table
    np.testing.assert_allclose(one["coefficient"], -other["coefficient"], atol=1e-6)
    np.testing.assert_allclose(one["lower"], -other["upper"], atol=1e-6)
    np.testing.assert_allclose(one["q_value"], other["q_value"], atol=1e-6)


def test_neither_the_order_of_votes_nor_the_names_of_models_matter() -> None:
    votes = frame(faulty("side", votes=6_000))
    named = {name: f"m-{place:02d}" for place, name in enumerate(sorted(set(votes["model_a"]), reverse=True))}
    other = votes.sample(frac=1, random_state=1).replace({"model_a": named, "model_b": named})
    for check in (check_position, check_side_order):
        one, two = check(case(votes)).table, check(case(other)).table
        assert len(one) == len(two)
        for column in one.select_dtypes("number"):
            np.testing.assert_allclose(np.sort(one[column]), np.sort(two[column]), atol=1e-6)
    assert list(check_position(case(votes)).table["group"]) == list(check_position(case(other)).table["group"])


def test_a_group_with_a_side_of_its_own_is_named_and_its_term_is_that_of_its_votes_alone() -> None:
    votes = frame(faulty(votes=20_000))
    votes = pulled(votes, votes["language"] == "German", 0.15)
    made = case(votes)
    found = check_position(made)
    row = found.table.set_index("group").loc["German"]
    assert found.verdict == Verdict.BEWARE
    assert row["q_value"] <= GROUPS_ERROR
    assert "German" in found.sentence
    assert found.differing["group"].iloc[0] == "German"
    inside = np.array(made.groups("language").labels)[made.groups("language").number] == "German"
    side = np.where(made.left, 1.0, -1.0)
    whole = fit_covariates(replace(made.ballots, features=np.column_stack([side * inside, side * ~inside])), ["in", "out"])
    assert row["coefficient"] == pytest.approx(whole.coefficients[0], abs=0.01)


def test_groups_that_pull_opposite_ways_are_found_though_all_votes_are_even() -> None:
    votes = frame(faulty(votes=20_000))
    votes = pulled(votes, votes["language"] == "Chinese", 0.2)
    votes = swapped(pulled(swapped(votes), votes["language"] == "German", 0.2))
    found = check_position(case(votes))
    assert set(found.differing["group"]) >= {"Chinese", "German"}
    assert found.fires


def test_clean_arenas_raise_few_alarms_and_their_intervals_hold_the_truth() -> None:
    """Each of 120 small arenas: at 5 %, 14 alarms or more would come by chance in fewer than one of a hundred."""
    made = [case_of(faulty(votes=1_500, models=6, seed=seed)) for seed in range(120)]
    found = [check_position(each) for each in made]
    assert sum(each.fires for each in found) <= 13
    inside = [each.table["lower"].iloc[0] < 0 < each.table["upper"].iloc[0] for each in found]
    assert np.mean(inside) >= 0.89
    assert sum(check_side_order(each).fires for each in made) <= 6


@pytest.mark.parametrize(("fault", "check"), [("side", check_position), ("side order", check_side_order)])
def test_what_was_planted_is_found(fault: str, check: Callable[[Case], Position | SideOrder]) -> None:
    assert all(check(case_of(faulty(fault, votes=20_000, seed=seed))).verdict == Verdict.BEWARE for seed in range(12))


def test_a_side_too_small_to_matter_is_worth_knowing() -> None:
    votes = frame(faulty(votes=60_000))
    found = check_position(case(pulled(votes, votes["outcome"] == "tie", 0.16)))
    assert found.verdict == Verdict.KNOW
    assert 0 < found.table["coefficient"].iloc[0] < MATERIAL
    assert "too little to matter" in found.sentence


def test_a_model_that_always_stands_left_loses_what_that_gave_it() -> None:
    found = check_side_order(ORDER)
    row = found.table.iloc[0]
    assert found.verdict == Verdict.BEWARE
    assert row["model"] == "model-07"
    assert row["left_share"] == pytest.approx(0.95, abs=0.01)
    assert row["move"] < -60
    assert "model-06 passes model-07" in found.sentence
    # Its place among the others is again that of its strength, 40 points below its neighbour.
    after = found.table.set_index("model")["rating"] + found.table.set_index("model")["move"]
    assert after["model-06"] - after["model-07"] == pytest.approx(40, abs=15)


def test_a_side_beyond_chance_that_moves_nothing_is_fine() -> None:
    found = check_side_order(case_of(faulty("side", votes=12_000)))
    assert found.beyond
    assert found.verdict == Verdict.FINE
    assert "no two models that are told apart swap" in found.sentence


def test_reversed_pairs_are_those_separated_at_once_as_the_critical_value_has_it() -> None:
    board = ORDER.board
    assert board.fit is not None
    moved = np.random.default_rng(1).normal(0, 0.5, len(board.models))
    found = reordering(board, moved)
    order = [board.fit.pairs.models.index(model) for model in board.models]
    np.testing.assert_allclose(found.moves, POINTS * (moved - moved.mean())[order])
    far = np.abs(board.ratings[:, None] - board.ratings) / distance_errors(board.covariance)
    after, critical = board.ratings + found.moves, critical_value(board.covariance)
    expected = {
        (board.models[one], board.models[other])
        for one in range(len(board.models))
        for other in range(one + 1, len(board.models))
        if after[one] < after[other] and far[one, other] > critical
    }
    assert len(expected) > 2
    assert set(found.reversed) == expected


def bare(votes: pd.DataFrame) -> pd.DataFrame:
    return votes[["model_a", "model_b", "outcome"]]


@pytest.mark.parametrize(
    ("votes", "why"),
    [
        (lambda votes: votes[votes["model_a"] < votes["model_b"]], "sorts its models"),
        (lambda votes: votes.assign(outcome="tie"), "no vote has a winner, and 30 are needed"),
        (lambda votes: votes.head(30), "have a winner, and 30 are needed"),
    ],
)
def test_why_nothing_can_be_told(votes: Callable[[pd.DataFrame], pd.DataFrame], why: str) -> None:
    made = case(votes(frame(faulty(votes=3_000, models=4))))
    for check in (check_position, check_side_order):
        with pytest.raises(InputError, match=why) as told:
            check(made)
        assert "\n" not in str(told.value)


@pytest.mark.parametrize(
    "votes",
    [
        bare,
        lambda votes: votes[votes["model_a"].isin(["model-01", "model-02"]) & votes["model_b"].isin(["model-01", "model-02"])],
        lambda votes: votes.assign(judge="one"),
        lambda votes: votes.head(70),
        lambda votes: pd.concat([votes, votes.head(1).assign(model_a="once", outcome="tie")]),
        lambda votes: votes.assign(language=None),
    ],
    ids=["bare", "two models", "one judge", "70 votes", "a model with one vote", "no language"],
)
def test_whatever_votes_lack_what_they_have_is_looked_at(votes: Callable[[pd.DataFrame], pd.DataFrame]) -> None:
    made = case(votes(frame(faulty(votes=3_000, models=4))))
    for check in (check_position, check_side_order):
        found = check(made)
        assert np.isfinite(found.table.select_dtypes("number").drop(columns="q_value", errors="ignore")).all(axis=None)
        assert found.sentence.endswith(".")
        assert found.notes


def test_a_side_that_decides_all_votes_is_said_to() -> None:
    votes = frame(faulty(votes=2_000, models=4)).assign(outcome="model_a")
    with pytest.raises(InputError, match="the side and the outcome cannot be told apart"):
        check_position(case(votes))
