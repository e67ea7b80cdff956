"""A language has one name, in whatever way a release spells it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources.languages import language_name


@pytest.mark.parametrize(
    ("name", "labels"),
    [
        ("English", "en EN eng ENG english English ENGLISH en-US en_us en-Latn-US en-GB-oed"),
        ("Hebrew", "iw he heb Hebrew עברית"),
        ("Chinese", "zh cmn zho chi zh-Hant zh_Hans_CN zh-TW zh-cmn-Hans-CN chinese Mandarin 中文 简体中文 繁體中文"),
        ("Indonesian", "in id ind INDONESIAN"),
        ("Filipino", "fil tl tgl Tagalog tagalog"),
        ("Norwegian", "no nb nor nob NO nb-NO norsk"),
        ("Norwegian Nynorsk", "nn nno"),
        ("German", "de ger deu de-AT Deutsch DEUTSCH"),
        ("French", "fr fre fra Français français"),
        ("Spanish", "es spa es-419 Español castilian"),
        ("Persian", "fa per fas prs pes Farsi Dari"),
        ("Serbian", "sr sh sr-Latn srp"),
        ("Cantonese", "yue yue-HK cantonese 粵語"),
        ("Irish", "ga gle"),
        ("Ga", "Ga gaa"),
        ("Min Nan Chinese", "nan-TW nan-Hant"),
        ("unknown", "und unknown Unknown UNKNOWN un xx xx-Qaai zxx mul mis und-Latn undetermined"),
    ],
)
def test_every_spelling_of_a_language_has_one_name(name, labels):
    assert {label: language_name(label) for label in labels.split()} == dict.fromkeys(labels.split(), name)


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("ENGLISH (US)", "English"),
        ("Chinese (Simplified)", "Chinese"),
        ("Traditional Chinese", "Chinese"),
        ("Brazilian Portuguese", "Portuguese"),
        ("Português (Brasil)", "Portuguese"),
        ("Norwegian (Nynorsk)", "Norwegian Nynorsk"),
        ("Haitian_Creole", "Haitian Creole"),
        ("Unknown language", "unknown"),
        ("  fr ", "French"),
    ],
)
def test_a_name_of_several_words_is_that_of_its_language(label, name):
    assert language_name(label) == name


@pytest.mark.parametrize("label", ["Klingon-B", "qqq", "No-Such", "rephrase_english", "isindebele", "x" * 200, "en.UTF-8"])
def test_what_is_not_known_or_has_two_meanings_passes_as_it_is(label):
    assert language_name(label) == label


@pytest.mark.parametrize("label", ["nan", "NaN", "NA", "N/A", "NULL", "None", "-", "", "  "])
def test_a_spelling_of_nothing_is_no_language(label):
    assert language_name(label) is None


@settings(deadline=None)
@given(st.text(max_size=20) | st.from_regex(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{1,8}){0,3}", fullmatch=True))
def test_a_name_keeps_its_name(label):
    name = language_name(label)
    assert name is None or language_name(name) == name
