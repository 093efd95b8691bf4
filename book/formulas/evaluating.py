"""The value of an expression in a world; what each kind of node means is registered here.

`symbols` looks up what a symbol means, `arithmetic` combines values, `sums` goes over indices.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from book.formulas.errors import Meaningless
from book.formulas.tree import Node
from book.formulas.world import Value, World


class Unbound(Exception):  # noqa: N818 - no error: the index is then given each value
    """An index has no value yet; it can take these."""

    def __init__(self, name: str, values: Sequence[int]) -> None:
        super().__init__(name)
        self.name, self.values = name, values


class Outside(Exception):  # noqa: N818 - no error: nothing is stated there
    """A running index is one step beyond what exists: layer L has no weights after it."""


@dataclass(frozen=True)
class Bound:
    """The value of an index, and what it runs over, if that is known."""

    value: int
    span: Sequence[int] | None = None


@dataclass(frozen=True)
class Scope:
    """A world, and the indices that have a value in it."""

    world: World
    indices: Mapping[str, Bound] = field(default_factory=dict)
    sign: int = 1
    """What ± stands for."""
    used: set[str] = field(default_factory=set)
    """The indices that were asked for."""

    def binding(self, name: str, value: int, span: Sequence[int] | None = None) -> Scope:
        """Return a scope in which one more index has a value."""
        indices = {**self.indices, name: Bound(value, span)}
        return Scope(self.world, indices, self.sign, self.used)


@functools.singledispatch
def value(node: Node, at: Scope) -> Value:  # noqa: ARG001
    """Return the value of an expression.

    Raises
    ------
    Unbound
        An index has no value.
    Outside
        A layer does not exist, but the one beside it does.
    Meaningless
        Something has no meaning in this world, or shapes do not fit.
    """
    raise Meaningless(f"{type(node).__name__.lower()} where a value is needed")
