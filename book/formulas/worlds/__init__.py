"""What the symbols of each page mean.

A value is a draw of random numbers, a call of the package, or a derivative by complex steps of a
second computation that is written out here, so that formula, package and calculus meet. What is
none of these, because nothing else computes it, is named in `typed`, counted and listed.

`of` registers a function that makes the world of a page, of a section or of an equation. A world is
made from a seed; each formula is evaluated in those of several.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterable, Iterator
from typing import TypeVar

from book.formulas.world import World

Maker = Callable[[int], World]
M = TypeVar("M", bound=Maker)

_MAKERS: dict[tuple[str, str], Maker] = {}
_MODULES = (
    *("networks", "idea", "learning", "descent", "graphs", "shapes", "machines", "asides"),
    *("conventions", "second", "beyond"),
    *(
        "networks",
        "idea",
        "learning",
        "descent",
        "graphs",
        "shapes",
        "memory",
        "normal",
        "machines",
        "asides",
    ),
    "conventions",
    *("networks", "idea", "learning", "descent", "graphs", "shapes", "sequences", "machines"),
    *("asides", "conventions"),
    *("conventions", "language"),
)


SEEDS = (0, 1, 2)
"""Random networks of both kinds of activations."""
EXAMPLE = 100
"""The seed of worlds to be shown: of the book's example networks, or else small."""
EVERY_PAGE = ""
LINES = "lines"
"""The name of the world in which a page's lines of code are evaluated."""


def of(page: str, *names: str) -> Callable[[M], M]:
    """Register the world of a page, or of its sections, equations and marks with these names.

    Parameters
    ----------
    page
        The name of a page; or every page without a world.
    names
        Anchors of sections, labels of equations, or what a formula is marked with.
    """

    def register(make: M) -> M:
        made = _once(make)
        for name in names or ("",):
            _MAKERS[page, name] = made
        return make

    return register


@functools.cache
def _once(make: Maker) -> Maker:
    """Return a function that makes the world of each seed once."""
    return functools.cache(make)


def find(page: str, names: Iterable[str]) -> tuple[str, Maker]:
    """Return the world of a formula: by the first of the names that has one, or its page's."""
    for module in _MODULES:
        importlib.import_module(f"book.formulas.worlds.{module}")
    for key in (*((page, name) for name in names), (page, ""), (EVERY_PAGE, "")):
        if key in _MAKERS:
            return key[1], _MAKERS[key]
    raise LookupError("no world is that of every page")


def of_page(page: str) -> Iterator[World]:
    """Yield the worlds of a page, of one seed, but for that of its lines of code."""
    find(page, ())
    for (of_its, name), make in _MAKERS.items():
        if of_its == page and name != LINES:
            yield make(SEEDS[0])


def names(page: str) -> set[str]:
    """Return all names that a page has worlds for."""
    return {name for of_page, name in _MAKERS if of_page == page and name}
