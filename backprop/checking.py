"""Gradients by other means, to check those of backpropagation against."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

import numpy as np
from numpy.exceptions import ComplexWarning
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, real_array, require_real, require_shape
from backprop._comparison import (
    Comparison,
    Name,
    as_number,
    as_real_number,
    factor_and_cosine,
    is_constant,
    is_refuted,
    length,
    nudged,
)
from backprop.network import Network

Function: TypeAlias = Callable[[Array], Any]
"""A function of an array whose value is a number."""

Method: TypeAlias = Callable[[Function, ArrayLike], Array]
"""`complex_step`, `central_difference`, or another that takes the same."""

INSTEAD = "use central differences, which need no complex numbers: method=central_difference"
DROPS = "abs, .real, float, np.var, np.std, np.linalg.norm, a conjugate, or a real array filled in"


def central_difference(f: Function, w: ArrayLike, h: float = 1e-5) -> Array:
    """Gradient of a function by central differences.

    Implements equation `central-difference`. The error is of the order h^2 from cutting the Taylor
    series off, plus the rounding error of f divided by h. What is divided by is the distance of
    w + h and w - h as they were rounded, which is not 2 h where w is large.

    Parameters
    ----------
    f : callable
        Takes an array of the shape of w, returns a number. An array that holds one number will do.
    w : array
        Where to take the gradient.
    h : float
        How far to go to either side.

    Returns
    -------
    array of the shape of w
        dE/dw for f = E, approximately.

    Raises
    ------
    TypeError
        f returns no real number, w holds anything but real numbers, or h is no number.
    ValueError
        f returns more than one number or one that is not finite, w is not finite, h is not positive
        and finite, or a number of w is so large that w + h is w.
    FloatingPointError
        A slope is not finite: f or w is too large, or h.
    """
    f = _require_real_values(f)
    w = _require_doubles("w", w)
    h = require_real("h", h, "positive and finite")
    _require_step(h, w)
    gradient = np.empty_like(w)
    for index in np.ndindex(w.shape):
        up, down = w.copy(), w.copy()
        up[index] += h
        down[index] -= h
        # Not 2 h, where w + h and w - h were rounded.
        distance = float(up[index] - down[index])
        gradient[index] = (f(up) - f(down)) / distance
    _require_finite_slopes(gradient)
    return gradient


def complex_step(f: Function, w: ArrayLike, h: float = 1e-30) -> Array:
    """Gradient of a function by a step along the imaginary axis.

    Implements equation `complex-step`. Nothing is subtracted, so nothing cancels, and h can be so
    small that h^2 vanishes beside 1. f must be analytic, compute with complex numbers, and bend on
    no scale as small as h, as a root does within h of 0. A slope times h must not be below the
    smallest normal number, about 2e-308. Where only a part of f drops the imaginary part, the
    answer is wrong, and this function cannot see it; `compare_gradients` does.

    Parameters
    ----------
    f : callable
        Takes a complex array of the shape of w, returns a complex number. An array that holds one
        number will do.
    w : array
        Where to take the gradient.
    h : float
        Length of the step.

    Returns
    -------
    array of the shape of w
        dE/dw for f = E, to the last digits as far as f computes them.

    Raises
    ------
    TypeError
        f returns a real number or none, or refuses complex ones; w holds anything but real numbers,
        or h is no number.
    ValueError
        f returns more than one number or one that is not finite, w is not finite, or h is not
        positive and finite.
    FloatingPointError
        A slope is not finite: f is too large.

    References
    ----------
    W. Squire and G. Trapp, Using complex variables to estimate derivatives of real functions,
    SIAM Review 40 (1998).
    """
    f = _require_complex_values(f)
    w = _require_doubles("w", w)
    h = require_real("h", h, "positive and finite")
    gradient = np.empty_like(w)
    for index in np.ndindex(w.shape):
        z = w.astype(complex)
        z[index] += 1j * h
        gradient[index] = f(z).imag / h
    _require_finite_slopes(gradient)
    return gradient


def _require_real_values(f: Function) -> Callable[[Array], float]:
    """Return the function, which from now on refuses values that are no real number."""
    _require_callable("f", f)
    return lambda w: as_real_number("f", f(w))


def _require_complex_values(f: Function) -> Callable[[Array], complex]:
    """Return the function, which from now on refuses values without an imaginary part."""
    _require_callable("f", f)

    def value(z: Array) -> complex:
        try:
            E = as_number("f", f(z))
        except (TypeError, ComplexWarning) as error:
            as_number("f", f(z.real.copy()))  # Raises what is wrong for real numbers as well.
            raise TypeError(f"f must take complex numbers ({error}); or {INSTEAD}") from error
        if isinstance(E, complex):
            return E
        raise TypeError(
            "f must return a complex number, not float: "
            + (
                "it returns the same number for other values of w as well. f must compute with "
                "the array that it is given, and not with one that is kept elsewhere"
                if is_constant(f, z.real)
                else f"it drops the imaginary part ({DROPS}); {INSTEAD}"
            )
        )

    return value


def _require_step(h: float, w: Array) -> None:
    """Refuse a step that is lost beside a number of w, or goes beyond the largest number."""
    with np.errstate(over="ignore"):
        distance = (w + h) - (w - h)
    if np.any(distance == 0):
        at = w[distance == 0].flat[0]
        raise ValueError(f"h must be larger: {h} is lost beside w, which is {at}")
    if not np.all(np.isfinite(distance)):
        raise FloatingPointError(
            f"h must be smaller: the distance of w + h and w - h is too large for h = {h}"
        )


def _require_finite_slopes(gradient: Array) -> None:
    """Refuse slopes that are not finite."""
    if not np.all(np.isfinite(gradient)):
        slope = gradient[~np.isfinite(gradient)].flat[0]
        raise FloatingPointError(f"the slope of f is {slope}: f is too large")


def _require_callable(name: str, f: Any) -> None:
    if not callable(f):
        raise TypeError(f"{name} must be a function, not {f!r}")


def _require_doubles(name: str, values: ArrayLike) -> Array:
    """Return finite numbers in float64, whose squares can be added up."""
    with np.errstate(over="ignore"):
        return finite_array(name, real_array(name, values).astype(np.float64))


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
        0 where both are 0, 2 where one is minus the other, computed in float64.

    Raises
    ------
    TypeError
        An argument holds anything but real numbers.
    ValueError
        The two gradients differ in shape, are empty, or are not finite.
    """
    analytic = _require_doubles("analytic", analytic)
    numerical = _require_doubles("numerical", numerical)
    require_shape("numerical", numerical, "analytic", analytic)
    largest = max(np.abs(analytic).max(), np.abs(numerical).max())
    if largest == 0:
        return 0.0
    # Brought to the order of 1 first, where no square underflows and no difference overflows.
    a, n = analytic / largest, numerical / largest
    return float(np.linalg.norm(a - n) / max(np.linalg.norm(a), np.linalg.norm(n)))


