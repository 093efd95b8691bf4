"""Embedding turns numbered things, such as words, into vectors; positional encoding adds the place.

An embedding is a table whose rows are looked up. To look up row i is to multiply the table by a
vector that is 1 at place i and 0 elsewhere, so the table is learned as any weights are. The row
does not say where in a sequence it stands; the positional encoding does.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from backprop._arrays import Array, finite_array, floats, require_count, require_shape, shown
from backprop.chain import Differentiable, Pullback, _require_error

LARGEST = 2**31
"""The most numbers of an encoding, or rows of a table, that are taken to fit into a computer."""


def embedding(a: Array, W: Array) -> Array:
    """Return W[a], the rows of a table that have these numbers.

    Implements equation `embedding`.

    Parameters
    ----------
    a : (N,) or (N, T) array of int
        Numbers of rows, from 0 to k - 1.
    W : (k, n) array
        Table.

    Returns
    -------
    (N, n) or (N, T, n) array
        A row for each number.

    Raises
    ------
    TypeError
        The numbers of rows are no integers, or the table holds anything but numbers.
    ValueError
        There is no row of a number, or the arrays have other shapes.
    """
    W = floats("W", W, (2,))
    a = _require_indices(a, len(W))
    rows: Array = W[a]
    return rows


def embedding_downhill(a: Array, e: Array, k: int) -> Array:
    """Return the direction downhill of a table: for each row, the sum of its errors.

    Implements equation `embedding-downhill`. A row that was looked up twice gets the sum of two
    errors; one that was not looked up gets 0.

    Parameters
    ----------
    a : (N,) or (N, T) array of int
        Numbers of the rows that were looked up, from 0 to k - 1.
    e : (N, n) or (N, T, n) array
        Error of each row that was looked up, minus dE/dy.
    k : int
        Number of rows of the table.

    Returns
    -------
    (k, n) array
        Minus dE/dW.

    Raises
    ------
    TypeError
        The numbers of rows are no integers, or the errors are no numbers.
    ValueError
        There is no row of a number, or the shapes do not fit.
    """
    k = require_count("k", k, 1, LARGEST)
    a = _require_indices(a, k)
    e = floats("e", e, (2, 3))
    if e.shape[:-1] != a.shape:
        raise ValueError(f"e must have shape {(*a.shape, 'n')}, not {e.shape}")
    downhill = np.zeros((k, e.shape[-1]), e.dtype)
    np.add.at(downhill, a, e)
    return downhill


def positional_encoding(T: int, n: int) -> Array:
    """Return a vector for each place in a sequence, made of sines and cosines.

    At place t, features 2i and 2i + 1 are the sine and the cosine of `t / 10000 ** (2 * i / n)`.
    The first pair turns by an angle of 1 from each place to the next, and each later pair turns
    more slowly.

    Parameters
    ----------
    T : int
        Number of places.
    n : int
        Number of features. If it is odd, the last feature is a sine without a cosine.

    Returns
    -------
    (T, n) array
        Row t belongs to place t, from 0.

    Raises
    ------
    TypeError
        T or n is not an integer.
    ValueError
        T or n is less than 1, or the array would have more than 2^31 numbers.

    References
    ----------
    A. Vaswani and others, Attention is all you need, NeurIPS (2017), section 3.5.
    """
    T, n = require_count("T", T, 1), require_count("n", n, 1)
    if T * n > LARGEST:
        raise ValueError(f"T and n must be smaller, to fit into memory, not {shown((T, n))}")
    even = np.arange(0, n, 2)
    angle = np.arange(T)[:, np.newaxis] / 10000.0 ** (even / n)
    encoding = np.empty((T, n))
    encoding[:, 0::2] = np.sin(angle)
    encoding[:, 1::2] = np.cos(angle[:, : n // 2])
    return encoding


def _require_indices(a: Array, k: int) -> Array:
    """Return numbers of rows as an array of integers."""
    # Whatever is no array of numbers is refused with the words for all arrays.
    found = floats("a", a, (1, 2))
    kind = np.asarray(a).dtype
    if kind.kind not in "iu":
        raise TypeError(f"a must hold integers, the numbers of rows, not {kind}")
    if found.size and not 0 <= found.min() <= found.max() < k:
        given = f"{found.min():.0f} to {found.max():.0f}"
        raise ValueError(f"a must hold numbers of rows of W, 0 to {k - 1}, not {given}")
    return np.asarray(a)


class Embedding(Differentiable):
    """Turn the numbers of things into vectors: the vector of thing i is row i of a table.

    Parameters
    ----------
    W : (k, n) array
        Table, which is copied; integers become float64.

    Raises
    ------
    TypeError
        The table holds anything but real numbers.
    ValueError
        The table is no matrix, or a number is not finite.
    """

    names = ("W",)

    def __init__(self, W: ArrayLike) -> None:
        self.W = finite_array("W", W).copy()
        if self.W.ndim != 2:
            raise ValueError(f"W must have shape (k, n), not {self.W.shape}")

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Look up the rows.

        Parameters
        ----------
        a : (N,) or (N, T) array of int
            Numbers of things, from 0 to k - 1.

        Returns
        -------
        y : (N, n) or (N, T, n) array
            Vectors of the things.
        pullback : callable
            Takes minus dE/dy; returns zeros for the input, because an integer cannot move a little,
            and the direction downhill.

        Raises
        ------
        TypeError
            The input holds anything but integers.
        ValueError
            There is no row of a number, or the input has another number of axes.
        """
        k, y = len(self.W), embedding(a, self.W)

        def back(e: Array) -> tuple[Array, dict[str, Array]]:
            e = _require_error(e, y)
            return np.zeros(y.shape[:-1], e.dtype), {"W": embedding_downhill(a, e, k)}

        return y, back

    def jvp(self, a: Array, a_dot: Array) -> tuple[Array, Array]:
        """Return the output, and zeros: an integer cannot move a little in any direction.

        Parameters
        ----------
        a : (N,) or (N, T) array of int
            Numbers of things.
        a_dot : array of the shape of a
            Direction.

        Returns
        -------
        y : (N, n) or (N, T, n) array
            Vectors of the things.
        y_dot : (N, n) or (N, T, n) array
            Zeros.

        Raises
        ------
        TypeError
            The input holds anything but integers, or the direction anything but numbers.
        ValueError
            The arguments do not fit the table or each other.
        """
        y = embedding(a, self.W)
        require_shape("a_dot", floats("a_dot", a_dot), "a", np.asarray(a))
        return y, np.zeros_like(y)


