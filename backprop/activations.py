"""Activation functions and their derivatives, written in terms of the output where that will do."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, SupportsIndex

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, require_shape, shown


@dataclass(frozen=True)
class Activation:
    """A function that turns the input z of a unit into its output a.

    Attributes
    ----------
    name : str
        What it is called.
    function : callable
        a = f(z), for arrays of real or complex numbers. Training calls it at every step, so it
        checks nothing; calling the activation itself does.
    derivative : callable
        f'(z), computed from the output a, and not from z. The function checks nothing; given z, it
        returns numbers that are no slopes. Where a has been rounded to nearly 1, so has the slope
        to nearly 0: it is off by a rounding error of a, not of itself.
    of : str
        "output", or "input" where the derivative must be computed from z, because two inputs may
        have the same output and different slopes.

    Raises
    ------
    TypeError
        The name is no text, or a function cannot be called.
    ValueError
        The derivative is of neither output nor input.
    """

    name: str
    function: Callable[[Array], Array]
    derivative: Callable[[Array], Array]
    of: str = "output"

    def __post_init__(self) -> None:
        _require_parts(self, "function", "derivative")
        if self.of not in ("output", "input"):
            raise ValueError(f'of must be "output" or "input", not {shown(self.of)}')

    def __call__(self, z: ArrayLike) -> Any:
        """Output of units whose pre-activation is z.

        Implements equation `activation`.

        Parameters
        ----------
        z : array of any shape, or a number
            Pre-activation. Integers become float64; other types stay.

        Returns
        -------
        array of the shape of z, or a number
            Output of the units. The package's activations give an array of its own.

        Raises
        ------
        TypeError
            z is complex, boolean, text, an object or masked.
        ValueError
            z is empty, or holds NaN or an infinity.
        """
        return np.asarray(self.function(finite_array("z", z)))[()]

    def _pullback(self, e: Array, known: Array) -> Array:
        """Error of the pre-activation: the error of the output, times the slope.

        Parameters
        ----------
        e : array of any shape
            Minus dE/da, not validated.
        known : array of the shape of e
            Output a of the units, or the pre-activation z where the derivative is of the input.

        Returns
        -------
        array of the shape of e
            Minus dE/dz.
        """
        error: Array = e * self.derivative(known)
        return error

    def __repr__(self) -> str:
        return self.name

    def __reduce_ex__(self, protocol: SupportsIndex) -> str | tuple[Any, ...]:
        # The package's own travel between processes by name, and stay the same objects there.
        return self.name if globals().get(self.name) is self else super().__reduce_ex__(protocol)


def _require_parts(whole: object, *functions: str) -> None:
    """Refuse an activation or a loss that is made of something else than a name and functions.

    Parameters
    ----------
    whole : Activation or Loss
        What was made.
    *functions : str
        Which of its attributes must be functions.

    Raises
    ------
    TypeError
        The name is no text, or one of them cannot be called.
    """
    if not isinstance(name := getattr(whole, "name", None), str):
        raise TypeError(f"name must be text, not {shown(name)}")
    for each in functions:
        if not callable(part := getattr(whole, each)):
            raise TypeError(f"{each} must be a function of arrays, not {shown(part)}")


def _require_activation(activation: Activation) -> None:
    """Refuse what is no activation, such as a function of NumPy's.

    Parameters
    ----------
    activation : Activation
        Function from the pre-activation of units to their output.

    Raises
    ------
    TypeError
        The activation is something else.
    """
    if not isinstance(activation, Activation):
        raise TypeError(f"activation must be an Activation such as tanh, not {shown(activation)}")


def _require_slope_of_output(activation: Activation) -> None:
    """Refuse an activation whose derivative cannot be computed from its output.

    Parameters
    ----------
    activation : Activation
        Function from the pre-activation of units to their output.

    Raises
    ------
    TypeError
        The activation is no Activation, or its derivative is computed from z.
    """
    _require_activation(activation)
    if activation.of == "input":
        raise TypeError(
            f"activation must have a slope that follows from the output, but {activation} needs z"
        )


def _sigmoid(z: Array) -> Array:
    # Exponentials are taken of numbers that are never positive, so they cannot overflow, and the
    # division is by a number between 1 and 2, so that nothing cancels. Choosing by `np.where` takes
    # several times as long: a processor cannot guess which way the next number goes.
    a: Array = np.exp(np.minimum(z, 0)) / (1 + np.exp(np.minimum(z, -z)))
    return a


sigmoid = Activation("sigmoid", _sigmoid, lambda a: a * (1 - a))
"""`1 / (1 + exp(-z))`, between 0 and 1, with derivative `a * (1 - a)`.

