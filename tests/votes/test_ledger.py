"""The cleaning ledger adds up and survives its file."""

import json
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.votes.ledger import ASKED_FOR, NOTABLE, Ledger, Loss, Reason, check_loss


def test_rows_that_are_unaccounted_for_are_refused():
    with pytest.raises(ValueError, match="the ledger of votes does not add up: 3 rows"):
        Ledger("votes", "r", rows_in=10, votes_out=5, dropped={"model missing": 2})


def test_reasons_stand_in_order_of_their_counts():
    ledger = Ledger.close("votes", "r", 10, 4, Counter({"model missing": 1, "not anonymous": 5}))
    assert list(ledger.dropped.items()) == [("not anonymous", 5), ("model missing", 1)]


def test_the_table_runs_from_rows_in_to_votes_out_with_shares_of_the_rows_in():
    table = Ledger("votes", "r", 10, 8, {"model missing": 2}).table
    assert table["step"].tolist() == ["rows in", "model missing", "votes out"]
    assert table["share"].tolist() == [1.0, 0.2, 0.8]


def test_a_ledger_reads_back_as_it_was_written(tmp_path):
    more = {"examples": {"not anonymous": "row 1"}, "nulled": {"time": {"x": 2}}}
    ledger = Ledger("votes", "r", 10, 8, {"not anonymous": 2}, {"not anonymous": 1}, ("turns",), ("Ä note.",), **more)
    ledger.write(tmp_path / "l.json")
    assert Ledger.read(tmp_path / "l.json") == ledger


@pytest.mark.parametrize("content", ["", "[]", "{}", '{"rows_in": 1}', '{"derived": [], "notes": [], "what": 1}'])
def test_a_damaged_ledger_names_its_file_and_what_to_do(tmp_path, content):
    path = tmp_path / "l.json"
    path.write_text(content)
    with pytest.raises(InputError, match=r"l\.json: not a cleaning ledger .*delete it"):
        Ledger.read(path)


def test_a_ledger_that_was_tampered_with_is_refused(tmp_path):
    Ledger("votes", "r", 10, 10).write(tmp_path / "l.json")
    text = (tmp_path / "l.json").read_text().replace('"votes_out": 10', '"votes_out": 9')
    (tmp_path / "l.json").write_text(text)
    with pytest.raises(InputError, match="does not add up"):
        Ledger.read(tmp_path / "l.json")


def test_a_reason_above_one_per_cent_is_a_loss_and_one_at_it_is_not():
    ledger = Ledger(
        "votes", "r", 1000, 979, {"same model twice": 11, "model missing": 10}, examples={"same model twice": "row 3"}
    )
    assert ledger.losses == (Loss("same model twice", 11, 0.011, "row 3"),)
    assert Ledger("votes", "r", 1000, 990, {"model missing": 10}).losses == ()


def test_the_warning_says_how_much_is_missing_why_and_shows_one():
    dropped = {"same model twice": 1134, "model missing": 98, "outcome missing": 2}
    examples = {"same model twice": "row 17, column model_b: 'gpt-4'", "outcome missing": "row 9"}
    assert str(Ledger("votes", "r", 9931, 8697, dropped, examples=examples).warning) == (
        "12.4 % of the rows (1,234 of 9,931) are not in these numbers: same model twice "
        "(1,134 rows, such as row 17, column model_b: 'gpt-4'); other reasons (100 rows)."
    )


@pytest.mark.parametrize("dropped", [{}, {"model missing": 10}, {"other event of the log": 900}])
def test_there_is_no_warning_where_nothing_notable_is_lost(dropped):
    ledger = Ledger("votes", "r", 1000, 1000 - sum(dropped.values()), dropped)
    assert ledger.warning == ""
    check_loss(ledger, allow_loss=False)


def test_other_events_of_a_log_are_not_among_the_rows_that_a_share_is_of():
    ledger = Ledger("log", "r", 1000, 60, {"other event of the log": 900, "same model twice": 40})
    assert ledger.candidates == 100
    said = "40.0 % of the rows that could be votes (40 of 100) are not in these numbers: same model twice (40 rows)."
    assert ledger.warning == said


def test_the_largest_loss_stands_first_however_the_file_had_them():
    ledger = Ledger("votes", "r", 10, 5, {"model missing": 2, "not anonymous": 3})
    assert [loss.reason for loss in ledger.losses] == ["not anonymous", "model missing"]


