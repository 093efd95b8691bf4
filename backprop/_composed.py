"""Functions of NumPy that are composed of operations with a derivative, and three that are not.

Most are written as anyone would write them, of operations that `backprop.derivatives.PULLBACKS` has
a line for, so that they need no derivative of their own. Three have as many operands as they are
given, or one that only chooses: `concatenate`, `where`, `einsum`.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from operator import index
from typing import Any, TypeAlias

import numpy as np
from numpy.lib.array_utils import normalize_axis_index

from backprop._arrays import Array
from backprop.autodiff import COMPOSED, Variable, _apply, _plain
from backprop.derivatives import Pullback

Operand: TypeAlias = Any
"""A variable, or numbers that are constant."""


def _array(a: Operand) -> Any:
    """Return a variable, or an array: a number of Python's own has no type of its own else."""
    return a if isinstance(a, Variable) else np.asarray(a)


def concatenate(arrays: Sequence[Operand], axis: int | None = 0) -> Any:
    """Join arrays along an axis; each gets its part of the gradient."""
    if axis is None:
        arrays, axis = [np.ravel(each) for each in arrays], 0
    axis = normalize_axis_index(index(axis), np.ndim(arrays[0]))
    ends = np.cumsum([np.shape(each)[axis] for each in arrays]).tolist()
    places = [slice(start, end) for start, end in zip([0, *ends[:-1]], ends, strict=True)]
    return _apply(
        "concatenate",
        lambda *parts: np.concatenate(parts, axis),
        [_part((slice(None),) * axis + (place,)) for place in places],
        arrays,
    )


def _part(place: tuple[slice, ...]) -> Pullback:
    """Return how a part of what was joined gets its gradient."""
    return lambda g, *_: g[place]


def stack(arrays: Sequence[Operand], axis: int = 0) -> Any:
    """Put arrays of one shape beside each other along a new axis."""
    return np.concatenate([np.expand_dims(each, axis) for each in arrays], axis)


def where(condition: Any, x: Operand, y: Operand) -> Any:
    """Choose from x where a condition holds, and from y elsewhere."""
    holds = np.array(_plain(condition), bool)
    if not isinstance(x, Variable) and not isinstance(y, Variable):
        return np.where(holds, x, y)
    return _apply(
        "where",
        lambda x, y: np.where(holds, x, y),
        [lambda g, *_: np.where(holds, g, 0), lambda g, *_: np.where(holds, 0, g)],
        [x, y],
    )


def clip(
    a: Operand,
    *bounds: Operand | None,
    min: Operand | None = None,  # noqa: A002 - as NumPy calls it
    max: Operand | None = None,  # noqa: A002
) -> Any:
    """Move what lies outside of bounds to the bounds."""
    if len(bounds) not in (0, 2) or (bounds and (min is not None or max is not None)):
        raise TypeError("clip takes a lower and an upper bound; write min= or max= for one of them")
    min, max = bounds or (min, max)  # noqa: A001
    above = a if min is None else np.maximum(a, min)
    return above if max is None else np.minimum(above, max)


def take(a: Operand, indices: Any, axis: int | None = None) -> Any:
    """Take numbers, or whole rows along an axis."""
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu" and indices.size:
        raise TypeError(f"indices of take must be integers, not {indices.dtype}")
    if axis is None:
        a, axis = np.ravel(a), 0
    before = (slice(None),) * normalize_axis_index(index(axis), np.ndim(a))
    return a[(*before, indices.astype(int))]


def dot(a: Operand, b: Operand) -> Any:
    """Multiply numbers, vectors or matrices."""
    a, b = _array(a), _array(b)
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if np.ndim(b) <= 2 else np.tensordot(a, b, (-1, -2))


def inner(a: Operand, b: Operand) -> Any:
    """Multiply, and sum over the last axis of both."""
    a, b = _array(a), _array(b)
    numbers = np.ndim(a) == 0 or np.ndim(b) == 0
    return np.multiply(a, b) if numbers else np.tensordot(a, b, (-1, -1))


def outer(a: Operand, b: Operand) -> Any:
    """Multiply each number of one with each of the other."""
    return np.multiply(np.expand_dims(np.ravel(a), 1), np.ravel(b))


def tensordot(a: Operand, b: Operand, axes: Any = 2) -> Any:
    """Multiply, and sum over pairs of axes."""
    n, m = np.ndim(a), np.ndim(b)
    pair = (range(n - axes, n), range(axes)) if isinstance(axes, int | np.integer) else axes
    of_a, of_b = (
        [normalize_axis_index(index(i), k) for i in np.ravel(of).tolist()]
        for of, k in zip(pair, (n, m), strict=True)
    )
    rest_a, rest_b = ([i for i in range(k) if i not in of] for k, of in ((n, of_a), (m, of_b)))
    summed, lengths_b = ([np.shape(x)[i] for i in of] for x, of in ((a, of_a), (b, of_b)))
    if summed != lengths_b:
        raise ValueError(f"axes must pair axes of one length, not {summed} and {lengths_b}")
    # As a product of matrices: what is summed over stands last in the left, first in the right.
    rows, columns = ([np.shape(x)[i] for i in of] for x, of in ((a, rest_a), (b, rest_b)))
    left = np.reshape(np.transpose(a, rest_a + of_a), (prod(rows), prod(summed)))
    right = np.reshape(np.transpose(b, of_b + rest_b), (prod(summed), prod(columns)))
    return np.reshape(np.matmul(left, right), rows + columns)


def einsum(subscripts: str, *operands: Operand, optimize: bool = True) -> Any:
    """Multiply, and sum over axes that are named by letters."""
    before, arrow, of_result = str(_plain(subscripts)).replace(" ", "").partition("->")
    axes = before.split(",")
    once = all(each.isalpha() and len(set(each)) == len(each) for each in axes if each)
    if not arrow or not once or len(axes) != len(operands):
        raise TypeError(
            f"einsum of a Variable takes subscripts such as 'ij,jk->ik', with a letter for each "
            f"axis, once in each operand, and with those of the result; not {subscripts!r:.60}"
        )

    return _apply(
        "einsum",
        lambda *values: np.einsum(subscripts, *values, optimize=optimize),
        [_factor(k, axes, of_result) for k in range(len(axes))],
        [_array(each) for each in operands],
    )


def _factor(k: int, axes: Sequence[str], of_result: str) -> Pullback:
    """Return how factor k of a sum of products gets its gradient."""
    others = [i for i in range(len(axes)) if i != k]
    met = of_result + "".join(axes[i] for i in others)
    found = "".join(axis for axis in axes[k] if axis in met)
    alone = tuple(i for i, axis in enumerate(axes[k]) if axis not in met)
    rule = f"{','.join([of_result, *(axes[i] for i in others)])}->{found}"

    def _back(g: Array, _: Array, *values: Array) -> Array:
        share = np.einsum(rule, g, *(values[i] for i in others), optimize=True)
        # What is summed over in this factor alone, each of its numbers gets.
        share = np.expand_dims(share, alone)
        return np.broadcast_to(share, np.broadcast_shapes(share.shape, values[k].shape))

    return _back


COMPOSED.update(
    {
        np.clip: clip,
        np.concatenate: concatenate,
        np.dot: dot,
        np.einsum: einsum,
        np.inner: inner,
        np.outer: outer,
        np.stack: stack,
        np.take: take,
        np.tensordot: tensordot,
        np.where: where,
    }
)
