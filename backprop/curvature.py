"""How the gradient changes as the weights move: products with the Hessian, and Gauss and Newton's.

The Hessian H holds the second derivatives of the loss by all weights, so many that nobody writes
them down. Its product with a direction is how the gradient changes in that direction: the equations
of the way forward and of the way back, each differentiated once. A dot stands for such a change.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, all_finite, finite_array, floats, real_array, require_shape
from backprop.activations import Activation, _require_slope_of_output, softmax
from backprop.dense import bias_step, hidden_error, weight_step, weighted_input
from backprop.losses import squared_error
from backprop.network import Network

STEP = 1e-30
"""Length of a complex step: its square is lost beside any number."""


def input_along(
    a: Array, a_dot: Array, W: Array, W_dot: Array, b_dot: Array | None = None
) -> Array:
    """Return how the input to the units changes, as the weights and the layer before do.

    Implements equation `input-along`.

    Parameters
    ----------
    a : (n_in,) or (N, n_in) array
        Output of the layer before.
    a_dot : array of the shape of a
        How it changes.
    W : (n_in, n_out) array
        Weights of the layer.
    W_dot : array of the shape of W
        How they change.
    b_dot : (n_out,) array, optional
        How its biases change.

    Returns
    -------
    (n_out,) or (N, n_out) array
        Change of the input to the units.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit.
    """
    _require_twin("a", a, a_dot, (1, 2))
    W = _require_twin("W", W, W_dot, (2,))
    if b_dot is not None:
        b_dot = floats("b_dot", b_dot, (1,))
        if b_dot.shape != W.shape[1:]:
            raise ValueError(f"b_dot must have shape {W.shape[1:]}, not {b_dot.shape}")
    return weighted_input(a_dot, W) + weighted_input(a, W_dot, b_dot)


def error_along(
    delta_next: Array, delta_next_dot: Array, W_next: Array, W_next_dot: Array
) -> Array:
    """Return how the error of hidden units changes, as the weights and the next layer's do.

    Implements equation `error-along`.

    Parameters
    ----------
    delta_next : (n_next,) or (N, n_next) array
        Error terms of the next layer, minus dE/dz.
    delta_next_dot : array of the shape of delta_next
        How they change.
    W_next : (n, n_next) array
        Weights from this layer to the next.
    W_next_dot : array of the shape of W_next
        How they change.

    Returns
    -------
    (n,) or (N, n) array
        Change of minus dE/da of this layer.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit.
    """
    _require_twin("delta_next", delta_next, delta_next_dot, (1, 2))
    _require_twin("W_next", W_next, W_next_dot, (2,))
    return hidden_error(delta_next_dot, W_next) + hidden_error(delta_next, W_next_dot)


def step_along(a: Array, a_dot: Array, delta: Array, delta_dot: Array) -> Array:
    """Return how the direction downhill of a layer's weights changes: minus a part of H v.

    Implements equation `step-along`.

    Parameters
    ----------
    a : (n_in,) or (N, n_in) array
        Output of the layer before, the input of this one.
    a_dot : array of the shape of a
        How it changes.
    delta : (n_out,) or (N, n_out) array
        Error terms of the layer.
    delta_dot : array of the shape of delta
        How they change.

    Returns
    -------
    (n_in, n_out) array
        Change of minus dE/dW, summed over the examples of a batch.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit.
    """
    _require_twin("a", a, a_dot, (1, 2))
    _require_twin("delta", delta, delta_dot, (1, 2))
    return weight_step(a_dot, delta, 1.0) + weight_step(a, delta_dot, 1.0)


def bend(a: Array, activation: Activation) -> Array:
    """Return the second derivative of an activation: the slope of its slope, by a complex step.

    Parameters
    ----------
    a : array of any shape
        Output of the units.
    activation : Activation
        One whose slope is computed from its output.

    Returns
    -------
    array of the shape of a
        The second derivative at the inputs of the units.

    Raises
    ------
    TypeError
        a does not hold real numbers, the activation is not an Activation, or its slope is computed
        from its input, or it is softmax, which has no slope by unit.
    ValueError
        The numbers of a have no common shape.
    """
    a = real_array("a", a)
    _require_slope_of_output(activation)
    of_slope: Array = np.imag(activation.derivative(a + STEP * 1j)) / STEP
    return of_slope * activation.derivative(a)


def outputs_along(
    network: Network, x: ArrayLike, direction: Mapping[Any, ArrayLike]
) -> tuple[Mapping[int, Array], dict[int, Array], dict[int, Array]]:
    """Return the outputs of all layers, and how they change as the parameters move.

    Parameters
    ----------
    network : Network
        Of dense layers, with squared error; activations have a slope that their output tells.
    x : (n_0,) or (N, n_0) array
        Input.
    direction : mapping
        An array for each parameter of the network, by its key.

    Returns
    -------
    a : mapping of arrays
        Outputs of the layers, from 0, the input, on; one example is a batch of one.
    z_dot : dict of arrays
        Changes of the inputs to the units, by layer, from 1 on.
    a_dot : dict of arrays
        Changes of their outputs, which are zeros for layer 0.

    Raises
    ------
    TypeError
        The network is not a Network of dense layers, or something holds anything but real numbers.
    ValueError
        It has another loss, or shapes or keys do not fit, or a number is not finite.
    FloatingPointError
        The output is not finite.
    """
    x = _require_input(network, x)
    direction = _require_direction(network, direction)
    a = network.forward(np.atleast_2d(x)).a
    z_dot, a_dot = {}, {0: np.zeros_like(a[0])}
    for l, layer in enumerate(network, 1):
        W_dot, b_dot = direction["W", l], direction.get(("b", l))
        z_dot[l] = input_along(a[l - 1], a_dot[l - 1], layer.W, W_dot, b_dot)
        a_dot[l] = layer.activation.derivative(a[l]) * z_dot[l]
    return a, z_dot, a_dot


@np.errstate(over="ignore", invalid="ignore")
def hessian_product(
    network: Network, x: ArrayLike, target: ArrayLike, direction: Mapping[Any, ArrayLike]
) -> dict[Any, Array]:
    """Return the Hessian of the loss times a direction: how the gradient changes along it.

    Forward over reverse: a change is carried forward through the way there, then through the way
    back. Two passes are made of either, whatever the number of weights.

    Parameters
    ----------
    network : Network
        Of dense layers, with squared error; activations have a slope that their output tells.
    x : (n_0,) or (N, n_0) array
        Input.
    target : (n_L,) or (N, n_L) array
        Target.
    direction : mapping
        An array for each parameter of the network, by its key.

    Returns
    -------
    dict of arrays
        The product, by the keys of the parameters.

    Raises
    ------
    TypeError
        The network is not a Network of dense layers, or something holds anything but real numbers.
    ValueError
        It has another loss, or shapes or keys do not fit, or a number is not finite.
    FloatingPointError
        A result is not finite.

    References
    ----------
    B. A. Pearlmutter, Fast exact multiplication by the Hessian, Neural Computation 6 (1994).
    """
    x = _require_input(network, x)
    target = finite_array("target", target)
    if target.ndim != x.ndim:
        raise ValueError("target must be a batch where x is one, and one example where x is one")
    direction = _require_direction(network, direction)
    x, target = np.atleast_2d(x), np.atleast_2d(target)
    L, N = len(network), len(x)
    a, z_dot, a_dot = outputs_along(network, x, direction)
    require_shape("target", target, "the output of the network for x", a[L])
    e, e_dot = (target - a[L]) / N, -a_dot[L] / N
    product = {}
    for l in range(L, 0, -1):
        W, f = network[l].W, network[l].activation
        slope = f.derivative(a[l])
        delta = e * slope
        delta_dot = e_dot * slope + e * bend(a[l], f) * z_dot[l]
        product["W", l] = -step_along(a[l - 1], a_dot[l - 1], delta, delta_dot)
        product["b", l] = -bias_step(delta_dot, 1.0)
        e, e_dot = hidden_error(delta, W), error_along(delta, delta_dot, W, direction["W", l])
    _require_finite(product)
    return {key: product[key] for key in network.parameters}


def gauss_newton_product(
    network: Network, x: ArrayLike, direction: Mapping[Any, ArrayLike]
) -> dict[Any, Array]:
    """Return the matrix of Gauss and Newton times a direction: the Hessian, without the errors.

    Implements equation `gauss-newton`. The change of the output goes back as an error would.

    Parameters
    ----------
    network : Network
        Of dense layers, with squared error; activations have a slope that their output tells.
    x : (n_0,) or (N, n_0) array
        Input.
    direction : mapping
        An array for each parameter of the network, by its key.

    Returns
    -------
    dict of arrays
        The product, by the keys of the parameters, with the mean over the examples.

    Raises
    ------
    TypeError
        The network is not a Network of dense layers, or something holds anything but real numbers.
    ValueError
        It has another loss, or shapes or keys do not fit, or a number is not finite.
    FloatingPointError
        A result is not finite.

    References
    ----------
    N. N. Schraudolph, Fast curvature matrix-vector products, Neural Computation 14 (2002).
    """
    a, _, a_dot = outputs_along(network, x, direction)
    L, N = len(network), len(a[0])
    e = a_dot[L] / N
    product = {}
    for l in range(L, 0, -1):
        delta = e * network[l].activation.derivative(a[l])
        product["W", l] = weight_step(a[l - 1], delta, 1.0)
        product["b", l] = bias_step(delta, 1.0)
        e = hidden_error(delta, network[l].W)
    _require_finite(product)
    return {key: product[key] for key in network.parameters}


def _require_twin(name: str, array: Array, dot: Array, axes: tuple[int, ...]) -> Array:
    """Return an array, which its changes fit."""
    found, changes = floats(name, array, axes), floats(f"{name}_dot", dot, axes)
    require_shape(f"{name}_dot", changes, name, found)
    return found


def _require_input(network: Network, x: ArrayLike) -> Array:
    """Return the input of a network whose second derivatives are known here."""
    if not isinstance(network, Network) or not network._is_dense:
        raise TypeError(f"network must be a Network of dense layers, not {network!r:.60}")
    if network.loss is not squared_error:
        raise ValueError(f"network must have squared error as its loss, not {network.loss!r:.60}")
    for layer in network:
        if layer.activation is softmax or layer.activation.of != "output":
            raise ValueError(
                f"network must have activations with a slope that their output tells, "
                f"not {layer.activation}"
            )
    return finite_array("x", x)


def _require_direction(network: Network, direction: Mapping[Any, ArrayLike]) -> dict[Any, Array]:
    """Return a direction as arrays, which fit the parameters."""
    parameters = network.parameters
    if not isinstance(direction, Mapping):
        raise TypeError(f"direction must be a dict of arrays, not {type(direction).__name__}")
    if set(direction) != set(parameters):
        raise ValueError(f"direction must have the keys {list(parameters)}, not {list(direction)}")
    found = {key: finite_array(f"direction {key}", direction[key]) for key in parameters}
    for key, array in found.items():
        require_shape(f"direction {key}", array, "its parameter", parameters[key])
    return found


def _require_finite(product: Mapping[Any, Array]) -> None:
    if not all(map(all_finite, product.values())):
        raise FloatingPointError(
            "a result is not finite: the weights or the direction are too large"
        )
