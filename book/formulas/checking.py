"""Every formula of a page that states something is evaluated, in worlds of several seeds."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from book.errors import BookError
from book.formulas import chapters, inline, introducing, lines, notation, tree, worlds
from book.formulas.displayed import Formula, displayed
from book.formulas.errors import Refused, Untrue
from book.formulas.parsing import parse
from book.formulas.reading import read
from book.formulas.stating import check
from book.formulas.world import World, key
from book.formulas.worlds import SEEDS
from book.formulas.worlds.networks import network_world

_CRASHES = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError)
"""What a world raises that does not fit the package, or its formulas."""


@dataclass(frozen=True)
class Verdict:
    """What became of a formula that was not refused."""

    formula: Formula
    comparisons: int = 0
    typed: tuple[str, ...] = ()
    """Its symbols whose values were written a second time."""
    world: str = ""
    """The name under which its world was found."""


def problems(page: Path) -> Iterator[BookError]:
    """Yield what is wrong with the formulas of a page; of notation, with its table as well."""
    faults: list[BookError] = []
    found: list[Formula] = []
    verdicts: list[Verdict] = []
    try:
        found = evaluated(page)
    except BookError as fault:
        faults.append(fault)
    for formula in found:
        try:
            verdicts.append(verdict(formula))
        except BookError as fault:
            faults.append(fault)
    yield from faults
    yield from inline.problems(page)
    yield from introducing.problems(page, found)
    yield from lines.problems(page)
    if page == notation.PAGE:
        worlds_of_both = (network_world(0), network_world(0, examples=6))
        yield from max((list(notation.problems(each)) for each in worlds_of_both), key=len)
        yield from chapters.problems()
    if found and not faults:
        yield from _unused_worlds(page, verdicts)
        yield from _unused_names(found)


def evaluated(page: Path) -> list[Formula]:
    """Return the formulas of a page that are evaluated: the displayed ones, and those that claim.

    Raises
    ------
    BookError
        A line of attributes cannot be read, or follows no formula.
    """
    return list(_evaluated(page, page.stat().st_mtime_ns))


@functools.lru_cache(maxsize=128)
def _evaluated(page: Path, _changed: int) -> tuple[Formula, ...]:
    return (*displayed(page), *inline.claiming(page))


def stated(page: Path) -> list[tuple[object, ...]]:
    """Return what the formulas of a page that are evaluated are, wherever they stand on it."""
    return [
        (each.tex, each.label, each.section, each.marks, each.stands, each.inline)
        for each in evaluated(page)
    ]


def refuse(page: Path) -> None:
    """Refuse a page with a formula that does not hold.

    Raises
    ------
    BookError
        Names the first one.
    """
    for fault in problems(page):
        raise fault


@functools.cache
def verdict(formula: Formula) -> Verdict:
    """Evaluate a formula in worlds of all seeds; one that is not valid is not converted, either.

    Raises
    ------
    BookError
        It does not hold, or has no meaning.
    """
    if "evaluated" in formula.marks:
        return Verdict(formula)
    name, made = worlds_of(formula)
    try:
        statements = _statements(formula, made[0].functions)
        compared = evaluate(statements, made, formula) if statements else 0
    except Untrue as reason:
        do = "correct it, or say under which condition it holds"
        raise formula.wrong(f"the formula does not hold: {reason}", do, reason.row) from None
    except Refused as reason:
        do = "correct it, or give its symbols a meaning (CONTRIBUTING, Formulas)"
        raise formula.wrong(f"the formula has no meaning: {reason}", do, reason.row) from None
    except _CRASHES as reason:
        what = f"the formula cannot be evaluated: {type(reason).__name__}: {reason}"
        raise formula.wrong(what, "mend it, or its world in book/formulas/worlds/") from None
    used = {tree.key(each) for each in _symbols(statements)}
    return Verdict(formula, compared, tuple(sorted(set(made[0].typed) & used)), name)


def worlds_of(formula: Formula) -> tuple[str, list[World]]:
    """Return the worlds of a formula, one for each seed, and the name under which they are."""
    mark = formula.marks.get("world", "")
    names = filter(None, (mark, formula.label, formula.section))
    name, make = worlds.find(formula.page, names)
    if mark not in ("", name):
        do = "correct the name, or make the world in book/formulas/worlds/"
        raise formula.wrong(f"the page has no world {mark!r}", do)
    try:
        return name, [make(seed).standing(formula.stands) for seed in SEEDS]
    except _CRASHES as reason:
        what = f"the world of the formula cannot be made: {type(reason).__name__}: {reason}"
        raise formula.wrong(what, "mend it in book/formulas/worlds/") from None


def _statements(
    formula: Formula, functions: Collection[str] = ()
) -> list[tree.Statement | tree.Range]:
    """Return what a formula states: nothing if it is not valid, which its conversion refuses."""
    try:
        read(formula.tex)
    except ValueError:
        return []
    return parse(formula.tex, functions)


def evaluate(
    statements: Sequence[tree.Statement | tree.Range], made: Sequence[World], formula: Formula
) -> int:
    """Return how many comparisons a formula makes in some worlds, or refuse it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a formula that overflows is one that does not hold
        return check(statements, made, defined(formula))


def defined(formula: Formula) -> list[str]:
    """Return the keys of the symbols that a formula says it defines."""
    return [key(tex) for tex in formula.marks.get("defines", "").split()]


def _symbols(
    statements: Sequence[tree.Statement | tree.Range],
) -> Iterator[tree.Symbol | tree.Call]:
    for statement in statements:
        if isinstance(statement, tree.Statement):
            for node in tree.parts(statement.chain.sides):
                if isinstance(node, tree.Symbol | tree.Call):
                    yield node


def _unused_worlds(page: Path, verdicts: Sequence[Verdict]) -> Iterator[BookError]:
    """Yield the names of worlds that no formula of their page has."""
    unused = worlds.names(verdicts[0].formula.page) - {
        worlds.LINES,
        *(each.world for each in verdicts),
    }
    for name in sorted(unused):
        what = f"no formula is of {name!r}, for which there is a world"
        yield BookError(page, 1, what, "correct the name in book/formulas/worlds/")


def _unused_names(found: Sequence[Formula]) -> Iterator[BookError]:
    """Yield the names that are said to stand for something, and stand in no formula."""
    sections: dict[str, list[Formula]] = {}
    for formula in found:
        if formula.stands:
            sections.setdefault(formula.section, []).append(formula)
    for formulas in sections.values():
        said = {
            each.name.lstrip("Δⅆ")
            for formula in formulas
            for each in _symbols(_statements(formula) if "evaluated" not in formula.marks else [])
            if isinstance(each, tree.Symbol) and each.layer is None
        }
        for name in formulas[0].stands:
            if key(name) not in said:
                what = f"no formula of the section has the ${name}$ that stands for another symbol"
                yield formulas[0].wrong(what, "leave it out of the sentence")
