r"""Formulas as MathML, made while the book is built; equations with their number and their code.

pymdownx.arithmatex finds the formulas, math-core translates them, and a formula that it cannot
translate is refused.
"""

from __future__ import annotations

import os
import re
from html import unescape
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, SubElement

from markdown import Extension, Markdown
from markdown.inlinepatterns import InlineProcessor
from markdown.preprocessors import Preprocessor
from markdown.treeprocessors import Treeprocessor
from math_core import LatexError, LatexToMathML

from _book import pages
from _book.equations import REFERENCE, Equation, equations
from _book.errors import BookError
from _book.links import line_of

_LATEX = LatexToMathML(annotation=False)
_ALIGNED = {
    "text-align: right;justify-items: end;padding-right: 0;": "end",
    "text-align: left;justify-items: start;padding-left: 0;": "start",
    "text-align: left;justify-items: start;padding-right: 0;": "case",
    "text-align: left;justify-items: start;padding-right: 0;padding-left:1em;": "condition",
}
"""Classes for the styles that math-core writes: the policy of the pages allows no inline style."""
_LABEL = re.compile(r"\\label\{([^}]*)\}\s*$")


def mathml(tex: str, block: bool) -> str:
    """Return a formula as MathML.

    Raises
    ------
    LatexError
        The formula is not valid.
    ValueError
        It is empty.
    """
    if not tex.strip():
        raise ValueError("the formula is empty")
    html = _LATEX.convert_with_local_state(tex, displaystyle=block)
    return re.sub(r'(?<= )style="([^"]*)"', _class, html)


def _plainly(error: Exception) -> str:
    """Return the first sentence of an error that math-core draws in many colors."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    return said.split("\n")[0].removeprefix("Error: ").rstrip(".")


def _class(style: re.Match[str]) -> str:
    if style[1] not in _ALIGNED:
        raise ValueError("the formula sets a color, or aligns what the book does not")
    return f'class="{_ALIGNED[style[1]]}"'


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
        except (LatexError, ValueError) as error:
            raise self._refusal(tex, _plainly(error)) from None
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

    def _refusal(self, tex: str, what: str) -> BookError:
        page = pages.current(self.md)
        if page is None:
            return BookError(None, 0, f"bad formula in a docstring: {what}: {tex}", "correct it")
        line = line_of(page.path, tex or "$$\n$$")
        return BookError(page.path, line, f"bad formula: {what}: {tex}", "correct it")


class _References(InlineProcessor):
    """Turn the words equation `name` into a link that shows the equation's number."""

    def handleMatch(self, m: re.Match[str], data: str) -> tuple[Element, int, int]:  # type: ignore[override]  # noqa: ARG002, N802
        equation = equations().get(m[1])
        if equation is None:
            page = pages.current(self.md)
            line = line_of(page.path, f"`{m[1]}`") if page else 0
            what = f"there is no equation `{m[1]}`"
            raise BookError(page.path if page else None, line, what, "correct the name")
        href = link_to(equation.path, f"eq-{equation.name}", self.md)
        link = Element("a", {"class": "eq-reference", "href": href})
        if pages.current(self.md):
            link.set("data-eq", equation.name)
        link.text = f"{m[0].partition(' ')[0]} ({equation.number})"
        return link, m.start(0), m.end(0)


class _AllEquations(Preprocessor):
    """Put a list of all equations where a page asks for it."""

    MARK = "<!-- all equations -->"

    def run(self, lines: list[str]) -> list[str]:
        if self.MARK not in lines:
            return lines
        at = lines.index(self.MARK)
        made: list[str] = []
        chapter = None
        for equation in equations().values():
            if equation.path != chapter:
                chapter = equation.path
                made += ["", f"## {pages.title(chapter)}"]
            made += ["", "$$", equation.tex, "$$", "", self._about(equation)]
        return [*lines[:at], *made, *lines[at + 1 :]]

    def _about(self, equation: Equation) -> str:
        place = link_to(equation.path, f"eq-{equation.name}", self.md)
        code = ", ".join(
            f"[`{name.removesuffix('.__call__')}`]({link_to(api_page(name), name, self.md)})"
            for name in equation.functions
        )
        users = ", ".join(
            f"[{pages.title(page)}]({link_to(page, '', self.md)})" for page in equation.pages
        )
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


def link_to(page: Path, anchor: str, md: Markdown) -> str:
    """Return the link from what is being converted to a page of the book or a place in it.

    It leads from Markdown file to Markdown file: the generator turns it into a link of the site.
    """
    here = pages.enclosing(md)
    start = here.path.parent if here else pages.DOCS
    return Path(os.path.relpath(page, start)).as_posix() + (f"#{anchor}" if anchor else "")


class FormulasExtension(Extension):
    """Formulas, numbered equations, references to them, and the list of all."""

    def extendMarkdown(self, md: Markdown) -> None:  # noqa: N802 - Markdown's name
        """Register after the inline patterns have run (20) and before the contents (5)."""
        md.registerExtension(self)
        md.treeprocessors.register(_Formulas(md), "book-formulas", 15)
        # Before inline code (190), which the name of the equation is written as.
        md.inlinePatterns.register(_References(rf"\b{REFERENCE}", md), "book-references", 195)
        md.preprocessors.register(_AllEquations(md), "book-all-equations", 28)


def makeExtension(**settings: Any) -> FormulasExtension:  # noqa: N802 - Markdown's name
    """Return the extension, for Markdown."""
    return FormulasExtension(**settings)
