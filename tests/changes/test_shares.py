"""The multi-turn share, then and now."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.changes.overlap import overlap
from analysis.changes.shares import share_changes
from analysis.errors import InputError
from analysis.votes.table import Votes

Maker = Callable[[pd.DataFrame], Votes]


def frame(size: int, several: int, name: str = "vote") -> pd.DataFrame:
    turns = np.where(np.arange(size) < several, 2, 1)
    made = {"vote_id": [f"{name} {number}" for number in range(size)], "turns": turns}
    return pd.DataFrame(made | {"model_a": "a", "model_b": "b", "outcome": "tie"})


def test_new_votes_are_held_against_the_earlier_ones(votes_of: Maker) -> None:
    """Of 1,000 earlier votes 140, of 1,000 new ones 280: two proportions, and no part of either is in the other."""
    earlier = votes_of(frame(1_000, 140))
    later = votes_of(pd.concat([frame(1_000, 140), frame(1_000, 280, "new")]))
    (one,) = share_changes(overlap(earlier, later), earlier, later).looked
    error = np.sqrt(0.14 * 0.86 / 1_000 + 0.28 * 0.72 / 1_000)
    assert one.what.startswith("Multi-turn: 28.0 % of 1,000 new votes, 14.0 % of the earlier ones (+14.0 percentage points")
    assert one.what.endswith("of all votes 14.0 % → 21.0 %.")
    assert (one.earlier, one.later) == (0.14, 0.21)
    assert one.p_value < 1e-12
    assert 0.14 / error > 7


def test_votes_that_are_gone_are_held_against_those_kept(votes_of: Maker) -> None:
    whole = frame(1_000, 200)
    earlier, later = votes_of(whole), votes_of(whole.iloc[100:])
    (one,) = share_changes(overlap(earlier, later), earlier, later).looked
    assert one.what.startswith("Multi-turn: 100.0 % of 100 gone votes, 11.1 % of the kept ones")
    assert one.subject == "multi-turn, gone"


def test_the_same_votes_have_no_test(votes_of: Maker) -> None:
    votes = votes_of(frame(100, 14))
    found = share_changes(overlap(votes, votes), votes, votes)
    assert found.looked == ()
    assert found.part.sentence == "No vote is new and none is gone: the share is the same."
    assert found.part.table["group"].tolist() == ["earlier edition", "this edition", "kept votes"]


def test_habits_of_judges_make_the_difference_less_sure(votes_of: Maker) -> None:
    """A hundred judges who either always go on or never do: as many votes say far less."""
    rng = np.random.default_rng(1)
    judge = np.repeat(np.arange(100), 20)
    made = frame(2_000, 0).assign(
        judge=[f"judge {number}" for number in judge], turns=np.where(rng.random(100) < 0.3, 2, 1)[judge]
    )
    alone = made.drop(columns="judge")
    p_values = []
    for some in (made, alone):
        earlier, later = votes_of(some.head(1_000)), votes_of(some)
        (one,) = share_changes(overlap(earlier, later), earlier, later).looked
        p_values.append(one.p_value)
    assert p_values[0] > p_values[1]


def test_votes_without_turns_have_no_share(votes_of: Maker) -> None:
    votes, without = votes_of(frame(50, 5)), votes_of(frame(50, 5).drop(columns="turns"))
    with pytest.raises(InputError, match="the earlier votes have no turn counts"):
        share_changes(overlap(without, votes), without, votes)
