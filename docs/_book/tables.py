"""Tables that are wider than a phone scroll by themselves, by keyboard too."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import Element

from markdown import Extension, Markdown
from markdown.treeprocessors import Treeprocessor


class _Scrolling(Treeprocessor):
    """Put each table into a box that scrolls and can be focused."""

    def run(self, root: Element) -> None:
        for parent in list(root.iter()):
            for place, child in enumerate(parent):
                if child.tag == "table":
                    box = Element("div", {"class": "scroll", "role": "group", "tabindex": "0"})
                    box.set("aria-label", "Table")
                    box.tail, child.tail = child.tail, None
                    box.append(child)
                    parent[place] = box


class TablesExtension(Extension):
    """Let wide tables scroll."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Wrap tables when all of them are parsed."""
        # A registered extension is there for what a snippet prints as Markdown, too.
        md.registerExtension(self)
        md.treeprocessors.register(_Scrolling(md), "book-tables", 1)


def makeExtension(**settings: Any) -> TablesExtension:  # noqa: N802 - Markdown's name
    """Return the extension, for Markdown."""
    return TablesExtension(**settings)
