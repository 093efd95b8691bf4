"""Gradients by other means, to check those of backpropagation against."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, require_shape
from backprop.network import Network

Function: TypeAlias = Callable[[Array], Any]
"""A function of an array whose value is a number."""

Method: TypeAlias = Callable[[Function, ArrayLike], Array]
"""`complex_step`, `central_difference`, or another that takes the same."""

Name = TypeVar("Name", bound=Hashable)
"""What a parameter is called."""


def central_difference(f: Function, w: ArrayLike, h: float = 1e-5) -> Array:
    """Gradient of a function by central differences.

    Implements equation `central-difference`. The error is of the order h^2 from cutting the Taylor
    series off, plus the rounding error of f divided by h.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of w, returns a number.
    w : array
        Where to take the gradient.
    h : float
        How far to go to either side.

    Returns
    -------
    array of the shape of w
        dE/dw for f = E, approximately.
    """
    w = finite_array("w", w).astype(np.float64)

    def slope(step: Array) -> Any:
        return (f(w + step) - f(w - step)) / (2 * h)

    return _partials(slope, w, h)


def complex_step(f: Function, w: ArrayLike, h: float = 1e-30) -> Array:
    """Gradient of a function by a step along the imaginary axis.

    Implements equation `complex-step`. Nothing is subtracted, so nothing cancels, and h can be so
    small that h^2 vanishes beside 1. f must be analytic, and compute with complex numbers.

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of w, returns a complex number.
    w : array
        Where to take the gradient.
    h : float
        Length of the step.

    Returns
    -------
    array of the shape of w
        dE/dw for f = E, to the last digits.

    Raises
    ------
    TypeError
        f drops the imaginary part.

    References
    ----------
    W. Squire and G. Trapp, Using complex variables to estimate derivatives of real functions,
    SIAM Review 40 (1998).
    """
    w = finite_array("w", w).astype(np.float64)

    def slope(step: Array) -> Any:
        value = f(w + 1j * step)
        if not np.iscomplexobj(value):
            raise TypeError(f"f must return a complex number, not {type(value).__name__}")
        return np.imag(value) / h

    return _partials(slope, w, h)


def _partials(slope: Function, w: Array, h: float) -> Array:
    """Return the slope along each element of w, for a step of length h."""
    gradient = np.empty_like(w)
    for index in np.ndindex(w.shape):
        step = np.zeros_like(w)
        step[index] = h
        gradient[index] = slope(step)
    return gradient


def relative_error(analytic: ArrayLike, numerical: ArrayLike) -> float:
    """Distance of two gradients, relative to the longer one.

    Implements equation `relative-error`. Norms are compared and not elements, because an element
    near 0 beside large ones has no relative accuracy to speak of.

    Parameters
    ----------
    analytic : array
        One gradient.
    numerical : array of the same shape
        The other.

    Returns
    -------
    float
        0 where both are 0.

    Raises
    ------
    ValueError
        They differ in shape.
    """
    a, n = finite_array("analytic", analytic), finite_array("numerical", numerical)
    require_shape("numerical", n, "analytic", a)
    largest = max(np.abs(a).max(), np.abs(n).max())
    if largest == 0:
        return 0.0
    # Brought to the order of 1 first: the squares in the norm of a vanishing gradient underflow.
    a, n = a / largest, n / largest
    return float(np.linalg.norm(a - n) / max(np.linalg.norm(a), np.linalg.norm(n)))


def compare_gradients(
    loss: Callable[[dict[Name, Array]], Any],
    gradient: Callable[[dict[Name, Array]], Mapping[Name, ArrayLike]],
    parameters: Mapping[Name, ArrayLike],
    method: Method = complex_step,
) -> dict[Name, float]:
    """Compare a gradient with a numerical one, for any function of named arrays.

    Parameters
    ----------
    loss : callable
        Takes a dict of arrays, returns a number. Of `complex_step`, it gets one complex array.
    gradient : callable
        Takes a dict of arrays, returns a dict of the gradients of the loss.
    parameters : dict of arrays
        Where to compare. They are not changed.
    method : callable
        `complex_step` or `central_difference`.

    Returns
    -------
    dict
        Relative error of the gradient of each array.

    Raises
    ------
    TypeError
        A parameter or a gradient holds anything but real numbers.
    ValueError
        The gradient has other names or shapes than the parameters, or a number is not finite.
    """
    start = {name: finite_array(f"{name!r}", w) for name, w in parameters.items()}
    found = gradient({name: w.copy() for name, w in start.items()})
    if set(found) != set(start):
        raise ValueError(f"gradient must return {list(start)}, not {list(found)}")
    errors = {}
    for name, w in start.items():
        g = finite_array(f"gradient of {name!r}", found[name])
        require_shape(f"gradient of {name!r}", g, "its parameter", w)

        def along(values: Array, name: Name = name) -> Any:
            return loss({**start, name: values})

        errors[name] = relative_error(g, method(along, w))
    return errors


def check_gradient(
    network: Network, x: ArrayLike, target: ArrayLike, method: Method = complex_step
) -> dict[tuple[str, int], float]:
    """Compare the gradient of backpropagation with a numerical one, for every parameter.

    Parameters
    ----------
    network : Network
        It is not changed.
    x : (n_0,) or (N, n_0) array
        Input.
    target : (n_L,) or (N, n_L) array
        Target.
    method : callable
        `complex_step` or `central_difference`.

    Returns
    -------
    dict
        Relative error of ("W", l) and ("b", l), l from 1 to L.
    """
    # A learning rate of 1 makes the step minus the gradient.
    steps = network.backward(network.forward(x), target).steps(1.0)
    x, target, moved = np.asarray(x), np.asarray(target), network.copy()
    names = [
        (name, l) for l in range(1, len(network) + 1) for name in "Wb" if l in getattr(steps, name)
    ]

    def loss(values: dict[tuple[str, int], Array]) -> Any:
        for name, l in names:
            setattr(moved[l], name, values[name, l])
        trace = moved._forward(x)
        return moved.loss.function(trace.z[len(moved)], trace.output, target)

    return compare_gradients(
        loss,
        lambda _: {(name, l): -getattr(steps, name)[l] for name, l in names},
        {(name, l): getattr(network[l], name) for name, l in names},
        method,
    )
