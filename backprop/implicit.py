"""Where the way back is not the way there, reversed: at a fixed point, and along a flow.

The functions take errors, minus dE/da, as those of a dense layer do.
"""

from __future__ import annotations

import numpy as np

from backprop._arrays import Array, floats, require_real, require_shape
from backprop.dense import hidden_error


def fixed_point_delta(e_out: Array, slope: Array, V: Array) -> Array:
    """Return the error terms of units that have settled, by one linear system.

    Implements equation `fixed-point-delta`.

    Parameters
    ----------
    e_out : (n,) array
        Error that the loss attributes to the output of the units, minus dE/da.
    slope : (n,) array
        Slopes of the units where they have settled.
    V : (n, n) array
        Recurrent weights, from the units to themselves.

    Returns
    -------
    (n,) array
        Minus dE/dx, for an input x that is added to what the units receive at every time step.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit, or the system has no single solution.

    References
    ----------
    L. B. Almeida, A learning rule for asynchronous perceptrons with feedback, ICNN (1987).
    F. J. Pineda, Generalization of back-propagation to recurrent neural networks, PRL 59 (1987).
    """
    e_out, slope, V = (
        floats("e_out", e_out, (1,)),
        floats("slope", slope, (1,)),
        floats("V", V, (2,)),
    )
    require_shape("slope", slope, "e_out", e_out)
    if V.shape != (len(e_out), len(e_out)):
        raise ValueError(f"V must have shape {(len(e_out), len(e_out))}, not {V.shape}")
    # What comes back once and is carried back once more; the rows of the book are columns here.
    system = np.eye(len(V), dtype=V.dtype) - V * slope[:, np.newaxis]
    try:
        # Rounding hides from the solver that a matrix has no inverse.
        singular = bool(len(V)) and np.linalg.cond(system, 1) * np.finfo(system.dtype).eps > 1
        delta: Array = np.linalg.solve(system, e_out * slope)
    except TypeError as error:
        raise TypeError(
            f"e_out, slope and V must be of a type of NumPy's solver: {error}"
        ) from None
    except np.linalg.LinAlgError:
        singular = True
    if singular:
        raise ValueError("V and slope must leave a single fixed point nearby, and do not")
    return delta


def euler_error(e_next: Array, slope: Array, V: Array, h: float) -> Array:
    """Return the error of a state of a flow before a step of Euler's method, from that after it.

    Implements equation `euler-error`. A step adds h times the output of units to the state.

    Parameters
    ----------
    e_next : (n,) or (N, n) array
        Error of the state after the step, minus dE/dy.
    slope : array of the shape of e_next
        Slopes of the units at the state before the step.
    V : (n, n) array
        Weights from the state to its rate of change.
    h : float
        Length of the step.

    Returns
    -------
    (n,) or (N, n) array
        Error of the state before the step.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit, or the step is not positive and finite.
    """
    e_next, slope = floats("e_next", e_next, (1, 2)), floats("slope", slope, (1, 2))
    V = floats("V", V, (2,))
    if V.shape != (e_next.shape[-1], e_next.shape[-1]):
        raise ValueError(f"V must have as many rows and columns as e_next has units, not {V.shape}")
    require_shape("slope", slope, "e_next", e_next)
    h = require_real("h", h, "positive and finite")
    return e_next + h * hidden_error(e_next * slope, V)
