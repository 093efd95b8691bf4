"""Functions of NumPy that are composed of operations with a derivative, and three that are not.

Most are written as anyone would write them, of operations that `backprop.derivatives.PULLBACKS` has
a line for, so that they need no derivative of their own. Three have as many operands as they are
given, or one that only chooses: `concatenate`, `where`, `einsum`.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import index
from typing import Any, TypeAlias

import numpy as np

from backprop._arrays import Array
from backprop.autodiff import COMPOSED, Variable, apply, plain
from backprop.derivatives import Pullback

Operand: TypeAlias = Any
"""A variable, or numbers that are constant."""


def concatenate(arrays: Sequence[Operand], axis: int | None = 0) -> Any:
    """Join arrays along an axis; each gets its part of the gradient.

    Parameters
    ----------
    arrays : sequence
        Variables and arrays, alike in shape but for that axis.
    axis : int or None
        Along which to join; None joins all numbers in one row.

    Returns
    -------
    Variable
        As `np.concatenate` gives it.
    """
    if axis is None:
        arrays, axis = [np.ravel(each) for each in arrays], 0

    return apply(
        "concatenate",
        lambda *parts: np.concatenate(parts, axis),
        [_part(i, axis) for i in range(len(arrays))],
        arrays,
    )


def _part(i: int, axis: int) -> Pullback:
    """Return how part i of what was joined gets its gradient."""

    def _back(g: Array, _: Array, *parts: Array) -> Array:
        ends = np.cumsum([each.shape[axis] for each in parts])
        return np.split(g, ends[:-1], axis)[i]

    return _back


def stack(arrays: Sequence[Operand], axis: int = 0) -> Any:
    """Put arrays of one shape beside each other along a new axis.

    Parameters
    ----------
    arrays : sequence
        Variables and arrays.
    axis : int
        Where the new axis stands.

    Returns
    -------
    Variable
        As `np.stack` gives it.
    """
    return np.concatenate([np.expand_dims(each, axis) for each in arrays], axis)


def where(condition: Any, x: Operand, y: Operand) -> Any:
    """Choose from x where a condition holds, and from y elsewhere.

    Parameters
    ----------
    condition : array_like of bool
        It only chooses, so that no gradient is carried back to it.
    x : Variable or array_like
        What is taken where it holds.
    y : Variable or array_like
        What is taken elsewhere.

    Returns
    -------
    Variable or array
        As `np.where` gives it.
    """
    holds = np.array(plain(condition), bool)
    if not isinstance(x, Variable) and not isinstance(y, Variable):
        return np.where(holds, x, y)
    return apply(
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
    """Move what lies outside of bounds to the bounds.

    Parameters
    ----------
    a : Variable or array_like
        Numbers.
    *bounds : Variable or array_like
        Lower and upper bound, if they are not named; None stands for no bound.
    min : Variable or array_like, optional
        Lower bound.
    max : Variable or array_like, optional
        Upper bound, which wins where it is below the lower one.

    Returns
    -------
    Variable
        As `np.clip` gives it.

    Raises
    ------
    TypeError
        One bound is given without its name.
    """
    if len(bounds) not in (0, 2):
        raise TypeError("clip takes a lower and an upper bound; write min= or max= for one of them")
    min, max = bounds or (min, max)  # noqa: A001
    above = a if min is None else np.maximum(a, min)
    return above if max is None else np.minimum(above, max)


def take(a: Operand, indices: Any, axis: int | None = None) -> Any:
    """Take numbers, or whole rows along an axis.

    Parameters
    ----------
    a : Variable
        From which to take.
    indices : array_like of int
        Which; one that is taken twice collects twice.
    axis : int, optional
        Along which to take; without it, from all numbers in one row.

    Returns
    -------
    Variable
        As `np.take` gives it.

    Raises
    ------
    TypeError
        The indices are no integers.
    """
    indices = np.asarray(indices)
    if indices.dtype.kind not in "iu":
        raise TypeError(f"indices of take must be integers, not {indices.dtype}")
    if axis is None:
        a, axis = np.ravel(a), 0
    before = (slice(None),) * (axis % np.ndim(a))
    return a[(*before, indices)]


def dot(a: Operand, b: Operand) -> Any:
    """Multiply numbers, vectors or matrices.

    Parameters
    ----------
    a : Variable or array_like
        Left factor.
    b : Variable or array_like
        Right factor.

    Returns
    -------
    Variable
        As `np.dot` gives it.
    """
    if np.ndim(a) == 0 or np.ndim(b) == 0:
        return np.multiply(a, b)
    return np.matmul(a, b) if np.ndim(b) <= 2 else np.tensordot(a, b, (-1, -2))


def inner(a: Operand, b: Operand) -> Any:
    """Multiply, and sum over the last axis of both.

    Parameters
    ----------
    a : Variable or array_like
        Left factor.
    b : Variable or array_like
        Right factor.

    Returns
    -------
    Variable
        As `np.inner` gives it.
    """
    numbers = np.ndim(a) == 0 or np.ndim(b) == 0
    return np.multiply(a, b) if numbers else np.tensordot(a, b, (-1, -1))


def outer(a: Operand, b: Operand) -> Any:
    """Multiply each number of one with each of the other.

    Parameters
    ----------
    a : Variable or array_like
        One for each row.
    b : Variable or array_like
        One for each column.

    Returns
    -------
    Variable
        As `np.outer` gives it.
    """
    return np.multiply(np.expand_dims(np.ravel(a), 1), np.ravel(b))


def tensordot(a: Operand, b: Operand, axes: Any = 2) -> Any:
    """Multiply, and sum over pairs of axes.

    Parameters
    ----------
    a : Variable or array_like
        Left factor.
    b : Variable or array_like
        Right factor.
    axes : int, or pair of int or of sequences
        How many of the last axes of a and the first of b to sum over, or which.

    Returns
    -------
    Variable
        As `np.tensordot` gives it.
    """
    n, m = np.ndim(a), np.ndim(b)
    pair = (range(n - axes, n), range(axes)) if isinstance(axes, int) else axes
    of_a, of_b = ([index(i) % k for i in np.ravel(of)] for of, k in zip(pair, (n, m), strict=True))
    rest_a, rest_b = ([i for i in range(k) if i not in of] for k, of in ((n, of_a), (m, of_b)))
    summed, lengths_b = ([np.shape(x)[i] for i in of] for x, of in ((a, of_a), (b, of_b)))
    if summed != lengths_b:
        raise ValueError(f"axes must pair axes of one length, not {summed} and {lengths_b}")
    # As a product of matrices: what is summed over stands last in the left, first in the right.
    length = int(np.prod(summed))
    left = np.reshape(np.transpose(a, rest_a + of_a), (-1, length))
    right = np.reshape(np.transpose(b, of_b + rest_b), (length, -1))
    shape = [np.shape(a)[i] for i in rest_a] + [np.shape(b)[j] for j in rest_b]
    return np.reshape(np.matmul(left, right), shape)


def einsum(subscripts: str, *operands: Operand) -> Any:
    """Multiply, and sum over axes that are named by letters.

    Parameters
    ----------
    subscripts : str
        The axes of each operand and of the result, such as "ij,jk->ik".
    *operands : Variable or array_like
        The factors.

    Returns
    -------
    Variable
        As `np.einsum` gives it.

    Raises
    ------
    TypeError
        The axes are not given in that form, or one stands twice in an operand.
    """
    before, arrow, of_result = str(plain(subscripts)).replace(" ", "").partition("->")
    axes = before.split(",")
    once = all(each.isalpha() and len(set(each)) == len(each) for each in axes if each)
    if not arrow or not once or len(axes) != len(operands):
        raise TypeError(
            f"einsum of a Variable takes subscripts such as 'ij,jk->ik', with a letter for each "
            f"axis, once in each operand, and with those of the result; not {subscripts!r:.60}"
        )

    return apply(
        "einsum",
        lambda *values: np.einsum(subscripts, *values, optimize=True),
        [_factor(k, axes, of_result) for k in range(len(axes))],
        operands,
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
