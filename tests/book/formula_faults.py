"""Faults of formulas: what a slip of the pen makes of one, a fault at a time."""

import re
from dataclasses import fields, is_dataclass, replace

from book.formulas import tree
from book.formulas.tree import Number, Power, Product, Quotient, Sum, Symbol

SIGNS = {"+": "−", "−": "+", "±": "∓", "∓": "±"}
ALIKE = {"z": "a", "a": "z", "e": "δ", "δ": "e", "t": "y\u0302", "x": "t", "W": "ΔW", "Z": "A"}
ALIKE |= {"A": "Z", "s": "v", "m": "s", "v": "W", "c": "z", "E": "L"}
ORDER = {"≤": "≥", "≥": "≤", "<": ">", ">": "<"}
ONE = Number(1.0, "1")
CALLS_TO_DROP = ("sqrt", "abs", "norm", "ceil", "floor", "log", "factorial", "Im", "Var")


def faults(statements):
    """Yield the kind and the statements of every fault."""
    letters = sorted({name for each in statements for name in _indices(each)})
    seen = set()
    for n, statement in enumerate(statements):
        if isinstance(statement, tree.Statement):
            for kind, chain in _anywhere(statement.chain, letters):
                mutant = (*statements[:n], replace(statement, chain=chain), *statements[n + 1 :])
                if mutant not in seen:
                    seen.add(mutant)
                    yield kind, list(mutant), show(chain)


def deletions(tex):
    """Yield a formula without one of its tokens, for each of them."""
    for token in re.finditer(r"\\[a-zA-Z]+|\\.|[^\s&{}]", tex):
        # What follows a name of TeX must not become a part of it.
        yield f"{tex[: token.start()]} {tex[token.end() :]}"


def _indices(node):
    """Yield the letters that stand as an index of something, or under a sum."""
    if isinstance(node, tuple):
        for each in node:
            yield from _indices(each)
    elif is_dataclass(node):
        if isinstance(node, Symbol):
            yield from (each.name for each in node.indices if isinstance(each, Symbol))
        if isinstance(node, tree.Over):
            yield from node.names
        for field in fields(node):
            yield from _indices(getattr(node, field.name))


def _anywhere(node, letters):
    """Yield the kind of each fault in a node or in what it holds, and the faulty node."""
    if isinstance(node, tree.Node):
        yield from _here(node, letters)
    if isinstance(node, tuple):
        for n, each in enumerate(node):
            for kind, other in _anywhere(each, letters):
                yield kind, (*node[:n], other, *node[n + 1 :])
    elif is_dataclass(node):
        for field in fields(node):
            for kind, other in _anywhere(getattr(node, field.name), letters):
                yield kind, replace(node, **{field.name: other})


def _here(node, letters):
    match node:
        case Sum(terms):
            yield from _of_sum(terms)
        case Product(left, right) | tree.Signed(_, left, right):
            yield "a factor is dropped", left
            yield "a factor is dropped", right
            if isinstance(node, tree.Signed) and node.sign == "⊙":
                yield "another product", Product(left, right)
        case Quotient(above, below):
            yield "a factor is dropped", above
            yield "a fraction upside down", Quotient(below, above)
        case tree.Transpose(of):
            yield "a transpose is dropped", of
        case Power(base, exponent):
            yield "a power is dropped", base
            yield "another power", Power(base, Sum((("+", exponent), ("+", ONE))))
        case Number(number, _):
            yield "another number", Number(number + 1, f"{number + 1:g}")
        case tree.Over():
            yield from _of_over(node, letters)
        case Symbol():
            yield from _of_symbol(node, letters)
        case tree.Call(name, arguments):
            yield from _of_call(name, arguments)
        case tree.Exponential(exponent):
            yield "an exponential is dropped", exponent
        case tree.Derivative(of, by):
            yield "a derivative upside down", tree.Derivative(by, of)
        case tree.Mean(of):
            yield "a mean is dropped", of
        case tree.Chain(_, relations):
            for n, relation in enumerate(relations):
                if relation in ORDER:
                    turned = (*relations[:n], ORDER[relation], *relations[n + 1 :])
                    yield "another relation", replace(node, relations=turned)


