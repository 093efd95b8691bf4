"""Layers that compose: a chain and a branch that adds, of layers made for these tests."""

import numpy as np
import pytest
from layered import Curve, check_batch, check_layer
from numpy.testing import assert_array_equal

from backprop import Dense, Flatten, RMSNormalization, Units, complex_step, relative_error, tanh
from backprop._arrays import floats
from backprop.chain import Chain, Differentiable, Residual, _require_error

RNG = np.random.default_rng(0)


class Product(Differentiable):
    """A matrix."""

    names = ("W", "b")

    def __init__(self, n, m, b=True):
        self.W, self.b = RNG.normal(size=(n, m)), RNG.normal(size=m) if b else None

    def forward(self, a):
        a = floats("a", a)
        if not a.ndim or a.shape[-1] != len(self.W):
            raise ValueError(f"a must have a last axis of {len(self.W)}, not {a.shape}")
        W, b = self.W, self.b
        y = a @ W if b is None else a @ W + b

        def pullback(e):
            e = _require_error(e, y)
            downhill = {"W": a.T @ e} | ({} if b is None else {"b": e.sum(axis=0)})
            return e @ W.T, downhill

        return y, pullback


def chain():
    return Chain(Product(3, 5), Curve(), Product(5, 4, b=False), Curve(), Product(4, 2))


def test_a_chain_is_a_layer():
    layer = chain()
    check_layer(layer, RNG.normal(size=(7, 3)))
    check_batch(layer, RNG.normal(size=(7, 3)))
    assert list(layer.parameters) == [("W", 1), ("b", 1), ("W", 3), ("W", 5), ("b", 5)]


def test_a_chain_within_a_chain_and_a_branch():
    inner = Residual(Product(5, 6), Curve(), Product(6, 5))
    layer = Chain(Product(3, 5), inner, Chain(Curve(), Residual(Chain(Product(5, 5)))))
    check_layer(layer, RNG.normal(size=(7, 3)))
    assert list(layer.parameters)[2:4] == [("W", 2, 1), ("b", 2, 1)]
    assert ("W", 3, 2, 1, 1) in layer.parameters
    assert layer.parameters["W", 2, 1] is inner.layers[0].W


def test_eq_residual_error():
    """The error comes back as it is, and over the branch."""
    branch = Chain(Product(5, 4), Curve(), Product(4, 5))
    a, e = RNG.normal(size=(2, 3, 5))
    numerical = complex_step(lambda a: -np.sum(e * (a + branch.forward(a)[0])), a)
    assert relative_error(-Residual(branch).forward(a)[1](e)[0], numerical) < 1e-12


def test_an_array_of_parameters_stands_in_one_place():
    """However deep its layer is."""
    layer = Product(5, 5)
    other = layer.with_parameters({"b": RNG.normal(size=5)})
    for twice in ([layer, layer], [layer, Chain(layer)], [Residual(layer), other], [layer, other]):
        with pytest.raises(ValueError, match="layers must all be different"):
            Chain(*twice)
    Chain(layer, layer.with_parameters({k: w.copy() for k, w in layer.parameters.items()}))


@pytest.mark.parametrize(
    ("layers", "error", "message"),
    [
        ((), ValueError, "layers must not be empty"),
        ((Curve(), np.sin), TypeError, "layers must be of class Differentiable, but layer 2 is"),
        ((np.ones(3),), TypeError, "but layer 1 is array"),
    ],
)
def test_what_is_no_chain_of_layers_is_refused(layers, error, message):
    for kind in (Chain, Residual):
        with pytest.raises(error, match=message):
            kind(*layers)


def test_a_branch_must_keep_the_shape():
    with pytest.raises(ValueError, match="what the layers give must have the shape"):
        Residual(Product(5, 4)).forward(RNG.normal(size=(7, 5)))


