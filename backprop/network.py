"""A network of layers: the forward pass, the backward pass, and the steps they lead to.

What belongs to a layer is kept under the layer's number, 1 to L; layer 0 is the input. So
`trace.a[0]` is x, and `delta[2]` is the error term of layer 2.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, real_number, require_shape
from backprop.activations import Activation, sigmoid, softmax
from backprop.losses import Loss, error, squared_error


def weighted_input(a: Array, W: Array, b: Array | None = None) -> Array:
    """Return the input to the units of a layer, a W + b.

    Implements equation `weighted-input`.

    Parameters
    ----------
    a : (n_in,) or (N, n_in) array
        Output of the layer before.
    W : (n_in, n_out) array
        Weights of the layer.
    b : (n_out,) array, optional
        Its biases.

    Returns
    -------
    (n_out,) or (N, n_out) array
        Input to the units.

    Raises
    ------
    ValueError
        The shapes do not fit.
    """
    z: Array = a @ W
    if b is None:
        return z
    if b.shape != W.shape[1:]:
        raise ValueError(f"b must have shape {W.shape[1:]}, not {b.shape}")
    return z + b


def hidden_error(delta_next: Array, W_next: Array) -> Array:
    """Return the error attributed to each hidden unit: the next error terms, over the weights.

    Implements equation `hidden-error`.

    Parameters
    ----------
    delta_next : (n_next,) or (N, n_next) array
        Error terms of the next layer, minus dE/dz.
    W_next : (n, n_next) array
        Weights from this layer to the next.

    Returns
    -------
    (n,) or (N, n) array
        Minus dE/da of this layer.

    Raises
    ------
    ValueError
        The shapes do not fit.
    """
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
        That of this layer.

    Returns
    -------
    (n,) or (N, n) array
        Minus dE/dz of this layer.

    Raises
    ------
    ValueError
        The shapes do not fit.
    """
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
    ValueError
        The shapes do not fit.
    """
    if a.ndim != delta.ndim:
        raise ValueError(f"a and delta must both be batches or not, not {a.shape}, {delta.shape}")
    # The error terms are fewer than the weights, so the learning rate is multiplied into them.
    scaled = float(learning_rate) * delta
    return a.T @ scaled if delta.ndim == 2 else a[:, np.newaxis] * scaled


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
    """
    return float(learning_rate) * (delta.sum(axis=0) if delta.ndim == 2 else delta)


class Layer:
    """Weights, biases and activation of one layer.

    Parameters
    ----------
    W : (n_in, n_out) array
        Weights. They are copied; integers become float64.
    b : (n_out,) array, optional
        Biases, likewise.
    activation : Activation
        What turns the input of the units into their output.

    Raises
    ------
    TypeError
        Weights or biases are not real numbers, or the activation is not an Activation.
    ValueError
        Their shapes do not fit, or a value is not finite.
    """

    def __init__(
        self, W: ArrayLike, b: ArrayLike | None = None, activation: Activation = sigmoid
    ) -> None:
        self.W = finite_array("W", W).copy()
        if self.W.ndim != 2:
            raise ValueError(f"W must have shape (n_in, n_out), not {self.W.shape}")
        self.b = None if b is None else finite_array("b", b).copy()
        if self.b is not None and self.b.shape != self.W.shape[1:]:
            raise ValueError(f"b must have shape {self.W.shape[1:]}, not {self.b.shape}")
        if not isinstance(activation, Activation):
            raise TypeError(f"activation must be an Activation, not {activation!r}")
        self.activation = activation

    def __repr__(self) -> str:
        n_in, n_out = self.W.shape
        biases = "" if self.b is None else ", biases"
        return f"Layer({n_in} to {n_out}{biases}, {self.activation})"


@dataclass(frozen=True)
class Trace:
    """What a forward pass computed, by layer number.

    Attributes
    ----------
    z : dict of (n_l,) or (N, n_l) arrays
        Input to the units of layers 1 to L.
    a : dict of (n_l,) or (N, n_l) arrays
        Output of layers 0 to L; that of layer 0 is x.
    """

    z: dict[int, Array]
    a: dict[int, Array]

    @property
    def output(self) -> Array:
        """Output of the network.

        Returns
        -------
        (n_L,) or (N, n_L) array
            Output of the last layer.
        """
        return self.a[len(self.z)]


