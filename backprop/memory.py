"""Layers with a memory: a state that goes from each moment of a sequence to the next.

A recurrent layer has its own output as its state. The gates of an LSTM and of a GRU decide what
enters the state, what stays in it and what leaves it. All three take N sequences of T moments, an
(N, T, n) array, and begin with a state of 0.

The equations of one moment are functions, forward and back. The loop over the moments is the same
for all layers: a step hands back its pullback, and the pullbacks are gone through in reverse, which
is backpropagation through time. Errors are minus gradients, as everywhere in this package.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, shown
from backprop.activations import (
    Activation,
    _require_activation,
    _require_slope_of_output,
    sigmoid,
    softmax,
    tanh,
)
from backprop.chain import Differentiable, Pullback, _require_error
from backprop.dense import weighted_input
from backprop.recurrent import step_over_time

State: TypeAlias = tuple[Array, ...]
"""What goes from one moment to the next; the first array is also the output of the layer."""

StepBack: TypeAlias = Callable[[State], tuple[Array, Array, State]]
"""Takes the error attributed to a state. Returns the error terms of what came from the input, those
of what came from the state before, and the error attributed to the state before."""

Step: TypeAlias = Callable[[Array, State], tuple[State, StepBack]]
"""Takes what came from the input at one moment, and the state before; returns the state."""


def recurrent_step(z: Array, h_before: Array, V: Array, activation: Activation = tanh) -> Array:
    """Return the output of recurrent units at one moment, f(z + h_before V).

    Parameters
    ----------
    z : (n,) or (N, n) array
        What the units receive from the input of this moment, x W + b.
    h_before : (n,) or (N, n) array
        Output of the units at the moment before.
    V : (n, n) array
        Weights from the units to themselves.
    activation : Activation
        f.

    Returns
    -------
    (n,) or (N, n) array
        Output of the units at this moment.

    Raises
    ------
    TypeError
        An array holds anything but numbers, or the activation is not an Activation.
    ValueError
        The shapes do not fit.

    References
    ----------
    J. L. Elman, Finding structure in time, Cognitive Science 14 (1990).
    """
    V, rows, n = _weights(V, 1, "z", z)
    z = _shaped("z", z, (*rows, n), "V")
    h_before = _shaped("h_before", h_before, (*rows, n), "z and V")
    _require_activation(activation)
    h: Array = activation.function(z + h_before @ V)
    return h


def recurrent_step_error(
    e: Array, h: Array, V: Array, activation: Activation = tanh
) -> tuple[Array, Array]:
    """Return the error terms of recurrent units at one moment, and the error of the moment before.

    Parameters
    ----------
    e : (n,) or (N, n) array
        Error attributed to the output of the units, minus dE/dh: by the layer above, and by the
        same units a moment after.
    h : (n,) or (N, n) array
        Output of the units.
    V : (n, n) array
        Weights from the units to themselves.
    activation : Activation
        What turns the input of the units into their output.

    Returns
    -------
    delta : (n,) or (N, n) array
        Error terms, minus dE/dz.
    e_before : (n,) or (N, n) array
        What this moment attributes to the output of the moment before.

    Raises
    ------
    TypeError
        An array holds anything but numbers, or the activation is not an Activation, or it has no
        slope by unit, as softmax, or none by its output, as `gelu`.
    ValueError
        The shapes do not fit.
    """
    V, rows, n = _weights(V, 1, "e", e)
    e, h = _shaped("e", e, (*rows, n), "V"), _shaped("h", h, (*rows, n), "e and V")
    _require_slope_of_output(activation)
    delta = e * activation.derivative(h)
    return delta, delta @ V.T


def lstm_step(z: Array, h_before: Array, c_before: Array, V: Array) -> tuple[Array, Array, Array]:
    """Return output and state of LSTM cells at one moment, and their gates.

    The gates are i, f, g and o, for input, forget, candidate and output, in this order: i, f and o
    are the sigmoid and g is tanh of z + h_before V. The state is c = f c_before + i g, and the
    output is h = o tanh(c).

    Parameters
    ----------
    z : (4 n,) or (N, 4 n) array
        What the gates receive from the input of this moment, x W + b.
    h_before : (n,) or (N, n) array
        Output of the cells at the moment before.
    c_before : (n,) or (N, n) array
        State of the cells at the moment before.
    V : (n, 4 n) array
        Weights from the outputs to the gates.

    Returns
    -------
    h : (n,) or (N, n) array
        Output of the cells.
    c : (n,) or (N, n) array
        State of the cells.
    gates : (4 n,) or (N, 4 n) array
        i, f, g and o beside each other.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.

    References
    ----------
    S. Hochreiter and J. Schmidhuber, Long short-term memory, Neural Computation 9 (1997).
    F. A. Gers, J. Schmidhuber and F. Cummins, Learning to forget: continual prediction with LSTM,
    Neural Computation 12 (2000).
    """
    V, rows, n = _weights(V, 4, "z", z)
    z = _shaped("z", z, (*rows, 4 * n), "V")
    h_before = _shaped("h_before", h_before, (*rows, n), "z and V")
    c_before = _shaped("c_before", c_before, (*rows, n), "z and V")
    z_i, z_f, z_g, z_o = _parts(z + h_before @ V, 4)
    i, f, o = (sigmoid.function(each) for each in (z_i, z_f, z_o))
    g = tanh.function(z_g)
    c = f * c_before + i * g
    h = o * tanh.function(c)
    return h, c, np.concatenate([i, f, g, o], axis=-1)


def lstm_step_error(
    e_h: Array, e_c: Array, c_before: Array, c: Array, gates: Array, V: Array
) -> tuple[Array, Array, Array]:
    """Return the error terms of LSTM gates at one moment, and the errors of the moment before.

    The state c also acts through the output, so that the error of the output adds to its own.
    From there, the way back to c_before is a product with the forget gate f: where f is near 1, the
    error goes back in time without growing or shrinking.

    Parameters
    ----------
    e_h : (n,) or (N, n) array
        Error attributed to the output of the cells, minus dE/dh.
    e_c : (n,) or (N, n) array
        Error that the moment after attributes to the state, minus dE/dc with h as it is.
    c_before : (n,) or (N, n) array
        State of the cells at the moment before.
    c : (n,) or (N, n) array
        State of the cells.
    gates : (4 n,) or (N, 4 n) array
        i, f, g and o, as `lstm_step` returns them.
    V : (n, 4 n) array
        Weights from the outputs to the gates.

    Returns
    -------
    delta : (4 n,) or (N, 4 n) array
        Error terms of the gates, minus dE/dz.
    e_h_before : (n,) or (N, n) array
        What this moment attributes to the output of the moment before.
    e_c_before : (n,) or (N, n) array
        What it attributes to the state of the moment before.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    V, rows, n = _weights(V, 4, "e_h", e_h)
    e_h, e_c = _shaped("e_h", e_h, (*rows, n), "V"), _shaped("e_c", e_c, (*rows, n), "e_h and V")
    c_before = _shaped("c_before", c_before, (*rows, n), "e_h and V")
    c = _shaped("c", c, (*rows, n), "e_h and V")
    i, f, g, o = _parts(_shaped("gates", gates, (*rows, 4 * n), "e_h and V"), 4)
    a = tanh.function(c)
    e_c = e_c + e_h * o * tanh.derivative(a)
    delta_i = e_c * g * sigmoid.derivative(i)
    delta_f = e_c * c_before * sigmoid.derivative(f)
    delta_g = e_c * i * tanh.derivative(g)
    delta_o = e_h * a * sigmoid.derivative(o)
    delta = np.concatenate([delta_i, delta_f, delta_g, delta_o], axis=-1)
    return delta, delta @ V.T, e_c * f


