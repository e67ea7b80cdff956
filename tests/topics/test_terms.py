from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

import numpy as np
import pytest

from analysis.embeddings.choose import GivenVectors
from analysis.embeddings.words import read_words
from analysis.topics.terms import fit_terms, forms_of_one_word

if TYPE_CHECKING:
    from numpy.typing import NDArray


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *[("character", "characters"), ("story", "stories"), ("understand", "understanding"), ("program", "programming")],
        *[("cat", "cats"), ("company", "companies"), ("рецепт", "рецепты"), ("ошибка", "ошибку"), ("код", "коде")],
        *[("بحث", "البحث"), ("übung", "übungen")],
    ],
)
def test_forms_of_one_word_are_told(first: str, second: str):
    assert forms_of_one_word(first, second)
    assert forms_of_one_word(second, first)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        *[
            ("code", "python"),
            ("contract", "contrast"),
            ("art", "artificial"),
            ("intern", "international"),
            ("data", "database"),
            ("c", "c++"),
        ],
        *[("代码", "代码库"), ("设计", "设置"), ("コード", "コーヒー"), ("정렬", "정규식"), ("الترتيب", "التكرار")],
    ],
)
def test_other_words_are_not(first: str, second: str):
    assert not forms_of_one_word(first, second)
    assert not forms_of_one_word(second, first)


def _terms(prompts: list[str], topic: list[int], most: int = 10) -> tuple[tuple[str, ...], ...]:
    embedding, vectors = read_words(prompts).fit(np.arange(len(prompts)), 1)
    return fit_terms(prompts, ["English"] * len(prompts), np.array(topic), vectors, embedding, most).words


def test_a_form_of_a_better_word_takes_no_place():
    food = ["boil noodles garlic onion", "boil noodles pepper", "boil noodle soup", "boiled onions garlic"] * 3
    code = ["sort arrays pointer", "sort arrays linker", "sorted array pointer", "compile linker flags"] * 3
    found = _terms(food + code, [0] * 12 + [1] * 12)
    assert {"boil", "noodles", "garlic"} <= set(found[0])
    assert {"boiled", "noodle"}.isdisjoint(found[0])
    assert {"sorted", "array"}.isdisjoint(found[1])


def test_one_long_prompt_does_not_name_a_topic():
    food = ["garlic onion soup", "garlic onion bread", "garlic soup bread", "onion soup pepper", f"garlic {'whale ' * 500}"]
    code = ["sort array pointer", "sort array linker", "compile linker pointer", "sort compile array"]
    first, _ = _terms(food + code, [0] * 5 + [1] * 4)
    assert first[0] in ("garlic", "onion", "soup")


def test_languages_of_prompts_in_one_topic_are_told_prompt_by_prompt():
    prompts = ["東京都知事選挙の結果を教えて", "選挙の候補者", "選挙とは何ですか", "これは機械学習です"] * 3
    prompts += ["红烧牛肉的做法和步骤", "我想学习做红烧牛肉", "红烧牛肉需要哪些食材", "牛肉的食材"] * 3
    topic = [0] * 12 + [1] * 12
    vectors = np.eye(24, dtype=np.float32)
    nothing = GivenVectors("none", np.zeros(0, dtype=np.uint64), np.zeros((0, 24), dtype=np.float32))
    found = fit_terms(prompts, ["x"] * 24, np.array(topic), vectors, nothing, 10).words
    assert {"東京都", "選挙"} <= set(found[0])
    assert {"红烧", "牛肉", "食材"} <= set(found[1])


def test_no_more_terms_than_asked():
    prompts = ["garlic onion soup bread pepper", "sort array pointer linker flags"] * 6
    assert [len(words) for words in _terms(prompts, [0, 1] * 6, most=3)] == [3, 3]


def test_the_words_of_all_topics_are_embedded_at_once_and_the_likest_to_their_topic_go_first():
    class Known:
        name = fingerprint = "known"
        asked: ClassVar[list[list[str]]] = []

        def embed(self, texts: Sequence[str], languages: Sequence[str] | None = None) -> "NDArray[np.float32]":
            self.asked.append(list(texts))
            found = [(text in ("garlic", "soup"), text in ("pointer", "array"), 0.1) for text in texts]
            return np.array(found, dtype=np.float32)

    embedding = Known()
    prompts = [
        "often garlic soup with vinegar",
        "beware array pointer beneath",
        "often vinegar soup garlic",
        "beneath pointer array",
    ]
    topic = np.array([0, 1] * 6)
    vectors = np.array([[1, 0, 0], [0, 1, 0]] * 6, dtype=np.float32)
    words = fit_terms(prompts * 3, ["English"] * 12, topic, vectors, embedding, 10).words
    assert [set(found[:2]) for found in words] == [{"garlic", "soup"}, {"pointer", "array"}]
    assert len(embedding.asked) == 1
    assert {"garlic", "array", "vinegar"} <= set(embedding.asked[0])


@pytest.mark.parametrize("prompts", [[f"{n} + {2 * n} = ?" for n in range(8)], ["?!", "...", "😀", "—"] * 2])
def test_prompts_of_characters_that_are_no_words_have_no_terms(prompts: list[str]):
    nothing = GivenVectors("none", np.zeros(0, dtype=np.uint64), np.zeros((0, 8), dtype=np.float32))
    topic, vectors = np.array([0, 1] * 4), np.eye(8, dtype=np.float32)
    assert fit_terms(prompts, ["English"] * 8, topic, vectors, nothing, 10).words == ((), ())


def test_what_is_added_to_prompts_for_counting_is_no_word_of_a_topic():
    found = _terms(["garlic", "onion", "array", "pointer"] * 2, [0, 0, 1, 1] * 2)
    assert [set(words) for words in found] == [{"garlic", "onion"}, {"array", "pointer"}]
