"""A recurrent network, and backpropagation through time.

A hidden layer that also receives its own output of the moment before. Unrolled in time it is a
deep network whose layers share their weights. Error terms have the sign of the network part, minus
dE/dz.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, real_number, require_shape
from backprop.losses import Loss, squared_error
from backprop.network import (
    Layer,
    Network,
    Trace,
    bias_step,
    hidden_error,
    weight_step,
    weighted_input,
)
from backprop.optimizers import Key


def recurrent_input(x: Array, W: Array, b: Array | None, a_before: Array, V: Array) -> Array:
    """Return the input to recurrent units: from the input, and from themselves a moment before.

    Implements equation `recurrent-input`.

    Parameters
    ----------
    x : (n_0,) or (N, n_0) array
        Input of this moment.
    W : (n_0, n_1) array
        Weights from the input.
    b : (n_1,) array, optional
        Biases.
    a_before : (n_1,) or (N, n_1) array
        Output of the units at the moment before.
    V : (n_1, n_1) array
        Weights from the units to themselves.

    Returns
    -------
    (n_1,) or (N, n_1) array
        Input to the units.
    """
    z: Array = weighted_input(x, W, b) + a_before @ V
    return z


def time_error(delta_out: Array, W_out: Array, delta_after: Array, V: Array) -> Array:
    """Return the error attributed to recurrent units: by the output now, and by themselves after.

    Implements equation `time-error`.

    Parameters
    ----------
    delta_out : (n_2,) or (N, n_2) array
        Error terms of the output layer at this moment, minus dE/dz.
    W_out : (n_1, n_2) array
        Weights to the output layer.
    delta_after : (n_1,) or (N, n_1) array
        Error terms of the same units a moment after.
    V : (n_1, n_1) array
        Weights from the units to themselves.

    Returns
    -------
    (n_1,) or (N, n_1) array
        Minus dE/da of the units at this moment.
    """
    return hidden_error(delta_out, W_out) + hidden_error(delta_after, V)


def step_over_time(a: Array, delta: Array, learning_rate: float) -> Array:
    """Return the step of weights that are used at every moment: the sum of the steps of all.

    Implements equation `step-over-time`.

    Parameters
    ----------
    a : (T, n) or (T, N, n) array
        What the weights were multiplied by at moments 1 to T.
    delta : (T, m) or (T, N, m) array
        Error terms of the units they lead to.
    learning_rate : float
        Size of the step along minus the gradient.

    Returns
    -------
    (n, m) array
        To be added to the weights.

    Raises
    ------
    ValueError
        The shapes do not fit.
    """
    # A product of matrices adds up over its rows, be they examples or moments.
    return weight_step(_rows(a), _rows(delta), learning_rate)


@dataclass(frozen=True)
class RecurrentBackward:
    """What backpropagation through time computed.

    Attributes
    ----------
    trace : Trace
        The forward pass it went back over.
    loss : float
        E, added up over the moments and averaged over the examples.
    delta : dict of (T, n_l) or (T, N, n_l) arrays
        Error terms of layers 1 and 2, minus dE/dz.
    biased : frozenset of int
        Numbers of the layers that have biases.
    """

    trace: Trace
    loss: float
    delta: dict[int, Array]
    biased: frozenset[int]

    def steps(self, learning_rate: float) -> dict[Key, Array]:
        """Return the steps of all weights and biases for a learning rate.

        Parameters
        ----------
        learning_rate : float
            Size of the steps along minus the gradient.

        Returns
        -------
        dict
            To be added to the parameters, with `Recurrent.apply`.

        Raises
        ------
        TypeError
            The learning rate is not a number.
        ValueError
            It is not positive, or not finite.
        """
        learning_rate = real_number("learning_rate", learning_rate, "positive and finite")
        a, delta = self.trace.a, self.delta
        steps = {("W", l): step_over_time(a[l - 1], delta[l], learning_rate) for l in (1, 2)}
        steps["V", 1] = step_over_time(_before(a[1]), delta[1], learning_rate)
        for l in sorted(self.biased):
            steps["b", l] = bias_step(_rows(delta[l]), learning_rate)
        return steps


class Recurrent:
    """A hidden layer that receives its own output of the moment before, and an output layer.

    Parameters
    ----------
    hidden : Layer
        Layer 1, with its weights from the input.
    V : (n_1, n_1) array
        Weights from its units to themselves, from one moment to the next. They are copied.
    output : Layer
        Layer 2.
    loss : Loss
        What the network is to make small, added up over the moments.

    Raises
    ------
    TypeError
        A part is of another kind.
    ValueError
        The parts do not fit.
    """

    def __init__(
        self, hidden: Layer, V: ArrayLike, output: Layer, loss: Loss = squared_error
    ) -> None:
        self.network = Network([hidden, output], loss)
        self.V = finite_array("V", V).copy()
        n = self.network.sizes[1]
        if self.V.shape != (n, n):
            raise ValueError(f"V must have shape ({n}, {n}), not {self.V.shape}")

    def __repr__(self) -> str:
        return f"Recurrent({'-'.join(map(str, self.network.sizes))}, {self.network.loss})"

    def forward(self, x: ArrayLike) -> Trace:
        """Run the network over a sequence.

        Parameters
        ----------
        x : (T, n_0) or (T, N, n_0) array
            Inputs of moments 1 to T, of one example or of a batch.

        Returns
        -------
        Trace
            Input and output of both layers, each with a first axis of T moments.

        Raises
        ------
        TypeError
            x holds anything but real numbers.
        ValueError
            x is empty, not finite, or of another shape.
        """
        x = finite_array("x", x)
        n = self.network.sizes[0]
        if x.ndim not in (2, 3) or x.shape[-1] != n:
            raise ValueError(f"x must have shape (T, {n}) or (T, N, {n}), not {x.shape}")
        return self._forward(x)

    def backward(self, trace: Trace, target: ArrayLike) -> RecurrentBackward:
        """Carry the errors of all moments back over the network, and back in time.

        Parameters
        ----------
        trace : Trace
            What `forward` returned.
        target : (T, n_2) or (T, N, n_2) array
            What the output is to be at each moment, in exactly its shape.

        Returns
        -------
        RecurrentBackward
            Error terms of both layers at every moment.

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
        self.network.loss.require_target(t)
        loss = float(self._loss(trace, t))
        if not np.isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}: the weights are too large")
        hidden, output = self.network
        # The loss averages over rows, and moments are to be added up.
        delta_out = len(y) * self.network.loss.output_delta(
            _rows(y), _rows(t.astype(y.dtype, copy=False)), output.activation
        ).reshape(y.shape)
        a = trace.a[1]
        delta = np.empty_like(a)
        delta_after = np.zeros_like(a[0])
        for tau in range(len(a) - 1, -1, -1):
            e = time_error(delta_out[tau], output.W, delta_after, self.V)
            delta_after = delta[tau] = e * hidden.activation.derivative(a[tau])
        biased = frozenset(l for l in (1, 2) if self.network[l].b is not None)
        return RecurrentBackward(trace, loss, {1: delta, 2: delta_out}, biased)

    def apply(self, steps: Mapping[Key, Array]) -> None:
        """Add steps to the weights and biases, in place.

        Parameters
        ----------
        steps : mapping
            What `RecurrentBackward.steps` returned, or steps of the same shapes.

        Raises
        ------
        ValueError
            The steps are those of another network, or not finite. Nothing is changed then.
        """
        parameters = self._parameters()
        shapes = {key: array.shape for key, array in parameters.items()}
        if {key: np.shape(step) for key, step in steps.items()} != shapes:
            raise ValueError(f"steps must be those of this network, with shapes {shapes}")
        for (name, l), step in steps.items():
            finite_array(f"steps[{name!r}, {l}]", step)
        for key, array in parameters.items():
            array += steps[key]

    def _parameters(self) -> dict[Key, Array]:
        found: dict[Key, Array] = {("V", 1): self.V}
        for l, layer in enumerate(self.network, 1):
            found["W", l] = layer.W
            if layer.b is not None:
                found["b", l] = layer.b
        return found

    def _forward(self, x: Array) -> Trace:
        hidden, output = self.network
        z, a = [], [np.zeros((*x.shape[1:-1], len(self.V)), self.V.dtype)]
        for now in x:
            z.append(recurrent_input(now, hidden.W, hidden.b, a[-1], self.V))
            a.append(hidden.activation.function(z[-1]))
        hidden_z, hidden_a = np.stack(z), np.stack(a[1:])
        z_out = weighted_input(hidden_a, output.W, output.b)
        y = output.activation.function(z_out)
        return Trace({1: hidden_z, 2: z_out}, {0: x, 1: hidden_a, 2: y})

    def _loss(self, trace: Trace, target: Array) -> Array:
        z, y = _rows(trace.z[2]), _rows(trace.output)
        E: Array = len(trace.output) * self.network.loss.function(z, y, _rows(target))
        return E


def _rows(a: Array) -> Array:
    """Return what stands at every moment of every example, a row each."""
    return a.reshape(-1, a.shape[-1])


def _before(a: Array) -> Array:
    """Return the outputs of the moments before; before the first, they are 0."""
    return np.concatenate([np.zeros_like(a[:1]), a[:-1]])
