"""Claims of a page: words of its text, and the expression that must be true where they stand.

A claim is written as a link to an expression of Python:

    [The loss more than halves](claim: after < before / 2), because ...

A claim may stand in any text of a page, and in the caption of a snippet.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

_ENDS = re.compile(r"""\[|\]\(claim:|\]""")
_PART = re.compile(r"""(?P<string>"[^"\n]*"|'[^'\n]*')|[()]""")


@dataclass(frozen=True)
class Claim:
    """What is said, and the expression that must be true."""

    line: int
    words: str
    code: str
    start: int
    """Where the claim begins in its text, at the bracket; `end` is after its last parenthesis."""
    end: int


def read(text: str) -> list[Claim]:
    """Return the claims of a text, in order.

    Raises
    ------
    ValueError
        One is not closed, or its expression is no expression. Its arguments are the line and why.
    """
    return list(_claims(text))


def plain(text: str) -> str:
    """Return a text with the words of its claims alone."""
    for claim in reversed(read(text)):
        text = text[: claim.start] + claim.words + text[claim.end :]
    return text


def blanked(text: str) -> str:
    """Return a text of the same length in which the words of claims stand, and blanks around."""
    for claim in reversed(read(text)):
        rest = " " * (claim.end - claim.start - 1 - len(claim.words))
        text = f"{text[: claim.start]} {claim.words}{rest}{text[claim.end :]}"
    return text


def _claims(text: str) -> Iterator[Claim]:
    opened: list[int] = []
    for mark in _ENDS.finditer(text):
        if mark[0] == "[":
            opened.append(mark.start())
            continue
        start = opened.pop() if opened else None
        if mark[0] == "]":
            continue
        line = text.count("\n", 0, mark.start()) + 1
        end = _end(text, mark.end())
        if start is None or end is None:
            raise ValueError(line, "a claim without its other bracket")
        code = text[mark.end() : end - 1].strip()
        try:
            tree = ast.parse(code, mode="eval")
        except SyntaxError as error:
            raise ValueError(line, f"the claim {code!r} is no expression: {error.msg}") from None
        nodes = list(ast.walk(tree))
        if any(isinstance(node, ast.NamedExpr) for node in nodes):
            raise ValueError(line, f"the claim {code!r} binds a name, which snippets would see")
        if not any(isinstance(node, ast.Name) for node in nodes):
            raise ValueError(line, f"the claim {code!r} names nothing that the page computes")
        yield Claim(line, text[start + 1 : mark.start()], code, start, end)


def _end(text: str, start: int) -> int | None:
    """Return the place after the parenthesis that closes the one before a place."""
    depth = 1
    for part in _PART.finditer(text, start):
        if part["string"] is None:
            depth += 1 if part[0] == "(" else -1
        if not depth:
            return part.end()
    return None
