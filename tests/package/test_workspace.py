"""Training in arrays that are there already gives what the plain functions give, bit by bit."""

import itertools

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from backprop import (
    Activation,
    Adam,
    DivergenceError,
    GradientDescent,
    Layer,
    Network,
    RMSProp,
    Units,
    binary_cross_entropy,
    cross_entropy,
    gelu,
    identity,
    leaky_relu,
    relu,
    sigmoid,
    silu,
    softmax,
    squared_error,
    tanh,
    train,
    training,
)
from backprop._workspace import Workspace, fits

CUBE = Activation("cube", lambda z: z**3, lambda a: 3 * np.cbrt(a) ** 2)
HIDDEN = [sigmoid, tanh, relu, leaky_relu, silu, gelu, identity, CUBE]
LAST = [
    *((squared_error, activation) for activation in HIDDEN),
    (squared_error, softmax),
    (cross_entropy, softmax),
    (binary_cross_entropy, sigmoid),
]
OPTIMIZERS = {
    "plain": lambda: GradientDescent(0.3),
    "momentum": lambda: GradientDescent(0.1, 0.9),
    "nesterov": lambda: GradientDescent(0.1, 0.9, nesterov=True),
    "rmsprop": lambda: RMSProp(0.01),
    "adam": lambda: Adam(0.01),
}


def network_of(activations, loss, dtype, biases=True, seed=0):
    rng = np.random.default_rng(seed)
    sizes = (5, 4, 6, 3)[-len(activations) - 1 :]
    layers = [
        Layer(
            rng.normal(0, 0.5, (n, m)).astype(dtype),
            rng.normal(0, 0.1, m).astype(dtype) if biases and m != 4 else None,
            activation,
        )
        for (n, m), activation in zip(itertools.pairwise(sizes), activations, strict=True)
    ]
    return Network(layers, loss)


def examples(network, dtype, N=11):
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N, network.sizes[0])).astype(dtype)
    return x, np.eye(3, dtype=dtype)[rng.integers(0, 3, N)]


def train_plainly(network, x, target, optimizer, batch_size, rng):
    """Do what `train` is said to do, with the functions that everyone can call."""
    for _ in range(3):
        order = rng.permutation(len(x))
        for start in range(0, len(x), batch_size):
            rows = order[start : start + batch_size]
            downhill = network.backward(network.forward(x[rows]), target[rows]).downhill
            network.apply({key: optimizer.step(key, d) for key, d in downhill.items()})


def assert_same(network, other):
    for key, w in network.parameters.items():
        assert_array_equal(w, other.parameters[key], err_msg=str(key))


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize(("loss", "last"), LAST, ids=str)
@pytest.mark.parametrize("hidden", HIDDEN, ids=str)
def test_the_bits_are_those_of_the_plain_functions(hidden, loss, last, dtype):
    network = network_of((hidden, sigmoid, last), loss, dtype)
    x, target = examples(network, dtype)
    assert fits(network, x)
    other = network.copy()
    optimizer = GradientDescent(0.01)
    settings = {"epochs": 3, "batch_size": 4, "rng": np.random.default_rng(2)}
    train(network, x, target, optimizer=optimizer, **settings)
    train_plainly(other, x, target, optimizer, 4, np.random.default_rng(2))
    assert_same(network, other)


@pytest.mark.parametrize("biases", [True, False])
@pytest.mark.parametrize("batch_size", [1, 4, 11])
@pytest.mark.parametrize("name", OPTIMIZERS)
def test_so_they_are_with_every_optimizer_and_size_of_batch(name, batch_size, biases):
    network = network_of((tanh, softmax), cross_entropy, "f8", biases)
    x, target = examples(network, "f8")
    other, settings = network.copy(), {"epochs": 3, "rng": np.random.default_rng(2)}
    train(network, x, target, optimizer=OPTIMIZERS[name](), batch_size=batch_size, **settings)
    train_plainly(other, x, target, OPTIMIZERS[name](), batch_size, np.random.default_rng(2))
    assert_same(network, other)


@pytest.mark.parametrize("dtype", ["f4", "f8"])
@pytest.mark.parametrize("rate", [3.0, 1e10, 1e19, 1e30, 1e38, 1e150, 1e200, 1e300])
@pytest.mark.parametrize(("loss", "last"), [LAST[1], LAST[6], *LAST[-2:]], ids=str)
def test_it_diverges_at_the_same_step_and_keeps_the_same_weights(
    monkeypatch, loss, last, rate, dtype
):
    """With and without a workspace."""
    ends = []
    for in_place in (True, False):
        network = network_of((relu, last), loss, dtype)
        x, target = examples(network, dtype)
        if not in_place:
            monkeypatch.setattr(training, "fits", lambda *_: False)
        try:
            train(network, x, target, epochs=4, batch_size=4, optimizer=GradientDescent(rate))
            ends.append((None, network))
        except DivergenceError as error:
            ends.append((error.step, network))
        monkeypatch.undo()
    (step, network), (other_step, other) = ends
    assert step == other_step
    assert_same(network, other)
    assert all(np.isfinite(w).all() for w in network.parameters.values())


