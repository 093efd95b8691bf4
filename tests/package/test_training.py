"""What training does when all goes well, or not."""

import copy
import pickle

import numpy as np
import pytest
from networks import random_network as some_network
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    Adam,
    DivergenceError,
    GradientDescent,
    Layer,
    Network,
    RMSProp,
    Units,
    accuracy,
    cross_entropy,
    datasets,
    identity,
    random_network,
    sigmoid,
    softmax,
    tanh,
    train,
)
from backprop.losses import binary_cross_entropy
from backprop.network import Steps


class Fixed:
    """An optimizer that returns the same for every gradient, and keeps what it was given."""

    def __init__(self, step):
        self.value, self.seen = step, []

    def step(self, key, downhill):
        self.seen.append((key, downhill.copy()))
        return self.value


class Scripted:
    """An optimizer that makes one weight take given values, one after the other."""

    def __init__(self, start, values):
        self.steps = iter(np.diff([start, *values]))

    def step(self, _, downhill):
        return np.full_like(downhill, next(self.steps))


def one_weight(w):
    """A network whose output is w x, and its loss for x = 1 and target 0 half the square of w."""
    return Network([Layer([[w]], activation=identity)])


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


@pytest.mark.parametrize(
    "make",
    [
        lambda: GradientDescent(0.5),
        lambda: GradientDescent(0.5, momentum=0.5),
        lambda: RMSProp(0.5),
        lambda: Adam(0.5),
    ],
    ids=["descent", "momentum", "rmsprop", "adam"],
)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_a_rate_that_changes_between_epochs_is_followed(make, decay):
    """Training over three epochs is three trainings over one, with the rates of these."""
    x, target = datasets.xor()
    settings = {"weight_decay": decay, "optimizer": make()}

    def falling(epochs):
        for epoch in epochs:
            settings["optimizer"].learning_rate = 0.5 / epoch
            yield epoch

    whole = some_network(0, (2, 3, 1), (sigmoid, sigmoid))
    train(whole, x, target, epochs=3, progress=falling, **settings)
    apart = some_network(0, (2, 3, 1), (sigmoid, sigmoid))
    settings["optimizer"] = make()
    for epoch in (1, 2, 3):
        settings["optimizer"].learning_rate = 0.5 / epoch
        train(apart, x, target, epochs=1, **settings)
    for key, w in whole.parameters.items():
        assert_allclose(w, apart.parameters[key], rtol=1e-12, atol=0)


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
        ({"weight_decay": -1, "epochs": 0}, "weight_decay must be 0 or more and finite, not -1"),
        ({"weight_decay": np.nan}, "weight_decay must be 0 or more and finite, not nan"),
        ({"epochs": -(10**5000)}, "epochs must be at least 0, not something of class int"),
        (
            {"optimizer": Fixed(1.0)},
            r"what optimizer.step returns for \('W', 1\) must have the shape",
        ),
        ({"optimizer": Fixed(np.ones(1))}, r"shape of the parameters, \(2, 1\), not \(1,\)"),
        ({"optimizer": Fixed(np.ones((1, 1)))}, r"shape of the parameters, \(2, 1\), not \(1, 1\)"),
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
        (
            {"optimizer": 0.1},
            r"optimizer must be an optimizer such as GradientDescent\(0.1\), not 0.1",
        ),
        ({"rng": 3}, "rng must be a numpy.random.Generator, not 3"),
        ({"x": [["a", "b"]]}, "x must hold real numbers"),
        (
            {"optimizer": Adam},
            r"optimizer must be an optimizer such as .* not <class 'backprop.optimizers.A",
        ),
        ({"optimizer": Fixed(1j)}, r"what optimizer.step returns for \('W', 1\) must hold real"),
        ({"weight_decay": "0.1", "epochs": 0}, "weight_decay must be a number, not '0.1'"),
        ({"validation": 3}, "validation must be a pair of inputs and targets, not 3"),
        ({"validation": (each for each in "ab")}, "validation must be a pair of .* not <generator"),
        ({"progress": 3}, "progress must wrap the epochs"),
        ({"progress": print}, "progress must wrap the epochs"),
        ({"x": np.ma.masked_array(np.ones((4, 2)))}, "x must hold real numbers, not masked ones"),
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


@pytest.mark.parametrize(
    ("weight", "target", "said"),
    [
        (1e200, 0, "outputs or targets are too large"),
        (1, 1e200, "outputs or targets are too large"),
        (1e308, 0, "weights or inputs are so large that the sums of layer 1 overflow"),
        (np.nan, 0, "W of layer 1 holds nan"),
    ],
)
def test_a_loss_that_is_not_finite_from_the_start_says_why(weight, target, said):
    network = some_network(0, (2, 1), (identity,))
    network[1].W[:] = weight
    x = np.full((3, 2), 2.0)
    with pytest.raises(FloatingPointError, match=f"the loss is .* before training: {said}"):
        train(network, x, np.full((3, 1), target), epochs=1, optimizer=GradientDescent(0.1))