def compare_gradients(
    loss: Callable[[dict[Name, Array]], Any],
    gradient: Callable[[dict[Name, Array]], Mapping[Name, ArrayLike]],
    parameters: Mapping[Name, ArrayLike],
    method: Method = complex_step,
) -> Comparison[Name]:
    """Compare a gradient with a numerical one, for any function of named arrays.

    Beside the relative error of each array, the comparison holds the factor by which its gradient
    is too long, and the cosine of the angle; `print` shows all three.

    The error of an array is relative to the longer of its own two gradients. There is one
    exception. Before a normalization, or as a bias of the keys of attention, an array has no effect
    on the loss. The gradient is then 0, and what is computed is rounding, which has no right
    digits. Rounding is recognized by moving all parameters a little: a mistake stays what it was,
    and rounding changes its sign, in one of 16 tries. What is rounding is taken relative to the
    gradient of all arrays together. Where all of that is rounding, as at a minimum, no comparison
    is possible.

    The complex step is wrong where a part of the loss drops the imaginary part. So its gradient is
    compared with slopes of the loss to both sides, along one random direction for each array, and
    there is no verdict where these leave no room for it.

    Parameters
    ----------
    loss : callable
        Takes a dict of arrays, returns a number. Of `complex_step`, it gets one complex array. The
        arrays are copies in float64. A class that keeps its own weights has to take them over
        first, for example ``def loss(p): model.W = p["W"]; return model.loss(x, target)``.
    gradient : callable
        Takes a dict of arrays, returns a dict of the gradients of the loss.
    parameters : dict of arrays
        Where to compare. The arrays are not changed.
    method : callable
        `complex_step` or `central_difference`.

    Returns
    -------
    dict
        Relative error of the gradient of each array, with `factors` and `cosines`, two dicts.

    Raises
    ------
    TypeError
        A parameter or a gradient holds anything but real numbers, the loss is no number, or it
        drops the imaginary part for the complex step; something is no function or no dict.
    ValueError
        The gradient has other names or shapes than the parameters, a number is not finite, the loss
        is more than one number, or changes with none of the parameters. Or a parameter is so large
        that the step of the method is lost beside it.
    FloatingPointError
        A slope is not finite: the loss is too large.
    """
    for called, function in (("loss", loss), ("gradient", gradient), ("method", method)):
        _require_callable(called, function)
    return _compared(
        loss,
        gradient,
        parameters,
        method,
        "it must compute with the arrays that it is given; a class that keeps its own takes them "
        "over first",
    )


