"""Letters that usual fonts lack, and the rules that carry them: they hold exactly those, whatever the text."""

import base64
import io
import re

import pytest
from fontTools.ttLib import TTFont
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.results import fonts

#: Words of a script, for each that figures and pages must be able to draw.
SCRIPTS = {
    "Chinese": "机器学习 繁體",
    "Japanese": "データベース ひらがな 料理",
    "Korean": "파이썬 함수",
    "Arabic": "برمجة كود",
    "Hebrew": "שלום תכנות",
    "Thai": "บทความ โค้ด",
    "Hindi": "हिन्दी प्रोग्रामिंग",
    "Bengali": "বাংলা ভাষা",
    "Tamil": "தமிழ் மொழி",
    "Khmer": "ភាសាខ្មែរ",
    "Lao": "ພາສາລາວ",
    "Burmese": "မြန်မာစာ",
    "Georgian": "ქართული",
}

RULE = re.compile(
    r'@font-face\{font-family:"Workbook Letters";src:url\(data:font/woff;base64,([A-Za-z0-9+/]+=*)\) format\("woff"\);'
    r"unicode-range:(U\+[0-9A-F]+(?:-[0-9A-F]+)?(?:,U\+[0-9A-F]+(?:-[0-9A-F]+)?)*)\}"
)


def carried(rules: str) -> tuple[set[int], set[int]]:
    """Code points that the fonts of the rules can draw, and those that the rules say they are for."""
    found = RULE.findall(rules)
    assert "".join(match[0] for match in RULE.finditer(rules)) == rules
    drawn = [set(TTFont(io.BytesIO(base64.b64decode(data))).getBestCmap()) for data, _ in found]
    spans = [span.removeprefix("U+").split("-") for _, ranges in found for span in ranges.split(",")]
    said = [set(range(int(ends[0], 16), int(ends[-1], 16) + 1)) for ends in spans]
    return set().union(*drawn), set().union(*said)


@pytest.mark.parametrize("words", SCRIPTS.values(), ids=SCRIPTS)
def test_a_text_in_any_script_carries_its_letters_and_no_others(words: str) -> None:
    drawn, said = carried(fonts.font_rules(f"Latin, кириллица, ελληνικά: {words}"))
    assert said >= set(map(ord, words)) - {ord(" ")}
    assert len(said) <= 1.3 * len(set(words))
    assert said <= drawn <= said | {ord(" "), 0x25CC, 0xA0}


@pytest.mark.parametrize(
    ("letter", "parts"),
    [("\u0bca", "\u0bc6\u0bbe"), ("\u09cb", "\u09c7\u09be"), ("\u0e33", "\u0e4d\u0e32"), ("\u17c4", "\u17c1"), ("각", "")],
)
def test_a_vowel_on_both_sides_of_its_consonant_brings_its_parts(letter: str, parts: str) -> None:
    assert carried(fonts.font_rules(letter))[1] == set(map(ord, letter + parts))


def test_what_usual_fonts_have_carries_nothing() -> None:
    assert fonts.font_rules("Zażółć, Привет, Καλημέρα, tiếng Việt – “x” → 8 × 3 € ≥ 😀\n\0\ud800") == ""
    assert fonts.face_of("ཀ") is None
    assert fonts.font_rules("ཀ") == ""


@settings(max_examples=60, deadline=None)
@given(st.text(st.characters(), max_size=60))
def test_rules_are_numbers_and_base64_whatever_the_text(text: str) -> None:
    assert RULE.sub("", fonts.font_rules(f"}}</style>模<script>{text}")) == ""


def test_joiners_go_with_the_letters_that_they_shape() -> None:
    assert 0x200D in carried(fonts.font_rules("क्\u200dष"))[1]
    assert fonts.font_rules("a\u200db") == ""


def test_equal_letters_give_equal_bytes() -> None:
    first = fonts.font_rules("模型 โค้ด")
    fonts._rule.cache_clear()
    assert fonts.font_rules("โค้ด 型模") == first


def test_of_too_many_letters_the_most_frequent_are_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_MOST", 2)
    assert carried(fonts.font_rules("代码数代据代数"))[1] == {ord("代"), ord("数")}


def test_a_copyright_and_a_licence_go_with_the_letters() -> None:
    data = RULE.findall(fonts.font_rules("โค้ด"))[0][0]
    names = TTFont(io.BytesIO(base64.b64decode(data)))["name"]
    assert "Open Font License" in str(names.getDebugName(13))


def test_without_the_packages_nothing_is_carried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_FILES", (("no_such_package", "x.ttf"), ("manimgx_fonts", "no such file.ttf")))
    for cached in (fonts.faces, fonts.face_of):
        cached.cache_clear()
    try:
        assert fonts.font_rules("模型") == ""
    finally:
        for cached in (fonts.faces, fonts.face_of):
            cached.cache_clear()


def test_a_drawing_gives_its_fonts_back_as_it_was() -> None:
    drawing = '<svg class="drawing" viewBox="0 0 1 1"><style>.drawing{}</style><text>@font-face{} 模型</text></svg>'
    carrying = fonts.with_font_rules(drawing, fonts.font_rules(drawing))
    assert carrying.startswith('<svg class="drawing" viewBox="0 0 1 1"><style>@font-face{')
    assert fonts.without_font_rules(carrying) == drawing == fonts.without_font_rules(drawing)
    assert fonts.with_font_rules(drawing, "") == drawing