def test_weight_decay_pulls_weights_and_no_biases():
    network = some_network(5, (3, 4, 2), (tanh, identity))
    before, rng = network.copy(), np.random.default_rng(5)
    x, target = rng.normal(size=(6, 3)), rng.normal(size=(6, 2))
    downhill = network.backward(network.forward(x), target).steps(1.0)
    train(network, x, target, epochs=1, optimizer=GradientDescent(0.25), weight_decay=0.5)
    for l in (1, 2):
        W = before[l].W
        assert_allclose(network[l].W, W + 0.25 * (downhill.W[l] - 0.5 * W), rtol=1e-14)
        assert_allclose(network[l].b, before[l].b + 0.25 * downhill.b[l], rtol=1e-14)


@pytest.mark.parametrize("patience", [1, 2, 3])
def test_patience_is_the_number_of_epochs_without_a_new_best(patience):
    one, nothing = np.ones((1, 1)), np.zeros((1, 1))
    weights = [4, 3, 5, 2, 6, 6, 6, 6, 6, 1]
    history = train(
        one_weight(7.0),
        one,
        nothing,
        epochs=10,
        optimizer=Scripted(7, weights),
        validation=(one, nothing),
        patience=patience,
    )
    # With a patience of 1, the 5 after the 3 is the end; else, the sixes after the 2.
    best = 2 if patience == 1 else 4
    assert history.best == best
    assert len(history.losses) == len(history.validation) == 1 + best + patience


def test_without_patience_all_epochs_are_run_and_the_best_weights_are_restored_in_place():
    one, nothing = np.ones((1, 1)), np.zeros((1, 1))
    network = one_weight(7.0)
    W = network[1].W
    history = train(
        network,
        one,
        nothing,
        epochs=4,
        optimizer=Scripted(7, [3, 2, 2, 5]),
        validation=(one, nothing),
    )
    assert history.validation == [24.5, 4.5, 2, 2, 12.5]
    assert history.best == 2
    assert network[1].W is W
    assert W == 2


def test_weights_that_were_best_from_the_start_are_kept():
    one, nothing = np.ones((1, 1)), np.zeros((1, 1))
    network = one_weight(1.0)
    optimizer = Scripted(1, [3, 2])
    history = train(network, one, nothing, epochs=2, optimizer=optimizer, validation=(one, nothing))
    assert history.best == 0
    assert network[1].W == 1


