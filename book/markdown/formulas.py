r"""Formulas as MathML, made while the book is built; equations with their number and their code.

pymdownx.arithmatex finds the formulas, math-core translates them, and a formula that it cannot
translate is refused.
"""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path
from xml.etree.ElementTree import Element, SubElement

from markdown import Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor

from book.errors import BookError
from book.formulas.counting import counts, refused_in_all
from book.formulas.displayed import ATTRIBUTES
from book.markdown import context, with_numbers
from book.markdown.context import link_to
from book.markdown.lists import Lists
from book.markdown.problems import refuse
from book.mathml import mathml
from book.source import pages
from book.source.equations import REFERENCE, Equation, equations

_ALL = pages.DOCS / "equations.md"
_LABEL = re.compile(r"\\label\{([^}]*)\}\s*$")


class _Attributes(Preprocessor):
    """Take out the lines that tell the evaluator of a formula, and no reader, what it is."""

    def run(self, lines: list[str]) -> list[str]:
        """Return the other lines."""
        before = ["", *lines]
        return [
            line
            for previous, line in zip(before, lines, strict=False)
            if not (previous.strip() == "$$" and ATTRIBUTES.match(line))
        ]


class _Formulas(Treeprocessor):
    """Put MathML in the place of what arithmatex found."""

    def run(self, root: Element) -> None:
        for element in list(root.iter()):
            if element.get("class") == "arithmatex":
                self._convert(element)

    def _convert(self, element: Element) -> None:
        text = unescape(element.text or "").strip()
        block, tex = text.startswith("\\["), text[2:-2].strip()
        label = _LABEL.search(tex)
        tex = _LABEL.sub("", tex).strip()
        try:
            html = mathml(tex, block)
        except ValueError as error:
            html = refuse(self._refusal(tex, str(error)))
        element.text = None
        element.set("class", "math")
        holder = element
        if block:
            element.set("class", "equation" if label else "display")
            holder = SubElement(element, "div", {"class": "math", "tabindex": "0"})
        # The theme copies this at a click.
        holder.set("data-clipboard-text", tex)
        holder.text = self.md.htmlStash.store(html)
        if label:
            self._number(element, equations()[label[1]])

    def _number(self, element: Element, equation: Equation) -> None:
        element.set("id", f"eq-{equation.name}")
        element.set("data-eq", equation.name)
        SubElement(
            element, "a", {"class": "eq-number", "href": f"#eq-{equation.name}"}
        ).text = f"({equation.number})"
        code = SubElement(element, "span", {"class": "eq-code"})
        for name in equation.functions:
            link = SubElement(code, "a", {"href": link_to(api_page(name), name, self.md)})
            SubElement(link, "code").text = _short(name)
        place = link_to(_ALL, with_numbers.link(equation), self.md)
        SubElement(code, "a", {"href": place}).text = "with numbers"

    def _refusal(self, tex: str, what: str) -> BookError:
        page = context.current(self.md)
        if page is None:
            return BookError(None, 0, f"bad formula in a docstring: {what}: {tex}", "correct it")
        line = pages.line_of(page.path, tex or "$$\n$$")
        return BookError(page.path, line, f"bad formula: {what}: {tex}", "correct it")


class _References(InlineProcessor):
    """Turn the words equation `name` into a link that shows the equation's number."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: ARG002, N802
        equation = equations().get(m[1])
        if equation is None:
            page = context.current(self.md)
            line = pages.line_of(page.path, f"`{m[1]}`") if page else 0
            what = f"there is no equation `{m[1]}`"
            refuse(BookError(page.path if page else None, line, what, "correct the name"))
            missing = Element("strong")
            missing.text = what
            return missing, m.start(0), m.end(0)
        href = link_to(equation.path, f"eq-{equation.name}", self.md)
        link = Element("a", {"class": "eq-reference", "href": href})
        if context.current(self.md):
            link.set("data-eq", equation.name)
        link.text = f"{m[0].partition(' ')[0]} ({equation.number})"
        return link, m.start(0), m.end(0)


def _all_equations(md: Markdown) -> list[str]:
    """List the equations of all chapters, each with where it stands, its code and its test."""
    made: list[str] = []
    chapter = None
    for equation in equations().values():
        if equation.path != chapter:
            chapter = equation.path
            made += ["", f"## {pages.numbered(chapter)} {{ #{chapter.stem} }}"]
        made += ["", "$$", equation.tex, "$$", "", _about(equation, md)]
        made += ["", with_numbers.mark(equation)]
    return made


def _what_is_evaluated(md: Markdown) -> list[str]:
    """Say how many formulas are evaluated, which are not, and what was written a second time."""
    found = counts()
    made = [
        "| displayed formulas | formulas in the text that claim | evaluated | comparisons |",
        "| ---: | ---: | ---: | ---: |",
        f"| {found.displayed} | {found.inline} | {found.evaluated} | {found.comparisons:,} |",
        "",
        f"Each is evaluated in {found.networks} worlds of random numbers. Of the numbered ones, "
        f"{refused_in_all():,} faulty forms are refused. Not evaluated are "
        f"{found.given} formulas in the text, which state a setting or what others do, and:",
        "",
    ]
    for formula in found.left_out:
        place = link_to(formula.path, formula.section, md)
        said = formula.marks["because"]
        made.append(f"- a formula of [{pages.title(formula.path)}]({place}): {said}")
    made += ["", "Values that are computed by the formula itself, written a second time:", ""]
    for page, symbols in found.typed.items():
        names = ", ".join(f"`{name}`" for name in symbols)
        made.append(f"- {names} in [{pages.title(page)}]({link_to(page, '', md)})")
    return made


def _about(equation: Equation, md: Markdown) -> str:
    place = link_to(equation.path, f"eq-{equation.name}", md)
    code = ", ".join(
        f"[`{name.removesuffix('.__call__')}`]({link_to(api_page(name), name, md)})"
        for name in equation.functions
    )
    users = ", ".join(f"[{pages.title(page)}]({link_to(page, '', md)})" for page in equation.pages)
    return (
        f"[Equation ({equation.number})]({place}), `{equation.name}`. Implemented by {code}. "
        f"Tested by `{equation.test}`." + (f" Used in {users}." if users else "")
    )


def _short(name: str) -> str:
    """Return what a function is called in code: calling an object is calling its class's name."""
    return name.removesuffix(".__call__").rpartition(".")[2]


def api_page(name: str) -> Path:
    """Return the page of the reference that documents a full name such as backprop.losses.error."""
    return pages.DOCS / "api" / f"{name.split('.')[1]}.md"


def extend(md: Markdown) -> None:
    """Register after the inline patterns have run (20) and before the contents (5)."""
    # After the fences (25), which may show such lines.
    md.preprocessors.register(_Attributes(md), "book-formula-attributes", 24)
    md.treeprocessors.register(_Formulas(md), "book-formulas", 15)
    with_numbers.extend(md)
    # Before inline code (190), which the name of the equation is written as.
    md.inlinePatterns.register(_References(rf"\b{REFERENCE}", md), "book-references", 195)
    md.preprocessors.register(
        Lists(md, {"all equations": _all_equations, "formulas evaluated": _what_is_evaluated}),
        "book-all-equations",
        28,
    )
