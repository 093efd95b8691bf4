"""What symbols mean: a world gives each of them a value."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from book.formulas import tree
from book.formulas.errors import Meaningless
from book.formulas.parsing import symbol

STEP = 1e-30
"""Length of a complex step: its square is lost beside any number."""

Value = Any
"""A number, an array (a vector is a row), a function, or values by number."""
Place = tuple[str, *tuple[int, ...]]
"""Which quantity is meant: the key of its symbol, and its layer or number."""
At = Callable[..., Any]


class Layers(dict[int, Value]):
    """Values by layer."""


class Family(dict[int, Value]):
    """Values by their first subscript."""

    def __init__(self, values: Mapping[int, Value], outside: Value = None) -> None:
        """Take what stands beyond the ends, if anything does."""
        super().__init__(values)
        self.outside = outside


class Draws(np.ndarray[Any, Any]):
    """Values of a random quantity, a draw each along the first axis."""

    @classmethod
    def of(cls, values: Value) -> Draws:
        """Return an array as draws."""
        return np.asarray(values, float).view(cls)


def shape(value: Value) -> tuple[int, ...]:
    """Return the shape of a value, of a single draw where it is random."""
    whole: tuple[int, ...] = getattr(value, "shape", ())
    return whole[1:] if isinstance(value, Draws) else whole


@functools.cache
def key(tex: str) -> str:
    """Return the key of a symbol that is written in TeX, or of an arrow."""
    if tex == r"\to":
        return "→"
    return tree.key(symbol(tex))


def keys(tex: str) -> tuple[str, str]:
    """Return the keys under which a symbol may have its meaning: its own, and its family's."""
    found = _symbol(tex)
    return tree.key(found), tree.family(found)


@dataclass(frozen=True)
class World:
    """The meanings of symbols, by their keys; made by `world`."""

    values: Mapping[str, Value]
    program: Callable[[At], Any] | None = None
    """Computes later quantities from earlier ones: what derivatives are taken of."""
    after: Mapping[str, Value] = field(default_factory=dict)
    """What symbols mean after an update."""
    running: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Indices that go over more than exists of everything: there are no weights of layer 0."""
    base: int = 1
    """The number of the first element of an array."""
    code: Mapping[str, str] = field(default_factory=dict)
    """What names of the page's code mean, in TeX; nothing for one that is no single symbol."""
    arrays: Mapping[str, Any] = field(default_factory=dict)
    """What other names of the page's code mean, which hold the values of many symbols."""
    typed: tuple[str, ...] = ()
    """Symbols whose value was written a second time rather than computed by other means."""
    words: Mapping[str, Callable[[Mapping[str, Any]], Iterable[Mapping[str, Any]]]] = field(
        default_factory=dict
    )
    """What sums in words go over: from the indices of a place, those of each summand."""
    names: Mapping[str, tree.Symbol] = field(default_factory=dict)
    """Symbols that stand for others."""
    slopes: dict[tuple[Any, Place, Place], Value] = field(default_factory=dict)
    """The derivatives that were taken so far."""

    @functools.cached_property
    def functions(self) -> frozenset[str]:
        """The symbols that mean functions."""
        return frozenset(name for name, value in self.values.items() if callable(value))

    def but(self, values: Mapping[str, Value], **changes: Any) -> World:
        """Return this world with other meanings for some symbols, given by their TeX."""
        return replace(self, values={**self.values, **_keyed(values)}, **changes)

    def standing(self, names: Mapping[str, str]) -> World:
        """Return this world with names for symbols, all in TeX: z stands for z of layer l + 1."""
        symbols = {key(name): _symbol(tex) for name, tex in names.items()}
        return replace(self, names={**self.names, **symbols})

    def named(self, name: str) -> tree.Symbol | None:
        """Return what a name stands for; a difference goes with what it is one of."""
        if name[:1] in "Δⅆ" and name[1:] in self.names:
            found = self.names[name[1:]]
            return replace(found, name=name[0] + found.name)
        return self.names.get(name)

    def updated(self, name: str) -> World:
        """Return the world in which one symbol has the value that it has after an update."""
        if name not in self.after:
            raise Meaningless(f"no value of {name} after the update")
        return replace(self, values={**self.values, name: self.after[name]})

    def function(self, name: str) -> Callable[..., Value]:
        """Return the function of a name; a prime makes it the derivative."""
        if callable(self.values.get(name)):
            found: Callable[..., Value] = self.values[name]
            return found
        if name.endswith("'"):
            return derivative(self.function(name[:-1]))
        raise Meaningless(f"no function {name}")

    def slope(self, of: Place, by: Place) -> Value:
        """Return the derivative of a quantity by another: the axes of the one, then of the other.

        By complex steps of the program, each from the other quantity on.
        """
        known = self.program, of, by
        if known not in self.slopes:
            columns = []
            value = np.asarray(_made(self.run(), by))
            for place in np.ndindex(value.shape):
                moved = value.astype(complex)
                moved[place] += STEP * 1j
                columns.append(np.imag(_made(self.run({by: moved}), of)) / STEP)
            slopes = np.moveaxis(np.array(columns), 0, -1)
            self.slopes[known] = slopes.reshape(slopes.shape[:-1] + value.shape)
        return self.slopes[known]

    def run(self, moved: Mapping[Place, Value] | None = None) -> dict[Place, Value]:
        """Run the program, with some quantities moved, and return all that it made."""
        made: dict[Place, Value] = {}

        def at(tex: str, value: Value, *numbers: int) -> Value:
            place: Place = (_family(tex) if numbers else key(tex), *numbers)
            made[place] = (moved or {}).get(place, value)
            return made[place]

        if self.program is not None:
            self.program(at)
        return made


def derivative(function: Callable[..., Value]) -> Callable[..., Value]:
    """Return the derivative of a function of a number, or of each number by itself."""
    return lambda z: np.imag(function(z + STEP * 1j)) / STEP


def world(
    values: Mapping[str, Value], program: Any = None, after: Any = None, **more: Any
) -> World:
    """Return a world of symbols that are given by their TeX.

    A program hands each quantity to the function that it is given, with its symbol in TeX and its
    layer or number, and goes on with what that function returns.
    """
    return World(_keyed(values), program, _keyed(after or {}), **more)


@functools.cache
def _family(tex: str) -> str:
    return tree.family(_symbol(tex))


def _symbol(tex: str) -> tree.Symbol:
    found = symbol(tex)
    if not isinstance(found, tree.Symbol):
        raise Meaningless(f"{tex} is no symbol")
    return found


def _keyed(values: Mapping[str, Value]) -> dict[str, Value]:
    return {
        _family(tex) if isinstance(value, Family) else key(tex): value
        for tex, value in values.items()
    }


def _made(made: Mapping[Place, Value], place: Place) -> Value:
    if place not in made:
        raise Meaningless(f"no derivatives of {place[0]}, or with respect to it, are known")
    return made[place]
