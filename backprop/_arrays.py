"""What may come in: arrays of finite real numbers in the shape that is expected, and settings."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from math import isfinite
from numbers import Integral, Number, Real
from typing import Any, TypeAlias, TypeGuard

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array: TypeAlias = NDArray[Any]
"""An array of floating-point numbers."""


def shown(value: object) -> str:
    """Return how a value is shown in a message: shortly, and without an error of its own.

    Parameters
    ----------
    value : object
        What came where something else was expected.

    Returns
    -------
    str
        The beginning of its representation, or its class where that has none.
    """
    try:
        text = repr(value)
    except Exception:  # noqa: BLE001 - a class may raise anything, and Python for long integers
        return f"something of class {type(value).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}..."


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
        The values are complex, boolean, text, objects or masked.
    ValueError
        The values have no common shape.
    """
    if type(values) is np.ndarray and values.dtype.kind == "f":
        return values
    array = _array(name, values)
    if array.dtype.kind in "iu":
        return array.astype(np.float64)
    if array.dtype.kind != "f":
        raise TypeError(f"{name} must hold real numbers, not {_kind(array)}")
    return array


def _array(name: str, values: ArrayLike) -> Array:
    """Return values as an array of whatever they are."""
    if _masked(values):
        raise TypeError(
            f"{name} must hold real numbers, not masked ones: what is masked cannot be left out"
        )
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name} must have the same number of values in each row") from error
    except Exception as error:
        # Whatever a class answers that does not want to become an array.
        kind = type(values).__name__
        raise TypeError(f"{name} must hold real numbers, not {kind}: {error}") from error


def _masked(values: object) -> bool:
    """Return whether an array has a mask, or one in a sequence; NumPy would use what is masked."""
    if isinstance(values, list | tuple):
        return any(_masked(each) for each in values)
    return isinstance(values, np.ma.MaskedArray)


def _are_of_a_class_of_their_own(array: Array) -> bool:
    """Return whether an array holds numbers of a caller's class: dual ones, or some that count."""
    return array.dtype.kind == "O" and array.size > 0 and all(map(_is_of_its_own, array.flat))


def _is_an_array_of_its_own(values: object) -> TypeGuard[Array]:
    """Return whether values are an array that has taken NumPy's operations over, to count them."""
    plain = np.ndarray.__array_ufunc__
    return isinstance(values, np.ndarray) and type(values).__array_ufunc__ is not plain


def _is_of_its_own(number: object) -> bool:
    known = type(number).__module__ in {"builtins", "datetime", "decimal", "fractions", "numpy"}
    return not known and hasattr(number, "__radd__") and hasattr(number, "__rmul__")


