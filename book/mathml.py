"""Formulas as MathML: what math-core makes of TeX, without styles that the pages do not allow."""

from __future__ import annotations

import re

from math_core import LatexError, LatexToMathML

_LATEX = LatexToMathML(annotation=False)
_ALIGNED = {
    "text-align: right;justify-items: end;padding-right: 0;": "end",
    "text-align: left;justify-items: start;padding-left: 0;": "start",
    "text-align: left;justify-items: start;padding-right: 0;": "case",
    "text-align: left;justify-items: start;padding-right: 0;padding-left:1em;": "condition",
}
"""Classes for the styles that math-core writes: the policy of the pages allows no inline style."""
_EVERYWHERE = [
    # WebKit sets an accent that may not stretch a line's height above its letter.
    (
        r'(<mover accent="true">(?:(?!</mover>).)*<mo)(?: stretchy="false")?>',
        r'\1 stretchy="true">',
    ),
    # Firefox takes the operator for a large one, as a sum is.
    (r"<mo(?= [^>]*>⊙</mo>)", '<mo largeop="false"'),
    # Two indices are read out one by one, "one one", and not as "eleven".
    (
        r"(<msub(?:sup)?><m[io][^>]*>[^<]*</m[io]>)<mn>(\d)(\d)</mn>",
        r"\1<mrow><mn>\2</mn><mn>\3</mn></mrow>",
    ),
]
"""What browsers draw or read out differently, and how they do it alike."""


def mathml(tex: str, block: bool) -> str:
    """Return a formula as MathML.

    Raises
    ------
    ValueError
        The formula is empty or not valid; the message is a sentence without its full stop.
    """
    if not tex.strip():
        raise ValueError("the formula is empty")
    try:
        html = _LATEX.convert_with_local_state(tex, displaystyle=block)
    except LatexError as error:
        raise ValueError(_plainly(error)) from None
    for theirs, alike in _EVERYWHERE:
        html = re.sub(theirs, alike, html)
    return re.sub(r'(?<= )style="([^"]*)"', _class, html)


def _plainly(error: Exception) -> str:
    """Return the first sentence of an error that math-core draws in many colors."""
    said = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    return said.split("\n")[0].removeprefix("Error: ").rstrip(".")


def _class(style: re.Match[str]) -> str:
    if style[1] not in _ALIGNED:
        raise ValueError("the formula sets a color, or aligns what the book does not")
    return f'class="{_ALIGNED[style[1]]}"'
