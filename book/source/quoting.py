"""Code of the package on a page, taken from its source: without docstrings, types and checks.

A fence names what it shows: `of="backprop.dense.hidden_delta backprop.optimizers.Adam.step"`. What
only refuses wrong input is left out, so that a reader sees the equation; what is left is executed
and copied as every snippet is, and needs nothing of the package but what it computes with.
"""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).parents[2] / "backprop"
WIDTH = 78
"""Columns of a page's code."""
_CHECKS = "backprop._arrays"
"""The module whose functions refuse wrong input, and return the rest as an array."""

Edit = tuple[int, int, str]
"""Where a part begins and ends, and what stands there instead."""


def whole(body: str, names: str) -> str:
    """Return the code of a fence: what it quotes, in the place of a line of three dots or last.

    Raises
    ------
    LookupError
        The package has no such name.
    """
    quoted = "\n\n\n".join(quote(name) for name in names.split())
    before, *after = re.split(r"^\.\.\.$", body, maxsplit=1, flags=re.MULTILINE)
    return "\n\n\n".join(part.strip("\n") for part in (before, quoted, *after) if part.strip())


def quote(name: str) -> str:
    """Return the code of a function, a class, a method or a constant of the package.

    Raises
    ------
    LookupError
        The package has no such name.
    """
    path, parts = place(name)
    try:
        return _quoted(path, parts, path.stat().st_mtime_ns)
    except LookupError:
        raise LookupError(name) from None


def place(name: str) -> tuple[Path, tuple[str, ...]]:
    """Return the module of a name such as `backprop.optimizers.Adam.step`, and the names in it.

    Raises
    ------
    LookupError
        The package has no such module.
    """
    package, _, rest = name.partition(".")
    module, *parts = rest.split(".")
    path = PACKAGE / f"{module}.py"
    if package != "backprop" or not parts or not path.exists():
        raise LookupError(name)
    return path, tuple(parts)


@functools.lru_cache(maxsize=256)
def _quoted(path: Path, parts: tuple[str, ...], changed: int) -> str:
    source, module = _module(path, changed)
    found: ast.stmt | ast.Module = module
    for part in parts:
        found = _named(found, part)
    assert isinstance(found, ast.stmt)
    text = _Text(source)
    edits = [*_shortened(found, _checking(module), text)]
    code = textwrap.dedent(text.edited(*text.span(found), edits))
    code = re.sub(r"(?:[ \t]+# (?:noqa|type:).*|[ \t]+)$", "", code, flags=re.MULTILINE)
    code = re.sub(r"\n{3,}", "\n\n", code)
    return _narrow(code)


@functools.lru_cache(maxsize=32)
def _module(path: Path, _changed: int) -> tuple[str, ast.Module]:
    source = path.read_text(encoding="utf-8")
    return source, ast.parse(source)


def _named(of: ast.AST, name: str) -> ast.stmt:
    """Return the statement that defines a name in a module or a class."""
    for statement in getattr(of, "body", ()):
        targets = getattr(statement, "targets", [getattr(statement, "target", None)])
        bound = {getattr(target, "id", None) for target in targets}
        if name in bound | {getattr(statement, "name", None)}:
            found: ast.stmt = statement
            return found
    raise LookupError(name)


def _checking(module: ast.Module) -> set[str]:
    """Return the names of the functions that a module has for refusing wrong input."""
    return {
        alias.name
        for statement in module.body
        if isinstance(statement, ast.ImportFrom) and statement.module == _CHECKS
        for alias in statement.names
    }