def gru_step(
    z: Array, h_before: Array, V: Array, b_V: Array | None = None
) -> tuple[Array, Array, Array]:
    """Return the output of gated recurrent units at one moment, and their gates.

    The gates are r, s and g, for reset, update and candidate, in this order. With
    u = h_before V + b_V, r and s are the sigmoid of z + u, and g = tanh(z + r u). The output is
    h = (1 - s) g + s h_before.

    Parameters
    ----------
    z : (3 n,) or (N, 3 n) array
        What the gates receive from the input of this moment, x W + b.
    h_before : (n,) or (N, n) array
        Output of the units at the moment before.
    V : (n, 3 n) array
        Weights from the outputs to the gates.
    b_V : (3 n,) array, optional
        Biases beside V. Those of r and s could as well stand in b, but the reset gate multiplies
        that of the candidate.

    Returns
    -------
    h : (n,) or (N, n) array
        Output of the units.
    gates : (3 n,) or (N, 3 n) array
        r, s and g beside each other.
    u_g : (n,) or (N, n) array
        The part of u that the reset gate multiplies.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.

    References
    ----------
    K. Cho, B. van Merriënboer, C. Gulcehre, D. Bahdanau, F. Bougares, H. Schwenk and Y. Bengio,
    Learning phrase representations using RNN encoder-decoder for statistical machine translation,
    EMNLP (2014). There the reset gate multiplies h_before; here, as in most libraries, it
    multiplies what V makes of it.
    """
    V, rows, n = _weights(V, 3, "z", z)
    z = _shaped("z", z, (*rows, 3 * n), "V")
    h_before = _shaped("h_before", h_before, (*rows, n), "z and V")
    u = h_before @ V
    if b_V is not None:
        u = u + _shaped("b_V", b_V, (3 * n,), "V")
    (z_r, z_s, z_g), (u_r, u_s, u_g) = _parts(z, 3), _parts(u, 3)
    r, s = sigmoid.function(z_r + u_r), sigmoid.function(z_s + u_s)
    g = tanh.function(z_g + r * u_g)
    h = (1 - s) * g + s * h_before
    return h, np.concatenate([r, s, g], axis=-1), u_g


