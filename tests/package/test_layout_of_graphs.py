"""Where the parts of a drawing of a graph stand, and that its edges lead where they should."""

import re
from collections import Counter
from itertools import combinations, pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from drawings import SVG, labels_are_apart_and_inside, texts
from numpy.testing import assert_allclose

from backprop import Variable, draw_graph, gradients, sigmoid
from backprop.autodiff import apply_activation, topological_order
from backprop.drawing import number


def variables(*values, names="abcdefgh"):
    return [Variable(value, name) for value, name in zip(values, names, strict=False)]


def chain():
    (a,) = variables(0.5)
    return np.exp(np.sin(a * 3))


def tree():
    a, b, c, d = variables(0.5, 2.0, 3.0, -1.5)
    return (a * b) + (c * d)


def late():
    """d is used in the last row alone, a in every row."""
    a, d = variables(0.5, 2.0, names="ad")
    return (np.sin(np.exp(np.sin(a)) * a) - a) * d


def diamond():
    (a,) = variables(0.5)
    left, right = np.sin(a), np.exp(a)
    return left * right + left


def arrays():
    a, b, c = variables(np.arange(12.0).reshape(4, 3), np.ones((3, 2)), np.ones((5, 1)))
    return ((a @ b) ** 2).sum() + (c * 2.5).sum()


def many_uses():
    (a,) = variables(1.5)
    b = a * a
    return (b + b) * (b - a) * (a + a)


def layered():
    x, y = variables(0.3, -0.7, names="xy")
    hidden = [
        apply_activation(x * w + y * v, sigmoid) for w, v in ((1.0, 2.0), (-1.0, 0.5), (3.0, -2.0))
    ]
    return hidden[0] * hidden[2] + hidden[1] * x


def drawing_of(name):
    return Drawing(GRAPHS[name]())


GRAPHS = {f.__name__: f for f in (chain, tree, late, diamond, arrays, many_uses, layered)}


def near(one, other):
    """Whether two numbers are the same but for the digits that a drawing leaves out."""
    return abs(one - other) < 0.11


class Drawing:
    """The cards of a drawing, their texts, and its edges joined over all rows that they pass."""

    def __init__(self, output):
        self.order = [node for node in topological_order(output) if not node.constant]
        self.svg = ElementTree.fromstring(draw_graph(output, title="A graph"))
        *_, self.width, self.height = map(float, self.svg.get("viewBox").split())
        self.cards, self.texts, self.slopes, self.foot = [], [], [], []
        for element in self.svg:
            if element.tag == f"{SVG}rect":
                x, y, w, h = (float(element.get(key)) for key in ("x", "y", "width", "height"))
                self.cards.append((x, x + w, y, y + h))
                self.texts.append([])
                self.slopes.append([])
            elif element.tag == f"{SVG}text":
                y = float(element.get("y"))
                if y > max(card[3] for card in self.cards):
                    self.foot.append(element)
                elif y > self.cards[-1][2]:
                    self.texts[-1].append(element)
                else:
                    self.slopes[-1].append(element)
        self.lines = [line(path.get("d")) for path in self.svg.iter(f"{SVG}path")]
        self.edges = [self.joined(each) for each in self.lines if self.starts(each) is not None]
        self.came = [self.starts(edge[0]) for edge in self.edges]
        self.went = [self.ends(edge) for edge in self.edges]

    def starts(self, line):
        x, y = line[0]
        found = [
            k
            for k, (left, right, _, bottom) in enumerate(self.cards)
            if near(bottom, y) and left <= x <= right
        ]
        return found[0] if found else None

    def joined(self, line):
        """All lines of an edge, one after the other: each begins where the one before ends."""
        found = [line]
        while not found[-1][-1]:
            x, y = found[-1][-2]
            (after,) = (
                each
                for each in self.lines
                if near(each[0][0], x) and near(each[0][1], y) and each is not found[-1]
            )
            found.append(after)
        return found

    def ends(self, edge):
        x, y = edge[-1][-2]
        (found,) = (
            k
            for k, (left, right, top, _) in enumerate(self.cards)
            if near(top, y) and left <= x <= right
        )
        return found

    def ports(self, k):
        """Where the edges of a card arrive."""
        pairs = zip(self.edges, self.went, strict=True)
        return [edge[-1][-2][0] for edge, went in pairs if went == k]

    def rows(self):
        """The cards of each row, from the top: those that end at one height."""
        by_bottom = {}
        for k, (*_, bottom) in enumerate(self.cards):
            known = [b for b in by_bottom if near(b, bottom)]
            by_bottom.setdefault(known[0] if known else bottom, []).append(k)
        return [by_bottom[b] for b in sorted(by_bottom)]

    def spans(self):
        """Top and bottom of each row: its tallest card, and the local derivatives above cards."""
        tops = [
            card[2] - (14 if slopes else 0)
            for card, slopes in zip(self.cards, self.slopes, strict=True)
        ]
        return [(min(tops[k] for k in row), self.cards[row[0]][3]) for row in self.rows()]

    def card_of(self, name):
        (found,) = (k for k, words in enumerate(self.texts) if words and name in texts_of(words))
        return found


