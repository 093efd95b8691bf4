"""A network as a drawing: circles for units, lines for weights, and the numbers of one example.

The forward pass and the backward pass are drawn below each other, each with arrowheads, in a color
and under a heading of its own. The drawing is SVG that takes its colors from the page it stands in,
and has colors of its own where the page gives none. Three layers are as wide as a phone can show in
letters of 12 pixels.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from html import escape
from typing import Any, NamedTuple, TypeAlias

import numpy as np

from backprop._arrays import Array, finite_array, shown
from backprop.network import Backward, Network, Steps, Trace

LARGEST = 12
"""Units that a layer of a drawing may have, to be readable."""

LABELLED = 6
"""Edges between two layers that have room for their numbers."""

_INK = "var(--md-default-fg-color, #222)"
_PAPER = "var(--md-default-bg-color, #fff)"
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
"""What a number of a unit is called in code, by its symbol."""

_RADIUS = 30
_MARGIN = 41  # from the middle of the first column to the edge of the drawing
_ACROSS = 147  # between the middles of two columns
_LINE = 14  # height of a line of text
_NARROWEST = 376  # room for the legend
_ALONG = 0.58  # where on its edge a number stands, if edges cross

_THINNEST, _WIDER = 0.8, 3.0  # width of a weight of 0, and what the largest of a layer adds

At: TypeAlias = tuple[int, int]
"""A unit: its layer, and its place there."""
Place: TypeAlias = complex
"""A point of the drawing: to the right, and down."""


def draw_network(
    network: Network,
    trace: Trace | None = None,
    backward: Backward | None = None,
    steps: Steps | None = None,
    *,
    title: str,
    description: str | None = None,
    unit: tuple[int, int] | None = None,
) -> str:
    """Draw a small network with what it is given of one example.

    The wider an edge, the larger its weight beside the others of its layer; a dashed edge has a
    negative weight. Numbers stand on the edges between two layers if there are no more than 6 of
    these edges; without a description of yours, the description has all weights and steps. Of what
    is given beside the network, only the sizes are compared with those of the network.

    Parameters
    ----------
    network : Network
        Network whose weights stand on the edges.
    trace : Trace, optional
        Adds the output a of each unit, in the circle, and the pre-activation z.
    backward : Backward, optional
        Draws the backward pass, with the errors at the output and the error term of each unit. The
        forward pass stands above it if there is a trace, and is left out otherwise.
    steps : Steps, optional
        Writes steps on the edges of the backward pass, where the weights stand otherwise; all steps
        have one power of ten. The pass is drawn even if no edge of it has room for a step.
    title : str
        What the drawing shows, for those who do not see it.
    description : str, optional
        More of the same; without it, all numbers of the drawing in words.
    unit : (int, int), optional
        Layer and place, such as (1, 0), of the unit whose edges are highlighted and have numbers:
        those into it in the forward pass, those out of it in the backward pass.

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
        A layer has more than 12 units, the numbers are of a batch or of a network of other sizes,
        or not finite, or the network has no such unit.
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
        raise ValueError(f"network must have at most {LARGEST} units per layer, not {max(sizes)}")
    units = {
        (l, j): _values(network, trace, backward, l, j)
        for l, size in enumerate(sizes)
        for j in range(size)
    }
    are_places = isinstance(unit, tuple) and all(
        isinstance(each, int | np.integer) for each in unit
    )
    if unit is not None and not (are_places and unit in units):
        raise ValueError(f"unit must be the layer and the place of a unit, not {shown(unit)}")
    if steps is not None:
        _require(steps.W, {l: layer.W.shape for l, layer in enumerate(network, 1)}, "steps.W")
    drawing = _Drawing(network, units, unit)
    if trace is not None or (backward is None and steps is None):
        drawing.add_forward()
    if backward is not None or steps is not None:
        drawing.add_backward(steps, "error terms" if backward is not None else "")
    if description is None:
        description = _description(network, units, steps)
    classes = "network" if drawing.has_all else "network partial"
    return _svg(*drawing.whole(), title, description, classes)


