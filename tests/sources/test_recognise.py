"""Each release in its exact shape becomes the vote table."""

import json
import pkgutil
from datetime import UTC, datetime

import numpy as np
import pyarrow.parquet as pq
import pytest
from conftest import SHAPES

from analysis.errors import InputError
from analysis.sources import recognise, releases
from analysis.sources.conversion import Conversion
from analysis.sources.load import load_votes


def _rows(votes):
    return pq.read_table(votes.path).to_pylist()


@pytest.fixture
def first(shapes, save):
    """The vote table of a release, as a list of rows."""

    def convert(name, kind="jsonl"):
        votes = load_votes(save(shapes[name], kind))
        assert votes.ledger.release == name
        return _rows(votes)

    return convert


def test_every_release_is_one_of_those_recognised_and_has_rows_in_its_shape():
    declared = {module.name for module in pkgutil.iter_modules(releases.__path__)} - {"release", "vote_table", "pair_counts"}
    assert {release.name for release in recognise.RELEASES} - {"votes"} == declared == set(SHAPES)


@pytest.mark.parametrize("name", SHAPES)
def test_rows_in_the_shape_of_a_release_are_recognised_as_it(name, first):
    assert len(first(name)) == len(SHAPES[name])


def test_arena_33k_gives_log_texts_and_counted_style(first):
    one, two = first("arena_33k", "parquet")
    assert (one["vote_id"], one["judge"], one["anonymous"], one["turns"]) == ("q1", "arena_user_7", True, 1)
    assert one["time"] == datetime(2023, 6, 29, 0, 53, 20, 500000, UTC)
    assert (one["bold_a"], one["bold_b"], one["headers_b"], one["lists_b"]) == (1, 0, 1, 1)
    assert (one["tokens_a"], one["tokens_user"], one["tags"]) == (4, 3, ["toxic"])
    assert (two["outcome"], two["turns"], two["is_refusal"]) == ("both_bad", 2, True)
    assert two["prompts"] == ["Name a river.", "Another?"]


def test_arena_55k_counts_turns_and_heals_half_characters(first):
    one, two = first("arena_55k", "csv")
    assert (one["vote_id"], one["outcome"], one["turns"], one["time"], one["language"]) == ("30192", "tie", 2, None, None)
    assert (two["outcome"], two["turns"], two["anonymous"]) == ("model_a", 1, None)


def test_a_lone_half_of_a_character_becomes_the_replacement_character(shapes, save):
    rows = shapes["arena_55k"]
    rows[0]["prompt"] = '["one \\ud83d half", "whole \\ud83d\\ude00"]'
    votes = _rows(load_votes(save(rows, "csv")))
    assert votes[0]["prompts"] == ["one \ufffd half", "whole \N{GRINNING FACE}"]


def test_arena_100k_keeps_the_counts_of_the_release(first):
    one, two = first("arena_100k")
    assert (one["tokens_user"], one["tokens_a"], one["tokens_b"]) == (9, 120, 80)
    assert (one["headers_a"], one["lists_a"], one["bold_a"], one["lists_b"]) == (3, 7, 6, 1)
    assert (one["criteria"], one["instruction_score"], one["math"], one["sampled"], one["judge"]) == (6, 4, False, False, "h1")
    assert "high_freq" in one["tags"]
    assert "instruction_following" in one["tags"]
    assert "creativity" not in one["tags"]
    assert two["is_refusal"] is False, "the release's own word counts, not ours"


def test_arena_100k_is_the_same_with_conversations_and_tags_as_text(shapes, save):
    nested = _rows(load_votes(save(shapes["arena_100k"])))
    as_text = [
        {name: json.dumps(v) if isinstance(v, dict | list) else v for name, v in row.items()} for row in shapes["arena_100k"]
    ]
    assert _rows(load_votes(save(as_text, "parquet", "text.dat"))) == nested


def test_arena_140k_counts_turns_within_the_vote_and_within_the_session(first):
    (one,) = first("arena_140k", "parquet")
    assert (one["turns"], one["session_turns"], one["session"], one["judge"], one["anonymous"]) == (1, 2, "s1", None, None)
    assert (one["outcome"], one["language"], one["prompt"]) == ("both_bad", "Chinese", 'It\'s "this"?\n')
    assert one["time"] == datetime(2025, 5, 29, 14, 48, 41, 602925, UTC)


