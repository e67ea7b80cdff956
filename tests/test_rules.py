"""The analyst's own rules: parsed, never executed."""

from collections.abc import Callable

import pandas as pd
import pytest

from analysis import engine
from analysis.categories import find_category
from analysis.errors import UsageError
from analysis.votes import Votes

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


@pytest.mark.parametrize("name", ["random:2", "random:x", "month:June", "since:yesterday", "nothing:1"])
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
