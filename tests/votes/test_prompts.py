"""Prompts: when two are the same, and which vote came first."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.votes import prompts
from analysis.votes.prompts import different, first_of_each, first_votes, normalise, normalised, prompt_keys, read_prompt_keys
from analysis.votes.quick_keys import quick_keys, quick_texts
from analysis.votes.signs import LOOKED_AT

#: Signs between which the rules decide, letters of scripts with and without spaces, and what merges with its neighbour.
HOSTILE = "aB1 .,;!?…\"'“’«¿¡ 你好。、กา่\u0301\u3099か-(가[]{}#Éßﬁ½\n\t\x00\u200b́𠀀😀٣؟।\u0345"

#: Every character but those that are Han or nobody's: of these, one in a thousand.
CHARACTERS = [chr(code) for code in (*range(0xD800), *range(0xE000, LOOKED_AT), *range(LOOKED_AT, 0x110000, 997))]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Hi", "hi"),
        ("how  many\n r's ", "how many r's"),
        ("STRASSE", "straße"),
        ("ｈｉ", "hi"),
        ("cafe\u0301", "café"),
        ("hi!", "hi"),
        ("Hello, world...", "hello world…"),
        ("Say “hi” , please .", "say 'hi' please"),
        ("don’t", "don't"),
        ("¿Qué es esto?", "qué es esto"),
        ("«Bonjour» !", "bonjour"),
        ("你好，世界。", "你好 世界"),
        ("写「诗」", "写诗"),
        ("ما هذا؟", "ما هذا"),
        ("यह क्या है।", "यह क्या है"),
        ("สวัสดี ครับ", "สวัสดีครับ"),
        ("5 apples: how many?", "5 apples how many"),
    ],
)
def test_what_nobody_meant_makes_no_difference(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("C#", "C"),
        ("C++", "C"),
        ("x*y", "x y"),
        ("-5", "5"),
        ("50 %", "50"),
        ("3.14", "314"),
        ("10:30", "1030"),
        (".5", "5"),
        ("!x", "x"),
        ("a[1:]", "a[1]"),
        ("f(x)", "f x"),
        ("don't", "dont"),
        ("a.b", "ab"),
        ("resume", "résumé"),
        ("用 Python", "用Python "),
        ("?", "!"),
        ("a b", "ab"),
        ("你 1", "你1"),
    ],
)
def test_what_carries_meaning_makes_a_difference(one: str, other: str) -> None:
    assert normalise(one) != normalise(other)


@pytest.mark.parametrize("prompt", ["?", "...", "?!", "“”", "¿", "。", '" ."'])
def test_a_prompt_of_marks_alone_does_not_become_blank(prompt: str) -> None:
    assert normalise(prompt)


@given(st.text(HOSTILE) | st.text())
def test_normalising_twice_changes_nothing(prompt: str) -> None:
    once = normalise(prompt)
    assert normalise(once) == once
    assert bool(once) == bool(prompt.split())


def test_normalising_twice_changes_nothing_for_any_character() -> None:
    changed = [character for character in CHARACTERS for once in [normalise(f"a{character}")] if normalise(once) != once]
    assert changed == []


@pytest.mark.parametrize("prompt", ["." * 200_000 + "x", "'" * 200_000, "你 " * 100_000, "a. " * 100_000, "\u0301" * 200_000])
def test_runs_of_marks_cost_no_more_than_their_length(prompt: str) -> None:
    assert normalise(prompt)


@pytest.mark.parametrize("pattern", ["{}", "a{}b", "你{} 好", "'{}'", "a{0}{0}", "a {}.", "ᄀ{}"])
def test_compiled_keys_and_texts_are_those_of_the_definition_for_every_character(pattern: str) -> None:
    hold_equal([pattern.format(character) for character in CHARACTERS])


@given(st.lists(st.text(HOSTILE) | st.text() | st.none(), max_size=20))
def test_compiled_keys_and_texts_are_those_of_the_definition(written: list[str | None]) -> None:
    hold_equal(written)
    hold_equal([None, *written, "Grüße"], 1)


def hold_equal(written: list[str | None], start: int = 0) -> None:
    """Compare all that the compiled way does not leave to the definition."""
    array = pa.array(written, pa.string()).slice(start)
    left = [normalise(prompt or "") for prompt in array.to_pylist()]
    keys, hard = quick_keys(array)
    kept = np.setdiff1d(np.arange(len(array)), hard)
    assert np.array_equal(keys[kept], prompt_keys(array)[kept])
    texts, also_hard = quick_texts(array)
    assert np.array_equal(hard, also_hard)
    found = texts.to_pylist()
    assert [found[place] for place in kept] == [left[place] for place in kept]


def test_compiled_keys_are_those_of_the_definition_for_every_length() -> None:
    hold_equal([("abcdé" * 40)[:length] for length in range(200)])


def test_usual_prompts_of_any_language_are_not_left_to_the_definition() -> None:
    written = [
        "What is 2 + 2?",
        "Wie groß ist Köln?",
        "你好，世界",
        "Сколько?",
        "日本語で書いて",
        "안녕하세요",
        "Tiếng Việt",
        "สวัสดี",
        "नमस्ते",
    ]
    assert list(quick_keys(pa.array(written))[1]) == []


def test_many_prompts_have_the_keys_of_few(monkeypatch, votes_of) -> None:
    written = ["Hi", "hi!", None, "", " \n", "e\u0301", "é", "hello"] * 3
    few, texts = prompt_keys(pa.array(written)), normalised(pa.array(written)).to_pylist()
    votes = votes_of(pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "prompt": written}))
    assert np.array_equal(read_prompt_keys(votes), few)
    monkeypatch.setattr(prompts, "_MANY", 2)
    monkeypatch.setattr(prompts, "_BATCH", 3)
    assert np.array_equal(prompt_keys(pa.array(written)), few)
    assert np.array_equal(read_prompt_keys(votes), few)
    assert normalised(pa.array(written)).to_pylist() == texts


def test_keys_are_the_same_in_every_version() -> None:
    keys = [0x26C7827D889F6DA3, 0x26C7827D889F6DA3, 0]
    assert prompt_keys(pa.array(["Hello", "hello!", ""])).tolist() == keys
    assert quick_keys(pa.array(["Hello", "hello!", ""]))[0].tolist() == keys


def test_keys_are_equal_exactly_for_equal_prompts() -> None:
    keys = prompt_keys(pa.array(["Hi", "hi ", "hello", None, "", " \n"]))
    assert keys[0] == keys[1] != keys[2]
    assert list(keys[3:]) == [0, 0, 0]
    assert len(prompt_keys(pa.array([], pa.string()))) == 0


def test_different_prompts_are_numbered_in_the_order_in_which_they_come() -> None:
    keys = np.array([9, 0, 3, 9, 5], dtype=np.uint64)
    prompt, place = different(keys)
    assert (prompt.tolist(), place.tolist()) == ([0, -1, 1, 0, 2], [0, 2, 4])
    prompt, place = different(keys, np.array([4, 3, 0]))
    assert (prompt.tolist(), place.tolist()) == ([1, -1, -1, 1, 0], [4, 3])


def test_the_earliest_vote_of_a_prompt_is_its_first() -> None:
    keys = np.array([7, 7, 9, 7], dtype=np.uint64)
    assert list(first_of_each(keys, np.array([5, 2, 9, 3]))) == [False, True, True, False]
    assert list(first_of_each(keys)) == [True, False, True, False]


def test_a_vote_without_a_prompt_repeats_nothing() -> None:
    assert first_of_each(np.array([0, 0, 3, 3], dtype=np.uint64)).tolist() == [True, True, True, False]


def test_first_votes_follow_the_time_and_not_the_file(votes_of) -> None:
    frame = pd.DataFrame(
        {
            "model_a": "a",
            "model_b": "b",
            "outcome": "tie",
            "prompt": ["hi", "HI", "other"],
            "time": pd.to_datetime(["2024-06-03", "2024-06-01", "2024-06-02"], utc=True),
        }
    )
    assert first_votes(votes_of(frame)).tolist() == [False, True, True]
    assert first_votes(votes_of(frame.drop(columns="time"))).tolist() == [True, False, True]


def test_votes_without_prompts_say_so(votes_of) -> None:
    with pytest.raises(InputError, match="needs prompts"):
        first_votes(votes_of(pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"]})))
