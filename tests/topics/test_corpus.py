from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.topics.corpus import READ, read_corpus
from analysis.votes.table import Votes

Maker = Callable[[pd.DataFrame], Votes]


def frame(prompts: list[str | None], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": "tie", "prompt": prompts} | columns)


def test_prompts_that_differ_in_case_and_space_are_one_and_blank_ones_are_none(votes_of: Maker):
    corpus = read_corpus(votes_of(frame(["Hi  there", "other", "hi there", "", None, "other"])))
    assert len(corpus) == 2
    assert corpus.prompt.tolist() == [0, 1, 0, -1, -1, 1]
    assert corpus.place.tolist() == [0, 1]
    assert corpus.votes.tolist() == [2, 2]


def test_texts_come_in_batches_and_are_cut(votes_of: Maker):
    corpus = read_corpus(votes_of(frame([f"prompt {number} " + "x" * 3_000 for number in range(7)])))
    found = [
        (number, text)
        for numbers, texts in corpus.batches(np.array([1, 3, 6]), size=2)
        for number, text in zip(numbers, texts, strict=True)
    ]
    assert [number for number, _ in found] == [1, 3, 6]
    assert [text[:8] for _, text in found] == ["prompt 1", "prompt 3", "prompt 6"]
    assert all(len(text) == READ for _, text in found)


def test_a_sample_has_every_language_in_proportion(votes_of: Maker):
    languages = ["English"] * 800 + ["Russian"] * 150 + ["Polish"] * 50
    corpus = read_corpus(votes_of(frame([f"prompt {number}" for number in range(1_000)], language=languages)))
    numbers = corpus.sample(100, seed=3)
    counts = pd.Series(corpus.languages[numbers]).value_counts()
    assert len(np.unique(numbers)) == 100
    assert counts.to_dict() == {"English": 80, "Russian": 15, "Polish": 5}


def test_a_sample_has_every_period_in_proportion(votes_of: Maker):
    time = pd.to_datetime("2024-06-01", utc=True) + pd.to_timedelta(np.arange(1_200), unit="h")
    corpus = read_corpus(votes_of(frame([f"prompt {number}" for number in range(1_200)], time=time)))
    numbers = corpus.sample(120, seed=3)
    assert np.bincount(numbers // 100, minlength=12).tolist() == [10] * 12


def test_votes_without_prompts_are_an_error_that_says_so(votes_of: Maker):
    with pytest.raises(InputError, match="needs prompts"):
        read_corpus(votes_of(frame([None, None])))


def test_a_language_that_is_not_given_is_empty(votes_of: Maker):
    corpus = read_corpus(votes_of(frame(["one", "two"], language=["English", None])))
    assert corpus.languages.tolist() == ["English", ""]
