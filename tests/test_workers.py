"""Workers: what comes out is in order and does not depend on how many there are."""

import os

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from analysis.workers import spread, unthreaded


def _square(number: int) -> int:
    return number * number


def _process() -> int:
    return os.getpid()


def _fail(number: int) -> int:
    if number == 2:
        raise ValueError("two")
    return number


@pytest.fixture(autouse=True)
def _two_cores(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOKY_MAX_CPU_COUNT", "2")


@pytest.mark.parametrize("worth", [False, True])
def test_pieces_come_out_in_order_with_and_without_workers(worth: bool):
    assert list(spread(_square, ((number,) for number in range(7)), "squaring", worth=worth, size=7)) == [0, 1, 4, 9, 16, 25, 36]
    assert list(spread(_square, [], "squaring", worth=worth, size=0)) == []


@pytest.mark.parametrize("worth", [False, True])
def test_work_that_is_worth_it_is_done_by_other_processes(worth: bool):
    found = set(spread(_process, (() for _ in range(4)), "asking", worth=worth, size=4))
    assert (os.getpid() in found) == (not worth)


@pytest.mark.parametrize("worth", [False, True])
def test_an_error_in_a_piece_is_that_error(worth: bool):
    with pytest.raises(ValueError, match="^two$"):
        list(spread(_fail, ((number,) for number in range(4)), "failing", worth=worth, size=4))


def test_linear_algebra_has_one_thread_inside_and_as_many_as_before_outside():
    np.eye(2) @ np.eye(2)
    before = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    with unthreaded():
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    after = {pool["filepath"]: pool["num_threads"] for pool in threadpool_info()}
    assert {path: after[path] for path in before} == before
