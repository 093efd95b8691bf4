"""Every symbol of a formula is in the notation, or introduced in the text of its page."""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from book.errors import BookError
from book.formulas import notation
from book.formulas.displayed import Displayed
from book.formulas.errors import Refused
from book.formulas.grammar import OPERATORS
from book.formulas.reading import Token, read
from book.source import fences, pages

_OF_MATHEMATICS = {"∂", "e", "𝖳", *OPERATORS}
_DISPLAYED = re.compile(r"^[ \t]*\$\$\n.*?^[ \t]*\$\$", re.M | re.S)
_INLINE = re.compile(r"(?<![\\$])\$(?![\s$])([^$\n]+?)\$(?!\$)")


def problems(page: Path, found: Sequence[Displayed]) -> Iterator[BookError]:
    """Yield the symbols of formulas that neither the page nor the notation introduces."""
    text = _DISPLAYED.sub("", fences.without_fences(page.read_text(encoding="utf-8")))
    known = _letters(_INLINE.findall(text)) | _of_notation(pages.chapter(page)) | _OF_MATHEMATICS
    marks = {mark for letter in known for mark in _parts(letter)[1]}
    words = set(re.findall(r"[a-z]{2,}", text.lower()))
    for formula in found:
        for letter in sorted(_letters([formula.tex]) - known):
            base, of_letter = _parts(letter)
            if not (base in known and marks >= set(of_letter)) and letter not in words:
                do = "say in the text what it is, or give it a row in docs/notation.md"
                yield formula.wrong(f"nothing introduces the symbol {letter}", do)


def _of_notation(chapter: int | None) -> set[str]:
    """Return the letters that the notation page has for all chapters, or for one."""
    found = set()
    for line in notation.PAGE.read_text(encoding="utf-8").split("\n"):
        if line.startswith("| $"):
            symbols, where, *_ = line.strip("|").split("|")
            chapters = re.findall(r"\[(\d+)\]", where)
            if not chapters or str(chapter) in chapters:
                found |= _letters(re.findall(r"\$([^$]+)\$", symbols))
    return found


def _letters(formulas: Iterable[str]) -> set[str]:
    """Return the letters of formulas."""
    return set().union(*map(_letters_of, formulas))


@functools.cache
def _letters_of(tex: str) -> frozenset[str]:
    """Return the letters of a formula; one that cannot be read has none."""
    try:
        return frozenset(_in(read(tex)))
    except (Refused, ValueError):
        return frozenset()


def _in(tokens: Iterable[Token]) -> Iterator[str]:
    for token in tokens:
        if token.kind == "letter":
            yield token.text
        for inner in (token.sub, token.sup, *token.parts, *(c for row in token.rows for c in row)):
            yield from _in(inner)


def _parts(letter: str) -> tuple[str, str]:
    """Part a letter into itself and its marks: accents, primes, a difference before it."""
    marks = "".join(c for c in letter if c in "'Δⅆ" or unicodedata.combining(c))
    return "".join(c for c in letter if c not in marks), marks
