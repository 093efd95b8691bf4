"""Pooling: one number for each window, the largest or the mean, and a layer that makes rows of it.

The axes of space are those after examples and channels, one or two. Windows need not lie side by
side: with a stride that is less than their size they overlap. There is nothing to be learned.

Where several numbers of a window tie for the largest, they share its error evenly, as in
`backprop.derivatives`. Of complex numbers, which complex-step differentiation needs, the real parts
are compared. Errors are minus dE/da; NaN and infinities go through.
"""

from __future__ import annotations

from math import prod

import numpy as np

from backprop._arrays import Array, floats, require_count, shown
from backprop._windows import (
    PerAxis,
    along,
    per_axis,
    require_lengths,
    require_windows,
    ties_for_largest,
    window_places,
    windows_along,
)
from backprop.chain import Differentiable, Pullback, _require_error


def max_pooling(a: Array, size: PerAxis, stride: PerAxis | None = None) -> Array:
    """Return the largest number of each window.

    Parameters
    ----------
    a : (N, channels, n) or (N, channels, height, width) array
        Output of the layer before.
    size : int or tuple of int
        Size of the window, along all axes of space or along each.
    stride : int or tuple of int, optional
        How far it moves; if not given, as far as it is long.

    Returns
    -------
    (N, channels, m) or (N, channels, m_h, m_w) array
        A number for each place of the window. NaN where a window holds NaN. What is left at the
        end, where the stride does not divide, is in no window. Of numbers that tie, a complex
        result has the mean of the imaginary parts.

    Raises
    ------
    TypeError
        The array holds anything but numbers, or the size or the stride anything but integers.
    ValueError
        The array has another number of axes, the window is larger than it, or a size or stride is
        less than 1.
    """
    a = floats("a", a, (3, 4))
    _require_windows("a", a.shape[2:], size, stride)
    seen = window_places(a.shape[2:], size, stride)
    largest: Array = np.max([a[at].real for at in seen], axis=0)
    if a.dtype.kind != "c":
        return largest
    tied = ties_for_largest(a, seen)
    y = largest.astype(a.dtype)
    y.imag = np.where(tied, [a[at].imag for at in seen], 0).sum(axis=0) / tied.sum(axis=0)
    return y


def max_pooling_error(e: Array, a: Array, size: PerAxis, stride: PerAxis | None = None) -> Array:
    """Return the error attributed to each input: the whole to the largest number of a window.

    Implements equation `max-pooling-error`.

    Parameters
    ----------
    e : (N, channels, m) or (N, channels, m_h, m_w) array
        Error attributed to the output of the pooling.
    a : (N, channels, n) or (N, channels, height, width) array
        Input of the layer.
    size : int or tuple of int
        Size of the window, along all axes of space or along each.
    stride : int or tuple of int, optional
        How far it moved; if not given, as far as it is long.

    Returns
    -------
    array of the shape of a
        Minus dE/da, added up where windows overlap. Numbers that tie share it evenly; where the
        largest is NaN, all numbers of the window do.

    Raises
    ------
    TypeError
        An array holds anything but numbers, or the size or the stride anything but integers.
    ValueError
        The shapes do not fit, the window is larger than the input, or a size or stride is less than
        1.
    """
    a = floats("a", a, (3, 4))
    _require_windows("a", a.shape[2:], size, stride)
    seen = window_places(a.shape[2:], size, stride)
    e = floats("e", e)
    if e.shape != (wanted := a[seen[0]].shape):
        raise ValueError(f"e must have shape {wanted} for that a, not {e.shape}")
    tied = ties_for_largest(a, seen)
    share = e / tied.sum(axis=0)
    e_in = np.zeros(a.shape, e.dtype)
    for at, ties in zip(seen, tied, strict=True):
        e_in[at] += np.where(ties, share, 0)
    return e_in