class Remembering:
    """An optimizer of one's own that keeps what it was given."""

    def __init__(self):
        self.given = []

    def step(self, _, downhill):
        self.given.append(downhill)
        return 0.1 * downhill


def test_what_an_optimizer_keeps_is_not_written_over():
    network = network_of((tanh, identity), squared_error, "f8", biases=False)
    x, target = examples(network, "f8")
    remembering = Remembering()
    train(network, x, target, epochs=2, optimizer=remembering)
    kept = [each.copy() for each in remembering.given]
    train(network, x, target, epochs=2, optimizer=remembering)
    for each, before in zip(remembering.given, kept, strict=False):
        assert_array_equal(each, before)
    assert not np.array_equal(remembering.given[0], remembering.given[2])


def test_weights_that_are_replaced_while_training_are_the_ones_that_learn():
    network = network_of((tanh, identity), squared_error, "f8")
    x, target = examples(network, "f8")
    fresh = np.full_like(network[1].W, 0.1)

    def replacing(epochs):
        for epoch in epochs:
            if epoch == 2:
                network[1].W = fresh.copy()
            yield epoch

    train(network, x, target, epochs=2, optimizer=GradientDescent(0.1), progress=replacing)
    assert 0 < np.abs(network[1].W - fresh).max() < 0.1


@pytest.mark.parametrize(
    "spoil",
    [
        lambda network: setattr(network[1], "W", network[1].W.astype("f4")),
        lambda network: setattr(network[2], "b", network[2].b.astype("f4")),
        lambda network: setattr(network, "layers", (*network.layers, Units(tanh))),
    ],
    ids=["W of another type", "b of another type", "another layer"],
)
def test_what_does_not_fit_is_trained_as_anyone_would(spoil):
    network = network_of((tanh, identity), squared_error, "f8")
    x, target = examples(network, "f8")
    spoil(network)
    assert not fits(network, x)
    other = network.copy()
    settings = {"epochs": 3, "batch_size": 4, "rng": np.random.default_rng(2)}
    train(network, x, target, optimizer=GradientDescent(0.3), **settings)
    train_plainly(other, x, target, GradientDescent(0.3), 4, np.random.default_rng(2))
    assert_same(network, other)


def test_a_workspace_makes_no_array_in_a_pass(monkeypatch):
    """Whatever NumPy makes has to come from one of these."""
    network = network_of((sigmoid, tanh, identity), squared_error, "f8")
    x, target = examples(network, "f8")
    workspace = Workspace(network, len(x))
    workspace.go(x, target)
    before = {key: d.copy() for key, d in workspace.downhill.items()}
    for name in ("empty", "empty_like", "zeros", "array", "copy"):
        monkeypatch.setattr(np, name, None)
    workspace.go(x, target)
    for key, d in workspace.downhill.items():
        assert_array_equal(d, before[key])


LOSSES = [LAST[0], LAST[6], *LAST[-2:]]


@pytest.mark.parametrize(("loss", "last"), LOSSES, ids=str)
def test_a_loss_that_is_finite_is_not_computed(loss, last):
    network = network_of((tanh, last), loss, "f8")
    x, target = examples(network, "f8")
    assert Workspace(network, len(x)).go(x, target) == 0


@pytest.mark.parametrize(("loss", "last"), LAST[-2:], ids=str)
def test_a_loss_that_squares_do_not_show_to_be_finite_is_computed(loss, last):
    network = network_of((identity, last), loss, "f8")
    x, target = examples(network, "f8")
    network[2].W *= 1e160
    z = (x @ network[1].W + network[1].b) @ network[2].W + network[2].b
    found = Workspace(network, len(x)).go(x, target)
    assert 1e150 < found < np.inf
    assert found == pytest.approx(loss.of_input(z, target), rel=1e-12)


def test_a_loss_that_overflows_is_infinite():
    network = network_of((tanh, identity), squared_error, "f8")
    x, target = examples(network, "f8")
    with np.errstate(over="ignore"):
        assert Workspace(network, len(x)).go(x, target * 1e160) == np.inf
