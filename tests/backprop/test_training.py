"""Optimizers against their definitions, and what training does when all goes well, or not."""

import numpy as np
import pytest
from networks import random_network as some_network
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Adam,
    DivergenceError,
    GradientDescent,
    RMSProp,
    accuracy,
    complex_step,
    datasets,
    identity,
    random_network,
    sigmoid,
    tanh,
    train,
)
from backprop.losses import binary_cross_entropy
from backprop.training import decayed

GRADIENTS = np.random.default_rng(0).normal(size=(5, 3))
KEY = ("W", 1)


def steps_of(optimizer):
    return [optimizer.step(KEY, g) for g in GRADIENTS]


def test_eq_momentum():
    """The velocity is the sum of all earlier pushes, each faded by how long ago it was."""
    steps = steps_of(GradientDescent(0.1, momentum=0.9))
    for n, step in enumerate(steps):
        faded = sum(0.1 * 0.9 ** (n - k) * GRADIENTS[k] for k in range(n + 1))
        assert_allclose(step, faded, rtol=1e-13)


def test_under_a_constant_push_the_velocity_approaches_many_pushes():
    optimizer = GradientDescent(0.1, momentum=0.9)
    for tau in range(1, 400):
        step = optimizer.step(KEY, np.array([2.0]))
        assert_allclose(step, 0.1 * 2.0 * (1 - 0.9**tau) / (1 - 0.9), rtol=1e-12)
    assert_allclose(step, 10 * 0.1 * 2.0, rtol=1e-12)


def test_eq_nesterov():
    """The two-point form of the textbooks leads to the same points to look ahead from."""
    rate, m = 0.1, 0.9
    slopes = np.array([0.7, 3.0])
    w, v = np.array([2.0, -1.0]), np.zeros(2)
    look = w.copy()
    optimizer = GradientDescent(rate, momentum=m, nesterov=True)
    for _ in range(20):
        # The gradient is taken at w + m v, and moves w; ours keeps w + m v alone.
        v = m * v - rate * slopes * (w + m * v)
        w = w + v
        look = look + optimizer.step(KEY, -slopes * look)
        assert_allclose(look, w + m * v, rtol=1e-11)


def test_eq_rmsprop():
    """The rule as PyTorch documents it, with a gradient that is subtracted."""
    w = ours = np.zeros(3)
    optimizer, average = RMSProp(0.1, decay=0.8), np.zeros(3)
    for downhill in GRADIENTS:
        gradient = -downhill
        average = 0.8 * average + 0.2 * gradient * gradient
        w = w - 0.1 * gradient / (average**0.5 + 1e-8)
        ours = ours + optimizer.step(KEY, downhill)
        assert_allclose(ours, w, rtol=1e-12)


def test_eq_adam():
    """The unbiased means are those with the weights of the fading made to add up to 1."""
    steps = steps_of(Adam(0.1, first=0.7, second=0.8))
    for n, step in enumerate(steps):
        powers = n - np.arange(n + 1)[:, np.newaxis]
        mean = np.average(GRADIENTS[: n + 1], axis=0, weights=0.7 ** powers[:, 0])
        square = np.average(GRADIENTS[: n + 1] ** 2, axis=0, weights=0.8 ** powers[:, 0])
        assert_allclose(step, 0.1 * mean / (np.sqrt(square) + 1e-8), rtol=1e-12)


def test_adam_steps_as_pytorch_documents():
    w = ours = np.zeros(3)
    optimizer, m, v = Adam(0.1), np.zeros(3), np.zeros(3)
    for t, downhill in enumerate(GRADIENTS, 1):
        gradient = -downhill
        m = 0.9 * m + 0.1 * gradient
        v = 0.999 * v + 0.001 * gradient**2
        w = w - 0.1 * (m / (1 - 0.9**t)) / (np.sqrt(v / (1 - 0.999**t)) + 1e-8)
        ours = ours + optimizer.step(KEY, downhill)
        assert_allclose(ours, w, rtol=1e-11)


def test_eq_weight_decay():
    """Minus the gradient of the loss with half the squared weights, by the complex step."""
    rng = np.random.default_rng(0)
    W, A, weight_decay = rng.normal(size=(3, 2)), rng.normal(size=(3, 2)), 0.3

    def loss(W):
        return np.sum(np.sin(A * W))

    def penalized(W):
        return loss(W) + 0.5 * weight_decay * np.sum(W * W)

    downhill = -complex_step(loss, W)
    assert_allclose(decayed(downhill, W, weight_decay), -complex_step(penalized, W), rtol=1e-12)
    assert_array_equal(decayed(downhill, W, 0.0), downhill)


