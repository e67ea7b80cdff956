"""Wilson intervals: a published worked example, an oracle, and what must hold for any counts."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint

from analysis.results.prose import announced_percent, percent
from analysis.shares.wilson import wilson_interval, with_shares


@pytest.mark.parametrize(
    ("part", "whole", "lower", "upper"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_worked_examples_of_newcombe_1998_come_out(part: int, whole: int, lower: float, upper: float) -> None:
    # Newcombe, "Two-sided confidence intervals for the single proportion", Statistics in Medicine 17 (1998), table I, method 3.
    assert [float(bound) for bound in wilson_interval(part, whole)] == pytest.approx([lower, upper], abs=5e-5)


@given(st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))), st.floats(0.5, 0.999))
def test_intervals_equal_those_of_statsmodels(counts: tuple[int, int], level: float) -> None:
    expected = proportion_confint(*counts, alpha=1 - level, method="wilson")
    assert np.allclose(wilson_interval(*counts, level), expected, atol=1e-12)


@given(st.integers(1, 10_000).flatmap(lambda whole: st.tuples(st.integers(0, whole), st.just(whole))))
def test_an_interval_holds_its_share_and_mirrors_with_it(counts: tuple[int, int]) -> None:
    part, whole = counts
    lower, upper = wilson_interval(part, whole)
    assert 0 <= lower <= part / whole <= upper <= 1
    assert np.allclose(wilson_interval(whole - part, whole), (1 - upper, 1 - lower))


def test_an_empty_whole_has_no_share_and_an_interval_that_knows_nothing() -> None:
    row = with_shares(pd.DataFrame({"part": [0], "whole": [0]}), "part", "whole").iloc[0]
    assert np.isnan(row["share"])
    assert (row["lower"], row["upper"]) == (0, 1)


def test_the_interval_of_effective_votes_is_that_of_as_many_independent_ones() -> None:
    counts = pd.DataFrame({"part": [20, 0, 40, 0], "whole": [40, 40, 40, 0]})
    found = with_shares(counts, "part", "whole", 0.95, [10, 20, 40, 0])
    assert found["design_effect"].tolist() == [4, 2, 1, 1]
    assert found["share"].tolist()[:3] == [0.5, 0, 1]
    lower, upper = wilson_interval([5, 0, 40, 0], [10, 20, 40, 0])
    assert np.allclose(found[["lower", "upper"]], np.column_stack([lower, upper]))


def test_shares_read_as_per_cent() -> None:
    assert percent(105 / 1135, 2) == "9.25 %"
    assert (announced_percent(0.14), announced_percent(0.1312)) == ("14 %", "13.12 %")
