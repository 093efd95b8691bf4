"""The table of `docs/notation.md`: which quantity of the code a symbol of the formulas means."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from book.errors import BookError
from book.formulas.errors import Refused
from book.formulas.evaluating import Scope, value
from book.formulas.parsing import symbol
from book.formulas.world import Layers, Value, World, key, shape
from book.source import pages

PAGE = pages.DOCS / "notation.md"
_HEAD = "| symbol | code | shape |"
_SIGNS = (r"\odot",)
"""Rows that are no symbol but a sign, which the evaluator knows."""


@dataclass(frozen=True)
class Row:
    """A row of the table: symbols, their names in the code, and what shapes they have."""

    line: int
    symbols: tuple[str, ...]
    names: tuple[str, ...]
    shapes: tuple[str, ...]

    def named(self) -> Iterator[tuple[str, str]]:
        """Yield each symbol with its name; one without a name goes by itself."""
        names = self.names or self.symbols
        names = names if len(names) == len(self.symbols) else names * len(self.symbols)
        for tex, name in zip(self.symbols, names, strict=True):
            yield tex, name + "'" if tex.endswith("'") and name != tex else name


def rows() -> tuple[Row, ...]:
    """Return the rows of symbols that hold in every chapter."""
    return _rows(PAGE, PAGE.stat().st_mtime_ns)


@functools.lru_cache(maxsize=4)
def _rows(path: Path, _changed: int) -> tuple[Row, ...]:
    lines = path.read_text(encoding="utf-8").split("\n")
    start = next((n for n, line in enumerate(lines) if line.startswith(_HEAD)), len(lines)) + 2
    found = []
    for number, line in enumerate(lines[start:], start + 1):
        if not line.startswith("|"):
            break
        symbols, code, shapes, _ = (cell.strip() for cell in line.strip("|").split("|", 3))
        tex = tuple(re.findall(r"\$([^$]+)\$", symbols))
        if not set(tex) & set(_SIGNS):
            names = tuple(re.findall(r"`([^`]+)`", code))
            found.append(Row(number, tex, names, tuple(filter(None, shapes.split("; ")))))
    return tuple(found)


def symbols(quantities: Mapping[str, Value]) -> dict[str, Value]:
    """Return what symbols mean, from the quantities that the code has names for."""
    named = (pair for row in rows() for pair in row.named())
    return {tex: quantities[name] for tex, name in named if name in quantities}


def problems(world: World) -> Iterator[BookError]:
    """Yield the rows that have no value in a world, or one of another shape."""
    for row in rows():
        for number, tex in enumerate(row.symbols):
            if wrong := _wrong(row, number, tex, world):
                do = "correct the row, or give the symbol a value in book/formulas/worlds/"
                yield BookError(PAGE, row.line, f"${tex}$ {wrong}", do)


def _wrong(row: Row, number: int, tex: str, world: World) -> str:
    if key(tex) not in world.values:
        return "has no value: no quantity has its name in the code"
    meant = world.values[key(tex)]
    if not row.shapes:
        return "" if callable(meant) else "has no shape, and is no function"
    text = row.shapes[min(number, len(row.shapes) - 1)]
    layers = meant if isinstance(meant, Layers) else {0: meant}
    for l, each in layers.items():
        try:
            expected = _expected(text, number, Scope(world).binding("l", l))
        except Refused as reason:
            return f"has a shape without meaning: {reason}"
        if not expected:
            return f"has a shape that cannot be read: {text}"
        if shape(each) not in expected:
            return f"has the shape {shape(each)}, not {' or '.join(map(str, expected))}"
    return ""


def _expected(text: str, number: int, at: Scope) -> list[tuple[int, ...]]:
    """Return the shapes that a cell allows in a world; those of a batch only where it has one."""
    if text == "a number":
        return [()]
    formulas = re.findall(r"\$([^$]+)\$", text)
    if text.startswith("that of the weights"):
        formulas = ["W^{(1)}"]
    if text.startswith(("that of", "those of")):
        return [shape(value(symbol(formulas[min(number, len(formulas) - 1)]), at))]
    alone = [tex for tex in formulas if "N" not in tex or "N" in at.world.values]
    return [tuple(int(n) for n in value(symbol(tex), at)) for tex in alone]
