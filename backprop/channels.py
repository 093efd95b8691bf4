"""Convolution with channels: several kernels side by side, in one dimension or over images.

A kernel sees all channels of the input, and makes one channel of the output. The shapes say how
many dimensions there are: a kernel of three axes moves along the last axis of its input, and one of
four axes over an image. With one channel each way, a stride of 1 and no padding, this is the
convolution of `backprop.convolution`.

Error terms have the sign of the network part, minus dE/dz. Arrays may be complex, which
complex-step differentiation needs; NaN and infinities go through.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, require_real
from backprop._windows import PerAxis, per_axis, places, windows, windows_along
from backprop.chain import Differentiable, Pullback, _require_error


def channel_convolution(
    a: Array, w: Array, b: Array | None = None, stride: PerAxis = 1, padding: PerAxis = 0
) -> Array:
    """Return the pre-activation of a convolutional layer with channels.

    Each kernel o weighs the windows of all channels c: its input at place i is the sum over c and j
    of `w[o, c, j] * a[c, s * i + j - p]`, and b[o]. So window i begins at s i, with stride s, after
    p zeros of padding.

    Parameters
    ----------
    a : (N, channels_in, n) or (N, channels_in, height, width) array
        Output of the layer before.
    w : (channels_out, channels_in, k) or (channels_out, channels_in, k_h, k_w) array
        Kernels.
    b : (channels_out,) array, optional
        Biases, one for each kernel.
    stride : int or tuple of int, optional
        How far the window moves, along all axes or along each.
    padding : int or tuple of int, optional
        How many zeros stand in for what lies beyond each end; fewer than the kernel is long.

    Returns
    -------
    (N, channels_out, m) or (N, channels_out, m_h, m_w) array
        A number for each place of the window, `m = (n + 2 * p - k) // s + 1` along an axis. What
        is left at the end, where the stride does not divide, no window sees.

    Raises
    ------
    TypeError
        An array holds anything but numbers, or the stride or the padding anything but integers.
    ValueError
        The shapes do not fit, the window is larger than the input, the stride is less than 1, or
        the padding less than 0 or as long as the kernel.

    References
    ----------
    V. Dumoulin and F. Visin, A guide to convolution arithmetic for deep learning,
    https://arxiv.org/abs/1603.07285 (2016).
    """
    w = _kernels(w)
    stride, padding = _stride(stride, w), _padding(padding, w.shape[2:])
    a = floats("a", a)
    if a.ndim != w.ndim or a.shape[1] != w.shape[1]:
        raise ValueError(
            f"a must have {w.ndim} axes, the second of {w.shape[1]}, as w has, not shape {a.shape}"
        )
    a = _padded(a, padding)
    windows_along("a", a.shape[2:], w.shape[2:], stride)
    seen = windows(a, w.shape[2:], stride)
    within = range(w.ndim, seen.ndim)
    z: Array = np.tensordot(w, seen, (range(1, w.ndim), (1, *within))).swapaxes(0, 1)
    if b is not None:
        z = z + np.expand_dims(_biases(b, w), tuple(range(1, w.ndim - 1)))
    return z


def channel_convolution_error(
    delta: Array, w: Array, n: PerAxis, stride: PerAxis = 1, padding: PerAxis = 0
) -> Array:
    """Return the error attributed to each input: of each window that saw it, by the weight there.

    e[c, s i + j - p] collects w[o, c, j] delta[o, i] of all kernels o, all their places j and all
    windows i. The zeros of the padding get an error, too, but nobody asks for it.

    Parameters
    ----------
    delta : (N, channels_out, m) or (N, channels_out, m_h, m_w) array
        Error terms of the convolutional layer, minus dE/dz.
    w : (channels_out, channels_in, k) or (channels_out, channels_in, k_h, k_w) array
        Kernels of the layer.
    n : int or tuple of int
        Length of its input, along all axes of space or along each: the stride may have left some
        of it unseen.
    stride : int or tuple of int, optional
        How far the window moved.
    padding : int or tuple of int, optional
        How many zeros stood beyond each end.

    Returns
    -------
    (N, channels_in, n) or (N, channels_in, height, width) array
        Minus dE/da of the layer before; 0 where no window saw anything.

    Raises
    ------
    TypeError
        An array holds anything but numbers, or n, the stride or the padding anything but integers.
    ValueError
        The shapes do not fit, the window is larger than the input, the stride is less than 1, or
        the padding less than 0 or as long as the kernel.
    """
    w = _kernels(w)
    k, stride, padding = w.shape[2:], _stride(stride, w), _padding(padding, w.shape[2:])
    n = per_axis("n", n, 1, "w", len(k))
    padded = [length + 2 * p for length, p in zip(n, padding, strict=True)]
    m = windows_along("n", padded, k, stride)
    delta = floats("delta", delta, (w.ndim,))
    N = len(delta)
    if delta.shape[1:] != (len(w), *m):
        raise ValueError(
            f"delta must have shape {(N, len(w), *m)} for that w and n, not {delta.shape}"
        )
    terms = delta.reshape(N, len(w), prod(m))
    e = np.zeros((N, w.shape[1], *padded), np.result_type(delta, w))
    for j, seen in zip(np.ndindex(k), places(k, stride, m), strict=True):
        e[seen] += (w[(..., *j)].T @ terms).reshape(N, w.shape[1], *m)
    unpadded = (slice(p, p + length) for p, length in zip(padding, n, strict=True))
    inner: tuple[Any, ...] = (..., *unpadded)
    of_input: Array = e[inner]
    return of_input


def channel_kernel_step(
    a: Array,
    delta: Array,
    k: PerAxis,
    learning_rate: float,
    stride: PerAxis = 1,
    padding: PerAxis = 0,
) -> Array:
    """Return the step of all kernels: what their windows saw, weighed by the error terms.

    The step of w[o, c, j] is the learning rate times the sum over the examples and the windows i of
    delta[o, i] a[c, s i + j - p].

    Parameters
    ----------
    a : (N, channels_in, n) or (N, channels_in, height, width) array
        Output of the layer before.
    delta : (N, channels_out, m) or (N, channels_out, m_h, m_w) array
        Error terms of the convolutional layer, minus dE/dz.
    k : int or tuple of int
        Length of its kernels, along all axes of space or along each.
    learning_rate : float
        Size of the step along minus dE/dw.
    stride : int or tuple of int, optional
        How far the window moved.
    padding : int or tuple of int, optional
        How many zeros stood beyond each end.

    Returns
    -------
    (channels_out, channels_in, k) or (channels_out, channels_in, k_h, k_w) array
        To be added to the kernels.

    Raises
    ------
    TypeError
        An array holds anything but numbers, the learning rate is none, or k, the stride or the
        padding hold anything but integers.
    ValueError
        The shapes do not fit, the window is larger than the input, a number is less than it can be,
        the padding is as long as the kernel, or the learning rate is not positive and finite.
    """
    a, delta = floats("a", a, (3, 4)), floats("delta", delta, (3, 4))
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    k = per_axis("k", k, 1, "a", a.ndim - 2)
    stride, padding = per_axis("stride", stride, 1, "a", len(k)), _padding(padding, k)
    a = _padded(a, padding)
    wanted = (len(a), *delta.shape[1:2], *windows_along("a", a.shape[2:], k, stride))
    if delta.shape != wanted:
        raise ValueError(f"delta must have shape {wanted} for that a, not {delta.shape}")
    summed = (0, *range(2, a.ndim))
    step = np.tensordot(windows(a, k, stride), delta, (summed, summed))
    return learning_rate * np.moveaxis(step, -1, 0)


def channel_bias_step(delta: Array, learning_rate: float) -> Array:
    """Return the step of the biases: each has its kernel's error terms, of all places, added up.

    Parameters
    ----------
    delta : (N, channels_out, m) or (N, channels_out, m_h, m_w) array
        Error terms of the convolutional layer, minus dE/dz.
    learning_rate : float
        Size of the step along minus dE/db.

    Returns
    -------
    (channels_out,) array
        To be added to the biases.

    Raises
    ------
    TypeError
        The error terms are anything but numbers, or the learning rate is no number.
    ValueError
        The error terms have another number of axes, or the learning rate is not positive and
        finite.
    """
    delta = floats("delta", delta, (3, 4))
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    step: Array = learning_rate * delta.sum((0, *range(2, delta.ndim)))
    return step


class Convolution(Differentiable):
    """A convolutional layer with channels, over signals or over images.

    Parameters
    ----------
    w : (channels_out, channels_in, k) or (channels_out, channels_in, k_h, k_w) array
        Kernels.
    b : (channels_out,) array, optional
        Biases, one for each kernel.
    stride : int or tuple of int, optional
        How far the window moves, along all axes or along each.
    padding : int or tuple of int, optional
        How many zeros stand in for what lies beyond each end; fewer than the kernel is long.

    Raises
    ------
    TypeError
        An array holds anything but real numbers, or the stride or the padding anything but
        integers.
    ValueError
        The shapes do not fit, an array is empty or not finite, the stride is less than 1, or the
        padding less than 0 or as long as the kernel.

    References
    ----------
    Y. LeCun, B. Boser, J. S. Denker, D. Henderson, R. E. Howard, W. Hubbard and L. D. Jackel,
    Backpropagation applied to handwritten zip code recognition, Neural Computation 1 (1989).

    Examples
    --------
    >>> layer = Convolution([[[[1.0, -1.0]]]])
    >>> image = np.array([[[[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]]]])
    >>> y, pullback = layer.forward(image)
    >>> print(y)
    [[[[ 0. -1.]
       [-1.  0.]]]]
    >>> e, downhill = pullback(y)
    >>> print(downhill["w"])
    [[[[ 0. -2.]]]]
    """

    names = ("w", "b")

    def __init__(
        self,
        w: ArrayLike,
        b: ArrayLike | None = None,
        *,
        stride: PerAxis = 1,
        padding: PerAxis = 0,
    ) -> None:
        self.w = _kernels(finite_array("w", w)).copy()
        self.b = None if b is None else _biases(finite_array("b", b), self.w).copy()
        self.stride = _stride(stride, self.w)
        self.padding = _padding(padding, self.w.shape[2:])

    def __repr__(self) -> str:
        channels_out, channels_in, *k = self.w.shape
        size = " x ".join(map(str, k))
        return f"Convolution({channels_in} to {channels_out} channels, kernels of {size})"

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Weigh each window by each kernel.

        Parameters
        ----------
        a : (N, channels_in, n) or (N, channels_in, height, width) array
            Input.

        Returns
        -------
        y : (N, channels_out, m) or (N, channels_out, m_h, m_w) array
            What comes to the units.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da, and minus dE/dw and dE/db.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has a shape that the kernels cannot move over.
        """
        a, w, b = floats("a", a), self.w, self.b
        stride, padding = self.stride, self.padding
        y = channel_convolution(a, w, b, stride, padding)

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _require_error(e, y)
            downhill = {"w": channel_kernel_step(a, e, w.shape[2:], 1.0, stride, padding)}
            if b is not None:
                downhill["b"] = channel_bias_step(e, 1.0)
            return channel_convolution_error(e, w, a.shape[2:], stride, padding), downhill

        return y, back


