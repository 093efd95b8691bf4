"""Convolution: a layer whose few weights stand at many places of a matrix.

Each output sees a window of the input, and all windows are weighed by the same kernel. Error terms
have the sign of the network part, minus dE/dz.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from backprop._arrays import Array


def convolution(a: Array, w: Array) -> Array:
    """Return the input to the units of a convolutional layer: every window, weighed by the kernel.

    Implements equation `convolution`.

    Parameters
    ----------
    a : (n,) or (N, n) array
        Output of the layer before.
    w : (k,) array
        Kernel, not longer than the input.

    Returns
    -------
    (n - k + 1,) or (N, n - k + 1) array
        One number for each place of the window.

    Raises
    ------
    ValueError
        The kernel is no vector, is empty, or is longer than the input.
    """
    _require_kernel(w)
    if len(w) > a.shape[-1]:
        raise ValueError(f"w must not be longer than the input, {a.shape[-1]}, but has {len(w)}")
    z: Array = sliding_window_view(a, len(w), axis=-1) @ w
    return z


def convolution_error(delta: Array, w: Array) -> Array:
    """Return the error attributed to each input: error terms over the kernel, turned round.

    Implements equation `convolution-error`.

    Parameters
    ----------
    delta : (m,) or (N, m) array
        Error terms of the convolutional layer, minus dE/dz.
    w : (k,) array
        Its kernel.

    Returns
    -------
    (m + k - 1,) or (N, m + k - 1) array
        Minus dE/da of the layer before.

    Raises
    ------
    ValueError
        The kernel is no vector, or is empty.
    """
    _require_kernel(w)
    # Beyond both ends there are no error terms: zeros stand in for them.
    beyond = [(0, 0)] * (delta.ndim - 1) + [(len(w) - 1, len(w) - 1)]
    return convolution(np.pad(delta, beyond), w[::-1])


def kernel_step(a: Array, delta: Array, learning_rate: float) -> Array:
    """Return the step of a kernel: the error terms, moved along the input.

    Implements equation `kernel-step`.

    Parameters
    ----------
    a : (n,) or (N, n) array
        Output of the layer before.
    delta : (m,) or (N, m) array
        Error terms of the convolutional layer, with m not larger than n.
    learning_rate : float
        Size of the step along minus dE/dw.

    Returns
    -------
    (n - m + 1,) array
        To be added to the kernel; summed over all places, and over the examples of a batch.

    Raises
    ------
    ValueError
        The shapes do not fit.
    """
    if a.shape[:-1] != delta.shape[:-1] or not 1 <= delta.shape[-1] <= a.shape[-1]:
        raise ValueError(
            f"delta must have the examples of a, {a.shape}, and no more places, not {delta.shape}"
        )
    k = a.shape[-1] - delta.shape[-1] + 1
    windows = sliding_window_view(a, k, axis=-1)
    return float(learning_rate) * np.tensordot(delta, windows, axes=delta.ndim)


def kernel_places(n: int, k: int) -> Array:
    """Return which weight of a kernel stands at each place of the matrix of its layer.

    Parameters
    ----------
    n : int
        Number of inputs.
    k : int
        Length of the kernel.

    Returns
    -------
    (n, n - k + 1) array of int
        Number of the weight, from 0; -1 where there is none.

    Raises
    ------
    ValueError
        The kernel is empty, or longer than the input.
    """
    if not 1 <= k <= n:
        raise ValueError(f"k must be between 1 and n, {n}, not {k}")
    number = np.arange(n)[:, np.newaxis] - np.arange(n - k + 1)
    return np.where((number >= 0) & (number < k), number, -1)


def kernel_matrix(w: Array, n: int) -> Array:
    """Return the weights of the dense layer that computes the same as a convolution.

    Implements equation `kernel-matrix`.

    Parameters
    ----------
    w : (k,) array
        Kernel.
    n : int
        Number of inputs.

    Returns
    -------
    (n, n - k + 1) array
        The kernel stands in each column, a place lower than in the column before; all else is 0.
    """
    # The zero that is appended is what number -1 finds.
    return np.append(w, np.zeros(1, w.dtype))[kernel_places(n, len(w))]


def shared_step(step: Array, places: Array) -> Array:
    """Return the steps of weights that stand at several places: the sum of those of the places.

    Implements equation `shared-step`.

    Parameters
    ----------
    step : array
        Step that the weight at each place would take if it were one by itself.
    places : array of int of the same shape
        Number of the weight that stands there, from 0; -1 where there is none.

    Returns
    -------
    (k,) array
        Steps of weights 0 to k - 1.

    Raises
    ------
    ValueError
        The shapes differ.
    """
    if step.shape != places.shape:
        raise ValueError(f"places must have the shape of step, {step.shape}, not {places.shape}")
    total = np.zeros(places.max() + 1, step.dtype)
    np.add.at(total, places[places >= 0], step[places >= 0])
    return total


def _require_kernel(w: Array) -> None:
    if w.ndim != 1 or not len(w):
        raise ValueError(f"w must have shape (k,) with k at least 1, not {w.shape}")
