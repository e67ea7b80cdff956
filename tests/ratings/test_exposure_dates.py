"""Dates of exposure: which models could have seen a set, as far as days and months say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis import places
from analysis.errors import UsageError
from analysis.matching.prompt_sets import PromptSet
from analysis.ratings.exposure_dates import (
    COULD,
    CUTOFF_BEFORE,
    RELEASED_BEFORE,
    UNKNOWN,
    _could,
    check_day,
    could_have_seen,
    released_on,
)


@pytest.mark.parametrize(
    ("came", "ends", "day", "said"),
    [
        ("2023-06-13", "2021-09", "2023-07-20", RELEASED_BEFORE),
        ("2024-05-13", "2023-10", "2023-07-20", COULD),
        ("2024-04-18", "2023-03", "2023-07-20", CUTOFF_BEFORE),
        ("2023-07", "", "2023-07-20", UNKNOWN),
        ("2023-07-21", "", "2023-07", UNKNOWN),
        ("2023-08", "2023-07", "2023-07-20", COULD),
        ("", "2023-06", "2023-07-20", CUTOFF_BEFORE),
        ("", "2024-06", "2023-07-20", UNKNOWN),
        ("", "", "2023-07-20", UNKNOWN),
        ("2024-05-13", "2023-10", "", UNKNOWN),
    ],
)
def test_days_and_months_compare_as_far_as_both_say(came: str, ends: str, day: str, said: str) -> None:
    assert _could(came, ends, day) == said


def test_models_are_dated_by_the_file_and_by_their_names() -> None:
    found = could_have_seen(["gpt-4-0613", "gemma-2-27b-it", "llama-3-8b-instruct", "a-model-2024-05-01", "nobody"], "2023-07-20")
    assert found["could_have_seen"].tolist() == [RELEASED_BEFORE, COULD, CUTOFF_BEFORE, COULD, UNKNOWN]
    assert found["cutoff"].tolist() == ["2021-09", "2024-06", "2023-03", "", ""]


def test_cutoffs_are_months_and_no_model_was_released_before_its_cutoff_by_long() -> None:
    known = pd.read_csv(places.DATA / "models.csv", dtype=str)
    given = known["cutoff"].dropna()
    assert given.str.fullmatch(r"20\d\d-(0[1-9]|1[0-2])").all()
    assert known.loc[known["cutoff"].notna(), "source"].str.contains("cutoff: ").all()
    assert known.loc[known["released"].notna(), "source"].str.contains("released: ").all()
    both = known.dropna(subset=["cutoff", "released"])
    assert (both["released"].str[:4].astype(int) - both["cutoff"].str[:4].astype(int)).between(0, 3).all()


def of(name: str, last: str = "", files: tuple[Path, ...] = ()) -> PromptSet:
    return PromptSet(name, np.array([1], np.uint64), 1, 0, last, last, files)


def test_a_set_is_dated_by_its_name_or_its_folder_else_by_its_last_prompt() -> None:
    assert released_on(of("LMSYS_chat-1m"))[0] == "2023-09"
    assert released_on(of("train.csv", files=(Path("data/raw/arena-human-preference-55k/train.csv"),)))[0] == "2024-05"
    assert released_on(of("mine.txt", "2023-09-11")) == ("2023-09-11", "its last prompt was asked then")
    assert released_on(of("mine.txt")) == ("", "")


@pytest.mark.parametrize("day", ["2023", "20230720", "2023-13", "2023-07-32", "2023-02-31", "soon", ""])
def test_what_is_no_day_is_wrong_usage(day: str) -> None:
    with pytest.raises(UsageError, match="write a day or a month"):
        check_day(day)
