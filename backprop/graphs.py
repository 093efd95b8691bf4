"""The graph of a computation as a drawing: what was computed from what, with all gradients.

It is read from top to bottom. Each value stands in a row below all that it was computed from. An
edge that passes a row has a lane of its own there, so that it meets no value.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from html import escape

import numpy as np

from backprop._arrays import Array
from backprop.autodiff import Variable, gradients, topological_order, vjp_terms
from backprop.drawing import _ERROR, _FORWARD, _INK, _UNIT, _subscript, _svg, _text, number

LARGEST = 60
"""Values that a drawing may have, to be readable."""

_LINE = 15  # height of a line of text
_CHARACTER = 7.7  # width of a character, in a font that is wider than most
_ACROSS = 8  # between two neighbors
_DOWN = 26  # between two rows
_PORT = 20  # between two edges that arrive
_LANE = 8.0  # width of an edge that passes a row
_FOOT = 22.0
_NARROWEST = 190.0  # for the words at the foot


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
        longest = max((len(slope) + 0.5 for slope in self.slopes), default=0)
        self.pitch = max(_PORT, _CHARACTER * longest)
        lines = (_CHARACTER * (len(left) + len(right) + 2) for left, right, _ in self.words)
        self.width = max([_LANE, self.pitch * len(self.slopes), *lines])
        self.height = _LINE * (len(self.words) + any(self.slopes)) + 9.0 if self.words else 0.0

    @property
    def ends(self) -> tuple[float, float]:
        """Top and bottom: of a lane, those of the row."""
        top, bottom = self.row
        space = (bottom - top - self.height) / 2 if self.words else 0
        return top + space, bottom - space

    def port(self, i: int) -> float:
        """Return where edge i arrives."""
        return self.x + (i - (max(len(self.slopes), 1) - 1) / 2) * self.pitch


@dataclass(frozen=True, eq=False)
class _Link:
    """The part of an edge between two rows: from where to where, and to which port."""

    start: _Box
    end: _Box
    port: int = 0


def draw_graph(output: Variable, *, title: str, description: str | None = None) -> str:
    """Draw how a number was computed, with the gradient of each variable on the way.

    Where a value and all that it was computed from are numbers, its local derivatives stand at its
    head, each where its edge arrives.

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
        The output is not a number, or the graph has more than 60 values.
    """
    if not isinstance(output, Variable):
        raise TypeError(f"output must be a Variable, not {type(output).__name__}")
    order = topological_order(output)
    if len(order) > LARGEST:
        raise ValueError(f"output must come from at most {LARGEST} values, not {len(order)}")
    variables = [node for node in order if not node.constant]
    found = dict(zip(variables, gradients(output, variables), strict=True))
    rows, links = _rows(order, {node: _box(node, found.get(node)) for node in order})
    _sort(rows, links)
    width, height = _place(rows)
    parts = [_line(link) for link in links]
    parts += [_card(box) for row in rows for box in row if box.words]
    parts.append(_text(2, height - 4, "values ↓", _FORWARD))
    parts.append(_text(width - 2, height - 4, "↑ ∂ gradients", _ERROR, "end"))
    said = _description(order, found) if description is None else description
    return _svg("".join(parts), width, height, title, said, "graph")


def _box(node: Variable, gradient: Array | None) -> _Box:
    """Return what is written of a value: its name, its numbers, and its gradient's."""
    first, *more = _numbers(node.value)
    # A name such as x_1 is drawn as a symbol with its index.
    name = re.sub(r"_(\d+)$", lambda index: _subscript(index[1]), node.name)
    name = "" if node.constant else name
    words = [(name, first, _FORWARD), *(("", each, _FORWARD) for each in more)]
    if gradient is not None:
        first, *more = _numbers(gradient)
        words += [("∂", first, _ERROR), *(("", each, _ERROR) for each in more)]
    slopes = [""] * len(node.parents)
    if all(each.value.size == 1 for each in (node, *node.parents)):
        local = iter(vjp_terms(node, np.ones_like(node.value)))
        slopes = [
            "" if parent.constant else f"×{number(next(local)[1].item())}"
            for parent in node.parents
        ]
    return _Box(words, slopes)


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
        depth[node] = 1 + max((depth[parent] for parent in node.parents), default=-1)
    # What was not computed stands right above its first use.
    for leaf in order:
        if not leaf.parents:
            uses = [depth[node] for node in order if any(leaf is each for each in node.parents)]
            depth[leaf] = min(uses, default=1) - 1
    rows: list[list[_Box]] = [[] for _ in range(max(depth.values()) + 1)]
    links = []
    for node in order:
        rows[depth[node]].append(boxes[node])
        for port, parent in enumerate(node.parents):
            start = boxes[parent]
            for passed in range(depth[parent] + 1, depth[node]):
                lane = _Box([], [])
                rows[passed].append(lane)
                links.append(_Link(start, lane))
                start = lane
            links.append(_Link(start, boxes[node], port))
    return rows, links


