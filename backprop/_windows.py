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


def windows_along(
    name: str, n: Sequence[int], size: Sequence[int], stride: Sequence[int]
) -> tuple[int, ...]:
    """Return how many windows fit along each axis.

    Parameters
    ----------
    name : str
        What the caller calls the array or its lengths.
    n : sequence of int
        Length of each axis.
    size : sequence of int
        Size of the window along each.
    stride : sequence of int
        How far it moves.

    Returns
    -------
    tuple of int
        What is left at the end, where the stride does not divide, is in no window.

    Raises
    ------
    ValueError
        An axis is shorter than the window.
    """
    if any(k > length for k, length in zip(size, n, strict=True)):
        raise ValueError(
            f"{name} must not be smaller than the window, {tuple(size)}, but has {tuple(n)} places"
        )
    return tuple((length - k) // s + 1 for length, k, s in zip(n, size, stride, strict=True))


def windows(a: Array, size: Sequence[int], stride: Sequence[int]) -> Array:
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
        The axes before; the number of the window along each axis; the place within the window.
    """
    every = sliding_window_view(a, tuple(size), tuple(range(-len(size), 0)))
    moved = tuple(slice(None, None, s) for s in stride)
    at: tuple[Any, ...] = (..., *moved, *(slice(None) for _ in size))
    seen: Array = every[at]
    return seen


def places(
    size: Sequence[int], stride: Sequence[int], count: Sequence[int]
) -> Iterator[tuple[Any, ...]]:
    """Yield, for each place within a window, where in the array that place of all windows is.

    Parameters
    ----------
    size : sequence of int
        Size of the window along each axis of space.
    stride : sequence of int
        How far it moves.
    count : sequence of int
        How many windows there are.

    Yields
    ------
    tuple
        An index of the array, which leaves a number for each window.
    """
    for place in np.ndindex(*size):
        yield (
            ...,
            *(
                slice(first, first + s * (m - 1) + 1, s)
                for first, s, m in zip(place, stride, count, strict=True)
            ),
        )
