r"""Formulas in a line: those that claim something are marked, and evaluated as displayed ones are.

A formula with a relation is one of three things, and the text says which:

    [$e = t - \hat{y}$](holds)                  claims: it is evaluated in the world of its section
    [$a_k = 0$ for $k > n$](holds: world)       under a condition, or in the world of a name
    [$\omega = 3$](given: counted above)        is not evaluated, for a reason
    with $z > 0$, let $y = A B$                 is a condition, or gives a name: a word says so
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from pathlib import Path

from book.errors import BookError
from book.formulas.displayed import Formula, Section, sections
from book.source import fences

FORMULA = re.compile(r"(?<![\\$])\$(?![\s$])([^$\n]+?)\$(?!\$)")
"""A formula in a line."""
MARKED = re.compile(
    r"\[(?P<said>\$(?P<tex>[^$\n]+)\$(?: (?P<word>for|if) \$(?P<condition>[^$\n]+)\$)?)\]"
    r"\((?P<kind>holds|given)(?:: (?P<more>[^()\n]+))?\)"
)
"""A formula whose mark says that it claims, or why it is not evaluated."""

_MARK = re.compile(r"\]\((?:holds|given)\b")
_DISPLAYED = re.compile(r"^[ \t]*\$\$\n.*?^[ \t]*\$\$", re.M | re.S)
_RELATION = re.compile(r"=|<|>|\\(?:le|ge|ne|leq|geq|neq|approx|leftarrow)(?![a-zA-Z])")
_BELOW = re.compile(r"_\{[^{}]*\}")
_WORDS = "for|if|where|when|which|with|at|of|from|near|beyond|let|set|take|suppose"
_CONDITION = re.compile(rf"(?i)\b(?:{_WORDS})(?: (?:a|an|the) [a-z]+)? $")
"""What a formula follows that is a condition, or gives a name: with the rule ..., let ..."""
_GOES_ON = re.compile(r"(?:,| and|, and) ")
"""What stands between two conditions."""


def text_of(page: Path) -> str:
    """Return the text of a page, with blanks for its fences and its displayed formulas."""
    return _text_of(page, page.stat().st_mtime_ns)


@functools.lru_cache(maxsize=128)
def _text_of(page: Path, _changed: int) -> str:
    text = fences.without_fences(page.read_text(encoding="utf-8"))
    return _DISPLAYED.sub(lambda each: re.sub(r"[^\n]", " ", each[0]), text)


def claiming(page: Path) -> list[Formula]:
    """Return the formulas of a page that claim, in order."""
    return [
        _formula(page, section, mark)
        for section in sections(text_of(page))
        for mark in MARKED.finditer(section.text)
        if mark["kind"] == "holds"
    ]


def given(page: Path) -> list[str]:
    """Return the formulas of a page that are marked, and not evaluated."""
    return [mark["tex"] for mark in MARKED.finditer(text_of(page)) if mark["kind"] == "given"]


def _formula(page: Path, section: Section, mark: re.Match[str]) -> Formula:
    tex = mark["tex"]
    if mark["word"]:
        tex += rf" \text{{ {mark['word']} }} {mark['condition']}"
    line = section.line + section.text.count("\n", 0, mark.start())
    # A world of its own says itself what letters stand for.
    marks, stands = ({"world": mark["more"]}, {}) if mark["more"] else ({}, section.stands)
    return Formula(page, line, tex, "", section.anchor, marks, stands, inline=True)


def problems(page: Path) -> Iterator[BookError]:
    """Yield the formulas with a relation of which nothing says what they are for."""
    text = text_of(page)
    marks = list(MARKED.finditer(text))
    for mark in _MARK.finditer(text):
        if not any(each.start() < mark.start() < each.end() for each in marks):
            do = "write [$a = b$](holds), or [$a = b$ for $c > d$](holds: world)"
            yield BookError(page, _line(text, mark), "cannot read the mark of a formula", do)
    for each in marks:
        if each["kind"] == "given" and not each["more"]:
            do = "write [$...$](given: because)"
            yield BookError(page, _line(text, each), "a given formula does not say why", do)
    marked = {place for each in marks for place in (each.start("tex"), each.start("condition"))}
    found = list(FORMULA.finditer(text))
    for n, formula in enumerate(found):
        if formula.start(1) in marked or not relates(formula[1]):
            continue
        if not _is_condition(text, found[: n + 1]):
            what = f"nothing says what ${formula[1]}$ is for"
            do = "if it claims, write [$...$](holds); if not, a word before it such as with or let"
            yield BookError(page, _line(text, formula), what, do)


def _is_condition(text: str, found: list[re.Match[str]]) -> bool:
    """Return whether the last of some formulas is a condition, or goes on with others that are."""
    *before, last = found
    if _CONDITION.search(_said(text, last.start())):
        return True
    goes_on = before and _GOES_ON.fullmatch(text, before[-1].end(), last.start())
    return bool(goes_on) and _is_condition(text, before)


def relates(tex: str) -> bool:
    """Return whether a formula has a relation, with something on both sides of it."""
    parts = _RELATION.split(_BELOW.sub("", tex))
    return len(parts) > 1 and bool(parts[0].strip())


def _said(text: str, end: int) -> str:
    """Return the words before a place, as if they stood in a line."""
    return " ".join(text[max(end - 60, 0) : end].split()) + " "


def _line(text: str, found: re.Match[str]) -> int:
    return text.count("\n", 0, found.start()) + 1


def without_reasons(text: str) -> str:
    """Return a text without the marks of formulas that are not evaluated."""
    return MARKED.sub(lambda mark: mark["said"] if mark["kind"] == "given" else mark[0], text)


def plain(text: str) -> str:
    """Return a text without the marks of its formulas."""
    return MARKED.sub(lambda mark: mark["said"], text)
