"""TeX as it is rendered: the MathML of a formula, as a list of letters, numbers and signs.

What is evaluated is therefore what a reader sees, and no TeX need be parsed.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, replace
from xml.etree.ElementTree import Element, fromstring

from book.formulas.errors import Meaningless
from book.mathml import mathml

_ACCENTS = {"ˆ": "\u0302", "^": "\u0302", "¯": "\u0304", "‾": "\u0304", "˙": "\u0307"} | {
    "~": "\u0303",
    "˜": "\u0303",
}
_PRIMES = {"′": "'", "″": "''", "‴": "'''"}
_KINDS = {"mi": "letter", "mn": "number", "mo": "sign", "mtext": "words"}
_BARS = {("|", "prefix"): "|(", ("|", "postfix"): ")|"} | {
    ("‖", "prefix"): "‖(",
    ("‖", "postfix"): ")‖",
}


@dataclass(frozen=True)
class Token:
    """A letter, number, sign or word with its scripts, or a fraction, root, table, brace or gap."""

    kind: str
    text: str = ""
    sub: tuple[Token, ...] = ()
    sup: tuple[Token, ...] = ()
    parts: tuple[tuple[Token, ...], ...] = ()
    """What a fraction, a root or a brace is made of."""
    rows: tuple[tuple[tuple[Token, ...], ...], ...] = ()
    """The rows of a table, each made of its cells."""


def read(tex: str) -> tuple[Token, ...]:
    """Return what a formula is rendered as.

    Raises
    ------
    ValueError
        It cannot be rendered.
    Meaningless
        It holds something that no formula of the book has.
    """
    markup = mathml(tex, block=True).replace("&ApplyFunction;", "")
    return _tokens(fromstring(markup))  # noqa: S314 - our own converter made it


def _tokens(elements: Element | Sequence[Element]) -> tuple[Token, ...]:
    found: list[Token] = []
    for element in elements:
        if element.tag == "mrow":
            found += _tokens(element)
        else:
            found += _token(element)
    return _joined(found)


def _content(element: Element) -> tuple[Token, ...]:
    """Return what an argument of a fraction or a script holds, in a row or alone."""
    return _tokens(element if element.tag in ("mrow", "mtd") else [element])


def _token(element: Element) -> list[Token]:
    match element.tag:
        case "mi" | "mn" | "mo" | "mtext":
            return _leaf(element)
        case "mspace":
            width = float(element.get("width", "0em").removesuffix("em"))
            return [Token("gap")] if width >= 1 else []
        case "msub" | "msup" | "msubsup" | "munder" | "munderover":
            return [_scripted(element)]
        case "mover":
            base = _single(element[0])
            accent = _ACCENTS.get(_single(element[1]).text)
            if accent is None:
                raise Meaningless("an accent that the book does not use")
            return [replace(base, text=unicodedata.normalize("NFD", base.text + accent))]
        case "mfrac":
            kind = "binomial" if element.get("linethickness") == "0" else "fraction"
            return [Token(kind, parts=tuple(map(_content, element)))]
        case "msqrt":
            return [Token("root", parts=(_tokens(element),))]
        case "mtable":
            rows = tuple(tuple(map(_content, row)) for row in element)
            return [Token("table", rows=rows)]
    raise Meaningless(f"cannot read <{element.tag}>")


def _leaf(element: Element) -> list[Token]:
    text = element.text or ""
    text = _BARS.get((text, element.get("form", "")), text)
    if element.get("mathvariant") == "normal":
        text = {"d": "ⅆ"}.get(text, text)
    # In a table, the name of a function is rendered as an operator.
    kind = "letter" if text.isascii() and text.isalpha() and element.tag == "mo" else None
    return [] if text in ("", "\u2063") else [Token(kind or _KINDS[element.tag], text)]


def _scripted(element: Element) -> Token:
    base, *scripts = element
    if base.tag == "munder":  # a brace and what it is called
        return Token("brace", parts=(_content(base[0]), _content(scripts[0])))
    token, contents = _single(base), list(map(_content, scripts))
    sub = () if element.tag == "msup" else contents.pop(0)
    sup = contents.pop() if contents else ()
    if sup and sup[0].text in _PRIMES:
        token = replace(token, text=token.text + _PRIMES[sup[0].text])
        sup = sup[1:]
    if sup and sup[0].kind == "words":  # a word above a letter is a part of its name
        token = replace(token, text=f"{token.text}^{sup[0].text}")
        sup = sup[1:]
    return replace(token, sub=sub, sup=sup)


def _single(element: Element) -> Token:
    found = _content(element)
    if len(found) != 1:
        raise Meaningless("a script or an accent on more than one symbol, or on none")
    return found[0]


def _makes_one(before: Token, token: Token) -> bool:
    """Whether two tokens are one: Δ or d and its letter, or two indices."""
    if token.kind == "letter":
        return before in _DIFFERENCES
    return token.kind == before.kind == "number"


def _joined(tokens: list[Token]) -> tuple[Token, ...]:
    """Make one token of dots, rendered as three, of Δ or d before a letter, and of two indices."""
    found: list[Token] = []
    for token in tokens:
        found.append(replace(token, text="…") if token.text in ("⋯", "...") else token)
        if token.text in (".", "·", "⋅") and [each.text for each in found[-3:]] == [token.text] * 3:
            found[-3:] = [Token("sign", "…")]
        elif len(found) > 1 and _makes_one(*found[-2:]):
            found[-2:] = [replace(token, text=found[-2].text + token.text)]
    return tuple(found)


_DIFFERENCES = (Token("letter", "Δ"), Token("letter", "ⅆ"))
