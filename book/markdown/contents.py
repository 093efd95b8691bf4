"""The contents of the book: its chapters by parts, each with its description."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from markdown import Markdown

from book.markdown.context import link_to
from book.markdown.lists import Lists
from book.source import pages


def _contents(md: Markdown) -> list[str]:
    return [line for name, listed in pages.parts() for line in _part(name, listed, md)]


def _part(name: str, listed: list[Path], md: Markdown) -> Iterator[str]:
    chapters = [page for page in listed if pages.chapter(page) is not None]
    if chapters:
        yield from ("", f"### {name}", "")
        for page in chapters:
            title = pages.numbered(page)
            stop = "" if title.endswith("?") else "."
            yield f"- [{title}]({link_to(page, '', md)}){stop} {pages.description(page)}"


def extend(md: Markdown) -> None:
    """Run before fences are found (25)."""
    md.preprocessors.register(Lists(md, {"all chapters": _contents}), "book-contents", 28)
