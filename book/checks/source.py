"""What can be said of the pages' Markdown without building them."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

import html5lib
import yaml

from book.checks import injected, references, sizes
from book.errors import BookError
from book.source import fences, pages, quotes
from book.source.equations import REFERENCE

WIDTH = 78
"""Columns of code that a page shows without scrolling."""
ADMONITIONS = {"note", "warning", "tip", "success", "question"}
"""The boxes of the book; the last two fold exercises and their solutions."""


LANGUAGES = {"bibtex", "html", "markdown", "sh", "toml", "yaml"}
"""What a fence that is not executed may hold; an output is no such thing."""


def lint(page: Path) -> Iterator[BookError]:
    """Yield what is wrong with a page."""
    raw = page.read_bytes()
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        yield BookError(page, line, "not UTF-8", "save the file as UTF-8")
        return
    for mark, what, do in [
        ("\ufeff", "a byte order mark", "save the file as UTF-8 without one"),
        ("\r", "a carriage return", "end lines with a line feed alone"),
        ("\t", "a tab", "indent with spaces"),
        ("\u00a0", "a no-break space", "write a plain one, or &nbsp;"),
    ]:
        if mark in text:
            yield BookError(page, text.count("\n", 0, text.index(mark)) + 1, what, do)
    yield from injected.at_sight(page, text.removeprefix("\ufeff"))
    yield from _front_matter(page, text)
    try:
        found = fences.read(page)
    except BookError as error:
        yield error
        return
    for snippet in found:
        for line, code in enumerate(snippet.code.split("\n"), start=snippet.line + 1):
            if len(code) > WIDTH:
                yield BookError(page, line, f"{len(code)} columns of code", f"break it at {WIDTH}")
        if not snippet.runs and not _is_named_by_a_test(snippet):
            title = snippet.options.get("title", "")
            what = f"no test names {page.name} and the title {title!r} of this fence"
            yield snippet.wrong(what, "test it: what is not run may be untrue")
    yield from _languages(page, text, found)
    yield from _formulas(page, fences.without_fences(text).split("\n"))
    yield from _admonitions(page, text.split("\n"))
    yield from _references(page, fences.without_fences(text))
    yield from _raw_html(page, fences.without_fences(text))
    yield from quotes.problems(page)
    yield from references.problems(page, text)
    yield from sizes.problems(page, text)


def _is_named_by_a_test(snippet: fences.Snippet) -> bool:
    title = snippet.options.get("title")
    return any(
        f'"{title}"' in test and f'"{snippet.path.name}"' in test for test in _tests() if title
    )


@functools.cache
def _tests() -> list[str]:
    found = sorted((pages.ROOT / "tests").rglob("test_*.py"))
    return [each.read_text(encoding="utf-8") for each in found]


def _front_matter(page: Path, text: str) -> Iterator[BookError]:
    found = re.match(r"---\n(.*?)\n---\n", text, re.DOTALL)
    if not found:
        yield BookError(page, 1, "no front matter", "begin with ---, title:, description: and ---")
        return
    try:
        given = yaml.safe_load(found[1])
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        yield BookError(page, mark.line + 2 if mark else 1, "front matter is not YAML", "quote it")
        return
    is_chapter = pages.chapter(page) is not None
    if is_chapter and isinstance(given, dict) and "title" in given:
        what = "the title of a chapter is its heading, to which its number is added"
        line = text.count("\n", 0, text.index("title:")) + 1
        yield BookError(page, line, what, "leave out title: in the front matter")
    for key in ("description",) if is_chapter else ("title", "description"):
        if not isinstance(given, dict) or not isinstance(given.get(key), str):
            yield BookError(page, 1, f"front matter has no {key}", f"write {key}: and a sentence")


def _languages(page: Path, text: str, found: list[fences.Snippet]) -> Iterator[BookError]:
    # Below one that is not run, what the tests of the peers see it print (tests/book/peers.py).
    prints = {one.line + one.length + 3 for one in found if not one.runs}
    for line, header in fences.headers(text):
        language = header.split(" ")[0]
        if line in prints and re.fullmatch(r'text title="[A-Za-z]+ [\d.]+ prints[^"]*"', header):
            continue
        if language != "python" and language not in LANGUAGES:
            known = ", ".join(sorted(LANGUAGES))
            do = f"let a snippet print what it shows, or write one of {known}"
            yield BookError(page, line, f"a fence of {language or 'no language'!r}", do)


_DISPLAYED_OTHERWISE = re.compile(r"\$\$|\\\[|\\begin\{")


def _formulas(page: Path, lines: list[str]) -> Iterator[BookError]:
    opened = 0
    for number, line in enumerate(lines, start=1):
        if line.strip() == "$$":
            opened = 0 if opened else number
        elif opened and not line.strip():
            yield BookError(page, opened, "a formula is not closed", "end it with a line of $$")
            opened = 0
        elif not opened and _DISPLAYED_OTHERWISE.search(re.sub(r"`[^`]*`", "", line)):
            what = "a displayed formula that is not between two lines of $$"
            yield BookError(page, number, what, "write it so: as it stands, it is not evaluated")
    if opened:
        yield BookError(page, opened, "a formula is not closed", "end it with a line of $$")


def _admonitions(page: Path, lines: list[str]) -> Iterator[BookError]:
    for number, line in enumerate(lines, start=1):
        box = re.match(r"( *)(!!!|\?\?\?\+?)(.*)$", line)
        if not box:
            continue
        named = re.fullmatch(r' ([a-z]+)(?: "[^"]+")?', box[3])
        if not named or named[1] not in ADMONITIONS:
            kinds = ", ".join(sorted(ADMONITIONS))
            yield BookError(
                page,
                number,
                f"cannot read the box {line.strip()!r}",
                f'use one of {kinds}, "Title"',
            )
        following = [each for each in lines[number : number + 2] if each.strip()]
        if not following or not following[0].startswith(f"{box[1]}    "):
            yield BookError(page, number, "the box is empty", "indent its text by four spaces")


def _references(page: Path, text: str) -> Iterator[BookError]:
    for said in re.finditer(r"(?i:\bequation)\s+`[^`]*`", text):
        if not re.fullmatch(REFERENCE, said[0]):
            line = text.count("\n", 0, said.start()) + 1
            what = f"cannot read the reference {' '.join(said[0].split())}"
            yield BookError(page, line, what, "write on one line: equation `a-name`")


def _raw_html(page: Path, text: str) -> Iterator[BookError]:
    """Parse the HTML within each paragraph: what is opened there must be closed there."""
    skipped = r"`[^`\n]*`|\$[^$]*\$|<https?:[^>]*>|<!--.*?-->"
    said = re.sub(skipped, lambda each: "\n" * each[0].count("\n"), text)
    for paragraph in re.finditer(r"(?:^.*\S.*\n?)+", said, re.MULTILINE):
        tag = re.search(r"</?[a-zA-Z]", paragraph[0])
        if not tag:
            continue
        parser = html5lib.HTMLParser()
        parser.parseFragment(paragraph[0])
        for (line, _), what, _ in parser.errors[:1]:
            within = paragraph[0].count("\n", 0, tag.start()) + 1 if what.endswith("eof") else line
            number = said.count("\n", 0, paragraph.start()) + within
            yield BookError(page, number, f"HTML is not valid: {what}", "mend it")
