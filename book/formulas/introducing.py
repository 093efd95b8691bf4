"""Every symbol of a formula is in the notation, or introduced in the text of its page.

A displayed formula needs its symbols in the text. There, a symbol is introduced where it stands
alone, or before brackets or a relation (let $y = 2x$), or in a shape.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence, Set
from pathlib import Path

from book.errors import BookError
from book.formulas import inline, notation
from book.formulas.displayed import Formula
from book.formulas.errors import Refused
from book.formulas.grammar import OPERATORS, RELATIONS
from book.formulas.reading import Token, read
from book.source import pages

_OF_MATHEMATICS = {"∂", "e", "π", "𝖳", *OPERATORS}


def problems(page: Path, found: Sequence[Formula]) -> Iterator[BookError]:
    """Yield the symbols of formulas that neither the page nor the notation introduces."""
    text = inline.text_of(page)
    in_text = list(inline.FORMULA.finditer(text))
    of_the_book = _of_notation(pages.chapter(page)) | _OF_MATHEMATICS
    known = of_the_book | _letters(each[1] for each in in_text)
    introduced = of_the_book | _introduced(each[1] for each in in_text)
    words = set(re.findall(r"[a-z]{2,}", text.lower()))
    do = "say in the text what it is, or give it a row in docs/notation.md"
    for formula in found:
        for letter in _unknown(formula.tex, known, words) if not formula.inline else ():
            yield formula.wrong(f"nothing introduces the symbol {letter}", do)
    for each in in_text:
        for letter in _unknown(each[1], introduced, words):
            line = text.count("\n", 0, each.start()) + 1
            what = f"nothing introduces the symbol {letter} of ${each[1]}$"
            yield BookError(page, line, what, do)


def _unknown(tex: str, known: Set[str], words: Set[str]) -> Iterator[str]:
    """Yield the letters of a formula that are not known; marks go with any that is."""
    unknown = _letters_of(tex) - known
    marks = {mark for letter in known for mark in _parts(letter)[1]} if unknown else set()
    for letter in sorted(unknown):
        base, of_letter = _parts(letter)
        if not (base in known and marks >= set(of_letter)) and letter not in words:
            yield letter


def _introduced(formulas: Iterable[str]) -> set[str]:
    """Return the letters that formulas in the text introduce."""
    return set().union(*map(_introduced_by, formulas))


@functools.cache
def _introduced_by(tex: str) -> frozenset[str]:
    try:
        first, *rest = read(tex)
    except (Refused, ValueError):
        return frozenset()
    is_shape = first.text == "(" and {token.kind for token in rest} <= {"letter", "number", "sign"}
    if not rest or (is_shape and {t.text for t in rest if t.kind == "sign"} <= set(",)")):
        return _letters_of(tex)
    return frozenset({first.text} if rest[0].text in ("(", *RELATIONS) else ())


def _of_notation(chapter: int | None) -> set[str]:
    """Return the letters that the notation page has for all chapters, or for one."""
    return _of_table(notation.PAGE, notation.PAGE.stat().st_mtime_ns, chapter)


@functools.lru_cache(maxsize=128)
def _of_table(page: Path, _changed: int, chapter: int | None) -> set[str]:
    found: set[str] = set()
    for line in page.read_text(encoding="utf-8").split("\n"):
        if not line.startswith("|"):
            found |= _introduced(inline.FORMULA.findall(line))
        elif line.startswith("| $"):
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