class _Text:
    """A source, in which places are counted from its beginning."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.starts = [0]
        for line in source.split("\n"):
            self.starts.append(self.starts[-1] + len(line) + 1)

    def at(self, line: int, column: int) -> int:
        """Return the place of a line and a column, which Python counts in bytes."""
        start = self.starts[line - 1]
        written = self.source[start : self.starts[line] - 1].encode()
        return start + len(written[:column].decode())

    def start(self, node: ast.expr | ast.stmt | ast.arg) -> int:
        return self.at(node.lineno, node.col_offset)

    def end(self, node: ast.expr | ast.stmt | ast.arg) -> int:
        return self.at(node.end_lineno or 0, node.end_col_offset or 0)

    def span(self, statement: ast.stmt) -> tuple[int, int]:
        """Return where the lines of a statement begin and end, with its decorators."""
        first = min(
            [statement.lineno, *(d.lineno for d in getattr(statement, "decorator_list", []))]
        )
        return self.starts[first - 1], self.starts[statement.end_lineno or 0] - 1

    def edited(self, start: int, end: int, edits: list[Edit]) -> str:
        """Return a part of the source with some parts of it replaced; none lies in another."""
        made, at = [], start
        for first, last, new in sorted(edits):
            if first >= at:
                made += [self.source[at:first], new]
                at = last
        return "".join([*made, self.source[at:end]])

    def of(self, node: ast.expr) -> str:
        return self.source[self.start(node) : self.end(node)]


def _shortened(statement: ast.stmt, checks: set[str], text: _Text) -> Iterator[Edit]:
    """Yield what is to be left out of a statement."""
    body = getattr(statement, "body", [])
    if isinstance(statement, ast.FunctionDef):
        yield from _signature(statement, text)
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        first = body[0]
        if isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant):
            yield _line(first, text)
    if isinstance(statement, ast.AnnAssign) and statement.value is not None:
        yield text.end(statement.target), text.end(statement.annotation), ""
    blocks = [body, getattr(statement, "orelse", []), getattr(statement, "finalbody", [])]
    for inner in (each for block in blocks for each in block):
        is_field = isinstance(statement, ast.ClassDef) and isinstance(inner, ast.AnnAssign)
        if is_field:
            continue
        if _only_checks(inner, checks, text):
            yield _with_comment(inner, text)
        else:
            yield from _shortened(inner, checks, text)
    if not body:
        yield from _unchecked(statement, checks, text)


def _signature(function: ast.FunctionDef, text: _Text) -> Iterator[Edit]:
    """Yield the annotations of a function's parameters and of what it returns."""
    its = function.args
    plain = [*its.posonlyargs, *its.args]
    defaults = [*[None] * (len(plain) - len(its.defaults)), *its.defaults, *its.kw_defaults]
    for arg, default in zip([*plain, *its.kwonlyargs], defaults, strict=True):
        if arg.annotation is not None:
            start = text.start(arg) + len(arg.arg)
            end = text.end(arg.annotation) if default is None else text.start(default)
            yield start, end, "" if default is None else "="
    for star in filter(None, (its.vararg, its.kwarg)):
        yield text.start(star) + len(star.arg), text.end(star), ""
    if function.returns is not None:
        start = text.source.rindex("->", 0, text.start(function.returns))
        yield len(text.source[:start].rstrip()), text.end(function.returns), ""


def _only_checks(statement: ast.stmt, checks: set[str], text: _Text) -> bool:
    """Return whether a statement does nothing but refuse wrong input."""
    if isinstance(statement, ast.If) and isinstance(statement.body[-1], ast.Raise):
        return not statement.orelse
    if isinstance(statement, ast.If | ast.For | ast.With | ast.Try):
        within = [*statement.body, *getattr(statement, "orelse", [])]
        return all(_only_checks(each, checks, text) for each in within)
    if isinstance(statement, ast.Expr):
        return isinstance(statement.value, ast.Call) and _requires(statement.value)
    if not isinstance(statement, ast.Assign) or len(statement.targets) > 1:
        return False
    edits = [*_unchecked(statement, checks, text)]
    target, value = statement.targets[0], statement.value
    made = text.edited(text.start(value), text.end(value), edits)
    if edits and made == text.of(target):
        return True
    given = {text.of(each) for each in value.args} if isinstance(value, ast.Call) else set()
    return isinstance(value, ast.Call) and _requires(value) and text.of(target) in given


def _requires(call: ast.Call) -> bool:
    """Return whether a function that is called says by its name that it refuses."""
    called = getattr(call.func, "id", getattr(call.func, "attr", ""))
    return called.startswith(("require_", "_require"))


def _unchecked(statement: ast.stmt, checks: set[str], text: _Text) -> Iterator[Edit]:
    """Yield the calls that check a named value, each to be replaced by the value."""
    for call in ast.walk(statement):
        if (
            isinstance(call, ast.Call)
            and isinstance(call.func, ast.Name)
            and call.func.id in checks
            and len(call.args) > 1
            and isinstance(call.args[0], ast.Constant | ast.JoinedStr)
        ):
            yield text.start(call), text.end(call), text.of(call.args[1])


def _line(statement: ast.stmt, text: _Text) -> Edit:
    start, end = text.span(statement)
    return start, end + 1, ""


def _with_comment(statement: ast.stmt, text: _Text) -> Edit:
    """Return the lines of a statement, and of the comment that belongs to it."""
    start, end, _ = _line(statement, text)
    while (before := text.source.rfind("\n", 0, start - 1) + 1) < start:
        if not text.source[before:start].strip().startswith("#"):
            break
        start = before
    return start, end, ""


def _narrow(code: str) -> str:
    """Return code in lines that a page can show; a signature without types fits into one."""
    code = re.sub(r"^( *def \w+)\(\n([^()]*?),?\n *\):$", _joined, code, flags=re.MULTILINE)
    code = re.sub(r"^( *)# .*\n(?:\1# .*\n)*", _wrapped, code, flags=re.MULTILINE)
    if all(len(line) <= WIDTH for line in code.split("\n")):
        return code.strip("\n")
    command = [sys.executable, "-m", "ruff", "format", "-", "--line-length", str(WIDTH)]
    return subprocess.run(
        command, input=code, capture_output=True, text=True, check=True
    ).stdout.strip("\n")


def _wrapped(comment: re.Match[str]) -> str:
    start = f"{comment[1]}# "
    if all(len(line) <= WIDTH for line in comment[0].split("\n")):
        return comment[0]
    words = re.sub(r"\s*# ", " ", comment[0]).strip()
    lines = textwrap.fill(words, WIDTH, initial_indent=start, subsequent_indent=start)
    return f"{lines}\n"


def _joined(signature: re.Match[str]) -> str:
    return f"{signature[1]}({' '.join(signature[2].split())}):"
