"""Kaggle's columns: lists of texts as everyone writes them, and plain texts as one turn."""

import pyarrow as pa
import pytest

from analysis.sources.batches import Batch
from analysis.sources.columns import Faults
from analysis.sources.drafts import draft
from analysis.sources.load import load_votes
from analysis.sources.releases.arena_55k import RELEASE

MARKS = {"winner_model_a": 1, "winner_model_b": 0, "winner_tie": 0}


def _drafted(row):
    """A row as a draft: read by itself and as a table of one row, which must agree."""
    faults, found = Faults(), Faults()
    alone = draft(Batch(0, rows=[row]), RELEASE, faults)
    assert draft(Batch(0, table=pa.Table.from_pylist([row])), RELEASE, found).equals(alone)
    assert found == faults
    (drafted,) = alone.to_pylist()
    return drafted | {"nulled": faults.counts}


def _said(prompt, answer_a, answer_b):
    """Prompts and the answers of both sides of a drafted row."""
    texts = {"prompt": prompt, "response_a": answer_a, "response_b": answer_b}
    drafted = _drafted({"id": 1, "model_a": "m1", "model_b": "m2", **texts, **MARKS})
    assert drafted["nulled"] == {}
    return drafted["asked"], drafted["answers_a"], drafted["answers_b"]


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


def test_a_missing_text_is_not_released_in_either_way_of_writing_and_a_null_in_a_list_is_an_empty_message():
    assert _said("asked", "", None) == (["asked"], None, None)
    assert _said('["asked"]', float("nan"), "[null]") == (["asked"], None, [""])


def test_texts_are_missing_where_they_are_blank_and_not_where_they_spell_that_nothing_is_there():
    assert _said("", " ", None) == (None, None, None)
    assert _said("NA", "", "null") == (["NA"], None, ["null"])


def test_each_side_keeps_its_answers_whatever_their_number():
    assert _said('["1","2"]', '["a"]', '["x","y","z"]') == (["1", "2"], ["a"], ["x", "y", "z"])


@pytest.mark.parametrize(
    ("marks", "winner"), [((0, 1, 0), "model_b"), ((0.0, 0.0, 1.0), "tie"), (("False", "", "1"), "tie"), ((0, 0, 0), None)]
)
def test_the_outcome_is_the_one_that_is_marked(marks, winner):
    drafted = _drafted({"id": 1, **dict(zip(MARKS, marks, strict=True))})
    assert (drafted["label"], drafted["unreadable"]) == (winner, None)


@pytest.mark.parametrize("marks", [(1, 1, 0), (1, 0, 1), (0.5, 0.5, 0), ("maybe", "0", "0")])
def test_several_marks_or_none_that_can_be_read_are_unreadable(marks):
    drafted = _drafted({"id": 1, **dict(zip(MARKS, marks, strict=True))})
    assert drafted["label"] is None
    assert drafted["unreadable"]


def test_votes_on_the_same_plain_texts_are_all_votes(save):
    texts = {"prompt": "What is a prime?", "response_a": "A number.", "response_b": "Seven."}
    votes = load_votes(save([{"id": number, "model_a": "m1", "model_b": "m2", **texts, **MARKS} for number in range(30)], "csv"))
    assert (len(votes), votes.ledger.dropped) == (30, {})
    assert votes.table["turns"].unique().tolist() == [1]
