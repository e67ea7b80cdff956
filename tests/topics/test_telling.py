"""The order of a topic's words, on counts and vectors whose order can be told by hand."""

import numpy as np
import pytest
from scipy import sparse

from analysis.topics.telling import Counts, best_first, weak

WORDS = ["gravity", "mass", "near", "planet", "voltage"]


def order(
    prompts: list[list[int]], *, vectors: list[list[float]] | None = None, languages: str = "EEE", sizes: int = 20, of: int = 0
) -> list[str]:
    """Words of topic `of`, three topics lying at 0, 10 and 90 degrees."""
    counts = Counts(WORDS, sparse.csr_array(np.array(prompts)), np.array([sizes] * 3), list(languages))
    angles = np.radians([0, 10, 90])
    centres = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    given = None if vectors is None else np.array(vectors, dtype=np.float32)
    found = best_first(counts, [np.flatnonzero(row) for row in prompts], centres, given)
    return [WORDS[column] for column in found[of]]


def test_a_word_that_the_nearest_topics_have_too_comes_last():
    assert order([[10, 10, 0, 0, 8], [10, 0, 0, 0, 0], [0, 0, 0, 0, 0]]) == ["mass", "voltage", "gravity"]


def test_of_words_that_only_this_topic_has_the_one_in_most_prompts_is_first():
    assert order([[6, 9, 0, 12, 0], [0] * 5, [0] * 5]) == ["planet", "mass", "gravity"]


def test_words_of_topics_in_other_languages_are_no_contrast_where_there_are_topics_of_its_own():
    counted = [[10, 9, 0, 0, 0], [10, 0, 0, 0, 0], [0, 9, 0, 0, 0]]
    assert order(counted, languages="EGE") == ["gravity", "mass"]
    assert order(counted, languages="EEG") == ["mass", "gravity"]


def test_a_word_that_is_like_the_topic_goes_before_one_that_any_prompt_may_have():
    about, anything = [1.0, -0.5], [0.0, 0.05]
    counted = [[8, 0, 0, 9, 0], [0] * 5, [0] * 5]
    assert order(counted) == ["planet", "gravity"]
    assert order(counted, vectors=[about, anything, anything, anything, anything]) == ["gravity", "planet"]


def test_words_of_little_weight_come_after_the_others():
    assert order([[4, 0, 8, 3, 0], [0] * 5, [0] * 5])[-1] == "near"


def test_a_word_of_one_prompt_is_left_out_unless_there_is_no_other():
    assert order([[5, 1, 0, 1, 0], [0] * 5, [0] * 5]) == ["gravity"]
    assert order([[1, 1, 0, 0, 0], [0] * 5, [0] * 5]) == ["gravity", "mass"]


def test_a_topic_without_words_or_prompts_has_none():
    assert order([[0] * 5, [3] * 5, [3] * 5]) == []


@pytest.mark.parametrize(
    "word",
    [
        *["near", "happen", "happens", "writing", "written", "gives", "asking", "chased", "proposing", "quickly", "respectively"],
        *["needed", "shows", "helping", "basically", "buys", "pays"],
        *["days", "km", "th", "def", "x2", "customer_id", "напиши", "escribe", "说明", "설명", "년"],
    ],
)
def test_verbs_of_asking_times_and_leftovers_are_of_little_weight(word: str):
    assert weak(word)


@pytest.mark.parametrize(
    "word",
    [
        *["gravity", "python", "family", "string", "marketing", "c++", "js", "city", "рецепт", "小说", "code"],
        *["bones", "wires", "mining", "james", "sally", "states", "learning", "fines", "dating", "andes", "italy"],
        *["king", "news", "ring"],
    ],
)
def test_what_a_prompt_is_about_is_not(word: str):
    assert not weak(word)
