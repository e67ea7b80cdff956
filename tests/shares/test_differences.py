"""Differences between groups: a published example, an oracle, pairs of votes, and false discoveries on simulated judges."""

from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm
from statsmodels.stats.proportion import confint_proportions_2indep

from analysis.shares.differences import differences
from analysis.shares.habits import NOBODY, habits_of
from analysis.shares.tallies import alone, count_given_groups, tally_of


def compared(judge: np.ndarray, hit: np.ndarray, group: np.ndarray) -> pd.DataFrame:
    """Every group with the votes outside it, by group."""
    tally = tally_of(judge, hit)
    return differences(count_given_groups(judge, hit, group).sort_values("group"), tally, habits_of(tally)).set_index("group")


def test_the_worked_example_of_newcombe_1998_comes_out() -> None:
    # Newcombe, "Interval estimation for the difference between independent proportions", Statistics in Medicine 17 (1998),
    # table II, method 10: 56/70 − 48/80 has the interval 0.0524 to 0.3339.
    row = differences(pd.DataFrame({"votes": [70], "hits": [56]}), alone(150, 104), NOBODY).iloc[0]
    assert row["difference"] == pytest.approx(0.2)
    assert (row["difference_lower"], row["difference_upper"]) == pytest.approx((0.0524, 0.3339), abs=5e-5)


@pytest.mark.parametrize(
    ("hits", "votes", "other", "rest"), [(0, 40, 14, 100), (9, 10, 3, 10), (500, 4000, 60, 600), (5, 5, 20, 90)]
)
@pytest.mark.parametrize("level", [0.8, 0.95])
def test_independent_votes_get_the_interval_of_statsmodels(hits: int, votes: int, other: int, rest: int, level: float) -> None:
    row = differences(pd.DataFrame({"votes": [votes], "hits": [hits]}), alone(votes + rest, hits + other), NOBODY, level).iloc[0]
    expected = confint_proportions_2indep(hits, votes, other, rest, method="newcomb", alpha=1 - level)
    assert (row["difference_lower"], row["difference_upper"]) == pytest.approx(expected, abs=1e-9)


def test_the_p_value_is_that_at_whose_level_the_interval_ends_at_0() -> None:
    groups, whole = pd.DataFrame({"votes": [70], "hits": [56]}), alone(150, 104)
    p_value = differences(groups, whole, NOBODY)["p_value"].iloc[0]
    assert 0 < p_value < 0.05
    row = differences(groups, whole, NOBODY, level=1 - p_value).iloc[0]
    assert row["difference_lower"] == pytest.approx(0, abs=1e-9)


def test_votes_of_the_same_judges_in_and_outside_a_group_compare_more_sharply_than_those_of_others() -> None:
    """Each of 300 judges has a habit and votes five times in the group and five times outside it, or all ten on one side."""
    rng = np.random.default_rng(7)
    judge = np.repeat(np.arange(300), 10)
    hit = rng.random(3_000) < rng.beta(0.5, 1.5, 300)[judge]
    within, between = compared(judge, hit, np.arange(3_000) % 2), compared(judge, hit, judge % 2)
    widths = [float((each["difference_upper"] - each["difference_lower"]).iloc[0]) for each in (within, between)]
    assert widths[0] < 0.6 * widths[1]
    independent = compared(np.arange(3_000), hit, np.arange(3_000) % 2)
    assert widths[0] < 1.1 * float((independent["difference_upper"] - independent["difference_lower"]).iloc[0])


def test_a_habit_that_is_another_in_the_group_makes_the_difference_less_sure() -> None:
    """The judge's own difference varies: the jackknife sees it, the correlation of all votes of a judge does not."""
    rng = np.random.default_rng(11)
    judge, inside = np.repeat(np.arange(60), 40), np.arange(2_400) % 2
    one, other = compared(judge, rng.random(2_400) < rng.beta(1, 1, (60, 2))[judge, inside], inside), None
    habit = rng.beta(1, 1, 60)[judge]
    other = compared(judge, rng.random(2_400) < habit, inside)
    widths = [float((each["difference_upper"] - each["difference_lower"]).iloc[0]) for each in (one, other)]
    assert widths[0] > 2 * widths[1]


def test_the_interval_is_about_as_wide_as_that_of_the_differences_without_one_judge_each() -> None:
    rng = np.random.default_rng(12)
    judge = np.repeat(np.arange(80), rng.integers(2, 30, 80))
    group = rng.integers(0, 2, len(judge))
    hit = rng.random(len(judge)) < rng.beta(1, 2, (80, 2))[judge, group]
    left = []
    for one in range(80):
        rest = judge != one
        left.append(hit[rest & (group == 0)].mean() - hit[rest & (group == 1)].mean())
    error = np.sqrt(79 / 80 * np.sum((np.array(left) - np.mean(left)) ** 2))
    row = compared(judge, hit, group).loc[0]
    assert (row["difference_upper"] - row["difference_lower"]) / (2 * norm.ppf(0.975) * error) == pytest.approx(1, abs=0.15)


def test_the_order_of_votes_and_the_names_of_judges_change_nothing() -> None:
    rng = np.random.default_rng(13)
    judge, group = rng.integers(0, 50, 600), rng.integers(0, 5, 600)
    hit = rng.random(600) < 0.3
    order, names = rng.permutation(600), rng.permutation(900)
    pd.testing.assert_frame_equal(compared(judge[order], hit[order], group[order]), compared(judge, hit, group))
    pd.testing.assert_frame_equal(compared(names[judge], hit, group), compared(judge, hit, group))


@pytest.mark.parametrize("by", ["judge", "vote"])
def test_groups_of_judges_with_habits_hold_the_truth_and_are_rarely_called_different(arenas: ModuleType, by: str) -> None:
    """60 arenas of 15 groups; by votes alone the shares of groups chosen by judge hold the truth in 71 %."""
    plain, ours, gaps, called = arenas.group_coverage(6_000, arenas.THIRD, 0.14, 10, 60, by)
    assert ours >= 0.92
    assert gaps >= 0.92
    assert called <= 0.10
    assert plain < (0.80 if by == "judge" else 0.93)


def test_a_group_with_another_share_is_found(arenas: ModuleType) -> None:
    rng = np.random.default_rng(14)
    judge = arenas.draw_judges(6_000, arenas.FIFTH, rng)
    group = arenas.grouped(judge, "vote", rng)
    hit = arenas.draw_hits(judge, 0.14, 10, rng) | ((group == 12) & (rng.random(6_000) < 0.3))
    found = compared(judge, hit, group)
    assert found.index[found["differs"]].tolist() == [12]
