"""Listings, and what stands in for a result that the votes cannot give."""

import pandas as pd

from analysis.results.listing import Listing, Unavailable, gaps


def test_what_is_unavailable_says_why_and_draws_nothing() -> None:
    missing = Unavailable("a board needs two models.")
    assert missing.sentence == "Not possible with these votes: a board needs two models."
    assert missing.table.to_dict("list") == {"why": ["a board needs two models."]}
    assert missing.plot(top=3) == ""
    assert missing.without == {}


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
