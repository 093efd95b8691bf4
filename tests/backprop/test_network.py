"""The passes against the definitions they implement, and against complex-step differentiation."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import Layer, Network, datasets, identity, relative_error, sigmoid, tanh
from backprop.checking import check_gradient, complex_step
from backprop.losses import error, output_delta, squared_error
from backprop.network import (
    Steps,
    bias_step,
    hidden_delta,
    hidden_error,
    weight_step,
    weighted_input,
)


def loss_of_z(network, trace, target, l):
    """E as a function of the input to the units of layer l, all else being as in the trace."""

    def E(z):
        a = network[l].activation.function(z)
        return loss_of_a(network, target, l, z, a)

    return E


def loss_of_a(network, target, l, z, a):
    """E as a function of the output a of layer l, whose units have the input z."""
    for layer in network.layers[l:]:
        z = weighted_input(a, layer.W, layer.b)
        a = layer.activation.function(z)
    return network.loss.function(z, a, target)


def test_eq_weighted_input():
    a, W, b = np.array([1.0, 2.0]), np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]), np.ones(3)
    by_sums = [sum(a[i] * W[i, j] for i in range(2)) + b[j] for j in range(3)]
    assert_array_equal(weighted_input(a, W, b), by_sums)
    assert_array_equal(weighted_input(np.stack([a, -a]), W), [[9, 12, 15], [-9, -12, -15]])


def test_eq_hidden_error_is_minus_dE_da(case):
    network, x, target = case
    backward = network.backward(network.forward(x), target)
    for l in range(1, len(network)):

        def E(a, l=l):
            return loss_of_a(network, target, l, None, a)

        attributed = hidden_error(backward.delta[l + 1], network[l + 1].W)
        assert relative_error(-attributed, complex_step(E, backward.trace.a[l])) < 1e-12


def test_eq_hidden_error():
    delta_next, W_next = np.array([0.5, -1.0]), np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
    by_sums = [sum(W_next[j, k] * delta_next[k] for k in range(2)) for j in range(3)]
    assert_array_equal(hidden_error(delta_next, W_next), by_sums)


def test_eq_hidden_delta(case):
    network, x, target = case
    trace = network.forward(x)
    delta = network.backward(trace, target).delta
    for l in range(1, len(network)):
        numerical = complex_step(loss_of_z(network, trace, target, l), trace.z[l])
        assert relative_error(-delta[l], numerical) < 1e-12
        again = hidden_delta(delta[l + 1], network[l + 1].W, trace.a[l], network[l].activation)
        assert_array_equal(delta[l], again)


def test_eq_output_delta(case):
    network, x, target = case
    trace = network.forward(x)
    L = len(network)
    numerical = complex_step(loss_of_z(network, trace, target, L), trace.z[L])
    assert relative_error(-network.backward(trace, target).delta[L], numerical) < 1e-12


def test_eq_weight_step(case):
    network, x, target = case
    errors = check_gradient(network, x, target)
    assert max(error for (name, _), error in errors.items() if name == "W") < 1e-12
    a, delta = np.array([1.0, 2.0]), np.array([3.0, 4.0, 5.0])
    assert_array_equal(weight_step(a, delta, 0.5), [[1.5, 2, 2.5], [3, 4, 5]])


def test_eq_bias_step(case):
    network, x, target = case
    errors = check_gradient(network, x, target)
    assert all(error < 1e-12 for (name, _), error in errors.items() if name == "b")
    assert_array_equal(bias_step(np.array([[1.0, 2.0], [3.0, 4.0]]), 0.5), [2, 3])


def test_eq_update():
    network, x, target, learning_rate = datasets.three_two_one()
    before = network.copy()
    backward = network.backward(network.forward(x), target)
    steps = backward.steps(learning_rate)
    network.apply(steps)
    for l in (1, 2):
        assert_array_equal(network[l].W, before[l].W + steps.W[l])
    assert squared_error(network.forward(x).output, target) < backward.loss


def test_the_programs_printed_weight_changes():
    network, x, target, learning_rate = datasets.three_two_one()
    steps = network.backward(network.forward(x), target).steps(learning_rate)
    assert str(steps.W[2].ravel()) == "[0.00804047 0.00555918]"
    assert [f"{step:.8e}" for step in steps.W[1].ravel()] == (
        "1.77005547e-04 -5.11178506e-04 3.54011093e-05 -1.02235701e-04"
        " -7.08022187e-05 2.04471402e-04"
    ).split()


def test_the_lessons_numbers():
    network, x, target, learning_rate = datasets.two_one_one()
    backward = network.backward(network.forward(x), target)
    trace, steps = backward.trace, backward.steps(learning_rate)
    assert_allclose(trace.z[1], [-0.02], rtol=1e-15)
    assert_allclose(trace.a[1], [0.4950001666600003], rtol=1e-15)
    assert_allclose(trace.output, [0.512372477962617], rtol=1e-15)
    assert_allclose(backward.delta[2], [0.1218322353606694], rtol=1e-15)
    assert_allclose(backward.delta[1], [0.003045501323732555], rtol=1e-15)
    assert_allclose(steps.W[2], [[0.030153488404045865]], rtol=1e-15)
    assert_allclose(steps.W[1], [[0.00015228], [0.00045683]], atol=5e-9)


def test_a_batch_gives_the_mean_of_what_its_examples_give(case):
    network, x, target = case
    x, target = np.atleast_2d(x), np.atleast_2d(target)
    batch = network.backward(network.forward(x), target)
    alone = [network.backward(network.forward(row), t) for row, t in zip(x, target, strict=True)]
    assert_allclose(batch.loss, np.mean([each.loss for each in alone]), rtol=1e-14)
    for l, step in batch.steps(0.1).W.items():
        mean = np.mean([each.steps(0.1).W[l] for each in alone], axis=0)
        assert relative_error(step, mean) < 1e-14


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_precision_goes_through(dtype):
    rng = np.random.default_rng(1)
    layers = [
        Layer(rng.normal(size=(3, 4)).astype(dtype), np.zeros(4, dtype), tanh),
        Layer(rng.normal(size=(4, 2)).astype(dtype), np.zeros(2, dtype), sigmoid),
    ]
    network = Network(layers)
    backward = network.backward(network.forward(np.ones((5, 3), dtype)), np.ones((5, 2)))
    steps = backward.steps(0.5)
    arrays = [*backward.trace.z.values(), *backward.trace.a.values(), *backward.delta.values()]
    arrays += [backward.error, *steps.W.values(), *steps.b.values()]
    assert {array.dtype for array in arrays} == {np.dtype(dtype)}


def test_integers_become_float64():
    network = Network([Layer([[1], [2]])])
    trace = network.forward([1, 2])
    assert trace.output.dtype == network[1].W.dtype == np.float64


def test_nothing_that_comes_in_is_changed(case):
    network, x, target = case
    before = network.copy(), x.copy(), target.copy()
    trace = network.forward(x)
    steps = network.backward(trace, target).steps(0.5)
    kept = {l: step.copy() for l, step in steps.W.items()}
    network.copy().apply(steps)
    assert_array_equal(before[1], x)
    assert_array_equal(before[2], target)
    for l in kept:
        assert_array_equal(before[0][l].W, network[l].W)
        assert_array_equal(kept[l], steps.W[l])


def test_a_layer_keeps_its_own_copy_of_the_weights():
    W = np.ones((2, 1))
    layer = Layer(W)
    W[0] = 5
    assert layer.W[0, 0] == 1


def test_layers_are_numbered_from_one():
    network = datasets.three_two_one().network
    assert network.sizes == (3, 2, 1)
    assert len(network) == 2
    assert network[1].W.shape == (3, 2)
    for l in (0, 3, -1):
        with pytest.raises(IndexError, match=f"numbered 1 to 2; there is no layer {l}"):
            network[l]


network = datasets.three_two_one().network
one = network.forward([0.5, 0.1, -0.2])
batch = network.forward(np.ones((4, 3)))
REFUSED = {
    "x too short": (lambda: network.forward([1.0, 2]), r"x must have shape \(3,\) or \(N, 3\)"),
    "x a number": (lambda: network.forward(1.0), r"x must have shape .* not \(\)"),
    "x too deep": (lambda: network.forward(np.ones((1, 1, 3))), r"not \(1, 1, 3\)"),
    "x empty": (lambda: network.forward(np.ones((0, 3))), r"x must not be empty.*\(0, 3\)"),
    "x NaN": (
        lambda: network.forward([1, np.nan, 2]),
        r"x must be finite, but holds nan at \(1,\)",
    ),
    "x infinite": (lambda: network.forward([1, 2, -np.inf]), r"holds -inf at \(2,\)"),
    "x ragged": (lambda: network.forward([[1, 2, 3], [1]]), "x must have the same number"),
    "target of shape (N,)": (
        lambda: network.backward(batch, np.ones(4)),
        r"target must have the shape of the output, \(4, 1\), not \(4,\)",
    ),
    "target a number": (lambda: network.backward(one, 0.6), r"\(1,\), not \(\)"),
    "target NaN": (lambda: network.backward(one, [np.nan]), "target must be finite"),
    "W of one dimension": (lambda: Layer([1, 2]), r"W must have shape \(n_in, n_out\), not \(2,\)"),
    "W empty": (lambda: Layer(np.ones((0, 2))), "W must not be empty"),
    "W infinite": (lambda: Layer([[np.inf]]), "W must be finite"),
    "b too long": (lambda: Layer([[1.0]], [1.0, 2]), r"b must have shape \(1,\), not \(2,\)"),
    "no layers": (lambda: Network([]), "layers must not be empty"),
    "layers that do not fit": (
        lambda: Network([Layer(np.ones((3, 2))), Layer(np.ones((3, 1)))]),
        "layer 1 has 2 units, but layer 2 expects 3",
    ),
    "learning rate 0": (lambda: network.backward(one, [0.6]).steps(0), "learning_rate must be"),
    "learning rate NaN": (lambda: network.backward(one, [0.6]).steps(np.nan), "learning_rate must"),
    "steps of another network": (
        lambda: network.apply(Steps({1: np.ones((2, 2)), 2: np.ones((2, 1))}, {})),
        "differ in layer 1",
    ),
    "steps that are not finite": (
        lambda: network.apply(Steps({1: np.ones((3, 2)), 2: np.full((2, 1), np.nan)}, {})),
        r"steps.W\[2\] must be finite",
    ),
    "biases that would be broadcast": (
        lambda: weighted_input(np.ones(3), np.ones((3, 2)), np.ones(1)),
        r"b must have shape \(2,\), not \(1,\)",
    ),
    "an output that would be broadcast": (
        lambda: hidden_delta(np.ones((4, 1)), np.ones((2, 1)), np.ones(2), sigmoid),
        r"a must have the shape of the error of the layer, \(4, 2\), not \(2,\)",
    ),
    "an error that would be broadcast": (
        lambda: output_delta(np.ones(4), np.ones((4, 1)), sigmoid),
        r"error must have the shape of the output, \(4, 1\), not \(4,\)",
    ),
    "a target that would be broadcast": (
        lambda: error(np.ones((4, 1)), np.ones(4)),
        r"target must have the shape of the output, \(4, 1\), not \(4,\)",
    ),
    "one output for a batch of error terms": (
        lambda: weight_step(np.ones(4), np.ones((4, 1)), 0.5),
        "must both be batches or not",
    ),
    "steps of biases that are not there": (
        lambda: network.apply(Steps({1: np.ones((3, 2)), 2: np.ones((2, 1))}, {2: np.ones(1)})),
        "differ in layer 2",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_wrong_value_is_refused(name):
    call, message = REFUSED[name]
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.parametrize("value", [1j, True, "text", None], ids=str)
def test_a_wrong_type_is_refused(value):
    calls = {
        "x": lambda: network.forward([value] * 3),
        "target": lambda: network.backward(one, [value]),
        "W": lambda: Layer([[value]]),
        "b": lambda: Layer([[1.0]], [value]),
    }
    for name, call in calls.items():
        with pytest.raises(TypeError, match=f"{name} must hold real numbers, not "):
            call()


def test_parts_of_another_kind_are_refused():
    layer = Layer([[1.0]])
    for name, call in {
        "activation must be an Activation": lambda: Layer([[1.0]], activation=np.tanh),
        "layers must be of class Layer, not ndarray": lambda: Network([layer, layer.W]),
        "loss must be a Loss": lambda: Network([layer], loss=abs),
        "learning_rate must be a number, not '": lambda: network.backward(one, [0.6]).steps("0.5"),
        "learning_rate must be a number, not T": lambda: network.backward(one, [0.6]).steps(True),
    }.items():
        with pytest.raises(TypeError, match=name):
            call()


def test_refused_steps_change_nothing():
    network = datasets.three_two_one().network
    before = [layer.W.copy() for layer in network]
    with pytest.raises(ValueError, match="steps"):
        network.apply(Steps({1: np.ones((3, 2)), 2: np.full((2, 1), np.inf)}, {}))
    for layer, W in zip(network, before, strict=True):
        assert_array_equal(layer.W, W)


def test_a_loss_that_is_not_finite_is_refused():
    big = Network([Layer([[1e200]], activation=identity)])
    with np.errstate(over="ignore"), pytest.raises(FloatingPointError, match="the loss is inf"):
        big.backward(big.forward([1.0]), [0.0])


def test_the_type_of_the_learning_rate_does_not_change_the_precision():
    network = Network([Layer(np.ones((1, 1), np.float32), np.ones(1, np.float32))])
    one = np.ones(1, np.float32)
    steps = network.backward(network.forward(one), one).steps(np.float64(0.5))
    assert steps.W[1].dtype == steps.b[1].dtype == np.float32


def test_eq_error():
    assert_array_equal(error(np.array([0.25, 1.0]), np.array([1.0, 0.5])), [0.75, -0.5])
