"""A dense layer: its equations, forward and back, and the layer that calls them.

The functions of the equations take arrays of numbers, also complex ones, which complex-step
differentiation needs; NaN and infinities go through them. A layer takes finite real numbers.
"""

from __future__ import annotations

import copy
import math
from typing import Any, Self, TypeGuard

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, require_real, require_shape
from backprop.activations import Activation, _require_activation, _require_slope_of_output, sigmoid
from backprop.chain import Differentiable, Pullback, _require_error, _with_direction
from backprop.units import Units


def weighted_input(a: Array, W: Array, b: Array | None = None) -> Array:
    """Return the pre-activation of a layer, `a @ W + b`.

    Implements equation `weighted-input`.

    Parameters
    ----------
    a : (n_in,) or (N, n_in) array
        Output of the layer before; of a batch of sequences, a (N, T, n_in) array.
    W : (n_in, n_out) array
        Weights of the layer.
    b : (n_out,) array, optional
        Biases of the layer.

    Returns
    -------
    (n_out,) or (N, n_out) array
        Pre-activation.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    a, W = floats("a", a, (1, 2, 3)), floats("W", W, (2,))
    if a.shape[-1] != W.shape[0]:
        raise ValueError(f"a must have a last axis of {W.shape[0]}, the inputs of W, not {a.shape}")
    z: Array = a @ W
    if b is None:
        return z
    b = floats("b", b, (1,))
    if b.shape != W.shape[1:]:
        raise ValueError(f"b must have shape {W.shape[1:]}, not {b.shape}")
    return z + b


def hidden_error(delta_next: Array, W_next: Array) -> Array:
    """Return the error attributed to each hidden unit: the next error terms, over the weights.

    Implements equation `hidden-error`.

    Parameters
    ----------
    delta_next : (n_next,) or (N, n_next) array
        Error terms of the next layer, minus dE/dz; of a batch of sequences, a (N, T, n_next) array.
    W_next : (n, n_next) array
        Weights from this layer to the next.

    Returns
    -------
    (n,) or (N, n) array
        Minus dE/da of this layer.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    delta_next, W_next = floats("delta_next", delta_next, (1, 2, 3)), floats("W_next", W_next, (2,))
    if delta_next.shape[-1] != W_next.shape[1]:
        raise ValueError(
            f"delta_next must have a last axis of {W_next.shape[1]}, the units of W_next, "
            f"not {delta_next.shape}"
        )
    return delta_next @ W_next.T


def hidden_delta(delta_next: Array, W_next: Array, a: Array, activation: Activation) -> Array:
    """Return the error term of a hidden layer: its error, times the slope of its activation.

    Implements equation `hidden-delta`.

    Parameters
    ----------
    delta_next : (n_next,) or (N, n_next) array
        Error terms of the next layer, minus dE/dz.
    W_next : (n, n_next) array
        Weights from this layer to the next.
    a : (n,) or (N, n) array
        Output of this layer.
    activation : Activation
        Activation of this layer.

    Returns
    -------
    (n,) or (N, n) array
        Minus dE/dz of this layer.

    Raises
    ------
    TypeError
        They hold anything but numbers, the activation is not an Activation, or it is softmax, which
        has no slope per unit.
    ValueError
        The shapes do not fit.
    """
    a = floats("a", a, (1, 2))
    _require_slope_of_output(activation)
    e = hidden_error(delta_next, W_next)
    require_shape("a", a, "the error of the layer", e)
    return e * activation.derivative(a)


def weight_step(a: Array, delta: Array, learning_rate: float) -> Array:
    """Return the step of a layer's weights: learning rate times its error term times its input.

    Implements equation `weight-step`.

    Parameters
    ----------
    a : (n_in,) or (N, n_in) array
        Output of the layer before, the input of this one.
    delta : (n_out,) or (N, n_out) array
        Error terms of the layer.
    learning_rate : float
        Size of the step along minus dE/dW.

    Returns
    -------
    (n_in, n_out) array
        To be added to the weights; summed over the examples of a batch.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit, or the learning rate is not positive and finite.
    """
    a, delta = floats("a", a, (1, 2, 3)), floats("delta", delta, (1, 2, 3))
    if a.shape[:-1] != delta.shape[:-1]:
        raise ValueError(
            "a and delta must both be batches or not, and have the same examples, "
            f"not {a.shape}, {delta.shape}"
        )
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    # The error terms are fewer than the weights, so the learning rate is multiplied into them.
    scaled = learning_rate * delta
    if delta.ndim == 1:
        return a[:, np.newaxis] * scaled
    # A product of matrices adds up over the rows, be they examples or time steps.
    step: Array = _rows(a).T @ _rows(scaled)
    return step


