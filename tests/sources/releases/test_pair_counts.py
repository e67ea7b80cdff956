"""Pair counts become one row per vote."""

import json
from collections import Counter

import pytest

from analysis.errors import InputError
from analysis.sources.cleaning import Cleaning
from analysis.sources.conversion import Conversion
from analysis.sources.load import load_votes
from analysis.sources.releases import pair_counts as module


def _save(path, record):
    path.write_text(json.dumps(record))
    return path


def test_counts_become_as_many_votes(pair_counts, tmp_path, monkeypatch):
    monkeypatch.setattr(module, "CHUNK", 2)
    votes = load_votes(_save(tmp_path / "counts.json", pair_counts))
    table = votes.table
    assert Counter(zip(table.model_a, table.model_b, table.outcome, strict=True)) == {
        ("heron-7b", "osprey-13b", "model_a"): 2,
        ("heron-7b", "osprey-13b", "model_b"): 1,
        ("heron-7b", "osprey-13b", "both_bad"): 1,
        ("kite-70b", "heron-7b", "tie"): 3,
    }
    assert table.vote_id.tolist() == [f"pair_counts-{number:07d}" for number in range(1, 8)]
    assert votes.available == {"vote_id", "release", "model_a", "model_b", "outcome"}
    assert (votes.ledger.rows_in, votes.ledger.votes_out) == (7, 7)


def test_counts_over_several_lines_are_read_too(pair_counts, tmp_path):
    path = tmp_path / "counts"
    path.write_text(json.dumps(pair_counts, indent=1))
    assert len(load_votes(path)) == 7


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"X": [[0, 1], [2, 9]]}, r"pair 2 is \[2, 9\]"),
        ({"X": [[0, 1], [2, 2]]}, r"pair 2 is \[2, 2\]"),
        ({"Y": [[2, 1, 0, -1], [0, 0, 3, 0]]}, "pair 1"),
        ({"Y": [[2, 1, 0, 0.5], [0, 0, 3, 0]]}, "pair 1"),
        ({"Y": [[2, 1, 0], [0, 0, 3]]}, "four counts"),
        ({"Y": [[2, 1, 0, 0]]}, "four counts"),
        ({"Y": [[2, 1, 0, 0], [1]]}, "all of one length"),
        ({"Y": "none"}, "lists of numbers"),
        ({"models": ["a", "b", "b"]}, "twice"),
        ({"models": ["a", "b", 3]}, "list of names"),
    ],
)
def test_counts_that_cannot_be_are_an_error_with_the_pair(pair_counts, tmp_path, change, what):
    with pytest.raises(InputError, match=rf"counts\.json: these are not pair counts: .*{what}"):
        load_votes(_save(tmp_path / "counts.json", pair_counts | change))


def test_counts_without_a_vote_are_an_error(pair_counts, tmp_path):
    with pytest.raises(InputError, match="no row is a vote"):
        load_votes(_save(tmp_path / "counts.json", pair_counts | {"X": [], "Y": []}))


def test_counts_cannot_be_cleaned_more_strictly(pair_counts, tmp_path):
    with pytest.raises(InputError, match="give the votes themselves"):
        load_votes(_save(tmp_path / "counts.json", pair_counts), conversion=Conversion(rules=Cleaning(identity_words=True)))