def gru_step_error(
    e: Array, h_before: Array, gates: Array, u_g: Array, V: Array
) -> tuple[Array, Array, Array]:
    """Return the error terms of GRU gates at one moment, and the error of the moment before.

    Parameters
    ----------
    e : (n,) or (N, n) array
        Error attributed to the output of the units, minus dE/dh.
    h_before : (n,) or (N, n) array
        Output of the units at the moment before.
    gates : (3 n,) or (N, 3 n) array
        r, s and g, as `gru_step` returns them.
    u_g : (n,) or (N, n) array
        The part of u that the reset gate multiplies.
    V : (n, 3 n) array
        Weights from the outputs to the gates.

    Returns
    -------
    delta : (3 n,) or (N, 3 n) array
        Error terms of what came from the input, minus dE/dz.
    delta_u : (3 n,) or (N, 3 n) array
        Error terms of what came from the moment before, minus dE/du.
    e_before : (n,) or (N, n) array
        What this moment attributes to the output of the moment before.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    V, rows, n = _weights(V, 3, "e", e)
    e, u_g = _shaped("e", e, (*rows, n), "V"), _shaped("u_g", u_g, (*rows, n), "e and V")
    h_before = _shaped("h_before", h_before, (*rows, n), "e and V")
    r, s, g = _parts(_shaped("gates", gates, (*rows, 3 * n), "e and V"), 3)
    delta_s = e * (h_before - g) * sigmoid.derivative(s)
    delta_g = e * (1 - s) * tanh.derivative(g)
    delta_r = delta_g * u_g * sigmoid.derivative(r)
    delta = np.concatenate([delta_r, delta_s, delta_g], axis=-1)
    delta_u = np.concatenate([delta_r, delta_s, delta_g * r], axis=-1)
    return delta, delta_u, delta_u @ V.T + e * s


class _WithMemory(Differentiable):
    """What the layers of this module share: their parameters, and the way through time."""

    names: tuple[str, ...] = ("W", "V", "b")
    _gates: ClassVar[int] = 1
    _states: ClassVar[int] = 1

    def __init__(
        self, W: ArrayLike, V: ArrayLike, b: ArrayLike | None, *, every_moment: bool
    ) -> None:
        self.W, self.V = finite_array("W", W).copy(), finite_array("V", V).copy()
        wide = "n_1" if self._gates == 1 else f"{self._gates} n_1"
        if self.V.ndim != 2 or self.V.shape[1] != self._gates * len(self.V):
            raise ValueError(f"V must have shape (n_1, {wide}), not {self.V.shape}")
        if self.W.ndim != 2 or self.W.shape[1] != self.V.shape[1]:
            raise ValueError(
                f"W must have shape (n_0, {self.V.shape[1]}) to fit V, not {self.W.shape}"
            )
        self.b = self._bias("b", b)
        if not isinstance(every_moment, bool | np.bool_):
            raise TypeError(f"every_moment must be True or False, not {shown(every_moment)}")
        self.every_moment = bool(every_moment)

    def _bias(self, name: str, b: ArrayLike | None) -> Array | None:
        if b is None:
            return None
        return _shaped(name, finite_array(name, b), self.V.shape[1:], "V").copy()

    def __repr__(self) -> str:
        when = "" if self.every_moment else ", last moment"
        return f"{type(self).__name__}({len(self.W)} to {len(self.V)}{when})"

    @abstractmethod
    def _step(self, z: Array, state: State) -> tuple[State, StepBack]:
        """Go one moment on, and hand back the way back."""

    def _forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layer over all moments."""
        a = floats("a", a, (3,))
        if a.shape[2] != len(self.W) or not a.shape[1]:
            raise ValueError(
                f"a must have shape (N, T, {len(self.W)}) and a moment at least, not {a.shape}"
            )
        own = self.parameters
        z = weighted_input(a, own["W"], own.get("b"))
        start = (np.zeros((len(a), len(self.V)), z.dtype),) * self._states
        h, back_in_time = _over_time(self._step, z, start)
        y = h if self.every_moment else h[:, -1]
        moments = slice(None) if self.every_moment else -1

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _require_error(e, y)
            e_h = np.zeros(h.shape, e.dtype)
            e_h[:, moments] = e
            delta, delta_u = back_in_time(e_h)
            h_before = np.concatenate([np.zeros_like(h[:, :1]), h[:, :-1]], axis=1)
            downhill = {
                "W": step_over_time(a, delta, 1.0),
                "V": step_over_time(h_before, delta_u, 1.0),
            }
            biases = {"b": delta, "b_V": delta_u}
            downhill |= {x: biases[x].sum(axis=(0, 1)) for x in biases if x in own}
            return delta @ own["W"].T, downhill

        return y, back


