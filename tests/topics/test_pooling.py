"""Pooling: topics with few votes stay near all votes, many votes move them, and ties do not hide how much strengths vary."""

import numpy as np
import pandas as pd
import pytest

from analysis.ratings.ballots import Ballots, of_counts
from analysis.ratings.bradley_terry import POINTS, fit_bradley_terry
from analysis.ratings.pairs import PairCounts
from analysis.topics import boards
from analysis.topics.boards import topic_boards
from analysis.topics.pooling import Pooled, fit_offsets, places, pool_offsets
from analysis.topics.topics import Topics
from analysis.votes.table import Votes


def pairs_of(strength: np.ndarray, votes: int, rng: np.random.Generator) -> PairCounts:
    first, second = np.triu_indices(len(strength), 1)
    chance = 1 / (1 + np.exp(strength[second] - strength[first]))
    won = rng.binomial(votes, chance).astype(float)
    counts = np.column_stack([won, votes - won, np.zeros((len(won), 2))])
    return PairCounts(tuple(f"m{number}" for number in range(len(strength))), first, second, counts)


def test_a_topic_without_votes_shows_no_change():
    pairs = pairs_of(np.zeros(4), 0, np.random.default_rng(1))
    found = fit_offsets(pairs, np.array([1.0, 0, -0.5, -0.5]), precision=4.0)
    assert np.allclose(found.change, 0)
    assert found.error == pytest.approx(np.full(4, 0.5 * 0.75**0.5))  # the prior, among changes of mean zero
    assert np.allclose(found.noise, 0)


def test_many_votes_move_a_topic_to_its_own_strengths():
    base, true = np.array([0.5, 0, -0.5]), np.array([-0.5, 0, 0.5])
    found = fit_offsets(pairs_of(true, 200_000, np.random.default_rng(2)), base, precision=4.0)
    assert base + found.change == pytest.approx(true, abs=0.01)


def test_one_vote_hardly_moves_a_topic():
    pairs = PairCounts(("a", "b"), np.array([0]), np.array([1]), np.array([[1.0, 0, 0, 0]]))
    found = fit_offsets(pairs, np.zeros(2), precision=1 / (30 / POINTS) ** 2)
    assert 0 < POINTS * found.change[0] < 3


def test_the_noise_is_the_spread_of_estimates_when_nothing_changes():
    rng, base = np.random.default_rng(3), np.array([0.4, 0.1, 0, -0.5])
    fits = [fit_offsets(pairs_of(base, 40, rng), base, precision=10.0) for _ in range(400)]
    spread = np.std([fit.change for fit in fits], axis=0)
    assert spread == pytest.approx(np.mean([fit.noise for fit in fits], axis=0), rel=0.12)


def with_ties(strength: np.ndarray, votes: int, share: float, rng: np.random.Generator) -> PairCounts:
    """As `pairs_of`, a share of the votes being ties; strengths by half wins are the same."""
    pairs = pairs_of(strength, votes, rng)
    chance = 1 / (1 + np.exp(strength[pairs.second] - strength[pairs.first]))
    three = np.column_stack([chance - share / 2, 1 - chance - share / 2, np.full(len(chance), share)])
    counts = np.column_stack([rng.multinomial(votes, three).astype(float), np.zeros(len(chance))])
    return pairs.with_counts(counts)


def pooled(deviation: float, ties: float) -> tuple[Pooled, np.ndarray]:
    """What forty topics with that deviation give, and their true strengths."""
    rng, base = np.random.default_rng(6), np.linspace(0.25, -0.25, 12)
    true = base + rng.normal(0, deviation / POINTS, (40, len(base)))
    topics = [with_ties(strength, 40, ties, rng) for strength in true]
    whole = fit_bradley_terry(topics[0].with_counts(np.sum([pairs.counts for pairs in topics], axis=0)))
    return pool_offsets(topics, whole), true - true.mean(axis=1, keepdims=True)


