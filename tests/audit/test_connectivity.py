"""Connectivity: which models stand on one scale, and what holds them there."""

from itertools import product

import numpy as np
import pyarrow as pa
import pytest

from analysis.audit.case import case_of
from analysis.audit.check import Verdict
from analysis.audit.connectivity import check_connectivity, weakest_link
from analysis.ratings.pairs import PairCounts
from analysis.sources.simulated.faults import faulty


def table_of(votes: list[tuple[str, str, str, int]]) -> pa.Table:
    """Votes as model_a, model_b, outcome and how many."""
    rows = [(one, other, outcome) for one, other, outcome, count in votes for _ in range(count)]
    names = dict(zip(("model_a", "model_b", "outcome"), zip(*rows, strict=True), strict=True))
    return pa.table({name: pa.array(values).dictionary_encode() for name, values in names.items()})


def both(one: str, other: str, votes: int) -> list[tuple[str, str, str, int]]:
    """As many wins for either."""
    return [(one, other, "model_a", votes), (one, other, "model_b", votes)]


def least_cut(pairs: PairCounts) -> float:
    """The least cut of all, by trying every part of the models."""
    size = len(pairs.models)
    ties = pairs.counts[:, 2] + pairs.counts[:, 3]
    beats = np.zeros((size, size))
    beats[pairs.first, pairs.second] = pairs.counts[:, 0] + ties
    beats[pairs.second, pairs.first] = pairs.counts[:, 1] + ties
    parts = [np.array(part) for part in product([False, True], repeat=size) if 0 < sum(part) < size]
    return min(beats[np.ix_(np.flatnonzero(part), np.flatnonzero(~part))].sum() for part in parts)


def test_a_clean_arena_is_fine() -> None:
    for votes, models in ((40_000, 12), (4_000, 8), (100_000, 30)):
        found = check_connectivity(case_of(faulty(votes=votes, models=models)))
        assert (found.verdict, found.groups, found.left_out) == (Verdict.FINE, 1, [])
        assert found.sentence.startswith(f"All {models} models stand on one scale; the weakest link is ")


def test_two_halves_that_never_met_are_to_beware_of() -> None:
    found = check_connectivity(case_of(faulty("islands", votes=8_000)))
    assert (found.verdict, found.groups) == (Verdict.BEWARE, 2)
    assert len(found.left_out) == 6
    assert "another group that has a scale of its own" in found.sentence
    assert found.left_out_share == pytest.approx(0.5, abs=0.05)


def test_the_weakest_link_is_the_least_cut_of_small_boards() -> None:
    rng, looked, equal = np.random.default_rng(1), 0, 0
    for _ in range(150):
        size = int(rng.integers(2, 8))
        first, second = np.triu_indices(size, 1)
        rate = np.exp(rng.normal(0, 1.5, len(first)))[:, None] * np.array([2, 2, 0.5, 0.5]) * (rng.random((len(first), 1)) < 0.7)
        pairs = PairCounts(tuple(f"m{number}" for number in range(size)), first, second, rng.poisson(rate).astype(float))
        if pairs.connected:
            looked += 1
            found, least = weakest_link(pairs).votes, least_cut(pairs)
            assert found >= least
            equal += found == least
    assert looked > 80
    assert equal >= looked - 1


def test_two_groups_that_few_votes_hold_together_are_cut_there() -> None:
    rows = [*both("a", "b", 30), *both("c", "d", 40), ("a", "c", "model_a", 3), ("b", "d", "tie", 2), ("c", "b", "model_a", 2)]
    found = check_connectivity(case_of(table_of(rows)))
    assert found.link.votes == 4  # what c and d won or tied against a and b
    assert set(found.link.models) in ({"a", "b"}, {"c", "d"})
    assert found.verdict is Verdict.KNOW
    assert "which 4 votes or fewer hold there" in found.sentence


def test_a_link_breaks_where_its_votes_are_gone() -> None:
    for seed in range(6):
        case = case_of(faulty(votes=200, models=5, gap=80.0, seed=seed))
        pairs, link = case.pairs, weakest_link(case.pairs)
        inside = np.isin(np.array(pairs.models, dtype=object), link.models)
        counts = pairs.counts.copy()
        out, into = inside[pairs.first] & ~inside[pairs.second], ~inside[pairs.first] & inside[pairs.second]
        won, lost = (0, 1) if link.wins else (1, 0)
        counts[np.ix_(out, [won, 2, 3])] = 0
        counts[np.ix_(into, [lost, 2, 3])] = 0
        assert pairs.votes - counts.sum() == link.votes
        assert not pairs.with_counts(counts).connected


def test_a_model_of_few_votes_is_worth_knowing() -> None:
    found = check_connectivity(case_of(table_of([*both("a", "b", 100), *both("b", "c", 10)])))
    assert (found.thin, found.verdict) == (["c"], Verdict.KNOW)
    assert "c has fewer than 30 votes" in found.sentence
    assert found.table.iloc[0].to_dict() == {
        "model": "c", "votes": 20, "opponents": 1, "won": 10, "lost": 10, "held_by": 10, "state": "few votes",
    }  # fmt: skip


def test_a_model_that_won_every_vote_has_no_place() -> None:
    found = check_connectivity(case_of(table_of([*both("a", "b", 100), ("c", "b", "model_a", 3)])))
    assert (found.left_out, found.verdict) == (["c"], Verdict.KNOW)
    assert "c has no place on it, with 1.5 % of the votes" in found.sentence
    assert found.table.set_index("model").loc["c", "state"] == "won every vote"
    much = check_connectivity(case_of(table_of([*both("a", "b", 100), ("c", "b", "model_a", 30)])))
    assert much.verdict is Verdict.BEWARE


def test_two_models_are_a_scale() -> None:
    found = check_connectivity(case_of(table_of([("a", "b", "model_a", 60), ("a", "b", "model_b", 1)])))
    assert (found.link.votes, found.link.models, found.verdict) == (1, ("a",), Verdict.KNOW)
    assert found.sentence == "Both models stand on one scale; a single vote holds a there."
