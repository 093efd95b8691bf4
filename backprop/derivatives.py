"""How a gradient is carried back over functions of NumPy: a table, with one line for each.

`where`, `concatenate` and `einsum` are not in it, nor what is no function of NumPy's: an item, a
change of type, the units of an activation. Each of these has its rule where it is written.

The gradient g of a result y comes in, that of an operand goes out. All are true gradients, dE/dy
and dE/da, without the minus of the error terms. The lines compute with operations of the table and
with those composed of them, so that they take variables as well.

Where an operation has no derivative, one is chosen. At 0 the slope of `abs` is 0, and so is that of
`std` where all numbers are equal. Operands of one operation that tie for a maximum or a minimum
share the gradient evenly, so that it is 1/2 for each of two, and 1/2 at one bound of `clip`; the
unit `relu` of `apply_activation` has the slope 0 at 0. A root has an infinite slope at 0, which no
gradient may hold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import numpy as np

from backprop._arrays import Array, floats, shown

Pullback: TypeAlias = Callable[..., Array]
"""Takes the gradient g of a result, the result y, the operands and the options of the operation;
gives the gradient of one operand."""

Axis: TypeAlias = int | tuple[int, ...] | None
"""Along which axes an operation goes; None stands for all."""


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

    Raises
    ------
    TypeError
        The gradient does not hold numbers, or the shape is no tuple of integers.
    ValueError
        A value of that shape cannot be broadcast to the shape of the gradient.
    """
    gradient = floats("gradient", gradient)
    if not isinstance(shape, tuple) or not all(isinstance(n, int) for n in shape):
        raise TypeError(f"shape must be a tuple of integers, not {shown(shape)}")
    axes = range(1, len(shape) + 1)
    if len(shape) > gradient.ndim or any(shape[-i] not in (1, gradient.shape[-i]) for i in axes):
        raise ValueError(
            f"shape must be one that can be broadcast to that of the gradient, {gradient.shape}, "
            f"not {shape}"
        )
    return _collected(gradient, shape)


def _collected(gradient: Array, shape: tuple[int, ...]) -> Array:
    """Sum a gradient over the axes along which a value of that shape was repeated."""
    if gradient.shape == shape:
        return gradient
    gradient = gradient.sum(axis=tuple(range(gradient.ndim - len(shape))))
    repeated = tuple(axis for axis, n in enumerate(shape) if n == 1)
    sums: Array = gradient.sum(axis=repeated, keepdims=True)
    return sums


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


def _tanh_slope(a: Array) -> Array:
    # Made of the operand: made of the result, 1 - y^2 has lost half of its digits where a is 10.
    # At 0 one side is chosen, so that higher derivatives see no kink, as they would in |a|.
    e = np.exp(np.where(a > 0, -2 * a, 2 * a))
    slope: Array = 4 * e / (1 + e) ** 2
    return slope


def _wins(a: Array, b: Array) -> Array:
    """Return 1 where a is the larger, 0 where b is, and 1/2 where they are equal."""
    won: Array = (1 + np.sign(a - b)) / 2
    return won


def _in_type_of(a: Any, gradient: Any) -> Any:
    """Return a gradient in the type of what it is the gradient of, an array or a variable."""
    return gradient.astype(getattr(a, "value", a).dtype)


def _alongside(reduced: Array, a: Array, axis: Axis, keepdims: bool) -> Array:
    """Give what was reduced along axes of a those axes back, with length 1."""
    if keepdims or a.ndim == 0:
        return reduced
    return np.expand_dims(reduced, tuple(range(a.ndim)) if axis is None else axis)


