"""The loaded votes: what they offer to every analysis."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.votes.ledger import Ledger
from analysis.votes.table import SIMULATED, Votes


@pytest.fixture
def frame():
    return pd.DataFrame(
        {"model_a": ["a", "b", "c"], "model_b": ["b", "c", "a"], "outcome": ["tie", "model_a", "model_b"], "turns": [1, 2, None]}
    )


def test_the_table_has_a_row_per_vote_and_times_in_utc(votes_of, frame):
    votes = votes_of(frame.assign(time=pd.Timestamp("2024-07-01", tz="UTC")))
    assert len(votes) == len(votes.table) == 3
    assert str(votes.table["time"].dt.tz) == "UTC"


def test_available_columns_are_those_with_a_value(votes_of, frame):
    votes = votes_of(frame)
    assert votes.available == {"vote_id", "release", "model_a", "model_b", "outcome", "turns"}


def test_an_analysis_that_needs_more_says_what_is_missing(votes_of, frame):
    votes = votes_of(frame)
    votes.need("a board", "model_a", "turns")
    with pytest.raises(InputError, match="a share by month needs times, which made for a test does not have"):
        votes.need("a share by month", "turns", "time")


def test_simulated_votes_say_so_even_among_others(votes_of, frame):
    votes = votes_of(frame.assign(release=["x", SIMULATED, "x"]))
    assert votes.simulated
    assert votes.releases == (SIMULATED, "x")
    assert not votes_of(frame).simulated


def test_the_sentence_gives_rows_in_votes_out_and_reasons(tmp_path):
    votes = Votes(tmp_path, Ledger("s", "r", 1200, 1198, {"not anonymous": 2}))
    assert str(votes.sentence) == "1,200 rows came in and 1,198 votes came out; dropped: 2 not anonymous."
    assert str(Votes(tmp_path, Ledger("s", "r", 1, 1)).sentence).endswith("no row was dropped.")


def test_the_sentence_and_the_display_carry_the_warning(votes_of, frame):
    votes = votes_of(frame)
    lossy = replace(votes, ledger=Ledger("s", "r", 4, 3, {"same model twice": 1}, examples={"same model twice": "<b>row 2</b>"}))
    said = "25.0 % of the rows (1 of 4) are not in these numbers: same model twice (1 row, such as <b>row 2</b>)."
    assert str(lossy.sentence).endswith(f"dropped: 1 same model twice. {said}")
    assert lossy.warning == said
    assert "such as &lt;b&gt;row 2&lt;/b&gt;)." in lossy._repr_html_()
    assert votes.warning == ""
    assert "not in these numbers" not in votes._repr_html_()


def test_a_notebook_shows_the_first_votes_and_says_how_many_there_are(votes_of, frame):
    many = votes_of(pd.concat([frame] * 10))
    assert "Votes: the first 20 of 30" in many._repr_html_()
    assert many._repr_html_().count("<tr") == 21
    assert "the first" not in votes_of(frame)._repr_html_()
