"""Some of the votes as votes of their own: which they are, what says so, and that every analysis takes them."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import analysis as arena
from analysis.errors import InputError, UsageError
from analysis.votes.ledger import Reason
from analysis.votes.table import Votes


@pytest.fixture
def votes(votes_of: Callable[[pd.DataFrame], Votes]) -> Votes:
    """600 votes with turns and languages, some without."""
    rng = np.random.default_rng(5)
    pairs = np.array([["a", "b"], ["b", "c"], ["a", "c"]])[rng.integers(0, 3, 600)]
    frame = pd.DataFrame({"model_a": pairs[:, 0], "model_b": pairs[:, 1]})
    language = pd.Series(rng.choice(["English", "German"], 600)).where(rng.random(600) < 0.9)
    outcome = rng.choice(["model_a", "model_b", "tie"], 600)
    return votes_of(frame.assign(outcome=outcome, language=language, turns=rng.integers(1, 5, 600)))


def test_a_rule_chooses_the_votes_that_it_holds_for(votes: Votes) -> None:
    chosen = votes.where('language == "German" and turns >= 2')
    whole = votes.table
    expected = whole[(whole["language"] == "German") & (whole["turns"] >= 2)].reset_index(drop=True)
    pd.testing.assert_frame_equal(chosen.table, expected)
    assert len(chosen) == len(expected) == chosen.ledger.votes_out


def test_a_vote_of_which_a_rule_knows_nothing_is_on_neither_side(votes: Votes) -> None:
    german, other = (len(votes.where(f'language {sign} "German"')) for sign in ("==", "!="))
    assert german + other == votes.table["language"].notna().sum() < len(votes)


def test_the_ledger_says_what_was_chosen_and_calls_it_no_loss(votes: Votes) -> None:
    chosen = votes.where("turns == 1")
    assert chosen.ledger.rows_in == 600
    assert chosen.ledger.dropped == {Reason.NOT_CHOSEN: 600 - len(chosen)}
    assert chosen.ledger.losses == ()
    assert chosen.warning == ""
    assert chosen.name.endswith(", where turns == 1")


def test_what_the_whole_lacks_is_still_told(votes: Votes) -> None:
    lossy = Votes(votes.path, votes.ledger.close("x", "x", 700, 600, {"unreadable row": 100}), origin=votes.origin)  # type: ignore[arg-type]
    assert "100 rows" in lossy.where("turns == 1").ledger.notes[-1]


def test_equal_choices_are_equal_votes_and_others_are_not(votes: Votes) -> None:
    one, again, other = votes.where("turns == 1"), votes.where("turns == 1"), votes.where("turns == 2")
    assert (one.fingerprint, one.path) == (again.fingerprint, again.path)
    assert (
        len({votes.fingerprint, one.fingerprint, other.fingerprint, votes.sample(5).fingerprint, votes.sample(6).fingerprint})
        == 5
    )
    assert votes.sample(5, seed=1).fingerprint != votes.sample(5, seed=2).fingerprint


def test_a_damaged_choice_is_made_again(votes: Votes) -> None:
    chosen = votes.where("turns == 1")
    whole = chosen.table
    chosen.path.write_bytes(b"damaged")
    pd.testing.assert_frame_equal(votes.where("turns == 1").table, whole)


def test_a_sample_is_of_that_many_votes_in_their_order_and_the_same_again(votes: Votes) -> None:
    drawn = votes.sample(100, seed=3)
    ids, whole = drawn.table["vote_id"].tolist(), votes.table["vote_id"].tolist()
    assert len(ids) == len(set(ids)) == 100
    assert ids == [one for one in whole if one in set(ids)]
    drawn.path.unlink()
    assert votes.sample(100, seed=3).table["vote_id"].tolist() == ids
    assert votes.sample(600) is votes
    assert votes.sample(10_000) is votes


def test_choices_of_choices_add_up(votes: Votes) -> None:
    chosen = votes.where("turns >= 2").where('language == "German"').sample(20)
    assert len(chosen) == 20
    assert (chosen.table["turns"] >= 2).all()
    assert set(chosen.table["language"]) == {"German"}


def test_chosen_votes_carry_whether_they_are_simulated() -> None:
    assert arena.load_votes("sample").where("turns >= 3").simulated


@pytest.mark.parametrize("rule", ["turns >= 9", 'language == "Latin"'])
def test_a_rule_that_chooses_none_is_said(votes: Votes, rule: str) -> None:
    with pytest.raises(InputError, match="no vote is left by where"):
        votes.where(rule)


def test_a_rule_that_cannot_be_is_refused(votes: Votes) -> None:
    with pytest.raises(UsageError, match=r"did you mean language\?"):
        votes.where('langauge == "German"')
    with pytest.raises(InputError, match="needs judges"):
        votes.where('judge == "x"')
    with pytest.raises(UsageError, match="not allowed"):
        votes.where("turns.drop()")


@pytest.mark.parametrize(("n", "seed"), [(0, 1), (-3, 1), (1.5, 1), (True, 1), ("5", 1), (5, -1), (5, "x")])
def test_a_sample_of_no_number_is_refused(votes: Votes, n: int, seed: int) -> None:
    with pytest.raises(UsageError, match="must be a whole number"):
        votes.sample(n, seed=seed)


@pytest.mark.parametrize("n", [-1, 1.5, True, "5", None])
def test_a_head_of_no_number_is_refused(votes: Votes, n: object) -> None:
    with pytest.raises(UsageError, match="must be a whole number, 0 or more"):
        votes.head(n)


def test_models_are_counted_and_the_first_votes_have_columns_with_values(votes: Votes) -> None:
    whole = votes.table
    counts = pd.concat([whole["model_a"], whole["model_b"]]).value_counts()
    assert dict(zip(votes.models["model"], votes.models["votes"], strict=True)) == counts.to_dict()
    assert votes.models["votes"].is_monotonic_decreasing
    assert list(votes.head(3).columns) == ["vote_id", "release", "model_a", "model_b", "outcome", "turns", "language"]
    assert [len(votes.head()), len(votes.head(0)), len(votes.head(np.int64(2)))] == [5, 0, 2]


def test_every_analysis_takes_chosen_votes(votes: Votes) -> None:
    chosen = votes.where("turns <= 3")
    assert arena.board(chosen).origin == chosen.origin
    assert arena.turn_share(chosen).origin == chosen.origin
    assert arena.shift(chosen, "overall", "german").origin == chosen.origin
    assert arena.provenance(chosen).table["value"].str.contains("where turns <= 3").any()


def test_the_choice_of_a_file_lies_in_the_cache_and_not_beside_it(votes: Votes) -> None:
    before = set(votes.path.parent.iterdir())
    chosen = votes.where("turns == 1")
    assert set(votes.path.parent.iterdir()) == before
    assert isinstance(chosen.path, Path)