def texts_of(words):
    return [each.text for each in words]


def line(path):
    """Start, curve, top of the next row, end, and whether an arrow ends it."""
    shape = r"M(\S+) (\S+)C(\S+) (\S+) (\S+) (\S+) (\S+) (\S+)V([-\d.]+)(m-3 -5l3 5l3 -5)?"
    *numbers, ending = re.fullmatch(shape, path).groups()
    x, leaves, x_1, y_1, x_2, y_2, to, arrives, end = map(float, numbers)
    assert x == x_1
    assert x_2 == to
    return (x, leaves), leaves, (y_1, y_2), arrives, (to, end), ending is not None


def values_of(node):
    return [parent for parent in node.parents if not parent.constant]


EVERY = pytest.mark.parametrize("name", GRAPHS)


@EVERY
def test_labels_stand_apart_and_inside(name):
    labels_are_apart_and_inside(drawing_of(name).svg)


@EVERY
def test_each_edge_leads_from_a_value_to_one_that_was_computed_from_it(name):
    """As many edges arrive and leave as the engine remembers, and each goes down."""
    drawing = drawing_of(name)
    arriving = Counter(drawing.went)
    leaving = Counter(drawing.came)
    uses = Counter(parent for node in drawing.order for parent in values_of(node))
    assert sorted(arriving.values()) == sorted(
        len(values_of(n)) for n in drawing.order if n.parents
    )
    assert sorted(leaving.values()) == sorted(uses.values())
    assert sum(len(edge) for edge in drawing.edges) == len(drawing.lines)
    rows = drawing.rows()
    row_of = {k: r for r, row in enumerate(rows) for k in row}
    for edge, came, went in zip(drawing.edges, drawing.came, drawing.went, strict=True):
        assert row_of[went] - row_of[came] == len(edge)


@EVERY
def test_named_values_are_used_where_the_engine_uses_them(name):
    drawing = drawing_of(name)
    for node in drawing.order:
        if not node.parents:
            uses = sum(parent is node for each in drawing.order for parent in each.parents)
            k = drawing.card_of(node.name)
            assert drawing.came.count(k) == uses


@EVERY
def test_edges_leave_from_the_middle_and_arrive_apart_about_the_middle(name):
    drawing = drawing_of(name)
    for k, (left, right, *_) in enumerate(drawing.cards):
        middle = (left + right) / 2
        for edge, came in zip(drawing.edges, drawing.came, strict=True):
            assert came != k or near(edge[0][0][0], middle)
        ports = sorted(drawing.ports(k))
        if ports:
            assert near(np.mean(ports), middle)
            assert_allclose(np.diff(ports), 16, atol=0.21)
            assert left + 5 < ports[0]
            assert ports[-1] < right - 5


@EVERY
def test_edges_go_straight_down_beside_cards_and_bend_between_rows(name):
    drawing = drawing_of(name)
    spans = drawing.spans()
    tops, bottoms = {top for top, _ in spans}, {bottom for _, bottom in spans}
    for _, leaves, (y_1, y_2), arrives, _, _ in drawing.lines:
        assert any(abs(leaves - bottom) < 0.11 for bottom in bottoms)
        assert any(abs(arrives - top) < 0.11 for top in tops)
        assert y_1 == y_2
        assert near(y_1, (leaves + arrives) / 2)


@EVERY
def test_rows_stand_below_each_other_with_one_distance_from_edge_to_edge(name):
    drawing = drawing_of(name)
    spans = drawing.spans()
    gaps = [below[0] - above[1] for above, below in pairwise(spans)]
    assert_allclose(gaps, gaps[0], atol=0.11)
    assert 15 < gaps[0] < 25
    assert 0 < spans[0][0] <= 4
    assert 14 < drawing.height - spans[-1][1] < 40


