"""Reasons for which rows were dropped more often, or more seldom."""

import pytest

from analysis.changes.rows import row_changes
from analysis.votes.ledger import Ledger, Reason


def ledger(votes: int, **dropped: int) -> Ledger:
    return Ledger("votes", "made", votes + sum(dropped.values()), votes, dropped)


def test_rows_that_came_are_held_against_the_earlier_ones() -> None:
    before, now = ledger(9_900, damaged=100), ledger(10_800, damaged=200)
    (nested,) = row_changes(before, now, nested=True).looked
    (apart,) = row_changes(before, now, nested=False).looked
    assert nested.p_value < 1e-10
    assert nested.p_value < apart.p_value
    assert nested.what == "Rows dropped as “damaged”: 1.00 % → 1.82 % (100 → 200)."


def test_the_same_share_of_more_rows_is_no_change() -> None:
    (one,) = row_changes(ledger(990, damaged=10), ledger(1_980, damaged=20), nested=True).looked
    assert one.p_value == pytest.approx(1.0)
    assert not one.told


def test_fewer_rows_of_a_kind_than_before_are_another_file() -> None:
    (one,) = row_changes(ledger(900, damaged=100), ledger(1_950, damaged=50), nested=True).looked
    assert one.p_value < 1e-6


def test_events_that_never_were_votes_are_no_loss() -> None:
    other = {Reason.OTHER_EVENT: 5_000}
    assert row_changes(Ledger("v", "r", 5_100, 100, other), Ledger("v", "r", 200, 200, {}), nested=True).looked == ()


def test_no_rows_dropped_is_said() -> None:
    assert row_changes(ledger(100), ledger(200), nested=True).part.sentence == "No row was dropped, then or now."
