"""A network as a drawing: its units and weights, and the numbers that flow through them.

The drawing is SVG that takes its colors from the page it stands in, and has colors of its own where
the page gives none. Every weight has a row of its own before the unit it leads to, so that no two
labels can meet, however many edges cross.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from html import escape
from typing import Any

import numpy as np

from backprop._arrays import Array, finite_array, shown
from backprop.network import Backward, Network, Steps, Trace

LARGEST = 12
"""Units that a layer of a drawing may have, to be readable."""

_INK = "var(--md-default-fg-color, #222)"
_FORWARD = "var(--bp-forward, #1a6fb5)"
_ERROR = "var(--bp-error, #c0392b)"
_POSITIVE = "var(--bp-positive, #2b7a8c)"
_NEGATIVE = "var(--bp-negative, #b5651d)"
_UNIT = "var(--bp-unit, #f4f6f8)"

_NAMES = {
    "x": "x.{j}",
    "b": "b.{l}.{j}",
    "z": "z.{l}.{j}",
    "a": "a.{l}.{j}",
    "ŷ": "a.{l}.{j}",
    "e": "error.{j}",
    "δ": "delta.{l}.{j}",
}
"""What a line of a unit is called in code, by its symbol."""

_CARD = 88  # width of a unit
_FAN = 26  # where edges cross
_LABEL = 62  # width of an edge's row, in which it is level and carries its numbers
_JOIN = 6  # where the rows come together at a unit
_LINE = 15  # height of a line of text
_HEAD = 22
_FOOT = 18


def draw_network(
    network: Network,
    trace: Trace | None = None,
    backward: Backward | None = None,
    steps: Steps | None = None,
    *,
    title: str,
    description: str | None = None,
) -> str:
    """Draw a small network with what it is given of one example.

    Parameters
    ----------
    network : Network
        Its weights stand on the edges; the wider an edge, the larger its weight, and a dashed edge
        has a negative one.
    trace : Trace, optional
        Adds the input z and the output a of each unit.
    backward : Backward, optional
        Adds the error at the output and the error term of each unit.
    steps : Steps, optional
        Adds the step of each weight below it.
    title : str
        What the drawing shows, for those who do not see it.
    description : str, optional
        More of the same; without it, all numbers of the drawing in words.

    Returns
    -------
    str
        An SVG document without a header, to be put into a page, in ASCII: other characters are
        written by their number, so that any console and any file takes them.

    Raises
    ------
    TypeError
        An argument is of another class, or a number in one is no real number.
    ValueError
        A layer has more than 12 units, or the numbers are of a batch or of another network, or not
        finite.
    """
    for name, value, kind in [
        ("network", network, Network),
        ("trace", trace, Trace),
        ("backward", backward, Backward),
        ("steps", steps, Steps),
    ]:
        if not isinstance(value, kind) and not (value is None and kind is not Network):
            raise TypeError(f"{name} must be of class {kind.__name__}, not {shown(value)}")
    sizes = network.sizes
    if max(sizes) > LARGEST:
        raise ValueError(f"network must have at most {LARGEST} units a layer, not {max(sizes)}")
    units = {
        (l, j): _values(network, trace, backward, l, j)
        for l, size in enumerate(sizes)
        for j in range(size)
    }
    if steps is not None:
        _require(steps.W, {l: layer.W.shape for l, layer in enumerate(network, 1)}, "steps.W")
    row = _LINE * (1 if steps is None else 2) + 3
    places, width, height = _layout(sizes, units, row)
    edges = [
        _edge(network, steps, l, i, j, places, row)
        for l in range(1, len(sizes))
        for j in range(sizes[l])
        for i in range(sizes[l - 1])
    ]
    cards = [_unit(at, units[at], places[at]) for at in units]
    names = [
        _text(places[l, 0][0] + _CARD / 2, 14, _layer_name(l, len(network)), _INK, "middle")
        for l in range(len(sizes))
    ]
    foot = _flows(width, height, trace, backward)
    body = "".join([*names, *edges, *cards, *foot])
    if description is None:
        description = _description(network, units, steps)
    return _svg(body, width, height, title, description)


def _values(
    network: Network, trace: Trace | None, backward: Backward | None, l: int, j: int
) -> list[tuple[str, float | None, str]]:
    """Return what is written in a unit: symbol, value if it is known, and color."""
    sizes = dict(enumerate(network.sizes))
    L = len(network)
    index = _subscript(j + 1) * (sizes[l] > 1)
    found: list[tuple[str, Any, str]] = []
    if trace is not None:
        _require(trace.a, {l: (n,) for l, n in sizes.items()}, "trace.a")
        _require(trace.z, {l: (n,) for l, n in sizes.items() if l}, "trace.z")
        if l > 0:
            found.append(("z", trace.z[l][j], _FORWARD))
        found.append(({0: "x", L: "ŷ"}.get(l, "a"), trace.a[l][j], _FORWARD))
    if backward is not None and l > 0:
        _require(backward.delta, {l: (n,) for l, n in sizes.items() if l}, "backward.delta")
        _require({L: backward.error}, {L: (sizes[L],)}, "backward.error")
        if l == L:
            found.append(("e", backward.error[j], _ERROR))
        found.append(("δ", backward.delta[l][j], _ERROR))
    if l == 0 and not found:
        return [("x" + index, None, _INK)]
    bias = network[l].b if l else None
    if bias is not None:
        found.insert(0, ("b", bias[j], _INK))
    return [(symbol + index, float(value), color) for symbol, value, color in found]


def _require(arrays: Mapping[int, Array], shapes: dict[int, Any], name: str) -> None:
    found = {l: finite_array(f"{name}[{l}]", array).shape for l, array in arrays.items()}
    if found != shapes:
        raise ValueError(f"{name} must be of one example of this network, {shapes}, not {found}")


def _layout(
    sizes: tuple[int, ...], units: dict[tuple[int, int], Any], row: int
) -> tuple[dict[tuple[int, int], tuple[float, float, float]], float, float]:
    """Return left, middle and height of each unit, and the size of the drawing."""
    lines = [max(1, *(len(units[l, j]) for j in range(n))) for l, n in enumerate(sizes)]
    cards = [_LINE * n + 9 for n in lines]
    rows = [0, *(n * row for n in sizes[:-1])]
    pitch = [max(card, taken) + 12 for card, taken in zip(cards, rows, strict=True)]
    tallest = float(max(n * each for n, each in zip(sizes, pitch, strict=True)))
    places = {
        (l, j): (
            2.0 + l * (_CARD + _FAN + _LABEL + _JOIN),
            _HEAD + tallest / 2 + (j - (n - 1) / 2) * pitch[l],
            float(cards[l]),
        )
        for l, n in enumerate(sizes)
        for j in range(n)
    }
    width = 4.0 + len(sizes) * _CARD + (len(sizes) - 1) * (_FAN + _LABEL + _JOIN)
    return places, width, _HEAD + tallest + _FOOT


def _edge(
    network: Network,
    steps: Steps | None,
    l: int,
    i: int,
    j: int,
    places: dict[tuple[int, int], tuple[float, float, float]],
    row: int,
) -> str:
    """Draw the edge of one weight: across the fan, along its row, and into its unit."""
    W = network[l].W
    left, middle, _ = places[l - 1, i]
    end, target, card = places[l, j]
    start = left + _CARD
    y = target + (i - (len(W) - 1) / 2) * row + (0 if steps is None else -1)
    into = min(max(y, target - card / 2 + 8), target + card / 2 - 8)
    level = start + _FAN
    bend = start + _FAN / 2
    path = (
        f"M{start:.1f} {middle:.1f}C{bend:.1f} {middle:.1f} {bend:.1f} {y:.1f} {level:.1f} {y:.1f}"
        f"H{level + _LABEL:.1f}L{end:.1f} {into:.1f}"
    )
    weight = float(W[i, j])
    size = 0.8 + 2 * abs(weight) / (float(abs(W).max()) or 1)
    dashes = ' stroke-dasharray="4 3"' if weight < 0 else ""
    color = _NEGATIVE if weight < 0 else _POSITIVE
    drawn = f'<path d="{path}" fill="none" stroke="{color}" stroke-width="{size:.2f}"{dashes}/>'
    drawn += _text(level + _LABEL - 1, y - 4, number(weight), _INK, "end")
    drawn = _of(f"W.{l}.{i}.{j}", drawn)
    if steps is not None:
        step = number(float(steps.W[l][i, j]), sign=True)
        label = _text(level + _LABEL - 1, y + 13, step, _ERROR, "end")
        drawn += _of(f"steps.W.{l}.{i}.{j}", label)
    return drawn


def _of(name: str, drawn: str) -> str:
    """Say what is drawn, as code says it, for a page that changes it: `W.1.0.2` is W[1][0, 2]."""
    return f'<g data-of="{name}">{drawn}</g>'


def _unit(
    at: tuple[int, int],
    values: list[tuple[str, float | None, str]],
    place: tuple[float, float, float],
) -> str:
    l, j = at
    left, middle, height = place
    drawn = (
        f'<rect x="{left:.1f}" y="{middle - height / 2:.1f}" width="{_CARD}" height="{height:.1f}" '
        f'rx="12" fill="{_UNIT}" stroke="{_INK}"/>'
    )
    for line, (symbol, value, color) in enumerate(values):
        y = middle + (line - (len(values) - 1) / 2) * _LINE + 4
        drawn_line = _text(left + 5, y, symbol, color)
        if value is not None:
            drawn_line += _text(left + _CARD - 5, y, number(value), color, "end")
        drawn += _of(_NAMES[symbol[0]].format(l=l, j=j), drawn_line)
    return f'<g data-unit="{l}.{j}">{drawn}</g>'


def _flows(
    width: float, height: float, trace: Trace | None, backward: Backward | None
) -> Iterable[str]:
    if trace is not None:
        yield _text(2, height - 4, "values →", _FORWARD)
    if backward is not None:
        yield _text(width - 2, height - 4, "← error terms", _ERROR, "end")


def _layer_name(l: int, L: int) -> str:
    if l in (0, L):
        return "output" if l else "input"
    return "hidden" if L == 2 else f"hidden {l}"


def _subscript(index: int | str) -> str:
    """Return an index as it stands below a symbol.

    Parameters
    ----------
    index : int or str
        A number, or its digits.

    Returns
    -------
    str
        The small digits.
    """
    return str(index).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))


def number(value: float, sign: bool = False) -> str:
    """Return a number as drawings write it: three significant digits, and short.

    Parameters
    ----------
    value : float
        What to write; a negative zero is 0.
    sign : bool
        Whether a positive number begins with a plus.

    Returns
    -------
    str
        Such as 0.512, −7.08e−5 or +0.0302.

    Raises
    ------
    TypeError
        The value is no real number, or the sign neither True nor False.
    ValueError
        The value is not finite.
    """
    if not isinstance(sign, bool):
        raise TypeError(f"sign must be True or False, not {shown(sign)}")
    array = finite_array("value", value)
    if array.ndim:
        raise ValueError(f"value must be one number, not of shape {array.shape}")
    value = float(array)
    if np.isinf(value):
        raise ValueError(f"value must be no larger than a float can be, not {array}")
    if value == 0:
        return "0"
    digits = f"{value:{'+' if sign else ''}.3g}"
    if not 1e-3 <= abs(value) < 999.5:
        mantissa, _, power = f"{value:{'+' if sign else ''}.2e}".partition("e")
        digits = f"{mantissa}e{int(power)}"
    return digits.replace("-", "−")


def _text(x: float, y: float, words: str, color: str, anchor: str = "start") -> str:
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}"{where}>{words}</text>'


def _description(network: Network, units: dict[tuple[int, int], Any], steps: Steps | None) -> str:
    """Say in words what is drawn, unit by unit."""
    said = []
    for l, j in units:
        parts = [
            f"{symbol} {number(value)}" for symbol, value, _ in units[l, j] if value is not None
        ]
        if l:
            parts += [f"weights {_list(network[l].W[:, j])}"]
        if l and steps is not None:
            parts += [f"steps {_list(steps.W[l][:, j])}"]
        if parts:
            said.append(f"{_layer_name(l, len(network))} unit {j + 1}: {', '.join(parts)}")
    return f"A {'-'.join(map(str, network.sizes))} network. " + "; ".join(said).capitalize() + "."


def _list(values: Array) -> str:
    return " and ".join(number(float(value)) for value in values)


_NOT_IN_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def _svg(
    body: str, width: float, height: float, title: str, description: str, kind: str = "network"
) -> str:
    """Return the drawing, in ASCII; characters that XML knows nothing of are replaced by U+FFFD."""
    for name, words in (("title", title), ("description", description)):
        if not isinstance(words, str):
            raise TypeError(f"{name} must be text, not {shown(words)}")
    title, description = _NOT_IN_XML.sub("\ufffd", title), _NOT_IN_XML.sub("\ufffd", description)
    digest = hashlib.sha256((body + title).encode()).hexdigest()[:8]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" width="{1.2 * width:.0f}" '
        f'height="{1.2 * height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="{digest}-title {digest}-desc" font-size="12" '
        f'font-family="system-ui, sans-serif">'
        f'<title id="{digest}-title">{escape(title)}</title>'
        f'<desc id="{digest}-desc">{escape(description)}</desc>{body}</svg>'
    )
    return svg.encode("ascii", "xmlcharrefreplace").decode()
