"""Listings, and what stands in for a result that the votes cannot give."""

import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.listing import Listing, Unavailable, attempt, gaps


def _refuse(error: Exception) -> Listing:
    raise error


def test_an_attempt_returns_the_result_itself() -> None:
    listing = Listing(pd.DataFrame({"x": [1]}))
    assert attempt(lambda: listing) is listing


def test_an_attempt_turns_missing_data_into_a_sentence() -> None:
    result = attempt(_refuse, InputError("a board needs two models."))
    assert isinstance(result, Unavailable)
    assert result.sentence == "Not possible with these votes: a board needs two models."
    assert result.plot(top=3) == ""


def test_what_builds_on_an_unavailable_result_is_unavailable_for_the_same_reason() -> None:
    missing = Unavailable("no board")
    assert attempt(lambda board: Listing(board), missing) is missing


def test_an_attempt_does_not_hide_wrong_usage() -> None:
    with pytest.raises(UsageError):
        attempt(_refuse, UsageError("unknown category"))


def test_the_reason_is_said_once_and_escaped_in_html() -> None:
    missing = Unavailable("<script>alert(1)</script>")
    assert missing._repr_html_() == ""
    assert "<script>" not in missing.sentence._repr_html_()


def test_an_empty_listing_shows_nothing() -> None:
    assert Listing(pd.DataFrame(columns=["model"]))._repr_html_() == ""


def test_gaps_say_what_and_why_once() -> None:
    listing = gaps({"coding": "needs is_code", "all votes": "telling all votes from others needs anonymous."})
    assert listing.sentence == (
        "Not possible with these votes: coding needs is_code; telling all votes from others needs anonymous."
    )
    assert gaps({}).sentence == ""
