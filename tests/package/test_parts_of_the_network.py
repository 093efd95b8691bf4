"""Steps that are added, parts of a gradient, and what a network shows of itself."""

import pickle

import numpy as np
import pytest
from networks import CASES, random_network
from numpy.testing import assert_array_equal

from backprop import (
    Dense,
    Layer,
    Network,
    RecurrentLayer,
    Trace,
    Units,
    binary_cross_entropy,
    complex_step,
    cross_entropy,
    downhill_over_parts,
    identity,
    jvp,
    relative_error,
    sigmoid,
    softmax,
    squared_error,
    tanh,
    vjp,
)
from backprop.convolution import kernel_matrix, kernel_places, shared_step
from backprop.losses import Loss
from backprop.parallel import weighted_mean


def test_steps_are_added_to_weights_and_to_biases():
    network = random_network(3, (4, 3, 2), (tanh, sigmoid))
    before = network.copy()
    steps = network.backward(network.forward(np.ones(4)), np.zeros(2)).steps(0.5)
    network.apply(steps)
    for l in (1, 2):
        assert_array_equal(network[l].W, before[l].W + steps.W[l])
        assert_array_equal(network[l].b, before[l].b + steps.b[l])


def test_steps_are_added_in_place():
    """Who holds the arrays of a network sees them learn."""
    network = random_network(3, (2, 1), (sigmoid,))
    W, b = network[1].W, network[1].b
    network.apply(network.backward(network.forward([1.0, 2.0]), [1.0]).steps(0.5))
    assert network[1].W is W
    assert network[1].b is b


def test_layers_and_networks_show_their_sizes_and_kinds():
    hidden, output = Layer(np.ones((3, 2)), np.ones(2), tanh), Layer(np.ones((2, 1)))
    assert repr(hidden) == "Layer(3 to 2, biases, tanh)"
    assert repr(output) == "Layer(2 to 1, sigmoid)"
    assert repr(Network([hidden, output])) == "Network(3-2-1, squared_error)"
    recurrent = RecurrentLayer(np.ones((3, 2)), np.ones((2, 2)))
    assert repr(recurrent) == "RecurrentLayer(3 to 2)"
    both = "Network([RecurrentLayer(3 to 2), Layer(2 to 1, sigmoid)], squared_error)"
    assert repr(Network([recurrent, output])) == both


def test_one_part_alone_gives_the_gradient_of_the_whole():
    network = random_network(5, (3, 4, 2), (tanh, identity))
    rng = np.random.default_rng(0)
    x, target = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    whole = network.backward(network.forward(x), target).steps(1.0)
    parts = downhill_over_parts(network, [[x, target]])
    for l in (1, 2):
        assert relative_error(parts.W[l], whole.W[l]) < 1e-14
        assert relative_error(parts.b[l], whole.b[l]) < 1e-14


@pytest.mark.parametrize("steps", [1, 3])
def test_as_many_steps_as_sizes_are_averaged(steps):
    network = random_network(5, (3, 2), (tanh,))
    one = network.backward(network.forward(np.ones(3)), np.zeros(2)).steps(1.0)
    with pytest.raises(ValueError, match=r"\bsteps\b|\bsizes\b|argument|shorter|longer"):
        weighted_mean([one] * steps, [2, 5])


@pytest.mark.parametrize(
    "part", [np.ones((2, 3)), ([1.0],), (np.ones((1, 3)), np.ones((1, 2)), 1), {1: 2, 3: 4}]
)
def test_a_part_is_a_pair_of_inputs_and_targets(part):
    network = random_network(5, (3, 2), (tanh,))
    with pytest.raises(TypeError, match=r"^parts\[0\] must be a pair of inputs and targets"):
        downhill_over_parts(network, [part])


def test_a_loss_of_the_readers_own_travels_by_value_at_every_protocol():
    own = Loss("cross_entropy", np.add, np.subtract, tanh, np.multiply)
    for protocol in range(2, pickle.HIGHEST_PROTOCOL + 1):
        arrived = pickle.loads(pickle.dumps(own, protocol))
        assert arrived == own
        assert arrived.of_output is np.add
        assert arrived.output_error is np.subtract
        assert arrived.of_input is np.multiply
        assert arrived is not cross_entropy
        assert pickle.loads(pickle.dumps(cross_entropy, protocol)) is cross_entropy


