"""Pair counts: folding sides, thinning, groups, and one scan for many categories."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.categories.categories import CATEGORIES
from analysis.errors import InputError
from analysis.ratings.pairs import PairCounts, count_pairs, pair_counts
from analysis.votes.table import Votes

ROWS = pd.DataFrame(
    [
        ("a", "b", "model_a", 3),
        ("b", "a", "model_a", 2),
        ("b", "a", "model_b", 5),
        ("a", "c", "tie", 4),
        ("c", "a", "both_bad", 1),
    ],
    columns=["model_a", "model_b", "outcome", "votes"],
)


def folded(rows: pd.DataFrame = ROWS) -> PairCounts:
    return pair_counts(["a", "b", "c"], rows)[0]


def test_both_sides_of_a_pair_fold_into_one_row() -> None:
    assert folded().table.to_numpy().tolist() == [["a", "b", 8, 2, 0, 0], ["a", "c", 0, 0, 4, 1]]


def test_swapping_the_sides_of_every_vote_changes_nothing() -> None:
    swap = {"model_a": "model_b", "model_b": "model_a", "tie": "tie", "both_bad": "both_bad"}
    swapped = ROWS.rename(columns={"model_a": "model_b", "model_b": "model_a"}).assign(outcome=ROWS["outcome"].map(swap))
    pd.testing.assert_frame_equal(folded(swapped).table, folded().table)


def test_votes_by_model_count_each_vote_for_both_models() -> None:
    pairs = folded()
    assert pairs.votes == 15
    assert pairs.votes_by_model.tolist() == [15, 10, 5]


def test_thinning_keeps_about_the_share_asked_for_and_no_cell_grows() -> None:
    pairs = folded(ROWS.assign(votes=ROWS["votes"] * 1000))
    thin = pairs.thin(0.14, np.random.default_rng(1))
    assert (thin.counts <= pairs.counts).all()
    assert thin.votes == pytest.approx(0.14 * pairs.votes, rel=0.05)


def test_a_model_that_only_won_is_a_group_of_its_own() -> None:
    rows = pd.DataFrame([("a", "b", "model_a", 3), ("b", "c", "tie", 1)], columns=["model_a", "model_b", "outcome", "votes"])
    groups = folded(rows).groups
    assert groups[1] == groups[2] != groups[0]


def islands(*rows: tuple[str, str, str, int]) -> list[list[str]]:
    frame = pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "votes"])
    (pairs,) = pair_counts(sorted({*frame["model_a"], *frame["model_b"]}), frame)
    return [[pairs.models[place] for place in island] for island in pairs.islands]


def test_groups_come_in_the_order_of_their_own_votes() -> None:
    small, large = ("x", "y", "tie", 4), [("a", "b", "tie", 1), ("b", "c", "tie", 2)]
    assert islands(small, *large) == [["x", "y"], ["a", "b", "c"]]
    # Votes against models of another group, which only lost, are votes of neither group.
    assert islands(small, *large, ("a", "x", "model_a", 9)) == [["x", "y"], ["a", "b", "c"]]


def test_groups_of_equal_votes_come_by_size_and_then_by_name() -> None:
    assert islands(("a", "b", "tie", 4), ("x", "y", "tie", 2), ("y", "z", "tie", 2)) == [["x", "y", "z"], ["a", "b"]]
    assert islands(("x", "y", "tie", 4), ("b", "a", "tie", 4)) == [["a", "b"], ["x", "y"]]


def test_a_model_alone_is_no_island_and_no_models_have_none() -> None:
    assert islands(("a", "b", "model_a", 4)) == []
    assert folded().keep(np.array([], dtype=np.int64)).islands == ()


def test_keeping_some_models_drops_their_pairs_with_others() -> None:
    kept = folded().keep([0, 2])
    assert kept.models == ("a", "c")
    assert kept.votes == 5


def test_one_scan_counts_every_category_as_a_scan_of_its_own_would(votes_of: Callable[..., Votes]) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "model_a": rng.choice(["a", "b"], 300),
            "model_b": rng.choice(["c", "d"], 300),
            "outcome": rng.choice(["model_a", "model_b", "tie", "both_bad"], 300),
            "turns": rng.integers(1, 5, 300),
            "language": rng.choice(["English", "Russian"], 300),
        }
    )
    names = ["overall", "multi_turn", "turns_3", "english", "exclude_ties"]
    together = count_pairs(votes_of(frame), {name: CATEGORIES[name] for name in names})
    rule = {
        "overall": slice(None),
        "multi_turn": frame["turns"] >= 2,
        "turns_3": frame["turns"] == 3,
        "english": frame["language"] == "English",
        "exclude_ties": frame["outcome"].isin(["model_a", "model_b"]),
    }
    for name in names:
        alone = count_pairs(votes_of(frame[rule[name]] if name != "overall" else frame), {"overall": CATEGORIES["overall"]})[
            "overall"
        ]
        pd.testing.assert_frame_equal(together[name].table, alone.table)


def test_a_category_names_the_column_that_the_votes_lack(votes_of: Callable[..., Votes]) -> None:
    votes = votes_of(pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"]}))
    with pytest.raises(InputError, match="category Multi-turn needs turns"):
        count_pairs(votes, {"multi_turn": CATEGORIES["multi_turn"]})
