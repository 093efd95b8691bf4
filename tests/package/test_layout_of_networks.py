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
    "7-1": (7, 1),
    "1-3-2": (1, 3, 2),
    "3-2-1": (3, 2, 1),
    "2-2-2": (2, 2, 2),
    "4-5-3": (4, 5, 3),
    "5-5-5": (5, 5, 5),
    "2-3-4-1": (2, 3, 4, 1),
    "12-1-2": (12, 1, 2),
}
PASSES = {"forward": ("W", "fg-color"), "backward": ("steps.W", "error")}
"""What stands on the edges of each pass, and in which color."""


class Drawing:
    """A drawing with all that it can show, or without some of it, and what it was drawn from."""

    def __init__(
        self, name, biases=True, values=True, errors=True, steps=True, unit=None, rate=0.1, seed=3
    ):
        sizes = SIZES.get(name, name)
        self.sizes, self.L, self.unit = sizes, len(sizes) - 1, unit
        activations = (tanh,) * (self.L - 1) + (identity,)
        self.network = random_network(seed, sizes, activations, biases)
        rng = np.random.default_rng(seed + 2)
        self.trace = self.network.forward(rng.normal(size=sizes[0]))
        self.backward = self.network.backward(self.trace, rng.normal(size=sizes[-1]))
        self.steps = self.backward.steps(rate) if steps else None
        self.svg = ElementTree.fromstring(
            draw_network(
                self.network,
                self.trace if values else None,
                self.backward if errors else None,
                self.steps,
                title="A network",
                unit=unit,
            )
        )
        self.passes = [Pass(self, group) for group in self.svg.findall(f"{SVG}g")]

    def weights(self):
        for l in range(1, self.L + 1):
            for j in range(self.sizes[l]):
                for i in range(self.sizes[l - 1]):
                    yield l, i, j

    def is_labelled(self, drawn, l, i, j):
        if self.unit is not None:
            return self.unit == ((l, j) if drawn.name == "forward" else (l - 1, i))
        return self.sizes[l - 1] * self.sizes[l] <= 6


class Pass:
    """One of the two parts of a drawing."""

    def __init__(self, drawing, group):
        self.drawing, self.group, self.name = drawing, group, group.get("class")
        self.units, self.numbers, self.lines = {}, {}, {}
        for part in group.iter(f"{SVG}g"):
            if unit := part.get("data-unit"):
                self.units[tuple(map(int, unit.split(".")))] = part
            elif name := part.get("data-of"):
                kind = self.lines if part.find(f"{SVG}path") is not None else self.numbers
                assert name not in kind
                kind[name] = part

    def circle(self, l, j):
        """The middle of a unit, and its radius."""
        circle = self.units[l, j].find(f"{SVG}circle")
        x, y, radius = (float(circle.get(key)) for key in ("cx", "cy", "r"))
        return complex(x, y), radius

    def edge(self, l, i, j):
        """The two ends of the line of a weight, and the corners of its arrowhead, if it has one."""
        line, *heads = self.lines[f"W.{l}.{i}.{j}"].findall(f"{SVG}path")
        return points(line), [points(head) for head in heads]

    def label(self, l, i, j):
        name = f"W.{l}.{i}.{j}"
        part = self.numbers.get(f"steps.{name}", self.numbers.get(name))
        return None if part is None else part.find(f"{SVG}text")


def points(path):
    numbers = [float(each) for each in re.findall(r"-?[\d.]+", path.get("d"))]
    return [complex(x, y) for x, y in zip(numbers[::2], numbers[1::2], strict=True)]


def middle(text):
    left, right, top, bottom = box(text)
    return complex((left + right) / 2, (top + bottom) / 2)


KINDS = {
    **{name: {"name": name, "steps": False} for name in SIZES},
    **{f"{name} with steps": {"name": name} for name in SIZES},
    "plain": {"name": "1-3-2", "biases": False, "values": False, "errors": False, "steps": False},
    "plain with steps": {"name": "1-3-2", "biases": False, "values": False, "errors": False},
    "values alone": {"name": "3-2-1", "errors": False, "steps": False},
    "errors alone": {"name": "3-2-1", "values": False},
    "a hidden unit": {"name": "5-5-5", "unit": (1, 2)},
    "an input": {"name": "4-5-3", "unit": (0, 3), "steps": False},
    "an output": {"name": "4-5-3", "unit": (2, 0), "steps": False},
}


