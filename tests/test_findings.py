"""Findings: what a front page may lead with, and how far beyond noise it is."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm

import analysis as arena
from analysis.findings import MOST, errors, finding
from analysis.results.listing import Listing
from analysis.votes.table import Votes


def duel(won: int, lost: int) -> pd.DataFrame:
    """Votes of three models: a against b, and c far behind both."""
    pairs = [("a", "b", "model_a")] * won + [("a", "b", "model_b")] * lost
    for better in "ab":
        pairs += [(better, "c", "model_a")] * 90 + [(better, "c", "model_b")] * 10
    return pd.DataFrame(pairs, columns=["model_a", "model_b", "outcome"])


def test_a_clear_leader_is_named_and_two_level_models_are_not(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    leads = finding(arena.board(votes_of(duel(80, 20))))
    shares = finding(arena.board(votes_of(duel(50, 50))))
    assert leads is not None
    assert shares is not None
    assert leads.sentence == "a is the strongest model in Overall."
    assert shares.sentence == "1 model of 3 is clearly behind a in Overall, whose own lead is not decided."
    assert 1.64 < leads.beyond <= MOST
    assert 1.96 < shares.beyond <= MOST


def test_a_share_that_agrees_with_the_announced_one_is_no_finding(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    frame = duel(50, 50).assign(turns=[2] * 30 + [1] * 270, release="clean_battle")
    votes = votes_of(frame)
    assert finding(arena.turn_share(votes, announced=0.10)) is None
    found = finding(arena.turn_share(votes, announced=0.30))
    assert found is not None
    assert found.sentence == "10.00 % of these votes are multi-turn; 30 % was announced."
    # From 10 % to 29.5 %, which rounds to what was announced: a standard error is about 1.7 points.
    assert found.beyond == pytest.approx(min(MOST, 0.195 / np.sqrt(0.1 * 0.9 / 300)), rel=0.15)
    assert finding(arena.turn_share(votes_of(frame.assign(release="arena_33k")), announced=0.30)) is None, "a selection"


def test_a_share_of_repeats_is_a_finding_where_it_is_not_the_announced_one(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    prompts = ["same"] * 61 + [f"new {number}" for number in range(239)]
    frame = duel(50, 50).assign(prompt=prompts, release="clean_battle")
    votes = votes_of(frame)
    found = finding(arena.repeats(votes))
    assert found is not None
    assert found.sentence == "20.00 % of these votes repeat a first prompt; 10 % was announced."
    # From 20 % to 10.5 %: a standard error is about 2.3 points.
    assert found.beyond == pytest.approx(0.095 / np.sqrt(0.2 * 0.8 / 300), rel=0.05)
    assert finding(arena.repeats(votes, 0.2)) is None, "it agrees"
    assert finding(arena.repeats(votes, kind="near")) is None, "the announcement is of exact repeats"
    assert finding(arena.repeats(votes_of(frame.assign(release="arena_33k")))) is None, "a selection"


def test_a_rating_that_moves_without_repeats_is_a_finding(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    """On forty prompts that a third of the votes ask, a always wins; else it is b's equal."""
    rng = np.random.default_rng(5)
    same = pd.DataFrame({"model_a": "a", "model_b": ["b", "c"] * 300, "outcome": "model_a"})
    same["prompt"] = [f"same {number % 40}" for number in range(600)]
    others = duel(50, 50).sample(1_200, replace=True, random_state=5).assign(prompt=[f"new {number}" for number in range(1_200)])
    effect = arena.repeat_effect(votes_of(pd.concat([same, others]).sample(frac=1, random_state=rng)))
    top = effect.table.loc[effect.table["rating_shift"].where(effect.table["q_value"] <= 0.05).abs().idxmax()]
    found = finding(effect)
    assert found is not None
    assert found.sentence.startswith(f"{top['treatment']}, a loses {abs(top['rating_shift']):.0f} points (")
    assert found.beyond > 6
    none = others.assign(prompt=["same", *others["prompt"][1:-1], "same"])
    assert finding(arena.repeat_effect(votes_of(none))) is None


def test_where_nothing_is_clear_nothing_is_found(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    rng = np.random.default_rng(6)
    pairs = np.array([["a", "b"], ["b", "c"], ["a", "c"]])[rng.integers(0, 3, 600)]
    outcome = np.where(rng.random(600) < 0.5, "model_a", "model_b")
    frame = pd.DataFrame({"model_a": pairs[:, 0], "model_b": pairs[:, 1], "outcome": outcome, "turns": rng.integers(1, 3, 600)})
    votes = votes_of(frame)
    for result in (arena.board(votes), arena.shift(votes), arena.category_ranks(votes), arena.unrated(arena.board(votes))):
        assert finding(result) is None, result


def test_a_shift_is_led_by_its_largest_clear_change() -> None:
    shift = arena.shift(arena.load_votes("sample"))
    found = finding(shift)
    clear = shift.table[shift.table["q_value"] <= 0.05]
    top = clear.loc[clear["rating_shift"].abs().idxmax()]
    assert found is not None
    assert found.sentence.startswith(f"{top['model']} ")
    assert found.beyond == pytest.approx(norm.isf(top["q_value"] / 2))


def test_a_pair_that_misses_its_prediction_is_named(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    """In a circle every model wins 90 % against the next: the ratings predict 50 %."""
    ring = [("a", "b"), ("b", "c"), ("c", "a")]
    rows = [(one, other, "model_a" if won < 90 else "model_b") for one, other in ring for won in range(100)]
    board = arena.board(votes_of(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome"])))
    found = finding(arena.win_rates(board))
    assert found is not None
    assert "of 100 votes against" in found.sentence
    assert found.sentence.endswith("where their ratings predict 50.0 %.")
    assert found.beyond > 5


def test_claims_are_led_by_the_one_decided_most_clearly() -> None:
    claims = arena.check_claims(arena.load_votes("sample"))
    frame = claims.frame.assign(verdict="undecided", probability=0.5)
    assert finding(replace(claims, frame=frame)) is None
    frame.loc[2, ["verdict", "probability"]] = ["contradicted", 0.001]
    frame.loc[3, ["verdict", "probability"]] = ["supported", 0.98]
    found = finding(replace(claims, frame=frame))
    assert found is not None
    named = f"most clearly contradicted: “{frame['text'][2]}” (as of {frame['date'][2]})"
    assert found.sentence == f"2 of {len(frame)} headlines are decided; {named}"
    assert found.beyond == pytest.approx(norm.isf(0.001 * len(frame)))


def test_a_kind_without_a_measure_of_noise_has_no_finding() -> None:
    assert finding(Listing(pd.DataFrame())) is None


def test_standard_errors_end_where_no_one_can_tell_them_apart() -> None:
    assert errors(0.05) == pytest.approx(1.96, abs=0.001)
    assert errors(0.0) == MOST