def _kernels(w: Array) -> Array:
    """Return kernels as an array of numbers, at least one."""
    w = floats("w", w, (3, 4))
    if not w.size:
        raise ValueError(f"w must not be empty, but has shape {w.shape}")
    return w


def _biases(b: Array, w: Array) -> Array:
    """Return biases as an array of numbers, one for each kernel."""
    b = floats("b", b)
    if b.shape != w.shape[:1]:
        raise ValueError(f"b must have shape {w.shape[:1]}, a number per kernel, not {b.shape}")
    return b


def _stride(stride: PerAxis, w: Array) -> tuple[int, ...]:
    """Return how far kernels move along each axis."""
    return per_axis("stride", stride, 1, "w", w.ndim - 2)


def _padding(padding: PerAxis, k: tuple[int, ...]) -> tuple[int, ...]:
    """Return how many zeros there are beyond each end, so few that each window sees an input."""
    padding = per_axis("padding", padding, 0, "a", len(k))
    if any(p >= length for p, length in zip(padding, k, strict=True)):
        raise ValueError(f"padding must be less than the length of a kernel, {k}, not {padding}")
    return padding


def _padded(a: Array, padding: tuple[int, ...]) -> Array:
    """Put zeros before and behind, along the axes of space."""
    return np.pad(a, [(0, 0), (0, 0), *((p, p) for p in padding)]) if any(padding) else a
