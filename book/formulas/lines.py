"""Lines of code that are said to write an equation out give what the equation gives.

A fence says so by its option `equations`, and a table by a first column that is headed `line`.
Such a line assigns to a name, which means a symbol in the page's world of lines. It is evaluated
with the values that the other names have there, in a loop those of one turn. So line and formula
meet the same values, and the package. Axes of length 1 count for nothing: a page may have one
output, or one hidden unit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from book.errors import BookError
from book.formulas import tree, worlds
from book.formulas.comparing import compare
from book.formulas.errors import Meaningless, Refused
from book.formulas.evaluating import Scope, value
from book.formulas.parsing import parse, symbol
from book.formulas.world import World
from book.formulas.worlds import SEEDS
from book.source import fences
from book.source.equations import REFERENCE, equations

_TABLE = re.compile(r"^\| line \|.*\n\|[-| ]*\n((?:\|.*\n)+)", re.MULTILINE)


@dataclass(frozen=True)
class Line:
    """A line that writes equations out."""

    path: Path
    number: int
    code: str
    equations: tuple[str, ...]


def problems(page: Path) -> Iterator[BookError]:
    """Yield the lines of a page that do not give what their equation gives."""
    for line in found(page):
        try:
            check(line)
        except Refused as reason:
            what = f"the line `{line.code}` is not what its equation says: {reason}"
            yield BookError(page, line.number, what, "correct it, or name another equation")


def found(page: Path) -> Iterator[Line]:
    """Yield the lines of a page that are said to write equations out."""
    text = page.read_text(encoding="utf-8")
    for snippet in fences.read(page) if "equations=" in text else ():
        said = [each.split(":") for each in snippet.options.get("equations", "").split()]
        for number, code in enumerate(snippet.code.split("\n"), snippet.line + 1):
            bare = code.lstrip()
            if named := tuple(each for name, each in said if bare.startswith(f"{name} = ")):
                yield Line(page, number, bare, named)
    for table in _TABLE.finditer(text):
        first = text.count("\n", 0, table.start(1)) + 1
        for number, row in enumerate(table[1].splitlines(), first):
            code = row.split("|")[1].strip().strip("`")
            yield Line(page, number, code, tuple(re.findall(REFERENCE, row)))


def check(line: Line) -> None:
    """Refuse a line whose value is not that of its name, or whose equations are about another.

    Raises
    ------
    Refused
        Says why.
    """
    _, make = worlds.find(line.path.stem, (worlds.LINES,))
    for seed in SEEDS:
        _check(line, make(seed))


def _check(line: Line, of: World) -> None:
    try:
        (assigned,) = ast.parse(line.code).body
    except SyntaxError:
        raise Meaningless("it is a part of a statement") from None
    if not isinstance(assigned, ast.Assign) or not isinstance(assigned.targets[0], ast.Name):
        raise Meaningless("it assigns to no name")
    name = assigned.targets[0].id
    if name not in of.code:
        raise Meaningless(f"no symbol is called {name}")
    if not of.code[name]:
        return
    meant = symbol(of.code[name])
    if not any(_left(each, of) == _letter(meant) for each in line.equations):
        raise Meaningless(f"none of its equations is about {of.code[name]}")
    names: dict[str, Any] = {
        each: np.squeeze(value(symbol(tex), Scope(of))) for each, tex in of.code.items() if tex
    }
    names.update(of.arrays, np=np)
    if "σ" in of.functions:
        names["sigmoid"] = of.function("σ")
    try:
        given = eval(ast.unparse(assigned.value), names)  # noqa: S307 - the page executes it, too
    except (NameError, TypeError, ValueError) as reason:
        raise Meaningless(str(reason)) from None
    compare(np.squeeze(value(meant, Scope(of))), "=", np.squeeze(given))


def _left(name: str, of: World) -> str:
    """Return what an equation is about: the letter on its left side."""
    first = parse(equations()[name].tex, of.functions)[0]
    return _letter(first.chain.sides[0]) if isinstance(first, tree.Statement) else ""


def _letter(node: tree.Node) -> str:
    return node.name if isinstance(node, tree.Symbol) else ""