def mean_pooling(a: Array, size: PerAxis, stride: PerAxis | None = None) -> Array:
    """Return the mean of each window.

    Parameters
    ----------
    a : (N, channels, n) or (N, channels, height, width) array
        Output of the layer before.
    size : int or tuple of int
        Size of the window, along all axes of space or along each.
    stride : int or tuple of int, optional
        How far it moves; if not given, as far as it is long.

    Returns
    -------
    (N, channels, m) or (N, channels, m_h, m_w) array
        A number for each place of the window. What is left at the end, where the stride does not
        divide, is in no window.

    Raises
    ------
    TypeError
        The array holds anything but numbers, or the size or the stride anything but integers.
    ValueError
        The array has another number of axes, the window is larger than it, or a size or stride is
        less than 1.
    """
    a = floats("a", a, (3, 4))
    _require_windows("a", a.shape[2:], size, stride)
    seen = window_places(a.shape[2:], size, stride)
    total: Array = sum(a[at] for at in seen)
    return total / len(seen)


def mean_pooling_error(e: Array, n: PerAxis, size: PerAxis, stride: PerAxis | None = None) -> Array:
    """Return the error attributed to each input: an even share of that of each of its windows.

    Implements equation `mean-pooling-error`.

    Parameters
    ----------
    e : (N, channels, m) or (N, channels, m_h, m_w) array
        Error attributed to the output of the pooling.
    n : int or tuple of int
        Length of its input, along all axes of space or along each: the stride may have left some
        of it unseen.
    size : int or tuple of int
        Size of the window, along all axes or along each.
    stride : int or tuple of int, optional
        How far it moved; if not given, as far as it is long.

    Returns
    -------
    (N, channels, n) or (N, channels, height, width) array
        Minus dE/da, added up where windows overlap.

    Raises
    ------
    TypeError
        The array holds anything but numbers, or n, the size or the stride anything but integers.
    ValueError
        The shapes do not fit, the window is larger than the input, or a number is less than 1.
    """
    e = floats("e", e, (3, 4))
    require_lengths("n", n, "e", e.ndim - 2)
    _require_errors(e, along(n, e.ndim - 2), size, stride)
    e_in = np.zeros((*e.shape[:2], *along(n, e.ndim - 2)), e.dtype)
    seen = window_places(e_in.shape[2:], size, stride)
    for at in seen:
        e_in[at] += e / len(seen)
    return e_in


class MaxPooling(Differentiable):
    """The largest number of each window.

    Parameters
    ----------
    size : int or tuple of int
        Size of the window, along all axes of space or along each.
    stride : int or tuple of int, optional
        How far it moves; if not given, as far as it is long.

    Raises
    ------
    TypeError
        The size or the stride holds anything but integers.
    ValueError
        One of them is less than 1, or they are for different numbers of axes, or for none.

    References
    ----------
    M. Ranzato, F. J. Huang, Y.-L. Boureau and Y. LeCun, Unsupervised learning of invariant feature
    hierarchies with applications to object recognition, CVPR (2007).

    Examples
    --------
    >>> y, pullback = MaxPooling(2).forward(np.array([[[1.0, 5.0, 3.0, 3.0]]]))
    >>> print(y)
    [[[5. 3.]]]
    >>> e, _ = pullback(np.array([[[1.0, 1.0]]]))
    >>> print(e)
    [[[0.  1.  0.5 0.5]]]
    """

    def __init__(self, size: PerAxis, stride: PerAxis | None = None) -> None:
        self.size, self.stride = _settings(size, stride)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size}, {self.stride})"

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Take the largest number of each window.

        Parameters
        ----------
        a : (N, channels, n) or (N, channels, height, width) array
            Input.

        Returns
        -------
        y : (N, channels, m) or (N, channels, m_h, m_w) array
            A number for each place of the window.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da, and no directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has a shape that the window cannot move over.
        """
        a, size, stride = floats("a", a), self.size, self.stride
        y = max_pooling(a, size, stride)
        return y, lambda e: (max_pooling_error(_require_error(e, y), a, size, stride), {})


class MeanPooling(Differentiable):
    """The mean of each window.

    Parameters
    ----------
    size : int or tuple of int
        Size of the window, along all axes of space or along each.
    stride : int or tuple of int, optional
        How far it moves; if not given, as far as it is long.

    Raises
    ------
    TypeError
        The size or the stride holds anything but integers.
    ValueError
        One of them is less than 1, or they are for different numbers of axes, or for none.

    References
    ----------
    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner, Gradient-based learning applied to document
    recognition, Proceedings of the IEEE 86 (1998).

    Examples
    --------
    >>> y, pullback = MeanPooling(2).forward(np.array([[[1.0, 5.0, 3.0, 3.0]]]))
    >>> print(y)
    [[[3. 3.]]]
    >>> e, _ = pullback(np.array([[[1.0, 2.0]]]))
    >>> print(e)
    [[[0.5 0.5 1.  1. ]]]
    """

    def __init__(self, size: PerAxis, stride: PerAxis | None = None) -> None:
        self.size, self.stride = _settings(size, stride)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.size}, {self.stride})"

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Take the mean of each window.

        Parameters
        ----------
        a : (N, channels, n) or (N, channels, height, width) array
            Input.

        Returns
        -------
        y : (N, channels, m) or (N, channels, m_h, m_w) array
            A number for each place of the window.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da, and no directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has a shape that the window cannot move over.
        """
        a, size, stride = floats("a", a), self.size, self.stride
        y, n = mean_pooling(a, size, stride), a.shape[2:]
        return y, lambda e: (mean_pooling_error(_require_error(e, y), n, size, stride), {})


