"""What is counted from texts, held against the standard library's regular expressions."""

import re

import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st
from odd_values import generated

from analysis.sources import text_features


def _of_re(pattern: str) -> re.Pattern[str]:
    """A pattern of RE2, whose classes and word boundaries are ASCII's, as one of the standard library."""
    for theirs, ours in ((r"\b", r"(?a:\b)"), (r"[^\w", "[^0-9A-Za-z_"), (r"\w", "[0-9A-Za-z_]"), (r"\s", r"[\t\n\f\r ]")):
        pattern = pattern.replace(theirs, ours)
    return re.compile(pattern.replace(r"\z", r"\Z"))


CODE, REFUSAL, BLOCK = map(_of_re, (text_features._CODE, text_features._REFUSAL, text_features._BLOCK))
MARKDOWN = [[_of_re(pattern)] for pattern in (text_features._HEADER, text_features._LIST_ITEM)] + [
    list(map(_of_re, text_features._BOLD))
]
#: Parts of texts, what nearly is one of the patterns among them.
WORDS = [
    *[
        "```",
        "```py",
        "",
        "",
        "",
        "",
        " ",
        "\t",
        "\x0b",
        "\r",
        "# ",
        "###",
        "#######",
        "- ",
        "* ",
        "+",
        "12. ",
        "1.",
        "**",
        "__",
        "*",
        "_",
        ".",
        ",",
        "x",
        "é",
        "漢",
        "用",
        "-",
        "😀",
        "\x1f",
        "�",
    ],
    *[
        "python",
        "Java",
        "JavaScript",
        "C++",
        "c#",
        "SQL",
        "rust",
        "rusty",
        "regex",
        "unit test",
        "import os",
        "def f(",
        "class A:",
        "#include <x>",
    ],
    *["SELECT a FROM b", "pip install", "git push", "I'm sorry, but I", "I can’t help", "as an AI, I cannot", "I must decline"],
    *("\n", "\n\n", "\r\n", "\x85", "\u00a0", "\u2028", "y" * 200, "goes against my guidelines"),
]
texts = st.lists(st.sampled_from(WORDS), max_size=12).map("".join)


@given(st.lists(st.one_of(st.none(), st.lists(texts, max_size=3)), max_size=5), st.integers(0, 2))
@generated(300)
def test_what_is_counted_from_texts_is_what_the_standard_library_counts(rows, start):
    lists = pa.array([*([["before"]] * start), *rows], pa.list_(pa.string())).slice(start)
    bare = [None if row is None else [BLOCK.sub("", text) for text in row] for row in rows]
    for found, patterns in zip(text_features.count_markdown(lists), MARKDOWN, strict=True):
        lead = "" if len(patterns) == 2 else "\n"
        expected = [
            None if row is None else sum(len(pattern.findall(lead + text)) for text in row for pattern in patterns)
            for row in bare
        ]
        assert found.to_pylist() == expected
    held = {
        text_features.mentions_code: lambda text: bool(CODE.search(text)),
        text_features.refuses: lambda text: bool(REFUSAL.search(text[: text_features._REFUSAL_WINDOW])),
        text_features.holds_text: lambda text: bool(text.strip()),
    }
    for function, holds in held.items():
        assert function(lists).to_pylist() == [None if row is None else any(map(holds, row)) for row in rows]