@pytest.mark.parametrize("ties", [0.0, 0.4])
def test_the_spread_of_changes_is_recovered_with_and_without_ties(ties: float):
    found, _ = pooled(30, ties)
    assert POINTS * found.deviation == pytest.approx(30, rel=0.15)
    assert 20 < POINTS * found.lower < 30 < POINTS * found.upper < 40


@pytest.mark.parametrize("deviation", [15, 30, 60])
def test_intervals_of_changes_hold_the_truth(deviation: float):
    found, true = pooled(deviation, 0.1)
    change, error = (np.array([getattr(topic, name) for topic in found.offsets]) for name in ("change", "error"))
    held = np.abs(change - (true - true.mean(axis=0))) <= 1.959964 * error  # topics of one size: all votes show their mean
    assert 0.92 <= held.mean() <= 0.98


def test_strengths_that_do_not_change_are_found_not_to():
    found, _ = pooled(0, 0.4)
    assert POINTS * found.deviation < 8
    assert found.lower == 0


def test_votes_that_are_all_ties_change_nothing():
    pairs = pairs_of(np.zeros(3), 20, np.random.default_rng(1))
    ties = pairs.with_counts(np.tile([0.0, 0, 20, 0], (3, 1)))
    found = pool_offsets([ties, ties], fit_bradley_terry(ties.with_counts(2 * ties.counts)))
    assert found.lower == 0
    assert np.allclose([fit.change for fit in found.offsets], 0)


def test_errors_cover_the_true_changes():
    found, true = pooled(30, 0.4)
    base = true.mean(axis=0)
    miss = np.array([(fit.change - (strength - base)) / fit.error for fit, strength in zip(found.offsets, true, strict=True)])
    assert (np.abs(miss) < 1.96).mean() == pytest.approx(0.95, abs=0.03)


def test_a_topic_without_votes_is_as_uncertain_as_the_base_and_the_prior_together():
    fit = fit_offsets(pairs_of(np.zeros(3), 0, np.random.default_rng(1)), np.zeros(3), precision=4.0)
    base = 0.5 * (np.eye(3) - 1 / 3)
    assert fit.with_base(base) == pytest.approx(0.75 * (np.eye(3) - 1 / 3))


def test_a_topic_of_many_votes_is_not_uncertain_because_the_base_is():
    fit = fit_offsets(pairs_of(np.zeros(3), 1_000_000, np.random.default_rng(1)), np.zeros(3), precision=4.0)
    assert np.abs(fit.with_base(0.5 * (np.eye(3) - 1 / 3))).max() < 1e-4


def test_places_of_equal_models_are_open_and_of_unequal_ones_are_not():
    equal = places(np.zeros(4), 0.01 * np.eye(4), 0.95, seed=1)
    assert equal.first == pytest.approx(np.full(4, 0.25), abs=0.05)
    assert (equal.lower.tolist(), equal.upper.tolist()) == ([1] * 4, [4] * 4)
    apart = places(np.array([2.0, 0, 1, -1]), 0.001 * np.eye(4), 0.95, seed=1)
    assert apart.first.tolist() == [1, 0, 0, 0]
    assert apart.lower.tolist() == apart.upper.tolist() == [1, 3, 2, 4]


def one_by_one(pairs: PairCounts) -> Ballots:
    """The ballots of pair counts, each vote for itself."""
    made, votes = of_counts(pairs)
    return made.only(np.repeat(np.arange(len(votes)), votes.astype(int)))


def test_a_planted_change_is_found_and_others_are_not(monkeypatch: pytest.MonkeyPatch, arena: Votes, fitted: Topics):
    rng, base = np.random.default_rng(4), np.linspace(0.6, -0.6, 6)
    planted = base + np.array([0, 0, 0.8, 0, 0, 0])
    counted = [pairs_of(planted if topic == 0 else base, 60, rng) for topic in range(len(fitted.table))]
    ballots = [one_by_one(pairs) for pairs in counted]
    monkeypatch.setattr(boards, "topic_ballots", lambda *_: ballots)
    table: pd.DataFrame = topic_boards(arena, fitted).table
    found = table[table["q_value"] <= 0.05]
    assert ("m2", 0) in set(zip(found["model"], found["topic"], strict=True))
    assert len(found) <= 6
