"""Every displayed formula of a page is evaluated, in worlds of several seeds."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from book.errors import BookError
from book.formulas import notation, tree, worlds
from book.formulas.displayed import Displayed, displayed
from book.formulas.errors import Meaningless, Refused, Untrue
from book.formulas.parsing import parse
from book.formulas.stating import check
from book.formulas.world import World, key
from book.formulas.worlds.networks import network_world

SEEDS = (0, 1, 2)
"""Random networks of both kinds of activations."""


@dataclass(frozen=True)
class Verdict:
    """What became of a formula that was not refused."""

    formula: Displayed
    comparisons: int = 0
    typed: tuple[str, ...] = ()
    """Its symbols whose values were written a second time."""
    world: str = ""
    """The name under which its world was found."""


def problems(page: Path) -> Iterator[BookError]:
    """Yield what is wrong with the formulas of a page; of notation, with its table as well."""
    try:
        found = displayed(page)
    except BookError as fault:
        yield fault
        return
    used = set()
    for formula in found:
        try:
            used.add(verdict(formula).world)
        except BookError as fault:
            yield fault
    yield from _unused_names(found)
    name = found[0].page if found else ""
    for unused in sorted(worlds.names(name) - used) if found else ():
        what = f"no formula is of {unused!r}, for which there is a world"
        yield BookError(page, 1, what, "correct the name in book/formulas/worlds/")
    if page == notation.PAGE:
        for examples in (None, 6):
            yield from notation.problems(network_world(0, examples=examples))


def refuse(page: Path) -> None:
    """Refuse a page with a formula that does not hold.

    Raises
    ------
    BookError
        Names the first one.
    """
    for fault in problems(page):
        raise fault


def verdict(formula: Displayed) -> Verdict:
    """Evaluate a formula in worlds of all seeds.

    Raises
    ------
    BookError
        It does not hold, or has no meaning.
    """
    if "evaluated" in formula.marks:
        return Verdict(formula)
    found = worlds.find(formula.page, _names(formula))
    if found is None:
        do = "give the page a world in book/formulas/worlds/"
        raise formula.wrong("the page has formulas, and no world to evaluate them in", do)
    name, make = found
    made = [make(seed).standing(formula.stands) for seed in SEEDS]
    try:
        statements = parse(formula.tex, made[0].functions)
        compared = evaluate(statements, made, formula)
    except Untrue as reason:
        do = "correct it, or say under which condition it holds"
        raise formula.wrong(f"the formula does not hold: {reason}", do) from None
    except Refused as reason:
        do = "correct it, or give its symbols a meaning (CONTRIBUTING, Formulas)"
        raise formula.wrong(f"the formula has no meaning: {reason}", do) from None
    used = {tree.key(each) for each in _symbols(statements)}
    return Verdict(formula, compared, tuple(sorted(set(made[0].typed) & used)), name)


def evaluate(
    statements: Sequence[tree.Statement | tree.Range],
    made: Sequence[World],
    formula: Displayed,
) -> int:
    """Return how many comparisons a formula makes in some worlds.

    Raises
    ------
    Refused
        A comparison fails, or a statement makes none.
    """
    defines = [key(tex) for tex in formula.marks.get("defines", "").split()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a formula that overflows is one that does not hold
        compared = [check(statements, world, defines) for world in made]
    if not all(map(sum, zip(*compared, strict=True))) or not (compared[0] or defines):
        raise Meaningless("a statement of it compares nothing")
    return sum(map(sum, compared))


def _names(formula: Displayed) -> tuple[str, ...]:
    return tuple(filter(None, (formula.marks.get("world"), formula.label, formula.section)))


def _symbols(
    statements: Sequence[tree.Statement | tree.Range],
) -> Iterator[tree.Symbol | tree.Call]:
    for statement in statements:
        if isinstance(statement, tree.Statement):
            for node in tree.parts(statement.chain.sides):
                if isinstance(node, tree.Symbol | tree.Call):
                    yield node


def _unused_names(found: Sequence[Displayed]) -> Iterator[BookError]:
    """Yield the names that are said to stand for something, and stand in no formula."""
    sections: dict[str, list[Displayed]] = {}
    for formula in found:
        if formula.stands:
            sections.setdefault(formula.section, []).append(formula)
    for formulas in sections.values():
        said = {
            each.name.lstrip("Δⅆ")
            for formula in formulas
            for each in _symbols(parse(formula.tex) if "evaluated" not in formula.marks else [])
            if isinstance(each, tree.Symbol) and each.layer is None
        }
        for name in formulas[0].stands:
            if key(name) not in said:
                what = f"no formula of the section has the ${name}$ that stands for another symbol"
                yield formulas[0].wrong(what, "leave it out of the sentence")
