"""The list of categories: all of them, what they need, and how many votes each has."""

from collections.abc import Callable

import pandas as pd

import analysis as arena
from analysis.categories.categories import CATEGORIES, FAMILIES, find_category
from analysis.votes.table import Votes


def test_every_category_and_every_family_is_listed() -> None:
    table = arena.categories().table
    assert list(table["category"][: len(CATEGORIES)]) == list(CATEGORIES)
    assert [name.partition(":")[0] for name in table["category"][len(CATEGORIES) :]] == list(FAMILIES)
    assert list(table.columns) == ["category", "label", "meaning", "needs"]
    assert table.set_index("category").loc["coding", "needs"] == "code"


def test_an_example_of_a_family_is_a_category() -> None:
    for name in arena.categories().table["category"]:
        if not name.startswith(("topic:", "exposed:", "unexposed:")):
            assert find_category(name).name


def test_votes_are_counted_where_they_can_be(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    frame = pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "turns": [1, 1, 1, 2, None]})
    found = arena.categories(votes_of(frame))
    table = found.table.set_index("category")
    assert table.loc[["overall", "single_turn", "multi_turn", "exclude_ties"], "votes"].tolist() == [5, 3, 1, 0]
    assert table.loc["single_turn", "share"] == 0.6
    assert table["votes"].isna()["coding"]
    assert "these votes cannot tell" in found.sentence
    assert "Coding" in found.sentence


def test_all_votes_of_the_sample_can_be_told() -> None:
    table = arena.categories("sample").table
    assert table["votes"][: len(CATEGORIES)].notna().all()
    assert arena.categories("sample").simulated
