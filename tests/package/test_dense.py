"""Dense layers: their equations against sums written out, and the layers that call them."""

import numpy as np
import pytest
from layered import check_batch, check_engine, check_layer
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Dense,
    Layer,
    Network,
    gelu,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softmax,
    tanh,
)
from backprop.autodiff import apply_activation
from backprop.dense import bias_step, hidden_delta, hidden_error, weight_step, weighted_input

RNG = np.random.default_rng(0)
FORMS = pytest.mark.parametrize("rows", [(), (4,), (4, 6)], ids=["example", "batch", "sequences"])


def normal(*shape):
    return RNG.normal(size=shape)


@FORMS
def test_each_equation_is_a_sum(rows):
    a, W, b, delta = normal(*rows, 3), normal(3, 5), normal(5), normal(*rows, 5)
    z = [sum(a[..., i] * W[i, j] for i in range(3)) + b[j] for j in range(5)]
    e = [sum(delta[..., j] * W[i, j] for j in range(5)) for i in range(3)]
    assert_allclose(weighted_input(a, W, b), np.stack(z, -1), rtol=1e-13)
    assert_allclose(hidden_error(delta, W), np.stack(e, -1), rtol=1e-12, atol=1e-14)
    for i, j in np.ndindex(3, 5):
        step = 0.3 * np.sum(a[..., i] * delta[..., j])
        assert_allclose(weight_step(a, delta, 0.3)[i, j], step, rtol=1e-12)
        assert_allclose(bias_step(delta, 0.3)[j], 0.3 * np.sum(delta[..., j]), rtol=1e-12)


@pytest.mark.parametrize("rows", [(), (4,)], ids=["example", "batch"])
def test_a_hidden_error_term_is_an_error_times_a_slope(rows):
    delta, W, a = normal(*rows, 5), normal(3, 5), np.tanh(normal(*rows, 3))
    found = hidden_delta(delta, W, a, tanh)
    assert_allclose(found, (delta @ W.T) * (1 - a**2), rtol=1e-13)


@FORMS
@pytest.mark.parametrize("biases", [True, False])
def test_dense(rows, biases):
    layer = Dense(normal(3, 5), normal(5) if biases else None)
    check_layer(layer, normal(*rows, 3), lambda a, W, b=0: a @ W + b)
    if rows:
        check_batch(layer, normal(*rows, 3))
    assert repr(layer) == ("Dense(3 to 5, biases)" if biases else "Dense(3 to 5)")


@FORMS
@pytest.mark.parametrize(
    "activation", [sigmoid, tanh, relu, leaky_relu, silu, gelu, identity, softmax], ids=str
)
def test_layer(rows, activation):
    layer = Layer(normal(3, 5), normal(5), activation)
    check_layer(layer, normal(*rows, 3))
    if rows:
        check_batch(layer, normal(*rows, 3))


@pytest.mark.parametrize("activation", [sigmoid, tanh, relu, gelu], ids=str)
def test_the_engine_agrees(activation):
    layer = Layer(normal(3, 5), normal(5), activation)
    check_engine(layer, normal(4, 3), lambda a, W, b: apply_activation(a @ W + b, activation))


def test_a_layer_is_its_sums_and_then_its_units():
    layer, a, e = Layer(normal(3, 5), normal(5), tanh), normal(4, 3), normal(4, 5)
    z, back = layer.sums(a)
    y, back_from_units = layer.forward(a)
    assert_array_equal(z, weighted_input(a, layer.W, layer.b))
    assert_array_equal(y, np.tanh(z))
    e_in, downhill = back(e * tanh.derivative(y))
    again, downhill_again = back_from_units(e)
    assert_array_equal(e_in, again)
    for key in "Wb":
        assert_array_equal(downhill[key], downhill_again[key])
        assert_array_equal(layer.downhill(a, e * tanh.derivative(y))[key], downhill[key])


def test_parameters_are_the_arrays_of_the_layer():
    layer = Layer(normal(3, 5), normal(5))
    assert layer.parameters["W"] is layer.W
    assert layer.parameters["b"] is layer.b
    other = layer.with_parameters({"b": np.zeros(5)})
    assert other.W is layer.W
    assert other.activation is layer.activation
    assert layer.b.any()
    assert not other.b.any()
    assert Dense(normal(3, 5)).parameters.keys() == {"W"}
    for values, message in [
        ({"V": normal(3, 5)}, r"values must be by the keys of parameters, 'W', 'b', not 'V'"),
        ({"W": normal(5, 3)}, r"values\['W'\] must have shape \(3, 5\), not \(5, 3\)"),
    ]:
        with pytest.raises(ValueError, match=message):
            layer.with_parameters(values)
    with pytest.raises(TypeError, match="values must be arrays by the keys of parameters"):
        layer.with_parameters([normal(3, 5)])


def test_a_step_of_biases_asks_for_a_rate_and_for_error_terms_of_rows():
    for rate in (-1, 0, np.inf):
        with pytest.raises(ValueError, match=r"^learning_rate must be positive and finite"):
            bias_step(normal(4, 5), rate)
    with pytest.raises(ValueError, match=r"^delta must have 1 or 2 or 3 axes, not shape"):
        bias_step(normal(2, 3, 4, 5), 0.1)


@pytest.mark.parametrize("layer", [Dense(np.ones((3, 5))), Layer(np.ones((3, 5)))], ids=repr)
def test_the_error_has_the_shape_of_the_output_unless_several_are_carried_back(layer):
    a, several = normal(4, 3), normal(6, 4, 5)
    with pytest.raises(ValueError, match=r"^e must have the shape of the output, \(4, 5\), not"):
        layer.forward(a)[1](several)
    e_in, _ = layer._frozen().forward(a)[1](several)
    for one, e in zip(e_in, several, strict=True):
        assert_allclose(one, layer.forward(a)[1](e)[0], rtol=1e-13)


class Doubled(Layer):
    """A layer that runs forward in a way of its own."""

    def forward(self, a):
        y, back = super().forward(a)
        return 2 * y, lambda e: back(2 * e)


def test_a_layer_that_runs_forward_in_its_own_way_is_run_in_that_way():
    W, plain, x = normal(3, 5), Layer(normal(5, 2)), normal(4, 3)
    network = Network([Doubled(W), plain])
    doubled = 2 * Layer(W).forward(x)[0]
    assert_allclose(network.predict(x), plain.forward(doubled)[0], rtol=1e-13)
