import unicodedata
from concurrent.futures import ThreadPoolExecutor
from typing import Literal

import pytest

from analysis.embeddings.tokens import clean, script, stop_words, tokens


def test_words_of_spaced_scripts_are_lower_case_without_stop_words_and_numbers():
    assert tokens("The Quick brown fox, 42 times — naïve café!") == ["quick", "brown", "fox", "times", "naïve", "café"]


def test_names_of_programming_languages_keep_their_signs():
    assert tokens("C++ or C# code") == ["c++", "c#", "code"]


def test_japanese_keeps_katakana_words_and_kanji_and_leaves_inflection_out():
    assert tokens("データベースの設計を教えてください") == ["データベース", "設計"]


def test_korean_words_lose_their_particles():
    assert tokens("파이썬으로 함수를 학교에서") == ["파이썬", "함수", "학교"]


def test_russian_and_arabic_words_are_whole():
    assert tokens("Прочитай рассказ о море") == ["прочитай", "рассказ", "море"]
    assert tokens("اقرأ قصة عن البحر") == ["اقرأ", "قصة", "البحر"]


def test_korean_particles_go_only_where_grammar_lets_them_follow():
    assert tokens("작곡가 음악가 전문가") == ["작곡가", "음악가", "전문가"]
    assert tokens("작곡가가 서울로 프로그램을 설명해줘") == ["작곡가", "서울", "프로그램", "설명"]
    assert tokens("고양이 떡볶이를 민주주의 고속도로 검색결과") == ["고양이", "떡볶이", "민주주의", "고속도로", "검색결과"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("我想学习做红烧牛肉，需要哪些食材？", ["学习", "红烧", "牛肉", "食材"]),
        ("根据我提供的产品文案，生成合适的产品风格", ["产品", "文案", "生成", "合适", "产品", "风格"]),
        ("请问如何用一个函数解释它们的区别？", ["函数", "解释", "区别"]),
        ("用Python写一个C++编译器，修复bug", ["python", "c++", "编译器", "修复", "bug"]),
        ("请翻译「ありがとう」的意思，然后解释它的语法", ["翻译", "意思", "解释", "语法"]),
    ],
)
def test_chinese_is_words_of_two_characters_or_more(text: str, words: list[str]):
    assert tokens(text) == words


def test_traditional_chinese_is_cut_like_simplified_and_given_as_written():
    assert tokens("請幫我寫一篇關於機器學習的文章") == ["機器", "學習", "文章"]
    assert tokens("如何處理資料結構？這個怎麼樣") == ["處理", "資料", "結構"]


def test_long_chinese_is_cut_the_same_way_in_every_thread():
    text = "用编程语言实现快速排序的代码，算法的时间复杂度是多少？" * 40
    with ThreadPoolExecutor(4) as pool:
        assert len({tuple(found) for found in pool.map(tokens, [text] * 32)}) == 1


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("機械学習と深層学習の違い", ["機械学習", "深層学習"]),
        ("自然言語処理について", ["自然", "言語", "処理"]),
        ("東京都知事選挙の結果", ["東京都", "知事", "選挙", "結果"]),
        ("大規模言語モデルは", ["大規模", "言語", "モデル"]),
        ("国際連合安全保障理事会が", ["国際", "連合", "安全", "保障", "理事会"]),
        ("東西南北中の", ["東西", "南北中"]),
    ],
)
def test_kanji_are_not_cut_by_a_chinese_dictionary(text: str, words: list[str]):
    assert tokens(text) == words


def test_kanji_that_begin_an_inflected_word_are_left_out():
    assert tokens("毎日食べる初心者向けの野菜炒め") == ["毎日", "初心者", "野菜"]
    assert tokens("子供たちと学生みたいな千文字くらいの説明しろ") == ["子供", "学生", "千文字", "説明"]


def test_half_width_katakana_is_katakana():
    assert tokens("ﾃﾞｰﾀﾍﾞｰｽの設計") == ["データベース", "設計"]


