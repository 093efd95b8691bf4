"""The second table of `docs/notation.md`: symbols of single chapters have the shapes it says."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from book.errors import BookError
from book.formulas import notation, worlds
from book.formulas.errors import Refused
from book.formulas.evaluating import Scope, value
from book.formulas.parsing import symbol
from book.formulas.world import Family, Layers, Value, World, keys, shape

Shapes = set[tuple[int, ...]]


@dataclass(frozen=True)
class Row:
    """A row of the table: symbols, the chapters that they are of, and what shapes they have."""

    line: int
    symbols: tuple[str, ...]
    chapters: tuple[str, ...]
    shapes: str


def problems() -> Iterator[BookError]:
    """Yield the symbols that have another shape in a world of their chapter."""
    for row in rows():
        for chapter in row.chapters:
            for world in worlds.of_page(chapter):
                for tex in row.symbols:
                    if wrong := _wrong(tex, row.shapes, world):
                        do = "correct the row, or the world in book/formulas/worlds/"
                        yield BookError(notation.PAGE, row.line, f"${tex}$ {wrong}", do)


def rows() -> Iterator[Row]:
    """Yield the rows of symbols that belong to chapters."""
    lines = notation.PAGE.read_text(encoding="utf-8").split("\n")
    for number, line in enumerate(lines, 1):
        if line.startswith("| $"):
            cells = [cell.strip() for cell in line.strip("|").split("|")]
            if chapters := tuple(re.findall(r"\[\d+\]\(([\w-]+)\.md", cells[1])):
                tex = tuple(re.findall(r"\$([^$]+)\$", cells[0]))
                yield Row(number, tex, chapters, cells[2])


def _wrong(tex: str, text: str, world: World) -> str:
    """Return how the value of a symbol differs from what a cell allows; nothing if it fits."""
    for each in _values(tex, world):
        expected = _expected(text, world)
        if expected and not callable(each) and shape(each) not in expected:
            allowed = " or ".join(map(str, sorted(expected)))
            return f"has the shape {shape(each)}, not {allowed}"
    return ""


def _values(tex: str, world: World) -> Iterator[Value]:
    """Yield what a symbol means, for each layer and number."""
    try:
        named = [name for name in keys(tex) if name in world.values]
    except Refused:
        return  # a row may show a symbol as it is used: s(i, j)
    pending = [world.values[name] for name in named[:1]]
    while pending:
        meant = pending.pop()
        if isinstance(meant, Layers | Family):
            pending += meant.values()
        else:
            yield meant


def _expected(text: str, world: World) -> Shapes:
    """Return the shapes that a cell allows; none where one of them has no meaning in a world."""
    found: Shapes = {()} if "number" in text else set()
    if "weights" in text or "any" in text:
        return set()
    layers = world.running.get("l", (0,))
    for tex in re.findall(r"\$([^$]+)\$", text):
        for l in layers if "l" in tex else layers[:1]:
            try:
                meant = value(symbol(tex), Scope(world).binding("l", l))
            except Refused:
                return set()
            tuples = tex.startswith("(")
            found.add(tuple(int(n) for n in meant) if tuples else shape(meant))
    return found
