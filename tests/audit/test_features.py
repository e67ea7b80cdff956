"""Features that an audit is asked for: any column of a frame, what a bad name is, and what is said of those not looked at."""

import pandas as pd
import pytest

import analysis as arena
from analysis.audit.audit import audit
from analysis.audit.check import Verdict
from analysis.errors import UsageError
from analysis.sources.simulated.faults import faulty

VOTES = faulty(votes=6_000, models=8).to_pandas()[["model_a", "model_b", "outcome", "judge"]].astype(str)


def test_a_bad_feature_is_wrong_usage_whatever_checks_are_made() -> None:
    wrong = {"x=nope": "no column 'nope'", "x=outcome": "made of outcome", "x=tokens_a:nope": "models have no 'nope'"}
    for text, why in wrong.items():
        with pytest.raises(UsageError, match=why):
            audit(arena.load_votes("sample"), features=[text], checks=["connectivity"])


def test_what_was_asked_for_and_not_looked_at_is_in_the_answer() -> None:
    found = audit(arena.load_votes("sample"), features={"who": "judge", "hidden": "anonymous"}, checks=["confounders"])
    assert "who, because it has " in found.table["answer"][0]
    assert "hidden, because " in found.table["answer"][0]


def test_a_feature_that_votes_lack_is_left_out_and_the_audit_goes_on() -> None:
    found = audit(VOTES, features="long=tokens", checks=["confounders"])  # type: ignore[arg-type]
    assert "these votes have no numbers tokens_a and tokens_b" in found.table["answer"][0]


@pytest.mark.parametrize("kind", ["marks", "unknown marks", "texts", "categories", "times", "days", "numbers"])
def test_any_column_of_a_frame_can_be_a_feature(kind: str) -> None:
    mark = VOTES["outcome"] == "model_a"
    mark = mark.where(pd.Series(range(len(VOTES))) % 4 > 0, pd.Series(range(len(VOTES))) % 8 > 0)
    made = {
        "marks": mark,
        "unknown marks": mark.astype("boolean").mask(VOTES.index % 5 == 0),
        "texts": mark.map({True: "yes", False: "no"}),
        "categories": mark.map({True: "yes", False: "no"}).astype("category"),
        "times": pd.Timestamp("2024-05-01") + pd.to_timedelta(mark.astype(int), "D"),
        "days": (pd.Timestamp("2024-05-01") + pd.to_timedelta(mark.astype(int), "D")).dt.date,
        "numbers": mark.astype(float),
    }
    found = audit(VOTES.assign(own=made[kind]), features="mine=own", checks=["confounders"])  # type: ignore[arg-type]
    assert found.checks["confounders"].verdict is Verdict.BEWARE
    assert "mine" in found.table["answer"][0]


@pytest.mark.parametrize("category", [["overall", "coding"], None, 3])
def test_a_category_is_one_name(category: object) -> None:
    with pytest.raises(UsageError, match="a category is a name, and one at a time") as told:
        audit(VOTES, category)  # type: ignore[arg-type]
    assert "\n" not in str(told.value)
