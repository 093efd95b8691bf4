"""The passes against the definitions they implement, and against complex-step differentiation."""

from dataclasses import replace

import numpy as np
import pytest
from networks import random_network as some_network
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Activation,
    Layer,
    Network,
    Trace,
    Units,
    binary_cross_entropy,
    cross_entropy,
    datasets,
    identity,
    relative_error,
    relu,
    sigmoid,
    softmax,
    tanh,
)
from backprop.chain import Differentiable
from backprop.checking import check_gradient, complex_step
from backprop.dense import bias_step, hidden_delta, hidden_error, weight_step, weighted_input
from backprop.losses import error, output_delta, squared_error
from backprop.network import Steps


def loss_of_z(network, trace, target, l):
    """E as a function of the input to the units of layer l, all else being as in the trace."""

    def E(z):
        return loss_of_a(network, target, l, network[l].activation.function(z))

    return E


def loss_of_a(network, target, l, a):
    """E as a function of the output a of layer l."""
    for layer in network.layers[l:]:
        z = weighted_input(a, layer.W, layer.b)
        a = layer.activation.function(z)
    return network.loss.of_output(a, target)


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
            return loss_of_a(network, target, l, a)

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
    by_function = output_delta(target - trace.output, trace.output, network[L].activation)
    assert relative_error(-by_function, numerical) < 1e-12


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
    for l in (0, 3, -1, 10**30):
        with pytest.raises(IndexError, match=f"numbered 1 to 2; there is no layer {l}"):
            network[l]
    for wrong in (True, 1.0, "1", None, slice(1, 2), (1, 2)):
        with pytest.raises(TypeError, match="layers are taken one by one, by their number, not by"):
            network[wrong]


def test_iteration_either_way_and_numbers_agree():
    network = Network([Layer(np.ones((n, n + 1))) for n in (1, 2, 3, 4)])
    by_number = [network[l] for l in range(1, len(network) + 1)]
    assert [network[np.int8(l)] for l in (1, 2, 3, 4)] == by_number
    assert list(network) == by_number
    assert list(reversed(network)) == by_number[::-1]
    assert network[4] in network
    assert network.copy()[4] not in network


