"""Products with the Jacobian of a network, in forward and in reverse mode.

The Jacobian J, of shape (n_L, n_0), holds the derivative of every output by every input. Neither
function here builds it: one carries a change of the input forward to the output, the other carries
a gradient with respect to the output back to the input. Both work with true derivatives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, all_finite, finite_array
from backprop.network import Network, Trace


def jvp(network: Network, x: ArrayLike, x_dot: ArrayLike) -> tuple[Array, Array]:
    """Return the output, and how it changes as the input moves in a direction: forward mode.

    Implements equation `jvp`. Value and derivative travel together, and nothing is kept.

    Parameters
    ----------
    network : Network
        Any.
    x : (n_0,) array
        Input; for layers other than `Layer`, a batch.
    x_dot : (n_0,) or (k, n_0) array
        Direction in which the input moves, or several, one a row.

    Returns
    -------
    output : (n_L,) array
        Output of the network at x.
    y_dot : (n_L,) or (k, n_L) array
        J times the direction, one a row.

    Raises
    ------
    TypeError
        The network is not a Network, or x or the direction holds anything but real numbers.
    ValueError
        x or x_dot is not finite, or does not fit the network.
    FloatingPointError
        A result is not finite: x, the direction or the weights are too large.

    References
    ----------
    R. E. Wengert, A simple automatic derivative evaluation program, CACM 7 (1964).
    """
    _require_network(network)
    a = _input(network, x)
    a_dot = _directions("x_dot", x_dot, a.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        for layer in network:
            a, a_dot = layer.jvp(a, a_dot)
    _require_finite("x, x_dot", a, a_dot)
    return a, a_dot


def vjp(network: Network, x: ArrayLike, y_bar: ArrayLike) -> tuple[Array, Array]:
    """Return the output, and a gradient carried back from it to the input: reverse mode.

    Implements equation `vjp`. The outputs of all layers are kept until the way back.

    Parameters
    ----------
    network : Network
        Any.
    x : (n_0,) array
        Input; for layers other than `Layer`, a batch.
    y_bar : (n_L,) or (k, n_L) array
        Gradient of a number by the output, or several, one a row.

    Returns
    -------
    output : (n_L,) array
        Output of the network at x.
    x_bar : (n_0,) or (k, n_0) array
        The gradient times J, one a row: gradient of the same number by the input.

    Raises
    ------
    TypeError
        The network is not a Network, or x or the gradient holds anything but real numbers.
    ValueError
        x or y_bar is not finite, or does not fit the network.
    FloatingPointError
        A result is not finite: x, the gradient or the weights are too large.
    """
    _require_network(network)
    x = _input(network, x)
    with np.errstate(over="ignore", invalid="ignore"):
        # The weights stand still here: of them, no gradient is computed.
        still = Network([layer._frozen() for layer in network])
        trace = still._forward(x)
        network._require_finite_trace(trace)
        rows = _directions("y_bar", y_bar, trace.output.shape)
        if rows.shape == trace.output.shape or network._is_dense:
            x_bar = _carried_back(trace, rows)
        else:
            x_bar = np.stack([_carried_back(trace, each) for each in rows])
    _require_finite("x, y_bar", x_bar)
    return trace.output, x_bar


def _carried_back(trace: Trace, e: Array) -> Array:
    """Return the gradient at the input that belongs to one at the output."""
    for *_, pullback in reversed(trace._way):
        e, _ = pullback(e)
    return e


def _require_network(network: Network) -> None:
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {type(network).__name__}")


def _require_finite(names: str, *results: Array) -> None:
    if not all(map(all_finite, results)):
        raise FloatingPointError(f"a result is not finite: {names} or the weights are too large")


def _input(network: Network, x: ArrayLike) -> Array:
    """Return one input of a dense network, or a batch for any other."""
    if not network._is_dense:
        return network._input(x)
    a, n = finite_array("x", x), network.sizes[0]
    if a.shape != (n,):
        raise ValueError(f"x must have shape ({n},), not {a.shape}")
    return a


def _directions(name: str, values: ArrayLike, shape: tuple[int, ...]) -> Array:
    """Return a direction in the shape of an input or output, or several along an axis more."""
    array = finite_array(name, values)
    if array.shape[-len(shape) :] != shape or array.ndim > len(shape) + 1:
        several = f"(k, {', '.join(map(str, shape))})"
        raise ValueError(f"{name} must have shape {shape} or {several}, not {array.shape}")
    return array
