"""The analyst's own rules: parsed, never executed."""

import hashlib
from collections.abc import Callable

import pandas as pd
import pytest

from analysis.categories.categories import find_category
from analysis.errors import UsageError
from analysis.votes import engine
from analysis.votes.table import Votes

FRAME = pd.DataFrame(
    {
        "model_a": ["a", "a", "a", "b"],
        "model_b": ["b", "c", "d", "c"],
        "outcome": "tie",
        "turns": [1, 2, 3, 4],
        "language": ["English", "Russian", "English", None],
        "tokens_a": [10, 20, 30, 40],
        "tokens_b": [5, 5, 60, 60],
        "time": pd.to_datetime(["2024-05-31T23:59:59Z", "2024-06-01T00:00:00Z", "2024-06-30T12:00:00Z", "2024-12-31T00:00:00Z"]),
    }
)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("where:turns >= 3", [2, 3]),
        ('where:turns >= 2 and language == "English"', [2]),
        ("where:language in ['English', 'Russian'] and not turns == 1", [1, 2]),
        ("where:1 < turns <= 3 or model_a == 'b'", [1, 2, 3]),
        ("where:tokens_a - tokens_b > 10", [1]),
        ("where:(tokens_a + tokens_b) / 2 >= 45", [2, 3]),
        ("where:turns > -1", [0, 1, 2, 3]),
        ("where:turns * 9223372036854775807 > 9223372036854775807", [1, 2, 3]),
        ("where:turns in [2, None]", [1]),
        ("month:2024-06", [1, 2]),
        ("month:2024-12", [3]),
        ("since:2024-06-30", [2, 3]),
        ("until:2024-06-01", [0]),
        ("release:made for a test", [0, 1, 2, 3]),
        ("random:1", [0, 1, 2, 3]),
    ],
)
def test_a_rule_selects_the_rows_it_describes(name: str, expected: list[int], votes_of: Callable[..., Votes]) -> None:
    table = votes_of(FRAME).expression
    selected = engine.to_pandas(table.filter(find_category(name).rule(table)))["vote_id"]
    assert sorted(selected) == [f"v{number:06}" for number in expected]


@pytest.mark.parametrize(
    "text",
    [
        "__import__('os')",
        "turns >= ",
        "wurns > 1",
        "3 > 2",
        "turns + 1",
        "prompt.upper() == 'A'",
        "[turns for turns in turns]",
        "",
    ],
)
def test_what_is_no_rule_is_a_usage_error(text: str) -> None:
    with pytest.raises(UsageError, match="rule"):
        find_category(f"where:{text}")


@pytest.mark.parametrize(
    "name", ["random:2", "random:x", "month:June", "since:yesterday", "since:9999-12-31T23:59-14:00", "nothing:1"]
)
def test_a_family_with_a_wrong_argument_shows_how_to_write_it(name: str) -> None:
    with pytest.raises(UsageError, match=r"random:0\.14|month:2024-06|since:2024-07-01"):
        find_category(name)


def test_a_random_category_keeps_about_its_share_and_the_seed_fixes_it(votes_of: Callable[..., Votes]) -> None:
    frame = pd.DataFrame({"model_a": "a", "model_b": "b", "outcome": ["tie"] * 20_000})
    table = votes_of(frame).expression

    def chosen(name: str) -> set[str]:
        return set(engine.to_pandas(table.filter(find_category(name).rule(table)))["vote_id"])

    first = chosen("random:0.14")
    assert len(first) == pytest.approx(2800, abs=200)
    assert chosen("random:0.14") == first
    assert len(first & chosen("random:0.14:2")) == pytest.approx(0.14 * 2800, abs=80)


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("turns", "is not a yes-or-no expression"),
        ("not turns", "is not a yes-or-no expression"),
        ("1 == 1 and turns", "is not a yes-or-no expression"),
        ("language >= 3", "compares what cannot be compared; language is a text, written in quotes"),
        ("turns == 'a'", "compares what cannot be compared; turns is a number"),
        ("turns in ['a']", "compares what cannot be compared; turns is a number"),
        ("turns in 3", "compares what cannot be compared; turns is a number"),
        ("3 in turns", "compares what cannot be compared; turns is a number"),
        ("model_a in [1]", "compares what cannot be compared; model_a is a text"),
        ("-model_a == 1", "compares what cannot be compared; model_a is a text"),
        ("language in 'English'", "compares what cannot be compared; language is a text"),
        ("'x' in tags", "compares what cannot be compared; tags is a list of texts"),
        ("time > 3", "compares what cannot be compared; time is a time"),
        ("time == 'yesterday'", "compares what cannot be compared; time is a time"),
        ("is_code == 3", "compares what cannot be compared; is_code is true or false"),
        ("turns and is_code", "compares what cannot be compared; is_code is true or false, turns is a number"),
        ("turns * 99999999999999999999 > 1", "compares what cannot be compared; turns is a number"),
        ("turns in (1, 'a')", "compares what cannot be compared; turns is a number"),
        ("turns in [turns, 'a']", "compares what cannot be compared; turns is a number"),
        ("not is_code and turns in ('a', 'b')", "compares what cannot be compared; is_code is true or false, turns is a number"),
        ("not " * 5_000 + "is_code", "is nested too deep"),
        ("model_a == '\ud800'", "not UTF-8 text"),
    ],
)
def test_a_rule_that_cannot_be_asked_of_any_vote_is_refused_before_one_is_read(rule: str, words: str) -> None:
    with pytest.raises(UsageError) as raised:
        find_category(f"where:{rule}")
    assert words in str(raised.value)
    assert len(str(raised.value)) < 300


@pytest.mark.parametrize(
    "rule", ["is_code", "not anonymous", "time > '2024-06-01'", "2 <= turns <= 4", "turns not in (1, 2)", "judge == 'x'"]
)
def test_rules_of_every_kind_of_column_are_tried_and_let_through(rule: str) -> None:
    assert find_category(f"where:{rule}").meaning == f"the analyst's rule: {rule}"


def test_a_day_with_an_offset_is_that_moment(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    """2024-06-01T00:30 in Berlin is 22:30 UTC of the day before: the vote of 23:59:59 UTC is later."""
    votes = votes_of(FRAME)
    for name, expected in (
        ("since:2024-06-01T00:30+02:00", 4),
        ("since:2024-06-01T00:30", 2),
        ("until:2024-06-01T03:00+03:00", 1),
    ):
        table = votes.expression
        assert engine.to_pandas(table.filter(find_category(name).rule(table)).count().as_table()).iloc[0, 0] == expected


def test_a_random_part_is_the_same_on_every_engine(votes_of: Callable[[pd.DataFrame], Votes]) -> None:
    """By the MD5 digest of id and seed, whatever hash an engine has of its own."""
    frame = pd.DataFrame({"model_a": ["a"] * 4_000, "model_b": ["b"] * 4_000, "outcome": "tie"})
    votes = votes_of(frame)
    ids = engine.to_pandas(votes.expression.select("vote_id"))["vote_id"]
    digests = [int(hashlib.md5(f"{name}|7".encode(), usedforsecurity=False).hexdigest()[:8], 16) for name in ids]
    table = votes.expression
    chosen = engine.to_pandas(table.filter(find_category("random:0.14:7").rule(table)).select("vote_id"))["vote_id"]
    assert set(chosen) == {name for name, digest in zip(ids, digests, strict=True) if digest < round(0.14 * 2**32)}
    assert abs(len(chosen) / 4_000 - 0.14) < 0.02
    assert engine.to_pandas(table.filter(find_category("random:1").rule(table)).count().as_table()).iloc[0, 0] == 4_000
