"""Convolution against its definition by sums, against a dense layer, and against complex step."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import complex_step, relative_error, tanh
from backprop.convolution import (
    convolution,
    convolution_error,
    kernel_matrix,
    kernel_places,
    kernel_step,
    shared_step,
)
from backprop.dense import hidden_error, weight_step, weighted_input

RNG = np.random.default_rng(0)
SHAPES = pytest.mark.parametrize("shape", [(7,), (4, 7)], ids=str)
LENGTHS = pytest.mark.parametrize("k", [1, 3, 7])


def arrays(shape, k):
    """Return an input, a kernel, and a target for a layer of tanh units."""
    m = shape[-1] - k + 1
    return RNG.normal(size=shape), RNG.normal(size=k), RNG.normal(size=(*shape[:-1], m))


def loss(a, w, t):
    return np.sum((t - np.tanh(convolution(a, w))) ** 2) / 2


def delta_of(a, w, t):
    y = np.tanh(convolution(a, w))
    return (t - y) * tanh.derivative(y)


@SHAPES
@LENGTHS
def test_eq_convolution(shape, k):
    a, w, _ = arrays(shape, k)
    by_sums = [sum(a[..., i + j] * w[j] for j in range(k)) for i in range(7 - k + 1)]
    assert_allclose(convolution(a, w), np.stack(by_sums, axis=-1), rtol=1e-13)


@SHAPES
@LENGTHS
def test_eq_convolution_error(shape, k):
    a, w, t = arrays(shape, k)
    numerical = complex_step(lambda a: loss(a, w, t), a)
    assert relative_error(-convolution_error(delta_of(a, w, t), w), numerical) < 1e-12


@SHAPES
@LENGTHS
def test_eq_kernel_step(shape, k):
    a, w, t = arrays(shape, k)
    numerical = complex_step(lambda w: loss(a, w, t), w)
    assert relative_error(-kernel_step(a, delta_of(a, w, t), 0.5), 0.5 * numerical) < 1e-12


@SHAPES
@LENGTHS
def test_eq_kernel_matrix(shape, k):
    """The dense layer with this matrix computes the same, forward and back."""
    a, w, t = arrays(shape, k)
    W, delta = kernel_matrix(w, 7), delta_of(a, w, t)
    assert_allclose(weighted_input(a, W), convolution(a, w), rtol=1e-13)
    assert_allclose(hidden_error(delta, W), convolution_error(delta, w), rtol=1e-13)


@SHAPES
@LENGTHS
def test_eq_shared_step(shape, k):
    a, w, t = arrays(shape, k)
    delta = delta_of(a, w, t)
    shared = shared_step(weight_step(a, delta, 0.5), kernel_places(7, k))
    assert relative_error(shared, kernel_step(a, delta, 0.5)) < 1e-13


def test_the_matrix_of_a_kernel_is_a_band():
    assert_array_equal(
        kernel_matrix(np.array([1.0, 2.0, 3.0]), 4), [[1, 0], [2, 1], [3, 2], [0, 3]]
    )
    assert_array_equal(kernel_places(3, 2), [[0, -1], [1, 0], [-1, 1]])


def test_shared_steps_are_sums_over_places():
    step, places = np.array([[1.0, 2.0], [4.0, 8.0]]), np.array([[0, 1], [1, -1]])
    assert_array_equal(shared_step(step, places), [1, 6])


def test_a_precision_goes_through():
    a, w = np.ones((2, 5), np.float32), np.ones(3, np.float32)
    delta = convolution(a, w)
    results = [delta, convolution_error(delta, w), kernel_step(a, delta, 0.5), kernel_matrix(w, 5)]
    assert {each.dtype for each in results} == {np.dtype(np.float32)}


def test_integers_do_not_wrap_around():
    """Three times 100 times 100 is -48 in int8."""
    a, w = np.full(5, 100, np.int8), np.full(3, 100, np.int8)
    assert_array_equal(convolution(a, w), [30_000.0] * 3)
    assert_array_equal(convolution_error(a, w)[2:5], [30_000.0] * 3)
    assert_array_equal(kernel_step(a, w, 0.5), [15_000.0] * 3)
    assert_array_equal(kernel_places(np.int8(100), np.int8(3)), kernel_places(100, 3))


def test_what_is_no_array_of_numbers_is_refused():
    a, w, places = np.ones(4), np.ones(3), np.zeros(4, int)
    for call, message in [
        (lambda: convolution(a, ["1"]), "w must hold real numbers, not <U1"),
        (lambda: convolution([True] * 4, w), "a must hold real numbers, not bool"),
        (lambda: kernel_step(a, w, "0.5"), "learning_rate must be a number, not '0.5'"),
        (lambda: kernel_places(4.0, 2), "n must be an integer, not 4.0"),
        (lambda: shared_step(a, places / 1), "places must hold integers, not float64"),
    ]:
        with pytest.raises(TypeError, match=message):
            call()


def test_what_does_not_fit_is_refused():
    a, w = np.ones(4), np.ones(3)
    for call, message in [
        (lambda: convolution(a, np.ones((1, 3))), r"w must have shape \(k,\) .* not \(1, 3\)"),
        (lambda: convolution(a, np.ones(0)), r"w must have shape \(k,\) .* not \(0,\)"),
        (lambda: convolution(a, np.ones(5)), "w must not be longer than a, 4, but has 5"),
        (lambda: convolution_error(a, np.ones(0)), r"w must have shape \(k,\)"),
        (lambda: kernel_step(a, np.ones((1, 2)), 0.5), "delta must have the examples of a"),
        (lambda: kernel_step(a, np.ones(5), 0.5), "no more places"),
        (lambda: kernel_matrix(w, 2), "w must not be longer than n, 2, but has 3"),
        (lambda: convolution(np.array(1.0), w), r"a must have 1 or 2 axes, not shape \(\)"),
        (lambda: kernel_step(a, w, 0.0), "learning_rate must be positive and finite, not 0.0"),
        (lambda: kernel_places(10**6, 1), "n must be smaller, for the matrix to fit"),
        (lambda: shared_step(np.ones((2, 2)), np.zeros((2, 1), int)), "places must have the shape"),
        (lambda: shared_step(np.ones((0, 2)), np.zeros((0, 2), int)), "places must hold the numb"),
        (lambda: shared_step(a, np.full(4, -1)), "one weight at least"),
        (
            lambda: shared_step(a, np.array([0, 1, 2, -2])),
            "places must hold the numbers of weights",
        ),
        (lambda: shared_step(a, np.array([0, 1, 2, 10**9])), "from 0 to one less than the pl"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()


def test_a_matrix_that_no_computer_holds_is_refused_before_any_array_is_made(monkeypatch):
    monkeypatch.setattr("backprop.convolution.np", None)
    with pytest.raises(AttributeError, match="arange"):
        kernel_places(2**31, 2**31)
    with pytest.raises(ValueError, match=f"^n must be smaller, .* not {2**31 + 1}$"):
        kernel_places(2**31 + 1, 2**31 + 1)
