"""Does a formula hold? Each of its statements is compared for all values of its indices."""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence
from dataclasses import replace

import numpy as np

from book.formulas import arithmetic, symbols, tree  # noqa: F401 - they say what nodes mean
from book.formulas.comparing import compare
from book.formulas.errors import Meaningless, Refused, Untrue
from book.formulas.evaluating import Outside, Scope, Unbound, value
from book.formulas.sums import holds
from book.formulas.tree import Chain, Range, Statement
from book.formulas.world import Value, World


def check(
    statements: Sequence[Statement | Range], world: World, defines: Collection[str] = ()
) -> list[int]:
    """Compare the sides of all statements, and return how many comparisons each of them made.

    There is none where a condition is not met.

    Parameters
    ----------
    statements
        What a formula states.
    world
        What its symbols mean.
    defines
        Keys of symbols that the formula defines: they get the value of the other side.

    Raises
    ------
    Untrue
        A statement does not hold.
    Meaningless
        One has no meaning.
    """
    ranges = {
        each.name: range(
            int(value(each.first, Scope(world))), int(value(each.last, Scope(world))) + 1
        )
        for each in statements
        if isinstance(each, Range)
    }
    stated = [each for each in statements if isinstance(each, Statement)]
    given = [each for each in stated if _left_key(each) in defines]
    for definition in given:
        world = _define(definition, world)
    compared = []
    for statement in stated:
        if statement not in given:
            found, world = _check(statement, world, ranges)
            compared.append(found)
    return compared


def _left_key(statement: Statement) -> str:
    left = statement.chain.sides[0]
    return tree.key(left) if isinstance(left, tree.Symbol | tree.Call) else ""


def _define(statement: Statement, world: World) -> World:
    """Return the world in which a symbol means what stands on the other side."""
    name, (_, *others) = _left_key(statement), statement.chain.sides
    if len(others) != 1 or statement.chain.relations not in (("=",), ("≈",)):
        raise Meaningless(f"{name} is not defined by one equation")
    if name in world.values:
        raise Meaningless(f"{name} has a meaning: it need not be defined")
    meant: Value = value(others[0], Scope(world))
    return replace(world, values={**world.values, name: meant})


def _check(statement: Statement, world: World, ranges: dict[str, range]) -> tuple[int, World]:
    """Return how often a statement was compared, and the world after it, if it is an update."""
    chain, after = statement.chain, world
    if not chain.relations:
        raise Meaningless("nothing is stated")
    if chain.relations[0] == "←":
        after = world.updated(_left_key(statement))
    letters = {each.name for each in tree.parts(chain.sides) if isinstance(each, tree.Symbol)}
    names = [name for name in ranges if name in letters]
    signs = (1, -1) if _has_two_signs(chain) else (1,)
    compared = 0
    for sign, *numbers in itertools.product(signs, *(ranges[name] for name in names)):
        at = Scope(world, sign=sign)
        for name, number in zip(names, numbers, strict=True):
            at = at.binding(name, number)
        compared += _compare(statement, at, after)
    return compared, after


def _has_two_signs(chain: Chain) -> bool:
    sums = (each for each in tree.parts(chain.sides) if isinstance(each, tree.Sum))
    return any(sign in "±∓" for each in sums for sign, _ in each.terms)


def _compare(statement: Statement, at: Scope, after: World) -> int:
    """Compare the sides of a statement for all values that its indices can still take."""
    try:
        if statement.condition is not None and not holds(statement.condition, at):
            return 0
        _compare_here(statement.chain, at, after)
    except Unbound as index:
        scopes = (at.binding(index.name, n, index.values) for n in index.values)
        return sum(_compare(statement, scope, after) for scope in scopes)
    except Outside:
        return 0
    except Refused as reason:
        where = ", ".join(f"{name} = {bound.value}" for name, bound in at.indices.items())
        if isinstance(reason, Untrue) and where:
            raise Untrue(f"{reason} at {where}") from None
        raise
    return 1


def _compare_here(chain: Chain, at: Scope, after: World) -> None:
    scopes = [replace(at, used=set()) for _ in chain.sides]
    worlds = [after, *(at.world for _ in chain.relations)]
    values = [
        value(side, replace(scope, world=world))
        for side, scope, world in zip(chain.sides, scopes, worlds, strict=True)
    ]
    if lost := set().union(*(scope.used ^ scopes[0].used for scope in scopes)):
        raise Meaningless(f"{min(lost)} stands on one side alone")
    slack = _rest(chain.sides[-1], at)
    for left, relation, right in zip(values, chain.relations, values[1:], strict=False):
        compare(left, relation, right, slack)


def _rest(side: tree.Node, at: Scope) -> Value:
    """Return how much the dots that end a series may stand for: a tenth of the term before."""
    match side:
        case tree.Sum((*_, (_, term), (_, tree.Dots()))):
            return 0.1 * np.abs(value(term, at))
    return 0.0
