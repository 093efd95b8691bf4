"""Which examples a step is taken on, when training stops, and what is kept: worked out by hand."""

import numpy as np
import pytest
from networks import random_network
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Adam,
    DivergenceError,
    GradientDescent,
    History,
    Layer,
    Network,
    accuracy,
    binary_cross_entropy,
    datasets,
    identity,
    sigmoid,
    train,
)
from backprop.chain import Differentiable


class Recorder:
    """An optimizer that moves nothing, and remembers what it was asked."""

    def __init__(self):
        self.keys, self.downhill = [], []

    def step(self, key, downhill):
        self.keys.append(key)
        self.downhill.append(downhill)
        return np.zeros_like(downhill)


def one_weight(w=0.0, dtype=np.float64):
    return Network([Layer(np.array([[w]], dtype), activation=identity)])


def batches_of(N, epochs, batch_size, rng=None):
    """The numbers of the examples of each step: example i alone moves weight i."""
    recorder = Recorder()
    network = Network([Layer(np.zeros((N, 1)), activation=identity)])
    settings = {"batch_size": batch_size, "rng": rng}
    train(network, np.eye(N), np.ones((N, 1)), epochs=epochs, optimizer=recorder, **settings)
    return [set(np.flatnonzero(each)) for each in recorder.downhill]


@pytest.mark.parametrize("N", range(1, 8))
@pytest.mark.parametrize("size", range(1, 8))
def test_an_epoch_uses_every_example_once_and_the_last_batch_is_what_is_left(N, size):
    if size > N:
        return
    steps = -(-N // size)
    batches = batches_of(N, 3, size)
    assert len(batches) == 3 * steps
    for epoch in range(3):
        of_epoch = batches[epoch * steps : (epoch + 1) * steps]
        assert [len(each) for each in of_epoch[:-1]] == [size] * (steps - 1)
        assert of_epoch == [set(range(k, min(k + size, N))) for k in range(0, N, size)]


def test_shuffled_epochs_use_every_example_once_each_in_another_order():
    batches = batches_of(12, 5, 5, np.random.default_rng(0))
    assert [len(each) for each in batches] == [5, 5, 2] * 5
    for k in range(0, 15, 3):
        assert set.union(*batches[k : k + 3]) == set(range(12))
    assert len({tuple(sorted(each)) for each in batches[::3]}) == 5


def test_the_whole_batch_is_one_step_where_no_size_is_given():
    assert batches_of(6, 2, None) == [set(range(6))] * 2


def test_an_optimizer_is_told_of_which_array_each_direction_is():
    recorder = Recorder()
    network = random_network(0, (2, 3, 1), (sigmoid, sigmoid))
    x, target = datasets.xor()
    before = network.backward(network.forward(x), target).steps(1.0)
    train(network, x, target, epochs=1, optimizer=recorder)
    assert set(recorder.keys) == {("W", 1), ("W", 2), ("b", 1), ("b", 2)}
    for (name, l), direction in zip(recorder.keys, recorder.downhill, strict=True):
        assert_allclose(direction, getattr(before, name)[l], rtol=1e-13, err_msg=f"{name}{l}")


def test_weight_decay_pulls_weights_by_its_size_and_biases_not_at_all():
    """Where the loss is at its minimum already, the decay alone moves."""
    network = Network([Layer([[2.0]], [3.0], identity)])
    train(network, [[0.0]], [[3.0]], epochs=1, optimizer=GradientDescent(0.1), weight_decay=0.5)
    assert_allclose(network[1].W, [[2.0 - 0.1 * 0.5 * 2.0]], rtol=1e-15)
    assert_array_equal(network[1].b, [3.0])


# Of one weight from 0 towards 1 by a tenth of the way each step, 1 - 0.9^7 is the nearest to 1/2.
WAY = {"x": [[1.0]], "target": [[1.0]], "optimizer": GradientDescent(0.1)}
HALFWAY = ([[1.0]], [[0.5]])


@pytest.mark.parametrize("patience", [1, 2, 3, 10])
def test_patience_is_the_number_of_epochs_without_a_new_best(patience):
    network = one_weight()
    history = train(network, **WAY, epochs=100, validation=HALFWAY, patience=patience)
    assert history.best == 7
    assert len(history.validation) - 1 == len(history.losses) - 1 == 7 + patience
    assert_allclose(network[1].W, [[1 - 0.9**7]], rtol=1e-12)


def test_without_patience_validation_stops_nothing():
    network = one_weight()
    history = train(network, **WAY, epochs=30, validation=HALFWAY)
    assert len(history.validation) == 31
    assert history.best == 7
    assert_allclose(network[1].W, [[1 - 0.9**7]], rtol=1e-12)


def test_where_no_epoch_is_better_on_the_validation_examples_the_network_stays_as_it_was():
    network = Network([Layer([[0.25]], [0.5], identity)])
    settings = {**WAY, "x": [[2.0]]}
    history = train(network, **settings, epochs=9, validation=([[1.0]], [[0.75]]), patience=4)
    assert history.best == 0
    assert len(history.validation) == 5
    assert_array_equal(network[1].W, [[0.25]])
    assert_array_equal(network[1].b, [0.5])


def test_without_validation_the_last_epoch_is_kept():
    network = one_weight()
    history = train(network, **WAY, epochs=30)
    assert (history.best, history.validation) == (30, [])
    assert_allclose(network[1].W, [[1 - 0.9**30]], rtol=1e-12)


def test_a_history_begins_empty():
    history = train(one_weight(), **WAY, epochs=0)
    assert (history.losses, history.validation, history.best) == ([0.5], [], 0)


def test_a_history_that_is_made_by_hand_begins_empty_and_shares_no_list():
    one, other = History(), History()
    one.losses.append(0.5)
    one.validation.append(0.25)
    assert other == History([], [], 0)


def test_a_step_whose_weights_would_overflow_is_refused_by_its_number():
    """The first example moves nothing; the second has a finite loss, and an infinite step."""
    network = one_weight()
    with pytest.raises(DivergenceError, match="at step 2: the step is too large") as caught:
        train(
            network,
            [[0.0], [1e150]],
            [[0.0], [1e150]],
            epochs=1,
            optimizer=GradientDescent(1e10),
            batch_size=1,
        )
    assert caught.value.step == 2
    assert_array_equal(network[1].W, [[0.0]])


def test_a_loss_that_is_not_a_number_is_said_with_its_step():
    """The first step leads so far that the second unit's input overflows."""
    network = Network([Layer([[0.0]], activation=sigmoid)], binary_cross_entropy)
    with pytest.raises(DivergenceError, match=r"at step 2: the loss is (nan|inf)"):
        train(
            network,
            [[1.0], [1e10]],
            [[1.0], [0.0]],
            epochs=1,
            optimizer=GradientDescent(1e305),
            batch_size=1,
        )


@pytest.mark.parametrize("w", [1e300, -1e300])
def test_a_loss_that_overflows_before_training_is_said(w):
    """Whether the examples to learn from show it, or those to measure by."""
    network = Network([Layer([[w]], activation=sigmoid)], binary_cross_entropy)
    small, large, target = [[0.0]], [[1e10]], [[float(w < 0)]]
    settings = {"epochs": 1, "optimizer": GradientDescent(0.1)}
    with pytest.raises(FloatingPointError, match="before training"):
        train(network, large, target, **settings)
    with pytest.raises(FloatingPointError, match="before training"):
        train(network, small, target, validation=(large, target), **settings)


def test_float32_stays_float32_with_targets_of_any_kind():
    for target in (np.array([[1]]), np.array([[1.0]]), np.array([[1.0]], np.float32)):
        for optimizer in (GradientDescent(0.1), Adam(0.1)):
            network = one_weight(0.5, np.float32)
            x = np.array([[1.0]], np.float32)
            train(network, x, target, epochs=2, optimizer=optimizer, weight_decay=0.1)
            assert network[1].W.dtype == np.float32


def test_accuracy_compares_each_example_with_its_own_target():
    output = np.eye(4)[[0, 1, 2, 3, 0]]
    assert accuracy(output, np.eye(4)[[0, 1, 2, 3, 1]]) == 4 / 5
    assert accuracy(output, np.eye(4)[[3, 3, 3, 3, 3]]) == 1 / 5
    assert isinstance(accuracy(output, output), float)
    with pytest.raises(ValueError, match=r"^output must be finite"):
        accuracy([[np.nan, 1.0]], [[0, 1]])
    with pytest.raises(ValueError, match=r"^target must be finite"):
        accuracy([[0, 1]], [[np.nan, 1.0]])


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"x": [[1.0, 2.0]]}, "^x must"),
        ({"x": [[np.inf]]}, "^x must"),
        ({"target": [[1.0, 2.0]]}, "^target must"),
        ({"target": [[np.inf]]}, "^target must"),
        ({"validation": ([[1.0, 2.0]], [[1.0]])}, "^validation x must"),
        ({"validation": ([[np.inf]], [[1.0]])}, "^validation x must"),
        ({"validation": ([[1.0]], [[1.0, 2.0]])}, "^validation target must"),
        ({"validation": ([[1.0]], [[np.inf]])}, "^validation target must"),
        ({"epochs": -1}, "^epochs must be at least 0, not -1"),
        ({"batch_size": 0}, "^batch_size must be at least 1 and at most 1, not 0"),
        ({"patience": 0, "validation": HALFWAY}, "^patience must be at least 1, not 0"),
        ({"weight_decay": -1.0}, "^weight_decay must"),
    ],
)
def test_what_is_refused_is_named_first(settings, message):
    network = one_weight()
    with pytest.raises(ValueError, match=message):
        train(network, **{**WAY, "epochs": 1, **settings})
    assert_array_equal(network[1].W, [[0.0]])


