"""Networks of any layers: what is written once works for all of them."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from backprop import (
    LSTM,
    Adam,
    BatchNormalization,
    Convolution,
    Dense,
    Dropout,
    Embedding,
    Flatten,
    GradientDescent,
    Layer,
    LayerNormalization,
    MaxPooling,
    Network,
    PositionalEncoding,
    Residual,
    SelfAttention,
    Units,
    backward_with_checkpoints,
    check_gradient,
    complex_step,
    cross_entropy,
    downhill_over_parts,
    gelu,
    he,
    identity,
    jvp,
    random_network,
    relative_error,
    relu,
    softmax,
    squared_error,
    tanh,
    train,
    vjp,
)

CLASSES = 3


def normal(rng, *shape):
    return rng.normal(0, shape[0] ** -0.5, shape)


def perceptron(rng):
    """Five layers."""
    sizes, units = (4, 16, 16, 16, 16, CLASSES), (relu,) * 4 + (softmax,)
    return random_network(rng, sizes, units, cross_entropy, he), rng.normal(size=(12, 4))


def convolutional(rng):
    """Images of 8 by 8 pixels and one channel."""
    layers = [
        Convolution(rng.normal(0, 0.3, (4, 1, 3, 3)), np.zeros(4), padding=1),
        Units(relu),
        MaxPooling(2),
        Convolution(rng.normal(0, 0.3, (6, 4, 3, 3)), np.zeros(6)),
        Units(tanh),
        Flatten(),
        Layer(normal(rng, 24, CLASSES), np.zeros(CLASSES), softmax),
    ]
    return Network(layers, cross_entropy), rng.normal(size=(12, 1, 8, 8))


def with_memory(rng):
    """Sequences of five time steps, judged at the last."""
    W, V, b = normal(rng, 2, 16), normal(rng, 4, 16), np.zeros(16)
    layers = [
        LSTM(W, V, b, every_time_step=False),
        Layer(normal(rng, 4, CLASSES), np.zeros(CLASSES), softmax),
    ]
    return Network(layers, cross_entropy), rng.normal(size=(12, 5, 2))


def transformer(rng):
    """A block over sequences of five symbols out of seven; each place says a class."""
    n = 6

    def scaled():
        return LayerNormalization(np.ones(n), np.zeros(n))

    attention = SelfAttention(*(normal(rng, n, n) for _ in range(4)), heads=2, causal=True)
    dense = (Dense(normal(rng, n, 12), np.zeros(12)), Units(gelu), Dense(normal(rng, 12, n)))
    layers = [
        Embedding(rng.normal(size=(7, n))),
        PositionalEncoding(5, n),
        Residual(scaled(), attention),
        Residual(scaled(), *dense),
        Layer(normal(rng, n, CLASSES), np.zeros(CLASSES), softmax),
    ]
    return Network(layers, cross_entropy), rng.integers(0, 7, (12, 5))


def regression(rng):
    """Softmax in the middle, and no loss of its own."""
    layers = [
        Dense(normal(rng, 4, 5)),
        Units(softmax),
        Residual(Layer(normal(rng, 5, 6), np.zeros(6), tanh), Dense(normal(rng, 6, 5))),
        Layer(normal(rng, 5, CLASSES), None, gelu),
    ]
    return Network(layers, squared_error), rng.normal(size=(12, 4))


EXAMPLES = {
    each.__name__: each
    for each in (perceptron, convolutional, with_memory, transformer, regression)
}
every_example = pytest.mark.parametrize("name", EXAMPLES)


def example(name, seed=0):
    rng = np.random.default_rng(seed)
    network, x = EXAMPLES[name](rng)
    shape = network.predict(x).shape
    return network, x, np.eye(CLASSES)[rng.integers(0, CLASSES, shape[:-1])]


@every_example
def test_the_gradient_is_right(name):
    network, x, target = example(name)
    for key, off in check_gradient(network, x, target).items():
        assert off < 1e-11, key


@every_example
def test_gradient_steps_and_downhill_are_one_thing(name):
    network, x, target = example(name)
    backward = network.backward(network.forward(x), target)
    gradient, steps = network.gradient(x, target), backward.steps(0.5)
    assert gradient.keys() == steps.keys() == backward.downhill.keys() == network.parameters.keys()
    for key, slope in gradient.items():
        assert_array_equal(slope, -backward.downhill[key])
        assert_array_equal(steps[key], 0.5 * backward.downhill[key])
    assert network.loss_of(x, target) == backward.loss
    assert_array_equal(network.predict(x), backward.trace.output)


@every_example
def test_training_makes_the_loss_small(name):
    network, x, target = example(name)
    history = train(network, x, target, epochs=150, batch_size=4, optimizer=Adam(0.02))
    assert history.losses[-1] < history.losses[0] / 4


@every_example
def test_a_step_goes_downhill_by_what_the_gradient_says(name):
    network, x, target = example(name)
    before, size = network.loss_of(x, target), 1e-6
    slopes = sum(np.sum(each**2) for each in network.gradient(x, target).values())
    train(network, x, target, epochs=1, optimizer=GradientDescent(size))
    assert_allclose(before - network.loss_of(x, target), size * slopes, rtol=1e-3)


@every_example
def test_checkpoints_change_nothing(name):
    network, x, target = example(name)
    plain = network.backward(network.forward(x), target).downhill
    for every in range(1, len(network) + 1):
        found = backward_with_checkpoints(network, x, target, every).downhill
        assert found.keys() == plain.keys()
        for key, d in plain.items():
            assert_allclose(found[key], d, rtol=1e-12, atol=1e-15)


@every_example
def test_parts_add_up_to_the_whole(name):
    network, x, target = example(name)
    plain = network.backward(network.forward(x), target).downhill
    found = downhill_over_parts(network, [(x[:3], target[:3]), (x[3:], target[3:])])
    for key, d in plain.items():
        assert relative_error(found[key], d) < 1e-11, key


@every_example
def test_forward_and_reverse_mode_agree(name):
    network, x, _ = example(name)
    if x.dtype.kind != "f":
        return
    rng = np.random.default_rng(5)
    x = x[0] if name == "perceptron" else x
    x_dot, y_bar = rng.normal(size=x.shape), rng.normal(size=network.predict(x).shape)
    y, y_dot = jvp(network, x, x_dot)
    _, x_bar = vjp(network, x, y_bar)
    assert_allclose(y, network.predict(x), rtol=1e-14)
    assert_allclose(np.sum(y_bar * y_dot), np.sum(x_bar * x_dot), rtol=1e-10)
    numerical = complex_step(lambda x: np.sum(y_bar * network._forward(x).output), x)
    assert relative_error(x_bar, numerical) < 1e-11


@every_example
def test_copies_are_their_own(name):
    network, x, target = example(name)
    before = network.predict(x)
    for other in (network.copy(), copy.deepcopy(network), pickle.loads(pickle.dumps(network))):
        assert_array_equal(other.predict(x), before)
        train(other, x, target, epochs=1, optimizer=GradientDescent(0.1))
        assert not np.array_equal(other.predict(x), before)
        assert_array_equal(network.predict(x), before)


@every_example
def test_float32_stays_float32(name):
    network, x, target = example(name)
    network = network.with_parameters({k: w.astype("f4") for k, w in network.parameters.items()})
    x = x if x.dtype.kind != "f" else x.astype("f4")
    trace = network.forward(x)
    backward = network.backward(trace, target.astype("f4"))
    assert trace.output.dtype == np.float32
    assert {d.dtype for d in backward.downhill.values()} == {np.dtype("f4")}
    train(network, x, target.astype("f4"), epochs=1, optimizer=Adam(0.01))
    assert {w.dtype for w in network.parameters.values()} == {np.dtype("f4")}


def test_what_differs_in_training_differs_in_train_alone():
    """Dropout and batch normalization."""
    rng = np.random.default_rng(0)
    normalization = BatchNormalization(np.ones(5), np.zeros(5))
    layers = [
        Dense(normal(rng, 4, 5)),
        normalization,
        Units(tanh),
        Dropout(0.5, rng),
        Layer(normal(rng, 5, CLASSES), np.zeros(CLASSES), softmax),
    ]
    network = Network(layers, cross_entropy)
    x, target = 3 + rng.normal(size=(12, 4)), np.eye(CLASSES)[rng.integers(0, CLASSES, 12)]
    assert_array_equal(network.predict(x), network.predict(x))
    assert_array_equal(normalization.running_mean, np.zeros(5))
    train(network, x, target, epochs=1, batch_size=4, optimizer=Adam(0.01))
    assert np.abs(normalization.running_mean).max() > 0.01
    mean = normalization.running_mean
    network.loss_of(x, target)
    assert_array_equal(normalization.running_mean, mean)


def test_what_does_not_fit_a_layer_is_refused():
    network, x, target = example("convolutional")
    for wrong in (x[0, 0], x[:, :, :, 0], np.ones(3), np.ones((2, 3))):
        with pytest.raises(ValueError, match=r"\b(x|a) must"):
            network.forward(wrong)
    with pytest.raises(ValueError, match="target must have the shape of the output"):
        network.loss_of(x, target[:, :2])
    with pytest.raises(TypeError, match="to have sizes"):
        _ = network.sizes
    with pytest.raises(ValueError, match="needs softmax units in the last layer"):
        Network([Dense(np.ones((2, 3)))], cross_entropy)


class Doubled(Layer):
    """A dense layer that runs forward in a way of its own."""

    def forward(self, a):
        y, pullback = super().forward(2 * a)

        def back(e):
            e_in, downhill = pullback(e)
            return 2 * e_in, downhill

        return y, back


def test_a_layer_of_ones_own_is_run_as_it_says():
    rng = np.random.default_rng(0)
    own, x, target = (
        Doubled(normal(rng, 4, 3), None, tanh),
        rng.normal(size=(5, 4)),
        np.ones((5, 3)),
    )
    network, plain = Network([own]), Network([Layer(own.W, None, tanh)])
    assert_array_equal(network.predict(x), plain.predict(2 * x))
    assert max(check_gradient(network, x, target).values()) < 1e-11
    train(network, x, target, epochs=3, optimizer=GradientDescent(0.1))
    train(plain, 2 * x, target, epochs=3, optimizer=GradientDescent(0.1))
    assert_allclose(own.W, plain[1].W, rtol=1e-13)
    with pytest.raises(ValueError, match="needs softmax units in the last layer"):
        Network([Doubled(normal(rng, 4, 3), None, softmax)], cross_entropy)


def test_what_is_too_large_in_other_layers_is_called_an_output():
    network = Network([Dense([[1e200]]), Units(identity)])
    message = "weights or inputs are so large that the outputs of layer 1 overflow$"
    with pytest.raises(FloatingPointError, match=message):
        network.forward([[1e200]])


def test_numbers_for_other_layers_are_a_batch_and_indices_may_be_a_vector():
    network = Network([Embedding(np.eye(3)), Units(identity)])
    assert_array_equal(network.predict(np.array([2, 0])), [[0, 0, 1], [1, 0, 0]])
    scaled = Network([Units(identity)])
    message = r"^x must be a batch, examples along its first axis, not \({},\)$"
    with pytest.raises(ValueError, match=message.format(2)):
        scaled.predict([0.5, 1.0])
    for wrong in (np.array([], int), np.array([], np.uint8)):
        with pytest.raises(ValueError, match=message.format(0)):
            network.predict(wrong)
    for wrong, said in (([[np.nan]], "x must be finite"), ([["a"]], "x must hold real numbers")):
        with pytest.raises((TypeError, ValueError), match=f"^{said}"):
            scaled.predict(wrong)