def test_arabic_is_the_same_with_and_without_vowel_signs_and_tatweel():
    assert tokens("تَشْكِيل تشكيل العَـــرَبِيَّة العربية") == ["تشكيل", "تشكيل", "العربية", "العربية"]
    assert tokens("سؤال أسئلة مسؤول") == ["سؤال", "أسئلة", "مسؤول"]


def test_persian_and_hebrew_words_are_whole():
    assert tokens("کتاب\u200cها درباره برنامه\u200cنویسی") == ["کتابها", "درباره", "برنامهنویسی"]
    assert tokens("שלום עוֹלָם ג'ירפה") == ["שלום", "עולם", "ג'ירפה"]


def test_vowel_signs_do_not_cut_words_of_indian_scripts():
    assert tokens("हिन्दी प्रोग्रामिंग किताबें") == ["हिन्दी", "प्रोग्रामिंग", "किताबें"]
    assert tokens("தமிழ் மொழி বাংলা ভাষা తెలుగు") == ["தமிழ்", "மொழி", "বাংলা", "ভাষা", "తెలుగు"]


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_composed_and_decomposed_letters_are_the_same(form: Literal["NFC", "NFD"]):
    text = "Übungsgrößen tiếng Việt lập trình ёлка हिंदी 데이터베이스 データベース"
    words = ["übungsgrößen", "tiếng", "việt", "lập", "trình", "ёлка", "हिंदी", "데이터베이스", "データベース"]
    assert tokens(unicodedata.normalize(form, text)) == words


def test_a_turkish_capital_i_leaves_no_dot_behind():
    assert tokens("İstanbul'da İNGİLİZCE") == ["istanbul", "ingilizce"]


def test_elided_articles_and_endings_behind_an_apostrophe_are_left_out():
    assert tokens("l'histoire d’une dell'acqua world’s don’t it's") == ["histoire", "acqua", "world"]
    assert tokens("комп'ютер п'ять об'єкт") == ["комп'ютер", "п'ять", "об'єкт"]


def test_soft_hyphens_do_not_cut_words():
    assert tokens("Donau\u00addampf\u00adschiff") == ["donaudampfschiff"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("ช่วยเขียนบทความเกี่ยวกับปัญญาประดิษฐ์", ["บทความ", "ปัญญา", "ประดิษฐ์"]),
        ("ຊ່ວຍຂຽນບົດຄວາມກ່ຽວກັບເຄື່ອງຈັກ", ["ບົດຄວາມ", "ເຄື່ອງຈັກ"]),
        ("សូមសរសេរអត្ថបទអំពីភាសាខ្មែរនៅប្រទេសកម្ពុជា", ["អត្ថបទ", "ភាសាខ្មែរ", "ប្រទេស", "កម្ពុជា"]),
        ("မြန်မာဆောင်းပါးတစ်ပုဒ်ရေးပေးပါ ကွန်ပျူတာအကြောင်း", ["မြန်မာ", "ဆောင်းပါး", "ကွန်ပျူတာ"]),
        ("เขียนโค้ดPythonให้เรียงตัวเลข", ["โค้ด", "python", "เรียง", "ตัวเลข"]),
    ],
)
def test_thai_lao_khmer_and_burmese_are_whole_words(text: str, words: list[str]):
    assert tokens(text) == words


@pytest.mark.parametrize("text", ["๑๒๓ ๔๕", "ក១២ ខ", "๏ ฯ ๆ", "ກ ຂ", "က ခ၁၂"])
def test_digits_signs_and_letters_alone_are_no_words_of_south_east_asia(text: str):
    assert tokens(text) == []


def test_a_long_run_without_a_space_is_cut_the_same_way_in_every_thread():
    text = "การเรียนรู้ของเครื่องและภาษาไทย" * 2_000
    with ThreadPoolExecutor(4) as pool:
        assert len({tuple(found) for found in pool.map(tokens, [text] * 16)}) == 1


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
