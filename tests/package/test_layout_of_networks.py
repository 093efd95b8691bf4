"""Where the parts of a drawing of a network stand, and that each number stands where it belongs."""

import re
from itertools import pairwise
from xml.etree import ElementTree

import numpy as np
import pytest
from drawings import SVG, box, labels_are_apart_and_inside
from networks import random_network
from numpy.testing import assert_allclose

from backprop import Layer, Network, draw_network, identity, sigmoid, tanh
from backprop.drawing import number

SIZES = {
    "2-1": (2, 1),
    "1-3-2": (1, 3, 2),
    "4-5-3": (4, 5, 3),
    "2-3-4-1": (2, 3, 4, 1),
    "12-1-2": (12, 1, 2),
}


class Drawing:
    """A drawing with all that it can show, or without steps, and what it was drawn from."""

    def __init__(self, name, biases=True, values=True, errors=True, steps=True):
        sizes = SIZES[name]
        self.sizes, self.L = sizes, len(sizes) - 1
        self.network = random_network(3, sizes, (tanh,) * (self.L - 1) + (identity,), biases)
        rng = np.random.default_rng(5)
        self.trace = self.network.forward(rng.normal(size=sizes[0]))
        self.backward = self.network.backward(self.trace, rng.normal(size=sizes[-1]))
        self.steps = self.backward.steps(0.1) if steps else None
        self.svg = ElementTree.fromstring(
            draw_network(
                self.network,
                self.trace if values else None,
                self.backward if errors else None,
                self.steps,
                title="A network",
            )
        )
        groups = self.svg.iter(f"{SVG}g")
        self.of, self.units = {}, {}
        for group in groups:
            if name := group.get("data-of"):
                assert name not in self.of, name
                self.of[name] = group
            elif name := group.get("data-unit"):
                self.units[tuple(map(int, name.split(".")))] = group

    def card(self, l, j):
        """Left, right, top and bottom of a unit."""
        card = self.units[l, j].find(f"{SVG}rect")
        x, y, width, height = (float(card.get(key)) for key in ("x", "y", "width", "height"))
        return x, x + width, y, y + height

    def edge(self, l, i, j):
        """The points of the path of a weight: its start, its bend, its row, and its end."""
        path = self.of[f"W.{l}.{i}.{j}"].find(f"{SVG}path").get("d")
        assert re.fullmatch(r"M[-\d. ]+C[-\d. ]+H[-\d.]+L[-\d. ]+", path), path
        n = [float(each) for each in re.findall(r"-?[\d.]+", path)]
        start, first, second, level, right, end = n[:2], n[2:4], n[4:6], n[6:8], n[8], n[9:]
        return start, first, second, level, right, end

    def weights(self):
        for l in range(1, self.L + 1):
            for j in range(self.sizes[l]):
                for i in range(self.sizes[l - 1]):
                    yield l, i, j


NAMES = pytest.mark.parametrize("name", SIZES)
KINDS = {
    **{name: {"name": name, "steps": False} for name in SIZES},
    **{f"{name} with steps": {"name": name} for name in SIZES},
    "plain": {"name": "1-3-2", "biases": False, "values": False, "errors": False, "steps": False},
    "plain with steps": {"name": "1-3-2", "biases": False, "values": False, "errors": False},
}


@pytest.fixture(params=KINDS)
def drawing(request):
    return Drawing(**KINDS[request.param])


def middle(card):
    return (card[2] + card[3]) / 2


def test_labels_stand_apart_and_inside(drawing):
    labels_are_apart_and_inside(drawing.svg)


def test_layers_are_columns_from_left_to_right_evenly_spaced(drawing):
    columns = [drawing.card(l, 0) for l in range(drawing.L + 1)]
    *_, width, _ = map(float, drawing.svg.get("viewBox").split())
    for l, n in enumerate(drawing.sizes):
        for j in range(n):
            assert drawing.card(l, j)[:2] == columns[l][:2]
    gaps = [after[0] - before[1] for before, after in pairwise(columns)]
    assert_allclose(gaps, gaps[0], atol=0.11)
    assert min(gaps) > 60
    assert columns[0][0] == width - columns[-1][1] > 0


def test_units_of_a_layer_stand_below_each_other_apart_and_about_one_middle(drawing):
    centers = []
    for l, n in enumerate(drawing.sizes):
        cards = [drawing.card(l, j) for j in range(n)]
        for above, below in pairwise(cards):
            assert below[2] - above[3] > 10
        steps = np.diff([middle(card) for card in cards])
        assert_allclose(steps, steps[:1].repeat(len(steps)), atol=0.11)
        assert len({round(card[3] - card[2], 1) for card in cards}) == 1
        centers.append(middle(cards[0]) + middle(cards[-1]))
    assert_allclose(centers, centers[0], atol=0.21)