def test_what_a_warning_quotes_is_short_and_harmless():
    ledger = Ledger("v", "r", 2, 1, {"x\x1b[2J": 1}, examples={"x\x1b[2J": "\x1b]0;title\x07" + "a" * 500})
    assert "\x1b" not in ledger.warning
    assert "\x07" not in ledger.warning
    assert len(ledger.warning) < 250


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        (Reason.SAME_MODEL, "--column model_a=THEIRS"),
        (Reason.NO_OUTCOME, "--column outcome=THEIRS"),
        (Reason.NOT_ANONYMOUS, "--keep-not-anonymous"),
        (Reason.EXACT_COPY, "mend the file"),
        ("a reason of an older version", "mend the file"),
    ],
)
def test_more_than_half_for_one_reason_is_an_error_that_says_what_to_do(reason, remedy):
    ledger = Ledger("v.csv", "r", 100, 49, {reason: 51}, examples={reason: "row 2, column winner: 'x'"})
    with pytest.raises(InputError) as caught:
        check_loss(ledger, allow_loss=False)
    line = str(caught.value)
    assert line.startswith(
        f"v.csv: 51.0 % of the rows (51 of 100) would be dropped for one reason: {reason} (51 rows, such as row 2"
    )
    assert remedy in line
    assert "--allow-loss" in line
    assert "\n" not in line
    check_loss(ledger, allow_loss=True)


def test_half_is_not_more_than_half_and_two_reasons_are_not_one():
    check_loss(Ledger("v", "r", 10, 5, {"same model twice": 5}), allow_loss=False)
    check_loss(Ledger("v", "r", 10, 2, {"same model twice": 4, "model missing": 4}), allow_loss=False)


@pytest.mark.parametrize("reason", sorted(ASKED_FOR))
def test_what_the_user_asked_to_drop_is_said_and_no_error(reason):
    ledger = Ledger("v", "r", 10, 1, {reason: 9})
    check_loss(ledger, allow_loss=False)
    assert reason in ledger.warning


def test_cells_that_could_not_be_read_are_named_by_column_and_value():
    nulled = {"language": {"qq": 1, "xx1": 2}, "time": {"NaT": 80}, "judge": {"…": 4, "a": 1, "b": 2, "c": 3, "d": 1}}
    ledger = Ledger("v", "r", 200, 200, nulled=nulled)
    assert str(ledger.empty_cells_sentence) == (
        "language: 3 cells could not be read and are empty: 'xx1' (2), 'qq' (1); "
        "time: 80 cells could not be read and are empty: 'NaT' (80); "
        "judge: 11 cells could not be read and are empty: 'c' (3), 'b' (2), 'a' (1), 5 more."
    )
    assert ledger.empty_cells["value"].tolist() == ["xx1", "qq", "NaT", "c", "b", "a", "d", "…"]
    assert ledger.warning == ""


def test_one_cell_is_not_many_and_no_cell_is_no_sentence():
    assert (
        "turns: 1 cell could not be read and is empty: 'x␛' (1)."
        in Ledger("v", "r", 1, 1, nulled={"turns": {"x\x1b": 1}}).empty_cells_sentence
    )
    assert Ledger("v", "r", 1, 1).empty_cells_sentence == ""
    assert list(Ledger("v", "r", 1, 1).empty_cells.columns) == ["column", "value", "cells"]


def test_a_ledger_written_before_there_were_examples_is_read(tmp_path):
    old = '{"source": "s", "release": "r", "rows_in": 2, "votes_out": 1, "dropped": {"repeated id": 1}, "multi_turn": {},'
    (tmp_path / "l.json").write_text(old + '"derived": [], "notes": []}')
    ledger = Ledger.read(tmp_path / "l.json")
    assert (ledger.examples, ledger.nulled) == ({}, {})
    assert "repeated id (1 row)." in ledger.warning


@pytest.mark.parametrize(
    "fields",
    [
        {"dropped": []},
        {"dropped": {"x": "1"}},
        {"dropped": {"x": -1, "y": 3}},
        {"nulled": {"time": {"x": None}}},
        {"nulled": []},
        {"examples": ["x"]},
        {"notes": 3},
    ],
)
def test_a_ledger_with_values_of_other_kinds_is_refused(tmp_path, fields):
    path = tmp_path / "l.json"
    Ledger("votes", "r", 10, 8, {"not anonymous": 2}).write(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | fields))
    with pytest.raises(InputError, match=r"l\.json: not a cleaning ledger"):
        Ledger.read(path)


def test_what_was_lost_before_stays_lost_when_votes_are_converted_again():
    first = Ledger("a.csv", "r", 10, 8, {"same model twice": 2}, {"same model twice": 1}, examples={"same model twice": "row 1"})
    again = Ledger("a.parquet", "r", 8, 5, {"model excluded": 3}, nulled={"time": {"x": 1}}).after([first])
    assert (again.rows_in, again.votes_out) == (10, 5)
    assert again.dropped == {"model excluded": 3, "same model twice": 2}
    assert again.multi_turn == {"same model twice": 1}
    assert "such as row 1" in again.warning
    assert first.after([]) == first


@given(st.dictionaries(st.sampled_from([*Reason, "unknown"]), st.integers(0, 300)), st.integers(0, 300))
def test_losses_are_what_their_shares_say_and_add_up(dropped, votes_out):
    ledger = Ledger("v", "r", sum(dropped.values()) + votes_out, votes_out, dropped)
    assert all(loss.rows == dropped[loss.reason] and NOTABLE < loss.share <= 1 for loss in ledger.losses)
    assert bool(ledger.warning) == bool(ledger.losses)
    assert Reason.OTHER_EVENT not in {loss.reason for loss in ledger.losses}
