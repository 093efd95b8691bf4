"""What the page of common mistakes says of layers with a state, a mask or windows, measured."""

import numpy as np
import pytest
from mistaken import calls

from backprop import (
    LSTM,
    BatchNormalization,
    Chain,
    Dropout,
    GradientDescent,
    Layer,
    MaxPooling,
    Network,
    Units,
    accuracy,
    central_difference,
    compare_gradients,
    cross_entropy,
    glorot,
    relative_error,
    softmax,
    tanh,
    train,
)
from backprop.attention import attention, attention_weights, causal_mask
from backprop.convolution import convolution, convolution_error
from backprop.gates import lstm_step
from backprop.pooling import max_pooling
from backprop.recurrent import recurrent_input, step_over_time, time_error


def draws(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


# It is learned, but badly


@pytest.mark.shows("overfitting", 3)
def test_averages_that_do_not_fit_spoil_the_loss_in_evaluation_mode_alone():
    x = draws(200, 2)
    target = np.eye(3)[(x[:, 0] > 0) * (1 + (x[:, 1] > 0))]
    x = 3 * x + 20

    def in_both_modes(share):
        generator = np.random.default_rng(0)
        network = Network(
            [
                BatchNormalization(np.ones(2), np.zeros(2), share=share),
                Layer(glorot(generator, 2, 8), np.zeros(8), tanh),
                Layer(glorot(generator, 8, 3), np.zeros(3), softmax),
            ],
            cross_entropy,
        )
        descent = GradientDescent(0.5)
        train(network, x, target, epochs=10, optimizer=descent, batch_size=20, rng=generator)
        y, _ = Chain(*network).training_forward(x)
        return network.loss_of(x, target), -(target * np.log(y)).sum() / len(x)

    evaluated, trained = in_both_modes(share=0.9)
    assert evaluated == pytest.approx(trained, rel=0.1)
    evaluated, trained = in_both_modes(share=0.9999)
    assert evaluated > 2 * trained


@pytest.mark.shows("dropout", 3)
def test_a_state_that_is_left_over_changes_the_answer_to_the_same_sequence():
    layer, x, zeros = LSTM(draws(2, 12), draws(3, 12, seed=1)), draws(1, 4, 2, seed=2), np.zeros(3)

    def after_the_sequence(h, c):
        for now in x[0]:
            h, c, _ = lstm_step(now @ layer.W + h @ layer.V, c)
        return h, c

    h, c = after_the_sequence(zeros, zeros)
    assert np.allclose(h, layer.forward(x)[0][0, -1])
    for left in ((h, c), (zeros, c), (h, zeros)):
        assert not np.allclose(h, after_the_sequence(*left)[0], atol=1e-6)
    assert np.array_equal(layer.forward(x)[0], layer.forward(x)[0])


@pytest.mark.shows("too-good", 1)
def test_attention_sees_what_comes_next_without_its_mask_and_with_one_after_the_softmax():
    q, k, v = draws(3, 5, 4)
    mask = causal_mask(5)
    changed = k.copy()
    changed[-1] += 1
    ways = {
        "with its mask": lambda k: attention(q, k, v, mask),
        "without": lambda k: attention(q, k, v),
        "after the softmax": lambda k: attention_weights(q, k) * mask @ v,
    }
    moved = {name: np.abs(way(changed) - way(k))[:-1].max() for name, way in ways.items()}
    assert moved.pop("with its mask") == 0
    assert min(moved.values()) > 1e-3


@pytest.mark.shows("too-good", 2)
def test_shuffled_labels_are_guessed_unless_their_examples_were_seen():
    x, generator = draws(60, 8), np.random.default_rng(1)
    target = np.eye(2)[generator.permutation(np.arange(60) % 2)]
    network = Network(
        [
            Layer(glorot(generator, 8, 32), np.zeros(32), tanh),
            Layer(glorot(generator, 32, 2), np.zeros(2), softmax),
        ],
        cross_entropy,
    )
    train(network, x[:30], target[:30], epochs=400, optimizer=GradientDescent(0.5))
    assert accuracy(network.predict(x[:30]), target[:30]) > 0.95
    assert accuracy(network.predict(x[30:]), target[30:]) < 0.7


# It breaks


@pytest.mark.shows("nan", 5)
def test_a_row_that_is_masked_whole_is_nan():
    mask = np.array([[True, False], [False, False]])
    scores = np.where(mask, draws(2, 2), -np.inf)
    with pytest.raises(RuntimeWarning) as raised:
        scores - scores.max(axis=-1, keepdims=True)
    assert calls("nan", str(raised.value))
    with np.errstate(invalid="ignore"):
        p = np.exp(scores - scores.max(axis=-1, keepdims=True))
    assert np.isnan(p[1]).all()
    assert not mask.any(axis=-1).all()
    with pytest.raises(ValueError, match="mask must allow each query"):
        attention_weights(*draws(2, 2, 3), mask)


# The gradient check fails


@pytest.mark.parametrize(("stride", "wrong"), [(2, False), (1, True)])
@pytest.mark.shows("sizes", 1)
def test_errors_that_are_set_and_not_added_are_wrong_where_windows_overlap(stride, wrong):
    a = draws(1, 1, 6)
    y = max_pooling(a, 2, stride)
    e = draws(*y.shape, seed=1)
    set_to = np.zeros(6)
    for i, error in enumerate(e[0, 0]):
        window = slice(i * stride, i * stride + 2)
        set_to[i * stride + np.argmax(a[0, 0, window])] = error
    right = MaxPooling(2, stride).forward(a)[1](e)[0]
    numerical = central_difference(lambda a: (max_pooling(a, 2, stride) * e).sum(), a)
    assert relative_error(right, numerical) < 1e-9
    assert (relative_error(set_to, numerical[0, 0]) > 0.1) == wrong


@pytest.mark.parametrize(
    ("kernel", "wrong"), [([[2.0]], False), ([[1.0], [3.0], [1.0]], False), ([[1.0], [3.0]], True)]
)
@pytest.mark.shows("sizes", 2)
def test_a_kernel_that_is_not_turned_is_wrong_where_it_is_not_symmetric(kernel, wrong):
    w = np.array(kernel)[:, 0]
    a, delta = draws(6), draws(7 - len(w), seed=1)
    numerical = central_difference(lambda a: convolution(a, w) @ delta, a)
    assert relative_error(convolution_error(delta, w), numerical) < 1e-9
    not_turned = convolution_error(delta, w[::-1])
    assert (relative_error(not_turned, numerical) > 0.1) == wrong


class Recurrent:
    """A recurrent layer whose outputs should all be near 0."""

    def __init__(self, T):
        self.x = draws(1, T, 2, seed=5)
        self.start = {"W": draws(2, 3, seed=6), "V": draws(3, 3, seed=7)}

    def outputs(self, p):
        a = [np.zeros((1, 3))]
        for tau in range(self.x.shape[1]):
            a.append(np.tanh(recurrent_input(self.x[:, tau], p["W"], None, a[-1], p["V"])))
        return np.stack(a[1:], axis=1)

    def loss(self, p):
        return (self.outputs(p) ** 2).sum() / 2

    def wrong(self, carry, keep):
        """Compare a gradient, which may forget or replace an error, and may keep one step."""

        def gradient(p):
            a = self.outputs(p)
            before = np.concatenate([np.zeros((1, 1, 3)), a[:, :-1]], axis=1)
            deltas, delta = [], np.zeros((1, 3))
            for tau in range(a.shape[1] - 1, -1, -1):
                last = tau == a.shape[1] - 1
                delta = carry(-a[:, tau], delta, p["V"], last) * (1 - a[:, tau] ** 2)
                deltas.insert(0, delta)
            stacked = np.stack(deltas, axis=1)
            return {
                name: -step_over_time(value[:, keep], stacked[:, keep], 1.0)
                for name, value in (("W", self.x), ("V", before))
            }

        found = compare_gradients(self.loss, gradient, self.start)
        return {name for name, error in found.items() if error > 1e-3}


def carried(e, delta_after, V, last):
    return time_error(e, delta_after, V)


def forgotten(e, delta_after, V, last):
    return e


def replacing(e, delta_after, V, last):
    return e if last else delta_after @ V.T


ALL, FIRST, LAST = slice(None), slice(0, 1), slice(-1, None)


@pytest.mark.parametrize(
    ("carry", "keep"),
    [
        pytest.param(forgotten, ALL, marks=pytest.mark.shows("over-time", 1)),
        pytest.param(replacing, ALL, marks=pytest.mark.shows("over-time", 1)),
        pytest.param(carried, FIRST, marks=pytest.mark.shows("over-time", 2)),
        pytest.param(carried, LAST, marks=pytest.mark.shows("over-time", 2)),
    ],
)
def test_a_way_back_over_time_can_be_right_for_one_time_step_alone(carry, keep):
    assert not Recurrent(1).wrong(carry, keep)
    assert not Recurrent(3).wrong(carried, ALL)
    assert "W" in Recurrent(3).wrong(carry, keep)


@pytest.mark.parametrize(("T", "wrong"), [(1, False), (3, True)])
@pytest.mark.parametrize("gate", [np.ones_like, np.zeros_like])
@pytest.mark.shows("over-time", 3)
def test_the_error_of_the_cell_needs_the_forget_gate(T, wrong, gate):
    """Of cells that hear nothing of their own outputs, so that time leads through the state."""
    z, c_0 = draws(T, 8, seed=3), draws(2, seed=4)

    def states(z):
        found = [c_0]
        for now in z:
            found.append(lstm_step(now, found[-1])[1])
        return np.array(found)

    def back(carry):
        e, found = -states(z)[-1], []
        for now, before in zip(z[::-1], states(z)[-2::-1], strict=True):
            i, f, g, _ = np.split(lstm_step(now, before)[2], 4)
            delta_o = np.zeros(2)
            deltas = [e * g * i * (1 - i), e * before * f * (1 - f), e * i * (1 - g**2), delta_o]
            found.insert(0, np.concatenate(deltas))
            e = e * carry(f)
        return -np.array(found)

    numerical = central_difference(lambda z: (states(z)[-1] ** 2).sum() / 2, z)
    assert relative_error(back(lambda f: f), numerical) < 1e-8
    assert (relative_error(back(gate), numerical) > 0.05) == wrong


def before_dropout(layer):
    """A layer before a dropout, the loss behind it, and an example."""
    x = draws(4, 3, seed=8)
    chain = Chain(Units(tanh), layer)
    return x, lambda W: (chain.training_forward(x @ W)[0] ** 2).sum() / 2


@pytest.mark.shows("random-check", 1)
def test_a_loss_for_which_dropout_draws_anew_cannot_be_checked():
    W = draws(3, 5, seed=9)
    _, loss = before_dropout(Dropout(0.5, np.random.default_rng(0)))
    assert loss(W) != loss(W)

    def again(W):
        return before_dropout(Dropout(0.5, np.random.default_rng(0)))[1](W)

    assert again(W) == again(W)


@pytest.mark.shows("random-check", 2)
def test_another_mask_on_the_way_back_spoils_what_lies_before_the_dropout():
    p, share = {"W1": draws(3, 5, seed=9), "W2": draws(5, 2, seed=10)}, 0.4
    x = draws(4, 3, seed=8)
    mask = np.random.default_rng(0).uniform(size=(4, 5)) >= share
    other = np.random.default_rng(1).uniform(size=(4, 5)) >= share

    def through(p):
        a = np.tanh(x @ p["W1"])
        return a, a * mask / (1 - share)

    def loss(p):
        return ((through(p)[1] @ p["W2"]) ** 2).sum() / 2

    def with_factor(factor):
        def gradient(p):
            a, kept = through(p)
            e = kept @ p["W2"]
            hidden = e @ p["W2"].T * factor * (1 - a**2)
            return {"W1": x.T @ hidden, "W2": kept.T @ e}

        return compare_gradients(loss, gradient, p)

    assert max(with_factor(mask / (1 - share)).values()) < 1e-9
    for factor in (mask, other / (1 - share)):
        found = with_factor(factor)
        assert {name for name, error in found.items() if error > 1e-3} == {"W1"}
    assert with_factor(mask).factors["W1"] == pytest.approx(1 - share)