def _values(
    network: Network, trace: Trace | None, backward: Backward | None, l: int, j: int
) -> dict[str, float]:
    """Return what is known of a unit, by the symbols."""
    sizes = dict(enumerate(network.sizes))
    L = len(network)
    found: dict[str, Any] = {}
    bias = network[l].b if l else None
    if bias is not None:
        found["b"] = bias[j]
    if trace is not None:
        _require(trace.a, {l: (n,) for l, n in sizes.items()}, "trace.a")
        _require(trace.z, {l: (n,) for l, n in sizes.items() if l}, "trace.z")
        if l > 0:
            found["z"] = trace.z[l][j]
        found[_output(l, L)] = trace.a[l][j]
    if backward is not None and l > 0:
        _require(backward.delta, {l: (n,) for l, n in sizes.items() if l}, "backward.delta")
        _require({L: backward.error}, {L: (sizes[L],)}, "backward.error")
        if l == L:
            found["e"] = backward.error[j]
        found["δ"] = backward.delta[l][j]
    return {symbol: float(value) for symbol, value in found.items()}


def _output(l: int, L: int) -> str:
    """Return the symbol of what a unit puts out."""
    return {0: "x", L: "ŷ"}.get(l, "a")


def _require(arrays: Mapping[int, Array], shapes: dict[int, Any], name: str) -> None:
    found = {l: finite_array(f"{name}[{l}]", array).shape for l, array in arrays.items()}
    if found != shapes:
        raise ValueError(f"{name} must be of one example of this network, {shapes}, not {found}")


class _Pass(NamedTuple):
    """What one pass shows."""

    name: str
    heading: str
    color: str
    within: str
    """Symbols that stand in circles."""
    below: str
    """Symbols that stand below them."""
    steps: Steps | None = None

    @property
    def is_back(self) -> bool:
        """Whether it goes from the output to the input."""
        return self.name == "backward"

    def on_edges(self) -> str:
        """Return what the numbers on edges are."""
        if self.steps is None:
            return "weights"
        power = _power(self.steps)
        return f"steps × 10{str(power).translate(_RAISED)}" if power else "steps"


