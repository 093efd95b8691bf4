"""Decks: a page of `docs/slides/` becomes slides, one from each heading, with notes beside them.

The text above the first heading of the second level is the first slide. A box `!!! note "Say"` is
what the lecturer says. Without a script the page is a text to be read, slide below slide; with one
(`docs/assets/slides/`) a lecture. A framework was weighed: reveal.js has 100 kB and more of script,
writes styles into the page, which the policy forbids, and hides all slides where no script runs.
The house needs a slide that fills the window, keys, and notes: 3 kB.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from book.markdown import context
from book.markdown.lists import Lists
from book.source import dependencies, pages

NOTES = "Say"
"""The title of the box that holds the notes."""
_PLAN = pages.DOCS / "preface.md"
_ROW = re.compile(r"^\| (?P<lecture>[^|]+?) \|(?P<rest>.*\|.*\|.*)\|$", re.MULTILINE)
_LINK = re.compile(r"\]\((?=[\w-]+\.md)")


class _Slides(Treeprocessor):
    """Make sections of the headings of a deck, and what is said on the way to the present."""

    def run(self, root: Element) -> None:
        page = context.current(self.md)
        if page is None or not pages.is_deck(page.path):
            return
        parts, root[:] = list(root), []
        section = root
        for part in parts:
            if part.tag in ("h1", "h2"):
                number = len(root.findall("section")) + 1
                section = SubElement(root, "section", {"class": "slide", "id": f"{number}"})
                section.set("class", " ".join(["slide", *part.attrib.pop("class", "").split()]))
            if _says(part):
                aside = SubElement(root, "aside", {"class": "notes"})
                aside.set("aria-label", f"Notes for slide {section.get('id')}")
                aside.extend(part[1:])
            else:
                section.append(part)
        root.insert(0, _way())


def _says(part: Element) -> bool:
    """Return whether a part of a page is the notes of a slide."""
    return "admonition" in part.get("class", "").split() and part[0].text == NOTES


def _way() -> Element:
    """Return the line that leads to the lecture, and to the keys and the other decks."""
    line = Element("p", {"class": "present"})
    start = SubElement(line, "a", {"class": "md-button md-button--primary", "href": "?present#1"})
    start.text = "Present"
    start.tail = " "
    # As the site has it: the generator has been through the links.
    others = SubElement(line, "a", {"href": "../#keys"})
    others.text = "Keys and other lectures"
    return line


def lectures() -> list[tuple[str, str]]:
    """Return the lectures of the preface's plan: what each is called, and its other cells."""
    text = dependencies.ask(dependencies.text, _PLAN)
    table = text[text.index("\n| lecture |") :]
    _, _, *rows = _ROW.finditer(table[: table.index("\n\n", 1)])
    return [(row["lecture"], row["rest"].strip()) for row in rows]


def _plan(md: Markdown) -> list[str]:
    """Return the plan of the preface, with the decks that there are."""
    decks = {int(deck.stem[:2]): deck for deck in pages.decks()}
    made = ["| lecture | chapters | to show in class | to hand out |", "| --- | --- | --- | --- |"]
    for number, (name, rest) in enumerate(lectures(), start=1):
        deck = decks.get(number)
        called = f"[{name}]({context.link_to(deck, '', md)})" if deck else name
        made.append(f"| {number}. {called} | {_LINK.sub('](../', rest)} |")
    return made


def _decks(md: Markdown) -> list[str]:
    """Return the sentence that names the decks."""
    links = [
        f"{int(deck.stem[:2])} ([{pages.title(deck).lower()}]({context.link_to(deck, '', md)}))"
        for deck in pages.decks()
    ]
    return [f"There are slides for the lectures {', '.join(links[:-1])} and {links[-1]}."]


def extend(md: Markdown) -> None:
    """Run after the generator has read the links (0) and the title (-1) of a page."""
    md.treeprocessors.register(_Slides(md), "book-slides", -10)
    lists = {"plan with slides": _plan, "decks": _decks}
    md.preprocessors.register(Lists(md, lists), "book-decks", 28)
