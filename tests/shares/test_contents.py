"""Contents: counts per group, the ledger with its notes, and the columns a release lacks."""

from dataclasses import replace

import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.shares.contents import cleaning, counts, coverage, empty_cells, losses, one_vote, overview, sides
from analysis.votes.ledger import Ledger
from analysis.votes.provenance import provenance


@pytest.fixture
def votes(votes_of):
    return votes_of(
        pd.DataFrame(
            {
                "model_a": ["a", "a", "b"],
                "model_b": ["b", "c", "c"],
                "outcome": ["tie", "model_a", "model_a"],
                "language": ["English", None, "English"],
                "time": pd.to_datetime(["2024-06-30", "2024-07-01", "2024-07-02"], utc=True),
            }
        )
    )


def test_counts_are_of_all_votes_and_the_largest_group_comes_first(votes) -> None:
    table = counts(votes, "language").table
    assert table.to_dict("list") == {"group": ["English", "not given"], "votes": [2, 1], "share": [2 / 3, 1 / 3]}


def test_months_run_forward(votes) -> None:
    assert counts(votes, "month").table["group"].tolist() == ["2024-06", "2024-07"]


def test_counting_by_a_column_the_votes_lack_is_refused(votes) -> None:
    with pytest.raises(InputError, match="counting votes by judge needs judges"):
        counts(votes, "judge")


def test_the_overview_counts_models_and_gives_the_period(votes) -> None:
    sentence = overview(votes).sentence
    assert sentence.startswith("There are 3 votes between 3 models, cast from 2024-06-30 to 2024-07-02.")
    assert "simulated" not in sentence


@pytest.mark.parametrize(("name", "words"), [("pair_counts", "pair counts"), ("flat", "a table of no known release")])
def test_the_overview_names_releases_in_words(votes_of, name: str, words: str) -> None:
    frame = pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"], "release": [name]})
    listing = overview(votes_of(frame))
    assert listing.sentence.endswith(f"Release: {words}.")
    assert listing.table.set_index("item")["value"]["releases"] == words


def test_simulated_votes_are_called_so(votes_of) -> None:
    frame = pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"], "release": ["simulated"]})
    assert "nobody cast them" in overview(votes_of(frame)).sentence


def test_the_cleaning_table_adds_up_and_the_notes_are_told(votes) -> None:
    ledger = Ledger("x", "x", 5, 3, {"empty conversation": 2}, derived=("tokens_a",), notes=("A note.",))
    listing = cleaning(replace(votes, ledger=ledger))
    rows = listing.table.set_index("step")["rows"]
    assert rows["rows in"] == rows["votes out"] + rows["empty conversation"]
    assert "2 empty conversation" in listing.sentence
    assert "A note." in listing.sentence
    assert "tokens a" in listing.sentence


def test_losses_are_listed_with_their_example(votes) -> None:
    lossy = replace(votes, ledger=Ledger("x", "x", 4, 3, {"model missing": 1}, examples={"model missing": "row 2"}))
    assert losses(lossy).table.to_dict("records") == [{"reason": "model missing", "rows": 1, "share": 0.25, "example": "row 2"}]
    assert losses(lossy).sentence == lossy.warning
    assert list(losses(votes).table.columns) == ["reason", "rows", "share", "example"]
    assert losses(votes).sentence == "No reason took more than 1 % of the rows."


def test_cells_that_could_not_be_read_are_listed(votes) -> None:
    holed = replace(votes, ledger=Ledger("x", "x", 3, 3, nulled={"language": {"xx1": 1}}))
    assert empty_cells(holed).table.to_dict("list") == {"column": ["language"], "value": ["xx1"], "cells": [1]}
    assert "'xx1' (1)" in empty_cells(holed).sentence
    assert empty_cells(votes)._repr_html_() == ""
    assert "could be read" in empty_cells(votes).sentence


def test_every_notebook_carries_the_warning_where_it_says_what_it_is_made_of(votes) -> None:
    lossy = replace(votes, ledger=Ledger("x", "x", 4, 3, {"model missing": 1}))
    assert provenance(lossy).sentence.endswith(lossy.warning)
    assert "not in these numbers" not in provenance(votes).sentence


def test_coverage_names_missing_columns_and_the_categories_they_close(votes) -> None:
    listing = coverage(votes)
    assert listing.table.set_index("column")["votes"]["language"] == 2
    assert "session turns, judge" in listing.sentence
    assert "Coding" in listing.sentence


def test_provenance_names_the_fingerprint_and_the_versions(votes) -> None:
    table = provenance(votes).table.set_index("item")["value"]
    assert table["fingerprint"] == votes.fingerprint
    assert table["votes"] == "3"
    assert table["numpy"].count(".") >= 2


def test_one_vote_is_shown_whole_and_is_one_of_two_turns_where_there_is_one(votes_of) -> None:
    frame = pd.DataFrame({"model_a": ["a", "b", "c"], "model_b": ["d"] * 3, "outcome": ["tie"] * 3, "turns": [1, 2, 5]})
    table = one_vote(votes_of(frame)).table.set_index("column")["value"]
    assert table[["model_a", "model_b", "outcome", "turns"]].to_dict() == {
        "model_a": "b",
        "model_b": "d",
        "outcome": "tie",
        "turns": "2",
    }
    assert "language" not in table


def test_left_and_right_are_held_against_an_even_coin(votes_of) -> None:
    """Of 100 flips 61 heads have p = 0.035, 60 have 0.057 (exact, two-sided)."""
    for left, words in ((61, "chose the left one: more often than chance allows (p = 0.035"), (60, "no more often than chance")):
        outcome = ["model_a"] * left + ["model_b"] * (100 - left) + ["tie"] * 50
        found = sides(votes_of(pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": outcome})))
        assert found.sentence.startswith("Of 100 votes that chose a side")
        assert words in found.sentence
        assert found.table["votes"].tolist() == [left, 100 - left]


def test_votes_that_chose_no_side_have_none_to_compare(votes_of) -> None:
    with pytest.raises(InputError, match="chose a side"):
        sides(votes_of(pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"]})))
