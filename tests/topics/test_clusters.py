import numpy as np
import pytest

from analysis.embeddings.languages import unit
from analysis.topics.clusters import centres, joined, narrow_clusters, smallest_cluster


def blobs(seed: int = 0, each: int = 60, size: int = 4, width: int = 8) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    middle = np.eye(width)[:size]
    labels = np.repeat(np.arange(size), each)
    return unit(middle[labels] + 0.1 * rng.normal(size=(len(labels), width))), labels


@pytest.mark.parametrize("fast", [False, True])
def test_well_separated_blobs_are_found_and_their_pieces_joined(fast: bool):
    vectors, truth = blobs()
    narrow = narrow_clusters(vectors, 1, fast=fast)
    assert np.mean([labels >= 0 for labels in narrow]) > 0.7
    topics = joined(vectors, narrow, 0.5)
    nearest = (vectors @ topics.T).argmax(axis=1)
    assert len(topics) == 4
    assert len(set(zip(truth.tolist(), nearest.tolist(), strict=True))) == 4


def test_the_same_seed_gives_the_same_clusters():
    vectors, _ = blobs()
    first, second = narrow_clusters(vectors, 7), narrow_clusters(vectors, 7)
    assert all((one == other).all() for one, other in zip(first, second, strict=True))


def test_few_vectors_are_laid_out_several_times():
    vectors, _ = blobs()
    assert len(narrow_clusters(vectors, 1, fast=True)) == 15
    assert len(narrow_clusters(np.tile(vectors, (60, 1)), 1, fast=True)) == 1


def test_a_cluster_that_most_layouts_lack_is_no_topic():
    vectors, truth = blobs(size=3)
    once = np.where(truth == 2, 2, truth)
    without = np.where(truth == 2, -1, truth)
    assert len(joined(vectors, [once, without, without], 0.5)) == 2
    assert len(joined(vectors, [once, once, without], 0.5)) == 3


def test_one_vector_many_times_is_one_topic():
    vectors = np.tile(unit(np.ones((1, 5))), (30, 1))
    for fast in (False, True):
        assert len(joined(vectors, narrow_clusters(vectors, 1, fast=fast), 0.5)) == 1


def test_nothing_that_clusters_is_one_topic():
    assert np.allclose(joined(np.eye(5, dtype=np.float32), [np.full(5, -1)], 0.5), np.full((1, 5), 5**-0.5))


def test_topics_are_limited_by_joining_the_nearest():
    vectors, truth = blobs()
    assert len(joined(vectors, [truth], 0.01)) == 4
    assert len(joined(vectors, [truth], 0.01, most=2)) == 2


def test_centres_are_unit_means():
    vectors = np.array([[1.0, 0], [0, 1], [0, 1], [1, 0]], dtype=np.float32)
    assert np.allclose(centres(vectors, np.array([0, 0, 1, -1])), [[0.5**0.5] * 2, [0, 1]])


def test_a_cluster_needs_ten_prompts_or_a_three_hundredth():
    assert [smallest_cluster(size) for size in (20, 60, 150, 3_000, 15_000)] == [3, 4, 10, 10, 50]
