"""Attention block by block: the same as attention with all of its weights, there and back."""

import tracemalloc

import numpy as np
import pytest
from numpy.testing import assert_allclose

from backprop import complex_step, relative_error
from backprop.attention import attention, attention_error, attention_weights
from backprop.blockwise import (
    blockwise_attention,
    blockwise_error,
    mean_error,
    recomputed_weights,
)

SIZES = pytest.mark.parametrize("size", [1, 2, 3, 5, 100])


def operands(scale=1.0, T_q=4, T_k=5, d=3, m=2):
    """Return queries, keys, values and errors of the output; no two of their sizes are the same."""
    rng = np.random.default_rng(0)
    q, k = scale * rng.normal(size=(T_q, d)), scale * rng.normal(size=(T_k, d))
    return q, k, rng.normal(size=(T_k, m)), rng.normal(size=(T_q, m))


@SIZES
def test_the_output_is_that_of_attention(size):
    q, k, v, _ = operands()
    y, log_sums = blockwise_attention(q, k, v, size)
    assert_allclose(y, attention(q, k, v), rtol=1e-13)
    scores = q @ k.T / np.sqrt(3)
    assert_allclose(log_sums, np.log(np.exp(scores).sum(axis=1, keepdims=True)), rtol=1e-13)


@SIZES
def test_the_errors_are_minus_the_gradients(size):
    """By complex steps of attention, and beside the errors from all weights at once."""
    q, k, v, e = operands()
    y, log_sums = blockwise_attention(q, k, v, 2)
    found = blockwise_error(e, q, k, v, y, log_sums, size)
    right = (
        complex_step(lambda q: -np.sum(e * attention(q, k, v)), q),
        complex_step(lambda k: -np.sum(e * attention(q, k, v)), k),
        complex_step(lambda v: -np.sum(e * attention(q, k, v)), v),
    )
    whole = attention_error(e, q, k, v, attention_weights(q, k))
    for each, gradient, same in zip(found, right, whole, strict=True):
        assert relative_error(-each, gradient) < 1e-12
        assert_allclose(each, same, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("order", [1, -1])
def test_large_scores_overflow_in_no_order_of_the_blocks(order):
    """The largest score may come first or last: each time, what was summed is measured anew."""
    q, k, v, e = operands(scale=100.0)
    k = k[np.argsort(k @ q[0])[::order]]
    y, log_sums = blockwise_attention(q, k, v, 1)
    assert np.abs(q @ k.T).max() > 1000 * np.sqrt(3)
    assert_allclose(y, attention(q, k, v), rtol=1e-10)
    found = blockwise_error(e, q, k, v, y, log_sums, 2)
    whole = attention_error(e, q, k, v, attention_weights(q, k))
    for each, same in zip(found, whole, strict=True):
        assert_allclose(each, same, rtol=1e-9, atol=1e-9)


def test_eq_recomputed_weights():
    """Of a block of keys, beside the columns of the softmax of all scores."""
    q, k, v, _ = operands()
    _, log_sums = blockwise_attention(q, k, v, 2)
    shares = np.exp(q @ k.T / np.sqrt(3))
    right = shares / shares.sum(axis=1, keepdims=True)
    for block in (slice(0, 2), slice(1, 4), slice(4, 5)):
        assert_allclose(recomputed_weights(q, k[block], log_sums), right[:, block], rtol=1e-13)


def test_eq_mean_error():
    """In single numbers, from all weights of each query."""
    q, k, v, e = operands()
    p = attention_weights(q, k)
    for i, found in enumerate(mean_error(e, attention(q, k, v))):
        right = sum(p[i, j] * sum(e[i] * v[j]) for j in range(len(k)))
        assert_allclose(found, [right], rtol=1e-13)


def test_far_fewer_numbers_are_held_than_there_are_weights():
    T = 512
    q, k, v, e = operands(T_q=T, T_k=T, d=4, m=4)

    def most_bytes(run):
        tracemalloc.start()
        run()
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return most

    def in_blocks():
        y, log_sums = blockwise_attention(q, k, v, 16)
        blockwise_error(e, q, k, v, y, log_sums, 16)

    assert most_bytes(in_blocks) < 8 * T * T / 4
    assert most_bytes(lambda: attention_weights(q, k)) >= 8 * T * T


def test_float32_stays():
    q, k, v, e = (each.astype(np.float32) for each in operands())
    y, log_sums = blockwise_attention(q, k, v, 2)
    found = y, log_sums, *blockwise_error(e, q, k, v, y, log_sums, 2)
    assert {each.dtype for each in found} == {np.dtype(np.float32)}


def test_arrays_that_do_not_fit_are_refused_by_name():
    q, k, v, e = operands()
    y, log_sums = blockwise_attention(q, k, v, 2)
    forward = {"q": q, "k": k, "v": v, "size": 2}
    back = {**forward, "e": e, "y": y, "log_sums": log_sums}
    for function, right in ((blockwise_attention, forward), (blockwise_error, back)):
        wrong = {"k": k[:, :-1], "v": v[:-1], "q": q[:, :0], "size": 0}
        wrong |= {"e": e[:-1], "y": y[:, :-1], "log_sums": log_sums[:, 0]}
        for name, each in wrong.items():
            if name in right:
                with pytest.raises(ValueError, match=rf"\b{name}\b"):
                    function(**right | {name: each})
    with pytest.raises(
        ValueError, match=r"^log_sums must have shape \(4, 1\) to fit q, not \(3, 1\)"
    ):
        recomputed_weights(q, k, log_sums[:-1])
    with pytest.raises(ValueError, match=r"^e must have the shape of y"):
        mean_error(e, y[:-1])
