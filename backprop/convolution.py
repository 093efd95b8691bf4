"""Convolution: a layer whose few weights stand at many places of a matrix.

Each output sees a window of the input, and all windows are weighed by the same kernel. Forward,
back and for the step, a loop goes through the weights: weight j always meets the same slice of the
input. Error terms have the sign of the network part, minus dE/dz. Arrays may be complex, which
complex-step differentiation needs; NaN and infinities go through.
"""

from __future__ import annotations

import numpy as np

from backprop._arrays import Array, floats, require_count, require_real, shown

LARGEST = 2**31
"""Numbers that the matrix of a kernel may have, to fit into a computer."""


def convolution(a: Array, w: Array) -> Array:
    """Return the pre-activation of a convolutional layer: every window, weighed by the kernel.

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
    TypeError
        An argument holds anything but numbers.
    ValueError
        The kernel is no vector, is empty, or is longer than the input, or the input is neither one
        example nor a batch.
    """
    a = floats("a", a, (1, 2))
    w = _require_kernel(w)
    if len(w) > a.shape[-1]:
        raise ValueError(f"w must not be longer than a, {a.shape[-1]}, but has {len(w)}")
    m = a.shape[-1] - len(w) + 1
    z = np.zeros((*a.shape[:-1], m), np.result_type(a, w))
    for j in range(len(w)):
        z += a[..., j : j + m] * w[j]
    return z


def convolution_error(delta: Array, w: Array) -> Array:
    """Return the error attributed to each input: error terms over the kernel, turned round.

    Implements equation `convolution-error`.

    Parameters
    ----------
    delta : (m,) or (N, m) array
        Error terms of the convolutional layer, minus dE/dz.
    w : (k,) array
        Kernel of the layer.

    Returns
    -------
    (m + k - 1,) or (N, m + k - 1) array
        Minus dE/da of the layer before.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The kernel is no vector, or is empty, or the error terms are those of neither one example
        nor a batch.
    """
    delta = floats("delta", delta, (1, 2))
    w = _require_kernel(w)
    m, k = delta.shape[-1], len(w)
    e = np.zeros((*delta.shape[:-1], m + k - 1), np.result_type(delta, w))
    for j in range(k):
        e[..., j : j + m] += delta * w[j]
    return e


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
    TypeError
        An array holds anything but numbers, or the learning rate is no number.
    ValueError
        The shapes do not fit, or the learning rate is not positive and finite.
    """
    a, delta = floats("a", a, (1, 2)), floats("delta", delta, (1, 2))
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    if a.shape[:-1] != delta.shape[:-1] or not 1 <= delta.shape[-1] <= a.shape[-1]:
        raise ValueError(
            f"delta must have the examples of a, {a.shape}, and no more places, not {delta.shape}"
        )
    m = delta.shape[-1]
    k = a.shape[-1] - m + 1
    step = np.array([np.sum(a[..., j : j + m] * delta) for j in range(k)])
    return learning_rate * step


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
    TypeError
        n or k is not an integer.
    ValueError
        The kernel is empty, or longer than the input, or the matrix would have more than 2^31
        numbers.
    """
    n = require_count("n", n, 1)
    k = require_count("k", k, 1)
    if k > n:
        raise ValueError(f"k must be between 1 and n, {shown(n)}, not {shown(k)}")
    if n * (n - k + 1) > LARGEST:
        raise ValueError(f"n must be smaller, for the matrix to fit into memory, not {shown(n)}")
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

    Raises
    ------
    TypeError
        The kernel holds anything but numbers, or n is not an integer.
    ValueError
        The kernel is no vector, is empty, or is longer than n, or the matrix would have more than
        2^31 numbers.
    """
    w = _require_kernel(w)
    n = require_count("n", n, 1)
    if len(w) > n:
        raise ValueError(f"w must not be longer than n, {n}, but has {len(w)}")
    # The zero that is appended is what number -1 finds.
    return np.append(w, np.zeros(1, w.dtype))[kernel_places(n, len(w))]


def shared_step(step: Array, places: Array) -> Array:
    """Return the steps of weights that stand at several places: the sum of those of the places.

    Implements equation `shared-step`.

    Parameters
    ----------
    step : (n,) or (n, m) array
        Step that the weight at each place would take if it were one by itself.
    places : (n,) or (n, m) array of int
        Number of the weight that stands there, from 0; -1 where there is none.

    Returns
    -------
    (k,) array
        Steps of weights 0 to k - 1, the largest number that stands anywhere.

    Raises
    ------
    TypeError
        The steps are anything but numbers, or the places anything but integers.
    ValueError
        The shapes differ, no weight stands anywhere, or a number is below -1, or so large that
        there are more weights than places.
    """
    step = floats("step", step, (1, 2))
    places = _require_places(places)
    if step.shape != places.shape:
        raise ValueError(f"places must have the shape of step, {step.shape}, not {places.shape}")
    total = np.zeros(places.max() + 1, step.dtype)
    np.add.at(total, places[places >= 0], step[places >= 0])
    return total


def _require_kernel(w: Array) -> Array:
    """Return a kernel as an array of numbers, at least one."""
    w = floats("w", w)
    if w.ndim != 1 or not len(w):
        raise ValueError(f"w must have shape (k,) with k at least 1, not {w.shape}")
    return w


def _require_places(places: Array) -> Array:
    """Return numbers of weights, as small integers with a sign."""
    # Whatever is no array of integers is refused with the words for all arrays.
    found = floats("places", places)
    kind = np.asarray(places).dtype
    if kind.kind not in "iu":
        raise TypeError(f"places must hold integers, not {kind}")
    if not found.size or not -1 <= found.min() <= found.max() < found.size or found.max() < 0:
        raise ValueError(
            "places must hold the numbers of weights, from 0 to one less than the places, "
            f"or -1, and one weight at least, not {shown(places)}"
        )
    return found.astype(np.intp)
