"""A checkpointed backward pass against the plain one, and what it takes."""

import numpy as np
import pytest
from networks import random_network

from backprop import (
    Layer,
    Network,
    checkpointed,
    cross_entropy,
    relative_error,
    sigmoid,
    softmax,
    tanh,
)

RNG = np.random.default_rng(0)


def test_it_gives_the_steps_of_the_plain_pass(case):
    network, x, target = case
    plain = network.backward(network.forward(x), target).steps(1.0)
    for every in range(1, len(network) + 1):
        downhill = checkpointed(network, x, target, every).downhill
        for name in "Wb":
            ours, expected = getattr(downhill, name), getattr(plain, name)
            assert ours.keys() == expected.keys()
            for l in expected:
                assert relative_error(ours[l], expected[l]) < 1e-14


def test_it_does_with_softmax():
    network = random_network(1, (3, 4, 4, 2), (tanh, tanh, softmax), loss=cross_entropy)
    x, target = RNG.normal(size=(5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]
    plain = network.backward(network.forward(x), target).steps(1.0)
    assert relative_error(checkpointed(network, x, target, 2).downhill.W[1], plain.W[1]) < 1e-14


@pytest.mark.parametrize("every", [1, 2, 3, 4, 5, 6, 7, 11, 12])
def test_what_it_takes_is_what_the_counting_says(every):
    sizes = [3, 5, 2, 7, 4, 1, 6, 2, 9, 3, 8, 4, 2]
    L = len(sizes) - 1
    network = random_network(3, sizes, (tanh,) * L)
    done = checkpointed(network, np.ones((2, 3)), np.zeros((2, 2)), every)
    starts = list(range(0, L, every))
    most = max(
        sum(sizes[each] for each in starts if each < start) + sum(sizes[start : start + every + 1])
        for start in starts
    )
    assert done.bytes_kept == most * 2 * 8
    assert done.layers_run == L + starts[-1]


def test_no_layer_is_run_more_often_than_it_says():
    """Counted where a layer is run: in its activation."""
    runs = []
    counting = type(sigmoid)("counting", lambda z: runs.append(1) or z, np.ones_like)
    network = Network([Layer(np.eye(2), activation=counting) for _ in range(10)])
    for every in range(1, 11):
        runs.clear()
        assert checkpointed(network, [1.0, 2.0], [0.0, 0.0], every).layers_run == len(runs)


def test_what_does_not_fit_is_refused():
    network = random_network(2, (3, 4, 2), (tanh, sigmoid))
    x, target = np.ones(3), np.ones(2)
    for call, message in [
        (lambda: checkpointed(network, x, target, 0), "every must be between 1 and 2"),
        (lambda: checkpointed(network, x, target, 3), "every must be between 1 and 2"),
        (lambda: checkpointed(network, np.ones(2), target, 1), r"x must have shape \(3,\) or"),
        (lambda: checkpointed(network, x, np.ones(1), 1), "target must have the shape of the out"),
        (lambda: checkpointed(network, [np.inf] * 3, target, 1), "x must be finite"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    with pytest.raises(TypeError, match="integer"):
        checkpointed(network, x, target, 1.5)


def test_a_precision_goes_through():
    network = Network([Layer(np.ones((3, 2), np.float32)), Layer(np.ones((2, 1), np.float32))])
    done = checkpointed(network, np.ones((4, 3), np.float32), np.ones((4, 1)), 1)
    assert {step.dtype for step in done.downhill.W.values()} == {np.dtype(np.float32)}