OPTIMIZERS = {
    "descent": lambda: GradientDescent(0.1),
    "momentum": lambda: GradientDescent(0.1, momentum=0.9),
    "nesterov": lambda: GradientDescent(0.1, momentum=0.9, nesterov=True),
    "rmsprop": lambda: RMSProp(0.1),
    "adam": lambda: Adam(0.1),
}


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_every_optimizer_goes_down_a_bowl(optimizer):
    optimizer, slopes, w = optimizer(), np.array([1.0, 5.0]), np.array([1.0, -1.0])
    for _ in range(300):
        w = w + optimizer.step(KEY, -slopes * w)
    assert np.abs(w).max() < 0.06


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_a_gradient_of_zero_is_no_step(optimizer):
    assert_array_equal(optimizer().step(KEY, np.zeros((2, 3))), np.zeros((2, 3)))


@pytest.mark.parametrize("optimizer", OPTIMIZERS.values(), ids=OPTIMIZERS)
def test_optimizers_keep_arrays_apart_and_change_no_gradient(optimizer):
    one, other = optimizer(), optimizer()
    for gradient in GRADIENTS:
        before = gradient.copy()
        step = one.step(("W", 1), gradient)
        one.step(("b", 1), 7 * gradient)
        assert_array_equal(step, other.step(("W", 1), gradient))
        assert_array_equal(gradient, before)


@pytest.mark.parametrize(
    "optimizer",
    [
        lambda rate: GradientDescent(rate, momentum=np.float64(0.9)),
        lambda rate: RMSProp(rate, decay=np.float64(0.9)),
        lambda rate: Adam(rate, first=np.float64(0.9), second=np.float64(0.99)),
    ],
)
def test_float32_stays_float32_with_settings_of_numpy(optimizer):
    optimizer = optimizer(np.float64(0.1))
    for gradient in GRADIENTS.astype(np.float32):
        assert optimizer.step(KEY, gradient).dtype == np.float32
    assert decayed(gradient, gradient, np.float64(0.1)).dtype == np.float32


@pytest.mark.parametrize(
    ("build", "kind", "message"),
    [
        (
            lambda: GradientDescent(0.0),
            ValueError,
            "learning_rate must be positive and finite, not 0.0",
        ),
        (lambda: RMSProp(-1.0), ValueError, "learning_rate must be positive and finite, not -1.0"),
        (lambda: Adam(np.inf), ValueError, "learning_rate must be positive and finite, not inf"),
        (lambda: Adam(np.nan), ValueError, "learning_rate must be positive and finite, not nan"),
        (lambda: Adam("fast"), TypeError, "learning_rate must be a number, not 'fast'"),
        (lambda: Adam(True), TypeError, "learning_rate must be a number, not True"),
        (lambda: GradientDescent(1j), TypeError, "learning_rate must be a number, not 1j"),
        (
            lambda: GradientDescent(0.1, momentum=1.0),
            ValueError,
            "momentum must be at least 0 and less than 1, not 1.0",
        ),
        (lambda: GradientDescent(0.1, momentum=-0.1), ValueError, "momentum must be at least 0"),
        (lambda: GradientDescent(0.1, momentum=None), TypeError, "momentum must be a number"),
        (lambda: GradientDescent(0.1, nesterov=True), ValueError, "nesterov needs a momentum"),
        (lambda: RMSProp(0.1, decay=1.0), ValueError, "decay must be at least 0 and less than 1"),
        (lambda: Adam(0.1, first=1), ValueError, "first must be at least 0 and less than 1"),
        (lambda: Adam(0.1, second=1.5), ValueError, "second must be at least 0 and less than 1"),
        (
            lambda: decayed(np.ones((2, 1)), np.ones((2, 1)), -0.1),
            ValueError,
            "weight_decay must be 0 or more and finite, not -0.1",
        ),
        (
            lambda: decayed(np.ones((2, 1)), np.ones((2, 1)), None),
            TypeError,
            "weight_decay must be a number, not None",
        ),
        (
            lambda: decayed(np.ones((2, 1)), np.ones(2), 0.1),
            ValueError,
            r"W must have the shape of downhill, \(2, 1\), not \(2,\)",
        ),
    ],
)
def test_optimizers_refuse_bad_settings(build, kind, message):
    with pytest.raises(kind, match=message):
        build()


