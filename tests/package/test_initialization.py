"""Random weights have the variance that they are said to have."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from backprop import glorot, he, random_network, relu, sigmoid, softmax, tanh
from backprop.losses import cross_entropy


def draws(initializer, n_in, n_out, count=400):
    rng = np.random.default_rng(0)
    return np.array([initializer(rng, n_in, n_out) for _ in range(count)])


def test_eq_glorot():
    """What a layer takes from the mean square going forward, it gives back going backward."""
    n_in, n_out = 12, 30
    rng = np.random.default_rng(1)
    x, delta = rng.normal(size=n_in), rng.normal(size=n_out)
    W = draws(glorot, n_in, n_out)
    assert W.shape == (400, n_in, n_out)
    assert abs(W.mean()) < 3 * W.std() / np.sqrt(W.size)
    # Input and error terms are held still, and the weights drawn anew: measured, not derived.
    forward = np.mean((x @ W) ** 2) / np.mean(x**2)
    backward = np.mean((W @ delta) ** 2) / np.mean(delta**2)
    assert forward == pytest.approx(2 * n_in / (n_in + n_out), rel=0.03)
    assert backward == pytest.approx(2 * n_out / (n_in + n_out), rel=0.03)
    assert forward + backward == pytest.approx(2, rel=0.03)
    plain = np.random.default_rng(0).normal(size=(n_in, n_out))  # the same draws, of variance 1
    assert W[0] ** 2 * (n_in + n_out) == pytest.approx(2 * plain**2, rel=1e-12)


def test_eq_he():
    """The mean square of a ReLU layer's output is that of its input, whatever the input."""
    n_in, n_out = 20, 30
    W = draws(he, n_in, n_out)
    assert W.shape == (400, n_in, n_out)
    assert abs(W.mean()) < 3 * W.std() / np.sqrt(W.size)
    for x in (np.ones(n_in), np.eye(n_in)[3], np.random.default_rng(1).normal(size=n_in)):
        assert np.mean(relu(x @ W) ** 2) == pytest.approx(np.mean(x**2), rel=0.06)
    plain = np.random.default_rng(0).normal(size=(n_in, n_out))
    assert W[0] ** 2 * n_in == pytest.approx(2 * plain**2, rel=1e-12)


@pytest.mark.parametrize(
    ("activation", "initializer"), [(tanh, glorot), (relu, he)], ids=["tanh", "relu"]
)
def test_error_terms_keep_their_size_through_many_layers(activation, initializer):
    rng = np.random.default_rng(0)
    network = random_network(rng, [100] * 16, [activation] * 15, initializer=initializer)
    x = 0.1 * rng.normal(size=(50, 100))
    trace = network.forward(x)
    delta = network.backward(trace, rng.normal(size=(50, 100))).delta
    assert 0.4 < delta[1].std() / delta[15].std() < 2.5


def test_a_random_network_has_the_layers_that_were_asked_for():
    network = random_network(
        np.random.default_rng(0), (4, 3, 2), (tanh, softmax), cross_entropy, he
    )
    assert network.sizes == (4, 3, 2)
    assert [layer.activation for layer in network] == [tanh, softmax]
    assert not network[1].b.any()


def test_the_same_seed_gives_the_same_network():
    a, b = (random_network(np.random.default_rng(7), (2, 2), (tanh,)) for _ in range(2))
    assert (a[1].W == b[1].W).all()


@pytest.mark.parametrize("initializer", [glorot, he])
def test_small_integers_do_not_wrap_around(initializer):
    """100 and 100 add up to -56 in int8."""
    drawn = initializer(np.random.default_rng(0), np.int8(100), np.int8(100))
    assert_array_equal(drawn, initializer(np.random.default_rng(0), 100, 100))


@pytest.mark.parametrize("initializer", [glorot, he])
@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"n_in": 0}, ValueError, "n_in must be at least 1, not 0"),
        ({"n_out": -1}, ValueError, "n_out must be at least 1, not -1"),
        ({"n_in": 2.0}, TypeError, "n_in must be an integer, not 2.0"),
        ({"n_out": True}, TypeError, "n_out must be an integer, not True"),
        ({"rng": 3}, TypeError, r"rng must be a numpy.random.Generator, not 3"),
    ],
)
def test_initializers_refuse_bad_input(initializer, wrong, kind, message):
    with pytest.raises(kind, match=message):
        initializer(**{"rng": np.random.default_rng(0), "n_in": 2, "n_out": 3, **wrong})


@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        (
            {"activations": (sigmoid,)},
            ValueError,
            "activations must be 2, one per layer after the input, not 1",
        ),
        (
            {"sizes": (2, 0, 1)},
            ValueError,
            r"sizes\[1\] must be at least 1 and at most 2147483648, not 0",
        ),
        ({"sizes": (2, 2.5, 1)}, TypeError, r"sizes\[1\] must be an integer, not 2.5"),
        ({"sizes": (2,)}, ValueError, r"sizes must be those of layers 0 to L, .* not \(2,\)"),
        ({"sizes": ()}, ValueError, r"sizes must be those of layers 0 to L, .* not \(\)"),
        ({"sizes": 3}, TypeError, "sizes must be a sequence, not 3"),
        ({"sizes": (n for n in (2, 3, 1))}, TypeError, "sizes must be a sequence, not <generator"),
        ({"activations": tanh}, TypeError, "activations must be a sequence, not tanh"),
        ({"activations": (tanh, np.tanh)}, TypeError, r"activations\[1\] must be an Activation"),
        ({"sizes": (2, 10**6, 10**6)}, ValueError, "n_in times n_out must be .* at most"),
        ({"initializer": "he"}, TypeError, "initializer must be a function such as glorot"),
        (
            {"initializer": lambda rng, m, n: rng.normal(size=(m, n)) * 1j},
            TypeError,
            "what the initializer draws must hold real numbers, not complex128",
        ),
        ({"rng": None}, TypeError, "rng must be a numpy.random.Generator, not None"),
        (
            {"initializer": lambda rng, m, n: rng.normal(size=(n, m))},
            ValueError,
            r"initializer must draw shape \(2, 3\), not \(3, 2\)",
        ),
    ],
)
def test_a_random_network_refuses_bad_input(wrong, kind, message):
    right = {
        "rng": np.random.default_rng(0),
        "sizes": (2, 3, 1),
        "activations": (tanh, sigmoid),
    }
    with pytest.raises(kind, match=message):
        random_network(**{**right, **wrong})


def test_a_layer_may_have_one_input_and_one_unit():
    for initializer in (glorot, he):
        assert initializer(np.random.default_rng(0), 1, 1).shape == (1, 1)
