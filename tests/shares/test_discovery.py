"""The adjustment of many p-values."""

import numpy as np

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