class RecurrentLayer(_WithMemory):
    """A layer that also receives its own output of the moment before.

    It takes an (N, T, n_0) array, and gives an (N, T, n_1) array, or an (N, n_1) array with the
    output of the last moment.

    Parameters
    ----------
    W : (n_0, n_1) array
        Weights from the input. Parameters are copied.
    V : (n_1, n_1) array
        Weights from the output of the moment before.
    b : (n_1,) array, optional
        Biases.
    activation : Activation
        What turns the input of the units into their output.
    every_moment : bool
        Whether the layer gives its output at every moment, or at the last one only.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, the activation is not an Activation or has no
        slope by its output, as `gelu`, or every_moment is not a bool.
    ValueError
        The shapes do not fit, a number is not finite, or the activation is softmax, which has no
        slope by unit.

    Examples
    --------
    >>> from backprop import identity
    >>> layer = RecurrentLayer(W=[[1.0]], V=[[0.5]], activation=identity)
    >>> y, pullback = layer.forward(np.array([[[1.0], [0.0], [0.0]]]))
    >>> print(y[0, :, 0])
    [1.   0.5  0.25]
    >>> e, downhill = pullback(np.array([[[0.0], [0.0], [1.0]]]))
    >>> print(e[0, :, 0])
    [0.25 0.5  1.  ]
    """

    def __init__(
        self,
        W: ArrayLike,
        V: ArrayLike,
        b: ArrayLike | None = None,
        activation: Activation = tanh,
        *,
        every_moment: bool = True,
    ) -> None:
        super().__init__(W, V, b, every_moment=every_moment)
        _require_slope_of_output(activation)
        if activation is softmax:
            raise ValueError("activation must have a slope by unit, which softmax has not")
        self.activation = activation

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layer over all moments.

        Parameters
        ----------
        a : (N, T, n_0) array
            Input at each moment.

        Returns
        -------
        y : (N, T, n_1) or (N, n_1) array
            Output at each moment, or at the last.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            It has another shape, or no moment.
        """
        return self._forward(a)

    def _step(self, z: Array, state: State) -> tuple[State, StepBack]:
        (h_before,), V, f = state, self.V, self.activation
        h = recurrent_step(z, h_before, V, f)

        def back(e: State) -> tuple[Array, Array, State]:
            (e_h,) = e
            delta, e_before = recurrent_step_error(e_h, h, V, f)
            return delta, delta, (e_before,)

        return (h,), back


class LSTM(_WithMemory):
    """A layer of cells with long short-term memory.

    It takes an (N, T, n_0) array, and gives an (N, T, n_1) array, or an (N, n_1) array with the
    output of the last moment. The columns of its parameters belong to the gates in the order
    input, forget, candidate and output, n_1 columns each. PyTorch has the same order, but with
    transposed weights and with two biases, of which only the sum matters.

    Parameters
    ----------
    W : (n_0, 4 n_1) array
        Weights from the input to the gates. Parameters are copied.
    V : (n_1, 4 n_1) array
        Weights from the output of the moment before to the gates.
    b : (4 n_1,) array, optional
        Biases of the gates.
    every_moment : bool
        Whether the layer gives its output at every moment, or at the last one only.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, or every_moment is not a bool.
    ValueError
        The shapes do not fit, or a number is not finite.
    """

    _gates: ClassVar[int] = 4
    _states: ClassVar[int] = 2

    def __init__(
        self, W: ArrayLike, V: ArrayLike, b: ArrayLike | None = None, *, every_moment: bool = True
    ) -> None:
        super().__init__(W, V, b, every_moment=every_moment)

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layer over all moments.

        Parameters
        ----------
        a : (N, T, n_0) array
            Input at each moment.

        Returns
        -------
        y : (N, T, n_1) or (N, n_1) array
            Output at each moment, or at the last.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            It has another shape, or no moment.
        """
        return self._forward(a)

    def _step(self, z: Array, state: State) -> tuple[State, StepBack]:
        (h_before, c_before), V = state, self.V
        h, c, gates = lstm_step(z, h_before, c_before, V)

        def back(e: State) -> tuple[Array, Array, State]:
            e_h, e_c = e
            delta, *e_before = lstm_step_error(e_h, e_c, c_before, c, gates, V)
            return delta, delta, tuple(e_before)

        return (h, c), back