@dataclass(frozen=True)
class Steps:
    """What to add to weights and biases, by layer number.

    Attributes
    ----------
    W : dict of (n_in, n_out) arrays
        Steps of the weights.
    b : dict of (n_out,) arrays
        Steps of the biases, for layers that have any.
    """

    W: dict[int, Array]
    b: dict[int, Array]


@dataclass(frozen=True)
class Backward:
    """What a backward pass computed, by layer number.

    Attributes
    ----------
    trace : Trace
        The forward pass it went back over.
    loss : float
        E, averaged over the examples.
    error : (n_L,) or (N, n_L) array
        Target minus output.
    delta : dict of (n_l,) or (N, n_l) arrays
        Error terms of layers 1 to L, minus dE/dz.
    biased : frozenset of int
        Numbers of the layers that have biases.
    """

    trace: Trace
    loss: float
    error: Array
    delta: dict[int, Array]
    biased: frozenset[int]

    def steps(self, learning_rate: float) -> Steps:
        """Return the steps of all weights and biases for a learning rate.

        Parameters
        ----------
        learning_rate : float
            Size of the steps along minus the gradient.

        Returns
        -------
        Steps
            To be added to the weights and biases, with `Network.apply`.

        Raises
        ------
        TypeError
            The learning rate is not a number.
        ValueError
            It is not positive, or not finite.
        """
        learning_rate = real_number("learning_rate", learning_rate, "positive and finite")
        a, delta = self.trace.a, self.delta
        return Steps(
            {l: weight_step(a[l - 1], delta[l], learning_rate) for l in sorted(delta)},
            {l: bias_step(delta[l], learning_rate) for l in sorted(self.biased)},
        )


