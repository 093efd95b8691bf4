"""Tables that are wider than a phone scroll by themselves, by keyboard too."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from markdown import Markdown
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


def extend(md: Markdown) -> None:
    """Wrap tables when all of them are parsed."""
    md.treeprocessors.register(_Scrolling(md), "book-tables", 1)