class GRU(_WithMemory):
    """A layer of gated recurrent units.

    It takes an (N, T, n_0) array, and gives an (N, T, n_1) array, or an (N, n_1) array with the
    output of the last moment. The columns of its parameters belong to the gates in the order
    reset, update and candidate, n_1 columns each, as in PyTorch, which transposes the weights.

    Parameters
    ----------
    W : (n_0, 3 n_1) array
        Weights from the input to the gates. Parameters are copied.
    V : (n_1, 3 n_1) array
        Weights from the output of the moment before to the gates.
    b : (3 n_1,) array, optional
        Biases beside W.
    b_V : (3 n_1,) array, optional
        Biases beside V.
    every_moment : bool
        Whether the layer gives its output at every moment, or at the last one only.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, or every_moment is not a bool.
    ValueError
        The shapes do not fit, or a number is not finite.
    """

    names: tuple[str, ...] = ("W", "V", "b", "b_V")
    _gates: ClassVar[int] = 3

    def __init__(
        self,
        W: ArrayLike,
        V: ArrayLike,
        b: ArrayLike | None = None,
        b_V: ArrayLike | None = None,
        *,
        every_moment: bool = True,
    ) -> None:
        super().__init__(W, V, b, every_moment=every_moment)
        self.b_V = self._bias("b_V", b_V)

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layer over all moments.

        Parameters
        ----------
        a : (N, T, n_0) array
            Input at each moment.

        Returns
        -------
        y : (N, T, n_1) or (N, n_1) array
            Output at each moment, or at the last.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            It has another shape, or no moment.
        """
        return self._forward(a)

    def _step(self, z: Array, state: State) -> tuple[State, StepBack]:
        (h_before,), V = state, self.V
        h, gates, u_g = gru_step(z, h_before, V, self.b_V)

        def back(e: State) -> tuple[Array, Array, State]:
            (e_h,) = e
            delta, delta_u, e_before = gru_step_error(e_h, h_before, gates, u_g, V)
            return delta, delta_u, (e_before,)

        return (h,), back


def _over_time(
    step: Step, z: Array, start: State
) -> tuple[Array, Callable[[Array], tuple[Array, Array]]]:
    """Return the output at every moment, and a function that carries the errors back in time.

    It takes the error attributed to the output at every moment, and returns the error terms at
    every moment: of what came from the input, and of what came from the state before.
    """
    state, outputs, pullbacks = start, [], []
    for t in range(z.shape[1]):
        state, pullback = step(z[:, t], state)
        outputs.append(state[0])
        pullbacks.append(pullback)

    def back(e: Array) -> tuple[Array, Array]:
        e_state, deltas = start, []
        for t in range(len(pullbacks) - 1, -1, -1):
            # The output of a moment is used by the layer above, and by the moment after.
            e_h, *others = e_state
            delta, delta_u, e_state = pullbacks[t]((e_h + e[:, t], *others))
            deltas.append((delta, delta_u))
        delta, delta_u = (np.stack(each, axis=1) for each in zip(*deltas[::-1], strict=True))
        return delta, delta_u

    return np.stack(outputs, axis=1), back


def _weights(V: Array, gates: int, beside: str, like: Array) -> tuple[Array, tuple[int, ...], int]:
    """Return V, the axes of examples of an array that stands beside it, and the number of units."""
    V = floats("V", V, (2,))
    if V.shape[1] != gates * len(V):
        wide = "n" if gates == 1 else f"{gates} n"
        raise ValueError(f"V must have shape (n, {wide}), not {V.shape}")
    return V, floats(beside, like, (1, 2)).shape[:-1], len(V)


def _shaped(name: str, values: Array, shape: tuple[int, ...], beside: str) -> Array:
    """Return an array of numbers that has the one shape that fits what it stands beside."""
    array = floats(name, values)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape} to fit {beside}, not {array.shape}")
    return array


def _parts(a: Array, k: int) -> list[Array]:
    """Return what belongs to each of k gates."""
    return np.split(a, k, axis=-1)
