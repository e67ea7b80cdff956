"""Labels of topics, from words given by hand."""

import numpy as np
import pytest

from analysis.topics.labels import labels_of
from analysis.topics.terms import main_languages


def label(words: list[str], texts: list[str] | None = None, language: str = "English") -> str:
    """The label of a topic with these words, beside one with most prompts, in English."""
    own = texts or [". ".join(words)] * 4
    return labels_of(
        [["other"], words],
        ["other"] * 9 + own,
        ["English"] * 9 + [language] * len(own),
        np.array([0] * 9 + [1] * len(own)),
        np.ones((9 + len(own), 1), dtype=np.float32),
    )[1]


def test_a_label_is_the_first_three_words_that_are_not_forms_of_one_another():
    assert label(["story", "stories", "poem", "poems", "novel"]) == "story, poem, novel"


def test_a_word_that_only_contains_another_is_none_of_its_forms():
    assert label(["party", "art", "election"]) == "party, art, election"
    assert label(["education", "cat", "program", "ram"]) == "education, cat, program"
    assert label(["ram", "program"]) == "ram, program"


def test_in_a_script_without_spaces_a_part_of_a_better_word_takes_no_place():
    assert label(["机器学习", "学习", "数据"]) == "机器学习, 数据"
    assert label(["代码", "代码库", "函数"]) == "代码, 函数"


def test_verbs_of_asking_stand_in_no_label():
    assert label(["write", "near", "gravity", "mass", "planet"]) == "gravity, mass, planet"


@pytest.mark.parametrize("words", [["near", "hit", "gravity"], ["near", "hit"], ["gravity"]])
def test_where_there_are_not_two_words_of_weight_the_label_is_the_most_typical_prompt(words: list[str]):
    assert label(words, ["Why does gravity hit?"] * 4) == "Why does gravity hit?"


def test_words_that_hardly_a_prompt_has_are_no_label():
    assert label(["future", "far"], ["Say it."] * 9 + ["the future, far"]) == "Say it."
    assert label(["future", "far"], ["Say it."] * 8 + ["the future", "far away"]) == "future, far"
    assert label(["红烧", "牛肉"], ["做红烧牛肉"] * 4) == "红烧, 牛肉"


def test_words_that_are_said_together_are_one():
    texts = ["artificial intelligence in law", "the law on artificial intelligence", "a law", "intelligence"]
    assert label(["intelligence", "law", "artificial"], texts) == "artificial intelligence, law"


def test_words_that_are_seldom_said_together_are_two():
    assert label(["query", "table"], ["query table", "table", "query", "query of a table"]) == "query, table"


def test_words_inside_other_words_are_not_said_together():
    texts = ["a party art collage", "many artists", "cards", "party artistry", "party"]
    assert label(["party", "art"], texts) == "party, art"
    assert label(["art", "deco"], ["art deco", "the art deco", "party"]) == "art deco"


def test_korean_words_with_particles_are_said_together():
    assert label(["머신", "러닝"], ["머신 러닝을 설명", "머신 러닝의 예", "머신 러닝"], language="Korean") == "머신 러닝 (Korean)"


def test_a_language_that_is_not_the_most_common_one_is_said_once():
    assert label(["gasthaus", "katze"], language="German") == "gasthaus, katze (German)"
    assert label(["gasthaus", "katze"], language="LATIN") == "gasthaus, katze"


def test_the_language_of_the_words_is_said_where_it_has_less_than_half_of_a_topic_too():
    languages = ["English"] * 9 + ["German", "German", "Dutch", "Czech", "Polish"]
    vectors = np.ones((14, 1), dtype=np.float32)
    topic = np.array([0] * 9 + [1] * 5)
    assert (
        labels_of([[], ["gasthaus", "bier"]], ["bier, gasthaus"] * 14, languages, topic, vectors)[1] == "gasthaus, bier (German)"
    )


def test_a_mixture_is_named_in_the_most_common_language_of_all():
    languages = ["English"] * 9 + ["Russian"] * 4 + ["English"] * 3 + ["German"] * 3
    topic = np.array([0] * 9 + [1] * 10)
    assert main_languages(languages, topic) == ["English", "English"]
    texts = ["a"] * 9 + ["пиво"] * 4 + ["beer and wine"] * 3 + ["bier"] * 3
    vectors = np.ones((19, 1), dtype=np.float32)
    assert labels_of([[], ["beer", "wine"]], texts, languages, topic, vectors)[1] == "beer, wine"
    assert labels_of([[], []], texts, languages, topic, vectors)[1] == "beer and wine"
    assert main_languages(["English"] * 9 + ["Russian"] * 4 + ["English"] * 1 + ["German"] * 5, topic)[1] == "German"
    assert main_languages(["English"] * 9 + ["Russian"] * 5 + ["English"] * 5, topic)[1] == "English"
    assert main_languages([], topic[:0]) == []


def test_a_topic_without_words_is_labelled_by_its_most_typical_prompt():
    texts = ["😀😀", "🎉\n\n\0 <b>🎉</b>", "😀🎉"]
    vectors = np.array([[1, 0], [0.8, 0.6], [0, 1]], dtype=np.float32)
    assert labels_of([[]], texts, ["English"] * 3, np.zeros(3, dtype=int), vectors) == ("🎉 <b>🎉</b>",)
    long = labels_of([[]], ["😀 " * 500], ["English"], np.zeros(1, dtype=int), vectors[:1])[0]
    assert len(long) <= 40
    assert long.endswith("…")


def test_a_sentence_that_nothing_cuts_is_no_word_of_a_label():
    sentence = "ཁྱེད་རང་གི་མིང་ལ་ག་རེ་ཟེར་གྱི་ཡོད་དམ".replace("་", "ༀ")
    assert label([sentence, "python", "loop"], [f"{sentence} python"] * 4) == "python, loop"
    assert label([sentence], [sentence] * 4) == sentence


@pytest.mark.parametrize("texts", [["story"] * 3, [""] * 3])
def test_unlike_topics_have_unlike_labels(texts: list[str]):
    words = [["story", "poem"], ["story", "poem"], []]
    made = labels_of(words, texts, ["English"] * 3, np.arange(3), np.ones((3, 1), dtype=np.float32))
    assert len(set(made)) == 3


def test_a_topic_without_prompts_has_its_number():
    one = np.ones((1, 1), dtype=np.float32)
    assert labels_of([[], ["story", "poem"]], ["a story"], ["English"], np.array([1]), one) == ("topic 0", "story, poem")
