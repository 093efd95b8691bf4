"""What a drawing of a graph shows, and that nothing in it meets what it should not."""

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from drawings import SVG, box, labels_are_apart_and_inside, texts

from backprop import Variable, datasets, draw_graph, gradients, sigmoid
from backprop.autodiff import apply_activation, topological_order
from backprop.drawing import number


def two_one_one():
    """The network of chapter 2, number by number."""
    network, x, target, _ = datasets.two_one_one()
    x_1, x_2 = (Variable(value, name) for value, name in zip(x, ("x_1", "x_2"), strict=True))
    w_1, w_2 = (Variable(w, f"w_{i}") for w, i in zip(network[1].W[:, 0], "12", strict=True))
    v, t = Variable(network[2].W[0, 0], "v"), Variable(target[0], "t")
    hidden = apply_activation(x_1 * w_1 + x_2 * w_2, sigmoid)
    error = t - apply_activation(hidden * v, sigmoid)
    return error * error / 2


def weights_alone():
    """The same, with the weights as variables and all that is given as constants."""
    w_1, w_2, v = Variable(0.4, "w_1"), Variable(-0.2, "w_2"), Variable(0.1, "v")
    hidden = apply_activation(0.1 * w_1 + 0.3 * w_2, sigmoid)
    error = 1 - apply_activation(hidden * v, sigmoid)
    return error * error / 2


def three_two_one():
    """The network of chapter 3, array by array."""
    network, x, target, _ = datasets.three_two_one()
    x, t = Variable(x, "x"), Variable(target, "t")
    W_1, W_2 = Variable(network[1].W, "W⁽¹⁾"), Variable(network[2].W, "W⁽²⁾")
    error = t - apply_activation(apply_activation(x @ W_1, sigmoid) @ W_2, sigmoid)
    return (error**2).sum() / 2


def doubled():
    a = Variable(3.0, "a")
    b = a + a
    return b + b


def far():
    """Edges that pass rows."""
    a = Variable(3.0, "a")
    b = np.sin(a)
    return np.exp(b) * b * a + a * 2


def several():
    """Operations with more than two edges that carry local derivatives, some of them long."""
    x, y, z, w = (
        Variable([value], name)
        for value, name in ((2.125, "x"), (-3.125e-5, "y"), (4.0, "z"), (-1.5e12, "w"))
    )
    four = np.einsum("i,i,i,i->", x, y, z, w)
    return four * np.einsum("i,i,i->", x, z, x) + np.einsum("i,i,i->", x, x, x)


def large():
    return (np.tanh(np.ones((10, 4)) @ Variable(np.ones((4, 5)), "W")) ** 2).sum()


def crossed(seed):
    rng = np.random.default_rng(seed)
    nodes = [Variable(value, f"v{i}") for i, value in enumerate(rng.uniform(0.5, 2, 3))]
    for _ in range(8):
        a, b = (nodes[i] for i in rng.integers(len(nodes), size=2))
        nodes.append(a * b if rng.random() < 0.5 else a - b)
    while len(nodes) > 1:
        nodes = [*nodes[2:], nodes[0] + nodes[1]]
    return nodes[0]


OF = (two_one_one, weights_alone, three_two_one, doubled, far, several, large)
GRAPHS = {f.__name__: f() for f in OF}
GRAPHS |= {f"random {seed}": crossed(seed) for seed in range(10)}


def values(output):
    """What a drawing has a card for."""
    return [node for node in topological_order(output) if not node.constant]


def values_of(node):
    return [parent for parent in node.parents if not parent.constant]


def drawn(output, **words):
    return ElementTree.fromstring(draw_graph(output, title=words.pop("title", "A graph"), **words))


def cards(svg):
    """Left, right, top and bottom of each card."""
    for card in svg.iter(f"{SVG}rect"):
        x, y, width, height = (float(card.get(key)) for key in ("x", "y", "width", "height"))
        yield x, x + width, y, y + height


def points(path):
    """Points along an edge: across by a curve, and down."""
    moved, _ = path.get("d").split("m-3") if "m-3" in path.get("d") else (path.get("d"), "")
    numbers = [float(n) for n in re.findall(r"-?[0-9.]+", moved)]
    x, leaves, *curve = numbers[:8]
    P = np.array([(x, leaves), *zip(curve[::2], curve[1::2], strict=True)])
    for s in np.linspace(0, 1, 30):
        weights = np.array([(1 - s) ** 3, 3 * s * (1 - s) ** 2, 3 * s * s * (1 - s), s**3])
        yield tuple(weights @ P)
    for y in np.linspace(curve[-1], numbers[-1], 10):
        yield curve[-2], y


@pytest.mark.parametrize("name", GRAPHS)
def test_labels_stand_apart_and_within_a_card_or_above_one(name):
    svg = drawn(GRAPHS[name])
    labels_are_apart_and_inside(svg)
    found = list(cards(svg))
    lowest = max(card[3] for card in found)
    for label in svg.iter(f"{SVG}text"):
        left, right, top, bottom = box(label)
        if top < lowest:
            assert any(
                card[0] <= left
                and right <= card[1]
                and ((card[2] <= top and bottom <= card[3]) or 0 < card[2] - bottom < 5)
                for card in found
            ), label.text