class Network:
    """Layers, each the input of the next, and the loss at their end.

    Parameters
    ----------
    layers : sequence of Layer
        Layers 1 to L.
    loss : Loss
        What the network is to make small.

    Raises
    ------
    TypeError
        A layer is not a Layer, or the loss is not a Loss.
    ValueError
        There is no layer, two neighbors do not fit, or the last layer does not fit the loss.

    Examples
    --------
    >>> network = Network([Layer([[0.4], [-0.2]]), Layer([[0.1]])])
    >>> trace = network.forward([0.1, 0.3])
    >>> backward = network.backward(trace, [1.0])
    >>> print(f"{backward.loss:.4f}")
    0.1189
    """

    def __init__(self, layers: Sequence[Layer], loss: Loss = squared_error) -> None:
        self.layers = tuple(layers)
        self.loss = loss
        if not self.layers:
            raise ValueError("layers must not be empty")
        if wrong := [each for each in self.layers if not isinstance(each, Layer)]:
            raise TypeError(f"layers must be of class Layer, not {type(wrong[0]).__name__}")
        if not isinstance(loss, Loss):
            raise TypeError(f"loss must be a Loss, not {loss!r}")
        for layer in self.layers[:-1] if loss.activation is softmax else self.layers:
            if layer.activation is softmax:
                raise ValueError("softmax belongs in the last layer, with the loss cross_entropy")
        if loss.activation is not None and self.layers[-1].activation is not loss.activation:
            last = self.layers[-1].activation
            raise ValueError(f"{loss} needs {loss.activation} units in the last layer, not {last}")
        for l, (before, after) in enumerate(zip(self.layers, self.layers[1:], strict=False), 1):
            if before.W.shape[1] != after.W.shape[0]:
                raise ValueError(
                    f"layers must fit: layer {l} has {before.W.shape[1]} units, "
                    f"but layer {l + 1} expects {after.W.shape[0]}"
                )

    def __getitem__(self, l: int) -> Layer:
        if not 1 <= l <= len(self.layers):
            raise IndexError(f"layers are numbered 1 to {len(self.layers)}; there is no layer {l}")
        return self.layers[l - 1]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        return f"Network({'-'.join(map(str, self.sizes))}, {self.loss})"

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of units in layers 0 to L.

        Returns
        -------
        tuple of L + 1 int
            The first is the number of inputs.
        """
        return (self.layers[0].W.shape[0], *(layer.W.shape[1] for layer in self.layers))

    def copy(self) -> Network:
        """Return a network with the same numbers, in arrays of its own.

        Returns
        -------
        Network
            Changing it does not change this one.
        """
        return Network([Layer(each.W, each.b, each.activation) for each in self.layers], self.loss)

    def forward(self, x: ArrayLike) -> Trace:
        """Run the network forward.

        Parameters
        ----------
        x : (n_0,) or (N, n_0) array
            One example, or a batch of them in rows. Integers become float64.

        Returns
        -------
        Trace
            Input and output of every layer.

        Raises
        ------
        TypeError
            x holds anything but real numbers.
        ValueError
            x is empty, not finite, or of another shape.
        """
        x = finite_array("x", x)
        if x.ndim not in (1, 2) or x.shape[-1] != self.sizes[0]:
            n = self.sizes[0]
            raise ValueError(f"x must have shape ({n},) or (N, {n}), not {x.shape}")
        return self._forward(x)

    def backward(self, trace: Trace, target: ArrayLike) -> Backward:
        """Carry the error at the output back over the network.

        Parameters
        ----------
        trace : Trace
            What `forward` returned.
        target : (n_L,) or (N, n_L) array
            What the output is to be, in exactly its shape.

        Returns
        -------
        Backward
            Error terms of every layer.

        Raises
        ------
        TypeError
            The target holds anything but real numbers.
        ValueError
            The target is not finite, has another shape than the output, or is nothing that the
            loss can compare with an output.
        FloatingPointError
            The loss is not finite: the weights have grown too large.
        """
        t, y = finite_array("target", target), trace.output
        require_shape("target", t, "the output", y)
        self.loss.require_target(t)
        backward = self._backward(trace, t.astype(y.dtype, copy=False))
        if not np.isfinite(backward.loss):
            raise FloatingPointError(f"the loss is {backward.loss}: the weights are too large")
        return backward

    def apply(self, steps: Steps) -> None:
        """Add steps to the weights and biases, in place.

        Implements equation `update`.

        Parameters
        ----------
        steps : Steps
            What `Backward.steps` returned.

        Raises
        ------
        ValueError
            The steps are those of another network, or not finite. Nothing is changed then.
        """
        for l, layer in enumerate(self.layers, 1):
            for name, own in (("W", layer.W), ("b", layer.b)):
                step = getattr(steps, name).get(l)
                if getattr(step, "shape", None) != getattr(own, "shape", None):
                    raise ValueError(
                        f"steps must be those of this network, but differ in layer {l}"
                    )
                if step is not None:
                    finite_array(f"steps.{name}[{l}]", step)
        self._apply(steps)

    def _forward(self, x: Array) -> Trace:
        z, a = {}, {0: x}
        for l, layer in enumerate(self.layers, 1):
            z[l] = weighted_input(a[l - 1], layer.W, layer.b)
            a[l] = layer.activation.function(z[l])
        return Trace(z, a)

    def _backward(self, trace: Trace, target: Array) -> Backward:
        a, L = trace.a, len(self.layers)
        delta = {L: self.loss.output_delta(a[L], target, self[L].activation)}
        for l in range(L - 1, 0, -1):
            delta[l] = hidden_delta(delta[l + 1], self[l + 1].W, a[l], self[l].activation)
        biased = frozenset(l for l in delta if self[l].b is not None)
        loss = float(self.loss.function(trace.z[L], a[L], target))
        return Backward(trace, loss, error(a[L], target), delta, biased)

    def _apply(self, steps: Steps) -> None:
        for l, layer in enumerate(self.layers, 1):
            layer.W += steps.W[l]
            if layer.b is not None:
                layer.b += steps.b[l]