def _count(a: Array, y: Array) -> Any:
    """Return how many numbers of a went into each of y, in a type that holds large counts."""
    return np.float64(max(a.size, 1) // max(y.size, 1))


def _sum(g: Array, _: Array, a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    spread: Array = np.broadcast_to(_alongside(g, a, axis, keepdims), a.shape)
    return spread


def _mean(g: Array, y: Array, a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    gradient: Array = _in_type_of(a, _sum(g, y, a, axis, keepdims=keepdims) / _count(a, y))
    return gradient


def _var(
    g: Array, y: Array, a: Array, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False
) -> Array:
    off = a - a.mean(axis, keepdims=True)
    gradient = 2 * _alongside(g, a, axis, keepdims) * off / (_count(a, y) - ddof)
    slope: Array = _in_type_of(a, gradient)
    return slope


def _std(
    g: Array, y: Array, a: Array, axis: Axis = None, *, ddof: float = 0, keepdims: bool = False
) -> Array:
    flat = np.max(a, axis, keepdims=True) == np.min(a, axis, keepdims=True)
    # Where all numbers are equal, what y holds is the rounding of their mean.
    slope = _var(g / (2 * y), y, a, axis, ddof=ddof, keepdims=keepdims)
    return np.where(flat, np.zeros_like(slope), slope)


def _extreme(g: Array, y: Array, a: Array, axis: Axis = None, *, keepdims: bool = False) -> Array:
    tied = a == _alongside(y, a, axis, keepdims)
    shares = tied / tied.sum(axis, keepdims=True)
    gradient: Array = _in_type_of(a, _alongside(g, a, axis, keepdims) * shares)
    return gradient


def _cumsum(g: Array, _: Array, a: Array, axis: int | None = None) -> Array:
    along = 0 if axis is None else axis
    turned = np.arange(g.shape[along])[::-1]
    # Each number is in the sums from its own place on.
    sums = np.cumsum(np.take(g, turned, along), along)
    gradient: Array = np.take(sums, turned, along).reshape(a.shape)
    return gradient


def _transpose(g: Array, _: Array, a: Array, axes: Sequence[int] | None = None) -> Array:
    return g.T if axes is None else g.transpose(np.argsort([axis % a.ndim for axis in axes]))


PULLBACKS: dict[Callable[..., Any], tuple[Pullback, ...]] = {
    # Number by number.
    np.positive: (lambda g, y, a: g,),
    np.negative: (lambda g, y, a: -g,),
    np.add: (lambda g, y, a, b: g, lambda g, y, a, b: g),
    np.subtract: (lambda g, y, a, b: g, lambda g, y, a, b: -g),
    np.multiply: (lambda g, y, a, b: g * b, lambda g, y, a, b: g * a),
    np.divide: (lambda g, y, a, b: g / b, lambda g, y, a, b: -g / b * y),
    # 0 ** 0 has the slope 0, and 0 ** -1 is not asked for; a base of 0 stays 0.
    np.power: (
        lambda g, y, a, b: g * b * a ** np.where((a == 0) & (b == 0), b, b - 1),
        lambda g, y, a, b: g * y * np.log(np.where(a == 0, 1, a)),
    ),
    np.square: (lambda g, y, a: 2 * g * a,),
    np.sqrt: (lambda g, y, a: g / (2 * y),),
    np.absolute: (lambda g, y, a: g * np.sign(a),),
    np.exp: (lambda g, y, a: g * y,),
    np.expm1: (lambda g, y, a: g * np.exp(a),),
    np.log: (lambda g, y, a: g / a,),
    np.log1p: (lambda g, y, a: g / (1 + a),),
    np.logaddexp: (lambda g, y, a, b: g * np.exp(a - y), lambda g, y, a, b: g * np.exp(b - y)),
    np.sin: (lambda g, y, a: g * np.cos(a),),
    np.cos: (lambda g, y, a: -g * np.sin(a),),
    np.tanh: (lambda g, y, a: g * _tanh_slope(a),),
    np.maximum: (lambda g, y, a, b: g * _wins(a, b), lambda g, y, a, b: g * _wins(b, a)),
    np.minimum: (lambda g, y, a, b: g * _wins(b, a), lambda g, y, a, b: g * _wins(a, b)),
    # Products of matrices, and sums along axes.
    np.matmul: (_left_factor, _right_factor),
    np.sum: (_sum,),
    np.mean: (_mean,),
    np.var: (_var,),
    np.std: (_std,),
    np.max: (_extreme,),
    np.min: (_extreme,),
    np.cumsum: (_cumsum,),
    # The same numbers in another shape.
    np.transpose: (_transpose,),
    np.swapaxes: (lambda g, y, a, axis1, axis2: g.swapaxes(axis1, axis2),),
    np.reshape: (lambda g, y, a, shape: g.reshape(a.shape),),
    np.ravel: (lambda g, y, a: g.reshape(a.shape),),
    np.squeeze: (lambda g, y, a, axis=None: g.reshape(a.shape),),
    np.expand_dims: (lambda g, y, a, axis: g.reshape(a.shape),),
    np.broadcast_to: (lambda g, y, a, shape: g,),
}
"""Of each operation, how to carry a gradient back to each of its operands.

Of the shape of the result, where an operand was broadcast: `unbroadcast` does the rest.
"""

PLAIN: frozenset[Callable[..., Any]] = frozenset(
    (
        np.equal,
        np.not_equal,
        np.less,
        np.less_equal,
        np.greater,
        np.greater_equal,
        np.sign,
        np.isfinite,
        np.isinf,
        np.isnan,
        np.isclose,
        np.allclose,
        np.array_equal,
        np.argmax,
        np.argmin,
        np.argsort,
        np.shape,
        np.ndim,
        np.size,
        np.zeros_like,
        np.ones_like,
    )
)
"""What gives a plain result for variables: places, comparisons and shapes do not change as numbers
move a little, so that no gradient is carried back over them."""

INSTEAD: dict[Callable[..., Any], str] = {
    np.average: "np.mean, or np.sum of products",
    np.diagonal: "v[np.arange(n), np.arange(n)]",
    np.flip: "v[::-1]",
    np.hstack: "np.concatenate",
    np.linalg.norm: "np.sqrt(np.sum(v * v))",
    np.prod: "a product of numbers, v[0] * v[1]",
    np.repeat: "v[[0, 0, 1, 1]]",
    np.roll: "np.concatenate([v[-1:], v[:-1]])",
    np.sort: "v[np.argsort(v)]",
    np.split: "slices, v[:n] and v[n:]",
    np.tile: "np.broadcast_to, or np.concatenate([v, v])",
    np.trace: "np.sum(v * np.eye(n))",
    np.vstack: "np.concatenate, or np.stack",
}
"""What to write instead of functions that are often asked for, and have no derivative here."""
