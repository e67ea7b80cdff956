"""Category rules against a slow oracle: the same rule written for one row."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.categories.categories import CATEGORIES, supported
from analysis.votes import engine
from analysis.votes.table import Votes

ROW_RULES: dict[str, Callable[[dict], bool]] = {
    "overall": lambda _: True,
    "single_turn": lambda row: row["turns"] == 1,
    "multi_turn": lambda row: row["turns"] >= 2,
    "turns_2": lambda row: row["turns"] == 2,
    "turns_3": lambda row: row["turns"] == 3,
    "turns_4_plus": lambda row: row["turns"] >= 4,
    "longer_query": lambda row: row["tokens_user"] >= 500,
    "exclude_short": lambda row: row["tokens_user"] >= 5,
    "exclude_ties": lambda row: row["outcome"] in ("model_a", "model_b"),
    "exclude_refusal": lambda row: row["is_refusal"] is False,
    "coding": lambda row: row["is_code"] is True,
    "hard": lambda row: row["criteria"] >= 6,
    "hard_english": lambda row: row["criteria"] >= 6 and row["language"] == "English",
    "math": lambda row: row["math"] is True,
    "instruction_following": lambda row: row["instruction_score"] >= 4,
    "creative_writing": lambda row: row["creative_writing"] is True,
    "deduplicated": lambda row: row["sampled"] is True,
    **{
        name.lower(): (lambda row, name=name: row["language"] == name)
        for name in ("English", "Chinese", "Russian", "German", "Japanese", "Korean", "French", "Spanish")
    },
}

#: Not by the row alone, but by the votes before it: `test_prompt_categories.py`.
BY_HISTORY = {"fresh", "repeated"}


def a_table(rows: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    flags = {name: rng.random(rows) < 0.5 for name in ("is_refusal", "is_code", "math", "creative_writing", "sampled")}
    return pd.DataFrame(
        {
            "model_a": "a",
            "model_b": "b",
            "outcome": rng.choice(["model_a", "model_b", "tie", "both_bad"], rows),
            "turns": rng.integers(1, 7, rows),
            "tokens_user": rng.choice([1, 4, 5, 100, 499, 500, 900], rows),
            "criteria": rng.integers(0, 8, rows),
            "instruction_score": rng.integers(0, 6, rows),
            "language": rng.choice(
                ["English", "Chinese", "Russian", "German", "Japanese", "Korean", "French", "Spanish", "unknown"], rows
            ),
            **flags,
        }
    )


@pytest.mark.parametrize("name", [name for name in CATEGORIES if name not in BY_HISTORY])
def test_a_category_selects_what_its_rule_for_one_row_selects(name: str, votes_of: Callable[..., Votes]) -> None:
    frame = a_table()
    votes = votes_of(frame)
    rule = CATEGORIES[name].rule(votes.expression)
    selected = engine.to_pandas(votes.expression.filter(rule))["vote_id"]
    expected = [row["vote_id"] for row in votes.table.to_dict("records") if ROW_RULES[name](row)]
    assert sorted(selected) == sorted(expected)


def test_a_null_is_in_no_category_that_reads_it(votes_of: Callable[..., Votes]) -> None:
    frame = pd.DataFrame(
        {"model_a": ["a", "a"], "model_b": ["b", "b"], "outcome": ["tie", "tie"], "turns": [2, None], "is_refusal": [None, False]}
    )
    table = votes_of(frame).expression
    assert len(engine.to_pandas(table.filter(CATEGORIES["multi_turn"].rule(table)))) == 1
    assert len(engine.to_pandas(table.filter(CATEGORIES["exclude_refusal"].rule(table)))) == 1


@pytest.mark.parametrize("name", [name for name, category in CATEGORIES.items() if category.needs])
def test_a_category_reads_what_it_needs_and_no_null_is_in_it(name: str, votes_of: Callable[..., Votes]) -> None:
    category = CATEGORIES[name]
    table = votes_of(pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"]})).expression
    alone = table.select(*{*category.needs, "vote_id", "model_a", "model_b", "outcome"})
    assert engine.to_pandas(alone.select(chosen=category.rule(alone)))["chosen"].tolist() == [False]


def test_supported_names_what_each_other_category_needs(votes_of: Callable[..., Votes]) -> None:
    found, why = supported(
        votes_of(pd.DataFrame({"model_a": ["a"], "model_b": ["b"], "outcome": ["tie"], "language": ["English"]}))
    )
    assert "english" in found
    assert why["hard_english"] == "needs criteria"
    assert why["longer_query"] == "needs tokens user"
