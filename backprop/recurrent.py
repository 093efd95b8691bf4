"""A recurrent layer, and backpropagation through time.

The units of a recurrent layer also receive their own output of the time step before. Unrolled in
time, the layer is a deep network whose layers share their weights: the way back goes through the
time steps in reverse, and the steps of all of them are added up. Layers whose units have gates go
the same way (`gates`).

The functions of the equations take arrays of numbers, also complex ones, which complex-step
differentiation needs; NaN and infinities go through them.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from typing import ClassVar, TypeAlias

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, shown
from backprop.activations import Activation, _require_activation, tanh
from backprop.chain import Differentiable, Pullback, _require_error
from backprop.dense import bias_step, hidden_error, weight_step, weighted_input
from backprop.units import Units

_Back: TypeAlias = Callable[[Array, Array], tuple[Array, Array, Array]]
"""Carries errors back over one time step: see `Recurrence._time_step`."""


def recurrent_input(x: Array, W: Array, b: Array | None, a_before: Array, V: Array) -> Array:
    """Return the input to recurrent units: from the input, and from themselves a time step before.

    Implements equation `recurrent-input`.

    Parameters
    ----------
    x : (n_0,) or (N, n_0) array
        Input of this time step.
    W : (n_0, m) array
        Weights from the input. There are as many columns as units, m = n_1, or several per unit,
        where a unit has gates.
    b : (m,) array, optional
        Biases.
    a_before : (n_1,) or (N, n_1) array
        Output of the units at the time step before.
    V : (n_1, m) array
        Weights from the units to themselves.

    Returns
    -------
    (m,) or (N, m) array
        Pre-activation of the units, or of their gates.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    x, W, V = floats("x", x, (1, 2)), floats("W", W, (2,)), floats("V", V, (2,))
    rows, (n_0, m), n_1 = x.shape[:-1], W.shape, len(V)
    x = _shaped("x", x, (*rows, n_0), "W")
    V = _shaped("V", V, (n_1, m), "W")
    a_before = _shaped("a_before", a_before, (*rows, n_1), "x and V")
    b = None if b is None else _shaped("b", b, (m,), "W")
    z: Array = weighted_input(x, W, b) + a_before @ V
    return z


