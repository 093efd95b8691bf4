"""The heading of a chapter begins with its number, which is the chapter's place in the navigation.

A generator takes the title of a page from its heading, so that the number stands in the navigation,
in the title of the window and among what the search finds, too.
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from book.markdown import context


class _Number(Treeprocessor):
    """Put the number before the words of the first heading."""

    def run(self, root: Element) -> None:
        page = context.current(self.md)
        heading = root.find("h1")
        if page is None or page.chapter is None or heading is None:
            return
        number = Element("span", {"class": "number"})
        number.text, number.tail = f"{page.chapter}.", f" {heading.text or ''}"
        heading.text = None
        heading.insert(0, number)


def extend(md: Markdown) -> None:
    """Run after the anchors are made (5), which have no number, and before titles are read (1)."""
    md.treeprocessors.register(_Number(md), "book-numbering", 3)