network = datasets.three_two_one().network
one = network.forward([0.5, 0.1, -0.2])
batch = network.forward(np.ones((4, 3)))
steps = Steps({("W", 1): np.full((3, 2), 0.1), ("W", 2): np.full((2, 1), 0.1)})
square = Layer(np.eye(2))
deeper = Network([*network.copy(), Layer([[1.0]])])
wider = Network([Layer(np.ones((3, 4))), Layer(np.ones((4, 1)))])
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
        lambda: network.apply(Steps({("W", 1): np.ones((2, 2)), ("W", 2): np.ones((2, 1))})),
        "steps must be those of this network, but differ in W of layer 1",
    ),
    "steps that are not finite": (
        lambda: network.apply(
            Steps({("W", 1): np.ones((3, 2)), ("W", 2): np.full((2, 1), np.nan)})
        ),
        r'steps\["W", 2\] must be finite',
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
    "examples that differ in number": (
        lambda: weight_step(np.ones((3, 2)), np.ones((4, 1)), 0.5),
        "must both be batches or not, and have the same examples",
    ),
    "weights for other inputs": (
        lambda: weighted_input(np.ones(3), np.ones((2, 3))),
        r"a must have a last axis of 2, the inputs of W, not \(3,\)",
    ),
    "weights to other units": (
        lambda: hidden_error(np.ones(3), np.ones((3, 2))),
        r"delta_next must have a last axis of 2, the units of W_next, not \(3,\)",
    ),
    "weights of three axes": (
        lambda: weighted_input(np.ones(2), np.ones((4, 2, 3))),
        r"W must have 2 axes, not shape \(4, 2, 3\)",
    ),
    "a learning rate below 0": (
        lambda: weight_step(np.ones(2), np.ones(3), -1.0),
        "learning_rate must be positive and finite, not -1.0",
    ),
    "a learning rate too large for a float": (
        lambda: network.backward(one, [0.6]).steps(10**5000),
        "learning_rate must be positive and finite, not something of class int",
    ),
    "a layer in two places": (
        lambda: Network([square, square]),
        "layers must all be different",
    ),
    "steps of a deeper network": (
        lambda: network.apply(Steps({**steps, ("W", 3): np.ones((1, 1))})),
        "steps must be those of this network, but differ in W of layer 3",
    ),
    "steps without a layer": (
        lambda: network.apply(Steps({("W", 1): steps["W", 1]})),
        "steps must be those of this network, but differ in W of layer 2",
    ),
    "a trace of a deeper network": (
        lambda: network.backward(deeper.forward(np.ones(3)), [1.0]),
        "trace must be one of this network, .* not of one with 3 other layers",
    ),
    "a trace of another network": (
        lambda: network.backward(wider.forward(np.ones(3)), [1.0]),
        "trace must be one of this network, .* not of one with 2 other layers",
    ),
    "a trace of a copy": (
        lambda: network.backward(network.copy().forward(np.ones(3)), [1.0]),
        "trace must be one of this network, .* not of one with 2 other layers",
    ),
    "a trace made by hand": (
        lambda: network.backward(Trace(one.z, one.a), [1.0]),
        r"trace must come from `network.forward\(x\)`, and not be made by hand",
    ),
    "a trace of two passes": (
        lambda: network.backward(replace(batch, a={**batch.a, 1: one.a[1]}), np.ones((4, 1))),
        r"trace must be as it was returned, but differs in a\[1\]",
    ),
    "a trace that has lost a layer": (
        lambda: network.backward(replace(one, z={2: one.z[2]}), [1.0]),
        r"trace must be as it was returned, but differs in z\[1\]",
    ),
    "a trace that has lost the input": (
        lambda: network.backward(replace(one, a={1: one.a[1], 2: one.a[2]}), [1.0]),
        r"trace must be as it was returned, but differs in a\[0\]",
    ),
    "a trace with another output": (
        lambda: network.backward(replace(one, a={**one.a, 3: one.a[2]}), [1.0]),
        r"trace must be as it was returned, but differs in a\[3\]",
    ),
    "a trace with nothing under a number": (
        lambda: network.backward(replace(one, z={**one.z, 3: None}), [1.0]),
        r"trace must be as it was returned, but differs in z\[3\]",
    ),
    "steps of biases that are not there": (
        lambda: network.apply(
            Steps({("W", 1): np.ones((3, 2)), ("W", 2): np.ones((2, 1)), ("b", 2): np.ones(1)})
        ),
        "differ in b of layer 2",
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
        r"layers must be of class Differentiable, but layer 2 is array\(\[\[1": (
            lambda: Network([layer, layer.W])
        ),
        "loss must be a Loss": lambda: Network([layer], loss=abs),
        "learning_rate must be a number, not '": lambda: network.backward(one, [0.6]).steps("0.5"),
        "learning_rate must be a number, not T": lambda: network.backward(one, [0.6]).steps(True),
        "learning_rate must be a number, not N": lambda: weight_step(np.ones(2), np.ones(2), None),
        r"layers must be a sequence of layers, not Layer\(": lambda: Network(layer),
        r"trace must be a Trace, as `network.forward\(x\)` returns it, not \[0.5": (
            lambda: network.backward([0.5, 0.1, -0.2], [0.6])
        ),
        "trace.z must be arrays by the numbers of layers, not None": (
            lambda: network.backward(replace(one, z=None), [0.6])
        ),
        r"steps must be Steps, as `backward.steps\(learning_rate\)` returns them, not Backward": (
            lambda: network.apply(network.backward(one, [0.6]))
        ),
        r'steps\["W", 1\] must hold real numbers, not complex128': (
            lambda: network.apply({**steps, ("W", 1): 1j * steps["W", 1]})
        ),
        r'steps\["W", 1\] must hold real numbers, not masked': (
            lambda: network.apply({**steps, ("W", 1): np.ma.array(steps["W", 1])})
        ),
        "activation must be an Activation such as tanh, not 'tanh'": (
            lambda: hidden_delta(np.ones(1), np.ones((2, 1)), np.ones(2), "tanh")
        ),
        "softmax has no slope per unit": lambda: output_delta(np.ones(2), np.ones(2), softmax),
        "a must hold real numbers, not <U1": lambda: weighted_input(["a"], np.ones((1, 1))),
        "delta must hold real numbers, not bool": lambda: bias_step(np.ones(2, bool), 1.0),
    }.items():
        with pytest.raises(TypeError, match=name):
            call()


def test_refused_steps_change_nothing():
    network = datasets.three_two_one().network
    before = [layer.W.copy() for layer in network]
    with pytest.raises(ValueError, match="steps"):
        network.apply(Steps({("W", 1): np.ones((3, 2)), ("W", 2): np.full((2, 1), np.inf)}))
    for layer, W in zip(network, before, strict=True):
        assert_array_equal(layer.W, W)


@pytest.mark.parametrize("kind", ["large", "nan", "inf"])
def test_steps_that_cannot_be_added_change_nothing(kind):
    network = Network([Layer([[1e308]], [0.0]), Layer([[1.0]], [2.0])])
    before = [(layer.W.copy(), layer.b.copy()) for layer in network]
    error, step = {
        "large": (FloatingPointError, 1e308),
        "nan": (ValueError, np.nan),
        "inf": (ValueError, np.inf),
    }[kind]
    said = "W of layer 1 would not be" if kind == "large" else r'steps\["W", 1\] must be finite'
    one = np.ones(1)
    with pytest.raises(error, match=said):
        network.apply(
            Steps(
                {
                    ("W", 1): np.array([[step]]),
                    ("W", 2): np.ones((1, 1)),
                    ("b", 1): one,
                    ("b", 2): one,
                }
            )
        )
    for layer, (W, b) in zip(network, before, strict=True):
        assert_array_equal(layer.W, W)
        assert_array_equal(layer.b, b)


def test_a_step_too_large_for_float32_is_refused():
    network = Network([Layer(np.ones((1, 1), np.float32))])
    with pytest.raises(FloatingPointError, match="W of layer 1 would not be finite"):
        network.apply(Steps({("W", 1): np.full((1, 1), 1e39)}))
    assert network[1].W == 1


@pytest.mark.parametrize("array", ["W", "b"])
def test_weights_that_cannot_be_changed_are_named_before_any_is(array):
    network = some_network(0, (2, 3, 1), (tanh, sigmoid))
    steps = network.backward(network.forward([1, 2]), [1]).steps(1.0)
    before = network.copy()
    getattr(network[2], array).setflags(write=False)
    with pytest.raises(ValueError, match=f"{array} of layer 2 is read-only: it cannot be changed"):
        network.apply(steps)
    assert_array_equal(network[1].W, before[1].W)
    setattr(network[2], array, getattr(before[2], array).astype(int))
    with pytest.raises(TypeError, match=f"{array} of layer 2 must be an array of floats, not int"):
        network.apply(steps)
    assert_array_equal(network[1].W, before[1].W)


def test_apply_changes_the_arrays_in_place_and_keeps_their_type():
    network = Network([Layer(np.ones((2, 1), np.float32), np.ones(1, np.float32), tanh)])
    W, b = network[1].W, network[1].b
    network.apply(network.backward(network.forward([1.0, 2.0]), [0.5]).steps(0.1))
    assert network[1].W is W
    assert network[1].b is b
    assert W.dtype == b.dtype == np.float32
    assert (W != 1).all()


def test_an_input_may_be_changed_after_the_forward_pass(case):
    network, x, target = case
    steps = network.backward(network.forward(x), target).steps(1.0)
    trace = network.forward(x)
    x *= 7
    again = network.backward(trace, target).steps(1.0)
    assert_array_equal(steps.W[1], again.W[1])


NOT_FINITE = {
    "weights": ("weights or inputs .* the sums of layer 1 overflow", 1e200, 1e200, 0),
    "input": ("weights or inputs .* the sums of layer 1 overflow", 2, 1e308, 0),
    "output": ("the loss is inf: outputs or targets are too large", 1e200, 1, 0),
    "target": ("the loss is inf: outputs or targets are too large", 1, 1, 1e200),
    "NaN": ("W of layer 1 holds nan", np.nan, 1, 0),
    "infinity": ("W of layer 1 holds inf", np.inf, 1, 0),
}


@pytest.mark.parametrize("name", NOT_FINITE)
def test_a_loss_that_is_not_finite_is_refused(name):
    """And it is said what is too large for it."""
    said, W, x, target = NOT_FINITE[name]
    network = Network([Layer([[1.0]], activation=identity)])
    network[1].W[:] = W
    with pytest.raises(FloatingPointError, match=said):
        network.backward(network.forward([x]), [target])
    with pytest.raises(FloatingPointError, match=said):
        network.loss_of([x], [target])


def test_a_sum_that_is_not_finite_is_refused_where_units_saturate():
    """A unit of 1 would hide it, and a loss that is a number."""
    network = Network([Layer([[1e200], [1e200]]), Layer([[1.0]])])
    with pytest.raises(
        FloatingPointError, match=r"weights or inputs .* the sums of layer 1 overflow"
    ):
        network.forward([1e200, 1e200])


def test_an_output_that_is_not_finite_is_refused():
    steep = Activation("steep", np.exp, lambda a: a)
    with pytest.raises(FloatingPointError, match="a sum or an output is not finite"):
        Network([Layer([[1.0]], activation=steep)]).forward([1e3])


@pytest.mark.parametrize("layers", [2, 3])
@pytest.mark.parametrize(("target", "back"), [(-3e38, 0), (-1e38, 1)])
def test_error_terms_that_are_not_finite_are_refused(layers, target, back):
    """The loss, which is computed in float64, is a number."""
    network = Network([Layer(np.ones((1, 1), np.float32), activation=relu) for _ in range(layers)])
    network[layers].W[:] = 3e38
    assert np.isfinite(network.loss_of(np.full(1, 0.5, np.float32), [target]))
    with pytest.raises(FloatingPointError, match=rf"error term of layer {layers - back} is"):
        network.backward(network.forward(np.full(1, 0.5, np.float32)), [target])


@pytest.mark.parametrize(("name", "l"), [("z", 1), ("z", 2), ("a", 0), ("a", 1), ("a", 2)])
@pytest.mark.parametrize(
    "odd",
    [
        np.copy,
        lambda a: 2 * a,
        lambda a: a[:-1],
        lambda a: a.astype(str),
        lambda a: a.astype(object),
        lambda a: a * 1j,
        lambda a: np.ma.array(a, mask=True),
        lambda _: None,
    ],
)
def test_a_trace_that_was_changed_is_refused(name, l, odd):
    """Even an equal array is not the one that the way back goes over."""
    network = some_network(0, (2, 3, 1), (identity, tanh))
    trace = network.forward([1, 2])
    getattr(trace, name)[l] = odd(getattr(trace, name)[l])
    said = rf"trace must be as it was returned, but differs in {name}\[{l}\]"
    with pytest.raises(ValueError, match=said):
        network.backward(trace, [0.5])


@pytest.mark.parametrize("change", [dict.clear, lambda d: d.pop(1), lambda d: d.update({"1": 0})])
@pytest.mark.parametrize("name", ["z", "a"])
def test_a_trace_whose_layers_were_changed_is_refused(name, change):
    network = some_network(0, (2, 3, 1), (identity, tanh))
    trace = network.forward([1, 2])
    change(getattr(trace, name))
    with pytest.raises(ValueError, match=rf"trace must be as .* differs in {name}\["):
        network.backward(trace, [0.5])


@pytest.mark.parametrize(("name", "l"), [("z", 1), ("z", 2), ("a", 0), ("a", 1), ("a", 2)])
def test_a_trace_cannot_be_written_into(name, l):
    network = some_network(0, (2, 3, 1), (tanh, identity))
    trace = network.forward([1, 2])
    with pytest.raises(ValueError, match="read-only"):
        getattr(trace, name)[l][:] = 0


def test_the_array_of_a_layer_stays_its_own_and_can_be_written_into():
    class Buffered(Differentiable):
        buffer = np.zeros((1, 2))

        def forward(self, a):
            np.copyto(self.buffer, a)
            return self.buffer, lambda e: (e, {})

    network = Network([Buffered()])
    network.forward([[1.0, 2.0]])
    assert network.forward([[3.0, 4.0]]).output.tolist() == [[3, 4]]


def test_a_bias_that_is_not_finite_is_named():
    network = some_network(0, (2, 3, 1), (tanh, relu))
    network[2].b[0] = np.nan
    with pytest.raises(FloatingPointError, match="the loss is nan: b of layer 2 holds nan"):
        network.loss_of([1, 2], [0])


def test_relu_does_not_hide_that_a_sum_is_nan():
    """Where two infinities are subtracted, a unit of 0 would seem inactive."""
    network = Network(
        [Layer([[1e308, 1e308], [1e308, -1e308]], activation=relu), Layer([[1], [1]])]
    )
    with np.errstate(over="ignore", invalid="ignore"):
        network[1].W[:] *= 1e308
        trace = network._forward(np.array([1.0, 1.0]))
    assert np.isnan(trace.a[1]).any()
    with pytest.raises(FloatingPointError, match="W of layer 1 holds inf"):
        network.loss_of([1, 1], [1])


def test_a_target_too_large_for_float32_is_refused():
    network = Network([Layer(np.ones((1, 1), np.float32), activation=identity)])
    one = np.ones(1, np.float32)
    for call in (
        lambda: network.loss_of(one, [1e39]),
        lambda: network.backward(network.forward(one), [1e39]),
    ):
        with pytest.raises(FloatingPointError, match="outputs or targets are too large"):
            call()


def test_a_loss_without_a_backward_pass_is_that_of_one(case):
    network, x, target = case
    loss = network.loss_of(x, target)
    assert type(loss) is float
    assert loss == network.backward(network.forward(x), target).loss
    assert loss == pytest.approx(squared_error(network.forward(x).output, target), rel=1e-14)


@pytest.mark.parametrize(
    ("loss", "z", "target", "value"),
    [
        (binary_cross_entropy, [800], [1], 0),
        (binary_cross_entropy, [800], [0], 800),
        (binary_cross_entropy, [36], [1], np.exp(-36)),
        (binary_cross_entropy, [-800], [1], 800),
        (cross_entropy, [0, -800], [0, 1], 800),
        (cross_entropy, [0, -800], [1, 0], 0),
        (cross_entropy, [0, -40], [1, 0], np.exp(-40)),
    ],
)
def test_a_loss_is_exact_where_the_output_has_been_rounded(loss, z, target, value):
    layer = Layer(np.eye(len(z)), activation=loss.activation)
    assert Network([layer], loss).loss_of(z, target) == pytest.approx(value, rel=1e-15)


@pytest.mark.parametrize(
    ("x", "target", "said"),
    [
        ([1.0, 2], [1], r"x must have shape \(3,\) or \(N, 3\), not \(2,\)"),
        ([1, np.nan, 2], [1], "x must be finite"),
        ([1, 2, 3], [1, 2], r"target must have the shape of the output, \(1,\), not \(2,\)"),
        ([1, 2, 3], [[1]], r"target must have the shape of the output, \(1,\), not \(1, 1\)"),
        ([1, 2, 3], [np.inf], "target must be finite"),
    ],
)
def test_what_has_no_loss_is_refused(x, target, said):
    with pytest.raises(ValueError, match=said):
        network.loss_of(x, target)


def test_a_target_that_is_no_probability_has_no_loss():
    network = Network([Layer(np.eye(2), activation=softmax)], cross_entropy)
    with pytest.raises(ValueError, match="target must add up to 1"):
        network.loss_of([1, 2], [1, 1])


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
def test_the_equations_take_integers_for_the_numbers_they_are(dtype):
    """Products of small ones would wrap around."""
    a, W = np.full((2, 3), 100, dtype), np.full((3, 2), 100, dtype)
    delta = np.full((2, 2), 100, dtype)
    for found, value in [
        (weighted_input(a, W, np.full(2, 100, dtype)), 30100),
        (hidden_error(delta, W), 20000),
        (hidden_delta(delta, W, a, identity), 20000),
        (weight_step(a, delta, 1), 20000),
        (bias_step(delta, 1), 200),
        (error(delta, np.full((2, 2), 0, dtype)), -100),
        (output_delta(delta, delta, identity), 50),
    ]:
        assert found.dtype == np.float64
        assert_array_equal(found, np.full_like(found, value))


def test_nan_goes_through_the_equations():
    nan, one = np.full((1, 2), np.nan), np.ones((2, 2))
    for found in (
        weighted_input(nan, one),
        hidden_error(nan, one),
        hidden_delta(np.ones((1, 2)), one, nan, relu),
        weight_step(nan, nan, 1.0),
        bias_step(nan, 1.0),
        error(nan, nan),
        output_delta(nan, np.ones((1, 2)), relu),
    ):
        assert np.isnan(found).all()


def test_the_type_of_the_learning_rate_does_not_change_the_precision():
    network = Network([Layer(np.ones((1, 1), np.float32), np.ones(1, np.float32))])
    one = np.ones(1, np.float32)
    steps = network.backward(network.forward(one), one).steps(np.float64(0.5))
    assert steps.W[1].dtype == steps.b[1].dtype == np.float32


def test_eq_error():
    assert_array_equal(error(np.array([0.25, 1.0]), np.array([1.0, 0.5])), [0.75, -0.5])


def test_floats_that_count_what_is_done_with_them_go_through_as_they_are():
    """Chapter 14 counts multiplications so."""

    class Counted(float):
        count = 0

        def __mul__(self, other):
            Counted.count += 1
            return Counted(float.__mul__(self, other))

        def __add__(self, other):
            return Counted(float.__add__(self, other))

        __rmul__, __radd__ = __mul__, __add__

    W = np.vectorize(Counted, otypes=[object])(np.ones((3, 2)))
    z = weighted_input(np.array([1.0, 2.0, 3.0]), W)
    assert z.tolist() == [6.0, 6.0]
    assert Counted.count == 6
    with pytest.raises(TypeError, match="W must hold real numbers, not objects of class float"):
        weighted_input(np.ones(3), np.ones((3, 2)).astype(object))


def test_a_weight_that_is_no_array_is_named_with_its_class():
    network = Network([Layer([[1.0]])])
    steps = {("W", 1): np.ones((1, 1))}
    for wrong, kind in ([[1.0]], "list"), (np.array([[1]]), "int64"):
        network[1].W = wrong
        with pytest.raises(TypeError, match=f"^W of layer 1 must be .* floats, not {kind}$"):
            network.apply(steps)


def test_numpy_says_nothing_of_its_own_about_infinities():
    """One less another is not a number, of which NumPy warns; we say where it comes from."""
    network = Network([Layer(np.ones((1, 2)), activation=softmax)], cross_entropy)
    network[1].W[:] = np.inf
    for whenever in ("warn", "raise"):
        with np.errstate(all=whenever):
            with pytest.raises(FloatingPointError, match=r"^the loss is nan: W of layer 1 holds"):
                network.loss_of([1.0], [0.0, 1.0])
            with pytest.raises(ValueError, match=r'^steps\["W", 1\] must be finite'):
                network.apply({("W", 1): np.full((1, 2), -np.inf)})


def test_numpy_says_nothing_of_its_own_while_running_forward_and_back():
    """One infinity less another, and 0 times one, are no numbers."""
    layers = [Layer([[1.0, 1.0]], activation=identity), Layer([[1.0], [1.0]], activation=identity)]
    network = Network(layers)
    trace = network.forward([1.0])
    network[2].W[:] = [[np.inf], [-np.inf]]
    for whenever in ("warn", "raise"):
        with np.errstate(all=whenever):
            with pytest.raises(FloatingPointError, match="W of layer 2 holds inf"):
                network.forward([1.0])
            with pytest.raises(FloatingPointError, match="error"):
                network.backward(trace, trace.output)


@pytest.mark.parametrize("learning_rate", [1e308, 1e305])
def test_a_step_that_overflows_is_one_error_and_no_warning(learning_rate):
    layers = [
        Layer(np.full(shape, 0.01), np.zeros(shape[1]), identity) for shape in [(2, 3), (3, 1)]
    ]
    network = Network(layers)
    backward = network.backward(network.forward(np.array([100.0, 100.0])), np.array([1000.0]))
    with pytest.raises(FloatingPointError, match=r"^the step of W of layer \d is not finite"):
        backward.steps(learning_rate)


def test_a_target_beyond_the_type_of_the_output_is_one_error_and_no_warning():
    layer = Layer(np.ones((2, 1), np.float32), np.zeros(1, np.float32), identity)
    network = Network([layer])
    trace = network.forward(np.ones(2, np.float32))
    with pytest.raises(FloatingPointError, match=r"^the loss is inf: outputs or targets"):
        network.backward(trace, np.array([1e300]))


def test_rows_that_differ_in_length_are_refused_of_a_network_of_any_layers():
    network = Network([Units(tanh), Layer([[1.0], [1.0]])])
    with pytest.raises(ValueError, match=r"^x must have the same number of values in each row$"):
        network.predict([[1.0], [1.0, 2.0]])