class _Drawing:
    """What is drawn so far, from the top down: a part for each pass."""

    def __init__(
        self, network: Network, units: Mapping[At, Mapping[str, float]], unit: At | None
    ) -> None:
        self.network, self.units, self.unit = network, units, unit
        self.sizes, self.L = network.sizes, len(network)
        self.edges = [
            (l, i, j)
            for l in range(1, self.L + 1)
            for j in range(self.sizes[l])
            for i in range(self.sizes[l - 1])
        ]
        self.width = max(_NARROWEST, 2 * _MARGIN + self.L * _ACROSS)
        self.height = 0.0
        self.parts: list[str] = []
        self.has_all = True

    def add_forward(self) -> None:
        """Draw the network with its weights, and the values if there are any."""
        has_values = "x" in self.units[0, 0]
        self.add(_Pass("forward", "Forward →", _FORWARD, "xaŷ", "bz"), "values" * has_values)

    def add_backward(self, steps: Steps | None, words: str) -> None:
        """Draw the network with its error terms, and the steps of the weights if there are any."""
        self.add(_Pass("backward", "← Backward", _ERROR, "δ", "e", steps), words)

    def add(self, drawn: _Pass, words: str) -> None:
        """Draw one pass below what is drawn."""
        at = self.places(drawn)
        labels = [
            self.label(edge, at, drawn) for edge in self.edges if self.is_labelled(edge, drawn)
        ]
        self.has_all &= len(labels) == len(self.edges)
        on_edges = f"{drawn.on_edges()} on edges" * bool(labels)
        words = "; ".join(each for each in (words, on_edges) if each)
        y = self.height + _LINE
        heads = [_text(2, y, drawn.heading, drawn.color, weight=600)]
        if words:
            heads.append(_text(self.width - 2, y, words, drawn.color, "end"))
        if not self.parts:
            heads += [
                _text(at[l, 0].real, y + _LINE + 3, _layer_name(l, self.L), _INK, "middle")
                for l in range(self.L + 1)
            ]
        edges = [self.edge(edge, at, drawn) for edge in self.edges]
        circles = [self.circle(unit, place, drawn) for unit, place in at.items()]
        # The numbers come after the lines, so that no line crosses them.
        body = "".join([*heads, *edges, *labels, *circles])
        self.parts.append(f'<g class="{drawn.name}">{body}</g>')
        lowest = [place.imag + self.lines(unit, drawn) * _LINE for unit, place in at.items()]
        self.height = max(lowest) + _RADIUS + _LINE

    def whole(self) -> tuple[str, float, float]:
        """Return the drawing with its legend, and its size."""
        y = self.height + _LINE
        legend = [
            _line(complex(2, y - 4), complex(24, y - 4), _POSITIVE, 2.5),
            _text(29, y, "weight &gt; 0", _INK),
            _line(complex(118, y - 4), complex(140, y - 4), _NEGATIVE, 2.5, dashed=True),
            _text(145, y, "weight &lt; 0", _INK),
            _line(complex(234, y - 4), complex(248, y - 4), _INK, _THINNEST),
            _line(complex(251, y - 4), complex(265, y - 4), _INK, _THINNEST + _WIDER),
            _text(270, y, "small, large", _INK),
        ]
        return "".join(self.parts + legend), self.width, y + 8

    def lines(self, unit: At, drawn: _Pass) -> int:
        """Return how many numbers stand below a unit."""
        return sum(symbol in self.units[unit] for symbol in drawn.below)

    def is_crossed(self, l: int) -> bool:
        """Return whether edges with numbers cross before a layer."""
        n, m = self.sizes[l - 1 : l + 1]
        return self.unit is None and min(n, m) > 1 and n * m <= LABELLED

    def is_lit(self, edge: tuple[int, int, int], drawn: _Pass) -> bool:
        """Return whether an edge leads to the highlighted unit in this pass, if there is one."""
        l, i, j = edge
        return self.unit in (None, (l - 1, i) if drawn.is_back else (l, j))

    def is_labelled(self, edge: tuple[int, int, int], drawn: _Pass) -> bool:
        """Return whether there is room for the number of an edge."""
        n, m = self.sizes[edge[0] - 1 : edge[0] + 1]
        return self.is_lit(edge, drawn) and (self.unit is not None or n * m <= LABELLED)

    def places(self, drawn: _Pass) -> dict[At, Place]:
        """Return the middle of each unit.

        Where edges cross, the units of the second layer stand so far apart that the edges are
        evenly spaced at one place of their way, where their numbers stand below each other.
        """
        pitch: list[float] = []
        for l, size in enumerate(self.sizes):
            lines = max(self.lines((l, j), drawn) for j in range(size))
            pitch.append(2 * _RADIUS + 5 + _LINE * lines)
            if l and self.is_crossed(l):
                apart = pitch[l - 1] * self.sizes[l - 1] * (1 - _ALONG) / _ALONG
                pitch[l] = max(pitch[l], apart)
        tallest = max((n - 1) * each for n, each in zip(self.sizes, pitch, strict=True))
        left = (self.width - self.L * _ACROSS) / 2
        top = self.height + _RADIUS + (24 if self.parts else 38)
        return {
            (l, j): complex(left + l * _ACROSS, top + tallest / 2 + (j - (n - 1) / 2) * pitch[l])
            for l, n in enumerate(self.sizes)
            for j in range(n)
        }

    def edge(self, edge: tuple[int, int, int], at: Mapping[At, Place], drawn: _Pass) -> str:
        """Draw the line of a weight, and the arrowhead of what passes over it."""
        l, i, j = edge
        source, target = at[l - 1, i], at[l, j]
        along = (target - source) / abs(target - source)
        start, end = source + _RADIUS * along, target - _RADIUS * along
        lit = self.is_lit(edge, drawn)
        head = ""
        if lit and not drawn.is_back:
            head, end = _head(end, along, drawn.color), end - 7 * along
        elif lit and l > 1:
            # No error term flows on to the input.
            head, start = _head(start, -along, drawn.color), start + 7 * along
        weight = float(self.network[l].W[i, j])
        width = _THINNEST + _WIDER * abs(weight) / (float(abs(self.network[l].W).max()) or 1)
        color = _NEGATIVE if weight < 0 else _POSITIVE if weight > 0 else _INK
        line = _line(start, end, color, width, dashed=weight < 0, faint=not lit)
        return _of(f"W.{l}.{i}.{j}", line + head)

    def label(self, edge: tuple[int, int, int], at: Mapping[At, Place], drawn: _Pass) -> str:
        """Write the number of an edge upon it."""
        l, i, j = edge
        along = _ALONG if self.is_crossed(l) else 0.5
        place = at[l - 1, i] + along * (at[l, j] - at[l - 1, i])
        name, text, color = f"W.{l}.{i}.{j}", number(float(self.network[l].W[i, j])), _INK
        if drawn.steps is not None:
            step = float(drawn.steps.W[l][i, j])
            name, text, color = f"steps.{name}", _scaled(step, _power(drawn.steps)), drawn.color
        return _of(name, _text(place.real, place.imag + 4, text, color, "middle"), over_lines=True)

    def circle(self, unit: At, place: Place, drawn: _Pass) -> str:
        """Draw a unit, with one number in its circle, and others below."""
        l, j = unit
        x, y, values = place.real, place.imag, self.units[unit]
        index = _subscript(j + 1) * (self.sizes[l] > 1)
        below = [symbol for symbol in drawn.below if symbol in values]
        parts = []
        for line, symbol in enumerate(below, 1):
            text = f"{symbol}{index} {_brief(values[symbol])}"
            color = _INK if symbol == "b" else drawn.color
            text = _text(x, y + _RADIUS + _LINE * line, text, color, "middle")
            parts.append(_of(_NAMES[symbol].format(l=l, j=j), text, over_lines=True))
        within = next((symbol for symbol in drawn.within if symbol in values), None)
        stroke, ring = drawn.color if within else _INK, 4 if unit == self.unit else 1.5
        parts.append(
            f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_RADIUS}" fill="{_UNIT}" '
            f'stroke="{stroke}" stroke-width="{ring}"/>'
        )
        if within:
            lines = _text(x, y - 6, within + index, drawn.color, "middle")
            lines += _text(x, y + 10, _brief(values[within]), drawn.color, "middle")
            parts.append(_of(_NAMES[within].format(l=l, j=j), lines))
        else:
            parts.append(_text(x, y + 4, _output(l, self.L) + index, _INK, "middle"))
        return f'<g data-unit="{l}.{j}">{"".join(parts)}</g>'


