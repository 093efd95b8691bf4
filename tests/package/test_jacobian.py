"""Products with the Jacobian, against complex-step differentiation and against each other."""

import numpy as np
import pytest
from networks import random_network
from numpy.testing import assert_array_equal

from backprop import (
    Layer,
    Network,
    Units,
    complex_step,
    cross_entropy,
    identity,
    jvp,
    relative_error,
    relu,
    sigmoid,
    softmax,
    squared_error,
    tanh,
    vjp,
)
from backprop.dense import hidden_error, weighted_input

RNG = np.random.default_rng(0)
X = RNG.normal(size=3)
NETWORKS = [
    random_network(1, (3, 2), (identity,)),
    random_network(2, (3, 5, 4), (tanh, sigmoid), biases=False),
    random_network(3, (3, 4, 6, 2), (tanh, relu, sigmoid)),
]


def jacobian(network):
    """Row k is the gradient of output k by the input."""
    return np.stack(
        [
            complex_step(lambda x, k=k: network._forward(x).output[k], X)
            for k in range(network.sizes[-1])
        ]
    )


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_eq_jvp(network):
    x_dot = RNG.normal(size=3)
    output, y_dot = jvp(network, X, x_dot)
    assert_array_equal(output, network.forward(X).output)
    assert relative_error(y_dot, jacobian(network) @ x_dot) < 1e-12


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_eq_vjp(network):
    y_bar = RNG.normal(size=network.sizes[-1])
    output, x_bar = vjp(network, X, y_bar)
    assert_array_equal(output, network.forward(X).output)
    assert relative_error(x_bar, y_bar @ jacobian(network)) < 1e-12


@pytest.mark.parametrize("network", NETWORKS, ids=str)
def test_all_directions_at_once_give_the_jacobian(network):
    J = jacobian(network)
    assert relative_error(jvp(network, X, np.eye(3))[1], J.T) < 1e-12
    assert relative_error(vjp(network, X, np.eye(len(J)))[1], J) < 1e-12


def test_the_gradient_of_the_loss_is_minus_the_error_attributed_to_the_input():
    network = NETWORKS[1]
    target = RNG.normal(size=4)
    backward = network.backward(network.forward(X), target)
    _, x_bar = vjp(network, X, -backward.error)
    assert relative_error(x_bar, -hidden_error(backward.delta[1], network[1].W)) < 1e-15


def test_what_does_not_fit_is_refused():
    network = NETWORKS[1]
    for call, message in [
        (lambda: jvp(network, np.ones((2, 3)), X), r"x must have shape \(3,\), not \(2, 3\)"),
        (lambda: jvp(network, X, np.ones(4)), r"x_dot must have shape \(3,\) or \(k, 3\), not \(4"),
        (lambda: vjp(network, np.ones(2), np.ones(4)), r"x must have shape \(3,\), not \(2,\)"),
        (lambda: vjp(network, X, X), r"y_bar must have shape \(4,\) or \(k, 4\), not \(3,\)"),
        (lambda: jvp(network, X, [np.nan] * 3), "x_dot must be finite"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match="y_bar must hold real numbers"):
        vjp(network, X, [1j] * 4)
    for product in (jvp, vjp):
        with pytest.raises(TypeError, match="network must be a Network, not int"):
            product(3, X, X)


def test_what_overflows_is_refused():
    network = Network([Layer(np.full((3, 3), 1e200), activation=identity)])
    for product in (jvp, vjp):
        with pytest.raises(
            FloatingPointError,
            match=r"a result is not finite: x, x_dot or|so large that the sums of layer 1",
        ):
            product(network, np.full(3, 1e200), np.full(3, 1e200))
    with pytest.raises(FloatingPointError, match="a result is not finite: x, y_bar or the weights"):
        vjp(network, np.ones(3), np.full(3, 1e200))


def test_a_sum_that_overflows_is_refused_where_units_saturate():
    network = Network([Layer(np.full((3, 3), 1e200)), Layer(np.eye(3))])
    with pytest.raises(FloatingPointError, match="so large that the sums of layer 1 overflow"):
        vjp(network, np.full(3, 1e200), X)
    network[1].W[0, 0] = np.nan
    with pytest.raises(FloatingPointError, match="W of layer 1 holds nan"):
        vjp(network, X, X)


@pytest.mark.parametrize("place", ["in the middle", "at the end"])
def test_softmax_units_have_a_jacobian_of_their_own(place):
    """Each column of it by the complex step, of each output."""
    first, last = (softmax, tanh) if place == "in the middle" else (tanh, softmax)
    rng = np.random.default_rng(3)
    layers = [Layer(rng.normal(size=(3, 4)), activation=first)]
    layers += [Layer(rng.normal(size=(4, 2)), rng.normal(size=2), last)]
    network = Network(layers, cross_entropy if last is softmax else squared_error)

    def output(x):
        for layer in network:
            x = layer.activation.function(weighted_input(x, layer.W, layer.b))
        return x

    J = np.stack([complex_step(lambda x, k=k: output(x)[k], X) for k in range(2)])
    assert relative_error(jvp(network, X, np.eye(3))[1], J.T) < 1e-12
    assert relative_error(vjp(network, X, np.eye(2))[1], J) < 1e-12


def test_an_output_that_is_not_finite_is_refused_in_whatever_direction():
    network = Network([Layer(np.full((3, 3), 1e200), activation=identity)])
    with pytest.raises(FloatingPointError, match="a result is not finite: x, x_dot or the weights"):
        jvp(network, np.full(3, 1e200), np.zeros(3))


def test_several_directions_of_a_batch_give_what_each_gives_alone():
    network = Network([Layer(RNG.normal(size=(3, 2)), activation=identity), Units(tanh)])
    x, x_dots, y_bars = (RNG.normal(size=shape) for shape in ((4, 3), (5, 4, 3), (5, 4, 2)))
    for product, rows in ((jvp, x_dots), (vjp, y_bars)):
        output, found = product(network, x, rows)
        assert_array_equal(output, network.predict(x))
        for each, row in zip(found, rows, strict=True):
            assert relative_error(each, product(network, x, row)[1]) < 1e-15
        assert found.shape == (5, 4, 3 if product is vjp else 2)
    with pytest.raises(
        ValueError, match=r"^y_bar must have shape \(4, 2\) or \(k, 4, 2\), not \(4, 3\)$"
    ):
        vjp(network, x, x)
