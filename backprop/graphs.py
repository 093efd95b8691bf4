"""The graph of a computation as a drawing: what was computed from what, with all gradients.

The drawing is read from top to bottom. Each value stands in a row below all that it was computed
from, and the local derivative of each use stands beside its edge. An edge that passes a row has a
lane of its own there, so that it meets no value. A constant is part of the operation that it
entered.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from html import escape

import numpy as np

from backprop._arrays import Array
from backprop.autodiff import (
    Variable,
    _require_finite,
    gradients,
    topological_order,
    vjp_terms,
)
from backprop.drawing import _ERROR, _FORWARD, _INK, _UNIT, _subscript, _svg, _text, number

LARGEST = 60
"""Values that a drawing may have, to be readable."""

_SYMBOLS = {
    "add": "+",
    "subtract": "−",
    "multiply": "×",
    "divide": "÷",
    "power": "^",
    "matmul": "@",
}

_LINE = 14  # height of a line of text
_CHARACTER = 7.7  # width of a character, in a font that is wider than most
_ACROSS = 8  # between two neighbors
_DOWN = 18  # where edges go across, from the bottom of a row to the top of the next
_PORT = 16  # between two edges that arrive, at least
_BESIDE = 5  # between an edge and its local derivative
_LANE = 8.0  # width of an edge that passes a row
_LONGEST = 31  # characters of a constant beside its operation: three long numbers
_NARROWEST = 216.0  # for the words at the foot


@dataclass(eq=False)
class _Box:
    """A value in its row, or the lane of an edge that passes the row."""

    words: list[tuple[str, str, str]]
    """A line each: what stands at the left, what at the right, and the color of that."""
    slopes: list[str]
    """For each edge that arrives, its local derivative, or nothing."""
    x: float = 0.0
    """Its middle."""
    row: tuple[float, float] = (0.0, 0.0)
    """Top and bottom of its row."""

    def __post_init__(self) -> None:
        longest = max(
            (_CHARACTER * len(slope) + _BESIDE for slope in self.slopes if slope), default=0
        )
        # The first local derivative stands to the left of its edge and the last to the right of its
        # own; others, as of an einsum of three, stand between edges that leave them room.
        self.apart = _PORT if len(self.slopes) < 3 else max(_PORT, longest + _BESIDE)
        ports = self.apart * len(self.slopes) + 2 * longest
        lines = (_CHARACTER * (len(left) + len(right) + 2) + 4 for left, right, _ in self.words)
        self.width = max([_LANE, ports, *lines])
        self.height = _LINE * len(self.words) + 7.0 if self.words else 0.0
        self.head = float(_LINE) if any(self.slopes) else 0.0

    @property
    def top(self) -> float:
        """Top of its frame."""
        return self.row[1] - self.height

    def port(self, i: int) -> float:
        """Return where edge i arrives."""
        return self.x + (i - (max(len(self.slopes), 1) - 1) / 2) * self.apart


@dataclass(frozen=True, eq=False)
class _Link:
    """The part of an edge between two rows: from where to where, and to which port."""

    start: _Box
    end: _Box
    port: int = 0


def draw_graph(output: Variable, *, title: str, description: str | None = None) -> str:
    """Draw how a number was computed, with the gradient of each variable on the way.

    Where a value and all that it was computed from are numbers, each local derivative stands beside
    its edge. A constant has no gradient and no place of its own: it is written with its operation,
    row after row, or its shape where the rows are too long for a line.

    Parameters
    ----------
    output : Variable
        A number.
    title : str
        What the drawing shows, for those who do not see it.
    description : str, optional
        More of the same; without it, all that is drawn in words.

    Returns
    -------
    str
        An SVG document without a header, to be put into a page, in ASCII: other characters are
        written by their number, so that any console and any file takes them.

    Raises
    ------
    TypeError
        The output is not a variable, or the title or the description is no text.
    ValueError
        The output is not a number, the graph has more than 60 values without its constants, or a
        number is larger than a float can be.
    FloatingPointError
        The output, a gradient or a local derivative is not finite.
    """
    if not isinstance(output, Variable):
        raise TypeError(f"output must be a Variable, not {type(output).__name__}")
    order = [node for node in topological_order(output) if not node.constant]
    if len(order) > LARGEST:
        raise ValueError(f"output must come from at most {LARGEST} values, not {len(order)}")
    found = dict(zip(order, gradients(output, order), strict=True))
    slopes = {node: _local_derivatives(node) for node in order}
    rows, links = _rows(order, {node: _box(node, found[node], slopes[node]) for node in order})
    _sort(rows, links)
    width, height = _place(rows)
    parts = [_line(link) for link in links]
    parts += [_card(box) for row in rows for box in row if box.words]
    parts.append(_text(2, height + 16, "values ↓", _FORWARD))
    parts.append(_text(width - 2, height + 16, "↑ gradients", _ERROR, "end"))
    height += 22
    if any(any(each) for each in slopes.values()):
        parts.append(_text(width / 2, height + 10, "on edges: local derivatives", _INK, "middle"))
        height += 16
    said = _description(order, found, slopes) if description is None else description
    return _svg("".join(parts), width, height, title, said, "graph")


def _variables(node: Variable) -> list[Variable]:
    """Return what a value was computed from, without the constants."""
    return [parent for parent in node.parents if not parent.constant]


def _local_derivatives(node: Variable) -> list[str]:
    """Return the derivative of a number by each variable that it came from; of arrays, nothing.

    The local derivative may overflow where the gradient, which is scaled on the way, does not.
    """
    if any(each.value.size != 1 for each in (node, *node.parents)):
        return [""] * len(_variables(node))
    with np.errstate(over="ignore"):
        found = [local for _, local in vjp_terms(node, np.ones_like(node.value))]
    for local in found:
        _require_finite(f"the local derivative of {node.name!r}", local)
    return [number(local.item()) for local in found]


def _box(node: Variable, gradient: Array, slopes: list[str]) -> _Box:
    """Return what is written of a value: its name, its numbers, and its gradient's."""
    first, *more = _numbers(node.value)
    words = [(_name(node), first, _FORWARD), *(("", each, _FORWARD) for each in more)]
    first, *more = _numbers(gradient)
    words += [("grad", first, _ERROR), *(("", each, _ERROR) for each in more)]
    return _Box(words, slopes)


