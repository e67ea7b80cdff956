"""Boards by period, and series of published boards."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError, UsageError
from analysis.ratings.board import board
from analysis.ratings.history import compare_histories, history, read_history
from analysis.ratings.settings import Settings
from analysis.votes.table import Votes

MODELS = np.array(["ash", "birch", "cedar", "date"])


def cast(rng: np.random.Generator, strength: list[float], votes: int, start: str, days: int) -> pd.DataFrame:
    """Votes between all of MODELS, spread over `days` from `start`; a third of them ties."""
    sides = np.array([rng.permutation(4)[:2] for _ in range(votes)])
    points = np.array(strength)
    chance = 1 / (1 + 10 ** ((points[sides[:, 1]] - points[sides[:, 0]]) / 400))
    outcome = np.where(rng.random(votes) < chance, "model_a", "model_b")
    time = pd.Timestamp(start, tz="UTC") + pd.to_timedelta(rng.integers(0, days * 86_400, votes), unit="s")
    tied = np.where(rng.random(votes) < 1 / 3, "tie", outcome)
    return pd.DataFrame({"model_a": MODELS[sides[:, 0]], "model_b": MODELS[sides[:, 1]], "outcome": tied, "time": time})


@pytest.fixture
def votes(votes_of: Callable[..., Votes]) -> Votes:
    """ash leads in May and June, birch in July."""
    rng = np.random.default_rng(1)
    parts = [
        cast(rng, [1200, 1000, 950, 900], 900, "2024-05-01", 31),
        cast(rng, [1200, 1000, 950, 900], 900, "2024-06-01", 30),
        cast(rng, [1000, 1300, 950, 900], 900, "2024-07-01", 31),
    ]
    return votes_of(pd.concat(parts, ignore_index=True))


def test_there_is_one_board_a_month_in_order_of_time(votes: Votes) -> None:
    result = history(votes)
    assert list(result.boards) == ["2024-05", "2024-06", "2024-07"]
    assert [made.models[0] for made in result.boards.values()] == ["ash", "ash", "birch"]
    assert result.table.columns.tolist() == ["period", "model", "rating", "lower", "upper", "rank", "votes"]
    assert (
        "the lead changed once beyond what chance allows, to birch from 2024-07 on; the lead is decided on 3" in result.sentence
    )
    assert result.sentence.endswith("ash is first on 2; birch is first on the last.")
    assert result.plot().title == "The lead passes from ash to birch"


def test_a_change_of_the_first_that_may_be_chance_is_no_change_of_the_lead(votes_of: Callable[..., Votes]) -> None:
    """Equal models: whoever is first in a month is so by chance."""
    rng = np.random.default_rng(6)
    months = [cast(rng, [1000] * 4, 150, f"2024-{month:02}-01", 28) for month in range(1, 9)]
    result = history(votes_of(pd.concat(months, ignore_index=True)))
    assert len({made.models[0] for made in result.boards.values()}) > 1
    assert result.leaders.empty
    assert "hands" in result.sentence
    assert "which may be chance; the lead is decided on none of them." in result.sentence
    assert "the lead changed" not in result.sentence
    assert "passes" not in result.plot().title
    assert "leads" not in result.plot().title


def test_a_lead_that_passes_while_no_lead_is_decided_in_between_has_changed(votes_of: Callable[..., Votes]) -> None:
    rng = np.random.default_rng(7)
    strengths = ([1300, 1000, 950, 900], [1150, 1150, 950, 900], [1000, 1300, 950, 900])
    months = [cast(rng, strength, 600, f"2024-{month:02}-01", 28) for month, strength in enumerate(strengths, start=1)]
    result = history(votes_of(pd.concat(months, ignore_index=True)))
    assert result.leaders.to_dict() == {"2024-01": "ash", "2024-03": "birch"}
    assert (
        "the lead changed once beyond what chance allows, to birch from 2024-03 on; the lead is decided on 2" in result.sentence
    )


def test_a_month_s_board_is_the_board_of_that_month_s_votes(votes: Votes) -> None:
    own = history(votes).boards["2024-06"]
    same = board(votes, "month:2024-06")
    assert own.models == same.models
    np.testing.assert_allclose(own.ratings, same.ratings)
    np.testing.assert_allclose(own.covariance, same.covariance)


def test_the_last_cumulative_board_counts_all_votes(votes: Votes) -> None:
    result = history(votes, cumulative=True)
    np.testing.assert_allclose(result.boards["2024-07"].ratings, board(votes).ratings)
    assert [int(made.votes.sum()) // 2 for made in result.boards.values()] == [900, 1800, 2700]


def test_a_week_begins_on_monday_in_utc(votes_of: Callable[..., Votes]) -> None:
    frame = pd.concat(
        [cast(np.random.default_rng(2), [1000, 1000, 1000, 1000], 80, day, 1) for day in ("2024-06-02", "2024-06-03")]
    )
    assert list(history(votes_of(frame), "week").boards) == ["2024-05-27", "2024-06-03"]


def test_a_period_with_too_few_votes_says_why_it_has_no_board(votes_of: Callable[..., Votes]) -> None:
    rng = np.random.default_rng(3)
    alone = cast(rng, [1000] * 4, 1, "2024-06-01", 1).assign(outcome="model_a")
    frame = pd.concat([cast(rng, [1000] * 4, 200, "2024-05-01", 31), alone])
    result = history(votes_of(frame))
    assert list(result.without) == ["2024-06"]
    assert result.sentence.endswith(" 1 more has no board: 2024-06.")


def test_a_period_of_too_few_votes_or_models_is_no_board_unless_the_settings_say_so(votes_of: Callable[..., Votes]) -> None:
    rng = np.random.default_rng(3)
    made = votes_of(pd.concat([cast(rng, [1000] * 4, 200, "2024-05-01", 31), cast(rng, [1000] * 4, 25, "2024-06-01", 30)]))
    assert history(made).without["2024-06"].startswith("25 votes and 3 models with 10 or more are too few for a board")
    assert list(history(made, settings=Settings(board_votes=20)).boards) == ["2024-05", "2024-06"]


def test_places_are_missing_where_a_model_is_not_rated(votes_of: Callable[..., Votes]) -> None:
    rng = np.random.default_rng(4)
    early, late = cast(rng, [1000] * 4, 300, "2024-05-01", 31), cast(rng, [1000] * 4, 300, "2024-06-01", 30)
    early = early[(early["model_a"] != "date") & (early["model_b"] != "date")]
    places = history(votes_of(pd.concat([early, late]))).places
    assert places["2024-05"].isna()["date"]
    assert sorted(places["2024-06"]) == [1, 2, 3, 4]


def test_votes_without_times_have_no_history(votes_of: Callable[..., Votes]) -> None:
    frame = cast(np.random.default_rng(5), [1000] * 4, 20, "2024-05-01", 1).drop(columns="time")
    with pytest.raises(InputError, match="boards by month needs times"):
        history(votes_of(frame))
    with pytest.raises(UsageError, match="not by 'year'"):
        history(votes_of(frame), "year")


def series(path: Path, rows: list[tuple[str, str, str, float]]) -> Path:
    frame = pd.DataFrame(rows, columns=["commit_date", "commit", "model", "rating"])
    frame.assign(lower=frame["rating"] - 5, upper=frame["rating"] + 5).to_csv(path, index=False)
    return path


def test_published_boards_of_one_day_are_told_apart_by_commit_in_the_file_s_order(tmp_path: Path) -> None:
    newest_first = [
        ("2025-02-01", "c", "x", 3.0), ("2025-02-01", "c", "y", 2.0),
        ("2025-01-01", "b", "x", 1.0), ("2025-01-01", "b", "y", 2.0),
        ("2025-01-01", "a", "x", 1.0), ("2025-01-01", "a", "y", 0.0),
    ]  # fmt: skip
    result = read_history(str(series(tmp_path / "boards.csv", newest_first)))
    assert list(result.boards) == ["2025-01-01 a", "2025-01-01 b", "2025-02-01"]
    assert [made.models[0] for made in result.boards.values()] == ["x", "y", "x"]


def test_a_model_keeps_its_line_when_only_the_case_of_its_name_changes(tmp_path: Path) -> None:
    rows = [
        ("2025-01-01", "a", "X-1B", 1.0),
        ("2025-01-01", "a", "y", 2.0),
        ("2025-02-01", "b", "X-1b", 3.0),
        ("2025-02-01", "b", "y", 2.0),
    ]
    places = read_history(str(series(tmp_path / "boards.csv", rows))).places
    assert places.loc["X-1b"].tolist() == [2, 1]
    assert len(places) == 2


def test_a_file_must_date_its_boards_and_be_named(tmp_path: Path) -> None:
    path = tmp_path / "board.csv"
    path.write_text("model,rating,lower,upper\nx,1,0,2\ny,3,2,4\n")
    with pytest.raises(InputError, match="a column that dates them"):
        read_history(str(path))
    for name in ("", "?category=overall"):
        with pytest.raises(UsageError, match="no published board is named"):
            read_history(name)


def test_histories_without_a_period_in_common_cannot_be_compared(tmp_path: Path, votes: Votes) -> None:
    published = read_history(str(series(tmp_path / "boards.csv", [("2025-01-01", "a", "x", 1.0), ("2025-01-01", "a", "y", 2.0)])))
    with pytest.raises(InputError, match="no period in common"):
        compare_histories(history(votes), published)


def test_the_88_published_boards_are_read(real_data: Path) -> None:
    result = read_history(str(real_data / "boards_overall_2024_2025.csv"))
    assert len(result.boards) == 88
    assert next(iter(result.boards)) == "2024-06-19"
    assert result.boards["2024-06-19"].models[0] == "GPT-4o-2024-05-13"
    gemma = result.places.loc["Gemma-2-27B-it"].dropna()  # spelled Gemma-2-27b-it in between
    assert gemma.index[0] == "2024-07-07"


def test_on_the_published_boards_of_2025_the_models_that_moved_are_named(real_data: Path) -> None:
    """Ranks recomputed among the shared models, overall → multi-turn."""
    reference = f"{real_data / 'boards_full_vs_multiturn_2025.csv'}?file=leaderboard-text.json&category="
    result = compare_histories(read_history(reference + "full"), read_history(reference + "multiturn"))
    assert len(result.shifts) == 15
    table = result.table.set_index(["period", "model"])
    latest = table.loc[("2025-12-11", "chatgpt-4o-latest-20250326")]
    assert (latest["rank_from"], latest["rank_to"]) == (11, 2)
    may = table.loc[("2025-05-27 d95e4ad47", "deepseek-v3-0324")]
    assert (may["rank_from"], may["rank_to"]) == (10, 3)
    assert "15 pairs of boards" in result.sentence


def test_a_file_of_two_categories_asks_for_one(real_data: Path) -> None:
    with pytest.raises(InputError, match="holds several boards"):
        read_history(str(real_data / "boards_full_vs_multiturn_2025.csv"))


@pytest.mark.parametrize("dates", [("2025-01-01", ""), ("1/2/2025", "2/3/2025"), ("2025-01-01", "soon")])
def test_dates_that_do_not_sort_by_time_are_refused(tmp_path: Path, dates: tuple[str, str]) -> None:
    rows = [(day, commit, model, 1.0) for day, commit in zip(dates, "ab", strict=True) for model in "xy"]
    with pytest.raises(InputError, match="which is no date; dates of boards are written as 2024-08-13"):
        read_history(str(series(tmp_path / "boards.csv", rows)))


def test_days_written_without_hyphens_are_days(tmp_path: Path) -> None:
    rows = [(day, day, model, 1.0) for day in ("20250201", "20250101") for model in "xy"]
    assert list(read_history(str(series(tmp_path / "boards.csv", rows))).boards) == ["2025-01-01", "2025-02-01"]


def test_a_series_across_a_change_of_the_arena_s_method_says_so_and_one_on_one_side_does_not(tmp_path: Path) -> None:
    rows = [(day, day, model, 1.0) for day in ("2025-05-15", "2025-05-16", "2025-06-01") for model in "xy"]
    both = read_history(str(series(tmp_path / "boards.csv", rows)))
    assert "in between (2025-05-16 style control by default): a step there need not be a model's." in both.sentence
    after = read_history(str(series(tmp_path / "boards.csv", rows[2:])))
    assert "changed how" not in after.sentence


def test_the_88_published_boards_cross_the_change_of_may_2025(real_data: Path) -> None:
    assert "(2025-05-16 style control by default)" in read_history(str(real_data / "boards_overall_2024_2025.csv")).sentence


def test_boards_fitted_on_votes_know_of_no_change_of_method(votes: Votes) -> None:
    assert history(votes).method_changes == ""
