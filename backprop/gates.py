"""Layers of units with gates: long short-term memory, and gated recurrent units.

Gates are units themselves, with outputs between 0 and 1. Gates decide what enters the memory of a
layer, what stays there and what leaves. The equations of one time step are functions,
forward and back; the way through time is that of every recurrent layer. Errors are minus gradients,
as everywhere in this package.
"""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, floats
from backprop.activations import sigmoid, tanh
from backprop.dense import weighted_input
from backprop.recurrent import Recurrence, _Back, _shaped, recurrent_input


def lstm_step(z: Array, c_before: Array) -> tuple[Array, Array, Array]:
    """Return output and state of LSTM cells at one time step, and their gates.

    Implements equation `lstm-step`.

    The gates are i, f, g and o, for input, forget, candidate and output, in this order: i, f and o
    are the sigmoid and g is tanh of z. The state is `c = f * c_before + i * g`, and the output is
    `h = o * tanh(c)`.

    Parameters
    ----------
    z : (4 n,) or (N, 4 n) array
        Pre-activation of the gates, equation `recurrent-input`.
    c_before : (n,) or (N, n) array
        State of the cells at the time step before.

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
    c_before = floats("c_before", c_before, (1, 2))
    z = _require_parts("z", z, 4, "c_before", c_before)
    z_i, z_f, z_g, z_o = np.split(z, 4, axis=-1)
    i, f = sigmoid.function(z_i), sigmoid.function(z_f)
    g, o = tanh.function(z_g), sigmoid.function(z_o)
    c = f * c_before + i * g
    h = o * tanh.function(c)
    return h, c, np.concatenate([i, f, g, o], axis=-1)


def lstm_step_error(
    e_h: Array, e_c: Array, c_before: Array, c: Array, gates: Array
) -> tuple[Array, Array]:
    """Return the error terms of LSTM gates at one time step, and the error of the state before.

    Implements equation `cell-error` and equation `gate-deltas`.

    The state c also acts through the output, so that the error of the output adds to its own.
    From there, the way back to c_before is a product with the forget gate f: where f is near 1, the
    error goes back in time without growing or shrinking.

    Parameters
    ----------
    e_h : (n,) or (N, n) array
        Error attributed to the output of the cells, minus dE/dh.
    e_c : (n,) or (N, n) array
        Error that the time step after attributes to the state, minus dE/dc with h as it is.
    c_before : (n,) or (N, n) array
        State of the cells at the time step before.
    c : (n,) or (N, n) array
        State of the cells.
    gates : (4 n,) or (N, 4 n) array
        i, f, g and o, as `lstm_step` returns them.

    Returns
    -------
    delta : (4 n,) or (N, 4 n) array
        Error terms of the gates, minus dE/dz.
    e_c_before : (n,) or (N, n) array
        What this time step attributes to the state of the time step before.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    e_h = floats("e_h", e_h, (1, 2))
    e_c = _require_parts("e_c", e_c, 1, "e_h", e_h)
    c_before = _require_parts("c_before", c_before, 1, "e_h", e_h)
    c = _require_parts("c", c, 1, "e_h", e_h)
    gates = _require_parts("gates", gates, 4, "e_h", e_h)
    i, f, g, o = np.split(gates, 4, axis=-1)
    a = tanh.function(c)
    e_c = e_c + e_h * o * tanh.derivative(a)
    delta_i = e_c * g * sigmoid.derivative(i)
    delta_f = e_c * c_before * sigmoid.derivative(f)
    delta_g = e_c * i * tanh.derivative(g)
    delta_o = e_h * a * sigmoid.derivative(o)
    delta = np.concatenate([delta_i, delta_f, delta_g, delta_o], axis=-1)
    return delta, e_c * f


