"""Sums, products and maxima over indices, and conditions."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence

import numpy as np

from book.formulas import tree
from book.formulas.arithmetic import meet
from book.formulas.comparing import related
from book.formulas.errors import Meaningless
from book.formulas.evaluating import Bound, Scope, Unbound, value
from book.formulas.tree import Node
from book.formulas.world import Value


def holds(condition: tree.Chain, at: Scope) -> bool:
    """Return whether a condition is true."""
    sides = [value(side, at) for side in condition.sides]
    pairs = zip(sides, condition.relations, sides[1:], strict=False)
    return all(bool(np.all(related(*pair))) for pair in pairs)


_COMBINED: dict[str, Callable[..., Value]] = {
    "sum": np.add,
    "product": np.multiply,
    "max": np.maximum,
    "min": np.minimum,
}


@value.register
def _(node: tree.Over, at: Scope) -> Value:
    if not node.words and not node.names and node.condition is None:
        return np.sum(value(node.body, at))
    return _combined(node.kind, [found for _, found in summands(node, at)])


def summands(node: tree.Over, at: Scope) -> Iterator[tuple[Scope, Value]]:
    """Yield what is summed over indices or over what words describe, each with its scope."""
    names = node.names
    if node.words:
        yield from _in_words(node, at)
        return
    if not names and node.condition:  # s(i, j) = q: over what is new in it
        new = (each for each in tree.parts(node.condition) if isinstance(each, tree.Symbol))
        names = tuple({each.name: 0 for each in new if each.name not in at.indices})
    if doubled := [name for name in names if name in at.indices]:
        raise Meaningless(f"{doubled[0]} stands within a sum over it and outside")
    within = Scope(at.world, at.indices, at.sign)
    yield from _summands(node, names, within)
    at.used.update(within.used - set(names))


def _combined(kind: str, found: Sequence[Value]) -> Value:
    nothing = {"sum": [0.0], "product": [1.0]}
    if not found and kind not in nothing:
        raise Meaningless(f"the {kind} of nothing")
    combine = functools.partial(meet, f"a {kind}", _COMBINED[kind])
    return functools.reduce(combine, found or nothing[kind])


def _in_words(node: tree.Over, at: Scope) -> Iterator[tuple[Scope, Value]]:
    """Yield what is summed over what words describe, such as the paths from v_i to E."""
    if node.words not in at.world.words:
        raise Meaningless(f"a {node.kind} over {node.words!r}")
    at.used.update(name for name in at.indices if f"_{name} " in f"{node.words} ")
    numbers = {name: bound.value for name, bound in at.indices.items()}
    try:
        described = list(at.world.words[node.words](numbers))
    except KeyError as missing:
        raise Meaningless(f"{node.words!r} where {missing} has no value") from None
    for each in described:
        within = Scope(at.world, {**at.indices, **{n: Bound(v) for n, v in each.items()}})
        yield within, value(node.body, within)


def _summands(node: tree.Over, names: tuple[str, ...], at: Scope) -> Iterator[tuple[Scope, Value]]:
    """Yield what is summed, for each value of the indices."""
    if node.start is None or node.stop is None:
        yield from _for_all(node.body, names, node.condition, at)
        return
    first, last = int(value(node.start, at)), int(value(node.stop, at))
    for n in range(first, last + 1):
        yield from _for_all(node.body, names, None, at.binding(names[0], n))


def _for_all(
    body: Node, names: tuple[str, ...], condition: tree.Chain | None, at: Scope
) -> Iterator[tuple[Scope, Value]]:
    bound = all(name in at.indices for name in names)
    if bound and condition is not None and not holds(condition, at):
        return
    try:
        found = value(body, at)
    except Unbound as index:
        if index.name not in names:
            raise
        for n in index.values:
            yield from _for_all(body, names, condition, at.binding(index.name, n, index.values))
        return
    if unused := [name for name in names if name not in at.used]:
        raise Meaningless(f"nothing under the sum depends on {unused[0]}")
    yield at, found


@value.register
def _(node: tree.Cases, at: Scope) -> Value:
    for case, condition in node.cases:
        if condition is None or holds(condition, at):
            return value(case, at)
    raise Meaningless("no case applies")
