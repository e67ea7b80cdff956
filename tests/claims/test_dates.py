"""Claims have a date: they are held against the votes and the models of their time."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from analysis.claims.claims import check_claims
from analysis.claims.dates import as_of, end_of
from analysis.claims.verdicts import CONTRADICTED, SUPPORTED, UNDECIDED, UNTESTABLE
from analysis.ratings.models import released
from analysis.votes.populations import Population
from analysis.votes.table import Votes

Make = Callable[[pd.DataFrame], Votes]

#: Released on 2024-05-13 and on 2024-07-23.
EARLY, LATE = "gpt-4o-2024-05-13", "llama-3.1-405b-instruct"


def battles(first: str, second: str, wins: int, losses: int) -> pd.DataFrame:
    """`wins` of the first model over the second, and as many losses as said."""
    outcomes = ["model_a"] * wins + ["model_b"] * losses
    return pd.DataFrame({"model_a": first, "model_b": second, "outcome": outcomes})


@pytest.fixture
def frame() -> pd.DataFrame:
    """`EARLY` is far above `other`, and `LATE` far above `EARLY`; the votes on `LATE` come last."""
    early = battles(EARLY, "other", 180, 60).assign(day="2024-06-10")
    late = pd.concat([battles(LATE, EARLY, 180, 60), battles(LATE, "other", 230, 10)]).assign(day="2024-07-25")
    return pd.concat([early, late], ignore_index=True).assign(release="clean_battle")


def timed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(time=pd.to_datetime(frame["day"], utc=True)).drop(columns="day")


def claim(folder: Path, date: str, stated: str = f'first = {{ model = "{EARLY}" }}') -> Path:
    path = folder / "claims.toml"
    path.write_text(f"[[claim]]\nid = 'c'\ntext = 'T'\nsource = 'S'\ndate = '{date}'\n{stated}\n")
    return path


def checked(votes: Votes, folder: Path, date: str, stated: str = f'first = {{ model = "{EARLY}" }}') -> tuple[str, str]:
    """The verdict on one claim, and its numbers."""
    row = check_claims(votes, claim(folder, date, stated)).table.iloc[0]
    return row["verdict"], row["numbers"]


def test_votes_are_cut_at_the_date_of_the_claim_and_a_model_that_came_later_is_no_rival(
    votes_of: Make, frame: pd.DataFrame, tmp_path: Path
) -> None:
    votes = votes_of(timed(frame))
    verdict, numbers = checked(votes, tmp_path, "2024-06-29")
    assert verdict == SUPPORTED
    assert numbers.endswith("As of 2024-06-29: 240 of 720 votes.")
    verdict, numbers = checked(votes, tmp_path, "2024-07")
    assert verdict == CONTRADICTED
    assert "As of" not in numbers, "all votes are of the time of the claim"


def test_votes_cast_on_the_day_of_the_claim_count(votes_of: Make, frame: pd.DataFrame, tmp_path: Path) -> None:
    late = timed(frame).assign(time=pd.Timestamp("2024-06-29 23:59", tz="UTC"))
    assert checked(votes_of(late), tmp_path, "2024-06-29")[0] == CONTRADICTED
    assert checked(votes_of(late), tmp_path, "2024-06-28") == (
        UNTESTABLE,
        "the claim is of 2024-06-28, and the first vote of 2024-06-29.",
    )


def test_votes_that_ended_long_before_the_claim_are_said_to_be_of_another_time(
    votes_of: Make, frame: pd.DataFrame, tmp_path: Path
) -> None:
    numbers = checked(votes_of(timed(frame)), tmp_path, "2024-12-01")[1]
    assert numbers.endswith("The votes are of another time than the claim (2024-12-01): they end on 2024-07-25.")


def test_of_votes_without_times_those_on_models_released_later_are_left_out(
    votes_of: Make, frame: pd.DataFrame, tmp_path: Path
) -> None:
    votes = votes_of(frame.assign(release="pair_counts").drop(columns="day"))
    verdict, numbers = checked(votes, tmp_path, "2024-06-29")
    assert verdict == SUPPORTED
    assert numbers.endswith(f"; left out, released later: {LATE}.")
    assert checked(votes, tmp_path, "2024-07-23")[0] == CONTRADICTED


def test_votes_without_times_of_a_release_that_came_later_cannot_test_a_claim(
    votes_of: Make, frame: pd.DataFrame, tmp_path: Path
) -> None:
    votes = votes_of(frame.assign(release="arena_140k").drop(columns="day"))
    assert checked(votes, tmp_path, "2024-06-29") == (
        UNTESTABLE,
        "the claim is of 2024-06-29, and these votes are of 2025-04 to 2025-07.",
    )
    assert checked(votes, tmp_path, "2025-04-30")[0] == CONTRADICTED


def test_a_vote_without_a_time_among_votes_with_one_is_not_counted(votes_of: Make, frame: pd.DataFrame, tmp_path: Path) -> None:
    some = timed(frame)
    some.loc[:9, "time"] = pd.NaT
    assert checked(votes_of(some), tmp_path, "2024-06-29")[1].endswith("As of 2024-06-29: 230 of 720 votes.")


def test_the_share_of_multi_turn_votes_is_that_of_the_votes_until_the_claim(
    votes_of: Make, frame: pd.DataFrame, tmp_path: Path
) -> None:
    turns = timed(frame).assign(turns=[2] * 120 + [1] * 120 + [1] * 480)
    verdict, numbers = checked(votes_of(turns), tmp_path, "2024-06-29", "multi_turn_share = { percent = 50 }")
    assert verdict == UNDECIDED
    assert numbers.startswith("120 of 240 votes are multi-turn")


@pytest.mark.parametrize(
    ("date", "end"), [("2024", "2025-01-01"), ("2024-02", "2024-03-01"), ("2024-12", "2025-01-01"), ("2024-02-28", "2024-02-29")]
)
def test_a_date_ends_with_its_year_its_month_or_its_day(date: str, end: str) -> None:
    assert end_of(date) == pd.Timestamp(end, tz="UTC")


@pytest.mark.parametrize(
    ("model", "day"),
    [
        (LATE, "2024-07-23"),
        ("gemma-2-9b-it-simpo", "2024-07"),
        ("unheard-of-20260131", "2026-01-31"),
        ("unheard-of-2026-01-31-thinking", "2026-01-31"),
        ("unheard-of-1234567890", ""),
        ("vicuna-13b", ""),
    ],
)
def test_a_model_was_released_when_the_file_or_its_name_says(model: str, day: str) -> None:
    assert released(model) == day


def test_votes_of_unknown_time_are_held_against_a_claim_and_say_so(votes_of: Make, frame: pd.DataFrame) -> None:
    found = as_of(votes_of(frame.drop(columns="day")), Population(), "2024-08")
    assert found.words == "the votes do not say whether they are of the time of the claim (2024-08)"
    assert found.why == ""