@pytest.mark.parametrize("name", GRAPHS)
def test_cards_stand_apart_and_no_edge_passes_through_one_or_through_a_label(name):
    svg = drawn(GRAPHS[name])
    found = list(cards(svg))
    assert len(found) == len(values(GRAPHS[name]))
    for i, a in enumerate(found):
        for b in found[:i]:
            assert a[1] <= b[0] or b[1] <= a[0] or a[3] <= b[2] or b[3] <= a[2]
    labels = [box(label) for label in svg.iter(f"{SVG}text")]
    for path in svg.iter(f"{SVG}path"):
        for x, y in points(path):
            for left, right, top, bottom in [*found, *labels]:
                inside = left + 0.1 < x < right - 0.1 and top + 0.1 < y < bottom - 0.1
                assert not inside, path.get("d")


@pytest.mark.parametrize("name", GRAPHS)
def test_each_use_of_a_value_has_an_arrow(name):
    uses = sum(len(values_of(node)) for node in topological_order(GRAPHS[name]))
    arrows = [path for path in drawn(GRAPHS[name]).iter(f"{SVG}path") if "m-3" in path.get("d")]
    assert len(arrows) == uses
    assert len({path.get("d").split("C")[1] for path in arrows}) == uses


@pytest.mark.parametrize("name", ["weights_alone", "doubled", "far"])
def test_graphs_of_a_few_numbers_are_readable_on_a_phone(name):
    """Their letters, of 12 units, are no smaller than 12 pixels where a column has 358."""
    svg = drawn(GRAPHS[name])
    *_, width, _ = map(float, svg.get("viewBox").split())
    assert width <= 358
    assert svg.get("font-size") == "12"


def test_values_gradients_and_local_derivatives_are_those_of_the_engine():
    labels = texts(drawn(GRAPHS["two_one_one"]))
    order = values(GRAPHS["two_one_one"])
    for node, gradient in zip(order, gradients(order[-1], order), strict=True):
        assert number(float(node.value)) in labels
        assert number(float(gradient)) in labels
    assert {"0.4", "0.1", "−0.2", "0.3", "0.25", "0.495", "−1", "0.488"} <= set(labels)


@pytest.mark.parametrize(
    ("operation", "name"),
    [
        (lambda a: a * a, "×"),
        (lambda a: a * 2, "× 2"),
        (lambda a: 2 - a, "2 −"),
        (lambda a: a / 4, "÷ 4"),
        (lambda a: a**3, "^ 3"),
        (lambda a: 1 + a, "1 +"),
        (lambda a: -a, "negative"),
        (lambda a: np.maximum(a, np.sin(a)), "maximum"),
        (lambda a: np.maximum(a, 0), "maximum 0"),
        (lambda a: np.maximum(0, a), "maximum 0"),
        (lambda a: (a * np.ones((2, 5))).sum(), "× (2, 5)"),
        (lambda a: (np.ones((2, 5)) @ np.broadcast_to(a, (5, 1))).sum(), "(2, 5) @"),
        (lambda a: (a * np.array([[1.0], [2.0], [3.0]])).sum(), "× 1; 2; 3"),
        (lambda a: (np.broadcast_to(a, 2) @ np.array([[1, 2], [3, 4]])).sum(), "@ 1, 2; 3, 4"),
        (lambda a: (np.array([[1, 2], [3, 4]]) - a).sum(), "1, 2; 3, 4 −"),
        (lambda a: np.maximum([[1.5], [2.5]], a).sum(), "maximum 1.5; 2.5"),
        (lambda a: (a * np.full((4, 3), 1.5)).sum(), "× (4, 3)"),
        (lambda a: (a * np.full(3, -1.25e-10)).sum(), "× −1.25e−10, −1.25e−10, −1.25e−10"),
    ],
)
def test_an_operation_is_named_with_its_constants_which_have_no_card(operation, name):
    output = operation(Variable(0.5, "a"))
    svg = drawn(output)
    assert name in texts(svg)
    assert len(list(cards(svg))) == len(values(output))


def test_a_constant_longer_than_three_long_numbers_is_its_shape():
    a = Variable(0.5, "a")
    for B, name in [
        ([[100, 200, 300], [400, -500, 0.123]], "× 100, 200, 300; 400, −500, 0.123"),
        ([[100, 200, 300], [-400, -500, 0.123]], "× (2, 3)"),
    ]:
        svg = drawn((a * np.array(B)).sum())
        assert name in texts(svg)
        labels_are_apart_and_inside(svg)


