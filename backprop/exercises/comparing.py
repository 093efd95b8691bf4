"""Whether a value is the right one, and what is wrong with its type, shape or size if it is not."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

FACTORS = {
    -1.0: "minus what it should be",
    2.0: "twice what it should be",
    0.5: "half of what it should be",
}

ROUNDED = {np.dtype(np.float32): 1e-5, np.dtype(np.float16): 1e-2}
"""Types with fewer digits than are compared, and how far what is computed in them may be off."""

EXACT = 1e-12
"""The tolerance of an exercise that asks for a derivative: it refuses a difference quotient."""
OF_QUOTIENTS = 1e-6
"""How far a difference quotient is off, at most."""


def same(value: Any, right: Any, tolerance: float = 1e-9) -> bool:
    """Return whether a value is the right one, up to rounding.

    Parameters
    ----------
    value : object
        What somebody's program gives.
    right : object
        Numbers, arrays, texts, and lists, tuples and dicts of them.
    tolerance : float
        How far a number may be off, relative to the largest of its array.

    Returns
    -------
    bool
        Whether all is the same. A list is as good as a tuple, and so is an array of the rows.
    """
    if isinstance(right, Mapping):
        return (
            isinstance(value, Mapping)
            and value.keys() == right.keys()
            and all(same(value[key], right[key], tolerance) for key in right)
        )
    if isinstance(right, tuple | list):
        value = _rows(value)
        return (
            isinstance(value, tuple | list)
            and len(value) == len(right)
            and all(same(one, other, tolerance) for one, other in zip(value, right, strict=True))
        )
    if isinstance(right, str | bool | np.bool_) or right is None:
        return isinstance(value, str | bool | np.bool_ | None) and bool(value == right)
    a, b = numbers(value), numbers(right)
    if a is None or b is None or a.shape != b.shape:
        return False
    if not b.size:
        return True
    with np.errstate(all="ignore"):
        scale = float(np.max(np.abs(b[np.isfinite(b)]), initial=0.0))
        return bool(np.allclose(a, b, rtol=tolerance, atol=tolerance * scale, equal_nan=True))


def _rows(value: Any) -> Any:
    """Return the list of what an array holds; anything else as it is."""
    return list(value) if isinstance(value, np.ndarray) and value.ndim else value


def numbers(value: Any) -> np.ndarray[Any, Any] | None:
    """Return a number, an array or nested lists as an array; None of anything else.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    array or None
        Of real or complex numbers; truth values of an array count as 1 and 0.
    """
    if isinstance(value, str | bytes | bool | Mapping) or value is None:
        return None
    try:
        array = np.asarray(value)
    except Exception:  # noqa: BLE001 - a class of the reader's may raise anything
        return None
    if array.dtype.kind == "b" and array.ndim:
        return array.astype(int)  # NumPy computes with truth values as with 1 and 0.
    return array if array.dtype.kind in "iufc" else None


def kind(value: Any) -> str:
    """Return what a value is, as a reader would say it.

    Parameters
    ----------
    value : object
        Anything.

    Returns
    -------
    str
        Such as "an array of shape (2, 3)".
    """
    if isinstance(value, bool | np.bool_):
        return "a truth value"
    if isinstance(value, tuple | list) and numbers(value) is None:
        return f"a {type(value).__name__} of {len(value)}"
    array = numbers(value)
    if isinstance(value, np.ndarray) and value.dtype == bool:
        return f"an array of truth values of shape {value.shape}"
    if array is None and isinstance(value, np.ndarray):
        what = "texts" if value.dtype.kind in "US" else "objects"
        return f"an array of {what} of shape {value.shape}"
    if array is None:
        name = "nothing, None" if value is None else type(value).__name__
        article = "" if value is None else "an " if name[0] in "aeiou" else "a "
        return article + name
    return f"an array of shape {array.shape}" if array.ndim else "a number"


def difference(value: Any, right: Any, tolerance: float = 1e-9) -> str:
    """Say what is wrong with a value, as far as its form shows it.

    Parameters
    ----------
    value, right : object
        What a program gives, and what it should.
    tolerance : float
        How far a number may be off.

    Returns
    -------
    str
        The end of a sentence whose subject is the value, without a full stop.
    """
    if isinstance(right, Mapping) and isinstance(value, Mapping):
        if missing := [key for key in right if key not in value]:
            return f"has no {missing[0]!r}"
        if more := [key for key in value if key not in right]:
            return f"has {more[0]!r}, which is not asked for"
        return _of_the_first(value, right, list(right), tolerance)
    value = _rows(value) if isinstance(right, tuple | list) else value
    if isinstance(right, tuple | list) and isinstance(value, tuple | list):
        if len(value) != len(right):
            return f"holds {len(value)}, and should hold {len(right)}"
        return _of_the_first(value, right, range(len(right)), tolerance)
    if kind(value) != kind(right):
        a, b = numbers(value), numbers(right)
        turned = a is not None and b is not None and a.T.shape == b.shape and same(a.T, b)
        tail = ": it is the transpose" if turned else ""
        return f"is {kind(value)}, and should be {kind(right)}{tail}"
    a, b = numbers(value), numbers(right)
    if a is None or b is None:
        return f"is {value!r:.60}, and should be {right!r:.60}"
    if not np.all(np.isfinite(a)) and np.all(np.isfinite(b)):
        return "holds nan or inf"
    if a.dtype in ROUNDED and same(a, b, ROUNDED[a.dtype]):
        return f"is right to the digits of {a.dtype} only: compute in float64, NumPy's own type"
    if tolerance <= EXACT and same(a, b, OF_QUOTIENTS):
        return "is as near as a difference quotient comes: compute the derivative by the chain rule"
    for factor, said in FACTORS.items():
        if same(a, factor * b):
            return f"is {said}"
    return _in_digits(a, b)


def _of_the_first(value: Any, right: Any, keys: Any, tolerance: float) -> str:
    """Say what is wrong with the first of some things that is not right."""
    for key in keys:
        if not same(value[key], right[key], tolerance):
            which = f"its {key!r}" if isinstance(key, str) else f"number {key + 1} of what it holds"
            return f"is not right: {which} {difference(value[key], right[key], tolerance)}"
    return "is not right"


def _in_digits(a: np.ndarray[Any, Any], b: np.ndarray[Any, Any]) -> str:
    """Say what numbers are and should be, in as many digits as show that they differ."""
    for precision in (4, 6, 8, 10, 12):
        is_, should_be = _shown(a, precision), _shown(b, precision)
        if is_ != should_be:
            return f"is {is_}, and should be {should_be}"
    if not a.ndim:
        return f"is {a!s}, and should be {b!s}"
    # They differ where the numbers of a large array are not shown.
    with np.errstate(all="ignore"):
        off = np.nan_to_num(np.abs(a - b), nan=np.inf)
    worst = np.unravel_index(np.argmax(off), a.shape)
    where = ", ".join(map(str, worst))
    return f"is not right at [{where}]: there it {_in_digits(a[worst], b[worst])}"


def _shown(array: np.ndarray[Any, Any], precision: int) -> str:
    """Return the first numbers of an array, on one line."""
    text = np.array2string(array, precision=precision, threshold=6, edgeitems=2, separator=", ")
    return " ".join(text.split())
