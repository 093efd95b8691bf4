r"""What a slide shows of a chapter: a mark names it, and the chapter has it, so it stands once.

A mark is a comment on a line alone. It names a numbered equation, or the beginning of a line:

    <!-- equation output-delta -->
    <!-- formula of by-hand.md: "\delta^{(1)} =" -->
    <!-- figure of by-hand.md: "The calculation of this chapter." -->
    <!-- code of by-hand.md: "delta_1 = delta_2" to "print(" -->
    <!-- output of by-hand.md: "delta_1 = delta_2" -->

The words are those with which a line of a snippet, its caption or its title begins, or a line of a
displayed formula. They stand in one place of the chapter alone.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from markdown.extensions.toc import slugify

from book.errors import BookError
from book.source import dependencies, fences, pages
from book.source.equations import equations
from book.source.fences import Snippet

T = TypeVar("T")

_MARK = re.compile(
    r"<!-- (?:equation (?P<equation>[a-z][a-z0-9-]*)"
    r"|(?P<what>figure|code|output|formula) of (?P<page>[\w-]+\.md): "
    r'"(?P<first>.+?)"(?: to "(?P<last>.+?)")?) -->'
)
_MEANT = re.compile(r"<!-- (?:equation|figure|code|output|formula)\b.*")
_DISPLAYED = re.compile(r"^( *)\$\$\n(?P<tex>.*?)^\1\$\$$", re.MULTILINE | re.DOTALL)
_LABEL = re.compile(r"\\label\{[^}]*\}\s*$")


@dataclass(frozen=True)
class Quote:
    """A mark of a page, and what it names."""

    line: int
    """The line of the mark."""
    what: str
    """equation, formula, figure, code or output"""
    source: Path
    """The page that is quoted."""
    anchor: str
    """The place on that page."""
    text: str = ""
    """The formula in TeX, or the code."""
    snippet: Snippet | None = None
    name: str = ""
    """The name of an equation."""


def at(page: Path, line: str, number: int) -> Quote | None:
    """Return what a line of a page quotes; None where it is no mark.

    Raises
    ------
    BookError
        The line is meant as a mark, and nothing or too much is what it names.
    """
    if not _MEANT.fullmatch(line):
        return None
    try:
        return _found(line, number)
    except LookupError as error:
        do = "name one line of the chapter by the words with which it begins"
        raise BookError(page, number, error.args[0], do) from None


def read(page: Path) -> Iterator[Quote]:
    """Yield what a page quotes, in order.

    Raises
    ------
    BookError
        Nothing, or too much, is what a mark names.
    """
    for number, line in _lines_of(page):
        if found := at(page, line, number):
            yield found


def problems(page: Path) -> Iterator[BookError]:
    """Yield the marks of a page that cannot be followed."""
    for number, line in _lines_of(page):
        try:
            at(page, line, number)
        except BookError as problem:
            yield problem


def _lines_of(page: Path) -> Iterator[tuple[int, str]]:
    text = fences.without_fences(page.read_text(encoding="utf-8"))
    yield from enumerate(text.split("\n"), start=1)


def _found(line: str, number: int) -> Quote:
    mark = _MARK.fullmatch(line)
    if mark is None:
        raise LookupError(f"cannot read the mark {line}")
    if mark["equation"]:
        equation = equations().get(mark["equation"])
        if equation is None:
            raise LookupError(f"there is no equation `{mark['equation']}`")
        place = f"eq-{equation.name}"
        tex = equation.tex
        return Quote(number, "equation", equation.path, place, tex, name=equation.name)
    source = pages.DOCS / mark["page"]
    if not pages.is_page(source):
        raise LookupError(f"there is no page {mark['page']}")
    dependencies.ask(dependencies.text, source)
    if mark["what"] == "formula":
        at_line, tex = _one(list(_formulas(source, mark["first"])), mark["first"], source)
        return Quote(number, "formula", source, _anchor(source, at_line), tex)
    snippet = _one(list(_snippets(source, mark["first"])), mark["first"], source)
    code = _lines(snippet, mark["first"], mark["last"]) if mark["what"] == "code" else ""
    return Quote(number, mark["what"], source, _anchor(source, snippet.line), code, snippet)


def _one(found: list[T], words: str, source: Path) -> T:
    if len(found) != 1:
        count = f"{len(found)} times" if found else "nowhere"
        raise LookupError(f"“{words}” begins a line of {source.name} {count}, and not once")
    return found[0]


def _formulas(source: Path, words: str) -> Iterator[tuple[int, str]]:
    text = fences.without_fences(source.read_text(encoding="utf-8", errors="replace"))
    for formula in _DISPLAYED.finditer(text):
        tex = textwrap.dedent(formula["tex"]).strip()
        if any(line.strip().startswith(words) for line in tex.split("\n")):
            line = text.count("\n", 0, formula.start()) + 1
            yield line, _LABEL.sub("", tex).strip()


def _snippets(source: Path, words: str) -> Iterator[Snippet]:
    for snippet in fences.read(source):
        said = [*snippet.code.split("\n"), *map(snippet.options.get, ("caption", "title"))]
        if snippet.runs and any(each and each.strip().startswith(words) for each in said):
            yield snippet


def _lines(snippet: Snippet, first: str, last: str | None) -> str:
    """Return the code of a snippet, or its lines from one to another."""
    if last is None:
        return snippet.code.strip("\n")
    lines = snippet.code.split("\n")
    start = next((n for n, each in enumerate(lines) if each.strip().startswith(first)), None)
    if start is None:
        raise LookupError(f"“{first}” begins no line of the code, so that none follow it")
    for end in range(start, len(lines)):
        if lines[end].strip().startswith(last):
            return textwrap.dedent("\n".join(lines[start : end + 1]))
    raise LookupError(f"“{last}” begins no line of the code after “{first}”")


def _anchor(source: Path, line: int) -> str:
    """Return the place of the section in which a line stands; nothing above the first."""
    text = fences.without_fences(source.read_text(encoding="utf-8", errors="replace")).split("\n")
    for said in reversed(text[:line]):
        if heading := re.fullmatch(r"##+ (.+?)(?: \{ *#([\w-]+).*\})?", said):
            return heading[2] or slugify(heading[1].replace("`", ""), "-")
    return ""
