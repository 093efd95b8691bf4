"""A transformer block, built of parts: attention and a network for each place, in two branches.

The activation between its dense layers is a smooth one, made for the tests of layers.
"""

import numpy as np
import pytest
from layered import (
    EXACTLY,
    Curve,
    check_batch,
    check_layer,
    largest_error,
    own_gradients,
    weights_of_the_loss,
)
from numpy.testing import assert_allclose, assert_array_equal

from backprop import Adam, Dense, LayerNormalization, SelfAttention, Variable, gradients
from backprop.attention import causal_mask
from backprop.chain import Chain, Residual
from backprop.normalization import EPSILON

RNG = np.random.default_rng(0)
N, T, n, HEADS, WIDE = 3, 5, 6, 2, 7


def normalized():
    return LayerNormalization(RNG.uniform(0.5, 1.5, n), RNG.normal(size=n))


def dense(n_in, n_out):
    return Dense(RNG.normal(size=(n_in, n_out)) / np.sqrt(n_in), RNG.normal(size=n_out) / 10)


def attention(causal):
    W = {f"W_{x}": RNG.normal(size=(n, n)) / np.sqrt(n) for x in "qkvo"}
    return SelfAttention(**W, heads=HEADS, causal=causal)


def block(causal=True):
    return Chain(
        Residual(normalized(), attention(causal)),
        Residual(normalized(), dense(n, WIDE), Curve(), dense(WIDE, n)),
    )


def plain(causal):
    """The forward pass of the block as anyone would write it in NumPy."""

    def normalized(a, gamma, beta):
        off = a - np.mean(a, axis=-1, keepdims=True)
        return gamma * off / np.sqrt(np.mean(off * off, axis=-1, keepdims=True) + EPSILON) + beta

    def attended(a, W_q, W_k, W_v, W_o):
        heads = []
        for columns in (slice(0, 3), slice(3, 6)):
            q, k, v = (a @ W[:, columns] for W in (W_q, W_k, W_v))
            shares = np.exp(q @ np.swapaxes(k, 1, 2) / np.sqrt(3))
            shares = np.where(causal_mask(T), shares, 0.0) if causal else shares
            heads.append(shares @ v / np.sum(shares, axis=-1, keepdims=True))
        return np.concatenate(heads, axis=-1) @ W_o

    def run(a, w):
        W = [w[f"W_{x}", 1, 2] for x in "qkvo"]
        a = a + attended(normalized(a, w["gamma", 1, 1], w["beta", 1, 1]), *W)
        hidden = np.sin(
            normalized(a, w["gamma", 2, 1], w["beta", 2, 1]) @ w["W", 2, 2] + w["b", 2, 2]
        )
        return a + hidden @ w["W", 2, 4] + w["b", 2, 4]

    return run


@pytest.mark.parametrize("causal", [True, False])
def test_a_block_is_a_layer(causal):
    layer, a = block(causal), RNG.normal(size=(N, T, n))
    check_layer(layer, a)
    check_batch(layer, a)


def test_blocks_stand_on_each_other():
    check_layer(Chain(block(), block()), RNG.normal(size=(N, T, n)))


@pytest.mark.parametrize("causal", [True, False])
def test_the_engine_finds_the_same_gradients_of_a_block_in_plain_numpy(causal):
    layer, a = block(causal), RNG.normal(size=(N, T, n))
    x, w = Variable(a), {key: Variable(array) for key, array in layer.parameters.items()}
    y = plain(causal)(x, w)
    assert_allclose(y.value, layer.forward(a)[0], rtol=1e-12, atol=1e-14)
    found = gradients((weights_of_the_loss(y.value) * y).sum(), [x, *w.values()])
    right = dict(zip([None, *w], found, strict=True))
    assert largest_error(own_gradients(layer, a), right) < EXACTLY


def test_no_place_of_a_causal_block_sees_a_later_one():
    layer, a = Chain(block(), block()), RNG.normal(size=(N, T, n))
    other = a.copy()
    other[:, 2:] += RNG.normal(size=(N, T - 2, n))
    y, y_other = layer.forward(a)[0], layer.forward(other)[0]
    assert_array_equal(y[:, :2], y_other[:, :2])
    assert (y[:, 2:] != y_other[:, 2:]).any(axis=(1, 2)).all()


def test_a_block_learns_to_look_at_another_place():
    """Each place is to give the number of the one place that is marked, wherever that is."""
    layer, optimizer, losses = block(causal=False), Adam(0.02), []
    for _ in range(200):
        # New ones at every step, so that nothing can be learned by heart.
        a = np.zeros((32, T, n))
        a[..., 0], a[..., 1] = RNG.normal(size=(32, T)), np.eye(T)[RNG.integers(0, T, 32)]
        target = np.sum(a[..., 0] * a[..., 1], axis=1, keepdims=True)
        y, pullback = layer.forward(a)
        error = target - y[..., 2]
        losses.append(np.mean(error**2) / 2)
        e = np.zeros_like(y)
        e[..., 2] = error / error.size
        for key, direction in pullback(e)[1].items():
            step = optimizer.step(key, direction)
            layer = layer.with_parameters({key: layer.parameters[key] + step})
    # The numbers have a variance of 1. Four places in five have no mark, and could alone do no
    # better than to guess the mean, with a loss of 1/2 each.
    assert np.mean(losses[-20:]) < 0.8 / 2 / 2
