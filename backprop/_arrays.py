"""What may come in: arrays of finite real numbers in the shape that is expected, and settings."""

from __future__ import annotations

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]
"""An array of floating-point numbers."""


def real_array(name: str, values: ArrayLike) -> Array:
    """Return values as an array of floating-point numbers; integers become float64.

    Parameters
    ----------
    name : str
        What the caller calls them, for the message.
    values : array_like
        Numbers.

    Returns
    -------
    array
        The same array where nothing is to be changed.

    Raises
    ------
    TypeError
        They are complex, boolean, text or objects.
    ValueError
        They have no common shape.
    """
    try:
        array = np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must have the same number of values in each row") from error
    if array.dtype.kind in "iu":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must hold real numbers, not {array.dtype}")
    return array


def finite_array(name: str, values: ArrayLike) -> Array:
    """Return values as an array of finite floating-point numbers.

    Parameters
    ----------
    name : str
        What the caller calls them, for the message.
    values : array_like
        Numbers, at least one.

    Returns
    -------
    array
        The same array where nothing is to be changed.

    Raises
    ------
    TypeError
        They are complex, boolean, text or objects.
    ValueError
        One is NaN or infinite, or there is none.
    """
    array = real_array(name, values)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, but has shape {array.shape}")
    if not np.isfinite(array).all():
        where = tuple(int(i) for i in np.argwhere(~np.isfinite(array))[0])
        raise ValueError(f"{name} must be finite, but holds {array[where]} at {where}")
    return array


def require_shape(name: str, array: Array, of: str, like: Array) -> None:
    """Refuse an array that NumPy would broadcast to the shape of another.

    Parameters
    ----------
    name : str
        What the caller calls the array.
    array : array
        It must have the shape of the other.
    of : str
        What the caller calls the other.
    like : array
        The other.

    Raises
    ------
    ValueError
        Their shapes differ.
    """
    if array.shape != like.shape:
        raise ValueError(f"{name} must have the shape of {of}, {like.shape}, not {array.shape}")


def require_count(name: str, value: int, least: int, most: float = np.inf) -> None:
    """Refuse what is no number of things, or too small or too large a one.

    Parameters
    ----------
    name : str
        What the caller calls it.
    value : int
        How many.
    least : int
        The smallest that makes sense.
    most : int, optional
        The largest.

    Raises
    ------
    TypeError
        It is not an integer.
    ValueError
        It is out of range.
    """
    if isinstance(value, bool) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, not {value!r}")
    if not least <= value <= most:
        upwards = "" if most == np.inf else f" and at most {most}"
        raise ValueError(f"{name} must be at least {least}{upwards}, not {value}")


RANGES: dict[str, Callable[[float], bool]] = {
    "positive and finite": lambda number: 0 < number < np.inf,
    "0 or more and finite": lambda number: 0 <= number < np.inf,
    "at least 0 and less than 1": lambda number: 0 <= number < 1,
}
"""What a setting may have to be, and whether a number is that."""


def real_number(name: str, value: float, expected: str) -> float:
    """Return a setting as a float of Python's own.

    It leaves float32 arrays what they are, where one of NumPy's does not.

    Parameters
    ----------
    name : str
        What the caller calls it.
    value : float
        A number.
    expected : str
        What it must be, one of the ranges.

    Returns
    -------
    float
        The same number.

    Raises
    ------
    TypeError
        It is not a real number.
    ValueError
        It is out of the range.
    """
    if isinstance(value, bool) or not isinstance(value, Real):
        raise TypeError(f"{name} must be a number, not {value!r}")
    number = float(value)
    if not RANGES[expected](number):
        raise ValueError(f"{name} must be {expected}, not {value!r}")
    return number


def require_generator(rng: np.random.Generator) -> None:
    """Refuse what is no generator of random numbers, such as a seed.

    Parameters
    ----------
    rng : numpy.random.Generator
        Where the random numbers are to come from.

    Raises
    ------
    TypeError
        It is something else.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, not {rng!r}")