def gru_step(z: Array, u: Array, h_before: Array) -> tuple[Array, Array]:
    """Return the output of gated recurrent units at one time step, and their gates.

    Implements equation `gru-step`.

    The gates are r, s and g, for reset, update and candidate, in this order: r and s are the
    sigmoid of z + u, and `g = tanh(z + r * u)`. The output is `h = (1 - s) * g + s * h_before`.

    Parameters
    ----------
    z : (3 n,) or (N, 3 n) array
        What the gates receive from the input of this time step, `x @ W + b`.
    u : (3 n,) or (N, 3 n) array
        What they receive from the units at the time step before, `h_before @ V + b_V`. The reset
        gate multiplies the last third of it, which is why it stands apart from z.
    h_before : (n,) or (N, n) array
        Output of the units at the time step before.

    Returns
    -------
    h : (n,) or (N, n) array
        Output of the units.
    gates : (3 n,) or (N, 3 n) array
        r, s and g beside each other.

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
    h_before = floats("h_before", h_before, (1, 2))
    z = _require_parts("z", z, 3, "h_before", h_before)
    u = _require_parts("u", u, 3, "h_before", h_before)
    z_r, z_s, z_g = np.split(z, 3, axis=-1)
    u_r, u_s, u_g = np.split(u, 3, axis=-1)
    r, s = sigmoid.function(z_r + u_r), sigmoid.function(z_s + u_s)
    g = tanh.function(z_g + r * u_g)
    h = (1 - s) * g + s * h_before
    return h, np.concatenate([r, s, g], axis=-1)


def gru_step_error(e: Array, u: Array, h_before: Array, gates: Array) -> tuple[Array, Array, Array]:
    """Return the error terms of GRU gates at one time step, and the error of the time step before.

    Implements equation `gru-error`.

    That error has two ways back: over V, with the error terms of u, which equation `time-error`
    adds, and past the gates, where it is multiplied by the update gate s alone.

    Parameters
    ----------
    e : (n,) or (N, n) array
        Error attributed to the output of the units, minus dE/dh.
    u : (3 n,) or (N, 3 n) array
        What the gates received from the units at the time step before.
    h_before : (n,) or (N, n) array
        Output of the units at the time step before.
    gates : (3 n,) or (N, 3 n) array
        r, s and g, as `gru_step` returns them.

    Returns
    -------
    delta : (3 n,) or (N, 3 n) array
        Error terms of what came from the input, minus dE/dz.
    delta_u : (3 n,) or (N, 3 n) array
        Error terms of what came from the time step before, minus dE/du.
    e_before : (n,) or (N, n) array
        What this time step attributes to the output of the time step before, past the gates.

    Raises
    ------
    TypeError
        An argument holds anything but numbers.
    ValueError
        The shapes do not fit.
    """
    e = floats("e", e, (1, 2))
    u = _require_parts("u", u, 3, "e", e)
    h_before = _require_parts("h_before", h_before, 1, "e", e)
    gates = _require_parts("gates", gates, 3, "e", e)
    r, s, g = np.split(gates, 3, axis=-1)
    _, _, u_g = np.split(u, 3, axis=-1)
    delta_s = e * (h_before - g) * sigmoid.derivative(s)
    delta_g = e * (1 - s) * tanh.derivative(g)
    delta_r = delta_g * u_g * sigmoid.derivative(r)
    delta = np.concatenate([delta_r, delta_s, delta_g], axis=-1)
    delta_u = np.concatenate([delta_r, delta_s, delta_g * r], axis=-1)
    return delta, delta_u, e * s


class LSTM(Recurrence):
    """A layer of cells with long short-term memory.

    The layer takes an (N, T, n_0) array and gives an (N, T, n_1) array, or (N, n_1) with the
    output of the last time step. The columns of its parameters belong to the gates in the order
    input, forget, candidate and output, n_1 columns each. PyTorch has the same order, but with
    transposed weights and with two biases, of which only the sum matters.

    Parameters
    ----------
    W : (n_0, 4 n_1) array
        Weights from the input to the gates. Parameters are copied.
    V : (n_1, 4 n_1) array
        Weights from the output of the time step before to the gates.
    b : (4 n_1,) array, optional
        Biases of the gates.
    every_time_step : bool
        Whether the layer gives its output at every time step, or at the last one only.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, or every_time_step is not a bool.
    ValueError
        The shapes do not fit, or a number is not finite.
    """

    _gates: ClassVar[int] = 4

    def __init__(
        self,
        W: ArrayLike,
        V: ArrayLike,
        b: ArrayLike | None = None,
        *,
        every_time_step: bool = True,
    ) -> None:
        super().__init__(W, V, b, every_time_step=every_time_step)

    def _time_step(self, x: Array, h_before: Array, c_before: Array) -> tuple[Array, Array, _Back]:
        z = recurrent_input(x, self.W, self.b, h_before, self.V)
        h, c, gates = lstm_step(z, c_before)

        def back(e_h: Array, e_c: Array) -> tuple[Array, Array, Array]:
            delta, e_c_before = lstm_step_error(e_h, e_c, c_before, c, gates)
            return delta, delta, e_c_before

        return h, c, back


class GRU(Recurrence):
    """A layer of gated recurrent units.

    The layer takes an (N, T, n_0) array and gives an (N, T, n_1) array, or (N, n_1) with the
    output of the last time step. The columns of its parameters belong to the gates in the order
    reset, update and candidate, n_1 columns each, as in PyTorch, which transposes the weights.

    Parameters
    ----------
    W : (n_0, 3 n_1) array
        Weights from the input to the gates. Parameters are copied.
    V : (n_1, 3 n_1) array
        Weights from the output of the time step before to the gates.
    b : (3 n_1,) array, optional
        Biases beside W.
    b_V : (3 n_1,) array, optional
        Biases beside V.
    every_time_step : bool
        Whether the layer gives its output at every time step, or at the last one only.

    Raises
    ------
    TypeError
        A parameter holds anything but real numbers, or every_time_step is not a bool.
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
        every_time_step: bool = True,
    ) -> None:
        super().__init__(W, V, b, every_time_step=every_time_step)
        self.b_V = self._bias("b_V", b_V)

    def _time_step(self, x: Array, h_before: Array, c_before: Array) -> tuple[Array, Array, _Back]:
        # What these units keep is their output: it goes on over V, and past the gates.
        z, u = weighted_input(x, self.W, self.b), weighted_input(h_before, self.V, self.b_V)
        h, gates = gru_step(z, u, c_before)

        def back(e_h: Array, e_c: Array) -> tuple[Array, Array, Array]:
            return gru_step_error(e_h + e_c, u, c_before, gates)

        return h, h, back


def _require_parts(name: str, values: Array, k: int, beside: str, like: Array) -> Array:
    """Return an array that holds k numbers for each number of the one that it stands beside."""
    *rows, n = like.shape
    return _shaped(name, values, (*rows, k * n), beside)
