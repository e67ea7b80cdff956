"""Settings: every value is checked where it is set, and the error says what is allowed."""

import math
from dataclasses import fields, replace
from typing import Any

import pytest

from analysis import commands
from analysis.cli import _parser, main
from analysis.errors import UsageError
from analysis.ratings.settings import FEWEST_ROUNDS, Settings
from analysis.sources.cleaning import Cleaning
from analysis.sources.conversion import Conversion


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
        ("board_votes", 0, "a whole number of votes, 1 or more"),
        ("board_models", 0, "a whole number of models, 1 or more"),
        ("board_models", 2.5, "a whole number of models, 1 or more"),
        ("ridge", -1, "0, or a number of votes from 1e-06 to 1e+12"),
        ("ridge", math.nan, "0, or a number of votes from 1e-06 to 1e+12"),
        ("ridge", math.inf, "0, or a number of votes from 1e-06 to 1e+12"),
        ("ridge", 1e-7, "0, or a number of votes from 1e-06 to 1e+12"),
        ("ridge", 1e13, "0, or a number of votes from 1e-06 to 1e+12"),
        ("seed", 2**63, "0 or more and below 2^63"),
        ("minimum_votes", 2**63, "1 or more and below 2^63"),
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
        ("weight", 3, "the name of a column"),
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
        (["--ridge", "-1"], "ridge is -1.0; it must be 0, or a number of votes from 1e-06 to 1e+12."),
        (["--ridge", "nan"], "ridge is nan; it must be 0, or a number of votes from 1e-06 to 1e+12."),
        (["--interval", "bootstrap", "--rounds", "1"], "rounds is 1; it must be a whole number of rounds, 50 to 1,000,000."),
        (["--seed", "-1"], "seed is -1; it must be a whole number, 0 or more and below 2^63."),
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


#: Settings of `board` that `shift` does not have: it has one pair of boards, and does not resample.
ALONE = {"board_votes", "board_models", "rounds"}

#: What each option of `board` and `shift` sets: an option that is forgotten, or does not reach its field, fails below.
BOARD = {
    "level": ("--level", 0.9),
    "minimum_votes": ("--minimum-votes", 3),
    "board_votes": ("--board-votes", 5),
    "board_models": ("--board-models", 2),
    "ridge": ("--ridge", 0.5),
    "ties": ("--ties", "davidson"),
    "reweight": ("--reweight", True),
    "style_control": ("--style-control", True),
    "interval": ("--interval", "votes"),
    "cluster": ("--cluster", "both"),
    "rounds": ("--rounds", 77),
    "seed": ("--seed", 9),
}
TOPICS = {
    "embedding": ("--embedding", "words"),
    "fit_on": ("--fit-on", 500),
    "fast": ("--fast", True),
    "most": ("--most", 7),
    "fine": ("--fine", True),
    "rounds": ("--rounds", 0),
    "curation": ("--curation", "rules.toml"),
    "seed": ("--seed", 9),
}
RULES = {
    "anonymous_only": ("--keep-not-anonymous", False),
    "identity_words": ("--identity-words", True),
    "error_texts": ("--error-texts", True),
    "judge_daily_limit": ("--judge-limit", 4),
    "exclude_models": ("--exclude-model", ("m",)),
}
CONVERSION = {
    "columns": ("--column", {"model_a": "left"}),
    "outcomes": ("--outcome", {"L": "model_a"}),
    "allow_loss": ("--allow-loss", True),
    "encoding": ("--encoding", "latin-1"),
}


def _words(option: str, value: Any) -> list[str]:
    """An option as it is typed."""
    if isinstance(value, bool):
        return [option]
    if isinstance(value, dict):
        return [option, *(f"{name}={theirs}" for name, theirs in value.items())]
    return [option, *(value if isinstance(value, tuple) else (str(value),))]


def _settings(command: str, *words: str) -> Any:
    """What a command makes of its options."""
    options = _parser().parse_args([command, "--votes", "sample", *words])
    made = {"board": commands.board_settings, "shift": commands.shift_settings, "topics": commands.topic_settings}
    return made[command](options)


@pytest.mark.parametrize(
    ("command", "given", "without"),
    [
        ("board", BOARD, {"anchor", "anchor_rating", "weight"}),
        ("shift", {name: BOARD[name] for name in BOARD.keys() - ALONE}, {"anchor", "anchor_rating", "weight", *ALONE}),
        ("topics", TOPICS, {"distance", "unclear", "words", "smallest"}),
    ],
)
def test_every_option_reaches_its_field_and_every_field_has_one_or_is_known_to_have_none(
    command: str, given: dict[str, tuple[str, Any]], without: set[str]
) -> None:
    default = _settings(command)
    assert default == type(default)()
    assert {field.name for field in fields(default)} == {*given, *without}
    for name, (option, value) in given.items():
        assert value != getattr(default, name)
        assert _settings(command, *_words(option, value)) == replace(default, **{name: value})


def test_every_option_of_reading_reaches_its_field() -> None:
    def made(*words: str) -> Conversion:
        return commands.conversion(_parser().parse_args(["turns", "--votes", "sample", *words]))

    default = made()
    assert default == Conversion()
    assert {field.name for field in fields(Cleaning)} == set(RULES)
    assert {field.name for field in fields(Conversion)} == {*CONVERSION, "rules", "batch"}
    for name, (option, value) in RULES.items():
        assert made(*_words(option, value)) == replace(default, rules=replace(default.rules, **{name: value}))
    for name, (option, value) in CONVERSION.items():
        assert made(*_words(option, value)) == replace(default, **{name: value})


def test_every_option_of_a_board_and_of_topics_is_known_here() -> None:
    reading = {option for option, _ in (*RULES.values(), *CONVERSION.values())} | {"--votes", "--out", "--debug", "--help"}
    known = {
        "board": {option for option, _ in BOARD.values()} | {"--category", "--group", "--spreadsheet-safe"},
        "shift": {option for option, _ in BOARD.values()} - {BOARD[name][0] for name in ALONE}
        | {"--from", "--to", "--spreadsheet-safe"},
        "topics": {option for option, _ in TOPICS.values()} | {"--earlier", "--search"},
    }
    (groups,) = [action.choices for action in _parser()._actions if isinstance(action.choices, dict)]
    for command, options in known.items():
        there = {option for action in groups[command]._actions for option in action.option_strings}
        assert there - {"-h"} == options | reading
