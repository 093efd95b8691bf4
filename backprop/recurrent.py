"""A recurrent network, and backpropagation through time.

A hidden layer that also receives its own output of the moment before. Unrolled in time it is a
deep network whose layers share their weights. Error terms have the sign of the network part, minus
dE/dz. The functions of the equations take complex arrays as well, which complex-step
differentiation needs, and NaN and infinities go through them; a network takes finite real numbers.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, require_real, require_shape
from backprop.dense import Layer, bias_step, hidden_error, weight_step, weighted_input
from backprop.losses import Loss, squared_error
from backprop.network import Network, Trace
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

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    x, W = floats("x", x, (1, 2)), floats("W", W, (2,))
    rows, (n_0, n_1) = x.shape[:-1], W.shape
    x = _shaped("x", x, (*rows, n_0), "W")
    a_before = _shaped("a_before", a_before, (*rows, n_1), "x and W")
    V = _shaped("V", V, (n_1, n_1), "W")
    b = None if b is None else _shaped("b", b, (n_1,), "W")
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

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    delta_out, W_out = floats("delta_out", delta_out, (1, 2)), floats("W_out", W_out, (2,))
    rows, (n_1, n_2) = delta_out.shape[:-1], W_out.shape
    delta_out = _shaped("delta_out", delta_out, (*rows, n_2), "W_out")
    delta_after = _shaped("delta_after", delta_after, (*rows, n_1), "delta_out and W_out")
    V = _shaped("V", V, (n_1, n_1), "W_out")
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
    TypeError
        An array holds anything but numbers, or the learning rate is none.
    ValueError
        The shapes do not fit, or the learning rate is not positive and finite.
    """
    a, delta = floats("a", a, (2, 3)), floats("delta", delta, (2, 3))
    delta = _shaped("delta", delta, (*a.shape[:-1], delta.shape[-1]), "a")
    learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
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
        FloatingPointError
            A step is not finite.
        """
        learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
        a, delta = self.trace.a, self.delta
        with np.errstate(over="ignore", invalid="ignore"):
            steps = {("W", l): step_over_time(a[l - 1], delta[l], learning_rate) for l in (1, 2)}
            steps["V", 1] = step_over_time(_before(a[1]), delta[1], learning_rate)
            for l in sorted(self.biased):
                steps["b", l] = bias_step(_rows(delta[l]), learning_rate)
        for key, step in steps.items():
            if not np.isfinite(step).all():
                raise FloatingPointError(f"learning_rate is too large: step {key} is not finite")
        return steps


class Recurrent:
    """A hidden layer that receives its own output of the moment before, and an output layer.

    Parameters
    ----------
    hidden : Layer
        Layer 1, with its weights from the input. It is copied.
    V : (n_1, n_1) array
        Weights from its units to themselves, from one moment to the next. They are copied.
    output : Layer
        Layer 2. It is copied.
    loss : Loss
        What the network is to make small, added up over the moments.

    Raises
    ------
    TypeError
        A layer is not a Layer, V holds anything but real numbers, or the loss is not a Loss.
    ValueError
        The parts do not fit, or V is not finite.
    """

    def __init__(
        self, hidden: Layer, V: ArrayLike, output: Layer, loss: Loss = squared_error
    ) -> None:
        for name, layer in (("hidden", hidden), ("output", output)):
            if not isinstance(layer, Layer):
                raise TypeError(f"{name} must be a Layer, not {type(layer).__name__}")
        # Steps are added in place, and the layers of the caller are none of ours.
        self.network = Network([hidden, output], loss).copy()
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
            Inputs of moments 1 to T, of one example or of a batch. They are copied.

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
        FloatingPointError
            The output of a layer is not finite: x or the weights are too large.
        """
        x = finite_array("x", x)
        n = self.network.sizes[0]
        if x.ndim not in (2, 3) or x.shape[-1] != n:
            raise ValueError(f"x must have shape (T, {n}) or (T, N, {n}), not {x.shape}")
        with np.errstate(over="ignore", invalid="ignore"):
            trace = self._forward(x.copy())
        for l in (1, 2):
            if not (np.isfinite(trace.z[l]).all() and np.isfinite(trace.a[l]).all()):
                raise FloatingPointError(
                    f"the output of layer {l} is not finite: x or the weights are too large"
                )
        return trace

    def backward(self, trace: Trace, target: ArrayLike) -> RecurrentBackward:
        """Carry the errors of all moments back over the network, and back in time.

        Parameters
        ----------
        trace : Trace
            What `forward` returned, with the weights that the network has now.
        target : (T, n_2) or (T, N, n_2) array
            What the output is to be at each moment, in exactly its shape.

        Returns
        -------
        RecurrentBackward
            Error terms of both layers at every moment.

        Raises
        ------
        TypeError
            The trace is not a Trace, or trace or target hold anything but real numbers.
        ValueError
            The trace is that of another network, or not of a sequence. Or the target is not finite,
            has another shape than the output, or is nothing that the loss can compare with an
            output.
        FloatingPointError
            The loss or an error term is not finite: trace, target or weights are too large.
        """
        trace = self._trace(trace)
        t, y = finite_array("target", target), trace.output
        require_shape("target", t, "the output", y)
        self.network.loss.require_target(t)
        with np.errstate(over="ignore", invalid="ignore"):
            backward = self._backward(trace, t.astype(y.dtype, copy=False))
        if not np.isfinite(backward.loss):
            raise FloatingPointError(
                f"the loss is {backward.loss}: trace, target or weights are too large"
            )
        for l, delta in backward.delta.items():
            if not np.isfinite(delta).all():
                raise FloatingPointError(
                    f"an error term of layer {l} is not finite: trace, target or weights are too "
                    "large"
                )
        return backward

    def apply(self, steps: Mapping[Key, Array]) -> None:
        """Add steps to the weights and biases, in place.

        Parameters
        ----------
        steps : mapping
            What `RecurrentBackward.steps` returned, or steps of the same shapes.

        Raises
        ------
        TypeError
            The steps are no mapping, or one holds anything but real numbers.
        ValueError
            The steps are those of another network, or not finite. Nothing is changed then.
        FloatingPointError
            A weight would not be finite. Nothing is changed then.
        """
        if not isinstance(steps, Mapping):
            kind = type(steps).__name__
            raise TypeError(f"steps must be what RecurrentBackward.steps returns, not {kind}")
        parameters = self._parameters()
        if steps.keys() != parameters.keys():
            expected = ", ".join(map(str, parameters))
            raise ValueError(f"steps must be those of this network, of {expected}")
        moved = {}
        for key, array in parameters.items():
            step = finite_array(f"steps[{key}]", steps[key])
            if step.shape != array.shape:
                raise ValueError(f"steps[{key}] must have shape {array.shape}, not {step.shape}")
            with np.errstate(over="ignore"):
                moved[key] = (array + step).astype(array.dtype)
            if not np.isfinite(moved[key]).all():
                raise FloatingPointError(f"steps[{key}] is too large: a weight would not be finite")
        for key, array in parameters.items():
            array[...] = moved[key]

    def _parameters(self) -> dict[Key, Array]:
        found: dict[Key, Array] = {("V", 1): self.V}
        for l, layer in enumerate(self.network, 1):
            found["W", l] = layer.W
            if layer.b is not None:
                found["b", l] = layer.b
        return found

    def _trace(self, trace: Trace) -> Trace:
        """Return a trace of this network, and refuse any other."""
        if not isinstance(trace, Trace):
            raise TypeError(
                f"trace must be a Trace, which forward returns, not {type(trace).__name__}"
            )
        if set(trace.z) != {1, 2} or set(trace.a) != {0, 1, 2}:
            raise ValueError("trace must be one of this network, with layers 1 and 2 and their x")
        z = {l: finite_array(f"trace.z[{l}]", each) for l, each in trace.z.items()}
        a = {l: finite_array(f"trace.a[{l}]", each) for l, each in trace.a.items()}
        rows = a[0].shape[:-1]
        for l, n in enumerate(self.network.sizes):
            for each in (a[l], z.get(l, a[l])):
                if len(rows) not in (1, 2) or each.shape != (*rows, n):
                    raise ValueError(
                        f"trace must be one of this network, of shape (T, {n}) or (T, N, {n}) in "
                        f"layer {l}, not {each.shape}"
                    )
        return Trace(z, a)

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

    def _backward(self, trace: Trace, target: Array) -> RecurrentBackward:
        hidden, output = self.network
        a, y = trace.a[1], trace.output
        # The loss averages over rows, and moments are to be added up.
        delta_out = len(y) * self.network.loss.output_error(_rows(y), _rows(target)).reshape(
            y.shape
        )
        if self.network.loss.activation is None:
            delta_out = output.activation._pullback(delta_out, _known(output, trace, 2))
        delta, known = np.empty_like(a), _known(hidden, trace, 1)
        delta_after = np.zeros_like(a[0])
        for tau in range(len(a) - 1, -1, -1):
            e = time_error(delta_out[tau], output.W, delta_after, self.V)
            delta_after = delta[tau] = hidden.activation._pullback(e, known[tau])
        biased = frozenset(l for l in (1, 2) if self.network[l].b is not None)
        loss = float(self._loss(trace, target))
        return RecurrentBackward(trace, loss, {1: delta, 2: delta_out}, biased)

    def _loss(self, trace: Trace, target: Array) -> Array:
        z, y = _rows(trace.z[2]), _rows(trace.output)
        E: Array = len(trace.output) * self.network._loss_of(z, y, _rows(target))
        return E


def _shaped(name: str, values: Array, shape: tuple[int, ...], beside: str) -> Array:
    """Return an array of numbers that has the one shape that fits what it stands beside."""
    array = floats(name, values)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape} to fit {beside}, not {array.shape}")
    return array


def _known(layer: Layer, trace: Trace, l: int) -> Array:
    """Return that of which the slope of the units of a layer is computed."""
    return trace.z[l] if layer.activation.of == "input" else trace.a[l]


def _rows(a: Array) -> Array:
    """Return what stands at every moment of every example, a row each."""
    return a.reshape(math.prod(a.shape[:-1]), a.shape[-1])


def _before(a: Array) -> Array:
    """Return the outputs of the moments before; before the first, they are 0."""
    return np.concatenate([np.zeros_like(a[:1]), a[:-1]])