def time_error(e_out: Array, delta_after: Array, V: Array) -> Array:
    """Return the error attributed to recurrent units: by what uses their output, now and after.

    Implements equation `time-error`.

    Parameters
    ----------
    e_out : (n_1,) or (N, n_1) array
        Error that the next layer attributes to the output of the units at this time step.
    delta_after : (m,) or (N, m) array
        Error terms of the same units, or of their gates, a time step after.
    V : (n_1, m) array
        Weights from the units to themselves.

    Returns
    -------
    (n_1,) or (N, n_1) array
        Minus dE/da of the units at this time step.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    e_out, V = floats("e_out", e_out, (1, 2)), floats("V", V, (2,))
    rows, (n_1, m) = e_out.shape[:-1], V.shape
    e_out = _shaped("e_out", e_out, (*rows, n_1), "V")
    delta_after = _shaped("delta_after", delta_after, (*rows, m), "e_out and V")
    return e_out + hidden_error(delta_after, V)


def step_over_time(a: Array, delta: Array, learning_rate: float) -> Array:
    """Return the step of weights that are used at every time step: the sum of the steps of all.

    Implements equation `step-over-time`.

    Parameters
    ----------
    a : (T, n) or (N, T, n) array
        What the weights were multiplied by at time steps 1 to T.
    delta : (T, m) or (N, T, m) array
        Error terms of the units they lead to.
    learning_rate : float
        Size of the step along minus the gradient.

    Returns
    -------
    (n, m) array
        To be added to the weights; summed over the sequences of a batch.

    Raises
    ------
    TypeError
        An array holds anything but numbers, or the learning rate is no number.
    ValueError
        The shapes do not fit, or the learning rate is not positive and finite.
    """
    a, delta = floats("a", a, (2, 3)), floats("delta", delta, (2, 3))
    # A product of matrices adds up over its rows, be they examples or time steps.
    return weight_step(a, delta, learning_rate)


class Recurrence(Differentiable):
    """A layer that goes through N sequences time step by time step, beginning with a memory of 0.

    This is what `RecurrentLayer`, `LSTM` and `GRU` share: parameters, and the loops over the
    time steps, forward and back. What happens within one time step, each says for itself.

    Parameters
    ----------
    W : (n_0, m) array
        Weights from the input, one column per unit, or several where a unit has gates. Parameters
        are copied.
    V : (n_1, m) array
        Weights from the output of the time step before.
    b : (m,) array, optional
        Biases.
    every_time_step : bool
        Whether the layer gives its output at every time step, or at the last one only.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, or every_time_step is not a bool.
    ValueError
        The shapes do not fit, or a number is not finite.
    """

    names: tuple[str, ...] = ("W", "V", "b")
    _gates: ClassVar[int] = 1

    def __init__(
        self,
        W: ArrayLike,
        V: ArrayLike,
        b: ArrayLike | None = None,
        *,
        every_time_step: bool = True,
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
        if not isinstance(every_time_step, bool | np.bool_):
            raise TypeError(f"every_time_step must be True or False, not {shown(every_time_step)}")
        self.every_time_step = bool(every_time_step)

    def _bias(self, name: str, b: ArrayLike | None) -> Array | None:
        if b is None:
            return None
        return _shaped(name, finite_array(name, b), self.V.shape[1:], "V").copy()

    def __repr__(self) -> str:
        when = "" if self.every_time_step else ", last time step"
        return f"{type(self).__name__}({len(self.W)} to {len(self.V)}{when})"

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Run the layer over all time steps.

        Parameters
        ----------
        a : (N, T, n_0) array
            Input at each time step.

        Returns
        -------
        y : (N, T, n_1) or (N, n_1) array
            Output at each time step, or at the last.
        pullback : callable
            Takes minus dE/dy; returns minus dE/da and each direction downhill. It goes through the
            time steps in reverse, which is backpropagation through time.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The input has another shape, or no time step.
        """
        a, W, V, own = floats("a", a, (3,)), self.W, self.V, self.parameters
        (N, T, n), (n_1, m) = a.shape, V.shape
        if n != len(W) or not T:
            raise ValueError(
                f"a must have shape (N, T, {len(W)}) and at least one time step, not {a.shape}"
            )
        h = c = np.zeros((N, n_1), a.dtype)
        outputs, pullbacks = [h], []
        for tau in range(T):
            h, c, pullback = self._time_step(a[:, tau], h, c)
            outputs.append(h)
            pullbacks.append(pullback)
        h_before = np.stack(outputs[:-1], axis=1)
        y = np.stack(outputs[1:], axis=1) if self.every_time_step else h
        at = slice(None) if self.every_time_step else -1

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _require_error(e, y)
            e_out, e_c = np.zeros((N, T, n_1), e.dtype), np.zeros((N, n_1), e.dtype)
            e_out[:, at] = e
            deltas, delta_after = [], np.zeros((N, m), e.dtype)
            for tau in range(T - 1, -1, -1):
                e_h = time_error(e_out[:, tau], delta_after, V)
                delta, delta_after, e_c = pullbacks[tau](e_h, e_c)
                deltas.append((delta, delta_after))
            # From the input of each time step, and from the output of the time step before.
            delta, delta_u = (np.stack(each, axis=1) for each in zip(*deltas[::-1], strict=True))
            steps = {
                "W": step_over_time(a, delta, 1.0),
                "V": step_over_time(h_before, delta_u, 1.0),
                "b": bias_step(delta, 1.0),
                "b_V": bias_step(delta_u, 1.0),
            }
            downhill = {name: step for name, step in steps.items() if name in own}
            return hidden_error(delta, W), downhill

        return y, back

    @abstractmethod
    def _time_step(self, x: Array, h_before: Array, c_before: Array) -> tuple[Array, Array, _Back]:
        """Go one time step on, and hand back the way back.

        Parameters
        ----------
        x : (N, n_0) array
            Input of this time step.
        h_before : (N, n_1) array
            Output of the layer at the time step before, which goes through V.
        c_before : (N, n_1) array
            What a layer with gates keeps of the time step before, without weights.

        Returns
        -------
        h : (N, n_1) array
            Output of the layer.
        c : (N, n_1) array
            What it keeps.
        back : callable
            Takes the errors attributed to h and to c, minus dE/dh and minus dE/dc. Returns the
            error terms, minus dE/dz, of what came from x and of what came over V, and the error
            attributed to c_before.
        """


class RecurrentLayer(Recurrence):
    """A layer whose units also receive their own output of the time step before.

    The layer takes an (N, T, n_0) array and gives an (N, T, n_1) array, or (N, n_1) with the
    output of the last time step.

    Parameters
    ----------
    W : (n_0, n_1) array
        Weights from the input. Parameters are copied.
    V : (n_1, n_1) array
        Weights from the output of the time step before.
    b : (n_1,) array, optional
        Biases.
    activation : Activation
        Function from the pre-activation of the units to their output.
    every_time_step : bool
        Whether the layer gives its output at every time step, or at the last one only.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, the activation is not an Activation, or
        every_time_step is not a bool.
    ValueError
        The shapes do not fit, or a number is not finite.

    References
    ----------
    J. L. Elman, Finding structure in time, Cognitive Science 14 (1990).

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
        every_time_step: bool = True,
    ) -> None:
        super().__init__(W, V, b, every_time_step=every_time_step)
        _require_activation(activation)
        self.activation = activation

    def _time_step(self, x: Array, h_before: Array, c_before: Array) -> tuple[Array, Array, _Back]:
        # These units keep nothing but their output: c is 0, and nobody looks at its error.
        z = recurrent_input(x, self.W, self.b, h_before, self.V)
        h, back_to_sums = Units(self.activation).forward(z)

        def back(e_h: Array, e_c: Array) -> tuple[Array, Array, Array]:
            delta, _ = back_to_sums(e_h)
            return delta, delta, e_c

        return h, c_before, back


def _shaped(name: str, values: Array, shape: tuple[int, ...], beside: str) -> Array:
    """Return an array of numbers that has the one shape that fits what it stands beside.

    Parameters
    ----------
    name : str
        What the caller calls it.
    values : array
        Numbers.
    shape : tuple of int
        The shape.
    beside : str
        What it must fit.

    Returns
    -------
    array
        The numbers.

    Raises
    ------
    TypeError
        The values hold anything but numbers.
    ValueError
        The values have another shape.
    """
    array = floats(name, values)
    if array.shape != shape:
        raise ValueError(f"{name} must have shape {shape} to fit {beside}, not {array.shape}")
    return array