Implements equation `sigmoid` and equation `sigmoid-derivative`.
"""

# Factored, 1 - a^2 loses nothing: 1 - a is exact where a is near 1.
tanh = Activation("tanh", np.tanh, lambda a: (1 - a) * (1 + a))
"""Hyperbolic tangent, between -1 and 1, with derivative `1 - a**2`."""


def _relu(z: Array) -> Array:
    # NaN is neither larger nor smaller than 0; it is passed on, and not taken for an inactive unit.
    if z.dtype.kind == "c":
        # NumPy orders complex numbers by their imaginary parts, too: 0 + 1e-30j is above 0.
        return np.where((z.real <= 0) & ~np.isnan(z), np.zeros_like(z), z)
    a: Array = np.maximum(z, 0)
    return a


relu = Activation("relu", _relu, lambda a: np.sign(np.maximum(a.real, 0)))
"""z where it is positive and 0 elsewhere; its derivative is 1 where a is positive and 0 elsewhere.

At z = 0, where no derivative exists, 0 is taken. NaN stays NaN in both.
"""

LEAK = 0.01
"""Slope of `leaky_relu` where z is not positive."""

leaky_relu = Activation(
    "leaky_relu",
    lambda z: np.where(z.real > 0, z, z * z.dtype.type(LEAK)),
    lambda a: np.where(a.real > 0, 1 + 0 * a, LEAK + 0 * a),
)
"""z where it is positive and a hundredth of z elsewhere, so that no unit is ever without a slope.

At z = 0, where no derivative exists, 1/100 is taken. NaN stays NaN in both.
"""


def _gate(z: Array) -> Array:
    """Return the sigmoid as slopes need it, which may be differentiated again: without a kink."""
    # `np.minimum` would share the slope of a Variable between both sides of 0.
    e = np.exp(np.where(z > 0, -z, z))
    a: Array = np.where(z > 0, 1, e) / (1 + e)
    return a


def _silu_slope(z: Array) -> Array:
    """Return the slope of `silu` at z."""
    s = _gate(z)
    # Far below 0, z times what is nearly 0 must not be infinity times 0.
    slope: Array = s * (1 + np.maximum(z, -2e4) * (1 - s))
    return slope


silu = Activation("silu", lambda z: z * _sigmoid(z), _silu_slope, of="input")
"""z times sigmoid(z), also called swish: near 0 where z is far below, near z where it is above.

The function falls before it rises, so the slope must be computed from z.
Implements equation `silu-derivative`.
"""

CUBIC = 0.044715
"""What Hendrycks and Gimpel found to bring a sigmoid nearest to the normal distribution."""


def _gelu_exponent(z: Array) -> Array:
    # Beyond 60 the sigmoid has long been 0 or 1: there z^3 need not be known, and cannot overflow.
    near = np.clip(z, -60, 60)
    exponent: Array = float(np.sqrt(8 / np.pi)) * (near * (1 + CUBIC * near**2))
    return exponent


def _gelu_slope(z: Array) -> Array:
    """Return the slope of `gelu` at z."""
    s, near = _gate(_gelu_exponent(z)), np.clip(z, -60, 60)
    rise = float(np.sqrt(8 / np.pi)) * (1 + 3 * CUBIC * near**2)
    slope: Array = s + near * s * (1 - s) * rise
    return slope


gelu = Activation("gelu", lambda z: z * _sigmoid(_gelu_exponent(z)), _gelu_slope, of="input")
"""z times the probability that a standard normal number is below z, by a sigmoid that comes near.

