"""The release's own tags as categories and as groups."""

from collections.abc import Callable

import pandas as pd
import pytest

from analysis.categories.categories import find_category
from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.ratings.shift import shift
from analysis.shares.contents import counts
from analysis.shares.turns import turn_share
from analysis.votes.category import tag_names
from analysis.votes.table import Votes

PAIRS = [("a", "b", "model_a"), ("b", "c", "model_a"), ("c", "a", "model_a"), ("a", "b", "tie")]
TAGS = [["law", "travel"], ["law"], [], None, ['it\'s "odd"\x1b[31m']]


@pytest.fixture
def votes(votes_of: Callable[..., Votes]) -> Votes:
    """Each tagging with every pair: 20 votes."""
    rows = [(*pair, tags, 1 + (place % 2)) for place, tags in enumerate(TAGS) for pair in PAIRS]
    return votes_of(pd.DataFrame(rows, columns=["model_a", "model_b", "outcome", "tags", "turns"]))


@pytest.mark.parametrize(("name", "number"), [("law", 8), ("travel", 4), (TAGS[4][0], 4)])
def test_a_tag_selects_the_votes_that_hold_it(votes: Votes, name: str, number: int) -> None:
    found = board(votes, f"tag:{name}")
    assert found.table["votes"].sum() == 2 * number
    assert found.category.label == name


def test_the_tags_are_listed_for_one_that_no_vote_holds(votes: Votes) -> None:
    assert tag_names(votes) == tuple(sorted({"law", "travel", TAGS[4][0]}))
    with pytest.raises(
        UsageError, match=r"category tag:cooking: no vote has this tag; there are it's \"odd\".*, law, travel\."
    ) as error:
        board(votes, "tag:cooking")
    assert "\x1b" not in str(error.value)


def test_of_many_tags_an_error_lists_the_first(votes_of: Callable[..., Votes]) -> None:
    frame = pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "tags": [[f"t{number:03}"] for number in range(100)]})
    with pytest.raises(UsageError, match="there are t000, t001, .*, t059 and 40 more"):
        find_category("tag:x").check(votes_of(frame))


def test_votes_without_tags_cannot_have_a_board_by_tag(votes_of: Callable[..., Votes]) -> None:
    with pytest.raises(InputError, match="category tag:law needs tags, which made for a test does not have"):
        board(votes_of(pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"]})), "tag:law")


def test_a_tag_is_one_end_of_a_shift(votes: Votes) -> None:
    moved = shift(votes, "overall", "tag:law")
    assert moved.caption == "Shift: Overall → law; intervals over votes"
    assert len(moved.table) == 3
    with pytest.raises(UsageError, match="no vote has this tag"):
        shift(votes, "tag:cooking", "overall")


def test_turns_by_tag_count_a_vote_under_each_of_its_tags(votes: Votes) -> None:
    table = turn_share(votes, "tag").table.set_index("group")
    assert table["votes"].to_dict() == {"law": 8, "travel": 4, "not given": 8, TAGS[4][0]: 4}
    assert table["multi_turn"].to_dict() == {"law": 4, "travel": 0, "not given": 4, TAGS[4][0]: 0}
    assert turn_share(votes, "tag").headline["votes"] == 20


def test_contents_by_tag_say_that_a_vote_counts_for_all_its_tags(votes: Votes) -> None:
    found = counts(votes, "tag")
    assert found.table.set_index("group")["votes"]["law"] == 8
    assert found.sentence.endswith("8 each (40.0 % of all): law and not given; each vote counts for all its tags.")
