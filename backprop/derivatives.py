"""How a gradient is carried back over each operation on arrays: a table, a line for each.

The operations are NumPy's own. The gradient g of a result y comes in, that of an operand goes out.
All are true gradients, dE/dy and dE/da, without the minus of the error terms.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np

from backprop._arrays import Array

Pullback: TypeAlias = Callable[..., Array]
"""Takes the gradient g of a result, the result y and its operands; gives that of one operand."""


def unbroadcast(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Undo broadcasting: sum a gradient over what was repeated.

    Implements equation `unbroadcast`.

    Parameters
    ----------
    gradient : array
        Of the shape to which a value was broadcast.
    shape : tuple of int
        Shape of the value.

    Returns
    -------
    array of that shape
        Each number of the value collects from all its copies.
    """
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(axis for axis, n in enumerate(shape) if n == 1)
    collected: Array = gradient.sum(axis=repeated, keepdims=True)
    return collected


def _matrices(g: Array, a: Array, b: Array) -> tuple[Array, Array, Array]:
    """Return the gradient and the factors of a @ b with vectors as a row and as a column."""
    if b.ndim == 1:
        g, b = g[..., np.newaxis], b[:, np.newaxis]
    if a.ndim == 1:
        g, a = g[..., np.newaxis, :], a[np.newaxis, :]
    return g, a, b


def _left_factor(g: Array, _: Array, a: Array, b: Array) -> Array:
    G, _, B = _matrices(g, a, b)
    return G @ np.swapaxes(B, -1, -2)


def _right_factor(g: Array, _: Array, a: Array, b: Array) -> Array:
    G, A, _ = _matrices(g, a, b)
    gradient = np.swapaxes(A, -1, -2) @ G
    return gradient[..., 0] if b.ndim == 1 else gradient


PULLBACKS: dict[np.ufunc, tuple[Pullback, ...]] = {
    np.negative: (lambda g, y, a: -g,),
    np.add: (lambda g, y, a, b: g, lambda g, y, a, b: g),
    np.subtract: (lambda g, y, a, b: g, lambda g, y, a, b: -g),
    np.multiply: (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    np.divide: (lambda g, y, a, b: g / b, lambda g, y, a, b: -g * y / b),
    # Where the exponent is 0 the slope is 0, and 0 ** -1 is not asked for; a base of 0 stays 0.
    np.power: (
        lambda g, y, a, b: g * b * a ** (b - (b != 0)),
        lambda g, y, a, b: g * y * np.log(np.where(a == 0, 1, a)),
    ),
    np.matmul: (_left_factor, _right_factor),
    np.exp: (lambda g, y, a: g * y,),
    np.log: (lambda g, y, a: g / a,),
    np.sin: (lambda g, y, a: g * np.cos(a),),
    np.cos: (lambda g, y, a: -g * np.sin(a),),
    np.tanh: (lambda g, y, a: g * (1 - y * y),),
}
"""Of each operation, how to carry a gradient back to each of its operands.

Of the shape of the result, where an operand was broadcast: `unbroadcast` does the rest.
"""
