"""Likeness: prompts numbered as they were first asked, and tied to earlier ones that they are like."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.errors import InputError, UsageError
from analysis.matching import meaning
from analysis.matching.likeness import (
    EXACT,
    KINDS,
    MEANING,
    NEAR,
    Likeness,
    asked_order,
    read_likeness,
    read_prompts,
    threshold_of,
)
from analysis.matching.near import near_pairs
from analysis.votes.prompts import normalise
from analysis.votes.table import Votes
from analysis.votes.times import UNTIMED, read_times

Make = Callable[[pd.DataFrame], Votes]


def frame_of(prompts: list[str | None], **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"prompt": prompts, "model_a": "x", "model_b": "y", "outcome": "tie", **columns})


def tied(count: int, pairs: list[tuple[int, int]]) -> Likeness:
    ordered = sorted({(min(pair), max(pair)) for pair in pairs if pair[0] != pair[1]})
    return Likeness(NEAR, 0.6, np.arange(count), np.arange(count), np.array(ordered, dtype=np.int64).reshape(-1, 2))


PAIRS = st.integers(1, 30).flatmap(
    lambda count: st.tuples(
        st.just(count), st.lists(st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)), max_size=40)
    )
)


@given(PAIRS)
def test_a_cluster_is_where_the_chain_to_earlier_prompts_ends(made: tuple[int, list[tuple[int, int]]]) -> None:
    count, pairs = made
    likeness = tied(count, pairs)
    for number in range(count):
        like = [min(pair) for pair in pairs if max(pair) == number]
        assert likeness.earlier[number] == min([number, *like])
        at = number
        while likeness.earlier[at] != at:
            at = int(likeness.earlier[at])
        assert likeness.cluster[number] == at


@given(PAIRS, st.integers(1, 30))
def test_what_is_asked_later_changes_no_cluster(made: tuple[int, list[tuple[int, int]]], until: int) -> None:
    count, pairs = made
    until = min(until, count)
    early = tied(until, [pair for pair in pairs if max(pair) < until])
    assert early.cluster.tolist() == tied(count, pairs).cluster[:until].tolist()


def test_prompts_are_numbered_in_the_order_in_which_they_were_first_asked(votes_of: Make) -> None:
    times = pd.to_datetime(["2024-06-03", "2024-06-02", None, "2024-06-01", "2024-06-02", "2024-06-04"], utc=True)
    votes = votes_of(frame_of(["b", "a", "C#", "c", " ", "A!"], time=times))
    found = read_likeness(votes)
    assert asked_order(votes).tolist() == [3, 1, 4, 0, 5, 2]
    assert found.prompt.tolist() == [2, 1, 3, 0, -1, 1]
    assert found.place.tolist() == [3, 1, 0, 2]
    assert (found.kind, found.threshold, len(found.pairs)) == (EXACT, 1.0, 0)
    assert found.cluster.tolist() == [0, 1, 2, 3]


@pytest.mark.parametrize("timed", [True, False])
def test_numbers_and_places_are_those_of_a_loop(votes_of: Make, timed: bool) -> None:
    rng = np.random.default_rng(2)
    words = np.array(["Hi", "hi!", " HI", "C", "C#", "5 %", "5", "你好。", "你好", "", "  ", None], dtype=object)
    prompts = [None if text is None else str(text) for text in rng.choice(words, 400)]
    times = pd.to_datetime(rng.integers(0, 40, 400), unit="h", utc=True)
    votes = votes_of(frame_of(prompts, **({"time": times} if timed else {})))
    order = sorted(range(400), key=lambda row: times[row]) if timed else range(400)
    numbers: dict[str, int] = {}
    expected, place = np.full(400, -1), []
    for row in order:
        key = normalise(prompts[row] or "")
        if key:
            if key not in numbers:
                numbers[key] = len(numbers)
                place.append(row)
            expected[row] = numbers[key]
    found = read_likeness(votes)
    assert found.prompt.tolist() == expected.tolist()
    assert found.place.tolist() == place


def test_near_prompts_are_tied_by_their_numbers_not_by_their_rows(votes_of: Make) -> None:
    long = "How do I sort a list of names in Python when some of them are missing"
    prompts = ["Why is the sky blue?", f"{long} today", None, long, "why is the sky blue"]
    times = pd.date_range("2024-06-05", periods=5, freq="-1D", tz="UTC")
    found = read_likeness(votes_of(frame_of(prompts, time=times)), NEAR)
    assert found.prompt.tolist() == [0, 2, -1, 1, 0]  # the last row was asked first
    assert found.pairs.tolist() == [[1, 2]]
    assert found.cluster.tolist() == [0, 1, 1]
    texts, _ = read_prompts(votes_of(frame_of(prompts, time=times)), found.place)
    assert found.pairs.tolist() == near_pairs(texts).tolist()


def test_each_kind_holds_what_the_one_before_holds(votes_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Meaning, where it finds nothing by itself, finds what is near."""
    monkeypatch.setattr(meaning, "meaning_pairs", lambda *_: np.empty((0, 2), np.int64))
    long = "Please write a short poem about the sea and the wind"
    votes = votes_of(frame_of([long, long.upper(), f"{long} tonight", "unrelated"]))
    pairs = [read_likeness(votes, kind).pairs.tolist() for kind in KINDS]
    assert pairs == [[], [[0, 1]], [[0, 1]]]


