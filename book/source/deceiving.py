"""Code that shows nothing where it seems to, or something that it did not compute."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from book.source.fences import Snippet

_ENVIRONMENT = {"environ", "environb", "getenv"}
_FILTERS = {"filterwarnings", "simplefilter", "catch_warnings", "showwarning"}
_NUMBER = re.compile(r"[-+]?(?:\d[\d,]+|\d*\.\d+|\d+\.?)(?:e[-+]?\d+)?\s*%?")


def refuse(snippet: Snippet) -> None:
    """Refuse code that deceives, and code that cannot be read, even if it is not run.

    Raises
    ------
    BookError
        Names the line.
    """
    try:
        deceit = _first_deceit(snippet.code)
    except SyntaxError as error:
        line = snippet.line + (error.lineno or 1)
        raise snippet.wrong(f"SyntaxError: {error.msg}", "mend the snippet", line) from None
    if snippet.runs and deceit:
        line, what, do = deceit
        raise snippet.wrong(what, do, snippet.line + line)


# A build reads each page some fifteen times.
@functools.lru_cache(maxsize=2048)
def _first_deceit(code: str) -> tuple[int, str, str] | None:
    return next(_deceits(ast.parse(code)), None)


def _deceits(tree: ast.Module) -> Iterator[tuple[int, str, str]]:
    """Yield the line of each deceit, what it is, and what to do."""
    for statement in tree.body:
        if isinstance(statement, ast.Expr) and not isinstance(statement.value, ast.Call):
            what = f"the expression `{ast.unparse(statement)}` shows nothing"
            yield statement.lineno, what, "print it or delete it"
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and node.attr in _ENVIRONMENT:
            yield node.lineno, "reads the environment", "write the value"
        if isinstance(node, ast.Attribute | ast.Name) and _name(node) in _FILTERS:
            yield node.lineno, "hides warnings", "mend what is warned of"
        if isinstance(node, ast.Call) and _name(node.func) == "print":
            for typed in filter(_is_typed, node.args):
                what = f"prints {ast.unparse(typed)}, which nothing computed"
                yield typed.lineno, what, "print a value of the program"


def _name(node: ast.AST) -> str:
    return getattr(node, "attr", "") or getattr(node, "id", "")


def _is_typed(argument: ast.expr) -> bool:
    """Whether an argument is a number as it stands, but for whole ones below ten."""
    if isinstance(argument, ast.JoinedStr):
        return any(
            isinstance(part, ast.FormattedValue) and _is_typed(part.value)
            for part in argument.values
        )
    if isinstance(argument, ast.UnaryOp):
        argument = argument.operand
    value = argument.value if isinstance(argument, ast.Constant) else None
    return _NUMBER.fullmatch(str(value).strip()) is not None and value not in range(10)
