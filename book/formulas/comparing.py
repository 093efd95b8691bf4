"""Whether two values stand in a relation."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from book.formulas.errors import Meaningless, Untrue
from book.formulas.world import Draws, Value, shape

_CLOSE = {"=": 1e-9, "←": 1e-9, "≈": 1e-3}
"""How far apart two values may be, relative to the larger."""
_SMALL = 1e-14
"""How far apart two values may be in any case."""
BOUNDS = ("≤", "≥")
"""Relations of which the two values may be equal."""
_ORDER: dict[str, Callable[[Value, Value], Value]] = {
    "≤": lambda a, b: (a <= b) | _close(a, b),
    "<": np.less,
    "≥": lambda a, b: (a >= b) | _close(a, b),
    ">": np.greater,
}


def compare(left: Value, relation: str, right: Value, slack: Value = 0.0) -> bool:
    """Refuse two values that do not stand in a relation, and return whether they are equal.

    Raises
    ------
    Untrue
        Names both values, of arrays the first elements that part.
    Meaningless
        Their shapes differ.
    """
    if isinstance(left, Draws) or isinstance(right, Draws):
        raise Meaningless("a random value outside of a mean")
    if shape(left) != shape(right):
        raise Meaningless(f"shapes {shape(left)} and {shape(right)} on the two sides of {relation}")
    good = np.asarray(related(left, relation, right, slack))
    if not good.all():
        index = tuple(int(n) for n in np.argwhere(~good)[0])
        place = f" in element {', '.join(str(n + 1) for n in index)}" if index else ""
        shown = _apart(np.asarray(left)[index], np.asarray(right)[index])
        raise Untrue(f"{shown[0]} {relation} {shown[1]} is not true{place}")
    return bool(np.all(_close(left, right)))


def _apart(left: Value, right: Value) -> tuple[str, str]:
    """Write two numbers with as many digits as tell them apart."""
    written = [(f"{left:.{digits}g}", f"{right:.{digits}g}") for digits in (6, 9, 12, 17)]
    return next((pair for pair in written if pair[0] != pair[1]), written[0])


def related(left: Value, relation: str, right: Value, slack: Value = 0.0) -> Value:
    """Return, element by element, whether values of one shape stand in a relation."""
    if relation in _ORDER:
        return _ORDER[relation](left, right)
    if relation == "≠":
        return np.not_equal(left, right)
    return _close(left, right, _CLOSE[relation], slack)


def _close(left: Value, right: Value, relative: float = _CLOSE["="], slack: Value = 0.0) -> Value:
    larger = np.maximum(np.abs(left), np.abs(right))
    near = np.abs(left - right) <= _SMALL + slack + relative * larger
    return near & np.isfinite(larger)
