"""Sums, products, powers, functions: how values combine.

Shapes are a part of the meaning: a row times a row has none, and only a row may be added to each
row of a batch.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from book.formulas import tree
from book.formulas.comparing import compare
from book.formulas.errors import Meaningless
from book.formulas.evaluating import Scope, value
from book.formulas.world import Draws, Value, shape

FUNCTIONS: dict[str, Callable[..., Value]] = {
    "log": np.log,
    "exp": np.exp,
    "tanh": np.tanh,
    "Im": np.imag,
    "max": max,
    "min": min,
    "sqrt": np.sqrt,
    "abs": np.abs,
    "norm": np.linalg.norm,
    "ceil": np.ceil,
    "floor": np.floor,
    "factorial": lambda n: math.factorial(int(n)),
    "Var": lambda values: float(np.var(np.asarray(values))),
    "binomial": lambda n, k: math.comb(int(n), int(k)),
}
"""Functions that mean the same in every world."""


@value.register
def _(node: tree.Number, at: Scope) -> Value:  # noqa: ARG001
    return node.value


def meet(sign: str, operation: Callable[..., Value], left: Value, right: Value) -> Value:
    """Combine two values of one shape."""
    if shape(left) != shape(right):
        raise Meaningless(f"shapes {shape(left)} and {shape(right)} on the two sides of {sign}")
    return operation(left, right)


def _scaled(operation: Callable[..., Value], left: Value, right: Value) -> Value:
    """Combine a number and a value of any shape."""
    if isinstance(left, Draws) and isinstance(right, Draws):
        return meet("a product", operation, left, right)
    return operation(left, right)


def _has_number(left: Value, right: Value) -> bool:
    return shape(left) == () or shape(right) == ()


@value.register
def _(node: tree.Sum, at: Scope) -> Value:
    total: Value = None
    terms = node.terms[:-1] if isinstance(node.terms[-1][1], tree.Dots) else node.terms
    for sign, term in terms:
        factor = {"+": 1, "−": -1, "±": at.sign, "∓": -at.sign}[sign]
        signed = factor * value(term, at)
        total = signed if total is None else _added(total, signed)
    return total


def _added(left: Value, right: Value) -> Value:
    """Add a number to each element, or a row to each row; else shapes must be the same."""
    rows = len(shape(left)) == 2 and shape(left)[1:] == shape(right)
    if rows or _has_number(left, right):
        return left + right
    return meet("+", np.add, left, right)


@value.register
def _(node: tree.Product, at: Scope) -> Value:
    left, right = value(node.left, at), value(node.right, at)
    if _has_number(left, right):
        return _scaled(np.multiply, left, right)
    if len(shape(left)) == len(shape(right)) == 1:
        raise Meaningless("a row times a row")
    right = np.atleast_2d(right)
    if shape(left)[-1] != shape(right)[0]:
        raise Meaningless(f"the matrix product of shapes {shape(left)} and {shape(right)}")
    return left @ right


@value.register
def _(node: tree.Signed, at: Scope) -> Value:
    left, right = value(node.left, at), value(node.right, at)
    if node.sign == "⊙":
        return meet("⊙", np.multiply, left, right)
    if _has_number(left, right):
        return _scaled(np.multiply, left, right)
    return np.sum(meet("·", np.multiply, left, right))


@value.register
def _(node: tree.Run, at: Scope) -> Value:
    ends = (*node.first, *node.last)
    names = {replace(each, indices=()) for each in ends}
    if len(names) != 1 or any(len(each.indices) != 1 for each in ends):
        raise Meaningless("a product with dots is of one symbol, with one index")
    start, second, before, stop = (int(value(each.indices[0], at)) for each in ends)
    step = second - start
    if abs(step) != 1 or stop - before != step or (stop - start) * step < 1:
        raise Meaningless(f"a product from {start}, {second} to {before}, {stop}")
    symbols: Iterator[tree.Node] = (
        replace(ends[0], indices=(tree.Number(n, str(n)),)) for n in range(start, stop + step, step)
    )
    return value(functools.reduce(tree.Product, symbols), at)


@value.register
def _(node: tree.Quotient, at: Scope) -> Value:
    above, below = value(node.above, at), value(node.below, at)
    if _has_number(above, below):
        return _scaled(np.divide, above, below)
    return meet("a fraction", np.divide, above, below)


@value.register
def _(node: tree.Power, at: Scope) -> Value:
    exponent = value(node.exponent, at)
    if shape(exponent) != ():
        raise Meaningless("an exponent that is no number")
    return np.power(value(node.base, at), exponent)


@value.register
def _(node: tree.Exponential, at: Scope) -> Value:
    return np.exp(value(node.exponent, at))


@value.register
def _(node: tree.Transpose, at: Scope) -> Value:
    array = value(node.of, at)
    return array.T if len(shape(array)) == 2 else np.reshape(array, (-1, 1))


@value.register
def _(node: tree.Call, at: Scope) -> Value:
    arguments = [value(each, at) for each in node.arguments]
    known = node.name in FUNCTIONS and node.name not in at.world.values
    function = FUNCTIONS[node.name] if known else at.world.function(node.name)
    try:
        return function(*arguments)
    except (ArithmeticError, IndexError, TypeError, ValueError) as reason:
        raise Meaningless(f"{node.name} of what is no argument of it: {reason}") from None


@value.register
def _(node: tree.Mean, at: Scope) -> Value:
    drawn = value(node.of, at)
    if not isinstance(drawn, Draws):
        raise Meaningless("the mean of what is not random")
    return float(np.mean(drawn))


@value.register
def _(node: tree.Row, at: Scope) -> Value:
    return _array([value(each, at) for each in node.items])


@value.register
def _(node: tree.Matrix, at: Scope) -> Value:
    rows = [[value(cell, at) for cell in row] for row in node.rows]
    return _array([row[0] if len(row) == 1 else _array(row) for row in rows])


def _array(items: Sequence[Value]) -> Value:
    """Put values of one shape together."""
    if len({shape(item) for item in items}) != 1:
        raise Meaningless("what stands in the brackets has different shapes")
    return np.array(items)


@value.register
def _(node: tree.Brace, at: Scope) -> Value:
    found = value(node.body, at)
    compare(found, "=", value(node.label, at))
    return found