The slope must be computed from z, as that of `silu`. D. Hendrycks and K. Gimpel, Gaussian error
linear units (2016), give this form beside the exact one, from which it is less than 0.0005 away.
Implements equation `gelu-derivative`.
"""

# A copy: an output can be changed, and what it came from stays.
identity = Activation("identity", np.positive, np.ones_like)
"""z itself, with derivative 1."""


def _largest(z: Array) -> Array:
    """Return where the largest number of each row stands."""
    where: Array = np.argmax(z.real, axis=-1, keepdims=True)
    return where


def _shifted(z: Array) -> tuple[Array, Array]:
    """Return half of each number minus the largest of its row, and what rounding cut off from it.

    Halves, because the difference of two numbers of any size may overflow. The rounding error of
    a difference is found exactly, as D. E. Knuth does in The Art of Computer Programming, volume
    2, section 4.2.2.
    """
    half = z / 2
    top = np.take_along_axis(half, _largest(z), axis=-1)
    below = half - top
    virtual = half - below
    cut_off: Array = (half - (below + virtual)) + (virtual - top)
    return below, cut_off


def _exponentials(z: Array) -> Array:
    """Return the exponential of each number minus the largest of its row: they cannot overflow."""
    below, cut_off = _shifted(z)
    with np.errstate(over="ignore"):
        e: Array = np.exp(below + below)
    # Without what was cut off, an error of 1e-13 in a difference of 700 would be one of the result.
    e += e * (cut_off + cut_off)
    return e


def _log_sum_exp_minus_max(z: Array) -> Array:
    """Return by how much the logarithm of the sum of exponentials exceeds the largest of a row."""
    others = _exponentials(z)
    # The largest term is 1: log1p of the others keeps their digits when they are few.
    np.put_along_axis(others, _largest(z), 0, axis=-1)
    above: Array = np.log1p(np.sum(others, axis=-1, keepdims=True))
    return above


def log_sum_exp(z: ArrayLike) -> Any:
    """Logarithm of the sum of exponentials, over the last axis.

    Implements equation `log-sum-exp`.

    Parameters
    ----------
    z : (n,) or (N, n) array
        Numbers of any size, at least one.

    Returns
    -------
    a number, or (N,) array
        Never infinite where z is not.

    Raises
    ------
    TypeError
        z is complex, boolean, text, an object or masked.
    ValueError
        z is empty, holds NaN or an infinity, or is a number.
    """
    z = finite_array("z", z)
    if z.ndim == 0:
        raise ValueError("z must have an axis to sum over, but is a number")
    return (np.max(z, axis=-1, keepdims=True) + _log_sum_exp_minus_max(z))[..., 0][()]


def _softmax(z: Array) -> Array:
    if z.ndim == 0:
        raise ValueError("z must have an axis of units for softmax, but is a number")
    e = _exponentials(z)
    a: Array = e / np.sum(e, axis=-1, keepdims=True)
    return a


def softmax_error(e: Array, a: Array) -> Array:
    """Return the error of the input of softmax units, each of which acts on every output.

    Implements equation `softmax-error`.

    Parameters
    ----------
    e : (n,) or (N, n) array
        Minus dE/da; for more than two axes, the last is that of the units.
    a : array of the shape of e
        Output of the units.

    Returns
    -------
    array of the shape of e
        Minus dE/dz: what each unit is to gain, less what all are to gain on average.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes of e and a differ, or e and a are numbers.
    """
    e, a = floats("e", e), floats("a", a)
    require_shape("e", e, "a", a)
    if not a.ndim:
        raise ValueError("a must have an axis of units, but is a number")
    mean = np.sum(a * e, axis=-1, keepdims=True)
    delta: Array = a * (e - mean)
    return delta


def _no_elementwise_derivative(_: Array) -> Array:
    raise TypeError("softmax has no slope per unit: `softmax_error` carries an error back")


class _Softmax(Activation):
    """An activation whose units each act on every output."""

    def _pullback(self, e: Array, known: Array) -> Array:
        return softmax_error(e, np.broadcast_to(known, e.shape))


softmax = _Softmax("softmax", _softmax, _no_elementwise_derivative)
"""exp(z) divided by its sum over the units of the layer: 0 to 1, and adding up to 1.

Implements equation `softmax`. No exponential is 0, but one far below the largest is rounded to 0.
The units are the last axis of z, which must have one. Each output depends on every input, so there
is no derivative per unit: `softmax_error` carries an error back, and with `cross_entropy` none is
needed.
"""
