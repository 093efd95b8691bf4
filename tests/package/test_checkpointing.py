"""A checkpointed backward pass against the plain one, and what it takes."""

import tracemalloc
import weakref

import numpy as np
import pytest
from networks import random_network

from backprop import (
    Activation,
    Dropout,
    Layer,
    Network,
    backward_with_checkpoints,
    cross_entropy,
    identity,
    relative_error,
    sigmoid,
    softmax,
    tanh,
)
from backprop.parallel import downhill_of_part

RNG = np.random.default_rng(0)


def test_it_gives_the_steps_of_the_plain_pass(case):
    network, x, target = case
    plain = network.backward(network.forward(x), target).steps(1.0)
    for every in range(1, len(network) + 1):
        downhill = backward_with_checkpoints(network, x, target, every).downhill
        for name in "Wb":
            ours, expected = getattr(downhill, name), getattr(plain, name)
            assert ours.keys() == expected.keys()
            for l in expected:
                assert relative_error(ours[l], expected[l]) < 1e-14


def test_it_does_with_softmax():
    network = random_network(1, (3, 4, 4, 2), (tanh, tanh, softmax), loss=cross_entropy)
    x, target = RNG.normal(size=(5, 3)), np.eye(2)[[0, 1, 1, 0, 1]]
    plain = network.backward(network.forward(x), target).steps(1.0)
    assert (
        relative_error(backward_with_checkpoints(network, x, target, 2).downhill.W[1], plain.W[1])
        < 1e-14
    )


SIZES = [3, 5, 2, 7, 4, 1, 6, 2, 9, 3, 8, 4, 2]


@pytest.mark.parametrize("every", range(1, len(SIZES)))
@pytest.mark.parametrize("plain", [tanh, identity], ids=str)
def test_the_bytes_are_those_of_the_outputs_that_are_alive(plain, every):
    """Seen from outside: each output leaves a weak reference, and the living ones are counted."""
    outputs, most = [], 0

    def watched(z):
        nonlocal most
        a = plain.function(z)
        outputs.append(weakref.ref(a))
        alive = {id(each): each for each in (made() for made in outputs) if each is not None}
        most = max(most, x.nbytes + sum(each.nbytes for each in alive.values()))
        return a

    watching = Activation("watching", watched, plain.derivative)
    network = random_network(3, SIZES, (watching,) * (len(SIZES) - 1))
    x = np.ones((2, 3))
    done = backward_with_checkpoints(network, x, np.zeros((2, 2)), every)
    assert done.bytes_kept == most
    assert done.layers_run == len(outputs)


@pytest.mark.parametrize("every", [1, 2, 5, 7, 10, 20, 34, 50, 70, 100])
def test_the_memory_is_that_of_the_outputs(every):
    """As `tracemalloc` sees it. Beside the outputs there are never more than five such arrays: the
    error terms of the next layer, the error of this one, its slopes, and their two factors."""
    network = random_network(5, (4,) * 101, (tanh,) * 100)
    x, target = np.ones((5000, 4)), np.zeros((5000, 4))
    backward_with_checkpoints(network, x, target, every)
    tracemalloc.start()
    try:
        done = backward_with_checkpoints(network, x, target, every)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    # The input was there before. Steps of weights and Python's objects are far smaller.
    outputs = done.bytes_kept - x.nbytes
    assert 0 < peak - outputs < 5.5 * x.nbytes


def test_a_root_of_the_layers_is_the_distance_with_the_fewest_alive():
    network = random_network(5, (4,) * 101, (tanh,) * 100)
    x, target = np.ones(4), np.zeros(4)
    kept = {
        every: backward_with_checkpoints(network, x, target, every).bytes_kept // x.nbytes
        for every in range(1, 101)
    }
    assert kept[10] == 20 == min(kept.values())
    assert max(kept.values()) == kept[1] == kept[100] == 101


@pytest.mark.parametrize("every", range(1, 13))
def test_all_layers_are_run_again_but_those_of_the_last_segment(every):
    """A segment is run as a whole: its last layer has a pullback that is needed, too."""
    L = 12
    network = random_network(3, (2,) * (L + 1), (tanh,) * L)
    again = 0 if every == 1 else (L - 1) // every * every
    assert backward_with_checkpoints(network, [1.0, 2.0], [0.0, 0.0], every).layers_run == L + again


def test_it_stops_where_the_loss_is_not_finite():
    network = Network([Layer([[1e200]], activation=identity) for _ in range(3)])
    for every in (1, 2, 3):
        with pytest.raises(FloatingPointError) as plain:
            network.backward(network.forward([1.0]), [0.0])
        with pytest.raises(FloatingPointError) as ours:
            backward_with_checkpoints(network, [1.0], [0.0], every)
        assert str(ours.value) == str(plain.value)


