import numpy as np

from analysis.topics.assignment import Nearest, nearest
from analysis.topics.embeddings.languages import unit

CENTRES = np.eye(3, dtype=np.float32)


def test_a_prompt_goes_to_the_nearest_centre_unless_two_are_nearly_as_near():
    vectors = unit(np.array([[1, 0.1, 0], [0, 0, 2], [1, 0.95, 0], [0, 0, 0]]))
    found = Nearest(CENTRES, least=0.2).assign(vectors)
    assert found.topic.tolist() == [0, 2, -1, -1]
    assert found.similarity[1] == 1
    assert found.margin[1] == 1


def test_the_rule_leaves_the_wanted_share_without_a_topic():
    vectors = unit(np.random.default_rng(1).normal(size=(1_000, 3)))
    assert abs((nearest(CENTRES, vectors, 0.2).assign(vectors).topic < 0).mean() - 0.2) < 0.002
    assert (nearest(CENTRES, vectors, 0).assign(vectors).topic >= 0).all()


def test_one_topic_takes_everything_with_words():
    vectors = unit(np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 0]]))
    assert nearest(CENTRES[:1], vectors, 0.2).assign(vectors).topic.tolist() == [0, 0, -1]
