"""Style features counted from text (METHODS 2.4: Markdown outside of code blocks)."""

import csv

import pytest

from analysis.sources import arena_140k, style
from analysis.sources.languages import language_name


def test_markdown_is_counted_outside_of_code_blocks():
    text = "# One\n## Two\n#no header\n- a\n* b\n1. c\n**bold** and __bold__\n```\n# not\n- not\n**not**\n```"
    assert style.count_markdown([text]) == (2, 3, 2)


def test_a_code_block_that_never_ends_takes_the_rest():
    assert style.count_markdown(["- a\n```python\n# not\n- not"]) == (0, 1, 0)


def test_tokens_are_words_and_chinese_characters():
    assert style.count_tokens(["two words", "три слова тут", "你好 world"]) == 2 + 3 + 3


@pytest.mark.parametrize(
    "text", ["```\nx\n```", "def run(x):", "a Python script", "pip install numpy", "C++ and C#", "SELECT a FROM b"]
)
def test_code_is_found(text):
    assert style.mentions_code([text])


@pytest.mark.parametrize("text", ["Name a river.", "the class of 1968", "a rusty nail", "important news"])
def test_prose_is_not_code(text):
    assert not style.mentions_code([text])


def test_a_refusal_at_the_start_counts_and_later_does_not():
    refusal = "I'm sorry, but I can't help with that."
    assert style.refuses([refusal])
    assert style.refuses(["I\u2019m unable to provide that."])
    assert not style.refuses(["A novel. " * 100 + refusal])
    assert not style.refuses(["You can't help it."])


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
    csv.field_size_limit(1 << 26)
    agree = [0, 0, 0]
    with (real_data / "arena_140k_sample100.csv").open(newline="", encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            draft = arena_140k.normalise(row)
            for side, answers in (("a", draft.texts.answers_a), ("b", draft.texts.answers_b)):
                counts = style.count_markdown(answers)
                for place, feature in enumerate(("headers", "lists", "bold")):
                    agree[place] += counts[place] == draft.vote[f"{feature}_{side}"]
    assert agree[0] == agree[2] == 200
    assert agree[1] >= 198