def _of_sum(terms):
    for n, (sign, term) in enumerate(terms):
        if not isinstance(term, tree.Dots):
            yield "a sign", Sum((*terms[:n], (SIGNS[sign], term), *terms[n + 1 :]))
            if len(terms) > 1 and not all(
                isinstance(t, tree.Dots) for _, t in terms[:n] + terms[n + 1 :]
            ):
                yield "a term is dropped", Sum((*terms[:n], *terms[n + 1 :]))


def _of_over(node, letters):
    yield "a sum is dropped", node.body
    if node.start is not None:
        yield "a limit", replace(node, start=Sum((("+", node.start), ("+", ONE))))
        yield "a limit", replace(node, stop=Sum((("+", node.stop), ("−", ONE))))
    if node.kind in ("max", "min"):
        yield "min for max", replace(node, kind={"max": "min", "min": "max"}[node.kind])
    for other in letters:
        if len(node.names) == 1 and other not in node.names:
            yield "another index", replace(node, names=(other,))


def _of_symbol(node, letters):
    if node.name.endswith("'"):
        yield "a prime is dropped", replace(node, name=node.name[:-1])
    if node.name in ALIKE:
        yield "another symbol", replace(node, name=ALIKE[node.name])
    if node.layer is not None:
        yield from (("another layer", replace(node, layer=each)) for each in _layers(node.layer))
    if len(node.indices) == 2:
        yield "indices exchanged", replace(node, indices=node.indices[::-1])
    if node.indices:
        yield "an index is dropped", replace(node, indices=node.indices[:-1])
    for n, index in enumerate(node.indices):
        if isinstance(index, Symbol):
            for other in letters:
                if other != index.name:
                    changed = (*node.indices[:n], Symbol(other), *node.indices[n + 1 :])
                    yield "another index", replace(node, indices=changed)


def _layers(layer):
    """Yield other layers than the one that is meant."""
    for sign in "+−":
        yield Sum((("+", layer), (sign, ONE)))
    if isinstance(layer, Sum):
        (_, l), (sign, one) = layer.terms
        yield l
        yield Sum((("+", l), (SIGNS[sign], one)))


def _of_call(name, arguments):
    if name.endswith("'"):
        yield "a prime is dropped", tree.Call(name[:-1], arguments)
    if name in ("max", "min"):
        yield "min for max", tree.Call({"max": "min", "min": "max"}[name], arguments)
    if name in CALLS_TO_DROP:
        yield "a function is dropped", arguments[0]
    if len(arguments) == 2 and name not in ("max", "min"):
        yield "arguments exchanged", tree.Call(name, arguments[::-1])


def show(node):
    """Return a tree as a line of text."""
    match node:
        case Number(_, digits):
            return digits
        case Symbol(name, layer, indices):
            above = f"^({show(layer)})" if layer is not None else ""
            return name + above + ("_" + ",".join(map(show, indices)) if indices else "")
        case Sum(terms):
            return "(" + "".join(sign + show(term) for sign, term in terms) + ")"
        case Product(left, right):
            return f"{show(left)} {show(right)}"
        case tree.Signed(sign, left, right):
            return f"{show(left)} {sign} {show(right)}"
        case Quotient(above, below):
            return f"[{show(above)} / {show(below)}]"
        case Power(base, exponent):
            return f"{show(base)}^{show(exponent)}"
        case tree.Derivative(of, by):
            return f"∂{show(of)}/∂{show(by)}"
        case tree.Call(name, arguments):
            return f"{name}({', '.join(map(show, arguments))})"
        case tree.Over(kind, names, _, _, _, body):
            return f"{kind}[{','.join(names)}] {show(body)}"
        case tree.Chain(sides, relations):
            pairs = zip(relations, sides[1:], strict=True)
            return show(sides[0]) + "".join(f" {sign} {show(side)}" for sign, side in pairs)
        case tree.Dots():
            return "…"
        case tuple():
            return ", ".join(map(show, node))
        case None | str():
            return str(node)
    inner = " ".join(show(getattr(node, field.name)) for field in fields(node))
    return f"{type(node).__name__.lower()}({inner})"
