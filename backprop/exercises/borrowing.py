"""Find what a reader's lines take from the package, and into which variables they write."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib import import_module

from backprop.exercises.exercise import Exercise


def taken(exercise: Exercise, program: str) -> str:
    """Return a name that the lines of a program take from the package.

    A program may compare its numbers with those of the package: only what the parts use counts.

    Parameters
    ----------
    exercise : Exercise
        What was to be done.
    program : str
        The reader's.

    Returns
    -------
    str
        The name, as the program writes it; empty if there is none.
    """
    bound = {name: each for each in ast.parse(program).body for name in _binds(each)}
    waiting, seen = [part.name for part in exercise.parts], set()
    while waiting:
        name = waiting.pop()
        if name in seen or name not in bound:
            continue
        seen.add(name)
        if borrowed := next(_of_the_package(bound[name]), ""):
            return name if borrowed == "*" else borrowed
        waiting += [each.id for each in ast.walk(bound[name]) if isinstance(each, ast.Name)]
    return ""


def written_into(program: str) -> set[str]:
    """Return the variables into which a program writes in place, such as `x` in `x[0] = 1`.

    Parameters
    ----------
    program : str
        The reader's.

    Returns
    -------
    set of str
        Their names.
    """
    found = set()
    for each in ast.walk(ast.parse(program)):
        target = each.target if isinstance(each, ast.AugAssign) else each
        if isinstance(target, ast.Subscript) and isinstance(target.ctx, ast.Store):
            target = target.value
        elif target is each:
            continue
        if isinstance(target, ast.Name):
            found.add(target.id)
    return found


def _binds(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        yield statement.name
        return
    for each in ast.walk(statement):
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store):
            yield each.id
        elif isinstance(each, ast.ImportFrom) and each.names[0].name == "*":
            yield from _all_of(each.module or "")
        elif isinstance(each, ast.alias):
            yield _name(each)


def _all_of(module: str) -> list[str]:
    """Return what `from module import *` binds of the package's own."""
    if module.partition(".")[0] != "backprop":
        return []
    found = vars(import_module(module))
    bound = found.get("__all__", [name for name in found if name[0] != "_"])
    return [name for name in bound if getattr(found[name], "__module__", "").startswith("backprop")]


def _of_the_package(statement: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement, or what stands in it, imports from the package."""
    for each in ast.walk(statement):
        if isinstance(each, ast.ImportFrom):
            modules = [each.module or ""]
        elif isinstance(each, ast.Import):
            modules = [alias.name for alias in each.names]
        else:
            continue
        if any(module.partition(".")[0] == "backprop" for module in modules):
            yield _name(each.names[0])


def _name(alias: ast.alias) -> str:
    return alias.asname or alias.name.partition(".")[0]