def _of(name: str, drawn: str, over_lines: bool = False) -> str:
    """Say what is drawn, as code says it, for a page that changes it: `W.1.0.2` is W[1][0, 2]."""
    paper = f' stroke="{_PAPER}" stroke-width="7" stroke-linejoin="round" paint-order="stroke"'
    return f'<g data-of="{name}"{paper * over_lines}>{drawn}</g>'


def _line(
    start: Place, end: Place, color: str, width: float, dashed: bool = False, faint: bool = False
) -> str:
    dashes = ' stroke-dasharray="5 4"' if dashed else ""
    opacity = ' opacity="0.3"' if faint else ""
    return (
        f'<path d="M{_point(start)}L{_point(end)}" stroke="{color}" stroke-width="{width:.2f}"'
        f"{dashes}{opacity}/>"
    )


def _head(tip: Place, along: Place, color: str) -> str:
    """Draw an arrowhead."""
    corners = (tip, tip + along * complex(-8, 4.5), tip + along * complex(-8, -4.5))
    return f'<path d="M{"L".join(map(_point, corners))}Z" fill="{color}"/>'


def _point(place: Place) -> str:
    return f"{place.real:.1f} {place.imag:.1f}"


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _power(steps: Steps) -> int:
    """Return the power of ten, a multiple of three, in which the largest step is from 1 to 1000.

    The power is never below -306, because the powers below it are no floats of full precision.
    """
    largest = max(float(abs(step).max()) for step in steps.W.values())
    return max(int(f"{largest:.2e}".partition("e")[2]) // 3 * 3, -306)


def _scaled(step: float, power: int) -> str:
    """Return a step in units of a power of ten: three digits, at most three of them decimals.

    What would then read 0 is written by one digit and a power of ten, for which edges have room.
    """
    share = step / float(f"1e{power}")
    digits = f"{share:+.3g}" if abs(share) >= 0.1 else f"{share:+.3f}"
    if abs(share) < 0.0005:
        digit, _, exponent = f"{step:+.0e}".partition("e")
        digits = f"{digit}e{int(exponent) - power}"
    return digits.replace("-", "−") if step else "0"


def _brief(value: float) -> str:
    """Return a number with at most five decimals, so that few need a power of ten."""
    if 1e-4 <= abs(value) < 1e-3:
        return f"{value:.5f}".replace("-", "−")
    return number(value)


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


def number(value: float) -> str:
    """Return a number as drawings write it: three significant digits, and short.

    Parameters
    ----------
    value : float
        What to write; a negative zero is 0.

    Returns
    -------
    str
        Such as 0.512 or −7.08e−5.

    Raises
    ------
    TypeError
        The value is no real number.
    ValueError
        The value is not finite.
    """
    array = finite_array("value", value)
    if array.ndim:
        raise ValueError(f"value must be one number, not of shape {array.shape}")
    value = float(array)
    if np.isinf(value):
        raise ValueError(f"value must be no larger than a float can be, not {array}")
    if value == 0:
        return "0"
    digits = f"{value:.3g}"
    if not 1e-3 <= abs(value) < 999.5:
        mantissa, _, power = f"{value:.2e}".partition("e")
        digits = f"{mantissa}e{int(power)}"
    return digits.replace("-", "−")


def _text(
    x: float, y: float, words: str, color: str, anchor: str = "start", weight: int | None = None
) -> str:
    where = f' text-anchor="{anchor}"' if anchor != "start" else ""
    bold = f' font-weight="{weight}"' if weight else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}"{where}{bold}>{words}</text>'


