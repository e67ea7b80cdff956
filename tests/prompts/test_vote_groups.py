"""Groups of votes, against pandas."""

from collections.abc import Callable
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from statsmodels.stats.proportion import proportion_confint

from analysis.errors import InputError, UsageError
from analysis.prompts.asked import read_asked
from analysis.prompts.vote_groups import Groups, shares_by_group, vote_groups
from analysis.shares.habits import NOBODY
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]


def frame_of(rows: int = 400, seed: int = 1) -> pd.DataFrame:
    """Votes of some weeks around New Year, in no order, some without time, judge, language or prompt."""
    rng = np.random.default_rng(seed)
    stamps = pd.Series(pd.to_datetime("2023-12-17", utc=True) + pd.to_timedelta(rng.integers(0, 40 * 24 * 60, rows), unit="min"))
    judge = rng.zipf(1.5, rows) % 60
    return pd.DataFrame(
        {
            "prompt": np.where(rng.random(rows) < 0.1, "", [f"p {number}" for number in rng.integers(0, 90, rows)]),
            "model_a": "x",
            "model_b": "y",
            "outcome": "tie",
            "time": stamps.where(rng.random(rows) < 0.9),
            "judge": np.where(rng.random(rows) < 0.9, [f"j{number}" for number in judge], None),
            "language": rng.choice(["English", "German", "日本語", None], rows, p=[0.5, 0.2, 0.2, 0.1]),
        }
    )


def named(votes: Votes, by: str, topics: object = None) -> tuple[Groups, pd.Series]:
    """The groups, and the name of each vote's, by its row; missing for one in none."""
    asked = read_asked(votes)
    groups = vote_groups(votes, asked, by, topics)  # type: ignore[arg-type]
    return groups, pd.Series(
        [groups.names[code] if code >= 0 else None for code in groups.code], asked.row, dtype=object
    ).sort_index()


@pytest.mark.parametrize(("by", "period"), [("day", "D"), ("week", "W-SUN"), ("month", "M")])
def test_periods_are_those_of_pandas_by_their_first_day(votes_of: Make, by: str, period: str) -> None:
    frame = frame_of()
    groups, found = named(votes_of(frame), by)
    starts = frame["time"].dt.tz_localize(None).dt.to_period(period).dt.start_time
    expected = starts.dt.strftime("%Y-%m" if by == "month" else "%Y-%m-%d")[frame["prompt"] != ""]
    assert found.where(found.notna(), "").tolist() == expected.where(expected.notna(), "").tolist()
    assert list(groups.names) == sorted(groups.names)
    assert groups.lasting
    if by == "week":
        assert {pd.Timestamp(name).day_name() for name in groups.names} == {"Monday"}


def test_columns_are_groups_by_size_and_what_is_not_given_is_one_of_them(votes_of: Make) -> None:
    frame = frame_of()
    groups, found = named(votes_of(frame), "language")
    expected = frame["language"].fillna("not given")[frame["prompt"] != ""]
    assert found.tolist() == expected.tolist()
    sizes = [int((found == name).sum()) for name in groups.names]
    assert sizes == sorted(sizes, reverse=True)
    assert not groups.lasting


def test_judges_are_banded_by_how_many_votes_with_a_prompt_they_cast(votes_of: Make) -> None:
    frame = frame_of()
    _, found = named(votes_of(frame), "judge")
    with_prompt = frame[frame["prompt"] != ""]
    cast = with_prompt.groupby("judge")["judge"].transform("size").reindex(with_prompt.index)

    def band(count: float) -> str | None:
        bands = ((1, 1, "1 vote"), (2, 4, "2 to 4 votes"), (5, 19, "5 to 19 votes"), (20, 99, "20 to 99 votes"))
        for least, most, words in bands:
            if least <= count <= most:
                return f"judges of {words}"
        return None if np.isnan(count) else "judges of 100 or more votes"

    assert found.tolist() == [band(count) for count in cast]


def test_topics_are_named_by_their_labels_and_votes_in_none_are_left_out(votes_of: Make) -> None:
    frame = frame_of(20).assign(prompt=[f"p {number}" for number in range(20)], time=None)
    topics = SimpleNamespace(
        frame=pd.DataFrame({"topic": [4, 7, 9], "label": ["few", "many", "none"]}),
        assignments=pd.DataFrame({"vote_id": [f"v{number:06}" for number in range(19)], "topic": [4] * 3 + [7] * 10 + [-1] * 6}),
    )
    groups, found = named(votes_of(frame), "topic", topics)
    assert groups.names == ("many", "few")
    assert found.tolist() == ["few"] * 3 + ["many"] * 10 + [None] * 7


def test_topics_of_other_votes_are_refused(votes_of: Make) -> None:
    topics = SimpleNamespace(
        frame=pd.DataFrame({"topic": [0], "label": ["a"]}), assignments=pd.DataFrame({"vote_id": ["other"], "topic": [0]})
    )
    with pytest.raises(InputError, match="none of these votes has a topic there"):
        named(votes_of(frame_of(20)), "topic", topics)


@pytest.mark.parametrize(
    ("by", "message"),
    [
        ("model", "several groups by model"),
        ("tag", "several groups by tag"),
        ("topic", "needs topics"),
        ("nothing", "nothing"),
        ("vote_id", "its own vote_id"),
        ("prompt", "its own prompt"),
    ],
)
def test_what_is_no_group_of_votes_is_wrong_usage(votes_of: Make, by: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        named(votes_of(frame_of(20)), by)


@pytest.mark.parametrize(("by", "message"), [("day", "needs times"), ("judge", "needs judges"), ("language", "needs languages")])
def test_votes_that_lack_what_is_asked_for_are_refused(votes_of: Make, by: str, message: str) -> None:
    plain = frame_of(20).drop(columns=["time", "judge", "language"])
    with pytest.raises(InputError, match=message):
        named(votes_of(plain), by)


def test_shares_are_counted_of_the_votes_that_count() -> None:
    groups = Groups(("a", "b", "empty"), np.array([0, 0, 1, 1, 1, -1]))
    hit, judge = np.array([True, False, True, True, False, True]), np.full(6, -1)
    found = shares_by_group(groups, hit, judge, NOBODY, 0.95)
    assert found[["votes", "hits"]].to_numpy().tolist() == [[2, 1], [3, 2], [0, 0]]
    assert tuple(found.loc[1, ["lower", "upper"]]) == pytest.approx(proportion_confint(2, 3, method="wilson"))
    among = np.array([True, False, False, True, True, True])
    assert shares_by_group(groups, hit, judge, NOBODY, 0.95, among)[["votes", "hits"]].to_numpy().tolist() == [
        [1, 1],
        [2, 1],
        [0, 0],
    ]
