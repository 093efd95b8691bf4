r"""The numbered equations: where each stands, what implements it, and what tests it.

An equation is numbered by `\label{name}` at the end of its formula. The docstring of what
implements it says so: Implements equation `name`. Its test is called test_eq_name. All three are
found here, by reading files, and a book in which one is missing is refused.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import griffe

from book.errors import BookError
from book.source import fences, pages

REFERENCE = r"(?i:equation) `([a-z][a-z0-9-]*)`"

_LABELED = re.compile(r"\$\$(?P<tex>(?:(?!\$\$).)*?)\\label\{(?P<name>[^}]*)\}\s*\$\$", re.S)
_IMPLEMENTS = re.compile(r"Implements\s+(?:equation\s+`[^`]*`(?:,|\s+and|,\s+and)?\s*)+")


@dataclass
class Equation:
    """A numbered equation."""

    name: str
    tex: str
    path: Path
    line: int
    number: str
    functions: list[str] = field(default_factory=list)
    """What implements it: full names, such as backprop.network.hidden_delta."""
    test: str = ""
    """What tests it, as pytest names it."""
    pages: list[Path] = field(default_factory=list)
    """Other pages that refer to it."""


@dataclass(frozen=True)
class Book:
    """The folders in which equations, their functions and their tests are found."""

    docs: Path = pages.DOCS
    package: Path = pages.DOCS.parent / "backprop"
    tests: Path = pages.DOCS.parent / "tests"

    def files(self) -> Iterator[Path]:
        """Yield the files on which the equations depend."""
        yield from pages.paths(self.docs)
        yield from sorted(self.package.rglob("*.py"))
        yield from sorted(self.tests.rglob("test_*.py"))


def equations(book: Book = Book()) -> dict[str, Equation]:
    """Return the equations of the book by name, in order.

    Raises
    ------
    BookError
        An equation has no name, no function or no test, or a name stands twice or nowhere.
    """
    return _read(book, _changed(book, pages.revision()))


@functools.lru_cache(maxsize=4)
def _changed(book: Book, _revision: int) -> int:
    """Return what tells one state of the files on which the equations depend from another.

    The latest time does not: a file that goes, or is replaced by an older one, leaves it as it was.
    """
    return _state(book.files())


@functools.lru_cache(maxsize=4)
def _read(book: Book, _changed: int) -> dict[str, Equation]:
    found = _labels(book)
    _add_functions(book, found)
    _add_tests(book, found)
    _add_references(book, found)
    for equation in found.values():
        if not equation.functions:
            raise BookError(
                equation.path,
                equation.line,
                f"no function of the package implements equation `{equation.name}`",
                f"say in the docstring of one: Implements equation `{equation.name}`.",
            )
        if not equation.test:
            raise BookError(
                equation.path,
                equation.line,
                f"no test checks equation `{equation.name}`",
                f"write a test called {_test_name(equation.name)}",
            )
    return found


def _text(page: Path) -> str:
    # A page that is no UTF-8 is refused for itself, and keeps no other from being read.
    return fences.without_fences(page.read_text(encoding="utf-8", errors="replace"))


def _labels(book: Book) -> dict[str, Equation]:
    found: dict[str, Equation] = {}
    for page in pages.paths(book.docs):
        text = _text(page)
        labeled = list(_LABELED.finditer(text))
        if text.count("\\label{") != len(labeled):
            line = text.count("\n", 0, text.index("\\label{")) + 1
            raise BookError(page, line, "a label outside a formula", "end a $$ block with it")
        for ordinal, formula in enumerate(labeled, start=1):
            name = formula["name"]
            line = text.count("\n", 0, formula.end("name")) + 1
            if not re.fullmatch(r"[a-z][a-z0-9-]*", name):
                raise BookError(
                    page, line, f"an equation is named {name!r}", "write it a-like-this"
                )
            if name in found:
                other = found[name]
                place = f"{other.path.name}:{other.line}"
                raise BookError(
                    page, line, f"equation `{name}` stands in {place} too", "rename one"
                )
            if pages.chapter(page) is None:
                raise BookError(page, line, "a numbered equation outside a chapter", "unlabel it")
            number = f"{pages.chapter(page)}.{ordinal}"
            found[name] = Equation(name, formula["tex"].strip(), page, line, number)
    return found


def _add_functions(book: Book, found: dict[str, Equation]) -> None:
    for path, line, names, item in _implementations(book.package):
        for name in names:
            if name not in found:
                raise BookError(
                    path,
                    line,
                    f"implements equation `{name}`, which no chapter has",
                    f"label the equation \\label{{{name}}} or correct the name",
                )
            found[name].functions.append(item)


def _implementations(package: Path) -> Iterator[tuple[Path, int, tuple[str, ...], str]]:
    """Yield the file, the line, the equations and the name of all that implements some."""
    for path in sorted(package.glob("*.py")):
        yield from _in_module(f"{package.name}.{path.stem}", path, path.stat().st_mtime_ns)


@functools.lru_cache(maxsize=128)
def _in_module(
    name: str, path: Path, _changed: int
) -> list[tuple[Path, int, tuple[str, ...], str]]:
    """Return what a module implements; one that cannot be parsed implements nothing."""
    try:
        module = griffe.visit(name, filepath=path, code=path.read_text(encoding="utf-8"))
    except SyntaxError:
        return []
    found = []
    for item in _members(module):
        if item.docstring is None:
            continue
        for said in _IMPLEMENTS.finditer(item.docstring.value):
            before = item.docstring.value.count("\n", 0, said.start())
            line = (item.docstring.lineno or 1) + before
            names = tuple(re.findall(r"`([^`]*)`", said[0]))
            found.append((path, line, names, item.path))
    return found


def _state(files: Iterable[Path]) -> int:
    return hash(tuple((path, path.stat().st_mtime_ns) for path in files))


def _members(item: Any) -> Iterator[Any]:
    yield item
    for member in item.members.values():
        if not isinstance(member, griffe.Alias):
            yield from _members(member)


def _test_name(name: str) -> str:
    return f"test_eq_{name.replace('-', '_')}"


def _add_tests(book: Book, found: dict[str, Equation]) -> None:
    tests = _tests(book.tests, _state(sorted(book.tests.rglob("*.py"))))
    for equation in found.values():
        equation.test = tests.get(_test_name(equation.name), "")


@functools.lru_cache(maxsize=4)
def _tests(folder: Path, _changed: int) -> dict[str, str]:
    """Return the tests of equations, as pytest names them, by their function."""
    found: dict[str, str] = {}
    for path in sorted(folder.rglob("test_*.py")):
        for test in re.findall(r"^def (test_eq_\w+)\(", path.read_text(encoding="utf-8"), re.M):
            found.setdefault(test, f"{path.relative_to(folder.parent).as_posix()}::{test}")
    return found


def _add_references(book: Book, found: dict[str, Equation]) -> None:
    for page in pages.paths(book.docs):
        text = _text(page)
        for reference in re.finditer(REFERENCE, text):
            equation = found.get(reference[1])
            if equation and page != equation.path and page not in equation.pages:
                equation.pages.append(page)
