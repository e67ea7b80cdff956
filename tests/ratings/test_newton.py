"""Newton's method on functions whose maximum is known."""

import numpy as np
import pytest
from numpy.typing import NDArray

from analysis.ratings.newton import NotConverged, newton

Floats = NDArray[np.float64]

#: Information of two strengths that one pair's votes tell apart.
PAIR = np.array([[1.0, -1.0], [-1.0, 1.0]])


def parabola(at: Floats) -> tuple[Floats, Floats]:
    """Gradient and information of −(gap − 3)² / 2 in the gap of two strengths."""
    return (3.0 - (at[0] - at[1])) * np.array([1.0, -1.0]), PAIR


def test_a_parabola_takes_one_step_and_one_that_is_small() -> None:
    found = newton("it", np.zeros(2), parabola, tolerance=1e-9, limit=5)
    np.testing.assert_allclose(found.at, [1.5, -1.5])
    assert found.steps == 2
    assert found.information is PAIR


def test_a_long_step_is_shortened() -> None:
    found = newton("it", np.zeros(2), parabola, tolerance=1e-9, limit=9, longest=0.5)
    np.testing.assert_allclose(found.at, [1.5, -1.5])
    assert found.steps in (4, 5)  # three of a half, and one that is small; rounding may need another


def test_a_parameter_stays_in_its_range() -> None:
    def slope(at: Floats) -> tuple[Floats, Floats]:
        """The same and beside it log x − 2 x, which is −∞ from 0 on down; its maximum is at ½."""
        assert at[2] > 0
        gradient, information = np.zeros(3), np.zeros((3, 3))
        gradient[:2], information[:2, :2] = parabola(at)
        gradient[2], information[2, 2] = 1 / at[2] - 2, 1 / at[2] ** 2
        return gradient, information

    def after(at: Floats, move: Floats) -> Floats:
        return np.append(at[:2] + move[:2], max(at[2] + move[2], at[2] / 2))

    found = newton("it", np.array([0.0, 0.0, 3.0]), slope, beside=1, tolerance=1e-9, limit=20, after=after)
    np.testing.assert_allclose(found.at, [1.5, -1.5, 0.5])


def test_what_does_not_converge_is_named_with_its_last_step() -> None:
    def slope(_: Floats) -> tuple[Floats, Floats]:
        return np.array([2.0, -2.0]), PAIR

    with pytest.raises(NotConverged, match=r"this fit did not converge in 7 steps; the last moved a parameter by 1\.") as error:
        newton("this fit", np.zeros(2), slope, tolerance=1e-9, limit=7)
    np.testing.assert_allclose(error.value.move, [1.0, -1.0])