@pytest.fixture(params=KINDS)
def drawing(request):
    return Drawing(**KINDS[request.param])


def test_labels_stand_apart_and_inside(drawing):
    labels_are_apart_and_inside(drawing.svg)


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("sizes", [(2, 1, 1), (3, 2, 1), (2, 3, 2), (4, 5, 3), (5, 5, 5)])
def test_labels_stand_apart_whatever_the_numbers(sizes, seed):
    drawing = Drawing(sizes, biases=False, rate=10.0 ** (seed % 7 - 3), seed=seed)
    labels_are_apart_and_inside(drawing.svg)
    no_label_is_on_a_circle(drawing)


def no_label_is_on_a_circle(drawing):
    for drawn in drawing.passes:
        for name, part in drawn.numbers.items():
            if "W" not in name:
                continue
            left, right, top, bottom = box(part.find(f"{SVG}text"))
            for l, j in drawn.units:
                at, radius = drawn.circle(l, j)
                nearest = complex(np.clip(at.real, left, right), np.clip(at.imag, top, bottom))
                assert abs(nearest - at) > radius, name


def test_no_number_of_an_edge_is_on_a_circle(drawing):
    no_label_is_on_a_circle(drawing)


def test_three_layers_are_narrow_enough_for_a_phone():
    for name in ("1-3-2", "3-2-1", "4-5-3"):
        *_, width, _ = map(float, Drawing(name).svg.get("viewBox").split())
        # A figure is 382 pixels wide there, and 12 of them are asked for letters of 12.
        assert 340 < width <= 382


def test_forward_comes_first_and_below_it_backward(drawing):
    assert [each.name for each in drawing.passes] in (
        ["forward"],
        ["backward"],
        ["forward", "backward"],
    )
    ends = [
        (
            min(float(text.get("y")) for text in each.group.iter(f"{SVG}text")) - 12,
            max(box(text)[3] for text in each.group.iter(f"{SVG}text")),
        )
        for each in drawing.passes
    ]
    for (_, bottom), (top, _) in pairwise(ends):
        assert bottom < top


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["forward", "backward"]),
        ({"errors": False, "steps": False}, ["forward"]),
        ({"values": False}, ["backward"]),
        ({"values": False, "steps": False}, ["backward"]),
        ({"values": False, "errors": False}, ["backward"]),
        ({"values": False, "errors": False, "steps": False}, ["forward"]),
    ],
)
def test_a_pass_is_drawn_if_there_is_something_of_it(given, expected):
    assert [each.name for each in Drawing("3-2-1", **given).passes] == expected


def test_layers_are_columns_from_left_to_right_evenly_spaced(drawing):
    *_, width, _ = map(float, drawing.svg.get("viewBox").split())
    for drawn in drawing.passes:
        columns = [drawn.circle(l, 0)[0].real for l in range(drawing.L + 1)]
        for l, j in drawn.units:
            assert drawn.circle(l, j)[0].real == columns[l]
        gaps = np.diff(columns)
        assert_allclose(gaps, gaps[0], atol=0.11)
        assert min(gaps) > 130
        assert columns[0] == pytest.approx(width - columns[-1], abs=0.11)
        assert columns[0] >= 35


def test_units_of_a_layer_stand_below_each_other_apart_and_about_one_middle(drawing):
    for drawn in drawing.passes:
        middles = []
        for l, n in enumerate(drawing.sizes):
            circles = [drawn.circle(l, j) for j in range(n)]
            assert {radius for _, radius in circles} == {30}
            heights = [at.imag for at, _ in circles]
            below = len(drawn.units[l, 0].findall(f"{SVG}g[@stroke]"))
            steps = np.diff(heights)
            assert all(steps > 60 + 14 * below + 4)
            assert_allclose(steps, steps[:1].repeat(len(steps)), atol=0.11)
            middles.append(heights[0] + heights[-1])
        assert_allclose(middles, middles[0], atol=0.21)