def _kind(array: Array) -> str:
    """Return what an array holds that is no number of NumPy's."""
    if array.dtype.kind != "O":
        return str(array.dtype)
    first = next((each for each in array.flat if not isinstance(each, float)), 0.0)
    kind = f"objects of class {type(first).__name__}"
    if isinstance(first, Number | Decimal):
        return f"{kind}, which NumPy has no type for: make a float of each"
    return kind


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
        The values are complex, boolean, text, objects or masked.
    ValueError
        A value is NaN or infinite, or there are no values, or the values have no common shape.
    """
    array = real_array(name, values)
    if array.size == 0:
        raise ValueError(f"{name} must not be empty, but has shape {array.shape}")
    if not all_finite(array):
        where = first_not_finite(array)
        at = f" at {where}" if where else ""
        raise ValueError(f"{name} must be finite, but holds {array[where]}{at}")
    return array


def all_finite(array: Array) -> bool:
    """Return whether no number is NaN or infinite.

    Parameters
    ----------
    array : array
        Numbers.

    Returns
    -------
    bool
        Whether all are finite.
    """
    if array.dtype == object:
        return all(isfinite(each) for each in array.flat if hasattr(each, "__float__"))
    # A sum of squares is finite only if all numbers are, and takes a third of the time that a look
    # at each does. Large numbers are looked at all the same.
    return isfinite(np.vdot(array, array).real) or bool(np.isfinite(array).all())


def first_not_finite(array: Array) -> tuple[int, ...]:
    """Return where an array holds its first NaN or infinity.

    Parameters
    ----------
    array : array
        Numbers, of which one is not finite.

    Returns
    -------
    tuple of int
        Index of that number.
    """
    numbers = array.astype(np.float64) if array.dtype == object else array
    return tuple(int(i) for i in np.argwhere(~np.isfinite(numbers))[0])


def floats(name: str, values: ArrayLike, axes: tuple[int, ...] = ()) -> Array:
    """Return an array of floating-point numbers, real or complex, with as many axes as expected.

    It stands at the beginning of the functions of the equations, which training calls all the
    time: what is such an array is let through at once, and not looked into. Integers become
    float64.

    Parameters
    ----------
    name : str
        What the caller calls it.
    values : array_like
        Numbers. Complex ones are let through, as complex-step differentiation needs it; so are
        NaN and infinities, which go through an equation, and numbers of the caller's own class.
    axes : tuple of int
        How many axes the array may have; if it is empty, any number.

    Returns
    -------
    array
        The same array where nothing is to be changed.

    Raises
    ------
    TypeError
        The values are boolean, text, objects or masked.
    ValueError
        The array has another number of axes, or they have no common shape.
    """
    if (
        (type(values) is np.ndarray or _is_an_array_of_its_own(values))
        and values.dtype.kind in "fc"
        and (values.ndim in axes or not axes)
    ):
        return values
    array = _array(name, values)
    if array.dtype.kind != "c" and not _are_of_a_class_of_their_own(array):
        array = real_array(name, array)
    if axes and array.ndim not in axes:
        wanted = " or ".join(map(str, axes))
        raise ValueError(f"{name} must have {wanted} axes, not shape {array.shape}")
    return array


def require_shape(name: str, array: Array, of: str, like: Array) -> None:
    """Refuse an array that NumPy would broadcast to the shape of another.

    Parameters
    ----------
    name : str
        What the caller calls the array.
    array : array
        The array that must have the shape of the other.
    of : str
        What the caller calls the other.
    like : array
        The other.

    Raises
    ------
    ValueError
        The shapes of the two arrays differ.
    """
    if array.shape != like.shape:
        raise ValueError(f"{name} must have the shape of {of}, {like.shape}, not {array.shape}")


def require_count(name: str, value: int, least: int, most: float = np.inf) -> int:
    """Refuse what is no number of things, or too small or too large a one.

    What is returned is an integer of Python's own, which does not wrap around as small ones of
    NumPy do.

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

    Returns
    -------
    int
        The same number.

    Raises
    ------
    TypeError
        The value is not an integer.
    ValueError
        The value is out of range.
    """
    if isinstance(value, bool | np.timedelta64) or not isinstance(value, Integral):
        raise TypeError(f"{name} must be an integer, not {shown(value)}")
    count = int(value)
    if not least <= count <= most:
        upwards = "" if most == np.inf else f" and at most {most}"
        raise ValueError(f"{name} must be at least {least}{upwards}, not {shown(count)}")
    return count


RANGES: dict[str, Callable[[float], bool]] = {
    "positive and finite": lambda number: 0 < number < np.inf,
    "0 or more and finite": lambda number: 0 <= number < np.inf,
    "at least 0 and less than 1": lambda number: 0 <= number < 1,
}
"""What a setting may have to be, and whether a number is that."""


def require_real(name: str, value: float, expected: str) -> float:
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
        The value is not a real number.
    ValueError
        The value is out of the range.
    """
    if type(value) is not float and (
        isinstance(value, bool | np.timedelta64) or not isinstance(value, Real)
    ):
        raise TypeError(f"{name} must be a number, not {shown(value)}")
    try:
        number = float(value)
    except OverflowError:
        number = np.inf
    if not RANGES[expected](number):
        raise ValueError(f"{name} must be {expected}, not {shown(value)}")
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
        rng is something else.
    """
    if not isinstance(rng, np.random.Generator):
        raise TypeError(f"rng must be a numpy.random.Generator, not {shown(rng)}")
