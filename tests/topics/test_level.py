"""The level of the tree that comes out again, on trees of four topics that can be followed by hand."""

import numpy as np
import pytest

from analysis.embeddings.languages import unit
from analysis.topics.level import Labelling, members, stable_level, tree_of

#: Two pairs of near topics.
CENTRES = unit(np.array([[1, 0.1, 0, 0], [1, -0.1, 0, 0], [0, 0, 1, 0.1], [0, 0, 1, -0.1]]))


def labelling(*sizes: int) -> Labelling:
    return Labelling(CENTRES, np.repeat(np.arange(4), sizes))


def test_the_members_of_a_tree_are_its_leaves_its_joins_and_everything():
    under = members(tree_of(CENTRES))
    assert [np.flatnonzero(row).tolist() for row in under[:4]] == [[0], [1], [2], [3]]
    assert sorted(np.flatnonzero(row).tolist() for row in under[4:6]) == [[0, 1], [2, 3]]
    assert under[6].all()


def test_one_topic_is_its_own_tree():
    assert members(tree_of(CENTRES[:1])).tolist() == [[True]]


def test_topics_that_come_out_again_stay_apart():
    first = labelling(10, 10, 10, 10)
    found = stable_level(first, [first, first])
    assert found.part.tolist() == [0, 1, 2, 3]
    assert found.stability.tolist() == [1, 1, 1, 1]


def test_topics_that_only_come_out_together_are_joined():
    first, mixed = labelling(10, 10, 10, 10), labelling(10, 10, 10, 10)
    other = mixed.topic.copy()
    other[20:40] = np.tile([2, 3], 10)  # the last two topics mix, their union stays
    found = stable_level(first, [Labelling(CENTRES, other)])
    assert found.part.tolist() == [0, 1, 2, 2]
    assert found.stability.tolist() == [1, 1, 1]
    assert found.narrow[:2].tolist() == [1, 1]
    assert (found.narrow[2:] <= 0.5).all()


def test_a_small_topic_that_does_not_hold_does_not_take_a_large_one_with_it():
    first = labelling(100, 100, 40, 3)
    other = first.topic.copy()
    other[-3:] = [0, 1, 2]  # the smallest topic falls apart, and what joins it to its neighbour hardly changes that one
    found = stable_level(first, [Labelling(CENTRES, other)])
    assert found.part.tolist()[:2] == [0, 1]
    assert found.stability[:2].min() > 0.9


def test_what_holds_at_no_height_is_left_and_says_so():
    rng = np.random.default_rng(1)
    first = labelling(50, 50, 50, 50)
    found = stable_level(first, [Labelling(CENTRES, rng.permutation(first.topic)) for _ in range(4)])
    assert found.part.tolist() == [0, 1, 2, 3]
    assert found.stability.max() < 0.75


def test_the_whole_tree_of_a_refit_is_no_branch_that_a_topic_is_found_in():
    rng = np.random.default_rng(2)
    first = labelling(160, 10, 10, 10)  # nearly everything is in one topic
    refits = [Labelling(CENTRES, rng.integers(0, 4, 190)) for _ in range(4)]
    assert stable_level(first, refits).narrow[0] < 0.6
    whole = Labelling(CENTRES[:1], np.zeros(190, dtype=np.int64))
    assert stable_level(whole, refits).stability.tolist() == pytest.approx([0.5], abs=0.1)


def test_prompts_without_a_topic_do_not_count():
    first = labelling(10, 10, 10, 10)
    other = first.topic.copy()
    other[::2] = -1
    assert stable_level(first, [Labelling(CENTRES, other)]).stability.tolist() == [1, 1, 1, 1]
    assert first.at(np.array([0, 0, 1, 1])).tolist() == [0] * 20 + [1] * 20
    assert Labelling(CENTRES, np.array([-1, 3])).at(np.array([0, 0, 1, 1])).tolist() == [-1, 1]
