"""The line at the end of a chapter from which its program and its notebook are taken."""

from __future__ import annotations

from markdown import Markdown
from markdown.preprocessors import Preprocessor

from book.markdown import context
from book.source import pages


class _Links(Preprocessor):
    """Add the links to a chapter. The files are written when the site is built."""

    def run(self, lines: list[str]) -> list[str]:
        page = context.current(self.md)
        if page is None or page.chapter is None:
            return lines
        root = "../" * pages.address(page.path).count("/")
        program, notebook = (
            f'<a href="{root}{address}" download>{name}</a>'
            for address, name in zip(
                pages.downloads(page.path), ("program", "notebook"), strict=True
            )
        )
        said = f"<p>The code of this chapter, to run and to change: {program}, {notebook}.</p>"
        return [*lines, "", self.md.htmlStash.store(said)]


def extend(md: Markdown) -> None:
    """Add the line before the text is parsed, and when blanks are normal (30)."""
    md.preprocessors.register(_Links(md), "book-downloads", 28)