def test_a_drawing_is_no_higher_than_what_it_shows_needs(drawing):
    *_, height = map(float, drawing.svg.get("viewBox").split())
    bottom = max(box(text)[3] for text in drawing.svg.iter(f"{SVG}text"))
    assert 4 < height - bottom < 12
    for number_of, drawn in enumerate(drawing.passes):
        texts = drawn.group.findall(f"{SVG}text")
        circles = [drawn.circle(*at)[0].imag - 30 for at in drawn.units]
        assert 6 < min(circles) - max(box(text)[3] for text in texts) < 12
        after = (
            drawing.passes[number_of + 1].group.find(f"{SVG}text")
            if number_of + 1 < len(drawing.passes)
            else drawing.svg.find(f"{SVG}text")
        )
        lowest = [at + 60 for at in circles]
        lowest += [box(text)[3] for text in drawn.group.iter(f"{SVG}text")]
        assert 10 < box(after)[2] - max(lowest) + 7 < 28


def test_a_unit_writes_its_number_below_its_symbol_within_its_circle(drawing):
    for drawn in drawing.passes:
        for at, unit in drawn.units.items():
            center, radius = drawn.circle(*at)
            inner = [
                text for text in unit.iter(f"{SVG}text") if middle(text).imag < center.imag + 20
            ]
            assert len(inner) in (1, 2)
            for text in inner:
                assert middle(text).real == pytest.approx(center.real, abs=0.11)
                left, right, top, bottom = box(text)
                for corner in (complex(left + 8, top), complex(right - 8, bottom)):
                    assert abs(corner - center) < radius + 2, text.text
            # Capitals are some 0.73 of 12 high.
            tops, bottoms = box(inner[0])[2], box(inner[-1])[3]
            assert abs((tops + bottoms) / 2 - center.imag) < 3
            others = [text for text in unit.iter(f"{SVG}text") if text not in inner]
            for line, text in enumerate(others, 1):
                assert middle(text).real == pytest.approx(center.real, abs=0.11)
                assert float(text.get("y")) - center.imag - radius == pytest.approx(
                    14 * line, abs=1
                )


def test_edges_are_straight_from_circle_to_circle(drawing):
    for drawn in drawing.passes:
        for l, i, j in drawing.weights():
            (start, end), heads = drawn.edge(l, i, j)
            (source, radius), (target, _) = drawn.circle(l - 1, i), drawn.circle(l, j)
            along = (target - source) / abs(target - source)
            for point in (start, end):
                assert abs(((point - source) / along).imag) < 0.11
            reached = 7 if heads else 0
            back = drawn.name == "backward"
            assert abs(start - source) == pytest.approx(radius + reached * back, abs=0.11)
            assert abs(end - target) == pytest.approx(radius + reached * (not back), abs=0.11)


def test_arrowheads_point_the_way_of_the_pass(drawing):
    for drawn in drawing.passes:
        for l, i, j in drawing.weights():
            _, heads = drawn.edge(l, i, j)
            (source, _), (target, _) = drawn.circle(l - 1, i), drawn.circle(l, j)
            if drawn.name == "backward":
                source, target = target, source
            lit = drawing.unit is None or drawing.is_labelled(drawn, l, i, j)
            # No error term flows on to the input.
            assert len(heads) == (lit and (drawn.name == "forward" or l > 1))
            for tip, *corners in heads:
                assert abs(tip - target) == pytest.approx(30, abs=0.11)
                along = (target - source) / abs(target - source)
                for corner, side in zip(corners, (1, -1), strict=True):
                    behind = (corner - tip) / along
                    assert behind.real == pytest.approx(-8, abs=0.16)
                    assert behind.imag == pytest.approx(4.5 * side, abs=0.16)


def test_arrowheads_have_the_color_of_their_pass(drawing):
    for drawn in drawing.passes:
        color = drawn.group.find(f"{SVG}text").get("fill")
        assert drawn.name.replace("backward", "error") in color
        for line in drawn.lines.values():
            for head in line.findall(f"{SVG}path")[1:]:
                assert head.get("fill") == color


