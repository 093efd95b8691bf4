"""What two gradients of the same loss have to say of each other."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array

Name = TypeVar("Name", bound=Hashable)
"""What a parameter is called."""


class Comparison(dict[Name, float]):
    """Relative error of the gradient g of each array against the numerical one, n, by name.

    Printed, it is a table with a line for each array.

    Attributes
    ----------
    factors : dict
        The number by which n is multiplied to come closest to g, <g, n> / <n, n>: -1 where a sign
        is wrong, N or its inverse where a mean is. NaN where n is 0, or nothing but rounding.
    cosines : dict
        Cosine of the angle between g and n, which no factor changes but by its sign. NaN where one
        is 0, or nothing but rounding.
    """

    def __init__(self) -> None:
        super().__init__()
        self.factors: dict[Name, float] = {}
        self.cosines: dict[Name, float] = {}

    def add(self, name: Name, error: float, factor: float, cosine: float) -> None:
        """Enter an array.

        Parameters
        ----------
        name : hashable
            What it is called.
        error : float
            Relative error of its gradient.
        factor, cosine : float
            What `factor_and_cosine` returns.
        """
        self[name], self.factors[name], self.cosines[name] = error, factor, cosine

    def add_rounding(self, name: Name, error: float) -> None:
        """Enter for an array that its gradients differ by nothing but rounding.

        Parameters
        ----------
        name : hashable
            What it is called.
        error : float
            Difference of the gradients, relative to something that is larger than they are.
        """
        if self[name] > 0.1:  # Not one digit of them is right.
            self.factors[name] = self.cosines[name] = np.nan
        self[name] = error

    def __str__(self) -> str:
        lines = [("", "error", "factor", "cosine")]
        for name, error in self.items():
            factor, cosine = self.factors[name], self.cosines[name]
            lines.append((str(name), _bounded(error), _or_dash(factor), _or_dash(cosine)))
        width = max(len(name) for name, *_ in lines)
        return "\n".join(
            f"{name:{width}}  {error:>8}  {factor:>10}  {cosine:>10}"
            for name, error, factor, cosine in lines
        )


def _bounded(error: float) -> str:
    """Return an error to two digits, or as less than a bound where its digits are rounding."""
    for bound in (1e-12, 1e-8):
        if error < bound:
            return f"< {bound:.0e}"
    return f"{error:.2g}"


def _or_dash(value: float) -> str:
    return "-" if np.isnan(value) else f"{value:#.4g}"


def length(array: Array) -> float:
    """Return the root of the sum of squares, also where a square overflows or underflows.

    Parameters
    ----------
    array : array
        Finite numbers.

    Returns
    -------
    float
        Norm of the array.
    """
    largest = float(np.abs(array).max())
    if largest == 0:
        return 0.0
    shares = array.astype(float).ravel(order="K") / largest
    return largest * math.sqrt(shares.dot(shares))


def factor_and_cosine(g: Array, n: Array) -> tuple[float, float]:
    """Return <g, n> / <n, n>, and the cosine of the angle between g and n.

    Parameters
    ----------
    g, n : arrays of one shape
        Two gradients.

    Returns
    -------
    tuple
        NaN for what is a quotient of zeros.
    """
    of_g, of_n = length(g), length(n)
    if of_g == 0 or of_n == 0:
        return (0.0 if of_n else np.nan), np.nan
    cosine = float(np.sum((g / of_g) * (n / of_n)))
    return cosine * (of_g / of_n), cosine


def as_number(name: str, value: Any) -> float | complex:
    """Return what a function gave as a number of Python's own.

    Parameters
    ----------
    name : str
        What the caller calls the function.
    value : object
        What it returned.

    Returns
    -------
    float or complex
        The number, complex where its type is.

    Raises
    ------
    TypeError
        The value is no number.
    ValueError
        The value is more than one number, NaN or infinite.
    """
    try:
        array = np.asarray(value)
    except ValueError as error:
        raise TypeError(f"{name} must return a number, not {value!r}") from error
    if array.dtype.kind not in "iufc":
        raise TypeError(f"{name} must return a number, not {type(value).__name__}")
    if array.size != 1:
        raise ValueError(
            f"{name} must return one number, not an array of shape {array.shape}: "
            "return the sum or the mean"
        )
    number = array.reshape(())[()]
    if not np.isfinite(number):
        raise ValueError(f"{name} must return a finite number, not {number}")
    return complex(number) if array.dtype.kind == "c" else float(number)


def as_real_number(name: str, value: Any) -> float:
    """Return what a function gave for real numbers as a float of Python's own.

    Parameters
    ----------
    name : str
        What the caller calls the function.
    value : object
        What it returned.

    Returns
    -------
    float
        The number, whose type may be complex where no imaginary part is.

    Raises
    ------
    TypeError
        The value is no real number.
    """
    number = as_number(name, value)
    if number.imag:
        raise TypeError(f"{name} must return a real number for real numbers, not {number}")
    return number.real


def is_constant(f: Callable[[Array], Any], w: Array) -> bool:
    """Return whether a function of real numbers gives the same for other ones.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of w, returns a number.
    w : array
        Where to look. All of it is moved by a thousandth or less.

    Returns
    -------
    bool
        True where f ignores its argument, or does not change around w.
    """
    by = 1e-3 * np.random.default_rng(0).uniform(0.5, 1, w.shape)
    return bool(as_number("f", f(w.copy())) == as_number("f", f(w + by * np.where(w == 0, 1, w))))


def is_refuted(f: Callable[[Array], float], w: Array, n: Array) -> bool:
    """Return whether the slopes of f to both sides of w leave no room for the gradient n.

    f is looked at along one random direction, at distances h and 2 h. Where f is smooth, the two
    central differences agree, and the second differences are as h to 2 h; by how much they fail to
    do so, at a kink or where f bends within h, is how far central differences are not believed.

    Parameters
    ----------
    f : callable
        Takes a real array of the shape of w, returns a number.
    w : array
        Where n was taken.
    n : array of the shape of w
        The gradient of f at w, by the complex step.

    Returns
    -------
    bool
        True where n is wrong at both of two step lengths.
    """
    v = np.random.default_rng(0).normal(size=w.shape) * (np.abs(w).max() or 1.0)
    slope, E = float(np.sum(n * v)), f(w.copy())
    epsilon = np.finfo(np.float64).eps * (abs(E) + length(n) * length(w))
    for h in (1e-5, 1e-7):
        up, down, far_up, far_down = (f(np.asarray(w + k * h * v)) for k in (1, -1, 2, -2))
        near, far = (up - down) / (2 * h), (far_up - far_down) / (4 * h)
        bend, far_bend = (up - 2 * E + down) / h, (far_up - 2 * E + far_down) / (2 * h)
        doubt = abs(near - far) + abs(2 * bend - far_bend)
        if abs(slope - near) <= 10 * doubt + 16 * epsilon / h + 1e-8 * abs(slope):
            return False
    return True


def nudged(
    parameters: dict[Name, Array], precision: ArrayLike, rng: np.random.Generator
) -> dict[Name, Array]:
    """Return arrays that differ a little from others.

    Parameters
    ----------
    parameters : dict of arrays
        Arrays, which are not changed.
    precision : float
        By how much of its largest number each array is moved.
    rng : numpy.random.Generator
        Which way.

    Returns
    -------
    dict of arrays
        Of the same types.
    """
    return {
        name: (w + precision * np.abs(w).max() * rng.uniform(-1, 1, w.shape)).astype(w.dtype)
        for name, w in parameters.items()
    }
