"""A formula with numbers put in for its symbols, as TeX that can be evaluated again.

A symbol becomes its value, an index its number; a sum of a few terms is written out. What has no
such form, as the mean over all draws, becomes its value.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import numpy as np

from book.formulas import tree
from book.formulas.arithmetic import FUNCTIONS
from book.formulas.checking import defined
from book.formulas.displayed import Formula
from book.formulas.errors import Refused
from book.formulas.evaluating import Outside, Scope, Unbound, value
from book.formulas.parsing import parse
from book.formulas.stating import check, holding
from book.formulas.sums import holds, summands
from book.formulas.tree import Node, Statement
from book.formulas.world import Draws, Family, Layers, Value, World, shape

DIGITS = 4
"""How many significant digits are shown."""
TERMS = 4
"""How many terms of a sum are written out."""
_TEX = {"←": r"\leftarrow", "≠": r"\ne", "≈": r"\approx", "≤": r"\le", "≥": r"\ge"}
_SIGNS = {"−": "-", "±": "+", "∓": "-"}
_NAMES = {"sqrt": r"\sqrt{%s}", "abs": r"\lvert %s \rvert", "norm": r"\lVert %s \rVert"}
_NAMES |= {"ceil": r"\lceil %s \rceil", "floor": r"\lfloor %s \rfloor", "factorial": "(%s)!"}


@dataclass(frozen=True)
class Substituted:
    """A statement with numbers."""

    tex: str
    indices: Mapping[str, int]
    one_of_each: bool
    """Whether the first number of each array stands for all."""


def substituted(formula: Formula, world: World) -> list[Substituted]:
    """Return the statements of a formula with the numbers of a world, at their first place."""
    statements = parse(formula.tex, world.functions)
    whole, one = world, _first_of_each(world)
    try:
        check(statements, [one], defined(formula))
        world, changed = one, True
    except (Refused, AttributeError, IndexError, TypeError, ValueError):
        changed = False
    found = []
    for statement, before, after in holding(statements, world, defined(formula)):
        at = _first_place(statement, Scope(before))
        tex = _chain(statement, at, after)
        indices = {name: bound.value for name, bound in at.indices.items()}
        found.append(Substituted(tex, indices, changed and _has_arrays(statement, whole)))
    return found


def _has_arrays(statement: Statement, world: World) -> bool:
    """Return whether a symbol of a statement is an array."""
    found = (each for each in tree.parts(statement.chain.sides) if isinstance(each, tree.Symbol))
    meant = (world.values.get(each) for node in found for each in (tree.key(node), node.stem))
    return any(shape(next(iter(e.values())) if isinstance(e, Layers) else e) for e in meant)


def _first_of_each(world: World) -> World:
    """Return the world in which each array is its first number."""

    def first(meant: Value) -> Value:
        if isinstance(meant, Layers):
            return Layers({n: first(each) for n, each in meant.items()})
        if isinstance(meant, Family):
            return Family({n: first(each) for n, each in meant.items()}, meant.outside)
        return meant.flat[0] if isinstance(meant, np.ndarray) and meant.size else meant

    values = {name: first(meant) for name, meant in world.values.items()}
    return replace(world, values=values, after={n: first(each) for n, each in world.after.items()})


def _first_place(statement: Statement, at: Scope) -> Scope:
    """Return the scope in which all indices have the first values that exist."""
    try:
        if statement.condition is not None:
            for side in statement.chain.sides:
                value(side, at)
            if not holds(statement.condition, at):
                raise Outside
        for side in statement.chain.sides:
            value(side, at)
    except Unbound as index:
        for n in index.values:
            try:
                return _first_place(statement, at.binding(index.name, n, index.values))
            except Outside:
                continue
        raise Outside from None
    return at


def _chain(statement: Statement, at: Scope, after: World) -> str:
    sides, relations = statement.chain.sides, statement.chain.relations
    scopes = [replace(at, world=after), *(at for _ in relations)]
    pieces: list[str] = []
    for n, (side, scope) in enumerate(zip(sides, scopes, strict=True)):
        shown, result = written(side, scope), number(value(side, scope))
        relation = [_TEX.get(relations[n - 1], relations[n - 1])] if n else []
        pieces += [*relation, shown]
        if n in (0, len(sides) - 1) and shown != result:
            pieces += ["=", result]
    return " ".join(pieces)


def number(found: Value) -> str:
    """Return a value in TeX: a number, a row, or a table of numbers."""
    if isinstance(found, Draws) or np.ndim(found) > 2:
        raise TypeError("a value that cannot be written")
    if np.ndim(found) == 1:
        return f"({', '.join(map(number, found))}{',' * (len(found) == 1)})"
    if np.ndim(found) == 2 and np.shape(found)[1] == 1:
        return number(np.ravel(found)) + r"^{\mathsf{T}}"
    if np.ndim(found) == 2:
        rows = r" \\ ".join(" & ".join(map(number, row)) for row in found)
        return rf"\begin{{pmatrix}} {rows} \end{{pmatrix}}"
    if isinstance(found, int | np.integer) or float(found) == int(found):
        return str(int(found))
    digits = f"{float(found):.{DIGITS - 1}e}"
    mantissa, exponent = digits.split("e")[0], int(digits.split("e")[1])
    if -4 <= exponent < DIGITS:
        decimals = DIGITS - 1 - exponent
        text = f"{float(found):.{decimals}f}"
        return text.rstrip("0").rstrip(".") if _is_exact(found, text) else text
    return (rf"{mantissa} \cdot " if float(mantissa) != 1 else "") + f"10^{{{exponent}}}"


def _is_exact(found: Value, text: str) -> bool:
    """Return whether a rounded number is the number itself, as far as one can see."""
    return bool(np.isclose(float(text), float(found), rtol=1e-12, atol=0))


@functools.singledispatch
def written(node: Node, at: Scope) -> str:
    """Return an expression with numbers for its symbols."""
    return number(value(node, at))


def _in_brackets(text: str) -> str:
    """Return an expression in brackets, larger than those within."""
    return rf"\bigl({text}\bigr)" if "(" in text or "frac" in text else f"({text})"


def _factor(node: Node, at: Scope) -> str:
    """Return an expression that can stand beside others in a product."""
    shown = written(node, at)
    is_sum = isinstance(node, tree.Sum) or (isinstance(node, tree.Over) and " + " in shown)
    return _in_brackets(shown) if is_sum or shown.startswith("-") else shown


@written.register
def _(node: tree.Symbol, at: Scope) -> str:
    found = value(node, at)
    return "i" if np.iscomplexobj(found) and np.ndim(found) == 0 else number(found)


@written.register
def _(node: tree.Sum, at: Scope) -> str:
    shown = ""
    for n, (sign, term) in enumerate(node.terms):
        text = r"\dots" if isinstance(term, tree.Dots) else written(term, at)
        negative = sign in "−∓"
        if (n and text.startswith("-")) or (negative and (" + " in text or text[0] == "-")):
            text = _in_brackets(text)
        shown += f" {_SIGNS.get(sign, '+')} {text}" if n or negative else text
    return shown.strip().replace("- ", "-", 1) if shown.startswith(" -") else shown


@written.register
def _(node: tree.Product, at: Scope) -> str:
    arrays = [shape(value(each, at)) for each in (node.left, node.right)]
    sign = r"\," if all(arrays) else r"\cdot"
    factors = (
        _in_brackets(_factor(each, at))
        if isinstance(each, tree.Signed) and each.sign == "⊙"
        else _factor(each, at)
        for each in (node.left, node.right)
    )
    return f" {sign} ".join(factors)


@written.register
def _(node: tree.Signed, at: Scope) -> str:
    sign = r"\odot" if node.sign == "⊙" and shape(value(node.left, at)) else r"\cdot"
    return f"{_factor(node.left, at)} {sign} {_factor(node.right, at)}"


@written.register
def _(node: tree.Quotient, at: Scope) -> str:
    return rf"\frac{{{written(node.above, at)}}}{{{written(node.below, at)}}}"


@written.register
def _(node: tree.Power, at: Scope) -> str:
    if shape(value(node.base, at)):
        return number(value(node, at))
    base = written(node.base, at)
    base = base if re.fullmatch(r"[\d.]+|\w", base) else _in_brackets(base)
    return f"{base}^{{{written(node.exponent, at)}}}"


@written.register
def _(node: tree.Exponential, at: Scope) -> str:
    return f"e^{{{written(node.exponent, at)}}}"


@written.register
def _(node: tree.Call, at: Scope) -> str:
    drawn = any(np.ndim(value(each, at)) > 2 for each in node.arguments)
    if drawn or (node.name not in _NAMES and shape(value(node, at))):
        return number(value(node, at))
    given = ", ".join(written(each, at) for each in node.arguments)
    if node.name in _NAMES:
        return _NAMES[node.name] % given
    if node.name in FUNCTIONS:
        operator = (
            rf"\operatorname{{{node.name}}}" if node.name in ("Im", "Var") else f"\\{node.name}"
        )
        return operator + _in_brackets(given)
    return _name(node.name) + _in_brackets(given)


def _name(name: str) -> str:
    return name if len(name.rstrip("'")) == 1 else rf"\operatorname{{{name}}}"


@written.register
def _(node: tree.Row, at: Scope) -> str:
    return f"({', '.join(written(each, at) for each in node.items)})"


@written.register
def _(node: tree.Brace, at: Scope) -> str:
    return written(node.body, at)


@written.register
def _(node: tree.Cases, at: Scope) -> str:
    met = (case for case, condition in node.cases if condition is None or holds(condition, at))
    return written(next(met), at)


@written.register
def _(node: tree.Over, at: Scope) -> str:
    if not node.words and not node.names and node.condition is None:
        return number(value(node, at))
    found = list(summands(node, at))
    if not 1 <= len(found) <= TERMS:
        return number(value(node, at))
    if node.kind == "product":
        return r" \cdot ".join(_factor(node.body, scope) for scope, _ in found)
    terms = [written(node.body, scope) for scope, _ in found]
    if node.kind == "sum":
        first, *others = terms
        return " + ".join([first, *(_in_brackets(t) if t[0] == "-" else t for t in others)])
    return f"\\{node.kind}" + _in_brackets(", ".join(terms)) if len(terms) > 1 else terms[0]


def places(found: Substituted) -> Iterator[str]:
    """Yield what the indices of a statement are, in TeX."""
    for name, n in found.indices.items():
        yield f"{name} = {n}"
