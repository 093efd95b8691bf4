"""What every layer must do: each check is one function, and takes a layer and an input.

The loss is a weighted sum of the outputs, so that the error at the output is minus the weights.
"""

import copy

import numpy as np
import pytest
from numpy.testing import assert_allclose

from backprop import complex_step, gradients, relative_error
from backprop.autodiff import Variable
from backprop.chain import Chain, Differentiable

EXACTLY = 1e-12


class Curve(Differentiable):
    """A layer that stands before and after another: the sine of each number."""

    def forward(self, a):
        return np.sin(a), lambda e: (e * np.cos(a), {})


def weights_of_the_loss(y, seed=7):
    return np.random.default_rng(seed).normal(size=y.shape)


def numerical_gradients(layer, a, method=complex_step):
    """Return the gradients of the loss by the input, under None, and by each parameter."""
    c = weights_of_the_loss(layer.forward(a)[0])

    def loss(layer, a):
        return np.sum(c * layer.forward(a)[0])

    found = {None: method(lambda a: loss(layer, a), a)} if a.dtype.kind == "f" else {}
    for key, array in layer.parameters.items():
        found[key] = method(lambda w, key=key: loss(layer.with_parameters({key: w}), a), array)
    return found


def own_gradients(layer, a):
    """Return the same by the pullback."""
    y, pullback = layer.forward(a)
    e, downhill = pullback(-weights_of_the_loss(y))
    assert downhill.keys() == layer.parameters.keys()
    found = {None: -e} if a.dtype.kind == "f" else {}
    return found | {key: -d for key, d in downhill.items()}


def largest_error(found, right):
    """Return the largest relative error of any array; one that is 0 is judged beside the others."""
    assert found.keys() == right.keys()
    scale = max(np.linalg.norm(each) for each in right.values())
    worst = 0.0
    for key, array in right.items():
        assert found[key].shape == array.shape, key
        small = np.linalg.norm(array) < 1e-9 * scale
        off = np.linalg.norm(found[key] - array) / scale
        worst = max(worst, off if small else relative_error(found[key], array))
    return worst


def check_gradients(layer, a, method=complex_step, tolerance=EXACTLY):
    """The pullback gives what another method finds, alone and between two curved layers."""
    for each in (layer, Chain(Curve(), layer, Curve()) if a.dtype.kind == "f" else layer):
        right = numerical_gradients(each, a, method)
        assert largest_error(own_gradients(each, a), right) < tolerance


def check_engine(layer, a, plain):
    """The engine, given the forward pass in plain NumPy, finds the same output and gradients.

    `plain` takes the input, and the parameters by their names.
    """
    y, _ = layer.forward(a)
    variables = {key: Variable(array) for key, array in layer.parameters.items()}
    given = Variable(a) if a.dtype.kind == "f" else a
    result = plain(given, **variables)
    assert_allclose(result.value, y, rtol=1e-12, atol=1e-14)
    wanted = {None: given} | variables if a.dtype.kind == "f" else variables
    found = gradients((weights_of_the_loss(y) * result).sum(), list(wanted.values()))
    right = dict(zip(wanted, found, strict=True))
    assert largest_error(own_gradients(layer, a), right) < EXACTLY


def check_types(layer, a):
    """float32 in, float32 out, forward and back; float64 likewise."""
    for kind in (np.float32, np.float64):
        typed = layer.with_parameters({k: w.astype(kind) for k, w in layer.parameters.items()})
        y, pullback = typed.forward(a.astype(kind) if a.dtype.kind == "f" else a)
        e, downhill = pullback(np.ones_like(y))
        assert y.dtype == kind
        assert {each.dtype for each in downhill.values()} <= {np.dtype(kind)}
        if a.dtype.kind == "f":
            assert e.dtype == kind


def check_nothing_is_changed(layer, a):
    """Neither pass changes what it is given, and the pullback can be called again."""
    before, parameters = a.copy(), copy.deepcopy(layer.parameters)
    y, pullback = layer.forward(a)
    output, error = y.copy(), weights_of_the_loss(y)
    first = pullback(error)
    second = pullback(error)
    np.testing.assert_array_equal(a, before)
    np.testing.assert_array_equal(y, output)
    np.testing.assert_array_equal(error, weights_of_the_loss(y))
    np.testing.assert_array_equal(first[0], second[0])
    for key, array in layer.parameters.items():
        np.testing.assert_array_equal(array, parameters[key])
        np.testing.assert_array_equal(first[1][key], second[1][key])


def check_batch(layer, a):
    """Each example of a batch is treated as if it were alone, where a layer does not mix them."""
    y, pullback = layer.forward(a)
    c = -weights_of_the_loss(y)
    e, downhill = pullback(c)
    total = {key: np.zeros_like(array) for key, array in layer.parameters.items()}
    for n in range(len(a)):
        y_n, pullback_n = layer.forward(a[n : n + 1])
        e_n, downhill_n = pullback_n(c[n : n + 1])
        assert_allclose(y_n[0], y[n], rtol=1e-12, atol=1e-14)
        assert_allclose(e_n[0], e[n], rtol=1e-11, atol=1e-13)
        total = {key: total[key] + downhill_n[key] for key in total}
    for key, array in total.items():
        assert_allclose(downhill[key], array, rtol=1e-10, atol=1e-12)


def check_jvp(layer, a, direction_seed=3):
    """Forward and reverse mode agree: of any two directions, the products are the same number."""
    a_dot = np.random.default_rng(direction_seed).normal(size=a.shape)
    y, y_dot = layer.jvp(a, a_dot)
    y_again, pullback = layer.forward(a)
    np.testing.assert_array_equal(y, y_again)
    y_bar = weights_of_the_loss(y)
    e, _ = pullback(y_bar)
    assert_allclose(np.sum(y_bar * y_dot), np.sum(e * a_dot), rtol=1e-11)


def check_refusals(layer, a):
    """An error in another shape than the output, text and objects are refused by name."""
    y, pullback = layer.forward(a)
    for wrong in (y[:-1], y[..., np.newaxis], np.ones(())):
        with pytest.raises(ValueError, match=r"\be must have the shape of the output"):
            pullback(wrong)
    for wrong in (np.array(["a"]), None, {}):
        with pytest.raises((TypeError, ValueError), match=r"\be must"):
            pullback(wrong)
        with pytest.raises((TypeError, ValueError), match=r"\b[az] must"):
            layer.forward(wrong)


def check_layer(layer, a, plain=None, method=complex_step, tolerance=EXACTLY):
    """All that holds for a layer that treats every example alike, and is smooth."""
    check_gradients(layer, a, method, tolerance)
    check_types(layer, a)
    check_nothing_is_changed(layer, a)
    check_refusals(layer, a)
    if a.dtype.kind == "f":
        check_jvp(layer, a)
    if plain is not None:
        check_engine(layer, a, plain)
