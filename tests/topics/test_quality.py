import math

import numpy as np
import pytest

from analysis.topics.quality import agreement, agreements, coherence, diversity, jaccard, npmi, shared_counts

DOCUMENTS = [frozenset(words.split()) for words in ("a b", "a b", "a c", "d")]


def test_npmi_of_a_worked_example():
    # a is in 3 of 4 documents, b in 2, both in 2: ln(0.5 / (0.75 × 0.5)) / −ln 0.5 = ln(4/3) / ln 2 = 0.4150
    assert npmi(3, 2, 2, 4) == pytest.approx(math.log(4 / 3) / math.log(2))
    assert coherence([["a", "b"]], DOCUMENTS)[0] == pytest.approx(0.41504, abs=1e-5)


def test_npmi_is_one_for_words_that_only_occur_together_and_minus_one_for_words_that_never_do():
    assert npmi(2, 2, 2, 4) == pytest.approx(1)
    assert coherence([["b", "c"]], DOCUMENTS)[0] == -1
    assert npmi(2, 2, 1, 4) == pytest.approx(0)
    assert npmi(4, 4, 4, 4) == 1


def test_coherence_is_the_mean_over_pairs_and_unknown_for_one_word():
    values = [npmi(3, 2, 2, 4), npmi(3, 1, 1, 4), -1]
    found = coherence([["a", "b", "c"], ["a"]], DOCUMENTS)
    assert found[0] == pytest.approx(np.mean(values))
    assert np.isnan(found[1])


def test_diversity_is_the_share_of_different_words():
    assert diversity([["a", "b"], ["b", "c"]]) == 0.75


def test_agreement_is_one_for_renamed_labels():
    assert agreement(np.array([0, 0, 1, 1]), np.array([1, 1, 0, 0])) == 1


def test_the_overlap_of_topics_is_their_jaccard():
    reference, other = np.array([0, 0, 0, 1, 1, -1]), np.array([1, 1, 0, 0, 0, 0])
    shared = shared_counts(reference, other, 2, 2)
    assert shared.tolist() == [[1, 2], [2, 0]]  # prompt 5 has no topic in the reference
    # topic 0 = {0, 1, 2}: with {0, 1} 2 of 3, with {2, 3, 4} 1 of 5; topic 1 = {3, 4}: with {2, 3, 4} 2 of 3
    assert jaccard(shared, shared.sum(axis=1), shared.sum(axis=0)).tolist() == [[1 / 5, 2 / 3], [2 / 3, 0]]


def test_agreements_are_over_the_prompts_that_have_a_topic_in_both():
    topic = np.array([0, 0, 1, 1, -1])
    assert agreements([topic, np.array([1, 1, 0, 0, 0]), np.array([0, 1, -1, -1, 0])]) == pytest.approx((1.0, 0.0, -0.5))
