"""Every row is a vote or is counted under the reason it was dropped for."""

from collections import Counter

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.sources.cleaning import ERROR_TEXTS, IDENTITY_WORDS, Cleaning
from analysis.sources.conversion import Conversion
from analysis.sources.convert import convert
from analysis.sources.load import load_votes
from analysis.sources.writer import VoteWriter
from analysis.votes.ledger import Reason

ROW = {
    "question_id": "q",
    "model_a": "heron",
    "model_b": "kite",
    "winner": "tie",
    "judge": "j",
    "turn": 1,
    "anony": True,
    "tstamp": 1.7e9,
}


def _ledger(save, rows, kind="jsonl", **rules):
    rows = [{**ROW, "question_id": f"q{number}", **row} if isinstance(row, dict) else row for number, row in enumerate(rows)]
    return load_votes(save(rows, kind), conversion=Conversion(rules=Cleaning(**rules))).ledger


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"model_a": None}, Reason.NO_MODEL),
        ({"model_b": "  "}, Reason.NO_MODEL),
        ({"winner": None}, Reason.NO_OUTCOME),
        ({"model_b": "heron"}, Reason.SAME_MODEL),
        ({"anony": False}, Reason.NOT_ANONYMOUS),
        ({"model_a": [["heron"]]}, Reason.NO_MODEL),
        (None, Reason.UNREADABLE),
        ([], Reason.UNREADABLE),
    ],
)
def test_a_row_that_is_no_vote_is_counted_under_its_reason(save, row, reason):
    ledger = _ledger(save, [{}, row, {}])
    assert ledger.dropped == {reason.value: 1}
    assert (ledger.rows_in, ledger.votes_out) == (3, 2)


@pytest.mark.parametrize(
    ("row", "nulled"),
    [
        ({"turn": "many"}, {"turn": {"many": 1}}),
        ({"turn": 1.5}, {"turn": {"1.5": 1}}),
        ({"turn": 0}, {"turn": {"0": 1}}),
        ({"tstamp": "yesterday"}, {"tstamp": {"yesterday": 1}}),
        ({"tstamp": 10**400}, {"tstamp": None}),
        ({"judge": [["a"]]}, {"judge": None}),
        ({"anony": "perhaps"}, {"anony": {"perhaps": 1}}),
        ({"conv_metadata": "{'turns': "}, {"conv_metadata": None}),
        ({"turn": "NaN", "tstamp": "NaT", "judge": "NULL", "anony": ""}, {}),
    ],
)
def test_a_cell_that_no_rating_needs_never_costs_a_vote_and_is_counted_by_column_and_value(save, row, nulled):
    ledger = _ledger(save, [{}, row, {}])
    assert (ledger.votes_out, ledger.dropped) == (3, {})
    assert ledger.nulled.keys() == nulled.keys()
    assert all(ledger.nulled[column] == values for column, values in nulled.items() if values)


@pytest.mark.parametrize(
    "talk",
    [[], [{"role": "user", "content": " "}, {"role": "assistant", "content": "x"}], [{"role": "user", "content": "x"}]],
)
def test_a_conversation_without_a_question_or_without_any_answer_is_empty(save, shapes, talk):
    rows = shapes["arena_33k"]
    rows[0] |= {"conversation_a": talk, "conversation_b": talk}
    assert load_votes(save(rows)).ledger.dropped == {"empty conversation": 1}


@pytest.mark.parametrize("kind", ["jsonl", "csv", "parquet"])
def test_a_conversation_that_was_not_released_is_no_empty_one(save, shapes, kind):
    rows = shapes["arena_33k"]
    rows[0] |= {"conversation_a": None, "conversation_b": None}
    votes = load_votes(save(rows, kind))
    assert (votes.ledger.dropped, votes.ledger.nulled) == ({}, {})
    assert votes.table["prompt"].isna().tolist() == [True, False]


def test_one_side_without_an_answer_is_still_a_vote(save, shapes):
    rows = shapes["arena_55k"]
    rows[1]["response_a"] = "[null]"
    assert len(load_votes(save(rows, "csv", "one.dat"))) == 2
    rows[1]["response_b"] = "[null]"
    assert load_votes(save(rows, "csv", "both.dat")).ledger.dropped == {"empty conversation": 1}


