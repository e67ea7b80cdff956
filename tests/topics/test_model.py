"""The model: topics of subtopics, at the level that comes out again or each by itself, the same on any number of threads."""

import pytest
from threadpoolctl import threadpool_limits

from analysis.topics.model import TopicSettings
from analysis.topics.topics import Topics, topics
from analysis.votes.table import Votes


@pytest.fixture(scope="module")
def fine(arena: Votes) -> Topics:
    """Each narrow topic by itself; the others of this folder are joined where only their union comes out again."""
    return topics(arena, TopicSettings(fast=True, rounds=1, fine=True), with_map=False)


def test_the_votes_of_a_topic_are_those_of_its_subtopics(fitted: Topics):
    votes = fitted.subtopics.groupby("topic")["votes"].sum()
    assert votes.tolist() == fitted.table.sort_values("topic")["votes"].tolist()
    inside = fitted.assignments[fitted.assignments["topic"] >= 0]
    assert (inside["subtopic"].map(fitted.subtopics.set_index("subtopic")["topic"]) == inside["topic"]).all()
    assert (fitted.assignments.loc[fitted.assignments["topic"] < 0, "subtopic"] < 0).all()


def test_a_topic_of_one_subtopic_has_its_words_and_its_stability(fitted: Topics):
    alone = fitted.subtopics[~fitted.subtopics["topic"].duplicated(keep=False)].set_index("topic")
    whole = fitted.table.set_index("topic").loc[alone.index]
    assert (alone["stability"] - whole["stability"]).abs().max() < 1e-9


def test_fine_topics_are_their_own_subtopics_and_no_fewer(fine: Topics, fitted: Topics):
    assert fine.subtopics["topic"].tolist() == fine.subtopics["subtopic"].tolist()
    assert fine.subtopics["label"].tolist() == fine.table["label"].tolist()
    assert len(fine.table) >= len(fitted.table)


def test_at_the_level_shown_at_least_as_many_votes_lie_in_topics_that_come_out_again(fine: Topics, fitted: Topics):
    assert fitted.measures["stable_votes"] >= fine.measures["stable_votes"]
    assert fitted.table["stability"].mean() >= fine.table["stability"].mean()


def test_without_refits_there_is_no_level_to_choose_and_no_stability(arena: Votes):
    found = topics(arena, TopicSettings(fast=True, rounds=0), with_map=False)
    assert found.table["stability"].isna().all()
    assert found.subtopics["topic"].tolist() == found.subtopics["subtopic"].tolist()
    assert "stable_votes" not in found.measures


@pytest.mark.parametrize("fast", [False, True])
def test_topics_do_not_depend_on_the_threads_of_the_linear_algebra(arena: Votes, fast: bool):
    settings, found = TopicSettings(fast=fast, rounds=1, fit_on=400), []
    for threads in (1, 2):
        with threadpool_limits(threads):
            found.append(topics(arena, settings, with_map=False))
    first, second = found
    assert first.assignments.equals(second.assignments)
    assert first.table.equals(second.table)