def _name(node: Variable) -> str:
    """Return a name, or an operation with the constants that it met: × or ÷ 2 or 1 −."""
    if not node.parents:
        # A name such as x_1 is drawn as a symbol with its index.
        return re.sub(r"_(\d+)$", lambda index: _subscript(index[1]), node.name)
    sides = [_constant(each.value) if each.constant else "" for each in node.parents]
    if node.name in _SYMBOLS and len(sides) == 2:
        return f"{sides[0]} {_SYMBOLS[node.name]} {sides[1]}".strip()
    return " ".join(filter(None, [_operation(node), *sides]))


def _operation(node: Variable) -> str:
    """Return what an operation is called; of an item that is one number, with its place."""
    if node.name != "item" or not node.parents or node.value.size > 1 or not node.parents[0].ndim:
        return node.name
    # A gradient of 1 goes back to the place that the number came from.
    ((_, chosen),) = vjp_terms(node, np.ones_like(node.value))
    place = np.unravel_index(int(chosen.argmax()), chosen.shape)
    return f"item [{', '.join(map(str, place))}]"


def _constant(array: Array) -> str:
    """Return the rows of a constant in one line, or its shape if the line were long."""
    rows = "; ".join(_numbers(array))
    return rows if len(rows) <= _LONGEST else f"{array.shape}"


def _numbers(array: Array) -> list[str]:
    """Return the rows of a small array, or the shape of a large one."""
    rows = np.atleast_2d(array)
    if rows.ndim > 2 or rows.shape[0] > 4 or rows.shape[1] > 3:
        return [f"{array.shape}"]
    return [", ".join(number(float(value)) for value in row) for row in rows]


