"""The experts' 5k: occupations as tags, and what a session tells of the judged conversation."""

import pytest

from analysis.sources.load import load_votes
from analysis.sources.releases.arena_expert_5k import reshape


@pytest.fixture
def row(shapes):
    return shapes["arena_expert_5k"][0]


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_vote_has_its_tags_language_and_texts(row, save, kind):
    votes = load_votes(save([row], kind))
    (vote,) = votes.table.to_dict("records")
    assert votes.ledger.release == "arena_expert_5k"
    assert [vote[name] for name in ("vote_id", "outcome", "language")] == ["e1", "both_bad", "English"]
    assert [vote[name] for name in ("turns", "session_turns", "tokens_a")] == [2, 2, 2]
    assert list(vote["prompts"]) == ["Prove it.", "Shorter?"]
    assert sorted(vote["tags"]) == ["education", "mathematical"]


def test_the_judged_conversation_counts_where_the_release_gives_it(row, save):
    talk = [{"role": "user", "content": "Shorter?"}, {"role": "assistant", "content": "a"}]
    (vote,) = load_votes(save([{**row, "evaluation_order": 2, "conversation_a": talk, "conversation_b": talk}])).table.to_dict(
        "records"
    )
    assert (vote["turns"], vote["session_turns"], vote["prompt"]) == (1, 2, "Shorter?")


def test_the_second_vote_of_a_session_of_two_turns_is_about_the_last(row, save):
    (vote,) = load_votes(save([{**row, "evaluation_order": 2}])).table.to_dict("records")
    assert (vote["turns"], vote["session_turns"], vote["prompt"], vote["tokens_b"]) == (1, 2, "Shorter?", 1)


def test_where_a_later_vote_began_is_unknown_in_a_longer_session(row):
    row["full_conversation"].append(row["full_conversation"][0])
    shaped = reshape({**row, "evaluation_order": 2})
    assert shaped["prompts"] == ["Prove it.", "Shorter?", "Prove it."]
    assert "conversation_a" not in shaped
    assert shaped["session_turns"] == 3


@pytest.mark.parametrize(
    ("tags", "names"),
    [
        ({"a": True, "b": False, "c": None}, ["a"]),
        ("{'a': True, 'b': None}", ["a"]),
        ("{'a': true, 'b': NULL}", ["a"]),
        ({}, []),
        (None, None),
        ("{'a': ", "{'a': "),  # left for whoever parses the column to count
    ],
)
def test_tags_are_the_names_that_hold(row, tags, names):
    assert reshape({**row, "occupational_tags": tags})["tags"] == names


@pytest.mark.parametrize("cell", ["cut [", [{"user": 3}], ["x"]])
def test_a_session_that_cannot_be_read_never_costs_the_vote(row, cell):
    shaped = reshape({**row, "full_conversation": cell})
    assert (shaped["winner"], shaped["session_turns"]) == ("both_bad", cell)