def test_a_broken_message_leaves_the_conversation_empty_and_the_vote_in_place(save, shapes):
    rows = shapes["arena_33k"]
    rows[0]["conversation_a"] = ["no role"]
    votes = load_votes(save(rows))
    assert (votes.ledger.dropped, votes.ledger.nulled.keys()) == ({}, {"conversation_a"})
    assert votes.table["prompt"].isna().tolist() == [True, False]


def test_long_answers_under_another_id_are_a_copy_and_short_ones_are_not(save, shapes):
    first = shapes["arena_55k"][0]
    short = [*shapes["arena_55k"], {**first, "id": 99}]
    assert load_votes(save(short, "csv")).ledger.dropped == {}
    long = {"response_a": '["' + "Elbe and Oder. " * 10 + '"]', "response_b": '["' + "Rhine and Main. " * 10 + '"]'}
    rows = [{**first, **long}, {**first, **long, "id": 99}, {**first, **long, "id": 100, "prompt": '["Another?"]'}]
    assert load_votes(save(rows, "csv", "long.dat")).ledger.dropped == {"exact copy of a row": 1}


@pytest.mark.parametrize(
    ("row", "dropped"),
    [
        ({}, 0),
        ({"judge": "j"}, 0),
        ({"tstamp": 1.7e9}, 0),
        ({"judge": "j", "tstamp": 1.7e9}, 1),
        ({"question_id": "q"}, 1),
        ({"response_a": "Elbe"}, 1),
        ({"prompt": "Name a river."}, 0),
    ],
)
def test_equal_rows_are_copies_where_a_row_holds_what_two_votes_cannot_share_by_chance(save, row, dropped):
    vote = {"model_a": "heron", "model_b": "kite", "winner": "tie", **row}
    ledger = load_votes(save([vote, vote, vote | {"model_b": "owl", "question_id": "other"}])).ledger
    assert ledger.dropped == ({"exact copy of a row": dropped} if dropped else {})


def test_an_id_beside_two_different_rows_is_no_id_of_a_vote_and_nothing_is_dropped_for_it(save):
    rows = [{**ROW, "judge": judge, "winner": winner} for judge, winner in (("j", "tie"), ("k", "tie"), ("k", "model_a"))]
    votes = load_votes(save(rows))
    assert votes.table["vote_id"].tolist() == [f"clean_battle-{number:07d}" for number in (1, 2, 3)]
    assert (votes.ledger.dropped, votes.ledger.nulled) == ({}, {})
    assert any("ids of prompts or pairs" in note for note in votes.ledger.notes)


def test_two_marked_outcomes_are_unreadable_and_none_is_missing(save, shapes):
    rows = shapes["arena_55k"]
    rows += [{**rows[0], "id": 1, "winner_model_a": 1}, {**rows[0], "id": 2, "winner_tie": 0}]
    assert load_votes(save(rows, "csv")).ledger.dropped == {"unreadable row": 1, "outcome missing": 1}


def test_dropped_rows_with_several_turns_are_counted_too(save):
    ledger = _ledger(save, [{}, {"anony": False, "turn": 2}, {"anony": False}, {"model_a": None, "turn": 5}])
    assert ledger.multi_turn == {"not anonymous": 1, "model missing": 1}


def test_votes_stay_where_a_release_does_not_say_whether_they_were_anonymous(save):
    assert _ledger(save, [{"anony": None}, {}]).votes_out == 2


def test_votes_with_the_models_in_sight_stay_on_request(save):
    assert _ledger(save, [{"anony": False}, {}], anonymous_only=False).votes_out == 2


def test_unknown_outcomes_are_an_error_with_values_and_counts(save):
    with pytest.raises(
        InputError, match=r"votes\.dat: unknown outcome 'draw' \(2 rows\), 'a' \(1 row\); the known ones are model_a,"
    ):
        _ledger(save, [{"winner": "draw"}, {"winner": "a"}, {}, {"winner": "draw"}])


def test_unknown_outcomes_are_counted_over_all_batches(save):
    rows = [{**ROW, "question_id": f"q{number}", "winner": "draw"} for number in range(9)]
    with pytest.raises(InputError, match=r"'draw' \(9 rows\)"):
        load_votes(save(rows), conversion=Conversion(batch=2))