def _description(
    network: Network, units: Mapping[At, Mapping[str, float]], steps: Steps | None
) -> str:
    """Say in words what is drawn, unit by unit."""
    said = []
    for l, j in units:
        index = _subscript(j + 1) * (network.sizes[l] > 1)
        parts = [f"{symbol}{index} {number(value)}" for symbol, value in units[l, j].items()]
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


def _svg(body: str, width: float, height: float, title: str, description: str, kind: str) -> str:
    """Return the drawing, in ASCII; characters that XML knows nothing of are replaced by U+FFFD."""
    for name, words in (("title", title), ("description", description)):
        if not isinstance(words, str):
            raise TypeError(f"{name} must be text, not {shown(words)}")
    title, description = _NOT_IN_XML.sub("\ufffd", title), _NOT_IN_XML.sub("\ufffd", description)
    # What differs in anything has ids of its own: two drawings may stand in one page.
    told = "\0".join((body, title, description))
    digest = hashlib.sha256(told.encode()).hexdigest()[:8]
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="{kind}" width="{1.2 * width:.0f}" '
        f'height="{1.2 * height:.0f}" viewBox="0 0 {width:.0f} {height:.0f}" role="img" '
        f'aria-labelledby="{digest}-title" aria-describedby="{digest}-desc" font-size="12" '
        f'font-family="system-ui, sans-serif">'
        f'<title id="{digest}-title">{escape(title)}</title>'
        f'<desc id="{digest}-desc">{escape(description)}</desc>{body}</svg>'
    )
    return svg.encode("ascii", "xmlcharrefreplace").decode()
