"""Tallies: the same sums from the engine, from arrays, and from a loop over judges."""

from collections import Counter
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.shares.tallies import (
    PRODUCTS,
    Tally,
    alone,
    count_given_groups,
    count_groups,
    count_judges,
    crowding_of,
    read_judges,
    tallies_by_part,
    tally_of,
    with_judge,
)
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def counted(tally: Tally) -> Counter[tuple[float, float]]:
    """Judges by their votes and hits."""
    found: Counter[tuple[float, float]] = Counter()
    for votes, hits, judges in zip(tally.votes, tally.hits, tally.judges, strict=True):
        found[votes, hits] += judges
    return +found


def drawn(seed: int = 1) -> pd.DataFrame:
    """300 votes of 40 judges and some without, in four groups."""
    rng = np.random.default_rng(seed)
    judge = rng.integers(-3, 40, 300).clip(min=-1)
    return pd.DataFrame({"judge": judge, "hit": rng.random(300) < 0.3, "group": rng.integers(0, 4, 300)})


def by_hand(frame: pd.DataFrame) -> Counter[tuple[float, float]]:
    """A judge after the other; each vote without a judge is one of its own."""
    named = frame[frame["judge"] >= 0].groupby("judge")["hit"].agg(["size", "sum"])
    found = Counter((int(votes), int(hits)) for votes, hits in named.to_numpy())
    return found + Counter((1, int(hit)) for hit in frame.loc[frame["judge"] < 0, "hit"])


def as_votes(votes_of: Make, frame: pd.DataFrame) -> Votes:
    names = [None if judge < 0 else f"judge {judge}" for judge in frame["judge"]]
    turns = pd.array(np.where(frame["hit"], 2, 1), dtype="Int32")
    return votes_of(pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "judge": names, "turns": turns}))


def test_a_tally_counts_judges_by_their_votes_and_hits() -> None:
    frame = drawn()
    tally = tally_of(frame["judge"].to_numpy(), frame["hit"].to_numpy())
    assert counted(tally) == by_hand(frame)
    assert tally.unnamed == (frame["judge"] < 0).sum()
    assert (tally.whole, tally.sum(tally.hits)) == (300, frame["hit"].sum())


def test_the_engine_counts_as_arrays_do(votes_of: Make) -> None:
    frame = drawn(2)
    table = as_votes(votes_of, frame).expression
    table = with_judge(table.mutate(hit=table["turns"] >= 2, single=table["turns"] == 1))
    hits, single = count_judges(table, ["hit", "single"])
    assert counted(hits) == by_hand(frame)
    assert counted(single) == by_hand(frame.assign(hit=~frame["hit"]))
    assert hits.unnamed == (frame["judge"] < 0).sum()


def test_judges_are_numbered_in_the_order_of_the_votes(votes_of: Make) -> None:
    frame = drawn(3)
    numbers = read_judges(as_votes(votes_of, frame))
    assert ((numbers < 0) == (frame["judge"] < 0)).all()
    named = frame.assign(number=numbers)[numbers >= 0]
    assert (named.groupby("judge")["number"].nunique() == 1).all()
    assert named["number"].nunique() == named["judge"].nunique()


def test_votes_without_judges_have_no_numbers(votes_of: Make) -> None:
    frame = drawn(3).assign(judge=-1)
    assert (read_judges(as_votes(votes_of, frame)) == -1).all()


def test_crowding_is_the_mean_over_votes_of_their_judges_votes_in_the_group() -> None:
    frame = drawn(4)
    number = np.where(frame["judge"] < 0, 1_000 + frame.index, frame["judge"])
    cast = frame.assign(number=number).groupby(["group", "number"])["hit"].transform("size")
    expected = cast.groupby(frame["group"]).mean()
    assert crowding_of(frame["judge"].to_numpy(), frame["group"].to_numpy(), 5) == pytest.approx([*expected, 1.0])


def test_tallies_by_part_are_those_of_each_part_alone() -> None:
    frame = drawn(5)
    judge, part = frame["judge"].to_numpy(), frame["group"].to_numpy() - 1
    for number, tally in enumerate(tallies_by_part(judge, part, 4)):
        expected = tally_of(judge, part == number)
        assert counted(tally) == counted(expected)
        assert tally.unnamed == expected.unnamed


def test_sums_of_groups_equal_a_loop_over_judges() -> None:
    frame = drawn(6)
    found = count_given_groups(*(frame[name].to_numpy() for name in ("judge", "hit", "group"))).set_index("group")
    frame["judge"] = np.where(frame["judge"] < 0, 1_000 + frame.index, frame["judge"])
    for group, row in found.iterrows():
        sums = dict.fromkeys(PRODUCTS, 0)
        for judge in frame["judge"].unique():
            own = frame[frame["judge"] == judge]
            inside = own[own["group"] == group]
            counts = {"a": len(inside), "y": inside["hit"].sum(), "n": len(own), "x": own["hit"].sum()}
            for name in PRODUCTS:
                sums[name] += counts[name[0]] * counts[name[1]]
        assert row[list(PRODUCTS)].to_dict() == sums
        assert row["votes"] == (frame["group"] == group).sum()


def test_a_vote_may_be_in_several_groups(votes_of: Make) -> None:
    table = as_votes(votes_of, pd.DataFrame({"judge": [1, 1, 2], "hit": [True, False, True]})).expression
    table = with_judge(table.mutate(hit=table["turns"] >= 2))
    twice = table.mutate(group=table["model_a"]).union(table.mutate(group=table["model_b"]))
    found = count_groups(table, twice).set_index("group")
    assert found["votes"].to_dict() == {"a": 3, "b": 3}
    assert found["an"].to_dict() == {"a": 5, "b": 5}  # 2 · 2 of the first judge, 1 of the second


def test_tallies_of_different_judges_add_up() -> None:
    both = tally_of(np.array([0, 0, 1]), np.array([True, False, True])).with_others(alone(4, 1))
    assert counted(both) == Counter({(2, 1): 1, (1, 1): 2, (1, 0): 3})
    assert both.unnamed == 4
