"""The program a reader copies: a snippet, preceded by the earlier ones it needs.

A page's snippets share one namespace. The program of a snippet is found backwards, as the name
suggests: from the names it uses, to the snippets that bind or change those names, to the names
these use in turn.
"""

from __future__ import annotations

import ast
import builtins
import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from book.source.fences import Snippet


@dataclass(frozen=True)
class Names:
    """The names of the page's namespace that a snippet uses, binds and changes in place."""

    used: frozenset[str]
    bound: frozenset[str]
    changed: frozenset[str]


def needed(snippets: Sequence[Snippet]) -> list[Snippet]:
    """Return the last snippet, preceded by those before it that it needs, in order.

    A snippet that raises cannot stand in a program that goes on; it is left out of all but its own.
    """
    *earlier, last = snippets
    chosen = [last]
    wanted = names(last.code).used
    for snippet in reversed(earlier):
        its = names(snippet.code)
        if "raises" not in snippet.options and wanted & (its.bound | its.changed):
            chosen.insert(0, snippet)
            wanted |= its.used
    return chosen


def program(snippets: Sequence[Snippet]) -> str:
    """Return the source of the program that shows what the last snippet shows."""
    return "\n\n".join(snippet.code.strip("\n") for snippet in needed(snippets)) + "\n"


def beside(told: Sequence[Snippet]) -> str:
    """Return the source that is copied with the last of the snippets that the book does not run.

    They stand beside the page's own program, and those of one library beside those of another.
    Their titles tell them apart: what belongs together has the same title, up to a colon.
    """
    return program(family(told))


def family(told: Sequence[Snippet]) -> list[Snippet]:
    """Return the last of the snippets that the book does not run, after those that belong to it."""
    return [one for one in told if _subject(one) == _subject(told[-1])]


def of_block(tree: Any, block: Any) -> str:
    """Return the program that a snippet's copy button gives, from the tree of the built page.

    In a browser, docs/assets/linked.js does the same.
    """
    blocks = {each.get("id"): each for each in tree.iter("div") if each.get("class") == "snippet"}
    button = block.find(".//button[@class='copy']")
    before = [blocks[f"snippet-{number}"] for number in button.get("data-needs").split()]
    return "\n\n".join(map(_code_of, [*before, block])) + "\n"


def _code_of(block: Any) -> str:
    hidden: str | None = block.get("data-code")
    return hidden or "".join(block.find(".//code").itertext()).strip("\n")


def _subject(snippet: Snippet) -> str:
    return snippet.options.get("title", "").partition(":")[0]


@functools.cache
def names(code: str) -> Names:
    """Return the names that a piece of code uses, binds and changes at its top level."""
    tree = ast.parse(code)
    used: set[str] = set()
    bound: set[str] = set()
    changed: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name, ctx=ast.Load()):
                used.add(name)
            case ast.Name(id=name):
                bound.add(name)
            case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                bound.add(name)
            case ast.alias(name=name, asname=alias):
                bound.add(alias or name.split(".")[0])
        match node:
            case ast.AugAssign(target=target):
                changed |= _root(target)
                used |= _root(target)
            case ast.Assign(targets=targets):
                stored = [t for t in targets if isinstance(t, ast.Attribute | ast.Subscript)]
                changed |= {name for each in stored for name in _root(each)}
            case ast.Call(func=ast.Attribute(value=receiver), args=args):
                # A method may change its object, and a call its arguments: assume that it does.
                changed |= _root(receiver)
                for argument in args:
                    changed |= _root(argument)
            case ast.Call(func=ast.Name(id=function), args=args) if function not in _READING:
                for argument in args:
                    changed |= _root(argument)
    used -= set(dir(builtins))
    return Names(frozenset(used), frozenset(bound), frozenset(changed))


_READING = set(dir(builtins))


def _root(node: ast.expr) -> set[str]:
    """Return the name that an expression such as `network[1].W` hangs on."""
    match node:
        case ast.Name(id=name):
            return {name}
        case ast.Attribute(value=inner) | ast.Subscript(value=inner) | ast.Starred(value=inner):
            return _root(inner)
    return set()