def test_products_with_the_jacobian_name_what_they_refuse():
    network = random_network(1, (3, 2), (tanh,))
    for call, name in [
        (lambda: jvp(network, [np.nan] * 3, np.ones(3)), "x"),
        (lambda: jvp(network, np.ones(3), [np.nan] * 3), "x_dot"),
        (lambda: vjp(network, [np.nan] * 3, np.ones(2)), "x"),
        (lambda: vjp(network, np.ones(3), [np.nan] * 2), "y_bar"),
    ]:
        with pytest.raises(ValueError, match=f"^{name} must be finite"):
            call()


def test_shared_steps_and_the_matrix_of_a_kernel_keep_the_precision():
    step, places = np.ones((5, 3), np.float32), kernel_places(5, 3)
    assert shared_step(step, places).dtype == np.float32
    assert kernel_matrix(np.ones(3, np.float32), 5).dtype == np.float32


@pytest.mark.parametrize("name", CASES)
def test_a_network_is_its_layers_in_their_order(name):
    network = CASES[name]()[0]
    L = len(network)
    assert list(network) == [network[l] for l in range(1, L + 1)]
    assert network.sizes == (network[1].W.shape[0], *(each.W.shape[1] for each in network))


def test_a_trace_shows_the_arrays_that_it_has_and_nothing_beside_them():
    trace = Network([Layer([[2.0]], None, identity)]).forward([3.0])
    z, a = {1: np.array([6.0])}, {0: np.array([3.0]), 1: np.array([6.0])}
    for each in (trace, Trace(trace.z, trace.a)):
        assert repr(each) == f"Trace(z={z!r}, a={a!r})"


def test_a_loss_that_brings_units_needs_them_in_the_last_layer():
    hidden, last = Layer(np.ones((2, 2)), activation=softmax), Layer(np.ones((2, 2)))
    for layers in ([last], [hidden, last], [hidden, Dense(np.ones((2, 2)))], [Units(sigmoid)]):
        with pytest.raises(ValueError, match="cross_entropy needs softmax units in the last layer"):
            Network(layers, cross_entropy)
    assert Network([hidden], cross_entropy).sizes == (2, 2)


@pytest.mark.parametrize(
    ("activations", "loss"),
    [
        ((softmax,), squared_error),
        ((tanh, softmax), squared_error),
        ((softmax, tanh), squared_error),
        ((softmax, identity, sigmoid), binary_cross_entropy),
        ((sigmoid, softmax, softmax), cross_entropy),
    ],
)
@pytest.mark.parametrize("rows", [(), (5,)])
def test_softmax_may_stand_in_any_layer_and_with_any_loss(activations, loss, rows):
    """The loss is written out here: by the complex step, it gives the same gradients."""
    sizes = (*(4, 3, 5)[: len(activations)], 2)
    network = random_network(1, sizes, activations, loss=loss)
    rng = np.random.default_rng(2)
    x, target = rng.normal(size=(*rows, 4)), softmax(rng.normal(size=(*rows, 2)))

    def E(key, w):
        y = x
        for layer in network.with_parameters({key: w}):
            z = y @ layer.W + layer.b
            f = np.exp(z)
            y = (
                f / f.sum(axis=-1, keepdims=True)
                if layer.activation is softmax
                else (layer.activation.function(z))
            )
        if loss is squared_error:
            each = (target - y) ** 2 / 2
        elif loss is cross_entropy:
            each = -target * np.log(y)
        else:
            each = -target * np.log(y) - (1 - target) * np.log(1 - y)
        return np.sum(each) / (rows or (1,))[0]

    assert network.loss_of(x, target) == pytest.approx(E(("b", 1), network[1].b), rel=1e-13)
    for key, found in network.gradient(x, target).items():
        numerical = complex_step(lambda w, key=key: E(key, w), network.parameters[key])
        assert relative_error(found, numerical) < 1e-12