def _rows(
    order: list[Variable], boxes: dict[Variable, _Box]
) -> tuple[list[list[_Box]], list[_Link]]:
    """Share the values out over rows, and give each edge a lane in the rows that it passes."""
    depth: dict[Variable, int] = {}
    for node in order:
        depth[node] = 1 + max((depth[parent] for parent in _variables(node)), default=-1)
    # What was not computed stands right above its first use.
    for leaf in order:
        if not leaf.parents:
            uses = [depth[node] for node in order if any(leaf is each for each in node.parents)]
            depth[leaf] = min(uses, default=1) - 1
    rows: list[list[_Box]] = [[] for _ in range(max(depth.values()) + 1)]
    links = []
    for node in order:
        rows[depth[node]].append(boxes[node])
        for port, parent in enumerate(_variables(node)):
            start = boxes[parent]
            for passed in range(depth[parent] + 1, depth[node]):
                lane = _Box([], [])
                rows[passed].append(lane)
                links.append(_Link(start, lane))
                start = lane
            links.append(_Link(start, boxes[node], port))
    return rows, links


def _sort(rows: list[list[_Box]], links: list[_Link]) -> None:
    """Order each row by where its edges lead, from the output up."""
    leaving = defaultdict(list)
    for link in links:
        leaving[link.start].append(link)

    def by_uses(box: _Box) -> float:
        places = [link.end.port(link.port) for link in leaving[box]]
        return sum(places) / len(places)

    for row in reversed(rows[:-1]):
        row.sort(key=by_uses)
        _spread(row)


def _spread(row: list[_Box]) -> float:
    """Put the boxes of a row side by side about 0, and return their width."""
    width = sum(box.width for box in row) + _ACROSS * (len(row) - 1)
    left = -width / 2
    for box in row:
        box.x = left + box.width / 2
        left += box.width + _ACROSS
    return width


def _place(rows: list[list[_Box]]) -> tuple[float, float]:
    """Give each box its place on the drawing, and return the size of that."""
    width = max(max(_spread(row) for row in rows) + 4, _NARROWEST)
    top = 2.0
    for row in rows:
        bottom = top + max(box.head + box.height for box in row)
        for box in row:
            box.x += width / 2
            box.row = (top, bottom)
        top = bottom + _DOWN
    return width, top - _DOWN


def _line(link: _Link) -> str:
    """Draw a part of an edge: across between the rows, and down to its port."""
    x, leaves = link.start.x, link.start.row[1]
    to, arrives = link.end.port(link.port), link.end.row[0]
    middle = (leaves + arrives) / 2
    path = (
        f"M{x:.1f} {leaves:.1f}C{x:.1f} {middle:.1f} {to:.1f} {middle:.1f} {to:.1f} {arrives:.1f}"
    )
    path += f"V{link.end.top:.1f}m-3 -5l3 5l3 -5" if link.end.words else f"V{link.end.row[1]:.1f}"
    return f'<path d="{path}" fill="none" stroke="{_INK}"/>'


def _card(box: _Box) -> str:
    """Draw a value: its local derivatives above it, its name and numbers, its gradient."""
    left = box.x - box.width / 2
    drawn = (
        f'<rect x="{left:.1f}" y="{box.top:.1f}" width="{box.width:.1f}" '
        f'height="{box.height:.1f}" rx="8" fill="{_UNIT}" stroke="{_INK}"/>'
    )
    for i, slope in enumerate(box.slopes):
        if slope:
            to_the_left = i == 0 and len(box.slopes) > 1
            x = box.port(i) + (-_BESIDE if to_the_left else _BESIDE)
            drawn += _text(x, box.top - 3, slope, _INK, "end" if to_the_left else "start")
    for line, (word, numbers, color) in enumerate(box.words):
        y = box.top + 14 + _LINE * line
        if word:
            drawn += _text(left + 5, y, escape(word), _INK if color == _FORWARD else color)
        drawn += _text(left + box.width - 5, y, numbers, color, "end")
    return drawn


def _description(
    order: list[Variable], found: dict[Variable, Array], slopes: dict[Variable, list[str]]
) -> str:
    """Say in words what is drawn, value by value."""
    place = {node: str(n) for n, node in enumerate(order, 1)}
    said = []
    for node in order:
        of = " and ".join(
            f"the constant {'; '.join(_numbers(each.value))}" if each.constant else place[each]
            for each in node.parents
        )
        words = f"{place[node]}: {_operation(node)}{' of ' * bool(of)}{of}, "
        words += f"value {'; '.join(_numbers(node.value))}, "
        if any(slopes[node]):
            words += f"local derivative {' and '.join(slopes[node])}, "
        words += f"gradient {'; '.join(_numbers(found[node]))}"
        said.append(words)
    return f"A graph of {len(order)} values. {'. '.join(said)}."
