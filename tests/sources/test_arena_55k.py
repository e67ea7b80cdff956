"""Kaggle's columns: lists of texts as everyone writes them, and plain texts as one turn."""

import pytest

from analysis.sources.arena_55k import reshape
from analysis.sources.literals import Unreadable
from analysis.votes import load_votes

MARKS = {"winner_model_a": 1, "winner_model_b": 0, "winner_tie": 0}


def _said(prompt, answer_a, answer_b):
    """Prompts and the answers of both sides of a reshaped row."""
    texts = {"prompt": prompt, "response_a": answer_a, "response_b": answer_b}
    row = reshape({"id": 1, "model_a": "m1", "model_b": "m2", **texts, **MARKS})
    sides = row["conversation_a"], row["conversation_b"]
    prompts, other = ([message["content"] for message in side if message["role"] == "user"] for side in sides)
    assert prompts == other
    return prompts, *([message["content"] for message in side if message["role"] == "assistant"] for side in sides)


@pytest.mark.parametrize(
    ("cells", "prompts", "answer"),
    [
        (('["a list prompt"]', '["b"]', '["x"]'), ["a list prompt"], "b"),
        (("a plain prompt", "plain answer", "other"), ["a plain prompt"], "plain answer"),
        (("42", "7", "8"), ["42"], "7"),
        ((42, 7, 8), ["42"], "7"),
        (("[1, 2, 3]", "sorted", "no"), ["[1, 2, 3]"], "sorted"),
        (("[your name]", "Ada", "Eve"), ["[your name]"], "Ada"),
        (('{"a": 1}', "[INST] x [/INST]", "y"), ['{"a": 1}'], "[INST] x [/INST]"),
        ((["nested", "list"], ["b", None], ["x", "y"]), ["nested", "list"], "b"),
        (
            ("['What is it, exactly?', and then]", "[It is x]", """['no "idea"']"""),
            ["What is it, exactly?", "and then"],
            "It is x",
        ),
        (("None", "nan", "NULL"), ["None"], "nan"),
    ],
)
def test_a_row_is_lists_or_plain_texts(cells, prompts, answer):
    found, answers_a, _ = _said(*cells)
    assert (found, answers_a[0]) == (prompts, answer)


def test_a_missing_text_is_no_message_in_either_way_of_writing():
    assert _said("asked", "", None) == (["asked"], [], [])
    assert _said('["asked"]', float("nan"), "[null]") == (["asked"], [], [None])


def test_messages_stand_in_turn_and_what_is_too_many_at_the_end():
    row = reshape({"prompt": '["1","2"]', "response_a": '["a"]', "response_b": '["x","y","z"]', **MARKS})
    assert [message["content"] for message in row["conversation_a"]] == ["1", "a", "2"]
    assert [message["content"] for message in row["conversation_b"]] == ["1", "x", "2", "y", "z"]


@pytest.mark.parametrize(
    ("marks", "winner"), [((0, 1, 0), "model_b"), ((0.0, 0.0, 1.0), "tie"), (("False", "", "1"), "tie"), ((0, 0, 0), None)]
)
def test_the_outcome_is_the_one_that_is_marked(marks, winner):
    assert reshape(dict(zip(MARKS, marks, strict=True)))["winner"] == winner


@pytest.mark.parametrize("marks", [(1, 1, 0), (1, 0, 1), (0.5, 0.5, 0), ("maybe", 0, 0)])
def test_several_marks_or_none_that_can_be_read_are_unreadable(marks):
    with pytest.raises(Unreadable):
        reshape(dict(zip(MARKS, marks, strict=True)))


def test_votes_on_the_same_plain_texts_are_all_votes(save):
    texts = {"prompt": "What is a prime?", "response_a": "A number.", "response_b": "Seven."}
    votes = load_votes(save([{"id": number, "model_a": "m1", "model_b": "m2", **texts, **MARKS} for number in range(30)], "csv"))
    assert (len(votes), votes.ledger.dropped) == (30, {})
    assert votes.table["turns"].unique().tolist() == [1]