@EVERY
def test_rows_stand_about_the_middle_of_the_drawing_and_the_widest_fills_it(name):
    drawing = drawing_of(name)
    margins = []
    for row in drawing.rows():
        cards = sorted(drawing.cards[k] for k in row)
        ends = [line[-2][0] for line in drawing.lines if not line[-1]]
        tops = [line[-2][1] for line in drawing.lines if not line[-1]]
        passing = [x for x, y in zip(ends, tops, strict=True) if near(y, cards[0][3])]
        lanes = [x for x in passing if all(not c[0] < x < c[1] for c in cards)]
        if not lanes:
            left, right = cards[0][0], drawing.width - cards[-1][1]
            assert abs(left - right) < 1.1
            margins.append(left)
        for one, other in pairwise(cards):
            assert other[0] - one[1] >= 7.8
    assert min(card[0] for card in drawing.cards) >= 1.9
    assert drawing.width >= 216
    if drawing.width > 216:
        assert min(card[0] for card in drawing.cards) < 16


@EVERY
def test_cards_write_their_lines_within_at_both_edges_and_about_their_middle(name):
    drawing = drawing_of(name)
    for k, ((left, right, top, bottom), words) in enumerate(
        zip(drawing.cards, drawing.texts, strict=True)
    ):
        baselines = sorted({float(each.get("y")) for each in words})
        assert_allclose(np.diff(baselines), 14, atol=0.11)
        above, below = baselines[0] - 0.73 * 12 - top, bottom - baselines[-1]
        assert 4 < above < 10
        assert 4 < below < 12
        for each in words:
            x, anchor = float(each.get("x")), each.get("text-anchor")
            assert anchor in (None, "end")
            assert 3 <= (x - left if anchor is None else right - x) <= 7
        lines = [
            sum(7.7 * (len(t.text) + 1.3) for t in words if t.get("y") == f"{y:.1f}")
            for y in baselines
        ]
        slopes = [2 * 7.7 * (len(t.text) + 1) for t in drawing.slopes[k]]
        assert right - left < 14 + max([*lines, *(each + 32 for each in slopes), 40])


def test_a_card_says_name_value_and_gradient_in_their_colors():
    drawing = drawing_of("tree")
    found = dict(zip(drawing.order, gradients(drawing.order[-1], drawing.order), strict=True))
    for node in drawing.order:
        if node.parents:
            continue
        name, value, sign, slope = drawing.texts[drawing.card_of(node.name)]
        assert (name.text, sign.text) == (node.name, "grad")
        assert (value.text, slope.text) == (number(float(node.value)), number(float(found[node])))
        assert name.get("y") == value.get("y")
        assert sign.get("y") == slope.get("y")
        for each, color in ((name, "fg"), (value, "forward"), (sign, "error"), (slope, "error")):
            assert color in each.get("fill")


@EVERY
def test_a_local_derivative_stands_beside_its_edge_right_above_the_card(name):
    drawing = drawing_of(name)
    for k, slopes in enumerate(drawing.slopes):
        ports = sorted(drawing.ports(k))
        if not slopes:
            continue
        assert len(slopes) == len(ports) <= 2
        for x, each in zip(ports, slopes, strict=True):
            to_the_left = len(ports) == 2 and x == ports[0]
            assert each.get("text-anchor") == ("end" if to_the_left else None)
            assert abs(float(each.get("x")) - x - (-5 if to_the_left else 5)) < 0.11
            assert 2 < drawing.cards[k][2] - float(each.get("y")) < 5
            assert "fg" in each.get("fill")


def test_of_more_than_two_local_derivatives_the_others_stand_between_the_edges():
    a, b, c, d = variables([2.0], [3.125], [-4.0], [1e-9])
    drawing = Drawing(np.einsum("i,i,i,i->", a, b, c, d))
    (slopes,) = filter(None, drawing.slopes)
    (k,) = set(drawing.went)
    ports = sorted(drawing.ports(k))
    assert [each.text for each in slopes] == ["−1.25e−8", "−8.00e−9", "6.25e−9", "−25"]
    assert_allclose(np.diff(ports), 8 * 7.7 + 2 * 5, atol=0.21)
    assert near(np.mean(ports), np.mean(drawing.cards[k][:2]))
    for i, (x, each) in enumerate(zip(ports, slopes, strict=True)):
        assert each.get("text-anchor") == (None if i else "end")
        assert near(float(each.get("x")) - x, 5 if i else -5)


def test_edges_of_arrays_carry_no_local_derivative():
    drawing = drawing_of("arrays")
    assert [k for k, slopes in enumerate(drawing.slopes) if slopes] == [len(drawing.cards) - 1]


def test_local_derivatives_stand_in_the_order_of_the_operands():
    a, b = variables(0.5, 2.0)
    drawing = Drawing(a / b)
    (slopes,) = filter(None, drawing.slopes)
    assert [each.text for each in slopes] == ["0.5", "−0.125"]
    for slope, name in zip(slopes, "ab", strict=True):
        edge = drawing.edges[drawing.came.index(drawing.card_of(name))]
        assert edge[-1][-2][0] == pytest.approx(float(slope.get("x")), abs=5.11)


