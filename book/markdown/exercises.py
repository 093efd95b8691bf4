"""Exercises and solutions can be linked to, and one page lists them all.

An exercise is a box such as `??? question "2. How large can it be?"`; its solution is folded
into it.
"""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from book.markdown.context import link_to
from book.source import pages

_EXERCISE = re.compile(r'^\?\?\?\+? question "(\d+)\. (.*)"$', re.MULTILINE)


class _Places(Treeprocessor):
    """Give each exercise of a chapter, and its solution, an id."""

    def run(self, root: Element) -> None:
        for box in root.iter("details"):
            summary = box.find("summary")
            number = re.match(r"(\d+)\. ", summary.text or "") if summary is not None else None
            if number and box.get("class") == "question":
                box.set("id", f"exercise-{number[1]}")
                for solution in box.findall("details"):
                    solution.set("id", f"solution-{number[1]}")


class _All(Preprocessor):
    """Put a list of all exercises where a page asks for it."""

    MARK = "<!-- all exercises -->"

    def run(self, lines: list[str]) -> list[str]:
        if self.MARK not in lines:
            return lines
        at = lines.index(self.MARK)
        made: list[str] = []
        for page in pages.paths():
            found = _EXERCISE.findall(page.read_text(encoding="utf-8"))
            if pages.chapter(page) is None or not found:
                continue
            made += ["", f"## {pages.title(page)}", ""]
            for number, title in found:
                exercise = link_to(page, f"exercise-{number}", self.md)
                solution = link_to(page, f"solution-{number}", self.md)
                made.append(f"{number}. [{title}]({exercise}), with its [solution]({solution})")
        return [*lines[:at], *made, "", *lines[at + 1 :]]


def extend(md: Markdown) -> None:
    """Register for when the boxes are parsed, and before links are made of the site."""
    md.treeprocessors.register(_Places(md), "book-exercises", 14)
    md.preprocessors.register(_All(md), "book-all-exercises", 27)
