"""Does a formula hold? Each of its statements is compared for all values of its indices."""

from __future__ import annotations

import functools
import itertools
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeGuard

import numpy as np

from book.formulas import tree
from book.formulas.comparing import BOUNDS, compare
from book.formulas.errors import Meaningless, Refused, Untrue
from book.formulas.evaluating import Outside, Scope, Unbound, value
from book.formulas.sums import holds
from book.formulas.tree import Chain, Range, Statement
from book.formulas.world import Value, World


@dataclass(frozen=True)
class Tally:
    """How often a statement was compared, and how often its bounds were attained."""

    compared: int = 0
    attained: int = 0

    def __add__(self, other: Tally) -> Tally:
        return Tally(self.compared + other.compared, self.attained + other.attained)


def check(
    statements: Sequence[Statement | Range], worlds: Sequence[World], defines: Collection[str] = ()
) -> int:
    """Compare the sides of all statements in some worlds, and return how often that was done.

    Parameters
    ----------
    statements
        What a formula states.
    worlds
        What its symbols mean, in several random networks.
    defines
        Keys of symbols that the formula defines: they get the value of the other side.

    Raises
    ------
    Untrue
        A statement does not hold.
    Meaningless
        One has no meaning, compares nothing, or gives a bound that is attained nowhere.
    """
    stated = [each for each in statements if isinstance(each, Statement)]
    given = [each for each in stated if _left_key(each) in defines]
    others = [each for each in stated if each not in given]
    if missing := set(defines) - {_left_key(each) for each in given}:
        raise Meaningless(f"nothing defines {min(missing)}")
    found = [_in_one_world(statements, given, others, world) for world in worlds]
    tallies = [sum(each, Tally()) for each in zip(*found, strict=True)]
    if not others:
        raise Meaningless("nothing is stated" if not given else "it defines, and states nothing")
    for statement, tally in zip(others, tallies, strict=True):
        if not tally.compared:
            raise Meaningless("a statement of it compares nothing")
        if not tally.attained and set(statement.chain.relations) & set(BOUNDS):
            raise Meaningless("a bound that is attained nowhere: a closer one may hold")
    return sum(tally.compared for tally in tallies)


def _in_one_world(
    statements: Sequence[Statement | Range],
    given: Sequence[Statement],
    others: Sequence[Statement],
    world: World,
) -> list[Tally]:
    at = Scope(world)
    ranges = {
        each.name: range(int(value(each.first, at)), int(value(each.last, at)) + 1)
        for each in statements
        if isinstance(each, Range)
    }
    for definition in given:
        world = _define(definition, world)
    tallies = []
    for statement in others:
        try:
            tally, world = _check(statement, world, ranges)
        except Refused as reason:
            reason.row = statement.row
            raise
        tallies.append(tally)
    return tallies


def holding(
    statements: Sequence[Statement | Range], world: World, defines: Collection[str] = ()
) -> Iterator[tuple[Statement, World, World]]:
    """Yield each statement with the worlds before and after it: an update changes the world."""
    for statement in statements:
        if isinstance(statement, Statement):
            after = world
            if _left_key(statement) in defines:
                world = after = _define(statement, world)
            elif statement.chain.relations[0] == "←":
                after = world.updated(_left_key(statement))
            yield statement, world, after
            world = after


def _left_key(statement: Statement) -> str:
    left = statement.chain.sides[0]
    return tree.key(left) if isinstance(left, tree.Symbol | tree.Call) else ""


def _define(statement: Statement, world: World) -> World:
    """Return the world in which a symbol means what stands on the other side."""
    name, (_, *others) = _left_key(statement), statement.chain.sides
    if len(others) != 1 or statement.chain.relations != ("=",):
        raise Meaningless(f"{name} is not defined by one equation")
    if name in world.values:
        raise Meaningless(f"{name} has a meaning: it need not be defined")
    meant: Value = value(others[0], Scope(world))
    return replace(world, values={**world.values, name: meant})