def test_what_was_not_computed_stands_right_above_its_first_use():
    drawing = drawing_of("late")
    row_of = {k: r for r, row in enumerate(drawing.rows()) for k in row}
    assert row_of[drawing.card_of("a")] == 0
    assert row_of[drawing.card_of("d")] == len(drawing.rows()) - 2


def unbalanced():
    a, b, c, d, e, f = variables(0.5, 2.0, 3.0, -1.5, 4.0, 0.1)
    return (((a * b) - c) * np.sin(d)) / (e + np.exp(np.sin(f)))


@pytest.mark.parametrize("output", [chain, tree, unbalanced])
def test_a_tree_is_drawn_without_a_crossing(output):
    drawing = Drawing(output())
    for one, other in combinations(drawing.lines, 2):
        if one[1] == other[1] and one[0] != other[0] and one[-2] != other[-2]:
            assert (one[0][0] - other[0][0]) * (one[-2][0] - other[-2][0]) >= 0


def test_operands_stand_in_the_order_of_their_ports():
    drawing = drawing_of("tree")
    lefts = [drawing.cards[drawing.card_of(name)][0] for name in "abcd"]
    assert lefts == sorted(lefts)


def test_a_value_alone_is_a_graph():
    drawing = Drawing(Variable(2.0, "a"))
    assert len(drawing.cards) == 1
    assert drawing.lines == []
    assert drawing.width == 216
    assert texts_of(drawing.texts[0]) == ["a", "2", "grad", "1"]


@EVERY
def test_the_foot_says_which_way_values_and_gradients_go(name):
    drawing = drawing_of(name)
    values, back, *more = drawing.foot
    assert (values.text, back.text) == ("values ↓", "↑ gradients")
    assert texts_of(more) == ["on edges: local derivatives"] * any(map(len, drawing.slopes))
    assert "forward" in values.get("fill")
    assert "error" in back.get("fill")
    assert float(values.get("x")) == 2
    assert float(back.get("x")) == pytest.approx(drawing.width - 2, abs=0.6)
    lowest = max(card[3] for card in drawing.cards)
    assert 4 < float(values.get("y")) - 0.73 * 12 - lowest < 10
    assert float(values.get("y")) == float(back.get("y"))
    for each in more:
        assert float(each.get("x")) == pytest.approx(drawing.width / 2, abs=0.6)
        assert each.get("text-anchor") == "middle"
        assert float(each.get("y")) - float(back.get("y")) == pytest.approx(16)
    assert 2 < drawing.height - float(drawing.foot[-1].get("y")) < 8


@pytest.mark.parametrize(
    ("shape", "lines"), [((), 1), ((3,), 1), ((4, 3), 4), ((2, 1), 2), ((1, 3), 1)]
)
def test_small_arrays_are_written_out_row_by_row(shape, lines):
    value = np.arange(1.0, 1 + np.prod(shape, dtype=int)).reshape(shape)
    words = texts(Drawing(Variable(value, "a").sum()).svg)
    rows = [", ".join(number(each) for each in row) for row in np.atleast_2d(value)]
    assert len(rows) == lines
    assert words[1 : 1 + lines] == rows
    assert words[1 + lines : 2 + 2 * lines] == [
        "grad",
        *[", ".join(["1"] * len(row)) for row in np.atleast_2d(value)],
    ]


@pytest.mark.parametrize("shape", [(4,), (5, 1), (5, 3), (4, 4), (1, 1, 2)])
def test_of_large_arrays_the_shape_is_said(shape):
    drawing = Drawing(Variable(np.ones(shape), "a").sum())
    assert texts(drawing.svg)[:4] == ["a", str(shape), "grad", str(shape)]
    assert f"1: a, value {shape}, gradient {shape}. " in drawing.svg.find(f"{SVG}desc").text


def test_the_description_says_the_rows_of_arrays():
    said = (
        Drawing((Variable([[1.0, 2.0], [3.0, 4.0]], "W") * 2.0).sum()).svg.find(f"{SVG}desc").text
    )
    assert said == (
        "A graph of 3 values. 1: W, value 1, 2; 3, 4, gradient 2, 2; 2, 2. "
        "2: multiply of 1 and the constant 2, value 2, 4; 6, 8, gradient 1, 1; 1, 1. "
        "3: sum of 2, value 20, gradient 1."
    )


def test_sixty_values_are_drawn():
    output = Variable(1.0)
    for _ in range(59):
        output = -output
    drawing = Drawing(output)
    assert len(drawing.cards) == len(drawing.rows()) == 60