def _compared(
    loss: Callable[[dict[Name, Array]], Any],
    gradient: Callable[[dict[Name, Array]], Mapping[Name, ArrayLike]],
    parameters: Mapping[Name, ArrayLike],
    method: Method,
    advice: str,
) -> Comparison[Name]:
    """Compare gradients; the advice is for a loss that no parameter changes."""
    _require_dict("parameters must be", parameters)
    start = {name: finite_array(f"{name!r}", w) for name, w in parameters.items()}
    if not start:
        raise ValueError("parameters must not be empty")
    double = _doubles(start)
    E = as_real_number("loss", loss(_copies(double)))
    g = _gradient(gradient, start)
    n = {name: _numerical(loss, double, name, method) for name in start}
    _require_effect(loss, double, E, g, n, advice)
    whole = length(np.concatenate([each.ravel() for each in n.values()]))
    comparison: Comparison[Name] = Comparison()
    for name in start:
        error = relative_error(g[name], n[name])
        comparison.add(name, error, *factor_and_cosine(g[name], n[name]))
        off = length(g[name] - n[name])

        def _again(rng: np.random.Generator, name: Name = name) -> Array:
            """Return the difference where all parameters are a little different."""
            near = nudged(start, max(1e-5, 4 * np.finfo(g[name].dtype).eps), rng)
            near_n = _numerical(loss, _doubles(near), name, method)
            return _gradient(gradient, near)[name] - near_n

        if error > 1e-12 and max(length(g[name]), length(n[name])) < 1e-3 * whole:
            rng, direction = np.random.default_rng(0), (g[name] - n[name]) / off
            if any(np.sum(_again(rng) * direction) < 0 for _ in range(16)):
                comparison.add_rounding(name, off / whole)
    return comparison


def _doubles(arrays: Mapping[Name, Array]) -> dict[Name, Array]:
    return {name: _require_doubles(f"{name!r}", w) for name, w in arrays.items()}


def _require_dict(what: str, values: Any) -> None:
    if not isinstance(values, Mapping):
        raise TypeError(
            f"{what} a dict of arrays by name, such as {{'W': W, 'b': b}}, "
            f"not {type(values).__name__}"
        )


def _copies(arrays: Mapping[Name, Array]) -> dict[Name, Array]:
    """Return arrays that may be changed."""
    return {name: w.copy() for name, w in arrays.items()}


def _gradient(
    gradient: Callable[[dict[Name, Array]], Mapping[Name, ArrayLike]], start: dict[Name, Array]
) -> dict[Name, Array]:
    """Return the gradient that is to be checked, an array of the right shape by name."""
    found = gradient(_copies(start))
    _require_dict("gradient must return", found)
    if set(found) != set(start):
        raise ValueError(f"gradient must return {list(start)}, not {list(found)}")
    g = {name: finite_array(f"gradient of {name!r}", found[name]) for name in start}
    for name, w in start.items():
        require_shape(f"gradient of {name!r}", g[name], "its parameter", w)
    # A class may hand out the arrays in which it adds up the next gradient.
    return _copies(g)