def test_a_number_stands_on_its_edge_away_from_both_units(drawing):
    for drawn in drawing.passes:
        for l, i, j in drawing.weights():
            label = drawn.label(l, i, j)
            assert (label is not None) == drawing.is_labelled(drawn, l, i, j)
            if label is None:
                continue
            (source, _), (target, _) = drawn.circle(l - 1, i), drawn.circle(l, j)
            place = (middle(label) - source) / (target - source)
            assert 0.45 < place.real < 0.62
            assert abs(place.imag * abs(target - source)) < 1


def test_where_edges_cross_their_numbers_are_evenly_spaced_in_one_column():
    for name in ("3-2-1", "2-2-2"):
        drawing = Drawing(name)
        for drawn in drawing.passes:
            labels = [middle(drawn.label(*edge)) for edge in drawing.weights() if edge[0] == 1]
            assert len({round(label.real, 1) for label in labels}) == 1
            steps = np.diff([label.imag for label in labels])
            if drawn.name == "forward" and name == "2-2-2":
                # The units need more room, for what stands below them.
                steps = steps[[0, 2]]
            assert_allclose(steps, steps[0], atol=0.21)
            assert min(steps) > 16


def test_a_number_is_that_of_its_edge(drawing):
    for drawn in drawing.passes:
        steps = drawing.steps if drawn.name == "backward" else None
        words = drawn.group.findall(f"{SVG}text")[1].text or ""
        raised = re.search(r"steps × 10([⁻⁰¹²³⁴⁵⁶⁷⁸⁹]+) on edges", words)
        power = (
            int(raised[1].translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789"))) if raised else 0
        )
        assert power % 3 == 0
        for l, i, j in drawing.weights():
            label = drawn.label(l, i, j)
            if label is None:
                continue
            if steps is None:
                assert label.text == number(drawing.network[l].W[i, j])
                assert "fg-color" in label.get("fill")
            else:
                assert label.text[0] in "+−"
                assert "e" not in label.text
                share = steps.W[l][i, j] / 10.0**power
                found = float(label.text.replace("−", "-"))
                assert found == pytest.approx(share, abs=max(0.0005, 0.005 * abs(share)))
                assert "error" in label.get("fill")


@pytest.mark.parametrize(
    ("rate", "words", "texts"),
    [
        (1.0, "steps on edges", ["+1.5", "−0.015"]),
        (400.0, "steps on edges", ["+600", "−6"]),
        (700.0, "steps × 10³ on edges", ["+1.05", "−0.011"]),
        (1e-3, "steps × 10⁻³ on edges", ["+1.5", "−0.015"]),
        (0.999e-3, "steps × 10⁻³ on edges", ["+1.5", "−0.015"]),
        (0.6e-3, "steps × 10⁻⁶ on edges", ["+900", "−9"]),
        (0.0, "steps on edges", ["0", "0"]),
    ],
)
def test_steps_share_a_power_of_ten_in_which_the_largest_is_from_1_to_1000(rate, words, texts):
    network = Network([Layer([[0.0], [0.0]], activation=identity)])
    backward = network.backward(network.forward([1.0, -0.01]), [1.5])
    if not rate:
        backward = network.backward(network.forward([0.0, 0.0]), [1.5])
    svg = ElementTree.fromstring(
        draw_network(network, steps=backward.steps(rate or 1.0), title="t")
    )
    found = [text.text for text in svg.iter(f"{SVG}text")]
    assert words in found
    assert [text for text in found if text in texts] == texts


def test_numbers_come_after_all_lines_and_hide_what_they_stand_on(drawing):
    for drawn in drawing.passes:
        parts = list(drawn.group.iter())
        last = max(parts.index(path) for path in drawn.group.iter(f"{SVG}path"))
        for name, part in drawn.numbers.items():
            assert parts.index(part) > last
            below = name.split(".")[0] in ("b", "z", "error")
            if "W" in name or below:
                assert "bg-color" in part.get("stroke")
                assert part.get("paint-order") == "stroke"
                assert 4 < float(part.get("stroke-width")) < 9


@pytest.mark.parametrize("name", SIZES)
def test_every_number_of_a_unit_is_called_as_in_code(name):
    drawing = Drawing(name)
    network, trace, backward, L = drawing.network, drawing.trace, drawing.backward, drawing.L
    forward, back = drawing.passes
    for l, n in enumerate(drawing.sizes):
        for j in range(n):
            given = {f"a.{l}.{j}" if l else f"x.{j}": trace.a[l][j]}
            errors = {}
            if l:
                given |= {f"b.{l}.{j}": network[l].b[j], f"z.{l}.{j}": trace.z[l][j]}
                errors = {f"delta.{l}.{j}": backward.delta[l][j]}
            if l == L:
                errors[f"error.{j}"] = backward.error[j]
            for drawn, expected, color in ((forward, given, "forward"), (back, errors, "error")):
                found = drawn.units[l, j].findall(f"{SVG}g")
                assert {group.get("data-of") for group in found} == set(expected)
                for group in found:
                    *_, text = group.findall(f"{SVG}text")
                    value = expected[group.get("data-of")]
                    shown = float(text.text.split(" ")[-1].replace("−", "-"))
                    assert shown == pytest.approx(value, rel=0.005, abs=0.000005)
                    kind = group.get("data-of")[0]
                    assert ("fg-color" if kind == "b" else color) in text.get("fill")
                    symbol = "".join(group.itertext()).partition(text.text.split(" ")[-1])[0]
                    assert any(sub in symbol for sub in "₁₂₃₄₅₆₇₈₉₀") == (n > 1)


def test_what_is_below_a_tenth_of_a_thousandth_is_written_with_a_power_of_ten():
    for value, text in [
        (0.0123456, "0.0123"),
        (0.00123, "0.00123"),
        (-0.000708, "−0.00071"),
        (0.0001, "0.00010"),
        (0.0000999, "9.99e−5"),
    ]:
        network = Network([Layer([[1.0]], [value], identity)])
        svg = ElementTree.fromstring(draw_network(network, title="t"))
        assert f"b {text}" in [each.text for each in svg.iter(f"{SVG}text")]


@pytest.mark.parametrize("name", SIZES)
def test_columns_are_headed_by_the_names_of_their_layers(name):
    drawing = Drawing(name)
    words = ["hidden"] if drawing.L == 2 else [f"hidden {l}" for l in range(1, drawing.L)]
    words = ["input", *words, "output"]
    forward, back = drawing.passes
    heads = forward.group.findall(f"{SVG}text")[2:]
    assert [head.text for head in heads] == words
    for l, head in enumerate(heads):
        assert middle(head).real == pytest.approx(forward.circle(l, 0)[0].real, abs=0.11)
        assert "fg-color" in head.get("fill")
    assert len(back.group.findall(f"{SVG}text")) == 2


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["values; weights on edges", "error terms; steps × 10⁻³ on edges"]),
        ({"steps": False}, ["values; weights on edges", "error terms; weights on edges"]),
        ({"errors": False}, ["values; weights on edges", "steps × 10⁻³ on edges"]),
        ({"values": False, "steps": False}, ["error terms; weights on edges"]),
        ({"values": False, "errors": False, "steps": False}, ["weights on edges"]),
    ],
)
def test_headings_say_which_way_a_pass_goes_and_what_it_shows(given, expected):
    drawing = Drawing("3-2-1", **given, rate=0.005)
    *_, width, _ = map(float, drawing.svg.get("viewBox").split())
    found = []
    for drawn in drawing.passes:
        heading, words = drawn.group.findall(f"{SVG}text")[:2]
        assert heading.text == {"forward": "Forward →", "backward": "← Backward"}[drawn.name]
        assert box(heading)[0] == 2
        assert box(words)[1] == width - 2
        assert heading.get("y") == words.get("y")
        assert heading.get("fill") == words.get("fill")
        found.append(words.text)
    assert found == expected