def _sort(rows: list[list[_Box]], links: list[_Link]) -> None:
    """Order each row by where its edges lead, and then by where they come from, a few times."""
    leaving, arriving = defaultdict(list), defaultdict(list)
    for link in links:
        leaving[link.start].append(link)
        arriving[link.end].append(link)

    def by_uses(box: _Box) -> float:
        places = [link.end.port(link.port) for link in leaving[box]]
        return sum(places) / len(places) if places else box.x

    def by_sources(box: _Box) -> float:
        places = [link.start.x for link in arriving[box]]
        return sum(places) / len(places) if places else box.x

    for _ in range(4):
        for row in reversed(rows):
            _spread(sorted(row, key=by_uses))
        for row in rows:
            _spread(sorted(row, key=by_sources))
    for row in reversed(rows):
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
        bottom = top + max(box.height for box in row)
        for box in row:
            box.x += width / 2
            box.row = (top, bottom)
        top = bottom + _DOWN
    return width, top - _DOWN + _FOOT


def _line(link: _Link) -> str:
    """Draw a part of an edge: down from its box, across between the rows, down to its port."""
    x, start = link.start.x, link.start.ends[1]
    to, end = link.end.port(link.port), link.end.ends[0]
    leaves, arrives = link.start.row[1], link.end.row[0]
    middle = (leaves + arrives) / 2
    path = (
        f"M{x:.1f} {start:.1f}V{leaves:.1f}"
        f"C{x:.1f} {middle:.1f} {to:.1f} {middle:.1f} {to:.1f} {arrives:.1f}V{end:.1f}"
    )
    if link.end.words:
        path += "m-3 -5l3 5l3 -5"
    else:
        path += f"V{link.end.ends[1]:.1f}"
    return f'<path d="{path}" fill="none" stroke="{_INK}"/>'


def _card(box: _Box) -> str:
    """Draw a value: its local derivatives, its name and numbers, its gradient."""
    top, bottom = box.ends
    left = box.x - box.width / 2
    drawn = (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{box.width:.1f}" '
        f'height="{bottom - top:.1f}" rx="8" fill="{_UNIT}" stroke="{_INK}"/>'
    )
    y = top + 15
    if any(box.slopes):
        for i, slope in enumerate(box.slopes):
            if slope:
                drawn += _text(box.port(i), y, slope, _INK, "middle")
        y += _LINE
    for word, numbers, color in box.words:
        if word:
            drawn += _text(left + 5, y, escape(word), _INK if color == _FORWARD else color)
        drawn += _text(left + box.width - 5, y, numbers, color, "end")
        y += _LINE
    return drawn


def _description(order: list[Variable], found: dict[Variable, Array]) -> str:
    """Say in words what is drawn, value by value."""
    place = {node: str(n) for n, node in enumerate(order, 1)}
    said = []
    for node in order:
        of = " and ".join(place[parent] for parent in node.parents)
        words = f"{place[node]}: {node.name}{' of ' * bool(of)}{of}, "
        words += "; ".join(_numbers(node.value))
        if not node.constant:
            words += f", gradient {'; '.join(_numbers(found[node]))}"
        said.append(words)
    return f"A graph of {len(order)} values. {'. '.join(said)}."
