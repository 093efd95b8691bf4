"""How the direction downhill becomes a step: the rules of the optimizers, a function for each.

A rule is given what is remembered of earlier steps, and returns what is to be remembered now, and
the step. The optimizers keep this memory for each array of a network. The rules take arrays of
numbers, also complex ones; NaN and infinities go through them.
"""

from __future__ import annotations

import numpy as np

from backprop._arrays import Array, floats, require_count, require_real, require_shape

EPSILON = 1e-8
"""What RMSProp and Adam add to the size they divide by, which may be 0.

In float16 the constant would be 0: the optimizers compute with float16 numbers in float32.
"""


def momentum_step(v: Array, d: Array, learning_rate: float, momentum: float) -> Array:
    """Return the new velocity, which is also the step.

    Implements equation `momentum`.

    Parameters
    ----------
    v : array
        The velocity so far, which begins at 0.
    d : array of the same shape
        The direction downhill.
    learning_rate : float
        Size of a push, positive.
    momentum : float
        Share of the velocity that is kept, 0 to less than 1.

    Returns
    -------
    array of the same shape
        The new velocity.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes differ, or a setting is out of its range.
    """
    v, d = floats("v", v), floats("d", d)
    require_shape("v", v, "d", d)
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    momentum = require_real("momentum", momentum, "at least 0 and less than 1")
    return momentum * v + learning_rate * d


def nesterov_step(v: Array, d: Array, learning_rate: float, momentum: float) -> tuple[Array, Array]:
    """Return the new velocity, and the step between places that look ahead.

    Implements equation `nesterov`.

    Parameters
    ----------
    v : array
        The velocity so far, which begins at 0.
    d : array of the same shape
        The direction downhill, at the place that looks ahead.
    learning_rate : float
        Size of a push, positive.
    momentum : float
        Share of the velocity that is kept, 0 to less than 1.

    Returns
    -------
    v : array of the same shape
        The new velocity.
    step : array of the same shape
        What to add.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes differ, or a setting is out of its range.
    """
    v, d = floats("v", v), floats("d", d)
    require_shape("v", v, "d", d)
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    momentum = require_real("momentum", momentum, "at least 0 and less than 1")
    v = momentum * v + learning_rate * d
    return v, momentum * v + learning_rate * d


def rmsprop_step(s: Array, d: Array, learning_rate: float, rho: float) -> tuple[Array, Array]:
    """Return the new mean square, and the step that its root divides.

    Implements equation `rmsprop`.

    Parameters
    ----------
    s : array
        Mean square of the directions so far, which begins at 0.
    d : array of the same shape
        The direction downhill.
    learning_rate : float
        Size of a step, positive.
    rho : float
        Share of the mean square that is kept, 0 to less than 1.

    Returns
    -------
    s : array of the same shape
        The new mean square.
    step : array of the same shape
        What to add.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes differ, a mean square is negative, or a setting is out of its range.
    """
    s, d = floats("s", s), floats("d", d)
    require_shape("s", s, "d", d)
    _require_mean_square(s)
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    rho = require_real("rho", rho, "at least 0 and less than 1")
    s = rho * s + (1 - rho) * d**2
    return s, learning_rate * d / (np.sqrt(s) + EPSILON)


def adam_step(
    m: Array, s: Array, d: Array, tau: int, learning_rate: float, beta1: float, beta2: float
) -> tuple[Array, Array, Array]:
    """Return both new means, and the step that they make when corrected.

    Implements equation `adam`.

    Parameters
    ----------
    m : array
        Mean of the directions so far, which begins at 0.
    s : array of the same shape
        Mean square of the directions so far, which begins at 0.
    d : array of the same shape
        The direction downhill.
    tau : int
        Number of this step, from 1.
    learning_rate : float
        Size of a step, positive.
    beta1 : float
        Share of the mean that is kept, 0 to less than 1.
    beta2 : float
        Share of the mean square that is kept, 0 to less than 1.

    Returns
    -------
    m : array of the same shape
        The new mean, not corrected.
    s : array of the same shape
        The new mean square, not corrected.
    step : array of the same shape
        What to add.

    Raises
    ------
    TypeError
        An argument holds anything but numbers, or tau is not an integer.
    ValueError
        The shapes differ, a mean square is negative, or tau or a setting is out of its range.
    """
    m, s, d = floats("m", m), floats("s", s), floats("d", d)
    require_shape("m", m, "d", d)
    require_shape("s", s, "d", d)
    _require_mean_square(s)
    tau = require_count("tau", tau, 1, 2**53)
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    beta1 = require_real("beta1", beta1, "at least 0 and less than 1")
    beta2 = require_real("beta2", beta2, "at least 0 and less than 1")
    m = beta1 * m + (1 - beta1) * d
    s = beta2 * s + (1 - beta2) * d**2
    m_hat = m / (1 - beta1**tau)
    s_hat = s / (1 - beta2**tau)
    return m, s, learning_rate * m_hat / (np.sqrt(s_hat) + EPSILON)


def _require_mean_square(s: Array) -> None:
    """Refuse what is no mean of squares, and has no root."""
    if (s.real < 0).any():
        raise ValueError("s must be a mean of squares, 0 or more, but holds a negative number")
