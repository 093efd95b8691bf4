"""A pass forward and back in arrays that are allocated once: what `train` does for each batch.

It is what `Network.forward` and `Network.backward` do, operation by operation, and gives the same
bits. A step of theirs makes some ten new arrays for each layer and checks what comes in; here each
operation writes into an array that is there. Only networks whose layers are all a `Layer`, of one
type of numbers, are trained so.
"""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any, TypeAlias

import numpy as np

from backprop._arrays import Array
from backprop.activations import Activation, identity, relu, sigmoid, tanh
from backprop.dense import Layer, _is_plain
from backprop.network import Network


def _sigmoid(z: Array, a: Array, spare: Array) -> None:
    np.minimum(z, 0, out=a)
    np.exp(a, out=a)
    np.negative(z, out=spare)
    np.minimum(z, spare, out=spare)
    np.exp(spare, out=spare)
    np.add(1, spare, out=spare)
    np.divide(a, spare, out=a)


def _by_sigmoid_slope(e: Array, a: Array, spare: Array) -> None:
    np.subtract(1, a, out=spare)
    np.multiply(a, spare, out=spare)
    np.multiply(e, spare, out=e)


def _tanh(z: Array, a: Array, _: Array) -> None:
    np.tanh(z, out=a)


def _by_tanh_slope(e: Array, a: Array, spare: Array) -> None:
    # a is not needed any more, but in the layer after, which has been gone back over.
    np.subtract(1, a, out=spare)
    np.add(1, a, out=a)
    np.multiply(spare, a, out=spare)
    np.multiply(e, spare, out=e)


def _relu(z: Array, a: Array, _: Array) -> None:
    np.maximum(z, 0, out=a)


def _by_relu_slope(e: Array, a: Array, spare: Array) -> None:
    np.sign(a, out=spare)
    np.multiply(e, spare, out=e)


Into: TypeAlias = Callable[[Array, Array, Array], None]
"""Writes into its second array, or multiplies its first, with a third to work in."""

IN_PLACE: dict[Activation, tuple[Into, Into]] = {
    sigmoid: (_sigmoid, _by_sigmoid_slope),
    tanh: (_tanh, _by_tanh_slope),
    relu: (_relu, _by_relu_slope),
}
"""Of an activation, how a = f(z) is computed in place, and how an error is multiplied by f'(z)."""


def _of(activation: Activation) -> tuple[Into, Into]:
    """Return what computes an activation in place, or in the arrays that its functions make."""
    if activation in IN_PLACE:
        return IN_PLACE[activation]

    def into(z: Array, a: Array, _: Array) -> None:
        a[...] = activation.function(z)

    def by_slope(e: Array, known: Array, _: Array) -> None:
        e[...] = activation._pullback(e, known)

    return into, by_slope


class Place:
    """The arrays of one layer, for a number of examples.

    Parameters
    ----------
    layer : Layer
        The layer, whose weights are read where they are.
    N : int
        Examples of a batch.
    W_step : (n_in, n_out) array
        Where the direction downhill of the weights is to stand.
    b_step : (n_out,) array, optional
        Where that of the biases is to stand.
    """

    def __init__(self, layer: Layer, N: int, W_step: Array, b_step: Array | None) -> None:
        self.layer = layer
        shape, dtype = (N, layer.W.shape[1]), layer.W.dtype
        self.z, self.e, self.spare = (np.empty(shape, dtype) for _ in range(3))
        self.into, self.by_slope = _of(layer.activation)
        self.is_identity = layer.activation is identity
        self.a = self.z if self.is_identity else np.empty(shape, dtype)
        self.known = self.z if layer.activation.of == "input" else self.a
        self.W_step = W_step
        self.b_step = b_step


class Workspace:
    """The arrays of a network, for a number of examples.

    Parameters
    ----------
    network : Network
        Network whose layers are all a `Layer`.
    N : int
        Examples of a batch.
    """

    def __init__(self, network: Network, N: int) -> None:
        self.loss = network.loss
        parameters = network.parameters
        # One array holds the directions of all, so that they can be scaled and measured at once.
        ends = np.cumsum([w.size for w in parameters.values()])
        self.all = np.empty(ends[-1], network[1].W.dtype)
        self.downhill: dict[Any, Array] = {
            key: self.all[end - w.size : end].reshape(w.shape)
            for (key, w), end in zip(parameters.items(), ends, strict=True)
        }
        self.places = [
            Place(layer, N, self.downhill["W", l], self.downhill.get(("b", l)))
            for l, layer in enumerate(network, 1)
        ]

    def go(self, x: Array, target: Array) -> float:
        """Go forward and back; `downhill` then holds minus the gradient.

        Parameters
        ----------
        x : (N, n_0) array
            Inputs.
        target : (N, n_L) array
            Targets.

        Returns
        -------
        float
            The loss where it may not be finite, and 0 elsewhere: it is not needed for a step.
        """
        a = x
        for place in self.places:
            layer, z = place.layer, place.z
            np.matmul(a, layer.W, out=z)
            if layer.b is not None:
                np.add(z, layer.b, out=z)
            if not place.is_identity:
                place.into(z, place.a, place.spare)
            a = place.a
        last = self.places[-1]
        e = np.subtract(target, a, out=last.e)
        # Where the sums of their squares are finite, the loss is, too.
        small = _is_small(e) and (self.loss.of_input is None or _is_small(last.z))
        E = 0.0 if small else float(self._loss(target))
        np.divide(e, len(e), out=e)
        self._back(x)
        return E

    def _back(self, x: Array) -> None:
        places = self.places
        own_units = self.loss.activation is not None
        for l in range(len(places) - 1, -1, -1):
            place = places[l]
            delta = place.e
            if not place.is_identity and not (own_units and l == len(places) - 1):
                place.by_slope(delta, place.known, place.spare)
            np.matmul((places[l - 1].a if l else x).T, delta, out=place.W_step)
            if place.b_step is not None:
                np.add.reduce(delta, axis=0, out=place.b_step)
            if l:
                np.matmul(delta, place.layer.W.T, out=places[l - 1].e)

    def _loss(self, target: Array) -> Any:
        last, loss = self.places[-1], self.loss
        if loss.of_input is None:
            return loss.of_output(last.a, target)
        return loss.of_input(last.z, target)


def _is_small(array: Array) -> bool:
    return isfinite(np.vdot(array, array))


def fits(network: Network, x: Array) -> bool:
    """Return whether a network can be trained in place on a batch.

    Parameters
    ----------
    network : Network
        Any.
    x : (N, n_0) array
        Inputs.

    Returns
    -------
    bool
        Whether all layers are a `Layer`, and all numbers of the type of x, float32 or larger.
    """
    return x.dtype.itemsize >= 4 and all(
        _is_plain(layer)
        and type(layer.W) is np.ndarray
        and layer.W.dtype == x.dtype
        and (layer.b is None or layer.b.dtype == x.dtype)
        for layer in network.layers
    )
