"""What a symbol means in a world, at its layer and its indices; derivatives."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from book.formulas import tree
from book.formulas.errors import Meaningless
from book.formulas.evaluating import Outside, Scope, Unbound, value
from book.formulas.tree import Node
from book.formulas.world import Draws, Family, Layers, Place, Value, World, shape


@value.register
def _(node: tree.Symbol, at: Scope) -> Value:
    found = quantity(node, at)[2]
    if callable(found):
        raise Meaningless(f"{node.name} is a function, and is applied to nothing")
    return found


def quantity(node: Node, at: Scope) -> tuple[Place, tuple[int, ...], Value]:
    """Return which quantity a symbol means, at which index of it, and its value there."""
    if not isinstance(node, tree.Symbol):
        raise Meaningless("a derivative of what is no symbol, or with respect to it")
    if node.layer is None and not node.indices and node.name in at.indices:
        at.used.add(node.name)
        return ("",), (), at.indices[node.name].value
    if node.layer is None and (other := at.world.named(node.name)):
        node = replace(other, indices=node.indices)
    found, indices = _meaning(node, at.world)
    place: tuple[Any, ...] = (found,)
    meant: Value = at.world.values[found]
    if isinstance(meant, Layers):
        if node.layer is None:
            raise Meaningless(f"{node.name} of which layer?")
        n = position(node.layer, at, list(meant))
        meant, place = _member(meant, n, node.layer, at), (*place, n)
    while isinstance(meant, Family):
        if not indices:
            raise Meaningless(f"{node.name} of which number?")
        n = position(indices[0], at, list(meant))
        meant, place = _member(meant, n, indices[0], at), (*place, n)
        indices = indices[1:]
    index, element = _element(meant, indices, at, node.name)
    return place, index, element


def _meaning(node: tree.Symbol, world: World) -> tuple[str, tuple[Node, ...]]:
    """Return the key under which a symbol has a meaning, and the indices that it still has then.

    c_1 may be a symbol of its own; d_1 may be one of many d; of z_1, z may be an array.
    """
    stem, indices = node.stem, node.indices
    candidates = [(stem, indices)]
    if indices:
        candidates.insert(0, (f"{stem}_", indices))
    if name := tree.literal(indices[:1]):
        candidates.insert(0, (f"{stem}_{name}", indices[1:]))
    for candidate in candidates:
        if candidate[0] in world.values:
            return candidate
    if stem in world.running and not indices:
        raise Unbound(stem, world.running[stem])
    raise Meaningless(f"no meaning for {tree.key(node)}")


def position(node: Node, at: Scope, span: Sequence[int]) -> int:
    """Return the number that a subscript or a layer is; an index alone runs over all of them."""
    if isinstance(node, tree.Symbol) and node.layer is None and not node.indices:
        span = at.world.running.get(node.name, span)
        bound = at.indices.get(node.name)
        if bound is None and not isinstance(at.world.values.get(node.name), int):
            raise Unbound(node.name, span)
        if bound is not None:
            if bound.span not in (None, span) and list(bound.span or ()) != list(span):
                what = f"{node.name} runs over {len(bound.span or ())} numbers and {len(span)}"
                raise Meaningless(what)
            at.used.add(node.name)
            return bound.value
    number = value(node, at)
    if shape(number) != () or not np.isfinite(number) or number != int(number):
        raise Meaningless("an index that is no whole number")
    return int(number)


def _member(members: Mapping[int, Value], n: int, node: Node, at: Scope) -> Value:
    """Return what has a number; a running index may go one step too far."""
    if n in members:
        return members[n]
    if isinstance(members, Family) and members.outside is not None:
        return members.outside
    runs = {each.name for each in tree.parts(node) if isinstance(each, tree.Symbol)}
    if runs & set(at.world.running) and n in (min(members) - 1, max(members) + 1):
        raise Outside
    raise Meaningless(f"there is no number {n}")


def _element(
    array: Value, indices: Sequence[Node], at: Scope, name: str
) -> tuple[tuple[int, ...], Value]:
    """Return where in an array its indices point, from 0, and what stands there."""
    if not indices:
        return (), array
    sizes = shape(array)
    if len(sizes) != len(indices):
        raise Meaningless(f"{name} has {len(sizes)} axes, not {len(indices)}")
    base, index = at.world.base, []
    for node, size in zip(indices, sizes, strict=True):
        n = position(node, at, range(base, base + size))
        if not base <= n < base + size:
            raise Meaningless(f"{name} has no number {n}")
        index.append(n - base)
    of_each_draw = (slice(None),) * isinstance(array, Draws)
    return tuple(index), array[(*of_each_draw, *index)]


@value.register
def _(node: tree.Element, at: Scope) -> Value:
    return _element(value(node.of, at), node.indices, at, "what stands in the brackets")[1]


@value.register
def _(node: tree.Derivative, at: Scope) -> Value:
    of, of_index, _ = quantity(node.of, at)
    by, by_index, moved = quantity(node.by, at)
    if local := at.world.values.get(tree.key(node)):
        return local(*of[1:], *by[1:])
    slope = at.world.slope(of, by)
    by_axes = len(by_index) or np.ndim(moved)
    whole = slice(None)
    of_axes = (whole,) * (np.ndim(slope) - by_axes)
    return slope[(*(of_index or of_axes), *(by_index or (whole,) * by_axes))]
