"""The adjustment of many p-values."""

import numpy as np
import pytest
from scipy.stats import false_discovery_control

from analysis.shares.discovery import RATE, q_values


def test_q_values_are_those_of_benjamini_and_hochberg() -> None:
    # Their example (1995, section 3.2): of 15 p-values four are rejected at a rate of 5 %, three by Bonferroni's rule.
    p_values = [
        *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240),
        *(0.4262, 0.5719, 0.6528, 0.7590, 1.0000),
    ]
    assert (q_values(p_values) <= RATE).sum() == 4


def test_no_hypothesis_has_no_q_value() -> None:
    assert q_values(np.empty(0)).tolist() == []


@pytest.mark.parametrize("size", [1, 2, 7, 100])
def test_q_values_are_those_of_scipy(size: int) -> None:
    values = np.round(np.random.default_rng(size).random(size) ** 3, 2)  # some are equal
    np.testing.assert_allclose(q_values(values), false_discovery_control(values), rtol=1e-14)


def test_a_missing_p_value_is_refused() -> None:
    with pytest.raises(ValueError, match="missing"):
        q_values([0.1, np.nan])