@pytest.mark.parametrize("optimizer", list(OPTIMIZERS.values())[1:], ids=list(OPTIMIZERS)[1:])
def test_an_optimizer_that_remembers_another_network_is_refused(optimizer):
    optimizer = optimizer()
    optimizer.step(KEY, np.ones((1, 3)))
    # NumPy would stretch the remembered row to two.
    with pytest.raises(ValueError, match=r"downhill must have the shape of the earlier ones of"):
        optimizer.step(KEY, np.ones((2, 3)))


def test_one_step_of_training_is_one_step_of_the_network():
    network, x, target, learning_rate = datasets.three_two_one()
    trained = network.copy()
    network.apply(network.backward(network.forward(x), target).steps(learning_rate))
    train(trained, [x], [target], epochs=1, optimizer=GradientDescent(learning_rate))
    for one, other in zip(network, trained, strict=True):
        assert_allclose(one.W, other.W, rtol=1e-15)


def test_training_solves_xor():
    rng = np.random.default_rng(1)
    network = random_network(rng, (2, 4, 1), (tanh, sigmoid), binary_cross_entropy)
    history = train(network, *datasets.xor(), epochs=500, optimizer=Adam(0.05))
    assert len(history.losses) == 501
    assert history.best == 500
    assert history.losses[-1] < 0.01 < history.losses[0]
    assert_array_equal(network.forward(datasets.xor().x).output.round(), datasets.xor().target)


def test_batches_are_shuffled_by_the_generator_alone():
    def trained(seed):
        network = some_network(3, (2, 3, 1), (tanh, sigmoid))
        data = datasets.two_moons(20, 0.1, np.random.default_rng(0))
        rng = None if seed is None else np.random.default_rng(seed)
        train(network, *data, epochs=2, optimizer=GradientDescent(0.1), batch_size=7, rng=rng)
        return network[1].W

    assert_array_equal(trained(1), trained(1))
    assert_array_equal(trained(None), trained(None))
    assert (trained(1) != trained(2)).any()


def test_validation_stops_training_and_keeps_the_best():
    rng = np.random.default_rng(0)
    data = datasets.two_moons(15, 0.4, rng)
    other = datasets.two_moons(200, 0.4, rng)
    network = random_network(rng, (2, 30, 1), (tanh, sigmoid), binary_cross_entropy)
    history = train(
        network, *data, epochs=3000, optimizer=Adam(0.05), validation=other, patience=20
    )
    assert len(history.validation) < 3001
    assert history.best == int(np.argmin(history.validation))
    kept = network.backward(network.forward(other.x), other.target).loss
    assert kept == pytest.approx(min(history.validation), rel=1e-12)


def test_divergence_is_said_and_keeps_the_last_finite_weights():
    network = some_network(0, (2, 3, 1), (identity, identity))
    x, target = datasets.xor()
    with pytest.raises(
        DivergenceError, match=r"training diverged at step \d+: .* smaller"
    ) as caught:
        train(network, x, target, epochs=10_000, optimizer=GradientDescent(50.0))
    assert caught.value.step > 1
    for layer in network:
        assert np.isfinite(layer.W).all()
        assert np.isfinite(layer.b).all()


def test_progress_wraps_the_epochs():
    seen = []

    def progress(epochs):
        for epoch in epochs:
            seen.append(epoch)
            yield epoch

    network = some_network(0, (2, 1), (sigmoid,))
    optimizer = GradientDescent(0.1)
    train(network, *datasets.xor(), epochs=3, optimizer=optimizer, progress=progress)
    assert seen == [1, 2, 3]


def test_accuracy_is_the_share_of_right_answers():
    assert accuracy([[0.9, 0.1], [0.4, 0.6], [0.7, 0.3]], [[1, 0], [0, 1], [0, 1]]) == 2 / 3
    with pytest.raises(ValueError, match="must have one shape"):
        accuracy([0.5], [1])