@pytest.mark.parametrize("N", [1, 4, 5])
@pytest.mark.parametrize("seed", [None, 0, 1])
def test_each_epoch_takes_every_example_once_and_the_last_batch_is_what_is_left(N, seed):
    """With weights of 0 and one input of 1, minus the gradient is the mean target of a batch."""
    optimizer = Fixed(np.zeros((1, 1)))
    target = 2.0 ** np.arange(N)[:, np.newaxis]
    rng = None if seed is None else np.random.default_rng(seed)
    train(
        one_weight(0.0),
        np.ones((N, 1)),
        target,
        epochs=3,
        optimizer=optimizer,
        batch_size=min(2, N),
        rng=rng,
    )
    sizes = [2] * (N // 2) + [1] * (N % 2)
    assert len(optimizer.seen) == 3 * len(sizes)
    # Sums of different powers of 2 tell which were added up.
    sums = [float(d[0, 0]) * n for (_, d), n in zip(optimizer.seen, 3 * sizes, strict=True)]
    epochs = np.reshape(sums, (3, -1))
    assert_array_equal(epochs.sum(axis=1), 2**N - 1)
    for total, n in zip(sums, 3 * sizes, strict=True):
        assert int(total).bit_count() == n
    if seed is None:
        assert_array_equal(epochs, [epochs[0]] * 3)
    elif N == 5:
        assert (epochs != epochs[0]).any()


@pytest.mark.parametrize("array", ["W", "b"])
def test_a_weight_that_would_not_be_finite_is_not_taken(array):
    """The loss would still be finite: the units that the weight leads from are inactive."""
    network = some_network(0, (1, 1), (sigmoid,))
    network[1].W[:], network[1].b[:] = 0, 0
    getattr(network[1], array)[:] = 1.7e308

    class Huge:
        def step(self, key, downhill):
            return np.full_like(downhill, 1.7e308 if key[0] == array else 0)

    with pytest.raises(DivergenceError, match=f"step 1: {array} of layer 1 would not be finite"):
        train(network, [[1e-300]], [[1]], epochs=1, optimizer=Huge())
    assert getattr(network[1], array) == 1.7e308


@pytest.mark.parametrize("make", [Adam, RMSProp])
def test_a_gradient_whose_square_overflows_is_said_to_diverge(make):
    """In float32, 1e20 squared is too large; divided by infinity, all steps would be 0."""
    network = Network([Layer(np.ones((1, 1), np.float32), activation=identity)])
    x, target = np.full((1, 1), 1e10, np.float32), np.zeros((1, 1), np.float32)
    with pytest.raises(
        DivergenceError, match="step 1: the square of the gradient is too large for"
    ):
        train(network, x, target, epochs=5, optimizer=make(0.1))
    assert network[1].W == 1


@pytest.mark.parametrize("make", [Adam, RMSProp, GradientDescent])
def test_a_gradient_that_is_not_finite_is_said_to_diverge(make):
    """The loss is finite; error terms times inputs are not."""
    network = some_network(0, (1, 1, 1), (identity, identity), biases=False)
    network[1].W[:], network[2].W[:] = 1e-300, 1e300
    with pytest.raises(DivergenceError, match=r"step 1: (the gradient is not|a weight of layer 1)"):
        train(network, [[1e10]], [[0.0]], epochs=5, optimizer=make(0.1))
    assert network[1].W == 1e-300


def test_an_error_of_the_optimizer_itself_is_no_divergence():
    optimizer = Adam(0.1)
    optimizer.step(("W", 1), np.ones((3, 3)))
    with pytest.raises(ValueError, match="downhill must have the shape of the earlier ones of"):
        train(one_weight(1.0), [[1]], [[0]], epochs=1, optimizer=optimizer)


def test_training_and_apply_change_the_same_arrays_and_keep_their_type():
    """Arrays are changed in place: who has taken them from the network sees them learn."""
    x, target = np.ones((3, 2)), np.full((3, 1), 0.5)
    one = some_network(1, (2, 2, 1), (tanh, sigmoid))
    for layer in one:
        layer.W, layer.b = layer.W.astype(np.float32), layer.b.astype(np.float32)
    other = one.copy()
    arrays = [each for layer in one for each in (layer.W, layer.b)]
    train(one, x, target, epochs=1, optimizer=GradientDescent(0.5), validation=(x, target))
    other.apply(other.backward(other.forward(x), target).steps(0.5))
    assert all(a is b for a, b in zip(arrays, (a for l in one for a in (l.W, l.b)), strict=True))
    assert {each.dtype for each in arrays} == {np.dtype(np.float32)}
    for l in (1, 2):
        assert_array_equal(one[l].W, other[l].W)
        assert_array_equal(one[l].b, other[l].b)


def test_a_weight_that_cannot_be_written_is_named_before_training():
    network = some_network(1, (2, 2, 1), (tanh, sigmoid))
    before = network[1].W.copy()
    network[2].W.setflags(write=False)
    with pytest.raises(ValueError, match="W of layer 2 is read-only"):
        train(network, *datasets.xor(), epochs=1, optimizer=GradientDescent(0.1))
    assert_array_equal(network[1].W, before)


def test_a_network_of_another_kind_is_refused():
    with pytest.raises(TypeError, match="network must be a Network, not 3"):
        train(3, [[1]], [[1]], epochs=1, optimizer=Adam())


def test_a_target_below_0_is_refused():
    network = some_network(0, (2, 2), (softmax,), loss=cross_entropy)
    for target in ([[-0.5, 1.5]], [[1.5, -0.5]]):
        with pytest.raises(ValueError, match="validation target must lie between 0 and 1"):
            train(
                network,
                [[1, 2]],
                [[0, 1]],
                epochs=1,
                optimizer=Adam(),
                validation=([[1, 2]], target),
            )


def test_small_integers_of_numpy_are_numbers_of_epochs():
    """255 + 1 of 8 bits is 0."""
    optimizer = Fixed(np.zeros((1, 1)))
    history = train(one_weight(1.0), [[1]], [[0]], epochs=np.uint8(255), optimizer=optimizer)
    assert len(history.losses) == 256
    assert history.best == 255


@pytest.mark.parametrize(
    "copied", [copy.copy, copy.deepcopy, lambda e: pickle.loads(pickle.dumps(e))]
)
def test_a_divergence_can_be_copied_and_sent(copied):
    error = copied(DivergenceError(3, "the loss is inf"))
    assert type(error) is DivergenceError
    assert error.step == 3
    said = "training diverged at step 3: the loss is inf; try a smaller learning rate"
    assert str(error) == said


def test_steps_of_a_layer_that_shares_its_array_add_up():
    """Layers must differ; two that hold one array both move it, as the chain rule has it."""
    network = some_network(2, (2, 2, 2), (tanh, tanh), biases=False)
    network[2].W = network[1].W
    before, x, target = network[1].W.copy(), np.ones((1, 2)), np.zeros((1, 2))
    steps = network.backward(network.forward(x), target).steps(0.1)
    network.apply(Steps({**{("W", l): each for l, each in steps.W.items()}}))
    assert_allclose(network[1].W, before + steps.W[1] + steps.W[2], rtol=1e-14)


class Noted:
    """An optimizer that moves nothing, and notes the types of what it is given."""

    def __init__(self):
        self.kinds = set()

    def step(self, _, downhill):
        self.kinds.add(downhill.dtype)
        return np.zeros_like(downhill)


@pytest.mark.parametrize("apart", [False, True])
def test_targets_are_taken_in_the_type_of_the_output(apart):
    """A tenth as float32 is not that of float64: rounded first, it is what the output is."""
    tenth = np.array([[0.1]], np.float32)
    layer, x = Layer(tenth, activation=identity), np.ones((1, 1), np.float32)
    network, noted = Network([layer, Units(identity)] if apart else [layer]), Noted()
    history = train(network, x, [[0.1]], epochs=1, optimizer=GradientDescent(1e6))
    assert_array_equal(layer.W, tenth)
    assert history.losses[1] == history.losses[0]
    train(network, x, [[0.7]], epochs=1, optimizer=noted)
    assert noted.kinds == {np.dtype(np.float32)}


def test_a_network_with_nothing_to_learn_can_be_trained():
    history = train(Network([Units(tanh)]), [[1.0]], [[1.0]], epochs=2, optimizer=Adam())
    assert history.losses == [history.losses[0]] * 3
    assert history.losses[0] > 0


def test_weights_that_are_replaced_are_pulled_to_0_as_the_first_ones_are():
    """The target is met by any weight, since the input is 0: the decay alone moves."""
    network = one_weight(1.0)

    def replacing(epochs):
        for epoch in epochs:
            if epoch == 2:
                network[1].W = np.array([[8.0]])
            yield epoch

    settings = {"epochs": 2, "optimizer": GradientDescent(0.5), "weight_decay": 0.5}
    train(network, [[0.0]], [[0.0]], **settings, progress=replacing)
    assert_array_equal(network[1].W, [[6.0]])


def test_the_best_weights_are_restored_where_the_network_has_its_weights_now():
    network = one_weight(4.0)

    def replacing(epochs):
        for epoch in epochs:
            network[1].W = network[1].W.copy()
            yield epoch

    optimizer = Scripted(4.0, [2.0, 1.0, 3.0, 5.0])
    at_0 = ([[1.0]], [[0.0]])
    history = train(
        network, *at_0, epochs=4, optimizer=optimizer, validation=at_0, progress=replacing
    )
    assert history.best == 2
    assert_array_equal(network[1].W, [[1.0]])


def test_a_step_too_large_for_float32_alone_leaves_the_weights_finite():
    network = Network([Layer(np.zeros((1, 1), np.float32), activation=identity)])
    x = np.full((1, 1), 1e9, np.float32)
    with pytest.raises(DivergenceError, match="at step 1: the step is too large for float32"):
        train(network, x, x, epochs=1, optimizer=GradientDescent(8e20))
    assert_array_equal(network[1].W, [[0.0]])


def test_steps_that_are_finite_alone_are_taken_until_a_weight_would_not_be():
    """The loss is finite all the time: z is 1e8, where a sigmoid is 1."""
    network = Network([Layer([[0.0]], activation=sigmoid)])
    fixed = Fixed(np.full((1, 1), 1e308))
    with pytest.raises(DivergenceError, match="at step 2: W of layer 1 would not be finite"):
        train(network, [[1e-300]], [[1.0]], epochs=5, optimizer=fixed)
    assert_array_equal(network[1].W, [[1e308]])


def test_a_step_of_other_numbers_is_made_real_or_refused():
    network = one_weight(1.0)
    train(network, [[1.0]], [[0.0]], epochs=1, optimizer=Fixed(np.array([[2**40]])))
    assert_array_equal(network[1].W, [[1.0 + 2**40]])
    message = r"^what optimizer.step returns for \('W', 1\) must hold real numbers, not complex128"
    with pytest.raises(TypeError, match=message):
        train(network, [[1.0]], [[0.0]], epochs=1, optimizer=Fixed(np.array([[1j]])))


def test_a_divergence_holds_what_it_was_made_of():
    assert DivergenceError(3, "the loss is inf").args == (3, "the loss is inf")


def test_a_batch_has_no_more_examples_than_there_are():
    settings = {"epochs": 1, "optimizer": Adam(), "batch_size": 2}
    with pytest.raises(ValueError, match=r"^batch_size must be at least 1 and at most 1, not 2$"):
        train(one_weight(1.0), [[1.0]], [[0.0]], **settings)
