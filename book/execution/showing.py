"""What a statement prints along the way: lines that a program of a later snippet can do without.

A loop computes and prints in one. Whoever copies a later snippet needs what the loop computes, and
not what it prints, so these lines are left out where they change nothing.
"""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from book.execution.statements import Statement, parsed, statement_of, statements


def prints(code: str, statement: Statement) -> list[Statement]:
    """Return the prints within a statement of some code, each as a statement of its own.

    A condition that does nothing but print is one of them, and so is an `else` that does. None is
    all that its block holds, so that the block stays a block without it.
    """
    return [each for each in _prints(code) if each.lines[0] in statement.lines]


@functools.cache
def _prints(code: str) -> tuple[Statement, ...]:
    lines = code.split("\n")
    return tuple(each for node in parsed(code) for each in _within(node, lines))


def _within(node: ast.stmt, lines: Sequence[str]) -> Iterator[Statement]:
    match node:
        case ast.For(body=body, orelse=[]) | ast.While(body=body, orelse=[]) | ast.With(body=body):
            blocks = [body]
        case ast.If(body=body, orelse=orelse):
            blocks = [body, orelse]
        case _:
            return
    for block in blocks:
        if not all(map(_only_prints, block)):
            for each in block:
                if not _only_prints(each):
                    yield from _within(each, lines)
                elif _stands_alone(each, lines):
                    yield _as_statement([each], each.lineno, lines)
        elif block and block is not body:
            is_elif = lines[block[0].lineno - 1].lstrip().startswith("elif")
            first = block[0].lineno if is_elif else (body[-1].end_lineno or 0) + 1
            yield _as_statement(block, first, lines)


def _only_prints(node: ast.stmt) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Name(id="print"))):
            return True
        case ast.If(body=body, orelse=orelse):
            return all(map(_only_prints, [*body, *orelse]))
        case ast.For(body=body, orelse=[]) | ast.With(body=body):
            return all(map(_only_prints, body))
    return False


def only_prints(code: str, statement: Statement) -> bool:
    """Return whether a statement of some code does nothing but print, in a loop perhaps."""
    nodes = [each for each in parsed(code) if each.lineno in statement.lines]
    return all(map(_only_prints, nodes))


def _stands_alone(node: ast.stmt, lines: Sequence[str]) -> bool:
    """Return whether a statement shares none of its lines with another."""
    before = lines[node.lineno - 1].encode()[: node.col_offset]
    after = lines[(node.end_lineno or 0) - 1].encode()[node.end_col_offset :].strip()
    return not before.strip() and (not after or after.startswith(b"#"))


def _as_statement(nodes: list[ast.stmt], first: int, lines: Sequence[str]) -> Statement:
    """Return the statement of some nodes, with the comment above it."""
    while lines[first - 2].lstrip().startswith("#"):
        first -= 1
    return replace(statement_of(nodes, lines), lines=(*range(first, _end(nodes) + 1),))


def _end(nodes: list[ast.stmt]) -> int:
    return max(node.end_lineno or 0 for node in nodes)


def silenced(code: str, statement: Statement, left_out: Iterable[Statement]) -> Statement:
    """Return a statement of some code without some prints that are within it."""
    without = {line for each in left_out for line in each.lines}
    if not without:
        return statement
    kept = {*statement.lines} - without
    lines = enumerate(code.split("\n"), start=1)
    (silent,) = statements("\n".join(line if number in kept else "" for number, line in lines))
    return replace(silent, lines=tuple(line for line in silent.lines if line not in without))