def test_a_drawing_is_no_higher_than_what_it_shows_needs(drawing):
    """The tallest layer, or the rows of its edges, between the names above and the words below."""
    *_, height = map(float, drawing.svg.get("viewBox").split())
    parts = [drawing.card(*at) for at in drawing.units]
    texts = [box(text) for text in drawing.svg.iter(f"{SVG}text")]
    top = min(each[2] for each in parts + [text for text in texts if text[3] > 20])
    bottom = max(each[3] for each in parts + [text for text in texts if text[3] < height - 6])
    assert 14 < top < 44
    assert 14 < height - bottom < 44


def test_units_write_their_lines_within_at_both_edges_and_about_their_middle(drawing):
    for at, unit in drawing.units.items():
        left, right, top, bottom = drawing.card(*at)
        lines = unit.findall(f"{SVG}g")
        baselines = []
        for line in lines:
            symbol, *value = line.findall(f"{SVG}text")
            assert symbol.get("text-anchor") is None
            assert 3 <= float(symbol.get("x")) - left <= 7
            assert box(symbol)[2] > top
            assert box(symbol)[3] < bottom
            baselines.append(float(symbol.get("y")))
            for number_of in value:
                assert number_of.get("text-anchor") == "end"
                assert right - float(number_of.get("x")) == float(symbol.get("x")) - left
                assert number_of.get("y") == symbol.get("y")
                assert number_of.get("fill") == symbol.get("fill")
        assert all(14 <= gap <= 18 for gap in np.diff(baselines))
        if lines:
            # Capitals are some 0.73 of 12 high.
            above, below = min(baselines) - 0.73 * 12 - top, bottom - max(baselines)
            assert abs(above - below) < 3
            assert 4 < below < 14 or len(lines) < max(
                len(drawing.units[at[0], j].findall(f"{SVG}g")) for j in range(drawing.sizes[at[0]])
            )


def test_edges_lead_from_the_middle_of_one_unit_to_the_side_of_the_next(drawing):
    for l, i, j in drawing.weights():
        start, _, _, _, _, end = drawing.edge(l, i, j)
        source, target = drawing.card(l - 1, i), drawing.card(l, j)
        assert start == pytest.approx([source[1], middle(source)], abs=0.11)
        assert end[0] == target[0]
        # Its corners are round.
        assert target[2] + 7 <= end[1] <= target[3] - 7


def test_edges_arrive_in_rows_in_the_order_of_the_units_they_come_from(drawing):
    for l in range(1, drawing.L + 1):
        for j in range(drawing.sizes[l]):
            edges = [drawing.edge(l, i, j) for i in range(drawing.sizes[l - 1])]
            rows = [level[1] for _, _, _, level, _, _ in edges]
            steps = np.diff(rows)
            assert all(steps > 14)
            assert_allclose(steps, steps[:1].repeat(len(steps)), atol=0.11)
            assert np.mean(rows) == pytest.approx(middle(drawing.card(l, j)), abs=1.2)
            ends = [end[1] for *_, end in edges]
            assert ends == sorted(ends)


def test_an_edge_bends_between_its_unit_and_its_row_and_goes_on_level(drawing):
    for l, i, j in drawing.weights():
        start, first, second, level, right, end = drawing.edge(l, i, j)
        assert start[0] < first[0] == second[0] < level[0] < right < end[0]
        assert first[0] - start[0] == pytest.approx(level[0] - first[0], abs=0.11)
        assert (first[1], second[1]) == (start[1], level[1])
        assert right - level[0] > 55


def test_a_weight_stands_on_its_row_and_its_step_below(drawing):
    for l, i, j in drawing.weights():
        *_, level, right, _ = drawing.edge(l, i, j)
        weight = drawing.of[f"W.{l}.{i}.{j}"].find(f"{SVG}text")
        assert weight.text == number(drawing.network[l].W[i, j])
        assert weight.get("fill") == drawing.svg.find(f"{SVG}text").get("fill")
        labels = [(weight, True)]
        if drawing.steps is not None:
            step = drawing.of[f"steps.W.{l}.{i}.{j}"].find(f"{SVG}text")
            assert step.text == number(drawing.steps.W[l][i, j], sign=True)
            assert "error" in step.get("fill")
            labels.append((step, False))
        for label, above in labels:
            left, to, top, bottom = box(label)
            # The longest ones reach a little into the bend, in a font that is wider than most.
            assert level[0] - 2 <= left
            assert right - 2 <= to <= right
            if above:
                assert 2 < level[1] - bottom < 6
            else:
                assert 2 < top - level[1] < 6


