"""How to cite the book and its chapters: BibTeX, made from CITATION.cff."""

from __future__ import annotations

import os
from pathlib import Path

import yaml
from markdown import Markdown

from book.markdown import boxes
from book.markdown.lists import Lists
from book.source import pages

CITATION = pages.DOCS.parent / "CITATION.cff"


def bibtex(page: Path | None = None) -> str:
    """Return the entry of the book, or of a chapter of it."""
    said = yaml.safe_load(CITATION.read_text(encoding="utf-8"))
    # A name that is one's whole name is kept together by a second pair of braces.
    authors = " and ".join(
        f"{{{each['name']}}}"
        if "name" in each
        else f"{each['family-names']}, {each['given-names']}"
        for each in said["authors"]
    )
    fields = {"title": said["title"], "author": authors, "year": str(said["date-released"])[:4]}
    kind, key = "book", "backprop"
    if page is not None:
        number = pages.chapter(page)
        kind, key = "incollection", f"backprop:{number}"
        title = {"title": pages.title(page).replace("`", ""), "booktitle": said["title"]}
        fields = {**fields, **title, "chapter": str(number)}
    if root := said.get("url") or os.environ.get("SITE_URL"):
        fields["url"] = root + (pages.address(page) if page else "")
    width = max(map(len, fields))
    lines = ",\n".join(f"  {name:<{width}} = {{{value}}}" for name, value in fields.items())
    return f"@{kind}{{{key},\n{lines}\n}}"


def _book(md: Markdown) -> list[str]:
    return [boxes.box(bibtex(), "bibtex", md)]


def _chapters(md: Markdown) -> list[str]:
    return [line for page in pages.chapters() for line in _chapter(page, md)]


def _chapter(page: Path, md: Markdown) -> list[str]:
    return [
        f'??? note "{pages.numbered(page)}"',
        f"    [Read it]({page.name}), at the address of this link.",
        "",
        f"    {boxes.box(bibtex(page), 'bibtex', md)}",
        "",
    ]


def extend(md: Markdown) -> None:
    """Run before fences are found (25)."""
    lists = {"how to cite the book": _book, "how to cite a chapter": _chapters}
    md.preprocessors.register(Lists(md, lists), "book-citing", 28)