def test_no_vote_at_all_is_an_error_with_the_reasons(save):
    said = r"votes\.dat: no row is a vote; dropped: 1 same model twice \(row 2, .*\), 1 not anonymous \(row 1, "
    with pytest.raises(InputError, match=said):
        _ledger(save, [{"anony": False}, {"model_b": "heron"}])


def test_no_vote_at_all_for_one_reason_is_too_great_a_loss(save):
    with pytest.raises(InputError, match=r"66\.7 % of the rows \(2 of 3\) would be dropped for one reason: not anonymous"):
        _ledger(save, [{"anony": False}, {"anony": False}, {"model_b": "heron"}])


def test_identity_words_count_anywhere_in_the_conversation(save, shapes):
    rows = shapes["arena_33k"]
    rows[0]["conversation_b"][1]["content"] = "I am Vicuna, trained by LMSYS."
    path = save(rows)
    assert load_votes(path, conversion=Conversion(rules=Cleaning(identity_words=True))).ledger.dropped == {"identity word": 1}
    assert load_votes(path).ledger.dropped == {}
    assert all(word == word.lower() for word in IDENTITY_WORDS)
    assert len(set(IDENTITY_WORDS)) == len(IDENTITY_WORDS)


def test_error_texts_of_the_server_count_in_answers(save, shapes):
    rows = shapes["arena_33k"]
    rows[0]["conversation_b"][1]["content"] = f"**{ERROR_TEXTS[0]}**\n\n(timeout)"
    ledger = load_votes(save(rows), conversion=Conversion(rules=Cleaning(error_texts=True))).ledger
    assert ledger.dropped == {"error text in an answer": 1}


def test_a_judge_has_only_so_many_votes_a_day(save):
    day = 86_400
    rows = [{}, {}, {}, {"judge": "k"}, {"tstamp": ROW["tstamp"] + day}]
    assert _ledger(save, rows, judge_daily_limit=2).dropped == {"over the judge's limit per day": 1}


def test_excluded_models_are_dropped(save):
    assert _ledger(save, [{"model_a": "wren"}, {}], exclude_models=("wren",)).dropped == {"model excluded": 1}


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        ({"identity_words": True}, "does not have"),
        ({"error_texts": True}, "does not have"),
        ({"judge_daily_limit": 1}, "needs judge and time, and no vote of this input has both"),
    ],
)
def test_a_rule_that_the_input_cannot_meet_is_an_error_and_not_ignored(save, rule, said):
    with pytest.raises(InputError, match=said):
        _ledger(save, [{"judge": None}], **rule)


_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "question_id": st.sampled_from(["1", "2", "3", None]),
            "model_a": st.sampled_from(["a", "b", "", None, 5]),
            "model_b": st.sampled_from(["a", "b", "c"]),
            "winner": st.sampled_from(["model_a", "tie", None, "TIE (bothbad)"]),
            "turn": st.sampled_from([0, 1, 2, "x", None]),
            "anony": st.sampled_from([True, False, None, "maybe"]),
            "tstamp": st.sampled_from([1.7e9, None, float("nan"), 1e300]),
        }
    )
    | st.sampled_from([None, 3, []]),
    max_size=25,
)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=_ROWS, batch=st.integers(1, 30))
def test_the_ledger_adds_up_and_batches_change_nothing(save, tmp_path, rows, batch):
    rows = [{**ROW, "question_id": "first"}, *rows]
    path = save(rows)
    tables = []
    for size in (batch, 1000):
        with VoteWriter(tmp_path / "votes.parquet") as writer:
            ledger = convert([path], "votes", Conversion(batch=size), writer)
        tables.append((pq.read_table(tmp_path / "votes.parquet"), ledger))
    (small, ledger), (large, same) = tables
    assert small.equals(large)
    assert ledger == same
    assert ledger.rows_in == len(rows) == ledger.votes_out + sum(ledger.dropped.values())
    assert ledger.votes_out == len(small) == len(set(small["vote_id"].to_pylist()))
    assert all(ledger.multi_turn[reason] <= ledger.dropped[reason] for reason in ledger.multi_turn)
    assert Counter(small["outcome"].to_pylist()).keys() <= {"model_a", "tie", "both_bad"}