def test_arena_140k_is_the_same_from_nested_types_python_reprs_and_numpy_reprs(shapes, save):
    def as_arrays(value):
        if isinstance(value, list):
            array = np.empty(len(value), dtype=object)
            array[:] = [as_arrays(item) for item in value]
            return array
        return {name: as_arrays(item) for name, item in value.items()} if isinstance(value, dict) else value

    row = shapes["arena_140k"][0]
    row["conversation_a"] += [{"role": "user", "content": row["conversation_a"][0]["content"] * 2}]
    nested = _rows(load_votes(save([row], "parquet", "nested.dat")))
    python = _rows(load_votes(save([row], "csv", "python.dat")))
    numpy_row = {name: str(as_arrays(value)) if isinstance(value, list) else value for name, value in row.items()}
    assert "array(" in numpy_row["conversation_a"]
    assert _rows(load_votes(save([numpy_row], "csv", "numpy.dat"))) == python == nested


def test_clean_battle_has_no_texts_and_numbers_its_votes(first):
    (one,) = first("clean_battle", "json")
    assert (one["vote_id"], one["prompt"], one["tokens_a"], one["criteria"]) == ("clean_battle-0000001", None, 120, 6)


def test_clean_battle_of_mid_2024_has_its_criteria_in_a_tag_of_their_own(shapes, save):
    row = shapes["clean_battle"][0]
    row["criteria_tag"] = row.pop("category_tag")["criteria_v0.1"]
    (one,) = _rows(load_votes(save([row], "json")))
    assert (one["criteria"], one["math"]) == (6, None)


def test_wsdm_does_not_say_how_many_turns(first):
    (one,) = first("wsdm", "parquet")
    assert (one["turns"], one["prompt"], one["language"], one["outcome"]) == (None, "Nenne einen Fluss.", "German", "model_b")


def test_battle_log_reads_the_list_of_user_messages(first):
    (one,) = first("battle_log")
    assert (one["turns"], one["prompts"], one["tokens_a"]) == (2, ["Name a river.", "Another?"], None)


def test_flat_leaves_style_empty_where_only_the_first_texts_are_there(first):
    one, two = first("flat")
    assert (one["vote_id"], one["lists_a"], one["tokens_b"], one["prompts"]) == ("flat-0000001", 2, 1, ["Name a river."])
    assert (two["turns"], two["tokens_a"], two["lists_a"], two["prompts"], two["prompt"]) == (3, None, None, None, "Name a bird.")
    assert two["language"] == "unknown"


def test_derived_columns_are_named_in_the_ledger_and_given_ones_are_not(shapes, save):
    ledger = load_votes(save(shapes["arena_140k"], "parquet")).ledger
    assert ledger.derived == ("is_refusal",)
    assert "tokens_a" in load_votes(save(shapes["arena_33k"], name="33k")).ledger.derived


def test_a_number_of_turns_that_the_conversation_contradicts_is_kept_and_noted(shapes, save):
    rows = shapes["arena_33k"]
    rows[0]["turn"] = 3
    votes = load_votes(save(rows))
    assert _rows(votes)[0]["turns"] == 3
    assert any(note.startswith("turns: ") and "(1 of 2 votes)" in note for note in votes.ledger.notes)


def test_any_other_table_is_read_through_its_column_names(save):
    rows = [{"left": "heron-7b", "right": "kite-70b", "verdict": "L", "when": "2024-07-01T00:00:00+02:00", "q": "Name a river."}]
    columns = {"model_a": "left", "model_b": "right", "outcome": "verdict", "time": "when", "prompt": "q"}
    votes = load_votes(save(rows, "csv"), conversion=Conversion(columns=columns, outcomes={"L": "model_a"}))
    (one,) = _rows(votes)
    assert (one["outcome"], one["model_b"], one["prompt"], one["release"]) == ("model_a", "kite-70b", "Name a river.", "custom")
    assert one["time"] == datetime(2024, 6, 30, 22, 0, tzinfo=UTC)


