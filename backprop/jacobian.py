"""Products with the Jacobian of a network, in forward and in reverse mode.

The Jacobian J, of shape (n_L, n_0), holds the derivative of every output by every input. Neither
function here builds it: one carries a change of the input forward to the output, the other carries
a gradient by the output back to the input. Both work with true derivatives.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, all_finite, finite_array
from backprop.network import Network, weighted_input


def jvp(network: Network, x: ArrayLike, x_dot: ArrayLike) -> tuple[Array, Array]:
    """Return the output, and how it changes as the input moves in a direction: forward mode.

    Implements equation `jvp`. Value and derivative travel together, and nothing is kept.

    Parameters
    ----------
    network : Network
        Its units must have a slope each: not softmax.
    x : (n_0,) array
        Input.
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
        The network is not a Network, x or the direction holds anything but real numbers, or a layer
        is of softmax units.
    ValueError
        They are not finite, or do not fit the network.
    FloatingPointError
        A result is not finite: x, the direction or the weights are too large.

    References
    ----------
    R. E. Wengert, A simple automatic derivative evaluation program, CACM 7 (1964).
    """
    _require_network(network)
    a = _vector("x", x, network.sizes[0])
    a_dot = _rows("x_dot", x_dot, network.sizes[0])
    with np.errstate(over="ignore", invalid="ignore"):
        for layer in network:
            a = layer.activation.function(weighted_input(a, layer.W, layer.b))
            a_dot = (a_dot @ layer.W) * layer.activation.derivative(a)
    _require_finite("x, x_dot", a, a_dot)
    return a, a_dot


def vjp(network: Network, x: ArrayLike, y_bar: ArrayLike) -> tuple[Array, Array]:
    """Return the output, and a gradient by it carried back to the input: reverse mode.

    Implements equation `vjp`. The outputs of all layers are kept until the way back.

    Parameters
    ----------
    network : Network
        Its units must have a slope each: not softmax.
    x : (n_0,) array
        Input.
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
        The network is not a Network, x or the gradient holds anything but real numbers, or a layer
        is of softmax units.
    ValueError
        They are not finite, or do not fit the network.
    FloatingPointError
        A result is not finite: x, the gradient or the weights are too large.
    """
    _require_network(network)
    x = _vector("x", x, network.sizes[0])
    a_bar = _rows("y_bar", y_bar, network.sizes[-1])
    with np.errstate(over="ignore", invalid="ignore"):
        trace = network.forward(x)
        for l in range(len(network), 0, -1):
            layer = network[l]
            a_bar = (a_bar * layer.activation.derivative(trace.a[l])) @ layer.W.T
    _require_finite("x, y_bar", trace.output, a_bar)
    return trace.output, a_bar


def _require_network(network: Network) -> None:
    if not isinstance(network, Network):
        raise TypeError(f"network must be a Network, not {type(network).__name__}")


def _require_finite(names: str, *results: Array) -> None:
    if not all(map(all_finite, results)):
        raise FloatingPointError(f"a result is not finite: {names} or the weights are too large")


def _vector(name: str, values: ArrayLike, n: int) -> Array:
    array = finite_array(name, values)
    if array.shape != (n,):
        raise ValueError(f"{name} must have shape ({n},), not {array.shape}")
    return array


def _rows(name: str, values: ArrayLike, n: int) -> Array:
    array = finite_array(name, values)
    if array.ndim not in (1, 2) or array.shape[-1] != n:
        raise ValueError(f"{name} must have shape ({n},) or (k, {n}), not {array.shape}")
    return array