@NAMES
def test_every_line_of_a_unit_is_called_as_in_code(name):
    drawing = Drawing(name)
    network, trace, backward, L = drawing.network, drawing.trace, drawing.backward, drawing.L
    expected = {}
    for l, n in enumerate(drawing.sizes):
        for j in range(n):
            here = {f"a.{l}.{j}" if l else f"x.{j}": trace.a[l][j]}
            if l:
                here = {f"b.{l}.{j}": network[l].b[j], f"z.{l}.{j}": trace.z[l][j], **here}
                here[f"delta.{l}.{j}"] = backward.delta[l][j]
            if l == L:
                here[f"error.{j}"] = backward.error[j]
            expected |= here
            found = [group.get("data-of") for group in drawing.units[l, j].findall(f"{SVG}g")]
            assert set(found) == set(here)
            order = ["x", "b", "z", "a", "error", "delta"]
            assert found == sorted(found, key=lambda name: order.index(name.split(".")[0]))
    for name, value in expected.items():
        symbol, text = drawing.of[name].findall(f"{SVG}text")
        assert text.text == number(value)
        kind = name.split(".")[0]
        wanted = "error" if kind in ("error", "delta") else "fg-color" if kind == "b" else "forward"
        assert wanted in text.get("fill")
        layer = {"x": 0, "error": -1}.get(kind)
        many = drawing.sizes[int(name.split(".")[1]) if layer is None else layer]
        assert (len(symbol.text) > 1) == (many > 1)
    steps = {f"steps.W.{l}.{i}.{j}" for l, i, j in drawing.weights()}
    weights = {f"W.{l}.{i}.{j}" for l, i, j in drawing.weights()}
    assert set(drawing.of) == {*expected, *steps, *weights}


@NAMES
def test_columns_are_headed_by_the_names_of_their_layers(name):
    drawing = Drawing(name)
    words = ["hidden"] if drawing.L == 2 else [f"hidden {l}" for l in range(1, drawing.L)]
    words = ["input", *words, "output"]
    heads = drawing.svg.findall(f"{SVG}text")[: len(words)]
    assert [head.text for head in heads] == words
    for l, head in enumerate(heads):
        left, right, *_ = drawing.card(l, 0)
        assert head.get("text-anchor") == "middle"
        assert float(head.get("x")) == pytest.approx((left + right) / 2, abs=0.11)
        assert "fg-color" in head.get("fill")
        assert min(drawing.card(*at)[2] for at in drawing.units) > box(head)[3]


@pytest.mark.parametrize("values", [True, False])
@pytest.mark.parametrize("errors", [True, False])
def test_the_foot_says_which_way_the_numbers_flow(values, errors):
    svg = Drawing("1-3-2", values=values, errors=errors, steps=False).svg
    *_, width, height = map(float, svg.get("viewBox").split())
    foot = [text for text in svg.findall(f"{SVG}text") if float(text.get("y")) > height - 12]
    assert [each.text for each in foot] == ["values →"] * values + ["← error terms"] * errors
    for each in foot:
        left, right, *_ = box(each)
        if "values" in each.text:
            assert left == 2
            assert "forward" in each.get("fill")
        else:
            assert right == width - 2
            assert "error" in each.get("fill")


def widths(W):
    network = Network([Layer(W, activation=sigmoid)])
    svg = ElementTree.fromstring(draw_network(network, title="t"))
    paths = list(svg.iter(f"{SVG}path"))
    assert len(paths) == np.size(W)
    dashed = [path.get("stroke-dasharray") is not None for path in paths]
    negative = ["negative" in path.get("stroke") for path in paths]
    assert dashed == negative
    assert [("positive" in path.get("stroke")) for path in paths] == [not each for each in negative]
    return [float(path.get("stroke-width")) for path in paths], dashed


@pytest.mark.parametrize("scale", [1e-3, 1.0, 50.0])
def test_edges_are_as_wide_as_their_weights_beside_the_largest_of_the_layer(scale):
    found, dashed = widths(scale * np.array([[4.0], [-2.0], [1.0], [0.0]]))
    thinnest, widest = found[3], found[0]
    assert 0.5 <= thinnest <= 1
    assert 2.5 <= widest <= 3
    assert found == pytest.approx(
        [thinnest + share * (widest - thinnest) for share in (1, 1 / 2, 1 / 4, 0)], abs=0.011
    )
    assert dashed == [False, True, False, False]


def test_weights_of_zero_are_thin_and_whole_lines():
    assert widths(np.zeros((2, 2))) == (widths(np.array([[1.0], [0.0]]))[0][1:] * 4, [False] * 4)


def test_a_layer_of_twelve_units_is_drawn_and_one_of_thirteen_is_not():
    assert len(Drawing("12-1-2").units) == 15
    with pytest.raises(ValueError, match="at most 12 units a layer, not 13"):
        draw_network(random_network(1, (2, 13), (sigmoid,)), title="t")


def test_parts_follow_each_other_without_anything_between():
    drawing = Drawing("1-3-2")
    assert "".join(drawing.svg.itertext()) == "".join(
        each.text for each in drawing.svg.iter() if each.text
    )
    assert not any(each.tail for each in drawing.svg.iter())


def test_the_description_joins_weights_by_and():
    said = Drawing("2-1", values=False, errors=False, steps=False).svg.find(f"{SVG}desc").text
    W = Drawing("2-1").network[1].W[:, 0]
    assert f"weights {number(W[0])} and {number(W[1])}" in said