def _numerical(
    loss: Callable[[dict[Name, Array]], Any], at: dict[Name, Array], name: Name, method: Method
) -> Array:
    """Return the numerical gradient of one array, unless the loss refutes it."""
    longest, in_loss = 0.0, False

    def _along(values: Array) -> float | complex:
        nonlocal longest, in_loss
        in_loss = True
        E = as_number("loss", loss({**_copies(at), name: np.array(values)}))
        in_loss = False
        if np.iscomplexobj(values):
            longest = max(longest, float(np.abs(np.imag(values)).max()))
            # Of an array that it does not use, a loss is real, and its slope is 0.
            if not isinstance(E, complex) and is_constant(_along, at[name]):
                return complex(E)
        return E

    try:
        found = method(_along, at[name])
    except ValueError as error:
        if in_loss:
            raise
        raise ValueError(f"along {name!r}, {error}") from error
    n = _require_doubles(f"numerical gradient of {name!r}", found)
    require_shape(f"numerical gradient of {name!r}", n, "its parameter", at[name])
    # The square of a longer imaginary step is seen in the digits of n.
    if 0 < longest < 1e-8 and is_refuted(lambda w: as_real_number("loss", _along(w)), at[name], n):
        raise TypeError(
            f"loss must keep the imaginary part, but along {name!r} the complex step contradicts "
            f"the slopes to both sides: there may be {DROPS}; {INSTEAD}"
        )
    return n


def _require_effect(
    loss: Callable[[dict[Name, Array]], Any],
    at: dict[Name, Array],
    E: float,
    g: dict[Name, Array],
    n: dict[Name, Array],
    advice: str,
) -> None:
    """Refuse a loss that is the same wherever the parameters are, where the gradient is not 0."""
    if any(each.any() for each in n.values()) or not any(each.any() for each in g.values()):
        return
    moved = nudged(at, 1e-2, np.random.default_rng(0))
    if as_real_number("loss", loss(moved)) == E:
        raise ValueError(
            f"loss must change with the parameters, but is {E} for other ones as well: {advice}"
        )


def check_gradient(
    network: Network, x: ArrayLike, target: ArrayLike, method: Method = complex_step
) -> Comparison[Any]:
    """Compare the gradient of backpropagation with a numerical one, for every parameter.

    Parameters
    ----------
    network : Network
        Network, which is not changed.
    x : (n_0,) or (N, n_0) array
        Input.
    target : (n_L,) or (N, n_L) array
        Target.
    method : callable
        `complex_step` or `central_difference`.

    Returns
    -------
    dict
        Relative error of ("W", l), ("b", l) and all other parameters, l from 1 to L.

    Raises
    ------
    TypeError
        The network is no Network, x or the target holds anything but real numbers, an activation
        or the loss drops the imaginary part for the complex step, or the method is no function.
    ValueError
        x or the target is empty, not finite, or does not fit the network, or so large that the
        effect of all parameters is lost in the rounding of the loss. Or a parameter is so large
        that the step of the method is lost beside it.
    FloatingPointError
        The output, the loss, an error term or a slope is not finite: what stands in the way is
        said.
    """
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {network!r}")
    trace = network.forward(x)
    network.backward(trace, target)  # Refuses what does not fit.
    x, target = trace.a[0], np.asarray(target)

    def _loss(values: dict[Any, Array]) -> Any:
        moved = network.with_parameters(values)
        return moved._loss(moved._forward(x), target)

    def _uphill(values: dict[Any, Array]) -> dict[Any, Array]:
        return network.with_parameters(values).gradient(x, target)

    _require_callable("method", method)
    return _compared(
        _loss,
        _uphill,
        network.parameters,
        method,
        "x or target is so large that their effect is lost in rounding",
    )
