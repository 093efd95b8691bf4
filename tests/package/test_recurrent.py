"""Backpropagation through time against complex step, the engine, and a network without memory."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Adam,
    Layer,
    Network,
    RecurrentLayer,
    Variable,
    binary_cross_entropy,
    check_gradient,
    complex_step,
    cross_entropy,
    gradients,
    identity,
    relative_error,
    sigmoid,
    softmax,
    squared_error,
    tanh,
    train,
)
from backprop.autodiff import apply_activation
from backprop.dense import weight_step
from backprop.recurrent import recurrent_input, step_over_time, time_error

RNG = np.random.default_rng(0)
T, N = 5, 3


def sample(activation=identity, loss=squared_error, biases=True):
    """Return a 2-4-3 network with a recurrent layer, sequences and their targets."""

    def b(n):
        return RNG.normal(size=n) if biases else None

    hidden = RecurrentLayer(RNG.normal(size=(2, 4)), RNG.normal(size=(4, 4)) / 2, b(4), tanh)
    output = Layer(RNG.normal(size=(4, 3)), b(3), activation)
    target = np.eye(3)[RNG.integers(0, 3, (N, T))]
    return Network([hidden, output], loss), RNG.normal(size=(N, T, 2)), target


SAMPLES = [
    {},
    {"biases": False},
    {"activation": sigmoid},
    {"activation": sigmoid, "loss": binary_cross_entropy},
    {"activation": softmax, "loss": cross_entropy},
]


def test_eq_recurrent_input():
    network, x, _ = sample()
    hidden, _ = network
    outputs = network.forward(x).a[1]
    for n in range(N):
        before = [0.0] * 4
        for tau in range(T):
            by_sums = [
                sum(x[n, tau, i] * hidden.W[i, j] for i in range(2))
                + sum(before[i] * hidden.V[i, j] for i in range(4))
                + hidden.b[j]
                for j in range(4)
            ]
            again = recurrent_input(x[n, tau], hidden.W, hidden.b, np.array(before), hidden.V)
            assert_allclose(again, by_sums, rtol=1e-13)
            before = np.tanh(by_sums)
            assert_allclose(outputs[n, tau], before, rtol=1e-12)


def test_eq_time_error():
    """The error of each time step is minus dE/da, with the time steps after it run anew."""
    network, x, target = sample()
    hidden, output = network
    a, _ = hidden.forward(x)
    e_out = (target - a @ output.W - output.b) / N @ output.W.T
    # The input enters z by itself if W is 1: its error is the error term of the units.
    as_it_is = RecurrentLayer(np.eye(4), hidden.V)
    _, pullback = as_it_is.forward(x @ hidden.W + hidden.b)
    delta, _ = pullback(e_out)
    for tau in range(T):

        def E(a, tau=tau):
            total = 0
            for later in range(tau, T):
                if later > tau:
                    a = np.tanh(x[:, later] @ hidden.W + hidden.b + a @ hidden.V)
                total += np.sum((target[:, later] - a @ output.W - output.b) ** 2) / 2 / N
            return total

        after = delta[:, tau + 1] if tau + 1 < T else np.zeros((N, 4))
        e = time_error(e_out[:, tau], after, hidden.V)
        assert relative_error(-e, complex_step(E, a[:, tau])) < 1e-12
        assert relative_error(delta[:, tau], e * (1 - a[:, tau] ** 2)) < 1e-13


def test_eq_step_over_time():
    a, delta = RNG.normal(size=(N, T, 4)), RNG.normal(size=(N, T, 2))
    by_sums = sum(weight_step(a[:, tau], delta[:, tau], 0.5) for tau in range(T))
    assert relative_error(step_over_time(a, delta, 0.5), by_sums) < 1e-14
    by_sums = sum(weight_step(a[0, tau], delta[0, tau], 0.5) for tau in range(T))
    assert relative_error(step_over_time(a[0], delta[0], 0.5), by_sums) < 1e-14


@pytest.mark.parametrize("kind", SAMPLES, ids=str)
def test_all_steps_are_minus_the_gradient(kind):
    network, x, target = sample(**kind)
    for key, off in check_gradient(network, x, target).items():
        assert off < 1e-12, key


def test_the_engine_collects_the_same_from_all_uses_of_a_weight():
    """The unrolled network: the loss is added up over time steps and averaged over sequences."""
    network, x, target = sample()
    backward = network.backward(network.forward(x), target)
    of = {key: Variable(array) for key, array in network.parameters.items()}
    a, E = np.zeros((N, 4)), 0
    for tau in range(T):
        a = apply_activation(x[:, tau] @ of["W", 1] + of["b", 1] + a @ of["V", 1], tanh)
        y = a @ of["W", 2] + of["b", 2]
        E = E + ((target[:, tau] - y) ** 2).sum() / 2 / N
    assert backward.loss == pytest.approx(float(E.value), rel=1e-14)
    for key, found in zip(of, gradients(E, list(of.values())), strict=True):
        assert relative_error(-found, backward.downhill[key]) < 1e-12, key


def test_without_recurrent_weights_time_steps_are_examples():
    network, x, target = sample()
    hidden, output = network
    hidden.V[...] = 0
    plain = Network([Layer(hidden.W, hidden.b, tanh), output])
    ours = network.backward(network.forward(x), target)
    rows = x.reshape(N * T, 2), target.reshape(N * T, 3)
    theirs = plain.backward(plain.forward(rows[0]), rows[1])
    assert ours.loss == pytest.approx(T * theirs.loss, rel=1e-14)
    for l in (1, 2):
        assert relative_error(ours.steps(0.5).W[l], T * theirs.steps(0.5).W[l]) < 1e-14


def test_sequences_are_learned_with_train():
    network, x, target = sample(sigmoid, binary_cross_entropy)
    W = network[1].W.copy()
    history = train(network, x, target, epochs=50, optimizer=Adam(0.05), batch_size=2)
    assert history.losses[-1] < history.losses[0] / 2
    assert (network[1].W != W).all()


def test_a_layer_learns_what_it_names_alone():
    class Fixed(RecurrentLayer):
        names = ("V",)

    network, x, _ = sample()
    hidden, _ = network
    fixed = Fixed(hidden.W, hidden.V, hidden.b)
    (y, back), (y_of_all, back_of_all) = fixed.forward(x), hidden.forward(x)
    assert_array_equal(y, y_of_all)
    (e, downhill), (e_of_all, of_all) = back(np.ones_like(y)), back_of_all(np.ones_like(y))
    assert_array_equal(e, e_of_all)
    assert downhill.keys() == {"V"}
    assert_array_equal(downhill["V"], of_all["V"])


STEPS = {
    recurrent_input: {"x": (N, 2), "W": (2, 4), "b": (4,), "a_before": (N, 3), "V": (3, 4)},
    time_error: {"e_out": (N, 3), "delta_after": (N, 4), "V": (3, 4)},
    step_over_time: {"a": (N, T, 2), "delta": (N, T, 4)},
}


@pytest.mark.parametrize("function", STEPS)
def test_arrays_that_do_not_fit_are_refused_by_name(function):
    right = {name: RNG.normal(size=shape) for name, shape in STEPS[function].items()}
    also = {"learning_rate": 0.5} if function is step_over_time else {}
    function(**right, **also)
    for name, array in right.items():
        for wrong in (array[:-1], array[np.newaxis]):
            with pytest.raises(ValueError, match=rf"\b{name}\b.* must .*|to fit .*\b{name}\b"):
                function(**right | also | {name: wrong})
        with pytest.raises(TypeError, match=rf"^{name} must hold real numbers"):
            function(**right | also | {name: array.astype(str)})


def test_a_learning_rate_is_a_positive_number():
    a = np.ones((T, 2))
    with pytest.raises(ValueError, match="learning_rate must be positive"):
        step_over_time(a, a, 0)
    with pytest.raises(TypeError, match="learning_rate must be a number"):
        step_over_time(a, a, "0.5")


def test_biases_that_do_not_fit_are_told_that_it_is_the_weights_of_the_input():
    x, W, a, V = np.ones((N, 2)), np.ones((2, 4)), np.ones((N, 3)), np.ones((3, 4))
    with pytest.raises(ValueError, match=r"^b must have shape \(4,\) to fit W, not \(3,\)$"):
        recurrent_input(x, W, np.ones(3), a, V)
