"""The first use of a term in a chapter leads to the glossary, and shows its meaning on the way."""

from __future__ import annotations

import functools
import re
from itertools import takewhile
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.extensions.toc import slugify
from markdown.treeprocessors import Treeprocessor

from book.markdown import context
from book.markdown.context import link_to
from book.source import pages

GLOSSARY = pages.DOCS / "glossary.md"

_ENTRY = re.compile(r"^## (?P<term>.+?)\n\n(?P<meaning>(?:.+\n)+)", re.MULTILINE)
_SKIPPED = {"a", "button", "code", "figure", "pre", "summary", *(f"h{n}" for n in range(1, 7))}
"""What is not running text, and what is a link already."""

_TITLES = "Further reading"
"""The heading below which a page names what others wrote."""


@functools.lru_cache(maxsize=4)
def _entries(_changed: int) -> dict[str, str]:
    """Return the first sentence of each entry of the glossary, by term."""
    text = GLOSSARY.read_text(encoding="utf-8")
    found = _ENTRY.finditer(text)
    return {entry["term"].lower(): _first_sentence(entry["meaning"]) for entry in found}


def _first_sentence(markdown: str) -> str:
    plain = re.sub(r"\[([^\]]*)\]\([^)]*\)|[`*$]", r"\1", markdown.replace("\n", " "))
    return re.split(r"(?<=\.) ", plain.strip(), maxsplit=1)[0]


class _FirstUses(Treeprocessor):
    """Link the first use of each term in a chapter."""

    def run(self, root: Element) -> None:
        page = context.current(self.md)
        if page is None or page.chapter is None or not GLOSSARY.exists():
            return
        self.meanings = dict(_entries(GLOSSARY.stat().st_mtime_ns))
        terms = "|".join(sorted(map(re.escape, self.meanings), key=len, reverse=True))
        self.term = re.compile(rf"\b({terms})(?:e?s)?\b", re.IGNORECASE)
        self._mark(root, within=False)

    def _mark(self, element: Element, within: bool) -> None:
        """Mark the terms in an element; only what stands within a paragraph is running text."""
        within = within or element.tag in {"p", "li", "td", "dd"}
        children = list(element)
        # Titles say what their authors wrote.
        children = list(takewhile(lambda child: child.text != _TITLES, children))
        if within:
            element.text, links = self._links(element.text)
            element[:0] = links
        for child in children:
            if child.tag not in _SKIPPED and child.get("class") not in {"math", "display"}:
                self._mark(child, within)
            if within:
                child.tail, links = self._links(child.tail)
                after = list(element).index(child) + 1
                element[after:after] = links

    def _links(self, text: str | None) -> tuple[str | None, list[Element]]:
        """Return the text before the first new term, and links, each with the text after it."""
        if not text:
            return text, []
        parts = [text]
        links: list[Element] = []
        for use in self.term.finditer(text):
            meaning = self.meanings.pop(use[1].lower(), None)
            if meaning is None:
                continue
            at = use.start() - (len(text) - len(parts[-1]))
            rest = parts[-1]
            parts[-1] = rest[:at]
            parts.append(rest[at + len(use[0]) :])
            href = link_to(GLOSSARY, slugify(use[1].lower(), "-"), self.md)
            links.append(Element("a", {"class": "term", "href": href, "title": meaning}))
            links[-1].text = use[0]
        for link, tail in zip(links, parts[1:], strict=True):
            link.tail = tail
        return parts[0], links


def extend(md: Markdown) -> None:
    """Register for when formulas stand apart from the text, and before links are made."""
    md.treeprocessors.register(_FirstUses(md), "book-glossary", 13)