def test_lists_of_prompts_and_conversations_are_read_under_other_names_too(save):
    talk = [{"role": "user", "content": text} for text in ("Name a river.", "Another?")]
    talk.insert(1, {"role": "assistant", "content": "Elbe"})
    row = {"model_a": "heron-7b", "model_b": "kite-70b", "winner": "tie"}
    for more, columns in (
        ({"asked": ["Name a river.", "Another?"]}, {"prompts": "asked"}),
        ({"left": talk, "right": talk}, {"conversation_a": "left", "conversation_b": "right"}),
    ):
        (one,) = _rows(load_votes(save([row | more]), conversion=Conversion(columns=columns)))
        assert (one["prompt"], one["prompts"], one["turns"]) == ("Name a river.", ["Name a river.", "Another?"], 2)


@pytest.mark.parametrize(
    ("name", "left_out", "empty"),
    [
        ("flat", ("prompt",), ("prompt", "prompts", "tokens_user")),
        ("flat", ("response_a",), ("tokens_a", "bold_a")),
        ("flat", ("judge", "language"), ("judge", "language")),
        ("wsdm", ("prompt",), ("prompt", "prompts", "tokens_user")),
        ("arena_33k", ("conversation_a", "conversation_b"), ("prompt", "prompts", "tokens_a", "tokens_b")),
        ("arena_55k", ("prompt",), ("prompt", "prompts", "tokens_user")),
        ("battle_log", ("prompts",), ("prompt", "prompts", "tokens_user")),
    ],
)
def test_a_column_that_is_left_out_is_not_read_for_its_texts_either(shapes, save, name, left_out, empty):
    votes = load_votes(save(shapes[name][:1]), conversion=Conversion(columns=dict.fromkeys(left_out, "")))
    (one,) = _rows(votes)
    assert [one[column] for column in empty] == [None] * len(empty)
    assert (one["model_a"], votes.ledger.dropped, votes.ledger.release) == ("heron-7b", {}, name)


@pytest.mark.parametrize("cell", [["Name a river."], {"text": "Name a river."}])
@pytest.mark.parametrize("kind", ["jsonl", "parquet"])
def test_a_prompt_that_is_no_text_is_counted_once(save, kind, cell):
    row = {"model_a": "heron-7b", "model_b": "kite-70b", "winner": "tie", "prompt": cell}
    ledger = load_votes(save([row], kind)).ledger
    assert {column: sum(values.values()) for column, values in ledger.nulled.items()} == {"prompt": 1}


def test_a_named_column_that_is_not_there_is_an_error(save):
    path = save([{"left": "a", "right": "b", "winner": "tie"}])
    with pytest.raises(
        InputError, match=r"votes\.dat: there is no column 'lft' \(did you mean left\?\); the file has 'left', 'right', 'winner'"
    ):
        load_votes(path, conversion=Conversion(columns={"model_a": "lft", "model_b": "right"}))


def test_a_missing_column_is_named_with_the_way_out(save):
    with pytest.raises(InputError, match=r"the column winner is missing; .*--column NAME=THEIRS"):
        load_votes(save([{"model_a": "a", "model_b": "b", "result": "tie"}], "csv"))


def test_the_test_half_of_a_competition_is_refused_for_what_it_is(save):
    with pytest.raises(InputError, match=r"test half of a competition.*Give train\.csv"):
        load_votes(save([{"id": 1, "prompt": '["x"]', "response_a": '["y"]', "response_b": '["z"]'}], "csv"))


def test_conversations_nobody_voted_on_are_refused_for_what_they_are(save):
    with pytest.raises(InputError, match="nobody voted"):
        load_votes(save([{"conversation_id": "c", "model": "m", "conversation": [], "turn": 1}]))


def test_a_table_of_several_annotators_a_row_is_refused_with_the_way_to_make_votes_of_it(save):
    row = {"idx": 0, "cmp_key": "bloom-7b_llama-7b", "response1": "a", "response2": "b", "annotator1": 2, "annotator2": 0}
    with pytest.raises(
        InputError, match=r"PandaLM's test set.*Write one row per person: model_a and model_b .*0 is tie\) and judge"
    ):
        load_votes(save([row], "json"))
