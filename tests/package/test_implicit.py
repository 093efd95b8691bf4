"""Errors at a fixed point and along a flow, against complex steps through all iterations."""

import numpy as np
import pytest

from backprop import complex_step, relative_error
from backprop.implicit import euler_error, fixed_point_delta

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [1, 2, 6])
def test_eq_fixed_point_delta(n):
    """Minus the derivative by the input, which is added to what the units receive each time."""
    V, x, t = RNG.normal(size=(n, n)), RNG.normal(size=n), RNG.normal(size=n)
    V *= 0.8 / np.linalg.norm(V, 2)

    def settled(x):
        a = np.zeros(n)
        for _ in range(300):
            a = np.tanh(a @ V + x)
        return a

    a = settled(x)
    delta = fixed_point_delta(t - a, 1 - a * a, V)
    expected = -complex_step(lambda x: ((t - settled(x)) ** 2).sum() / 2, x)
    assert relative_error(delta, expected) < 1e-12


def test_without_a_single_fixed_point_there_is_no_error_term():
    with pytest.raises(ValueError, match="single fixed point"):
        fixed_point_delta(np.ones(2), np.ones(2), np.eye(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rounding_does_not_hide_that_there_is_no_single_fixed_point(dtype):
    """The three rows of the system lie in a plane, but no pivot of it is 0 to the last digit."""
    flat = np.array([[1, 2, 3], [4, 5, 6], [7, 8, 9]]) / 10
    with pytest.raises(ValueError, match="single fixed point"):
        fixed_point_delta(
            np.array([1, 2, 3], dtype), np.ones(3, dtype), (np.eye(3) - flat).astype(dtype)
        )


@pytest.mark.parametrize(("of_epsilon", "refused"), [(1, False), (0.5, True)])
def test_up_to_which_condition_number_a_system_is_solved(of_epsilon, refused):
    """Its condition number is one over the small number."""
    small = of_epsilon * np.finfo(np.float64).eps
    if refused:
        with pytest.raises(ValueError, match="single fixed point"):
            fixed_point_delta(np.ones(2), np.ones(2), np.diag([0, 1 - small]))
    else:
        delta = fixed_point_delta(np.ones(2), np.ones(2), np.diag([0, 1 - small]))
        assert delta.tolist() == [1, 1 / small]


def test_a_condition_number_is_measured_by_the_largest_column():
    """By the largest stretch, 0.94 of what is let through, the system would be solved."""
    system = np.array([[1, 1], [1, 1 + 4 * np.finfo(np.float64).eps]])
    with pytest.raises(ValueError, match="single fixed point"):
        fixed_point_delta(np.ones(2), np.ones(2), np.eye(2) - system)


def test_an_error_term_of_float32_is_float32():
    delta = fixed_point_delta(
        np.ones(2, np.float32), np.ones(2, np.float32), np.full((2, 2), 0.1, np.float32)
    )
    assert delta.dtype == np.float32
    assert delta == pytest.approx(1 / 0.8)


def test_eq_euler_error():
    V, y, e = RNG.normal(size=(4, 4)), RNG.normal(size=4), RNG.normal(size=4)
    slope = 1 - np.tanh(y @ V) ** 2
    expected = complex_step(lambda y: (e * (y + 0.3 * np.tanh(y @ V))).sum(), y)
    assert relative_error(euler_error(e, slope, V, 0.3), expected) < 1e-14
