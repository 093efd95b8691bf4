"""What training does when all goes well, or not."""

import numpy as np
import pytest
from networks import random_network as some_network
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Adam,
    DivergenceError,
    GradientDescent,
    accuracy,
    datasets,
    identity,
    random_network,
    sigmoid,
    tanh,
    train,
)
from backprop.losses import binary_cross_entropy


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