def test_the_least_and_the_largest_batch_are_taken():
    for batch_size in (1, 4):
        network = random_network(0, (2, 1), (sigmoid,))
        history = train(
            network,
            *datasets.xor(),
            epochs=1,
            optimizer=GradientDescent(0.1),
            batch_size=batch_size,
        )
        assert len(history.losses) == 2


class Exhausted(Differentiable):
    """A layer that can be used a few times only, and trained for ever."""

    def __init__(self, times):
        self.times = times

    def forward(self, a):
        if not self.times:
            raise FloatingPointError("enough of it")
        self.times -= 1
        return self.training_forward(a)

    def training_forward(self, a):
        return a, lambda e: (e, {})


def test_what_a_layer_refuses_before_the_first_step_is_its_own_error():
    """Later, it is said in which step."""
    x = np.ones((4, 2))
    for times, error, said in [
        (0, FloatingPointError, "enough of it"),
        (1, FloatingPointError, "enough of it"),
        (2, DivergenceError, "at step 1: enough of it"),
        (4, DivergenceError, "at step 3: enough of it"),
    ]:
        network = Network([Exhausted(times), Layer(np.ones((2, 1)))])
        with pytest.raises(FloatingPointError) as caught:
            train(network, x, x[:, :1], epochs=5, optimizer=GradientDescent(0.1))
        assert type(caught.value) is error
        assert said in str(caught.value)
