"""A table that is used twice: its rows are looked up at the beginning, and asked for at the end.

A language model looks up the vector of each token in a table, and its layers make of the vectors
something that is to say which token comes next. The score of a token is then the inner product with
the row of the same table. So the table acts on the loss in two places, and what is downhill adds up
over both. Errors are minus gradients, as everywhere in this package.
"""

from __future__ import annotations

from typing import Any, Self

import numpy as np

from backprop._arrays import Array, floats, require_shape
from backprop.chain import Chain, Differentiable, Forward, Pullback, _require_error
from backprop.dense import hidden_error, weight_step, weighted_input
from backprop.embedding import Embedding


def tied_scores(h: Array, W: Array) -> Array:
    """Return the score of each token at each place, `h @ W.T`.

    Implements equation `tied-scores`.

    Parameters
    ----------
    h : (N, n) or (N, T, n) array
        What the layers give at each place.
    W : (k, n) array
        Table, a row for each token.

    Returns
    -------
    (N, k) or (N, T, k) array
        Scores, the input to softmax units.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit.
    """
    h, W = floats("h", h, (2, 3)), floats("W", W, (2,))
    if h.shape[-1] != W.shape[1]:
        raise ValueError(f"h must have a last axis of {W.shape[1]}, as W has, not {h.shape}")
    return weighted_input(h, W.T)


def tied_downhill(of_rows: Array, h: Array, delta: Array) -> Array:
    """Return the direction downhill of a table that is used twice: the sum of both places.

    Implements equation `tied-downhill`.

    Parameters
    ----------
    of_rows : (k, n) array
        Direction downhill of the table as an embedding, what `embedding_downhill` returned.
    h : (N, n) or (N, T, n) array
        What the layers give at each place.
    delta : (N, k) or (N, T, k) array
        Error terms of the scores.

    Returns
    -------
    (k, n) array
        Minus dE/dW.

    Raises
    ------
    TypeError
        They hold anything but numbers.
    ValueError
        The shapes do not fit.
    """
    h, delta = floats("h", h, (2, 3)), floats("delta", delta, (2, 3))
    of_rows = floats("of_rows", of_rows, (2,))
    if h.shape[:-1] != delta.shape[:-1]:
        raise ValueError(f"h and delta must have the same places, not {h.shape}, {delta.shape}")
    if of_rows.shape != (delta.shape[-1], h.shape[-1]):
        raise ValueError(
            "of_rows must have shape (k, n) to fit the last axes of delta and h, "
            f"not {of_rows.shape} beside {delta.shape} and {h.shape}"
        )
    return of_rows + weight_step(delta, h, 1.0)


def _forward_tied(a: Array, W: Array, forward: Forward) -> tuple[Array, Pullback]:
    """Run an embedding and layers forward, and compare what they give with the table.

    Parameters
    ----------
    a : (N,) or (N, T) array of int
        Numbers of tokens.
    W : (k, n) array
        Table, also that of the embedding.
    forward : callable
        Runs the embedding and the layers: a chain's `forward`, whose first layer has the table.

    Returns
    -------
    z : (N, k) or (N, T, k) array
        Score of each token.
    pullback : callable
        Takes minus dE/dz; returns zeros for the input, and each direction downhill.

    Raises
    ------
    TypeError
        The input holds anything but integers.
    ValueError
        There is no row of a number, or a layer cannot take what it is given.
    """
    h, back_to_tokens = forward(a)
    z = tied_scores(h, W)

    def back(delta: Array) -> tuple[Array, dict[Any, Array]]:
        e_h = hidden_error(_require_error(delta, z), W.T)
        e, downhill = back_to_tokens(e_h)
        downhill["W", 1] = tied_downhill(downhill["W", 1], h, delta)
        return e, downhill

    return z, back


class Tied(Chain):
    """A chain that begins with an embedding, and ends with the same table: scores of all tokens.

    It takes an (N, T) array of integers, and gives an (N, T, k) array. The table is a parameter
    once, with the key `("W", 1)`.

    Parameters
    ----------
    *layers : Differentiable
        An embedding, and the layers that make of its rows what is compared with all rows.

    Raises
    ------
    TypeError
        The first is no embedding, or another is no layer.
    ValueError
        There is none, or one stands in two places.

    References
    ----------
    O. Press and L. Wolf, Using the output embedding to improve language models, EACL (2017).
    """

    def __init__(self, *layers: Differentiable) -> None:
        super().__init__(*layers)
        if not isinstance(self.layers[0], Embedding):
            raise TypeError(f"the first layer must be an Embedding, not {self.layers[0]!r}")

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Look up the rows, run the layers, and compare what they give with all rows.

        Parameters
        ----------
        a : (N,) or (N, T) array of int
            Numbers of tokens.

        Returns
        -------
        z : (N, k) or (N, T, k) array
            Score of each token.
        pullback : callable
            Takes minus dE/dz; returns zeros for the input, and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but integers.
        ValueError
            There is no row of a number, or a layer cannot take what it is given.
        """
        return _forward_tied(a, self.parameters["W", 1], super().forward)

    def training_forward(self, a: Array) -> tuple[Array, Pullback]:
        """Do the same as the layers are run while they are trained.

        Parameters
        ----------
        a : (N,) or (N, T) array of int
            Numbers of tokens.

        Returns
        -------
        z : (N, k) or (N, T, k) array
            Score of each token.
        pullback : callable
            Takes minus dE/dz; returns zeros for the input, and each direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but integers.
        ValueError
            There is no row of a number, or a layer cannot take what it is given.
        """
        return _forward_tied(a, self.parameters["W", 1], super().training_forward)

    def jvp(self, a: Array, a_dot: Array) -> tuple[Array, Array]:
        """Return the scores, and zeros: an integer cannot move a little in any direction.

        Parameters
        ----------
        a : (N,) or (N, T) array of int
            Numbers of tokens.
        a_dot : array of the shape of a
            Direction.

        Returns
        -------
        z : (N, k) or (N, T, k) array
            Score of each token.
        z_dot : (N, k) or (N, T, k) array
            Zeros.

        Raises
        ------
        TypeError
            The input holds anything but integers, or the direction anything but numbers.
        ValueError
            They do not fit the layers or each other.
        """
        z, _ = self.forward(a)
        require_shape("a_dot", floats("a_dot", a_dot), "a", np.asarray(a))
        return z, np.zeros_like(z)

    def _frozen(self) -> Self:
        # The table's direction downhill is taken apart on the way back, so all of it is computed.
        return self
