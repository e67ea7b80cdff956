import numpy as np
import pytest

from analysis.topic_model.clusters import centres, joined, narrow_clusters, renumbered, smallest_cluster
from analysis.topic_model.embeddings import unit


def blobs(seed: int = 0, each: int = 60, size: int = 4, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    middle = np.eye(width)[:size]
    labels = np.repeat(np.arange(size), each)
    return unit(middle[labels] + 0.1 * rng.normal(size=(len(labels), width))), labels


@pytest.mark.parametrize("fast", [False, True])
def test_well_separated_blobs_are_found_and_their_pieces_joined(fast: bool):
    vectors, truth = blobs()
    topic = joined(vectors, narrow_clusters(vectors, 1, fast=fast), 0.5)
    inside = topic >= 0
    pairs = set(zip(truth[inside].tolist(), topic[inside].tolist(), strict=True))
    assert inside.mean() > 0.8
    assert len(pairs) == 4 == topic.max() + 1


def test_the_same_seed_gives_the_same_clusters():
    vectors, _ = blobs()
    assert (narrow_clusters(vectors, 7) == narrow_clusters(vectors, 7)).all()


def test_one_vector_many_times_is_one_topic():
    vectors = np.tile(unit(np.ones((1, 5))), (30, 1))
    for fast in (False, True):
        assert set(joined(vectors, narrow_clusters(vectors, 1, fast=fast), 0.5).tolist()) <= {0, -1}


def test_nothing_that_clusters_is_one_topic():
    assert joined(np.eye(5, dtype=np.float32), np.full(5, -1), 0.5).tolist() == [0] * 5


def test_topics_are_limited_by_joining_the_nearest():
    vectors, truth = blobs()
    assert joined(vectors, truth, 0.01).max() + 1 == 4
    assert joined(vectors, truth, 0.01, most=2).max() + 1 == 2


def test_topics_are_numbered_by_size():
    assert renumbered(np.array([5, 5, 2, -1, 9, 9, 9])).tolist() == [1, 1, 2, -1, 0, 0, 0]


def test_centres_are_unit_means():
    vectors = np.array([[1.0, 0], [0, 1], [0, 1], [1, 0]], dtype=np.float32)
    assert np.allclose(centres(vectors, np.array([0, 0, 1, -1])), [[0.5**0.5] * 2, [0, 1]])


def test_a_cluster_needs_ten_prompts_or_a_three_hundredth():
    assert [smallest_cluster(size) for size in (20, 60, 150, 3_000, 15_000)] == [3, 4, 10, 10, 50]
