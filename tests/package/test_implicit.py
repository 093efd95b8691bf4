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


def test_eq_euler_error():
    V, y, e = RNG.normal(size=(4, 4)), RNG.normal(size=4), RNG.normal(size=4)
    slope = 1 - np.tanh(y @ V) ** 2
    expected = complex_step(lambda y: (e * (y + 0.3 * np.tanh(y @ V))).sum(), y)
    assert relative_error(euler_error(e, slope, V, 0.3), expected) < 1e-14
