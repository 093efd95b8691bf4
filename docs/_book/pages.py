"""The pages of the book, found without the help of the generator that builds it."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

DOCS = Path(__file__).parents[1]

_FRONT_MATTER = re.compile(r"\A---\n.*?\n---\n+", re.DOTALL)


@dataclass(frozen=True)
class Page:
    """A page and what a Markdown extension may want to know of its place."""

    path: Path
    line: int
    """Lines of the file before the text that the extensions see."""

    @property
    def chapter(self) -> int | None:
        """Number of the chapter, from a file name such as 03-in-code.md."""
        return chapter(self.path)


def chapter(path: Path) -> int | None:
    """Return the number that a page's file name begins with, if it is a chapter."""
    number = re.match(r"(\d+)-", path.name)
    return int(number[1]) if number else None


def address(page: Path) -> str:
    """Return where a page stands below the root of the site: "" for its first, or "a/b/"."""
    path = page.relative_to(DOCS).with_suffix("").as_posix()
    path = path.removesuffix("index").strip("/")
    return f"{path}/" if path else ""


def title(page: Path) -> str:
    """Return the title of a page, from its first heading."""
    heading = re.search(r"^# (.+?)(?: \{.*\})?$", page.read_text(encoding="utf-8"), re.M)
    return heading[1] if heading else page.stem


def paths(docs: Path = DOCS) -> list[Path]:
    """Return the pages in order: chapters by number, then all others."""
    found: list[Path] = []
    # Asked for with every page: `Path.rglob` takes several times as long.
    for folder, folders, names in os.walk(docs):
        if folder == str(docs):
            folders[:] = [name for name in folders if not name.startswith("_")]
        found += [Path(folder, name) for name in names if name.endswith(".md")]
    return sorted(found, key=lambda path: (chapter(path) is None, path.parts))


def locate(lines: list[str], docs: Path = DOCS) -> Page | None:
    """Return the page whose text the lines are, or None if they are of no page.

    Generators hand extensions a text without saying whose it is. They drop its front matter and
    blank lines at its ends, and change nothing else.
    """
    text = "\n".join(lines).strip()
    if not text:
        return None
    for path, body, before in _bodies(docs):
        if body == text:
            return Page(path, before)
    return None


def _bodies(docs: Path) -> Iterator[tuple[Path, str, int]]:
    for path in paths(docs):
        yield path, *_body(path, path.stat().st_mtime_ns)


@functools.cache
def _body(path: Path, _changed: int) -> tuple[str, int]:
    """Return a page's text without front matter, and how many lines stand before it."""
    text = path.read_text(encoding="utf-8-sig")
    body = _FRONT_MATTER.sub("", text).lstrip("\n ")
    return body.strip(), text.count("\n", 0, len(text) - len(body))


class _Locator(Preprocessor):
    """Note whose text is being converted, before any other extension changes it."""

    latest: Page | None = None
    begun = 0

    def run(self, lines: list[str]) -> list[str]:
        page = locate(lines)
        self.md.__dict__["book_page"] = page
        if page is not None:
            _Locator.latest = page
            _Locator.begun += 1
        return lines


class PagesExtension(Extension):
    """Let other extensions ask for the `current` page."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Put the locator in front of all other preprocessors."""
        md.preprocessors.register(_Locator(md), "book-pages", 1000)


def makeExtension(**settings: Any) -> PagesExtension:  # noqa: N802 - Markdown's name
    """Return the extension, for Markdown."""
    return PagesExtension(**settings)


def current(md: Markdown) -> Page | None:
    """Return the page that is being converted; None in a docstring or a converted output."""
    page: Page | None = md.__dict__.get("book_page")
    return page


def enclosing(md: Markdown) -> Page | None:
    """Return the page that is being converted, or in which a docstring or an output stands."""
    return current(md) or _Locator.latest


def begun() -> int:
    """Return how many pages were begun: while it stays the same, no file is looked at again."""
    return _Locator.begun
