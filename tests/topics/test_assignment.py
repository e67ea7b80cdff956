import numpy as np

from analysis.embeddings.languages import unit
from analysis.topics.assignment import Nearest

CENTRES = np.eye(3, dtype=np.float32)
RULE = Nearest(CENTRES, np.arange(3))


def test_a_prompt_goes_to_the_nearest_centre_unless_two_are_nearly_as_near():
    vectors = unit(np.array([[1, 0.1, 0], [0, 0, 2], [1, 0.95, 0], [0, 0, 0]]))
    found = Nearest(CENTRES, np.arange(3), least=0.2).assign(vectors)
    assert found.topic.tolist() == [0, 2, -1, -1]
    assert found.similarity[1] == 1
    assert found.margin[1] == 1


def test_the_rule_leaves_the_wanted_share_without_a_topic():
    vectors = unit(np.random.default_rng(1).normal(size=(1_000, 3)))
    assert abs((RULE.leaving(0.2, vectors).assign(vectors).topic < 0).mean() - 0.2) < 0.002
    assert (RULE.leaving(0, vectors).assign(vectors).topic >= 0).all()


def test_one_topic_takes_everything_with_words():
    vectors = unit(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]]))
    assert Nearest(CENTRES[:1], np.zeros(1, dtype=np.int64)).leaving(0.2, vectors).assign(vectors).topic.tolist() == [0, 0, -1]


def test_the_margin_is_between_topics_not_between_their_subtopics():
    joined = Nearest(CENTRES, np.array([0, 0, 1]), least=0.2)
    vectors = unit(np.array([[1, 0.95, 0], [1, 0, 0.95], [0.1, 1, 0]]))
    found = joined.assign(vectors)
    assert found.topic.tolist() == [0, -1, 0]
    assert found.subtopic.tolist() == [0, -1, 1]
    assert found.margin[0] == found.similarity[0]


def test_topics_are_numbered_by_size_and_their_subtopics_within_them():
    rule = Nearest(CENTRES, np.array([0, 1, 1]))
    vectors = np.repeat(CENTRES, [5, 2, 4], axis=0)
    sorted_, kept = rule.by_size(vectors)
    assert kept.tolist() == [2, 1, 0]
    assert sorted_.part.tolist() == [0, 0, 1]
    assert np.bincount(sorted_.assign(vectors).topic).tolist() == [6, 5]


def test_a_subtopic_without_prompts_is_left_out():
    sorted_, kept = RULE.by_size(np.repeat(CENTRES, [1, 0, 3], axis=0))
    assert kept.tolist() == [2, 0]
    assert sorted_.part.tolist() == [0, 1]


def test_prompts_of_a_topic_that_is_ignored_are_told_from_those_without_one():
    vectors = unit(np.array([[1, 0, 0], [0, 0, 1], [0, 1, 1], [0, 0, 0]]))
    found = Nearest(CENTRES, np.arange(3), least=0.2, aside=1).assign(vectors)
    assert found.topic.tolist() == [0, -3, -1, -1]
    assert found.subtopic.tolist() == [0, -3, -1, -1]
