"""Whether two values stand in a relation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from book.formulas.errors import Meaningless, Untrue
from book.formulas.world import Value, shape

_CLOSE = {"=": 1e-9, "←": 1e-9, "≈": 1e-3}
"""How far apart two values may be, relative to the larger."""
_SMALL = 1e-14
"""How far apart two values may be in any case."""
_ORDER: dict[str, Callable[[Value, Value], Value]] = {
    "≤": np.less_equal,
    "<": np.less,
    "≥": np.greater_equal,
    ">": np.greater,
}


def compare(left: Value, relation: str, right: Value, slack: Value = 0.0) -> None:
    """Refuse two values that do not stand in a relation, and say where they part.

    Raises
    ------
    Untrue
        Names both values, of arrays the first elements that part.
    Meaningless
        Their shapes differ.
    """
    if shape(left) != shape(right):
        raise Meaningless(f"shapes {shape(left)} and {shape(right)} on the two sides of {relation}")
    good = np.asarray(related(left, relation, right, slack))
    if not good.all():
        index = tuple(int(n) for n in np.argwhere(~good)[0])
        place = f" in element {', '.join(str(n + 1) for n in index)}" if index else ""
        a, b = np.asarray(left)[index], np.asarray(right)[index]
        raise Untrue(f"{a:.6g} {relation} {b:.6g} is not true{place}")


def related(left: Value, relation: str, right: Value, slack: Value = 0.0) -> Value:
    """Return, element by element, whether values of one shape stand in a relation."""
    if relation in _ORDER:
        return _ORDER[relation](left, right)
    if relation == "≠":
        return np.not_equal(left, right)
    larger = np.maximum(np.abs(left), np.abs(right))
    return np.abs(left - right) <= _SMALL + slack + _CLOSE[relation] * larger
