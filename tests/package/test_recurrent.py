"""Backpropagation through time against complex step, the engine, and a network without memory."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Layer,
    Network,
    Recurrent,
    Variable,
    binary_cross_entropy,
    complex_step,
    cross_entropy,
    gradients,
    identity,
    relative_error,
    sigmoid,
    softmax,
    squared_error,
    tanh,
)
from backprop.autodiff import apply_activation
from backprop.dense import weight_step
from backprop.network import Steps, Trace
from backprop.recurrent import recurrent_input, step_over_time, time_error

RNG = np.random.default_rng(0)
T, N = 5, 3


def sample(activation=identity, loss=squared_error, biases=True, batch=True, dtype=np.float64):
    """Return a 2-4-3 recurrent network, a sequence and its targets."""

    def layer(m, n, f):
        b = RNG.normal(size=n).astype(dtype) if biases else None
        return Layer(RNG.normal(size=(m, n)).astype(dtype), b, f)

    V = (RNG.normal(size=(4, 4)) / 2).astype(dtype)
    network = Recurrent(layer(2, 4, tanh), V, layer(4, 3, activation), loss)
    shape = (T, N) if batch else (T,)
    target = np.eye(3)[RNG.integers(0, 3, shape)]
    return network, RNG.normal(size=(*shape, 2)).astype(dtype), target


SAMPLES = [
    {},
    {"batch": False},
    {"biases": False},
    {"activation": sigmoid},
    {"activation": sigmoid, "loss": binary_cross_entropy, "batch": False},
    {"activation": softmax, "loss": cross_entropy},
]


def gradient(network, x, target, key):
    """Gradient of the loss by one array of parameters, by complex steps."""
    array = network._parameters()[key]
    name, l = key
    owner = network if name == "V" else network.network[l]

    def E(values):
        setattr(owner, name, values)
        E = network._loss(network._forward(x), target)
        setattr(owner, name, array)
        return E

    return complex_step(E, array)


@pytest.mark.parametrize("kind", SAMPLES, ids=str)
def test_all_steps_are_minus_the_gradient(kind):
    network, x, target = sample(**kind)
    backward = network.backward(network.forward(x), target)
    steps = backward.steps(0.5)
    assert steps.keys() == network._parameters().keys()
    for key, step in steps.items():
        assert relative_error(-step, 0.5 * gradient(network, x, target, key)) < 1e-12, key


def test_eq_recurrent_input():
    network, x, _ = sample(batch=False)
    trace, (hidden, _) = network.forward(x), network.network
    before = [0.0] * 4
    for tau in range(T):
        by_sums = [
            sum(x[tau, i] * hidden.W[i, j] for i in range(2))
            + sum(before[i] * network.V[i, j] for i in range(4))
            + hidden.b[j]
            for j in range(4)
        ]
        assert_allclose(trace.z[1][tau], by_sums, rtol=1e-13)
        again = recurrent_input(x[tau], hidden.W, hidden.b, np.array(before), network.V)
        assert_allclose(again, by_sums, rtol=1e-13)
        before = np.tanh(by_sums)


def test_eq_time_error():
    """The error of each moment is minus dE/da, with the moments after it run anew."""
    network, x, target = sample()
    trace = network.forward(x)
    delta = network.backward(trace, target).delta
    hidden, output = network.network
    for tau in range(T):

        def E(a, tau=tau):
            total = 0
            for later in range(tau, T):
                if later > tau:
                    a = np.tanh(x[later] @ hidden.W + hidden.b + a @ network.V)
                total += np.sum((target[later] - a @ output.W - output.b) ** 2) / 2 / N
            return total

        after = delta[1][tau + 1] if tau + 1 < T else np.zeros((N, 4))
        e = time_error(delta[2][tau], output.W, after, network.V)
        assert relative_error(-e, complex_step(E, trace.a[1][tau])) < 1e-12
        assert relative_error(delta[1][tau], e * (1 - trace.a[1][tau] ** 2)) < 1e-13


def test_eq_step_over_time():
    a, delta = RNG.normal(size=(T, N, 4)), RNG.normal(size=(T, N, 2))
    by_sums = sum(weight_step(a[tau], delta[tau], 0.5) for tau in range(T))
    assert relative_error(step_over_time(a, delta, 0.5), by_sums) < 1e-14
    by_sums = sum(weight_step(a[tau, 0], delta[tau, 0], 0.5) for tau in range(T))
    assert relative_error(step_over_time(a[:, 0], delta[:, 0], 0.5), by_sums) < 1e-14


def test_the_engine_collects_the_same_from_all_uses_of_a_weight():
    network, x, target = sample(batch=False)
    steps = network.backward(network.forward(x), target).steps(1.0)
    keys = list(steps)
    of = {key: Variable(network._parameters()[key]) for key in keys}
    a, E = np.zeros(4), 0
    for now, t in zip(x, target, strict=True):
        a = apply_activation(now @ of["W", 1] + of["b", 1] + a @ of["V", 1], tanh)
        E = E + ((t - (a @ of["W", 2] + of["b", 2])) ** 2).sum() / 2
    for key, found in zip(keys, gradients(E, [of[key] for key in keys]), strict=True):
        assert relative_error(-found, steps[key]) < 1e-12, key


def test_without_recurrent_weights_moments_are_examples():
    network, x, target = sample(batch=False)
    network.V[...] = 0
    plain = Network([*network.network])
    ours = network.backward(network.forward(x), target)
    theirs = plain.backward(plain.forward(x), target)
    assert ours.loss == pytest.approx(T * theirs.loss, rel=1e-14)
    for l in (1, 2):
        assert relative_error(ours.steps(0.5)["W", l], T * theirs.steps(0.5).W[l]) < 1e-14


def test_applying_the_steps_makes_the_loss_smaller_and_changes_copies_only():
    W, V = np.ones((2, 4)), np.zeros((4, 4))
    hidden, output = Layer(W, activation=tanh), Layer(np.ones((4, 1)))
    network = Recurrent(hidden, V, output)
    x, target = RNG.normal(size=(T, 2)), RNG.uniform(size=(T, 1))
    first = network.backward(network.forward(x), target)
    network.apply(first.steps(0.1))
    assert network.backward(network.forward(x), target).loss < first.loss
    for array in (W, hidden.W, output.W):
        assert_array_equal(array, 1)
    assert_array_equal(V, 0)
    assert network.V.any()


def test_a_precision_goes_through():
    network, x, target = sample(dtype=np.float32)
    backward = network.backward(network.forward(x), target)
    arrays = [*backward.trace.z.values(), *backward.trace.a.values(), *backward.delta.values()]
    arrays += backward.steps(0.5).values()
    assert {array.dtype for array in arrays} == {np.dtype(np.float32)}


def test_what_does_not_fit_is_refused():
    network, x, target = sample()
    trace = network.forward(x)
    backward = network.backward(trace, target)
    steps = backward.steps(0.5)
    other = Network([*network.network, Layer(np.ones((3, 3)))])
    wide = Network([Layer(np.ones((2, 7))), Layer(np.ones((7, 3)))])
    wide = Recurrent(wide[1], np.ones((7, 7)), wide[2])
    one = network.network.forward(x[0, 0])
    broken = Trace({1: trace.z[1], 2: np.full((T, N, 3), np.nan)}, trace.a)
    before = {key: array.copy() for key, array in network._parameters().items()}
    for call, message in [
        (lambda: Recurrent(*_parts(np.ones((2, 4)))), r"V must have shape \(4, 4\), not \(2, 4\)"),
        (lambda: Recurrent(*_parts(np.full((4, 4), np.nan))), "V must be finite"),
        (
            lambda: network.backward(other.forward(x[0]), target),
            "trace must be one of this network",
        ),
        (
            lambda: network.backward(wide.forward(x), target),
            r"\(T, N, 4\) in layer 1, not \(5, 3, 7",
        ),
        (lambda: network.backward(one, target[0]), r"trace must be one of this .* not \(2,\)"),
        (lambda: network.backward(broken, target), r"trace.z\[2\] must be finite"),
        (lambda: network.forward(x[0, 0]), r"x must have shape \(T, 2\) or \(T, N, 2\), not \(2,"),
        (lambda: network.forward(x[..., :1]), r"not \(5, 3, 1\)"),
        (lambda: network.forward(x[:0]), "x must not be empty"),
        (lambda: network.backward(trace, target[..., 0]), "target must have the shape of the outp"),
        (lambda: backward.steps(0), "learning_rate must be positive"),
        (lambda: network.apply({("V", 1): steps["V", 1]}), "steps must be those of this network"),
        (lambda: network.apply(steps | {("V", 1): np.full((4, 4), np.inf)}), "must be finite"),
        (
            lambda: network.apply(steps | {("V", 1): np.ones(4)}),
            r"steps\[\('V', 1\)\] must have shap",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    for key, array in network._parameters().items():
        assert_array_equal(array, before[key])
    with pytest.raises(TypeError, match="learning_rate must be a number"):
        backward.steps("0.5")
    with pytest.raises(TypeError, match="trace must be a Trace, which forward returns, not tuple"):
        network.backward((1, 2), target)
    with pytest.raises(
        TypeError, match=r"steps must be what RecurrentBackward.steps returns, not list"
    ):
        network.apply([*steps.items()])
    with pytest.raises(ValueError, match="steps must be those of this network"):
        network.apply(Steps({}))
    with pytest.raises(TypeError, match="hidden must be a Layer, not ndarray"):
        Recurrent(np.ones((2, 4)), np.ones((4, 4)), Layer(np.ones((4, 1))))


def test_what_is_not_finite_is_refused():
    """1e200 twice over overflows in the third moment, and its square at once."""

    def linear(v):
        one = [Layer([[1.0]], activation=identity) for _ in range(2)]
        return Recurrent(one[0], [[v]], one[1])

    x, zero = np.ones((3, 1)), np.zeros((3, 1))
    with pytest.raises(FloatingPointError, match="the output of layer 1 is not finite: x or the w"):
        linear(1e200).forward(x)
    network = linear(1e100)
    trace = network.forward(x)
    with pytest.raises(FloatingPointError, match="the loss is inf: trace, target or weights are t"):
        network.backward(trace, zero)
    network = linear(0.5)
    backward = network.backward(network.forward(x), zero)
    with pytest.raises(FloatingPointError, match="learning_rate is too large"):
        backward.steps(1.7e308)
    steps = dict.fromkeys([("W", 1), ("W", 2), ("V", 1)], np.array([[1.7e308]]))
    network.apply(steps)
    with pytest.raises(FloatingPointError, match=r"steps\[.*\] is too large"):
        network.apply(steps)


def test_a_trace_keeps_the_input_that_it_was_given():
    network, x, target = sample()
    trace = network.forward(x)
    steps = network.backward(trace, target).steps(0.5)
    x[...] = 7
    assert_array_equal(network.backward(trace, target).steps(0.5)["W", 1], steps["W", 1])


def _parts(V):
    return Layer(np.ones((2, 4))), V, Layer(np.ones((4, 1)))
