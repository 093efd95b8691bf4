"""A network of layers: the forward pass, the backward pass, and the steps they lead to.

What belongs to a layer is kept under the layer's number, 1 to L; layer 0 is the input. So
`trace.a[0]` is x, and `delta[2]` is the error term of layer 2.

The functions of the equations take arrays of numbers, also complex ones, which complex-step
differentiation needs; NaN and infinities go through them. A network takes finite real numbers.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from numbers import Integral

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import (
    Array,
    all_finite,
    finite_array,
    first_not_finite,
    floats,
    real_array,
    real_number,
    require_shape,
    shown,
)
from backprop.activations import Activation, _require_activation, sigmoid, softmax
from backprop.losses import Loss, error, squared_error


def weighted_input(a: Array, W: Array, b: Array | None = None) -> Array:
    """Return the input to the units of a layer, a W + b.

    Implements equation `weighted-input`.

    Parameters
    ----------
    a : (n_in,) or (N, n_in) array
        Output of the layer before; of a sequence of batches, a (T, N, n_in) array.
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
    TypeError
        They hold anything but numbers.
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
        Error terms of the next layer, minus dE/dz.
    W_next : (n, n_next) array
        Weights from this layer to the next.

    Returns
    -------
    (n,) or (N, n) array
        Minus dE/da of this layer.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit.
    """
    delta_next, W_next = floats("delta_next", delta_next, (1, 2)), floats("W_next", W_next, (2,))
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
        That of this layer.

    Returns
    -------
    (n,) or (N, n) array
        Minus dE/dz of this layer.

    Raises
    ------
    TypeError
        They hold anything but numbers, the activation is not an Activation, or it is softmax, which
        has no slope by unit.
    ValueError
        The shapes do not fit.
    """
    a = floats("a", a, (1, 2))
    _require_activation(activation)
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
        They hold anything but numbers.
    ValueError
        The shapes do not fit, or the learning rate is not positive and finite.
    """
    a, delta = floats("a", a, (1, 2)), floats("delta", delta, (1, 2))
    if a.shape[:-1] != delta.shape[:-1]:
        raise ValueError(
            "a and delta must both be batches or not, and have the same examples, "
            f"not {a.shape}, {delta.shape}"
        )
    learning_rate = real_number("learning_rate", learning_rate, "positive and finite")
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

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        delta is neither one example nor a batch, or the learning rate is not positive and finite.
    """
    delta = floats("delta", delta, (1, 2))
    learning_rate = real_number("learning_rate", learning_rate, "positive and finite")
    return float(learning_rate) * (delta.sum(axis=0) if delta.ndim == 2 else delta)


def _require_mapping(name: str, found: object) -> None:
    if not isinstance(found, Mapping):
        raise TypeError(f"{name} must be arrays by the numbers of layers, not {shown(found)}")


def _require_finite_delta(deltas: Mapping[int, Array]) -> None:
    """Refuse error terms that are not finite, and say of which layer: the first on the way back."""
    for l in sorted(deltas, reverse=True):
        if not all_finite(deltas[l]):
            raise FloatingPointError(
                f"an error term of layer {l} is not finite: weights, outputs or targets are too "
                "large"
            )


class Layer:
    """Weights, biases and activation of one layer.

    Parameters
    ----------
    W : (n_in, n_out) array
        Weights. They are copied; integers become float64.
    b : (n_out,) array, optional
        Biases, likewise. A layer that is given none has none and learns none: its units then
        receive 0 wherever all their inputs are 0.
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
        _require_activation(activation)
        self.activation = activation

    def __repr__(self) -> str:
        n_in, n_out = self.W.shape
        biases = "" if self.b is None else ", biases"
        return f"Layer({n_in} to {n_out}{biases}, {self.activation})"


@dataclass(frozen=True)
class Trace:
    """What a forward pass computed, by layer number.

    It belongs to the weights that the network had: after they have changed, run forward again.

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


