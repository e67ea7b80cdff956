"""The cleaning ledger adds up and survives its file."""

from collections import Counter

import pytest

from analysis.errors import InputError
from analysis.ledger import Ledger


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
    ledger = Ledger("votes", "r", 10, 8, {"not anonymous": 2}, {"not anonymous": 1}, ("turns",), ("Ä note.",))
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
