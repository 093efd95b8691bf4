"""What a numbered equation says with numbers, and how often it was compared.

It stands on the page of all equations. Each equation links to it there, and where scripts run,
docs/assets/linked.js shows it below the equation.
"""

from __future__ import annotations

import functools
from xml.etree.ElementTree import Element, SubElement

import numpy as np
from markdown import Markdown
from markdown.treeprocessors import Treeprocessor

from backprop.datasets import three_two_one
from book.formulas.checking import stated, verdict
from book.formulas.counting import refused
from book.formulas.displayed import Formula, displayed
from book.formulas.substituting import Substituted, substituted
from book.formulas.world import World
from book.formulas.worlds import EXAMPLE, SEEDS, find
from book.mathml import mathml
from book.source import dependencies, pages
from book.source.equations import Equation

_MARK = "with numbers: "

_EXAMPLE = pages.DOCS / "in-code.md"


def mark(equation: Equation) -> str:
    """Return the line of Markdown that stands for the numbers of an equation."""
    return _MARK + equation.name


def link(equation: Equation) -> str:
    """Return the place of the numbers of an equation on the page of all equations."""
    # The name that the equation has on its own page, which is a few bytes of each.
    return f"eq-{equation.name}"


class _Numbers(Treeprocessor):
    """Put the numbers of an equation in the place of its mark."""

    def run(self, root: Element) -> None:
        for element in list(root.iter("p")):
            if (element.text or "").startswith(_MARK):
                self._write(element, (element.text or "").removeprefix(_MARK))

    def _write(self, element: Element, name: str) -> None:
        formula = _formulas(pages.revision())[name]
        dependencies.ask(stated, formula.path)
        _, make = find(formula.page, (name, formula.section))
        world = make(EXAMPLE).standing(formula.stands)
        shown = substituted(formula, world)
        element.tag, element.text = "div", None
        element.attrib |= {"id": f"eq-{name}", "class": "numbers", "data-search-exclude": ""}
        for each in shown:
            display = SubElement(element, "div", {"class": "display"})
            math = SubElement(display, "div", {"class": "math", "tabindex": "0"})
            math.text = self.md.htmlStash.store(mathml(each.tex, block=True))
        said = [*_places(shown), _network(world), *_counts(formula)]
        SubElement(element, "p").text = self.md.htmlStash.store(" ".join(filter(None, said)))


@functools.lru_cache(maxsize=1)
def _formulas(_revision: int) -> dict[str, Formula]:
    return {each.label: each for page in pages.chapters() for each in displayed(page) if each.label}


def _places(shown: list[Substituted]) -> list[str]:
    """Say at which indices the numbers stand."""
    indices = dict(pair for each in shown for pair in each.indices.items())
    said = ", ".join(mathml(f"{name} = {n}", block=False) for name, n in indices.items())
    first = "the first number of each array" if any(each.one_of_each for each in shown) else ""
    both = " and ".join(filter(None, [said, first]))
    return [f"For {both}."] if both else []


def _network(world: World) -> str:
    """Say whose numbers they are."""
    if np.array_equal(world.values.get("x", ()), three_two_one().x):
        return f"The numbers are those of the network of chapter {pages.chapter(_EXAMPLE)}."
    return "The numbers are drawn."


def _counts(formula: Formula) -> list[str]:
    compared = verdict(formula).comparisons
    return [
        f"The sides were compared {compared} times, with {len(SEEDS)} draws of random numbers;",
        f"{refused(formula.label)} faulty forms of the equation were refused.",
    ]


def extend(md: Markdown) -> None:
    """Register after the formulas (15) and before the contents (5)."""
    md.treeprocessors.register(_Numbers(md), "book-with-numbers", 14)