class PositionalEncoding(Differentiable):
    """Add to each vector of a sequence the vector of its place. Nothing is learned.

    Parameters
    ----------
    T : int
        Length of the longest sequence.
    n : int
        Number of features.

    Attributes
    ----------
    encoding : (T, n) array
        What is added.

    Raises
    ------
    TypeError
        T or n is not an integer.
    ValueError
        T or n is less than 1, or both together are too large.
    """

    def __init__(self, T: int, n: int) -> None:
        self.encoding = positional_encoding(T, n)

    def forward(self, a: Array) -> tuple[Array, Pullback]:
        """Add the encoding of as many places as the sequences have.

        Parameters
        ----------
        a : (T, n) or (N, T, n) array
            A sequence, or several; any length up to that of the layer.

        Returns
        -------
        y : array of the shape of a
            The input plus the encoding.
        pullback : callable
            Takes minus dE/dy, and returns it as minus dE/da.

        Raises
        ------
        TypeError
            The input holds anything but numbers.
        ValueError
            The sequences are too long, or have another number of features.
        """
        a = floats("a", a, (2, 3))
        encoding = self.encoding[: a.shape[-2]].astype(a.dtype)
        if encoding.shape != a.shape[-2:]:
            most, n = self.encoding.shape
            raise ValueError(f"a must have up to {most} places of {n} features, not {a.shape}")
        y = a + encoding
        return y, lambda e: (np.positive(_require_error(e, y)), {})