@pytest.mark.filterwarnings("error")
def test_a_sum_of_opposite_infinities_is_refused_without_a_warning():
    network = Network([Layer([[1e200], [-1e200]], activation=identity)])
    with pytest.raises(FloatingPointError, match="so large that the sums of layer 1 overflow"):
        backward_with_checkpoints(network, [1e200, 1e200], [0.0], 1)


@pytest.mark.parametrize("every", [1, 2])
@pytest.mark.parametrize(
    ("W", "x", "target", "said"),
    [
        (1, 1, 1e200, "the loss is inf: outputs or targets"),
        (1e30, 1e-38, 3e20, "an error term of layer 1"),
        (1e-5, 1e30, 5e30, "the step of W of layer 1"),
    ],
)
def test_it_stops_where_the_plain_pass_does(every, W, x, target, said):
    layers = [Layer(np.full((1, 1), W, np.float32), activation=identity) for _ in range(2)]
    network, x = Network(layers), np.full(1, x, np.float32)
    for call in (
        lambda: network.backward(network.forward(x), [target]).steps(1.0),
        lambda: backward_with_checkpoints(network, x, [target], every),
        lambda: downhill_of_part(network, x, [target]),
    ):
        with pytest.raises(FloatingPointError, match=said):
            call()


def test_the_distance_may_be_any_integer():
    network = random_network(2, (3, 4, 4, 2), (tanh, tanh, sigmoid))
    x, target = np.ones(3), np.ones(2)
    plain = backward_with_checkpoints(network, x, target, 2)
    for kind in (np.uint8, np.int8, np.uint64):
        ours = backward_with_checkpoints(network, x, target, kind(2))
        assert (ours.bytes_kept, ours.layers_run) == (plain.bytes_kept, plain.layers_run)
        assert relative_error(ours.downhill.W[1], plain.downhill.W[1]) == 0


def test_what_does_not_fit_is_refused():
    network = random_network(2, (3, 4, 2), (tanh, sigmoid))
    x, target = np.ones(3), np.ones(2)
    for call, message in [
        (
            lambda: backward_with_checkpoints(network, x, target, 0),
            "every must be at least 1 and at most 2",
        ),
        (
            lambda: backward_with_checkpoints(network, x, target, 3),
            "every must be at least 1 and at most 2",
        ),
        (
            lambda: backward_with_checkpoints(network, np.ones(2), target, 1),
            r"x must have shape \(3,\) or",
        ),
        (
            lambda: backward_with_checkpoints(network, x, np.ones(1), 1),
            "target must have the shape of the out",
        ),
        (lambda: backward_with_checkpoints(network, [np.inf] * 3, target, 1), "x must be finite"),
    ]:
        with pytest.raises(ValueError, match=message):
            call()
    for every in (1.5, 2.0, True, "1", None):
        with pytest.raises(TypeError, match="every must be an integer"):
            backward_with_checkpoints(network, x, target, every)
    with pytest.raises(TypeError, match="network must be a Network, not list"):
        backward_with_checkpoints(list(network), x, target, 1)


def test_a_precision_goes_through():
    network = Network([Layer(np.ones((3, 2), np.float32)), Layer(np.ones((2, 1), np.float32))])
    done = backward_with_checkpoints(network, np.ones((4, 3), np.float32), np.ones((4, 1)), 1)
    assert {step.dtype for step in done.downhill.W.values()} == {np.dtype(np.float32)}


def test_layers_run_as_when_a_network_is_used():
    """Dropout lets everything through, as it does in the plain pass."""
    rng = np.random.default_rng(0)
    layers = [Layer(rng.normal(size=(3, 3)), activation=tanh) for _ in range(4)]
    network = Network([*layers[:2], Dropout(0.5, rng), *layers[2:]])
    x, t = rng.normal(size=(5, 3)), rng.uniform(size=(5, 3))
    downhill = network.backward(network.forward(x), t).downhill
    found = backward_with_checkpoints(network, x, t, 2).downhill
    for key, array in downhill.items():
        np.testing.assert_allclose(found[key], array, rtol=1e-12)


@pytest.mark.filterwarnings("error")
def test_what_numpy_would_say_of_infinities_is_said_by_the_package():
    network = Network([Layer([[1.0, 1.0]]), Layer([[1.0], [1.0]], activation=identity)])
    network[2].W[:] = [[np.inf], [-np.inf]]
    for whenever in ("warn", "raise"):
        with np.errstate(all=whenever), pytest.raises(FloatingPointError, match="W of layer 2"):
            backward_with_checkpoints(network, [1.0], [0.0], 1)
    with pytest.raises(ValueError, match=r"^target must be finite"):
        backward_with_checkpoints(network, [1.0], [np.nan], 1)