def test_only_the_last_votes_with_a_prompt_are_compared(votes_of: Make) -> None:
    votes = votes_of(frame_of(["a", "b", "a", "", "b", "c"]))
    assert read_likeness(votes, last=3).prompt.tolist() == [-1, -1, 0, -1, 1, 2]
    assert read_likeness(votes, last=100).prompt.tolist() == [0, 1, 0, -1, 1, 2]
    with pytest.raises(UsageError, match="one vote or more is compared; got 0"):
        read_likeness(votes, last=0)


def test_meaning_compares_as_many_as_it_can(votes_of: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meaning, "MOST", 2)
    monkeypatch.setattr(meaning, "meaning_pairs", lambda *_: np.array([[0, 1]]))
    found = read_likeness(votes_of(frame_of(["a", "b", "c"])), MEANING)
    assert found.prompt.tolist() == [-1, 0, 1]
    assert found.pairs.tolist() == [[0, 1]]


def test_the_default_threshold_of_meaning_is_that_of_what_compares(monkeypatch: pytest.MonkeyPatch) -> None:
    for absent, expected in ("", meaning.MEANING), ("not installed", meaning.BY_WORDS):
        monkeypatch.setattr(meaning, "absence", lambda absent=absent: absent)
        assert threshold_of(MEANING, None) == expected


@pytest.mark.parametrize(
    ("kind", "threshold", "message"),
    [
        ("same", None, "likeness is one of exact, near, meaning, not 'same'"),
        ("x" * 500, None, "likeness is one of"),
        (EXACT, 0.5, "exact repeats have no threshold"),
        (NEAR, 0.0, "above 0 and up to 1; got 0"),
        (NEAR, 1.5, "above 0 and up to 1; got 1.5"),
        (MEANING, float("nan"), "above 0 and up to 1; got nan"),
    ],
)
def test_no_such_kind_or_threshold_is_wrong_usage(votes_of: Make, kind: str, threshold: float | None, message: str) -> None:
    with pytest.raises(UsageError, match=message) as caught:
        read_likeness(votes_of(frame_of(["a"])), kind, threshold)
    assert len(str(caught.value)) < 200


def test_votes_without_prompts_are_refused(votes_of: Make) -> None:
    with pytest.raises(InputError, match="finding repeats needs prompts"):
        read_likeness(votes_of(frame_of([None, None])))


def test_blank_prompts_are_none(votes_of: Make) -> None:
    for kind in (EXACT, NEAR):
        found = read_likeness(votes_of(frame_of(["", "  "])), kind)
        assert found.prompt.tolist() == [-1, -1]
        assert (len(found.place), len(found.pairs), len(found.cluster)) == (0, 0, 0)


def test_prompts_are_read_in_the_order_that_is_asked_for_across_batches_and_cut(votes_of: Make) -> None:
    rows = 150_000
    votes = votes_of(frame_of([f"prompt {number}" for number in range(rows)], language=["English", None] * (rows // 2)))
    pq.write_table(pq.read_table(votes.path), votes.path, row_group_size=40_000)
    place = np.array([149_999, 3, 65_536, 65_535, 40_000, 3])
    texts, languages = read_prompts(votes, place, 9)
    assert texts == [f"prompt {number}"[:9] for number in place]
    assert languages == ["" if number % 2 else "English" for number in place]


def test_times_are_microseconds_and_the_last_where_there_is_none(votes_of: Make) -> None:
    times = pd.to_datetime(["1970-01-01 00:00:01.5", None, "1969-12-31 23:59:59"], utc=True, format="ISO8601")
    assert read_times(votes_of(frame_of(["a"] * 3, time=times))).tolist() == [1_500_000, UNTIMED, -1_000_000]


def test_hostile_prompts_are_prompts_like_others(votes_of: Make) -> None:
    odd = ["<script>alert(1)</script>", "\x00\x01\x1b[31m", "y" * 1_000_000, "=1+1", "'; drop table votes; --", "\u202eabc"]
    found = read_likeness(votes_of(frame_of([*odd, *odd])), NEAR)
    assert found.prompt.tolist() == [*range(6), *range(6)]
