"""Windows that move over the last axes of an array, the axes of space: one, or two of an image.

The axes before them, examples and channels, are left alone. An array stands for as many axes of
space as there are numbers in the size of the window.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from backprop._arrays import Array, require_count, shown

PerAxis: TypeAlias = int | tuple[int, ...] | list[int]
"""A number for each axis of space, or one for all of them."""


def per_axis(name: str, value: PerAxis, least: int, of: str, axes: int) -> tuple[int, ...]:
    """Return a number for each axis of space.

    Parameters
    ----------
    name : str
        What the caller calls it.
    value : int, or tuple or list of int
        One number for all axes, or one for each.
    least : int
        The smallest number that makes sense.
    of : str
        What the caller calls the array whose axes they are.
    axes : int
        How many axes of space it has.

    Returns
    -------
    tuple of int
        As many as there are axes.

    Raises
    ------
    TypeError
        The value holds anything but integers.
    ValueError
        A number is too small, or there are more or fewer than axes.
    """
    if not isinstance(value, list | tuple):
        return (require_count(name, value, least),) * axes
    numbers = tuple(require_count(name, each, least) for each in value)
    if len(numbers) != axes:
        raise ValueError(
            f"{name} must be one number, or one for each axis of space, of which {of} has {axes}, "
            f"not {shown(value)}"
        )
    return numbers


def require_lengths(name: str, n: PerAxis, of: str, axes: int) -> None:
    """Refuse what cannot be a length along each axis of space.

    Parameters
    ----------
    name : str
        What the caller calls it.
    n : int, or tuple or list of int
        One number for all axes, or one for each.
    of : str
        What the caller calls the array whose axes they are.
    axes : int
        How many axes of space it has.

    Raises
    ------
    TypeError
        It holds anything but integers.
    ValueError
        A number is less than 1, or there are more or fewer than axes.
    """
    per_axis(name, n, 1, of, axes)


def along(value: PerAxis, axes: int) -> tuple[int, ...]:
    """Return a number for each axis of space, of one that has been looked at.

    Parameters
    ----------
    value : int, or tuple or list of int
        One number for all axes, or one for each.
    axes : int
        How many axes of space there are.

    Returns
    -------
    tuple of int
        As many as there are axes.
    """
    each = value if isinstance(value, list | tuple) else (value,) * axes
    return tuple(int(number) for number in each)


def padded(a: Array, padding: PerAxis) -> Array:
    """Put zeros before and behind, along the axes of space.

    Parameters
    ----------
    a : (N, channels, n) or (N, channels, height, width) array
        Any numbers.
    padding : int, or tuple or list of int
        How many zeros, along all axes or along each.

    Returns
    -------
    array
        A copy, longer by twice the padding.
    """
    zeros = [(p, p) for p in along(padding, a.ndim - 2)]
    return np.pad(a, [(0, 0), (0, 0), *zeros])


def unpadded(a: Array, padding: PerAxis) -> Array:
    """Leave out what stands where the zeros of a padding were.

    Parameters
    ----------
    a : (N, channels, n) or (N, channels, height, width) array
        Any numbers.
    padding : int, or tuple or list of int
        How many places are left out at each end, along all axes or along each.

    Returns
    -------
    array
        A view, shorter by twice the padding.
    """
    zeros = along(padding, a.ndim - 2)
    inner: list[Any] = [slice(p, n - p) for p, n in zip(zeros, a.shape[2:], strict=True)]
    left: Array = a[(..., *inner)]
    return left


def require_windows(name: str, n: Sequence[int], size: PerAxis) -> None:
    """Refuse lengths that are smaller than the window.

    Parameters
    ----------
    name : str
        What the caller calls the array or its lengths.
    n : sequence of int
        Length of each axis of space.
    size : int, or tuple or list of int
        Size of the window, along all axes or along each.

    Raises
    ------
    ValueError
        An axis is shorter than the window.
    """
    k = along(size, len(n))
    if any(each > length for each, length in zip(k, n, strict=True)):
        raise ValueError(
            f"{name} must not be smaller than the window, {k}, but has {tuple(n)} places"
        )


def windows_along(n: Sequence[int], size: PerAxis, stride: PerAxis) -> tuple[int, ...]:
    """Return how many windows fit along each axis of space.

    What is left at the end, where the stride does not divide, is in no window.

    Parameters
    ----------
    n : sequence of int
        Length of each axis, with its padding.
    size : int, or tuple or list of int
        Size of the window, along all axes or along each; not more than the length.
    stride : int, or tuple or list of int
        How far it moves, along all axes or along each.

    Returns
    -------
    tuple of int
        At least 1 along each axis.
    """
    each = zip(n, along(size, len(n)), along(stride, len(n)), strict=True)
    return tuple((length - k) // s + 1 for length, k, s in each)


def windows(a: Array, size: PerAxis, stride: PerAxis) -> Array:
    """Return all windows of an array, without a copy.

    Parameters
    ----------
    a : array
        Array whose last axes are those of space.
    size : sequence of int
        Size of the window along each, not more than a has.
    stride : sequence of int
        How far it moves.

    Returns
    -------
    array
        Axes of the examples and the channels; of the number of the window, along each axis of
        space; of the place within the window.
    """
    axes = a.ndim - 2
    every = sliding_window_view(a, along(size, axes), tuple(range(2, a.ndim)))
    moved = [slice(None, None, s) for s in along(stride, axes)]
    seen: Array = every[(slice(None), slice(None), *moved)]
    return seen


def places(size: Sequence[int], stride: PerAxis, count: Sequence[int]) -> Iterator[tuple[Any, Any]]:
    """Yield each place within a window, and where in the array that place of all windows is.

    Parameters
    ----------
    size : sequence of int
        Size of the window along each axis of space.
    stride : int, or tuple or list of int
        How far it moves, along all axes or along each.
    count : sequence of int
        How many windows there are.

    Yields
    ------
    tuple of int
        A place within a window.
    tuple
        An index of the array, which leaves a number for each window.
    """
    moved = along(stride, len(size))
    for j in np.ndindex(*size):
        at = [slice(q, q + s * m, s) for q, s, m in zip(j, moved, count, strict=True)]
        yield j, (..., *at)


def window_places(n: Sequence[int], size: PerAxis, stride: PerAxis | None) -> list[Any]:
    """Return where each place of all windows is in an array.

    Parameters
    ----------
    n : sequence of int
        Length of each axis of space.
    size : int, or tuple or list of int
        Size of the window, along all axes or along each.
    stride : int, or tuple or list of int, optional
        How far it moves; if not given, as far as it is long.

    Returns
    -------
    list of tuple
        Indices of the array, each of which leaves a number for each window.
    """
    stride = size if stride is None else stride
    count = windows_along(n, size, stride)
    return [at for _, at in places(along(size, len(n)), stride, count)]


def ties_for_largest(a: Array, seen: Sequence[Any]) -> Array:
    """Return which numbers are the largest of their windows; of complex ones, by their real parts.

    Parameters
    ----------
    a : array
        Any numbers.
    seen : sequence of tuple
        Where each place of all windows is.

    Returns
    -------
    array of bool
        Axis of the place within a window first. True at one place of each window at least.
    """
    values = np.stack([a[at].real for at in seen])
    # No number is less than NaN: where that is the largest, all tie.
    largest: Array = ~(values < values.max(axis=0))
    return largest
