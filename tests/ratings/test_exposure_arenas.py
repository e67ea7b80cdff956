"""A few arenas of the benchmark of exposure: who was tuned is found, the honest are left in peace, intervals hold the truth."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest


@pytest.fixture(scope="module")
def bench() -> ModuleType:
    spec = importlib.util.spec_from_file_location("benchmark_exposure", Path(__file__).parents[2] / "benchmarks" / "exposure.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # dataclasses look for their module there
    spec.loader.exec_module(module)
    return module


def test_a_model_of_20000_votes_that_was_tuned_by_50_points_is_found(bench: ModuleType) -> None:
    tally = bench.run(bench.arena(weight=2.2, tuned=bench.TUNED, bonus=50.0), 100_000, 3)
    assert tally.found == 3
    assert tally.accused == 0
    assert np.mean(tally.gained) == pytest.approx(47, abs=4)  # tastes take a part of it away


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"prompt_tastes": 0.5, "released_prompts": 20},
        {"released_topics": 3, "topic_spread": 60.0},
    ],
    ids=["plain", "few prompts with tastes", "topics that differ"],
)
def test_honest_models_are_left_in_peace_and_intervals_hold_the_truth(bench: ModuleType, settings: dict[str, float]) -> None:
    tally = bench.run(bench.arena(**settings), 20_000, 8)
    assert tally.told >= 150
    assert tally.accused <= 1
    assert np.mean(tally.held) > 0.9


def test_topics_that_differ_and_are_not_given_look_like_tuning(bench: ModuleType) -> None:
    """What the sentence warns of where no topics are given."""
    tally = bench.run(bench.arena(released_topics=3, topic_spread=bench.TOPIC_SPREAD), 20_000, 8, topics=False)
    assert tally.accused >= 2


def test_honest_models_are_left_in_peace_where_votes_are_on_near_copies_of_few_prompts(bench: ModuleType) -> None:
    tally = bench.run_near(bench.arena(prompt_tastes=0.8, released_prompts=20), 20_000, 4)
    assert tally.told >= 70
    assert tally.accused <= 1
