"""A network: layers, of which each takes the output of the one before, and a loss at the end.

What belongs to a layer is kept under the layer's number, 1 to L; layer 0 is the input. So
`trace.a[0]` is x, and `delta[2]` is the error term of layer 2. What belongs to an array of
parameters is kept under the array's key: `("W", 2)` is W of layer 2.

A network takes finite real numbers, and says what stands in the way where a result is not finite.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import isfinite
from numbers import Integral
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import (
    Array,
    _array,
    all_finite,
    finite_array,
    first_not_finite,
    real_array,
    require_real,
    require_shape,
    shown,
)
from backprop.chain import (
    Chain,
    Differentiable,
    Forward,
    Pullback,
    _key_in_chain,
    _parameters_of,
    _require_layers,
    _state_of,
)
from backprop.dense import Dense, _is_plain
from backprop.losses import Loss, error, squared_error
from backprop.units import Units

Passed: TypeAlias = tuple[int, bool, Pullback]
"""A step of the way forward: number of the layer, whether it gave z, its pullback."""


@dataclass(frozen=True, eq=False)
class Trace:
    """What a forward pass computed, by layer number, and the way back from there.

    A trace belongs to the weights that the network had: after these have changed, run forward
    again. The arrays of a trace cannot be written into.

    Attributes
    ----------
    z : mapping of (n_l,) or (N, n_l) arrays
        Pre-activation of layers 1 to L, of those that are a `Layer`.
    a : mapping of (n_l,) or (N, n_l) arrays
        Output of layers 0 to L; that of layer 0 is x.
    """

    z: Mapping[int, Array]
    a: Mapping[int, Array]
    _kept: tuple[dict[int, Array], ...] = field(default=(), repr=False)
    _way: tuple[Passed, ...] = field(default=(), repr=False)
    _layers: tuple[Differentiable, ...] = field(default=(), repr=False)

    @property
    def output(self) -> Array:
        """Output of the network.

        Returns
        -------
        (n_L,) or (N, n_L) array
            Output of the last layer.
        """
        return self.a[max(self.a)]


class Steps(dict[Any, Array]):
    """What to add to the parameters, by their keys: `steps["W", 2]` is for W of layer 2."""

    @property
    def W(self) -> dict[int, Array]:  # noqa: N802 - as in the formulas
        """Steps of the weights, by layer number.

        Returns
        -------
        dict of (n_in, n_out) arrays
            `steps.W[2]` is `steps["W", 2]`.
        """
        return self._named("W")

    @property
    def b(self) -> dict[int, Array]:
        """Steps of the biases, by layer number.

        Returns
        -------
        dict of (n_out,) arrays
            Biases of those layers that have any.
        """
        return self._named("b")

    def _named(self, name: str) -> dict[int, Array]:
        return {key[1]: step for key, step in self.items() if key[0] == name and len(key) == 2}


@dataclass(frozen=True, eq=False)
class Backward:
    """What a backward pass computed.

    Attributes
    ----------
    trace : Trace
        The forward pass it went back over.
    loss : float
        E, averaged over the examples.
    error : (n_L,) or (N, n_L) array
        Target minus output.
    delta : dict of (n_l,) or (N, n_l) arrays
        Error terms, minus dE/dz, of layers 1 to L, of those that are a `Layer`.
    downhill : Steps
        Minus the gradient of each array of parameters: the steps for a learning rate of 1.
    """

    trace: Trace
    loss: float
    error: Array
    delta: dict[int, Array]
    downhill: Steps

    def steps(self, learning_rate: float) -> Steps:
        """Return the steps of all parameters for a learning rate.

        Parameters
        ----------
        learning_rate : float
            Size of the steps along minus the gradient.

        Returns
        -------
        Steps
            To be added to the parameters, with `Network.apply`.

        Raises
        ------
        TypeError
            The learning rate is not a number.
        ValueError
            The learning rate is not positive, or not finite.
        FloatingPointError
            A step is not finite: error terms, outputs or the learning rate are too large.
        """
        learning_rate = require_real("learning_rate", learning_rate, "positive and finite")
        with np.errstate(over="ignore"):
            steps = Steps({key: learning_rate * d for key, d in self.downhill.items()})
        _require_finite_steps(steps)
        return steps


class Network:
    """Layers, each the input of the next, and the loss at their end.

    All methods run the layers as they are when a network is used. Only `train` runs them as they
    are when it is trained, which is another thing for dropout and batch normalization.

    Parameters
    ----------
    layers : sequence of Differentiable
        Layers 1 to L: each a `Layer`, or another.
    loss : Loss
        What the network is to make small.

    Raises
    ------
    TypeError
        The layers are no sequence, one is not a layer, or the loss is not a Loss.
    ValueError
        There is no layer, one stands in two places, two neighbors do not fit, or the last layer
        does not fit the loss.

    Examples
    --------
    >>> from backprop import Layer
    >>> network = Network([Layer([[0.4], [-0.2]]), Layer([[0.1]])])
    >>> trace = network.forward([0.1, 0.3])
    >>> backward = network.backward(trace, [1.0])
    >>> print(f"{backward.loss:.4f}")
    0.1189
    >>> network.apply(backward.steps(0.5))
    >>> print(f"{network.loss_of([0.1, 0.3], [1.0]):.4f}")
    0.1171
    """

    def __init__(self, layers: Sequence[Differentiable], loss: Loss = squared_error) -> None:
        try:
            layers = tuple(layers)
        except TypeError as error:
            raise TypeError(f"layers must be a sequence of layers, not {shown(layers)}") from error
        self.layers = _require_layers(layers)
        self.loss = loss
        if not isinstance(loss, Loss):
            raise TypeError(f"loss must be a Loss such as squared_error, not {shown(loss)}")
        last = self.layers[-1]
        own = last.activation if _is_plain(last) or isinstance(last, Units) else last
        if loss.activation is not None and own is not loss.activation:
            raise ValueError(f"{loss} needs {loss.activation} units in the last layer, not {own}")
        _require_fit(self.layers)

    def __getitem__(self, l: int) -> Any:
        """Return a layer.

        Parameters
        ----------
        l : int
            Number of the layer, 1 to L.

        Returns
        -------
        Differentiable
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

    def __iter__(self) -> Iterator[Any]:
        return iter(self.layers)

    def __reversed__(self) -> Iterator[Any]:
        return reversed(self.layers)

    def __len__(self) -> int:
        return len(self.layers)

    def __repr__(self) -> str:
        if self._is_dense:
            return f"Network({'-'.join(map(str, self.sizes))}, {self.loss})"
        return f"Network({list(self.layers)}, {self.loss})"

    @property
    def sizes(self) -> tuple[int, ...]:
        """Number of units in layers 0 to L of a network whose layers are all a `Layer`.

        Returns
        -------
        tuple of L + 1 int
            The first is the number of inputs.
        """
        if not self._is_dense:
            raise TypeError("network must be of layers of class Layer to have sizes")
        shapes = [layer.W.shape for layer in self]
        return (shapes[0][0], *(n for _, n in shapes))

    @property
    def parameters(self) -> dict[Any, Array]:
        """The arrays that are learned: `parameters["W", 2]` is W of layer 2.

        Returns
        -------
        dict of arrays
            The network's own, and no copies.
        """
        return _parameters_of(self.layers)

    @property
    def _state(self) -> dict[Any, Array]:
        return _state_of(self.layers)

    def with_parameters(self, values: Mapping[Any, Array]) -> Network:
        """Return a network like this one that has other arrays as its parameters.

        Parameters
        ----------
        values : mapping
            Arrays by the keys of some of the parameters or all; the others are shared.

        Returns
        -------
        Network
            A new network; this one stays as it is.

        Raises
        ------
        TypeError
            The values are no mapping.
        ValueError
            There is no parameter of a key, or it has another shape.
        """
        other = copy.copy(self)
        other.layers = Chain(*self.layers).with_parameters(values).layers
        return other

    def copy(self) -> Network:
        """Return a network with the same numbers, in arrays of its own.

        Returns
        -------
        Network
            Training it does not change this one. A generator from which layers draw is shared.
        """
        return self.with_parameters({key: w.copy() for key, w in self.parameters.items()})

    def forward(self, x: ArrayLike) -> Trace:
        """Run the network forward.

        Parameters
        ----------
        x : (n_0,) or (N, n_0) array
            One example, or a batch in rows, which is copied; integers become float64. For
            layers other than `Layer`, a batch of what layer 1 takes.

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
        self._require_finite_trace(trace)
        return trace

    def predict(self, x: ArrayLike) -> Array:
        """Return the output for an input.

        Parameters
        ----------
        x : (n_0,) or (N, n_0) array
            One example, or a batch of examples in rows.

        Returns
        -------
        (n_L,) or (N, n_L) array
            Output of the last layer.

        Raises
        ------
        TypeError
            x holds anything but real numbers.
        ValueError
            x is empty, not finite, or of another shape.
        FloatingPointError
            The input to a unit or the output is not finite: what stands in the way is said.
        """
        return self.forward(x).output

    def loss_of(self, x: ArrayLike, target: ArrayLike) -> float:
        """Return the loss of an input, without a backward pass.

        Parameters
        ----------
        x : (n_0,) or (N, n_0) array
            One example, or a batch of examples in rows.
        target : (n_L,) or (N, n_L) array
            What the output is to be, in exactly its shape.

        Returns
        -------
        float
            E, averaged over the examples, computed from the last pre-activation, so that E is exact
            where the output has been rounded to 0 or 1.

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
            loss = float(self._loss(trace, self._target(target, trace.output)))
        self._require_finite_loss(loss, trace)
        return loss

    def gradient(self, x: ArrayLike, target: ArrayLike) -> dict[Any, Array]:
        """Return the gradient of the loss by every array of parameters.

        It points uphill: a step adds what `backward` calls downhill, which is minus the gradient.

        Parameters
        ----------
        x : (n_0,) or (N, n_0) array
            One example, or a batch of examples in rows.
        target : (n_L,) or (N, n_L) array
            What the output is to be, in exactly its shape.

        Returns
        -------
        dict of arrays
            dE/dW of layer l under `("W", l)`, in the shape of W, and likewise of all others.

        Raises
        ------
        TypeError
            x or the target holds anything but real numbers.
        ValueError
            x or the target is empty, not finite, or of another shape, or the target is nothing that
            the loss can compare with an output.
        FloatingPointError
            The output, the loss or an error term is not finite: what stands in the way is said.
        """
        downhill = self.backward(self.forward(x), target).steps(1.0)
        return {key: -d for key, d in downhill.items()}

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
            The trace is no Trace, or the target holds anything but real numbers.
        ValueError
            The trace is that of another network, or not as it was returned. Or the target is not
            finite, has another shape than the output, or is nothing that the loss can compare with
            an output.
        FloatingPointError
            The loss or an error term is not finite: what stands in the way is said.
        """
        self._require_trace(trace)
        with np.errstate(over="ignore", invalid="ignore"):
            backward = self._backward(trace, self._target(target, trace.output))
        self._require_finite_loss(backward.loss, trace)
        _require_finite_errors(backward)
        return backward

    def apply(self, steps: Mapping[Any, Array]) -> None:
        """Add steps to the parameters, in place.

        Implements equation `update`.

        Parameters
        ----------
        steps : Steps
            What `Backward.steps` returned, or another mapping with the same keys.

        Raises
        ------
        TypeError
            The steps are no mapping, or hold anything but real numbers; or so do the weights.
        ValueError
            The steps are those of another network, or not finite, or a weight cannot be written.
            Nothing is changed then.
        FloatingPointError
            A weight would become too large for its type. Nothing is changed then, either.
        """
        if not isinstance(steps, Mapping):
            raise TypeError(
                "steps must be Steps, as `backward.steps(learning_rate)` returns them, "
                f"not {type(steps).__name__}"
            )
        parameters = self._writable()
        for key in {**parameters, **steps}:
            step, own = steps.get(key), parameters.get(key)
            if type(step) is not np.ndarray or step.dtype.kind != "f":
                step = None if step is None else real_array(_item("steps", key), step)
            if step is None or own is None or step.shape != own.shape:
                raise ValueError(
                    f"steps must be those of this network, but differ in {_place(key)}"
                )
        try:
            with np.errstate(over="ignore", invalid="ignore"):
                _add(parameters, steps)
        except FloatingPointError:
            for key, step in steps.items():
                finite_array(_item("steps", key), step)
            raise

    @property
    def _is_dense(self) -> bool:
        return all(map(_is_plain, self.layers))

    def _input(self, x: ArrayLike) -> Array:
        """Return x as an array that the network can take."""
        if not self._is_dense:
            return _batch("x", x)
        x, n = finite_array("x", x), self[1].W.shape[0]
        if x.ndim not in (1, 2) or x.shape[-1] != n:
            raise ValueError(f"x must have shape ({n},) or (N, {n}), not {x.shape}")
        return x

    def _target(self, target: ArrayLike, output: Array) -> Array:
        """Return a target as an array that can be compared with the output."""
        t = finite_array("target", target)
        require_shape("target", t, "the output", output)
        self.loss._require_probabilities("target", t)
        # Where it overflows, so does the loss, and all who ask refuse that.
        return t.astype(output.dtype, copy=False)

    def _writable(self) -> dict[Any, Array]:
        """Return the parameters, which can be changed."""
        parameters = self.parameters
        for key, array in parameters.items():
            if not isinstance(array, np.ndarray) or array.dtype.kind != "f":
                kind = getattr(array, "dtype", type(array).__name__)
                raise TypeError(f"{_place(key)} must be an array of floats, not {kind}")
            if not array.flags.writeable:
                raise ValueError(f"{_place(key)} is read-only: it cannot be changed")
        return parameters

    def _require_trace(self, trace: Trace) -> None:
        """Refuse what is no trace, or that of another network, or one that was changed."""
        if not isinstance(trace, Trace):
            raise TypeError(
                f"trace must be a Trace, as `network.forward(x)` returns it, not {shown(trace)}"
            )
        if not trace._way:
            raise ValueError("trace must come from `network.forward(x)`, and not be made by hand")
        if trace._layers != self.layers:
            raise ValueError(
                "trace must be one of this network, as `network.forward(x)` returns it, "
                f"not of one with {len(trace._layers)} other layers"
            )
        for name, now, was in zip("za", (trace.z, trace.a), trace._kept, strict=True):
            if not isinstance(now, Mapping):
                raise TypeError(
                    f"trace.{name} must be arrays by the numbers of layers, not {shown(now)}"
                )
            for l in (*was, *now):
                if l not in was or now.get(l) is not was[l]:
                    raise ValueError(
                        f"trace must be as it was returned, but differs in {name}[{l!r}]"
                    )

    def _require_finite_trace(self, trace: Trace) -> None:
        """Refuse a pass in which something is not finite, and say what made it so."""
        if not all(map(all_finite, (*trace.z.values(), trace.output))):
            raise FloatingPointError(f"a sum or an output is not finite: {self._too_large(trace)}")

    def _require_finite_loss(self, loss: float, trace: Trace, when: str = "") -> None:
        """Refuse a loss that is not finite, and say what keeps it from being so."""
        if not isfinite(loss):
            raise FloatingPointError(f"the loss is {loss}{when}: {self._too_large(trace)}")

    def _too_large(self, trace: Trace) -> str:
        for key, array in self.parameters.items():
            if not all_finite(array):
                return f"{_place(key)} holds {array[first_not_finite(array)]}"
        for l, gave_z, _ in trace._way:
            if not all_finite((trace.z if gave_z else trace.a)[l]):
                what = "sums" if gave_z else "outputs"
                return f"weights or inputs are so large that the {what} of layer {l} overflow"
        return "outputs or targets are too large"

    def _stages(self, training: bool = False) -> Iterator[tuple[int, bool, Forward]]:
        """Yield what an input goes through: the number of a layer, whether it gives z, and how."""
        for l, layer in enumerate(self.layers, 1):
            if _is_plain(layer):
                yield l, True, layer.sums
                yield l, False, layer._units().forward
            else:
                yield l, False, layer.training_forward if training else layer.forward

    def _forward(self, x: Array, training: bool = False) -> Trace:
        z: dict[int, Array] = {}
        a, way, values = {0: x}, [], x
        for l, gives_z, forward in self._stages(training):
            values, pullback = forward(values)
            (z if gives_z else a)[l] = values
            way.append((l, gives_z, pullback))
        z, a = _read_only(z), _read_only(a)
        return Trace(z, a, (z.copy(), a.copy()), tuple(way), self.layers)

    def _loss(self, trace: Trace, target: Array) -> Any:
        L = len(self.layers)
        z = trace.z[L] if L in trace.z else trace.a[L - 1]
        return self._loss_of(z, trace.output, target)

    def _loss_of(self, z: Array, output: Array, target: Array) -> Any:
        """Return the loss, of the input to the last units where the loss brings these."""
        of_input = self.loss.of_input
        return self.loss.of_output(output, target) if of_input is None else of_input(z, target)

    def _backward(self, trace: Trace, target: Array) -> Backward:
        """Go back through the pullbacks, beginning before the units that the loss brings."""
        e = self.loss.output_error(trace.output, target)
        way = trace._way if self.loss.activation is None else trace._way[:-1]
        delta, found = {}, []
        for l, gave_z, pullback in reversed(way):
            if gave_z:
                delta[l] = e
            if gave_z and l == 1:
                # Nobody asks for the error of x.
                own = self[1].downhill(trace.a[0], e)
            else:
                e, own = pullback(e)
            found.append((l, own))
        downhill = {
            _key_in_chain(key, l): d for l, own in reversed(found) for key, d in own.items()
        }
        loss = float(self._loss(trace, target))
        return Backward(trace, loss, error(trace.output, target), delta, Steps(downhill))


def _read_only(arrays: Mapping[int, Array]) -> dict[int, Array]:
    """Return views of arrays that cannot be written into."""
    views = {l: array.view() for l, array in arrays.items()}
    for view in views.values():
        view.setflags(write=False)
    return views


def _add(parameters: Mapping[Any, Array], steps: Mapping[Any, Array]) -> None:
    """Add steps in place, or leave all as it was where a number would not be finite.

    Parameters
    ----------
    parameters : mapping
        Arrays that can be changed, by their keys.
    steps : mapping
        What to add to each.

    Raises
    ------
    FloatingPointError
        A number would not be finite.
    """
    before = {key: array.copy() for key, array in parameters.items()}
    # Copies, because a step may lie in the memory of a parameter that is changed before.
    steps = {key: np.array(step) for key, step in steps.items()}
    for key, array in parameters.items():
        array += steps[key]
    for key, array in parameters.items():
        if not all_finite(array):
            for each, values in before.items():
                parameters[each][...] = values
            raise FloatingPointError(f"{_place(key)} would not be finite")


def _place(key: Any) -> str:
    """Return where a parameter stands, in words: ("W", 2) is W of layer 2.

    Parameters
    ----------
    key : tuple
        Name and numbers of layers, outermost first.

    Returns
    -------
    str
        The words.
    """
    name, *numbers = key if isinstance(key, tuple) and key else (key,)
    return " of ".join([str(name), *(f"layer {l}" for l in reversed(numbers))])


def _item(name: str, key: Any) -> str:
    """Return how an array is taken from a mapping: `steps["W", 2]`."""
    parts = key if isinstance(key, tuple) and key else (key,)
    inside = ", ".join(f'"{part}"' if isinstance(part, str) else repr(part) for part in parts)
    return f"{name}[{inside}]"


def _require_finite_steps(steps: Mapping[Any, Array]) -> None:
    """Refuse steps that are not finite, and say of which parameter.

    Parameters
    ----------
    steps : mapping
        Steps by the keys of parameters.

    Raises
    ------
    FloatingPointError
        A step is not finite.
    """
    for key, step in steps.items():
        if not all_finite(step):
            raise FloatingPointError(
                f"the step of {_place(key)} is not finite: error terms, outputs or the learning "
                "rate are too large"
            )


def _require_finite_errors(backward: Backward) -> None:
    """Refuse error terms that are not finite, and say of which layer: the first on the way back."""
    for l, delta in backward.delta.items():
        if not all_finite(delta):
            raise FloatingPointError(
                f"an error term of layer {l} is not finite: weights, outputs or targets are too "
                "large"
            )


def _require_fit(layers: Sequence[Differentiable]) -> None:
    """Refuse dense layers that cannot stand one after the other."""
    for l, (before, after) in enumerate(itertools.pairwise(layers), 1):
        if isinstance(before, Dense) and isinstance(after, Dense):
            n, m = before.W.shape[1], after.W.shape[0]
            if n != m:
                raise ValueError(
                    f"layers must fit: layer {l} has {n} units, but layer {l + 1} expects {m}"
                )


def _batch(name: str, values: ArrayLike) -> Array:
    """Return a batch: numbers, or integers that are indices, with examples along the first axis."""
    array = _array(name, values)
    array = array if array.dtype.kind in "iu" else finite_array(name, array)
    if (array.ndim < 2 and array.dtype.kind == "f") or not array.size:
        raise ValueError(
            f"{name} must be a batch, examples along its first axis, not {array.shape}"
        )
    return array