def _require_finite_steps(steps: Steps) -> None:
    for name in ("W", "b"):
        for l, step in sorted(getattr(steps, name).items()):
            if not all_finite(step):
                raise FloatingPointError(
                    f"the step of {name} of layer {l} is not finite: error terms, outputs or the "
                    "learning rate are too large"
                )


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
        FloatingPointError
            A step is not finite: error terms, outputs or the learning rate are too large.
        """
        learning_rate = real_number("learning_rate", learning_rate, "positive and finite")
        with np.errstate(over="ignore", invalid="ignore"):
            steps = self._steps(learning_rate)
        _require_finite_steps(steps)
        return steps

    def _steps(self, learning_rate: float) -> Steps:
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
        The layers are no sequence, one is not a Layer, or the loss is not a Loss.
    ValueError
        There is no layer, one stands in two places, two neighbors do not fit, or the last layer
        does not fit the loss.

    Examples
    --------
    >>> network = Network([Layer([[0.4], [-0.2]]), Layer([[0.1]])])
    >>> trace = network.forward([0.1, 0.3])
    >>> backward = network.backward(trace, [1.0])
    >>> print(f"{backward.loss:.4f}")
    0.1189
    >>> network.apply(backward.steps(0.5))
    >>> print(f"{network.loss_of([0.1, 0.3], [1.0]):.4f}")
    0.1171
    """

    def __init__(self, layers: Sequence[Layer], loss: Loss = squared_error) -> None:
        try:
            self.layers = tuple(layers)
        except TypeError as error:
            raise TypeError(f"layers must be a sequence of Layer, not {shown(layers)}") from error
        self.loss = loss
        if not self.layers:
            raise ValueError("layers must not be empty")
        if wrong := [each for each in self.layers if not isinstance(each, Layer)]:
            raise TypeError(f"layers must be of class Layer, not {type(wrong[0]).__name__}")
        if len(set(map(id, self.layers))) < len(self.layers):
            raise ValueError("layers must all be different: a Layer can stand in one place alone")
        if not isinstance(loss, Loss):
            raise TypeError(f"loss must be a Loss such as squared_error, not {shown(loss)}")
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
        """Return a layer.

        Parameters
        ----------
        l : int
            Its number, 1 to L.

        Returns
        -------
        Layer
            The one that belongs to the network, and not a copy.

        Raises
        ------
        TypeError
            The number is not an integer.
        IndexError
            There is no layer of that number.
        """
        if isinstance(l, bool) or not isinstance(l, Integral):
            raise TypeError(f"layers are taken one by one, by their number, not by {shown(l)}")
        if not 1 <= l <= len(self.layers):
            raise IndexError(f"layers are numbered 1 to {len(self.layers)}; there is no layer {l}")
        return self.layers[l - 1]

    def __iter__(self) -> Iterator[Layer]:
        return iter(self.layers)

    def __reversed__(self) -> Iterator[Layer]:
        return reversed(self.layers)

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
            One example, or a batch of them in rows. It is copied; integers become float64.

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
        FloatingPointError
            The input to a unit or the output is not finite: what stands in the way is said.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            # The backward pass needs x as it is now.
            trace = self._forward(self._input(x).copy())
        self._require_finite_sums(trace.z, trace.output)
        return trace

    def loss_of(self, x: ArrayLike, target: ArrayLike) -> float:
        """Return the loss of an input, without a backward pass.

        Parameters
        ----------
        x : (n_0,) or (N, n_0) array
            One example, or a batch of them in rows.
        target : (n_L,) or (N, n_L) array
            What the output is to be, in exactly its shape.

        Returns
        -------
        float
            E, averaged over the examples. It is that of the input to the last units, and exact also
            where their output has been rounded to 0 or 1.

        Raises
        ------
        TypeError
            x or the target holds anything but real numbers.
        ValueError
            x or the target is empty, not finite, or of another shape, or the target is nothing that
            the loss can compare with an output.
        FloatingPointError
            The loss is not finite: what stands in the way is said.
        """
        with np.errstate(over="ignore", invalid="ignore"):
            trace = self._forward(self._input(x))
            loss = self._loss(trace, self._target(target, trace.output))
        self._require_finite(loss, trace.z)
        return loss

    def backward(self, trace: Trace, target: ArrayLike) -> Backward:
        """Carry the error at the output back over the network.

        Parameters
        ----------
        trace : Trace
            What `forward` returned, with the weights that the network has now.
        target : (n_L,) or (N, n_L) array
            What the output is to be, in exactly its shape.

        Returns
        -------
        Backward
            Error terms of every layer.

        Raises
        ------
        TypeError
            The trace is no Trace, or trace or target hold anything but real numbers.
        ValueError
            The trace is that of another network, or not finite. Or the target is not finite, has
            another shape than the output, or is nothing that the loss can compare with an output.
        FloatingPointError
            The loss or an error term is not finite: what stands in the way is said.
        """
        self._require_trace(trace)
        with np.errstate(over="ignore", invalid="ignore"):
            backward = self._backward(trace, self._target(target, trace.output))
        # What is not finite on the way back stays so down to the first layer.
        if not (isfinite(backward.loss) and all_finite(backward.delta[1])):
            for name in ("z", "a"):
                for l, each in getattr(trace, name).items():
                    finite_array(f"trace.{name}[{l}]", each)
            self._require_finite(backward.loss, trace.z)
            _require_finite_delta(backward.delta)
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
        TypeError
            The steps are no Steps, or hold anything but real numbers; or so do the weights.
        ValueError
            The steps are those of another network, or not finite, or a weight cannot be written.
            Nothing is changed then.
        FloatingPointError
            A weight would become too large for its type. Nothing is changed then, either.
        """
        if not isinstance(steps, Steps):
            raise TypeError(
                "steps must be Steps, as `backward.steps(learning_rate)` returns them, "
                f"not {type(steps).__name__}"
            )
        for name in ("W", "b"):
            _require_mapping(f"steps.{name}", getattr(steps, name))
        parameters = self._parameters()
        for name, l, own in parameters:
            step = getattr(steps, name).get(l)
            if getattr(step, "shape", None) != own.shape:
                raise ValueError(f"steps must be those of this network, but differ in layer {l}")
            if type(step) is not np.ndarray or step.dtype.kind != "f":
                real_array(f"steps.{name}[{l}]", step)
        if len(steps.W) + len(steps.b) != len(parameters):
            own_names = {(name, l) for name, l, _ in parameters}
            more = [l for name in "Wb" for l in getattr(steps, name) if (name, l) not in own_names]
            raise ValueError(f"steps must be those of this network, but differ in layer {more[0]}")
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                self._apply(steps)
        except FloatingPointError:
            for name in ("W", "b"):
                for l, step in getattr(steps, name).items():
                    finite_array(f"steps.{name}[{l}]", step)
            raise

    def _input(self, x: ArrayLike) -> Array:
        """Return x as an array that the network can take."""
        x = finite_array("x", x)
        if x.ndim not in (1, 2) or x.shape[-1] != self.sizes[0]:
            n = self.sizes[0]
            raise ValueError(f"x must have shape ({n},) or (N, {n}), not {x.shape}")
        return x

    def _target(self, target: ArrayLike, output: Array) -> Array:
        """Return a target as an array that can be compared with the output."""
        t = finite_array("target", target)
        require_shape("target", t, "the output", output)
        self.loss._require_probabilities("target", t)
        if t.dtype == output.dtype:
            return t
        with np.errstate(over="ignore"):
            return t.astype(output.dtype)

    def _parameters(self) -> list[tuple[str, int, Array]]:
        """Return the arrays of weights and biases, which can be changed, with name and layer."""
        found = []
        for l, layer in enumerate(self.layers, 1):
            for name, array in (("W", layer.W), ("b", layer.b)):
                if array is None:
                    continue
                if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
                    kind = getattr(array, "dtype", type(array).__name__)
                    raise TypeError(f"{name} of layer {l} must be an array of floats, not {kind}")
                if not array.flags.writeable:
                    raise ValueError(f"{name} of layer {l} is read-only: it cannot be changed")
                found.append((name, l, array))
        return found

    def _require_trace(self, trace: Trace) -> None:
        """Refuse what is no trace, or that of another network."""
        if not isinstance(trace, Trace):
            raise TypeError(
                f"trace must be a Trace, as `network.forward(x)` returns it, not {shown(trace)}"
            )
        z, a = trace.z, trace.a
        _require_mapping("trace.z", z)
        _require_mapping("trace.a", a)
        examples = getattr(a.get(0), "shape", ())[:-1]
        for l, n in enumerate(self.sizes):
            shape = (*examples, n)
            of_z, of_a = getattr(z.get(l), "shape", None), getattr(a.get(l), "shape", None)
            if of_a != shape or (l and of_z != shape):
                raise ValueError(f"trace must be one of this network, but differs in layer {l}")
        if len(z) != len(self.layers):
            raise ValueError(f"trace must be one of this network, with {len(self)} layers")
        for name, arrays in (("z", z), ("a", a)):
            for l, each in arrays.items():
                if type(each) is not np.ndarray or each.dtype.kind != "f":
                    real_array(f"trace.{name}[{l}]", each)
        # That of a hidden layer is not used, and a loss need not use the last.
        if not all_finite(z[len(z)]):
            finite_array(f"trace.z[{len(z)}]", z[len(z)])

    def _require_finite_sums(self, sums: Mapping[int, Array], output: Array) -> None:
        """Refuse inputs to units, or an output, that are not finite, and say what made them so."""
        if not (all_finite(output) and all(map(all_finite, sums.values()))):
            raise FloatingPointError(f"a sum or an output is not finite: {self._too_large(sums)}")

    def _require_finite(self, loss: float, sums: Mapping[int, Array], when: str = "") -> None:
        """Refuse a loss that is not finite, and say what keeps it from being so."""
        if not isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}{when}: {self._too_large(sums)}")

    def _too_large(self, sums: Mapping[int, Array]) -> str:
        for l, layer in enumerate(self.layers, 1):
            for name, array in (("W", layer.W), ("b", layer.b)):
                if array is not None and not all_finite(array):
                    return f"{name} of layer {l} holds {array[first_not_finite(array)]}"
        for l, z in sums.items():
            if not all_finite(z):
                return f"weights or inputs are so large that the sums of layer {l} overflow"
        return "outputs or targets are too large"

    def _forward(self, x: Array) -> Trace:
        z, a = {}, {0: x}
        for l, layer in enumerate(self.layers, 1):
            z[l] = weighted_input(a[l - 1], layer.W, layer.b)
            a[l] = layer.activation.function(z[l])
        return Trace(z, a)

    def _loss(self, trace: Trace, target: Array) -> float:
        return float(self.loss.function(trace.z[len(self.layers)], trace.output, target))

    def _backward(self, trace: Trace, target: Array) -> Backward:
        a, L, layers = trace.a, len(self.layers), self.layers
        delta = {L: self.loss.output_delta(a[L], target, layers[-1].activation)}
        for l in range(L - 1, 0, -1):
            # In the tuple, layer l stands at l - 1.
            here, after = layers[l - 1], layers[l]
            delta[l] = hidden_delta(delta[l + 1], after.W, a[l], here.activation)
        biased = frozenset(l for l, layer in enumerate(layers, 1) if layer.b is not None)
        return Backward(trace, self._loss(trace, target), error(a[L], target), delta, biased)

    def _apply(self, steps: Steps) -> None:
        """Add steps in place, or leave all as it was where a number would not be finite."""
        before = [(layer.W.copy(), None if layer.b is None else layer.b.copy()) for layer in self]
        for l, layer in enumerate(self.layers, 1):
            layer.W += steps.W[l]
            if layer.b is not None:
                layer.b += steps.b[l]
        for l, layer in enumerate(self.layers, 1):
            if not all_finite(layer.W) or (layer.b is not None and not all_finite(layer.b)):
                self._set(before)
                raise FloatingPointError(f"a weight of layer {l} would not be finite")

    def _set(self, values: list[tuple[Array, Array | None]]) -> None:
        """Write the weights and biases of each layer in place."""
        for layer, (W, b) in zip(self.layers, values, strict=True):
            layer.W[...] = W
            if layer.b is not None and b is not None:
                layer.b[...] = b
