import pytest

from analysis.topic_model.tokens import clean, script, stop_words, tokens


def test_words_of_spaced_scripts_are_lower_case_without_stop_words_and_numbers():
    assert tokens("The Quick brown fox, 42 times — naïve café!") == ["quick", "brown", "fox", "times", "naïve", "café"]


def test_names_of_programming_languages_keep_their_signs():
    assert tokens("C++ or C# code") == ["c++", "c#", "code"]


def test_japanese_keeps_katakana_words_and_kanji_and_leaves_inflection_out():
    assert tokens("データベースの設計を教えてください") == ["データベース", "設計"]


def test_korean_words_lose_their_particles():
    assert tokens("파이썬으로 함수를 학교에서") == ["파이썬", "함수", "학교"]


def test_russian_and_arabic_words_are_whole():
    assert tokens("Напиши рассказ о море") == ["напиши", "рассказ", "море"]
    assert tokens("اكتب قصة عن البحر") == ["اكتب", "قصة", "البحر"]


def test_thai_is_bigrams():
    assert tokens("สวัส") == ["สว", "วั", "ัส"]


@pytest.mark.parametrize("text", ["", " \n\t", "😀🎉👍🏽", "\0\0", "\ud800\udfff", "12345 67", "!?…"])
def test_text_without_words_has_no_tokens(text: str):
    assert tokens(text) == []


def test_nul_bytes_surrogates_and_direction_marks_separate_words_and_never_reach_one():
    assert tokens("sort\0list \ud83d apple\u202epear") == ["sort", "list", "apple", "pear"]


def test_fullwidth_letters_are_ordinary_ones():
    assert clean("Ｐｙｔｈｏｎ") == "python"


def test_the_script_of_a_text_is_that_of_most_of_its_letters():
    assert [script(text) for text in ("hello", "привет", "你好", "こんにちは世界", "مرحبا", "안녕", "😀")] == [
        *("LATIN", "CYRILLIC", "CJK", "HIRAGANA", "ARABIC", "HANGUL", "")
    ]


def test_stop_words_are_read_without_the_names_of_their_languages():
    assert "the" in stop_words()
    assert "English" not in stop_words()
    assert "English:" not in stop_words()
