"""Classes of models that are not told apart from the best of them."""

import numpy as np
import pytest

from analysis.ratings.classes import classes
from analysis.ratings.simultaneous import distance_errors


def test_a_class_holds_what_is_not_told_apart_from_its_first() -> None:
    errors = np.full((5, 5), 10.0)
    # One of five is told apart beyond 2.24 errors of 10 points, one of three beyond 1.96.
    assert classes(np.array([1200.0, 1185.0, 1170.0, 1160.0, 1100.0]), errors).tolist() == [1, 1, 2, 2, 3]


def test_a_model_that_little_is_known_of_stays_with_the_best() -> None:
    errors = np.full((3, 3), 10.0)
    errors[0, 2] = errors[2, 0] = 100.0
    assert classes(np.array([1200.0, 1100.0, 1050.0]), errors).tolist() == [1, 2, 1]


def test_the_order_of_models_does_not_matter() -> None:
    ratings, errors = np.array([1100.0, 1200.0, 1150.0]), np.full((3, 3), 5.0)
    assert classes(ratings, errors).tolist() == [3, 1, 2]


def test_distances_know_what_two_models_share() -> None:
    covariance = np.array([[4.0, 3.0], [3.0, 4.0]])
    assert distance_errors(covariance)[0, 1] == pytest.approx(np.sqrt(2))


def test_one_critical_value_serves_all_classes() -> None:
    ratings, errors = np.array([1200.0, 1185.0, 1170.0, 1160.0, 1100.0]), np.full((5, 5), 10.0)
    assert classes(ratings, errors, 3.5).tolist() == [1, 1, 1, 2, 3]
    assert classes(ratings, errors, 1.0).tolist() == [1, 2, 3, 3, 4]
    assert classes(ratings, errors, np.inf).tolist() == [1] * 5


def test_a_class_does_not_chain_on() -> None:
    """Each is like its neighbour, and the third is told apart from the first."""
    assert classes(np.array([20.0, 10.0, 0.0]), np.full((3, 3), 6.0), 3.0).tolist() == [1, 1, 2]
