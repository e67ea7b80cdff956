"""Prompts: when two are the same, and which vote came first."""

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError
from analysis.votes.prompts import first_of_each, first_votes, normalise, prompt_keys


@pytest.mark.parametrize(
    ("one", "other"),
    [("Hi", "hi"), ("how  many\n r's ", "how many r's"), ("STRASSE", "straße"), ("ｈｉ", "hi"), ("cafe\u0301", "café")],
)
def test_case_white_space_and_unicode_form_make_no_difference(one: str, other: str) -> None:
    assert normalise(one) == normalise(other)


def test_different_words_stay_different() -> None:
    assert normalise("hi") != normalise("hi!")


@given(st.text())
def test_normalising_twice_changes_nothing_that_keys_see(prompt: str) -> None:
    once = normalise(prompt)
    assert " ".join(once.split()) == once


def test_keys_are_equal_exactly_for_equal_prompts() -> None:
    keys = prompt_keys(pa.array(["Hi", "hi ", "hello", None, "", " \n"]))
    assert keys[0] == keys[1] != keys[2]
    assert list(keys[3:]) == [0, 0, 0]


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