def _check(statement: Statement, world: World, ranges: dict[str, range]) -> tuple[Tally, World]:
    """Return how often a statement was compared, and the world after it, if it is an update."""
    chain, after = statement.chain, world
    if not chain.relations:
        raise Meaningless("nothing is stated")
    if chain.relations[0] == "←":
        after = world.updated(_left_key(statement))
    names = [name for name in ranges if name in _letters(chain)]
    signs = (1, -1) if _has_two_signs(chain) else (1,)
    tally = Tally()
    for sign, *numbers in itertools.product(signs, *(ranges[name] for name in names)):
        at = Scope(world, sign=sign)
        for name, number in zip(names, numbers, strict=True):
            at = at.binding(name, number)
        tally += _compare(statement, at, after)
    return tally, after


def _letters(chain: Chain) -> set[str]:
    return {each.name for each in tree.parts(chain.sides) if isinstance(each, tree.Symbol)}


@functools.lru_cache(maxsize=64)
def _has_two_signs(chain: Chain) -> bool:
    sums = (each for each in tree.parts(chain.sides) if isinstance(each, tree.Sum))
    return any(sign in "±∓" for each in sums for sign, _ in each.terms)


def _compare(statement: Statement, at: Scope, after: World) -> Tally:
    """Compare the sides of a statement for all values that its indices can still take."""
    try:
        if statement.condition is not None and not _is_met(statement, at):
            return Tally()
        return Tally(1, int(_compare_here(statement.chain, at, after)))
    except Unbound as index:
        scopes = (at.binding(index.name, n, index.values) for n in index.values)
        return sum((_compare(statement, scope, after) for scope in scopes), Tally())
    except Outside:
        return Tally()
    except Untrue as reason:
        if not at.indices or " at " in str(reason):
            raise
        where = ", ".join(f"{name} = {bound.value}" for name, bound in at.indices.items())
        raise Untrue(f"{reason} at {where}") from None


def _is_met(statement: Statement, at: Scope) -> bool:
    """Return whether the condition of a statement holds."""
    letters = {each.name for each in tree.parts(statement.condition) if _is_letter(each)}
    if letters - set(at.indices) - set(at.world.values):
        value(statement.chain.sides[0], at)  # asks for the value of an index, if it has one
    assert statement.condition is not None
    return holds(statement.condition, at)


def _is_letter(node: tree.Node) -> TypeGuard[tree.Symbol]:
    return isinstance(node, tree.Symbol) and node.layer is None and not node.indices


def _require_the_same_indices(chain: Chain, scopes: Sequence[Scope]) -> None:
    """Refuse an index that one side has and another has not, but for a side that is a number."""
    used = [
        scope.used
        for side, scope in zip(chain.sides, scopes, strict=True)
        if any(isinstance(each, tree.Symbol) for each in tree.parts(side))
    ]
    for one, other in itertools.pairwise(used):
        if lost := (one ^ other) - set(_cancelled(chain)):
            raise Meaningless(f"{min(lost)} stands on one side alone")


def _cancelled(chain: Chain) -> Iterator[str]:
    """Yield the indices that stand above and below in a derivative: each z_j has its own W_ij."""
    for each in tree.parts(chain.sides):
        if isinstance(each, tree.Derivative):
            above, below = (set(filter(_is_letter, tree.parts(e))) for e in (each.of, each.by))
            yield from (index.name for index in above & below)


def _compare_here(chain: Chain, at: Scope, after: World) -> bool:
    """Compare the sides where all indices have a value; return whether a bound is attained."""
    worlds = [after, *(at.world for _ in chain.relations)]
    scopes = [Scope(world, at.indices, at.sign) for world in worlds]
    values = [value(side, scope) for side, scope in zip(chain.sides, scopes, strict=True)]
    if len({frozenset(scope.used) for scope in scopes}) > 1:
        _require_the_same_indices(chain, scopes)
    slack = _rest(chain.sides[-1], at)
    equal = [
        compare(left, relation, right, slack)
        for left, relation, right in zip(values, chain.relations, values[1:], strict=False)
    ]
    return all(equal)


def _rest(side: tree.Node, at: Scope) -> Value:
    """Return how much the dots that end a series may stand for: a tenth of the term before."""
    match side:
        case tree.Sum((*_, (_, term), (_, tree.Dots()))):
            return 0.1 * np.abs(value(term, at))
    return 0.0
