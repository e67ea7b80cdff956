"""Settings: every value is checked where it is set, and the error says what is allowed."""

import math
from typing import Any

import pytest

from analysis.cli import main
from analysis.errors import UsageError
from analysis.settings import FEWEST_ROUNDS, Settings


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("level", 95, "between 0 and 1, such as 0.95"),
        ("level", 0, "between 0 and 1"),
        ("level", 1.0, "between 0 and 1"),
        ("level", math.nan, "between 0 and 1"),
        ("level", "0.9", "between 0 and 1"),
        ("level", True, "between 0 and 1"),
        ("anchor", 7, "the name of a model"),
        ("anchor_rating", math.inf, "a number"),
        ("anchor_rating", "1000", "a number"),
        ("minimum_votes", 0, "a whole number of votes, 1 or more"),
        ("minimum_votes", 1.5, "a whole number of votes, 1 or more"),
        ("ridge", -1, "a number of votes, 0 or more"),
        ("ridge", math.nan, "a number of votes, 0 or more"),
        ("ridge", math.inf, "a number of votes, 0 or more"),
        ("ties", "whole", "half, davidson, rao_kupper"),
        ("reweight", "yes", "true or false"),
        ("style_control", 1, "true or false"),
        ("interval", "sandwich", "auto, votes, judges, bootstrap"),
        ("cluster", "model", "judge, prompt, both"),
        ("rounds", 0, f"{FEWEST_ROUNDS} to 1,000,000"),
        ("rounds", 1, f"{FEWEST_ROUNDS} to 1,000,000"),
        ("rounds", 100.0, f"{FEWEST_ROUNDS} to 1,000,000"),
        ("seed", -1, "a whole number, 0 or more"),
        ("seed", None, "a whole number, 0 or more"),
    ],
)
def test_a_value_that_is_not_allowed_is_refused_with_those_that_are(name: str, value: Any, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        Settings(**{name: value})
    assert str(raised.value).startswith(f"{name} is {value!r}")
    assert words in str(raised.value)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--level", "95"], "level is 95.0; it must be between 0 and 1, such as 0.95 for 95 %."),
        (["--ridge", "-1"], "ridge is -1.0; it must be a number of votes, 0 or more."),
        (["--ridge", "nan"], "ridge is nan; it must be a number of votes, 0 or more."),
        (["--interval", "bootstrap", "--rounds", "1"], "rounds is 1; it must be a whole number of rounds, 50 to 1,000,000."),
        (["--seed", "-1"], "seed is -1; it must be a whole number, 0 or more."),
        (["--interval", "votes", "--cluster", "prompt"], "cluster=prompt goes with interval=auto, not with interval=votes."),
        (["--ties", "davidson", "--ridge", "2"], "ties=davidson cannot be combined with ridge."),
    ],
)
def test_the_command_line_says_it_in_one_line_and_exits_with_2(
    options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["board", "--votes", "sample", *options]) == 2
    assert capsys.readouterr().err == f"arena-workbook: {words}\n"


def test_an_unknown_interval_names_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as raised:
        main(["board", "--votes", "sample", "--interval", "sandwich"])
    assert raised.value.code == 2
    assert "'auto', 'votes', 'judges', 'bootstrap'" in capsys.readouterr().err
