"""The numerical gradients, where the answer is known."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    central_difference,
    check_gradient,
    compare_gradients,
    complex_step,
    datasets,
    relative_error,
)


def cubic(w):
    return (w**3).sum() + w[0] * w[1]


W = np.array([0.5, -2.0, 3.0])
GRADIENT = np.array([3 * 0.25 - 2, 3 * 4 + 0.5, 27])


def test_eq_central_difference():
    assert relative_error(GRADIENT, central_difference(cubic, W)) < 1e-10
    # Of a cubic the truncation error is h^2 times its third derivative over 6, here h^2.
    assert_allclose(central_difference(cubic, W, h=0.5) - GRADIENT, [0.25] * 3, rtol=1e-12)


def test_eq_complex_step():
    assert_allclose(complex_step(cubic, W), GRADIENT, rtol=1e-15)


def test_eq_relative_error():
    assert relative_error([3, 4], [3, 4]) == 0
    assert relative_error([0, 0], [0, 0]) == 0
    assert relative_error([3, 4], [3, 5]) == 1 / np.sqrt(34)
    assert relative_error([1], [-1]) == 2
    assert relative_error([1e-200], [0]) == 1


@pytest.mark.parametrize("method", [central_difference, complex_step])
def test_a_gradient_has_the_shape_of_its_argument(method):
    w = np.arange(6.0).reshape(2, 3)
    gradient = method(lambda w: (w * w).sum(), w)
    assert_allclose(gradient, 2 * w, atol=1e-9)
    assert_array_equal(w, np.arange(6.0).reshape(2, 3))
    assert method(lambda w: w * w, 3.0) == pytest.approx(6)


def test_complex_step_refuses_a_function_that_drops_the_imaginary_part():
    with pytest.raises(TypeError, match="f must return a complex number, not float64"):
        complex_step(lambda w: w.real.sum(), W)


def test_gradients_of_different_shapes_are_not_compared():
    with pytest.raises(ValueError, match=r"must have the shape of analytic, \(2,\), not \(2, 1\)"):
        relative_error([1, 2], [[1], [2]])


def ridge(p):
    """A straight line's squared error, with a price on the slope."""
    x, t = np.arange(4.0), np.array([1.0, 3.0, 2.0, 5.0])
    return ((t - p["slope"] * x - p["offset"]) ** 2).sum() + 0.1 * p["slope"] ** 2


def ridge_gradient(p):
    x, t = np.arange(4.0), np.array([1.0, 3.0, 2.0, 5.0])
    e = t - p["slope"] * x - p["offset"]
    return {"offset": -2 * e.sum(), "slope": -2 * (e * x).sum() + 0.2 * p["slope"]}


RIDGE = {"slope": 0.5, "offset": np.array(-1.0)}


def test_any_gradient_can_be_compared():
    exact = compare_gradients(ridge, ridge_gradient, RIDGE)
    assert list(exact) == ["slope", "offset"]
    assert max(exact.values()) < 1e-14
    assert max(compare_gradients(ridge, ridge_gradient, RIDGE, central_difference).values()) < 1e-8


def test_which_gradient_is_wrong_is_said():
    def without_the_price(p):
        return ridge_gradient(p) | {"slope": ridge_gradient(p)["slope"] - 0.2 * p["slope"]}

    errors = compare_gradients(ridge, without_the_price, RIDGE)
    assert errors["offset"] < 1e-14
    # Of a slope of -31 + 0.1, 0.1 is missing.
    exact = ridge_gradient(RIDGE)["slope"]
    assert errors["slope"] == pytest.approx(0.1 / abs(exact - 0.1), rel=1e-12)


def test_a_gradient_that_changes_its_parameters_is_compared_where_they_were():
    def in_place(p):
        g = {"w": 2 * p["w"]}
        p["w"] -= 0.1 * g["w"]
        return g

    w = np.array([1.0, -2.0])
    assert compare_gradients(lambda p: (p["w"] ** 2).sum(), in_place, {"w": w})["w"] < 1e-15
    assert_array_equal(w, [1, -2])


@pytest.mark.parametrize(
    ("gradient", "error", "message"),
    [
        ({"v": [1.0, 2.0]}, ValueError, r"gradient must return \['w'\], not \['v'\]"),
        ({"w": [[1.0], [2.0]]}, ValueError, r"gradient of 'w' must have the shape of its param"),
        ({"w": 1.0}, ValueError, r"the shape of its parameter, \(2,\), not \(\)"),
        ({"w": [1.0, np.nan]}, ValueError, r"gradient of 'w' must be finite"),
        ({"w": [1j, 1]}, TypeError, r"gradient of 'w' must hold real numbers, not complex128"),
    ],
)
def test_what_is_no_gradient_is_refused(gradient, error, message):
    with pytest.raises(error, match=message):
        compare_gradients(lambda p: (p["w"] ** 2).sum(), lambda _: gradient, {"w": [1.0, 2.0]})


def test_backpropagation_agrees_with_both_methods(case):
    network, x, target = case
    before = network.copy()
    exact = check_gradient(network, x, target)
    assert set(exact) == {("W", l) for l in range(1, len(network) + 1)} | {
        ("b", l) for l in range(1, len(network) + 1) if network[l].b is not None
    }
    assert max(exact.values()) < 1e-12
    assert max(check_gradient(network, x, target, central_difference).values()) < 1e-8
    for l in range(1, len(network) + 1):
        assert_array_equal(before[l].W, network[l].W)


def test_a_wrong_derivative_is_found(monkeypatch):
    network, x, target, _ = datasets.three_two_one()
    monkeypatch.setattr(
        "backprop.network.hidden_delta", lambda delta_next, W_next, *_: delta_next @ W_next.T
    )
    assert check_gradient(network, x, target)["W", 1] > 1e-3