def test_the_description_has_all_rows_of_a_constant():
    v = Variable([1.0, 1.0], "v")
    said = drawn((v @ np.array([[1, 2], [3, 4]])).sum()).find(f"{SVG}desc").text
    assert "2: matmul of 1 and the constant 1, 2; 3, 4, value 4, 6, gradient" in said
    said = drawn((v @ np.full((2, 3), -1.25e-10)).sum()).find(f"{SVG}desc").text
    rows = "; ".join([", ".join(["−1.25e−10"] * 3)] * 2)
    assert f"the constant {rows}, value" in said


@pytest.mark.parametrize(
    ("chosen", "name"),
    [
        (lambda v, _: v[1], "item [1]"),
        (lambda v, _: v[-1], "item [2]"),
        (lambda _, W: W[1, 0], "item [1, 0]"),
        (lambda _, W: W[:1, 2:], "item [0, 2]"),
        (lambda _, W: W[np.array([1]), np.array([2])], "item [1, 2]"),
        (lambda v, _: v[:2].sum(), "item"),
        (lambda v, _: v.sum()[()], "item"),
    ],
)
def test_an_item_that_is_one_number_is_named_with_its_place(chosen, name):
    v, W = Variable([1.0, 2.0, 3.0], "v"), Variable(np.arange(6.0).reshape(2, 3), "W")
    svg = drawn(chosen(v, W))
    assert [text for text in texts(svg) if text.startswith("item")] == [name]
    assert f": {name} of " in svg.find(f"{SVG}desc").text


def test_arrays_have_a_line_for_each_row_and_large_ones_their_shape():
    labels = texts(drawn(GRAPHS["three_two_one"]))
    assert {"0.5, −0.6", "0.1, −0.2", "0.1, 0.7", "−7.08e−5, 2.04e−4"} <= set(labels)
    assert texts(drawn(GRAPHS["large"])).count("(10, 5)") == 6
    most = drawn(Variable(np.arange(12.0).reshape(4, 3), "v").sum())
    assert {"0, 1, 2", "3, 4, 5", "6, 7, 8", "9, 10, 11"} <= set(texts(most))
    for shape in ((5, 1), (1, 4), (1, 2, 2)):
        assert texts(drawn(Variable(np.ones(shape), "v").sum())).count(str(shape)) == 2


def test_a_card_is_as_wide_as_the_ports_of_its_edges():
    joined = np.concatenate([Variable([float(i)], f"v_{i}") for i in range(20)])
    assert 20 * 16 in {right - left for left, right, *_ in cards(drawn(joined.sum()))}


def test_title_and_description_are_said():
    svg = drawn(GRAPHS["doubled"], title="a & b", description="Where 0 < 1")
    title, described = svg.find(f"{SVG}title"), svg.find(f"{SVG}desc")
    assert (title.text, described.text) == ("a & b", "Where 0 < 1")
    # The one is its name, the other its description, so that nothing is read out twice.
    assert svg.get("aria-labelledby") == title.get("id")
    assert svg.get("aria-describedby") == described.get("id")


def test_drawings_that_differ_in_their_description_alone_have_ids_of_their_own():
    said = [drawn(GRAPHS["doubled"], description=words) for words in ("", "one", "two")]
    assert len({svg.get("aria-describedby") for svg in said}) == 3


def test_without_a_description_all_is_said():
    assert drawn(GRAPHS["doubled"]).find(f"{SVG}desc").text == (
        "A graph of 3 values. 1: a, value 3, gradient 4. "
        "2: add of 1 and 1, value 6, local derivative 1 and 1, gradient 2. "
        "3: add of 2 and 2, value 12, local derivative 1 and 1, gradient 1."
    )


def test_a_name_may_hold_any_character():
    assert "<&>" in texts(drawn(Variable(1.0, "<&>") * 2))


def test_any_console_takes_a_drawing():
    svg = draw_graph(GRAPHS["two_one_one"], title="⟨1⟩")
    assert svg.isascii()
    assert {"x₁", "grad", "values ↓"} <= set(texts(ElementTree.fromstring(svg)))


def test_an_empty_description_stays_empty():
    assert drawn(GRAPHS["doubled"], description="").find(f"{SVG}desc").text is None


def test_bad_input_is_refused():
    with pytest.raises(TypeError, match="title must be text, not 3"):
        draw_graph(Variable(1.0) * 2, title=3)
    with pytest.raises(TypeError, match="output must be a Variable, not float"):
        draw_graph(1.0, title="t")
    with pytest.raises(ValueError, match="output must be a number"):
        draw_graph(Variable([1.0, 2.0]), title="t")
    with pytest.raises(FloatingPointError, match="the gradient of 'a' must be finite"):
        draw_graph(np.sqrt(Variable(0.0, "a")), title="t")
    # The gradient, 1e100, is finite; the local derivative, 1e400, is not.
    with pytest.raises(FloatingPointError, match="local derivative of 'divide' must be finite"):
        draw_graph(1 / Variable(1e-200) * 1e-300, title="t")
    long = Variable(1.0)
    for _ in range(60):
        long = -long
    with pytest.raises(ValueError, match="at most 60 values, not 61"):
        draw_graph(long, title="t")