def test_accuracy_of_one_output_is_refused_because_it_would_always_be_1():
    with pytest.raises(ValueError, match="a column for each class"):
        accuracy([[0.1], [0.2]], [[1], [0]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": -1}, "epochs must be at least 0, not -1"),
        ({"batch_size": 0}, "batch_size must be at least 1 and at most 4, not 0"),
        ({"batch_size": 5}, "batch_size must be at least 1 and at most 4, not 5"),
        ({"patience": 3}, "patience needs validation"),
        ({"patience": 0, "validation": datasets.xor()}, "patience must be at least 1, not 0"),
        ({"x": np.ones((4, 3))}, r"x must have shape \(N, 2\), not \(4, 3\)"),
        (
            {"x": np.ones((3, 2))},
            r"target must have the shape of the output, \(3, 1\), not \(4, 1\)",
        ),
        ({"x": np.ones((0, 2))}, "x must not be empty"),
        ({"target": [[0], [1], [1], [np.nan]]}, "target must be finite"),
        ({"validation": [1.0]}, "validation must be inputs and targets"),
        ({"validation": ([0.0, 1.0], [1.0])}, r"validation x must have shape \(N, 2\)"),
        ({"validation": (np.ones((2, 2)), np.ones(2))}, "validation target must have the shape"),
        ({"x": [0.0, 1.0]}, r"x must have shape \(N, 2\)"),
        ({"target": [0.0, 1.0]}, "target must have the shape"),
    ],
)
def test_bad_input_is_refused(settings, message):
    x, target = datasets.xor()
    known = {"x": x, "target": target, "epochs": 1, "optimizer": GradientDescent(0.1), **settings}
    network = some_network(0, (2, 1), (sigmoid,))
    with pytest.raises(ValueError, match=message):
        train(network, known.pop("x"), known.pop("target"), **known)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"epochs": 2.5}, "epochs must be an integer, not 2.5"),
        ({"epochs": True}, "epochs must be an integer, not True"),
        ({"batch_size": 2.0}, "batch_size must be an integer, not 2.0"),
        ({"patience": "3"}, "patience must be an integer, not '3'"),
        ({"optimizer": 0.1}, r"optimizer must be one, such as GradientDescent\(0.1\), not 0.1"),
        ({"rng": 3}, "rng must be a numpy.random.Generator, not 3"),
        ({"x": [["a", "b"]]}, "x must hold real numbers"),
    ],
)
def test_what_is_not_of_the_right_kind_is_refused(settings, message):
    x, target = datasets.xor()
    known = {"x": x, "target": target, "epochs": 1, "optimizer": GradientDescent(0.1), **settings}
    network = some_network(0, (2, 1), (sigmoid,))
    with pytest.raises(TypeError, match=message):
        train(network, known.pop("x"), known.pop("target"), **known)


def test_a_refused_training_leaves_the_network_as_it_was():
    network = some_network(0, (2, 1), (sigmoid,))
    before = network.copy()
    with pytest.raises(ValueError, match="validation x"):
        train(
            network,
            *datasets.xor(),
            epochs=5,
            optimizer=GradientDescent(0.1),
            validation=(np.ones((2, 3)), np.ones((2, 1))),
        )
    assert_array_equal(network[1].W, before[1].W)


def test_losses_are_those_of_the_network_before_and_after():
    network = some_network(4, (2, 3, 1), (tanh, sigmoid), loss=binary_cross_entropy)
    x, target = datasets.xor()
    before = network.backward(network.forward(x), target).loss
    history = train(network, x, target, epochs=3, optimizer=GradientDescent(0.5), batch_size=2)
    after = network.backward(network.forward(x), target).loss
    assert history.losses[0] == before
    assert history.losses[-1] == after


def test_divergence_on_validation_examples_is_said_too():
    """What is learned from stays at 0 and moves nothing; what is measured is far too large."""
    network = some_network(0, (2, 1), (identity,), biases=False)
    train_x, target = np.array([[1.0, 0.0]]), np.array([[1.0]])
    with pytest.raises(DivergenceError, match="step 1: the loss is inf"):
        train(
            network,
            train_x,
            target,
            epochs=9,
            optimizer=GradientDescent(1e150),
            validation=(np.array([[1e10, 0.0]]), target),
        )
    assert np.isfinite(network[1].W).all()


def test_a_loss_that_is_infinite_from_the_start_blames_the_weights():
    network = some_network(0, (2, 1), (identity,))
    network[1].W *= 1e200
    with pytest.raises(FloatingPointError, match="before training: the weights are too large"):
        train(network, *datasets.xor(), epochs=1, optimizer=GradientDescent(0.1))
