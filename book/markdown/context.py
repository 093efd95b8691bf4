"""Which page is being converted, for the extensions that want to know."""

from __future__ import annotations

from pathlib import Path

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from book.source import pages
from book.source.pages import Page


class Locator(Preprocessor):
    """Note whose text is being converted, before any other extension changes it."""

    latest: Page | None = None

    def run(self, lines: list[str]) -> list[str]:
        """Find the page, and leave its text alone."""
        page = pages.locate(lines)
        self.md.__dict__["book_page"] = page
        if page is not None:
            Locator.latest = page
        return lines


def current(md: Markdown) -> Page | None:
    """Return the page that is being converted; None in a docstring or a converted output."""
    page: Page | None = md.__dict__.get("book_page")
    return page


def enclosing(md: Markdown) -> Page | None:
    """Return the page that is being converted, or in which a docstring or an output stands."""
    return current(md) or Locator.latest


def link_to(page: Path, anchor: str, md: Markdown) -> str:
    """Return the link from what is being converted to a page of the book or a place in it."""
    here = enclosing(md)
    return pages.link(here.path if here else pages.DOCS / "index.md", page, anchor)
