"""What a page shows is what is pinned, and what its text says is what it shows.

Checked before a page is converted, so that nothing untrue is ever rendered, or given away.
"""

from __future__ import annotations

import os
from typing import Any

from markdown import Extension, Markdown
from markdown.preprocessors import Preprocessor

from _book import downloads, inpage, pages, pins, prose, run

DRAFT = "BOOK_DRAFT" in os.environ
"""While a page is being written, its outputs need not be the pinned ones."""


class _Truth(Preprocessor):
    """Refuse an untrue page."""

    def run(self, lines: list[str]) -> list[str]:
        page = pages.current(self.md)
        if page is not None:
            shown = run.RUNS.of(page.path)
            if not DRAFT:
                pins.compare(page.path, shown)
            prose.check(page.path, shown)
            if page.chapter is not None:
                downloads.write(page.path, shown)
                lines = [*lines, "", downloads.links(page.path)]
        return lines


class TruthExtension(Extension):
    """Compare each page with what its snippets give."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Check as soon as `_book.pages` has found out which page it is."""
        run.RUNS.begin()
        downloads.announce()
        inpage.announce()
        md.preprocessors.register(_Truth(md), "book-truth", 999)


def makeExtension(**settings: Any) -> TruthExtension:  # noqa: N802 - Markdown's name
    """Return the extension, for Markdown."""
    return TruthExtension(**settings)
