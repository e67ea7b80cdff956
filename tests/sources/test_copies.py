"""Copies and ids against a slow oracle that follows the rules row by row (data/README.md, *Copies*)."""

from collections import Counter

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.sources import copies
from analysis.sources.copies import HAS_ANSWERS, HAS_ID, HAS_JUDGE_AND_TIME, LONG_ANSWERS, Keys, over_limit, resolve

#: file, id (0 for none), content, and which of answers, long answers, judge with time the row has.
Row = tuple[int, int, int, int]
_FLAGS = (0, HAS_ANSWERS, HAS_ANSWERS | LONG_ANSWERS, HAS_JUDGE_AND_TIME, HAS_ANSWERS | HAS_JUDGE_AND_TIME)

rows_of_files = st.lists(
    st.tuples(st.integers(0, 2), st.integers(0, 4), st.integers(1, 4), st.sampled_from(_FLAGS)), min_size=1, max_size=30
)


def _resolved(rows: list[Row]) -> tuple[list[bool], set[int]]:
    # Rows without an id were given one of their own.
    ids = np.array([number or 1_000 + place for place, (_, number, _, _) in enumerate(rows)], dtype=np.uint64)
    # What a row has is part of what it says.
    contents = np.array([content * 1_000 + flags for _, _, content, flags in rows], dtype=np.uint64)
    flags = np.array([flags | (HAS_ID if number else 0) for _, number, _, flags in rows], dtype=np.uint8)
    found = resolve(Keys(ids, contents, flags, np.zeros(0, np.uint64)), np.array([row[0] for row in rows], dtype=np.int32))
    return found.copies.tolist(), set(found.without_id)


def _by_the_rules(rows: list[Row]) -> tuple[list[bool], set[int]]:
    says: dict[tuple[int, int], set[tuple[int, int]]] = {}
    for file, number, content, flags in rows:
        if number:
            says.setdefault((file, number), set()).add((content, flags))
    without = {file for (file, _), contents in says.items() if len(contents) > 1}
    across: dict[int, set[tuple[int, int]]] = {}
    for (file, number), contents in says.items():
        if file not in without:
            across.setdefault(number, set()).update(contents)
    agree = all(len(contents) == 1 for contents in across.values())
    seen: set[object] = set()
    is_copy = []
    for file, number, content, flags in rows:
        valid = bool(number) and file not in without
        own = number if number and not valid else None
        keys: list[object] = []
        if valid:
            keys.append(("id", number, content, flags, None if agree else file))
        if flags & LONG_ANSWERS if valid else flags & (HAS_ANSWERS | HAS_JUDGE_AND_TIME):
            keys.append(("row", own, content, flags))
        is_copy.append(any(key in seen for key in keys))
        seen.update(keys)
    return is_copy, without


@given(rows_of_files)
def test_copies_and_ids_are_those_of_the_rules(rows: list[Row]) -> None:
    assert _resolved(rows) == _by_the_rules(rows)


@given(rows_of_files)
def test_one_of_each_vote_stays(rows: list[Row]) -> None:
    found, _ = _resolved(rows)
    kept = {row for row, gone in zip(rows, found, strict=True) if not gone}
    assert {(content, flags) for _, _, content, flags in kept} == {(content, flags) for _, _, content, flags in rows}


@given(st.lists(st.tuples(st.integers(0, 3), st.booleans()), min_size=1, max_size=40), st.integers(1, 4))
def test_a_judge_keeps_the_first_votes_of_a_day(votes: list[tuple[int, bool]], limit: int) -> None:
    days = np.array([day for day, _ in votes], dtype=np.uint64)
    kept = np.array([stays for _, stays in votes])
    counts: Counter[int] = Counter()
    expected = []
    for day, stays in votes:
        counts[day] += stays
        expected.append(bool(stays and day and counts[day] > limit))
    assert over_limit(days, kept, limit).tolist() == expected


@pytest.mark.parametrize("expressions", [["model_a"], ["model_a", "tags"]])
def test_equal_rows_have_equal_hashes_in_any_batch(expressions: list[str]) -> None:
    table = pa.table({"model_a": ["x", None, "x", ""], "tags": [["a"], None, ["a"], []]})
    (whole,) = copies.hashes(table, expressions)
    parts = np.concatenate([copies.hashes(table.slice(start, 1), expressions)[0] for start in range(4)])
    assert whole.tolist() == parts.tolist()
    assert whole[0] == whole[2]
    assert len(set(whole.tolist())) == 3
