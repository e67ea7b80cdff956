"""Style features counted from text (Markdown outside of code blocks)."""

import re
import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.sources import text_features
from analysis.sources.columns import Faults
from analysis.sources.drafts import draft
from analysis.sources.formats import Rows
from analysis.sources.languages import language_name
from analysis.sources.releases import arena_140k
from analysis.votes.schema import STYLE_FEATURES


def _lists(*rows):
    """Rows, each a list of texts or None."""
    return pa.array(rows, pa.list_(pa.string()))


def _counts(text):
    return tuple(counted[0].as_py() for counted in text_features.count_markdown(_lists([text])))


def test_markdown_is_counted_outside_of_code_blocks():
    text = "# One\n## Two\n#no header\n- a\n* b\n1. c\n**bold** and __bold__\n```\n# not\n- not\n**not**\n```"
    assert _counts(text) == (2, 3, 2)


def test_a_code_block_that_never_ends_takes_the_rest():
    assert _counts("- a\n```python\n# not\n- not") == (0, 1, 0)


def test_each_row_has_the_sum_over_its_texts_and_a_row_without_a_list_has_no_count():
    lists = _lists(["# a\n- b", "**c** d"], None, [], ["", "- e"])
    assert [counts.to_pylist() for counts in text_features.count_markdown(lists)] == [
        [1, None, 0, 0],
        [1, None, 0, 1],
        [1, None, 0, 0],
    ]
    assert text_features.count_tokens(lists).to_pylist() == [6, None, 0, 2]
    assert text_features.mentions_code(lists).to_pylist() == [False, None, False, False]
    assert text_features.refuses(lists).to_pylist() == [False, None, False, False]
    assert text_features.holds_text(lists).to_pylist() == [True, None, False, True]


def test_a_part_of_a_table_is_counted_as_the_whole_is():
    lists = _lists(["one"], None, ["two words", "- 你好"], ["```x```"])
    for count in (
        text_features.count_tokens,
        text_features.mentions_code,
        text_features.holds_text,
        lambda lists: text_features.count_markdown(lists)[1],
    ):
        whole = count(lists).to_pylist()
        assert [count(lists.slice(place, 1))[0].as_py() for place in range(4)] == whole


def test_tokens_are_words_and_chinese_characters():
    lists = _lists(["two words", "три слова тут", "你好 world"])
    assert text_features.count_tokens(lists).to_pylist() == [2 + 3 + 3]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", 0),
        (" \t\n", 0),
        ("one\u00a0two\u2003three\u3000four", 4),
        ("one\x1ctwo\x00three", 3),
        ("zero\u200bwidth", 1),
        ("ひらカタ漢字 x", 7),
        ("한국어 낱말", 2),
        ("a漢b", 3),
        ("é 漢", 2),
        ("👍🏽 ok", 2),
    ],
)
def test_words_are_parted_by_blanks_of_every_script(text, words):
    """By hand: ASCII up to the space and Unicode's separators part words; characters of Chinese and Japanese stand alone."""
    assert text_features.count_tokens(_lists([text], ["x", text])).to_pylist() == [words, 1 + words]


@settings(deadline=None)
@given(st.lists(st.none() | st.lists(st.text(max_size=8) | st.sampled_from([" a b ", "你 好", "```"]), max_size=3), max_size=6))
def test_words_of_texts_together_are_those_of_each_alone(rows):
    def alone(text):
        blank = (letter <= " " or unicodedata.category(letter) in ("Zs", "Zl", "Zp") or letter == "\x85" for letter in text)
        spaced = "".join(" " if is_blank else letter for letter, is_blank in zip(text, blank, strict=True))
        apart = re.sub("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]", " x ", spaced)
        return len([word for word in apart.split(" ") if word])

    rows = [None if row is None else [text.encode("utf-8", "replace").decode() for text in row] for row in rows]
    expected = [None if row is None else sum(map(alone, row)) for row in rows]
    assert text_features.count_tokens(_lists(*rows)).to_pylist() == expected


@pytest.mark.parametrize(
    "text",
    [
        *("```\nx\n```", "def run(x):", "a Python script", "pip install numpy", "C++ and C#", "SELECT a FROM b"),
        *("用python写一个函数", "JavaScript。", "import os", "two\n  class Heron:"),
    ],
)
def test_code_is_found(text):
    assert text_features.mentions_code(_lists([text], ["Name a river.", text], ["Name a river."])).to_pylist() == [
        True,
        True,
        False,
    ]


@pytest.mark.parametrize("text", ["Name a river.", "the class of 1968", "a rusty nail", "important news"])
def test_prose_is_not_code(text):
    assert text_features.mentions_code(_lists([text])).to_pylist() == [False]


def test_a_refusal_at_the_start_counts_and_later_does_not():
    refusal = "I'm sorry, but I can't help with that."
    curly = "I\u2019m unable to provide that."
    late = "A novel. " * 100 + refusal
    assert text_features.refuses(_lists([refusal], [curly], [late], ["You can't help it."])).to_pylist() == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("en", "English"),
        ("pl", "Polish"),
        ("zh-Hant", "Chinese"),
        ("und", "unknown"),
        ("unknown", "unknown"),
        ("English", "English"),
        ("qqq", "qqq"),
    ],
)
def test_languages_go_by_their_english_names(label, name):
    assert language_name(label) == name


def test_counted_style_is_that_of_the_140k_release(real_data):
    """The release gives its own counts: headers and bold agree in all 200 answers, lists in 198."""
    agree = dict.fromkeys(STYLE_FEATURES[1:], 0)
    for batch in Rows(real_data / "arena_140k_sample100.csv").batches(100):
        drafts = draft(batch, arena_140k.RELEASE, Faults()).combine_chunks()
        for side in ("a", "b"):
            counted = text_features.count_markdown(drafts[f"answers_{side}"].chunk(0))
            for feature, counts in zip(STYLE_FEATURES[1:], counted, strict=True):
                pairs = zip(counts.to_pylist(), drafts[f"{feature}_{side}"].to_pylist(), strict=True)
                agree[feature] += sum(ours == theirs for ours, theirs in pairs)
    assert agree["headers"] == agree["bold"] == 200
    assert agree["lists"] >= 198