class Flatten(Differentiable):
    """One row of each example, whatever its axes: what a dense layer takes after images.

    Examples
    --------
    >>> y, pullback = Flatten().forward(np.ones((5, 2, 3, 3)))
    >>> print(y.shape, pullback(y)[0].shape)
    (5, 18) (5, 2, 3, 3)
    """

    def __repr__(self) -> str:
        return "Flatten()"

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Put all numbers of an example into a row.

        Parameters
        ----------
        a : array
            Input, examples along its first axis.

        Returns
        -------
        y : array
            The same numbers, a row for each example, those of the last axis next to each other.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da, and no directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has no axis of examples.
        """
        a = floats("a", a)
        if not a.ndim:
            raise ValueError("a must have an axis of examples, but has shape ()")
        y = a.reshape(len(a), prod(a.shape[1:]))
        return y, lambda e: (_require_error(e, y).reshape(a.shape), {})


def _settings(size: PerAxis, stride: PerAxis | None) -> tuple[PerAxis, PerAxis]:
    """Return the size and the stride of a layer, which are for one axis, for two, or for either."""
    size = _setting("size", size)
    stride = size if stride is None else _setting("stride", stride)
    if isinstance(size, tuple) and isinstance(stride, tuple) and len(size) != len(stride):
        raise ValueError(f"stride must be for as many axes as size, {size}, not {stride}")
    return size, stride


def _setting(name: str, value: PerAxis) -> PerAxis:
    """Return a number, or a tuple of one or two."""
    if not isinstance(value, list | tuple):
        return require_count(name, value, 1)
    if len(value) not in (1, 2):
        raise ValueError(f"{name} must be one number, or one or two in a tuple, not {shown(value)}")
    return tuple(require_count(name, each, 1) for each in value)


def _require_windows(name: str, n: tuple[int, ...], size: PerAxis, stride: PerAxis | None) -> None:
    """Refuse windows that do not fit, or do not move."""
    k = per_axis("size", size, 1, name, len(n))
    if stride is not None:
        per_axis("stride", stride, 1, name, len(n))
    require_windows(name, n, k)


def _require_errors(e: Array, n: tuple[int, ...], size: PerAxis, stride: PerAxis | None) -> None:
    """Refuse errors that are not one for each window of an input of some lengths."""
    _require_windows("n", n, size, stride)
    m = windows_along(n, size, size if stride is None else stride)
    if e.shape[2:] != m:
        raise ValueError(f"e must have shape {(*e.shape[:2], *m)} for that n, not {e.shape}")
