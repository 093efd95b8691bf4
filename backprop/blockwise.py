"""Attention without its matrix of weights: a block of keys at a time, there and back.

The weights of T queries for T keys are T * T numbers, and the backward pass needs them all. But a
weight can be computed again from its query, its key and one number that is kept per query: the
logarithm of the sum of the exponentials of the scores. So only the weights of one block are held
at any time. Arrays have shape (T, d), a place a row. Errors are minus gradients, as everywhere in
this package.
"""

from __future__ import annotations

import math

import numpy as np

from backprop._arrays import Array, floats, require_count, require_shape
from backprop.attention import (
    _require_keys,
    _require_places,
    _require_values,
    attention_scores,
)


def blockwise_attention(q: Array, k: Array, v: Array, size: int) -> tuple[Array, Array]:
    """Return what attention gives, and for each query the logarithm of its sum of exponentials.

    Parameters
    ----------
    q : (T_q, d) array
        Queries.
    k : (T_k, d) array
        Keys.
    v : (T_k, m) array
        Values, one for each key.
    size : int
        Keys of a block. The last block may be smaller.

    Returns
    -------
    y : (T_q, m) array
        For each query, the mean of the values by its weights.
    log_sums : (T_q, 1) array
        For each query, the logarithm of the sum of the exponentials of its scores.

    Raises
    ------
    TypeError
        q, k or v holds anything but numbers, or size is not an integer.
    ValueError
        The shapes do not fit, or are empty, or size is less than 1.

    References
    ----------
    T. Dao, D. Y. Fu, S. Ermon, A. Rudra and C. Re, FlashAttention: fast and memory-efficient exact
    attention with IO-awareness, NeurIPS (2022).
    """
    size = require_count("size", size, 1)
    q, k, v = floats("q", q, (2,)), floats("k", k, (2,)), floats("v", v, (2,))
    _require_places(q=q, k=k, v=v)
    _require_keys(k, q)
    _require_values(v, k.T, "k")
    largest = np.full((len(q), 1), -np.inf, q.dtype)
    total = y = np.zeros_like(largest)
    for start in range(0, len(k), size):
        block = slice(start, start + size)
        s = attention_scores(q, k[block])
        largest_now = np.maximum(largest, s.max(axis=1, keepdims=True))
        # What was summed so far was measured from the largest score before this block.
        shrink, shares = np.exp(largest - largest_now), np.exp(s - largest_now)
        total = shrink * total + shares.sum(axis=1, keepdims=True)
        y = shrink * y + shares @ v[block]
        largest = largest_now
    return y / total, largest + np.log(total)


def recomputed_weights(q: Array, k: Array, log_sums: Array) -> Array:
    """Return the weights of queries for some of the keys, from what was kept of all keys.

    Implements equation `recomputed-weights`.

    Parameters
    ----------
    q : (T_q, d) array
        Queries.
    k : (T_k, d) array
        Keys of a block.
    log_sums : (T_q, 1) array
        For each query, the logarithm of the sum of the exponentials of its scores for all keys.

    Returns
    -------
    (T_q, T_k) array
        The columns of these keys, of what `attention_weights` returns for all keys.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit, or are empty.
    """
    log_sums = floats("log_sums", log_sums, (2,))
    s = attention_scores(q, k)
    if log_sums.shape != (len(s), 1):
        raise ValueError(f"log_sums must have shape {(len(s), 1)} to fit q, not {log_sums.shape}")
    p: Array = np.exp(s - log_sums)
    return p


def mean_error(e: Array, y: Array) -> Array:
    """Return the mean of the errors of a query's weights, by these weights, from its output alone.

    Implements equation `mean-error`.

    Parameters
    ----------
    e : (T_q, m) array
        Error attributed to what attention returned, minus dE/dy.
    y : (T_q, m) array
        What attention returned.

    Returns
    -------
    (T_q, 1) array
        For each query, the sum of `p * (e @ v.T)` over the keys.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        Their shapes differ.
    """
    e, y = floats("e", e, (2,)), floats("y", y, (2,))
    require_shape("e", e, "y", y)
    mean: Array = np.sum(e * y, axis=1, keepdims=True)
    return mean


def blockwise_error(
    e: Array, q: Array, k: Array, v: Array, y: Array, log_sums: Array, size: int
) -> tuple[Array, Array, Array]:
    """Return the errors attributed to queries, keys and values, from the keys block by block.

    Parameters
    ----------
    e : (T_q, m) array
        Error attributed to y, minus dE/dy.
    q : (T_q, d) array
        Queries.
    k : (T_k, d) array
        Keys.
    v : (T_k, m) array
        Values.
    y : (T_q, m) array
        What `blockwise_attention` returned.
    log_sums : (T_q, 1) array
        What it returned beside y.
    size : int
        Keys of a block; it need not be that of the forward pass.

    Returns
    -------
    e_q : (T_q, d) array
        Minus dE/dq.
    e_k : (T_k, d) array
        Minus dE/dk.
    e_v : (T_k, m) array
        Minus dE/dv.

    Raises
    ------
    TypeError
        An argument holds anything but numbers, or size is not an integer.
    ValueError
        The shapes do not fit, or are empty, or size is less than 1.
    """
    size = require_count("size", size, 1)
    q, k, v = floats("q", q, (2,)), floats("k", k, (2,)), floats("v", v, (2,))
    _require_places(q=q, k=k, v=v)
    _require_keys(k, q)
    _require_values(v, k.T, "k")
    e, y, log_sums = floats("e", e, (2,)), floats("y", y, (2,)), floats("log_sums", log_sums, (2,))
    if y.shape != (len(q), v.shape[1]):
        raise ValueError(f"y must have shape {(len(q), v.shape[1])} to fit q and v, not {y.shape}")
    kind = np.result_type(e, q, k, v, y, log_sums)
    e_q, e_k, e_v = (np.zeros(each.shape, kind) for each in (q, k, v))
    mean, root = mean_error(e, y), math.sqrt(q.shape[1])
    for start in range(0, len(k), size):
        block = slice(start, start + size)
        p = recomputed_weights(q, k[block], log_sums)
        delta = p * (e @ v[block].T - mean)
        e_v[block] = p.T @ e
        e_q += delta @ k[block] / root
        e_k[block] = delta.T @ q / root
    return e_q, e_k, e_v