def test_without_numbers_on_edges_the_heading_speaks_of_none():
    found = [drawn.group.findall(f"{SVG}text")[1].text for drawn in Drawing("5-5-5").passes]
    assert found == ["values", "error terms"]


def test_a_legend_says_what_lines_mean(drawing):
    legend = drawing.svg.findall(f"{SVG}text")
    assert [text.text for text in legend] == ["weight > 0", "weight < 0", "small, large"]
    whole, dashed, small, large = drawing.svg.findall(f"{SVG}path")
    assert "positive" in whole.get("stroke")
    assert whole.get("stroke-dasharray") is None
    assert "negative" in dashed.get("stroke")
    assert dashed.get("stroke-dasharray") == "5 4"
    assert (float(small.get("stroke-width")), float(large.get("stroke-width"))) == (0.8, 3.8)
    for sample, text in zip((whole, dashed, large), legend, strict=True):
        (_, end), (left, _, top, bottom) = points(sample), box(text)
        assert 2 < left - end.real < 8
        assert top < end.imag < bottom


def test_one_unit_can_be_highlighted():
    drawing = Drawing("5-5-5", unit=(1, 2))
    for drawn in drawing.passes:
        for at, unit in drawn.units.items():
            ring = float(unit.find(f"{SVG}circle").get("stroke-width"))
            assert ring == (4 if at == (1, 2) else 1.5)
        for l, i, j in drawing.weights():
            lit = (l, j) == (1, 2) if drawn.name == "forward" else (l, i) == (2, 2)
            line = drawn.lines[f"W.{l}.{i}.{j}"].find(f"{SVG}path")
            assert line.get("opacity") == (None if lit else "0.3")
            assert (drawn.label(l, i, j) is not None) == lit