def test_other_parameters_reach_the_layers_they_are_for():
    layer = Chain(Product(3, 5), Residual(Product(5, 5)))
    W = RNG.normal(size=(5, 5))
    other = layer.with_parameters({("W", 2, 1): W})
    assert other.layers[1].layers[0].W is W
    assert other.layers[0].W is layer.layers[0].W
    assert layer.layers[1].layers[0].W is not W
    for key in [("W", 2), ("V", 1), "W"]:
        with pytest.raises(ValueError, match="values must be by the keys of parameters"):
            layer.with_parameters({key: W})


def test_a_layer_of_ones_own_takes_several_directions_at_once():
    layer, a = RMSNormalization([1.0, 2.0, 0.5]), np.array([[0.3, -1.0, 2.0], [1.0, 0.1, -0.4]])
    one, other = np.eye(2, 3), np.ones((2, 3))
    assert type(layer).jvp is Differentiable.jvp
    y, y_dots = layer.jvp(a, np.stack([one, other]))
    assert_array_equal(y, layer.forward(a)[0])
    assert_array_equal(y_dots, [layer.jvp(a, one)[1], layer.jvp(a, other)[1]])


def test_what_does_not_fit_an_input_is_told_so():
    layer = RMSNormalization([1.0, 2.0])
    with pytest.raises(ValueError, match=r"^a_dot must have the shape of a, \(2,\), not \(3,\)$"):
        layer.jvp(np.ones(2), np.ones(3))
    branch = Residual(Dense(np.ones((2, 3))))
    message = r"^what the layers give must have the shape of their input, \(2,\), not \(3,\)$"
    with pytest.raises(ValueError, match=message):
        branch.forward(np.ones(2))


def test_one_direction_along_an_axis_of_its_own_is_one_of_several():
    layer, a = RMSNormalization([1.0, 2.0]), np.array([0.3, -1.0])
    y, y_dots = layer.jvp(a, np.eye(1, 2))
    assert_array_equal(y, layer.forward(a)[0])
    assert_array_equal(y_dots, [layer.jvp(a, np.array([1.0, 0.0]))[1]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_change_has_the_type_of_the_input(dtype):
    layer = RMSNormalization(np.array([1.0, 2.0], dtype))
    y, y_dot = layer.jvp(np.array([0.3, -1.0], dtype), np.ones(2, dtype))
    assert (y.dtype, y_dot.dtype) == (dtype, dtype)


def test_parameters_are_known_by_whole_names_and_numbers_of_layers():
    layer = Chain(RMSNormalization([1.0, 2.0]), Chain(RMSNormalization([1.0, 2.0])))
    assert [*layer.parameters] == [("gamma", 1), ("gamma", 2, 1)]
    known = r"\('gamma', 1\), \('gamma', 2, 1\), not 'W'$"
    with pytest.raises(ValueError, match=f"^values must be by the keys of parameters, {known}"):
        layer.with_parameters({"W": np.ones(2)})
    with pytest.raises(ValueError, match=r"parameters, there are none, not 'W'$"):
        Units(tanh).with_parameters({"W": np.ones(2)})
    with pytest.raises(TypeError, match=r"^values\[\('gamma', 1\)\] must hold real numbers"):
        layer.with_parameters({("gamma", 1): "ab"})


def test_an_error_has_the_shape_of_the_output():
    y = np.zeros((4, 2))
    for shape in [(3, 4, 2), (2, 2), (1, 4, 2), (4, 2, 1), (5, 5, 2)]:
        with pytest.raises(ValueError, match=r"^e must have the shape of the output, \(4, 2\)"):
            _require_error(np.ones(shape), y)
    assert _require_error(np.ones((3, 4, 2)), y, several=True).shape == (3, 4, 2)
    for shape in [(2, 2), (3, 5, 2), (5, 5, 2), (4, 4, 4, 2)]:
        with pytest.raises(ValueError, match=r"^e must have the shape"):
            _require_error(np.ones(shape), y, several=True)


def test_what_goes_through_unchanged_moves_to_the_last_bit_as_its_input_does():
    a, direction = RNG.normal(size=(2, 10, 20, 5))
    _, y_dot = Flatten().jvp(a, direction)
    assert_array_equal(y_dot, direction.reshape(10, 100))
