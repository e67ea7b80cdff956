"""Asked: for each vote with a prompt, who asked the same before, against a loop over the votes in order."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from analysis.errors import InputError
from analysis.matching.likeness import Likeness
from analysis.prompts.asked import DAY, FRESH, OTHERS, SAME_DAY, SAME_PERSON, UNDATED, UNKNOWN, Asked, read_asked
from analysis.votes.prompts import normalise
from analysis.votes.table import Votes
from analysis.votes.times import UNTIMED

Make = Callable[[pd.DataFrame], Votes]

WORDS = ("Hello", "hello!", "  HELLO ", "bye", "C#", "C", "你好", "你好。", None, "", " \n")


def frame_of(seed: int, rows: int = 300, timed: float = 0.9, named: float = 0.9) -> pd.DataFrame:
    """Votes of few prompts, judges and moments, so that ties in time are many; some lack a time or a judge."""
    rng = np.random.default_rng(seed)
    stamps = pd.to_datetime(rng.integers(0, 15 * 8, rows) * 3 * 3_600 + 1_717_200_000, unit="s", utc=True)
    words = np.array([*WORDS, *(f"prompt {number}" for number in range(40))], dtype=object)
    return pd.DataFrame(
        {
            "prompt": rng.choice(words, rows),
            "model_a": "left",
            "model_b": "right",
            "outcome": "tie",
            "time": pd.Series(stamps).where(rng.random(rows) < timed),
            "judge": np.where(rng.random(rows) < named, [f"j{number}" for number in rng.integers(0, 12, rows)], None),
        }
    )


def loop(frame: pd.DataFrame, gap: int, history: int) -> pd.DataFrame:
    """The same by definition: row, first, before, fresh, who, since and among of each vote, in the order of time."""
    stamps = [UNTIMED if pd.isna(time) else time.value // 1_000 for time in frame["time"]]
    keys = [normalise(text) if isinstance(text, str) else "" for text in frame["prompt"]]
    order = [row for row in sorted(range(len(frame)), key=lambda row: stamps[row]) if keys[row]]
    rows: list[dict[str, object]] = []
    for place, row in enumerate(order):
        judge, time = frame["judge"][row], stamps[row]
        same = [before for before in range(place) if keys[order[before]] == keys[row]]
        mine = [before for before in same if frame["judge"][order[before]] == judge]
        who = FRESH
        if same and pd.isna(judge):
            who = UNKNOWN
        elif same and not mine:
            who = OTHERS
        elif same and time == UNTIMED:
            who = UNDATED
        elif same:
            who = SAME_DAY if any(stamps[order[one]] // DAY == time // DAY for one in mine) else SAME_PERSON
        rows.append(
            {
                "row": row,
                "first": same[0] if same else place,
                "before": same[-1] if same else -1,
                "fresh": not same,
                "who": who,
                "since": time == UNTIMED or not any(stamps[order[one]] <= time - gap for one in same),
                "among": not any(one >= place - history for one in same),
            }
        )
    return pd.DataFrame(rows)


def found_of(asked: Asked, gap: int, history: int) -> pd.DataFrame:
    columns = {name: getattr(asked, name) for name in ("row", "first", "before", "fresh", "who")}
    return pd.DataFrame({**columns, "since": asked.fresh_since(gap), "among": asked.fresh_among(history)})


@pytest.mark.parametrize("seed", range(6))
def test_who_asked_before_is_what_a_loop_over_the_votes_finds(votes_of: Make, seed: int) -> None:
    frame = frame_of(seed)
    gap, history = [(0, 1), (DAY, 30), (7 * DAY, 400), (3 * 3_600_000_000, 7), (1, 2), (2 * DAY, 100)][seed]
    expected = loop(frame, gap, history)
    pd.testing.assert_frame_equal(found_of(read_asked(votes_of(frame)), gap, history), expected, check_dtype=False)
    assert set(expected["who"]) == {FRESH, SAME_DAY, SAME_PERSON, UNDATED, OTHERS, UNKNOWN}


def test_the_order_of_the_table_does_not_matter_where_moments_differ(votes_of: Make) -> None:
    frame = frame_of(7)
    frame["time"] = pd.date_range("2024-06-01", periods=len(frame), freq="1h", tz="UTC")
    asked = read_asked(votes_of(frame))
    order = np.random.default_rng(1).permutation(len(frame))
    other = read_asked(votes_of(frame.iloc[order]))
    assert order[other.row].tolist() == asked.row.tolist()
    columns = ["first", "before", "fresh", "who", "since", "among"]
    pd.testing.assert_frame_equal(found_of(asked, DAY, 50)[columns], found_of(other, DAY, 50)[columns])


def test_names_of_judges_and_sides_do_not_matter(votes_of: Make) -> None:
    frame = frame_of(8)
    names = {name: f"someone else {place}" for place, name in enumerate(sorted(frame["judge"].dropna().unique())[::-1])}
    other = frame.assign(judge=frame["judge"].map(names), model_a="right", model_b="left")
    one, two = (found_of(read_asked(votes_of(table)), DAY, 50) for table in (frame, other))
    pd.testing.assert_frame_equal(one, two)


def test_without_times_the_place_in_the_table_is_the_order(votes_of: Make) -> None:
    asked = read_asked(votes_of(frame_of(9, timed=0.0)))
    assert (np.diff(asked.row) > 0).all()
    assert (asked.time == UNTIMED).all()
    assert not np.isin(asked.who, [SAME_DAY, SAME_PERSON]).any()
    assert asked.fresh_since(DAY).all()
    assert len(asked.timed) == 0


def test_votes_with_a_time_are_as_if_there_were_no_others(votes_of: Make) -> None:
    frame = frame_of(10)
    asked, alone = read_asked(votes_of(frame)).timed, read_asked(votes_of(frame[frame["time"].notna()]))
    pd.testing.assert_frame_equal(found_of(asked, DAY, 50).drop(columns="row"), found_of(alone, DAY, 50).drop(columns="row"))


def test_the_same_person_that_day_means_the_same_day_in_utc(votes_of: Make) -> None:
    """Ten minutes apart over midnight is another day; 23 hours apart within one is the same."""
    times = pd.to_datetime(["2024-06-01 00:10", "2024-06-01 23:55", "2024-06-02 00:05"], utc=True)
    frame = pd.DataFrame({"prompt": "a", "model_a": "x", "model_b": "y", "outcome": "tie", "time": times, "judge": "one"})
    assert read_asked(votes_of(frame)).who.tolist() == [FRESH, SAME_DAY, SAME_PERSON]


def test_alike_prompts_are_one_cluster_in_the_order_of_its_first_vote() -> None:
    pairs = np.array([[0, 2], [2, 3]])  # prompt 3 is like 2, and 2 like 0: a chain
    likeness = Likeness("near", 0.6, np.array([0, 1, 2, 3]), np.arange(4), pairs)
    cluster = likeness.cluster
    assert cluster.tolist() == [0, 1, 0, 0]
    asked = Asked(likeness, np.arange(4), np.unique(cluster, return_inverse=True)[1], np.arange(4), np.full(4, -1), 4)
    assert asked.fresh.tolist() == [True, True, False, False]
    assert asked.before.tolist() == [-1, -1, 0, 2]
    assert replace(asked, judge=np.array([5, 5, 5, 6])).who.tolist() == [FRESH, FRESH, SAME_DAY, OTHERS]


@pytest.mark.parametrize("blank", ["", "   ", "\u00a0\u3000", "\n\t"])
def test_prompts_that_are_all_blank_are_refused(votes_of: Make, blank: str) -> None:
    frame = pd.DataFrame({"prompt": [blank] * 3, "model_a": "x", "model_b": "y", "outcome": "tie"})
    with pytest.raises(InputError, match=r"all prompts of .* are blank"):
        read_asked(votes_of(frame))
