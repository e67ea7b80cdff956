"""Topics of votes: from a result, a table or a folder, and never those of other votes."""

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.prompts.vote_topics import ABSENT, read_vote_topics
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def three(votes_of: Make) -> Votes:
    return votes_of(pd.DataFrame({"prompt": ["a", "b", "c"], "model_a": "x", "model_b": "y", "outcome": "tie"}))


def ids(votes: Votes) -> list[str]:
    return votes.table["vote_id"].tolist()


def test_a_vote_that_the_topics_do_not_have_is_absent(votes_of: Make) -> None:
    votes = three(votes_of)
    found = read_vote_topics(votes, pd.DataFrame({"vote_id": ids(votes)[:2], "topic": [5, -1]}))
    assert found.topic.tolist() == [5, -1, ABSENT]
    assert found.labels == {5: "topic 5"}


def test_topics_may_have_names_and_no_numbers(votes_of: Make) -> None:
    votes = three(votes_of)
    found = read_vote_topics(votes, pd.DataFrame({"vote_id": ids(votes), "topic": ["python", "cooking", "python"]}))
    assert [found.labels[number] for number in found.topic] == ["python", "cooking", "python"]


def test_topics_of_other_votes_are_refused_although_their_ids_are_the_same(votes_of: Make) -> None:
    """Where a release gives no ids they are row numbers, and those of other votes are the same."""
    votes = three(votes_of)
    assignments = pd.DataFrame({"vote_id": ids(votes), "topic": [0, 0, 0]})
    frame = pd.DataFrame({"topic": [0], "label": ["cooking"]})
    own = SimpleNamespace(assignments=assignments, frame=frame, fingerprint=votes.fingerprint)
    assert read_vote_topics(votes, own).labels == {0: "cooking"}
    with pytest.raises(InputError, match="the topics are of other votes than"):
        read_vote_topics(votes, SimpleNamespace(assignments=assignments, frame=frame, fingerprint="other"))


def test_what_is_no_folder_of_topics_is_refused_in_one_line(votes_of: Make, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="this is no folder of topics"):
        read_vote_topics(three(votes_of), tmp_path)