def test_a_drawing_says_whether_it_shows_all_numbers():
    partial = {name: "partial" in Drawing(name).svg.get("class").split() for name in SIZES}
    assert [name for name in SIZES if partial[name]] == [
        "7-1",
        "4-5-3",
        "5-5-5",
        "2-3-4-1",
        "12-1-2",
    ]
    assert "partial" in Drawing("3-2-1", unit=(1, 0)).svg.get("class").split()
    # Of an input, the way back has all numbers, and the way forward none.
    assert Drawing((1, 1), unit=(0, 0)).svg.get("class") == "network partial"
    assert Drawing("3-2-1").svg.get("class") == "network"


@pytest.mark.parametrize(
    "unit", [(3, 0), (1, 2), (-1, 0), (1,), [1, 0], 1, "10", (0, 1.5), ([1], 0), (1.0, 0.0)]
)
def test_a_unit_that_is_not_there_is_refused(unit):
    network = random_network(1, (3, 2, 1), (tanh, tanh))
    with pytest.raises(ValueError, match="unit must be the layer and the place of a unit, not"):
        draw_network(network, title="t", unit=unit)


def widths(W):
    network = Network([Layer(W, activation=sigmoid)])
    svg = ElementTree.fromstring(draw_network(network, title="t"))
    paths = [group.find(f"{SVG}path") for group in svg.iter(f"{SVG}g") if group.get("data-of")]
    paths = [path for path in paths if path is not None]
    assert len(paths) == np.size(W)
    dashed = [path.get("stroke-dasharray") is not None for path in paths]
    for path, weight in zip(paths, np.transpose(W).flat, strict=True):
        # What the legend says of a color holds: a weight of 0 has neither.
        assert ("positive" in path.get("stroke")) == (weight > 0)
        assert ("negative" in path.get("stroke")) == (weight < 0)
        assert weight or "fg-color" in path.get("stroke")
    assert dashed == ["negative" in path.get("stroke") for path in paths]
    return [float(path.get("stroke-width")) for path in paths], dashed


@pytest.mark.parametrize("scale", [1e-3, 1.0, 50.0])
def test_edges_are_as_wide_as_their_weights_beside_the_largest_of_the_layer(scale):
    found, dashed = widths(scale * np.array([[4.0], [-2.0], [1.0], [0.0]]))
    thinnest, widest = found[3], found[0]
    assert 0.5 <= thinnest <= 1
    assert 3.5 <= widest <= 4
    assert found == pytest.approx(
        [thinnest + share * (widest - thinnest) for share in (1, 1 / 2, 1 / 4, 0)], abs=0.011
    )
    assert dashed == [False, True, False, False]


def test_weights_of_zero_are_thin_and_whole_lines():
    assert widths(np.zeros((2, 2))) == (widths(np.array([[1.0], [0.0]]))[0][1:] * 4, [False] * 4)


def test_a_layer_of_twelve_units_is_drawn_and_one_of_thirteen_is_not():
    assert len(Drawing("12-1-2").passes[0].units) == 15
    with pytest.raises(ValueError, match="at most 12 units per layer, not 13"):
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
