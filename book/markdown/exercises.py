"""Exercises and solutions can be linked to, and one page lists them all.

An exercise is a box such as `??? question "2. How large can it be?"`; its solution is folded
into it.
"""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree.ElementTree import Element

from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from backprop.exercises import NAMES
from book.markdown.context import link_to
from book.markdown.lists import Lists
from book.source import dependencies, pages

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


def _all_exercises(md: Markdown) -> list[str]:
    """List the exercises of all chapters, each with a link to its solution."""
    made: list[str] = []
    for page in pages.chapters():
        found = dependencies.ask(_exercises, page)
        made += ["", f"## {pages.numbered(page)} {{ #{page.stem} }}", ""] if found else []
        for number, title in found:
            exercise = link_to(page, f"exercise-{number}", md)
            solution = link_to(page, f"solution-{number}", md)
            made.append(f"{number}. [{title}]({exercise}), with its [solution]({solution})")
    return [*made, ""]


def _exercises(page: Path) -> list[tuple[str, str]]:
    """Return the number and the title of each exercise of a page."""
    return _EXERCISE.findall(page.read_text(encoding="utf-8"))


def _progress(_: Markdown) -> list[str]:
    """Make the place where a reader's progress in the exercises of all pages is told."""
    return [f'<p class="progress" data-exercises="{" ".join(NAMES)}" hidden></p>']


def extend(md: Markdown) -> None:
    """Register for when the boxes are parsed, and before links are made of the site."""
    md.treeprocessors.register(_Places(md), "book-exercises", 14)
    md.preprocessors.register(
        Lists(md, {"all exercises": _all_exercises, "progress in exercises": _progress}),
        "book-all-exercises",
        27,
    )