def bias_step(delta: Array, learning_rate: float) -> Array:
    """Return the step of a layer's biases: that of weights whose input is always 1.

    Implements equation `bias-step`.

    Parameters
    ----------
    delta : (n_out,) or (N, n_out) array
        Error terms of the layer.
    learning_rate : float
        Size of the step along minus dE/db.

    Returns
    -------
    (n_out,) array
        To be added to the biases; summed over the examples of a batch.

    Raises
    ------
    TypeError
        The error terms hold anything but numbers, or the learning rate is no number.
    ValueError
        delta is neither one example nor a batch, or the learning rate is not positive and finite.
    """
    delta = floats("delta", delta, (1, 2, 3))
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
    summed = delta if delta.ndim == 1 else _rows(delta).sum(axis=0)
    return learning_rate * summed


def _rows(a: Array) -> Array:
    """Return what stands at every time step of every example, a row each."""
    if a.ndim == 2:
        return a
    return a.reshape(math.prod(a.shape[:-1]), a.shape[-1])


class Dense(Differentiable):
    """Weights and biases, which give the pre-activation of a layer, `a @ W + b`.

    The input is an example, a batch, or a batch of sequences; the last axis is that of the units.

    Parameters
    ----------
    W : (n_in, n_out) array
        Weights, which are copied; integers become float64.
    b : (n_out,) array, optional
        Biases, likewise. A layer without biases learns none.

    Raises
    ------
    TypeError
        Weights or biases are not real numbers.
    ValueError
        The shapes do not fit, or a value is not finite.
    """

    names: tuple[str, ...] = ("W", "b")

    def __init__(self, W: ArrayLike, b: ArrayLike | None = None) -> None:
        self.W = finite_array("W", W).copy()
        if self.W.ndim != 2:
            raise ValueError(f"W must have shape (n_in, n_out), not {self.W.shape}")
        self.b = None if b is None else finite_array("b", b).copy()
        if self.b is not None and self.b.shape != self.W.shape[1:]:
            raise ValueError(f"b must have shape {self.W.shape[1:]}, not {self.b.shape}")

    def __repr__(self) -> str:
        n_in, n_out = self.W.shape
        return f"Dense({n_in} to {n_out}{'' if self.b is None else ', biases'})"

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Return the pre-activation, and what carries error terms back.

        Parameters
        ----------
        a : (n_in,), (N, n_in) or (N, T, n_in) array
            Output of the layer before.

        Returns
        -------
        z : (n_out,), (N, n_out) or (N, T, n_out) array
            Pre-activation.
        pullback : callable
            Takes the error terms, minus dE/dz; returns minus dE/da and the directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The last axis of the input is not that of the weights.
        """
        W, a = self.W, floats("a", a)
        z = weighted_input(a, W, self.b)
        shape = z.shape

        def back(delta: Array) -> tuple[Array, dict[Any, Array]]:
            delta = _require_error(delta, shape, several=not self.names)
            return hidden_error(delta, W), self.downhill(a, delta)

        return z, back

    def downhill(self, a: Array, delta: Array) -> dict[Any, Array]:
        """Return minus the gradient with respect to weights and biases.

        Parameters
        ----------
        a : (n_in,), (N, n_in) or (N, T, n_in) array
            Output of the layer before.
        delta : (n_out,), (N, n_out) or (N, T, n_out) array
            Error terms of this layer, minus dE/dz.

        Returns
        -------
        dict of arrays
            The steps for a learning rate of 1, of what the layer has and learns.

        Raises
        ------
        TypeError
            An argument holds anything but numbers.
        ValueError
            The shapes do not fit.
        """
        downhill = {}
        if "W" in self.names:
            downhill["W"] = weight_step(a, delta, 1.0)
        if "b" in self.names and self.b is not None:
            downhill["b"] = bias_step(delta, 1.0)
        return downhill

    def _frozen(self) -> Self:
        other = copy.copy(self)
        other.names = ()
        return other

    def jvp(self, a: Array, a_dot: Array) -> tuple[Array, Array]:
        """Return the pre-activation, and how it changes as a moves in a direction.

        Parameters
        ----------
        a : (n_in,), (N, n_in) or (N, T, n_in) array
            Output of the layer before.
        a_dot : array of the shape of a
            A direction in which it moves; or several, along an axis before the others.

        Returns
        -------
        z : (n_out,), (N, n_out) or (N, T, n_out) array
            Pre-activation.
        z_dot : array of the shape of z
            Change of z in each direction.

        Raises
        ------
        TypeError
            An argument holds anything but numbers.
        ValueError
            The last axis of one is not that of the weights.
        """
        a, a_dot = _with_direction("a", a, a_dot)
        z = weighted_input(a, self.W, self.b)
        return z, a_dot @ self.W


class Layer(Dense):
    """A dense layer and its units: weights, biases, and an activation.

    Parameters
    ----------
    W : (n_in, n_out) array
        Weights, which are copied; integers become float64.
    b : (n_out,) array, optional
        Biases, likewise. A layer without biases learns none: its units then receive 0
        wherever all their inputs are 0.
    activation : Activation
        Function from the pre-activation of the units to their output.

    Raises
    ------
    TypeError
        Weights or biases are not real numbers, or the activation is not an Activation.
    ValueError
        The shapes do not fit, or a value is not finite.
    """

    def __init__(
        self, W: ArrayLike, b: ArrayLike | None = None, activation: Activation = sigmoid
    ) -> None:
        super().__init__(W, b)
        _require_activation(activation)
        self.activation = activation

    def __repr__(self) -> str:
        n_in, n_out = self.W.shape
        biases = "" if self.b is None else ", biases"
        return f"Layer({n_in} to {n_out}{biases}, {self.activation})"

    def sums(self, a: Array) -> tuple[Array, Pullback]:
        """Return the pre-activation, as `Dense.forward` does.

        Parameters
        ----------
        a : (n_in,), (N, n_in) or (N, T, n_in) array
            Output of the layer before.

        Returns
        -------
        z : (n_out,), (N, n_out) or (N, T, n_out) array
            Pre-activation.
        pullback : callable
            Takes the error terms, minus dE/dz; returns minus dE/da and the directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The last axis of the input is not that of the weights.
        """
        return super().forward(a)

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Return the output of the units, and what carries their error back.

        Parameters
        ----------
        a : (n_in,), (N, n_in) or (N, T, n_in) array
            Output of the layer before.

        Returns
        -------
        y : (n_out,), (N, n_out) or (N, T, n_out) array
            Output of the units.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and the directions downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The last axis of the input is not that of the weights.
        """
        z, back = self.sums(a)
        y, back_to_sums = self._units().forward(z)
        return y, lambda e: back(back_to_sums(e)[0])

    def jvp(self, a: Array, a_dot: Array) -> tuple[Array, Array]:
        """Return the output of the units, and how it changes as a moves in a direction.

        Parameters
        ----------
        a : (n_in,), (N, n_in) or (N, T, n_in) array
            Output of the layer before.
        a_dot : array of the shape of a
            A direction in which it moves; or several, along an axis before the others.

        Returns
        -------
        y : (n_out,), (N, n_out) or (N, T, n_out) array
            Output of the units.
        y_dot : array of the shape of y
            Change of y in each direction.

        Raises
        ------
        TypeError
            An argument holds anything but numbers.
        ValueError
            The last axis of one is not that of the weights.
        """
        return self._units().jvp(*super().jvp(a, a_dot))

    def _units(self) -> Units:
        units = Units(self.activation)
        return units if self.names else units._frozen()


def _is_plain(layer: object) -> TypeGuard[Layer]:
    """Return whether a layer is a `Layer` that runs forward as all do, and not in a way of its own.

    Parameters
    ----------
    layer : object
        Any.

    Returns
    -------
    bool
        Whether its weights and its units may be run apart.
    """
    return isinstance(layer, Layer) and type(layer).forward is Layer.forward
