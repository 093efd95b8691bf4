"""Convolution with channels: several kernels side by side, in one dimension or over images.

A kernel sees all channels of the input, and makes one channel of the output. The shapes say how
many dimensions there are: a kernel of three axes moves along the last axis of its input, and one of
four axes over an image. With one channel each way, a stride of 1 and no padding, this is the
convolution of `backprop.convolution`.

Error terms have the sign of the network part, minus dE/dz. Arrays may be complex, which
complex-step differentiation needs; NaN and infinities go through.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, require_real
from backprop._windows import (
    PerAxis,
    along,
    padded,
    per_axis,
    places,
    require_lengths,
    require_windows,
    unpadded,
    windows,
    windows_along,
)
from backprop.chain import Differentiable, Pullback, _require_error


def channel_convolution(
    a: Array, w: Array, b: Array | None = None, stride: PerAxis = 1, padding: PerAxis = 0
) -> Array:
    """Return the pre-activation of a convolutional layer with channels.

    Each kernel o weighs the windows of all channels c: its input at place i is the sum over c and j
    of `w[o, c, j] * a[c, s * i + j - p]`, and b[o]. So window i begins at s i, with stride s, after
    p zeros of padding.

    Implements equation `channel-convolution`.

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
    a = floats("a", a)
    w = _require_kernels(w)
    k = w.shape[2:]
    _require_moves(stride, padding, k)
    if a.ndim != w.ndim or a.shape[1] != w.shape[1]:
        raise ValueError(
            f"a must have {w.ndim} axes, the second of {w.shape[1]}, as w has, not shape {a.shape}"
        )
    a = padded(a, padding)
    require_windows("a", a.shape[2:], k)
    seen = windows(a, k, stride)
    within = range(-len(k), 0)
    z: Array = np.tensordot(seen, w, ((1, *within), (1, *within)))
    if b is not None:
        b = floats("b", b)
        _require_biases(b, w)
        z = z + b
    return np.moveaxis(z, -1, 1)


def channel_convolution_error(
    delta: Array, w: Array, n: PerAxis, stride: PerAxis = 1, padding: PerAxis = 0
) -> Array:
    """Return the error attributed to each input: of each window that saw it, by the weight there.

    e[c, s i + j - p] collects w[o, c, j] delta[o, i] of all kernels o, all their places j and all
    windows i. The zeros of the padding get an error, too, but nobody asks for it.

    Implements equation `channel-convolution-error`.

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
    w = _require_kernels(w)
    k = w.shape[2:]
    _require_moves(stride, padding, k)
    require_lengths("n", n, "w", len(k))
    delta = floats("delta", delta, (w.ndim,))
    _require_terms(delta, w, along(n, len(k)), stride, along(padding, len(k)))
    shape = len(delta), w.shape[1], *along(n, len(k))
    e = padded(np.zeros(shape, np.result_type(delta, w)), padding)
    # Each error term by each weight: a stamp per window, summed over the kernels.
    stamps = np.tensordot(w, delta, (0, 1))
    for j, seen in places(k, stride, delta.shape[2:]):
        e[seen] += stamps[:, *j].swapaxes(0, 1)
    return unpadded(e, padding)


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

    Implements equation `channel-kernel-step`.

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
    require_lengths("k", k, "a", a.ndim - 2)
    _require_moves(stride, padding, along(k, a.ndim - 2))
    a = padded(a, padding)
    require_windows("a", a.shape[2:], k)
    seen = windows(a, k, stride)
    if delta.shape != (wanted := (len(a), *delta.shape[1:2], *seen.shape[2 : a.ndim])):
        raise ValueError(f"delta must have shape {wanted} for that a, not {delta.shape}")
    summed = (0, *range(2, a.ndim))  # examples and places
    step: Array = learning_rate * np.tensordot(delta, seen, (summed, summed))
    return step


def channel_bias_step(delta: Array, learning_rate: float) -> Array:
    """Return the step of the biases: each has its kernel's error terms, of all places, added up.

    Implements equation `channel-bias-step`.

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
    summed = (0, *range(2, delta.ndim))  # examples and places
    step: Array = learning_rate * delta.sum(summed)
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
        self.w = _require_kernels(finite_array("w", w)).copy()
        self.b = None if b is None else _require_biases(finite_array("b", b), self.w).copy()
        self.stride, self.padding = _require_moves(stride, padding, self.w.shape[2:])

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


def _require_moves(
    stride: PerAxis, padding: PerAxis, k: tuple[int, ...]
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the stride and the padding along each axis of space.

    There are so few zeros of padding that each window sees an input.
    """
    stride = per_axis("stride", stride, 1, "w", len(k))
    padding = per_axis("padding", padding, 0, "a", len(k))
    if any(p >= length for p, length in zip(padding, k, strict=True)):
        raise ValueError(f"padding must be less than the length of a kernel, {k}, not {padding}")
    return stride, padding


def _require_terms(
    delta: Array, w: Array, n: tuple[int, ...], stride: PerAxis, padding: tuple[int, ...]
) -> None:
    """Refuse error terms that are not one of each kernel at each place over an input."""
    lengths = [length + 2 * p for length, p in zip(n, padding, strict=True)]
    require_windows("n", lengths, w.shape[2:])
    wanted = len(delta), len(w), *windows_along(lengths, w.shape[2:], stride)
    if delta.shape != wanted:
        raise ValueError(f"delta must have shape {wanted} for that w and n, not {delta.shape}")


def _require_kernels(w: Array) -> Array:
    """Return kernels, of which there is at least one."""
    w = floats("w", w, (3, 4))
    if not w.size:
        raise ValueError(f"w must not be empty, but has shape {w.shape}")
    return w


def _require_biases(b: Array, w: Array) -> Array:
    """Return biases, one for each kernel."""
    if b.shape != w.shape[:1]:
        raise ValueError(f"b must have shape {w.shape[:1]}, a number per kernel, not {b.shape}")
    return b
