"""Categories joined by ` & `."""

from collections.abc import Callable

import pandas as pd
import pytest

from analysis.categories.categories import find_category
from analysis.categories.conjunctions import joined_name, rule_of
from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.votes import engine
from analysis.votes.table import Votes

PAIRS = [("a", "b", "model_a"), ("b", "c", "model_a"), ("c", "a", "model_a")]


@pytest.fixture
def votes(votes_of: Callable[..., Votes]) -> Votes:
    """Each of two languages, two lengths and two kinds with every pair: 24 votes, and three of a language with an odd name."""
    kinds = [(language, turns, code) for language in ("German", "French") for turns in (1, 2) for code in (True, False)]
    rows = [(*pair, *kind) for kind in [*kinds, ("A & B's", 1, None)] for pair in PAIRS]
    return votes_of(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "language", "turns", "is_code"]))


def size(votes: Votes, name: str) -> int:
    category = find_category(name)
    category.check(votes)
    return int(
        engine.to_pandas(votes.expression.aggregate(n=votes.expression.count(where=category.rule(votes.expression))))["n"][0]
    )


def test_the_votes_of_joined_categories_are_in_each_of_them(votes: Votes) -> None:
    assert size(votes, "german") == 12
    assert size(votes, "german & multi_turn") == 6
    assert size(votes, "german & multi_turn & coding") == 3
    assert size(votes, 'coding & where:turns >= 2 or language == "French"') == 9


def test_a_board_can_be_of_joined_categories(votes: Votes) -> None:
    found = board(votes, "german & coding")
    assert found.table["votes"].sum() == 2 * 6
    assert found.category.name == "german & coding"
    assert found.category.label == "German, Coding"


def test_a_joined_category_needs_what_its_parts_need(votes: Votes) -> None:
    assert find_category("hard_english & english & coding").needs == ("criteria", "language", "is_code")
    with pytest.raises(InputError, match="category Since 2024-06-01 needs times"):
        board(votes, "german & since:2024-06-01")


def test_an_unknown_part_is_named(votes: Votes) -> None:
    with pytest.raises(UsageError, match="unknown category 'cooking'"):
        find_category("german & cooking")
    with pytest.raises(UsageError, match="unknown category ''"):
        find_category("german & ")


def test_a_tag_that_no_vote_holds_is_refused_in_a_joined_category_too(votes_of: Callable[..., Votes]) -> None:
    frame = pd.DataFrame(PAIRS, columns=["model_a", "model_b", "outcome"]).assign(tags=[["law"]] * 3, turns=2)
    with pytest.raises(UsageError, match="no vote has this tag"):
        board(votes_of(frame), "multi_turn & tag:cooking")


def test_a_text_in_a_rule_is_no_join(votes: Votes) -> None:
    rule = rule_of("A & B's")
    assert size(votes, joined_name("single_turn", f"where:language == {rule}")) == 3


def test_overall_adds_nothing_to_a_joined_name() -> None:
    assert joined_name("overall", "overall") == "overall"
    assert joined_name("overall", "coding") == "coding"
    assert joined_name("coding", "overall", "german") == "coding & german"
