"""Tiers: what is clear, possible and noise among many things that were looked at."""

import math

import numpy as np
import pandas as pd
import pytest

from analysis.changes.change import CLEAR, POSSIBLE
from analysis.changes.tiers import Looked, drawn_p_values, errors, fact, family, tiered
from analysis.results.listing import Listing

PART = Listing(pd.DataFrame())


def looked(kind: str, *p_values: float) -> list[Looked]:
    return [Looked(kind, f"{kind} {place}", "It moved.", p_value) for place, p_value in enumerate(p_values)]


def test_clear_is_corrected_for_all_that_was_looked_at_of_its_kind() -> None:
    changes, folded = tiered([family(looked("rating", 1e-6, 0.001, 0.04, *[0.5] * 57), PART)])
    assert [(change.subject, change.tier) for change in changes] == [
        ("rating 0", CLEAR),
        ("rating 1", CLEAR),
        ("rating 2", POSSIBLE),
    ]
    assert folded == 57


def test_one_number_of_its_own_kind_is_not_clear_for_being_alone() -> None:
    """Looked at alone a share has a p-value of 3 %; with five other kinds beside it that is no news."""
    others = [family(looked(kind, 0.5), PART) for kind in ("rating", "rank", "class", "claim", "topic")]
    changes, _ = tiered([family(looked("share", 0.03), PART), *others])
    assert [change.tier for change in changes] == [POSSIBLE]
    changes, _ = tiered([family(looked("share", 0.001), PART), *others])
    assert [change.tier for change in changes] == [CLEAR]


def test_facts_come_first_and_the_furthest_of_a_tier_before_the_nearer() -> None:
    parts = [family(looked("rating", 0.001, 1e-9), PART), family([], PART, [fact("model", "new one", "It is new.")])]
    changes, _ = tiered(parts)
    assert [change.subject for change in changes] == ["new one", "rating 1", "rating 0"]
    assert math.isinf(changes[0].errors)


def test_what_did_not_change_counts_among_those_looked_at_and_is_not_told() -> None:
    stayed = [Looked("claim", f"stayed {place}", "", 0.5, told=False) for place in range(19)]
    changes, folded = tiered([family([Looked("claim", "turned", "It turned.", 0.004), *stayed], PART)])
    assert [(change.subject, change.tier) for change in changes] == [("turned", POSSIBLE)]
    assert folded == 0


def test_nothing_looked_at_is_nothing_changed() -> None:
    assert tiered([]) == ((), 0)


def test_errors_are_those_of_a_two_sided_test_and_finite() -> None:
    assert errors(0.05) == pytest.approx(1.96, abs=0.001)
    assert math.isfinite(errors(0.0))


def test_p_values_of_whole_numbers_count_the_draws_that_lie_as_far_out() -> None:
    drawn = np.array([[1, 5]] * 90 + [[2, 5]] * 9)
    assert drawn_p_values(np.array([2, 5]), drawn) == pytest.approx([2 * 10 / 100, 1.0])
    assert drawn_p_values(np.array([3, 9]), drawn) == pytest.approx([2 / 100, 2 / 100])


def test_where_nothing_changed_something_is_clear_in_one_of_twenty_at_most() -> None:
    rng = np.random.default_rng(1)
    sizes = {"rating": 60, "rank": 60, "share": 1, "claim": 20, "topic": 25, "rows": 3}
    rounds = [tiered([family(looked(kind, *rng.random(size)), PART) for kind, size in sizes.items()])[0] for _ in range(400)]
    assert np.mean([any(change.tier == CLEAR for change in changes) for changes in rounds]) <= 0.08
